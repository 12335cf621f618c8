//! Appends the newest events and approvals to the ledger tail.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use gemj_access::{CapabilityKey, WriteAction};
use gemj_model::{DatasetId, ObjectId, ParticipantId};

use super::record::{self, Mark, Record};
use super::{TailApproval, TailConsent, TailFile, TailMerge, TailSeal, WriteHash, path};
use crate::approvals::{APPROVAL_COLUMNS, EXPORTS, SeenExport, approval_of, register_in};
use crate::consent_ledger::{EVENT_COLUMNS, NewConsent, event_of};
use crate::database::{Transaction, Value};
use crate::error::CatalogueError;
use crate::merges::{MERGE_COLUMNS, merge_event_of};
use crate::objects::ObjectStatus;
use crate::seal::CLOSED;

/// The number of bytes at the end of the file in which the last mark is looked for first.
const LAST_BYTES: u64 = 64 * 1024;

/// The maximum number of seen exports in one line.
const EXPORTS_IN_LINE: usize = 500;

/// The maximum number of hashes of writes in one line.
const WRITES_IN_LINE: usize = 1_000;

/// The tail, open and locked. Other processes wait until the value is dropped.
pub(crate) struct Opened {
    file: File,
    /// The number of lines up to the last mark.
    lines: u64,
    /// The position after the last mark, in bytes.
    end: u64,
    last: Mark,
    key: CapabilityKey,
}

impl Opened {
    /// Opens and locks the tail in a folder of signed heads, and reads its last mark. An absent file is created.
    ///
    /// # Errors
    /// The file cannot be opened, or it is not empty and has no mark that was made with this key. The file is then not changed.
    pub(crate) fn open(folder: &Path, key: CapabilityKey) -> std::io::Result<Self> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path(folder))?;
        file.lock()?;
        let length = file.metadata()?.len();
        for start in [length.saturating_sub(LAST_BYTES), 0] {
            file.seek(SeekFrom::Start(start))?;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            if let Some((end, lines, last)) = last_mark(&bytes, &key) {
                let end = start + end;
                return Ok(Self {
                    file,
                    lines,
                    end,
                    last,
                    key,
                });
            }
        }
        // A file without a mark is empty, or its first write was interrupted. A first write that was interrupted has lines of this key.
        if length == 0 || begins_with_own_line(&mut file, &key)? {
            return Ok(Self {
                file,
                lines: 0,
                end: 0,
                last: Mark::default(),
                key,
            });
        }
        Err(std::io::ErrorKind::InvalidData.into())
    }

    /// The sequence number of the last write that the tail has seen, with the hash of its audit row in hex.
    pub(crate) fn last_write(&self) -> (u64, &str) {
        (self.last.writes, &self.last.hash)
    }

    /// The epoch up to which the tail is complete.
    pub(crate) fn epoch(&self) -> u64 {
        self.last.epoch
    }

    fn append(&mut self, records: &[Record]) -> std::io::Result<()> {
        let mut text = String::new();
        for (record, number) in records.iter().zip(self.lines + 1..) {
            let line = record::seal(number, record, &self.key).ok_or(std::io::ErrorKind::InvalidData)?;
            text.push_str(&line);
            text.push('\n');
        }
        // Bytes after the last mark are the rest of an interrupted write.
        self.file.set_len(self.end)?;
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()
    }
}

/// The end of the last mark in bytes of a tail, the number of its line, and the mark.
fn last_mark(bytes: &[u8], key: &CapabilityKey) -> Option<(u64, u64, Mark)> {
    let mut end = bytes.iter().rposition(|byte| *byte == b'\n')?;
    loop {
        let start = bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = std::str::from_utf8(&bytes[start..end]).ok()?;
        if let Some((number, Record::Mark(mark))) = record::open(line, key) {
            return Some((end as u64 + 1, number, mark));
        }
        end = start.checked_sub(1)?;
    }
}

fn begins_with_own_line(file: &mut File, key: &CapabilityKey) -> std::io::Result<bool> {
    file.seek(SeekFrom::Start(0))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    // If not even one line is complete, the file contains nothing that could be lost.
    Ok(text.split_once('\n').is_none_or(|(line, _)| record::open(line, key).is_some()))
}

