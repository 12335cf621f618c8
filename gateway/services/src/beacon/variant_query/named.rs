//! Queries by names of alleles (HGVS) on transcripts and proteins. The names in files and case reports select the alleles, and the carrier
//! index finds the carriers under the Grant.
//!
//! An allele counts in a dataset only if enough of its carriers for the tier have files or reports in that dataset with this name.
//! Otherwise a name would disclose participants that the caller may not learn about.

use std::collections::{BTreeMap, BTreeSet};

use ga4gh_beacon::{AminoAcidQuery, HgvsDescription};
use gemj_access::{DatasetGrant, Grant, Terms};
use gemj_catalogue::{GeneLocus, NameQuestion, ReportedNameQuestion};
use gemj_model::allele_name::{is_accession, usual_change};
use gemj_model::{Allele, Assembly, DatasetId, Origin};
use gemj_variants::{AlleleQuery, CarrierReader, NamedAllele, NamedAlleles, VariantError};
use roaring::RoaringBitmap;

use super::reported::Reporters;
use super::{Resolved, gene};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The largest number of alleles with one name: in each dataset or, at the controlled tier for names in files, in all datasets together. A
/// change of one residue has a few alleles in each of some thousand genes. A larger number means that files give the same name to all
/// alleles.
const MOST_ALLELES: u32 = 20_000;

/// The inputs of a look-up by an allele's name.
pub(super) struct Names<'a> {
    pub(super) stores: &'a Stores,
    /// The Grant. Only names in files and reports of its participants count.
    pub(super) grant: &'a Grant,
    /// The datasets of the request that the Grant opens.
    pub(super) datasets: Vec<&'a DatasetGrant>,
    /// The reader of the carrier index.
    pub(super) carriers: &'a CarrierReader,
    /// The disclosure limits of the answer.
    pub(super) terms: Terms,
}

/// The result of a look-up by an allele's name.
pub(super) struct LookedUp {
    /// The alleles with the requested name.
    pub(super) alleles: Vec<NamedAllele>,
    /// The datasets that cannot answer a query by an allele's name: [`Resolved::without_names`].
    pub(super) without_names: Vec<DatasetId>,
}

impl LookedUp {
    /// Makes the query for these alleles. The query covers the gene or, without a gene, the whole genome.
    pub(super) fn resolved(self, assembly: Assembly, locus: Option<&GeneLocus>) -> Resolved {
        Resolved {
            assembly,
            alleles: AlleleQuery::OneOf(NamedAlleles {
                about: locus.map(|locus| gene::regions(locus).collect()),
                alleles: self.alleles,
            }),
            without_names: self.without_names,
        }
    }
}

/// Resolves a query by an amino acid change without a gene. Below the controlled tier the query is refused, regardless of the stored data.
/// Otherwise the number of alleles with a name would reveal files of participants that the caller may not query.
pub(super) async fn by_amino_acid(names: &Names<'_>, query: &AminoAcidQuery) -> Result<Resolved, ServiceError> {
    if !names.terms.finds_protein_changes_without_a_gene() {
        return Err(ServiceError::Unsupported("aminoacidChange without geneId at this tier"));
    }
    let assembly = gene::assembly(names.stores, query.assembly).await?;
    let found = names.look_up(assembly, &query.change.hgvs(), None, None).await?;
    Ok(found.resolved(assembly, None))
}

/// Resolves an HGVS name on a transcript or protein. If the sequence is the name of a gene, every transcript and protein of the gene matches.
pub(super) async fn by_description(names: &Names<'_>, description: &HgvsDescription) -> Result<Resolved, ServiceError> {
    let assembly = gene::assembly(names.stores, description.assembly).await?;
    let change = description
        .amino_acid_change()
        .map(|change| change.hgvs())
        .or_else(|| usual_change(description.change()))
        .ok_or(ServiceError::Unsupported("HGVS names of this form"))?;
    let accession = description.accession();
    if is_accession(accession) {
        let found = names.look_up(assembly, &change, None, Some(accession)).await?;
        return Ok(found.resolved(assembly, None));
    }
    let gene = ga4gh_beacon::GeneId::parse(accession).ok_or(ServiceError::Unsupported("HGVS names on such a sequence"))?;
    let locus = gene::locus(names.stores, assembly, &gene).await?;
    let found = names.look_up(assembly, &change, Some(&locus), None).await?;
    Ok(found.resolved(assembly, Some(&locus)))
}

