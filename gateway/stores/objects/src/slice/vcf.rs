//! Slices of BGZF-compressed VCF: lines as they stand, or redacted to the kept samples.

use std::io::{Read, Seek};

use super::Class;
use super::open::Job;
use super::regions::{RegionSet, Wanted};
use super::sink::SliceSink;
use super::whole::copy_rest;
use crate::bgzf::{BgzfReader, BgzfWriter, VirtualOffset};
use crate::binning::BinningIndex;
use crate::format_error::FormatResult;
use crate::redact::{LineRedactor, redact_header};
use crate::vcf::header::VcfHeader;
use crate::vcf::{MOST_LINE_BYTES, placement};

/// Writes a slice.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    source: R,
    header: &VcfHeader,
    first_record: VirtualOffset,
    index: &BinningIndex,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    let (wanted, class) = (job.wanted, job.class);
    let kept = job.kept;
    let mut writer = BgzfWriter::new(out);
    if class != Some(Class::Body) {
        match kept {
            None => writer.write_bytes(&header.text)?,
            Some(kept) => writer.write_bytes(&redact_header(&header.text, kept)?)?,
        }
        writer.flush_block()?;
    }
    if class == Some(Class::Header) {
        writer.into_inner()?;
        return Ok(());
    }
    let mut reader = BgzfReader::new(source);
    let mut line = Vec::new();
    let mut redactor = match kept {
        None => None,
        Some(kept) => Some(LineRedactor::new(header, kept)?),
    };
    let mut put = |line: &[u8], wanted: Option<(&RegionSet, usize)>, writer: &mut BgzfWriter<_>| -> FormatResult<()> {
        match &mut redactor {
            None => writer.write_record(line)?,
            Some(redactor) => {
                if let Some(line) = redactor.redact(line)?
                    && still_overlaps(line, wanted)?
                {
                    writer.write_record(line)?;
                }
            }
        }
        Ok(())
    };
    let set = match (wanted, kept) {
        (Wanted::Everything, None) => {
            reader.seek(first_record)?;
            return copy_rest(reader, writer);
        }
        (Wanted::Everything, Some(_)) => {
            reader.seek(first_record)?;
            while reader.read_line(&mut line, MOST_LINE_BYTES)? {
                put(&line, None, &mut writer)?;
            }
            super::require_end_marker(&reader)?;
            writer.finish()?;
            return Ok(());
        }
        (Wanted::Some(set), _) => set,
    };
    for (contig, stretches) in super::in_file_order(index, set) {
        let name = index.names.get(contig).map(String::as_str);
        let last = stretches.last().map_or(0, |s| s.1);
        'chunks: for chunk in super::chunks(index, contig, stretches) {
            reader.seek(chunk.start)?;
            while reader.virtual_offset() < chunk.end && reader.read_line(&mut line, MOST_LINE_BYTES)? {
                let place = placement(&line)?;
                if Some(place.contig) != name {
                    continue;
                }
                if u64::try_from(place.start).is_ok_and(|start| start >= last) {
                    break 'chunks;
                }
                if set.overlaps(contig, place.start, place.end) {
                    put(&line, Some((set, contig)), &mut writer)?;
                }
            }
        }
    }
    writer.finish()?;
    Ok(())
}

/// Whether a redacted record lies in the regions still: one that reached into them by somebody else's allele would tell of it.
fn still_overlaps(line: &[u8], wanted: Option<(&RegionSet, usize)>) -> FormatResult<bool> {
    let Some((set, contig)) = wanted else { return Ok(true) };
    let place = placement(line)?;
    Ok(set.overlaps(contig, place.start, place.end))
}
