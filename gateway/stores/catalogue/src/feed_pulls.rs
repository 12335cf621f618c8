//! The pulls of institutions' capture systems: how far the log of a project was read, and which stored units its records are.

use std::collections::HashSet;

use gemj_access::{Mandate, WriteAction};
use gemj_model::fact::VOID;
use gemj_model::{DatasetId, SiteId, Timestamp};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Value, giving_way, placeholders};
use crate::error::CatalogueError;

/// The place of pulled units: a namespace of an institution in a dataset. A namespace belongs to one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullScope {
    /// The dataset of the facts.
    pub dataset: DatasetId,
    /// The institution.
    pub site: SiteId,
    /// The institution's namespace of the numbers.
    pub namespace: String,
}

/// The last complete pull of a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastPull {
    /// A keyed digest of the project.
    pub project: String,
    /// The time up to which the log of the project was read.
    pub as_of: Timestamp,
}

/// The result of a complete pull.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PullResult {
    /// A keyed digest of the project.
    pub project: String,
    /// The time up to which the log of the project was read; absent if it was not read completely. The earlier time then stays.
    pub as_of: Option<Timestamp>,
    /// The id of the run that ingested the records.
    pub run: String,
    /// The units to add, by their keyed names.
    pub add: Vec<String>,
    /// The units to remove, by their keyed names.
    pub remove: Vec<String>,
}

impl PullScope {
    fn values(&self) -> Result<[Value; 3], CatalogueError> {
        Ok([
            self.dataset.as_str().into(),
            self.site.as_str().into(),
            Value::outside(&self.namespace, "namespace")?,
        ])
    }
}

impl Catalogue {
    /// The last complete pull of a scope (action `Ingest`). Absent if there was none.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn last_pull(&self, mandate: &Mandate, scope: &PullScope) -> Result<Option<LastPull>, CatalogueError> {
        require_ingest(mandate)?;
        let sql = "SELECT project, as_of FROM feed_pull WHERE dataset = $1 AND site = $2 AND namespace = $3";
        let rows = self.database.fetch_all(sql, scope.values()?.to_vec()).await?;
        let last = rows.first().map(|row| {
            Ok::<_, CatalogueError>(LastPull {
                project: row.text(0, "project")?,
                as_of: Timestamp(row.int(1, "as_of")?),
            })
        });
        last.transpose()
    }

    /// The keyed names of the units whose records earlier pulls of a scope listed (action `Ingest`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn pulled_units(&self, mandate: &Mandate, scope: &PullScope) -> Result<HashSet<String>, CatalogueError> {
        require_ingest(mandate)?;
        let sql = "SELECT unit FROM feed_pull_unit WHERE dataset = $1 AND site = $2 AND namespace = $3";
        let rows = self.database.fetch_all(sql, scope.values()?.to_vec()).await?;
        rows.iter().map(|row| row.text(0, "unit")).collect()
    }

    /// Those of `units` of which statements are stored (action `Ingest`): neither absent nor void.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn current_units(&self, mandate: &Mandate, dataset: &DatasetId, units: &[String]) -> Result<HashSet<String>, CatalogueError> {
        require_ingest(mandate)?;
        let mut current = HashSet::new();
        for part in units.chunks(MAX_PARAMETERS - 1) {
            let sql = format!(
                "SELECT unit, sha256 FROM fact_source WHERE dataset = $1 AND retired = FALSE AND unit IN ({})",
                placeholders(2, part.len())
            );
            let mut values = vec![dataset.as_str().into()];
            for unit in part {
                values.push(Value::outside(unit, "unit")?);
            }
            for row in self.database.fetch_all_of(sql, values).await? {
                if !row.text(1, "sha256")?.starts_with(VOID) {
                    let _ = current.insert(row.text(0, "unit")?);
                }
            }
        }
        Ok(current)
    }

    /// Stores the result of a complete pull (action `Ingest`), after all its units are committed.
    ///
    /// # Errors
    /// The database does not answer, or a text cannot be stored.
    pub async fn end_pull(&self, mandate: &Mandate, scope: &PullScope, result: &PullResult) -> Result<(), CatalogueError> {
        giving_way!(self.end_pull_once(mandate, scope, result))
    }

    async fn end_pull_once(&self, mandate: &Mandate, scope: &PullScope, result: &PullResult) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let of = scope.values()?.to_vec();
        let sql = "SELECT as_of, project FROM feed_pull WHERE dataset = $1 AND site = $2 AND namespace = $3";
        let before = write.transaction.fetch_first(sql, of.clone()).await?;
        let before = match &before {
            Some(row) if row.text(1, "project")? == result.project => Some(row.int(0, "as_of")?),
            // The log of another project was not read.
            Some(_) | None => None,
        };
        // Without a time, the next pull reads the whole log. A pull that was slower than another one does not set the time back.
        let as_of = result.as_of.map(|time| time.0).max(before).unwrap_or_default();
        let sql = "DELETE FROM feed_pull WHERE dataset = $1 AND site = $2 AND namespace = $3";
        write.transaction.execute(sql, of.clone()).await?;
        let [dataset, site, namespace] = scope.values()?;
        let row = [
            dataset,
            site,
            namespace,
            Value::outside(&result.project, "project")?,
            as_of.into(),
            Value::outside(&result.run, "run")?,
        ];
        let into = "feed_pull (dataset, site, namespace, project, as_of, run)";
        write.transaction.insert(into, [row]).await?;
        // A unit to add is removed first, so that a pull that ran at the same time can have added it.
        let gone: Vec<&String> = result.remove.iter().chain(&result.add).collect();
        for part in gone.chunks(MAX_PARAMETERS - 3) {
            let sql = format!(
                "DELETE FROM feed_pull_unit WHERE dataset = $1 AND site = $2 AND namespace = $3 AND unit IN ({})",
                placeholders(4, part.len())
            );
            let mut values = of.clone();
            for unit in part {
                values.push(Value::outside(unit, "unit")?);
            }
            write.transaction.execute_of(sql, values).await?;
        }
        let mut rows: Vec<[Value; 4]> = Vec::with_capacity(result.add.len());
        for unit in &result.add {
            rows.push([
                scope.dataset.as_str().into(),
                scope.site.as_str().into(),
                scope.namespace.as_str().into(),
                Value::outside(unit, "unit")?,
            ]);
        }
        let into = "feed_pull_unit (dataset, site, namespace, unit)";
        write.transaction.insert(into, rows).await?;
        let changed = (result.add.len() + result.remove.len()) as u64;
        write.commit(self, mandate, &format!("pull:{}", result.run), changed).await?;
        Ok(())
    }
}

fn require_ingest(mandate: &Mandate) -> Result<(), CatalogueError> {
    match mandate.action() {
        WriteAction::Ingest => Ok(()),
        _ => Err(CatalogueError::WrongKey),
    }
}
