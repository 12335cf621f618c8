//! The registered participants, their datasets, families and sites.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use gemj_model::{DatasetId, Ordinal, SiteId};
use roaring::RoaringBitmap;

use super::merge::Joined;

/// The registered participants. A participant who belongs to no dataset appears in no answer about datasets.
#[derive(Clone, Debug, Default)]
pub struct Roster {
    members: HashMap<DatasetId, Arc<RoaringBitmap>>,
    families: Families,
    family_numbers: HashMap<String, u32>,
    sites: Arc<HashMap<SiteId, RoaringBitmap>>,
    site_of: HashMap<u32, SiteId>,
}

/// The family of each participant, shared with the views.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    /// The family number of each participant; the index is the ordinal.
    pub(super) numbers: Arc<Vec<u32>>,
    /// The ordinals of the participants whose family has a name. Every other participant counts as a family of one.
    pub(super) named: Arc<RoaringBitmap>,
}

impl Roster {
    /// Registers a participant, or changes the participant's family or site. A participant without a family is a family of one.
    pub fn register(&mut self, ordinal: Ordinal, family: Option<&str>, site: Option<&SiteId>) {
        let before = self.site_of.remove(&ordinal.0);
        if before.as_ref() != site {
            let sites = Arc::make_mut(&mut self.sites);
            if let Some(people) = before.and_then(|before| sites.get_mut(&before)) {
                people.remove(ordinal.0);
            }
            if let Some(site) = site {
                sites.entry(site.clone()).or_default().insert(ordinal.0);
            }
        }
        if let Some(site) = site {
            self.site_of.insert(ordinal.0, site.clone());
        }
        let number = match family {
            None => u32::MAX - ordinal.0,
            Some(name) => match self.family_numbers.get(name) {
                Some(number) => *number,
                None => {
                    let next = self.family_numbers.len() as u32;
                    self.family_numbers.insert(name.to_owned(), next);
                    next
                }
            },
        };
        let index = ordinal.0 as usize;
        if self.families.numbers.get(index) != Some(&number) {
            let numbers = Arc::make_mut(&mut self.families.numbers);
            // Families of one are numbered from the largest number downwards, so that their numbers never equal the number of a named family.
            while numbers.len() <= index {
                numbers.push(u32::MAX - numbers.len() as u32);
            }
            numbers[index] = number;
        }
        if family.is_some() != self.families.named.contains(ordinal.0) {
            let named = Arc::make_mut(&mut self.families.named);
            if family.is_some() {
                named.insert(ordinal.0);
            } else {
                named.remove(ordinal.0);
            }
        }
    }

    /// Adds a participant to a dataset.
    pub fn enrol(&mut self, dataset: &DatasetId, ordinal: Ordinal) {
        match self.members.get_mut(dataset) {
            Some(members) if members.contains(ordinal.0) => {}
            Some(members) => {
                Arc::make_mut(members).insert(ordinal.0);
            }
            None => {
                self.members
                    .insert(dataset.clone(), Arc::new(RoaringBitmap::from_iter([ordinal.0])));
            }
        }
    }

    /// Removes a participant from a dataset.
    pub fn leave(&mut self, dataset: &DatasetId, ordinal: Ordinal) {
        if let Some(members) = self.members.get_mut(dataset)
            && members.contains(ordinal.0)
        {
            Arc::make_mut(members).remove(ordinal.0);
        }
    }

    /// The members of a dataset; absent if the dataset never had a member.
    #[must_use]
    pub fn members(&self, dataset: &DatasetId) -> Option<&Arc<RoaringBitmap>> {
        self.members.get(dataset)
    }

    /// The participants enrolled at each site.
    #[must_use]
    pub fn sites(&self) -> &Arc<HashMap<SiteId, RoaringBitmap>> {
        &self.sites
    }

    /// The family number of each participant; the index is the ordinal.
    #[must_use]
    pub fn families(&self) -> &Arc<Vec<u32>> {
        &self.families.numbers
    }

    pub(super) fn kin(&self) -> &Families {
        &self.families
    }
}

impl Families {
    /// The families, with the families of participants who are or may be one person as one family, so that no count of families counts a person twice.
    /// A participant that was merged into another counts as a family of one, because nothing of it is answered any more.
    pub(super) fn joined(&self, joined: &Joined) -> Self {
        let mut pairs = joined.kin().peekable();
        if pairs.peek().is_none() {
            return self.clone();
        }
        let number = |who: u32| self.numbers.get(who as usize).copied();
        let mut sets: Vec<BTreeSet<u32>> = Vec::new();
        for (a, b) in pairs {
            let mut set: BTreeSet<u32> = [number(a), number(b)].into_iter().flatten().collect();
            let (touched, apart): (Vec<_>, Vec<_>) = sets.into_iter().partition(|known| !known.is_disjoint(&set));
            touched.into_iter().for_each(|known| set.extend(known));
            sets = apart;
            sets.push(set);
        }
        // A family without a name has a number at the upper end. A joined family gets a number as if it had a name.
        let mut next = self.named.iter().filter_map(number).max().map_or(0, |last| last + 1);
        let mut renamed: HashMap<u32, u32> = HashMap::new();
        for set in sets {
            let named = set.first().copied().filter(|first| *first < next);
            let to = named.unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            renamed.extend(set.into_iter().map(|family| (family, to)));
        }
        let (mut numbers, mut named) = (self.numbers.as_ref().clone(), self.named.as_ref().clone());
        for (who, family) in (0u32..).zip(&mut numbers) {
            if let Some(to) = renamed.get(family) {
                *family = *to;
                named.insert(who);
            }
        }
        for prior in joined.priors() {
            if let Some(family) = numbers.get_mut(prior as usize) {
                *family = u32::MAX - prior;
            }
            named.remove(prior);
        }
        Self {
            numbers: Arc::new(numbers),
            named: Arc::new(named),
        }
    }
}
