//! Reads the transaction storage of SS-MIX2: files `TR_<17-digit time>_<number>.DAT` in folders of years. Each file records the messages that changed
//! the standardized storage, in the order of their arrival, each with the operation `INS` or `DEL`.
//!
//! # Layout
//! The guideline of SS-MIX2 fixes what a transaction contains, but systems write the text around the messages differently. So the reader needs little
//! of this text: before each message, it must contain exactly one of the words `INS` and `DEL`, and it can contain the time of the transaction (17
//! digits). Everything else comes from the message. A message ends before the first line that is not a segment.
//!
//! # State
//! A unit has the key that the file of the same message has in the standardized storage: patient, care date, data type and order number. Of the
//! transactions of one key, the last one determines the state, and the others are reported as [`Met::Ignored`] with the text `history`. The result is
//! that of reading the standardized storage after the transactions.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::file::undecodable;
use super::name::is_time;
use crate::decode::DecodeFault;
use crate::hl7v2::{Hl7Fault, MessageKind, Taken, TakenMessage, digest, key, storage_place, take};
use crate::unit::{LeftOutRule, Met, Unit};

/// The maximum size of a transaction file, in bytes.
pub const MAX_TRANSACTION_FILE_BYTES: u64 = 256 << 20;
/// The maximum number of files of a transaction storage.
const MAX_FILES: usize = 200_000;

type Give<'g> = dyn FnMut(Met) -> ControlFlow<()> + 'g;

/// Whether a name is that of a transaction file.
pub(super) fn is_transaction_file(name: &str) -> bool {
    let parts: Vec<&str> = name.split('_').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match parts.as_slice() {
        ["TR", time, number] => match number.rsplit_once('.') {
            Some((number, end)) => time.len() == 17 && digits(time) && digits(number) && end.eq_ignore_ascii_case("dat"),
            None => false,
        },
        _ => false,
    }
}

/// The transaction files of a path, in the order of their names: the file itself, or the files in the folder and its folders of years. `None` if the
/// path is not a transaction storage.
pub(super) fn transaction_files(root: &Path) -> Option<Vec<PathBuf>> {
    let name_of = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let is_file = std::fs::metadata(root).ok()?.is_file();
    if is_file {
        return is_transaction_file(&name_of(root)).then(|| vec![root.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder.as_path()).ok()?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_year = name.len() == 4 && name.bytes().all(|b| b.is_ascii_digit());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && is_year && folder == root => folders.push(entry.path()),
                Ok(kind) if kind.is_file() && is_transaction_file(&name) => files.push(entry.path()),
                Ok(_) | Err(_) => {}
            }
            if files.len() > MAX_FILES {
                return Some(files);
            }
        }
    }
    files.sort_by_key(|path| name_of(path));
    (!files.is_empty()).then_some(files)
}

