//! The output of decoders: units of a feed as records of named fields, without their meaning.
//!
//! A decoder knows a format's syntax and no site. The site's profile (`schemas/mapping-profiles`) states the meaning of a field, and the
//! core semantics derive the facts from it.

use std::collections::BTreeMap;
use std::fmt;

/// The smallest part of a feed that is ingested whole or not at all: a message, a subject, a record, a specimen.
pub struct Unit {
    /// The unit's place: the path of the file inside the path that the operator named, and the place inside the file
    /// (`subjects.xml#SubjectData[3]`). The locator names no person: where the feed has a number of its own, the locator has an index.
    pub locator: String,
    /// The key that all versions of the same unit share. The key may name a person, so it is digested before it is stored.
    pub key: String,
    /// The feed's order of the versions of one unit, as text (a time); empty if the feed has no order.
    pub version: String,
    /// SHA-256 of the unit's bytes as received, lower-case hex.
    pub sha256: String,
    /// The unit's records, in the order of reading. A parent comes before its children.
    pub records: Vec<Record>,
    /// Whether the feed states that the unit is void (deleted, entered in error). A void unit has no records, and the statements of its
    /// earlier version are removed.
    pub deleted: bool,
    /// The encoding with which the text was read, if several encodings were tried (`iso-2022-jp`, `utf-8`, `windows-31j`).
    pub encoding: &'static str,
}

/// One record in a unit: a segment, an item group, a row, a donor.
pub struct Record {
    /// The kind of the record, in the format's words: `PRB`, `ItemGroupData:IG.DIAGNOSIS`, `instrument:labs`, `sample`.
    pub kind: String,
    /// The enclosing record, as an index into the unit's records; absent for an outermost record. Companion values are read only from a
    /// record itself and its enclosing records, never from a record beside it.
    pub parent: Option<usize>,
    /// Byte offset of the record in its file; absent if the format has no offset.
    pub offset: Option<u64>,
    /// The record's fields by the format's own name: `PRB-10.1`, an ItemOID, a variable, a column. A repetition is `PID-3(2).1`; the first
    /// repetition has no number. Empty fields are absent.
    pub fields: BTreeMap<String, Field>,
}

/// A field's content.
#[derive(Clone, PartialEq, Eq)]
pub enum Field {
    /// A value as received, unescaped and decoded.
    Value(String),
    /// The source states that there is no value (HL7 `""`, ODM `IsNull`): an earlier value is to be deleted.
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
    /// A field of a record, or of the nearest enclosing record that has the field.
    #[must_use]
    pub fn field(&self, record: usize, name: &str) -> Option<&Field> {
        self.find(record, name).map(|(_, field)| field)
    }

    /// As [`Unit::field`], with the index of the record that has the field.
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
    /// As [`Unit::locator`].
    pub locator: String,
    /// A short stable code, kebab-case.
    pub reason_code: &'static str,
    /// Places (field names, byte offsets) and expectations.
    pub detail: String,
}

/// One item that a decoder found.
pub enum Met {
    /// A unit.
    Unit(Unit),
    /// An item that should be a unit but could not be decoded.
    Undecodable(Undecodable),
    /// A file, message or element that is deliberately not read, by its kind (`message:ADT-12`, `file:readme.txt`).
    Ignored(String),
}
