//! The consent view: one bitmap of participants for each clause at one epoch and instant, and the queries that decisions make on these bitmaps.

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

/// The members of a release: participants and files.
#[derive(Clone, Debug)]
pub struct ReleaseMembers {
    /// The dataset of which the release was made.
    pub dataset: DatasetId,
    /// The participants in the release.
    pub participants: RoaringBitmap,
    /// The files in the release.
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

/// The clauses that hold for all participants, as the fold computed them.
#[derive(Debug)]
pub(super) struct Consents {
    pub(super) bitmaps: Bitmaps,
    /// The forms whose lists of countries count for provision overseas, by form number.
    pub(super) forms: BTreeMap<FormNumber, Arc<ConsentForm>>,
}

/// Consents, memberships and approvals at one epoch. A view is immutable. A new view is published when the epoch moves or when
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
    /// The participants of whom it is not decided whether they and another participant are one person.
    undecided: RoaringBitmap,
    /// The approvals by visa value, each list in the order of approval ids. All visas for one resource have one value,
    /// even if they belong to different projects.
    approvals: HashMap<String, Vec<Approval>>,
    /// The visa value of each approval, by id.
    values: HashMap<ApprovalId, String>,
    /// The regions of each approval that is limited to regions, by approval id. Approvals for the whole genome have no entry.
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

/// Results that a view has already computed.
#[derive(Debug, Default)]
struct Cache {
    live: HashMap<DatasetId, HashMap<Audience, Covered>>,
    released: HashMap<ReleaseId, HashMap<Audience, Covered>>,
    entries: usize,
}

/// The largest number of cached results. Audiences come from configured organisations and are few, and all unknown organisations share one
/// audience. The bound is only a safeguard.
const MOST_ENTRIES: usize = 4096;

impl ConsentView {
    /// Makes a view at an instant. Usually the ledger folds only the participants who changed since its last fold.
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
        let joined = ledger.joined();
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
            families: roster.kin().joined(&joined),
            undecided: joined.undecided(),
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

    /// The policy epoch at which the view was made.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether decisions may still use the view at this instant. This is true if no scheduled change has come since the view was made,
    /// and if `now` is not earlier than the view.
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        now >= self.made && self.valid_until.is_none_or(|end| now < end)
    }

    /// The next instant at which the view stops being valid by itself: a clause changes, a birthday comes, or an approval begins or
    /// ends. Absent if no such change is scheduled.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }

    /// The members of a dataset whose consent covers an audience now. Empty for an unknown dataset.
    #[must_use]
    pub fn covered(&self, dataset: &DatasetId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.live(dataset, audience).people
    }

    /// The [`ConsentView::covered`] participants whose registered relatives are all covered for the same audience, whether or not a relative belongs
    /// to a dataset. An answer may contain information that comes from a relative only for these participants.
    #[must_use]
    pub fn whole_families(&self, dataset: &DatasetId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.live(dataset, audience).whole_families
    }

    /// The participants of a release whose consent covers an audience now, and who are still members of the release's dataset. Empty for an unknown
    /// release.
    #[must_use]
    pub fn covered_in_release(&self, release: &ReleaseId, audience: &Audience) -> Arc<RoaringBitmap> {
        self.released(release, audience).people
    }

    /// The [`ConsentView::covered_in_release`] participants whose registered relatives are all covered for the same audience,
    /// whether or not a relative is in the release.
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

    /// The approvals with this visa value that are in force at this instant, in the order of their ids. The decision finds out which
    /// of these approvals belong to the caller.
    pub fn approvals_of_value(&self, visa_value: &str, now: Timestamp) -> impl Iterator<Item = &Approval> {
        let of_value = self.approvals.get(visa_value).map_or(&[][..], Vec::as_slice);
        of_value.iter().filter(move |approval| holds(approval, now))
    }

    /// The approval with this id, if it is in force at this instant.
    #[must_use]
    pub fn approval_of_id(&self, id: &str, now: Timestamp) -> Option<&Approval> {
        self.recorded_approval(id).filter(|approval| holds(approval, now))
    }

    /// The approval with this id; absent if no approval with this id is on record. An approval that has ended, has not begun or was revoked
    /// is returned too: it tells to which organisation data was disclosed, and gives no access.
    #[must_use]
    pub fn recorded_approval(&self, id: &str) -> Option<&Approval> {
        let id = ApprovalId::parse(id).ok()?;
        let of_value = self.approvals.get(self.values.get(&id)?)?;
        of_value.iter().find(|approval| approval.id == id)
    }

    /// The regions to which an approval is limited; absent if the approval is for the whole genome.
    pub(crate) fn approved_regions(&self, approval: &Approval) -> Option<Arc<GrantedRegions>> {
        let written = approval.regions.as_ref()?;
        let known = self.regions.get(&approval.id).map(Arc::clone);
        Some(known.unwrap_or_else(|| Arc::new(GrantedRegions::of(written))))
    }

    /// Every approval on record, in no order. Approvals that have ended, have not begun or were revoked are included.
    pub fn approvals(&self) -> impl Iterator<Item = &Approval> {
        self.approvals.values().flatten()
    }

    /// The members of a release; absent if no release has this id.
    #[must_use]
    pub fn release(&self, id: &ReleaseId) -> Option<&Arc<ReleaseMembers>> {
        self.releases.get(id)
    }

    /// All participants for whom a clause holds now, in any dataset or in none.
    #[must_use]
    pub fn holding(&self, clause: Clause) -> &RoaringBitmap {
        &self.consents.bitmaps.clauses[clause as usize]
    }

    /// The participants who may be contacted again now, in any dataset or in none. Both the clause for study use and the clause for recontact
    /// hold. Death closes the clause for recontact. A participant with an open merge is left out: two participants may be one person, who would be
    /// asked twice, or by the wrong hospital.
    #[must_use]
    pub fn askable_again(&self) -> RoaringBitmap {
        (self.holding(Clause::StudyUse) & self.holding(Clause::Recontact)) - &self.undecided
    }

    /// Whether one participant is in [`ConsentView::askable_again`].
    #[must_use]
    pub fn may_be_asked_again(&self, participant: Ordinal) -> bool {
        [Clause::StudyUse, Clause::Recontact]
            .into_iter()
            .all(|clause| self.holding(clause).contains(participant.0))
            && !self.undecided.contains(participant.0)
    }

    /// The members of a dataset, whatever their consent; absent if the dataset is unknown or never had a member.
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

    /// All participants whom an institution enrolled; absent if the institution enrolled no participant.
    #[must_use]
    pub fn enrolled_at(&self, site: &SiteId) -> Option<&RoaringBitmap> {
        self.sites.get(site)
    }

    /// The family number of each participant; the index is the ordinal.
    #[must_use]
    pub fn families(&self) -> &Arc<Vec<u32>> {
        &self.families.numbers
    }
}
