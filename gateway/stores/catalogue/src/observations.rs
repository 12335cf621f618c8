//! Observations of alleles in case reports that are not yet in a segment of the carrier index.

use gemj_access::{Job, Upkeep};
use gemj_model::{Allele, Assembly, CarrierObservation, Contig, DatasetId, Ordinal, Origin, ZeroBased, Zygosity};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{MAX_PARAMETERS, Row, Value, placeholders};
use crate::error::CatalogueError;
use crate::interpretations::{add_interpretations, add_reported_names};
use crate::origin::{counted_zygosity, origin, zygosity_word};
use crate::write::Write;

/// An observation (a participant carries an allele) that is not yet in a segment of the carrier index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingObservation {
    /// The id of the observation, for `commit_observation_segments`.
    pub id: i64,
    /// The name of the observation's source in the carrier index. When the source is retired, its entries are found by this name.
    pub source: String,
    /// The dataset of the case report.
    pub dataset: DatasetId,
    /// The participant who carries the allele.
    pub ordinal: Ordinal,
    /// The assembly of the allele's coordinates.
    pub assembly: Assembly,
    /// Whether the allele is germline or somatic.
    pub origin: Origin,
    /// The observed allele.
    pub allele: Allele,
    /// The zygosity of the allele in the participant.
    pub zygosity: Zygosity,
}

impl Catalogue {
    /// The oldest pending observations, at most `limit`, in order of id (job `BuildSegments`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn pending_observations(&self, upkeep: Upkeep, limit: u32) -> Result<Vec<PendingObservation>, CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let sql = "SELECT id, source, dataset, ordinal, assembly, origin, contig, start_0, end_0, reference, alternate, zygosity \
                   FROM observation WHERE status = 'pending' ORDER BY id LIMIT $1";
        let rows = self.database.fetch_all(sql, vec![limit.into()]).await?;
        rows.iter().map(pending_of).collect()
    }
}

/// The SQL statement that reads the ids of retired sources with entries in segments.
pub(crate) const RETIRED_SOURCES: &str = "SELECT s.id FROM fact_source s WHERE s.retired = TRUE \
                                          AND EXISTS (SELECT 1 FROM observation o WHERE o.source = s.id AND o.status = 'indexed')";

/// The name of a source (a case report) in segments and in the manifest.
pub(crate) fn source_name(id: i64) -> String {
    format!("case-{id}")
}

/// Adds the observations of a case, with the status `pending`.
pub(crate) async fn add_observations(
    write: &mut Write,
    source: i64,
    dataset: &DatasetId,
    ordinal: Ordinal,
    carriers: &[CarrierObservation],
) -> Result<(), CatalogueError> {
    if carriers.is_empty() {
        return Ok(());
    }
    let last = "SELECT COALESCE(MAX(id), 0) FROM (SELECT MAX(id) AS id FROM observation UNION ALL SELECT id FROM newest_id WHERE kind = 'observation') n";
    let last = write.transaction.fetch_first(last, Vec::new()).await?;
    let next = last
        .ok_or(CatalogueError::Corrupt { what: "observation id" })?
        .int(0, "observation id")?
        + 1;
    let mut rows: Vec<[Value; 16]> = Vec::with_capacity(carriers.len());
    for (carrier, id) in carriers.iter().zip(next..) {
        let allele = &carrier.allele;
        rows.push([
            id.into(),
            source.into(),
            dataset.as_str().into(),
            ordinal.0.into(),
            carrier.assembly.as_str().into(),
            carrier.origin.as_str().into(),
            Value::outside(allele.contig.as_str(), "contig")?,
            Value::count(allele.start.0, "position")?,
            Value::count(allele.end.0, "position")?,
            Value::outside(&allele.reference, "reference")?,
            Value::outside(&allele.alternate, "alternate")?,
            zygosity_word(carrier.zygosity).into(),
            "pending".into(),
            match &carrier.spelled {
                Some(spelled) => Value::count(spelled.position.0, "position")?,
                None => Value::from(None::<i64>),
            },
            Value::maybe_outside(carrier.spelled.as_ref().map(|s| s.reference.as_str()), "reference")?,
            Value::maybe_outside(carrier.spelled.as_ref().map(|s| s.alternate.as_str()), "alternate")?,
        ]);
    }
    let into = "observation (id, source, dataset, ordinal, assembly, origin, contig, start_0, end_0, reference, alternate, zygosity, status, \
                spelled_position, spelled_reference, spelled_alternate)";
    write.transaction.insert(into, rows).await?;
    add_interpretations(write, next, carriers).await?;
    add_reported_names(write, next, dataset, carriers).await
}

/// Retires the pending observations of a source. Observations that are already in segments stay there, and the manifest lists their source as
/// retired.
pub(crate) async fn retire_pending(write: &mut Write, source: i64) -> Result<(), CatalogueError> {
    let sql = "UPDATE observation SET status = 'retired' WHERE source = $1 AND status = 'pending'";
    write.transaction.execute(sql, vec![source.into()]).await?;
    Ok(())
}

/// Marks pending observations as indexed. Fails if one of them is no longer pending.
pub(crate) async fn mark_indexed(write: &mut Write, ids: &[i64]) -> Result<(), CatalogueError> {
    for chunk in ids.chunks(MAX_PARAMETERS) {
        let sql = format!(
            "UPDATE observation SET status = 'indexed' WHERE status = 'pending' AND id IN ({})",
            placeholders(1, chunk.len())
        );
        let arguments = chunk.iter().map(|id| Value::from(*id)).collect();
        if write.transaction.execute_of(sql, arguments).await? != chunk.len() as u64 {
            return Err(CatalogueError::Conflict { field: "observations" });
        }
    }
    Ok(())
}

fn pending_of(row: &Row) -> Result<PendingObservation, CatalogueError> {
    Ok(PendingObservation {
        id: row.int(0, "observation id")?,
        source: source_name(row.int(1, "source")?),
        dataset: row.parsed(2, "dataset", DatasetId::parse)?,
        ordinal: row.ordinal(3)?,
        assembly: row.parsed(4, "assembly", Assembly::parse)?,
        origin: row.parsed(5, "origin", origin)?,
        allele: allele_at(row, 6)?,
        zygosity: row.parsed(11, "zygosity", counted_zygosity)?,
    })
}

/// Reads an allele from the columns contig, start_0, end_0, reference and alternate, in this order. The first of them is column number `first`
/// of the row.
pub(crate) fn allele_at(row: &Row, first: usize) -> Result<Allele, CatalogueError> {
    Ok(Allele {
        contig: Contig(row.text(first, "contig")?),
        start: ZeroBased(row.count(first + 1, "position")?),
        end: ZeroBased(row.count(first + 2, "position")?),
        reference: row.text(first + 3, "reference")?,
        alternate: row.text(first + 4, "alternate")?,
        inserted: None,
    })
}
