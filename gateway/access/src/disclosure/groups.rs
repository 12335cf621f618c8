//! Which groups of participants an answer may show.

use gemj_model::Ordinal;
use roaring::RoaringBitmap;

use super::Terms;
use crate::grant::Grant;

impl Terms {
    /// Whether a group may be seen: at the controlled tier with one participant, below it with participants of at least k families.
    #[must_use]
    pub fn shows(self, grant: &Grant, people: &RoaringBitmap) -> bool {
        if self.is_exact() {
            !people.is_empty()
        } else {
            self.has_least_families(grant, people)
        }
    }

    /// Whether a group has at least k families, at any tier. The rule of things that describe a dataset and not a participant, such as an institution's
    /// own codes. Reads no more of a large group than k families need.
    #[must_use]
    pub fn has_least_families(self, grant: &Grant, people: &RoaringBitmap) -> bool {
        let mut families = RoaringBitmap::new();
        for person in people {
            if families.len() >= u64::from(self.least_families) {
                break;
            }
            families.insert(grant.family_of(Ordinal(person)));
        }
        families.len() >= u64::from(self.least_families)
    }

    /// How many families must carry an allele before the allele may be seen; at least one.
    #[must_use]
    pub fn families_to_show_an_allele(self) -> usize {
        if self.is_exact() {
            1
        } else {
            (self.least_families as usize).max(1)
        }
    }
}
