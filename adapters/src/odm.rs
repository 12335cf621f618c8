//! CDISC ODM 1.3 snapshots (1.3.0 to 1.3.2), read as a stream.
//!
//! A unit is one `SubjectData`. Its key is StudyOID and SubjectKey; its version is the file's CreationDateTime, in universal time where it
//! says its offset and as it stands where it does not; its digest is over the bytes from `<SubjectData` to its end as received (over the
//! UTF-8 text of them where the file had another encoding).
//!
//! # Names
//! Records are `SubjectData`, `StudyEventData:<OID>`, `FormData:<OID>` and `ItemGroupData:<OID>`, each in the one around it. Their keys are fields:
//! `@StudyOID`, `@MetaDataVersionOID` and `@SubjectKey`, `@StudyEventRepeatKey`, `@FormRepeatKey`, `@ItemGroupRepeatKey`. An item's value is a field
//! of its group by its ItemOID, from `ItemData/@Value` or from a typed element (`ItemDataFloat`, …); `IsNull="Yes"` is
//! [`crate::unit::Field::Null`]; the unit of measurement is `<ItemOID>@MeasurementUnitOID`. A coded value stays the code.
//!
//! # Not read
//! Transactional files are refused whole. Audit records, signatures, annotations, references to sites and investigators, administrative and
//! reference data are counted by element ([`crate::unit::Met::Ignored`], `element:AuditRecord`), vendors' namespaces once each by name
//! (`namespace:…`).

mod definitions;
mod document;
mod element;
mod events;
mod fault;
mod source;
mod subject;
mod tap;

use std::ops::ControlFlow;
use std::path::Path;

use crate::hl7v2::shown_name;
use crate::unit::{Met, Undecodable};

/// The most bytes of one subject.
pub const MAX_SUBJECT_BYTES: usize = 64 << 20;
/// The most bytes of one tag, text or comment.
pub const MAX_EVENT_BYTES: usize = 4 << 20;
/// The most bytes of a file that is in another encoding than UTF-8 and is therefore read whole.
pub const MAX_RECODED_BYTES: u64 = 256 << 20;
/// How deep elements may be nested.
pub const MAX_DEPTH: usize = 64;
/// The most attributes of an element.
pub const MAX_ATTRIBUTES: usize = 256;
/// The most records of one subject.
pub const MAX_RECORDS: usize = 200_000;
/// The most values of one subject.
pub const MAX_VALUES: usize = 1_000_000;
/// The most definitions (items, code lists, coded values) of a file.
pub const MAX_DEFINITIONS: usize = 2_000_000;
/// The most bytes of the definitions' attributes together.
pub const MAX_DEFINITION_BYTES: usize = 256 << 20;
/// The most namespaces that are counted by name.
pub const MAX_NAMESPACES: usize = 64;

/// Reads a file.
///
/// What comes before a place where the file cannot be read any further is given; the rest is one [`Met::Undecodable`].
pub fn read(file: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let name = shown_name(file);
    match source::open(file) {
        Ok(source) => document::read(source, &name, give),
        Err(fault) => give(Met::Undecodable(Undecodable {
            locator: name,
            reason_code: fault.code,
            detail: fault.detail,
        })),
    }
}
