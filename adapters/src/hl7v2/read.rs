//! Reads a file that contains HL7 messages.

use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::batch::messages_of;
use super::results::results;
use super::{Hl7Fault, MAX_MESSAGE_BYTES, MessageKind, Taken, key, take};
use crate::decode::DecodeFault;
use crate::regular_file::open_regular;
use crate::unit::{Identity, LeftOutRule, Met, Undecodable, Unit};

/// Reads a file that contains one message, or a batch of messages. The file may have any name.
///
/// The unit's key consists of PID-3.1 and the data type, and its version is MSH-7. Each result of a message with results is a unit of its own, because
/// an order can be reported in several messages ([`super::results`]). A message of a kind that is not read is reported as [`Met::Ignored`] with its
/// kind (`message:ADT^A01`).
pub fn read(file: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    read_named(file, &shown_name(file), give)
}

/// Reads a file as [`read`] does. `locator` names the file in reports.
pub(crate) fn read_named(file: &Path, locator: &str, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    match messages_of(file, locator) {
        Ok(file) => {
            file.messages().try_for_each(|(bytes, locator)| read_bytes(bytes, locator, give))?;
            file.beside.into_iter().try_for_each(give)
        }
        Err(fault) => give(Met::Undecodable(Undecodable {
            locator: locator.to_owned(),
            reason_code: fault.code(),
            detail: fault.to_string(),
            identity: Identity::Place,
        })),
    }
}

/// Reads one message from its bytes, as [`read`] reads a file. `locator` names the message in reports and must not contain personal data.
pub fn read_bytes(bytes: &[u8], locator: &str, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let undecodable = |fault: Hl7Fault| {
        Met::Undecodable(Undecodable {
            locator: locator.to_owned(),
            reason_code: fault.code(),
            detail: fault.to_string(),
            identity: Identity::Content(digest(bytes)),
        })
    };
    let message = match take(bytes) {
        Err(fault) => return give(undecodable(fault)),
        Ok(Taken::Other(kind)) => return give(Met::Ignored(format!("message:{kind}"))),
        Ok(Taken::Message(message)) => message,
    };
    // A message without a time could replace a newer message.
    if message.identity.time.is_empty() {
        return give(undecodable(Hl7Fault::NoTime));
    }
    let (kind, identity) = (message.kind, &message.identity);
    // One digest for all results: a digest of the message for each of them would take a time that grows with the square of their number.
    let sha256 = digest(bytes);
    let unit = |key: String, records, deleted, account| Unit {
        locator: locator.to_owned(),
        key,
        version: identity.time.clone(),
        sha256: sha256.clone(),
        records,
        deleted,
        encoding: message.encoding,
        account,
    };
    if kind.is_snapshot() {
        let key = key(&[&identity.patient, kind.data_type()]);
        let is_deleted = kind == MessageKind::PatientDelete;
        return give(Met::Unit(unit(key, message.records, is_deleted, message.account)));
    }
    match results(&message.records, &message.void, kind, identity) {
        Ok(results) => {
            // What was left out of the message is counted once.
            let mut account = Some(message.account);
            for result in results {
                let account = account.take().unwrap_or_default();
                give(Met::Unit(unit(result.key, result.records, result.deleted, account)))?;
            }
            ControlFlow::Continue(())
        }
        // A message about specimens that are not the patient's is read completely.
        Err(_) if message.account.left_out.contains_key(&LeftOutRule::NotOfThePatient) => {
            for (rule, names) in message.account.left_out {
                for (name, count) in names {
                    (0..count).try_for_each(|_| give(Met::LeftOut(rule, name.clone())))?;
                }
            }
            ControlFlow::Continue(())
        }
        Err(fault) => give(undecodable(fault)),
    }
}

/// The bytes of a message file; an error if the file is larger than [`MAX_MESSAGE_BYTES`].
pub(crate) fn bytes_of(file: &Path) -> Result<Vec<u8>, DecodeFault> {
    let metadata = std::fs::metadata(file).map_err(|_| DecodeFault::Unreadable)?;
    if !metadata.is_file() {
        return Err(DecodeFault::NotAFile);
    }
    let mut bytes = Vec::new();
    let limit = MAX_MESSAGE_BYTES as u64;
    let file = open_regular(file).map_err(|_| DecodeFault::Unreadable)?;
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|_| DecodeFault::Unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(DecodeFault::TooLarge);
    }
    Ok(bytes)
}

/// The SHA-256 of the bytes, in lower-case hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The last component of a path that the operator named, with control characters replaced.
pub(crate) fn shown_name(file: &Path) -> String {
    let name = file.file_name().map_or_else(|| ".".into(), |name| name.to_string_lossy());
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}
