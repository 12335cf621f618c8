//! The rules for the groups of participants that an answer may show.

use gemj_model::Ordinal;
use roaring::RoaringBitmap;

use super::Terms;
use crate::grant::Grant;

impl Terms {
    /// Whether an answer may show a group of participants. At the controlled tier, the group needs one participant. Below the controlled tier, it
    /// needs participants of at least k families.
    #[must_use]
    pub fn shows(self, grant: &Grant, people: &RoaringBitmap) -> bool {
        if self.is_exact() {
            !people.is_empty()
        } else {
            self.has_least_families(grant, people)
        }
    }

    /// Whether a group of participants has at least k families. This rule applies at any tier to things that describe a dataset and not a
    /// participant, such as an institution's own codes. The method stops reading a large group when it has found k families.
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

    /// The least number of families that must carry an allele before an answer may show the allele. At least one.
    #[must_use]
    pub fn families_to_show_an_allele(self) -> usize {
        if self.is_exact() {
            1
        } else {
            (self.least_families as usize).max(1)
        }
    }
}
