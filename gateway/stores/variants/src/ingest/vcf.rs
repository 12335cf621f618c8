//! Reads the alleles and the genotypes of VCF files.

use std::io::Read;

use gemj_model::Ordinal;

use super::annotations::{Layout, may_name};
use super::called::{CONFIDENCE_KEYS, Span, states_reference};
use super::compressed::Input;
use super::genotype::{Call, parse};
use super::header_lines::take_header_line;
use super::report::{IngestReport, Progress, SkipReason};
use super::site::{Extent, Header, Site};
use super::{IngestError, IngestFault, Place};
use crate::builder::{SegmentBuilder, SourceNumber};

/// The maximum length of a line in bytes. This is enough for some millions of samples.
const LINE_LIMIT_BYTES: usize = 1 << 28;
/// The maximum value of POS. VCF positions are 32-bit signed (VCF 4.3 § 1.3: "integers ... -2^31 + 8 ... 2^31 - 1").
pub(super) const MAX_POSITION: u64 = i32::MAX as u64;
/// The number of columns before the sample columns.
const FIXED_COLUMNS: usize = 9;
/// The number of records between two reports of progress.
pub(super) const PROGRESS_EVERY: u64 = 4096;

pub(super) fn read<R: Read>(
    mut input: Input<R>,
    columns: &[Option<Ordinal>],
    source: SourceNumber,
    builder: &mut SegmentBuilder,
    progress: &mut dyn FnMut(Progress),
) -> Result<IngestReport, IngestError> {
    let mut line = Vec::new();
    let mut number = 0u64;
    let mut header = Header::new(builder.assembly());
    let header_columns = loop {
        number += 1;
        input.place = Place::Line(number);
        if !input.line(&mut line, LINE_LIMIT_BYTES)? {
            input.place = Place::Header;
            return Err(input.fault(IngestFault::NotVariants));
        }
        match header_line(&line, number) {
            HeaderLine::Meta => {
                if let Ok(text) = std::str::from_utf8(&line) {
                    take_header_line(&mut header, text);
                }
            }
            HeaderLine::Columns(count) => break count,
            HeaderLine::Neither => return Err(input.fault(IngestFault::NotVariants)),
        }
    };
    let found = header_columns.saturating_sub(FIXED_COLUMNS);
    if found != columns.len() {
        let expected = columns.len();
        return Err(input.fault(IngestFault::Samples { found, expected }));
    }
    let mut report = IngestReport::default();
    let mut record = Record {
        site: Site::new(header, columns, builder.origin()),
        calls: Vec::new(),
    };
    loop {
        number += 1;
        input.place = Place::Line(number);
        if !input.line(&mut line, LINE_LIMIT_BYTES)? {
            break;
        }
        record
            .read(&line, header_columns, columns, &mut report)
            .map_err(|f| input.fault(f))?;
        record.site.finish(source, builder, &mut report)?;
        report.records += 1;
        if report.records.is_multiple_of(PROGRESS_EVERY) {
            let (records, bytes) = (report.records, input.bytes());
            progress(Progress { records, bytes });
        }
    }
    record.site.close(source, builder)?;
    let (records, bytes) = (report.records, input.bytes());
    progress(Progress { records, bytes });
    input.finish()?;
    Ok(report)
}

enum HeaderLine {
    Meta,
    /// The line with the column names, and the number of its columns.
    Columns(usize),
    Neither,
}

fn header_line(line: &[u8], number: u64) -> HeaderLine {
    if number == 1 {
        return if line.starts_with(b"##fileformat=VCF") {
            HeaderLine::Meta
        } else {
            HeaderLine::Neither
        };
    }
    if line.starts_with(b"##") {
        return HeaderLine::Meta;
    }
    if line.starts_with(b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO") {
        let count = line.split(|b| *b == b'\t').count();
        // The line has eight columns, or these eight columns, FORMAT and the samples. Some files have FORMAT without samples.
        return HeaderLine::Columns(count);
    }
    HeaderLine::Neither
}

struct Record {
    site: Site,
    calls: Vec<Call>,
}

