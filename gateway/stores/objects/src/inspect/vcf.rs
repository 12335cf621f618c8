//! Inspects BGZF-compressed VCF files.

use std::collections::HashMap;
use std::io::{Read, Seek};

use hts_formats::bgzf::BgzfReader;
use hts_formats::binning::{BinningFormat, Chunk, DEPTH, IndexBuilder};
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::VcfHeader;
use hts_formats::vcf::{MOST_LINE_BYTES, placement, read_header_text, trim_line_end};

use super::{FoundIndex, InspectError, Inspected, fault, least_depth, not_added, require_end};
use crate::provenance::of_vcf;

pub(super) fn inspect<R: Read + Seek>(reader: &mut BgzfReader<R>, depth: u32) -> Result<Inspected, InspectError> {
    let text = read_header_text(reader).map_err(|e| fault(e, 0))?;
    let header = VcfHeader::parse(&text).map_err(|e| fault(e, 0))?;
    let depth = least_depth(&header.contigs, depth);
    let mut builder = IndexBuilder::new(depth);
    let mut names: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut line = Vec::new();
    let mut record_count = 0;
    loop {
        let start = reader.virtual_offset();
        let number = record_count + 1;
        if !reader.read_line(&mut line, MOST_LINE_BYTES).map_err(|e| fault(e, number))? {
            break;
        }
        if !line.ends_with(b"\n") {
            return Err(InspectError::BadRecord {
                record_number: number,
                what: "the last line does not end",
            });
        }
        let place = placement(&line).map_err(|e| fault(e, number))?;
        validate_line(&line, &header).map_err(|e| fault(e, number))?;
        let contig = match numbers.get(place.contig) {
            Some(contig) => *contig,
            None => {
                numbers.insert(place.contig.to_owned(), names.len());
                names.push(place.contig.to_owned());
                names.len() - 1
            }
        };
        let chunk = Chunk {
            start,
            end: reader.virtual_offset(),
        };
        let (from, to) = (place.start.max(0).cast_unsigned(), place.end.max(1).cast_unsigned());
        builder.add(contig, from, to, true, chunk).map_err(|e| not_added(e, number))?;
        record_count += 1;
    }
    require_end(reader)?;
    let format = if depth > DEPTH { BinningFormat::Csi } else { BinningFormat::Tbi };
    let index = builder.build(format, names.len(), names);
    Ok(Inspected {
        provenance: of_vcf(&header.text),
        contigs: header.contigs,
        samples: header.samples,
        record_count,
        index: FoundIndex::Binning(index),
        warnings: Vec::new(),
    })
}

/// Checks that a line has the header's number of columns, and that its genotypes refer only to alleles of the site.
fn validate_line(line: &[u8], header: &VcfHeader) -> FormatResult<()> {
    let line = trim_line_end(line);
    if line.contains(&0) {
        return Err(FormatError::Record("a zero byte"));
    }
    let expected = if header.samples.is_empty() { 8 } else { 9 + header.samples.len() };
    let columns = line.iter().filter(|b| **b == b'\t').count() + 1;
    if columns != expected && !(header.samples.is_empty() && columns == 9) {
        return Err(FormatError::Record("another number of columns than the header"));
    }
    let mut fields = line.split(|b| *b == b'\t').skip(4);
    let alternative_count = match fields.next() {
        Some(b".") | None => 0,
        Some(list) => list.split(|b| *b == b',').count(),
    };
    let genotypes_first = fields.nth(3).is_some_and(|keys| keys == b"GT" || keys.starts_with(b"GT:"));
    if !genotypes_first {
        return Ok(());
    }
    for sample in fields {
        let genotype = sample.split(|b| *b == b':').next().unwrap_or_default();
        for allele in genotype.split(|b| matches!(b, b'/' | b'|')) {
            let number: Option<usize> = std::str::from_utf8(allele).ok().and_then(|a| a.parse().ok());
            if allele != b"." && !allele.is_empty() && number.is_none_or(|n| n > alternative_count) {
                return Err(FormatError::Record("a genotype of an allele that the site does not have"));
            }
        }
    }
    Ok(())
}
