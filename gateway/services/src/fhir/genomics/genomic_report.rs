//! The report of what case reports state of a patient, confirmed in the patient's sequencing data where there is some.

use std::collections::{BTreeMap, HashMap};

use gemj_access::{CapabilityKey, Grant};
use gemj_catalogue::{FhirType, ReportedAllele};
use gemj_model::{DataObject, Interval, Ordinal, Timestamp, ZeroBased};
use gemj_objects::CallFilter;
use hl7_fhir::FhirError;
use hl7_fhir::genomics::{Allele, Chromosome, GenomicReport, ReportStatus};

use super::carried::Carried;
use super::files::{calls, contigs, fhir_assembly, stretch};
use super::identity::report_id;
use crate::ServiceError;
use crate::fhir::{FhirFailure, instant};
use crate::stores::Stores;

/// A DiagnosticReport and the Observations that it refers to.
#[derive(Clone)]
pub struct Report {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// The id and text of each Observation, in the order of the report's `result`.
    pub observations: Vec<(String, String)>,
}

impl Report {
    /// What of it is of a type: ids and texts.
    #[must_use]
    pub fn of_type(self, kind: FhirType) -> Vec<(String, String)> {
        match kind {
            FhirType::DiagnosticReport => vec![(self.id, self.text)],
            FhirType::Observation => self.observations,
            FhirType::Patient | FhirType::Consent | FhirType::Specimen => Vec::new(),
        }
    }
}

/// What became of a reported allele.
enum Outcome {
    /// It is told.
    Told(Carried),
    /// The sequencing data could show it and does not.
    NotConfirmed,
    /// There is no sequencing data of its place, and the case report alone does not make a Variant of it: an insertion or deletion lacks
    /// the base before it, a symbolic allele its bases.
    NotWritten,
}

/// Makes the report anew from what is known now; absent where no current case report states an allele.
///
/// An allele must be carried in the files of its assembly and origin that know its chromosome, in whatever spelling, with filters that did
/// not fail. A joint file's record, whose filters are not given out, confirms what no other file's filters fail. Where there is no such
/// file, the case report's own word is told.
///
/// # Errors
/// Not found where the Grant is not the patient's; a store that fails.
pub async fn genomic_report(
    stores: &Stores,
    key: &CapabilityKey,
    grant: &Grant,
    participant: Ordinal,
    patient_fhir_id: &str,
) -> Result<Option<Report>, FhirFailure> {
    if !grant.patients().contains(participant.0) {
        return Err(ServiceError::NotFound.into());
    }
    let reported = once(stores.catalogue.reported_alleles(grant).await?);
    let Some(latest) = reported.iter().map(|allele| allele.recorded).max() else {
        return Ok(None);
    };
    let mut evidence: Vec<Evidence> = reported.iter().map(|_| Evidence::default()).collect();
    for object in stores.catalogue.variant_objects_of_patient(grant).await? {
        look_up(stores, grant, participant, &object, &reported, &mut evidence).await?;
    }
    let mut observations: Vec<(String, String)> = Vec::new();
    let (mut not_confirmed, mut not_written) = (0, 0);
    for (allele, evidence) in reported.iter().zip(evidence) {
        match outcome(allele, evidence) {
            Outcome::Told(carried) => {
                let id = carried.id(key, patient_fhir_id);
                let text = carried.observation(&id, patient_fhir_id)?.to_string();
                observations.push((id, text));
            }
            Outcome::NotConfirmed => not_confirmed += 1,
            Outcome::NotWritten => not_written += 1,
        }
    }
    let diseases = stores.catalogue.patient_diseases(grant).await?;
    let conclusion = conclusion(&diseases, not_confirmed, not_written);
    report(patient_fhir_id, latest, observations, &conclusion).map(Some)
}

/// Each allele once, as the latest report states it.
fn once(reported: Vec<ReportedAllele>) -> Vec<ReportedAllele> {
    let mut latest: BTreeMap<_, ReportedAllele> = BTreeMap::new();
    for allele in reported {
        let place = (allele.assembly, allele.contig.clone(), allele.start_0, allele.origin);
        let bases = (allele.reference.clone(), allele.alternate.clone());
        let known = latest.entry((place, bases)).or_insert_with(|| allele.clone());
        if known.recorded < allele.recorded {
            *known = allele;
        }
    }
    latest.into_values().collect()
}

/// What the files say of a reported allele.
#[derive(Default)]
struct Evidence {
    /// Whether a file could show it.
    tested: bool,
    /// Whether a file has it with filters that failed.
    failed: bool,
    /// The first with filters that passed or were not applied, and the first whose filters are not given out.
    good: Option<Carried>,
    unfiltered: Option<Carried>,
}

