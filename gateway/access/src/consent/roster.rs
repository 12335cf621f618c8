//! Who is registered where: dataset memberships and families.

use std::collections::HashMap;

use gemj_model::{DatasetId, Ordinal, SiteId};
use roaring::RoaringBitmap;

/// The registered participants. A person in no dataset is in no answer.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: HashMap<DatasetId, RoaringBitmap>,
    families: Vec<u32>,
    family_numbers: HashMap<String, u32>,
    sites: HashMap<SiteId, RoaringBitmap>,
    site_of: HashMap<u32, SiteId>,
}

impl Roster {
    /// Registers a participant, or changes their family or site. A person without a family is a family of one.
    pub fn register(&mut self, ordinal: Ordinal, family: Option<&str>, site: Option<&SiteId>) {
        if let Some(before) = self.site_of.remove(&ordinal.0)
            && let Some(people) = self.sites.get_mut(&before)
        {
            people.remove(ordinal.0);
        }
        if let Some(site) = site {
            self.sites.entry(site.clone()).or_default().insert(ordinal.0);
            self.site_of.insert(ordinal.0, site.clone());
        }
        let index = ordinal.0 as usize;
        // Numbers from the top down stand for families of one, so that they never meet a named family's number.
        while self.families.len() <= index {
            self.families.push(u32::MAX - self.families.len() as u32);
        }
        self.families[index] = match family {
            None => u32::MAX - ordinal.0,
            Some(name) => {
                let next = self.family_numbers.len() as u32;
                *self.family_numbers.entry(name.to_owned()).or_insert(next)
            }
        };
    }

    /// Puts a participant into a dataset.
    pub fn enrol(&mut self, dataset: &DatasetId, ordinal: Ordinal) {
        self.members.entry(dataset.clone()).or_default().insert(ordinal.0);
    }

    /// A dataset's members; absent where it has none.
    #[must_use]
    pub fn members(&self, dataset: &DatasetId) -> Option<&RoaringBitmap> {
        self.members.get(dataset)
    }

    /// Who was enrolled where.
    #[must_use]
    pub fn sites(&self) -> &HashMap<SiteId, RoaringBitmap> {
        &self.sites
    }

    /// Each ordinal's family number.
    #[must_use]
    pub fn families(&self) -> &Vec<u32> {
        &self.families
    }
}
