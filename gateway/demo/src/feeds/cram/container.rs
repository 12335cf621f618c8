//! Containers (§ 7).

use super::block::{self, Content};
use super::number::{itf8, ltf8, to_i32};
use super::{Span, compression_header, slice};
use crate::error::DemoError;
use crate::feeds::reads::Read;

/// The container of the SAM header (§ 8.3 "File header block").
pub(super) fn write_header(out: &mut Vec<u8>, header: &str) -> Result<(), DemoError> {
    let mut data = to_i32(header.len() as u64)?.to_le_bytes().to_vec();
    data.extend(header.as_bytes());
    let mut blocks = Vec::new();
    block::write(&mut blocks, Content::FileHeader, 0, &data)?;
    let nothing = Span {
        contig: 0,
        start: gemj_model::OneBased(0),
        length: 0,
    };
    write(out, nothing, 0, 0, 0, 1, &[], &blocks)
}

/// A container with one slice.
pub(super) fn write_reads(out: &mut Vec<u8>, reads: &[Read], counter: u64) -> Result<(), DemoError> {
    let span = Span::of(reads)?;
    let mut blocks = Vec::new();
    block::write(&mut blocks, Content::CompressionHeader, 0, &compression_header::encode()?)?;
    let landmark = blocks.len();
    let slice_blocks = slice::write(&mut blocks, reads, span, counter)?;
    let bases = reads.iter().map(|r| r.sequence.len() as u64).sum();
    write(
        out,
        span,
        reads.len(),
        counter,
        bases,
        slice_blocks + 1,
        &[to_i32(landmark as u64)?],
        &blocks,
    )
}

#[allow(clippy::too_many_arguments)] // the fields of the header, in order
fn write(
    out: &mut Vec<u8>,
    span: Span,
    reads: usize,
    counter: u64,
    bases: u64,
    block_count: usize,
    landmarks: &[i32],
    blocks: &[u8],
) -> Result<(), DemoError> {
    let start = out.len();
    out.extend(to_i32(blocks.len() as u64)?.to_le_bytes());
    itf8(out, span.contig);
    itf8(out, to_i32(span.start.0)?);
    itf8(out, to_i32(span.length)?);
    itf8(out, to_i32(reads as u64)?);
    ltf8(out, counter)?;
    ltf8(out, bases)?;
    itf8(out, to_i32(block_count as u64)?);
    itf8(out, to_i32(landmarks.len() as u64)?);
    for landmark in landmarks {
        itf8(out, *landmark);
    }
    let checksum = crc32fast::hash(&out[start..]);
    out.extend(checksum.to_le_bytes());
    out.extend(blocks);
    Ok(())
}
