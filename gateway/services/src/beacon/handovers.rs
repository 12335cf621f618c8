//! Where the files are that a set's records come from.

use ga4gh_beacon::Handover;
use gemj_access::{DatasetGrant, Granularity};
use roaring::RoaringBitmap;

use super::asking::Asking;
use crate::service_error::ServiceError;

/// The files of these people in a dataset.
///
/// # Errors
/// The catalogue's failure.
#[expect(clippy::unused_async, reason = "written next")]
pub(super) async fn of(asking: &Asking<'_>, _dataset: &DatasetGrant, people: &RoaringBitmap) -> Result<Vec<Handover>, ServiceError> {
    if asking.granularity() < Granularity::Record || people.is_empty() {
        return Ok(Vec::new());
    }
    Ok(Vec::new())
}
