//! The Grant: the key to protected reads.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use gemj_model::{Approval, DatasetId, Delivery, ObjectId, Ordinal, Purpose, ReleaseId, Timestamp};
use roaring::RoaringBitmap;

use crate::action::{Action, Basis};
use crate::consent::ReleaseMembers;
use crate::disclosure::{Granularity, Terms, Tier};
use crate::regions::GrantedRegions;

/// The id of one decision. The id links an answer to its row in the audit trail. It is random and carries no information.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DecisionId(pub u128);

impl fmt::Display for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for DecisionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The access that a [`Grant`] opens in one dataset. A right in one dataset does not apply to another dataset.
#[derive(Clone, Debug)]
pub struct DatasetGrant {
    dataset: DatasetId,
    terms: Terms,
    granularity: Granularity,
    delivery: Option<Delivery>,
    participants: Arc<RoaringBitmap>,
    whole_families: Arc<RoaringBitmap>,
    region_budget_bp: Option<u64>,
    releases: Vec<ReleaseId>,
    /// The members of each release in `releases`, in the same order.
    released: Vec<Arc<ReleaseMembers>>,
    regions: Option<Arc<GrantedRegions>>,
    incidental_findings: Arc<RoaringBitmap>,
}

impl DatasetGrant {
    pub(crate) fn new(
        dataset: DatasetId,
        terms: Terms,
        granularity: Granularity,
        delivery: Option<Delivery>,
        participants: Arc<RoaringBitmap>,
    ) -> Self {
        Self {
            dataset,
            terms,
            granularity,
            delivery,
            participants,
            whole_families: Arc::default(),
            region_budget_bp: None,
            releases: Vec::new(),
            released: Vec::new(),
            regions: None,
            incidental_findings: Arc::default(),
        }
    }

    /// Returns this value with the participants whose consent covers the return of incidental findings.
    pub(crate) fn with_incidental_findings(self, incidental_findings: Arc<RoaringBitmap>) -> Self {
        Self {
            incidental_findings,
            ..self
        }
    }

    /// Returns this value with the participants whose registered relatives are all covered too.
    pub(crate) fn with_whole_families(self, whole_families: Arc<RoaringBitmap>) -> Self {
        Self { whole_families, ..self }
    }

    /// Returns this value with a budget of base pairs that may be viewed of each participant.
    pub(crate) fn with_region_budget(self, region_budget_bp: Option<u64>) -> Self {
        Self { region_budget_bp, ..self }
    }

    /// Returns this value narrowed to releases. The participants must already be limited to members of these releases.
    pub(crate) fn with_releases(self, releases: Vec<(ReleaseId, Arc<ReleaseMembers>)>) -> Self {
        let (releases, released) = releases.into_iter().unzip();
        Self {
            releases,
            released,
            ..self
        }
    }

    /// Returns this value narrowed to regions of the genome. If `regions` is absent, the whole genome stays open.
    pub(crate) fn with_regions(self, regions: Option<Arc<GrantedRegions>>) -> Self {
        Self { regions, ..self }
    }

    /// The dataset to which this access belongs.
    #[must_use]
    pub fn dataset(&self) -> &DatasetId {
        &self.dataset
    }

