//! Reads the file that determines the state of its key.

use std::path::Path;

use super::name::FileName;
use crate::hl7v2::{MessageKind, Taken, bytes_of, digest, key, plain, take};
use crate::unit::{LeftOutRule, Met, Undecodable, Unit, UnitAccount};

/// The place of a file in the storage: its patient, care date and data type.
pub(super) struct Place<'p> {
    pub(super) patient: &'p str,
    pub(super) care_date: &'p str,
    pub(super) data_type: &'p str,
    /// Whether each file of this data type contains the complete data of the type for the patient.
    pub(super) snapshot: bool,
}

/// Reads a file that declares its unit void (deleted). The content is used only for the digest and is not parsed, so that a fault in the
/// content cannot block a deletion.
pub(super) fn deletion(path: &Path, locator: String, place: &Place<'_>, name: &FileName) -> Met {
    match bytes_of(path) {
        Ok(bytes) => Met::Unit(Unit {
            locator,
            key: key_of(place, name),
            version: name.time.clone(),
            sha256: digest(&bytes),
            records: Vec::new(),
            deleted: true,
            encoding: "",
            account: account_of_deletion(&bytes),
        }),
        Err(fault) => undecodable(locator, fault.code(), fault.to_string()),
    }
}

/// The account of a file that declares its unit void. The content is left out as a whole. Only the repairs of the bytes are counted.
fn account_of_deletion(bytes: &[u8]) -> UnitAccount {
    let mut account = UnitAccount::default();
    account.leave_out(LeftOutRule::DeletedUnit, "the content of the file");
    for repair in plain(bytes).map(|plain| plain.repairs).unwrap_or_default() {
        account.repair(repair);
    }
    account
}

/// Reads the current file of a key.
pub(super) fn current(path: &Path, locator: String, place: &Place<'_>, name: &FileName) -> Met {
    let bytes = match bytes_of(path) {
        Ok(bytes) => bytes,
        Err(fault) => return undecodable(locator, fault.code(), fault.to_string()),
    };
    let (kind, identity, records, encoding, account) = match take(&bytes) {
        Err(fault) => return undecodable(locator, fault.code(), fault.to_string()),
        Ok(Taken::Message {
            kind,
            identity,
            records,
            encoding,
            account,
        }) if kind.data_type() == place.data_type => (kind, identity, records, encoding, account),
        Ok(Taken::Message { .. } | Taken::Other(_)) => {
            let detail = format!("MSH-9 is not a message of {}", place.data_type);
            return undecodable(locator, "message-type-mismatch", detail);
        }
    };
    if identity.patient != place.patient {
        let detail = "PID-3.1 is not the patient number of the path".to_owned();
        return undecodable(locator, "path-patient-mismatch", detail);
    }
    Met::Unit(Unit {
        locator,
        key: key_of(place, name),
        version: name.time.clone(),
        sha256: digest(&bytes),
        records,
        deleted: kind == MessageKind::PatientDelete,
        encoding,
        account,
    })
}

fn key_of(place: &Place<'_>, name: &FileName) -> String {
    if place.snapshot {
        key(&[place.patient, place.data_type])
    } else {
        key(&[place.patient, place.care_date, place.data_type, &name.order])
    }
}

pub(super) fn undecodable(locator: String, reason_code: &'static str, detail: String) -> Met {
    Met::Undecodable(Undecodable {
        locator,
        reason_code,
        detail,
    })
}
