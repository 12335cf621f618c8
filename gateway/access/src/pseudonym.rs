//! Pseudonyms of participants that are valid for one audience only.

use std::fmt;

use gemj_model::Ordinal;

use crate::capability::CapabilityKey;
use crate::grant::Grant;

/// Makes pseudonyms for one audience. All callers who read under the same approvals see the same pseudonym for a participant. Two audiences cannot
/// tell from the pseudonyms that they see the same participant. Tracing a pseudonym back requires the installation's key.
#[derive(Clone)]
pub struct PseudonymKey(CapabilityKey);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

impl PseudonymKey {
    /// The key of a Grant's audience: the Grant's approvals, in any order. If the Grant has no approval, the audience is its holder.
    #[must_use]
    pub fn of(key: &CapabilityKey, grant: &Grant) -> Self {
        let mut approvals: Vec<&str> = grant.approvals().iter().map(String::as_str).collect();
        approvals.sort_unstable();
        let audience = if approvals.is_empty() {
            format!("holder\n{}", grant.holder())
        } else {
            format!("approvals\n{}", approvals.join("\n"))
        };
        Self(CapabilityKey::new(key.mac("pseudonyms-1", audience.as_bytes())))
    }

    /// A participant's pseudonym: `P-` and 16 hex digits.
    #[must_use]
    pub fn person(&self, person: Ordinal) -> String {
        format!("P-{}", self.digits("person", &person.0.to_be_bytes()))
    }

    /// A pseudonym that replaces a text that could identify a participant, such as the name of a library: `N-` and 16 hex digits. `kind` names the
    /// kind of text.
    #[must_use]
    pub fn text(&self, kind: &str, text: &str) -> String {
        format!("N-{}", self.digits(kind, text.as_bytes()))
    }

    fn digits(&self, kind: &str, bytes: &[u8]) -> String {
        let code = self.0.mac(kind, bytes);
        let (first, _) = code.split_at(8);
        hex::encode(first)
    }
}
