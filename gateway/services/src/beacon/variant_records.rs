//! Makes the Beacon records of variants: each contains the allele, and the participants in whom the allele was found.

use ga4gh_beacon::{AlleleOrigin, CaseLevelVariant, GenomicVariant, Record};
use gemj_access::{DatasetGrant, PseudonymKey};
use gemj_model::{Allele, Assembly, Origin, Zygosity};
use gemj_variants::Carriers;
use roaring::RoaringBitmap;

use super::answer_context::AnswerContext;
use super::case_specimens::{self, Carried};
use super::frequencies::Frequencies;
use super::interpretations::Classed;
use super::narrowed::Narrowed;
use super::own_files::{Case, OwnFiles};
use super::requested_intervals::RequestedIntervals;
use super::{named_variant, records};
use crate::service_error::ServiceError;

/// The largest number of carriers in the records of one answer. A participant counts again for each variant. After this number, variants
/// are listed without further carriers, and `info` states that.
const MOST_CASES: usize = 10_000;

/// Makes the records of one answer, which contain at most [`MOST_CASES`] carriers.
pub(super) struct Cases<'a> {
    asking: &'a AnswerContext<'a>,
    assembly: Assembly,
    asked_from: RequestedIntervals,
    narrowed: &'a [Narrowed],
    /// The files that the variants come from; absent for the carrier index.
    own: Option<&'a OwnFiles>,
    left: usize,
    is_cut: bool,
    listed: RoaringBitmap,
}

impl<'a> Cases<'a> {
    /// Prepares the records of the answer to a variant query. `asked_from` contains the requested intervals; `own` is absent if the
    /// variants come from the carrier index.
    pub(super) fn new(
        asking: &'a AnswerContext<'a>,
        assembly: Assembly,
        asked_from: RequestedIntervals,
        narrowed: &'a [Narrowed],
        own: Option<&'a OwnFiles>,
    ) -> Self {
        Self {
            asking,
            assembly,
            asked_from,
            narrowed,
            own,
            left: MOST_CASES,
            is_cut: false,
            listed: RoaringBitmap::new(),
        }
    }

    /// The records of one dataset's page of variants. `number` is the position (0-based) of the dataset among the datasets of the request.
    pub(super) async fn records(&mut self, number: usize, dataset: &DatasetGrant, page: Vec<Allele>) -> Result<Vec<Record>, ServiceError> {
        let Some(names) = self.asking.names else {
            return Ok(Vec::new());
        };
        let found = match self.own {
            Some(own) => self.of_files(own, dataset, page).await?,
            None => self.of_index(number, dataset, page).await?,
        };
        let origin = self.own.map_or(Origin::Germline, OwnFiles::origin);
        let people = found.iter().flat_map(|(_, cases)| cases).map(|case| case.specimen.ordinal.0);
        let people: RoaringBitmap = people.collect();
        let (stores, scope) = (self.asking.stores, (self.assembly, origin));
        let classed = Classed::of(stores, self.asking.grant, dataset, &people, scope).await?;
        self.listed |= people;
        let mut frequencies = Frequencies::new(self.asking, dataset, self.assembly)?;
        let mut told = Vec::with_capacity(found.len());
        for (allele, cases) in found {
            // Variants of tumours have no frequency in a population.
            let frequency = match origin {
                Origin::Germline => frequencies.of(&allele).await?,
                Origin::Somatic => Default::default(),
            };
            told.push((allele, cases, frequency));
        }
        let records = told.into_iter().filter_map(|(allele, cases, frequency)| {
            let key = named_variant::key_of(self.assembly, &allele)?;
            let mut record = GenomicVariant::new(&key);
            record.frequency_in_populations = frequency;
            let case_of = |case: &Case| {
                let mut told = case_level(names, origin, case);
                told.clinical_interpretations = classed.of_case(case.specimen.ordinal.0, &allele);
                told
            };
            record.case_level_data = cases.iter().map(case_of).collect();
            // The carriers of a variant are sorted by pseudonym. The order of registration is the same for every audience, and lists
            // families together.
            record
                .case_level_data
                .sort_by(|a, b| (&a.individual_id, a.biosample_id()).cmp(&(&b.individual_id, b.biosample_id())));
            Some(Record::from(record))
        });
        Ok(records.collect())
    }

