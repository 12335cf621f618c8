//! HL7 v2 messages as Japanese hospitals store them: ISO-2022-JP text, and of a patient no more than what may leave.
//!
//! Read are the update and the deletion of a patient's basic data (`ADT^A08`, `ADT^A23`), the list of problems (`PPR^ZD1`) and the
//! results of specimen tests (`OUL^R22`), as the SS-MIX2 standardized storage 1.2 has them. A message is one unit; a file holds one
//! message.
//!
//! # Names
//! A record is a segment, its kind the segment's name. A field is `PID-3.1` (field and component), `PID-3(2).1` in its second repetition,
//! `SPM-2.1.2` where a component is divided again. A field that has one component is there by both names, `PID-8` and `PID-8.1`; a
//! component that is not divided is never there as `PID-8.1.1`. Empty is absent, `""` is [`crate::unit::Field::Null`].
//!
//! # What enters
//! By a list of what is allowed ([`admitted`]); names, addresses, telephone numbers, families, insurers, staff and free notes are on none.

pub mod admitted;
mod charset;
mod escape;
mod fault;
mod field;
mod grammar;
mod identity;
mod read;
mod records;
mod segment;
mod take;

pub use escape::{escape, unescape};
pub use fault::Hl7Fault;
pub use grammar::MessageKind;
pub use read::read;
pub use segment::{Delimiters, Message, parse};

pub(crate) use charset::without_empty_runs;
pub(crate) use identity::key;
pub(crate) use read::{bytes_of, digest, shown_name};
pub(crate) use take::{Taken, take};

/// The most bytes of a message.
pub const MAX_MESSAGE_BYTES: usize = 8 << 20;
/// The most segments of a message.
pub const MAX_SEGMENTS: usize = 100_000;
/// The most fields of a segment, and the most repetitions of a field, components of a repetition and subcomponents of a component.
pub const MAX_PARTS: usize = 1000;
/// The most values of a message.
pub const MAX_VALUES: usize = 500_000;
