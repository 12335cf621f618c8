//! Reads tables of the OMOP Common Data Model 5.3 and 5.4, exported as delimited files (CSV) into one folder.
//!
//! **Units.** One unit is a person of PERSON with the rows of all other tables that have the person's `person_id`. The number of the person is the column
//! that the profile names: `person_source_value` (the number of the institution) or `person_id` (a number of the database).
//!
//! **Records.** The first record is `PERSON`. Each row of CONDITION_OCCURRENCE, MEASUREMENT, OBSERVATION, DRUG_EXPOSURE, PROCEDURE_OCCURRENCE and SPECIMEN
//! is a record inside it. Only the columns on the lists of `tables` enter a unit. All others, birth data included, are counted by name.
//!
//! **Status.** The field `@Status` of a record states whether the person has what the row names ([`status`]). A modifier that is not understood never gives
//! `present`.
//!
//! **Concepts.** If the folder has CONCEPT, the name and the domain of a concept are read there. Without CONCEPT, the concept of a condition, an observation or a
//! procedure is not understood, because it can state a suspicion, a history, a family history, or that something was not done.
//!
//! All tables of one call are read together, and a refused table refuses all: a person without the rows of a table would lose what is stored of them.

mod concepts;
mod files;
mod index;
mod row;
mod status;
mod tables;
mod unit;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use crate::redcap::Refused;
use crate::unit::{Identity, LeftOutRule, Met, Repair, Undecodable};

use index::Index;

/// The maximum number of changes from one person to another in the order of the rows of one table.
pub const MAX_RUNS: usize = 5_000_000;
/// The maximum number of persons.
pub const MAX_PERSONS: usize = 5_000_000;
/// The maximum size of the rows of one person in one table, in bytes.
pub const MAX_PERSON_BYTES: u64 = 64 << 20;
/// The maximum number of different concepts in the tables.
pub const MAX_CONCEPTS: usize = 2_000_000;

/// What the profile states about the tables.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The column of PERSON with the number of the person.
    pub number: String,
    /// The tables that the profile reads. The folder must have each of them.
    pub tables: BTreeSet<String>,
    /// The tables that the institution does not have. The folder must have none of them.
    pub absent: BTreeSet<String>,
}

/// Whether a kind of record is one of this format.
pub(crate) fn is_record(kind: &str) -> bool {
    tables::TABLES.iter().any(|table| table.name == kind && table.is_recorded)
}

/// Whether a field has the form of a column, a concept's name (`condition_concept_id:name`) or a field that the decoder makes (`@Status`).
pub(crate) fn is_field(name: &str) -> bool {
    let plain = name.strip_suffix(":name").unwrap_or(name);
    let column = plain.strip_prefix('@').unwrap_or(plain).to_ascii_lowercase();
    (1..=64).contains(&column.len())
        && column.starts_with(|c: char| c.is_ascii_lowercase())
        && column.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether a word is a name that the format defines: a table, a column, or a part of a field that the decoder makes.
pub(crate) fn is_name(word: &str) -> bool {
    let is_of = |table: &tables::Table| word == table.name || table.reads(word) || table.known.contains(&word);
    matches!(word, "" | "name" | "Status" | "Local" | "Unit" | "CONCEPT" | "person_source_value")
        || tables::OTHER_TABLES.contains(&word)
        || tables::TABLES.iter().any(is_of)
}

/// Reads the tables of a folder. For a file, reads the folder that contains it.
///
/// * Nothing is read if a table is refused: for a fault of the table, `compressed`, `table-twice`, `table-unclear`, `table-absent`, `table-not-absent`,
///   `no-person-table`, `table-lacks-column`, `person-twice` or `number-twice`.
/// * A row without a person of PERSON is refused by itself (`no-person`).
/// * A person is refused for `no-number`, `too-large`, or `row-id-twice`: two rows of a table have the same id and other content.
pub fn read(path: &Path, selection: &Selection, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let mut index = match Index::open(folder, selection) {
        Ok(index) => index,
        Err((locator, refused)) => return give(undecodable(locator, refused, Identity::Place)),
    };
    for repair in index.repairs() {
        give(Met::Repaired(repair))?;
    }
    for name in std::mem::take(&mut index.other_files) {
        give(Met::LeftOut(LeftOutRule::FileNotRead, name))?;
    }
    for (name, count) in std::mem::take(&mut index.not_recorded) {
        (0..count).try_for_each(|_| give(Met::LeftOut(LeftOutRule::ElementNotRead, name.clone())))?;
    }
    for (locator, content) in std::mem::take(&mut index.without_person) {
        let refused = Refused::new("no-person", "the row names no person of PERSON");
        give(undecodable(locator, refused, Identity::Content(content)))?;
    }
    for person in 0..index.persons.len() {
        let locator = format!("PERSON#person[{person}]");
        match unit::unit(&index, person, &locator) {
            Ok(unit) => give(Met::Unit(unit))?,
            Err((refused, identity)) => give(undecodable(locator, refused, identity))?,
        }
    }
    ControlFlow::Continue(())
}

fn undecodable(locator: String, refused: Refused, identity: Identity) -> Met {
    Met::Undecodable(Undecodable {
        locator,
        reason_code: refused.reason_code,
        detail: refused.detail,
        identity,
    })
}

/// The repairs of one table.
fn repairs_of(rows: &crate::redcap::rows::Rows, is_complete: bool) -> Vec<Repair> {
    let mut repairs = rows.source.repairs.clone();
    if !is_complete {
        repairs.push(Repair::LastLineEnd);
    }
    repairs
}
