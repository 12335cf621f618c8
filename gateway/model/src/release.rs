//! Releases: the fixed state of a dataset on one day. A release is cited and approved by its id.

use crate::clock::Timestamp;
use crate::identifier::{DatasetId, ObjectId, Ordinal, ReleaseId};

/// An immutable set of a dataset's files, and of those participants in the files whose consent held when the release was made. A participant who
/// withdraws later is absent at once from live answers under the release. The release itself, its manifest and its number do not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The id of the release, such as `rare-disease-2026.1`.
    pub id: ReleaseId,
    /// The dataset of which the release was made.
    pub dataset: DatasetId,
    /// The time at which the release was made.
    pub created: Timestamp,
    /// The files in the release, in order of id.
    pub objects: Vec<ReleasedObject>,
    /// The participants in the release, in order of ordinal.
    pub participants: Vec<Ordinal>,
    /// The text with which the release is cited.
    pub citation: String,
    /// SHA-256 of the release's manifest, lower-case hex.
    pub manifest_sha256: String,
}

/// A file in a release, as it was when the release was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleasedObject {
    /// The id of the file.
    pub id: ObjectId,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: String,
}
