//! The origin (date, sequencing platform, aligner, variant caller) of files, as stated in their headers.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{ObjectId, PartialDate, Provenance};

use crate::catalogue::Catalogue;
use crate::database::{Row, Value};
use crate::error::CatalogueError;

/// The maximum length of a stated term in bytes. The terms come from a closed vocabulary, with a version number.
const MOST_WORD_BYTES: usize = 64;

/// The columns that `provenance_of` reads, from a table with the alias `p`. After a LEFT JOIN the columns may be absent.
pub(crate) const PROVENANCE_COLUMNS: &str = "p.made, p.platform, p.platform_model, p.aligner, p.variant_caller";

/// Reads the origin of a file from the columns [`PROVENANCE_COLUMNS`]. The first of them is column number `first` of the row.
pub(crate) fn provenance_of(row: &Row, first: usize) -> Result<Provenance, CatalogueError> {
    Ok(Provenance {
        made: row.maybe_parsed(first, "day of a file", PartialDate::parse)?,
        platform: row.maybe_text(first + 1, "platform")?,
        platform_model: row.maybe_text(first + 2, "platform model")?,
        aligner: row.maybe_text(first + 3, "aligner")?,
        variant_caller: row.maybe_text(first + 4, "variant caller")?,
    })
}

impl Catalogue {
    /// Stores the origin that the header of a registered file states (action `Load`). Does nothing if an origin is already stored or the header
    /// states none. Returns whether this call stored the origin. The bytes of a file never change, so the stored origin remains correct.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] for an unknown file, [`CatalogueError::Invalid`] `provenance` for an empty term or a term that is too long.
    pub async fn keep_provenance(&self, mandate: &Mandate, id: &ObjectId, stated: &Provenance) -> Result<bool, CatalogueError> {
        if stated.is_empty() {
            return Ok(false);
        }
        let words = [&stated.platform, &stated.platform_model, &stated.aligner, &stated.variant_caller];
        if words
            .into_iter()
            .flatten()
            .any(|word| word.is_empty() || word.len() > MOST_WORD_BYTES)
        {
            return Err(CatalogueError::Invalid { field: "provenance" });
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Load]).await?;
        let sql = "SELECT p.object FROM data_object o LEFT JOIN object_provenance p ON p.object = o.id WHERE o.id = $1";
        let row = write.transaction.fetch_first(sql, vec![id.as_str().into()]).await?;
        let row = row.ok_or(CatalogueError::NotFound { what: "file" })?;
        if row.maybe_text(0, "object id")?.is_some() {
            return Ok(false);
        }
        let row = [
            id.as_str().into(),
            stated.made.as_ref().map(PartialDate::as_str).into(),
            Value::maybe_outside(stated.platform.as_deref(), "platform")?,
            Value::maybe_outside(stated.platform_model.as_deref(), "platform model")?,
            Value::maybe_outside(stated.aligner.as_deref(), "aligner")?,
            Value::maybe_outside(stated.variant_caller.as_deref(), "variant caller")?,
        ];
        let into = "object_provenance (object, made, platform, platform_model, aligner, variant_caller)";
        write.transaction.insert(into, [row]).await?;
        write.commit(self, mandate, id.as_str(), 1).await?;
        Ok(true)
    }
}
