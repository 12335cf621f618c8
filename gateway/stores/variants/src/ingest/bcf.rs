//! Reads the alleles and genotypes of BCF 2 (VCF 4.3 § 6).

use std::collections::HashMap;
use std::io::Read;

use gemj_model::Ordinal;

use super::annotations::may_name;
use super::called::{CONFIDENCE_KEYS, Span};
use super::compressed::Input;
use super::genotype::Call;
use super::report::{IngestReport, Progress, SkipReason};
use super::site::{Extent, Header, Site};
use super::vcf::{MAX_POSITION, PROGRESS_EVERY};
use super::{IngestError, IngestFault, Place};
use crate::builder::{SegmentBuilder, SourceNumber};

/// Maximum size in bytes of the header and of a record.
const LIMIT_BYTES: usize = 1 << 29;

/// The parts of the header's dictionaries that the reader needs.
#[derive(Debug, Default)]
struct Dictionary {
    contigs: HashMap<u64, String>,
    end: Option<i64>,
    length: Option<i64>,
    genotype: Option<i64>,
    /// The fields that state how certain a genotype is.
    confidence: [Option<i64>; CONFIDENCE_KEYS.len()],
    /// The string numbers of the annotation fields, in the order of the header's layouts.
    annotations: Vec<Option<i64>>,
    samples: usize,
}

pub(super) fn read<R: Read>(
    mut input: Input<R>,
    columns: &[Option<Ordinal>],
    source: SourceNumber,
    builder: &mut SegmentBuilder,
    progress: &mut dyn FnMut(Progress),
) -> Result<IngestReport, IngestError> {
    let mut bytes = Vec::new();
    input.exact(&mut bytes, 9)?;
    if !matches!(bytes.as_slice(), [b'B', b'C', b'F', 2, 1 | 2, ..]) {
        return Err(input.fault(IngestFault::NotVariants));
    }
    let text_bytes = u32::from_le_bytes([bytes[5], bytes[6], bytes[7], bytes[8]]) as usize;
    if text_bytes > LIMIT_BYTES {
        return Err(input.fault(IngestFault::TooLong { limit_bytes: LIMIT_BYTES }));
    }
    input.exact(&mut bytes, text_bytes)?;
    let mut header = Header::new(builder.assembly());
    let dictionary = dictionary(&bytes, &mut header).ok_or_else(|| input.fault(IngestFault::NotVariants))?;
    if dictionary.samples != columns.len() {
        let (found, expected) = (dictionary.samples, columns.len());
        return Err(input.fault(IngestFault::Samples { found, expected }));
    }
    let mut report = IngestReport::default();
    let mut record = Record {
        dictionary,
        site: Site::new(header, columns, builder.origin()),
        calls: Vec::new(),
    };
    let mut individual = Vec::new();
    loop {
        input.place = Place::Record(report.records + 1);
        if input.at_end()? {
            break;
        }
        input.exact(&mut bytes, 8)?;
        let length = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) as usize;
        let (shared_bytes, individual_bytes) = (length(0), length(4));
        if shared_bytes.max(individual_bytes) > LIMIT_BYTES {
            return Err(input.fault(IngestFault::TooLong { limit_bytes: LIMIT_BYTES }));
        }
        input.exact(&mut bytes, shared_bytes)?;
        input.exact(&mut individual, individual_bytes)?;
        record.read(&bytes, &individual, columns, &mut report).map_err(|f| input.fault(f))?;
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

/// Reads the header text. Contigs and strings are numbered in order of appearance unless `IDX=` states a number; `PASS` is string 0.
fn dictionary(text: &[u8], header: &mut Header) -> Option<Dictionary> {
    let text = std::str::from_utf8(text).ok()?.trim_end_matches('\0');
    if !text.starts_with("##fileformat=VCF") {
        return None;
    }
    let mut found = Dictionary::default();
    let mut strings = HashMap::from([("PASS", 0i64)]);
    let (mut next_string, mut next_contig) = (1i64, 0u64);
    for line in text.lines() {
        if let Some(columns) = line.strip_prefix("#CHROM\t") {
            found.samples = columns.split('\t').count().saturating_sub(8);
            found.end = strings.get("END").copied();
            found.length = strings.get("SVLEN").copied();
            found.genotype = strings.get("GT").copied();
            found.confidence = CONFIDENCE_KEYS.map(|key| strings.get(key).copied());
            found.annotations = header
                .layouts
                .iter()
                .map(|layout| strings.get(layout.key.as_str()).copied())
                .collect();
            return Some(found);
        }
        structured(line, |kind, fields| header.take(kind, |name| field(fields, name)));
        let Some((kind, fields)) = line.strip_prefix("##").and_then(|l| l.split_once("=<")) else {
            continue;
        };
        let (Some(id), index) = (field(fields, "ID"), field(fields, "IDX").and_then(|i| i.parse::<u32>().ok())) else {
            continue;
        };
        match kind {
            "contig" => {
                let number = index.map_or(next_contig, u64::from);
                next_contig = next_contig.max(number + 1);
                found.contigs.insert(number, id.to_owned());
            }
            "FILTER" | "INFO" | "FORMAT" if !strings.contains_key(id) => {
                let number = index.map_or(next_string, i64::from);
                next_string = next_string.max(number + 1);
                strings.insert(id, number);
            }
            _ => {}
        }
    }
    None
}

/// Calls `visit` with the kind and the fields of a structured header line.
pub(super) fn structured(line: &str, visit: impl FnOnce(&str, &str)) {
    if let Some((kind, fields)) = line.strip_prefix("##").and_then(|l| l.split_once("=<")) {
        visit(kind, fields);
    }
}

/// A field of a structured header line. Quoted text is not searched.
pub(super) fn field<'a>(fields: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = fields.strip_suffix('>').unwrap_or(fields);
    loop {
        let (key, value) = rest.split_once('=')?;
        let (text, behind) = match value.strip_prefix('"') {
            Some(quoted) => {
                let mut escaped = false;
                let end = quoted.find(|c| {
                    let closes = c == '"' && !escaped;
                    escaped = c == '\\' && !escaped;
                    closes
                })?;
                (&quoted[..end], quoted[end + 1..].strip_prefix(',').unwrap_or(""))
            }
            None => value.split_once(',').unwrap_or((value, "")),
        };
        if key.trim() == name {
            return Some(text);
        }
        rest = behind;
    }
}

