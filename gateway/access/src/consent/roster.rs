//! Who is registered where: dataset memberships and families.

use std::collections::HashMap;

use gemj_model::{DatasetId, Ordinal};
use roaring::RoaringBitmap;

/// The registered participants. A person in no dataset is in no answer.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: HashMap<DatasetId, RoaringBitmap>,
    families: Vec<u32>,
    family_numbers: HashMap<String, u32>,
}

impl Roster {
    /// Registers a participant, or changes their family. A person without a family is a family of one.
    pub fn register(&mut self, ordinal: Ordinal, family: Option<&str>) {
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

    /// Each ordinal's family number.
    #[must_use]
    pub fn families(&self) -> &Vec<u32> {
        &self.families
    }
}
