//! How frequent variants are in a dataset, where it is known who could be called.

use ga4gh_beacon::{CalledPeople, FrequencyInPopulations, PopulationFrequency};
use gemj_access::DatasetGrant;
use gemj_model::{Allele, Assembly};

use super::asking::Asking;
use crate::service_error::ServiceError;

/// The frequencies of one dataset's variants, among everybody whom the Grant covers: filters choose variants and carriers, they make no
/// population.
pub(super) struct Frequencies<'a> {
    dataset: &'a DatasetGrant,
    index: gemj_variants::Frequencies<'a>,
}

impl<'a> Frequencies<'a> {
    /// Of a dataset of the question.
    ///
    /// # Errors
    /// The Grant does not cover it.
    pub(super) fn new(asking: &Asking<'a>, dataset: &'a DatasetGrant, assembly: Assembly) -> Result<Self, ServiceError> {
        let index = asking.carriers.frequencies(asking.grant, dataset.dataset(), assembly)?;
        Ok(Self { dataset, index })
    }

    /// A variant's frequency; none where of nobody covered it is known whether they could be called there.
    ///
    /// # Errors
    /// A store's failure.
    pub(super) async fn of(&mut self, allele: &Allele) -> Result<Vec<FrequencyInPopulations>, ServiceError> {
        let Some(numbers) = self.index.of(allele).await? else {
            return Ok(Vec::new());
        };
        let id = self.dataset.dataset().as_str();
        let people = CalledPeople {
            called_individuals: numbers.people,
            covered_individuals: self.dataset.participants().len(),
        };
        let frequency = PopulationFrequency::try_new(id, numbers.alleles, numbers.called).map(|of| of.with_people(people));
        let stated = FrequencyInPopulations::try_new(id, &format!("datasets/{id}"), frequency.into_iter().collect());
        Ok(stated.into_iter().collect())
    }
}