/// Appends the rows of a snapshot that are newer than the tail. `writes` and `hash` are the head of the audit chain of all writes in the snapshot.
/// Nothing is appended if there was no new write.
pub(crate) async fn extend(
    mut tail: Opened,
    snapshot: &mut Transaction,
    epoch: u64,
    writes: u64,
    hash: &[u8; 32],
) -> Result<Opened, CatalogueError> {
    if tail.last.writes == writes {
        return Ok(tail);
    }
    let (consents, approvals) = ledgers_since(snapshot, tail.last.epoch).await?;
    let mut records: Vec<Record> = consents.into_iter().map(Record::Consent).collect();
    let merges = merges_since(snapshot, tail.last.epoch).await?;
    records.extend(merges.into_iter().map(|merge| Record::Merge(Box::new(merge))));
    records.extend(approvals.into_iter().map(|state| Record::Approval(Box::new(state))));
    let exports = exports_since(snapshot, tail.last.writes).await?;
    records.extend(exports.chunks(EXPORTS_IN_LINE).map(|part| Record::Exports(part.to_vec())));
    // A tail of an earlier version gets the hashes of all writes once, and the files that are not served.
    let known = if tail.last.is_chained { tail.last.writes } else { 0 };
    records.extend(files_since(snapshot, known).await?.map(Record::Files));
    let hashes = writes_since(snapshot, known).await?;
    let parts = hashes.chunks(WRITES_IN_LINE).zip((known + 1..).step_by(WRITES_IN_LINE));
    records.extend(parts.map(|(part, first)| Record::Writes(first, part.to_vec())));
    let seals = seals_since(snapshot, known).await?;
    records.extend((!seals.is_empty()).then_some(Record::Seals(seals)));
    records.push(Record::Mark(Mark {
        epoch,
        writes,
        hash: hex::encode(hash),
        is_chained: true,
    }));
    crate::audit::blocking(move || {
        tail.append(&records)?;
        Ok(tail)
    })
    .await
}

/// The consent events and the current states of approvals after an epoch, in the order of the ledger.
pub(super) async fn ledgers_since(snapshot: &mut Transaction, epoch: u64) -> Result<(Vec<TailConsent>, Vec<TailApproval>), CatalogueError> {
    let since = Value::count(epoch, "epoch")?;
    let (mut consents, mut approvals) = (Vec::new(), Vec::new());
    let sql = format!(
        "SELECT {EVENT_COLUMNS}, (SELECT p.id FROM participant p WHERE p.ordinal = consent_event.ordinal) \
         FROM consent_event WHERE sequence > $1 ORDER BY sequence"
    );
    for row in snapshot.fetch_all_of(sql, vec![since.clone()]).await? {
        let event = event_of(&row)?;
        consents.push(TailConsent {
            sequence: event.sequence,
            recorded: event.recorded,
            event: NewConsent {
                participant: row.parsed(9, "participant id", ParticipantId::parse)?,
                kind: event.kind,
                form: event.form,
                clauses: event.clauses,
                effective: event.effective,
                ground: event.ground,
                corrects: event.corrects,
            },
        });
    }
    let sql = format!("SELECT {APPROVAL_COLUMNS}, revoked_because, epoch FROM approval WHERE epoch > $1 ORDER BY epoch, id");
    for row in snapshot.fetch_all_of(sql, vec![since]).await? {
        approvals.push(TailApproval {
            epoch: row.count(20, "approval epoch")?,
            approval: approval_of(&row)?,
            because: row.maybe_text(19, "reason")?,
        });
    }
    Ok((consents, approvals))
}

/// The rows of the ledger of merges after an epoch, in order.
async fn merges_since(snapshot: &mut Transaction, epoch: u64) -> Result<Vec<TailMerge>, CatalogueError> {
    let sql = format!(
        "SELECT {MERGE_COLUMNS}, (SELECT p.id FROM participant p WHERE p.ordinal = merge_event.survivor), \
         (SELECT p.id FROM participant p WHERE p.ordinal = merge_event.prior) FROM merge_event WHERE sequence > $1 ORDER BY sequence"
    );
    let rows = snapshot.fetch_all_of(sql, vec![Value::count(epoch, "epoch")?]).await?;
    let merge = |row: &crate::database::Row| -> Result<TailMerge, CatalogueError> {
        Ok(TailMerge {
            survivor: row.parsed(12, "participant id", ParticipantId::parse)?,
            prior: row.parsed(13, "participant id", ParticipantId::parse)?,
            event: merge_event_of(row)?,
        })
    };
    rows.iter().map(merge).collect()
}

/// The hashes of all writes after this one, in order.
async fn writes_since(snapshot: &mut Transaction, writes: u64) -> Result<Vec<WriteHash>, CatalogueError> {
    let what = "audit row";
    let sql = "SELECT sequence, hash FROM audit_row WHERE chain = 'operations' AND sequence > $1 ORDER BY sequence";
    let rows = snapshot.fetch_all(sql, vec![Value::count(writes, "sequence")?]).await?;
    let mut hashes = Vec::with_capacity(rows.len());
    for (row, expected) in rows.iter().zip(writes + 1..) {
        let hash = row.bytes(1, what)?;
        let begin = hash.first_chunk().filter(|_| row.count(0, what) == Ok(expected));
        hashes.push(*begin.ok_or(CatalogueError::Corrupt { what })?);
    }
    Ok(hashes)
}

