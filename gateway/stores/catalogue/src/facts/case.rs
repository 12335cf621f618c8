//! Taking in one case.

use gemj_access::{Mandate, WriteAction};
use gemj_model::Ordinal;
use gemj_model::fact::{CaseRecord, Committed};

use crate::catalogue::Catalogue;
use crate::database::Value;
use crate::error::CatalogueError;
use crate::observations::{add_observations, retire_pending};
use crate::participants::{Stated, enrol, register};
use crate::write::Write;

impl Catalogue {
    /// Commits one case: its participant and membership, its facts, its carrier observations as pending rows; whole or not at all (action
    /// `Ingest`).
    ///
    /// A dataset holds at most one current case of a participant and profile: another content replaces the facts and retires the earlier
    /// source, also when it is an earlier content come back. The current bytes again, by the same mapping version, are a duplicate.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `sex`, `family` or `carriers` (one of another participant); [`CatalogueError::Invalid`] for text that
    /// cannot be stored.
    pub async fn commit_case(&self, mandate: &Mandate, record: &CaseRecord) -> Result<Committed, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        if record.carriers.iter().any(|c| c.participant != record.participant) {
            return Err(CatalogueError::Conflict { field: "carriers" });
        }
        let people = register(&mut write, &[Stated::of_case(record)]).await?;
        let ordinal = people.ordinals.get(&record.participant).copied();
        let ordinal = ordinal.ok_or(CatalogueError::Corrupt { what: "participant" })?;
        if !replace_earlier(&mut write, record, ordinal).await? {
            return Ok(Committed::Duplicate);
        }
        enrol(&mut write, &record.dataset, &[ordinal]).await?;
        let source = add_source(&mut write, record, ordinal, self.clock.now().0).await?;
        add_facts(&mut write, record, source, ordinal).await?;
        add_observations(&mut write, source, &record.dataset, ordinal, &record.carriers).await?;
        let rows = record.facts.len() + record.carriers.len();
        write.commit(self, mandate, record.dataset.as_str(), rows as u64).await?;
        Ok(Committed::New)
    }
}

/// Retires what the record replaces; false where it is there already.
async fn replace_earlier(write: &mut Write, record: &CaseRecord, ordinal: Ordinal) -> Result<bool, CatalogueError> {
    let sql = "SELECT id, profile, sha256, mapping_version FROM fact_source WHERE dataset = $1 AND ordinal = $2 AND retired = FALSE";
    let arguments = vec![record.dataset.as_str().into(), ordinal.0.into()];
    let mut replaced = Vec::new();
    for row in write.transaction.fetch_all(sql, arguments).await? {
        let same_profile = row.text(1, "profile")? == record.source.profile;
        let same_bytes = row.text(2, "sha256")? == record.source.sha256;
        let same_mapping = row.text(3, "mapping version")? == record.source.mapping_version;
        if same_bytes && (same_mapping || !same_profile) {
            return Ok(false);
        }
        if same_profile {
            replaced.push(row.int(0, "source")?);
        }
    }
    for source in replaced {
        write
            .transaction
            .execute("DELETE FROM fact WHERE source = $1", vec![source.into()])
            .await?;
        let retire = "UPDATE fact_source SET retired = TRUE WHERE id = $1";
        write.transaction.execute(retire, vec![source.into()]).await?;
        retire_pending(write, source).await?;
        write.manifest_changes();
    }
    Ok(true)
}

async fn add_source(write: &mut Write, record: &CaseRecord, ordinal: Ordinal, recorded: i64) -> Result<i64, CatalogueError> {
    let last = "SELECT COALESCE(MAX(id), 0) FROM fact_source";
    let last = write.transaction.fetch_first(last, Vec::new()).await?;
    let id = last.ok_or(CatalogueError::Corrupt { what: "source" })?.int(0, "source")? + 1;
    let row = [
        id.into(),
        record.dataset.as_str().into(),
        ordinal.0.into(),
        Value::outside(&record.source.profile, "profile")?,
        Value::outside(&record.source.sha256, "sha256")?,
        Value::outside(&record.source.mapping_version, "mapping_version")?,
        recorded.into(),
        false.into(),
    ];
    let into = "fact_source (id, dataset, ordinal, profile, sha256, mapping_version, recorded, retired)";
    write.transaction.insert(into, [row]).await?;
    Ok(id)
}

async fn add_facts(write: &mut Write, record: &CaseRecord, source: i64, ordinal: Ordinal) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 9]> = Vec::with_capacity(record.facts.len());
    for (fact, position) in record.facts.iter().zip(0i64..) {
        rows.push([
            source.into(),
            position.into(),
            record.dataset.as_str().into(),
            ordinal.0.into(),
            fact.kind.as_str().into(),
            Value::outside(&fact.code, "code")?,
            Value::outside(&fact.label, "label")?,
            fact.status.as_str().into(),
            Value::maybe_outside(fact.onset.as_deref(), "onset")?,
        ]);
    }
    let into = "fact (source, position, dataset, ordinal, kind, code, label, status, onset)";
    write.transaction.insert(into, rows).await
}
