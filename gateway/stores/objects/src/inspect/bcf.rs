//! Inspects BCF files.

use std::io::{Read, Seek};

use hts_formats::bcf::record::BcfRecord;
use hts_formats::bcf::{placement, read_header, read_record};
use hts_formats::bgzf::BgzfReader;
use hts_formats::binning::{BinningFormat, Chunk, IndexBuilder};
use hts_formats::error::{FormatError, FormatResult};
use hts_formats::vcf::header::VcfHeader;

use super::{FoundIndex, InspectError, Inspected, fault, least_depth, not_added, require_end};
use crate::provenance::of_vcf;

pub(super) fn inspect<R: Read + Seek>(reader: &mut BgzfReader<R>, depth: u32) -> Result<Inspected, InspectError> {
    let header = read_header(reader).map_err(|e| fault(e, 0))?.vcf;
    let mut builder = IndexBuilder::new(least_depth(&header.contigs, depth));
    let mut record = Vec::new();
    let mut record_count = 0;
    loop {
        let start = reader.virtual_offset();
        let number = record_count + 1;
        if !read_record(reader, &mut record).map_err(|e| fault(e, number))? {
            break;
        }
        validate(&record, &header).map_err(|e| fault(e, number))?;
        let (contig, from, to) = placement(&record).map_err(|e| fault(e, number))?;
        let chunk = Chunk {
            start,
            end: reader.virtual_offset(),
        };
        let contig = usize::try_from(contig).map_err(|_| InspectError::BadRecord {
            record_number: number,
            what: "no contig",
        })?;
        let (from, to) = (from.max(0).cast_unsigned(), to.max(1).cast_unsigned());
        builder.add(contig, from, to, true, chunk).map_err(|e| not_added(e, number))?;
        record_count += 1;
    }
    require_end(reader)?;
    let index = builder.build(BinningFormat::Csi, header.contig_numbers.len(), Vec::new());
    Ok(Inspected {
        provenance: of_vcf(&header.text),
        contigs: header.contigs,
        samples: header.samples,
        record_count,
        index: FoundIndex::Binning(index),
        warnings: Vec::new(),
    })
}

fn validate(bytes: &[u8], header: &VcfHeader) -> FormatResult<()> {
    let record = BcfRecord::parse(bytes)?;
    header.contig(record.contig)?;
    if record.sample_count != header.samples.len() {
        return Err(FormatError::Record("another number of samples than the header"));
    }
    for key in record.infos.iter().map(|(key, _)| key).chain(record.formats.iter().map(|f| &f.key)) {
        header.name(*key)?;
    }
    Ok(())
}
