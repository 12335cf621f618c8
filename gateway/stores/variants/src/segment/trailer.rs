//! The trailer of a segment, its last 64 bytes: the position of the footer, and the checksums.

use super::varint::Cursor;
use super::{ANCHORED_VERSION, HEADER_BYTES, HEADER_MAGIC, SegmentError, TRAILER_BYTES, TRAILER_MAGIC, VERSION, malformed};

/// The position of the footer in a segment, and the segment's checksums and format version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trailer {
    pub(crate) footer_offset: u64,
    pub(crate) footer_bytes: u64,
    pub(crate) footer_crc32: u32,
    pub(crate) sha256: [u8; 32],
    pub(crate) version: u16,
}

/// The header of a segment with this format version.
pub(crate) fn header(version: u16) -> [u8; HEADER_BYTES as usize] {
    let mut bytes = [0; HEADER_BYTES as usize];
    bytes[..8].copy_from_slice(HEADER_MAGIC);
    bytes[8..10].copy_from_slice(&version.to_le_bytes());
    bytes
}

impl Trailer {
    /// The bytes of the trailer before the SHA-256. The SHA-256 covers these bytes.
    pub(crate) fn prefix(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        bytes[..8].copy_from_slice(&self.footer_offset.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.footer_bytes.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.footer_crc32.to_le_bytes());
        bytes[20..22].copy_from_slice(&self.version.to_le_bytes());
        bytes
    }

    /// Parses the trailer of a segment with `size_bytes` bytes. `tail` must contain at least the last 64 bytes of the segment. A format
    /// version that cannot answer queries is an error.
    pub(crate) fn parse(tail: &[u8], size_bytes: u64) -> Result<Self, SegmentError> {
        let trailer = Self::parse_any(tail, size_bytes)?;
        match trailer.version {
            VERSION => Ok(trailer),
            version => Err(SegmentError::Version { version }),
        }
    }

    /// Parses the trailer of a segment in any format version that a merge can read. The parameters are the same as for [`Trailer::parse`].
    pub(crate) fn parse_any(tail: &[u8], size_bytes: u64) -> Result<Self, SegmentError> {
        let trailer = tail
            .len()
            .checked_sub(TRAILER_BYTES as usize)
            .and_then(|at| tail.get(at..))
            .ok_or(SegmentError::Truncated { part: "trailer" })?;
        if &trailer[56..] != TRAILER_MAGIC {
            return Err(SegmentError::NotASegment);
        }
        let mut cursor = Cursor::new(trailer, "trailer");
        let (footer_offset, footer_bytes) = (cursor.u64_le()?, cursor.u64_le()?);
        let footer_crc32 = cursor.u32_le()?;
        let version = cursor.u32_le()?;
        let version = match u16::try_from(version) {
            Ok(known @ (VERSION | ANCHORED_VERSION)) => known,
            _ => return Err(SegmentError::Version { version: version as u16 }),
        };
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(cursor.take(32)?);
        let end = footer_offset
            .checked_add(footer_bytes)
            .and_then(|end| end.checked_add(TRAILER_BYTES));
        if footer_offset < HEADER_BYTES || end != Some(size_bytes) {
            return Err(malformed("the trailer states another position of the footer"));
        }
        Ok(Self {
            footer_offset,
            footer_bytes,
            footer_crc32,
            sha256,
            version,
        })
    }
}
