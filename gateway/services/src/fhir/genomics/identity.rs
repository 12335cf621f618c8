//! Ids of what is made anew at each read: the same finding of the same patient has the same one, and they tell nothing.

use gemj_access::CapabilityKey;
use gemj_model::Origin;
use hl7_fhir::genomics::Allele;

use crate::linkage::keyed_digest;

/// Hex digits of an id: 96 bits.
const DIGITS: usize = 24;

/// The id of a Variant. Two spellings of one change have one.
pub(super) fn variant_id(key: &CapabilityKey, patient_id: &str, allele: &Allele, origin: Origin) -> String {
    let (start, deleted, inserted) = allele.trimmed();
    let (accession, start) = (allele.accession(), start.to_string());
    let parts = [patient_id, &accession, &start, deleted, inserted, origin.as_str()];
    format!("v.{}", short(keyed_digest(key, "fhir-variant-id-1", &parts)))
}

/// The id of a patient's report.
pub(super) fn report_id(key: &CapabilityKey, patient_id: &str) -> String {
    format!("g.{}", short(keyed_digest(key, "fhir-genomic-report-id-1", &[patient_id])))
}

fn short(mut digest: String) -> String {
    digest.truncate(DIGITS);
    digest
}