    /// The limits on the dataset's answers.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.terms
    }

    /// The tier at which the dataset answers.
    pub(crate) fn tier(&self) -> Tier {
        self.terms.tier()
    }

    /// Whether answers show and resolve ids of participants, specimens and files. This needs the granularity `Record` at the controlled tier.
    #[must_use]
    pub fn names_records(&self) -> bool {
        self.granularity == Granularity::Record && self.terms.names_records()
    }

    /// The finest granularity that answers may have.
    #[must_use]
    pub fn granularity(&self) -> Granularity {
        self.granularity
    }

    /// How much data may leave the programme; absent if no bytes may leave.
    #[must_use]
    pub fn delivery(&self) -> Option<Delivery> {
        self.delivery
    }

    /// The ordinals of the participants whose consent covers this caller and purpose at the time of the decision.
    #[must_use]
    pub fn participants(&self) -> &Arc<RoaringBitmap> {
        &self.participants
    }

    /// The covered participants whose registered relatives are all covered too. An answer may contain information that comes from a relative
    /// (inheritance, phase by pedigree) only for these participants.
    #[must_use]
    pub fn whole_families(&self) -> &Arc<RoaringBitmap> {
        &self.whole_families
    }

    /// The participants whose incidental findings may be returned to their hospital, in addition to the primary
    /// finding. Empty on every basis except `care`.
    #[must_use]
    pub fn incidental_findings(&self) -> &RoaringBitmap {
        &self.incidental_findings
    }

    /// How many base pairs of each participant the caller may view in total under `region-view`; absent if views are not counted.
    #[must_use]
    pub fn region_budget_bp(&self) -> Option<u64> {
        self.region_budget_bp
    }

    /// The releases to which the approvals limit the access. Only data that every one of these releases contains is open. Empty if no approval is
    /// limited to a release.
    #[must_use]
    pub fn releases(&self) -> &[ReleaseId] {
        &self.releases
    }

    /// The members of each release in [`DatasetGrant::releases`], in the same order. The value for one release does not change. While any code holds
    /// the value, the same release has the same address in memory.
    #[must_use]
    pub fn released(&self) -> &[Arc<ReleaseMembers>] {
        &self.released
    }

    /// Whether every release in [`DatasetGrant::releases`] contains the given file. Always true if the access is not limited to releases.
    #[must_use]
    pub fn has_file(&self, file: &ObjectId) -> bool {
        self.released.iter().all(|release| release.objects.contains(file))
    }

    /// The regions to which the approvals limit the access. Absent if no approval is limited to regions: the whole genome is open. If the value is
    /// present, no file may be returned whole, and a base is open only if the regions of every limited approval contain the base. If the value
    /// contains no region, no part of the genome is open.
    #[must_use]
    pub fn regions(&self) -> Option<&GrantedRegions> {
        self.regions.as_deref()
    }

    /// Whether this access opens at least the regions that another access opens.
    fn covers_regions_of(&self, other: &Self) -> bool {
        match (self.regions(), other.regions()) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(ours), Some(theirs)) => theirs.is_within(ours),
        }
    }
}

/// Permission for one read action, made only by [`crate::decide()`]. Stores take a Grant by reference and read nothing outside it.
#[derive(Clone, Debug)]
pub struct Grant(Arc<Contents>);

#[derive(Debug)]
pub(crate) struct Contents {
    pub(crate) decision: DecisionId,
    pub(crate) holder: String,
    pub(crate) run: Option<String>,
    pub(crate) recontact: Option<String>,
    pub(crate) object: Option<ObjectId>,
    pub(crate) action: Action,
    pub(crate) datasets: Vec<DatasetGrant>,
    pub(crate) purposes: Vec<Purpose>,
    pub(crate) declared_purpose: Option<Purpose>,
    pub(crate) approvals: RestsOn,
    pub(crate) families: Arc<Vec<u32>>,
    pub(crate) patients: Arc<RoaringBitmap>,
    pub(crate) least_families: u32,
    pub(crate) epoch: u64,
    pub(crate) not_after: Timestamp,
}

/// The approvals on which a Grant rests, in total and for each dataset. The approvals are listed by id and by visa value. An id names one approval;
/// several approvals can share one visa value.
#[derive(Debug, Default)]
pub(crate) struct RestsOn {
    ids: Listed,
    visa_values: Listed,
}

/// Sorted texts (approval ids or visa values) without repetition: all texts, and the texts of each dataset.
#[derive(Debug, Default)]
struct Listed {
    all: Vec<String>,
    by_dataset: BTreeMap<DatasetId, Vec<String>>,
}

impl Listed {
    fn add(&mut self, dataset: &DatasetId, text: &str) {
        let of_dataset = self.by_dataset.entry(dataset.clone()).or_default();
        for list in [&mut self.all, of_dataset] {
            if let Err(place) = list.binary_search_by(|listed| listed.as_str().cmp(text)) {
                list.insert(place, text.to_owned());
            }
        }
    }

