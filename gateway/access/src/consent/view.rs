//! One bitmap per clause at one epoch and instant, and what decisions ask of them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use gemj_model::{Approval, Clause, DatasetId, FormId, ObjectId, Release, ReleaseId, SiteId, Timestamp};
use roaring::RoaringBitmap;

use super::audience::Audience;
use super::ledger::ConsentLedger;
use super::roster::Roster;

/// Who and what is in a release.
#[derive(Clone, Debug)]
pub struct ReleaseMembers {
    /// The dataset it is of.
    pub dataset: DatasetId,
    /// Its participants.
    pub participants: RoaringBitmap,
    /// Its files.
    pub objects: HashSet<ObjectId>,
}

impl ReleaseMembers {
    fn of(release: &Release) -> Self {
        Self {
            dataset: release.dataset.clone(),
            participants: release.participants.iter().map(|o| o.0).collect(),
            objects: release.objects.iter().map(|o| o.id.clone()).collect(),
        }
    }
}

/// Consents, memberships and approvals as they stand at one epoch. Immutable; a new one is published when the epoch moves or
/// [`ConsentView::valid_until`] comes.
#[derive(Debug)]
pub struct ConsentView {
    epoch: u64,
    made: Timestamp,
    valid_until: Option<Timestamp>,
    clauses: [RoaringBitmap; Clause::ALL.len()],
    by_consent: [RoaringBitmap; Clause::ALL.len()],
    overseas: HashMap<FormId, RoaringBitmap>,
    countries: HashMap<FormId, Vec<String>>,
    members: HashMap<DatasetId, RoaringBitmap>,
    sites: HashMap<SiteId, RoaringBitmap>,
    families: Arc<Vec<u32>>,
    approvals: HashMap<String, Approval>,
    releases: HashMap<ReleaseId, ReleaseMembers>,
    covered: Mutex<HashMap<DatasetId, HashMap<Audience, Covered>>>,
}

/// Whom an audience may see of a dataset, kept once worked out.
#[derive(Clone, Debug)]
struct Covered {
    people: Arc<RoaringBitmap>,
    whole_families: Arc<RoaringBitmap>,
}

impl ConsentView {
    /// Folds everything at an instant.
    #[must_use]
    pub fn fold(
        epoch: u64,
        ledger: &ConsentLedger,
        roster: &Roster,
        approvals: &[Approval],
        releases: &[Release],
        datasets: &[DatasetId],
        now: Timestamp,
    ) -> Self {
        let mut clauses: [RoaringBitmap; Clause::ALL.len()] = Default::default();
        let mut by_consent: [RoaringBitmap; Clause::ALL.len()] = Default::default();
        let mut overseas: HashMap<FormId, RoaringBitmap> = HashMap::new();
        let mut valid_until: Option<Timestamp> = None;
        for participant in ledger.participants() {
            let standing = ledger.standing(participant, now);
            for clause in standing.clauses.iter() {
                clauses[clause as usize].insert(participant.0);
            }
            for clause in standing.by_consent.iter() {
                by_consent[clause as usize].insert(participant.0);
            }
            if let Some(form) = standing.overseas_form {
                overseas.entry(form).or_default().insert(participant.0);
            }
            valid_until = earliest(valid_until, standing.next_change);
        }
        let ends = approvals.iter().flat_map(|a| a.not_before.into_iter().chain([a.not_after]));
        for change in ends.filter(|t| *t > now) {
            valid_until = earliest(valid_until, Some(change));
        }
        let countries = overseas
            .keys()
            .filter_map(|id| ledger.form(id).map(|f| (id.clone(), f.overseas_countries.clone())))
            .collect();
        Self {
            epoch,
            made: now,
            valid_until,
            clauses,
            by_consent,
            overseas,
            countries,
            members: datasets
                .iter()
                .filter_map(|d| roster.members(d).map(|m| (d.clone(), m.clone())))
                .collect(),
            sites: roster.sites().clone(),
            families: Arc::new(roster.families().clone()),
            approvals: approvals.iter().map(|a| (a.visa_value.clone(), a.clone())).collect(),
            releases: releases.iter().map(|r| (r.id.clone(), ReleaseMembers::of(r))).collect(),
            covered: Mutex::default(),
        }
    }

