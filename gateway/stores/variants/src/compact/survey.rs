//! Reads the format versions and sources of stored segments.

use std::collections::HashSet;

use bytes::Bytes;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{Catalogue, SegmentRow};
use gemj_objects::ObjectStore;

use super::MergeError;
use crate::segment::footer::Footer;
use crate::segment::trailer::Trailer;
use crate::segment::{SegmentError, TRAILER_BYTES, VERSION};

/// A segment of the manifest, with facts from its trailer and footer.
#[derive(Clone, Debug)]
pub(super) struct Surveyed {
    pub(super) row: SegmentRow,
    pub(super) version: u16,
    pub(super) sources: u64,
    /// The number of the segment's sources that are retired.
    pub(super) retired_sources: u64,
}

/// The status of one segment of the manifest, for operators.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentStatus {
    /// The row of the segment in the manifest.
    pub row: SegmentRow,
    /// The format version of the segment.
    pub version: u16,
    /// Whether queries can read this format version.
    pub is_current: bool,
    /// The number of sources (files and input units) that have entries in the segment.
    pub sources: u64,
    /// The number of the segment's sources that are retired.
    pub retired_sources: u64,
}

/// Returns the status of every segment that the manifest names.
///
/// # Errors
/// See [`MergeError`].
pub async fn segment_status(catalogue: &Catalogue, objects: &ObjectStore) -> Result<Vec<SegmentStatus>, MergeError> {
    let manifest = catalogue.manifest(Upkeep::of(Job::BuildSegments)).await?;
    let surveyed = survey(objects, manifest.segments, &manifest.retired_sources).await?;
    let status = |surveyed: Surveyed| SegmentStatus {
        version: surveyed.version,
        is_current: surveyed.version == VERSION,
        sources: surveyed.sources,
        retired_sources: surveyed.retired_sources,
        row: surveyed.row,
    };
    Ok(surveyed.into_iter().map(status).collect())
}

/// Reads the trailers and footers of these segments.
pub(super) async fn survey(objects: &ObjectStore, rows: Vec<SegmentRow>, retired: &HashSet<String>) -> Result<Vec<Surveyed>, MergeError> {
    let mut surveyed = Vec::with_capacity(rows.len());
    for row in rows {
        let (trailer, footer) = read(objects, &row).await?;
        surveyed.push(Surveyed {
            version: trailer.version,
            sources: footer.sources.len() as u64,
            retired_sources: footer.sources.iter().filter(|source| retired.contains(*source)).count() as u64,
            row,
        });
    }
    Ok(surveyed)
}

pub(super) async fn read(objects: &ObjectStore, row: &SegmentRow) -> Result<(Trailer, Footer), MergeError> {
    let damaged = |fault| MergeError::Damaged { id: row.id.clone(), fault };
    let upkeep = Upkeep::of(Job::BuildSegments);
    let trailer_at = row
        .size_bytes
        .checked_sub(TRAILER_BYTES)
        .ok_or_else(|| damaged(SegmentError::Truncated { part: "trailer" }))?;
    let tail = objects
        .read_blob_range(upkeep, &row.storage_key, trailer_at..row.size_bytes)
        .await?;
    let trailer = Trailer::parse_any(&tail, row.size_bytes).map_err(damaged)?;
    let footer: Bytes = objects
        .read_blob_range(upkeep, &row.storage_key, trailer.footer_offset..trailer_at)
        .await?;
    let footer = checked_footer(&footer, &trailer).map_err(damaged)?;
    Ok((trailer, footer))
}

/// Checks the checksum of a footer and parses the footer.
pub(super) fn checked_footer(bytes: &[u8], trailer: &Trailer) -> Result<Footer, SegmentError> {
    if crc32fast::hash(bytes) != trailer.footer_crc32 {
        return Err(SegmentError::Checksum { part: "footer" });
    }
    Footer::parse(bytes, trailer.footer_offset)
}
