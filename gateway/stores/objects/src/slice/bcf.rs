//! Slices of BCF: raw records, or redacted to the kept samples.

use std::borrow::Cow;
use std::io::{Read, Seek};

use super::body::{self, Records, SortedFile};
use super::open::Job;
use super::sink::SliceSink;
use crate::bcf::{BcfHeader, header_bytes, placement, record_length};
use crate::bgzf::{BgzfWriter, RecordLength};
use crate::format_error::FormatResult;
use crate::redact::bcf::redact_record;
use crate::redact::{KeptColumns, redact_header};

/// Writes a slice.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    file: SortedFile<'_, R>,
    header: &BcfHeader,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    let bytes = || match job.kept {
        None => Ok(Cow::Borrowed(&header.bytes[..])),
        Some(kept) => Ok(Cow::Owned(header_bytes(&redact_header(&header.vcf.text, kept)?)?)),
    };
    body::write_slice(file, bytes, &BcfRecords { header, kept: job.kept }, job, out)
}

/// The records of a BCF file.
struct BcfRecords<'a> {
    header: &'a BcfHeader,
    kept: Option<&'a KeptColumns>,
}

impl RecordLength for BcfRecords<'_> {
    fn record_length(&self, bytes: &[u8], _searched: usize, _ended: bool) -> FormatResult<Option<usize>> {
        record_length(bytes)
    }
}

impl Records for BcfRecords<'_> {
    fn place(&self, record: &[u8], contig: usize) -> FormatResult<Option<(i64, i64)>> {
        let (number, start, end) = placement(record)?;
        Ok((usize::try_from(number) == Ok(contig)).then_some((start, end)))
    }

    fn are_verbatim(&self) -> bool {
        self.kept.is_none()
    }

    fn write<S: SliceSink>(&self, record: &[u8], writer: &mut BgzfWriter<S>) -> FormatResult<()> {
        let redacted = match self.kept {
            None => Some(Cow::Borrowed(record)),
            Some(kept) => redact_record(record, &self.header.vcf, kept)?.map(Cow::Owned),
        };
        if let Some(record) = redacted {
            writer.write_record(&record)?;
        }
        Ok(())
    }
}
