//! Stores the start and the result of an `ingest` run.

use gemj_access::{Mandate, WriteAction};
use gemj_model::{DatasetId, SiteId, Timestamp};

use super::{IngestResult, IngestStart, IngestState, QuarantinedUnit};
use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Value, giving_way, placeholders};
use crate::error::CatalogueError;
use crate::write::Write;

impl Catalogue {
    /// Stores that a run begins (action `Ingest`), so that a run that is killed is known too.
    ///
    /// # Errors
    /// The database does not answer, or a text cannot be stored.
    pub async fn begin_ingest_run(&self, mandate: &Mandate, start: &IngestStart) -> Result<(), CatalogueError> {
        giving_way!(self.begin_run_once(mandate, start, IngestState::Begun))
    }

    /// Stores that a run of a listener begins (action `Ingest`). Each message is counted with [`super::MessageWrite::end`].
    ///
    /// # Errors
    /// The database does not answer, or a text cannot be stored.
    pub async fn begin_listening_run(&self, mandate: &Mandate, start: &IngestStart) -> Result<(), CatalogueError> {
        giving_way!(self.begin_run_once(mandate, start, IngestState::Listening))
    }

    async fn begin_run_once(&self, mandate: &Mandate, start: &IngestStart, state: IngestState) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let none = || Value::from(0_i64);
        let row = [
            Value::outside(&start.id, "run")?,
            Value::outside(&start.profile, "profile")?,
            Value::outside(&start.mapping_version, "mapping_version")?,
            start.dataset.as_str().into(),
            start.site.as_str().into(),
            Value::outside(&start.namespace, "namespace")?,
            start.exported.into(),
            Some(start.began).into(),
            start.began.into(),
            state.as_str().into(),
            none(),
            none(),
            none(),
            none(),
            none(),
            none(),
            none(),
        ];
        let into = "ingest_run (id, profile, mapping_version, dataset, site, namespace, exported, began, ended, state, received, committed, replaced, \
                    duplicate, superseded, quarantined, ignored)";
        write.transaction.insert(into, [row]).await?;
        write.commit(self, mandate, &format!("ingest-run:{}", start.id), 0).await?;
        Ok(())
    }

    /// Stores the result of a run that [`Catalogue::begin_ingest_run`] began (action `Ingest`). `again` are the keyed names of the units that an
    /// earlier run rejected and this run received again: see [`Catalogue::open_quarantine`].
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for counts that do not add up or text that cannot be stored. [`CatalogueError::NotFound`] if no run with this
    /// id has begun, or if the run has a result.
    pub async fn end_ingest_run(
        &self,
        mandate: &Mandate,
        run: &str,
        (state, ended): (IngestState, Timestamp),
        result: &IngestResult,
        again: &[String],
    ) -> Result<(), CatalogueError> {
        giving_way!(self.end_run_once(mandate, run, (state, ended), result, again))
    }

    async fn end_run_once(
        &self,
        mandate: &Mandate,
        run: &str,
        (state, ended): (IngestState, Timestamp),
        result: &IngestResult,
        again: &[String],
    ) -> Result<(), CatalogueError> {
        if !result.is_balanced() {
            return Err(CatalogueError::Invalid { field: "received" });
        }
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest]).await?;
        let key = |row: &crate::database::Row| {
            Ok::<_, CatalogueError>((row.text(0, "dataset")?, row.text(1, "site")?, row.text(2, "namespace")?))
        };
        let sql = "SELECT dataset, site, namespace, committed, replaced FROM ingest_run WHERE id = $1 AND state = 'begun'";
        let begun = write.transaction.fetch_first(sql, vec![Value::outside(run, "run")?]).await?;
        let begun = begun.ok_or(CatalogueError::NotFound { what: "begun run" })?;
        let (dataset, site, namespace) = key(&begun)?;
        let mut result = result.clone();
        if state == IngestState::Stopped {
            // A failing store can lose the answer to a commit that it carried out. The count of the commit itself is right then.
            for (stored, counted) in [
                (begun.count(3, "committed")?, &mut result.committed),
                (begun.count(4, "replaced")?, &mut result.replaced),
            ] {
                let lost = stored.saturating_sub(*counted);
                *counted += lost;
                result.received += lost;
            }
        }
        let result = &result;
        let sql = "UPDATE ingest_run SET state = $2, ended = $3, received = $4, committed = $5, replaced = $6, duplicate = $7, superseded = $8, \
                   quarantined = $9, parts_refused = $10, ignored = $11, unchanged = $12 WHERE id = $1";
        let values = vec![
            run.into(),
            state.as_str().into(),
            ended.into(),
            Value::count(result.received, "received")?,
            Value::count(result.committed, "committed")?,
            Value::count(result.replaced, "replaced")?,
            Value::count(result.duplicate, "duplicate")?,
            Value::count(result.superseded, "superseded")?,
            Value::count(result.units_refused(), "quarantined")?,
            Value::count(result.parts_refused(), "parts_refused")?,
            Value::count(result.ignored, "ignored")?,
            Value::count(result.unchanged, "unchanged")?,
        ];
        write.transaction.execute(sql, values).await?;
        // The entries of earlier runs only: this run's own entries are inserted below.
        resolve(&mut write, run, [&dataset, &site, &namespace], again).await?;
        add_quarantined(&mut write, run, &result.quarantined, (0, 0)).await?;
        let mut rows: Vec<[Value; 4]> = Vec::with_capacity(result.counts.len());
        for count in &result.counts {
            let (kind, name) = (Value::outside(&count.kind, "kind")?, Value::outside(&count.name, "name")?);
            rows.push([run.into(), kind, name, Value::count(count.count, "count")?]);
        }
        write.transaction.insert("ingest_count (run, kind, name, count)", rows).await?;
        write.commit(self, mandate, &format!("ingest-run:{run}"), result.received).await?;
        Ok(())
    }

    /// The keyed names of the units that earlier runs rejected and that no later run has received, for one dataset, site and namespace (action
    /// `Ingest`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn open_quarantine(
        &self,
        mandate: &Mandate,
        dataset: &DatasetId,
        site: &SiteId,
        namespace: &str,
    ) -> Result<Vec<String>, CatalogueError> {
        if mandate.action() != WriteAction::Ingest {
            return Err(CatalogueError::WrongKey);
        }
        let sql = "SELECT DISTINCT q.name FROM quarantined_unit q JOIN ingest_run r ON r.id = q.run \
                   WHERE q.resolved_by = '' AND q.name <> '' AND r.dataset = $1 AND r.site = $2 AND r.namespace = $3";
        let of = vec![
            dataset.as_str().into(),
            site.as_str().into(),
            Value::outside(namespace, "namespace")?,
        ];
        let mut snapshot = self.database.begin_snapshot().await?;
        let rows = snapshot.fetch_all(sql, of).await?;
        rows.iter().map(|row| row.text(0, "unit")).collect()
    }
}

