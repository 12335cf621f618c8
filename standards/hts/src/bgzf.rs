//! BGZF (SAM specification § 4.1): reading by virtual offsets, writing, and the end-of-file marker.

mod block;
pub mod compress;
mod input;
mod reader;
mod writer;

pub use block::Block;
pub use reader::{BgzfReader, RecordLength};
pub use writer::BgzfWriter;

/// The end-of-file marker (SAM specification § 4.1.2): an empty block of exactly these bytes.
pub const END_MARKER: [u8; 28] = [
    0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 0x06, 0, 0x42, 0x43, 0x02, 0, 0x1b, 0, 0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

/// A virtual offset: a position in the uncompressed data of a BGZF file. The upper 48 bits are the offset of the block in the file. The lower
/// 16 bits are the offset of the byte in the block's uncompressed data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VirtualOffset(pub u64);

impl VirtualOffset {
    /// The virtual offset of a byte. `block` is the offset of the block in the file, and `within` is the offset of the byte in the block's
    /// uncompressed data.
    pub fn new(block: u64, within: u16) -> Self {
        Self(block << 16 | u64::from(within))
    }

    /// The offset of the block in the file, in bytes.
    pub fn block(self) -> u64 {
        self.0 >> 16
    }

    /// The offset of the byte in the block's uncompressed data.
    pub fn within(self) -> usize {
        usize::from((self.0 & 0xffff) as u16)
    }
}

/// The length in bytes of the BGZF block that begins with these bytes; `None` if the bytes are not a BGZF header. At least 18 bytes must be
/// passed.
pub fn block_length(header: &[u8]) -> Option<usize> {
    if header.len() < 12 || header[..4] != [0x1f, 0x8b, 8, 4] {
        return None;
    }
    let extra_length = usize::from(u16::from_le_bytes([header[10], header[11]]));
    let mut extra = header.get(12..12 + extra_length)?;
    while extra.len() >= 4 {
        let length = usize::from(u16::from_le_bytes([extra[2], extra[3]]));
        if extra[..2] == *b"BC" && length == 2 {
            return Some(usize::from(u16::from_le_bytes([*extra.get(4)?, *extra.get(5)?])) + 1);
        }
        extra = extra.get(4 + length..)?;
    }
    None
}