    /// The carriers of these alleles, from the files in which the alleles were found.
    async fn of_files(
        &mut self,
        own: &OwnFiles,
        dataset: &DatasetGrant,
        page: Vec<Allele>,
    ) -> Result<Vec<(Allele, Vec<Case>)>, ServiceError> {
        let mut found = Vec::with_capacity(page.len());
        for allele in page {
            let mut cases = own.cases(self.asking.grant, dataset, &allele, self.asked_from.at(&allele)).await?;
            self.cut(&mut cases);
            found.push((allele, cases));
        }
        Ok(found)
    }

    /// The carriers of these alleles, from the carrier index.
    async fn of_index(
        &mut self,
        number: usize,
        dataset: &DatasetGrant,
        page: Vec<Allele>,
    ) -> Result<Vec<(Allele, Vec<Case>)>, ServiceError> {
        let (reader, grant, scope) = (self.asking.carriers, self.asking.grant, (self.assembly, Origin::Germline));
        let mut carried = Vec::with_capacity(page.len());
        for allele in page {
            let asked_from = self.asked_from.at(&allele);
            let again = named_variant::carriers_again(reader, grant, dataset, scope, &allele, asked_from).await?;
            let carriers = self.taken(&again, self.narrowed.get(number).and_then(Narrowed::people));
            carried.push(Carried {
                allele,
                asked_from,
                carriers,
            });
        }
        case_specimens::found_in(self.asking, dataset, self.assembly, carried).await
    }

    /// The participants in the records that were made since the last call of this function.
    pub(super) fn take_listed(&mut self) -> RoaringBitmap {
        std::mem::take(&mut self.listed)
    }

    /// The value of `caseLevelDataCutAt`: [`MOST_CASES`], if some carriers were left out because of this limit; absent otherwise.
    pub(super) fn cut_at(&self) -> Option<usize> {
        self.is_cut.then_some(MOST_CASES)
    }

    /// The carriers in `within` (absent means all), in order of ordinal, up to the number of participants that may still be named.
    fn taken(&mut self, carriers: &Carriers, within: Option<&RoaringBitmap>) -> Vec<(u32, Zygosity)> {
        let mut cases: Vec<(u32, Zygosity)> = [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous]
            .into_iter()
            .flat_map(|zygosity| carriers.class(zygosity).iter().map(move |person| (person, zygosity)))
            .filter(|(person, _)| within.is_none_or(|people| people.contains(*person)))
            .collect();
        cases.sort_unstable_by_key(|(person, _)| *person);
        self.cut(&mut cases);
        cases
    }

    /// Truncates a list of carriers to the number of participants that may still be named.
    fn cut<T>(&mut self, cases: &mut Vec<T>) {
        self.is_cut |= cases.len() > self.left;
        cases.truncate(self.left);
        self.left -= cases.len();
    }
}

fn case_level(names: &PseudonymKey, origin: Origin, case: &Case) -> CaseLevelVariant {
    let mut told = CaseLevelVariant::new(&records::specimen_name(names, &case.specimen))
        .with_zygosity(match case.zygosity {
            Zygosity::Heterozygous => ga4gh_beacon::Zygosity::Heterozygous,
            Zygosity::Homozygous => ga4gh_beacon::Zygosity::Homozygous,
            Zygosity::Hemizygous => ga4gh_beacon::Zygosity::Hemizygous,
        })
        .with_allele_origin(match origin {
            Origin::Germline => AlleleOrigin::Germline,
            Origin::Somatic => AlleleOrigin::Somatic,
        });
    told.individual_id = Some(names.person(case.specimen.ordinal));
    told
}
