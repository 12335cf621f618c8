//! Compares a file with what the manifest states about its bytes.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use gemj_objects::open_regular;
use md5::Md5;
use sha2::{Digest as _, Sha256};

use super::{Delivered, DeliveryFault};

/// The size of one read, in bytes.
const CHUNK_BYTES: usize = 1 << 20;

impl Delivered {
    /// Reads the whole file and compares its size and its checksums. Returns the SHA-256 of the bytes that were read, in lower-case hex, so that the bytes
    /// that are stored later can be compared with them.
    ///
    /// # Errors
    /// [`DeliveryFault`] if the size or a checksum differs, or the file cannot be read.
    pub fn verify(&self, path: &Path) -> Result<String, DeliveryFault> {
        let io = |error: std::io::Error| DeliveryFault::Io(error.kind());
        let mut file = open_regular(path).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => DeliveryFault::NotRegular,
            kind => DeliveryFault::Io(kind),
        })?;
        let size = file.metadata().map_err(io)?.len();
        if self.size_bytes.is_some_and(|stated| stated != size) {
            return Err(DeliveryFault::Mismatch("size"));
        }
        let (mut md5, mut sha256) = (Md5::new(), Sha256::new());
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = match file.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(io(error)),
            };
            let read = chunk.get(..count).unwrap_or_default();
            if self.md5.is_some() {
                md5.update(read);
            }
            sha256.update(read);
        }
        let (md5, sha256) = (hex::encode(md5.finalize()), hex::encode(sha256.finalize()));
        if self.md5.as_ref().is_some_and(|stated| *stated != md5) {
            return Err(DeliveryFault::Mismatch("md5"));
        }
        if self.sha256.as_ref().is_some_and(|stated| *stated != sha256) {
            return Err(DeliveryFault::Mismatch("sha256"));
        }
        Ok(sha256)
    }
}
