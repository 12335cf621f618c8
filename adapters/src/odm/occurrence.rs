//! Where the `SubjectData` elements of each subject are.

use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::transaction::Transaction;

/// A `SubjectData` element of a file that was checked.
pub(super) struct Staged {
    /// The digest of StudyOID and SubjectKey.
    pub(super) subject: [u8; 16],
    pub(super) scope: u32,
    /// The offset in the file, in bytes.
    pub(super) offset: u64,
    /// The length in bytes.
    pub(super) length: u32,
    pub(super) check: [u8; 8],
    /// The number of the element in its file, counted from 1.
    pub(super) number: u32,
    /// The transaction type that the element itself states.
    pub(super) stated: Option<Transaction>,
    pub(super) fault: Option<Box<Fault>>,
}

impl Staged {
    /// A digest of the bytes of an element. It shows whether the file changed between two readings.
    pub(super) fn check(bytes: &[u8]) -> [u8; 8] {
        Sha256::digest(bytes).first_chunk().copied().unwrap_or_default()
    }
}

/// A digest of a subject's unit key.
pub(super) fn subject_id(key: &str) -> [u8; 16] {
    Sha256::digest(key).first_chunk().copied().unwrap_or_default()
}

/// A `SubjectData` element that contributes to the state of its subject.
#[derive(Clone, Copy, Default)]
pub(super) struct Occurrence {
    pub(super) subject: u32,
    pub(super) file: u32,
    pub(super) scope: u32,
    pub(super) number: u32,
    pub(super) length: u32,
    pub(super) offset: u64,
    pub(super) check: [u8; 8],
}
