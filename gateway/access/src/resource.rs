//! The object of a question, as `locate` found it: ids, policy labels and the dataset. These types contain no protected data.

use gemj_model::{DataKind, DatasetId, ObjectId, Ordinal, SiteId};

use crate::owners::Owners;

/// The data of a file that `locate` returns without a Grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedObject {
    /// The id that the caller requested.
    pub id: ObjectId,
    /// The dataset of the file.
    pub dataset: DatasetId,
    /// The kind of data in the file: reads or variants.
    pub kind: DataKind,
    /// The owner of each column, in order of the columns; absent for a sample that is mapped to no participant.
    pub samples: Owners,
}

/// The data of a participant that `locate` returns without a Grant, if a hospital named the participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedPatient {
    /// The ordinal of the participant.
    pub participant: Ordinal,
    /// The institution that enrolled the participant; absent if no institution did.
    pub site: Option<SiteId>,
}

/// The data of a workflow run that `locate` returns without a Grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRun {
    /// The id of the run.
    pub id: String,
    /// The pseudonym of the caller who submitted the run.
    pub owner: String,
    /// The approved projects under which the run works.
    pub projects: Vec<String>,
    /// The input files of the run; an entry is absent if the file no longer exists.
    pub inputs: Vec<Option<LocatedObject>>,
}

/// The data of a recontact request that `locate` returns without a Grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRecontact {
    /// The id of the recontact request.
    pub id: String,
    /// The pseudonym of the caller who made the request.
    pub requester: String,
    /// The dataset whose participants the request concerns.
    pub dataset: DatasetId,
    /// Ids of the approvals under which the request was made.
    pub approvals: Vec<String>,
}

/// The object of a question about a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// The participants of the named datasets. If no dataset is named, the request is about all datasets that answer the caller at the most
    /// detailed tier at which any dataset answers (controlled, else registered, else public).
    Population(&'a [DatasetId]),
    /// The participants of a cohort. The request is about those datasets of the cohort that answer the caller at the most detailed tier at
    /// which any of them answers (controlled, else registered, else public). If the caller may use none of the cohort's datasets, the request
    /// is decided as if no cohort had been named. The Grant then opens no dataset of the cohort.
    Cohort(&'a [DatasetId]),
    /// One file; absent if no file has this id. The decision about an absent file gives the same answer as for a hidden file.
    Object(Option<&'a LocatedObject>),
    /// One patient of a hospital; absent if no patient has the number or id in the request.
    Patient(Option<&'a LocatedPatient>),
    /// Every patient of the sites for which the caller acts.
    OwnPatients,
    /// One run; absent if no run has this id.
    Run(Option<&'a LocatedRun>),
    /// Every run that the caller submitted.
    OwnRuns,
    /// One output of a run, and whether a reviewer has released the output; absent if no output has this id.
    RunOutput(Option<(&'a LocatedRun, bool)>),
    /// One recontact request; absent if no recontact request has this id.
    Recontact(Option<&'a LocatedRecontact>),
    /// Every file on hold.
    HeldObjects,
}
