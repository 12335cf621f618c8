//! Translates variant queries of Beacon into queries of the carrier index.

mod gene;
mod named;
mod reported;
mod spelling;
mod without_names;

use ga4gh_beacon::{AlleleQuery as HgvsQuery, BracketQuery, LengthBases, RangeQuery, SequenceQuery, VariantQuery, VariantType};
use gemj_access::Terms;
use gemj_model::{Assembly, Contig, DatasetId, Interval, ZeroBased};
use gemj_variants::{AlleleFilter, AlleleQuery, VariantKind, WindowQuery};

use self::named::Names;
use super::answer_context::AnswerContext;
use super::named_variant;
use crate::service_error::ServiceError;

/// A variant query, translated into alleles of the carrier index.
pub(super) struct Resolved {
    /// The assembly of the query.
    pub(super) assembly: Assembly,
    /// The alleles that match the query.
    pub(super) alleles: AlleleQuery,
    /// The datasets of the request in which too few participants have loaded names of alleles for a query by name. A "no" from these
    /// datasets means nothing. Empty for every query that is not by name.
    pub(super) without_names: Vec<DatasetId>,
}

impl Resolved {
    /// The result for a query that every dataset can answer.
    fn of(assembly: Assembly, alleles: AlleleQuery) -> Self {
        Self {
            assembly,
            alleles,
            without_names: Vec::new(),
        }
    }
}

/// Reads the variant parameters of a request. `None` if the request has no variant parameters.
///
/// # Errors
/// The first four errors do not depend on participants' data.
/// * The range is too long for the tier.
/// * The loaded gene model does not contain the gene.
/// * Below the controlled tier, the request names an amino acid change without a gene.
/// * No loaded gene model or reference can resolve the query, or a store fails.
/// * The request is by an allele's name, and no dataset of the request has enough participants with loaded names for the tier.
/// * At the controlled tier, files or reports of the Grant's datasets give the name to very many alleles.
pub(super) async fn resolve(asking: &AnswerContext<'_>) -> Result<Option<Resolved>, ServiceError> {
    let Some(query) = &asking.request.variant else {
        return Ok(None);
    };
    let names = Names {
        stores: asking.stores,
        grant: asking.grant,
        datasets: asking.datasets(),
        carriers: asking.carriers,
        terms: asking.terms(),
    };
    let mut resolved = read(&names, query).await?;
    resolved.alleles = named_variant::with_ids(resolved.alleles, resolved.assembly);
    Ok(Some(resolved))
}

async fn read(names: &Names<'_>, query: &VariantQuery) -> Result<Resolved, ServiceError> {
    let (stores, terms) = (names.stores, names.terms);
    Ok(match query {
        VariantQuery::Sequence(query) => {
            let assembly = assembly(query.assembly);
            Resolved::of(assembly, spelling::question(stores, assembly, sequence(query)?).await?)
        }
        VariantQuery::Range(query) => Resolved::of(assembly(query.assembly), AlleleQuery::Window(range(query, terms)?)),
        VariantQuery::Bracket(query) => Resolved::of(assembly(query.assembly), AlleleQuery::Window(bracket(query, terms)?)),
        VariantQuery::Gene(query) => gene::alleles(names, query).await?,
        VariantQuery::AminoAcid(query) => named::by_amino_acid(names, query).await?,
        VariantQuery::Allele(HgvsQuery::Genomic(allele)) => {
            let (assembly, alleles) = spelling::genomic(stores, allele, terms).await?;
            Resolved::of(assembly, alleles)
        }
        VariantQuery::Allele(HgvsQuery::Annotated(description)) => named::by_description(names, description).await?,
    })
}

fn sequence(query: &SequenceQuery) -> Result<gemj_variants::SequenceQuery, ServiceError> {
    Ok(gemj_variants::SequenceQuery {
        contig: Contig(query.reference_name.as_str().to_owned()),
        start: ZeroBased(query.start.0),
        reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
        alternate: query.alternate_bases.as_str().to_owned(),
        filter: of_kind(query.variant_type, query.min_length, query.max_length)?,
    })
}

fn range(query: &RangeQuery, terms: Terms) -> Result<WindowQuery, ServiceError> {
    let (start, end) = (query.interval.start().0, query.interval.end().0);
    check_stretch(start, end, terms)?;
    Ok(WindowQuery {
        contig: Contig(query.reference_name.as_str().to_owned()),
        interval: Interval {
            start: ZeroBased(start),
            end: Some(ZeroBased(end)),
        },
        filter: AlleleFilter {
            reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
            alternate: query.alternate_bases.as_ref().map(|b| b.as_str().to_owned()),
            ..of_kind(query.variant_type, query.min_length, query.max_length)?
        },
    })
}

