//! Which datasets cannot answer a question by name. Where nobody's names are loaded, "no" would be a statement about data that there is not.

use gemj_access::DatasetGrant;
use gemj_model::{Assembly, DatasetId};
use roaring::RoaringBitmap;

use super::named::Names;
use crate::service_error::ServiceError;

impl Names<'_> {
    /// Whether a dataset can answer a question by a name of this kind of change: names are loaded of as many people whom the Grant covers as the tier needs for an answer.
    /// Else somebody's names alone, before any consent and after a withdrawal, would change the answer.
    ///
    /// # Errors
    /// A store's failure.
    pub(super) async fn has_names(&self, granted: &DatasetGrant, assembly: Assembly, change: &str) -> Result<bool, ServiceError> {
        let enough = |people: &RoaringBitmap| self.are_enough(people);
        let catalogue = &self.stores.catalogue;
        let people = catalogue.people_with_names(granted, assembly, change, enough).await?;
        Ok(enough(&people))
    }

    /// Refuses a question that no dataset asked can answer.
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
