//! Builds the genomic report of a patient: the findings that case reports state, confirmed in the patient's sequencing data if there is
//! any.

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
use super::returnable_findings::{Finding, findings};
use crate::ServiceError;
use crate::fhir::{FhirFailure, instant};
use crate::stores::Stores;

/// A genomic DiagnosticReport, and the Observations that its `result` refers to.
#[derive(Clone)]
pub struct Report {
    /// The id of the DiagnosticReport.
    pub id: String,
    /// The JSON text of the DiagnosticReport.
    pub text: String,
    /// The id and JSON text of each Observation, in the order of the report's `result`.
    pub observations: Vec<(String, String)>,
}

impl Report {
    /// The ids and JSON texts of the resources of this type in the report. Empty for a type that the report does not contain.
    #[must_use]
    pub fn of_type(self, kind: FhirType) -> Vec<(String, String)> {
        match kind {
            FhirType::DiagnosticReport => vec![(self.id, self.text)],
            FhirType::Observation => self.observations,
            FhirType::Patient | FhirType::Consent | FhirType::Specimen => Vec::new(),
        }
    }
}

/// How a reported allele appears in the report.
enum Outcome {
    /// The allele is returned as an Observation of a variant.
    Told(Carried, Reservations),
    /// The case report alone is not sufficient for an Observation of this allele. A symbolic allele has no bases. For an insertion or
    /// deletion that was ingested without its spelling, the base before the change is unknown.
    NotWritten(FilesSay),
}

/// Builds the report from the current data; absent if no current case report states an allele that may be returned.
///
/// The report contains the findings of [`findings`] and no other allele. Each finding is an Observation or, if the case report alone is not
/// sufficient for an Observation, is counted in the conclusion. A finding that the patient's files could show but do not show is marked as
/// not confirmed. The report is `final` only if no finding is marked.
///
/// A record of a joint file whose filters are not returned confirms an allele, unless another file has the allele with failed filters. If
/// no file could show the allele, the case report's own statement is returned.
///
/// # Errors
/// Not found if the Grant does not cover the patient; a store failure.
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

/// The numbers of findings in a report that are marked, for each reason.
#[derive(Clone, Copy, Default)]
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
            (self.incomplete, "variant(s) whose interpretation is not complete"),
            (
                self.not_written,
                "reported variant(s) not shown because their bases or their chromosome are not fully known",
            ),
        ] {
            if count > 0 {
                sentences.push(format!("{count} {what}."));
            }
        }
        sentences.join(" ")
    }
}

/// The evidence of the patient's files about one reported allele.
#[derive(Default)]
struct Evidence {
    /// Whether a file could show the allele, because it has the allele's assembly, origin and chromosome.
    tested: bool,
    /// The bases around the allele at which files show the reference.
    reference: Callable,
    /// Whether a file has the allele with failed filters.
    failed: bool,
    /// `good` is the first record with the allele whose filters passed or were not applied. `unfiltered` is the first record with the
    /// allele whose filters are not returned.
    good: Option<Carried>,
    unfiltered: Option<Carried>,
}

/// Adds the evidence of one file to the evidence about each reported allele.
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

/// The interval of the changed bases and the base before them, because VCF anchors insertions and deletions at that base.
fn around(allele: &ReportedAllele) -> Interval {
    let start = allele.start_0.0.saturating_sub(1);
    let end = allele.start_0.0.saturating_add(allele.reference.len() as u64).max(start + 1);
    Interval {
        start: ZeroBased(start),
        end: Some(ZeroBased(end)),
    }
}

/// Whether a case report states this allele. Both alleles are compared without the bases that REF and ALT share.
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

/// Determines whether the files contradict or confirm a reported allele.
fn files_say(reported: &ReportedAllele, evidence: &Evidence) -> FilesSay {
    match (&evidence.good, &evidence.unfiltered) {
        (Some(_), _) => return FilesSay::NothingAgainst,
        (None, Some(_)) if !evidence.failed => return FilesSay::NothingAgainst,
        (None, _) => {}
    }
    let (start, bases) = (reported.start_0.0, reported.reference.len() as u64);
    // An insertion has no reference bases. The files must show the base before the insertion and the base after it.
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

/// The allele of a case report for an Observation. The allele has the report's spelling or, without a spelling, its bases as stored. Absent
/// if the stored bases are not sufficient because the change needs the base before it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conclusion_names_each_reason_for_which_a_report_is_preliminary() {
        let none = Marked::default();
        assert_eq!((none.status(), none.conclusion(&[])), (ReportStatus::Final, String::new()));
        for (marked, part) in [
            (Marked { candidates: 2, ..none }, "2 candidate variant(s)"),
            (Marked { not_confirmed: 2, ..none }, "2 reported variant(s) not confirmed"),
            (
                Marked { incomplete: 2, ..none },
                "2 variant(s) whose interpretation is not complete.",
            ),
            (
                Marked { not_written: 2, ..none },
                "2 reported variant(s) not shown because their bases",
            ),
        ] {
            assert_eq!(marked.status(), ReportStatus::Preliminary, "{part}");
            let conclusion = marked.conclusion(&[]);
            assert!(conclusion.starts_with(part), "{conclusion}");
        }
    }
}