/// Reads a record's bytes from front to back.
struct Part<'a>(&'a [u8]);

/// A typed value: its type and its bytes.
#[derive(Clone, Copy)]
struct Typed<'a> {
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> Part<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], IngestFault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(IngestFault::Encoding)?;
        self.0 = rest;
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, IngestFault> {
        let mut word = [0; 4];
        word.copy_from_slice(self.take(4)?);
        Ok(u32::from_le_bytes(word))
    }

    /// The type and the number of values of the next typed value.
    fn descriptor(&mut self) -> Result<(u8, usize), IngestFault> {
        let byte = self.take(1)?[0];
        let (kind, count) = (byte & 15, usize::from(byte >> 4));
        if count < 15 {
            return Ok((kind, count));
        }
        let count = self.typed()?.integers().next().ok_or(IngestFault::Encoding)?;
        let count = count.and_then(|c| usize::try_from(c).ok()).ok_or(IngestFault::Encoding)?;
        Ok((kind, count))
    }

    fn typed(&mut self) -> Result<Typed<'a>, IngestFault> {
        let byte = *self.0.first().ok_or(IngestFault::Encoding)?;
        // A length may not itself have an overflowing length, so this does not recurse.
        let (kind, count) = if byte >> 4 == 15 && self.0.get(1).is_none_or(|b| b >> 4 != 1) {
            return Err(IngestFault::Encoding);
        } else {
            self.descriptor()?
        };
        let bytes = self.take(count.checked_mul(width(kind)?).ok_or(IngestFault::Encoding)?)?;
        Ok(Typed { kind, bytes })
    }

    fn integer(&mut self) -> Result<i64, IngestFault> {
        self.typed()?.integers().next().flatten().ok_or(IngestFault::Encoding)
    }
}

fn width(kind: u8) -> Result<usize, IngestFault> {
    match kind {
        0 => Ok(0),
        1 | 7 => Ok(1),
        2 => Ok(2),
        3 | 5 => Ok(4),
        _ => Err(IngestFault::Encoding),
    }
}

/// An integer value of a vector: missing, the end of a shorter vector, or a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    Missing,
    End,
    Number(i64),
}

fn value(bytes: &[u8]) -> Value {
    let (number, least) = match *bytes {
        [a] => (i64::from(a as i8), i64::from(i8::MIN)),
        [a, b] => (i64::from(i16::from_le_bytes([a, b])), i64::from(i16::MIN)),
        [a, b, c, d] => (i64::from(i32::from_le_bytes([a, b, c, d])), i64::from(i32::MIN)),
        _ => return Value::Missing,
    };
    match number - least {
        0 => Value::Missing,
        1 => Value::End,
        _ => Value::Number(number),
    }
}

impl<'a> Typed<'a> {
    fn integers(self) -> impl Iterator<Item = Option<i64>> + 'a {
        let size = match self.kind {
            1 => 1,
            2 => 2,
            3 => 4,
            _ => usize::MAX,
        };
        self.bytes.chunks_exact(size).map(|bytes| match value(bytes) {
            Value::Number(number) => Some(number),
            Value::Missing | Value::End => None,
        })
    }

    fn text(self) -> Result<&'a str, IngestFault> {
        if !matches!(self.kind, 0 | 7) {
            return Err(IngestFault::Encoding);
        }
        let text = std::str::from_utf8(self.bytes).map_err(|_| IngestFault::Alleles)?;
        Ok(text.trim_end_matches('\0'))
    }
}

struct Record {
    dictionary: Dictionary,
    site: Site,
    calls: Vec<Call>,
}

