//! Loads and removes tables. A load is one transaction: all rows of the new version, and none of the earlier one.

use std::collections::BTreeMap;

use gemj_access::{Mandate, WriteAction};
use gemj_model::{CodeLabel, CodeMapping, CodeTable, CodeTableKind, CodeTableRow, CodeTableRows};

use crate::catalogue::Catalogue;
use crate::database::{Transaction, Value, giving_way};
use crate::error::CatalogueError;
use crate::filter_changes::ontologies_change;
use crate::write::Write;

/// The number of rows that are in memory at once.
const BATCH: usize = 2_048;
/// The number of rows that one statement deletes, so that a long write can give way to a withdrawal between two statements.
const DELETED_AT_ONCE: i64 = 20_000;

/// The result of a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadedAs {
    /// No version of the table was in use.
    New,
    /// The version replaced another one.
    Replaced {
        /// The earlier version.
        version: String,
    },
    /// The same version with the same content is in use already. Nothing changed.
    Already,
}

impl Catalogue {
    /// Loads a version of a table, which replaces the version in use of the same name (action `LoadCodeTable`). `rows` gives the rows that are loaded.
    ///
    /// # Errors
    /// * [`CatalogueError::Conflict`] for a version that was loaded earlier with other content, or for a table whose kind is another one than before.
    /// * [`CatalogueError::Invalid`] for an empty name, version or licence note, for a text that cannot be stored, for rows of another kind, and for rows
    ///   that changed while they were read.
    /// * The database does not answer.
    pub async fn load_code_table(
        &self,
        mandate: &Mandate,
        table: &CodeTable,
        rows: &mut dyn CodeTableRows,
    ) -> Result<LoadedAs, CatalogueError> {
        for (field, text) in [("name", &table.name), ("version", &table.version), ("licence", &table.licence)] {
            if text.trim().is_empty() {
                return Err(CatalogueError::Invalid { field });
            }
        }
        giving_way!(self.replace_table(mandate, table, &mut *rows))
    }

    async fn replace_table(&self, mandate: &Mandate, table: &CodeTable, rows: &mut dyn CodeTableRows) -> Result<LoadedAs, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::LoadCodeTable]).await?;
        let sql = "SELECT version, kind, sha256, ended FROM code_table WHERE name = $1";
        let mut earlier = None;
        for row in write.transaction.fetch_all(sql, vec![Value::outside(&table.name, "name")?]).await? {
            let (version, is_in_use) = (row.text(0, "code table")?, row.maybe_int(3, "code table")?.is_none());
            if row.text(1, "code table")? != table.kind.as_str() {
                return Err(CatalogueError::Conflict { field: "kind" });
            }
            if version == table.version && row.text(2, "code table")? != table.sha256 {
                return Err(CatalogueError::Conflict { field: "version" });
            }
            if version == table.version && is_in_use {
                return Ok(LoadedAs::Already);
            }
            if is_in_use {
                earlier = Some(version);
            }
        }
        self.end(&mut write, &table.name, "replaced").await?;
        let now = self.clock.now();
        let delete = "DELETE FROM code_table WHERE name = $1 AND version = $2";
        let key = || -> Result<Vec<Value>, CatalogueError> {
            Ok(vec![
                Value::outside(&table.name, "name")?,
                Value::outside(&table.version, "version")?,
            ])
        };
        write.transaction.execute(delete, key()?).await?;
        let row = [
            Value::outside(&table.name, "name")?,
            Value::outside(&table.version, "version")?,
            table.kind.as_str().into(),
            Value::outside(&table.licence, "licence")?,
            Value::outside(&table.sha256, "digest")?,
            Value::count(table.received, "rows")?,
            Value::count(table.refused, "rows")?,
            now.into(),
            Value::MaybeInt(None),
            "in-use".into(),
        ];
        let into = "code_table (name, version, kind, licence, sha256, received, refused, recorded, ended, state)";
        write.transaction.insert(into, [row]).await?;
        let stored = store(&mut write.transaction, table, rows).await?;
        if stored + table.refused != table.received {
            return Err(CatalogueError::Invalid { field: "rows" });
        }
        ontologies_change(&mut write).await?;
        let resource = format!("code-table {} {}", table.name, table.version);
        write.commit(self, mandate, &resource, stored).await?;
        Ok(earlier.map_or(LoadedAs::New, |version| LoadedAs::Replaced { version }))
    }

    /// Removes the version in use of a table (action `LoadCodeTable`). The version stays listed as removed. Returns the version.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] if no version of the table is in use; the database does not answer.
    pub async fn remove_code_table(&self, mandate: &Mandate, name: &str) -> Result<String, CatalogueError> {
        giving_way!(self.remove_table(mandate, name))
    }

    async fn remove_table(&self, mandate: &Mandate, name: &str) -> Result<String, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::LoadCodeTable]).await?;
        let sql = "SELECT version FROM code_table WHERE name = $1 AND ended IS NULL";
        let row = write.transaction.fetch_first(sql, vec![Value::outside(name, "name")?]).await?;
        let version = row.ok_or(CatalogueError::NotFound { what: "code table" })?.text(0, "code table")?;
        self.end(&mut write, name, "removed").await?;
        ontologies_change(&mut write).await?;
        let resource = format!("code-table {name} {version} removed");
        write.commit(self, mandate, &resource, 1).await?;
        Ok(version)
    }

    /// Deletes the rows of the version in use, and marks the version as ended.
    async fn end(&self, write: &mut Write, name: &str, state: &'static str) -> Result<(), CatalogueError> {
        let transaction = &mut write.transaction;
        for (last, delete) in [
            (
                "SELECT COALESCE(MAX(position), -1) FROM code_mapping WHERE name = $1",
                "DELETE FROM code_mapping WHERE name = $1 AND position < $2",
            ),
            (
                "SELECT COALESCE(MAX(position), -1) FROM code_label WHERE name = $1",
                "DELETE FROM code_label WHERE name = $1 AND position < $2",
            ),
        ] {
            let row = transaction.fetch_first(last, vec![name.into()]).await?;
            let last = row.ok_or(CatalogueError::Corrupt { what: "code table" })?.int(0, "code table")?;
            let mut before = 0;
            while before <= last {
                before += DELETED_AT_ONCE;
                transaction.execute(delete, vec![name.into(), before.into()]).await?;
            }
        }
        transaction
            .execute("DELETE FROM code_table_part WHERE name = $1", vec![name.into()])
            .await?;
        let update = "UPDATE code_table SET ended = $2, state = $3 WHERE name = $1 AND ended IS NULL";
        let arguments = vec![name.into(), self.clock.now().into(), state.into()];
        transaction.execute(update, arguments).await?;
        Ok(())
    }
}

