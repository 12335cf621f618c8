//! Reads CDISC ODM 1.3 (1.3.0 to 1.3.2) and 2.0: snapshots, and transactional files together with their snapshot.
//!
//! A unit is one subject:
//!
//! * The unit's key is StudyOID and SubjectKey.
//! * The unit's version is the CreationDateTime of the last file that contributes to the subject: in universal time if the text has an offset,
//!   else as written.
//! * The digest of a subject with one `SubjectData` element in a snapshot covers the bytes from `<SubjectData` to the end of the element, as
//!   received. If the file has an encoding other than UTF-8, the digest covers the UTF-8 text of these bytes. The digest of any other subject
//!   covers the digests of all its elements, in their order.
//!
//! # Files of one call
//! A snapshot contains the current state of its subjects. A transactional file contains changes, so by itself it is no state: if it were committed,
//! all other facts of the subject would disappear. All files of a call are therefore read together, in the order of CreationDateTime:
//!
//! 1. The first reading (`document`) checks every subject and keeps only its place.
//! 2. The second reading (`fold`) reads the elements of one subject after the other. It applies the changes to the subject's last snapshot, and gives
//!    the resulting state as one unit.
//!
//! A transactional file without a snapshot before it is refused as a whole. A missing or faulty file ends a series: the later transactional files
//! are refused, and the subjects keep the state before it. See `docs/decisions/0085-transactional-odm.md`.
//!
//! # Names
//! Records are `SubjectData`, `StudyEventData:<OID>`, `FormData:<OID>` and `ItemGroupData:<OID>`, each inside its enclosing element. In ODM 2.0, a
//! group can contain groups. A group directly in an event that contains groups and no items is the record `FormData:<OID>`, because it takes the
//! place of the form.
//!
//! * The keys of a record are fields: `@StudyOID`, `@MetaDataVersionOID` and `@SubjectKey`, `@StudyEventRepeatKey`, `@FormRepeatKey`,
//!   `@ItemGroupRepeatKey`, `@ItemGroupDataSeq`.
//! * An item's value is a field of its group, named by the ItemOID. The value comes from `ItemData/@Value`, from a typed element
//!   (`ItemDataFloat`, …), or from the element `Value` (ODM 2.0). `IsNull="Yes"` is [`crate::unit::Field::Null`].
//! * The unit of measurement is `<ItemOID>@MeasurementUnitOID`.
//! * A coded value is stored as its code.
//!
//! * The flags of annotations are fields of the innermost record around them: `@Flag(1).1`, `@Flag(1).2` (value and type).
//! * An audit record that states an imputed value is the field `@Imputed` of the innermost record around it. A reference to an audit record or
//!   annotation that the file does not contain is the field `@Unresolved`.
//! * A vendor's attribute that could state that the data was removed is the field `@VendorStatus` of the innermost record around it.
//!
//! # Not read
//! Audit records, signatures, queries, comments, references to investigators, administrative data and reference data are left out and counted by
//! element ([`crate::unit::Met::LeftOut`]). Elements and attributes of vendors are counted by the vendor. Data that a vendor marks as removed is
//! left out like data that ODM removes.

mod annotation;
mod creation_time;
mod definitions;
mod document;
mod element;
mod events;
mod export;
mod fault;
mod fold;
mod header;
mod index;
mod item;
mod marks;
mod metadata;
mod occurrence;
mod read;
mod references;
mod scopes;
mod series;
mod sites;
mod source;
mod state;
mod study;
mod subject;
mod tap;
mod transaction;
mod undeclared;
mod vendor_status;

pub use read::read;
pub(crate) use read::read_named;
pub(crate) use sites::sites;

/// The maximum number of bytes of one subject.
pub const MAX_SUBJECT_BYTES: usize = 64 << 20;
/// The maximum number of bytes of one tag, text or comment.
pub const MAX_EVENT_BYTES: usize = 4 << 20;
/// The maximum number of bytes of the files of one call that have an encoding other than UTF-8. Such a file is read into memory as a whole.
pub const MAX_RECODED_BYTES: u64 = 256 << 20;
/// The maximum depth of nested elements.
pub const MAX_DEPTH: usize = 64;
/// The maximum number of attributes of an element.
pub const MAX_ATTRIBUTES: usize = 256;
/// The maximum number of records of one subject. Records that were removed count too.
pub const MAX_RECORDS: usize = 200_000;
/// The maximum number of values of one subject.
pub const MAX_VALUES: usize = 1_000_000;
/// The maximum number of definitions (items, code lists, coded values) of the files of one call.
pub const MAX_DEFINITIONS: usize = 2_000_000;
/// The maximum number of bytes of all attributes of the definitions together.
pub const MAX_DEFINITION_BYTES: usize = 256 << 20;
/// The maximum number of `SubjectData` elements in the files of one call. The place of each takes about 200 bytes of memory.
pub const MAX_OCCURRENCES: usize = 4_000_000;
/// The maximum number of audit records and annotations with an ID in the files of one call.
pub const MAX_REFERENCED: usize = 5_000_000;
/// The maximum number of bytes of the different namespaces and attributes around subjects.
pub const MAX_SCOPE_BYTES: usize = 64 << 20;
