//! Finds the alleles to which case reports of covered participants give a name, or which these reports place in a gene.

use std::collections::BTreeMap;

use gemj_access::DatasetGrant;
use gemj_catalogue::{GeneLocus, ReportedNameQuestion};
use gemj_model::{Allele, Assembly, Region};
use gemj_variants::{AlleleFilter, NamedAllele, NamedAlleles};
use roaring::RoaringBitmap;

use super::gene;
use super::named::Names;
use crate::beacon::kept_spelling::leftmost_of;
use crate::service_error::ServiceError;

/// For each allele, the participants whose case reports state it. The allele is listed under every form in which the carrier index can
/// contain it.
pub(super) type Reporters = BTreeMap<Allele, RoaringBitmap>;

impl Names<'_> {
    /// The alleles of a dataset to which reports give this name, with the covered participants of these reports. If the query names a gene, a
    /// name without a gene counts if the allele has a base in that gene.
    ///
    /// # Errors
    /// A store's failure.
    pub(super) async fn reporters(
        &self,
        granted: &DatasetGrant,
        question: &ReportedNameQuestion<'_>,
        locus: Option<&GeneLocus>,
    ) -> Result<Reporters, ServiceError> {
        let mut reporters = Reporters::new();
        let named = self.stores.catalogue.alleles_reported(granted, question).await?;
        let (alleles, people): (Vec<_>, Vec<_>) = named
            .into_iter()
            .filter_map(|named| {
                let mut people = named.people;
                if locus.is_some_and(|locus| lies_in(&named.allele, locus)) {
                    people |= named.without_gene;
                }
                (!people.is_empty()).then_some((named.allele, people))
            })
            .unzip();
        let spelled = leftmost_of(self.stores, question.assembly, alleles).await?;
        for ((own, shifted), people) in spelled.into_iter().zip(people) {
            for allele in shifted.into_iter().chain([own]) {
                *reporters.entry(allele).or_default() |= &people;
            }
        }
        Ok(reporters)
    }

    /// The alleles that reports place in a gene and that pass the filter, at any position. An allele is included if enough of its carriers
    /// for the tier have these reports.
    ///
    /// # Errors
    /// A store's failure.
    pub(super) async fn of_gene(&self, assembly: Assembly, locus: &GeneLocus, filter: &AlleleFilter) -> Result<NamedAlleles, ServiceError> {
        let question = ReportedNameQuestion {
            assembly,
            change: None,
            genes: Some(&locus.names),
            sequence: None,
        };
        let mut alleles = Vec::new();
        for granted in &self.datasets {
            for (allele, people) in self.reporters(granted, &question, None).await? {
                if filter.admits(&allele)? && self.are_enough(&(self.carrying(granted, assembly, &allele).await? & people)) {
                    alleles.push(NamedAllele {
                        allele,
                        datasets: Some(vec![granted.dataset().clone()]),
                    });
                }
            }
        }
        Ok(NamedAlleles {
            about: Some(gene::regions(locus).collect()),
            alleles,
        })
    }
}

/// Whether an allele has a base in a gene. An insertion counts as the base before which it is inserted.
fn lies_in(allele: &Allele, locus: &GeneLocus) -> bool {
    let contig = allele.contig.canonical();
    let behind = allele.end.0.max(allele.start.0.saturating_add(1));
    let holds = |region: Region| {
        region.contig.canonical() == contig && behind > region.interval.start.0 && region.interval.end.is_none_or(|end| allele.start < end)
    };
    gene::regions(locus).any(holds)
}
