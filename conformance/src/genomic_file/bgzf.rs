//! Decompresses BGZF (SAM v1 § 4.1) block by block.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::error::Malformed;
use super::u32_at;

/// The maximum number of bytes that a file may have after decompression.
const MAXIMUM_BYTES: usize = 512 << 20;
/// The maximum number of bytes that a BGZF block may have after decompression (§ 4.1).
const MAXIMUM_BLOCK_BYTES: usize = 1 << 16;
/// The end marker: the empty block that ends a BGZF file (§ 4.1.2).
pub(super) const END: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// Decompresses a complete file. The function checks the frames and checksums of all blocks, and that the file ends with the end marker. An
/// empty block before the end is no fault (§ 4.1.2: "Empty BGZF blocks are not otherwise special").
pub(super) fn inflate(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(Malformed::NoMagic("BGZF"));
    }
    let body = bytes.strip_suffix(&END).ok_or(Malformed::NoEnd)?;
    let mut data = Vec::new();
    let mut offset = 0;
    let mut block = 0;
    while offset < body.len() {
        let (compressed, size) = frame(&body[offset..]).ok_or(Malformed::Frame(block))?;
        let trailer = offset + size - 8;
        let (Some(crc), Some(length)) = (u32_at(body, trailer), u32_at(body, trailer + 4)) else {
            return Err(Malformed::Frame(block));
        };
        let plain = inflate_block(compressed, length).ok_or(Malformed::Checksum(block))?;
        let mut sum = Crc::new();
        sum.update(&plain);
        if sum.sum() as usize != crc {
            return Err(Malformed::Checksum(block));
        }
        if data.len() + plain.len() > MAXIMUM_BYTES {
            return Err(Malformed::TooLarge);
        }
        data.extend_from_slice(&plain);
        offset += size;
        block += 1;
    }
    Ok(data)
}

/// The compressed data of the first block, and the size of the whole block; absent if the bytes do not begin with a BGZF block.
fn frame(bytes: &[u8]) -> Option<(&[u8], usize)> {
    if bytes.get(..4)? != [0x1f, 0x8b, 0x08, 0x04] {
        return None;
    }
    let extra_length = usize::from(u16::from_le_bytes(bytes.get(10..12)?.try_into().ok()?));
    let extra = bytes.get(12..12 + extra_length)?;
    let mut field = extra;
    let size = loop {
        let length = usize::from(u16::from_le_bytes(field.get(2..4)?.try_into().ok()?));
        let content = field.get(4..4 + length)?;
        if field[..2] == *b"BC" && length == 2 {
            break usize::from(u16::from_le_bytes(content.try_into().ok()?)) + 1;
        }
        field = &field[4 + length..];
    };
    let compressed = bytes.get(..size)?.get(12 + extra_length..size.checked_sub(8)?)?;
    Some((compressed, size))
}

fn inflate_block(compressed: &[u8], length: usize) -> Option<Vec<u8>> {
    if length > MAXIMUM_BLOCK_BYTES {
        return None;
    }
    let mut plain = Vec::with_capacity(length + 1);
    let mut decompress = Decompress::new(false);
    let status = decompress.decompress_vec(compressed, &mut plain, FlushDecompress::Finish).ok()?;
    let whole = status == Status::StreamEnd && decompress.total_in() == compressed.len() as u64 && plain.len() == length;
    whole.then_some(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::samples;
    use super::*;

    #[test]
    fn empty_blocks_before_the_end_marker_are_no_fault() {
        let text: Vec<u8> = (0..=255).collect();
        let file = samples::bgzf(&text);
        let blocks = file.strip_suffix(&END).unwrap();
        let with_empty_blocks = [END.as_slice(), blocks, &END, &END, blocks, &END].concat();
        assert_eq!(inflate(&with_empty_blocks).unwrap(), [text.clone(), text].concat());
        assert_eq!(inflate(blocks), Err(Malformed::NoEnd));
    }
}
