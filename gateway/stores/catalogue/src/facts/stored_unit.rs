//! What is stored of a unit of a feed, and how the units of a patient are hidden whose record an institution deleted.

use gemj_access::{Mandate, WriteAction};
use gemj_model::fact::{FactSource, StoredUnit, VOID};
use gemj_model::{DatasetId, Ordinal, ParticipantId};

use crate::catalogue::Catalogue;
use crate::database::{Transaction, Value, giving_way};
use crate::error::CatalogueError;
use crate::facts::retire_source;
use crate::filter_changes::facts_change;
use crate::merges::joined_in;
use crate::participants::refold;
use crate::write::Write;

impl Catalogue {
    /// What is stored of a unit in a dataset, by the name under which it is stored (action `Ingest`).
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another action; the database does not answer or cannot be read.
    pub async fn stored_unit(&self, mandate: &Mandate, dataset: &DatasetId, unit: &str) -> Result<StoredUnit, CatalogueError> {
        if mandate.action() != WriteAction::Ingest {
            return Err(CatalogueError::WrongKey);
        }
        let mut snapshot = self.database.begin_snapshot().await?;
        stored_unit_in(&mut snapshot, dataset, unit).await
    }

    /// Retires every unit in a dataset that came through a number of a participant and was read with the profile of `source`, except the unit of `source`
    /// itself (action `Ingest`): the institution deleted its record of the participant. Units do not state by which number they came, so the units of
    /// other numbers of the participant are retired too; they are stored again when they are received again. Returns the number of retired units.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn hide_units(
        &self,
        mandate: &Mandate,
        dataset: &DatasetId,
        participant: &ParticipantId,
        source: &FactSource,
    ) -> Result<u64, CatalogueError> {
        giving_way!(self.hide_once(mandate, dataset, participant, source))
    }

    async fn hide_once(
        &self,
        mandate: &Mandate,
        dataset: &DatasetId,
        participant: &ParticipantId,
        source: &FactSource,
    ) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let hidden = hide_in(&mut write, dataset, participant, source).await?;
        if hidden > 0 {
            write.commit(self, mandate, dataset.as_str(), hidden).await?;
        }
        Ok(hidden)
    }
}

/// [`Catalogue::stored_unit`] in a transaction.
pub(crate) async fn stored_unit_in(transaction: &mut Transaction, dataset: &DatasetId, unit: &str) -> Result<StoredUnit, CatalogueError> {
    let sql = "SELECT sha256 FROM fact_source WHERE unit = $1 AND dataset = $2 AND retired = FALSE";
    let arguments = vec![Value::outside(unit, "unit")?, dataset.as_str().into()];
    let mut found = StoredUnit::Absent;
    for row in transaction.fetch_all(sql, arguments).await? {
        match row.text(0, "sha256")?.starts_with(VOID) {
            true => found = StoredUnit::Void,
            false => return Ok(StoredUnit::Current),
        }
    }
    Ok(found)
}

/// [`Catalogue::hide_units`] in a write, which the caller commits.
pub(crate) async fn hide_in(
    write: &mut Write,
    dataset: &DatasetId,
    participant: &ParticipantId,
    source: &FactSource,
) -> Result<u64, CatalogueError> {
    let sql = "SELECT s.id, s.ordinal FROM fact_source s JOIN participant p ON p.ordinal = s.linked \
               WHERE p.id = $1 AND s.dataset = $2 AND s.profile = $3 AND s.unit <> $4 AND s.retired = FALSE ORDER BY s.id";
    let arguments = vec![
        participant.as_str().into(),
        dataset.as_str().into(),
        Value::outside(&source.profile, "profile")?,
        Value::outside(&source.unit, "unit")?,
    ];
    let rows = write.transaction.fetch_all(sql, arguments).await?;
    let mut people: Vec<Ordinal> = Vec::new();
    for row in &rows {
        let person = row.ordinal(1)?;
        if !people.contains(&person) {
            facts_change(write, dataset, person).await?;
            people.push(person);
        }
        retire_source(write, row.int(0, "source")?).await?;
    }
    let joined = joined_in(&mut write.transaction).await?;
    for person in people {
        refold(write, person, &joined).await?;
    }
    Ok(rows.len() as u64)
}
