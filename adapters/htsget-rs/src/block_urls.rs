//! Where the bytes of slices are fetched.

use ga4gh_htsget::DataBlock;
use gemj_access::Grant;
use gemj_model::DataObject;
use gemj_objects::SliceRequest;

/// Mints the URLs of slices that are too large for a ticket.
///
/// Behind such a URL belongs [`gemj_objects::ObjectStore::open_slice`] with the same file and request, and a Grant that is decided anew.
pub trait BlockUrls: Send + Sync {
    /// A block that yields the slice's bytes; absent where none can be had, which fails the search.
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
