//! Compresses bytes to a whole BGZF file. noodles encodes the blocks.

use std::io::{self, Write as _};

use noodles::bgzf::io::Writer;
use noodles::bgzf::io::writer::{Builder, CompressionLevel};

/// A BGZF writer into memory, at the fastest compression level.
pub(crate) fn fast_writer() -> Writer<Vec<u8>> {
    Builder::default()
        .set_compression_level(CompressionLevel::FAST)
        .build_from_writer(Vec::new())
}

/// Compresses bytes as a BGZF file with its end-of-file marker.
///
/// # Errors
/// An I/O error if the blocks cannot be encoded.
pub fn compress(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut writer = fast_writer();
    writer.write_all(bytes)?;
    writer.finish()
}
