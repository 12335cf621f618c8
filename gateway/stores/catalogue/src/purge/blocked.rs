//! Refuses new data about participants whose data was erased.

use gemj_model::Ordinal;

use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;
use crate::write::Write;

/// Refuses a write that stores data about a participant whose data was erased. Consent events are no such data: the ledger stays open, so that a sheet
/// with further withdrawals is never refused because of one participant.
///
/// # Errors
/// [`CatalogueError::Conflict`] `purged`.
pub(crate) async fn refuse_purged(write: &mut Write, people: impl IntoIterator<Item = Ordinal>) -> Result<(), CatalogueError> {
    let people: Vec<Ordinal> = people.into_iter().collect();
    for chunk in people.chunks(MAX_PARAMETERS) {
        let sql = format!("SELECT 1 FROM purge WHERE ordinal IN ({}) LIMIT 1", placeholders(1, chunk.len()));
        let arguments = chunk.iter().map(|ordinal| Value::from(ordinal.0)).collect();
        if !write.transaction.fetch_all_of(sql, arguments).await?.is_empty() {
            return Err(CatalogueError::Conflict { field: "purged" });
        }
    }
    Ok(())
}
