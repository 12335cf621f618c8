//! The output of decoders. A unit of a feed consists of records with named fields, whose meaning is not yet known.
//!
//! A decoder knows the syntax of a format, but no site. The site's profile (`schemas/mapping-profiles`) states the meaning of the fields.
//! The module [`crate::feed`] derives facts from the profile and the unit.

pub mod account;

use std::collections::BTreeMap;
use std::fmt;

pub use account::{LeftOutRule, Repair, UnitAccount};

/// The smallest part of a feed that is ingested whole or not at all, such as a message, a subject, a record or a specimen.
pub struct Unit {
    /// The place of the unit: the path of the file inside the path that the operator named, and the place inside the file
    /// (`subjects.xml#SubjectData[3]`). The locator contains no person's number. If the feed has such a number at this place, the locator has
    /// an index instead.
    pub locator: String,
    /// The key that all versions of the unit share. The key may identify a person, so it is digested before it is stored.
    pub key: String,
    /// The version of the unit as a text that sorts by age (a time). Empty if the feed states no order of versions.
    pub version: String,
    /// The SHA-256 of the unit's content as received, in lower-case hexadecimal. The decoder of each format determines the bytes that the
    /// digest covers.
    pub sha256: String,
    /// The records of the unit, in the order of reading. A parent comes before its children.
    pub records: Vec<Record>,
    /// Whether the feed states that the unit is void (deleted, entered in error). The statements of its earlier version are removed. A void unit
    /// has no records, or only the records in which the person's number is found; no statements are made from them.
    pub deleted: bool,
    /// The encoding with which the text was read (`iso-2022-jp`, `utf-8`, `windows-31j`, …). Empty if the text was not read, as for some
    /// deletions.
    pub encoding: &'static str,
    /// What the decoder left out of the unit, and what it repaired.
    pub account: UnitAccount,
}

/// One record in a unit: a segment, an item group, a row, a donor.
#[derive(Clone)]
pub struct Record {
    /// The kind of the record, as the format names it: `PRB`, `ItemGroupData:IG.DIAGNOSIS`, `instrument:labs`, `sample`.
    pub kind: String,
    /// The index of the enclosing record in the unit's records; `None` for an outermost record. Except for modifiers, a rule reads values
    /// only from its own record and the enclosing records, and never from a record at the same level.
    pub parent: Option<usize>,
    /// The offset of the record in its file, in bytes; `None` if the format has no offsets.
    pub offset: Option<u64>,
    /// The fields of the record, by the format's own names: `PRB-10.1`, an ItemOID, a variable, a column. A repetition is `PID-3(2).1`, and the
    /// first repetition has no number. Empty fields are absent.
    pub fields: BTreeMap<String, Field>,
}

/// The content of a field.
#[derive(Clone, PartialEq, Eq)]
pub enum Field {
    /// A value as received, unescaped and decoded.
    Value(String),
    /// The source states that the field has no value (HL7 `""`, ODM `IsNull`), so that an earlier value is deleted.
    Null,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Field(..)")
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unit({}, {} records)", self.locator, self.records.len())
    }
}

impl Unit {
    /// The field `name` of a record, or of the nearest enclosing record that has it; `None` if no record has it.
    #[must_use]
    pub fn field(&self, record: usize, name: &str) -> Option<&Field> {
        self.find(record, name).map(|(_, field)| field)
    }

    /// Finds a field as [`Unit::field`] does. Also returns the index of the record that has the field.
    #[must_use]
    pub fn find(&self, record: usize, name: &str) -> Option<(usize, &Field)> {
        let mut at = Some(record);
        while let Some(index) = at {
            let record = self.records.get(index)?;
            if let Some(found) = record.fields.get(name) {
                return Some((index, found));
            }
            at = record.parent.filter(|parent| *parent < index);
        }
        None
    }
}

/// A unit that could not be decoded. The reason and the detail never repeat a value of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// The place of the item, in the form of [`Unit::locator`].
    pub locator: String,
    /// The short stable code of the reason, in kebab-case.
    pub reason_code: &'static str,
    /// The places of the faults (field names, byte offsets) and the expected forms, in words.
    pub detail: String,
    /// What the item is recognised by when a later run receives it again.
    pub identity: Identity,
}

/// What a refused unit is recognised by when a later run receives it again. Two units can be at the same place of two files, so a place identifies a
/// unit only if nothing of the unit could be read.
#[derive(Clone, PartialEq, Eq)]
pub enum Identity {
    /// The key of the unit, as [`Unit::key`]. The corrected unit has the same key.
    Key(String),
    /// The SHA-256 of the content, in lower-case hexadecimal, because no key could be read.
    Content(String),
    /// The place only: the file or folder could not be read at all, or the decoder does not know more.
    Place,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key(..)",
            Self::Content(_) => "Content(..)",
            Self::Place => "Place",
        })
    }
}

/// One item that a decoder found.
pub enum Met {
    /// A unit that was decoded.
    Unit(Unit),
    /// An item that should be a unit but could not be decoded.
    Undecodable(Undecodable),
    /// What could be read of a unit that is refused, before its refusal. Only the withdrawals in it count, so that a fault in another part of the unit
    /// cannot hide one.
    Remains(Box<Unit>),
    /// A file or message that is deliberately not read, by its kind (`message:ADT-12`, `file:hidden`); or a field that the profile does not
    /// request (`field:<kind of record> <field>`).
    Ignored(String),
    /// A part of a file that belongs to no unit, or to a unit that could be refused, and that is left out by a rule.
    LeftOut(LeftOutRule, String),
    /// A repair of a whole file.
    Repaired(Repair),
}
