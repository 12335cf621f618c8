//! Builds a unit from the rows of one REDCap record.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::Refused;
use super::choices::Reading;
use super::columns::{Column, Columns, Counts, What, shown};
use super::evidence::Evidence;
use super::groups;
use super::index::Run;
use super::layout::Layout;
use super::occurrence::{Cell, Occurrence, Occurrences, Position};
use super::rows::Rows;
use crate::unit::{Field, Identity, LeftOutRule, Record, Unit, UnitAccount};

/// The maximum size of the rows of one record, in bytes.
pub(super) const MAX_RECORD_BYTES: u64 = 64 << 20;

/// The maximum number of rows with a fault that are left out of the remains of a record.
const MAX_FAULTS: usize = 1_000;

/// What an export contains for a survey that was begun and not completed.
const NOT_COMPLETED: &str = "[not completed]";

/// The parts of the export from which units are built.
pub(super) struct Builder<'s> {
    pub(super) rows: &'s Rows,
    pub(super) layout: &'s Layout,
    pub(super) columns: &'s Columns<'s>,
    pub(super) evidence: &'s Evidence,
}

/// Why one record is refused: the code of the reason, and the reason in words.
pub(super) struct Fault(pub(super) &'static str, pub(super) String);

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        Self(refused.reason_code, refused.detail)
    }
}

/// A unit, and the cells of its rows that do not enter the unit, by `<kind of record> <column>`.
pub(super) struct Built {
    pub(super) unit: Unit,
    pub(super) ignored: Counts,
    pub(super) identifying: Counts,
}

/// What happens to the value of a requested column.
enum Taken<'t> {
    /// The value enters the unit, with the label of its code.
    Value(Option<&'t str>),
    LeftOut(LeftOutRule),
}

/// What happens after a fault of a part of a record: an error ends the record.
type OnFault<'f> = &'f mut dyn FnMut(Fault) -> Result<(), Fault>;

