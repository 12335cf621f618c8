//! A variant question in the words of the carrier index.

use ga4gh_beacon::{RangeQuery, SequenceQuery, VariantQuery, VariantType};
use gemj_access::Tier;
use gemj_model::{Assembly, Contig, Interval, ZeroBased};
use gemj_variants::{AlleleFilter, AlleleQuery, Enough, VariantKind, WindowQuery};

use crate::service_error::ServiceError;

/// The longest stretch that one question may be about, in bases, at the controlled tier: more than the longest contig.
const CONTROLLED_STRETCH_BP: u64 = 300_000_000;
/// The same at the other tiers. The stretch is limited and not the number of variants on it, which would tell how many there are of nobody
/// visible.
const STRETCH_BP: u64 = 60_000_000;

/// Which alleles are asked for, and on which assembly.
///
/// # Errors
/// A stretch that is too long for the tier.
pub(super) fn alleles(query: &VariantQuery, tier: Tier) -> Result<(Assembly, AlleleQuery), ServiceError> {
    match query {
        VariantQuery::Sequence(query) => Ok((assembly(query.assembly), AlleleQuery::Sequence(sequence(query)))),
        VariantQuery::Range(query) => Ok((assembly(query.assembly), AlleleQuery::Window(range(query, tier)?))),
    }
}

/// How many carriers an allele needs to be seen at a tier.
pub(super) fn enough(tier: Tier) -> Enough {
    match tier {
        Tier::Controlled => Enough::Somebody,
        Tier::Registered | Tier::Public => Enough::Families,
    }
}

fn sequence(query: &SequenceQuery) -> gemj_variants::SequenceQuery {
    gemj_variants::SequenceQuery {
        contig: Contig(query.reference_name.as_str().to_owned()),
        start: ZeroBased(query.start.0),
        reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
        alternate: query.alternate_bases.as_str().to_owned(),
    }
}

fn range(query: &RangeQuery, tier: Tier) -> Result<WindowQuery, ServiceError> {
    let (start, end) = (query.interval.start().0, query.interval.end().0);
    let longest = match tier {
        Tier::Controlled => CONTROLLED_STRETCH_BP,
        Tier::Registered | Tier::Public => STRETCH_BP,
    };
    if end.saturating_sub(start) > longest {
        return Err(ServiceError::TooLarge(
            "a stretch of more bases than are looked at for one question",
        ));
    }
    Ok(WindowQuery {
        contig: Contig(query.reference_name.as_str().to_owned()),
        interval: Interval {
            start: ZeroBased(start),
            end: Some(ZeroBased(end)),
        },
        filter: AlleleFilter {
            reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
            alternate: query.alternate_bases.as_ref().map(|b| b.as_str().to_owned()),
            kinds: query.variant_type.map(kind).into_iter().collect(),
            min_length: query.min_length.map(|l| l.0),
            max_length: query.max_length.map(|l| l.0),
            ..AlleleFilter::default()
        },
    })
}

fn assembly(assembly: ga4gh_beacon::Assembly) -> Assembly {
    match assembly {
        ga4gh_beacon::Assembly::GRCh37 => Assembly::GRCh37,
        ga4gh_beacon::Assembly::GRCh38 => Assembly::GRCh38,
    }
}

fn kind(kind: VariantType) -> VariantKind {
    match kind {
        VariantType::Snv => VariantKind::Snv,
        VariantType::Mnv => VariantKind::Mnv,
        VariantType::Insertion => VariantKind::Insertion,
        VariantType::Deletion => VariantKind::Deletion,
        VariantType::Indel => VariantKind::Indel,
        VariantType::Duplication => VariantKind::Duplication,
        VariantType::Inversion => VariantKind::Inversion,
        VariantType::CopyNumberLoss => VariantKind::CopyNumberLoss,
        VariantType::CopyNumberGain => VariantKind::CopyNumberGain,
        VariantType::CopyNumberVariation => VariantKind::CopyNumberVariation,
    }
}
