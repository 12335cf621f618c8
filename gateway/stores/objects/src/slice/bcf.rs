//! Makes slices of BCF. Records are copied unchanged, or redacted for the kept samples.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{Read, Seek};

use hts_formats::bcf::{BcfHeader, header_bytes, placement, record_length};
use hts_formats::bgzf::{BgzfWriter, RecordLength};
use hts_formats::error::FormatResult;

use super::body::{self, Records, SortedFile};
use super::open::Job;
use super::regions::Wanted;
use super::sink::SliceSink;
use crate::redact::{RecordRedactor, redact_header};

/// Writes a slice of a BCF file.
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
    let redactor = match job.kept {
        None => None,
        Some(kept) => Some(RefCell::new(RecordRedactor::new(&header.vcf, kept)?)),
    };
    let records = BcfRecords {
        wanted: job.wanted,
        redactor,
    };
    body::write_slice(file, bytes, &records, job, out)
}

/// The rules for the records of a BCF file: how their positions are read, and how they are redacted.
struct BcfRecords<'a> {
    wanted: &'a Wanted,
    /// The redactor of the records; absent if records are copied unchanged.
    redactor: Option<RefCell<RecordRedactor<'a>>>,
}

impl BcfRecords<'_> {
    /// Whether a redacted record still overlaps the requested regions. If a record overlapped the regions only because of a removed
    /// sample's allele, returning the record would reveal that allele.
    fn still_overlaps(&self, record: &[u8]) -> FormatResult<bool> {
        let Wanted::Some(set) = self.wanted else { return Ok(true) };
        let (contig, start, end) = placement(record)?;
        Ok(usize::try_from(contig).is_ok_and(|contig| set.overlaps(contig, start, end)))
    }
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
        self.redactor.is_none()
    }

    fn write<S: SliceSink>(&self, record: &[u8], writer: &mut BgzfWriter<S>) -> FormatResult<()> {
        let Some(redactor) = &self.redactor else {
            return Ok(writer.write_record(record)?);
        };
        let mut redactor = redactor.borrow_mut();
        if let Some(record) = redactor.redact(record)?
            && self.still_overlaps(record)?
        {
            writer.write_record(record)?;
        }
        Ok(())
    }
}
