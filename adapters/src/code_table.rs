//! Reads code tables: mappings between code systems, and labels of codes.
//!
//! **Form.** A table is delimited text (tab or comma) with a header, in UTF-8, windows-31j (Shift_JIS) or UTF-16. Lines with `#` before the header can
//! state `name`, `version` and `licence`. A map has the columns [`MAP_COLUMNS`], a table of labels the columns [`LABEL_COLUMNS`] or those of a Babelon
//! table ([`BABELON_COLUMNS`]).
//!
//! **Account.** Every row is loaded, or refused with its line and a [`RowFault`]. Of equal rows, the first is loaded. Of rows that contradict each other,
//! none is loaded, because nothing states which of them is right.
//!
//! **Memory.** The file is read twice: once to check it ([`TableFile::open`]), and once to load it ([`TableFile::rows`]). A UTF-8 file is never in memory
//! as a whole; for each row, about 70 bytes are kept during the check and one byte afterwards.

mod layout;
mod reader;
mod row;
mod system;
#[cfg(test)]
mod tests;
mod verdict;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use gemj_model::{CodeTableChanged, CodeTableKind, CodeTableRow, CodeTableRows};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::redcap::source::{SizeLimit, Source};
use crate::regular_file::open_regular;
use layout::{Layout, Stated};
use reader::Reader;
pub use row::RowFault;
use verdict::Keys;

/// The columns of a map. The two columns of displays can be absent.
pub const MAP_COLUMNS: [&str; 7] = [
    "source_system",
    "source_code",
    "source_display",
    "target_system",
    "target_code",
    "target_display",
    "equivalence",
];
/// The columns of a table of labels.
pub const LABEL_COLUMNS: [&str; 5] = ["system", "code", "language", "label", "status"];
/// The columns that are read of a Babelon table, as the translations of HPO have them.
pub const BABELON_COLUMNS: [&str; 5] = [
    "subject_id",
    "predicate_id",
    "translation_language",
    "translation_value",
    "translation_status",
];

/// The maximum number of rows of a table.
pub const MAX_ROWS: usize = 5_000_000;
/// The maximum size of a table in UTF-8, in bytes.
const MAX_TABLE_BYTES: u64 = 4 << 30;
/// The maximum size of a table in another character set, which is converted in memory, in bytes.
const MAX_CONVERTED_BYTES: u64 = 256 << 20;

/// Why a whole file is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TableFileError {
    /// The file cannot be read as text.
    #[error("{detail}")]
    Text {
        /// The reason, without content of the file.
        detail: String,
    },
    /// The header does not name the required columns.
    #[error("the header has no column '{column}', or has it twice; a {kind} table needs: {columns}")]
    Column {
        /// The first column that is absent or twice in the header.
        column: &'static str,
        /// The word of the table's kind.
        kind: &'static str,
        /// The required columns.
        columns: String,
    },
    /// A row is longer than the limit, so the rows after it cannot be found.
    #[error("line {line}: the row is too long, or a quotation mark is not closed")]
    TooLong {
        /// The line at which the row begins.
        line: u64,
    },
    /// The file has too many rows.
    #[error("the file has more than {MAX_ROWS} rows")]
    TooManyRows,
    /// The file has a header and no row.
    #[error("the file has no row")]
    Empty,
}

/// A refused row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedRow {
    /// The line at which the row begins, from 1.
    pub line: u64,
    /// Why the row is refused.
    pub fault: RowFault,
}

/// A checked table file.
pub struct TableFile {
    path: PathBuf,
    source: Source,
    kind: CodeTableKind,
    layout: Layout,
    stated: Stated,
    sha256: [u8; 32],
    /// For each row, in the order of the file: whether it is loaded.
    loads: Vec<bool>,
    refused: Vec<RefusedRow>,
}

impl std::fmt::Debug for TableFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableFile")
            .field("rows", &self.loads.len())
            .field("refused", &self.refused.len())
            .finish_non_exhaustive()
    }
}

impl TableFile {
    /// Reads and checks every row of a file.
    ///
    /// # Errors
    /// The file cannot be read, or its rows cannot be told apart. A row with a fault is no error: it is in [`Self::refused`].
    pub fn open(path: &Path, kind: CodeTableKind) -> Result<Self, TableFileError> {
        let text = |detail: String| TableFileError::Text { detail };
        let limit = SizeLimit {
            utf_8_bytes: MAX_TABLE_BYTES,
            converted_bytes: MAX_CONVERTED_BYTES,
        };
        let sha256 = digest(path).ok_or_else(|| text("the file cannot be read".to_owned()))?;
        let source = Source::open(path, limit).map_err(|refused| text(refused.detail))?;
        let (layout, stated) = layout::read(&source, kind)?;
        let mut table = Self {
            path: path.to_owned(),
            source,
            kind,
            layout,
            stated,
            sha256,
            loads: Vec::new(),
            refused: Vec::new(),
        };
        table.check()?;
        Ok(table)
    }

