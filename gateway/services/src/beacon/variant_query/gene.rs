//! Queries by gene: the intervals of the gene in the loaded gene model, with the other parameters of the query.

use ga4gh_beacon::{AminoAcidChange, GeneId, GeneQuery};
use gemj_catalogue::{GeneLocus, GeneLookup};
use gemj_model::{Assembly, Interval, Region};
use gemj_variants::{AlleleFilter, AlleleQuery, WindowQuery};

use super::named::Names;
use super::{Resolved, check_stretch, of_kind};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The text of [`ServiceError::Unsupported`] if no gene model of the assembly is loaded.
const NO_MODEL: &str = "queries by gene on an assembly without a loaded gene model";

pub(super) async fn alleles(names: &Names<'_>, query: &GeneQuery) -> Result<Resolved, ServiceError> {
    let assembly = assembly(names.stores, query.assembly).await?;
    let locus = locus(names.stores, assembly, &query.gene).await?;
    let filter = AlleleFilter {
        reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
        alternate: query.alternate_bases.as_ref().map(|b| b.as_str().to_owned()),
        ..of_kind(query.variant_type, query.min_length, query.max_length)?
    };
    for region in regions(&locus) {
        let end = region.interval.end.unwrap_or(region.interval.start);
        check_stretch(region.interval.start.0, end.0, names.terms)?;
    }
    match query.amino_acid_change {
        Some(change) => by_change(names, assembly, &locus, change, &filter).await,
        None => {
            let window = |region: Region| {
                AlleleQuery::Window(WindowQuery {
                    contig: region.contig,
                    interval: region.interval,
                    filter: filter.clone(),
                })
            };
            let mut any: Vec<AlleleQuery> = regions(&locus).map(window).collect();
            // A case report can place a regulatory variant in a gene although the variant is outside the gene. The query includes these
            // alleles.
            any.push(AlleleQuery::OneOf(names.of_gene(assembly, &locus, &filter).await?));
            Ok(Resolved::of(assembly, AlleleQuery::AnyOf(any)))
        }
    }
}

/// The alleles that files or reports name as this amino acid change of the gene. The query covers the whole gene.
async fn by_change(
    names: &Names<'_>,
    assembly: Assembly,
    locus: &GeneLocus,
    change: AminoAcidChange,
    filter: &AlleleFilter,
) -> Result<Resolved, ServiceError> {
    let mut found = names.look_up(assembly, &change.hgvs(), Some(locus), None).await?;
    let mut wanted = Vec::with_capacity(found.alleles.len());
    for one in found.alleles {
        if filter.admits(&one.allele)? {
            wanted.push(one);
        }
    }
    found.alleles = wanted;
    Ok(found.resolved(assembly, Some(locus)))
}

/// The gene with this name in the loaded gene model. A name that is unknown or ambiguous is an error.
pub(super) async fn locus(stores: &Stores, assembly: Assembly, gene: &GeneId) -> Result<GeneLocus, ServiceError> {
    match stores.catalogue.gene(assembly, gene.as_str()).await? {
        GeneLookup::Found(locus) => Ok(locus),
        GeneLookup::NoModel => Err(ServiceError::Unsupported(NO_MODEL)),
        GeneLookup::Unknown => Err(ServiceError::UnknownGene {
            id: gene.as_str().to_owned(),
        }),
        GeneLookup::Ambiguous(candidates) => Err(ServiceError::AmbiguousGene { candidates }),
    }
}

/// The assembly of a query in which `assemblyId` is optional: the stated assembly, otherwise the assembly of the only loaded gene model.
pub(super) async fn assembly(stores: &Stores, stated: Option<ga4gh_beacon::Assembly>) -> Result<Assembly, ServiceError> {
    if let Some(stated) = stated {
        return Ok(super::assembly(stated));
    }
    match stores.catalogue.loaded_gene_models().await?.as_slice() {
        [only] => Ok(only.assembly),
        [] => Err(ServiceError::Unsupported(NO_MODEL)),
        _ => Err(ServiceError::Unsupported(
            "queries by gene or protein without assemblyId, if gene models of several assemblies are loaded",
        )),
    }
}

/// The intervals of a gene as regions.
pub(super) fn regions(locus: &GeneLocus) -> impl Iterator<Item = Region> {
    locus.intervals.iter().map(|interval| Region {
        contig: interval.contig.clone(),
        interval: Interval {
            start: interval.start,
            end: Some(interval.end),
        },
    })
}
