//! Encodes SAM text as BAM, and builds a BAI index. noodles parses and encodes the records.

use std::io;
use std::path::Path;

use noodles::bam::{self, Index};
use noodles::sam;
use noodles::sam::alignment::io::Write as _;

use crate::bgzf::compress::fast_writer;

/// Encodes SAM text (SAM specification § 1), header included, as BAM.
///
/// # Errors
/// `InvalidData` for text that is not SAM.
pub fn encode(sam_text: &[u8]) -> io::Result<Vec<u8>> {
    let mut reader = sam::io::Reader::new(sam_text);
    let header = reader.read_header()?;
    let mut writer = bam::io::Writer::from(fast_writer());
    writer.write_header(&header)?;
    for record in reader.record_bufs(&header) {
        writer.write_alignment_record(&header, &record?)?;
    }
    writer.into_inner().finish()
}

/// Builds the BAI index of a BAM file that is sorted by coordinate.
///
/// # Errors
/// An I/O error if the file cannot be read, is not sorted, or has a contig that is too long for BAI.
pub fn bai_of(path: &Path) -> io::Result<Vec<u8>> {
    match bam::fs::index(path)? {
        Index::Bai(index) => {
            let mut writer = bam::bai::io::Writer::new(Vec::new());
            writer.write_index(&index)?;
            Ok(writer.into_inner())
        }
        Index::Csi(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}
