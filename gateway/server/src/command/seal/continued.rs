//! The note in the folder of a ledger tail that was used: its history continues elsewhere.
//!
//! After a restore, the history continues in another folder. The tail that was used stays valid in itself, but a later restore would lack every event
//! after it. Nothing in the tail can show this, so the note does.

use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use gemj_model::Timestamp;

use crate::command_error::CommandError;

/// The name of the note.
const NOTE: &str = "ledger.continued";

/// The text of the note in a folder. Absent without a note. The text of a note that cannot be read is empty.
pub(crate) fn note_in(folder: &Path) -> Option<String> {
    match std::fs::read_to_string(folder.join(NOTE)) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        note => Some(note.unwrap_or_default().trim().to_owned()),
    }
}

/// Fails if the history of the tail in a folder continues elsewhere.
pub(super) fn refuse(folder: &Path) -> anyhow::Result<()> {
    let Some(note) = note_in(folder) else { return Ok(()) };
    let folder = folder.display().to_string();
    Err(CommandError::TailUsed { folder, note }.into())
}

/// Writes the note. If the folder cannot be written, the operator must keep the folder apart.
pub(super) fn note(folder: &Path, now: Timestamp, own: Option<&Path>) {
    let place = own.map_or_else(
        || "no folder (audit.checkpoint_dir is not configured)".to_owned(),
        |own| own.display().to_string(),
    );
    let text = format!("continued since {} in {place}\n", now.rfc3339());
    let mut options = std::fs::File::options();
    let opened = options.write(true).create_new(true).mode(0o600).open(folder.join(NOTE));
    let written = opened.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    match written {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => eprintln!(
            "{}: cannot be written ({}), so it cannot be marked as used. Do not use this ledger tail again: it lacks every later withdrawal",
            folder.display(),
            error.kind()
        ),
        _ => {}
    }
}