    fn check(&mut self) -> Result<(), TableFileError> {
        let mut keys = Keys::default();
        let mut faults: Vec<(u32, RefusedRow)> = Vec::new();
        let mut lines = Vec::new();
        let mut reader = Reader::new(&self.source, &self.layout)?;
        while let Some((line, cells)) = reader.next()? {
            let row = u32::try_from(lines.len()).ok().filter(|row| (*row as usize) < MAX_ROWS);
            let row = row.ok_or(TableFileError::TooManyRows)?;
            lines.push(line);
            match row::parse(self.kind, &self.layout, cells) {
                Ok(parsed) => keys.add(row, &parsed),
                Err(fault) => faults.push((row, RefusedRow { line, fault })),
            }
        }
        drop(reader);
        if lines.is_empty() {
            return Err(TableFileError::Empty);
        }
        faults.extend(keys.faults().into_iter().map(|(row, fault)| {
            let line = lines.get(row as usize).copied().unwrap_or_default();
            (row, RefusedRow { line, fault })
        }));
        faults.sort_unstable_by_key(|(row, _)| *row);
        self.loads = vec![true; lines.len()];
        for (row, _) in &faults {
            if let Some(loads) = self.loads.get_mut(*row as usize) {
                *loads = false;
            }
        }
        self.refused = faults.into_iter().map(|(_, refused)| refused).collect();
        Ok(())
    }

    /// The name that the file states; absent if it states none.
    #[must_use]
    pub fn stated_name(&self) -> Option<&str> {
        self.stated.name.as_deref()
    }

    /// The version that the file states; absent if it states none.
    #[must_use]
    pub fn stated_version(&self) -> Option<&str> {
        self.stated.version.as_deref()
    }

    /// The licence note that the file states; absent if it states none.
    #[must_use]
    pub fn stated_licence(&self) -> Option<&str> {
        self.stated.licence.as_deref()
    }

    /// The columns of the file that are not read.
    #[must_use]
    pub fn unread_columns(&self) -> &[String] {
        &self.layout.unread
    }

    /// The number of rows below the header.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.loads.len() as u64
    }

    /// The refused rows, in the order of the file.
    #[must_use]
    pub fn refused(&self) -> &[RefusedRow] {
        &self.refused
    }

    /// The numbers of refused rows by fault.
    #[must_use]
    pub fn refused_by_fault(&self) -> BTreeMap<RowFault, u64> {
        let mut counts = BTreeMap::new();
        for row in &self.refused {
            *counts.entry(row.fault).or_default() += 1;
        }
        counts
    }

    /// SHA-256 of the file, lower-case hex.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(self.sha256)
    }

    /// The rows to load, in the order of the file.
    #[must_use]
    pub fn rows(&self) -> LoadedRows<'_> {
        LoadedRows {
            table: self,
            reader: None,
            row: 0,
        }
    }
}

/// The rows of a checked file that are loaded.
pub struct LoadedRows<'t> {
    table: &'t TableFile,
    reader: Option<Reader<'t>>,
    row: usize,
}

impl CodeTableRows for LoadedRows<'_> {
    fn begin(&mut self) -> Result<(), CodeTableChanged> {
        self.row = 0;
        self.reader = Some(Reader::new(&self.table.source, &self.table.layout).map_err(|_| CodeTableChanged)?);
        Ok(())
    }

    fn next_row(&mut self) -> Result<Option<CodeTableRow>, CodeTableChanged> {
        let reader = self.reader.as_mut().ok_or(CodeTableChanged)?;
        while let Some((_, cells)) = reader.next().map_err(|_| CodeTableChanged)? {
            let loads = self.table.loads.get(self.row).copied().ok_or(CodeTableChanged)?;
            self.row += 1;
            if loads {
                let parsed = row::parse(self.table.kind, &self.table.layout, cells);
                return parsed.map(Some).map_err(|_| CodeTableChanged);
            }
        }
        let is_whole = self.row == self.table.loads.len() && digest(&self.table.path) == Some(self.table.sha256);
        is_whole.then_some(None).ok_or(CodeTableChanged)
    }
}

/// SHA-256 of a file; absent if it cannot be read.
fn digest(path: &Path) -> Option<[u8; 32]> {
    let mut file = open_regular(path).ok()?.take(MAX_TABLE_BYTES + 1);
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Some(digest.finalize().into()),
            Ok(count) => digest.update(chunk.get(..count)?),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
