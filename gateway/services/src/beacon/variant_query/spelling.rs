//! Normalises the spelling of one variant. With a configured reference, an insertion or deletion is also looked up at its leftmost position,
//! and the missing bases of HGVS names are added.

use ga4gh_beacon::{GenomicAllele, GenomicChange};
use gemj_access::Terms;
use gemj_model::{Allele, Assembly, Contig, Interval, OneBased, ZeroBased};
use gemj_variants::{AlleleFilter, AlleleQuery, SequenceQuery, WindowQuery, leftmost};

use super::{bracket, check_stretch, sequence};
use crate::beacon::kept_spelling::on_reference;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The longest range of an HGVS name for which bases are read from the reference, in bases. For a longer range no bases are read, because a
/// longer change is stored as a symbolic allele.
const MOST_SPELT_BASES: u64 = 100_000;

/// The query for a sequence as the request spells it. If a reference of the assembly is configured, the query also matches the sequence at
/// its leftmost position. Alleles that were loaded before the reference was configured are in the index as their file spells them.
pub(super) async fn question(stores: &Stores, assembly: Assembly, query: SequenceQuery) -> Result<AlleleQuery, ServiceError> {
    let Some(reference) = stores.objects.reference(assembly) else {
        return Ok(AlleleQuery::Sequence(query));
    };
    let Some(allele) = spelt(&query) else {
        return Ok(AlleleQuery::Sequence(query));
    };
    let shifted = on_reference(reference, move |mut bases| {
        leftmost(&allele, &mut bases).map(|kept| kept.into_owned())
    })
    .await?;
    let normal = SequenceQuery {
        contig: shifted.contig,
        start: shifted.start,
        reference: Some(shifted.reference),
        alternate: shifted.alternate,
        filter: query.filter.clone(),
    };
    Ok(AlleleQuery::AnyOf(vec![
        AlleleQuery::Sequence(query),
        AlleleQuery::Sequence(normal),
    ]))
}

/// The insertion or deletion that a sequence query with exact bases means; absent for every other query.
fn spelt(query: &SequenceQuery) -> Option<Allele> {
    let plain = |text: &str| {
        if matches!(text, "-" | ".") {
            String::new()
        } else {
            text.to_ascii_uppercase()
        }
    };
    let (reference, alternate) = (plain(query.reference.as_deref()?), plain(&query.alternate));
    let certain = |text: &str| text.bytes().all(|base| matches!(base, b'A' | b'C' | b'G' | b'T'));
    if !certain(&reference) || !certain(&alternate) {
        return None;
    }
    let contig = query.contig.canonical();
    // VCF has no empty alleles. The anchor base `N` is therefore put before both sequences, at the preceding position. `from_vcf` removes
    // the common suffix first and then the anchor.
    let anchored = |text: &str| format!("N{text}");
    let position = OneBased(query.start.0);
    let mut allele = Allele::from_vcf(
        &contig,
        OneBased(position.0.max(1)),
        &anchored(&reference),
        &anchored(&alternate),
        None,
    )
    .ok()?;
    if position.0 == 0 {
        // At the first base of a contig there is no preceding position for the anchor. The anchor took the first position, so the start and
        // the end of the allele are one too high.
        allele.start = ZeroBased(allele.start.0.checked_sub(1)?);
        allele.end = ZeroBased(allele.end.0.checked_sub(1)?);
    }
    (allele.reference.is_empty() != allele.alternate.is_empty()).then_some(allele)
}

/// The query for a genomic HGVS name that does not state all bases. The query matches:
/// * symbolic alleles of exactly the range of the name;
/// * for a deletion, also deletions of that range that state their bases;
/// * for a `delins`, alleles that replace exactly that range with the stated bases;
/// * with a reference, the sequence that the name means.
pub(super) async fn genomic(stores: &Stores, allele: &GenomicAllele, terms: Terms) -> Result<(Assembly, AlleleQuery), ServiceError> {
    let assembly = super::assembly(allele.assembly);
    let (start, end) = (allele.interval.start().0, allele.interval.end().0);
    check_stretch(start, end, terms)?;
    let contig = Contig(allele.reference_name.as_str().to_owned());
    let mut any = Vec::new();
    match (&allele.change, allele.as_bracket()) {
        (_, Some(query)) => any.push(AlleleQuery::Window(bracket(&query, terms)?)),
        // A `delins` replaces the range with the stated bases. The replaced bases are not compared.
        (GenomicChange::Delins(put), None) => any.push(AlleleQuery::Window(WindowQuery {
            contig: contig.clone(),
            interval: Interval {
                start: ZeroBased(start),
                end: Some(ZeroBased(end)),
            },
            filter: AlleleFilter {
                alternate: Some(put.as_str().to_owned()),
                start_within: Some(ZeroBased(start)..ZeroBased(start + 1)),
                end_within: Some(ZeroBased(end)..ZeroBased(end + 1)),
                ..AlleleFilter::default()
            },
        })),
        (GenomicChange::Deletion | GenomicChange::Duplication | GenomicChange::Inversion, None) => {}
    }
    if end - start <= MOST_SPELT_BASES
        && let Some(reference) = stores.objects.reference(assembly)
    {
        let bases = on_reference(reference, move |mut bases| bases.stretch(&contig, start, end)).await?;
        if let Some(spelt) = bases.and_then(|bases| allele.with_reference(&bases)) {
            any.push(question(stores, assembly, sequence(&spelt)?).await?);
        }
    }
    Ok((assembly, AlleleQuery::AnyOf(any)))
}
