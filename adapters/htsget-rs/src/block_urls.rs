//! The URLs from which clients fetch the bytes of slices.

use ga4gh_htsget::DataBlock;
use gemj_access::Grant;
use gemj_model::DataObject;
use gemj_objects::SliceRequest;

/// Mints the URLs of slices that are too large for a ticket.
///
/// The server of the URL must call [`gemj_objects::ObjectStore::open_slice`] with the same file and request, and with a newly decided
/// Grant.
pub trait BlockUrls: Send + Sync {
    /// A block that yields the slice's bytes; absent if no block can be made, and then the search fails.
    fn mint(&self, object: &DataObject, grant: &Grant, request: &SliceRequest) -> Option<DataBlock>;
}

impl<F> BlockUrls for F
where
    F: Fn(&DataObject, &Grant, &SliceRequest) -> Option<DataBlock> + Send + Sync,
{
    fn mint(&self, object: &DataObject, grant: &Grant, request: &SliceRequest) -> Option<DataBlock> {
        self(object, grant, request)
    }
}
