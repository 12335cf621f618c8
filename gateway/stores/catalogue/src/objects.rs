//! Registered files.

use gemj_access::{Grant, LocatedObject, Mandate};
use gemj_model::{DataObject, ObjectId};

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::new_object::{NewObject, Registered};
use crate::segments::SegmentRow;

impl Catalogue {
    /// Finds a file's id, dataset, kind and owners: what a decision needs, nothing protected. Absent for an unknown id.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_object(&self, id: &ObjectId) -> Result<Option<LocatedObject>, CatalogueError> {
        let _ = id;
        Err(CatalogueError::Unavailable)
    }

    /// Reads a file's description. Absent where the Grant does not open its dataset or covers none of its owners.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn object(&self, grant: &Grant, id: &ObjectId) -> Result<Option<DataObject>, CatalogueError> {
        let _ = (grant, id);
        Err(CatalogueError::Unavailable)
    }

    /// Registers a file, its people and the segments built from it, in one transaction (action `Load`).
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] with the field: `specimen` of another participant, `sex` or `family` against a stated one, `sha256`
    /// registered in the dataset for other owners or under the same natural key with other bytes, `object` id taken.
    pub async fn register_object(&self, mandate: &Mandate, object: &NewObject, segments: &[SegmentRow]) -> Result<Registered, CatalogueError> {
        let _ = (mandate, object, segments);
        Err(CatalogueError::Unavailable)
    }

    /// The id a natural key was registered under (action `Load`); absent before.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn object_by_natural_key(&self, mandate: &Mandate, natural_key: &str) -> Result<Option<ObjectId>, CatalogueError> {
        let _ = (mandate, natural_key);
        Err(CatalogueError::Unavailable)
    }
}
