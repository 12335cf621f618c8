//! What is asked for, as `locate` found it: ids, labels and the dataset, nothing protected.

use gemj_model::{DataKind, DatasetId, ObjectId, Ordinal, SiteId};

use crate::owners::Owners;

/// What the ungranted look-up tells of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedObject {
    /// The id asked for.
    pub id: ObjectId,
    /// Its dataset.
    pub dataset: DatasetId,
    /// Reads or variants.
    pub kind: DataKind,
    /// Whose data the columns are, in order; absent where a sample was mapped to nobody.
    pub samples: Owners,
}

/// What the ungranted look-up tells of a participant whom a hospital named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedPatient {
    /// Who.
    pub participant: Ordinal,
    /// The institution that enrolled them; absent where none did.
    pub site: Option<SiteId>,
}

/// What the ungranted look-up tells of a workflow run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRun {
    /// Its id.
    pub id: String,
    /// The pseudonym of whoever submitted it.
    pub owner: String,
    /// The approved projects it runs under.
    pub projects: Vec<String>,
    /// The files it was given; absent for one that is not there any more.
    pub inputs: Vec<Option<LocatedObject>>,
}

/// What the ungranted look-up tells of a request to ask participants again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocatedRecontact {
    /// Its id.
    pub id: String,
    /// The pseudonym of whoever asked.
    pub requester: String,
    /// The dataset whose participants are meant.
    pub dataset: DatasetId,
    /// Ids of the approvals under which it was made.
    pub approvals: Vec<String>,
}

/// What a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A population: the datasets named, or every dataset the caller may ask at their best tier.
    Population(&'a [DatasetId]),
    /// A cohort: of its datasets those that the caller may ask at the best tier at which any of them answers. Where the caller may ask none of them, the
    /// question is decided as if it named no cohort; the Grant then opens no dataset of the cohort.
    Cohort(&'a [DatasetId]),
    /// One file; absent where no such id exists, so that unknown and hidden take the same way.
    Object(Option<&'a LocatedObject>),
    /// One patient of a hospital; absent where nobody has the number or id.
    Patient(Option<&'a LocatedPatient>),
    /// Every patient of the caller's own site.
    OwnPatients,
    /// One run; absent where no such id exists.
    Run(Option<&'a LocatedRun>),
    /// Every run that the caller submitted.
    OwnRuns,
    /// One output of a run, with whether a reviewer released it; absent where no such id exists.
    RunOutput(Option<(&'a LocatedRun, bool)>),
    /// One request to ask participants again; absent where no such id exists.
    Recontact(Option<&'a LocatedRecontact>),
    /// Every file on hold.
    HeldObjects,
}
