//! GA4GH Passports and visas: parsing and claim checks of the AAI OIDC Profile 1.2.1 and the Passport specification 1.2.1.
//!
//! The input of this crate is untrusted. The crate does no I/O and no cryptography. The caller passes a closure that checks a signature to
//! [`UnverifiedToken::verify`]. Only the result ([`VerifiedToken`]) yields a [`Passport`], a [`Visa`] or an [`AccessToken`]. Before
//! verification, the claims of a token can only be used to find its key.
//!
//! This crate rejects everything that is not explicitly allowed. Each rejection is a [`Reason`] with a stable code and a text that never
//! contains any part of the token. The `Debug` output of tokens is redacted.

mod access_token;
mod affiliation_and_role;
mod algorithm;
mod compact_jws;
mod conditions;
mod header;
mod identity;
pub mod limits;
mod linked_identities;
mod numeric_date;
mod opaque_token;
mod passport;
mod reason;
mod registered_claims;
mod strict_json;
mod token;
mod token_kind;
mod user_info;
mod visa;

pub use access_token::{AccessToken, NonceRule, PASSPORT_SCOPE};
pub use affiliation_and_role::AffiliationAndRole;
pub use algorithm::Algorithm;
pub use compact_jws::CompactJws;
pub use conditions::{Conditions, linear_glob};
pub use header::Header;
pub use identity::{Identity, IdentityPartition};
pub use linked_identities::parse_linked_identities;
pub use numeric_date::NumericDate;
pub use opaque_token::{OpaqueContext, is_opaque_token};
pub use passport::{PASSPORT_CLAIM, Passport, parse_passport_claim};
pub use reason::{ClaimName, Reason};
pub use registered_claims::{AudiencePolicy, Leeway, RegisteredClaims, TimePolicy};
pub use strict_json::{JsonFault, parse_json_object};
pub use token::{SignatureInput, UnverifiedToken, VerifiedToken, VisaKind, claimed_names};
pub use token_kind::TokenKind;
pub use user_info::SignedUserInfo;
pub use visa::{AssertedBy, VISA_CLAIM, Visa, VisaObject, VisaType};
