//! Stub.
use ga4gh_beacon::Collection;
use gemj_access::{DatasetGrant, Grant, Policy};

use crate::service_error::ServiceError;
use crate::stores::Stores;
pub(super) async fn datasets(
    _s: &Stores,
    _p: &Policy,
    _g: &Grant,
    _m: &[&DatasetGrant],
) -> Result<Vec<(String, Collection)>, ServiceError> {
    Ok(Vec::new())
}
pub(super) async fn cohorts(_s: &Stores, _p: &Policy, _g: &Grant, _m: &[&DatasetGrant]) -> Result<Vec<(String, Collection)>, ServiceError> {
    Ok(Vec::new())
}
/// Stub.
pub fn datasets_of_cohort(_p: &Policy, _id: &str) -> Option<Vec<gemj_model::DatasetId>> {
    None
}