impl Names<'_> {
    /// Finds the alleles to which files or reports give this name, for each dataset of the request. Without a gene the query covers the
    /// whole genome. A Grant that is limited to regions is therefore refused, regardless of the finding.
    ///
    /// # Errors
    /// * No dataset of the request has enough names of alleles for an answer.
    /// * At the controlled tier, the name has very many alleles in the Grant's datasets. Below the controlled tier the first alleles of
    ///   each dataset are used silently, because a refusal would depend on files of participants that the caller may not query.
    pub(super) async fn look_up(
        &self,
        assembly: Assembly,
        change: &str,
        locus: Option<&GeneLocus>,
        sequence: Option<&str>,
    ) -> Result<LookedUp, ServiceError> {
        let genes = locus.map(|locus| locus.names.as_slice());
        let question = NameQuestion {
            assembly,
            change,
            genes,
            sequence,
            limit: MOST_ALLELES,
        };
        let reported = ReportedNameQuestion {
            assembly,
            change: Some(change),
            genes,
            sequence,
        };
        let mut of_files = self.named_by_files(&question).await?;
        let (mut alleles, mut without_names) = (Vec::new(), Vec::new());
        for granted in &self.datasets {
            let dataset = granted.dataset();
            let named = Named {
                by_files: of_files.remove(dataset).unwrap_or_default(),
                reporters: self.reporters(granted, &reported, locus).await?,
            };
            let before = alleles.len();
            for allele in named.first(self.terms)? {
                if self.is_called_so(granted, &question, &named, &allele).await? {
                    alleles.push(NamedAllele {
                        allele,
                        datasets: Some(vec![dataset.clone()]),
                    });
                }
            }
            // A Grant for regions allows no query of the whole genome. The request is refused for that reason later, so the dataset is not
            // listed as one without names.
            let is_refused = locus.is_none() && granted.regions().is_some();
            if alleles.len() == before && !is_refused && !self.has_names(granted, assembly, change).await? {
                without_names.push(dataset.clone());
            }
        }
        self.check_names(&without_names)?;
        Ok(LookedUp { alleles, without_names })
    }

    /// Whether these participants are enough for an answer at this tier.
    pub(super) fn are_enough(&self, people: &RoaringBitmap) -> bool {
        self.terms.shows(self.grant, people)
    }

    /// The participants of a dataset that carry an allele.
    ///
    /// # Errors
    /// A store's failure.
    pub(super) async fn carrying(
        &self,
        granted: &DatasetGrant,
        assembly: Assembly,
        allele: &Allele,
    ) -> Result<RoaringBitmap, ServiceError> {
        let carrying = self
            .carriers
            .exact(self.grant, granted.dataset(), assembly, Origin::Germline, allele);
        match carrying.await {
            Ok(carrying) => Ok(carrying),
            // An allele outside the Grant's regions is not read.
            Err(VariantError::OutsideRegions) => Ok(RoaringBitmap::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// The alleles to which files give this name, by dataset. Below the controlled tier, at most [`MOST_ALLELES`] alleles of each dataset.
    async fn named_by_files(&self, question: &NameQuestion<'_>) -> Result<BTreeMap<DatasetId, BTreeSet<Allele>>, ServiceError> {
        let mut found = self.stores.catalogue.alleles_named(self.grant, question).await?;
        if !self.terms.refuses_names_of_too_many_alleles() {
            keep_the_first(&mut found);
        } else if found.len() > MOST_ALLELES as usize {
            return Err(too_many());
        }
        let mut of_datasets: BTreeMap<DatasetId, BTreeSet<Allele>> = BTreeMap::new();
        for (dataset, allele) in found {
            of_datasets.entry(dataset).or_default().insert(allele);
        }
        Ok(of_datasets)
    }

    /// Whether enough covered participants carry an allele and have files or reports that give this name to the allele.
    async fn is_called_so(
        &self,
        granted: &DatasetGrant,
        question: &NameQuestion<'_>,
        named: &Named,
        allele: &Allele,
    ) -> Result<bool, ServiceError> {
        let carrying = self.carrying(granted, question.assembly, allele).await?;
        if !self.are_enough(&carrying) {
            return Ok(false);
        }
        let reporting = named.reporters.get(allele).map(|people| people & &carrying).unwrap_or_default();
        if self.are_enough(&reporting) || !named.by_files.contains(allele) {
            return Ok(self.are_enough(&reporting));
        }
        let enough = |people: &RoaringBitmap| self.are_enough(&(people | &reporting));
        let catalogue = &self.stores.catalogue;
        let namers = catalogue.allele_namers(granted, question, allele, &carrying, enough).await?;
        Ok(enough(&namers))
    }
}

/// The alleles of a dataset to which its files (`by_files`) and case reports (`reporters`) give the requested name.
struct Named {
    by_files: BTreeSet<Allele>,
    reporters: Reporters,
}

impl Named {
    /// The alleles with the requested name, in order and without duplicates. At most [`MOST_ALLELES`] come from reports.
    ///
    /// # Errors
    /// At the controlled tier, reports give the name to more than [`MOST_ALLELES`] alleles.
    fn first(&self, terms: Terms) -> Result<BTreeSet<Allele>, ServiceError> {
        if terms.refuses_names_of_too_many_alleles() && self.reporters.len() > MOST_ALLELES as usize {
            return Err(too_many());
        }
        let reported = self.reporters.keys().take(MOST_ALLELES as usize);
        Ok(self.by_files.iter().chain(reported).cloned().collect())
    }
}

fn too_many() -> ServiceError {
    ServiceError::Unsupported("a name that files or reports give to very many alleles: add a gene")
}

/// Keeps at most [`MOST_ALLELES`] alleles of each dataset. The alleles of one change in one gene exceed this limit only if files are
/// annotated wrongly.
fn keep_the_first(found: &mut Vec<(DatasetId, Allele)>) {
    let (mut of, mut count) = (None, 0_u32);
    found.retain(|(dataset, _)| {
        if of.as_ref() != Some(dataset) {
            (of, count) = (Some(dataset.clone()), 0);
        }
        count += 1;
        count <= MOST_ALLELES
    });
}