impl Record {
    fn read(
        &mut self,
        shared: &[u8],
        individual: &[u8],
        columns: &[Option<Ordinal>],
        report: &mut IngestReport,
    ) -> Result<(), IngestFault> {
        let mut shared = Part(shared);
        let chrom = u64::from(shared.u32()?);
        let position = i64::from(shared.u32()? as i32) + 1;
        let _reference_length = shared.u32()?;
        let _quality = shared.u32()?;
        let (alleles_and_info, format_and_samples) = (shared.u32()?, shared.u32()?);
        let (alleles, infos) = (alleles_and_info >> 16, alleles_and_info & 0xffff);
        let (formats, samples) = (format_and_samples >> 24, format_and_samples & 0xff_ffff);
        let chrom = self
            .dictionary
            .contigs
            .get(&chrom)
            .filter(|c| !c.is_empty())
            .ok_or(IngestFault::Chrom)?;
        let position = u64::try_from(position)
            .ok()
            .filter(|p| *p <= MAX_POSITION)
            .ok_or(IngestFault::Pos)?;
        if samples as usize != columns.len() {
            return Err(IngestFault::Columns {
                found: samples as usize,
                expected: columns.len(),
            });
        }
        let _id = shared.typed()?;
        if alleles == 0 {
            return Err(IngestFault::Alleles);
        }
        let reference = shared.typed()?.text()?;
        if reference.is_empty() {
            return Err(IngestFault::Alleles);
        }
        let mut alternates = Vec::new();
        for _ in 1..alleles {
            let alternate = shared.typed()?.text()?;
            if alternate.is_empty() {
                return Err(IngestFault::Alleles);
            }
            alternates.push(alternate);
        }
        let filter = shared.typed()?;
        // String 0 is PASS. A record without filters has not failed any.
        report.filtered += u64::from(filter.integers().any(|number| number.is_some_and(|n| n != 0)));
        let mut annotations = Vec::new();
        let (end, lengths) = self.extents(&mut shared, infos, &mut annotations)?;
        self.site
            .begin(chrom, Span::of(position, reference, alternates.iter().copied(), end));
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
        let found = self.genotypes(&mut Part(individual), formats, columns, alleles - 1)?;
        if !found && (!columns.is_empty() || self.site.has_alleles()) {
            report.skip(SkipReason::NoGenotypes);
        }
        Ok(())
    }

    /// Reads INFO: END, each allele's SVLEN, and the annotation texts that may contain a name to store.
    fn extents<'a>(
        &self,
        shared: &mut Part<'a>,
        infos: u32,
        annotations: &mut Vec<(usize, &'a str)>,
    ) -> Result<(Option<u64>, Vec<Option<u64>>), IngestFault> {
        let (mut end, mut lengths) = (None, Vec::new());
        for _ in 0..infos {
            let key = Some(shared.integer()?);
            let value = shared.typed()?;
            if key == self.dictionary.end {
                end = value.integers().next().flatten().and_then(|e| u64::try_from(e).ok());
            } else if key == self.dictionary.length {
                lengths = value.integers().map(|l| l.map(i64::unsigned_abs)).collect();
            } else if let Some(layout) = self.dictionary.annotations.iter().position(|a| a.is_some() && *a == key)
                && value.kind == 7
                && may_name(value.bytes)
                && let Ok(text) = std::str::from_utf8(value.bytes)
            {
                annotations.push((layout, text.trim_end_matches('\0')));
            }
        }
        if !shared.0.is_empty() {
            return Err(IngestFault::Encoding);
        }
        Ok((end, lengths))
    }

    /// Reads the FORMAT fields. Returns whether GT was present.
    fn genotypes(
        &mut self,
        individual: &mut Part<'_>,
        formats: u32,
        columns: &[Option<Ordinal>],
        alternates: u32,
    ) -> Result<bool, IngestFault> {
        let mut found = false;
        for _ in 0..formats {
            let key = Some(individual.integer()?);
            let (kind, ploidy) = individual.descriptor()?;
            let size = width(kind)?;
            let per_sample = ploidy.checked_mul(size).ok_or(IngestFault::Encoding)?;
            let bytes = individual.take(per_sample.checked_mul(columns.len()).ok_or(IngestFault::Encoding)?)?;
            if self.dictionary.confidence.contains(&key) && self.site.called().wants_confidence() {
                let values = Typed { kind, bytes };
                if matches!(kind, 1..=3) && values.integers().next().flatten() == Some(0) {
                    self.site.called().doubtful();
                }
            }
            if key != self.dictionary.genotype || found {
                continue;
            }
            found = true;
            if per_sample == 0 {
                continue;
            }
            self.site.called().genotyped();
            if !matches!(kind, 1..=3) {
                return Err(IngestFault::Genotype);
            }
            for (genotype, column) in bytes.chunks_exact(per_sample).zip(columns) {
                // 0/0 and 0|0 with one byte per allele, by far the most frequent genotypes.
                if size == 1 && matches!(genotype, [2 | 3, 2 | 3]) {
                    continue;
                }
                self.calls.clear();
                for call in genotype.chunks_exact(size) {
                    match value(call) {
                        Value::End => break,
                        Value::Missing => self.calls.push(None),
                        Value::Number(number) => {
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
        if !individual.0.is_empty() {
            return Err(IngestFault::Encoding);
        }
        Ok(found)
    }
}
