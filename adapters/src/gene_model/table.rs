//! Parses a gene model in the form of a table.

use super::error::GeneModelError;
use super::lines::Lines;
use super::{GeneModelBuilder, Stated};

/// The positions of the known columns in a line.
pub(super) struct Columns {
    count: usize,
    symbol: usize,
    contig: usize,
    start: usize,
    end: usize,
    hgnc_id: Option<usize>,
    aliases: Option<usize>,
}

impl Columns {
    /// Reads the line of column names; `None` if a required column is missing.
    pub(super) fn of(line: &str) -> Option<Self> {
        let names: Vec<String> = line.split('\t').map(|name| name.trim().to_ascii_lowercase()).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        Some(Self {
            count: names.len(),
            symbol: place("symbol")?,
            contig: place("contig")?,
            start: place("start")?,
            end: place("end")?,
            hgnc_id: place("hgnc_id"),
            aliases: place("aliases"),
        })
    }
}

pub(super) fn read(columns: &Columns, lines: &mut Lines<'_>, found: &mut GeneModelBuilder) -> Result<(), GeneModelError> {
    loop {
        let Some(line) = lines.next()? else { return Ok(()) };
        if line.trim().is_empty() {
            continue;
        }
        let fields: Vec<String> = line.split('\t').map(|field| field.trim().to_owned()).collect();
        let line = lines.number();
        if fields.len() != columns.count {
            return Err(GeneModelError::Malformed {
                line,
                expected: "the same number of columns as in the first line is expected",
            });
        }
        let entries = |place: Option<usize>| place.map_or("", |at| &fields[at]).split(['|', ',']);
        let named = |place| entries(place).map(|e| e.trim().to_owned()).filter(|e| !e.is_empty()).collect();
        let stated = Stated {
            symbol: fields[columns.symbol].clone(),
            identifiers: named(columns.hgnc_id),
            aliases: named(columns.aliases),
        };
        found.add(line, &fields[columns.contig], &fields[columns.start], &fields[columns.end], stated)?;
    }
}
