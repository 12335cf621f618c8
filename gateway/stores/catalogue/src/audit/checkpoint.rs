//! Signed heads of audit chains, in files outside the database. An attacker with access only to the database can delete the end of a chain and
//! change its stored head, but cannot change these files.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use gemj_access::CapabilityKey;

use super::chain::Head;
use super::operation::OPERATIONS;
use crate::catalogue::Catalogue;
use crate::database::{Transaction, Value};
use crate::error::CatalogueError;
use crate::ledger_tail::{self, Opened, extend};
use crate::programme_state::{READ_STATE, state_of};

/// The first line of a head file. The text is also the context of the authentication code in the file's last line.
const FORMAT: &str = "gemj-audit-head-1";

/// The file extension of head files.
const EXTENSION: &str = "head";

/// The result of reading a head file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Checkpoint {
    /// The file does not exist.
    Absent,
    /// The file is malformed, belongs to another chain, or has an authentication code that was not made with the installation's key.
    Forged,
    /// The file contains a valid signed head.
    Signed(Head),
}

fn path(folder: &Path, chain: &str) -> PathBuf {
    folder.join(format!("{chain}.{EXTENSION}"))
}

fn content(chain: &str, head: &Head) -> String {
    format!("{FORMAT}\n{chain}\n{}\n{}\n", head.sequence, hex::encode(head.hash))
}

/// The chain's name, taken from the name of its head file. Absent for a file that is not a head file.
pub(super) fn chain_of(file: &Path) -> Option<&str> {
    let ours = file.extension().is_some_and(|e| e == EXTENSION);
    ours.then(|| file.file_stem()?.to_str()).flatten()
}

/// Reads the head file of a chain.
pub(super) fn read(folder: &Path, chain: &str, key: &CapabilityKey) -> std::io::Result<Checkpoint> {
    let bytes = match std::fs::read(path(folder, chain)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Checkpoint::Absent),
        Err(error) => return Err(error),
    };
    Ok(parse(&bytes, chain, key).map_or(Checkpoint::Forged, Checkpoint::Signed))
}

/// Parses the bytes of a head file. Only exactly the bytes that `write` writes are accepted.
fn parse(bytes: &[u8], chain: &str, key: &CapabilityKey) -> Option<Head> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.split('\n').skip(2);
    let sequence = lines.next()?.parse().ok()?;
    let digits = lines.next()?;
    let mut hash = [0; 32];
    hex::decode_to_slice(digits, &mut hash).ok()?;
    let head = Head { sequence, hash };
    (text == signed(chain, &head, key)).then_some(head)
}

fn signed(chain: &str, head: &Head, key: &CapabilityKey) -> String {
    let content = content(chain, head);
    let code = hex::encode(key.mac(FORMAT, content.as_bytes()));
    format!("{content}{code}\n")
}

/// Replaces the head file of a chain atomically.
pub(super) fn write(folder: &Path, chain: &str, head: &Head, key: &CapabilityKey) -> std::io::Result<()> {
    let temporary = folder.join(format!(".{chain}.{:016x}", rand::random::<u64>()));
    let mut file = std::fs::File::create(&temporary)?;
    let written = file
        .write_all(signed(chain, head, key).as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&temporary, path(folder, chain)));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
        return written;
    }
    std::fs::File::open(folder)?.sync_all()
}

/// Signs the head of the chain `operations`, which records all writes, and completes the ledger tail beside it. A command calls this function after
/// a write, and the server also before it answers a write of consent.
///
/// A head file or a ledger tail that contradicts the database is not overwritten, because the file is evidence. The contradiction means that the
/// database was set back, so the database is sealed at once.
///
/// # Errors
/// * [`CatalogueError::SetBack`] if the files confirm writes that the database lacks. The database is then sealed. While the seal is closed, the
///   contradiction is expected and is no error.
/// * [`CatalogueError::DamagedHead`] if the head file is damaged. The tail is nevertheless completed.
/// * [`CatalogueError::CheckpointFolder`] if the folder cannot be used, or the tail is damaged.
/// * The database does not answer.
pub async fn checkpoint_operations(catalogue: &Catalogue, folder: &Path, key: &CapabilityKey) -> Result<(), CatalogueError> {
    // The tail of a sealed database would equal the database, and could be taken for the tail that the database lacks. So none begins.
    if catalogue.is_sealed().await? && !ledger_tail::has_mark(folder, key).await? {
        return Ok(());
    }
    // The tail's lock puts the calls of all processes in one order, so that no call overwrites a newer head.
    let (tail_folder, tail_key) = (folder.to_owned(), key.clone());
    let tail = blocking(move || Opened::open(&tail_folder, tail_key)).await?;
    let mut snapshot = catalogue.database.begin_snapshot().await?;
    let state = state_of(snapshot.fetch_first(READ_STATE, Vec::new()).await?.as_ref())?;
    let before = read_blocking(folder, key).await?;
    let head = super::chain::head_of(&mut snapshot, OPERATIONS).await?;
    let (writes, hash) = tail.last_write();
    let known = hex::decode(hash).unwrap_or_default();
    let mut contradicts = state.epoch < tail.epoch() || !has_row(&mut snapshot, writes, &known).await?;
    if let Checkpoint::Signed(before) = &before {
        contradicts = contradicts || !has_row(&mut snapshot, before.sequence, &before.hash).await?;
    }
    if contradicts {
        let last = match &before {
            Checkpoint::Signed(head) if head.sequence >= writes => mark_of(head.sequence, &head.hash),
            _ => mark_of(writes, &known),
        };
        // A write to an SQLite database waits for the end of the snapshot.
        drop((snapshot, tail));
        catalogue.seal_as_set_back(&confirmed(&last)).await?;
        return if state.sealed.is_some() {
            Ok(())
        } else {
            Err(CatalogueError::SetBack)
        };
    }
    let Some(head) = head else { return Ok(()) };
    if matches!(&before, Checkpoint::Signed(before) if before.sequence == head.sequence) && writes == head.sequence {
        return Ok(());
    }
    // The tail is written before the head, so that a head never confirms a write that the tail lacks.
    let tail = extend(tail, &mut snapshot, state.epoch, head.sequence, &head.hash).await?;
    if before == Checkpoint::Forged {
        tracing::error!("audit: the signed head of the writes is damaged, or was not made with this key; the file is not changed");
        return Err(CatalogueError::DamagedHead);
    }
    let (folder, key) = (folder.to_owned(), key.clone());
    let signed = blocking(move || write(&folder, OPERATIONS, &head, &key)).await;
    drop(tail);
    signed
}

