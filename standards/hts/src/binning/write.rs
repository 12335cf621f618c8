//! Writes index files in the formats BAI, CSI and TBI.

use std::io;

use super::{BinningFormat, BinningIndex, ReferenceIndex, level_start};
use crate::bgzf::BgzfWriter;

/// The compression level of index files. It is slower than the level of slices, because an index is written once and kept.
const INDEX_LEVEL: i32 = 6;

impl BinningIndex {
    /// The bytes of the index file. CSI and TBI are BGZF-compressed.
    pub fn to_bytes(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        match self.format {
            BinningFormat::Bai => out.extend_from_slice(b"BAI\x01"),
            BinningFormat::Csi => {
                out.extend_from_slice(b"CSI\x01");
                put_i32(&mut out, self.min_shift as usize);
                put_i32(&mut out, self.depth as usize);
                let mut aux = Vec::new();
                if !self.names.is_empty() {
                    self.put_tabix_header(&mut aux);
                }
                put_i32(&mut out, aux.len());
                out.extend_from_slice(&aux);
            }
            BinningFormat::Tbi => out.extend_from_slice(b"TBI\x01"),
        }
        put_i32(&mut out, self.references.len());
        if self.format == BinningFormat::Tbi {
            self.put_tabix_header(&mut out);
        }
        for reference in &self.references {
            self.put_reference(&mut out, reference);
        }
        if let Some(unplaced) = self.unplaced {
            out.extend_from_slice(&unplaced.to_le_bytes());
        }
        if self.format == BinningFormat::Bai {
            return Ok(out);
        }
        let mut writer = BgzfWriter::with_level(Vec::new(), INDEX_LEVEL);
        writer.write_bytes(&out)?;
        writer.finish()
    }

    /// Writes the tabix header for VCF: format 2, columns 1 and 2, no end column, comment character `#`, no skipped lines, then the names of
    /// the contigs.
    fn put_tabix_header(&self, out: &mut Vec<u8>) {
        for value in [2, 1, 2, 0, usize::from(b'#'), 0] {
            put_i32(out, value);
        }
        put_i32(out, self.names.iter().map(|n| n.len() + 1).sum());
        for name in &self.names {
            out.extend_from_slice(name.as_bytes());
            out.push(0);
        }
    }

    fn put_reference(&self, out: &mut Vec<u8>, reference: &ReferenceIndex) {
        let csi = self.format == BinningFormat::Csi;
        put_i32(out, reference.bins.len() + usize::from(reference.counts.is_some()));
        for (bin, chunks, first_offset) in reference.bins.iter() {
            out.extend_from_slice(&bin.to_le_bytes());
            if csi {
                out.extend_from_slice(&first_offset.unwrap_or_default().0.to_le_bytes());
            }
            put_i32(out, chunks.len());
            for chunk in chunks {
                out.extend_from_slice(&chunk.start.0.to_le_bytes());
                out.extend_from_slice(&chunk.end.0.to_le_bytes());
            }
        }
        if let Some(counts) = reference.counts {
            out.extend_from_slice(&pseudo_bin(self.depth).to_le_bytes());
            if csi {
                out.extend_from_slice(&0u64.to_le_bytes());
            }
            put_i32(out, 2);
            for value in [counts.span.start.0, counts.span.end.0, counts.mapped, counts.unmapped] {
                out.extend_from_slice(&value.to_le_bytes());
            }
        }
        if !csi {
            put_i32(out, reference.linear.len());
            for offset in &reference.linear {
                out.extend_from_slice(&offset.0.to_le_bytes());
            }
        }
    }
}

/// The number of the pseudo-bin: two more than the number of the last bin (SAM specification § 5.2: 37450).
pub(super) fn pseudo_bin(depth: u32) -> u32 {
    level_start(depth + 1) + 1
}

/// Writes a count as an i32, which these formats use. The limits of an index ([`crate::limits`]) keep every count below 2^31 for a file of
/// up to 2 TB.
fn put_i32(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&(value as i32).to_le_bytes());
}
