//! Genomics Reporting 3.0.0 (STU3): variants, reports, and the operation find-subject-variants.

mod allele;
mod chromosome;
mod find_subject_variants;
mod report;
mod spdi;
mod variant;

pub use allele::{Allele, AlleleError, ChangeType};
pub use chromosome::{Assembly, Chromosome};
pub use find_subject_variants::{
    FIND_SUBJECT_VARIANTS, FindSubjectVariants, MAX_RANGES, Range, RangeAnswer, SourceClass, SubjectTarget, find_subject_variants_answer,
    find_subject_variants_definition, parse_find_subject_variants,
};
pub use report::{GenomicReport, ReportStatus};
pub use spdi::{ReferenceWindow, Spdi};
pub use variant::{AllelicState, Filtering, ReadDepth, VariantObservation};

use serde_json::{Value, json};

/// Canonical URL of the variant profile.
pub const VARIANT_PROFILE: &str = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/variant";

/// Canonical URL of the genomic-report profile.
pub const GENOMIC_REPORT_PROFILE: &str = "http://hl7.org/fhir/uv/genomics-reporting/StructureDefinition/genomic-report";

const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";
const HL7_LABORATORY: (&str, &str) = ("http://terminology.hl7.org/CodeSystem/observation-category", "laboratory");
const GENETICS: (&str, &str) = ("http://terminology.hl7.org/CodeSystem/v2-0074", "GE");
/// The JP Core 1.2.0 category (system and code) by which Japanese clients recognise a laboratory observation.
const JP_LABORATORY: (&str, &str) = (
    "http://jpfhir.jp/fhir/core/CodeSystem/JP_SimpleObservationCategory_CS",
    "laboratory",
);

/// Why a genomic resource of this module cannot be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum GenomicsError {
    /// The allele cannot be reported.
    #[error(transparent)]
    Allele(#[from] AlleleError),
    /// The VCF record did not pass its filters, so its allele must not be reported as present.
    #[error("the record did not pass its filters")]
    Filtered,
    /// An id is not a valid FHIR id.
    #[error("not an id")]
    NotAnId,
    /// A time is not a `dateTime` or `instant`.
    #[error("not a time")]
    NotATime,
    /// The read depth is impossible: the allele has more reads than there are reads in total, or there are no reads.
    #[error("the read depths contradict each other")]
    ReadDepth,
}

fn coding(system: &str, code: &str) -> Value {
    json!({"system": system, "code": code})
}

fn concept(system: &str, code: &str) -> Value {
    json!({"coding": [coding(system, code)]})
}

fn shown(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": display}]})
}
