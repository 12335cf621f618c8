//! Writes BGZF files.

use std::io::{self, Write};

use libdeflater::{CompressionLvl, Compressor};

use super::END_MARKER;

/// The maximum number of uncompressed bytes in a block, as in htslib. With this size, a block also has space for data that cannot be
/// compressed.
const BLOCK_DATA_BYTES: usize = 0xff00;

/// A writer that compresses into BGZF blocks.
pub struct BgzfWriter<W> {
    inner: W,
    data: Vec<u8>,
    block: Vec<u8>,
    deflater: Compressor,
}

/// The compression level of slices, which is fast. The output is only a few hundredths larger than at the slower levels.
const SLICE_LEVEL: i32 = 1;

/// The number of bytes of a block's header and trailer.
const FRAME_BYTES: usize = 18 + 8;

/// The maximum number of bytes of compressed data in a block.
const MOST_COMPRESSED_BYTES: usize = (1 << 16) - FRAME_BYTES;

impl<W: Write> BgzfWriter<W> {
    /// Makes a writer at the fast level, because a client reads a slice only once.
    pub fn new(inner: W) -> Self {
        Self::with_level(inner, SLICE_LEVEL)
    }

    /// Makes a writer at a compression level from 1 to 12. The output is the same on every machine.
    pub(crate) fn with_level(inner: W, level: i32) -> Self {
        Self {
            inner,
            data: Vec::with_capacity(BLOCK_DATA_BYTES),
            block: Vec::new(),
            deflater: Compressor::new(CompressionLvl::new(level).unwrap_or_default()),
        }
    }

    /// Writes the bytes of a record. If the record fits into one block, it is not split over two blocks.
    pub fn write_record(&mut self, record: &[u8]) -> io::Result<()> {
        if self.data.len() + record.len() > BLOCK_DATA_BYTES {
            self.flush_block()?;
        }
        self.write_bytes(record)
    }

    /// Writes bytes and fills each block to its end, so the bytes may be split over blocks.
    pub fn write_bytes(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let count = bytes.len().min(BLOCK_DATA_BYTES - self.data.len());
            self.data.extend_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            if self.data.len() == BLOCK_DATA_BYTES {
                self.flush_block()?;
            }
        }
        Ok(())
    }

    /// Ends the current block.
    pub fn flush_block(&mut self) -> io::Result<()> {
        if self.data.is_empty() {
            return Ok(());
        }
        self.block.clear();
        self.block.extend_from_slice(&END_MARKER[..16]);
        self.block.extend_from_slice(&[0, 0]);
        self.block.resize(18 + MOST_COMPRESSED_BYTES, 0);
        match self.deflater.deflate_compress(&self.data, &mut self.block[18..]) {
            Ok(length) => self.block.truncate(18 + length),
            Err(_) => self.store(),
        }
        self.block.extend_from_slice(&crc32fast::hash(&self.data).to_le_bytes());
        self.block.extend_from_slice(&(self.data.len() as u32).to_le_bytes());
        let size = (self.block.len() - 1) as u16;
        self.block[16..18].copy_from_slice(&size.to_le_bytes());
        self.inner.write_all(&self.block)?;
        self.data.clear();
        Ok(())
    }

    /// Writes a stored deflate block (RFC 1951 § 3.2.4), for data that cannot be compressed.
    fn store(&mut self) {
        let length = self.data.len() as u16;
        self.block.truncate(18);
        self.block.push(1);
        self.block.extend_from_slice(&length.to_le_bytes());
        self.block.extend_from_slice(&(!length).to_le_bytes());
        self.block.extend_from_slice(&self.data);
    }

    /// Ends the current block and returns the inner writer, so that the caller can write blocks that are already compressed.
    pub fn below(&mut self) -> io::Result<&mut W> {
        self.flush_block()?;
        Ok(&mut self.inner)
    }

    /// Ends the current block, writes the end-of-file marker and returns the inner writer.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush_block()?;
        self.inner.write_all(&END_MARKER)?;
        Ok(self.inner)
    }

    /// Ends the current block and returns the inner writer. Writes no end-of-file marker.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.flush_block()?;
        Ok(self.inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::super::BgzfReader;
    use super::*;

    proptest! {
        #[test]
        fn bytes_written_to_bgzf_are_read_back_unchanged(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..90_000), 0..5)) {
            let mut writer = BgzfWriter::new(Vec::new());
            for piece in &pieces {
                writer.write_record(piece).unwrap();
            }
            let mut reader = BgzfReader::new(Cursor::new(writer.finish().unwrap()));
            let all = pieces.concat();
            let mut back = Vec::new();
            reader.read_more(&mut back, all.len()).unwrap();
            prop_assert_eq!(back, all);
            prop_assert!(reader.fill().unwrap().is_empty());
            prop_assert!(reader.ended_with_marker());
        }

        #[test]
        fn damaged_bytes_never_panic(seed in prop::collection::vec(any::<u8>(), 1..2000), at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<prop::sample::Index>()) {
            let mut writer = BgzfWriter::new(Vec::new());
            writer.write_bytes(&seed).unwrap();
            let mut bytes = writer.finish().unwrap();
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            bytes.truncate(cut.index(bytes.len()) + 1);
            let mut back = Vec::new();
            let _ = BgzfReader::new(Cursor::new(bytes)).read_more(&mut back, seed.len());
        }
    }
}
