//! Questions by names on transcripts and proteins. What files call alleles says which alleles are meant; who carries them is asked of the carrier
//! index under the Grant, each allele in the datasets whose own files call it so.

use ga4gh_beacon::{AminoAcidQuery, HgvsDescription};
use gemj_catalogue::NameQuestion;
use gemj_model::Assembly;
use gemj_model::allele_name::usual_change;
use gemj_variants::{AlleleQuery, NamedAllele, NamedAlleles};

use super::gene;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The most alleles of one name: a change of one residue has a few in each of some thousand genes. More is files that call everything alike.
const MOST_ALLELES: u32 = 20_000;

pub(super) async fn by_amino_acid(stores: &Stores, query: &AminoAcidQuery) -> Result<(Assembly, AlleleQuery), ServiceError> {
    let assembly = gene::assembly(stores, query.assembly).await?;
    let found = look_up(stores, assembly, &query.change.hgvs(), None, None).await?;
    Ok((assembly, AlleleQuery::OneOf(found)))
}

/// An HGVS name on a transcript or protein. A sequence that is a gene's name means any transcript or protein of the gene.
pub(super) async fn by_description(stores: &Stores, description: &HgvsDescription) -> Result<(Assembly, AlleleQuery), ServiceError> {
    let assembly = gene::assembly(stores, description.assembly).await?;
    let change = description
        .amino_acid_change()
        .map(|change| change.hgvs())
        .or_else(|| usual_change(description.change()))
        .ok_or(ServiceError::Unsupported("HGVS names of this form"))?;
    let accession = description.accession();
    let found = if is_accession(accession) {
        look_up(stores, assembly, &change, None, Some(accession)).await?
    } else {
        let gene = ga4gh_beacon::GeneId::parse(accession).ok_or(ServiceError::Unsupported("HGVS names on such a sequence"))?;
        let locus = gene::locus(stores, assembly, &gene).await?;
        NamedAlleles {
            about: Some(gene::regions(&locus).collect()),
            ..look_up(stores, assembly, &change, Some(&locus.names), None).await?
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

/// The alleles that files call so. About everything: whoever may ask of some regions alone is refused, whatever is found.
pub(super) async fn look_up(
    stores: &Stores,
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
    let found = stores.catalogue.alleles_named(&question).await?;
    if found.len() > MOST_ALLELES as usize {
        return Err(ServiceError::Unsupported("a name that files give to very many alleles: add a gene"));
    }
    let alleles = found.into_iter().map(|(dataset, allele)| NamedAllele {
        allele,
        datasets: Some(vec![dataset]),
    });
    Ok(NamedAlleles {
        about: None,
        alleles: alleles.collect(),
    })
}
