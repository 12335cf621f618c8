//! The FHIR operation `$find-subject-variants` (Genomics Reporting 3.0.0 § Genomics Operations).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gemj_access::{CapabilityKey, Grant};
use gemj_model::{DatasetId, FindingKind, Interval, Ordinal, Origin, ZeroBased};
use gemj_objects::{CallFilter, Stretch};
use hl7_fhir::genomics::{Assembly, Chromosome, FindSubjectVariants, Range, RangeAnswer, find_subject_variants_answer};
use hl7_fhir::{FhirError, Issue, IssueCode};
use serde_json::Value;

use super::callable::Callable;
use super::carried::{Carried, Reservations, source_class};
use super::files::{calls, contigs, fhir_assembly, stretch, tells_filters, too_costly};
use super::genomic_report::states;
use super::returnable_findings::{Finding, findings};
use crate::ServiceError;
use crate::fhir::FhirFailure;
use crate::stores::Stores;

/// The maximum number of Observations of variants in one answer.
const MAX_VARIANTS: usize = 10_000;

/// Returns one parameter `variants` for each range. The parameter states whether the patient carries an alternative allele whose reference
/// bases overlap the range. On request it also contains these alleles in order of position, each once.
///
/// A file is used if it contains the chromosome, is read with its filters, and has the assembly and the origin that the request states
/// (any, if the request states none).
///
/// A range is reported as absent only under two conditions:
/// * For each origin of the patient's files, files show the reference at every base of the range.
/// * The range has no evidence of an allele that is not returned. This evidence is a record with failed filters, a symbolic allele, a
///   breakend, or a case report whose allele no file confirms.
///
/// Without the clause `incidental-findings`, only alleles that a case report states as primary findings are returned, and no range is
/// reported as absent.
///
/// # Errors
/// 422 if a range cannot be answered; 400 `too-costly` for too many records or variants; not found if the Grant does not cover the patient;
/// a store failure.
pub async fn find_subject_variants(
    stores: &Stores,
    key: &CapabilityKey,
    grant: &Grant,
    participant: Ordinal,
    patient_fhir_id: &str,
    request: &FindSubjectVariants,
) -> Result<Value, FhirFailure> {
    if !grant.patients().contains(participant.0) {
        return Err(ServiceError::NotFound.into());
    }
    let incidental = |dataset: &DatasetId| {
        grant
            .dataset(dataset)
            .is_some_and(|own| own.incidental_findings().contains(participant.0))
    };
    let findings = findings(grant, participant, stores.catalogue.reported_alleles(grant).await?);
    // For each requested range, and for each origin of the patient's files, the bases at which the files show the reference.
    let mut shown: Vec<HashMap<Origin, Callable>> = vec![HashMap::new(); request.ranges.len()];
    // The alleles by the id of their Observation. If several files contain the same allele, the record of the first file is used. Files
    // with one sample come before joint files, and newer files before older files.
    let mut found: BTreeMap<String, Carried> = BTreeMap::new();
    let mut doubts: Vec<Doubt> = Vec::new();
    for object in stores.catalogue.variant_objects_of_patient(grant).await? {
        let asked_for = request.source_class.is_none_or(|class| class == source_class(object.origin));
        if !asked_for || !tells_filters(grant, &object) {
            continue;
        }
        let is_open = incidental(&object.dataset);
        let mut names = HashMap::new();
        let mut regions = Vec::new();
        for (range, shown) in request.ranges.iter().zip(&mut shown) {
            if range.assembly().is_some_and(|assembly| assembly != fhir_assembly(object.assembly)) {
                continue;
            }
            let chromosome = range.chromosome();
            if let std::collections::hash_map::Entry::Vacant(unknown) = names.entry(chromosome) {
                unknown.insert(contigs(stores, grant, &object, chromosome).await?);
            }
            // The origin counts even if the file has no contig of the chromosome. No base of the chromosome is then shown for this origin,
            // so the range is not reported as absent.
            shown.entry(object.origin).or_default();
            for contig in &names[&chromosome] {
                regions.push(stretch(contig, interval(range)));
            }
        }
        if regions.is_empty() {
            continue;
        }
        let assembly = fhir_assembly(object.assembly);
        let mut reference: HashMap<Chromosome, Callable> = HashMap::new();
        let mut not_called: Vec<(Chromosome, Stretch)> = Vec::new();
        for call in calls(stores, grant, &object, participant, &regions).await? {
            let Some(chromosome) = Chromosome::parse(call.contig.as_str()) else {
                continue;
            };
            if let Some(stretch) = call.reference_stretch.filter(|_| is_open) {
                reference.entry(chromosome).or_default().add(stretch);
            }
            if call.genotype.contains(&None) {
                not_called.push((chromosome, call.span));
            }
            let carries = call
                .genotype
                .iter()
                .flatten()
                .filter(|number| **number > 0)
                .collect::<BTreeSet<_>>()
                .len();
            let mut told = 0;
            for carried in Carried::of_call(&call, &object, chromosome)
                .into_iter()
                .filter(|_| is_present(call.filter))
            {
                let is_primary = |finding: &Finding| finding.how.kind == FindingKind::Primary && states(&finding.reported, &carried);
                if !is_open && !findings.iter().any(is_primary) {
                    continue;
                }
                told += 1;
                found.entry(carried.id(key, patient_fhir_id)).or_insert(carried);
            }
            if told < carries {
                doubts.push((assembly, chromosome, call.span));
            }
        }
        for (chromosome, stretch) in not_called {
            reference.entry(chromosome).or_default().remove(stretch);
        }
        for (range, shown) in request.ranges.iter().zip(&mut shown) {
            let same_assembly = range.assembly().is_none_or(|own| own == assembly);
            if let Some(callable) = reference.get(&range.chromosome()).filter(|_| same_assembly) {
                shown.entry(object.origin).or_default().extend(callable.clone());
            }
        }
    }
    doubts.extend(unconfirmed(request, &findings, &found));
    for (range, shown) in request.ranges.iter().zip(&mut shown) {
        let about =
            |(assembly, chromosome, _): &&Doubt| *chromosome == range.chromosome() && range.assembly().is_none_or(|own| own == *assembly);
        for (_, _, stretch) in doubts.iter().filter(about) {
            shown.values_mut().for_each(|callable| callable.remove(*stretch));
        }
    }
    let is_told = |(range, shown): (&Range, &HashMap<Origin, Callable>)| {
        let is_absent = !shown.is_empty() && shown.values().all(|callable| callable.covers(range.start(), range.end()));
        is_absent || found.values().any(|carried| range.overlaps(&carried.allele))
    };
    if !request.ranges.iter().zip(&shown).all(is_told) {
        let text = "a range cannot be answered: no sequencing data of the patient shows every base of it (not tested is not absent), or the result is not \
                    covered by the patient's consent";
        return Err(FhirError::Unprocessable(vec![Issue::error(IssueCode::BusinessRule, text).at("http.ranges")]).into());
    }
    answer(request, &found, &findings, patient_fhir_id)
}

