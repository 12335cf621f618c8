//! The caller of a request, as `authenticate` established it. A `Caller` value gives no authority by itself: `decide` checks the approvals ledger and
//! the consents.

use std::fmt;

use gemj_model::Timestamp;
use sha2::{Digest, Sha256};

use crate::bans::Mark;
use crate::role::{Role, RoleKind};

/// The identity of a person: a token issuer and the subject that the issuer uses for the person. A subject without its issuer is not an identity.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The token issuer.
    pub issuer: String,
    /// The subject, as the issuer names it.
    pub subject: String,
}

impl Identity {
    /// A stable pseudonym of the identity for the audit trail. The pseudonym does not show the subject: it is the hex of the first 16 bytes of
    /// SHA-256 over issuer and subject. The length of each part precedes the part, so that two different pairs never give the same input.
    #[must_use]
    pub fn pseudonym(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.issuer, &self.subject] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hex::encode(&hash.finalize()[..16])
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// A verified `ControlledAccessGrants` visa of a trusted issuer and source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlledAccess {
    /// The visa's `value`, complete and case-sensitive. If the value is a URL, the gateway does not fetch it.
    pub value: String,
    /// The visa's `jti`; absent if the visa has no `jti`.
    pub jti: Option<String>,
    /// The instant at which the visa ends: the earliest end of the visa and of everything on which the visa depends.
    pub not_after: Timestamp,
    /// The person that the visa is about, and the marks and links on which the visa rests.
    pub subject: VisaSubject,
}

/// The place where a visa was found in the presented credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisaPlace {
    /// The number of the presented credential, from 1. The token of the Authorization header comes first, then the passports of the body.
    pub credential: usize,
    /// The position of the visa in the credential, from 1.
    pub position: usize,
}

/// A name under which an approval may name a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAs {
    /// The pseudonym of the identity, as [`Identity::pseudonym`] makes it.
    pub pseudonym: String,
    /// The end of the proof that the identity belongs to this person. The proof ends when the linking visas between the identity and the
    /// person end. `i64::MAX` if no link is needed.
    pub until: Timestamp,
}

/// The person that a visa is about, and the marks on which the visa rests. The default value is a visa about
/// the caller, under the caller's own names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisaSubject {
    /// The identities of the visa's subject: those of the tokens that carried the visa, the visa's own subject, and the identities that
    /// linking visas join to these. Identities from other visas are absent: two visas belong to one person only if a link joins them. An
    /// empty list means the caller's own identities.
    pub known_as: Vec<KnownAs>,
    /// The marks that a ban can match: marks of this visa, of its issuer and of each visa on which this visa depends.
    pub marks: Vec<Mark>,
    /// The id of the only approval for which the visa counts. If absent, the visa counts for every approval that has the visa's value.
    pub approval: Option<String>,
    /// The place where the visa was found; absent for a visa that was rebuilt from a capability.
    pub place: Option<VisaPlace>,
}

/// The result for one visa, for explanations and the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisaVerdict {
    /// The visa's `jti`; absent if the visa has no `jti` or could not be read.
    pub jti: Option<String>,
    /// `used`, or a stable code for the reason why the visa was ignored.
    pub code: &'static str,
    /// The place where the visa was found; absent for a verdict that is not about one single visa.
    pub place: Option<VisaPlace>,
    /// The visa's own content, shown only to the caller who presented the visa; absent where the visa could not be read.
    pub says: Option<VisaSays>,
    /// The members of the visa or other inputs that were rejected (`source`, `by`, `value`, `key`, `iss` ...). Empty if nothing was rejected.
    pub failed: Vec<&'static str>,
}

/// The visa's own content, as the visa states it. The content is proven only if the verdict's code is `used`.
#[derive(Clone, PartialEq, Eq)]
pub struct VisaSays {
    /// The visa's `iss` claim.
    pub issuer: String,
    /// The member `type` of the visa object; absent if the visa has no readable type.
    pub visa_type: Option<String>,
    /// The member `value` of the visa object; absent if the visa has no readable value.
    pub value: Option<String>,
}

impl fmt::Debug for VisaSays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisaSays(..)")
    }
}

/// The caller of a request. [`Caller::anonymous`] has no right of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The identity; absent for an anonymous caller and for the holder of a capability.
    pub identity: Option<Identity>,
    /// The pseudonym for the audit trail; empty for an anonymous caller.
    pub pseudonym: String,
    /// Pseudonyms of every identity that is proven to belong to the caller: the identities of the tokens and the linked identities, in order.
    /// Identities that count for one controlled-access visa only are stored with that visa.
    pub known_as: Vec<String>,
    /// The caller's verified controlled-access visas.
    pub controlled: Vec<ControlledAccess>,
    /// The end of each controlled-access visa, by visa value, including the ends of the visa's links. The ends of the tokens that carried the visa do
    /// not count, because a download that began in time may outlast those tokens.
    pub visa_ends: Vec<(String, Timestamp)>,
    /// The end of registered access; absent if the caller has no registered access. Registered access needs a visa for accepted terms and a visa for
    /// researcher status, with the same value and for the same person.
    pub registered_until: Option<Timestamp>,
    /// The marks that a ban can match: marks of the tokens, of issuers and of linking visas.
    pub marks: Vec<Mark>,
    /// Domains of the organisations that valid affiliation visas of the registered researcher name.
    pub affiliations: Vec<String>,
    /// Staff and system roles that the configuration gives the caller.
    pub roles: Vec<Role>,
    /// The granted scopes of a SMART client's token (for example `system/Observation.rs`); absent for other callers.
    /// Scopes narrow the rights that a role gives.
    pub scopes: Option<Vec<String>>,
    /// The end of the presented token; absent for an anonymous caller.
    pub not_after: Option<Timestamp>,
    /// The verdict for each presented visa.
    pub visas: Vec<VisaVerdict>,
}

impl Caller {
    /// A caller who presented no credential.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The scopes of those roles of the caller that are of the given kinds, sorted, without repetition.
    #[must_use]
    pub fn role_scopes(&self, kinds: &[RoleKind]) -> Vec<&str> {
        let mut scopes: Vec<&str> = self
            .roles
            .iter()
            .filter(|role| kinds.contains(&role.kind))
            .filter_map(|role| role.scope.as_deref())
            .collect();
        scopes.sort_unstable();
        scopes.dedup();
        scopes
    }

    /// The hospitals for which the caller files statements about consent, in alphabetical order.
    #[must_use]
    pub fn filing_hospitals(&self) -> Vec<&str> {
        self.role_scopes(&[RoleKind::HospitalSystem, RoleKind::HospitalCoordinator])
    }

    /// Whether any of these pseudonyms belongs to the caller. Always false for an anonymous caller.
    #[must_use]
    pub fn is_one_of(&self, pseudonyms: &[String]) -> bool {
        !self.is_anonymous() && pseudonyms.iter().any(|p| *p == self.pseudonym || self.known_as.contains(p))
    }

    /// The earliest end of the caller's visas with these values. If several visas have one value, the earliest of their ends counts. Absent if the
    /// caller lacks a visa for at least one of the values, or if `values` is empty.
    pub(crate) fn visas_end(&self, values: &[String]) -> Option<Timestamp> {
        let end_of = |value: &String| self.visa_ends.iter().filter(|(named, _)| named == value).map(|(_, end)| *end).min();
        let ends = values.iter().map(end_of).collect::<Option<Vec<_>>>()?;
        ends.into_iter().min()
    }

    /// Whether the caller presented no credential.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.pseudonym.is_empty()
    }
}
