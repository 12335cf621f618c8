//! Finds the mappings and the labels of codes.

use std::collections::{BTreeSet, HashMap};

use gemj_model::{CodeLabel, CodeMapping, Equivalence, LabelStatus};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Row, Transaction, Value, placeholders};
use crate::error::CatalogueError;

/// A mapping of a loaded table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMapping {
    /// The mapping.
    pub mapping: CodeMapping,
    /// The name of the table.
    pub table: String,
    /// The version of the table.
    pub version: String,
}

/// A label of a loaded table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLabel {
    /// The label.
    pub label: CodeLabel,
    /// The name of the table.
    pub table: String,
    /// The version of the table.
    pub version: String,
}

const MAPPINGS: &str = "SELECT m.source, m.source_display, m.target_system, m.target, m.target_display, m.equivalence, t.name, t.version \
                        FROM code_mapping m JOIN code_table t ON t.name = m.name AND t.ended IS NULL WHERE m.source IN ";

impl Catalogue {
    /// The mappings of these source codes in the tables in use, by source code. The mappings of a code are in order of table and row.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn code_mappings(&self, codes: &BTreeSet<&str>) -> Result<HashMap<String, Vec<StoredMapping>>, CatalogueError> {
        let codes: Vec<&str> = codes.iter().copied().filter(|code| !code.contains('\0')).collect();
        let mut mappings: HashMap<String, Vec<StoredMapping>> = HashMap::new();
        for chunk in codes.chunks(MAX_PARAMETERS) {
            let sql = format!("{MAPPINGS} ({}) ORDER BY m.name, m.position", placeholders(1, chunk.len()));
            let arguments = chunk.iter().map(|code| Value::from(*code)).collect();
            for row in self.database.fetch_all_of(sql, arguments).await? {
                let found = mapping_of(&row)?;
                mappings.entry(found.mapping.source.clone()).or_default().push(found);
            }
        }
        Ok(mappings)
    }

    /// The labels of a code in the tables in use: official ones first, then in order of language, table and row.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn code_labels(&self, code: &str) -> Result<Vec<StoredLabel>, CatalogueError> {
        if code.contains('\0') {
            return Ok(Vec::new());
        }
        let sql = "SELECT l.code, l.language, l.label, l.status, t.name, t.version FROM code_label l \
                   JOIN code_table t ON t.name = l.name AND t.ended IS NULL WHERE l.code = $1 ORDER BY l.language, l.name, l.position";
        let mut labels = Vec::new();
        for row in self.database.fetch_all(sql, vec![code.into()]).await? {
            labels.push(StoredLabel {
                label: CodeLabel {
                    code: row.text(0, "code label")?,
                    language: row.text(1, "code label")?,
                    label: row.text(2, "code label")?,
                    status: row.parsed(3, "code label", |text| LabelStatus::parse(text).ok_or(()))?,
                },
                table: row.text(4, "code label")?,
                version: row.text(5, "code label")?,
            });
        }
        labels.sort_by_key(|found| found.label.status);
        Ok(labels)
    }
}

/// The target codes that follow from each of these source codes, with their displays: the targets that are equal to the source or wider. Codes without
/// such a target are absent.
pub(crate) async fn targets_of(
    snapshot: &mut Transaction,
    codes: &[String],
) -> Result<HashMap<String, Vec<(String, String)>>, CatalogueError> {
    let mut targets: HashMap<String, Vec<(String, String)>> = HashMap::new();
    // Without tables, the codes of all facts need not be looked up.
    if snapshot
        .fetch_first("SELECT 1 FROM code_table WHERE kind = 'map' AND ended IS NULL LIMIT 1", Vec::new())
        .await?
        .is_none()
    {
        return Ok(targets);
    }
    for chunk in codes.chunks(MAX_PARAMETERS) {
        let sql = format!("{MAPPINGS} ({}) ORDER BY m.name, m.position", placeholders(1, chunk.len()));
        let arguments = chunk.iter().map(|code| Value::from(code.as_str())).collect();
        for row in snapshot.fetch_all_of(sql, arguments).await? {
            let mapping = mapping_of(&row)?.mapping;
            if mapping.equivalence.target_follows() {
                targets
                    .entry(mapping.source)
                    .or_default()
                    .push((mapping.target, mapping.target_display));
            }
        }
    }
    Ok(targets)
}

fn mapping_of(row: &Row) -> Result<StoredMapping, CatalogueError> {
    Ok(StoredMapping {
        mapping: CodeMapping {
            source: row.text(0, "code mapping")?,
            source_display: row.text(1, "code mapping")?,
            target_system: row.text(2, "code mapping")?,
            target: row.text(3, "code mapping")?,
            target_display: row.text(4, "code mapping")?,
            equivalence: row.parsed(5, "code mapping", |text| Equivalence::parse(text).ok_or(()))?,
        },
        table: row.text(6, "code mapping")?,
        version: row.text(7, "code mapping")?,
    })
}
