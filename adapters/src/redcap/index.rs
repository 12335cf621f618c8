//! Finds the rows of each record. The rows of a record need not be adjacent.
//!
//! The whole file is read once. Adjacent rows of one record are one run, of which only the offsets are kept. REDCap writes the rows of a record
//! one after the other, so the memory is proportional to the number of records and not to the size of the file. A file with too many runs is
//! refused.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use super::Refused;
use super::columns::{Column, Columns, GROUP};
use super::evidence::Evidence;
use super::groups::MAX_GROUPS;
use super::layout::Layout;
use super::rows::{Row, Rows};

/// The maximum number of records, and of runs, of one file.
pub(super) const MAX_RUNS: usize = 2_000_000;

/// Adjacent rows of one record.
#[derive(Clone, Copy)]
pub(super) struct Run {
    record: u32,
    pub(super) from: u64,
    pub(super) to: u64,
    /// The number of the first row, counted from 1.
    pub(super) first_row: u64,
}

/// The places of all records, and what the whole file shows about its content.
pub(super) struct Index {
    /// The runs, ordered by record and then by offset. Records are in the order of their first rows.
    runs: Vec<Run>,
    pub(super) evidence: Evidence,
    /// The requested columns that have a value in an EAV export.
    pub(super) seen: BTreeSet<String>,
    /// Whether an EAV export has a value of any variable that a de-identified export lacks.
    pub(super) has_free_values: bool,
    pub(super) rows: u64,
    /// The different data access groups, at most [`MAX_GROUPS`].
    pub(super) groups: BTreeSet<String>,
    /// Whether the last row has a line end.
    pub(super) is_complete: bool,
}

impl Index {
    /// Reads the whole file. `most_runs` is the maximum number of runs.
    pub(super) fn new(rows: &Rows, layout: &Layout, columns: &Columns<'_>, most_runs: usize) -> Result<Self, Refused> {
        let header: Vec<_> = rows.header.iter().map(|name| columns.of_name(name)).collect();
        let mut index = Self {
            runs: Vec::new(),
            evidence: Evidence::default(),
            seen: BTreeSet::new(),
            has_free_values: false,
            rows: 0,
            groups: BTreeSet::new(),
            is_complete: true,
        };
        let group = rows.column(GROUP);
        let mut records: HashMap<[u8; 16], u32> = HashMap::new();
        let mut last: Option<(String, u32)> = None;
        index.is_complete = rows.all(&mut |row| {
            index.rows += 1;
            let id = row.cell(Some(layout.record));
            let record = match &last {
                Some((known, record)) if known == id => *record,
                Some(_) | None => {
                    let next = u32::try_from(records.len()).unwrap_or(u32::MAX);
                    let record = *records.entry(name_of(id)).or_insert(next);
                    last = Some((id.to_owned(), record));
                    record
                }
            };
            match index.runs.last_mut() {
                Some(run) if run.record == record => run.to = row.end,
                Some(_) | None => index.runs.push(Run {
                    record,
                    from: row.offset,
                    to: row.end,
                    first_row: index.rows,
                }),
            }
            if index.runs.len() > most_runs {
                let detail = "the rows of too many records, or too many rows of different records, follow one another; sort the file by record, or split it by records";
                return Err(Refused::new("too-scattered", detail));
            }
            index.see_group(row.cell(group));
            match layout.eav {
                Some((field, value)) => index.see_value(&row, (field, value), columns),
                None => {
                    for (at, text) in &row.cells {
                        if let Some(column) = header.get(*at) {
                            index.see(columns, column, text, None);
                        }
                    }
                }
            }
            Ok(())
        })?;
        index.runs.sort_by_key(|run| (run.record, run.from));
        Ok(index)
    }

    fn see_value(&mut self, row: &Row, (field, value): (usize, usize), columns: &Columns<'_>) {
        let (field, value) = (row.cell(Some(field)).trim(), row.cell(Some(value)));
        if field == GROUP {
            self.see_group(value);
        }
        let (column, cell) = columns.of_field(field, value);
        let is_checkbox = column.name != field;
        self.see(columns, &column, &cell, is_checkbox.then_some(value));
        if value.trim().is_empty() {
            return;
        }
        let variable = columns.dictionary.variable(field);
        let is_free = variable.is_some_and(|variable| variable.is_removed_by_deidentification);
        self.has_free_values |= is_free && field != columns.dictionary.record_id;
        if (column.is_requested() || columns.has_requested_box(&column)) && !self.seen.contains(field) {
            self.seen.insert(field.to_owned());
        }
    }

    fn see_group(&mut self, group: &str) {
        let group = group.trim();
        if !group.is_empty() && self.groups.len() < MAX_GROUPS && !self.groups.contains(group) {
            self.groups.insert(group.to_owned());
        }
    }

    fn see(&mut self, columns: &Columns<'_>, column: &Column, cell: &str, code: Option<&str>) {
        if let Some(reading) = columns.reading(column, cell, code) {
            self.evidence.add(reading);
        }
    }

    /// The runs of each record, in the order of the first rows of the records.
    pub(super) fn records(&self) -> impl Iterator<Item = &[Run]> {
        self.runs.chunk_by(|a, b| a.record == b.record)
    }
}

/// The first half of the SHA-256 of a record id. Different ids have different names.
fn name_of(id: &str) -> [u8; 16] {
    let mut name = [0; 16];
    name.copy_from_slice(Sha256::digest(id).get(..16).unwrap_or(&[0; 16]));
    name
}
