//! Writes the sheet `linkage.csv`, which maps the institutions' patient numbers to participants.

use std::fmt::Write;

use super::case::InstitutionCase;

/// The namespace of the hospital numbers.
pub const HOSPITAL: &str = "hospital-a";

/// The namespace of the subject keys of the study's ODM.
pub const EDC: &str = "gemj-edc";

/// The namespace of the record ids of the study's REDCap project.
pub const REDCAP: &str = "gemj-redcap";

/// The namespace of the biobank's donor ids.
pub const BIOBANK: &str = "biobank-a";

/// The text of the linkage sheet: four rows for each case, in order of namespace and number. No field needs quoting.
pub(super) fn encode(cases: &[InstitutionCase]) -> String {
    let mut rows: Vec<(&str, String, &str)> = cases
        .iter()
        .flat_map(|case| {
            let numbers = &case.numbers;
            [
                (HOSPITAL, numbers.hospital.clone()),
                (EDC, numbers.edc.clone()),
                (REDCAP, numbers.redcap.to_string()),
                (BIOBANK, numbers.biobank.clone()),
            ]
            .map(|(namespace, number)| (namespace, number, case.participant.as_str()))
        })
        .collect();
    rows.sort();
    let mut text = String::from("namespace,number,participant\n");
    for (namespace, number, participant) in rows {
        let _ = writeln!(text, "{namespace},{number},{participant}");
    }
    text
}
