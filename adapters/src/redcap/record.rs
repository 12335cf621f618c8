//! Builds a unit from the rows of one REDCap record.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::columns::{Column, Columns};
use super::dictionary::Dictionary;
use crate::table::Table;
use crate::unit::{Field, LeftOutRule, Met, Record, Undecodable, Unit, UnitAccount};

/// The parts of the export from which units are built.
pub(super) struct Source<'s> {
    pub(super) locator: String,
    pub(super) table: &'s Table,
    pub(super) dictionary: &'s Dictionary,
    pub(super) columns: &'s Columns,
    pub(super) missing: &'s [String],
}

/// The position of a row in its record. Rows are read in the order of their positions, independent of the order in the file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Position {
    instrument: String,
    event: String,
    instance: u32,
}

struct Fault(&'static str, String);

impl Source<'_> {
    /// Passes to `give` the names of the cells that are not read. Then passes the unit, or the reason why no unit could be built.
    pub(super) fn read(&self, rows: &[usize], give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
        for row in rows {
            let kind = self.kind(*row);
            for (column, cell) in self.columns.all.iter().zip(&self.table.rows[*row].cells) {
                if !cell.is_empty() && !column.is_kept && !column.with_label {
                    let name = format!("{kind} {}", column.name);
                    give(match column.is_identifier {
                        true => Met::LeftOut(LeftOutRule::IdentifierField, name),
                        false => Met::Ignored(format!("field:{name}")),
                    })?;
                }
            }
        }
        give(match self.unit(rows) {
            Ok(unit) => Met::Unit(unit),
            Err(Fault(reason_code, detail)) => Met::Undecodable(Undecodable {
                locator: self.locator.clone(),
                reason_code,
                detail,
            }),
        })
    }

    fn unit(&self, rows: &[usize]) -> Result<Unit, Fault> {
        let key = self.cell(rows[0], Some(self.columns.record_id)).to_owned();
        if key.is_empty() {
            return Err(Fault("no-record-id", "the rows have no record id".to_owned()));
        }
        let mut placed: BTreeMap<Position, usize> = BTreeMap::new();
        for row in rows {
            if placed.insert(self.position(*row)?, *row).is_some() {
                let detail = format!("row {} has event, instrument and instance of an earlier row", row + 1);
                return Err(Fault("duplicate-row", detail));
            }
        }
        let mut records = Vec::new();
        let mut account = UnitAccount::default();
        for row in placed.values() {
            records.push(self.record(*row, &mut account)?);
        }
        Ok(Unit {
            locator: self.locator.clone(),
            key,
            version: String::new(),
            sha256: self.digest(placed.values()),
            records,
            deleted: false,
            encoding: self.table.encoding,
            account,
        })
    }

    fn cell(&self, row: usize, column: Option<usize>) -> &str {
        column.map_or("", |column| &self.table.rows[row].cells[column])
    }

    fn kind(&self, row: usize) -> String {
        match self.cell(row, self.columns.instrument) {
            "" => "row".to_owned(),
            // The name of an instrument is shown only if the dictionary contains it.
            instrument if self.dictionary.has_form(instrument) => format!("instrument:{instrument}"),
            _ => "instrument:(unknown)".to_owned(),
        }
    }

    fn position(&self, row: usize) -> Result<Position, Fault> {
        let instrument = self.cell(row, self.columns.instrument);
        if !instrument.is_empty() && !self.dictionary.has_form(instrument) {
            let detail = format!("row {} repeats an instrument that the dictionary does not have", row + 1);
            return Err(Fault("unknown-instrument", detail));
        }
        let instance = match self.cell(row, self.columns.instance) {
            "" => Some(0),
            text => text.parse().ok().filter(|n| *n >= 1),
        };
        Ok(Position {
            instrument: instrument.to_owned(),
            event: self.cell(row, self.columns.event).to_owned(),
            instance: instance.ok_or_else(|| Fault("bad-instance", format!("row {} has an instance that is not a number", row + 1)))?,
        })
    }

    fn record(&self, row: usize, account: &mut UnitAccount) -> Result<Record, Fault> {
        let mut fields = BTreeMap::new();
        for (column, cell) in self.columns.all.iter().zip(&self.table.rows[row].cells) {
            let is_taken = column.is_kept || column.with_label;
            if !is_taken || cell.is_empty() {
                continue;
            }
            if self.missing.iter().any(|code| code == cell) {
                account.leave_out(LeftOutRule::MissingCode, format!("{} {}", self.kind(row), column.name));
                continue;
            }
            let label = self.choice(column, cell).map_err(|NoChoice| {
                let detail = format!(
                    "row {}: {} is not a code of the dictionary (does the export contain labels, or is the dictionary newer?)",
                    row + 1,
                    column.name
                );
                Fault("unknown-choice", detail)
            })?;
            if let Some(label) = label.filter(|label| column.with_label && !label.is_empty()) {
                fields.insert(format!("{}:label", column.name), Field::Value(label.to_owned()));
            }
            if column.is_kept {
                fields.insert(column.name.clone(), Field::Value(cell.to_owned()));
            }
        }
        Ok(Record {
            kind: self.kind(row),
            parent: None,
            offset: self.table.rows[row].offset,
            fields,
        })
    }

    /// The label of the choice in a cell; `None` if the variable accepts any value or is a checkbox.
    fn choice(&self, column: &Column, cell: &str) -> Result<Option<&str>, NoChoice> {
        let variable = column.variable.as_deref().and_then(|name| self.dictionary.variable(name));
        match variable {
            Some(variable) if variable.is_checkbox => match cell {
                "0" | "1" => Ok(None),
                _ => Err(NoChoice),
            },
            Some(variable) if variable.choices.is_some() => variable.label(cell).map(Some).ok_or(NoChoice),
            Some(_) | None => Ok(None),
        }
    }

    /// The digest of all cells of the rows except identifying cells. If the digest covered a name, the name could be found by trial.
    fn digest<'r>(&self, rows: impl Iterator<Item = &'r usize>) -> String {
        let mut digest = Sha256::new();
        for row in rows {
            for at in &self.columns.by_name {
                let (column, cell) = (&self.columns.all[*at], &self.table.rows[*row].cells[*at]);
                if !column.is_identifier && !cell.is_empty() {
                    digest.update(format!("{}:{}={}:{cell};", column.name.len(), column.name, cell.len()));
                }
            }
            digest.update("\n");
        }
        hex::encode(digest.finalize())
    }
}

/// The value of a cell is not a choice of its variable.
struct NoChoice;