    fn extend(&mut self, other: &Self) {
        for (dataset, texts) in &other.by_dataset {
            for text in texts {
                self.add(dataset, text);
            }
        }
    }

    fn of(&self, dataset: &DatasetId) -> &[String] {
        self.by_dataset.get(dataset).map_or(&[], Vec::as_slice)
    }
}

impl RestsOn {
    /// Records that the Grant's right in a dataset rests on an approval. If the approval is already recorded, nothing changes.
    pub(crate) fn add(&mut self, dataset: &DatasetId, approval: &Approval) {
        self.ids.add(dataset, approval.id.as_str());
        self.visa_values.add(dataset, &approval.visa_value);
    }

    /// Adds all approvals on which another Grant rests.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.ids.extend(&other.ids);
        self.visa_values.extend(&other.visa_values);
    }
}

impl Grant {
    pub(crate) fn seal(contents: Contents) -> Self {
        Self(Arc::new(contents))
    }

    /// The id of the decision that made the Grant.
    #[must_use]
    pub fn decision(&self) -> DecisionId {
        self.0.decision
    }

    /// The pseudonym of the Grant's caller; empty for an anonymous caller.
    #[must_use]
    pub fn holder(&self) -> &str {
        &self.0.holder
    }

    /// The one run that the Grant opens. Absent for actions that are not about a run, and for the list of the holder's own runs.
    #[must_use]
    pub fn run(&self) -> Option<&str> {
        self.0.run.as_deref()
    }

    /// The one recontact request that the Grant opens; absent for actions that are not about a recontact request.
    #[must_use]
    pub fn recontact(&self) -> Option<&str> {
        self.0.recontact.as_deref()
    }

