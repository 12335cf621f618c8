//! The object store.

use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use futures::Stream;
use gemj_access::{Grant, Mandate, Upkeep};
use gemj_model::DataObject;

use crate::error::{ObjectError, SliceError};
use crate::settings::ObjectSettings;
use crate::slice::{SliceRegion, SliceRequest, SliceStream};

/// What was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Where, relative to the store's root. Unique; never used again.
    pub key: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the bytes, lower-case hex.
    pub sha256: String,
}

/// The key to a blob of an index: maintenance, or a Grant whose holder is answered from it.
#[derive(Clone, Copy, Debug)]
pub enum ReadKey<'a> {
    /// Work whose output never leaves the stores.
    Upkeep(Upkeep),
    /// A caller's Grant.
    Grant(&'a Grant),
}

impl From<Upkeep> for ReadKey<'_> {
    fn from(upkeep: Upkeep) -> Self {
        Self::Upkeep(upkeep)
    }
}

impl<'a> From<&'a Grant> for ReadKey<'a> {
    fn from(grant: &'a Grant) -> Self {
        Self::Grant(grant)
    }
}

/// The object store: a folder or an S3 bucket. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ObjectStore {}

impl ObjectStore {
    /// Opens the store; a local folder is made where it is absent.
    ///
    /// # Errors
    /// A URL that is not understood, or a folder that cannot be made.
    pub async fn open(_settings: &ObjectSettings) -> Result<Self, ObjectError> {
        Ok(Self {})
    }

    /// Stores a file in one pass under a fresh key, reporting bytes stored so far.
    ///
    /// # Errors
    /// [`ObjectError::ChangedWhileRead`], or a failing disk or service; nothing is left behind.
    pub async fn put_file(&self, _mandate: &Mandate, _path: &Path, _progress: impl Fn(u64) + Send) -> Result<Stored, ObjectError> {
        Err(ObjectError::Stopped)
    }

    /// Stores bytes under a fresh key that begins with `prefix`, such as `index`.
    ///
    /// # Errors
    /// A failing disk or service.
    pub async fn put_bytes(&self, _mandate: &Mandate, _prefix: &str, _bytes: Bytes) -> Result<Stored, ObjectError> {
        Err(ObjectError::Stopped)
    }

    /// Stores a blob of an index under a fresh key that begins with `name`.
    ///
    /// # Errors
    /// A failing disk or service.
    pub async fn put_index_blob(&self, _mandate: &Mandate, _name: &str, _bytes: Bytes) -> Result<Stored, ObjectError> {
        Err(ObjectError::Stopped)
    }

    /// Removes what a `put` stored and no catalogue row names. Absent is fine.
    ///
    /// # Errors
    /// A failing disk or service.
    pub async fn delete_orphan(&self, _mandate: &Mandate, _key: &str) -> Result<(), ObjectError> {
        Err(ObjectError::Stopped)
    }

    /// Bytes of an index blob. The range must lie inside it.
    ///
    /// # Errors
    /// A range outside the blob, or a failing disk or service.
    pub async fn read_blob_range<'a>(
        &self,
        _key: impl Into<ReadKey<'a>>,
        _blob: &str,
        _range: Range<u64>,
    ) -> Result<Bytes, ObjectError> {
        Err(ObjectError::Stopped)
    }

    /// Bytes of a whole file, 0-based half-open. Only to a Grant for `FetchObject` that covers every sample.
    ///
    /// # Errors
    /// [`ObjectError::NotCovered`], a range outside the file, or a failing disk or service.
    pub async fn read_object_range(
        &self,
        _grant: &Grant,
        _object: &DataObject,
        _range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, ObjectError>> + Send + use<>, ObjectError> {
        Err::<SliceStream, _>(ObjectError::Stopped)
    }

    /// Whether a slice of these regions could begin: the Grant covers something and every contig is known.
    ///
    /// # Errors
    /// As [`ObjectStore::slice`].
    pub async fn check_regions(&self, _grant: &Grant, _object: &DataObject, _regions: &[SliceRegion]) -> Result<(), SliceError> {
        Err(SliceError::NotCovered)
    }

    /// Slices a file: exactly the records that overlap the regions, each once, in file order, narrowed to the Grant.
    ///
    /// # Errors
    /// [`SliceError`]; all are known before the first byte.
    pub async fn slice(&self, _grant: &Grant, _object: &DataObject, _request: &SliceRequest) -> Result<SliceStream, SliceError> {
        Err(SliceError::NotCovered)
    }
}
