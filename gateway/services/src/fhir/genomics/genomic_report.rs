//! The report of what case reports state of a patient, confirmed in the patient's sequencing data where there is some.

use std::collections::HashMap;

use gemj_access::{CapabilityKey, Grant};
use gemj_catalogue::{FhirType, ReportedAllele};
use gemj_model::{DataObject, Interval, Ordinal, Timestamp, ZeroBased};
use gemj_objects::CallFilter;
use hl7_fhir::FhirError;
use hl7_fhir::genomics::{Allele, Chromosome, GenomicReport, ReportStatus};

use super::callable::Callable;
use super::carried::{Carried, FilesSay, Reservations};
use super::files::{calls, contigs, fhir_assembly, stretch};
use super::identity::report_id;
use super::told::{Finding, findings};
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
    Told(Carried, Reservations),
    /// A case report alone does not make a Variant of it: a symbolic allele lacks its bases, and of an insertion or deletion that was taken in without its spelling
    /// the base before it is not known.
    NotWritten(FilesSay),
}

/// Makes the report anew from what is known now; absent where no current case report states an allele.
///
/// Told are the findings of [`findings`], and no other allele of a report. What a report states stays: an allele that the patient's files do not show is marked as not
/// confirmed, and the report is `final` only where nothing is marked. A joint file's record, whose filters are not given out, confirms what no other file's filters
/// fail. Where there is no file that could show it, the case report's own word is told.
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
    let findings = findings(grant, participant, stores.catalogue.reported_alleles(grant).await?);
    let Some(latest) = findings.iter().map(|finding| finding.reported.recorded).max() else {
        return Ok(None);
    };
    let mut evidence: Vec<Evidence> = findings.iter().map(|_| Evidence::default()).collect();
    for object in stores.catalogue.variant_objects_of_patient(grant).await? {
        look_up(stores, grant, participant, &object, &findings, &mut evidence).await?;
    }
    let mut observations: Vec<(String, String)> = Vec::new();
    let mut marked = Marked::default();
    for (finding, evidence) in findings.iter().zip(evidence) {
        match outcome(finding, evidence) {
            Outcome::Told(carried, reservations) => {
                let id = carried.id(key, patient_fhir_id);
                let text = carried.observation(&id, patient_fhir_id, reservations)?.to_string();
                observations.push((id, text));
                marked.count(reservations);
            }
            Outcome::NotWritten(files) => {
                marked.not_written += 1;
                marked.not_confirmed += u64::from(files != FilesSay::NothingAgainst);
            }
        }
    }
    let diseases = stores.catalogue.patient_diseases(grant).await?;
    let conclusion = marked.conclusion(&diseases);
    report(patient_fhir_id, latest, observations, &conclusion, marked.status()).map(Some)
}

/// What of a report is marked.
#[derive(Default)]
struct Marked {
    not_confirmed: u64,
    not_written: u64,
    candidates: u64,
    incomplete: u64,
}

impl Marked {
    fn count(&mut self, reservations: Reservations) {
        self.not_confirmed += u64::from(reservations.files != FilesSay::NothingAgainst);
        self.candidates += u64::from(reservations.is_candidate);
        self.incomplete += u64::from(reservations.is_incomplete);
    }

    fn status(&self) -> ReportStatus {
        match self {
            Self {
                not_confirmed: 0,
                not_written: 0,
                candidates: 0,
                incomplete: 0,
            } => ReportStatus::Final,
            Self { .. } => ReportStatus::Preliminary,
        }
    }

    fn conclusion(&self, diseases: &[(String, String)]) -> String {
        let labels: Vec<&str> = diseases
            .iter()
            .map(|(code, label)| if label.trim().is_empty() { code.as_str() } else { label.as_str() })
            .collect();
        let mut sentences = Vec::new();
        if !labels.is_empty() {
            sentences.push(format!("Reported with: {}.", labels.join("; ")));
        }
        for (count, what) in [
            (self.candidates, "candidate variant(s), only possibly related to the diagnosis"),
            (self.not_confirmed, "reported variant(s) not confirmed in the sequencing data"),
            (self.not_written, "reported variant(s) not shown, for want of sequencing data"),
        ] {
            if count > 0 {
                sentences.push(format!("{count} {what}."));
            }
        }
        sentences.join(" ")
    }
}