impl Record {
    fn read(
        &mut self,
        line: &[u8],
        header_columns: usize,
        columns: &[Option<Ordinal>],
        report: &mut IngestReport,
    ) -> Result<(), IngestFault> {
        let mut fields = Fields { line, at: Some(0) };
        let mut fixed = [&line[..0]; FIXED_COLUMNS];
        let fixed_count = header_columns.min(FIXED_COLUMNS);
        let wrong_count = || IngestFault::Columns {
            found: line.split(|b| *b == b'\t').count(),
            expected: header_columns,
        };
        for field in &mut fixed[..fixed_count] {
            *field = fields.next().ok_or_else(wrong_count)?;
        }
        let [chrom, pos, _, reference, alternates, _, filter, info, format] = fixed;
        let chrom = std::str::from_utf8(chrom)
            .ok()
            .filter(|c| !c.is_empty())
            .ok_or(IngestFault::Chrom)?;
        let position = number(pos).filter(|p| *p <= MAX_POSITION).ok_or(IngestFault::Pos)?;
        let reference = std::str::from_utf8(reference)
            .ok()
            .filter(|r| !r.is_empty())
            .ok_or(IngestFault::Alleles)?;
        let alternates = std::str::from_utf8(alternates)
            .ok()
            .filter(|a| !a.is_empty())
            .ok_or(IngestFault::Alleles)?;
        report.filtered += u64::from(!matches!(filter, b"PASS" | b"."));
        let count = alternates.split(',').count();
        let end = alternates.split(',').all(states_reference).then(|| extent(info, 0).end).flatten();
        self.site.begin(chrom, Span::of(position, reference, alternates.split(','), end));
        for (index, alternate) in alternates.split(',').enumerate() {
            let extent = if alternate.starts_with('<') {
                extent(info, index)
            } else {
                Extent::default()
            };
            self.site.alternate(position, reference, alternate, extent, count, report);
        }
        for (layout, text) in annotations(self.site.layouts(), info) {
            self.site.annotate(layout, text, reference, alternates.split(','));
        }
        let allele_count = if alternates == "." {
            0
        } else {
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        match format.split(|b| *b == b':').position(|key| key == b"GT") {
            Some(place) => self.genotypes(&mut fields, format, place, allele_count, columns)?,
            None => {
                if !columns.is_empty() || self.site.has_alleles() {
                    report.skip(SkipReason::NoGenotypes);
                }
                for _ in columns {
                    fields.next().ok_or_else(wrong_count)?;
                }
            }
        }
        if fields.at.is_some() {
            return Err(wrong_count());
        }
        Ok(())
    }

    fn genotypes(
        &mut self,
        fields: &mut Fields<'_>,
        format: &[u8],
        place: usize,
        allele_count: u32,
        columns: &[Option<Ordinal>],
    ) -> Result<(), IngestFault> {
        self.site.called().genotyped();
        let by_confidence = self.site.called().wants_confidence();
        for (read, column) in columns.iter().enumerate() {
            if place == 0 && !by_confidence && fields.skip_diploid_reference() {
                continue;
            }
            let field = fields.next().ok_or(IngestFault::Columns {
                found: FIXED_COLUMNS + read,
                expected: FIXED_COLUMNS + columns.len(),
            })?;
            // Fields at the end of a sample column may be left out. If GT is left out, the genotype is unknown.
            let Some(text) = field.split(|b| *b == b':').nth(place) else {
                if let Some(ordinal) = column {
                    self.site.no_genotype(*ordinal);
                }
                continue;
            };
            if by_confidence && is_doubtful(format, field) {
                self.site.called().doubtful();
            }
            parse(text, allele_count, &mut self.calls).ok_or(IngestFault::Genotype)?;
            if let Some(ordinal) = column {
                self.site.genotype(*ordinal, &self.calls);
            }
        }
        Ok(())
    }
}

/// Reads the tab-separated fields of a line one after another.
struct Fields<'a> {
    line: &'a [u8],
    /// The byte offset of the next field; absent after the last field.
    at: Option<usize>,
}

impl<'a> Fields<'a> {
    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.line.get(self.at?..)?;
        match memchr::memchr(b'\t', rest) {
            Some(length) => {
                self.at = self.at.map(|at| at + length + 1);
                rest.get(..length)
            }
            None => {
                self.at = None;
                Some(rest)
            }
        }
    }

    /// Skips a sample column whose genotype is `0/0` or `0|0`, by far the most frequent genotypes. Returns false if no column was skipped.
    #[inline]
    fn skip_diploid_reference(&mut self) -> bool {
        let Some(rest) = self.at.and_then(|at| self.line.get(at..)) else {
            return false;
        };
        match rest {
            [b'0', b'/' | b'|', b'0', b'\t', ..] => {
                self.at = self.at.map(|at| at + 4);
                true
            }
            [b'0', b'/' | b'|', b'0', b':', ..] => self.next().is_some(),
            _ => false,
        }
    }
}

fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Whether a sample column has a depth (DP, MIN_DP) or a genotype quality (GQ) of 0.
fn is_doubtful(format: &[u8], field: &[u8]) -> bool {
    let fields = format.split(|b| *b == b':').zip(field.split(|b| *b == b':'));
    let mut telling = fields.filter(|(key, _)| CONFIDENCE_KEYS.iter().any(|known| known.as_bytes() == *key));
    telling.any(|(_, value)| number(value) == Some(0))
}

/// Reads END, and the SVLEN of the allele with this index (from 0), from an INFO column.
fn extent(info: &[u8], allele: usize) -> Extent {
    let mut extent = Extent::default();
    for item in info.split(|b| *b == b';') {
        if let Some(value) = item.strip_prefix(b"END=") {
            extent.end = number(value);
        } else if let Some(value) = item.strip_prefix(b"SVLEN=") {
            let own = value.split(|b| *b == b',').nth(allele);
            extent.length = own.and_then(|v| number(v.strip_prefix(b"-").unwrap_or(v)));
        }
    }
    extent
}

/// The annotation texts in an INFO column that may contain a name to store, each with the number of its layout.
fn annotations<'a>(layouts: &[Layout], info: &'a [u8]) -> Vec<(usize, &'a str)> {
    if layouts.is_empty() || !may_name(info) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for item in info.split(|b| *b == b';') {
        for (number, layout) in layouts.iter().enumerate() {
            let value = item.strip_prefix(layout.key.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            if let Some(text) = value.and_then(|v| std::str::from_utf8(v).ok()) {
                found.push((number, text));
            }
        }
    }
    found
}
