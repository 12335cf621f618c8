//! Writes copies of the feeds of the first cases in which some units are broken intentionally, each in one way. The other units are valid.

mod miabis;
mod odm;
mod redcap;
mod ss_mix2;

use std::path::{Path, PathBuf};

use super::case::InstitutionCase;
use super::{csv_row, place};
use crate::error::DemoError;

/// Number of cases in the copies.
pub(super) const COPIED: usize = 10;

/// The broken copies. Their numbers are those of the linkage of the complete feeds.
#[derive(Clone, Debug)]
pub struct BrokenFeeds {
    /// `feed,unit hint,reason`: each broken unit, its place, and its fault in words.
    pub expected: PathBuf,
    /// Root folder of the storage.
    pub ss_mix2: PathBuf,
    /// ODM snapshot with broken subjects.
    pub odm: PathBuf,
    /// ODM snapshot without its end.
    pub odm_truncated: PathBuf,
    /// REDCap's flat export with broken records.
    pub redcap_records: PathBuf,
    /// Its data dictionary.
    pub redcap_dictionary: PathBuf,
    /// A flat export of the same project without the column of the diagnosis codes.
    pub redcap_column_missing: PathBuf,
    /// MIABIS as JSON with broken donors and samples.
    pub miabis: PathBuf,
}

/// A broken unit.
struct Expected {
    /// The feed's folder in `broken`.
    feed: &'static str,
    /// The file, and a text that identifies the unit in the file.
    hint: String,
    /// The fault.
    reason: &'static str,
}

/// Writes the copies into `root`.
pub(super) fn write(cases: &[InstitutionCase], root: &Path) -> Result<BrokenFeeds, DemoError> {
    // Checked once here: the copies index this array by number.
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
