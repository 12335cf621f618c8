//! The occurrences of a record: its values by event, repeating instrument and instance. The rows of both forms of an export give the same
//! occurrences.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::branching::Logic;
use super::choices::box_suffix;
use super::columns::{Column, Columns, Counts, What};
use super::dictionary::Kind;
use super::layout::Layout;
use super::record::Fault;
use super::rows::{Row, Rows};

/// The maximum number of cells of one record.
const MAX_CELLS: usize = 1_000_000;

/// The place of an occurrence in its record. Occurrences are read in the order of their positions, independent of the order in the file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Position {
    pub(super) instrument: String,
    event: String,
    /// The number of the repetition; 0 if the occurrence does not repeat.
    instance: u32,
}

/// The values of one record at one position.
pub(super) struct Occurrence {
    pub(super) offset: Option<u64>,
    /// The number of the first row in the file, counted from 1.
    pub(super) row: u64,
    /// The cells that are not empty, by the name of their column.
    pub(super) cells: BTreeMap<String, Cell>,
    /// The cells of columns that the dictionary does not explain. Their content is not kept.
    pub(super) unknown: Counts,
}

pub(super) struct Cell {
    pub(super) column: Rc<Column>,
    pub(super) text: String,
}

/// The occurrences of one record.
pub(super) struct Occurrences<'o> {
    rows: &'o Rows,
    layout: &'o Layout,
    columns: &'o Columns<'o>,
    /// The occurrences of the rows so far.
    added: HashMap<Position, Occurrence>,
    /// All occurrences, after the end of the record.
    by_position: BTreeMap<Position, Occurrence>,
    /// The occurrence of the last row of an EAV export, which most often is also the occurrence of the next row.
    open: Option<(Position, Occurrence)>,
    cells: usize,
}

impl<'o> Occurrences<'o> {
    pub(super) fn new(rows: &'o Rows, layout: &'o Layout, columns: &'o Columns<'o>) -> Self {
        Self {
            rows,
            layout,
            columns,
            added: HashMap::new(),
            by_position: BTreeMap::new(),
            open: None,
            cells: 0,
        }
    }