/// Marks the rejected units with these keyed names as received again by a run, in the runs of one dataset, site and namespace.
pub(super) async fn resolve(write: &mut Write, run: &str, scope: [&str; 3], again: &[String]) -> Result<(), CatalogueError> {
    for units in again.chunks(MAX_PARAMETERS / 2) {
        let sql = format!(
            "UPDATE quarantined_unit SET resolved_by = $1 WHERE resolved_by = '' AND name IN ({}) \
             AND run IN (SELECT id FROM ingest_run WHERE dataset = $2 AND site = $3 AND namespace = $4)",
            placeholders(5, units.len())
        );
        let scope = [run].into_iter().chain(scope).map(Value::from);
        let units = units
            .iter()
            .map(|unit| Value::outside(unit, "unit"))
            .collect::<Result<Vec<_>, _>>()?;
        write.transaction.execute_of(sql, scope.chain(units).collect()).await?;
    }
    Ok(())
}

/// Adds rejected units to a run, with positions from `position`. `before` is the number of units that the run received before these units.
pub(super) async fn add_quarantined(
    write: &mut Write,
    run: &str,
    units: &[QuarantinedUnit],
    (position, before): (i64, u64),
) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 7]> = Vec::with_capacity(units.len());
    for (unit, position) in units.iter().zip(position..) {
        rows.push([
            run.into(),
            position.into(),
            Value::count(before + unit.number, "number")?,
            Value::outside(&unit.unit, "unit")?,
            unit.is_part.into(),
            Value::outside(&unit.reason, "reason")?,
            Value::outside(&unit.detail, "detail")?,
        ]);
    }
    let into = "quarantined_unit (run, position, number, name, part, reason, detail)";
    write.transaction.insert(into, rows).await
}
