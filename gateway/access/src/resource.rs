//! The object of a question, as `locate` found it: ids, labels and the dataset. A located object contains no protected data.

use gemj_model::{DataKind, DatasetId, ObjectId, Ordinal, SiteId};

use crate::owners::Owners;

/// What the ungranted look-up returns for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedObject {
    /// The requested id.
    pub id: ObjectId,
    /// Its dataset.
    pub dataset: DatasetId,
    /// Reads or variants.
    pub kind: DataKind,
    /// The owner of each column, in order; absent for a sample that is mapped to no participant.
    pub samples: Owners,
}

/// What the ungranted look-up returns for a participant that a hospital named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedPatient {
    /// The participant.
    pub participant: Ordinal,
    /// The institution that enrolled the participant; absent where none did.
    pub site: Option<SiteId>,
}

/// What the ungranted look-up returns for a workflow run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRun {
    /// Its id.
    pub id: String,
    /// The pseudonym of the caller who submitted the run.
    pub owner: String,
    /// The approved projects under which the run works.
    pub projects: Vec<String>,
    /// The input files; absent for a file that no longer exists.
    pub inputs: Vec<Option<LocatedObject>>,
}

/// What the ungranted look-up returns for a recontact request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRecontact {
    /// Its id.
    pub id: String,
    /// The pseudonym of the caller who made the request.
    pub requester: String,
    /// The dataset whose participants the request concerns.
    pub dataset: DatasetId,
    /// Ids of the approvals under which the request was made.
    pub approvals: Vec<String>,
}

/// The object of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A population: the named datasets. If no dataset is named: all datasets that answer the caller at the widest tier at which any dataset answers.
    Population(&'a [DatasetId]),
    /// A cohort: those of its datasets that answer the caller at the widest tier at which any of them answers. If the caller may use none of the
    /// cohort's datasets, the question is decided as if no cohort had been named. The Grant then opens no dataset of the cohort.
    Cohort(&'a [DatasetId]),
    /// One file; absent where no such id exists, so that unknown and hidden ids take the same path.
    Object(Option<&'a LocatedObject>),
    /// One patient of a hospital; absent where no patient has the number or id.
    Patient(Option<&'a LocatedPatient>),
    /// Every patient of the caller's own site.
    OwnPatients,
    /// One run; absent where no such id exists.
    Run(Option<&'a LocatedRun>),
    /// Every run that the caller submitted.
    OwnRuns,
    /// One output of a run, and whether a reviewer released the output; absent where no such id exists.
    RunOutput(Option<(&'a LocatedRun, bool)>),
    /// One recontact request; absent where no such id exists.
    Recontact(Option<&'a LocatedRecontact>),
    /// Every file on hold.
    HeldObjects,
}
