//! SS-MIX2 standardized storage 1.2: a tree of HL7 v2 files, read whole.
//!
//! `<ID 1..3>/<ID 4..6>/<patient>/<care date or ->/<data type>/<file>`. A file is one message and, where it is current, one unit. Read are the data
//! types `ADT-00`, `PPR-01` (both snapshots, undated) and `OML-11`; files of others are [`Met::Ignored`] as `message:OMP-01`.
//!
//! # State
//! An update renames the old file's last part from `_1` to `_2` and writes a new `_1`; a deletion renames all to `_0` and writes a new `_0`. So
//! a unit's key is what no renaming changes: patient, care date, data type and order number, and of snapshots patient and data type. Its
//! version is the occurrence time in the file's name, and of the files of one key the latest `_1` or `_0` says the state: a unit, or a unit that
//! is `deleted`. All others are [`Met::Ignored`] as `history`. Where several of the latest contradict each other, each is
//! `ambiguous-current`.
//!
//! # Names
//! Paths of this tree name patients, so locators have places instead: `[1]/[4]/[1]/20260401/OML-11#3` is the third file by name in that folder
//! of the first patient in the fourth folder of the first one.

mod facility;
mod file;
mod name;
mod state;
mod tree;

use std::ops::ControlFlow;
use std::path::Path;

pub(crate) use facility::facilities;

use crate::decode::DecodeFault;
use crate::hl7v2;
use crate::unit::{Met, Undecodable};

/// The most entries of one folder.
pub const MAX_ENTRIES: usize = 200_000;

/// Reads a storage, or one HL7 file given by itself (then nothing is checked against its path: see [`hl7v2::read`]). The root itself may be a
/// link; nothing below it may.
///
/// Breaks off only where `give` says so.
pub fn read(root: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let fault = match std::fs::metadata(root) {
        Ok(metadata) if metadata.is_dir() => return tree::walk(root, give),
        Ok(metadata) if metadata.is_file() => return hl7v2::read(root, give),
        Ok(_) => DecodeFault::NotAFile,
        Err(_) => DecodeFault::Unreadable,
    };
    give(Met::Undecodable(Undecodable {
        locator: hl7v2::shown_name(root),
        reason_code: fault.code(),
        detail: fault.to_string(),
    }))
}
