//! Writes the sheet `linkage.csv`, which maps the institutions' patient numbers to participants.

use std::fmt::Write;

use super::case::InstitutionCase;

/// The hospital of the institution cases, and the namespace of its patient numbers.
pub const HOSPITAL: &str = "hospital-a";

/// The hospital's namespace of the subject keys of the study's ODM.
pub const EDC: &str = "gemj-edc";

/// The hospital's namespace of the record ids of the study's REDCap project.
pub const REDCAP: &str = "gemj-redcap";

/// The biobank, and the namespace of its donor ids.
pub const BIOBANK: &str = "biobank-a";

/// The text of the linkage sheet: four rows for each case, in order of site, namespace and number. No field needs quoting.
pub(super) fn encode(cases: &[InstitutionCase]) -> String {
    let mut rows: Vec<(&str, &str, String, &str)> = cases
        .iter()
        .flat_map(|case| {
            let numbers = &case.numbers;
            [
                (HOSPITAL, HOSPITAL, numbers.hospital.clone()),
                (HOSPITAL, EDC, numbers.edc.clone()),
                (HOSPITAL, REDCAP, numbers.redcap.to_string()),
                (BIOBANK, BIOBANK, numbers.biobank.clone()),
            ]
            .map(|(site, namespace, number)| (site, namespace, number, case.participant.as_str()))
        })
        .collect();
    rows.sort();
    let mut text = String::from("site,namespace,number,participant\n");
    for (site, namespace, number, participant) in rows {
        let _ = writeln!(text, "{site},{namespace},{number},{participant}");
    }
    text
}
