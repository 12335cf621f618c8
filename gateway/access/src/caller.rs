//! The caller of a request, as `authenticate` established it. A `Caller` value gives no authority by itself: `decide` checks the approvals ledger and
//! the consents.

use std::fmt;

use gemj_model::Timestamp;
use sha2::{Digest, Sha256};

use crate::bans::Mark;
use crate::role::{Role, RoleKind};

/// An issuer and the issuer's name for a person. Only the two together are an identity.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The token issuer.
    pub issuer: String,
    /// The subject, as the issuer names it.
    pub subject: String,
}

impl Identity {
    /// A stable name for the audit trail that does not show the subject: hex of the first 16 bytes of SHA-256 over issuer and subject. The length of
    /// each part precedes the part, so that two different pairs never give the same input.
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
    /// The visa's value: complete and case-sensitive. The gateway never fetches it.
    pub value: String,
    /// The visa's `jti`; absent where it had none.
    pub jti: Option<String>,
    /// The last instant at which the visa holds, together with everything on which the visa depends.
    pub not_after: Timestamp,
    /// The person that the visa is about, and what the visa rests on.
    pub subject: VisaSubject,
}

/// The place where a visa was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisaPlace {
    /// The number of the presented credential, from 1: first the token of the Authorization header, then the passports of the body.
    pub credential: usize,
    /// The position of the visa in that credential, from 1.
    pub position: usize,
}

/// A name under which an approval may name a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAs {
    /// The pseudonym of the identity.
    pub pseudonym: String,
    /// The end of the proof that the identity is this person's: the end of the links that join the identity to the person. `i64::MAX` where no link
    /// is needed.
    pub until: Timestamp,
}

/// The person that a visa is about, and what the visa rests on. The default is a visa about the caller, under the caller's own names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisaSubject {
    /// The names of the visa's subject: the names in the tokens that carried the visa, the visa's own name, and the names that links join to these.
    /// Names from other visas are absent: two visas belong to one person only if a link joins them. Empty: the caller's own names.
    pub known_as: Vec<KnownAs>,
    /// The marks that a ban can match: marks of this visa, of its issuer and of each visa on which this visa depends.
    pub marks: Vec<Mark>,
    /// The id of the only approval for which the visa counts. Absent: the visa counts for every approval of its value.
    pub approval: Option<String>,
    /// The place where the visa was found; absent for a visa that was rebuilt from a capability.
    pub place: Option<VisaPlace>,
}

/// The result for one visa, for explanations and the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisaVerdict {
    /// The visa's `jti`; absent where it had none or could not be read.
    pub jti: Option<String>,
    /// `used`, or a stable code for the reason why the visa was ignored.
    pub code: &'static str,
    /// The place where the visa was found; absent for a verdict that is not about a single visa.
    pub place: Option<VisaPlace>,
    /// The visa's own content, shown only to the caller who presented the visa; absent where the visa could not be read.
    pub says: Option<VisaSays>,
    /// The members or things that were rejected (`source`, `by`, `value`, `key`, `iss` ...); empty if none was rejected.
    pub failed: Vec<&'static str>,
}

/// The visa's own content. The content is proven only if the visa's code is `used`.
#[derive(Clone, PartialEq, Eq)]
pub struct VisaSays {
    /// Its `iss`.
    pub issuer: String,
    /// `type` of the visa object; absent where no readable type exists.
    pub visa_type: Option<String>,
    /// `value` of the visa object; absent where no readable value exists.
    pub value: Option<String>,
}

impl fmt::Debug for VisaSays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisaSays(..)")
    }
}

/// A caller. [`Caller::anonymous`] has no right of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The identity; absent for an anonymous caller and for the holder of a capability.
    pub identity: Option<Identity>,
    /// The pseudonym for the audit trail; empty for an anonymous caller.
    pub pseudonym: String,
    /// Pseudonyms of every identity that is proven to be this person: the identities of the tokens and the linked identities, in order. The names of
    /// each controlled-access visa are stored with the visa.
    pub known_as: Vec<String>,
    /// Verified controlled-access visas.
    pub controlled: Vec<ControlledAccess>,
    /// The end of each of these visas, by visa value, including the ends of its links. The ends of the tokens that carried the visa do not count: a
    /// download that began in time may outlast those tokens.
    pub visa_ends: Vec<(String, Timestamp)>,
    /// The end of registered access; absent without registered access. Registered access needs accepted terms and researcher status, with the same
    /// value, for the same person.
    pub registered_until: Option<Timestamp>,
    /// The marks that a ban can match: marks of the tokens, of issuers and of linking visas.
    pub marks: Vec<Mark>,
    /// Domains of the organisations that valid affiliation visas of the registered researcher name.
    pub affiliations: Vec<String>,
    /// Staff and system roles from configuration.
    pub roles: Vec<Role>,
    /// The scopes that a SMART client requested for its token (`system/Observation.rs`), as granted; absent for other callers. Scopes narrow what a
    /// role allows.
    pub scopes: Option<Vec<String>>,
    /// The end of the token itself; absent for an anonymous caller.
    pub not_after: Option<Timestamp>,
    /// The result for each visa.
    pub visas: Vec<VisaVerdict>,
}

impl Caller {
    /// A caller who presented no credential.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The scopes of the caller's roles of these kinds, sorted, without repetition.
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

    /// Whether one of these pseudonyms is the caller's. Always false for an anonymous caller.
    #[must_use]
    pub fn is_one_of(&self, pseudonyms: &[String]) -> bool {
        !self.is_anonymous() && pseudonyms.iter().any(|p| *p == self.pseudonym || self.known_as.contains(p))
    }

    /// The earliest end of the visas with these values. If a value occurs twice, its earliest end counts. Absent if a value is unknown, and if no
    /// value is given.
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