/// Reads the transactions of all files, in order.
pub(super) fn read(root: &Path, files: &[PathBuf], give: &mut Give<'_>) -> ControlFlow<()> {
    others(root, files.len(), give)?;
    if files.len() > MAX_FILES {
        let detail = "the storage has more than 200,000 transaction files; no file was read".to_owned();
        return give(undecodable(".".to_owned(), "too-many-files", detail));
    }
    // The last transaction of each key, as the place of its file and its message. The messages are read again, so that only one is in memory.
    let mut last: BTreeMap<String, Last> = BTreeMap::new();
    for (at, file) in files.iter().enumerate() {
        let Ok(bytes) = bytes_of(file) else { continue };
        for (number, transaction) in transactions(&bytes).enumerate() {
            if let Ok(state) = transaction.state() {
                let earlier = last.get(&state.key).map(|last| last.latest.clone()).unwrap_or_default();
                let latest = earlier.max(state.time);
                last.insert(state.key, Last { at: (at, number), latest });
            }
        }
    }
    for (at, file) in files.iter().enumerate() {
        let place = format!("[{}]", at + 1);
        let bytes = match bytes_of(file) {
            Ok(bytes) => bytes,
            Err(fault) => {
                give(undecodable(place, fault.code(), fault.to_string()))?;
                continue;
            }
        };
        let mut end = 0;
        for (number, transaction) in transactions(&bytes).enumerate() {
            end += transaction.before.len() + transaction.message.len();
            let locator = format!("{place}#{}", number + 1);
            let state = match transaction.state() {
                Ok(state) => state,
                Err(Unread::Kind(kind)) => {
                    give(Met::Ignored(format!("message:{kind}")))?;
                    continue;
                }
                Err(Unread::Refused(code, detail)) => {
                    give(undecodable(locator, code, detail))?;
                    continue;
                }
            };
            let is_last = last.get(&state.key).filter(|last| last.at == (at, number));
            give(match is_last {
                None => Met::Ignored("history".to_owned()),
                Some(last) => Met::Unit(state.unit(locator, &last.latest, transaction.message)),
            })?;
        }
        // Text without a message can be a transaction that was cut short.
        let after = bytes.get(end..).unwrap_or_default();
        if !after.trim_ascii().is_empty() && (end == 0 || operations(after) != (0, 0)) {
            let detail = "the file ends with text that has no message".to_owned();
            give(undecodable(place, "transaction-without-message", detail))?;
        }
    }
    ControlFlow::Continue(())
}

/// The place of the last transaction of a key, and the latest time among the key's transactions.
struct Last {
    at: (usize, usize),
    latest: String,
}

/// Counts the files of the storage that are not transaction files.
fn others(root: &Path, count: usize, give: &mut Give<'_>) -> ControlFlow<()> {
    let mut seen = 0;
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < 8 => folders.push((entry.path(), depth + 1)),
                Ok(_) | Err(_) => seen += 1,
            }
        }
    }
    (count..seen).try_for_each(|_| give(Met::Ignored("file:outside-folders".to_owned())))
}

fn bytes_of(file: &Path) -> Result<Vec<u8>, DecodeFault> {
    let size = std::fs::metadata(file).map_err(|_| DecodeFault::Unreadable)?.len();
    if size > MAX_TRANSACTION_FILE_BYTES {
        return Err(DecodeFault::TooLarge);
    }
    std::fs::read(file).map_err(|_| DecodeFault::Unreadable)
}

/// The messages of a file, for the check of their facilities.
pub(super) fn messages(file: &Path, give: &mut dyn FnMut(&[u8]) -> ControlFlow<()>) -> ControlFlow<()> {
    let Ok(bytes) = bytes_of(file) else {
        return ControlFlow::Continue(());
    };
    transactions(&bytes).try_for_each(|transaction| give(transaction.message))
}

/// A transaction as recorded.
pub(super) struct Transaction<'b> {
    /// The text around the messages, before this message.
    before: &'b [u8],
    message: &'b [u8],
}

/// The state that a transaction gives to a key.
struct State {
    key: String,
    time: String,
    is_deletion: bool,
    message: TakenMessage,
}

impl State {
    fn unit(self, locator: String, latest: &str, bytes: &[u8]) -> Unit {
        let mut account = self.message.account;
        let mut records = self.message.records;
        if self.is_deletion {
            account.left_out.clear();
            account.leave_out(LeftOutRule::DeletedUnit, "the content of the transaction");
            records.retain(|record| matches!(record.kind.as_str(), "MSH" | "PID"));
        }
        Unit {
            locator,
            key: self.key,
            // A deletion makes every version void that arrived before it, also one with a later time.
            version: if self.is_deletion { latest.to_owned() } else { self.time },
            sha256: digest(&[if self.is_deletion { b"DEL" } else { b"INS" }, bytes].concat()),
            records,
            deleted: self.is_deletion || self.message.kind == MessageKind::PatientDelete,
            encoding: self.message.encoding,
            account,
        }
    }
}

