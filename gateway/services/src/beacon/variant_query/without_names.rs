//! Determines which datasets cannot answer a query by an allele's name. If a dataset has no loaded names, a "no" would be a statement about
//! data that does not exist.

use gemj_access::DatasetGrant;
use gemj_model::{Assembly, DatasetId};
use roaring::RoaringBitmap;

use super::named::Names;
use crate::service_error::ServiceError;

impl Names<'_> {
    /// Whether a dataset can answer a query by a name of this kind of change: enough covered participants for the tier have loaded names of
    /// alleles. Without this threshold, the loaded names of a single participant would change the answer.
    ///
    /// # Errors
    /// A store's failure.
    pub(super) async fn has_names(&self, granted: &DatasetGrant, assembly: Assembly, change: &str) -> Result<bool, ServiceError> {
        let enough = |people: &RoaringBitmap| self.are_enough(people);
        let catalogue = &self.stores.catalogue;
        let people = catalogue.people_with_names(granted, assembly, change, enough).await?;
        Ok(enough(&people))
    }

    /// Refuses a query by an allele's name if no dataset of the request can answer it.
    ///
    /// # Errors
    /// [`ServiceError::NamesNotLoaded`].
    pub(super) fn check_names(&self, without_names: &[DatasetId]) -> Result<(), ServiceError> {
        if !self.datasets.is_empty() && without_names.len() == self.datasets.len() {
            return Err(ServiceError::NamesNotLoaded);
        }
        Ok(())
    }
}
