//! Writes reads as CRAM 3.0 that needs no reference.
//!
//! The encoder is our own, because noodles' writer always marks a reference as required and compares every base with it, and because the order of its
//! blocks changes from run to run. Here each slice contains all bases (feature `b`) and states this (`RR` false), as `samtools view -O cram,no_ref`
//! does. Citations are of the CRAM format specification 3.1 (2024-09-04), whose 3.0 part is used.

mod block;
mod compression_header;
mod container;
mod number;
mod slice;

use gemj_model::OneBased;

use super::reads::Read;
use crate::error::DemoError;

/// Number of reads in one container. The number is small, so that a region needs only some containers of a file.
const CONTAINER_READS: usize = 400;

/// § 9 "End of file container": the same bytes in every file of version 3.
const END_OF_FILE: [u8; 38] = [
    0x0f, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x05, 0xbd, 0xd9,
    0x4f, 0x00, 0x01, 0x00, 0x06, 0x06, 0x01, 0x00, 0x01, 0x00, 0x01, 0x00, 0xee, 0x63, 0x01, 0x4b,
];

/// The CRAM of these reads, which must be in order of position with the unplaced reads last.
pub(super) fn encode(header: &str, reads: &[Read]) -> Result<Vec<u8>, DemoError> {
    // § 6 "File definition".
    let mut file = b"CRAM\x03\x00".to_vec();
    file.extend([0; 20]);
    container::write_header(&mut file, header)?;
    let mut counter = 0;
    for group in reads.chunk_by(|a, b| contig(a) == contig(b)) {
        for chunk in group.chunks(CONTAINER_READS) {
            container::write_reads(&mut file, chunk, counter)?;
            counter += chunk.len() as u64;
        }
    }
    file.extend(END_OF_FILE);
    Ok(file)
}

fn contig(read: &Read) -> Option<usize> {
    read.place.map(|(contig, _)| contig)
}

/// The stretch that reads of one contig cover: contig, first base, number of bases. Unplaced reads cover no stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    /// -1 for unplaced reads.
    contig: i32,
    /// 0 for unplaced reads.
    start: OneBased,
    /// 0 for unplaced reads.
    length: u64,
}

impl Span {
    fn of(reads: &[Read]) -> Result<Self, DemoError> {
        let Some((contig, start)) = reads.first().and_then(|r| r.place) else {
            return Ok(Self {
                contig: -1,
                start: OneBased(0),
                length: 0,
            });
        };
        let end = reads.iter().filter_map(Read::end).max().unwrap_or(start);
        Ok(Self {
            contig: number::to_i32(contig as u64)?,
            start,
            length: end.0 - start.0 + 1,
        })
    }
}
