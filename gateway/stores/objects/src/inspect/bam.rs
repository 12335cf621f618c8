//! Inspects BAM files.

use std::io::{Read, Seek};

use hts_formats::bam::{placement, read_header, read_record, validate_record};
use hts_formats::bgzf::BgzfReader;
use hts_formats::binning::{BinningFormat, Chunk, DEPTH, IndexBuilder};
use hts_formats::sam_header::SamHeader;

use super::{FoundIndex, InspectError, Inspected, Warning, fault, least_depth, not_added, require_end};
use crate::provenance::of_sam;

pub(super) fn inspect<R: Read + Seek>(reader: &mut BgzfReader<R>, depth: u32) -> Result<Inspected, InspectError> {
    let header = read_header(reader).map_err(|e| fault(e, 0))?;
    if header.contigs.is_empty() && header.text == SamHeader::default() {
        return Err(InspectError::BadHeader { what: "it is empty" });
    }
    let same = |(text, binary): (&hts_formats::sam_header::HeaderContig, &hts_formats::sam_header::HeaderContig)| {
        text.name == binary.name && text.length == binary.length
    };
    if !header.text.contigs.is_empty()
        && (header.text.contigs.len() != header.contigs.len() || !header.text.contigs.iter().zip(&header.contigs).all(same))
    {
        return Err(InspectError::BadHeader {
            what: "its @SQ lines differ from its binary list of contigs",
        });
    }
    let depth = least_depth(&header.contigs, depth);
    let mut builder = IndexBuilder::new(depth);
    let mut record = Vec::new();
    let mut record_count = 0;
    let mut last_contig = None;
    loop {
        let start = reader.virtual_offset();
        let number = record_count + 1;
        if !read_record(reader, &mut record).map_err(|e| fault(e, number))? {
            break;
        }
        validate_record(&record, header.contigs.len()).map_err(|e| fault(e, number))?;
        let place = placement(&record).map_err(|e| fault(e, number))?;
        let chunk = Chunk {
            start,
            end: reader.virtual_offset(),
        };
        match usize::try_from(place.contig) {
            Ok(contig) => {
                if last_contig.is_some_and(|last| last > contig) {
                    return Err(InspectError::Unsorted { record_number: number });
                }
                last_contig = Some(contig);
                // A read with a contig but without a position is indexed at the first base of the contig, because it is also sorted there.
                let (from, to) = (place.start.max(0).cast_unsigned(), place.end.max(1).cast_unsigned());
                builder
                    .add(contig, from, to, !place.unmapped, chunk)
                    .map_err(|e| not_added(e, number))?;
            }
            Err(_) => builder.add_unplaced(),
        }
        record_count += 1;
    }
    require_end(reader)?;
    let format = if depth > DEPTH { BinningFormat::Csi } else { BinningFormat::Bai };
    let index = builder.build(format, header.contigs.len(), Vec::new());
    Ok(Inspected {
        provenance: of_sam(header.text_bytes()),
        warnings: warnings(&header.text),
        samples: header.text.samples(),
        contigs: header.contigs,
        record_count,
        index: FoundIndex::Binning(index),
    })
}

/// Returns the warnings for a BAM or CRAM header: if it does not contain `SO:coordinate`, and if its read groups do not name exactly one
/// sample.
pub(super) fn warnings(header: &SamHeader) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if header.sort_order.as_deref() != Some("coordinate") {
        warnings.push(Warning::SortOrderNotStated);
    }
    match header.samples().len() {
        0 => warnings.push(Warning::NoSampleName),
        1 => {}
        _ => warnings.push(Warning::SeveralSamples),
    }
    warnings
}
