//! Converts alleles to Beacon variant ids and back, and builds the queries that find one variant and its carriers.

use std::ops::ControlFlow;

use ga4gh_beacon::{ReferenceName, VariantKey};
use gemj_access::{DatasetGrant, Grant};
use gemj_model::{Allele, Assembly, Contig, Interval, Origin, Region, ZeroBased};
use gemj_variants::{AlleleFilter, AlleleQuery, CarrierReader, Carriers, NamedAllele, NamedAlleles, VariantError, WindowQuery};

/// The Beacon id of an allele. Every allele on a chromosome has a unique id; absent for an allele on another contig.
pub(super) fn key_of(assembly: Assembly, allele: &Allele) -> Option<VariantKey> {
    let assembly = match assembly {
        Assembly::GRCh37 => ga4gh_beacon::Assembly::GRCh37,
        Assembly::GRCh38 => ga4gh_beacon::Assembly::GRCh38,
    };
    let position = |at: ZeroBased| ga4gh_beacon::ZeroBased(at.0);
    let key = VariantKey::try_new(
        ReferenceName::canonical(allele.contig.as_str())?,
        assembly,
        position(allele.start),
        position(allele.end),
        &allele.reference,
        &allele.alternate,
    )?;
    match allele.inserted {
        Some(bases) => key.with_inserted(bases),
        None => Some(key),
    }
}

/// The assembly of a Beacon variant id.
pub(super) fn assembly_of(key: &VariantKey) -> Assembly {
    match key.assembly() {
        ga4gh_beacon::Assembly::GRCh37 => Assembly::GRCh37,
        ga4gh_beacon::Assembly::GRCh38 => Assembly::GRCh38,
    }
}

/// The allele of a Beacon variant id.
pub(super) fn allele_of(key: &VariantKey) -> Allele {
    Allele {
        contig: Contig(key.reference_name().as_str().to_owned()),
        start: ZeroBased(key.start().0),
        end: ZeroBased(key.end().0),
        reference: key.reference().to_owned(),
        alternate: key.alternate(),
        inserted: key.inserted(),
    }
}

/// The query that matches the allele of a Beacon variant id and no other allele. All code that looks up an id uses this query, so that one
/// rule decides whether an allele has enough carriers for the tier.
pub(super) fn question(key: &VariantKey) -> AlleleQuery {
    let allele = allele_of(key);
    let about = Region {
        contig: allele.contig.clone(),
        interval: Interval {
            start: allele.start,
            end: Some(ZeroBased(allele.end.0.max(allele.start.0.saturating_add(1)))),
        },
    };
    AlleleQuery::OneOf(NamedAlleles {
        about: Some(vec![about]),
        alleles: vec![NamedAllele { allele, datasets: None }],
    })
}

/// The query without the alleles that have no Beacon id, so that every counted variant can be listed.
pub(super) fn with_ids(query: AlleleQuery, assembly: Assembly) -> AlleleQuery {
    match query {
        AlleleQuery::OneOf(mut named) => {
            named.alleles.retain(|named| key_of(assembly, &named.allele).is_some());
            AlleleQuery::OneOf(named)
        }
        AlleleQuery::AnyOf(queries) => AlleleQuery::AnyOf(queries.into_iter().map(|query| with_ids(query, assembly)).collect()),
        // Window and sequence queries name a chromosome, and every allele on a chromosome has an id.
        AlleleQuery::Window(_) | AlleleQuery::Sequence(_) => query,
    }
}

/// The query that finds an allele again after another query found it. `asked_from` is the first base of the allele that the first query
/// covered. The new query covers only this base, so a Grant for regions that allowed the first query also allows the new one. The new query
/// can also find other alleles with the same start and end.
pub(super) fn again(allele: &Allele, asked_from: ZeroBased) -> WindowQuery {
    let only = |place: ZeroBased| Some(place..ZeroBased(place.0 + 1));
    WindowQuery {
        contig: allele.contig.clone(),
        interval: Interval {
            start: asked_from,
            end: Some(ZeroBased(asked_from.0 + 1)),
        },
        filter: AlleleFilter {
            start_within: only(allele.start),
            end_within: only(allele.end),
            ..AlleleFilter::default()
        },
    }
}

/// The carriers, in one dataset, of an allele that another query found. The look-up uses the query of [`again`].
///
/// # Errors
/// See [`VariantError`].
pub(super) async fn carriers_again(
    reader: &CarrierReader,
    grant: &Grant,
    dataset: &DatasetGrant,
    scope: (Assembly, Origin),
    allele: &Allele,
    asked_from: ZeroBased,
) -> Result<Carriers, VariantError> {
    let mut carried = Carriers::default();
    let visit = |found: &Allele, carriers: &Carriers| {
        if found == allele {
            carried = carriers.clone();
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let (assembly, origin) = scope;
    reader
        .overlapping(grant, dataset.dataset(), assembly, origin, &again(allele, asked_from), visit)
        .await?;
    Ok(carried)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_allele_of_an_id_has_that_id() {
        for id in [
            "GRCh38.22.99.102.ACG.-",
            "GRCh37.MT.99.99.-.ACG",
            "GRCh38.X.99.5000.-.(foo~2Bbar)",
            "GRCh38.X.99.99.-.(INS)",
            "GRCh38.X.99.99.-.(INS)300",
        ] {
            let key = VariantKey::parse(id).unwrap();
            assert_eq!(key_of(assembly_of(&key), &allele_of(&key)), Some(key));
        }
    }
}
