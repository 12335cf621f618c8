//! Slices of BCF: raw records, or redacted to the kept samples.

use std::io::{Read, Seek};

use super::Class;
use super::open::Job;
use super::regions::{RegionSet, Wanted};
use super::sink::SliceSink;
use super::whole::copy_rest;
use crate::bcf::{BcfHeader, header_bytes, placement, read_record};
use crate::bgzf::{BgzfReader, BgzfWriter, VirtualOffset};
use crate::binning::BinningIndex;
use crate::format_error::FormatResult;
use crate::redact::{RecordRedactor, redact_header};

/// Writes a slice.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    source: R,
    header: &BcfHeader,
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
            None => writer.write_bytes(&header.bytes)?,
            Some(kept) => writer.write_bytes(&header_bytes(&redact_header(&header.vcf.text, kept)?)?)?,
        }
        writer.flush_block()?;
    }
    if class == Some(Class::Header) {
        writer.into_inner()?;
        return Ok(());
    }
    let mut reader = BgzfReader::new(source);
    let mut record = Vec::new();
    let mut redactor = match kept {
        None => None,
        Some(kept) => Some(RecordRedactor::new(&header.vcf, kept)?),
    };
    let mut put = |record: &[u8], wanted: Option<(&RegionSet, usize)>, writer: &mut BgzfWriter<_>| -> FormatResult<()> {
        match &mut redactor {
            None => writer.write_record(record)?,
            Some(redactor) => {
                if let Some(record) = redactor.redact(record)?
                    && still_overlaps(record, wanted)?
                {
                    writer.write_record(record)?;
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
            while read_record(&mut reader, &mut record)? {
                put(&record, None, &mut writer)?;
            }
            super::require_end_marker(&reader)?;
            writer.finish()?;
            return Ok(());
        }
        (Wanted::Some(set), _) => set,
    };
    for (contig, stretches) in super::in_file_order(index, set) {
        let last = stretches.last().map_or(0, |s| s.1);
        'chunks: for chunk in super::chunks(index, contig, stretches) {
            reader.seek(chunk.start)?;
            while reader.virtual_offset() < chunk.end && read_record(&mut reader, &mut record)? {
                let (number, start, end) = placement(&record)?;
                if usize::try_from(number) != Ok(contig) {
                    continue;
                }
                if u64::try_from(start).is_ok_and(|start| start >= last) {
                    break 'chunks;
                }
                if set.overlaps(contig, start, end) {
                    put(&record, Some((set, contig)), &mut writer)?;
                }
            }
        }
    }
    writer.finish()?;
    Ok(())
}

/// Whether a redacted record lies in the regions still: one that reached into them by somebody else's allele would tell of it.
fn still_overlaps(record: &[u8], wanted: Option<(&RegionSet, usize)>) -> FormatResult<bool> {
    let Some((set, contig)) = wanted else { return Ok(true) };
    let (_, start, end) = placement(record)?;
    Ok(set.overlaps(contig, start, end))
}
