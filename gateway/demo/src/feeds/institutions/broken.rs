//! Writes copies of the feeds of the first cases. Some units in the copies are broken intentionally, each in one way. The other units are
//! valid.

mod miabis;
mod odm;
mod redcap;
mod ss_mix2;

use std::path::{Path, PathBuf};

use super::case::InstitutionCase;
use super::{csv_row, place};
use crate::error::DemoError;

/// The number of cases in the broken copies.
pub(super) const COPIED: usize = 10;

/// The paths of the broken copies. Their patient numbers are in the linkage sheet of the complete feeds.
#[derive(Clone, Debug)]
pub struct BrokenFeeds {
    /// The sheet `feed,unit hint,reason` of the expected faults: each broken unit, its place, and its fault as text.
    pub expected: PathBuf,
    /// The root folder of the SS-MIX2 storage with broken messages.
    pub ss_mix2: PathBuf,
    /// The ODM snapshot with broken subjects.
    pub odm: PathBuf,
    /// The ODM snapshot without its end.
    pub odm_truncated: PathBuf,
    /// REDCap's flat export with broken records.
    pub redcap_records: PathBuf,
    /// The data dictionary of the REDCap project.
    pub redcap_dictionary: PathBuf,
    /// A flat export of the same REDCap project without the column of the diagnosis codes.
    pub redcap_column_missing: PathBuf,
    /// The MIABIS JSON file with broken donors and samples.
    pub miabis: PathBuf,
}

/// One row of the sheet of expected faults: a broken unit.
struct Expected {
    /// The name of the feed's folder below `broken`.
    feed: &'static str,
    /// The file of the broken unit, and a text that identifies the unit in the file.
    hint: String,
    /// The fault of the unit.
    reason: &'static str,
}

/// Writes the broken copies of the feeds into `root`.
pub(super) fn write(cases: &[InstitutionCase], root: &Path) -> Result<BrokenFeeds, DemoError> {
    // The number of cases is checked once here, because the functions for the copies index this array by number.
    let cases: &[InstitutionCase; COPIED] = cases.first_chunk().ok_or(DemoError::Plan { what: "number of cases" })?;
    let feeds = BrokenFeeds {
        expected: root.join("expected.csv"),
        ss_mix2: root.join("ss-mix2"),
        odm: root.join("odm/subjects.xml"),
        odm_truncated: root.join("odm/truncated.xml"),
        redcap_records: root.join("redcap/records.csv"),
        redcap_dictionary: root.join("redcap/data_dictionary.csv"),
        redcap_column_missing: root.join("redcap/records_column_missing.csv"),
        miabis: root.join("miabis/specimens.json"),
    };
    let mut expected = Vec::new();
    for (path, bytes) in ss_mix2::files(cases, &mut expected)? {
        place(&feeds.ss_mix2.join(path), &bytes)?;
    }
    place(&feeds.odm, odm::subjects(cases, &mut expected).as_bytes())?;
    place(&feeds.odm_truncated, odm::truncated(cases, &mut expected).as_bytes())?;
    place(&feeds.redcap_records, redcap::records(cases, &mut expected).as_bytes())?;
    place(&feeds.redcap_dictionary, super::redcap::dictionary().as_bytes())?;
    place(
        &feeds.redcap_column_missing,
        redcap::column_missing(cases, &mut expected).as_bytes(),
    )?;
    place(&feeds.miabis, &miabis::bank(cases, &mut expected)?)?;
    let mut text = csv_row(&["feed", "unit hint", "reason"].map(str::to_owned));
    for row in expected {
        text.push_str(&csv_row(&[row.feed.to_owned(), row.hint, row.reason.to_owned()]));
    }
    place(&feeds.expected, text.as_bytes())?;
    Ok(feeds)
}
