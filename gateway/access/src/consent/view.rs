//! One bitmap per clause at one epoch and instant, and what decisions ask of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use gemj_model::{Approval, ApprovalId, Clause, ConsentForm, DatasetId, ObjectId, Ordinal, Release, ReleaseId, SiteId, Timestamp};
use roaring::RoaringBitmap;

use super::audience::Audience;
use super::covered::{Covered, agreeing, cover};
use super::evaluation::Bitmaps;
use super::form_table::FormNumber;
use super::ledger::ConsentLedger;
use super::roster::{Families, Roster};
use crate::regions::GrantedRegions;

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
    pub(super) fn of(release: &Release) -> Self {
        Self {
            dataset: release.dataset.clone(),
            participants: release.participants.iter().map(|o| o.0).collect(),
            objects: release.objects.iter().map(|o| o.id.clone()).collect(),
        }
    }
}

/// What the fold of a moment says of everybody.
#[derive(Debug)]
pub(super) struct Consents {
    pub(super) bitmaps: Bitmaps,
    /// The forms whose countries count.
    pub(super) forms: BTreeMap<FormNumber, Arc<ConsentForm>>,
}

/// Consents, memberships and approvals as they stand at one epoch. Immutable; a new one is published when the epoch moves or
/// [`ConsentView::valid_until`] comes.
#[derive(Debug)]
pub struct ConsentView {
    epoch: u64,
    made: Timestamp,
    valid_until: Option<Timestamp>,
    consents: Consents,
    members: HashMap<DatasetId, Arc<RoaringBitmap>>,
    sites: Arc<HashMap<SiteId, RoaringBitmap>>,
    families: Families,
    /// By visa value, each list in the order of ids: the visas of one resource carry one value, whichever project they were issued for.
    approvals: HashMap<String, Vec<Approval>>,
    /// The visa value of each approval, by id.
    values: HashMap<ApprovalId, String>,
    /// By id, of the approvals that are limited to regions.
    regions: HashMap<ApprovalId, Arc<GrantedRegions>>,
    releases: HashMap<ReleaseId, Arc<ReleaseMembers>>,
    covered: Mutex<Cache>,
}

fn by_value(approvals: &[Approval]) -> HashMap<String, Vec<Approval>> {
    let mut by_value: HashMap<String, Vec<Approval>> = HashMap::new();
    for approval in approvals {
        by_value.entry(approval.visa_value.clone()).or_default().push(approval.clone());
    }
    for of_value in by_value.values_mut() {
        of_value.sort_by(|a, b| a.id.cmp(&b.id));
    }
    by_value
}

fn holds(approval: &Approval, now: Timestamp) -> bool {
    approval.not_after > now && approval.not_before.is_none_or(|start| start <= now) && approval.revoked.is_none()
}

/// What was asked of a view before.
#[derive(Debug, Default)]
struct Cache {
    live: HashMap<DatasetId, HashMap<Audience, Covered>>,
    released: HashMap<ReleaseId, HashMap<Audience, Covered>>,
    entries: usize,
}

/// Audiences come from configured organisations and are few; unknown ones all share one. The bound is for safety.
const MOST_ENTRIES: usize = 4096;