/// What the files say of a reported allele.
#[derive(Default)]
struct Evidence {
    /// Whether there is a file that could show it.
    tested: bool,
    /// Where files show the reference around it.
    reference: Callable,
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
    findings: &[Finding],
    evidence: &mut [Evidence],
) -> Result<(), FhirFailure> {
    let mut names = HashMap::new();
    let mut regions = Vec::new();
    for (Finding { reported: allele, .. }, evidence) in findings.iter().zip(&mut *evidence) {
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
        if let Some(stretch) = call.reference_stretch {
            for (Finding { reported: allele, .. }, evidence) in findings.iter().zip(&mut *evidence) {
                let here = allele.assembly == object.assembly && allele.origin == object.origin;
                if here && Chromosome::parse(allele.contig.as_str()) == Some(chromosome) {
                    evidence.reference.add(stretch);
                }
            }
        }
        for carried in Carried::of_call(&call, object, chromosome) {
            let same = |finding: &Finding| states(&finding.reported, &carried);
            let Some(place) = findings.iter().position(same) else { continue };
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
pub(super) fn states(reported: &ReportedAllele, carried: &Carried) -> bool {
    let same_place = fhir_assembly(reported.assembly) == carried.allele.assembly()
        && reported.origin == carried.origin
        && Chromosome::parse(reported.contig.as_str()) == Some(carried.allele.chromosome());
    same_place && carried.allele.trimmed() == (reported.start_0.0, reported.reference.as_str(), reported.alternate.as_str())
}

fn outcome(finding: &Finding, evidence: Evidence) -> Outcome {
    let reported = &finding.reported;
    let reservations = Reservations {
        files: files_say(reported, &evidence),
        ..Reservations::of(finding.how)
    };
    if reservations.files == FilesSay::NothingAgainst
        && let Some(carried) = evidence.good.or(evidence.unfiltered)
    {
        return Outcome::Told(carried, reservations);
    }
    match written(reported) {
        Some(allele) => {
            let carried = Carried::of_report(allele, reported.origin, reported.zygosity, reported.recorded);
            Outcome::Told(carried, reservations)
        }
        None => Outcome::NotWritten(reservations.files),
    }
}

/// What the files say against a reported allele.
fn files_say(reported: &ReportedAllele, evidence: &Evidence) -> FilesSay {
    match (&evidence.good, &evidence.unfiltered) {
        (Some(_), _) => return FilesSay::NothingAgainst,
        (None, Some(_)) if !evidence.failed => return FilesSay::NothingAgainst,
        (None, _) => {}
    }
    let (start, bases) = (reported.start_0.0, reported.reference.len() as u64);
    // Of an insertion the base before it and the one behind it.
    let (start, end) = if bases == 0 {
        (start.saturating_sub(1), start + 1)
    } else {
        (start, start + bases)
    };
    let is_spelt = !reported.alternate.starts_with('<');
    match (evidence.tested, evidence.failed) {
        (false, _) => FilesSay::NothingAgainst,
        (true, true) => FilesSay::Failed,
        (true, false) if is_spelt && evidence.reference.covers(start, end) => FilesSay::Reference,
        (true, false) => FilesSay::NotConfirmed,
    }
}

/// The allele as the report spells it, or as far as it needs no base before it.
fn written(reported: &ReportedAllele) -> Option<Allele> {
    let chromosome = Chromosome::parse(reported.contig.as_str())?;
    let assembly = fhir_assembly(reported.assembly);
    let spelled = reported.spelled.as_ref();
    let of_spelling = spelled.and_then(|s| Allele::parse(assembly, chromosome, s.position.0, &s.reference, &s.alternate).ok());
    of_spelling.or_else(|| {
        let position = reported.start_0.one_based().0;
        Allele::parse(assembly, chromosome, position, &reported.reference, &reported.alternate).ok()
    })
}

fn report(
    patient_id: &str,
    latest: Timestamp,
    observations: Vec<(String, String)>,
    conclusion: &str,
    status: ReportStatus,
) -> Result<Report, FhirFailure> {
    let id = report_id(patient_id);
    let time = instant(latest);
    let results: Vec<&str> = observations.iter().map(|(id, _)| id.as_str()).collect();
    let resource = GenomicReport {
        id: &id,
        identifier: None,
        status,
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
