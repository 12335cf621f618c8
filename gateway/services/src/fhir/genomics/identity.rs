//! Ids of resources that the gateway builds at each read. An id contains the Patient's id, by which the resource is found again, and
//! reveals nothing else. The same finding of the same patient always has the same id.

use gemj_access::CapabilityKey;
use gemj_catalogue::FhirType;
use gemj_model::Origin;
use hl7_fhir::genomics::Allele;

use crate::linkage::keyed_digest;

/// The number of hex digits of the digest in an id: 96 bits.
const DIGITS: usize = 24;

/// The id of the Observation of a variant. Two spellings of one change have the same id.
pub(super) fn variant_id(key: &CapabilityKey, patient_id: &str, allele: &Allele, origin: Origin) -> String {
    let (start, deleted, inserted) = allele.trimmed();
    let (accession, start) = (allele.accession(), start.to_string());
    let parts = [patient_id, &accession, &start, deleted, inserted, origin.as_str()];
    format!("v.{patient_id}.{}", short(keyed_digest(key, "fhir-variant-id-1", &parts)))
}

/// The id of a patient's DiagnosticReport.
pub(super) fn report_id(patient_id: &str) -> String {
    format!("g.{patient_id}")
}

/// The id of the Patient in the id of a built resource. Absent for ids of resources that hospitals sent: these ids are random and contain
/// no dot.
#[must_use]
pub fn patient_of(kind: FhirType, id: &str) -> Option<&str> {
    match kind {
        FhirType::DiagnosticReport => id.strip_prefix("g."),
        FhirType::Observation => id.strip_prefix("v.")?.split_once('.').map(|(patient, _)| patient),
        FhirType::Patient | FhirType::Consent | FhirType::Specimen => None,
    }
}

fn short(mut digest: String) -> String {
    digest.truncate(DIGITS);
    digest
}
