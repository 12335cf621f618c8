//! Slices of BAM: raw records, filtered by where they lie exactly as `samtools view` does.

use std::io::{Read, Seek, Write};

use super::Class;
use super::open::Job;
use super::regions::{RegionSet, Wanted};
use super::sink::SliceSink;
use super::whole::copy_rest;
use crate::bam::{BamHeader, placement, read_record};
use crate::bgzf::{BgzfReader, BgzfWriter, VirtualOffset};
use crate::binning::BinningIndex;
use crate::format_error::FormatResult;

/// Writes a slice.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    source: R,
    header: &BamHeader,
    first_record: VirtualOffset,
    index: &BinningIndex,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    let (wanted, class) = (job.wanted, job.class);
    let mut writer = BgzfWriter::new(out);
    if class != Some(Class::Body) {
        writer.write_bytes(&header.bytes)?;
        writer.flush_block()?;
    }
    if class == Some(Class::Header) {
        writer.into_inner()?;
        return Ok(());
    }
    let mut reader = BgzfReader::new(source);
    match wanted {
        Wanted::Everything => {
            reader.seek(first_record)?;
            copy_rest(reader, writer)
        }
        Wanted::Some(set) => {
            write_placed(&mut reader, index, set, &mut writer)?;
            if set.unplaced() {
                write_unplaced(&mut reader, first_record, index, &mut writer)?;
            }
            writer.finish()?;
            Ok(())
        }
    }
}

fn write_placed<R: Read + Seek, W: Write>(
    reader: &mut BgzfReader<R>,
    index: &BinningIndex,
    set: &RegionSet,
    writer: &mut BgzfWriter<W>,
) -> FormatResult<()> {
    let mut record = Vec::new();
    for (contig, stretches) in set.contigs() {
        let last = stretches.last().map_or(0, |s| s.1);
        'chunks: for chunk in super::chunks(index, contig, stretches) {
            reader.seek(chunk.start)?;
            while reader.virtual_offset() < chunk.end && read_record(reader, &mut record)? {
                let place = placement(&record)?;
                if usize::try_from(place.contig) != Ok(contig) {
                    continue;
                }
                if u64::try_from(place.start).is_ok_and(|start| start >= last) {
                    break 'chunks;
                }
                if set.overlaps(contig, place.start, place.end) {
                    writer.write_record(&record)?;
                }
            }
        }
    }
    Ok(())
}

fn write_unplaced<R: Read + Seek, W: Write>(
    reader: &mut BgzfReader<R>,
    first_record: VirtualOffset,
    index: &BinningIndex,
    writer: &mut BgzfWriter<W>,
) -> FormatResult<()> {
    reader.seek(index.placed_end().unwrap_or(first_record))?;
    let mut record = Vec::new();
    while read_record(reader, &mut record)? {
        if placement(&record)?.contig < 0 {
            writer.write_record(&record)?;
        }
    }
    Ok(())
}