    /// The one file that the Grant opens; absent for actions that are not about a file.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectId> {
        self.0.object.as_ref()
    }

    /// The action that the Grant allows.
    #[must_use]
    pub fn action(&self) -> Action {
        self.0.action
    }

    /// The basis of the action.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.0.action.basis()
    }

    /// The access to each dataset, in order of dataset id. Empty for actions on runs, on files on hold and on a patient's own record. Also empty for
    /// an action on a recontact request or on genomic findings that opens no dataset.
    #[must_use]
    pub fn datasets(&self) -> &[DatasetGrant] {
        &self.0.datasets
    }

    /// The access to one dataset; absent if the Grant opens nothing in that dataset.
    #[must_use]
    pub fn dataset(&self, id: &DatasetId) -> Option<&DatasetGrant> {
        self.0.datasets.iter().find(|d| d.dataset() == id)
    }

    /// The participants of the caller's own sites that this Grant opens; empty on every basis except `care` and `participant-service`.
    #[must_use]
    pub fn patients(&self) -> &RoaringBitmap {
        &self.0.patients
    }

    /// The purposes for which controlled data may be used; empty at the public and registered tiers.
    #[must_use]
    pub fn purposes(&self) -> &[Purpose] {
        &self.0.purposes
    }

    /// The purpose that the request declared; absent if the request declared no purpose.
    #[must_use]
    pub fn declared_purpose(&self) -> Option<Purpose> {
        self.0.declared_purpose
    }

    /// The visa values of the approvals on which the Grant rests, for all datasets together. Several approvals can share a value;
    /// [`Grant::approval_ids`] distinguishes them.
    #[must_use]
    pub fn approvals(&self) -> &[String] {
        &self.0.approvals.visa_values.all
    }

    /// The ids of the approvals on which the Grant rests, for all datasets together.
    #[must_use]
    pub fn approval_ids(&self) -> &[String] {
        &self.0.approvals.ids.all
    }

    /// The visa values of the approvals on which the right in one dataset rests; see [`Grant::approval_ids_for`].
    #[must_use]
    pub fn approvals_for(&self, dataset: &DatasetId) -> &[String] {
        self.0.approvals.visa_values.of(dataset)
    }

    /// The ids of the approvals on which the right in one dataset rests. An approval that is only for another dataset is not listed. Empty if the
    /// Grant opens nothing in the dataset, or if no approval was used. For the outputs of a run, the datasets are those of the run's inputs.
    #[must_use]
    pub fn approval_ids_for(&self, dataset: &DatasetId) -> &[String] {
        self.0.approvals.ids.of(dataset)
    }

    /// The approvals on which the Grant rests, in total and for each dataset.
    pub(crate) fn rests_on(&self) -> &RestsOn {
        &self.0.approvals
    }

    /// The terms of an answer over some of the Grant's datasets: the least detailed of their tiers and the largest of their k. If no dataset is
    /// given, the terms of the public tier.
    #[must_use]
    pub fn terms_of<'a>(&self, datasets: impl IntoIterator<Item = &'a DatasetGrant>) -> Terms {
        Terms::of_all(datasets).unwrap_or(Terms::new(Tier::Public, self.0.least_families))
    }

    /// The terms of an answer over all datasets of the Grant.
    #[must_use]
    pub fn terms(&self) -> Terms {
        self.terms_of(self.datasets())
    }

    /// Whether different queries under this Grant count against a budget. They count if the caller is known and any dataset of
    /// the Grant answers at the registered tier.
    #[must_use]
    pub fn counts_questions(&self) -> bool {
        !self.holder().is_empty() && self.datasets().iter().any(|dataset| dataset.terms().counts_questions())
    }

    /// Whether any dataset of the Grant gives exact answers. Exact answers wait for the commit of their audit row.
    #[must_use]
    pub fn answers_exactly(&self) -> bool {
        self.datasets().iter().any(|dataset| dataset.terms().is_exact())
    }

    /// The policy epoch of the decision. Public and registered answers must not show the epoch.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.epoch
    }

    /// The instant at which the Grant ends: the earliest end of everything on which the Grant rests.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.0.not_after
    }

    /// Whether the owner of every sample is known and is a covered participant of this dataset. False for a file with an unmapped sample.
    #[must_use]
    pub fn covers_all<I: IntoIterator<Item = Option<Ordinal>>>(&self, dataset: &DatasetId, samples: I) -> bool {
        self.dataset(dataset)
            .is_some_and(|d| samples.into_iter().all(|s| s.is_some_and(|o| d.participants().contains(o.0))))
    }

    /// The family number of a participant. Only members of one family share a number. A participant without a known family has a number of their own.
    #[must_use]
    pub fn family_of(&self, person: Ordinal) -> u32 {
        self.0.families.get(person.0 as usize).copied().unwrap_or(u32::MAX - person.0)
    }

    /// Whether this Grant allows at least everything that an earlier Grant of the same request allowed. A stream must end if its new Grant does not
    /// cover the Grant with which the stream began. All of these conditions must hold:
    /// * holder, action, run, recontact request and file are the same;
    /// * this Grant opens all patients of the earlier Grant;
    /// * this Grant opens each dataset of the earlier Grant, with at least the same participants, whole families, incidental findings, regions, tier,
    ///   granularity and delivery.
    #[must_use]
    pub fn still_covers(&self, earlier: &Self) -> bool {
        self.0.action == earlier.0.action
            && self.0.holder == earlier.0.holder
            && self.0.run == earlier.0.run
            && self.0.recontact == earlier.0.recontact
            && self.0.object == earlier.0.object
            && earlier.0.patients.is_subset(&self.0.patients)
            && earlier.datasets().iter().all(|was| {
                self.dataset(was.dataset()).is_some_and(|is| {
                    was.participants().is_subset(is.participants())
                        && was.whole_families().is_subset(is.whole_families())
                        && was.incidental_findings().is_subset(is.incidental_findings())
                        && is.covers_regions_of(was)
                        && was.delivery() <= is.delivery()
                        && was.tier() <= is.tier()
                        && was.granularity() <= is.granularity()
                })
            })
    }
}
