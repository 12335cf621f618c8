//! Makes slices of BAM. The records that overlap a region are the same records that `samtools view` selects. A record is complete, or
//! contains only the requested columns and tags.

use std::borrow::Cow;
use std::io::{Read, Seek};

use hts_formats::bam::{BamHeader, fields, placement, record_length};
use hts_formats::bgzf::{BgzfWriter, RecordLength};
use hts_formats::error::FormatResult;
use hts_formats::read_fields::ReadFields;

use super::body::{self, Records, SortedFile};
use super::open::Job;
use super::sam_header::redact;
use super::sink::SliceSink;

/// Writes a slice of a BAM file in BAM format.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    file: SortedFile<'_, R>,
    header: &BamHeader,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    let header_bytes = || match job.names {
        None => Ok(Cow::Borrowed(&header.bytes[..])),
        Some(names) => Ok(Cow::Owned(header.with_text(&redact(header.text_bytes(), names)?)?)),
    };
    body::write_slice(file, header_bytes, &BamRecords { fields: job.fields }, job, out)
}

/// The rules for the records of a BAM file: how their positions are read, and which columns and tags are written.
struct BamRecords<'a> {
    fields: &'a ReadFields,
}

impl RecordLength for BamRecords<'_> {
    fn record_length(&self, bytes: &[u8], _searched: usize, _ended: bool) -> FormatResult<Option<usize>> {
        record_length(bytes)
    }
}

impl Records for BamRecords<'_> {
    fn place(&self, record: &[u8], contig: usize) -> FormatResult<Option<(i64, i64)>> {
        let place = placement(record)?;
        Ok((usize::try_from(place.contig) == Ok(contig)).then_some((place.start, place.end)))
    }

    fn are_verbatim(&self) -> bool {
        self.fields.is_everything()
    }

    fn write<S: SliceSink>(&self, record: &[u8], writer: &mut BgzfWriter<S>) -> FormatResult<()> {
        Ok(writer.write_record(&fields::keep(record, self.fields)?)?)
    }
}
