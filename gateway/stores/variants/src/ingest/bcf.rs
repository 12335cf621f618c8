//! Reads the alleles and the genotypes of BCF 2 files (VCF 4.3 § 6).

use std::io::Read;

use gemj_model::Ordinal;
use hts_formats::bcf::record::{BcfRecord, FormatField};
use hts_formats::bcf::record_length;
use hts_formats::bcf::typed::{Integer, Kind, Typed};
use hts_formats::error::FormatError;
use hts_formats::limits::MOST_HEADER_BYTES;
use hts_formats::vcf::header::VcfHeader;

use super::annotations::may_name;
use super::called::{CONFIDENCE_KEYS, Span};
use super::compressed::Input;
use super::genotype::Call;
use super::header_lines::take_header_line;
use super::report::{IngestReport, Progress, SkipReason};
use super::site::{Extent, Header, Site};
use super::vcf::{MAX_POSITION, PROGRESS_EVERY};
use super::{IngestError, IngestFault, Place};
use crate::builder::{SegmentBuilder, SourceNumber};

/// The number of bytes before the header text: the magic string, the two bytes of the version, and the length of the header text.
const PREFIX_BYTES: usize = 9;
/// The number of bytes before a record: the lengths of its two parts.
const LENGTHS_BYTES: usize = 8;
/// The number of `PASS` in the dictionary of strings (BCF 2.2 § 6.2.1).
const PASS: i32 = 0;
/// The reference allele in a genotype of one byte per allele, unphased and phased. The encoding is `(allele + 1) << 1 | phased` (BCF 2.2 §
/// 6.3.3).
const REFERENCE_UNPHASED: u8 = 2;
const REFERENCE_PHASED: u8 = 3;

/// The header, and the dictionary numbers of the fields that are read.
struct Dictionary {
    header: VcfHeader,
    end: Option<usize>,
    length: Option<usize>,
    genotype: Option<usize>,
    /// The dictionary numbers of the fields that state how reliable a genotype is.
    confidence: [Option<usize>; CONFIDENCE_KEYS.len()],
    /// The dictionary numbers of the annotation fields, in the order of the layouts.
    annotations: Vec<Option<usize>>,
}

impl Dictionary {
    fn new(header: VcfHeader, layouts: &Header) -> Self {
        let number = |name: &str| header.dictionary.iter().position(|known| known.as_deref() == Some(name));
        Self {
            end: number("END"),
            length: number("SVLEN"),
            genotype: number("GT"),
            confidence: CONFIDENCE_KEYS.map(number),
            annotations: layouts.layouts.iter().map(|layout| number(&layout.key)).collect(),
            header,
        }
    }
}

pub(super) fn read<R: Read>(
    mut input: Input<R>,
    columns: &[Option<Ordinal>],
    source: SourceNumber,
    builder: &mut SegmentBuilder,
    progress: &mut dyn FnMut(Progress),
) -> Result<IngestReport, IngestError> {
    let mut bytes = Vec::new();
    input.exact(&mut bytes, PREFIX_BYTES)?;
    let [b'B', b'C', b'F', 2, 1 | 2, length @ ..] = bytes.as_slice() else {
        return Err(input.fault(IngestFault::NotVariants));
    };
    let text_bytes = length.try_into().map_or(usize::MAX, |length| u32::from_le_bytes(length) as usize);
    if text_bytes > MOST_HEADER_BYTES {
        let limit_bytes = MOST_HEADER_BYTES;
        return Err(input.fault(IngestFault::TooLong { limit_bytes }));
    }
    input.exact(&mut bytes, text_bytes)?;
    let mut header = Header::new(builder.assembly());
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    let vcf = VcfHeader::parse(text).map_err(|_| input.fault(IngestFault::NotVariants))?;
    for line in String::from_utf8_lossy(text).lines() {
        take_header_line(&mut header, line);
    }
    if vcf.samples.len() != columns.len() {
        let (found, expected) = (vcf.samples.len(), columns.len());
        return Err(input.fault(IngestFault::Samples { found, expected }));
    }
    let mut report = IngestReport::default();
    let mut record = Record {
        dictionary: Dictionary::new(vcf, &header),
        site: Site::new(header, columns, builder.origin()),
        calls: Vec::new(),
    };
    loop {
        input.place = Place::Record(report.records + 1);
        if input.at_end()? {
            break;
        }
        input.exact(&mut bytes, LENGTHS_BYTES)?;
        let length = record_length(&bytes)
            .ok()
            .flatten()
            .ok_or_else(|| input.fault(IngestFault::Encoding))?;
        input.more(&mut bytes, length - LENGTHS_BYTES)?;
        record.read(&bytes, columns, &mut report).map_err(|f| input.fault(f))?;
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

/// Returns an allele of a BCF record as text. An empty text is an error.
fn allele(bytes: &[u8]) -> Result<&str, IngestFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| IngestFault::Alleles)?;
    let text = text.trim_end_matches('\0');
    if text.is_empty() { Err(IngestFault::Alleles) } else { Ok(text) }
}

impl From<FormatError> for IngestFault {
    fn from(_: FormatError) -> Self {
        Self::Encoding
    }
}

struct Record {
    dictionary: Dictionary,
    site: Site,
    calls: Vec<Call>,
}

