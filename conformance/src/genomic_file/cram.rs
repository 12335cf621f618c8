//! Reads CRAM 3 files (specification § 6 to § 9) container by container.

use super::error::Malformed;
use super::{GenomicFile, u32_at};

/// The start position in the header of the end container: "EOF" in ASCII (§ 9).
const END_START: u32 = 0x45_4f46;

/// The container that ends a CRAM file of version 3 (§ 9).
pub(super) const END: [u8; 38] = [
    0x0f, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x0f, 0xe0, 0x45, 0x4f, 0x46, 0, 0, 0, 0, 1, 0, 0x05, 0xbd, 0xd9, 0x4f, 0, 1, 0, 6, 6, 1, 0, 1,
    0, 1, 0, 0xee, 0x63, 0x01, 0x4b,
];

struct Container {
    size: usize,
    record_count: usize,
    is_end: bool,
}

/// Reads a CRAM file: its file definition, its header container, and the number of records that the other containers state.
pub(super) fn read(bytes: &[u8]) -> Result<GenomicFile, Malformed> {
    if !bytes.starts_with(b"CRAM\x03") {
        return Err(Malformed::NoMagic("CRAM 3"));
    }
    let mut offset = 26;
    let mut header = None;
    let mut record_count = 0_usize;
    let mut count = 0;
    loop {
        let rest = bytes.get(offset..).filter(|rest| !rest.is_empty()).ok_or(Malformed::NoEnd)?;
        let container = container(rest).ok_or(Malformed::Container(count))?;
        let stored = rest.get(..container.size).ok_or(Malformed::Container(count))?;
        offset += container.size;
        if container.is_end {
            break;
        }
        match header {
            None => header = Some(stored.to_vec()),
            Some(_) => record_count = record_count.saturating_add(container.record_count),
        }
        count += 1;
    }
    if offset != bytes.len() {
        return Err(Malformed::EndInside(count));
    }
    let header = header.ok_or(Malformed::Truncated("the header"))?;
    Ok(GenomicFile { header, record_count })
}

/// The container with which the bytes begin. Absent if the container's header is broken or its CRC32 does not match.
fn container(bytes: &[u8]) -> Option<Container> {
    let length = u32_at(bytes, 0)?;
    let mut at = 4;
    let reference = itf8(bytes, &mut at)?;
    let start = itf8(bytes, &mut at)?;
    itf8(bytes, &mut at)?; // span
    let record_count = itf8(bytes, &mut at)?;
    skip_ltf8(bytes, &mut at)?; // record counter
    skip_ltf8(bytes, &mut at)?; // bases
    itf8(bytes, &mut at)?; // number of blocks
    for _ in 0..itf8(bytes, &mut at)? {
        itf8(bytes, &mut at)?;
    }
    let mut sum = flate2::Crc::new();
    sum.update(bytes.get(..at)?);
    if u32_at(bytes, at)? != sum.sum() as usize {
        return None;
    }
    Some(Container {
        size: at.checked_add(4)?.checked_add(length)?,
        record_count: usize::try_from(record_count).ok()?,
        is_end: reference == u32::MAX && start == END_START && record_count == 0,
    })
}

/// Reads a number in ITF8 and advances `at`. CRAM § 2.3: the number of leading ones of the first byte, at most 4, is the number of bytes
/// that follow.
fn itf8(bytes: &[u8], at: &mut usize) -> Option<u32> {
    let byte = |offset: usize| bytes.get(*at + offset).map(|byte| u32::from(*byte));
    let first = byte(0)?;
    let (value, length) = match bytes.get(*at)?.leading_ones() {
        0 => (first, 1),
        1 => ((first & 0x3f) << 8 | byte(1)?, 2),
        2 => ((first & 0x1f) << 16 | byte(1)? << 8 | byte(2)?, 3),
        3 => ((first & 0x0f) << 24 | byte(1)? << 16 | byte(2)? << 8 | byte(3)?, 4),
        _ => (
            (first & 0x0f) << 28 | byte(1)? << 20 | byte(2)? << 12 | byte(3)? << 4 | byte(4)? & 0x0f,
            5,
        ),
    };
    *at += length;
    Some(value)
}

fn skip_ltf8(bytes: &[u8], at: &mut usize) -> Option<()> {
    let length = bytes.get(*at)?.leading_ones() as usize + 1;
    *at = at.checked_add(length)?;
    (*at <= bytes.len()).then_some(())
}
