//! Reads HL7 v2 messages as Japanese hospitals store them (ISO-2022-JP text). A unit gets only the fields that may leave the hospital.
//!
//! The module reads these messages of the SS-MIX2 standardized storage 1.2:
//!
//! * the update and the deletion of a patient's basic data (`ADT^A08`, `ADT^A23`);
//! * the list of problems (`PPR^ZD1`);
//! * the results of specimen tests (`OUL^R22`);
//! * observations, among others vital signs (`ORU^R01`, `ORU^R30`).
//!
//! A file contains one message, or a batch of messages. A message is one unit, or one unit for each result. In a storage, a file is always one unit.
//!
//! # Names
//! A record is a segment, and its kind is the segment's name.
//!
//! * A field is `PID-3.1` (field and component), or `PID-3(2).1` in the second repetition.
//! * A subcomponent is `SPM-2.1.2`. A component that is not divided never has a name such as `PID-8.1.1`.
//! * A field with one component has both names, `PID-8` and `PID-8.1`.
//! * An empty field is absent. `""` is [`crate::unit::Field::Null`].
//! * If OBX-5 is repeated, each repetition is a record of kind `OBX` inside the record of its segment, and has only the field OBX-5.
//!
//! # Admitted fields
//! Only the fields of an allow-list enter a unit ([`admitted`]). The list contains no names, addresses, telephone numbers, families,
//! insurers, staff or free notes. Every other field and segment that is not empty is counted by its name in the unit's account.

pub mod admitted;
mod batch;
mod charset;
mod escape;
mod fault;
mod field;
mod grammar;
mod identity;
pub mod merge_event;
pub mod mllp;
mod plain;
mod read;
mod records;
mod result;
mod results;
mod segment;
mod take;
mod time;

pub use escape::{escape, unescape};
pub use fault::Hl7Fault;
pub use grammar::MessageKind;
pub use read::{read, read_bytes};
pub use segment::{Delimiters, Message, parse};

pub(crate) use batch::messages_of;
pub(crate) use charset::without_empty_runs;
pub(crate) use identity::key;
pub(crate) use plain::plain;
pub(crate) use read::{bytes_of, digest, read_named, shown_name};

pub(crate) use results::storage_place;
pub(crate) use take::{Taken, TakenMessage, take};

/// The maximum number of bytes of a message.
pub const MAX_MESSAGE_BYTES: usize = 8 << 20;
/// The maximum number of segments of a message.
pub const MAX_SEGMENTS: usize = 100_000;
/// The maximum number of results (OBX) of a message. Each of them can become a unit of its own.
pub const MAX_RESULTS: usize = 5_000;
/// The maximum number of fields of a segment. It is also the maximum number of repetitions of a field, of components of a repetition, and of
/// subcomponents of a component.
pub const MAX_PARTS: usize = 1000;
/// The maximum number of values of a message.
pub const MAX_VALUES: usize = 500_000;