/// A range with evidence of an allele that is not returned.
type Doubt = (Assembly, Chromosome, Stretch);

/// Whether the alleles of a record with this filter are returned as present.
fn is_present(filter: CallFilter) -> bool {
    match filter {
        CallFilter::Passed | CallFilter::NotApplied => true,
        CallFilter::Failed | CallFilter::Withheld => false,
    }
}

/// The ranges where case reports state alleles that no file shows. The report of the patient contains these alleles as not confirmed, so
/// the files alone do not prove their absence.
fn unconfirmed(request: &FindSubjectVariants, findings: &[Finding], found: &BTreeMap<String, Carried>) -> Vec<Doubt> {
    let asked_for = |origin: Origin| request.source_class.is_none_or(|class| class == source_class(origin));
    let stated = findings.iter().map(|finding| &finding.reported);
    let open = stated.filter(|reported| asked_for(reported.origin) && !found.values().any(|carried| states(reported, carried)));
    open.filter_map(|reported| {
        let start = reported.start_0.0;
        let stretch = Stretch {
            start: ZeroBased(start),
            end: ZeroBased(start + (reported.reference.len() as u64).max(1)),
        };
        Some((
            fhir_assembly(reported.assembly),
            Chromosome::parse(reported.contig.as_str())?,
            stretch,
        ))
    })
    .collect()
}

fn answer(
    request: &FindSubjectVariants,
    found: &BTreeMap<String, Carried>,
    findings: &[Finding],
    patient_id: &str,
) -> Result<Value, FhirFailure> {
    let marked = |carried: &Carried| {
        let stated = findings.iter().find(|finding| states(&finding.reported, carried));
        stated.map_or_else(Reservations::default, |finding| Reservations::of(finding.how))
    };
    let mut in_order: Vec<(&String, &Carried)> = found.iter().collect();
    in_order.sort_by(|(_, a), (_, b)| {
        let place = |carried: &Carried| (carried.allele.start(), carried.allele.end());
        place(a).cmp(&place(b)).then_with(|| a.allele.alternate().cmp(b.allele.alternate()))
    });
    let mut told = 0;
    let mut answers = Vec::with_capacity(request.ranges.len());
    for range in &request.ranges {
        let mut overlapping = in_order.iter().filter(|(_, carried)| range.overlaps(&carried.allele)).peekable();
        let present = overlapping.peek().is_some();
        let mut variants = Vec::new();
        for (id, carried) in overlapping.filter(|_| request.include_variants) {
            told += 1;
            if told > MAX_VARIANTS {
                return Err(too_costly("the ranges contain too many variants; request smaller ranges"));
            }
            variants.push(carried.observation(id, patient_id, marked(carried))?);
        }
        answers.push(RangeAnswer {
            item: range.item(),
            present,
            variants,
        });
    }
    Ok(find_subject_variants_answer(answers))
}

fn interval(range: &Range) -> Interval {
    Interval {
        start: ZeroBased(range.start()),
        end: Some(ZeroBased(range.end())),
    }
}
