//! Determines the participants that a request is about in each dataset. Filters, variant parameters and the thing in the path (a
//! participant, specimen, file or variant) limit the participants.

use ga4gh_beacon::{EntryType, VariantKey};
use gemj_access::DatasetGrant;
use gemj_model::{Assembly, Origin};
use gemj_variants::{AlleleQuery, Cohort};
use roaring::RoaringBitmap;

use super::answer_context::AnswerContext;
use super::filters::Matcher;
use super::named_variant;
use super::records::{self, ResolvedThing, Within};
use super::variant_query::Resolved;
use crate::service_error::ServiceError;

/// The participants, and possibly the specimen or file, to which a request is limited in one dataset.
pub(super) struct Narrowed {
    people: Option<RoaringBitmap>,
    thing: Option<ResolvedThing>,
}

impl Narrowed {
    /// The limits of a request that matches no participant of the dataset.
    fn nobody() -> Self {
        Self {
            people: Some(RoaringBitmap::new()),
            thing: None,
        }
    }

    /// The participants of the dataset that the request is about; absent if the request is about all participants of the Grant.
    pub(super) fn people(&self) -> Option<&RoaringBitmap> {
        self.people.as_ref()
    }

    /// The participants of the thing that the path names. Absent if the path names no participant, specimen or file, or if the thing was
    /// not found.
    pub(super) fn named(&self) -> Option<&RoaringBitmap> {
        self.thing.as_ref().map(ResolvedThing::people)
    }

    /// The thing that the path names. Absent if the path names no participant, specimen or file, or if the thing was not found.
    pub(super) fn thing(&self) -> Option<&ResolvedThing> {
        self.thing.as_ref()
    }

    /// The limits of the request, in the form that the functions of [`records`] take.
    pub(super) fn within(&self) -> Within<'_> {
        Within {
            people: self.people.as_ref(),
            thing: self.thing.as_ref(),
        }
    }

    fn narrow(&mut self, to: RoaringBitmap) {
        self.people = Some(match self.people.take() {
            Some(people) => people & to,
            None => to,
        });
    }
}

impl AnswerContext<'_> {
    /// The limits of the request in each dataset, in the order of [`AnswerContext::datasets`].
    ///
    /// # Errors
    /// A filter is not supported; a store fails.
    pub(super) async fn narrowed(&self, matcher: &Matcher, asked: Option<&Resolved>) -> Result<Vec<Narrowed>, ServiceError> {
        let mut all = Vec::new();
        for dataset in self.datasets() {
            all.push(self.narrowed_one(matcher, asked, dataset).await?);
        }
        Ok(all)
    }

    async fn narrowed_one(&self, matcher: &Matcher, asked: Option<&Resolved>, dataset: &DatasetGrant) -> Result<Narrowed, ServiceError> {
        let mut narrowed = Narrowed {
            people: matcher.people(self.stores, self.grant, dataset).await?,
            thing: None,
        };
        match self.of {
            None | Some((EntryType::Dataset | EntryType::Cohort, _)) => {}
            Some((EntryType::GenomicVariant, id)) if self.request.entry != EntryType::GenomicVariant => {
                narrowed.narrow(self.carriers_of(dataset, id).await?);
            }
            // In a request about variants, a variant id in the path selects variants and does not limit the participants.
            Some((EntryType::GenomicVariant, _)) => {}
            Some((thing @ (EntryType::Individual | EntryType::Biosample | EntryType::Run | EntryType::Analysis), id)) => {
                match self.found(dataset, thing, id).await? {
                    Some(found) => {
                        narrowed.narrow(found.people().clone());
                        narrowed.thing = Some(found);
                    }
                    None => return Ok(Narrowed::nobody()),
                }
            }
        }
        if let Some(asked) = asked.filter(|_| self.request.entry != EntryType::GenomicVariant) {
            narrowed.narrow(self.carrying(dataset, asked.assembly, &asked.alleles).await?);
        }
        Ok(narrowed)
    }

    /// The participant, specimen or file with this id, if the caller may learn ids in this dataset. For all other callers nothing is looked
    /// up, so that every id gets the same answer.
    async fn found(&self, dataset: &DatasetGrant, thing: EntryType, id: &str) -> Result<Option<ResolvedThing>, ServiceError> {
        let Some(names) = self.names.filter(|_| dataset.names_records()) else {
            return Ok(None);
        };
        records::find(self.stores, self.grant, names, dataset, thing, id).await
    }

    /// The carriers of the variant with this id; empty if the variant has too few carriers for the tier, or if the id is not a variant id.
    async fn carriers_of(&self, dataset: &DatasetGrant, id: &str) -> Result<RoaringBitmap, ServiceError> {
        let Some(key) = VariantKey::parse(id) else {
            return Ok(RoaringBitmap::new());
        };
        let assembly = named_variant::assembly_of(&key);
        self.carrying(dataset, assembly, &named_variant::question(&key)).await
    }

    /// The carriers of any of these alleles. Below the controlled tier, an allele with carriers of fewer than k families adds no participant.
    /// Otherwise a request with a range one base longer would reveal the allele's position.
    async fn carrying(&self, dataset: &DatasetGrant, assembly: Assembly, alleles: &AlleleQuery) -> Result<RoaringBitmap, ServiceError> {
        let everybody = Cohort {
            dataset: dataset.dataset(),
            within: None,
        };
        let carrying = self.carriers.carrying(self.grant, everybody, assembly, Origin::Germline, alleles);
        Ok(carrying.await?)
    }
}
