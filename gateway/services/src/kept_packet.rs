//! The form in which the content of packets is kept: compressed, then sealed with the key of the installation.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use gemj_access::{CapabilityKey, NotSealed, open_content, seal_content};

const PURPOSE: &str = "kept-packet-1";

/// The largest content of a packet, in bytes. A packet has at most 16 MiB, and its content is not longer, apart from the spelling of numbers.
const MAX_BYTES: u64 = 64 << 20;

/// Compresses and seals the content of a packet.
///
/// # Errors
/// [`NotSealed`] if the cipher fails.
pub(crate) fn seal(key: &CapabilityKey, content: &[u8]) -> Result<Vec<u8>, NotSealed> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).map_err(|_| NotSealed)?;
    seal_content(key, PURPOSE, encoder.finish().map_err(|_| NotSealed)?)
}

/// Opens the content that [`seal`] sealed.
///
/// # Errors
/// [`NotSealed`] for all other bytes.
pub(crate) fn open(key: &CapabilityKey, sealed: Vec<u8>) -> Result<Vec<u8>, NotSealed> {
    let compressed = open_content(key, PURPOSE, sealed)?;
    let mut content = Vec::new();
    let read = ZlibDecoder::new(&compressed[..]).take(MAX_BYTES).read_to_end(&mut content);
    read.map(|_| content).map_err(|_| NotSealed)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn sealed_content_opens_unchanged_and_other_bytes_do_not_open() {
        let key = CapabilityKey::new([3; 32]);
        let content = b"{\"subject\":{\"sex\":\"MALE\"}}".repeat(50);
        let sealed = seal(&key, &content).unwrap();
        assert!(sealed.len() < content.len() / 4);
        assert_eq!(open(&key, sealed).unwrap(), content);
        assert_eq!(open(&key, content), Err(NotSealed));
    }
}
