//! Reads an SS-MIX2 standardized storage 1.2: a tree of HL7 v2 files, read as a whole. Its transaction storage gives the changes since then.
//!
//! The path of a file is `<ID 1..3>/<ID 4..6>/<patient>/<care date or ->/<data type>/<file>`. A file is one message, and a current file is one
//! unit. The module reads the data types `ADT-00` and `PPR-01` (both snapshots, undated) and `OML-11`. Files of other data types are reported
//! as [`Met::Ignored`] with the text `message:OMP-01`.
//!
//! # State
//! An update renames the old file, so that its name ends in `_2` instead of `_1`, and writes a new `_1`. A deletion renames all files to `_0`
//! and writes a new `_0`. Therefore:
//!
//! * A unit's key consists of the parts that no renaming changes: patient, care date, data type and order number. For snapshots, the key is
//!   patient and data type.
//! * A unit's version is the occurrence time in the file's name.
//! * Of the files with one key, the latest `_1` or `_0` determines the state: a current unit, or a unit that is `deleted`. All other files are
//!   reported as [`Met::Ignored`] with the text `history`.
//! * If several of the latest files contradict each other, each is `ambiguous-current`.
//!
//! # Names
//! Paths of this tree contain patients' numbers, so locators contain positions instead. An example is `[1]/[4]/[1]/20260401/OML-11#3`: the
//! third file by name in its folder, which belongs to the first patient in the fourth folder of the first folder.

mod facility;
mod file;
mod loose;
mod name;
mod state;
mod transaction;
mod tree;

use std::ops::ControlFlow;
use std::path::Path;

pub(crate) use facility::facilities;
pub(crate) use loose::loose_messages;
pub use transaction::MAX_TRANSACTION_FILE_BYTES;

use crate::decode::DecodeFault;
use crate::hl7v2;
use crate::unit::{Identity, Met, Undecodable};

/// The maximum number of entries of one folder.
pub const MAX_ENTRIES: usize = 200_000;

/// Whether a path is one HL7 file that is read as a single message, and neither a storage nor a file of transactions.
pub(crate) fn is_message(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) && transaction::transaction_files(path).is_none()
}

/// Reads a standardized storage, or a transaction storage. The root may be a symbolic link, but links below the root are refused. If `root` is one HL7
/// file, or a folder of HL7 files that is no storage, the content is not checked against the path: see [`hl7v2::read`].
///
/// The function stops early only if `give` returns [`ControlFlow::Break`].
pub fn read(root: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    if let Some(files) = transaction::transaction_files(root) {
        return transaction::read(root, &files, give);
    }
    if let Some(loose) = loose_messages(root) {
        loose.left().try_for_each(&mut *give)?;
        let mut files = loose.files.iter().enumerate();
        return files.try_for_each(|(at, file)| hl7v2::read_named(file, &locator_of_loose(at), give));
    }
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
        identity: Identity::Place,
    }))
}

/// The place of a file in a folder of messages. The names of such files can contain patients' numbers.
pub(crate) fn locator_of_loose(at: usize) -> String {
    format!("[{}]", at + 1)
}
