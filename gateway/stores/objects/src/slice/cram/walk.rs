//! Decodes the slices of a CRAM file one after the other.

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek, SeekFrom};

use hts_formats::cram::compression::CompressionHeader;
use hts_formats::cram::container::{Container, read_container};
use hts_formats::cram::index::CramIndex;
use hts_formats::cram::record::CramRecord;
use hts_formats::cram::slice::{DecodedSlice, compression_header, each_slice};
use hts_formats::error::{FormatError, FormatResult};

use super::super::open::Job;
use super::super::regions::Wanted;
use super::CramHeader;

/// A decoded slice, and the compression header of the slice's container.
pub(super) struct Decoded<'c> {
    pub(super) compression: &'c CompressionHeader,
    pub(super) slice: DecodedSlice,
}

/// Whether the record overlaps the requested regions. A record without a contig matches if unplaced reads are requested.
pub(super) fn touches(wanted: &Wanted, record: &CramRecord) -> bool {
    match (wanted, usize::try_from(record.contig)) {
        (Wanted::Everything, _) => true,
        (Wanted::Some(set), Ok(contig)) => set.overlaps(contig, record.start - 1, record.last()),
        (Wanted::Some(set), Err(_)) => set.unplaced(),
    }
}

/// Decodes every slice that may contain requested records, in file order, and calls `visit` for each slice.
pub(super) fn decode_each<R: Read + Seek>(
    reader: &mut BufReader<R>,
    header: &CramHeader,
    index: &CramIndex,
    job: &Job<'_>,
    mut visit: impl FnMut(Decoded<'_>) -> FormatResult<()>,
) -> FormatResult<()> {
    if let Wanted::Some(set) = job.wanted {
        for hit in index.query(set) {
            decode_at(reader, hit.container, Some(&hit.landmarks), &mut visit)?;
        }
        return Ok(());
    }
    let mut offset = header.start.bytes.len() as u64;
    reader.seek(SeekFrom::Start(offset))?;
    let mut ended = false;
    while let Some(container) = read_container(reader, offset)? {
        offset = container.next_offset();
        ended = container.is_end();
        if !container.landmarks.is_empty() {
            decode(&container, None, &mut visit)?;
        }
    }
    if ended {
        Ok(())
    } else {
        Err(FormatError::Truncated { at_byte: offset })
    }
}

/// Decodes the slices of the container that begins at `offset`. If `landmarks` is absent, all slices are decoded.
pub(super) fn decode_at<R: Read + Seek>(
    reader: &mut BufReader<R>,
    offset: u64,
    landmarks: Option<&BTreeSet<usize>>,
    visit: impl FnMut(Decoded<'_>) -> FormatResult<()>,
) -> FormatResult<()> {
    reader.seek(SeekFrom::Start(offset))?;
    let container = read_container(reader, offset)?.ok_or(FormatError::Truncated { at_byte: offset })?;
    // If the index has a landmark that the container does not have, the index belongs to another file.
    if landmarks.is_some_and(|landmarks| !landmarks.iter().all(|l| container.landmarks.contains(l))) {
        return Err(FormatError::DamagedBlock { at_byte: offset });
    }
    decode(&container, landmarks, visit)
}

fn decode(
    container: &Container,
    landmarks: Option<&BTreeSet<usize>>,
    mut visit: impl FnMut(Decoded<'_>) -> FormatResult<()>,
) -> FormatResult<()> {
    let compression = compression_header(container)?;
    let is_wanted = |landmark| landmarks.is_none_or(|l| l.contains(&landmark));
    each_slice(container, &compression, is_wanted, |_, slice| {
        visit(Decoded {
            compression: &compression,
            slice,
        })
    })
}
