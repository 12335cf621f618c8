//! One variant by its id, and who carries it.

use std::ops::ControlFlow;

use ga4gh_beacon::{ReferenceName, VariantKey};
use gemj_access::{DatasetGrant, Grant};
use gemj_model::{Allele, Assembly, Contig, Interval, Origin, ZeroBased};
use gemj_variants::{AlleleFilter, AlleleQuery, CarrierReader, Carriers, VariantError, WindowQuery};
use roaring::RoaringBitmap;

/// The id of an allele; absent for one that has none (a contig that is no chromosome, a symbolic allele of an odd name).
pub(super) fn key_of(assembly: Assembly, allele: &Allele) -> Option<VariantKey> {
    let assembly = match assembly {
        Assembly::GRCh37 => ga4gh_beacon::Assembly::GRCh37,
        Assembly::GRCh38 => ga4gh_beacon::Assembly::GRCh38,
    };
    let position = |at: ZeroBased| ga4gh_beacon::ZeroBased(at.0);
    VariantKey::try_new(
        ReferenceName::canonical(allele.contig.as_str())?,
        assembly,
        position(allele.start),
        position(allele.end),
        &allele.reference,
        &allele.alternate,
    )
}

/// The assembly of an id.
pub(super) fn assembly_of(key: &VariantKey) -> Assembly {
    match key.assembly() {
        ga4gh_beacon::Assembly::GRCh37 => Assembly::GRCh37,
        ga4gh_beacon::Assembly::GRCh38 => Assembly::GRCh38,
    }
}

/// The question that a variant of this id answers, and few others do.
pub(super) fn question(key: &VariantKey) -> AlleleQuery {
    AlleleQuery::Window(stretch_of(key))
}

fn stretch_of(key: &VariantKey) -> WindowQuery {
    let (start, end) = (key.start().0, key.end().0);
    at(key.reference_name().as_str(), (start, end.max(start + 1)), (start, end))
}

/// Who carries the variant of an id, in one dataset.
///
/// # Errors
/// See [`VariantError`].
pub(super) async fn carriers(
    reader: &CarrierReader,
    grant: &Grant,
    dataset: &DatasetGrant,
    key: &VariantKey,
) -> Result<RoaringBitmap, VariantError> {
    let assembly = assembly_of(key);
    let mut people = RoaringBitmap::new();
    let visit = |allele: &Allele, carriers: &Carriers| {
        // Insertions of different lengths that are not spelt have one id.
        if key_of(assembly, allele).as_ref() == Some(key) {
            people |= carriers.all();
        }
        ControlFlow::Continue(())
    };
    let window = stretch_of(key);
    reader
        .overlapping(grant, dataset.dataset(), assembly, Origin::Germline, &window, visit)
        .await?;
    Ok(people)
}

/// Who carries an allele that a question found, in one dataset. `asked_from` is its first base that the question was about: no base is asked about
/// now that was not then, so that a Grant for regions opens what it opened.
///
/// # Errors
/// See [`VariantError`].
pub(super) async fn carriers_again(
    reader: &CarrierReader,
    grant: &Grant,
    dataset: &DatasetGrant,
    assembly: Assembly,
    allele: &Allele,
    asked_from: ZeroBased,
) -> Result<Carriers, VariantError> {
    let from = asked_from.0;
    let window = at(allele.contig.as_str(), (from, from + 1), (allele.start.0, allele.end.0));
    let mut carried = Carriers::default();
    let visit = |found: &Allele, carriers: &Carriers| {
        if found == allele {
            carried = carriers.clone();
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    reader
        .overlapping(grant, dataset.dataset(), assembly, Origin::Germline, &window, visit)
        .await?;
    Ok(carried)
}

/// The alleles with these edges that have a base in a stretch.
fn at(contig: &str, stretch: (u64, u64), edges: (u64, u64)) -> WindowQuery {
    let only = |place: u64| Some(ZeroBased(place)..ZeroBased(place + 1));
    WindowQuery {
        contig: Contig(contig.to_owned()),
        interval: Interval {
            start: ZeroBased(stretch.0),
            end: Some(ZeroBased(stretch.1)),
        },
        filter: AlleleFilter {
            start_within: only(edges.0),
            end_within: only(edges.1),
            ..AlleleFilter::default()
        },
    }
}