/// The words of the text around the messages.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// How often a text contains the words `INS` and `DEL`.
fn operations(text: &[u8]) -> (usize, usize) {
    let count = |wanted: &[u8]| words(text).filter(|word| *word == wanted).count();
    (count(b"INS"), count(b"DEL"))
}

/// Why a transaction gives no state.
enum Unread {
    /// Messages of this kind are not read.
    Kind(String),
    /// The transaction is refused, with the code and the text of the reason.
    Refused(&'static str, String),
}

impl Transaction<'_> {
    fn state(&self) -> Result<State, Unread> {
        let fault = |fault: Hl7Fault| Unread::Refused(fault.code(), fault.to_string());
        let is_deletion = match operations(self.before) {
            (1, 0) => false,
            (0, 1) => true,
            _ => {
                let detail = "the text before the message does not contain exactly one of INS and DEL".to_owned();
                return Err(Unread::Refused("transaction-operation", detail));
            }
        };
        let message = match take(self.message).map_err(fault)? {
            Taken::Message(message) => message,
            Taken::Other(kind) => return Err(Unread::Kind(kind)),
        };
        let times: Vec<String> = words(self.before)
            .filter_map(|word| String::from_utf8(word.to_vec()).ok())
            .filter(|word| word.len() == 17 && is_time(word))
            .collect();
        let time = match times.as_slice() {
            [time] => time.clone(),
            _ if !message.identity.time.is_empty() => message.identity.time.clone(),
            _ => return Err(fault(Hl7Fault::NoTime)),
        };
        let (care_date, order) = storage_place(&message).ok_or_else(|| {
            let detail = "the message does not state its care date and its order number (SPM-17, ORC-2)".to_owned();
            Unread::Refused("transaction-key", detail)
        })?;
        let data_type = message.kind.data_type();
        let key = match message.kind.is_snapshot() {
            true => key(&[&message.identity.patient, data_type]),
            false => key(&[&message.identity.patient, &care_date, data_type, &order]),
        };
        Ok(State {
            key,
            time,
            is_deletion,
            message,
        })
    }
}

/// Finds the messages in the bytes of a file. Bytes after the last message are not a transaction.
pub(super) fn transactions(bytes: &[u8]) -> impl Iterator<Item = Transaction<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let begin = message_start(rest)?;
        let (before, from) = rest.split_at(begin);
        let end = message_end(from);
        let (message, after) = from.split_at(end);
        rest = after;
        Some(Transaction { before, message })
    })
}

/// The place of the next `MSH` with a field separator and four marks.
fn message_start(bytes: &[u8]) -> Option<usize> {
    bytes.windows(8).position(|window| match window {
        [b'M', b'S', b'H', separator, marks @ ..] => {
            separator.is_ascii_punctuation() && marks.iter().all(u8::is_ascii_punctuation) && !marks.contains(separator)
        }
        _ => false,
    })
}

/// The length of the message at the start of the bytes: its header and all following lines that are segments. Blank lines between segments belong
/// to the message.
fn message_end(bytes: &[u8]) -> usize {
    let separator = bytes.get(3).copied().unwrap_or(b'|');
    let mut end = 0;
    let mut at = 0;
    for (number, line) in bytes.split(|byte| matches!(byte, b'\r' | b'\n')).enumerate() {
        let next = at + line.len() + 1;
        let is_segment = match line {
            [a, b, c, tail @ ..] => {
                a.is_ascii_uppercase()
                    && [b, c].iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
                    && tail.first().is_none_or(|byte| *byte == separator)
                    && !matches!(line.get(..3), Some(b"INS" | b"DEL"))
            }
            _ => false,
        };
        let is_next_message = number > 0 && line.starts_with(b"MSH");
        if is_next_message || (!line.is_empty() && !is_segment) {
            break;
        }
        if is_segment {
            end = next.min(bytes.len());
        }
        at = next;
    }
    end.max(1)
}
