//! Compresses the blocks that this crate writes. Each block gets the smallest form that a reader of the file's version can decode.
//!
//! noodles decodes every codec of CRAM but does not export its encoders, so this crate has its own encoders. It does not write bzip2, LZMA, the
//! arithmetic coder or fqzcomp. By default, samtools does not write these codecs either.

mod frequencies;
mod lanes;
mod names;
mod nx16;
mod rans4x8;
mod uint7;

use std::borrow::Cow;

use libdeflater::{CompressionLvl, Compressor};

pub(in crate::cram) use uint7::put_uint7;

/// The compression methods of blocks (CRAM 3.1 § 8).
pub(super) const STORED: u8 = 0;
pub(super) const GZIP: u8 = 1;
const RANS_4X8: u8 = 4;
const RANS_NX16: u8 = 5;
const NAMES: u8 = 8;

/// The gzip level. Level 6 of libdeflate is the level that samtools uses as level 5.
const GZIP_LEVEL: i32 = 6;

/// Data with fewer bytes than this is stored uncompressed, because the headers of the codecs alone are longer.
const LEAST_BYTES: usize = 24;

/// The codecs that the blocks may use. The reader of the file must be able to decode them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codecs {
    /// The codecs that CRAM 3.0 allows.
    V30,
    /// The codecs that CRAM 3.1 allows, which include the codecs of CRAM 3.0.
    V31,
}

/// The kind of a block's content, as far as it matters for the compression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Read names, each followed by a zero byte.
    Names,
    /// Any content other than read names.
    Values,
}

/// The data of a block in the form in which it is written.
pub(crate) struct Compressed<'a> {
    pub(crate) method: u8,
    pub(crate) data: Cow<'a, [u8]>,
}

/// Compresses the data of blocks. The same data always gives the same bytes.
pub struct BlockCompressor {
    codecs: Codecs,
    gzip: Compressor,
}

impl BlockCompressor {
    /// Makes a compressor that may use these codecs.
    pub fn new(codecs: Codecs) -> Self {
        Self {
            codecs,
            gzip: Compressor::new(CompressionLvl::new(GZIP_LEVEL).unwrap_or_default()),
        }
    }

    /// Compresses the data of a block and returns the smallest result. The candidates are the unchanged data, gzip, rANS (4x8 for CRAM 3.0, Nx16
    /// for CRAM 3.1) and, for names in CRAM 3.1, the name tokeniser.
    pub(crate) fn compress<'a>(&mut self, data: &'a [u8], content: Content) -> Compressed<'a> {
        let mut best = Compressed {
            method: STORED,
            data: Cow::Borrowed(data),
        };
        if data.len() < LEAST_BYTES {
            return best;
        }
        let mut consider = |method, candidate: Vec<u8>| {
            if candidate.len() < best.data.len() {
                best = Compressed {
                    method,
                    data: Cow::Owned(candidate),
                };
            }
        };
        match self.codecs {
            Codecs::V30 => {
                let plan = rans4x8::Plan::best(data);
                if plan.bytes < data.len() {
                    consider(RANS_4X8, plan.encode(data));
                }
            }
            Codecs::V31 => consider(RANS_NX16, nx16::encode(data)),
        }
        if let (Codecs::V31, Content::Names) = (self.codecs, content)
            && let Some(tokens) = names::encode(data)
        {
            consider(NAMES, tokens);
        }
        if let Some(gzip) = self.gzip(data) {
            consider(GZIP, gzip);
        }
        best
    }

    /// Compresses the data with gzip; `None` if gzip does not make the data smaller.
    pub(crate) fn gzip(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        let mut out = vec![0; data.len()];
        let length = self.gzip.gzip_compress(data, &mut out).ok()?;
        out.truncate(length);
        Some(out)
    }
}

#[cfg(test)]
mod tests;