    /// The epoch it was folded at.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether it may still answer at this instant: no scheduled change has come since it was made, and time has not run backwards.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now >= self.made && self.valid_until.is_none_or(|end| now < end)
    }

    /// The members of a dataset whose consent covers an audience now. Empty for an unknown dataset.
    #[must_use]
    pub fn covered(&self, dataset: &DatasetId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.covered_with_families(dataset, audience).people
    }

    /// Those of the [`ConsentView::covered`] none of whose registered relatives, in any dataset or none, fails the same audience. Of nobody
    /// else may be told what they owe to a relative.
    #[must_use]
    pub fn whole_families(&self, dataset: &DatasetId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.covered_with_families(dataset, audience).whole_families
    }

    fn covered_with_families(&self, dataset: &DatasetId, audience: &Audience) -> Covered {
        let mut cache = self.covered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.get(dataset).and_then(|by_audience| by_audience.get(audience)) {
            return found.clone();
        }
        let covered = self.cover(dataset, audience);
        // Audiences come from configured organisations and are few; unknown ones all share one. The bound is for safety.
        if cache.values().map(HashMap::len).sum::<usize>() < 4096 {
            cache.entry(dataset.clone()).or_default().insert(audience.clone(), covered.clone());
        }
        covered
    }

    fn cover(&self, dataset: &DatasetId, audience: &Audience) -> Covered {
        let Some(members) = self.members.get(dataset) else {
            return Covered {
                people: Arc::default(),
                whole_families: Arc::default(),
            };
        };
        let agreeing = self.agreeing(audience);
        let people = members & &agreeing;
        let lacking: HashSet<u32> = (0u32..)
            .zip(self.families.iter())
            .filter(|(ordinal, _)| !agreeing.contains(*ordinal))
            .map(|(_, family)| *family)
            .collect();
        let whole = |ordinal: &u32| self.families.get(*ordinal as usize).is_some_and(|family| !lacking.contains(family));
        Covered {
            whole_families: Arc::new(people.iter().filter(whole).collect()),
            people: Arc::new(people),
        }
    }

    /// Everybody, of any dataset or none, whose consent covers an audience now.
    fn agreeing(&self, audience: &Audience) -> RoaringBitmap {
        // What a company does, and what is done for one, rests on consent whatever else a clause could rest on.
        let clauses = if audience.needs_consent() {
            &self.by_consent
        } else {
            &self.clauses
        };
        let mut needed = audience.clauses().iter().map(|clause| &clauses[clause as usize]);
        let mut people = needed.next().cloned().unwrap_or_default();
        for holding in needed {
            people &= holding;
        }
        match audience {
            Audience::World => people,
            Audience::Organisation { country, .. } if country == "JP" => people,
            Audience::Organisation { country, .. } => {
                let mut named = RoaringBitmap::new();
                for (form, signers) in &self.overseas {
                    if self.countries.get(form).is_some_and(|list| list.contains(country)) {
                        named |= signers;
                    }
                }
                people & named
            }
        }
    }

    /// The approval that a visa value stands for, where it holds at this instant.
    #[must_use]
    pub fn approval(&self, visa_value: &str, now: Timestamp) -> Option<&Approval> {
        let holds = |a: &&Approval| a.not_after > now && a.not_before.is_none_or(|t| t <= now) && a.revoked.is_none();
        self.approvals.get(visa_value).filter(holds)
    }

    /// Every approval on record, in no order: also those that have ended, have not begun or were revoked.
    pub fn approvals(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.values()
    }

    /// Who and what is in a release; absent where there is none of this id.
    #[must_use]
    pub fn release(&self, id: &ReleaseId) -> Option<&ReleaseMembers> {
        self.releases.get(id)
    }

    /// Everybody for whom a clause holds now, of any dataset.
    #[must_use]
    pub fn holding(&self, clause: Clause) -> &RoaringBitmap {
        &self.clauses[clause as usize]
    }

    /// The members of a dataset, whatever they consented to; absent for an unknown or empty one.
    #[must_use]
    pub fn members(&self, dataset: &DatasetId) -> Option<&RoaringBitmap> {
        self.members.get(dataset)
    }

    /// Everybody whom an institution enrolled; absent for one that enrolled nobody.
    #[must_use]
    pub fn enrolled_at(&self, site: &SiteId) -> Option<&RoaringBitmap> {
        self.sites.get(site)
    }

    /// Each ordinal's family number.
    #[must_use]
    pub fn families(&self) -> &Arc<Vec<u32>> {
        &self.families
    }
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
