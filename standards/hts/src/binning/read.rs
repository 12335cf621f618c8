//! Reads index files in the formats BAI, CSI and TBI.

use std::io::Cursor;

use super::write::pseudo_bin;
use super::{Bin, BinningFormat, BinningIndex, Bins, Chunk, Counts, DEPTH, MIN_SHIFT, ReferenceIndex};
use crate::bgzf::{BgzfReader, VirtualOffset};
use crate::error::{FormatError, FormatResult};
use crate::fields::Fields;
use crate::limits::words::CONTIGS;
use crate::limits::{MOST_CONTIGS, MOST_INDEX_BINS, within};

/// The maximum number of uncompressed bytes of an index file that this product wrote.
const MOST_INDEX_BYTES: usize = 1 << 30;

/// Reads an index file of any of the three formats. The first bytes determine the format.
///
/// # Errors
/// [`FormatError::Header`] if the bytes are not an index, or another [`FormatError`] for a broken or too large index.
pub fn read_index(bytes: &[u8]) -> FormatResult<BinningIndex> {
    read_index_within(bytes, MOST_INDEX_BYTES)
}

/// Reads an index file. A compressed index (CSI, TBI) with more than `most_bytes` uncompressed bytes is rejected.
///
/// # Errors
/// [`FormatError::Unsupported`] for a compressed index above the limit, [`FormatError::Header`] if the bytes are not an index, or another
/// [`FormatError`] for a broken index.
pub fn read_index_within(bytes: &[u8], most_bytes: usize) -> FormatResult<BinningIndex> {
    if bytes.starts_with(b"BAI\x01") {
        return parse(bytes);
    }
    let mut reader = BgzfReader::new(Cursor::new(bytes));
    let mut plain = Vec::new();
    loop {
        let block = reader.fill()?;
        if block.is_empty() {
            break;
        }
        plain.extend_from_slice(block);
        let count = block.len();
        reader.consume(count);
        if plain.len() > most_bytes {
            return Err(FormatError::Unsupported("an index of this size"));
        }
    }
    parse(&plain)
}

/// Reads an uncompressed index.
fn parse(bytes: &[u8]) -> FormatResult<BinningIndex> {
    let mut fields = Fields::new(bytes, "an index is cut off");
    let (format, mut min_shift, mut depth) = match fields.take(4)? {
        b"BAI\x01" => (BinningFormat::Bai, MIN_SHIFT, DEPTH),
        b"TBI\x01" => (BinningFormat::Tbi, MIN_SHIFT, DEPTH),
        b"CSI\x01" => (BinningFormat::Csi, 0, 0),
        _ => return Err(FormatError::Header("not an index")),
    };
    let mut names = Vec::new();
    if format == BinningFormat::Csi {
        (min_shift, depth) = (fields.count()? as u32, fields.count()? as u32);
        if min_shift > 30 || depth > 9 {
            return Err(FormatError::Header("an index of impossible depth"));
        }
        let length = fields.count()?;
        let aux = fields.take(length)?;
        if aux.len() >= 28 {
            names = tabix_names(&mut Fields::new(aux, "an index is cut off"))?;
        }
    }
    let reference_count = fields.count()?;
    if format == BinningFormat::Tbi {
        names = tabix_names(&mut fields)?;
    }
    within(reference_count, MOST_CONTIGS, CONTIGS)?;
    let mut references = Vec::new();
    let mut bin_count = 0;
    for _ in 0..reference_count {
        let reference = reference(&mut fields, format, depth, &mut bin_count)?;
        references.push(reference);
    }
    let unplaced = if fields.rest().len() >= 8 { Some(fields.u64()?) } else { None };
    Ok(BinningIndex {
        format,
        min_shift,
        depth,
        names,
        references,
        unplaced,
    })
}

fn tabix_names(fields: &mut Fields<'_>) -> FormatResult<Vec<String>> {
    fields.take(24)?;
    let length = fields.count()?;
    let text = fields.take(length)?;
    let mut names = Vec::new();
    for name in text.split(|b| *b == 0).filter(|n| !n.is_empty()) {
        within(names.len() + 1, MOST_CONTIGS, CONTIGS)?;
        names.push(String::from_utf8(name.to_vec()).map_err(|_| FormatError::Header("an index names a contig that is not text"))?);
    }
    Ok(names)
}

fn reference(fields: &mut Fields<'_>, format: BinningFormat, depth: u32, bins_before: &mut usize) -> FormatResult<ReferenceIndex> {
    let mut index = ReferenceIndex::default();
    let mut bins = Vec::new();
    let bin_count = fields.count()?;
    *bins_before = bins_before.saturating_add(bin_count);
    within(
        *bins_before,
        MOST_INDEX_BINS + MOST_CONTIGS,
        "an index of more bins than a file has",
    )?;
    for _ in 0..bin_count {
        let bin = fields.u32()?;
        let first = if format == BinningFormat::Csi {
            VirtualOffset(fields.u64()?)
        } else {
            VirtualOffset(0)
        };
        let chunk_count = fields.count()?;
        let mut chunks = Vec::new();
        for _ in 0..chunk_count {
            chunks.push((fields.u64()?, fields.u64()?));
        }
        if bin == pseudo_bin(depth) {
            if let [span, (mapped, unmapped)] = chunks[..] {
                index.counts = Some(Counts {
                    span: chunk(span),
                    mapped,
                    unmapped,
                });
            }
            continue;
        }
        if bin > pseudo_bin(depth) {
            return Err(FormatError::Header("an index has an impossible bin"));
        }
        bins.push(Bin {
            number: bin,
            chunks: chunks.into_iter().map(chunk).collect(),
            first_offset: first,
        });
    }
    index.bins = Bins::new(bins, format == BinningFormat::Csi);
    if format != BinningFormat::Csi {
        let window_count = fields.count()?;
        for _ in 0..window_count {
            index.linear.push(VirtualOffset(fields.u64()?));
        }
        index.linear.shrink_to_fit();
    }
    Ok(index)
}

fn chunk((start, end): (u64, u64)) -> Chunk {
    Chunk {
        start: VirtualOffset(start),
        end: VirtualOffset(end),
    }
}
