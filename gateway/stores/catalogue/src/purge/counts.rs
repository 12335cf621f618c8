//! How much is stored about a person, by kind.

use std::collections::BTreeMap;

use super::People;
use super::rows::{NEEDED_BY_NO_OTHER, ROWS};
use crate::database::Transaction;
use crate::error::CatalogueError;

/// The kind of files that go.
pub(super) const FILES: &str = "files";
/// The kind of files that stay, because other participants need them.
pub(super) const SHARED_FILES: &str = "files-kept-for-others";

/// The number of rows and files of each kind that are stored now. Kinds without any are absent.
pub(super) async fn stored(transaction: &mut Transaction, people: &People) -> Result<BTreeMap<String, u64>, CatalogueError> {
    let mut counts = BTreeMap::new();
    for rows in &ROWS {
        let sql = format!("SELECT COUNT(*) FROM {} WHERE {}", rows.table, rows.condition);
        put(transaction, people, &mut counts, rows.kind, &sql).await?;
    }
    let with_bytes = "SELECT COUNT(DISTINCT s.object) FROM object_sample s JOIN data_object o ON o.id = s.object \
                      WHERE s.ordinal @ AND o.storage_key <> ''";
    let own = format!("{with_bytes} AND (o.status = 'unloaded' OR {NEEDED_BY_NO_OTHER})");
    put(transaction, people, &mut counts, FILES, &own).await?;
    let shared = format!("{with_bytes} AND o.status <> 'unloaded' AND NOT ({NEEDED_BY_NO_OTHER})");
    put(transaction, people, &mut counts, SHARED_FILES, &shared).await?;
    Ok(counts)
}

async fn put(
    transaction: &mut Transaction,
    people: &People,
    counts: &mut BTreeMap<String, u64>,
    kind: &str,
    sql: &str,
) -> Result<(), CatalogueError> {
    let rows = transaction.fetch_all_of(people.sql(sql), people.arguments()).await?;
    let count = rows.first().ok_or(CatalogueError::Corrupt { what: "count" })?.count(0, "count")?;
    if count > 0 {
        counts.insert(kind.to_owned(), count);
    }
    Ok(())
}

/// The numbers that were recorded when the erasure began.
pub(super) async fn recorded(transaction: &mut Transaction, people: &People) -> Result<BTreeMap<String, u64>, CatalogueError> {
    let sql = people.sql("SELECT kind, count FROM purge_count WHERE ordinal @");
    let rows = transaction.fetch_all_of(sql, people.arguments()).await?;
    rows.iter().map(|row| Ok((row.text(0, "kind")?, row.count(1, "count")?))).collect()
}