/// The seals that were closed after this write, in order.
async fn seals_since(snapshot: &mut Transaction, writes: u64) -> Result<Vec<TailSeal>, CatalogueError> {
    let what = "audit row";
    let sql = "SELECT sequence, recorded, resource FROM audit_row WHERE chain = 'operations' AND sequence > $1 AND action = $2 \
               AND resource LIKE $3 ORDER BY sequence";
    let closed = format!("{CLOSED}%");
    let arguments = vec![
        Value::count(writes, "sequence")?,
        WriteAction::Restore.as_str().into(),
        closed.as_str().into(),
    ];
    let rows = snapshot.fetch_all(sql, arguments).await?;
    let seal = |row: &crate::database::Row| -> Result<TailSeal, CatalogueError> {
        Ok(TailSeal {
            write: row.count(0, what)?,
            closed: row.time(1, what)?,
            because: row.text(2, what)?.trim_start_matches(CLOSED).to_owned(),
        })
    };
    rows.iter().map(seal).collect()
}

/// All seen exports, if an import has noted exports after this write. Otherwise none.
async fn exports_since(snapshot: &mut Transaction, writes: u64) -> Result<Vec<SeenExport>, CatalogueError> {
    let sql = "SELECT 1 FROM audit_row WHERE chain = 'operations' AND sequence > $1 AND resource = $2 LIMIT 1";
    let arguments = vec![Value::count(writes, "sequence")?, EXPORTS.into()];
    if snapshot.fetch_first(sql, arguments).await?.is_none() {
        return Ok(Vec::new());
    }
    Ok(register_in(snapshot).await?.exports)
}

/// All files that are not served, if the status of a file was changed after this write, or if the tail is new. Otherwise absent.
async fn files_since(snapshot: &mut Transaction, writes: u64) -> Result<Option<Vec<TailFile>>, CatalogueError> {
    let sql = "SELECT 1 FROM audit_row WHERE chain = 'operations' AND sequence > $1 AND action = $2 LIMIT 1";
    let arguments = vec![Value::count(writes, "sequence")?, WriteAction::ChangeObjectStatus.as_str().into()];
    if writes > 0 && snapshot.fetch_first(sql, arguments).await?.is_none() {
        return Ok(None);
    }
    files_not_served(snapshot).await.map(Some)
}

/// All files that are not served, and the blocked ids of files that the database lacks, in order of id.
pub(super) async fn files_not_served(snapshot: &mut Transaction) -> Result<Vec<TailFile>, CatalogueError> {
    let sql = "SELECT id, status, status_reason, sha256, dataset FROM data_object WHERE status <> 'served' \
               UNION ALL SELECT id, status, reason, sha256, dataset FROM blocked_object ORDER BY id";
    let rows = snapshot.fetch_all(sql, Vec::new()).await?;
    let file = |row: &crate::database::Row| -> Result<TailFile, CatalogueError> {
        Ok(TailFile {
            id: row.parsed(0, "file id", ObjectId::parse)?,
            status: row.parsed(1, "object status", |text| ObjectStatus::parse(text).ok_or(()))?,
            reason: row.maybe_text(2, "status reason")?.unwrap_or_default(),
            sha256: row.text(3, "sha256")?,
            dataset: row.parsed(4, "dataset", DatasetId::parse)?,
        })
    };
    rows.iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::read_tail;
    use super::*;

    fn key() -> CapabilityKey {
        CapabilityKey::new([7; 32])
    }

    fn mark(writes: u64) -> Record {
        Record::Mark(Mark {
            epoch: writes,
            writes,
            hash: String::new(),
            is_chained: false,
        })
    }

    #[test]
    fn an_interrupted_write_is_repeated_and_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        for writes in 1..=3 {
            Opened::open(folder.path(), key()).unwrap().append(&[mark(writes)]).unwrap();
        }
        let file = path(folder.path());
        let whole = std::fs::read(&file).unwrap();
        for cut in 0..whole.len() {
            std::fs::write(&file, &whole[..cut]).unwrap();
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count() as u64;
            assert_eq!(read_tail(folder.path(), &key()).unwrap().unwrap().writes, lines, "cut to {cut}");
            let mut opened = Opened::open(folder.path(), key()).unwrap();
            assert_eq!(opened.last_write().0, lines);
            opened.append(&[mark(9)]).unwrap();
            assert_eq!(read_tail(folder.path(), &key()).unwrap().unwrap().writes, 9);
        }
    }

    #[test]
    fn a_removed_moved_or_altered_line_and_another_key_are_faults() {
        let folder = tempfile::tempdir().unwrap();
        for writes in 1..=3 {
            Opened::open(folder.path(), key()).unwrap().append(&[mark(writes)]).unwrap();
        }
        let file = path(folder.path());
        let whole = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        for damaged in [
            vec![lines[1], lines[2]],
            vec![lines[0], lines[2]],
            vec![lines[0], lines[2], lines[1]],
            vec![&lines[0][1..]],
        ] {
            std::fs::write(&file, format!("{}\n", damaged.join("\n"))).unwrap();
            assert!(read_tail(folder.path(), &key()).is_err());
        }
        std::fs::write(&file, &whole).unwrap();
        let other = CapabilityKey::new([8; 32]);
        assert!(read_tail(folder.path(), &other).is_err());
        assert!(
            Opened::open(folder.path(), other).is_err(),
            "a tail of another key is not overwritten"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), whole);
    }
}
