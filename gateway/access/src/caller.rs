//! Who is asking, as `authenticate` established it. Building one is not authority: `decide` asks the approvals ledger and the consents.

use std::fmt;

use gemj_model::Timestamp;
use sha2::{Digest, Sha256};

use crate::bans::Mark;
use crate::role::{Role, RoleKind};

/// An issuer and its name for a person. Both together are the identity; neither alone is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The token issuer.
    pub issuer: String,
    /// The subject as the issuer calls it.
    pub subject: String,
}

impl Identity {
    /// A stable name for the audit trail that does not show the subject: hex of the first 16 bytes of SHA-256 over issuer and subject,
    /// each with its length before it so that no two pairs meet.
    #[must_use]
    pub fn pseudonym(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.issuer, &self.subject] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize()[..16].iter().map(|b| format!("{b:02x}")).collect()
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
    /// The visa's value: whole, case-sensitive, never fetched.
    pub value: String,
    /// The visa's `jti`; absent where it had none.
    pub jti: Option<String>,
    /// The last instant at which the visa, and everything that it depends on, holds.
    pub not_after: Timestamp,
    /// Whom it is about and what it rests on.
    pub subject: VisaSubject,
}

/// Where a visa was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VisaPlace {
    /// Which of the credentials presented, from 1: the token of the Authorization header first, then passports of the body.
    pub credential: usize,
    /// Position of the visa in it, from 1.
    pub position: usize,
}

/// A name under which an approval may name a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAs {
    /// The pseudonym of the identity.
    pub pseudonym: String,
    /// Until when the identity is shown to be this person's: the end of the links that join it; `i64::MAX` where none is needed.
    pub until: Timestamp,
}

/// Whom a visa is about and what it rests on. The default is a visa about the caller by the caller's own names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisaSubject {
    /// The names of the visa's subject: of the tokens that brought it, its own, and what links join to these. Identities of other visas are not
    /// among them: two visas are of one person only where a link joins them. Empty: the caller's own names.
    pub known_as: Vec<KnownAs>,
    /// What a ban of this visa, of its issuer or of a visa that it depends on is recognised by.
    pub marks: Vec<Mark>,
    /// The one approval (its id) that it counts for, of those that its value stands for; absent: all of them.
    pub approval: Option<String>,
    /// Where it was found; absent for one that was rebuilt from a capability.
    pub place: Option<VisaPlace>,
}

/// What became of one visa, for explanations and the audit trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisaVerdict {
    /// The visa's `jti`; absent where it had none or could not be read.
    pub jti: Option<String>,
    /// `used`, or a stable reason code for ignoring it.
    pub code: &'static str,
    /// Where it was found; absent for a verdict about no single visa.
    pub place: Option<VisaPlace>,
    /// What the visa says of itself, for the caller who presented it alone; absent where it could not be read.
    pub says: Option<VisaSays>,
    /// The members or things that were not accepted (`source`, `by`, `value`, `key`, `iss` ...); empty where nothing was.
    pub failed: Vec<&'static str>,
}

/// What a visa says of itself. It is proven only where the visa's code is `used`.
#[derive(Clone, PartialEq, Eq)]
pub struct VisaSays {
    /// Its `iss`.
    pub issuer: String,
    /// `type` of the visa object; absent where there is no readable one.
    pub visa_type: Option<String>,
    /// `value` of the visa object; absent where there is no readable one.
    pub value: Option<String>,
}

impl fmt::Debug for VisaSays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VisaSays(..)")
    }
}

/// A caller. [`Caller::anonymous`] has nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Who; absent for an anonymous caller and for the holder of a capability.
    pub identity: Option<Identity>,
    /// The pseudonym for the audit trail; empty for an anonymous caller.
    pub pseudonym: String,
    /// Pseudonyms of every identity that was shown to be this person: the tokens' own and linked ones. In order. Those of each controlled-access
    /// visa are with the visa.
    pub known_as: Vec<String>,
    /// Controlled-access visas that verified.
    pub controlled: Vec<ControlledAccess>,
    /// The end of each of these visas, by value, without the tokens that brought it: a download that began in time may outlast those.
    pub visa_ends: Vec<(String, Timestamp)>,
    /// Until when registered access holds (terms accepted and researcher status, same value, same person); absent without.
    pub registered_until: Option<Timestamp>,
    /// What a ban of one of the tokens, of an issuer or of a linking visa is recognised by.
    pub marks: Vec<Mark>,
    /// Domains of the organisations that valid affiliation visas of the registered researcher name.
    pub affiliations: Vec<String>,
    /// Staff and system roles from configuration.
    pub roles: Vec<Role>,
    /// What a SMART client asked its token for (`system/Observation.rs`), as granted; absent for callers of other kinds. It narrows what a
    /// role allows.
    pub scopes: Option<Vec<String>>,
    /// The end of the token itself; absent for an anonymous caller.
    pub not_after: Option<Timestamp>,
    /// What became of each visa.
    pub visas: Vec<VisaVerdict>,
}

impl Caller {
    /// Somebody who presented nothing.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The scopes of a caller's roles of these kinds, in order, without repetition.
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

    /// Whether one of these pseudonyms is the caller's.
    #[must_use]
    pub fn is_one_of(&self, pseudonyms: &[String]) -> bool {
        !self.is_anonymous() && pseudonyms.iter().any(|p| *p == self.pseudonym || self.known_as.contains(p))
    }

    /// The earliest end of the visas with these values; of one that came twice, of the one that ends first. Absent where one of them is not known.
    pub(crate) fn visas_end(&self, values: &[String]) -> Option<Timestamp> {
        let end_of = |value: &String| self.visa_ends.iter().filter(|(named, _)| named == value).map(|(_, end)| *end).min();
        let ends = values.iter().map(end_of).collect::<Option<Vec<_>>>()?;
        ends.into_iter().min()
    }

    /// Whether nothing was presented.
    #[must_use]
    pub fn is_anonymous(&self) -> bool {
        self.pseudonym.is_empty()
    }
}
