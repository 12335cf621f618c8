//! A variant question put to the carrier index.

use std::ops::ControlFlow;

use ga4gh_beacon::{RangeQuery, SequenceQuery, VariantQuery, VariantType};
use gemj_access::Grant;
use gemj_model::{Allele, Assembly, Contig, DatasetId, Interval, Origin, ZeroBased};
use gemj_variants::{AlleleFilter, CarrierReader, WindowQuery};
use roaring::RoaringBitmap;

use crate::service_error::ServiceError;

/// How many variants one question may look at.
const MAX_VARIANTS: u64 = 1_000_000;

/// The germline alleles of one dataset that match, each with its carriers under the Grant; alleles without one do not appear.
pub(super) async fn find(
    carriers: &CarrierReader,
    grant: &Grant,
    dataset: &DatasetId,
    query: &VariantQuery,
) -> Result<Vec<(Allele, RoaringBitmap)>, ServiceError> {
    match query {
        VariantQuery::Sequence(query) => sequence(carriers, grant, dataset, query).await,
        VariantQuery::Range(query) if query.variant_type == Some(VariantType::Breakend) => Err(ServiceError::Unsupported("breakends")),
        VariantQuery::Range(query) => range(carriers, grant, dataset, query).await,
        VariantQuery::Bracket(_) | VariantQuery::Gene(_) | VariantQuery::AminoAcid(_) | VariantQuery::Allele(_) => Err(
            ServiceError::Unsupported("a bracket, gene or amino acid query, or an HGVS name without bases"),
        ),
    }
}

async fn sequence(
    carriers: &CarrierReader,
    grant: &Grant,
    dataset: &DatasetId,
    query: &SequenceQuery,
) -> Result<Vec<(Allele, RoaringBitmap)>, ServiceError> {
    let asked = gemj_variants::SequenceQuery {
        contig: Contig(query.reference_name.as_str().to_owned()),
        start: ZeroBased(query.start.0),
        reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
        alternate: query.alternate_bases.as_str().to_owned(),
    };
    let found = carriers
        .sequence(grant, dataset, assembly(query.assembly), Origin::Germline, &asked)
        .await?;
    Ok(found.into_iter().map(|(allele, people)| (allele, people.all())).collect())
}

async fn range(
    carriers: &CarrierReader,
    grant: &Grant,
    dataset: &DatasetId,
    query: &RangeQuery,
) -> Result<Vec<(Allele, RoaringBitmap)>, ServiceError> {
    let asked = WindowQuery {
        contig: Contig(query.reference_name.as_str().to_owned()),
        interval: Interval {
            start: ZeroBased(query.interval.start().0),
            end: Some(ZeroBased(query.interval.end().0)),
        },
        filter: AlleleFilter {
            reference: query.reference_bases.as_ref().map(|b| b.as_str().to_owned()),
            alternate: query.alternate_bases.as_ref().map(|b| b.as_str().to_owned()),
            kind: None,
            min_length: query.min_length.map(|l| l.0),
            max_length: query.max_length.map(|l| l.0),
        },
        max_variants: MAX_VARIANTS,
    };
    let mut found = Vec::new();
    let visit = |allele: &Allele, people: &gemj_variants::Carriers| {
        if query.variant_type.is_none_or(|kind| is_of(allele, kind)) {
            found.push((allele.clone(), people.all()));
        }
        ControlFlow::Continue(())
    };
    carriers
        .overlapping(grant, dataset, assembly(query.assembly), Origin::Germline, &asked, visit)
        .await?;
    Ok(found)
}

fn assembly(assembly: ga4gh_beacon::Assembly) -> Assembly {
    match assembly {
        ga4gh_beacon::Assembly::GRCh37 => Assembly::GRCh37,
        ga4gh_beacon::Assembly::GRCh38 => Assembly::GRCh38,
    }
}

/// Whether an allele in minimal form is of a kind. Substitutions of unequal length are indels.
fn is_of(allele: &Allele, kind: VariantType) -> bool {
    let (taken, put) = (allele.reference.len(), allele.alternate.len());
    let symbol = allele.alternate.strip_prefix('<').and_then(|s| s.strip_suffix('>'));
    let symbolic = |names: &[&str]| {
        symbol.is_some_and(|s| {
            names
                .iter()
                .any(|name| s == *name || s.strip_prefix(name).is_some_and(|rest| rest.starts_with(':')))
        })
    };
    let spelt = symbol.is_none();
    match kind {
        VariantType::Snv => spelt && taken == 1 && put == 1,
        VariantType::Mnv => spelt && taken == put && taken > 1,
        VariantType::Insertion => (spelt && taken == 0) || symbolic(&["INS"]),
        VariantType::Deletion | VariantType::CopyNumberLoss => (spelt && put == 0) || symbolic(&["DEL"]),
        VariantType::Indel => spelt && taken != put,
        VariantType::Duplication | VariantType::CopyNumberGain => symbolic(&["DUP"]),
        VariantType::Inversion => symbolic(&["INV"]),
        VariantType::CopyNumberVariation => symbolic(&["CNV", "DEL", "DUP"]),
        VariantType::MobileElementInsertion
        | VariantType::TandemDuplication
        | VariantType::Breakend
        | VariantType::LowLevelCopyNumberGain
        | VariantType::HighLevelCopyNumberGain
        | VariantType::FocalGenomeAmplification
        | VariantType::LowLevelCopyNumberLoss
        | VariantType::HighLevelCopyNumberLoss
        | VariantType::CompleteGenomicLoss => kind.includes(&allele.reference, &allele.alternate, allele.end.0 - allele.start.0),
    }
}