/// Looks for the reported alleles in a file.
async fn look_up(
    stores: &Stores,
    grant: &Grant,
    participant: Ordinal,
    object: &DataObject,
    reported: &[ReportedAllele],
    evidence: &mut [Evidence],
) -> Result<(), FhirFailure> {
    let mut names = HashMap::new();
    let mut regions = Vec::new();
    for (allele, evidence) in reported.iter().zip(&mut *evidence) {
        let Some(chromosome) = Chromosome::parse(allele.contig.as_str()) else {
            continue;
        };
        if allele.assembly != object.assembly || allele.origin != object.origin {
            continue;
        }
        if let std::collections::hash_map::Entry::Vacant(unknown) = names.entry(chromosome) {
            unknown.insert(contigs(stores, grant, object, chromosome).await?);
        }
        for contig in &names[&chromosome] {
            evidence.tested = true;
            regions.push(stretch(contig, around(allele)));
        }
    }
    if regions.is_empty() {
        return Ok(());
    }
    for call in calls(stores, grant, object, participant, &regions).await? {
        let Some(chromosome) = Chromosome::parse(call.contig.as_str()) else {
            continue;
        };
        for carried in Carried::of_call(&call, object, chromosome) {
            let same = |reported: &ReportedAllele| states(reported, &carried);
            let Some(place) = reported.iter().position(same) else { continue };
            let evidence = &mut evidence[place];
            match carried.filter {
                CallFilter::Passed | CallFilter::NotApplied => evidence.good = evidence.good.take().or(Some(carried)),
                CallFilter::Withheld => evidence.unfiltered = evidence.unfiltered.take().or(Some(carried)),
                CallFilter::Failed => evidence.failed = true,
            }
        }
    }
    Ok(())
}

/// The changed bases with the base before them, where VCF anchors insertions and deletions.
fn around(allele: &ReportedAllele) -> Interval {
    let start = allele.start_0.0.saturating_sub(1);
    let end = allele.start_0.0.saturating_add(allele.reference.len() as u64).max(start + 1);
    Interval {
        start: ZeroBased(start),
        end: Some(ZeroBased(end)),
    }
}

/// Whether a report states this allele. Both are compared without the bases that REF and ALT share.
fn states(reported: &ReportedAllele, carried: &Carried) -> bool {
    let same_place = fhir_assembly(reported.assembly) == carried.allele.assembly()
        && reported.origin == carried.origin
        && Chromosome::parse(reported.contig.as_str()) == Some(carried.allele.chromosome());
    same_place && carried.allele.trimmed() == (reported.start_0.0, reported.reference.as_str(), reported.alternate.as_str())
}

fn outcome(reported: &ReportedAllele, evidence: Evidence) -> Outcome {
    if !evidence.tested {
        let written = Chromosome::parse(reported.contig.as_str()).and_then(|chromosome| {
            let assembly = fhir_assembly(reported.assembly);
            let position = reported.start_0.one_based().0;
            Allele::parse(assembly, chromosome, position, &reported.reference, &reported.alternate).ok()
        });
        return match written {
            Some(allele) => Outcome::Told(Carried::of_report(allele, reported.origin, reported.zygosity, reported.recorded)),
            None => Outcome::NotWritten,
        };
    }
    match (evidence.good, evidence.unfiltered, evidence.failed) {
        (Some(carried), _, _) | (None, Some(carried), false) => Outcome::Told(carried),
        (None, _, _) => Outcome::NotConfirmed,
    }
}

fn conclusion(diseases: &[(String, String)], not_confirmed: usize, not_written: usize) -> String {
    let labels: Vec<&str> = diseases
        .iter()
        .map(|(code, label)| if label.trim().is_empty() { code.as_str() } else { label.as_str() })
        .collect();
    let mut sentences = Vec::new();
    if !labels.is_empty() {
        sentences.push(format!("Reported with: {}.", labels.join("; ")));
    }
    if not_confirmed > 0 {
        sentences.push(format!("{not_confirmed} reported variant(s) not confirmed in the sequencing data."));
    }
    if not_written > 0 {
        sentences.push(format!("{not_written} reported variant(s) not shown, for want of sequencing data."));
    }
    sentences.join(" ")
}

fn report(patient_id: &str, latest: Timestamp, observations: Vec<(String, String)>, conclusion: &str) -> Result<Report, FhirFailure> {
    let id = report_id(patient_id);
    let time = instant(latest);
    let results: Vec<&str> = observations.iter().map(|(id, _)| id.as_str()).collect();
    let resource = GenomicReport {
        id: &id,
        identifier: None,
        status: ReportStatus::Final,
        patient_id,
        specimen_ids: &[],
        effective: &time,
        issued: &time,
        result_ids: &results,
        conclusion: Some(conclusion),
    };
    let text = resource.to_json().map_err(|_| FhirError::Internal)?.to_string();
    Ok(Report { id, text, observations })
}