impl ConsentView {
    /// Folds everything at an instant. Of the ledger, only what changed since it was folded last is folded again.
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
        let evaluated = ledger.evaluated(now);
        let turns = approvals.iter().flat_map(|a| a.not_before.into_iter().chain([a.not_after]));
        let next_turn = turns.filter(|t| *t > now).min();
        Self {
            epoch,
            made: now,
            valid_until: evaluated.next_change.into_iter().chain(next_turn).min(),
            consents: Consents {
                bitmaps: evaluated.bitmaps,
                forms: evaluated.forms,
            },
            members: datasets
                .iter()
                .filter_map(|d| roster.members(d).map(|m| (d.clone(), Arc::clone(m))))
                .collect(),
            sites: Arc::clone(roster.sites()),
            families: roster.kin().clone(),
            approvals: by_value(approvals),
            values: approvals.iter().map(|a| (a.id.clone(), a.visa_value.clone())).collect(),
            regions: approvals
                .iter()
                .filter_map(|a| Some((a.id.clone(), Arc::new(GrantedRegions::of(a.regions.as_ref()?)))))
                .collect(),
            releases: releases.iter().map(|r| (r.id.clone(), ledger.release_members(r))).collect(),
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

    /// The next instant at which it stops holding by itself: a clause, a birthday, an approval. Absent where none is recorded.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// The members of a dataset whose consent covers an audience now. Empty for an unknown dataset.
    #[must_use]
    pub fn covered(&self, dataset: &DatasetId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.live(dataset, audience).people
    }

    /// Those of the [`ConsentView::covered`] none of whose registered relatives, in any dataset or none, fails the same audience. Of nobody
    /// else may be told what they owe to a relative.
    #[must_use]
    pub fn whole_families(&self, dataset: &DatasetId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.live(dataset, audience).whole_families
    }

    /// The people of a release whose consent covers an audience now, and who are still members of its dataset. Empty for an unknown release.
    #[must_use]
    pub fn covered_in_release(&self, release: &ReleaseId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.released(release, audience).people
    }

    /// Those of the [`ConsentView::covered_in_release`] none of whose registered relatives, in the release or not, fails the same audience.
    #[must_use]
    pub fn whole_families_in_release(&self, release: &ReleaseId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.released(release, audience).whole_families
    }

    fn live(&self, dataset: &DatasetId, audience: &Audience) -> Covered {
        let mut cache = self.covered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.live.get(dataset).and_then(|of| of.get(audience)) {
            return found.clone();
        }
        let Some(members) = self.members.get(dataset) else {
            return Covered::default();
        };
        let covered = cover(members, &agreeing(&self.consents, audience), &self.families);
        if cache.entries < MOST_ENTRIES {
            cache.entries += 1;
            let of = cache.live.entry(dataset.clone()).or_default();
            of.insert(audience.clone(), covered.clone());
        }
        covered
    }

    fn released(&self, id: &ReleaseId, audience: &Audience) -> Covered {
        let cache = self.covered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = cache.released.get(id).and_then(|of| of.get(audience)) {
            return found.clone();
        }
        drop(cache);
        let Some(release) = self.release(id) else {
            return Covered::default();
        };
        let live = self.live(&release.dataset, audience);
        let covered = Covered {
            people: Arc::new(live.people.as_ref() & &release.participants),
            whole_families: Arc::new(live.whole_families.as_ref() & &release.participants),
        };
        let mut cache = self.covered.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.entries < MOST_ENTRIES {
            cache.entries += 1;
            let of = cache.released.entry(id.clone()).or_default();
            of.insert(audience.clone(), covered.clone());
        }
        covered
    }

    /// The approvals that a visa value stands for and that hold at this instant, in the order of their ids. Which of them are a caller's is for the
    /// decision to say.
    pub fn approvals_of_value(&self, visa_value: &str, now: Timestamp) -> impl Iterator<Item = &Approval> {
        let of_value = self.approvals.get(visa_value).map_or(&[][..], Vec::as_slice);
        of_value.iter().filter(move |approval| holds(approval, now))
    }

    /// The approval of an id, where it holds at this instant.
    #[must_use]
    pub fn approval_of_id(&self, id: &str, now: Timestamp) -> Option<&Approval> {
        let id = ApprovalId::parse(id).ok()?;
        self.approvals_of_value(self.values.get(&id)?, now)
            .find(|approval| approval.id == id)
    }

    /// The regions that an approval is limited to; absent for the whole genome.
    pub(crate) fn approved_regions(&self, approval: &Approval) -> Option<Arc<GrantedRegions>> {
        let written = approval.regions.as_ref()?;
        let known = self.regions.get(&approval.id).map(Arc::clone);
        Some(known.unwrap_or_else(|| Arc::new(GrantedRegions::of(written))))
    }

    /// Every approval on record, in no order: also those that have ended, have not begun or were revoked.
    pub fn approvals(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.values().flatten()
    }

    /// Who and what is in a release; absent where there is none of this id.
    #[must_use]
    pub fn release(&self, id: &ReleaseId) -> Option<&Arc<ReleaseMembers>> {
        self.releases.get(id)
    }

    /// Everybody for whom a clause holds now, of any dataset.
    #[must_use]
    pub fn holding(&self, clause: Clause) -> &RoaringBitmap {
        &self.consents.bitmaps.clauses[clause as usize]
    }

    /// The participants, of any dataset, who may be asked again now: they are in the study, and they agreed to be asked. Death ends that clause.
    #[must_use]
    pub fn askable_again(&self) -> RoaringBitmap {
        self.holding(Clause::StudyUse) & self.holding(Clause::Recontact)
    }

    /// Whether one participant is of [`ConsentView::askable_again`].
    #[must_use]
    pub fn may_be_asked_again(&self, participant: Ordinal) -> bool {
        [Clause::StudyUse, Clause::Recontact]
            .into_iter()
            .all(|clause| self.holding(clause).contains(participant.0))
    }

    /// The members of a dataset, whatever they consented to; absent for an unknown or empty one.
    #[must_use]
    pub fn members(&self, dataset: &DatasetId) -> Option<&RoaringBitmap> {
        self.members.get(dataset).map(Arc::as_ref)
    }

    /// The members of a dataset whose data a release may contain: the members who consent to study use now.
    #[must_use]
    pub fn releasable(&self, dataset: &DatasetId) -> RoaringBitmap {
        let members = self.members(dataset).cloned().unwrap_or_default();
        members & self.holding(Clause::StudyUse)
    }

    /// Everybody whom an institution enrolled; absent for one that enrolled nobody.
    #[must_use]
    pub fn enrolled_at(&self, site: &SiteId) -> Option<&RoaringBitmap> {
        self.sites.get(site)
    }

    /// Each ordinal's family number.
    #[must_use]
    pub fn families(&self) -> &Arc<Vec<u32>> {
        &self.families.numbers
    }
}
