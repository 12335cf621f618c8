//! The versions of the stored facts and ontologies. Every replica keeps the data for filters in memory. Before each answer to a filter, the
//! replica reads the versions to check that this data is current.

use std::collections::HashMap;

use gemj_model::{DatasetId, Ordinal};

use crate::catalogue::Catalogue;
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// The row id under which changes of the ontologies and of the code tables are counted. Every other row id is a dataset's id, and no dataset has an empty id.
const ONTOLOGIES: &str = "";

const READ: &str = "SELECT subject, generation FROM filter_version";

/// The numbers of changes so far, for the facts of each dataset and for the ontologies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FilterVersions(HashMap<String, u64>);

impl FilterVersions {
    /// The version of a dataset's facts; 0 if no facts of the dataset changed since versions are counted.
    pub(crate) fn facts(&self, dataset: &DatasetId) -> u64 {
        self.0.get(dataset.as_str()).copied().unwrap_or(0)
    }

    /// The version of the loaded ontologies; 0 if no ontology was loaded since versions are counted.
    pub(crate) fn ontologies(&self) -> u64 {
        self.0.get(ONTOLOGIES).copied().unwrap_or(0)
    }

    fn of(rows: &[Row]) -> Result<Self, CatalogueError> {
        let read = |row: &Row| Ok((row.text(0, "subject")?, row.count(1, "generation")?));
        rows.iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

impl Catalogue {
    /// The current versions. The versions include every change that was committed before the call.
    pub(crate) async fn filter_versions(&self) -> Result<FilterVersions, CatalogueError> {
        FilterVersions::of(&self.filter_state.fetch_all(&self.database, READ).await?)
    }
}

/// The versions of the facts and ontologies, read in a snapshot.
pub(crate) async fn versions_in(snapshot: &mut Transaction) -> Result<FilterVersions, CatalogueError> {
    FilterVersions::of(&snapshot.fetch_all(READ, Vec::new()).await?)
}

/// The ordinals of the participants whose facts in a dataset changed after a version.
pub(crate) async fn changed_since(snapshot: &mut Transaction, dataset: &DatasetId, version: u64) -> Result<Vec<u32>, CatalogueError> {
    let sql = "SELECT ordinal FROM fact_change WHERE dataset = $1 AND generation > $2";
    let arguments = vec![dataset.as_str().into(), Value::count(version, "generation")?];
    let rows = snapshot.fetch_all(sql, arguments).await?;
    rows.iter().map(|row| Ok(row.ordinal(0)?.0)).collect()
}

/// Records that the facts or specimens of a participant in a dataset change. Every write of `fact`, `fact_source` or `specimen_statement` must
/// call this function in the same transaction. Otherwise a later answer could use data from before the change.
pub(crate) async fn facts_change(write: &mut Write, dataset: &DatasetId, person: Ordinal) -> Result<(), CatalogueError> {
    let generation = next(write, dataset.as_str()).await?;
    let sql = "INSERT INTO fact_change (dataset, ordinal, generation) VALUES ($1, $2, $3) \
               ON CONFLICT (dataset, ordinal) DO UPDATE SET generation = $3";
    let arguments = vec![dataset.as_str().into(), person.0.into(), Value::count(generation, "generation")?];
    write.transaction.execute(sql, arguments).await?;
    Ok(())
}

/// Records that an ontology release or a code table is replaced.
pub(crate) async fn ontologies_change(write: &mut Write) -> Result<(), CatalogueError> {
    next(write, ONTOLOGIES).await.map(|_| ())
}

/// Increments a version and returns it. The state row is locked, so the order of versions is the order of commits.
async fn next(write: &mut Write, subject: &str) -> Result<u64, CatalogueError> {
    let sql = "INSERT INTO filter_version (subject, generation) VALUES ($1, 1) \
               ON CONFLICT (subject) DO UPDATE SET generation = filter_version.generation + 1";
    write.transaction.execute(sql, vec![subject.into()]).await?;
    let sql = "SELECT generation FROM filter_version WHERE subject = $1";
    let row = write.transaction.fetch_first(sql, vec![subject.into()]).await?;
    row.ok_or(CatalogueError::Corrupt { what: "filter version" })?
        .count(0, "generation")
}
