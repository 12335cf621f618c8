//! Offers the gateway's slicer through the trait of htsget-rs: [`GatewaySearch`] implements `htsget_search::HtsGet`. Users of htsget-rs get
//! exact slices, and tests can send the same requests to both implementations.
//!
//! No protected data is read without a [`gemj_access::Grant`], which the embedding program supplies. The crate is empty unless the feature
//! `upstream` is on. `docs/decisions/0019-faults-of-htsget-rs.md` states why the feature is off by default, and which faults of htsget-rs
//! remain with every search.
#![cfg(feature = "upstream")]

mod block_urls;
mod failure;
mod question;
mod search;

pub use block_urls::BlockUrls;
pub use failure::{not_found, slice_failure};
pub use question::slice_request;
pub use search::{GatewaySearch, INLINE_BYTES};
