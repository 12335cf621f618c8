//! Reads REDCap exports: the records as CSV (raw, flat), together with the project's data dictionary.
//!
//! One unit is one REDCap record with all its rows, of every event and repeating instrument. The order of the rows in the file has no
//! meaning. A row becomes a record of kind `row`, or `instrument:<name>` for a row of a repeating instrument. A unit contains only the
//! record id, REDCap's own columns for the place of a row, and the columns that the profile requests. Apart from the record id, a unit
//! never contains a column that the dictionary marks as identifying. Of all other columns, only the names are reported.
//!
//! An export cannot state that a record was deleted (REDCap's logging can). The statements of a record that is no longer in the export
//! therefore stay unchanged.

mod columns;
mod dictionary;
mod record;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::path::Path;

use crate::table::{Table, TableFault, bytes_of};
use crate::unit::{Met, Undecodable};

use columns::Columns;
use dictionary::Dictionary;

/// The maximum size of an export, in bytes.
pub const MAX_EXPORT_BYTES: u64 = 256 << 20;
/// The maximum size of a dictionary, in bytes.
pub const MAX_DICTIONARY_BYTES: u64 = 32 << 20;

/// The columns that the profile requests from an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The file name of the dictionary, which is in the same folder as the export.
    pub dictionary: String,
    /// The codes which mean that a value is missing.
    pub missing: Vec<String>,
    /// The requested fields: variables, checkboxes (`symptoms___3`), and labels of choices (`sp_type:label`).
    pub fields: BTreeSet<String>,
}

/// Reads an export with its dictionary.
///
/// For each cell that is not empty and whose column does not enter the unit, `give` receives [`Met::Ignored`] with the text `field:<kind of
/// record> <column>`. If the dictionary marks the column as identifying, it receives [`Met::LeftOut`] instead.
///
/// The whole file is refused if the meaning of its content is not certain: `export-lacks-column`, `dictionary-lacks-field`,
/// `identifier-selected`, `bad-dictionary`, `no-record-id`, or a fault of the table. A single record is refused for `unknown-choice`,
/// `unknown-instrument`, `bad-instance`, `duplicate-row`, or `no-record-id` if its id is empty.
pub fn read(path: &Path, selection: &Selection, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let name = crate::hl7v2::shown_name(path);
    let refused = |reason_code, detail| {
        Met::Undecodable(Undecodable {
            locator: name.clone(),
            reason_code,
            detail,
        })
    };
    let opened = open(path, selection);
    match opened {
        Err(Refused { reason_code, detail }) => give(refused(reason_code, detail)),
        Ok((table, dictionary, columns)) => {
            for repair in &table.repairs {
                give(Met::Repaired(*repair))?;
            }
            groups(&table, &columns).into_iter().enumerate().try_for_each(|(at, rows)| {
                let source = record::Source {
                    locator: format!("{name}#record[{at}]"),
                    table: &table,
                    dictionary: &dictionary,
                    columns: &columns,
                    missing: &selection.missing,
                };
                source.read(&rows, give)
            })
        }
    }
}

/// Why the whole export is refused.
struct Refused {
    reason_code: &'static str,
    detail: String,
}

impl From<TableFault> for Refused {
    fn from(fault: TableFault) -> Self {
        Self {
            reason_code: fault.code(),
            detail: fault.to_string(),
        }
    }
}

fn open(path: &Path, selection: &Selection) -> Result<(Table, Dictionary, Columns), Refused> {
    let table = Table::parse(&bytes_of(path, MAX_EXPORT_BYTES)?)?;
    let beside = path.parent().unwrap_or(Path::new("")).join(&selection.dictionary);
    let bad = |detail: String| Refused {
        reason_code: "bad-dictionary",
        detail: format!("the data dictionary: {detail}"),
    };
    let bytes = bytes_of(&beside, MAX_DICTIONARY_BYTES).map_err(|fault| bad(fault.to_string()))?;
    let dictionary = Dictionary::parse(&bytes).map_err(bad)?;
    let columns = Columns::new(&table, &dictionary, selection)?;
    Ok((table, dictionary, columns))
}

/// The row numbers of each record. The records are in the order of their first rows.
fn groups(table: &Table, columns: &Columns) -> Vec<Vec<usize>> {
    let mut index: HashMap<&str, usize> = HashMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, row) in table.rows.iter().enumerate() {
        let id = &row.cells[columns.record_id];
        let group = *index.entry(id).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(at);
    }
    groups
}
