//! Makes the URLs from which clients fetch the bytes of slices.

use ga4gh_htsget::DataBlock;
use gemj_access::Grant;
use gemj_model::DataObject;
use gemj_objects::SliceRequest;

/// Makes the URLs of slices that are too large to be contained in a ticket.
///
/// The server that answers the URL must call [`gemj_objects::ObjectStore::open_slice`] with the same file and request, and with a Grant
/// that is decided anew.
pub trait BlockUrls: Send + Sync {
    /// Makes a data block whose URL returns the bytes of the slice. If the result is absent, the search fails with an internal error.
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