fn bracket(query: &BracketQuery, terms: Terms) -> Result<WindowQuery, ServiceError> {
    let positions = |bracket: &ga4gh_beacon::Bracket| ZeroBased(bracket.first().0)..ZeroBased(bracket.bound().0);
    let (starts, ends) = (positions(&query.start), positions(&query.end));
    // The upper bound of the `end` bracket is exclusive, so the last possible end is one base lower.
    check_stretch(starts.start.0, starts.end.0.max(ends.end.0.saturating_sub(1)), terms)?;
    let filter = AlleleFilter {
        reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
        alternate: query.alternate_bases.as_ref().map(|b| b.as_str().to_owned()),
        ..of_kind(query.variant_type, query.min_length, query.max_length)?
    };
    let contig = Contig(query.reference_name.as_str().to_owned());
    Ok(WindowQuery::bracket(contig, starts, ends, filter))
}

/// Refuses a range of bases `[start, end)` that is longer than the terms allow.
///
/// # Errors
/// [`ServiceError::TooLarge`].
pub(super) fn check_stretch(start: u64, end: u64, terms: Terms) -> Result<(), ServiceError> {
    if end.saturating_sub(start) > terms.longest_stretch_bp() {
        return Err(ServiceError::TooLarge(
            "a range of more bases than one request may cover at this tier",
        ));
    }
    Ok(())
}

fn assembly(assembly: ga4gh_beacon::Assembly) -> Assembly {
    match assembly {
        ga4gh_beacon::Assembly::GRCh37 => Assembly::GRCh37,
        ga4gh_beacon::Assembly::GRCh38 => Assembly::GRCh38,
    }
}

/// The maximum length of a focal amplification, in bases (EFO:0030073).
const MOST_FOCAL_BASES: u64 = 3_000_000;

/// The filter for alleles of a kind, with at least and at most these lengths in bases.
fn of_kind(asked: Option<VariantType>, least: Option<LengthBases>, most: Option<LengthBases>) -> Result<AlleleFilter, ServiceError> {
    let mut max_length = most.map(|length| length.0);
    if asked == Some(VariantType::FocalGenomeAmplification) {
        max_length = Some(max_length.map_or(MOST_FOCAL_BASES, |length| length.min(MOST_FOCAL_BASES)));
    }
    Ok(AlleleFilter {
        kinds: asked.map(kind).transpose()?.into_iter().collect(),
        min_length: least.map(|length| length.0),
        max_length,
        ..AlleleFilter::default()
    })
}

fn kind(kind: VariantType) -> Result<VariantKind, ServiceError> {
    let symbolic = |name: &str| VariantKind::Symbolic(name.to_owned());
    Ok(match kind {
        VariantType::Snv => VariantKind::Snv,
        VariantType::Mnv => VariantKind::Mnv,
        VariantType::Insertion => VariantKind::Insertion,
        VariantType::MobileElementInsertion => symbolic("INS:ME"),
        VariantType::Deletion => VariantKind::Deletion,
        VariantType::Indel => VariantKind::Indel,
        VariantType::Duplication => VariantKind::Duplication,
        VariantType::TandemDuplication => symbolic("DUP:TANDEM"),
        VariantType::Inversion => VariantKind::Inversion,
        // The carrier index contains no breakends.
        VariantType::Breakend => return Err(ServiceError::Unsupported("breakends")),
        VariantType::CopyNumberVariation => VariantKind::CopyNumberVariation,
        VariantType::CopyNumberGain => VariantKind::CopyNumberGain,
        VariantType::LowLevelCopyNumberGain => VariantKind::Copies { least: 3, most: 4 },
        VariantType::HighLevelCopyNumberGain | VariantType::FocalGenomeAmplification => VariantKind::Copies { least: 5, most: u32::MAX },
        VariantType::CopyNumberLoss => VariantKind::CopyNumberLoss,
        VariantType::LowLevelCopyNumberLoss => VariantKind::Copies { least: 1, most: 1 },
        VariantType::HighLevelCopyNumberLoss | VariantType::CompleteGenomicLoss => VariantKind::Copies { least: 0, most: 0 },
    })
}

#[cfg(test)]
mod tests;
