//! Names for people that mean something to one project alone.

use std::fmt;

use gemj_model::Ordinal;

use crate::capability::CapabilityKey;
use crate::grant::Grant;

/// Makes pseudonyms for one audience: everybody who reads under the same approvals sees the same name for a person, and two audiences cannot
/// tell from the names that they see the same person. Nobody without the installation's key can lead a name back.
#[derive(Clone)]
pub struct PseudonymKey(CapabilityKey);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

impl PseudonymKey {
    /// The key of a Grant's audience: its approvals, whatever their order; where there is none, its holder.
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

    /// A person's name: `P-` and 16 hex digits.
    #[must_use]
    pub fn person(&self, person: Ordinal) -> String {
        format!("P-{}", self.digits("person", &person.0.to_be_bytes()))
    }

    /// A name in place of a text of some kind that could name somebody, such as a library: `N-` and 16 hex digits.
    #[must_use]
    pub fn text(&self, kind: &str, text: &str) -> String {
        format!("N-{}", self.digits(kind, text.as_bytes()))
    }

    fn digits(&self, kind: &str, bytes: &[u8]) -> String {
        let code = self.0.mac(kind, bytes);
        let (first, _) = code.split_at(8);
        first.iter().fold(String::with_capacity(16), |mut text, byte| {
            use fmt::Write as _;
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