/// Whether the chain `operations` has a row with this sequence number and this hash. Every chain has the number 0.
async fn has_row(snapshot: &mut Transaction, sequence: u64, hash: &[u8]) -> Result<bool, CatalogueError> {
    if sequence == 0 {
        return Ok(true);
    }
    let sql = "SELECT hash FROM audit_row WHERE chain = $1 AND sequence = $2";
    let arguments = vec![OPERATIONS.into(), Value::count(sequence, "sequence")?];
    let row = snapshot.fetch_first(sql, arguments).await?;
    let stored = row.map(|row| row.bytes(0, "audit row")).transpose()?;
    Ok(stored.as_deref() == Some(hash))
}

/// The number of the newest write in the chain `operations`; 0 without a write.
pub(crate) async fn newest_write(snapshot: &mut Transaction) -> Result<u64, CatalogueError> {
    Ok(super::chain::head_of(snapshot, OPERATIONS).await?.map_or(0, |head| head.sequence))
}

/// The number of a write with the first digits of its hash.
fn mark_of(writes: u64, hash: &[u8]) -> String {
    format!("{writes} ({})", hex::encode(hash.get(..4).unwrap_or_default()))
}

/// The reason of a seal that is closed because of a write that the database lacks.
fn confirmed(mark: &str) -> String {
    format!("the files in audit.checkpoint_dir confirm writes that the database lacks, up to write {mark}")
}

/// The reason for a seal, if the signed head in a folder confirms a write that the database lacks. The database is then an earlier copy of itself, or was
/// altered. Absent without such a head. The ledger tail is not read, so the call waits for no lock.
///
/// # Errors
/// The database does not answer, or the folder cannot be read ([`CatalogueError::CheckpointFolder`]).
pub async fn contradicting_head(catalogue: &Catalogue, folder: &Path, key: &CapabilityKey) -> Result<Option<String>, CatalogueError> {
    let Checkpoint::Signed(head) = read_blocking(folder, key).await? else {
        return Ok(None);
    };
    let mut snapshot = catalogue.database.begin_snapshot().await?;
    let is_known = has_row(&mut snapshot, head.sequence, &head.hash).await?;
    Ok((!is_known).then(|| confirmed(&mark_of(head.sequence, &head.hash))))
}

/// Whether the signed head of the writes, or the ledger tail beside it, confirms a write that the database lacks. The database is then an earlier
/// copy of itself, or was altered. Without a head and a tail, the result is false.
///
/// # Errors
/// The database does not answer, or the folder cannot be read ([`CatalogueError::CheckpointFolder`]).
pub async fn lacks_signed_writes(catalogue: &Catalogue, folder: &Path, key: &CapabilityKey) -> Result<bool, CatalogueError> {
    // The files are read before the snapshot is taken, because they are written after their rows.
    let head = read_blocking(folder, key).await?;
    let (tail_folder, tail_key) = (folder.to_owned(), key.clone());
    let tail = blocking(move || {
        let exists = ledger_tail::path(&tail_folder).exists();
        exists.then(|| Opened::open(&tail_folder, tail_key)).transpose()
    });
    let tail = tail.await?;
    let mut snapshot = catalogue.database.begin_snapshot().await?;
    if let Checkpoint::Signed(head) = head
        && !has_row(&mut snapshot, head.sequence, &head.hash).await?
    {
        return Ok(true);
    }
    let Some(tail) = tail else { return Ok(false) };
    let (writes, hash) = tail.last_write();
    let hash = hex::decode(hash).unwrap_or_default();
    Ok(!has_row(&mut snapshot, writes, &hash).await?)
}

