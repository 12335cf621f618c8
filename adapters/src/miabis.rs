//! Reads MIABIS individual-level data (samples and their donors) from JSON or CSV.
//!
//! MIABIS fixes attributes and value lists, not a file format. This module reads the formats below, with the attributes in camelCase
//! (`donorId`, `sampleType`, `contentDiagnosis`):
//!
//! * JSON: an object with `samples`, `donors` and `events`, or a list of samples.
//! * CSV: `samples.csv`, with donors in `donors.csv` and events in `events.csv` beside it, or with the donor's attributes in columns
//!   `donor.sex`, `donor.birthDate`.
//! * A path may also be a folder that contains one of these.
//!
//! One unit is a donor with all of the donor's samples:
//!
//! * The donor is a record of kind `donor`. Each sample (`sample`) and event (`event`) is inside the donor, and each content diagnosis
//!   (`contentDiagnosis`) is inside its sample.
//! * A nested member is a field with its path as name (`anatomicalSite.code`). The second element of a list is `name(2)`.
//! * A sample comes after the sample from which it was made.
//!
//! Numbers are kept as received, so `1e5` and `100000` are two ids. The module `meaning` reads the members that can state that a sample or a
//! diagnosis is not what it seems to be.

mod csv;
mod elements;
mod json;
pub(crate) mod meaning;
mod unit;

#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::hl7v2::shown_name;
use crate::table::TableFault;
use crate::unit::{Identity, Met, Undecodable};

/// The maximum size of a file, in bytes.
pub const MAX_FILE_BYTES: u64 = 256 << 20;
/// The maximum memory for the elements of one file, in bytes. Without this limit, a crafted file of a few megabytes could use gigabytes.
pub const MAX_BUILT_BYTES: usize = 512 << 20;
/// The maximum size of one element (a sample, a donor or an event), in bytes.
pub const MAX_ELEMENT_BYTES: usize = 1 << 20;
/// The maximum length of the path of a member, in bytes.
pub const MAX_PATH_BYTES: usize = 256;
/// The maximum number of samples of one donor.
pub const MAX_SAMPLES: usize = 10_000;

/// Why a whole file is refused.
struct Refused {
    locator: String,
    reason_code: &'static str,
    detail: String,
}

impl Refused {
    fn new(path: &Path, reason_code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            locator: shown_name(path),
            reason_code,
            detail: detail.into(),
        }
    }

    fn table(path: &Path, fault: TableFault) -> Self {
        Self::new(path, fault.code(), fault.to_string())
    }
}

/// Reads a file of samples. For a folder, reads its `samples.json` or `samples.csv`.
///
/// * The whole file is refused as `too-large` if its elements would use more than [`MAX_BUILT_BYTES`] of memory.
/// * A single element is refused if it is not an object, is larger than a limit, has no id, or is a sample or an event without a donor
///   (`sample-without-donor`, `event-without-donor`). A sample is refused if it is of several donors or parents (`pooled-sample`), of an animal
///   (`not-human`), or has a mark that is not understood (`modifier-not-understood`); and so are the samples that were made of it.
/// * A donor and all of the donor's samples are refused for `donor-contradiction`, `unknown-donor`, `sample-id-twice`, `aliquot-cycle`,
///   `parent-of-another-donor`, `too-many-samples` or
///   `excluded-donor`. A donor that the bank deleted is a void unit.
pub fn read(path: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let elements = match find(path).and_then(|file| open(&file)) {
        Ok(elements) => elements,
        Err(Refused {
            locator,
            reason_code,
            detail,
        }) => {
            return give(Met::Undecodable(Undecodable {
                locator,
                reason_code,
                detail,
                identity: Identity::Place,
            }));
        }
    };
    unit::units(elements, give)
}

fn find(path: &Path) -> Result<PathBuf, Refused> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let there: Vec<PathBuf> = ["samples.json", "samples.csv"]
        .iter()
        .map(|name| path.join(name))
        .filter(|p| p.is_file())
        .collect();
    match &there[..] {
        [file] => Ok(file.clone()),
        [] => Err(Refused::new(
            path,
            "unreadable",
            "the folder has neither samples.json nor samples.csv",
        )),
        _ => Err(Refused::new(
            path,
            "ambiguous-folder",
            "the folder has both samples.json and samples.csv",
        )),
    }
}

fn open(file: &Path) -> Result<elements::Elements, Refused> {
    match file.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("csv") => csv::open(file),
        Some(_) | None => json::open(file),
    }
}
