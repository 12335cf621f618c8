//! Reads the file that determines the state of its key.

use std::path::Path;

use super::name::FileName;
use crate::hl7v2::{MessageKind, Taken, bytes_of, digest, key, plain, take};
use crate::unit::{Identity, LeftOutRule, Met, Repair, Undecodable, Unit, UnitAccount};

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
            account: account_of_deletion(&bytes, name),
        }),
        Err(fault) => refused_of(key_of(place, name), locator, fault.code(), fault.to_string()),
    }
}

/// The account of a file that declares its unit void. The content is left out as a whole. Only the repairs of the bytes are counted.
fn account_of_deletion(bytes: &[u8], name: &FileName) -> UnitAccount {
    let mut account = UnitAccount::default();
    account.leave_out(LeftOutRule::DeletedUnit, "the content of the file");
    for repair in plain(bytes).map(|plain| plain.repairs).unwrap_or_default() {
        account.repair(repair);
    }
    if name.has_extension {
        account.repair(Repair::FileExtension);
    }
    account
}

/// Reads the current file of a key.
pub(super) fn current(path: &Path, locator: String, place: &Place<'_>, name: &FileName) -> Met {
    let bytes = match bytes_of(path) {
        Ok(bytes) => bytes,
        Err(fault) => return refused_of(key_of(place, name), locator, fault.code(), fault.to_string()),
    };
    let mut message = match take(&bytes) {
        Err(fault) => return refused_of(key_of(place, name), locator, fault.code(), fault.to_string()),
        Ok(Taken::Message(message)) if message.kind.data_type() == place.data_type => message,
        Ok(Taken::Message(_) | Taken::Other(_)) => {
            let detail = format!("MSH-9 is not a message of {}", place.data_type);
            return refused_of(key_of(place, name), locator, "message-type-mismatch", detail);
        }
    };
    if message.identity.patient != place.patient {
        let detail = "PID-3.1 is not the patient number of the path".to_owned();
        return refused_of(key_of(place, name), locator, "path-patient-mismatch", detail);
    }
    if name.has_extension {
        message.account.repair(Repair::FileExtension);
    }
    Met::Unit(Unit {
        locator,
        key: key_of(place, name),
        version: name.time.clone(),
        sha256: digest(&bytes),
        records: message.records,
        deleted: message.kind == MessageKind::PatientDelete,
        encoding: message.encoding,
        account: message.account,
    })
}

impl Place<'_> {
    /// The order number, as far as it is a part of the key of a file. The guideline gives each patient one file of problems with a fixed number. Some
    /// systems write several files of problems with numbers of their own, which are all current, so each of them is a unit.
    pub(super) fn order<'n>(&self, name: &'n FileName) -> &'n str {
        let number = name.order.as_str();
        let is_fixed = || ["9", "0", "-"].iter().any(|mark| number.trim_start_matches(mark).is_empty());
        match self.data_type {
            "PPR-01" if is_fixed() => "",
            _ if self.snapshot && self.data_type != "PPR-01" => "",
            _ => number,
        }
    }
}

fn key_of(place: &Place<'_>, name: &FileName) -> String {
    match (place.snapshot, place.order(name)) {
        (true, "") => key(&[place.patient, place.data_type]),
        (true, order) => key(&[place.patient, place.data_type, order]),
        (false, order) => key(&[place.patient, place.care_date, place.data_type, order]),
    }
}

/// A refused file of which the path does not state a unit.
pub(super) fn undecodable(locator: String, reason_code: &'static str, detail: String) -> Met {
    refused(locator, reason_code, detail, Identity::Place)
}

/// A refused file. Its path states the key of its unit, so the corrected file is the same unit.
fn refused_of(key: String, locator: String, reason_code: &'static str, detail: String) -> Met {
    refused(locator, reason_code, detail, Identity::Key(key))
}

fn refused(locator: String, reason_code: &'static str, detail: String, identity: Identity) -> Met {
    Met::Undecodable(Undecodable {
        locator,
        reason_code,
        detail,
        identity,
    })
}
