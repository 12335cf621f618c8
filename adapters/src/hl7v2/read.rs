//! Reads a file that contains an HL7 message.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{MAX_MESSAGE_BYTES, MessageKind, Taken, key, take};
use crate::decode::DecodeFault;
use crate::unit::{Met, Undecodable, Unit};

/// Reads a file that contains one message. The file may have any name.
///
/// The unit's key consists of PID-3.1 and the data type, and for test results also of the number of the order. The unit's version is MSH-7. A
/// message of a kind that is not read is reported as [`Met::Ignored`] with its kind (`message:ADT^A01`).
pub fn read(file: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let locator = shown_name(file);
    let undecodable = |reason_code: &'static str, detail: String| {
        Met::Undecodable(Undecodable {
            locator: locator.clone(),
            reason_code,
            detail,
        })
    };
    let bytes = match bytes_of(file) {
        Ok(bytes) => bytes,
        Err(fault) => return give(undecodable(fault.code(), fault.to_string())),
    };
    let met = match take(&bytes) {
        Err(fault) => undecodable(fault.code(), fault.to_string()),
        Ok(Taken::Other(kind)) => Met::Ignored(format!("message:{kind}")),
        Ok(Taken::Message {
            kind,
            identity,
            records,
            encoding,
            account,
        }) => Met::Unit(Unit {
            locator: locator.clone(),
            key: if kind.is_snapshot() {
                key(&[&identity.patient, kind.data_type()])
            } else {
                key(&[&identity.patient, "", kind.data_type(), &identity.order])
            },
            version: identity.time,
            sha256: digest(&bytes),
            records,
            deleted: kind == MessageKind::PatientDelete,
            encoding,
            account,
        }),
    };
    give(met)
}

/// The bytes of a message file; an error if the file is larger than [`MAX_MESSAGE_BYTES`].
pub(crate) fn bytes_of(file: &Path) -> Result<Vec<u8>, DecodeFault> {
    let metadata = std::fs::metadata(file).map_err(|_| DecodeFault::Unreadable)?;
    if !metadata.is_file() {
        return Err(DecodeFault::NotAFile);
    }
    let mut bytes = Vec::new();
    let limit = MAX_MESSAGE_BYTES as u64;
    let file = File::open(file).map_err(|_| DecodeFault::Unreadable)?;
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
