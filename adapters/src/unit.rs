//! What decoders give: units of a feed as records of named fields, before anybody says what they mean.
//!
//! A decoder knows a format's syntax and nothing of a site. What a field means is said by the site's profile (`schemas/mapping-profiles`),
//! and what follows from it by the core semantics.

use std::collections::BTreeMap;
use std::fmt;

/// The smallest part of a feed that is taken whole or not at all: a message, a subject, a record, a specimen.
pub struct Unit {
    /// Where it is: the file's path within what was given, and the place inside it (`subjects.xml#SubjectData[3]`). Names no person: an
    /// index stands where the feed has a number of its own.
    pub locator: String,
    /// What a later version of the same unit is called too. It may name a person and is digested before it is stored.
    pub key: String,
    /// How the feed orders versions of one unit, as text (a time); empty where it does not.
    pub version: String,
    /// SHA-256 of the unit's bytes as received, lower-case hex.
    pub sha256: String,
    /// What it contains, in the order met. A parent comes before its children.
    pub records: Vec<Record>,
    /// Whether the feed says that the unit is void (deleted, entered in error): it has no records, and what was taken from an earlier version
    /// goes.
    pub deleted: bool,
    /// How its text was read where more than one reading was tried (`iso-2022-jp`, `utf-8`, `windows-31j`).
    pub encoding: &'static str,
}

/// One occurrence of something in a unit: a segment, an item group, a row, a donor.
pub struct Record {
    /// What it is, in the format's words: `PRB`, `ItemGroupData:IG.DIAGNOSIS`, `instrument:labs`, `sample`.
    pub kind: String,
    /// The record around it, as an index into the unit's records; absent for an outermost one. Companion values are only ever looked for
    /// in a record itself and around it, never beside it.
    pub parent: Option<usize>,
    /// Byte offset of the record in its file; absent where the format gives none.
    pub offset: Option<u64>,
    /// Its fields by the format's own name: `PRB-10.1`, an ItemOID, a variable, a column. A repetition is `PID-3(2).1`; the first has no
    /// number. Empty fields are absent.
    pub fields: BTreeMap<String, Field>,
}

/// A field's content.
#[derive(Clone, PartialEq, Eq)]
pub enum Field {
    /// A value as received, unescaped and decoded.
    Value(String),
    /// The source says that there is no value (HL7 `""`, ODM `IsNull`): an earlier one is to be taken away.
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
    /// A field of a record, or of the nearest record around it that has it.
    #[must_use]
    pub fn field(&self, record: usize, name: &str) -> Option<&Field> {
        self.find(record, name).map(|(_, field)| field)
    }

    /// As [`Unit::field`], with the index of the record that has it.
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

/// A unit that could not be decoded. Neither part repeats a value of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecodable {
    /// As [`Unit::locator`].
    pub locator: String,
    /// A short stable code, kebab-case.
    pub reason_code: &'static str,
    /// Places (field names, byte offsets) and expectations.
    pub detail: String,
}

/// One thing that a decoder met.
pub enum Met {
    /// A unit.
    Unit(Unit),
    /// What should have been one.
    Undecodable(Undecodable),
    /// A file, message or element that is deliberately not read, by its kind (`message:ADT-12`, `file:readme.txt`).
    Ignored(String),
}
