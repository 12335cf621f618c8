//! Writes a table as a Parquet file, row group by row group.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::tables::{Column, Kind, Table};
use crate::export::ExportFailure;
use crate::export::files::{complete, part};

/// The number of rows of a row group. It bounds the memory of a table.
const ROWS_OF_GROUP: usize = 10_000;

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// No value.
    Empty,
    /// An integer, or a date as its number of days since 1970-01-01.
    Integer(i32),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

impl From<i32> for Cell {
    fn from(value: i32) -> Self {
        Self::Integer(value)
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// A table with its file.
pub(super) struct ParquetTable {
    table: Table,
    folder: PathBuf,
    writer: SerializedFileWriter<File>,
    rows: Vec<Vec<Cell>>,
    count: i32,
}

impl ParquetTable {
    pub(super) fn create(folder: &Path, table: Table) -> Result<Self, ExportFailure> {
        let columns: Vec<String> = table.columns.iter().map(declared).collect();
        let schema = parse_message_type(&format!("message {} {{ {} }}", table.name, columns.concat()))?;
        let file = File::create_new(part(folder, table.file))?;
        // Without compression, the gateway needs no further library for it. Repeated values are in dictionaries.
        let properties = WriterProperties::builder().build();
        Ok(Self {
            table,
            folder: folder.to_owned(),
            writer: SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?,
            rows: Vec::new(),
            count: 0,
        })
    }

    /// The number of the next row, counted from 1.
    pub(super) fn next(&self) -> Result<i32, ExportFailure> {
        self.count.checked_add(1).ok_or(ExportFailure::TooManyRows)
    }

    /// Adds a row with the values of these columns. All other columns are empty.
    pub(super) fn add<const N: usize>(&mut self, values: [(&'static str, Cell); N]) -> Result<(), ExportFailure> {
        self.count = self.next()?;
        let mut row = vec![Cell::Empty; self.table.columns.len()];
        for (name, value) in values {
            let cell = self.table.columns.iter().position(|column| column.name == name);
            let cell = cell.and_then(|at| row.get_mut(at));
            *cell.unwrap_or_else(|| unreachable!("{name} is a column of the table")) = value;
        }
        self.rows.push(row);
        if self.rows.len() == ROWS_OF_GROUP {
            self.write_group()?;
        }
        Ok(())
    }

    /// Ends the file and gives it its name. Returns the name and the number of rows.
    pub(super) fn finish(mut self) -> Result<(&'static str, u64), ExportFailure> {
        if !self.rows.is_empty() {
            self.write_group()?;
        }
        let file = self.writer.into_inner()?;
        file.sync_all()?;
        complete(&self.folder, self.table.file)?;
        Ok((self.table.file, self.count.unsigned_abs().into()))
    }

    fn write_group(&mut self) -> Result<(), ExportFailure> {
        let rows = std::mem::take(&mut self.rows);
        let mut group = self.writer.next_row_group()?;
        for (at, column) in self.table.columns.iter().enumerate() {
            let Some(mut writer) = group.next_column()? else { break };
            let cells = rows.iter().filter_map(|row| row.get(at));
            write_column(&mut writer, column, cells)?;
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }
}

/// The declaration of a column in the language of Parquet schemas.
fn declared(column: &Column) -> String {
    let repetition = if column.is_required { "required" } else { "optional" };
    let (kind, meaning) = match column.kind {
        Kind::Integer => ("int32", ""),
        Kind::Day => ("int32", " (DATE)"),
        Kind::Moment => ("int64", " (TIMESTAMP(MICROS,false))"),
        Kind::Number => ("double", ""),
        Kind::Text => ("binary", " (STRING)"),
    };
    format!("{repetition} {kind} {}{meaning}; ", column.name)
}

/// Writes the cells of a column. An empty cell of a required column is an error of Parquet: there are then fewer values than rows.
fn write_column<'c>(
    writer: &mut SerializedColumnWriter<'_>,
    column: &Column,
    cells: impl Iterator<Item = &'c Cell> + Clone,
) -> Result<(), ExportFailure> {
    let levels: Vec<i16> = cells.clone().map(|cell| i16::from(*cell != Cell::Empty)).collect();
    let levels = (!column.is_required).then_some(&levels[..]);
    match column.kind {
        Kind::Integer | Kind::Day => {
            let values: Vec<i32> = cells.filter_map(integer).collect();
            writer.typed::<Int32Type>().write_batch(&values, levels, None)?;
        }
        Kind::Moment => {
            writer.typed::<Int64Type>().write_batch(&[], levels, None)?;
        }
        Kind::Number => {
            let values: Vec<f64> = cells.filter_map(number).collect();
            writer.typed::<DoubleType>().write_batch(&values, levels, None)?;
        }
        Kind::Text => {
            let values: Vec<ByteArray> = cells.filter_map(text).map(ByteArray::from).collect();
            writer.typed::<ByteArrayType>().write_batch(&values, levels, None)?;
        }
    }
    Ok(())
}

fn integer(cell: &Cell) -> Option<i32> {
    match cell {
        Cell::Integer(value) => Some(*value),
        Cell::Empty | Cell::Number(_) | Cell::Text(_) => None,
    }
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(value) => Some(*value),
        Cell::Empty | Cell::Integer(_) | Cell::Text(_) => None,
    }
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(value) => Some(value),
        Cell::Empty | Cell::Integer(_) | Cell::Number(_) => None,
    }
}
