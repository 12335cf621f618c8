//! Pseudonyms of participants that are valid for one audience only.

use std::fmt;

use gemj_model::Ordinal;

use crate::capability::CapabilityKey;
use crate::grant::Grant;

/// Makes pseudonyms of participants for one audience. All callers who read under the same approvals see the same pseudonym for a
/// participant. Two audiences cannot find out from the pseudonyms that they see the same participant. Only the installation's key
/// makes it possible to trace a pseudonym back.
#[derive(Clone)]
pub struct PseudonymKey(CapabilityKey);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

impl PseudonymKey {
    /// The key for the audience of a Grant. The audience is the set of the Grant's approvals by their ids, in any order. Visa values do not identify
    /// an audience, because approvals of different projects can share a value. If the Grant rests on no approval, the audience is the holder of the
    /// Grant.
    #[must_use]
    pub fn of(key: &CapabilityKey, grant: &Grant) -> Self {
        let mut approvals: Vec<&str> = grant.approval_ids().iter().map(String::as_str).collect();
        approvals.sort_unstable();
        let audience = if approvals.is_empty() {
            format!("holder\n{}", grant.holder())
        } else {
            format!("approvals\n{}", approvals.join("\n"))
        };
        Self(CapabilityKey::new(key.mac("pseudonyms-2", audience.as_bytes())))
    }

    /// The pseudonym of a participant: `P-` and 16 hex digits.
    #[must_use]
    pub fn person(&self, person: Ordinal) -> String {
        format!("P-{}", self.digits("person", &person.0.to_be_bytes()))
    }

    /// The pseudonym that replaces a text that could identify a participant, such as the name of a sequencing library: `N-` and 16 hex digits. `kind`
    /// names the kind of text, so that equal texts of two kinds get different pseudonyms.
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