/// Stores the rows of a table, and returns their number.
async fn store(transaction: &mut Transaction, table: &CodeTable, rows: &mut dyn CodeTableRows) -> Result<u64, CatalogueError> {
    let changed = |_| CatalogueError::Invalid { field: "rows" };
    rows.begin().map_err(changed)?;
    let mut parts: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut position = 0_i64;
    loop {
        let mut mappings: Vec<[Value; 8]> = Vec::new();
        let mut labels: Vec<[Value; 6]> = Vec::new();
        while mappings.len() + labels.len() < BATCH
            && let Some(row) = rows.next_row().map_err(changed)?
        {
            let part = match (&row, table.kind) {
                (CodeTableRow::Mapping(mapping), CodeTableKind::Map) => {
                    mappings.push(mapping_row(&table.name, position, mapping)?);
                    (prefix(&mapping.source), mapping.target_system.clone())
                }
                (CodeTableRow::Label(label), CodeTableKind::Labels) => {
                    labels.push(label_row(&table.name, position, label)?);
                    (prefix(&label.code), label.language.clone())
                }
                (CodeTableRow::Mapping(_), CodeTableKind::Labels) | (CodeTableRow::Label(_), CodeTableKind::Map) => {
                    return Err(CatalogueError::Invalid { field: "rows" });
                }
            };
            *parts.entry(part).or_default() += 1;
            position += 1;
        }
        let is_last = mappings.len() + labels.len() < BATCH;
        let into = "code_mapping (name, position, source, source_display, target_system, target, target_display, equivalence)";
        transaction.insert(into, mappings).await?;
        transaction
            .insert("code_label (name, position, code, language, label, status)", labels)
            .await?;
        if is_last {
            break;
        }
    }
    let mut counted = Vec::new();
    for ((source, target), count) in parts {
        let (source, target) = (source.as_str().into(), target.as_str().into());
        counted.push([table.name.as_str().into(), source, target, Value::count(count, "rows")?]);
    }
    transaction
        .insert("code_table_part (name, source_system, target_system, row_count)", counted)
        .await?;
    Ok(position.unsigned_abs())
}

fn mapping_row(name: &str, position: i64, mapping: &CodeMapping) -> Result<[Value; 8], CatalogueError> {
    Ok([
        name.into(),
        position.into(),
        Value::outside(&mapping.source, "source code")?,
        Value::outside(&mapping.source_display, "source display")?,
        Value::outside(&mapping.target_system, "target system")?,
        Value::outside(&mapping.target, "target code")?,
        Value::outside(&mapping.target_display, "target display")?,
        mapping.equivalence.as_str().into(),
    ])
}

fn label_row(name: &str, position: i64, label: &CodeLabel) -> Result<[Value; 6], CatalogueError> {
    Ok([
        name.into(),
        position.into(),
        Value::outside(&label.code, "code")?,
        Value::outside(&label.language, "language")?,
        Value::outside(&label.label, "label")?,
        label.status.as_str().into(),
    ])
}

/// The prefix of a CURIE.
fn prefix(code: &str) -> String {
    code.split_once(':').map_or("", |(prefix, _)| prefix).to_owned()
}