impl Record {
    fn read(&mut self, bytes: &[u8], columns: &[Option<Ordinal>], report: &mut IngestReport) -> Result<(), IngestFault> {
        let record = BcfRecord::parse(bytes)?;
        let chrom = self.dictionary.header.contig(record.contig).map_err(|_| IngestFault::Chrom)?;
        if chrom.name.is_empty() {
            return Err(IngestFault::Chrom);
        }
        let position = u64::try_from(i64::from(record.position) + 1)
            .ok()
            .filter(|p| *p <= MAX_POSITION)
            .ok_or(IngestFault::Pos)?;
        if record.sample_count != columns.len() {
            return Err(IngestFault::Columns {
                found: record.sample_count,
                expected: columns.len(),
            });
        }
        let (first, others) = record.alleles.split_first().ok_or(IngestFault::Alleles)?;
        let reference = allele(first)?;
        let alternates = others.iter().map(|bytes| allele(bytes)).collect::<Result<Vec<_>, _>>()?;
        // A record without filters has not failed a filter.
        report.filtered += u64::from(record.filter.integers().any(|number| number.is_some_and(|n| n != PASS)));
        let mut annotations = Vec::new();
        let (end, lengths) = self.extents(&record.infos, &mut annotations);
        self.site
            .begin(&chrom.name, Span::of(position, reference, alternates.iter().copied(), end));
        for (index, alternate) in alternates.iter().enumerate() {
            let extent = Extent {
                end,
                length: lengths.get(index).copied().flatten(),
            };
            self.site
                .alternate(position, reference, alternate, extent, alternates.len(), report);
        }
        for (layout, text) in annotations {
            self.site.annotate(layout, text, reference, alternates.iter().copied());
        }
        if alternates.is_empty() {
            report.skip(SkipReason::NoAlternative);
        }
        let found = self.genotypes(&record.formats, columns, alternates.len() as u32)?;
        if !found && (!columns.is_empty() || self.site.has_alleles()) {
            report.skip(SkipReason::NoGenotypes);
        }
        Ok(())
    }

    /// Reads INFO: END, the SVLEN of each allele, and the annotation texts that may contain a name to store. The annotation texts are added
    /// to `annotations` with the numbers of their layouts.
    fn extents<'a>(&self, infos: &[(usize, Typed<'a>)], annotations: &mut Vec<(usize, &'a str)>) -> (Option<u64>, Vec<Option<u64>>) {
        let (mut end, mut lengths) = (None, Vec::new());
        for (key, value) in infos {
            let key = Some(*key);
            if key == self.dictionary.end {
                end = value.integers().next().flatten().and_then(|e| u64::try_from(e).ok());
            } else if key == self.dictionary.length {
                lengths = value.integers().map(|l| l.map(|l| u64::from(l.unsigned_abs()))).collect();
            } else if let Some(layout) = self.dictionary.annotations.iter().position(|a| *a == key)
                && value.kind == Kind::Char
                && may_name(value.data)
                && let Ok(text) = std::str::from_utf8(value.data)
            {
                annotations.push((layout, text.trim_end_matches('\0')));
            }
        }
        (end, lengths)
    }

    /// Reads the FORMAT fields of a record. Returns false if GT is not one of them.
    fn genotypes(&mut self, formats: &[FormatField<'_>], columns: &[Option<Ordinal>], alternates: u32) -> Result<bool, IngestFault> {
        let mut found = false;
        for field in formats {
            let key = Some(field.key);
            if self.dictionary.confidence.contains(&key) && self.site.called().wants_confidence() {
                let (kind, count, data) = (field.kind, field.count, field.data);
                if (Typed { kind, count, data }).integers().next().flatten() == Some(0) {
                    self.site.called().doubtful();
                }
            }
            if key != self.dictionary.genotype || found {
                continue;
            }
            found = true;
            let size = field.kind.size();
            let per_sample = field.count * size;
            if per_sample == 0 {
                continue;
            }
            self.site.called().genotyped();
            if !matches!(field.kind, Kind::Int8 | Kind::Int16 | Kind::Int32) {
                return Err(IngestFault::Genotype);
            }
            for (genotype, column) in field.data.chunks_exact(per_sample).zip(columns) {
                // The genotypes 0/0 and 0|0 with one byte per allele, which are by far the most frequent genotypes, need no further work.
                if size == 1
                    && matches!(
                        genotype,
                        [REFERENCE_UNPHASED | REFERENCE_PHASED, REFERENCE_UNPHASED | REFERENCE_PHASED]
                    )
                {
                    continue;
                }
                self.calls.clear();
                for call in genotype.chunks_exact(size) {
                    match Integer::parse(call) {
                        Integer::End => break,
                        Integer::Missing => self.calls.push(None),
                        Integer::Number(number) => {
                            let allele = u32::try_from(number >> 1).map_err(|_| IngestFault::Genotype)?;
                            if allele > alternates.saturating_add(1) {
                                return Err(IngestFault::Genotype);
                            }
                            self.calls.push(allele.checked_sub(1));
                        }
                    }
                }
                if let Some(ordinal) = column {
                    self.site.genotype(*ordinal, &self.calls);
                }
            }
        }
        Ok(found)
    }
}
