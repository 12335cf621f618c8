//! Inspects CRAM files.

use std::io::BufRead;

use hts_formats::cram::compression::CompressionHeader;
use hts_formats::cram::container::{Container, read_container, read_file_start};
use hts_formats::cram::crai::{Crai, CraiLine};
use hts_formats::cram::record::CramRecord;
use hts_formats::cram::slice::{DecodedSlice, compression_header, each_slice};
use hts_formats::error::FormatError;
use hts_formats::sam_header::SamHeader;

use super::served_as_bam::ServedAsBam;
use super::{FoundIndex, InspectError, Inspected, Warning, bam, fault};
use crate::provenance::of_sam;

/// The contig number and the start position of a record. Records are sorted if these pairs are in ascending order.
type Place = (u32, i64);

pub(super) fn inspect<R: BufRead>(mut reader: R) -> Result<Inspected, InspectError> {
    let start = read_file_start(&mut reader).map_err(|e| fault(e, 0))?;
    let header = SamHeader::parse(&start.sam_text).map_err(|e| fault(e, 0))?;
    let mut offset = start.bytes.len() as u64;
    let mut index = Crai::default();
    let mut record_count = 0;
    let mut last = (0, 0);
    let mut external = false;
    let mut ended = false;
    let mut served = ServedAsBam::default();
    while let Some(container) = read_container(&mut reader, offset).map_err(|e| fault(e, record_count + 1))? {
        offset = container.next_offset();
        if ended {
            return Err(InspectError::BadHeader {
                what: "data follows the end of the file",
            });
        }
        if container.is_end() {
            ended = true;
            continue;
        }
        let before = record_count;
        let mut inspected = |landmark, slice: &DecodedSlice, compression: &CompressionHeader| -> Result<(), InspectError> {
            external |= compression.reference_required && slice.reference.is_none() && slice.header.contig != -1;
            for record in &slice.records {
                record_count += 1;
                check(record, &header, &mut last, record_count)?;
            }
            served.check(slice, compression, &header, record_count)?;
            add_lines(&mut index, &container, landmark, &slice.records);
            Ok(())
        };
        match each(&container, &mut inspected) {
            Ok(()) => {}
            Err(Stopped::Refused(error)) => return Err(error),
            Err(Stopped::Undecodable(error)) => return Err(fault(error, before + 1)),
        }
        if i64::try_from(record_count - before) != Ok(i64::from(container.record_count)) {
            return Err(InspectError::BadRecord {
                record_number: record_count,
                what: "a container has another number of records than its header states",
            });
        }
    }
    if !ended {
        return Err(InspectError::NoEndMarker);
    }
    let mut warnings = bam::warnings(&header);
    if external {
        warnings.push(Warning::ExternalReference);
    }
    Ok(Inspected {
        samples: header.samples(),
        contigs: header.contigs,
        record_count,
        index: FoundIndex::Crai(index),
        provenance: of_sam(&start.sam_text),
        warnings,
    })
}

/// The reason why the inspection of a container stopped: a slice cannot be decoded, or a check rejected the slice.
enum Stopped {
    Undecodable(FormatError),
    Refused(InspectError),
}

impl From<FormatError> for Stopped {
    fn from(error: FormatError) -> Self {
        Self::Undecodable(error)
    }
}

/// Decodes the slices of a container one after the other, and calls `inspected` with the offset of each slice, the slice and the
/// compression header.
fn each(
    container: &Container,
    inspected: &mut impl FnMut(usize, &DecodedSlice, &CompressionHeader) -> Result<(), InspectError>,
) -> Result<(), Stopped> {
    if container.landmarks.is_empty() {
        return Ok(());
    }
    let compression = compression_header(container)?;
    each_slice(
        container,
        &compression,
        |_| true,
        |landmark, slice| inspected(landmark, &slice, &compression).map_err(Stopped::Refused),
    )
}

fn check(record: &CramRecord, header: &SamHeader, last: &mut Place, record_number: u64) -> Result<(), InspectError> {
    let broken = |what| Err(InspectError::BadRecord { record_number, what });
    let known = |contig: i32| contig == -1 || usize::try_from(contig).is_ok_and(|c| c < header.contigs.len());
    if !known(record.contig) || !known(record.mate_contig) {
        return broken("a contig that the header does not have");
    }
    if record.read_group != -1 && usize::try_from(record.read_group).is_ok_and(|g| g >= header.read_groups.len()) {
        return broken("a read group that the header does not have");
    }
    if record.start < 0 || record.start > i64::from(i32::MAX) {
        return broken("an impossible position");
    }
    // Reads without a contig (-1) sort behind all other reads.
    let place = (record.contig.cast_unsigned(), if record.contig < 0 { 0 } else { record.start });
    if place < *last {
        return Err(InspectError::Unsorted { record_number });
    }
    *last = place;
    Ok(())
}

/// Adds the CRAM index lines of a slice: one line for each contig on which the slice has reads.
fn add_lines(index: &mut Crai, container: &Container, landmark: usize, records: &[CramRecord]) {
    for run in records.chunk_by(|a, b| a.contig == b.contig) {
        let contig = run.first().map_or(-1, |r| r.contig);
        let (start, span) = if contig < 0 {
            (0, 1)
        } else {
            let start = run.iter().map(|r| r.start).min().unwrap_or(0);
            let last = run.iter().map(CramRecord::last).max().unwrap_or(0);
            (start, last - start + 1)
        };
        index.lines.push(CraiLine {
            contig,
            start,
            span,
            container: container.offset,
            landmark: landmark as u64,
            slice_bytes: (container.slice_end(landmark) - landmark) as u64,
        });
    }
}
