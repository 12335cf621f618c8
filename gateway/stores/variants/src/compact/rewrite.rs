//! Rewrites several segments as one segment.

use std::collections::{BTreeSet, HashMap, HashSet};

use bytes::Bytes;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{SegmentRow, SegmentScope};
use gemj_model::{Allele, Contig, Ordinal, Zygosity};
use gemj_objects::ObjectStore;
use sha2::Digest as _;

use super::MergeError;
use super::survey::checked_footer;
use crate::builder::{DEFAULT_BUDGET_BYTES, SegmentBuilder, SourceNumber};
use crate::callability::is_reserved;
use crate::segment::block::BlockCursor;
use crate::segment::carriers::each_entry;
use crate::segment::footer::Footer;
use crate::segment::trailer::Trailer;
use crate::segment::verify::verify;
use crate::segment::{ANCHORED_VERSION, SegmentError, TRAILER_BYTES, malformed};

/// The entries that are not copied into a rewritten segment.
#[derive(Clone, Debug, Default)]
pub(super) struct LeftOut {
    /// The sources whose entries are left out.
    pub(super) sources: HashSet<String>,
    /// The participants whose entries are left out, whatever their source is.
    pub(super) participants: BTreeSet<Ordinal>,
}

/// The result of rewriting several segments as one segment.
pub(super) struct Rewritten {
    /// The bytes of the new segment. Absent if no entry is left.
    pub(super) bytes: Option<Bytes>,
    pub(super) sha256: String,
    pub(super) variants: u64,
    pub(super) entries: u64,
    pub(super) purged_entries: u64,
}

/// Reads segments one after another and writes one segment in the current format version, without the entries that are left out.
pub(super) async fn rewrite(
    objects: &ObjectStore,
    scope: &SegmentScope,
    group: Vec<SegmentRow>,
    left_out: &LeftOut,
) -> Result<Rewritten, MergeError> {
    let mut builder = SegmentBuilder::new(scope.dataset.clone(), scope.assembly, scope.origin, DEFAULT_BUDGET_BYTES);
    let mut purged_entries = 0;
    for row in group {
        let upkeep = Upkeep::of(Job::BuildSegments);
        let bytes = objects.read_blob_range(upkeep, &row.storage_key, 0..row.size_bytes).await?;
        let (scope, left_out) = (scope.clone(), left_out.clone());
        let add = move || -> Result<(SegmentBuilder, u64), MergeError> {
            let purged = add_segment(&mut builder, &bytes, &row, &scope, &left_out)?;
            Ok((builder, purged))
        };
        let purged;
        (builder, purged) = tokio::task::spawn_blocking(add).await.map_err(|_| MergeError::Stopped)??;
        purged_entries += purged;
    }
    let finish = move || -> Result<Rewritten, MergeError> {
        let (bytes, built) = builder.finish()?;
        verify(&bytes).map_err(MergeError::Unsound)?;
        Ok(Rewritten {
            sha256: hex::encode(sha2::Sha256::digest(&bytes)),
            bytes: (!built.is_empty()).then(|| bytes.into()),
            variants: built.variant_count,
            entries: built.entry_count,
            purged_entries,
        })
    };
    tokio::task::spawn_blocking(finish).await.map_err(|_| MergeError::Stopped)?
}

