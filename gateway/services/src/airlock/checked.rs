//! Reads a file in pieces, and returns the last piece only after the checksum of the whole file is verified.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

/// The size of a piece of a file, in bytes.
const PIECE_BYTES: usize = 128 * 1024;

/// Why the bytes of a file are not returned completely.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// The bytes of the file cannot be read.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The bytes that were read differ from the recorded size or checksum.
    #[error("size or checksum differs from the recorded value")]
    Changed,
}

/// The pieces of a file. Each piece is returned only after the next piece was read, and the last piece only after the checksum was
/// verified. A file that differs from the recorded file is therefore truncated and never complete.
pub struct Checked<R> {
    reader: R,
    left: u64,
    sum: Sha256,
    sha256: String,
    kept: Option<Vec<u8>>,
    over: bool,
}

impl<R: Read> Checked<R> {
    /// The pieces of the bytes that a reader returns. The reader should return `size_bytes` bytes with this SHA-256 (lower-case hex).
    pub fn new(reader: R, size_bytes: u64, sha256: &str) -> Self {
        Self {
            reader,
            left: size_bytes,
            sum: Sha256::new(),
            sha256: sha256.to_owned(),
            kept: None,
            over: false,
        }
    }

    /// Reads the next piece; empty at the end of the reader.
    fn read(&mut self) -> Result<Vec<u8>, Unsound> {
        let mut piece = Vec::new();
        self.reader.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece)?;
        self.left = self.left.checked_sub(piece.len() as u64).ok_or(Unsound::Changed)?;
        self.sum.update(&piece);
        Ok(piece)
    }

    fn step(&mut self) -> Result<Option<Vec<u8>>, Unsound> {
        if self.kept.is_none() {
            self.kept = Some(self.read()?);
        }
        let next = self.read()?;
        if !next.is_empty() {
            return Ok(self.kept.replace(next));
        }
        self.over = true;
        let sum = hex::encode(self.sum.finalize_reset());
        if self.left != 0 || sum != self.sha256 {
            return Err(Unsound::Changed);
        }
        Ok(self.kept.take().filter(|piece| !piece.is_empty()))
    }
}

impl<R: Read> Iterator for Checked<R> {
    type Item = Result<Vec<u8>, Unsound>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let step = self.step();
        self.over |= step.is_err();
        step.transpose()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sum(bytes: &[u8]) -> String {
        Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn the_recorded_bytes_are_returned_completely() {
        for size in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES] {
            let bytes: Vec<u8> = (0..size).map(|n| (n % 251) as u8).collect();
            let pieces: Result<Vec<Vec<u8>>, Unsound> = Checked::new(bytes.as_slice(), size as u64, &sum(&bytes)).collect();
            assert_eq!(pieces.unwrap().concat(), bytes, "{size}");
        }
    }

    #[test]
    fn changed_bytes_are_never_returned_completely() {
        let bytes = vec![7; 2 * PIECE_BYTES + 5];
        let mut changed = bytes.clone();
        changed[0] = 8;
        let longer = [bytes.as_slice(), &[7]].concat();
        for other in [changed.as_slice(), &bytes[1..], longer.as_slice(), &[]] {
            let pieces: Vec<_> = Checked::new(other, bytes.len() as u64, &sum(&bytes)).collect();
            let given: usize = pieces.iter().flatten().map(Vec::len).sum();
            assert!(given < bytes.len() && pieces.last().unwrap().is_err());
        }
    }
}
