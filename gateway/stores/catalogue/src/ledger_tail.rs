//! The ledger tail: a copy of all consent events, merges, approvals, seen exports, and holds and unloads of files in a file outside the database.
//!
//! If the database is lost and an earlier copy is restored, the file still contains the withdrawals and revocations that the copy lacks. Each line is
//! encrypted with the installation's key and has a number, so that altered, removed and moved lines are detected.

mod fork;
mod lost;
mod record;
mod replay;
mod write;

use std::path::{Path, PathBuf};

use gemj_access::CapabilityKey;
use gemj_model::{Approval, DatasetId, ObjectId, ParticipantId, Timestamp};

use crate::approvals::SeenExport;
use crate::audit::blocking;
use crate::consent_ledger::NewConsent;
use crate::error::CatalogueError;
use crate::merges::MergeEvent;
use crate::objects::ObjectStatus;

pub use fork::Divergence;
pub use lost::LostEvents;
use record::{Mark, Record};
pub use replay::Replayed;
pub(crate) use write::{Opened, extend};

/// The name of the file in the folder of signed heads.
const FILE: &str = "ledger.tail";

/// A consent event of the tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailConsent {
    /// The sequence number that the event had in the lost database.
    pub sequence: u64,
    /// The time at which the lost database recorded the event.
    pub recorded: Timestamp,
    /// The event.
    pub event: NewConsent,
}

/// A row of the ledger of merges in the tail. The ordinals of the row are those of the lost database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailMerge {
    /// The participant under whom the person is known from now on.
    pub survivor: ParticipantId,
    /// The participant under whom the person was known too.
    pub prior: ParticipantId,
    /// The row.
    pub event: MergeEvent,
}

/// A state of an approval in the tail. A later state of the same approval replaces an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailApproval {
    /// The epoch at which the lost database recorded the state.
    pub epoch: u64,
    /// The approval. The time of a revocation is part of it.
    pub approval: Approval,
    /// The reason of the revocation; absent if the approval is not revoked.
    pub because: Option<String>,
}

/// A file that the lost database did not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailFile {
    /// The id of the file.
    pub id: ObjectId,
    /// The status: held or unloaded. An erased file is unloaded too.
    pub status: ObjectStatus,
    /// The reason of the status.
    pub reason: String,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// The file's dataset.
    pub dataset: DatasetId,
}

/// The first 16 bytes of the hash of a write's audit row. The hash of a row covers all rows before it, so two histories with an equal hash at one
/// number are equal up to this number.
pub type WriteHash = [u8; 16];

/// A seal that was closed in the history of a tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailSeal {
    /// The number of the write that closed the seal.
    pub write: u64,
    /// The time at which the seal was closed.
    pub closed: Timestamp,
    /// The reason.
    pub because: String,
}

/// The content of a tail, in the order of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerTail {
    /// The consent events.
    pub consents: Vec<TailConsent>,
    /// The rows of the ledger of merges.
    pub merges: Vec<TailMerge>,
    /// The states of approvals.
    pub approvals: Vec<TailApproval>,
    /// The exports that were imported for applications. A later export of the same application replaces an earlier one.
    pub exports: Vec<SeenExport>,
    /// All files that the lost database did not serve.
    pub files: Vec<TailFile>,
    /// The hashes of all writes, in order: the first one is that of write 1. Shorter than `writes` for a tail of an earlier version.
    pub hashes: Vec<WriteHash>,
    /// The seals that were closed.
    pub seals: Vec<TailSeal>,
    /// The number of the last write at the time when the tail began.
    pub begun: u64,
    /// The epoch up to which the tail is complete.
    pub epoch: u64,
    /// The number of the last write that the tail has seen: the sequence number of the audit chain of all writes.
    pub writes: u64,
}

/// The reasons why a tail cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TailFault {
    /// The file cannot be read.
    #[error("{path}: cannot be read: {kind}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The kind of error.
        kind: std::io::ErrorKind,
    },
    /// A line is damaged, or was written with another key.
    #[error("{path}: line {line} is damaged, or was written with another key (capabilities.key_file)")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
    },
    /// A line was removed or moved.
    #[error("{path}: line {line} is missing or at another place")]
    Missing {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: u64,
    },
}

/// Whether the folder has a tail with a complete write. The file is not changed and not locked.
pub(crate) async fn has_mark(folder: &Path, key: &CapabilityKey) -> Result<bool, CatalogueError> {
    let (folder, key) = (folder.to_owned(), key.clone());
    blocking(move || match read_tail(&folder, &key) {
        Ok(tail) => Ok(tail.is_some_and(|tail| tail.writes > 0)),
        // A damaged tail is reported by the code that opens it.
        Err(_) => Ok(true),
    })
    .await
}

/// The path of the tail in a folder of signed heads.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Reads the tail in a folder of signed heads. Absent if the folder has no tail. An incomplete end, which an interrupted write leaves, is not part of
/// the tail.
///
/// # Errors
/// [`TailFault`] if the file cannot be read, or if a line is damaged, removed or moved.
pub fn read_tail(folder: &Path, key: &CapabilityKey) -> Result<Option<LedgerTail>, TailFault> {
    let path = path(folder);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let kind = error.kind();
            return Err(TailFault::Unreadable { path, kind });
        }
        Ok(text) => text,
    };
    let mut tail = LedgerTail::default();
    // Lines after the last mark belong to a write that was interrupted.
    let (mut unmarked, mut files) = (LedgerTail::default(), None);
    let complete = text.rfind('\n').map_or("", |end| &text[..end]);
    for (line, number) in complete.split('\n').filter(|line| !line.is_empty()).zip(1..) {
        let (written, record) = record::open(line, key).ok_or_else(|| TailFault::Damaged {
            path: path.clone(),
            line: number,
        })?;
        if written != number {
            let line = number;
            return Err(TailFault::Missing { path, line });
        }
        match record {
            Record::Consent(consent) => unmarked.consents.push(consent),
            Record::Merge(merge) => unmarked.merges.push(*merge),
            Record::Approval(approval) => unmarked.approvals.push(*approval),
            Record::Files(list) => files = Some(list),
            Record::Exports(mut exports) => unmarked.exports.append(&mut exports),
            Record::Seals(mut seals) => unmarked.seals.append(&mut seals),
            Record::Writes(first, mut hashes) => {
                // The first hashes of a tail of an earlier version come late, and again if the first attempt was interrupted.
                if first == 1 {
                    unmarked.hashes.clear();
                    tail.hashes.clear();
                }
                if first != (tail.hashes.len() + unmarked.hashes.len()) as u64 + 1 {
                    let line = number;
                    return Err(TailFault::Missing { path, line });
                }
                unmarked.hashes.append(&mut hashes);
            }
            Record::Mark(Mark { epoch, writes, .. }) => {
                if tail.writes == 0 {
                    tail.begun = writes;
                }
                tail.hashes.append(&mut unmarked.hashes);
                tail.seals.append(&mut unmarked.seals);
                tail.files = files.take().unwrap_or(tail.files);
                tail.exports.append(&mut unmarked.exports);
                tail.consents.append(&mut unmarked.consents);
                tail.merges.append(&mut unmarked.merges);
                tail.approvals.append(&mut unmarked.approvals);
                (tail.epoch, tail.writes) = (epoch, writes);
            }
        }
    }
    Ok(Some(tail))
}
