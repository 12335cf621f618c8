//! What of the facts and ontologies has changed since a process last read them. Every replica keeps what filters are answered from in memory, and asks
//! here before each answer whether that is still what is stored.

use std::collections::HashMap;

use gemj_model::{DatasetId, Ordinal};

use crate::catalogue::Catalogue;
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// The subject under which changes of the ontologies are counted. No dataset has an empty id.
const ONTOLOGIES: &str = "";

const READ: &str = "SELECT subject, generation FROM filter_version";

/// How often facts and ontologies have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterVersions(HashMap<String, u64>);

impl FilterVersions {
    /// Of the facts of a dataset; 0 where none were ever taken in.
    pub(crate) fn facts(&self, dataset: &DatasetId) -> u64 {
        self.0.get(dataset.as_str()).copied().unwrap_or(0)
    }

    /// Of the loaded ontologies; 0 where none was loaded since this was counted.
    pub(crate) fn ontologies(&self) -> u64 {
        self.0.get(ONTOLOGIES).copied().unwrap_or(0)
    }

    fn of(rows: &[Row]) -> Result<Self, CatalogueError> {
        let read = |row: &Row| Ok((row.text(0, "subject")?, row.count(1, "generation")?));
        rows.iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Catalogue {
    /// The versions at this moment: of every change that was committed before the call.
    pub(crate) async fn filter_versions(&self) -> Result<FilterVersions, CatalogueError> {
        FilterVersions::of(&self.filter_state.fetch_all(&self.database, READ).await?)
    }
}

/// The versions that a snapshot shows.
pub(crate) async fn versions_in(snapshot: &mut Transaction) -> Result<FilterVersions, CatalogueError> {
    FilterVersions::of(&snapshot.fetch_all(READ, Vec::new()).await?)
}

/// Whose facts of a dataset have changed since a version.
pub(crate) async fn changed_since(snapshot: &mut Transaction, dataset: &DatasetId, version: u64) -> Result<Vec<u32>, CatalogueError> {
    let sql = "SELECT ordinal FROM fact_change WHERE dataset = $1 AND generation > $2";
    let arguments = vec![dataset.as_str().into(), Value::count(version, "generation")?];
    let rows = snapshot.fetch_all(sql, arguments).await?;
    rows.iter().map(|row| Ok(row.ordinal(0)?.0)).collect()
}

/// Notes that the facts or specimens of a participant change in a dataset. Whatever writes `fact`, `fact_source` or `specimen_statement` calls this in
/// the same transaction: an answer would otherwise be given from before the change.
pub(crate) async fn facts_change(write: &mut Write, dataset: &DatasetId, person: Ordinal) -> Result<(), CatalogueError> {
    let generation = next(write, dataset.as_str()).await?;
    let sql = "INSERT INTO fact_change (dataset, ordinal, generation) VALUES ($1, $2, $3) \
               ON CONFLICT (dataset, ordinal) DO UPDATE SET generation = $3";
    let arguments = vec![dataset.as_str().into(), person.0.into(), Value::count(generation, "generation")?];
    write.transaction.execute(sql, arguments).await?;
    Ok(())
}

/// Notes that a release is replaced.
pub(crate) async fn ontologies_change(write: &mut Write) -> Result<(), CatalogueError> {
    next(write, ONTOLOGIES).await.map(|_| ())
}

/// Counts one change of a subject. The state row is locked, so that the order of versions is the order of commits.
async fn next(write: &mut Write, subject: &str) -> Result<u64, CatalogueError> {
    let sql = "INSERT INTO filter_version (subject, generation) VALUES ($1, 1) \
               ON CONFLICT (subject) DO UPDATE SET generation = filter_version.generation + 1";
    write.transaction.execute(sql, vec![subject.into()]).await?;
    let sql = "SELECT generation FROM filter_version WHERE subject = $1";
    let row = write.transaction.fetch_first(sql, vec![subject.into()]).await?;
    row.ok_or(CatalogueError::Corrupt { what: "filter version" })?
        .count(0, "generation")
}
