//! Questions by names on transcripts and proteins. What files call alleles says which alleles are meant; who carries them is asked of the carrier
//! index under the Grant, each allele in the datasets whose own files call it so: files of as many of its carriers as the tier needs for an answer. Else a name would tell of
//! somebody whom the caller may not be told of.

use ga4gh_beacon::{AminoAcidQuery, HgvsDescription};
use gemj_access::{Grant, Tier};
use gemj_catalogue::NameQuestion;
use gemj_model::allele_name::usual_change;
use gemj_model::{Allele, Assembly, DatasetId, Origin};
use gemj_variants::{AlleleQuery, CarrierReader, NamedAllele, NamedAlleles, VariantError};
use roaring::RoaringBitmap;

use super::gene;
use crate::beacon::tiers;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The most alleles of one name in a dataset: a change of one residue has a few in each of some thousand genes. More is files that call everything alike.
const MOST_ALLELES: u32 = 20_000;

/// What names are looked up with.
pub(super) struct Names<'a> {
    pub(super) stores: &'a Stores,
    /// Whose datasets' files are looked at.
    pub(super) grant: &'a Grant,
    /// Who carries what.
    pub(super) carriers: &'a CarrierReader,
    /// The tier that the answer keeps.
    pub(super) tier: Tier,
}

/// Below the controlled tier a gene is demanded, whatever there is: how many alleles have a name would tell of files of people whom the caller may not ask
/// about.
pub(super) async fn by_amino_acid(names: &Names<'_>, query: &AminoAcidQuery) -> Result<(Assembly, AlleleQuery), ServiceError> {
    match names.tier {
        Tier::Controlled => {}
        Tier::Registered | Tier::Public => return Err(ServiceError::Unsupported("aminoacidChange without geneId at this tier")),
    }
    let assembly = gene::assembly(names.stores, query.assembly).await?;
    let found = names.look_up(assembly, &query.change.hgvs(), None, None).await?;
    Ok((assembly, AlleleQuery::OneOf(found)))
}

/// An HGVS name on a transcript or protein. A sequence that is a gene's name means any transcript or protein of the gene.
pub(super) async fn by_description(names: &Names<'_>, description: &HgvsDescription) -> Result<(Assembly, AlleleQuery), ServiceError> {
    let assembly = gene::assembly(names.stores, description.assembly).await?;
    let change = description
        .amino_acid_change()
        .map(|change| change.hgvs())
        .or_else(|| usual_change(description.change()))
        .ok_or(ServiceError::Unsupported("HGVS names of this form"))?;
    let accession = description.accession();
    let found = if is_accession(accession) {
        names.look_up(assembly, &change, None, Some(accession)).await?
    } else {
        let gene = ga4gh_beacon::GeneId::parse(accession).ok_or(ServiceError::Unsupported("HGVS names on such a sequence"))?;
        let locus = gene::locus(names.stores, assembly, &gene).await?;
        NamedAlleles {
            about: Some(gene::regions(&locus).collect()),
            ..names.look_up(assembly, &change, Some(&locus.names), None).await?
        }
    };
    Ok((assembly, AlleleQuery::OneOf(found)))
}

/// Whether a sequence is a transcript's or protein's accession of RefSeq, Ensembl or LRG.
fn is_accession(text: &str) -> bool {
    let of_house = ["NM_", "NR_", "NP_", "XM_", "XR_", "XP_", "LRG_", "ENST", "ENSP"];
    of_house.iter().any(|prefix| {
        text.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

impl Names<'_> {
    /// The alleles that files call so, of each dataset of the Grant. About everything: whoever may ask of some regions alone is refused, whatever is found.
    ///
    /// # Errors
    /// At the controlled tier a name of very many alleles of the Grant's datasets. Below it the first of each dataset are taken, without a word: a refusal
    /// would depend on files of people whom the caller may not ask about.
    pub(super) async fn look_up(
        &self,
        assembly: Assembly,
        change: &str,
        genes: Option<&[String]>,
        sequence: Option<&str>,
    ) -> Result<NamedAlleles, ServiceError> {
        let question = NameQuestion {
            assembly,
            change,
            genes,
            sequence,
            limit: MOST_ALLELES,
        };
        let mut found = self.stores.catalogue.alleles_named(self.grant, &question).await?;
        match self.tier {
            Tier::Controlled if found.len() > MOST_ALLELES as usize => {
                return Err(ServiceError::Unsupported("a name that files give to very many alleles: add a gene"));
            }
            Tier::Controlled => {}
            Tier::Registered | Tier::Public => keep_the_first(&mut found),
        }
        let mut alleles = Vec::with_capacity(found.len());
        for (dataset, allele) in found {
            if self.is_called_so(&question, &dataset, &allele).await? {
                alleles.push(NamedAllele {
                    allele,
                    datasets: Some(vec![dataset]),
                });
            }
        }
        Ok(NamedAlleles { about: None, alleles })
    }

    /// Whether enough people whom the Grant covers carry an allele and have files that call it so.
    async fn is_called_so(&self, question: &NameQuestion<'_>, dataset: &DatasetId, allele: &Allele) -> Result<bool, ServiceError> {
        let Some(granted) = self.grant.dataset(dataset) else {
            return Ok(false);
        };
        let enough = |people: &RoaringBitmap| tiers::is_visible(self.grant, self.tier, people);
        let carrying = self
            .carriers
            .exact(self.grant, dataset, question.assembly, Origin::Germline, allele);
        let carrying = match carrying.await {
            Ok(carrying) => carrying,
            // It is not read either.
            Err(VariantError::OutsideRegions) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        if !enough(&carrying) {
            return Ok(false);
        }
        let catalogue = &self.stores.catalogue;
        let namers = catalogue.allele_namers(granted, question, allele, &carrying, enough).await?;
        Ok(enough(&namers))
    }
}

/// Of each dataset at most the limit, which a gene's change comes near to only where files are annotated wrongly.
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
