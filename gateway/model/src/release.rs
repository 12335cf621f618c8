//! Releases: what a dataset was on a day, to be cited and approved by name.

use crate::clock::Timestamp;
use crate::identifier::{DatasetId, ObjectId, Ordinal, ReleaseId};

/// An immutable set of a dataset's files and of the participants in them whose consent held when it was made. Whoever leaves since is gone
/// from live answers under the release at once; the release itself, its manifest and its number stay as they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its id, such as `rare-disease-2026.1`.
    pub id: ReleaseId,
    /// The dataset it is of.
    pub dataset: DatasetId,
    /// When it was made.
    pub created: Timestamp,
    /// Its files in order of id.
    pub objects: Vec<ReleasedObject>,
    /// Its participants in order.
    pub participants: Vec<Ordinal>,
    /// How to cite it.
    pub citation: String,
    /// SHA-256 of its manifest, lower-case hex.
    pub manifest_sha256: String,
}

/// A file as it stood in a release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleasedObject {
    /// Which.
    pub id: ObjectId,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
}
