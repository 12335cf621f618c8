//! Blocks (§ 8).

use std::io::Write;

use flate2::{Compression, GzBuilder};

use super::number::{itf8, to_i32};
use crate::error::DemoError;

/// The content type of a block (§ 8.1).
#[derive(Clone, Copy)]
pub(super) enum Content {
    FileHeader = 0,
    CompressionHeader = 1,
    SliceHeader = 2,
    ExternalData = 4,
    CoreData = 5,
}

/// Writes a block. The data is compressed with gzip if this makes it smaller.
pub(super) fn write(out: &mut Vec<u8>, content: Content, id: i32, data: &[u8]) -> Result<(), DemoError> {
    let compressed = match content {
        Content::ExternalData => gzip(data)?,
        // Headers are not compressed; core data is empty here.
        Content::FileHeader | Content::CompressionHeader | Content::SliceHeader | Content::CoreData => data.to_vec(),
    };
    let (method, body) = if compressed.len() < data.len() {
        (1, compressed.as_slice())
    } else {
        (0, data)
    };
    let start = out.len();
    out.extend([method, content as u8]);
    itf8(out, id);
    itf8(out, to_i32(body.len() as u64)?);
    itf8(out, to_i32(data.len() as u64)?);
    out.extend(body);
    let checksum = crc32fast::hash(&out[start..]);
    out.extend(checksum.to_le_bytes());
    Ok(())
}

fn gzip(data: &[u8]) -> Result<Vec<u8>, DemoError> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::new(4));
    encoder.write_all(data).map_err(DemoError::Encoding)?;
    encoder.finish().map_err(DemoError::Encoding)
}
