//! Converts an `allelicState` to a zygosity.

use gemj_model::Zygosity;

/// The zygosity that a GENO or LOINC term means. `None` for every other term. The known terms are:
///
/// * GENO: 0000135 heterozygous (0000458 simple, 0000402 compound), 0000136 homozygous, 0000134 hemizygous (0000604 X-linked, 0000605
///   Y-linked, 0000606 insertion-linked), 0000602 homoplasmic, 0000603 heteroplasmic, 0000137 unspecified.
/// * LOINC answers: LA6703-8 to LA6707-9.
///
/// An unspecified zygosity means at least one copy, which is the meaning of [`Zygosity::Heterozygous`] in the model.
pub(super) fn zygosity(term: &str) -> Option<Zygosity> {
    match term {
        "GENO:0000135" | "GENO:0000458" | "GENO:0000402" | "GENO:0000603" | "GENO:0000137" => Some(Zygosity::Heterozygous),
        "GENO:0000136" | "GENO:0000602" => Some(Zygosity::Homozygous),
        "GENO:0000134" | "GENO:0000604" | "GENO:0000605" | "GENO:0000606" => Some(Zygosity::Hemizygous),
        "LOINC:LA6703-8" | "LOINC:LA6706-1" => Some(Zygosity::Heterozygous),
        "LOINC:LA6704-6" | "LOINC:LA6705-3" => Some(Zygosity::Homozygous),
        "LOINC:LA6707-9" => Some(Zygosity::Hemizygous),
        _ => None,
    }
}
