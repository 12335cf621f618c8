//! Releases: the fixed state of a dataset on one day. A release is cited and approved by its id.

use crate::clock::Timestamp;
use crate::identifier::{DatasetId, ObjectId, Ordinal, ReleaseId};

/// An immutable set of a dataset's files, and of the participants in these files whose consent held when the release was made. A participant
/// who withdraws later is absent from live answers under the release at once. The release itself, its manifest and its number do not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its id, such as `rare-disease-2026.1`.
    pub id: ReleaseId,
    /// The dataset of the release.
    pub dataset: DatasetId,
    /// When the release was made.
    pub created: Timestamp,
    /// The files, in order of id.
    pub objects: Vec<ReleasedObject>,
    /// The participants, in order.
    pub participants: Vec<Ordinal>,
    /// The citation of the release.
    pub citation: String,
    /// SHA-256 of the manifest, lower-case hex.
    pub manifest_sha256: String,
}

/// A file as it was in a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleasedObject {
    /// The object's id.
    pub id: ObjectId,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: String,
}
