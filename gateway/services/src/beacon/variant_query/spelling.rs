//! One variant, spelt: with a configured reference each spelling of an insertion or deletion is looked for at its leftmost place too, and HGVS names
//! that leave bases out get them.

use ga4gh_beacon::{GenomicAllele, GenomicChange};
use gemj_access::Terms;
use gemj_model::{Allele, Assembly, Contig, Interval, OneBased, ZeroBased};
use gemj_variants::{AlleleFilter, AlleleQuery, SequenceQuery, WindowQuery, leftmost};

use super::{bracket, check_stretch, sequence};
use crate::beacon::kept_spelling::on_reference;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The longest stretch of an HGVS name whose bases are looked up, in bases: a longer change is stored as a symbolic allele.
const MOST_SPELT_BASES: u64 = 100_000;

/// A question for a spelling: as it is written, and at its leftmost place where a reference of the assembly is configured. What was loaded
/// before the reference was configured stands as its file has it.
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

/// The insertion or deletion that a spelling of certain bases means; absent for every other question.
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
    // An anchor of our own, so that an empty side is a VCF allele: it is trimmed again, for the suffix goes first and then the anchor.
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
        // At the first base there is no place for an anchor: it stood on that base, and all is one too far.
        allele.start = ZeroBased(allele.start.0.checked_sub(1)?);
        allele.end = ZeroBased(allele.end.0.checked_sub(1)?);
    }
    (allele.reference.is_empty() != allele.alternate.is_empty()).then_some(allele)
}

/// A genomic HGVS name that does not state all bases: symbolic alleles of exactly that stretch, spelt deletions of it, and with a reference
/// what it spells.
pub(super) async fn genomic(stores: &Stores, allele: &GenomicAllele, terms: Terms) -> Result<(Assembly, AlleleQuery), ServiceError> {
    let assembly = super::assembly(allele.assembly);
    let (start, end) = (allele.interval.start().0, allele.interval.end().0);
    check_stretch(start, end, terms)?;
    let contig = Contig(allele.reference_name.as_str().to_owned());
    let mut any = Vec::new();
    match (&allele.change, allele.as_bracket()) {
        (_, Some(query)) => any.push(AlleleQuery::Window(bracket(&query, terms)?)),
        // Other bases for a stretch, whatever they replace.
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
