//! A variant question in the words of the carrier index.

mod gene;
mod named;
mod spelling;

use ga4gh_beacon::{AlleleQuery as HgvsQuery, BracketQuery, LengthBases, RangeQuery, SequenceQuery, VariantQuery, VariantType};
use gemj_access::{Grant, Tier};
use gemj_model::{Assembly, Contig, Interval, ZeroBased};
use gemj_variants::{AlleleFilter, AlleleQuery, CarrierReader, Enough, VariantKind, WindowQuery};

use self::named::Names;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The longest stretch that one question may be about, in bases, at the controlled tier: more than the longest contig.
const CONTROLLED_STRETCH_BP: u64 = 300_000_000;
/// The same at the other tiers. The stretch is limited and not the number of variants on it, which would tell how many there are of nobody
/// visible.
const STRETCH_BP: u64 = 60_000_000;

/// Which alleles are asked for, and on which assembly.
///
/// # Errors
/// A stretch that is too long for the tier, a gene that the gene model does not have, a question that no loaded gene model or reference can
/// resolve, a name without a gene below the controlled tier, or a store's failure. None depends on anybody's data; at the controlled tier alone a name
/// is refused that files of the Grant's datasets give to very many alleles.
pub(super) async fn alleles(
    stores: &Stores,
    grant: &Grant,
    carriers: &CarrierReader,
    query: &VariantQuery,
    tier: Tier,
) -> Result<(Assembly, AlleleQuery), ServiceError> {
    let names = Names {
        stores,
        grant,
        carriers,
        tier,
    };
    match query {
        VariantQuery::Sequence(query) => {
            let assembly = assembly(query.assembly);
            Ok((assembly, spelling::question(stores, assembly, sequence(query)?).await?))
        }
        VariantQuery::Range(query) => Ok((assembly(query.assembly), AlleleQuery::Window(range(query, tier)?))),
        VariantQuery::Bracket(query) => Ok((assembly(query.assembly), AlleleQuery::Window(bracket(query, tier)?))),
        VariantQuery::Gene(query) => gene::alleles(&names, query).await,
        VariantQuery::AminoAcid(query) => named::by_amino_acid(&names, query).await,
        VariantQuery::Allele(HgvsQuery::Genomic(allele)) => spelling::genomic(stores, allele, tier).await,
        VariantQuery::Allele(HgvsQuery::Annotated(description)) => named::by_description(&names, description).await,
    }
}

/// How many carriers an allele needs to be seen at a tier.
pub(super) fn enough(tier: Tier) -> Enough {
    match tier {
        Tier::Controlled => Enough::Somebody,
        Tier::Registered | Tier::Public => Enough::Families,
    }
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

fn range(query: &RangeQuery, tier: Tier) -> Result<WindowQuery, ServiceError> {
    let (start, end) = (query.interval.start().0, query.interval.end().0);
    check_stretch(start, end, tier)?;
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

fn bracket(query: &BracketQuery, tier: Tier) -> Result<WindowQuery, ServiceError> {
    let positions = |bracket: &ga4gh_beacon::Bracket| ZeroBased(bracket.first().0)..ZeroBased(bracket.bound().0);
    let (starts, ends) = (positions(&query.start), positions(&query.end));
    // The bound of the ends is past the last of them.
    check_stretch(starts.start.0, starts.end.0.max(ends.end.0.saturating_sub(1)), tier)?;
    let filter = AlleleFilter {
        reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
        alternate: query.alternate_bases.as_ref().map(|b| b.as_str().to_owned()),
        ..of_kind(query.variant_type, query.min_length, query.max_length)?
    };
    let contig = Contig(query.reference_name.as_str().to_owned());
    Ok(WindowQuery::bracket(contig, starts, ends, filter))
}

/// Refuses a stretch of bases `[start, end)` that is longer than a tier may ask about.
///
/// # Errors
/// [`ServiceError::TooLarge`].
pub(super) fn check_stretch(start: u64, end: u64, tier: Tier) -> Result<(), ServiceError> {
    let longest = match tier {
        Tier::Controlled => CONTROLLED_STRETCH_BP,
        Tier::Registered | Tier::Public => STRETCH_BP,
    };
    if end.saturating_sub(start) > longest {
        return Err(ServiceError::TooLarge(
            "a stretch of more bases than are looked at for one question",
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

/// A focal amplification is no longer than this, in bases (EFO:0030073).
const MOST_FOCAL_BASES: u64 = 3_000_000;

/// The alleles of a kind and of these lengths.
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
        // The index has none.
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
