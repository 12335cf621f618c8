//! The frequencies of variants in a dataset, as far as the index knows at which positions each participant was called.

use ga4gh_beacon::{CalledPeople, FrequencyInPopulations, PopulationFrequency};
use gemj_access::DatasetGrant;
use gemj_model::{Allele, Assembly};

use super::answer_context::AnswerContext;
use crate::service_error::ServiceError;

/// The frequencies of one dataset's variants among all participants that the Grant covers. Filters select variants and carriers; filters do
/// not define a population.
pub(super) struct Frequencies<'a> {
    dataset: &'a DatasetGrant,
    index: gemj_variants::Frequencies<'a>,
}

impl<'a> Frequencies<'a> {
    /// The frequencies for one dataset of the request.
    ///
    /// # Errors
    /// The Grant does not cover the dataset.
    pub(super) fn new(asking: &AnswerContext<'a>, dataset: &'a DatasetGrant, assembly: Assembly) -> Result<Self, ServiceError> {
        let index = asking.carriers.frequencies(asking.grant, dataset.dataset(), assembly)?;
        Ok(Self { dataset, index })
    }

    /// A variant's frequency. Empty if it is not known for any covered participant whether the position was called, or if the Grant does
    /// not open all bases of the variant.
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