impl Builder<'_> {
    /// The unit of the record with these runs.
    pub(super) fn unit(&self, locator: String, runs: &[Run]) -> Result<Built, Fault> {
        self.built(locator, runs, &mut Err)
    }

    /// What can be read of a record that is refused: its rows and cells without those that have a fault. A cell whose code is not known keeps its text.
    pub(super) fn remains(&self, locator: String, runs: &[Run]) -> Option<Unit> {
        self.built(locator, runs, &mut |_| Ok(())).ok().map(|built| built.unit)
    }

    fn built(&self, locator: String, runs: &[Run], on_fault: OnFault<'_>) -> Result<Built, Fault> {
        if runs.iter().map(|run| run.to - run.from).sum::<u64>() > MAX_RECORD_BYTES {
            return Err(Fault("too-large", "the rows of the record are larger than the limit".to_owned()));
        }
        let mut key: Option<String> = None;
        let mut occurrences = Occurrences::new(self.rows, self.layout, self.columns);
        let mut faults = Vec::new();
        for run in runs {
            let mut number = run.first_row;
            self.rows.between(run.from, run.to, &mut |row| {
                let id = row.cell(Some(self.layout.record));
                if key.get_or_insert_with(|| id.to_owned()) != id {
                    return Err(Refused::new("changed", "the file changed while it was read"));
                }
                if faults.len() < MAX_FAULTS {
                    faults.extend(occurrences.add(&row, number).err());
                }
                number += 1;
                Ok(())
            })?;
        }
        let key = key.filter(|key| !key.trim().is_empty());
        let key = key.ok_or_else(|| Fault("no-record-id", "the rows have no record id".to_owned()))?;
        faults.into_iter().try_for_each(&mut *on_fault)?;
        occurrences.end().or_else(&mut *on_fault)?;
        groups::check_record(self.columns, &occurrences.groups()).or_else(&mut *on_fault)?;
        let mut built = Built {
            unit: Unit {
                locator,
                key,
                version: String::new(),
                sha256: digest(&occurrences),
                records: Vec::new(),
                deleted: false,
                encoding: self.rows.source.encoding,
                account: UnitAccount::default(),
            },
            ignored: Counts::new(),
            identifying: Counts::new(),
        };
        for (position, occurrence) in occurrences.iter() {
            let record = self.record(&occurrences, (position, occurrence), &mut built, on_fault)?;
            built.unit.records.push(record);
        }
        Ok(built)
    }

    /// What a record that is refused is recognised by: its id, or nothing but its place.
    pub(super) fn identity(&self, runs: &[Run]) -> Identity {
        let mut id = String::new();
        if let Some(run) = runs.first() {
            // A fault of the rows is the reason why the record is refused, and it was stated there.
            let _ = self.rows.between(run.from, run.to, &mut |row| {
                if id.is_empty() {
                    row.cell(Some(self.layout.record)).clone_into(&mut id);
                }
                Ok(())
            });
        }
        if id.trim().is_empty() { Identity::Place } else { Identity::Key(id) }
    }

    fn record(
        &self,
        all: &Occurrences<'_>,
        (position, occurrence): (&Position, &Occurrence),
        built: &mut Built,
        on_fault: OnFault<'_>,
    ) -> Result<Record, Fault> {
        let kind = match position.instrument.as_str() {
            "" => "row".to_owned(),
            instrument => format!("instrument:{instrument}"),
        };
        for (name, count) in &occurrence.unknown {
            *built.ignored.entry(format!("{kind} {}", shown(name))).or_default() += count;
        }
        let mut fields = BTreeMap::new();
        for (name, cell) in &occurrence.cells {
            let named = || format!("{kind} {}", shown(name));
            let column = &cell.column;
            let is_missing_box = column.what == What::MissingBox && self.columns.has_requested_box(column);
            match column.what {
                What::Identifier => *built.identifying.entry(named()).or_default() += 1,
                What::Document => built.unit.account.leave_out(LeftOutRule::DocumentType, named()),
                _ if !column.is_requested() && !is_missing_box => *built.ignored.entry(named()).or_default() += 1,
                _ => match self
                    .taken(all, position, cell, occurrence.row)
                    .or_else(|fault| on_fault(fault).map(|()| Taken::Value(None)))?
                {
                    Taken::LeftOut(rule) => built.unit.account.leave_out(rule, named()),
                    Taken::Value(label) => {
                        let label = label.filter(|label| !label.is_empty());
                        let labels = column.labels.iter().zip(label.into_iter().cycle());
                        fields.extend(labels.map(|(field, label)| (field.clone(), Field::Value(label.to_owned()))));
                        let values = column.fields.iter();
                        fields.extend(values.map(|field| (field.clone(), Field::Value(cell.text.clone()))));
                    }
                },
            }
        }
        Ok(Record {
            kind,
            parent: None,
            offset: occurrence.offset,
            fields,
        })
    }

    fn taken(&self, all: &Occurrences<'_>, position: &Position, cell: &Cell, row: u64) -> Result<Taken<'_>, Fault> {
        let (column, text) = (&cell.column, cell.text.as_str());
        if self.columns.is_missing(text) {
            return Ok(Taken::LeftOut(LeftOutRule::MissingCode));
        }
        let label = match (column.what, text) {
            _ if is_default(column, text) => return Ok(Taken::LeftOut(LeftOutRule::ExportDefault)),
            (What::MissingBox, "1") | (What::SurveyTime, NOT_COMPLETED) => return Ok(Taken::LeftOut(LeftOutRule::MissingCode)),
            (What::Box, "1") => None,
            (What::Box | What::MissingBox, _) => return Err(no_choice(column, row)),
            _ => match self.columns.choices(column) {
                None => None,
                Some(choices) => {
                    let is_certain = !self.evidence.is_mixed() || choices.reading(text) != Reading::Both;
                    let label = choices.label(text).filter(|_| is_certain);
                    Some(label.ok_or_else(|| no_choice(column, row))?)
                }
            },
        };
        let variable = column.variable.as_deref().and_then(|name| self.columns.dictionary.variable(name));
        let logic = variable.and_then(|variable| variable.branching.as_ref());
        match logic.and_then(|logic| all.is_shown(position, logic)) {
            Some(false) => Ok(Taken::LeftOut(LeftOutRule::HiddenByBranching)),
            Some(true) | None => Ok(Taken::Value(label)),
        }
    }
}

fn no_choice(column: &Column, row: u64) -> Fault {
    let detail = format!(
        "row {row}: {} is not a code of the dictionary (does the export contain labels, or is the dictionary newer?)",
        column.name
    );
    Fault("unknown-choice", detail)
}

/// Whether a flat export has this value also for a form that was never opened: 0 for a box or for the state of a form.
fn is_default(column: &Column, text: &str) -> bool {
    matches!(column.what, What::Box | What::MissingBox | What::Status) && text == "0"
}

/// The digest of all cells that can matter. The flat and the EAV form of the same content have the same digest. It does not cover identifying
/// cells and cells of unknown columns. If the digest covered a name, the name could be found by trial.
fn digest(occurrences: &Occurrences<'_>) -> String {
    let mut digest = Sha256::new();
    for (_, occurrence) in occurrences.iter() {
        let covered = |cell: &&Cell| {
            let is_named = !matches!(cell.column.what, What::Identifier | What::Document | What::Unknown);
            is_named && !is_default(&cell.column, &cell.text)
        };
        let cells: Vec<&Cell> = occurrence.cells.values().filter(covered).collect();
        // A row without values shows only that its place exists. An EAV export has no such rows.
        if cells.iter().all(|cell| matches!(cell.column.what, What::RecordId | What::Place)) {
            continue;
        }
        for cell in cells {
            let (name, text) = (&cell.column.name, &cell.text);
            digest.update(format!("{}:{name}={}:{text};", name.len(), text.len()));
        }
        digest.update("\n");
    }
    hex::encode(digest.finalize())
}
