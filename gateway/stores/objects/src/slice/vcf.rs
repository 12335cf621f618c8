//! Makes slices of BGZF-compressed VCF. Lines are copied unchanged, or redacted for the kept samples.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{Read, Seek};

use hts_formats::bgzf::{BgzfWriter, RecordLength};
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::VcfHeader;
use hts_formats::vcf::{MOST_LINE_BYTES, placement};

use super::body::{self, Records, SortedFile};
use super::open::Job;
use super::regions::Wanted;
use super::sink::SliceSink;
use crate::redact::{LineRedactor, redact_header};

/// Writes a slice of a VCF file.
pub(crate) fn write_slice<R: Read + Seek, S: SliceSink>(
    file: SortedFile<'_, R>,
    header: &VcfHeader,
    job: &Job<'_>,
    out: &mut S,
) -> FormatResult<()> {
    let text = || match job.kept {
        None => Ok(Cow::Borrowed(&header.text[..])),
        Some(kept) => Ok(Cow::Owned(redact_header(&header.text, kept)?)),
    };
    let redactor = match job.kept {
        None => None,
        Some(kept) => Some(RefCell::new(LineRedactor::new(header, kept)?)),
    };
    let records = VcfLines {
        names: &file.index.names,
        wanted: job.wanted,
        redactor,
    };
    body::write_slice(file, text, &records, job, out)
}

/// The rules for the lines of a VCF file: how their positions are read, and how they are redacted.
struct VcfLines<'a> {
    /// The contig names of the index, by contig number.
    names: &'a [String],
    wanted: &'a Wanted,
    /// The redactor of the lines; absent if lines are copied unchanged.
    redactor: Option<RefCell<LineRedactor<'a>>>,
}

impl VcfLines<'_> {
    /// Whether a redacted line still overlaps the requested regions. If a line overlapped the regions only because of a removed sample's
    /// allele, returning the line would reveal that allele.
    fn still_overlaps(&self, line: &[u8]) -> FormatResult<bool> {
        let Wanted::Some(set) = self.wanted else { return Ok(true) };
        let place = placement(line)?;
        let mut contigs = set.contigs().map(|(contig, _)| contig);
        let contig = contigs.find(|contig| self.names.get(*contig).is_some_and(|name| name == place.contig));
        Ok(contig.is_some_and(|contig| set.overlaps(contig, place.start, place.end)))
    }
}

impl RecordLength for VcfLines<'_> {
    /// Returns the length of the line that begins `bytes`, including its line feed. Absent if more bytes are needed. The last line of a
    /// file may lack the line feed.
    fn record_length(&self, bytes: &[u8], searched: usize, ended: bool) -> FormatResult<Option<usize>> {
        match memchr::memchr(b'\n', &bytes[searched..]) {
            Some(end) => Ok(Some(searched + end + 1)),
            None if ended => Ok(Some(bytes.len())),
            None if bytes.len() > MOST_LINE_BYTES => Err(FormatError::Record("a line is too long")),
            None => Ok(None),
        }
    }
}

impl Records for VcfLines<'_> {
    fn place(&self, record: &[u8], contig: usize) -> FormatResult<Option<(i64, i64)>> {
        let place = placement(record)?;
        let is_here = self.names.get(contig).is_some_and(|name| name == place.contig);
        Ok(is_here.then_some((place.start, place.end)))
    }

    fn are_verbatim(&self) -> bool {
        self.redactor.is_none()
    }

    fn write<S: SliceSink>(&self, record: &[u8], writer: &mut BgzfWriter<S>) -> FormatResult<()> {
        let Some(redactor) = &self.redactor else {
            return Ok(writer.write_record(record)?);
        };
        let mut redactor = redactor.borrow_mut();
        if let Some(line) = redactor.redact(record)?
            && self.still_overlaps(line)?
        {
            writer.write_record(line)?;
        }
        Ok(())
    }
}