    /// The occurrences in the order of their positions, after the end of the record.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Position, &Occurrence)> {
        self.by_position.iter()
    }

    /// The data access groups of the record, after its end.
    pub(super) fn groups(&self) -> BTreeSet<&str> {
        let cells = self.by_position.values().flat_map(|occurrence| occurrence.cells.values());
        let groups = cells.filter(|cell| cell.column.what == What::Group);
        groups.map(|cell| cell.text.trim()).collect()
    }

    /// Adds a row of the record. `number` is the number of the row in the file.
    pub(super) fn add(&mut self, row: &Row, number: u64) -> Result<(), Fault> {
        let position = self.position(row, number)?;
        match self.layout.eav {
            None => self.add_flat(row, number, position),
            Some(places) => self.add_value(row, number, position, places),
        }
    }

    fn add_flat(&mut self, row: &Row, number: u64, position: Position) -> Result<(), Fault> {
        if self.added.contains_key(&position) {
            let detail = format!("row {number} has event, instrument and instance of an earlier row");
            return Err(Fault("duplicate-row", detail));
        }
        let mut occurrence = self.occurrence(row, number);
        for (at, text) in &row.cells {
            if let Some(name) = self.rows.header.get(*at) {
                self.put(&mut occurrence, self.columns.of_name(name), text, number)?;
            }
        }
        self.added.insert(position, occurrence);
        Ok(())
    }

    fn add_value(&mut self, row: &Row, number: u64, position: Position, (field, value): (usize, usize)) -> Result<(), Fault> {
        let value_text = row.cell(Some(value));
        if value_text.trim().is_empty() {
            return Ok(());
        }
        let mut occurrence = match self.open.take() {
            Some((known, open)) if known == position => open,
            earlier => {
                self.added.extend(earlier);
                let known = self.added.remove(&position);
                known.unwrap_or_else(|| self.occurrence(row, number))
            }
        };
        for (at, text) in row.cells.iter().filter(|(at, _)| *at != field && *at != value) {
            let Some(name) = self.rows.header.get(*at) else { continue };
            let is_record = *at == self.layout.record;
            let column = self
                .columns
                .of_name(if is_record { &self.columns.dictionary.record_id } else { name });
            // The columns for the place are in each row of an occurrence.
            let known = occurrence.cells.get(&column.name);
            if known.is_none_or(|known| known.text.trim() != text.trim()) {
                self.put(&mut occurrence, column, text, number)?;
            }
        }
        let name = row.cell(Some(field)).trim();
        if name == self.columns.dictionary.record_id {
            if value_text != row.cell(Some(self.layout.record)) {
                let detail = format!("row {number} has another record id as value than as record");
                return Err(Fault("record-differs", detail));
            }
        } else {
            let (column, text) = self.columns.of_field(name, value_text);
            self.put(&mut occurrence, column, &text, number)?;
        }
        self.open = Some((position, occurrence));
        Ok(())
    }

    fn occurrence(&self, row: &Row, number: u64) -> Occurrence {
        Occurrence {
            offset: self.rows.source.offset(row.offset),
            row: number,
            cells: BTreeMap::new(),
            unknown: Counts::new(),
        }
    }

    fn put(&mut self, occurrence: &mut Occurrence, column: Rc<Column>, text: &str, number: u64) -> Result<(), Fault> {
        if text.trim().is_empty() {
            return Ok(());
        }
        self.cells += 1;
        if self.cells > MAX_CELLS {
            return Err(Fault("too-large", "the record has more cells than the limit".to_owned()));
        }
        if column.what == What::Unknown {
            *occurrence.unknown.entry(column.name.clone()).or_default() += 1;
            return Ok(());
        }
        let text = if self.columns.is_verbatim(&column) { text } else { text.trim() }.to_owned();
        let name = column.name.clone();
        if occurrence.cells.insert(name, Cell { column, text }).is_some() {
            let detail = format!("row {number} has a second value for a field of the same event, instrument and instance");
            return Err(Fault("duplicate-row", detail));
        }
        Ok(())
    }

    fn position(&self, row: &Row, number: u64) -> Result<Position, Fault> {
        let text = |column: Option<usize>| row.cell(column).trim();
        let instrument = text(self.layout.instrument);
        if !instrument.is_empty() && !self.columns.dictionary.has_form(instrument) {
            let detail = format!("row {number} repeats an instrument that the dictionary does not have");
            return Err(Fault("unknown-instrument", detail));
        }
        let instance = match text(self.layout.instance) {
            "" => Some(0),
            text if text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok().filter(|n| *n >= 1),
            _ => None,
        };
        let instance = instance.ok_or_else(|| Fault("bad-instance", format!("row {number} has an instance that is not a number")))?;
        Ok(Position {
            instrument: instrument.to_owned(),
            event: text(self.layout.event).to_owned(),
            instance,
        })
    }

    /// Ends the record, and checks that no instrument or event occurs both with and without an instance. It would not be certain which values
    /// belong together.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        self.added.extend(self.open.take());
        self.by_position = std::mem::take(&mut self.added).into_iter().collect();
        let mut positions = self.by_position.iter().peekable();
        while let (Some((position, _)), Some((next, occurrence))) = (positions.next(), positions.peek()) {
            let is_same_place = (&position.instrument, &position.event) == (&next.instrument, &next.event);
            if is_same_place && position.instance == 0 {
                let detail = format!("row {} has an instance, and another row of the same place has none", occurrence.row);
                return Err(Fault("bad-instance", detail));
            }
        }
        Ok(())
    }

    /// Whether the form shows a variable at a position, by the variable's branching logic. `None` if the result is not certain.
    pub(super) fn is_shown(&self, position: &Position, logic: &Logic) -> Option<bool> {
        logic.holds(&|name, code| self.value(position, name, code))
    }

    /// The value of a variable as REDCap reads it in a condition at `position`: a variable of the repeating instrument itself in the same
    /// occurrence, another variable in the occurrence of the same event that does not repeat. `None` if the export does not show it.
    fn value(&self, position: &Position, name: &str, code: Option<&str>) -> Option<String> {
        let variable = self.columns.dictionary.variable(name)?;
        let (column, blank) = match (variable.kind, code) {
            (Kind::Checkbox, Some(code)) => (format!("{name}___{}", box_suffix(code)), "0"),
            (Kind::Value, None) => (name.to_owned(), ""),
            _ => return None,
        };
        let is_flat = self.layout.eav.is_none();
        if is_flat && self.rows.column(&column).is_none() {
            return None;
        }
        let is_own = variable.form == position.instrument;
        // The form of the variable repeats by itself in this event, so it is not certain which repetition is meant.
        let mut positions = self.by_position.keys();
        if !is_own && positions.any(|p| p.instrument == variable.form && p.event == position.event) {
            return None;
        }
        let base = Position {
            instrument: String::new(),
            event: position.event.clone(),
            instance: 0,
        };
        let place = if is_own || position.instrument.is_empty() {
            position
        } else {
            &base
        };
        let cell = self.by_position.get(place).and_then(|occurrence| occurrence.cells.get(&column));
        Some(cell.map_or_else(|| blank.to_owned(), |cell| cell.text.clone()))
    }
}
