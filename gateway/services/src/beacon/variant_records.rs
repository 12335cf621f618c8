//! Records of variants: the allele, and in whom it was found.

use std::collections::HashMap;

use ga4gh_beacon::{AlleleOrigin, CaseLevelVariant, GenomicVariant, Record};
use gemj_access::{DatasetGrant, PseudonymKey};
use gemj_model::{Allele, Assembly, Ordinal, Zygosity};
use gemj_variants::Carriers;
use roaring::RoaringBitmap;

use super::asked_from::AskedFrom;
use super::asking::Asking;
use super::frequencies::Frequencies;
use super::narrowed::Narrowed;
use super::{named_variant, records};
use crate::service_error::ServiceError;

/// The most people who are named beneath the variants of one answer. Beyond it variants are listed without further people, and `info` says so.
const MOST_CASES: usize = 10_000;

/// Makes the records of one answer, in which no more than [`MOST_CASES`] people are named.
pub(super) struct Cases<'a> {
    asking: &'a Asking<'a>,
    assembly: Assembly,
    asked_from: AskedFrom,
    narrowed: &'a [Narrowed],
    left: usize,
    is_cut: bool,
    listed: RoaringBitmap,
}

impl<'a> Cases<'a> {
    /// For the answer to a question on an assembly, about stretches that begin where `asked_from` says.
    pub(super) fn new(asking: &'a Asking<'a>, assembly: Assembly, asked_from: AskedFrom, narrowed: &'a [Narrowed]) -> Self {
        Self {
            asking,
            assembly,
            asked_from,
            narrowed,
            left: MOST_CASES,
            is_cut: false,
            listed: RoaringBitmap::new(),
        }
    }

    /// The records of one dataset's page; the dataset is the one of this number of those asked.
    pub(super) async fn records(&mut self, number: usize, dataset: &DatasetGrant, page: Vec<Allele>) -> Result<Vec<Record>, ServiceError> {
        let Some(names) = self.asking.names else {
            return Ok(Vec::new());
        };
        let mut frequencies = Frequencies::new(self.asking, dataset, self.assembly)?;
        let mut found = Vec::with_capacity(page.len());
        for allele in page {
            let (reader, grant) = (self.asking.carriers, self.asking.grant);
            let again = named_variant::carriers_again(reader, grant, dataset, self.assembly, &allele, self.asked_from.at(&allele));
            let cases = self.taken(&again.await?, self.narrowed.get(number).and_then(Narrowed::people));
            let frequency = frequencies.of(&allele).await?;
            found.push((allele, cases, frequency));
        }
        let people: RoaringBitmap = found
            .iter()
            .flat_map(|(_, cases, _)| cases.iter().map(|(person, _)| *person))
            .collect();
        let specimens = records::specimens(self.asking.stores, self.asking.grant, names, dataset, &people).await?;
        self.listed |= people;
        let records = found.into_iter().filter_map(|(allele, cases, frequency)| {
            let key = named_variant::key_of(self.assembly, &allele)?;
            let mut record = GenomicVariant::new(&key);
            record.frequency_in_populations = frequency;
            record.case_level_data = cases.into_iter().map(|case| case_level(names, &specimens, case)).collect();
            // In the order of their names: that of registration is the same for every audience, and has families together.
            record.case_level_data.sort_by(|a, b| a.individual_id.cmp(&b.individual_id));
            Some(Record::from(record))
        });
        Ok(records.collect())
    }

    /// Who was named since this was last asked.
    pub(super) fn take_listed(&mut self) -> RoaringBitmap {
        std::mem::take(&mut self.listed)
    }

    /// The most people that are named, where there were more.
    pub(super) fn cut_at(&self) -> Option<usize> {
        self.is_cut.then_some(MOST_CASES)
    }

    /// Those carriers who count, as many as may still be named, in order of ordinal.
    fn taken(&mut self, carriers: &Carriers, within: Option<&RoaringBitmap>) -> Vec<(u32, Zygosity)> {
        let mut cases: Vec<(u32, Zygosity)> = [Zygosity::Heterozygous, Zygosity::Homozygous, Zygosity::Hemizygous]
            .into_iter()
            .flat_map(|zygosity| carriers.class(zygosity).iter().map(move |person| (person, zygosity)))
            .filter(|(person, _)| within.is_none_or(|people| people.contains(*person)))
            .collect();
        cases.sort_unstable_by_key(|(person, _)| *person);
        self.is_cut |= cases.len() > self.left;
        cases.truncate(self.left);
        self.left -= cases.len();
        cases
    }
}

fn case_level(names: &PseudonymKey, specimens: &HashMap<u32, String>, (person, zygosity): (u32, Zygosity)) -> CaseLevelVariant {
    let individual = names.person(Ordinal(person));
    let biosample = specimens.get(&person).unwrap_or(&individual);
    let mut case = CaseLevelVariant::new(biosample)
        .with_zygosity(match zygosity {
            Zygosity::Heterozygous => ga4gh_beacon::Zygosity::Heterozygous,
            Zygosity::Homozygous => ga4gh_beacon::Zygosity::Homozygous,
            Zygosity::Hemizygous => ga4gh_beacon::Zygosity::Hemizygous,
        })
        .with_allele_origin(AlleleOrigin::Germline);
    case.individual_id = Some(individual);
    case
}
