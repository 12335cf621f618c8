//! Reads CDISC ODM 1.3 snapshots (1.3.0 to 1.3.2) as a stream.
//!
//! A unit is one `SubjectData` element:
//!
//! * The unit's key is StudyOID and SubjectKey.
//! * The unit's version is the file's CreationDateTime: in universal time if the text has an offset, else as written.
//! * The unit's digest covers the bytes from `<SubjectData` to the end of the element, as received. If the file has an encoding other than
//!   UTF-8, the digest covers the UTF-8 text of these bytes.
//!
//! # Names
//! Records are `SubjectData`, `StudyEventData:<OID>`, `FormData:<OID>` and `ItemGroupData:<OID>`, each inside its enclosing element.
//!
//! * The keys of a record are fields: `@StudyOID`, `@MetaDataVersionOID` and `@SubjectKey`, `@StudyEventRepeatKey`, `@FormRepeatKey`,
//!   `@ItemGroupRepeatKey`.
//! * An item's value is a field of its group, named by the ItemOID. The value comes from `ItemData/@Value` or from a typed element
//!   (`ItemDataFloat`, …). `IsNull="Yes"` is [`crate::unit::Field::Null`].
//! * The unit of measurement is `<ItemOID>@MeasurementUnitOID`.
//! * A coded value is stored as its code.
//!
//! * The flags of annotations are fields of the innermost record around them: `@Flag(1).1`, `@Flag(1).2` (value and type).
//! * An audit record with `UsedImputationMethod="Yes"` is the field `@Imputed` of the innermost record around it.
//!
//! # Not read
//! A transactional file is refused whole. An element inside a subject with the transaction type `Remove` is left out. Audit records, signatures,
//! comments, references to sites and investigators, administrative data and reference data are left out and counted by element
//! ([`crate::unit::Met::LeftOut`]). Each namespace of a vendor is counted once by its name.

mod creation_time;
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

/// The maximum number of bytes of one subject.
pub const MAX_SUBJECT_BYTES: usize = 64 << 20;
/// The maximum number of bytes of one tag, text or comment.
pub const MAX_EVENT_BYTES: usize = 4 << 20;
/// The maximum number of bytes of a file with an encoding other than UTF-8. Such a file is read into memory as a whole.
pub const MAX_RECODED_BYTES: u64 = 256 << 20;
/// The maximum depth of nested elements.
pub const MAX_DEPTH: usize = 64;
/// The maximum number of attributes of an element.
pub const MAX_ATTRIBUTES: usize = 256;
/// The maximum number of records of one subject.
pub const MAX_RECORDS: usize = 200_000;
/// The maximum number of values of one subject.
pub const MAX_VALUES: usize = 1_000_000;
/// The maximum number of definitions (items, code lists, coded values) of a file.
pub const MAX_DEFINITIONS: usize = 2_000_000;
/// The maximum number of bytes of all attributes of the definitions together.
pub const MAX_DEFINITION_BYTES: usize = 256 << 20;
/// The maximum number of namespaces that are counted by name.
pub const MAX_NAMESPACES: usize = 64;

/// Reads an ODM file.
///
/// The subjects before a fault that stops the reader are passed to `give`. The fault is then reported as one [`Met::Undecodable`], and the
/// rest of the file is not read.
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
