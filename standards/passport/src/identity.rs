//! Whose token it is, and which identities are one person.

use std::collections::BTreeMap;
use std::fmt;

/// An issuer and a subject: the "visa identity" of `Passport 1.2.1`. Kept as a pair, never joined into one text, so that no
/// choice of subject can imitate another issuer's. Compared byte for byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
}

impl Identity {
    /// Pairs an issuer and a subject.
    #[must_use]
    pub fn new(issuer: &str, subject: &str) -> Self {
        Self {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(redacted)")
    }
}

/// Identities joined by trusted LinkedIdentities visas: union-find over the identities seen in one request.
#[derive(Clone, Default)]
pub struct IdentityPartition {
    index: BTreeMap<Identity, usize>,
    parent: Vec<usize>,
}

impl IdentityPartition {
    /// Nobody is linked to anybody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that two identities are one person. Chains join: if a is b and b is c, then a is c.
    pub fn link(&mut self, one: &Identity, other: &Identity) {
        let (a, b) = (self.slot(one), self.slot(other));
        let (a, b) = (self.root(a), self.root(b));
        if let Some(parent) = self.parent.get_mut(a) {
            *parent = b;
        }
    }

    /// Whether two identities are equal or linked.
    #[must_use]
    pub fn same_person(&self, one: &Identity, other: &Identity) -> bool {
        if one == other {
            return true;
        }
        match (self.index.get(one), self.index.get(other)) {
            (Some(a), Some(b)) => self.root(*a) == self.root(*b),
            (None | Some(_), None) | (None, Some(_)) => false,
        }
    }

    fn slot(&mut self, identity: &Identity) -> usize {
        if let Some(slot) = self.index.get(identity) {
            return *slot;
        }
        let slot = self.parent.len();
        self.parent.push(slot);
        self.index.insert(identity.clone(), slot);
        slot
    }

    /// No path compression: a request holds at most a few thousand identities and `same_person` takes `&self`.
    fn root(&self, mut slot: usize) -> usize {
        while let Some(parent) = self.parent.get(slot).copied() {
            if parent == slot {
                break;
            }
            slot = parent;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(issuer: &str, subject: &str) -> Identity {
        Identity::new(issuer, subject)
    }

    #[test]
    fn links_chain_and_cycles_end() {
        let mut partition = IdentityPartition::new();
        let (a, b, c, d) = (identity("i", "a"), identity("i", "b"), identity("j", "c"), identity("i", "d"));
        partition.link(&a, &b);
        partition.link(&b, &c);
        partition.link(&c, &a);
        assert!(partition.same_person(&a, &c) && partition.same_person(&c, &b));
        assert!(!partition.same_person(&a, &d));
        assert!(partition.same_person(&d, &d));
    }

    #[test]
    fn the_same_subject_of_two_issuers_is_two_people() {
        assert!(!IdentityPartition::new().same_person(&identity("i", "s"), &identity("j", "s")));
    }
}
