//! The identity in a token, and the identities that belong to one person.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;

/// An issuer and a subject: the "visa identity" of `Passport 1.2.1`. The two are kept as a pair and never joined into one text. An attacker can
/// therefore not choose a subject that imitates an identity of another issuer. Issuers and subjects are compared byte for byte.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// `iss`: the issuer.
    pub issuer: String,
    /// `sub`: the subject, which is unique only within the issuer.
    pub subject: String,
}

impl Identity {
    /// Makes an identity from an issuer and a subject.
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

/// Identities joined by trusted LinkedIdentities visas. Each link has a rank: the end of its validity. The ranks determine until when two
/// identities count as one person.
///
/// The identities are nodes of trees (union by size). Links are added in descending order of rank, so the ranks never rise on the path from a
/// node to the root. Where the paths of two identities meet, the last link used is the weakest link of the strongest chain between them.
#[derive(Clone)]
pub struct IdentityPartition<T> {
    index: BTreeMap<Identity, usize>,
    /// For each node (numbered by `index`): the number of its parent, and the rank of the link to the parent. `None` for a root.
    parent: Vec<Option<(usize, T)>>,
}

impl<T: Copy + Ord> IdentityPartition<T> {
    /// Joins the linked identities. Chains join too: if a is linked to b and b to c, then a is joined with c.
    #[must_use]
    pub fn from_links(mut links: Vec<(Identity, Identity, T)>) -> Self {
        links.sort_by_key(|(_, _, rank)| Reverse(*rank));
        let mut partition = Self {
            index: BTreeMap::new(),
            parent: Vec::new(),
        };
        let mut sizes: Vec<usize> = Vec::new();
        for (one, other, rank) in links {
            let (one, other) = (partition.slot(one), partition.slot(other));
            sizes.resize(partition.parent.len(), 1);
            let (one, other) = (partition.root(one), partition.root(other));
            if one == other {
                continue;
            }
            let size = |slot: usize| sizes.get(slot).copied().unwrap_or(1);
            let (small, large) = if size(one) < size(other) { (one, other) } else { (other, one) };
            let joined = size(small) + size(large);
            if let (Some(parent), Some(size)) = (partition.parent.get_mut(small), sizes.get_mut(large)) {
                *parent = Some((large, rank));
                *size = joined;
            }
        }
        partition
    }

    /// The lowest rank on the best chain of links between two different identities: the time until which they count as one person. `None` if no
    /// chain links the two identities.
    #[must_use]
    pub fn linked(&self, one: &Identity, other: &Identity) -> Option<T> {
        let (mut one, mut other) = (*self.index.get(one)?, *self.index.get(other)?);
        let mut lowest = None;
        while one != other {
            // Go up from the node whose link to its parent has the higher rank. A root has no parent.
            match (self.up(one), self.up(other)) {
                (Some((parent, rank)), above) if above.is_none_or(|(_, lower)| rank >= lower) => {
                    one = parent;
                    lowest = Some(rank);
                }
                (_, Some((parent, rank))) => {
                    other = parent;
                    lowest = Some(rank);
                }
                (Some(_) | None, None) => return None,
            }
        }
        lowest
    }

    /// Every other identity that a chain of links joins to `one`, sorted by issuer and subject, each with the rank that [`Self::linked`] returns.
    pub fn linked_to<'a>(&'a self, one: &'a Identity) -> impl Iterator<Item = (&'a Identity, T)> + 'a {
        self.index.keys().filter_map(move |other| Some((other, self.linked(one, other)?)))
    }

    fn up(&self, slot: usize) -> Option<(usize, T)> {
        self.parent.get(slot).copied().flatten()
    }

    fn slot(&mut self, identity: Identity) -> usize {
        let next = self.parent.len();
        let slot = *self.index.entry(identity).or_insert(next);
        if slot == next {
            self.parent.push(None);
        }
        slot
    }

    fn root(&self, mut slot: usize) -> usize {
        while let Some((parent, _)) = self.up(slot) {
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
    fn links_form_chains_and_cycles_terminate() {
        let (a, b, c, d) = (identity("i", "a"), identity("i", "b"), identity("j", "c"), identity("i", "d"));
        let partition = IdentityPartition::from_links(vec![
            (a.clone(), b.clone(), 5),
            (b.clone(), c.clone(), 3),
            (c.clone(), a.clone(), 1),
            (d.clone(), d.clone(), 9),
        ]);
        assert_eq!(
            partition.linked(&a, &c),
            Some(3),
            "the chain over b has a higher rank than the direct link"
        );
        assert_eq!(partition.linked(&c, &b), Some(3));
        assert_eq!((partition.linked(&a, &d), partition.linked(&d, &d)), (None, None));
        assert_eq!(partition.linked_to(&a).collect::<Vec<_>>(), [(&b, 5), (&c, 3)]);
    }

    #[test]
    fn the_same_subject_at_two_issuers_is_two_identities() {
        let partition = IdentityPartition::from_links(vec![(identity("i", "s"), identity("i", "t"), 1)]);
        assert_eq!(partition.linked(&identity("i", "s"), &identity("j", "s")), None);
    }

    /// Floyd-Warshall over the widest chains is the independent check of `linked`.
    #[test]
    fn every_pair_of_random_graphs_has_its_widest_chain() {
        let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |n: u64| {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % n
        };
        for _ in 0..300 {
            let size = 2 + random(9) as usize;
            let people: Vec<_> = (0..size).map(|n| identity("i", &n.to_string())).collect();
            let mut widest = vec![vec![None; size]; size];
            let mut links = Vec::new();
            for _ in 0..random(14) {
                let (a, b, rank) = (random(size as u64) as usize, random(size as u64) as usize, random(6));
                links.push((people[a].clone(), people[b].clone(), rank));
                widest[a][b] = widest[a][b].max(Some(rank));
                widest[b][a] = widest[b][a].max(Some(rank));
            }
            for over in 0..size {
                for a in 0..size {
                    for b in 0..size {
                        widest[a][b] = widest[a][b].max(widest[a][over].min(widest[over][b]));
                    }
                }
            }
            let partition = IdentityPartition::from_links(links);
            for a in 0..size {
                for b in (0..size).filter(|b| *b != a) {
                    assert_eq!(partition.linked(&people[a], &people[b]), widest[a][b]);
                }
            }
        }
    }
}
