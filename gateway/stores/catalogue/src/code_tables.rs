//! Code tables: mappings between code systems and labels of codes, with version and licence note. A table concerns no participant, so reading it needs no
//! key. Mappings are joined with facts when facts are read. A new version of a table is therefore used at once, and stored facts stay as received.

mod load;
mod lookup;
mod unmapped;

use gemj_model::{CodeTableKind, Timestamp};

use crate::catalogue::Catalogue;
use crate::database::Row;
use crate::error::CatalogueError;
pub use load::LoadedAs;
pub(crate) use lookup::targets_of;
pub use lookup::{StoredLabel, StoredMapping};
pub use unmapped::{UnmappedCode, WhyUnmapped};

/// Whether a version of a table is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeTableState {
    /// The rows of the version are stored and used.
    InUse,
    /// Another version was loaded. The rows of the version are deleted.
    Replaced,
    /// The table was removed. The rows of the version are deleted.
    Removed,
}

impl CodeTableState {
    const ALL: [Self; 3] = [Self::InUse, Self::Replaced, Self::Removed];

    /// The word of the state.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InUse => "in-use",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
        }
    }

    fn parse(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(())
    }
}

/// One version of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCodeTable {
    /// The name of the table.
    pub name: String,
    /// The version of the table.
    pub version: String,
    /// The kind of the table.
    pub kind: CodeTableKind,
    /// The note about the licence.
    pub licence: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// The number of rows in the file.
    pub received: u64,
    /// The number of refused rows.
    pub refused: u64,
    /// The time of the last load of the version.
    pub recorded: Timestamp,
    /// The time at which the version was replaced or removed; absent if it is in use.
    pub ended: Option<Timestamp>,
    /// Whether the version is in use.
    pub state: CodeTableState,
    /// The pairs of code systems (or of code system and language), each with its number of rows. Empty if the version is not in use.
    pub parts: Vec<CodeTablePart>,
}

/// The rows of a table from one code system to another one, or the labels of one code system in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTablePart {
    /// The prefix of the source's code system.
    pub source: String,
    /// The prefix of the target's code system, or the language. Empty for codes that are unmatched in every code system.
    pub target: String,
    /// The number of rows.
    pub rows: u64,
}

impl Catalogue {
    /// All versions of all tables, in order of name and time of the load.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn code_tables(&self) -> Result<Vec<StoredCodeTable>, CatalogueError> {
        let mut snapshot = self.database.begin_snapshot().await?;
        let sql = "SELECT name, version, kind, licence, sha256, received, refused, recorded, ended, state FROM code_table \
                   ORDER BY name, recorded, version";
        let mut tables = Vec::new();
        for row in snapshot.fetch_all(sql, Vec::new()).await? {
            tables.push(table_of(&row)?);
        }
        let sql = "SELECT name, source_system, target_system, row_count FROM code_table_part ORDER BY name, source_system, target_system";
        for row in snapshot.fetch_all(sql, Vec::new()).await? {
            let name = row.text(0, "code table")?;
            let part = CodeTablePart {
                source: row.text(1, "code table")?,
                target: row.text(2, "code table")?,
                rows: row.count(3, "code table")?,
            };
            let in_use = tables.iter_mut().find(|table| table.name == name && table.ended.is_none());
            in_use.ok_or(CatalogueError::Corrupt { what: "code table" })?.parts.push(part);
        }
        Ok(tables)
    }
}

fn table_of(row: &Row) -> Result<StoredCodeTable, CatalogueError> {
    Ok(StoredCodeTable {
        name: row.text(0, "code table")?,
        version: row.text(1, "code table")?,
        kind: row.parsed(2, "code table", |text| CodeTableKind::parse(text).ok_or(()))?,
        licence: row.text(3, "code table")?,
        sha256: row.text(4, "code table")?,
        received: row.count(5, "code table")?,
        refused: row.count(6, "code table")?,
        recorded: row.time(7, "code table")?,
        ended: row.maybe_time(8, "code table")?,
        state: row.parsed(9, "code table", CodeTableState::parse)?,
        parts: Vec::new(),
    })
}
