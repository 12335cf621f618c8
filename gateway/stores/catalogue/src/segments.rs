//! The manifest of the carrier index: the list of its segments.

use std::collections::HashSet;

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{Assembly, DatasetId, Origin, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Value};
use crate::error::CatalogueError;
use crate::objects::ObjectStatus;
use crate::observations::{RETIRED_SOURCES, mark_indexed, source_name};
use crate::origin::origin;
use crate::programme_state::{READ_STATE, state_of};
use crate::write::Write;

/// One immutable segment of the carrier index, as the manifest lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentRow {
    /// The id of the segment, unique in the programme.
    pub id: String,
    /// The dataset of the carriers in the segment.
    pub dataset: DatasetId,
    /// The assembly of the alleles' coordinates.
    pub assembly: Assembly,
    /// Whether the alleles are germline or somatic.
    pub origin: Origin,
    /// The key of the segment's file in the object store, relative to the store's root.
    pub storage_key: String,
    /// The size of the segment in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the segment's bytes, in lower-case hex.
    pub sha256: String,
    /// The number of distinct alleles in the segment.
    pub variant_count: u64,
    /// The number of carrier entries in the segment.
    pub entry_count: u64,
    /// The time at which the segment was built.
    pub created: Timestamp,
}

/// The segments of the carrier index at one generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The generation of the carrier index.
    pub generation: u64,
    /// The segments, oldest first.
    pub segments: Vec<SegmentRow>,
    /// The names of retired case reports and of unloaded files. Their entries may still be in segments, but no longer count.
    pub retired_sources: HashSet<String>,
    /// The files on hold. Their entries do not count, but stay in the segments, because the files may be released.
    pub held_sources: HashSet<String>,
}

const READ_SEGMENTS: &str = "SELECT id, dataset, assembly, origin, storage_key, size_bytes, sha256, variant_count, entry_count, created \
                             FROM segment ORDER BY generation, created";

impl Catalogue {
    /// Reads the manifest of the current generation in one snapshot (job `BuildSegments`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn manifest(&self, upkeep: Upkeep) -> Result<Manifest, CatalogueError> {
        check_job(upkeep, &[Job::BuildSegments])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let state = state_of(snapshot.fetch_first(READ_STATE, Vec::new()).await?.as_ref())?;
        let segments = snapshot.fetch_all(READ_SEGMENTS, Vec::new()).await?;
        let retired = snapshot.fetch_all(RETIRED_SOURCES, Vec::new()).await?;
        let erased = "SELECT name FROM purge_source WHERE whole";
        let erased = snapshot.fetch_all(erased, Vec::new()).await?;
        let files = "SELECT id, status FROM data_object WHERE status <> 'served'";
        let files = snapshot.fetch_all(files, Vec::new()).await?;
        let of_status = |status: ObjectStatus| {
            files
                .iter()
                .filter(move |row| row.text(1, "object status").as_deref() == Ok(status.as_str()))
        };
        Ok(Manifest {
            generation: state.generation,
            segments: segments.iter().map(segment_of).collect::<Result<_, _>>()?,
            retired_sources: retired
                .iter()
                .map(|row| Ok(source_name(row.int(0, "source")?)))
                .chain(of_status(ObjectStatus::Unloaded).map(|row| row.text(0, "object id")))
                .chain(erased.iter().map(|row| row.text(0, "source")))
                .collect::<Result<_, CatalogueError>>()?,
            held_sources: of_status(ObjectStatus::Held)
                .map(|row| row.text(0, "object id"))
                .collect::<Result<_, CatalogueError>>()?,
        })
    }

    /// Reads the generation and the segments of the manifest, without the sources (job `Monitor`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn segments(&self, upkeep: Upkeep) -> Result<(u64, Vec<SegmentRow>), CatalogueError> {
        check_job(upkeep, &[Job::Monitor])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let state = state_of(snapshot.fetch_first(READ_STATE, Vec::new()).await?.as_ref())?;
        let segments = snapshot.fetch_all(READ_SEGMENTS, Vec::new()).await?;
        Ok((state.generation, segments.iter().map(segment_of).collect::<Result<_, _>>()?))
    }

    /// Adds segments that were built from pending observations, and marks these observations as indexed, in one transaction (actions `Ingest`,
    /// `Load`). Returns the new generation.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `observations` if an observation is no longer pending, because it was indexed or retired since (the
    /// segments must be built again); `segment` if a segment with one of the ids exists.
    pub async fn commit_observation_segments(
        &self,
        mandate: &Mandate,
        segments: &[SegmentRow],
        observation_ids: &[i64],
    ) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Ingest, WriteAction::Load]).await?;
        mark_indexed(&mut write, observation_ids).await?;
        let generation = write.manifest_changes();
        add_segments(&mut write, segments, generation).await?;
        let after = write.commit(self, mandate, "carrier-index", observation_ids.len() as u64).await?;
        Ok(after.generation)
    }
}

/// Adds segments to the manifest.
pub(crate) async fn add_segments(write: &mut Write, segments: &[SegmentRow], generation: i64) -> Result<(), CatalogueError> {
    let mut rows: Vec<[Value; 11]> = Vec::with_capacity(segments.len());
    for segment in segments {
        let id = Value::outside(&segment.id, "segment")?;
        let taken = "SELECT 1 FROM segment WHERE id = $1";
        if write.transaction.fetch_first(taken, vec![id.clone()]).await?.is_some() {
            return Err(CatalogueError::Conflict { field: "segment" });
        }
        rows.push([
            id,
            segment.dataset.as_str().into(),
            segment.assembly.as_str().into(),
            segment.origin.as_str().into(),
            Value::outside(&segment.storage_key, "storage_key")?,
            Value::count(segment.size_bytes, "size_bytes")?,
            Value::outside(&segment.sha256, "sha256")?,
            Value::count(segment.variant_count, "variant_count")?,
            Value::count(segment.entry_count, "entry_count")?,
            segment.created.into(),
            generation.into(),
        ]);
    }
    let into = "segment (id, dataset, assembly, origin, storage_key, size_bytes, sha256, variant_count, entry_count, created, generation)";
    write.transaction.insert(into, rows).await
}

fn segment_of(row: &Row) -> Result<SegmentRow, CatalogueError> {
    Ok(SegmentRow {
        id: row.text(0, "segment id")?,
        dataset: row.parsed(1, "dataset", DatasetId::parse)?,
        assembly: row.parsed(2, "assembly", Assembly::parse)?,
        origin: row.parsed(3, "origin", origin)?,
        storage_key: row.text(4, "storage key")?,
        size_bytes: row.count(5, "size")?,
        sha256: row.text(6, "sha256")?,
        variant_count: row.count(7, "variant count")?,
        entry_count: row.count(8, "entry count")?,
        created: row.time(9, "created")?,
    })
}