/// The number of the last write that the signed head in a folder confirms. Absent without a head file.
///
/// # Errors
/// [`CatalogueError::DamagedHead`] if the file is damaged or belongs to another key; [`CatalogueError::CheckpointFolder`] if it cannot be read.
pub async fn signed_writes(folder: &Path, key: &CapabilityKey) -> Result<Option<u64>, CatalogueError> {
    match read_blocking(folder, key).await? {
        Checkpoint::Signed(head) => Ok(Some(head.sequence)),
        Checkpoint::Absent => Ok(None),
        Checkpoint::Forged => Err(CatalogueError::DamagedHead),
    }
}

/// The end of the name of a subfolder into which files are being moved.
const MOVING: &str = ".moving";

/// The subfolder into which an interrupted call has moved a part of the files. Absent if there is none.
fn unfinished(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_unfinished = |path: &PathBuf| path.is_dir() && path.extension().is_some_and(|end| format!(".{}", end.display()) == MOVING);
    entries.filter(is_unfinished).min()
}

/// Moves the signed heads and the ledger tail of a lost database to a subfolder, where they remain as evidence. The restored database gets new heads
/// and a new tail. The subfolder gets its name after the last file was moved. If an earlier call was interrupted, its subfolder is completed instead.
/// Returns the number of moved files and the subfolder.
///
/// # Errors
/// The folder cannot be written ([`CatalogueError::CheckpointFolder`]).
pub async fn set_heads_aside(folder: &Path, subfolder: &str) -> Result<(usize, PathBuf), CatalogueError> {
    let (folder, aside) = (folder.to_owned(), folder.join(subfolder));
    blocking(move || {
        let moving = unfinished(&folder).unwrap_or_else(|| folder.join(format!("{}{MOVING}", aside.display())));
        let mut moved = 0;
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok((0, aside)),
            entries => entries?,
        };
        for entry in entries {
            let file = entry?.path();
            if chain_of(&file).is_none() && file != ledger_tail::path(&folder) {
                continue;
            }
            std::fs::create_dir_all(&moving)?;
            if let Some(name) = file.file_name() {
                std::fs::rename(&file, moving.join(name))?;
                moved += 1;
            }
        }
        if moving.is_dir() {
            std::fs::rename(&moving, &aside)?;
        }
        Ok((moved, aside))
    })
    .await
}

/// Completes the subfolder of an interrupted [`set_heads_aside`]. Does nothing if there is none.
///
/// # Errors
/// The folder cannot be written ([`CatalogueError::CheckpointFolder`]).
pub async fn finish_setting_aside(folder: &Path) -> Result<(), CatalogueError> {
    let Some(moving) = unfinished(folder) else { return Ok(()) };
    let name = moving.file_stem().map(|name| name.to_string_lossy().into_owned());
    set_heads_aside(folder, &name.unwrap_or_default()).await.map(drop)
}

async fn read_blocking(folder: &Path, key: &CapabilityKey) -> Result<Checkpoint, CatalogueError> {
    let (folder, key) = (folder.to_owned(), key.clone());
    blocking(move || read(&folder, OPERATIONS, &key)).await
}

/// Runs a function that reads or writes files on a blocking thread.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> Result<T, CatalogueError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| CatalogueError::Unavailable)?;
    done.map_err(|error| {
        tracing::error!(kind = ?error.kind(), "audit: the folder of signed heads cannot be used");
        CatalogueError::CheckpointFolder { kind: error.kind() }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn key() -> CapabilityKey {
        CapabilityKey::new([7; 32])
    }

    fn head() -> Head {
        Head {
            sequence: 42,
            hash: [9; 32],
        }
    }

    #[test]
    fn only_a_head_written_for_this_chain_with_this_key_is_read() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path(), "c", &key()).unwrap(), Checkpoint::Absent);
        write(folder.path(), "c", &head(), &key()).unwrap();
        assert_eq!(read(folder.path(), "c", &key()).unwrap(), Checkpoint::Signed(head()));
        let other = CapabilityKey::new([8; 32]);
        assert_eq!(read(folder.path(), "c", &other).unwrap(), Checkpoint::Forged);
        std::fs::copy(folder.path().join("c.head"), folder.path().join("d.head")).unwrap();
        assert_eq!(read(folder.path(), "d", &key()).unwrap(), Checkpoint::Forged);
    }

    proptest! {
        #[test]
        fn random_bytes_are_rejected_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(parse(&bytes, "c", &key()), None);
        }

        #[test]
        fn a_head_with_one_changed_byte_is_rejected(at in 0usize..160, to in any::<u8>()) {
            let mut bytes = signed("c", &head(), &key()).into_bytes();
            let at = at % bytes.len();
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            prop_assert_eq!(parse(&bytes, "c", &key()), None);
        }
    }
}