/// Adds the content of a segment to the builder, without the entries that are left out. Returns the number of these entries.
fn add_segment(
    builder: &mut SegmentBuilder,
    bytes: &[u8],
    row: &SegmentRow,
    scope: &SegmentScope,
    left_out: &LeftOut,
) -> Result<u64, MergeError> {
    let damaged = |fault| MergeError::Damaged { id: row.id.clone(), fault };
    if hex::encode(sha2::Sha256::digest(bytes)) != row.sha256 {
        return Err(damaged(SegmentError::Checksum { part: "file" }));
    }
    let trailer = Trailer::parse_any(bytes, row.size_bytes).map_err(damaged)?;
    let footer_bytes = part(bytes, trailer.footer_offset, row.size_bytes - TRAILER_BYTES - trailer.footer_offset).map_err(damaged)?;
    let footer = checked_footer(footer_bytes, &trailer).map_err(damaged)?;
    let named = (footer.dataset.as_str(), footer.assembly.as_str(), footer.origin.as_str());
    // If a stored segment belonged to another dataset, its carriers would be counted in this dataset.
    if named != (scope.dataset.as_str(), scope.assembly.as_str(), scope.origin.as_str()) {
        return Err(damaged(malformed("the segment is not the one that the manifest names")));
    }
    let mut sources = Vec::with_capacity(footer.sources.len());
    for source in &footer.sources {
        sources.push(match left_out.sources.contains(source) {
            true => None,
            false => Some(builder.source(source)?),
        });
    }
    let usual: HashMap<u32, u32> = footer.usual.iter().copied().collect();
    let mut purged = 0;
    let mut entries: Vec<(SourceNumber, (Ordinal, Zygosity))> = Vec::new();
    let mut carriers_of_source = Vec::new();
    for (contig, block) in blocks(bytes, &footer) {
        let block = block.map_err(damaged)?;
        let contig = Contig(contig.to_owned());
        let mut cursor = BlockCursor::open(block).map_err(damaged)?;
        while let Some(variant) = cursor.next(block).map_err(damaged)? {
            entries.clear();
            let mut unknown = false;
            let carriers = &block[variant.carriers];
            each_entry(carriers, |ordinal, zygosity, source| {
                let source = match (source, sources.len()) {
                    (Some(source), _) => Some(source),
                    (None, 1) => Some(0),
                    (None, _) => usual.get(&ordinal).copied(),
                };
                match source.and_then(|number| sources.get(number as usize)) {
                    Some(Some(_)) if left_out.participants.contains(&Ordinal(ordinal)) => purged += 1,
                    Some(Some(number)) => entries.push((*number, (Ordinal(ordinal), zygosity))),
                    Some(None) => purged += 1,
                    None => unknown = true,
                }
            })
            .map_err(damaged)?;
            if unknown {
                return Err(damaged(malformed("an entry has no source")));
            }
            let mut allele = variant.key.to_allele(&contig);
            if trailer.version == ANCHORED_VERSION {
                begin_at_the_event(&mut allele);
            }
            entries.sort_by_key(|(source, _)| *source);
            for of_source in entries.chunk_by(|a, b| a.0 == b.0) {
                carriers_of_source.clear();
                carriers_of_source.extend(of_source.iter().map(|(_, carrier)| *carrier));
                if is_reserved(contig.as_str()) {
                    builder.state(&allele, of_source[0].0, &carriers_of_source)?;
                } else {
                    builder.add_carriers(&allele, of_source[0].0, &carriers_of_source)?;
                }
            }
        }
    }
    Ok(purged)
}

/// Converts an allele of format version 1, in which a symbolic allele starts at its anchor base, to the current version.
fn begin_at_the_event(allele: &mut Allele) {
    if allele.alternate.starts_with('<') {
        allele.start.0 = allele.start.0.saturating_add(1);
        allele.end = if allele.is_symbolic_insertion() {
            allele.start
        } else {
            allele.end.max(allele.start)
        };
    }
}

/// Each block of the segment with the name of its contig. The checksum of each block is checked.
fn blocks<'a>(bytes: &'a [u8], footer: &'a Footer) -> impl Iterator<Item = (&'a str, Result<&'a [u8], SegmentError>)> {
    footer.contig_order.iter().flat_map(move |contig| {
        let blocks = footer.contigs.get(contig).map_or(&[][..], |contig| &contig.blocks);
        blocks.iter().map(move |entry| {
            let block = part(bytes, entry.offset, entry.bytes).and_then(|block| {
                if crc32fast::hash(block) == entry.crc32 {
                    Ok(block)
                } else {
                    Err(SegmentError::Checksum { part: "block" })
                }
            });
            (contig.as_str(), block)
        })
    })
}

fn part(bytes: &[u8], offset: u64, length: u64) -> Result<&[u8], SegmentError> {
    let range = usize::try_from(offset)
        .ok()
        .zip(offset.checked_add(length).and_then(|end| usize::try_from(end).ok()));
    range
        .and_then(|(from, to)| bytes.get(from..to))
        .ok_or(SegmentError::Truncated { part: "file" })
}
