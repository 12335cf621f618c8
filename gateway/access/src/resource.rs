//! What is asked for, as `locate` found it: ids, labels and the dataset, nothing protected.

use gemj_model::{DataKind, DatasetId, ObjectId, Ordinal};

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
    pub samples: Vec<Option<Ordinal>>,
}

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource<'a> {
    /// A population: the datasets named, or every dataset the caller may ask at their best tier.
    Population(&'a [DatasetId]),
    /// One file; absent where no such id exists, so that unknown and hidden take the same way.
    Object(Option<&'a LocatedObject>),
}
