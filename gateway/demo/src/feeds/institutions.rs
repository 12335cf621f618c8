//! Writes four feeds of institutions about the same twenty cases: a hospital's SS-MIX2 storage, a study's ODM and REDCap exports, and a
//! biobank's MIABIS. Each feed has its own patient numbers, in its own order; `linkage.csv` maps the numbers to participants. Intentionally
//! broken copies are written next to the feeds.

mod broken;
mod case;
mod code_tables;
mod linkage;
mod miabis;
mod odm;
mod plan;
mod redcap;
mod ss_mix2;

use std::path::{Path, PathBuf};

use super::{make_folder, put};
use crate::error::DemoError;
use crate::programme::Programme;

pub use broken::BrokenFeeds;
pub use case::{CaseDiagnosis, CaseFeature, CaseLab, CaseSpecimen, Identity, InstitutionCase, LocalNumbers, SpecimenKind};
pub use linkage::{BIOBANK, EDC, HOSPITAL, REDCAP};
pub use plan::CASES;

/// The paths of the written institution feeds, and the cases that the feeds contain.
#[derive(Clone, Debug)]
pub struct InstitutionFeeds {
    /// The cases, in the order of the programme's participants.
    pub cases: Vec<InstitutionCase>,
    /// The sheet that maps patient numbers to participants: `site,namespace,number,participant`.
    pub linkage: PathBuf,
    /// The root folder of the hospital's SS-MIX2 standardised storage.
    pub ss_mix2: PathBuf,
    /// The file of the study's ODM snapshot.
    pub odm: PathBuf,
    /// The file of REDCap's flat export.
    pub redcap_records: PathBuf,
    /// The file of REDCap's data dictionary.
    pub redcap_dictionary: PathBuf,
    /// The biobank's MIABIS as one JSON file.
    pub miabis: PathBuf,
    /// The folder with the biobank's MIABIS as `donors.csv` and `samples.csv`.
    pub miabis_csv: PathBuf,
    /// The intentionally broken copies of the feeds.
    pub broken: BrokenFeeds,
}

/// The cases of the institution feeds, computed from the programme's plan.
///
/// # Errors
/// The plan has too few suitable participants.
pub fn cases(programme: &Programme) -> Result<Vec<InstitutionCase>, DemoError> {
    plan::plan(programme)
}

/// Writes the institution feeds into `root`.
///
/// # Errors
/// A file cannot be written, or the plan does not fit a format.
pub fn write(programme: &Programme, root: &Path) -> Result<InstitutionFeeds, DemoError> {
    let cases = cases(programme)?;
    let feeds = InstitutionFeeds {
        linkage: root.join("linkage.csv"),
        ss_mix2: root.join("ss-mix2"),
        odm: root.join("odm/subjects.xml"),
        redcap_records: root.join("redcap/records.csv"),
        redcap_dictionary: root.join("redcap/data_dictionary.csv"),
        miabis: root.join("miabis/specimens.json"),
        miabis_csv: root.join("miabis-csv"),
        broken: broken::write(&cases, &root.join("broken"))?,
        cases,
    };
    let cases = &feeds.cases;
    place(&feeds.linkage, linkage::encode(cases).as_bytes())?;
    for (at, case) in cases.iter().enumerate() {
        for file in ss_mix2::files(at, case) {
            place(&feeds.ss_mix2.join(&file.path), &ss_mix2::encode(&file.text)?)?;
        }
    }
    place(&feeds.odm, odm::encode(&odm::subjects(cases)).as_bytes())?;
    place(&feeds.redcap_records, redcap::encode(&redcap::rows(cases), &[]).as_bytes())?;
    place(&feeds.redcap_dictionary, redcap::dictionary().as_bytes())?;
    let bank = miabis::bank(cases);
    place(&feeds.miabis, &miabis::encode(&bank)?)?;
    place(&feeds.miabis_csv.join("donors.csv"), miabis::donors_csv(&bank).as_bytes())?;
    place(&feeds.miabis_csv.join("samples.csv"), miabis::samples_csv(&bank).as_bytes())?;
    Ok(feeds)
}

/// Writes a file. The folder of the file is created if it is absent.
fn place(path: &Path, bytes: &[u8]) -> Result<(), DemoError> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    put(path, bytes)
}

/// A line of CSV (RFC 4180, except for the line ending).
fn csv_row(cells: &[String]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| {
            if cell.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        })
        .collect();
    format!("{}\n", cells.join(","))
}
