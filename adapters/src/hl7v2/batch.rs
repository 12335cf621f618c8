//! Divides a file into its HL7 messages: one message, or a batch (HL7 v2.5 § 2.10.3: FHS, BHS, messages, BTS, FTS).

use std::io::Read;
use std::ops::Range;
use std::path::Path;

use super::MAX_MESSAGE_BYTES;
use crate::decode::DecodeFault;
use crate::regular_file::open_regular;
use crate::unit::{Identity, LeftOutRule, Met, Undecodable};

/// The maximum size of a file with a batch, in bytes.
pub(crate) const MAX_BATCH_BYTES: u64 = 256 << 20;

/// The messages of a file.
pub(crate) struct MessageFile {
    bytes: Vec<u8>,
    parts: Vec<(Range<usize>, String)>,
    /// The segments of the batch itself, and what is missing in the batch.
    pub(crate) beside: Vec<Met>,
}

impl MessageFile {
    /// The bytes of each message, and its place for reports.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (&[u8], &str)> {
        let parts = self.parts.iter();
        parts.map(|(range, locator)| (self.bytes.get(range.clone()).unwrap_or_default(), locator.as_str()))
    }
}

/// Reads a file with messages. `locator` names the file in reports.
///
/// # Errors
/// The file cannot be read, or is larger than the limit of a message or of a batch.
pub(crate) fn messages_of(file: &Path, locator: &str) -> Result<MessageFile, DecodeFault> {
    if !std::fs::metadata(file).map_err(|_| DecodeFault::Unreadable)?.is_file() {
        return Err(DecodeFault::NotAFile);
    }
    let mut file = open_regular(file).map_err(|_| DecodeFault::Unreadable)?;
    let mut bytes = Vec::new();
    let mut read = |bytes: &mut Vec<u8>, most: u64| {
        let rest = most + 1 - (bytes.len() as u64).min(most);
        Read::take(&mut file, rest).read_to_end(bytes).map_err(|_| DecodeFault::Unreadable)
    };
    read(&mut bytes, MAX_MESSAGE_BYTES as u64)?;
    let is_batch = starts_batch(&bytes);
    if is_batch {
        read(&mut bytes, MAX_BATCH_BYTES)?;
    }
    let limit = if is_batch { MAX_BATCH_BYTES } else { MAX_MESSAGE_BYTES as u64 };
    if bytes.len() as u64 > limit {
        return Err(DecodeFault::TooLarge);
    }
    Ok(match is_batch {
        true => batch(bytes, locator),
        false => single(bytes, locator),
    })
}

fn single(bytes: Vec<u8>, locator: &str) -> MessageFile {
    MessageFile {
        parts: vec![(0..bytes.len(), locator.to_owned())],
        bytes,
        beside: Vec::new(),
    }
}

/// Whether the bytes begin with the header of a file or a batch.
fn starts_batch(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    matches!(bytes, [b'F' | b'B', b'H', b'S', separator, ..] if separator.is_ascii_punctuation())
}

/// What the walk through a batch has seen.
#[derive(Default)]
struct Walk {
    /// The beginning of the open message.
    begin: Option<usize>,
    parts: Vec<Range<usize>>,
    /// The number of messages since the last BHS.
    in_batch: u64,
    /// Whether a BHS waits for its BTS, and an FHS for its FTS.
    open: [bool; 2],
    envelope: Vec<&'static str>,
    faults: Vec<(&'static str, &'static str)>,
}

impl Walk {
    fn close(&mut self, end: usize) {
        if let Some(begin) = self.begin.take() {
            self.parts.push(begin..end);
        }
    }

    /// Takes one line, which begins at `at`.
    fn line(&mut self, at: usize, line: &[u8]) {
        match line.get(..3) {
            Some(b"MSH") => {
                self.close(at);
                self.begin = Some(at);
                self.in_batch += 1;
            }
            Some(b"FHS") => {
                self.close(at);
                self.envelope.push("FHS");
                self.open[1] = true;
            }
            Some(b"BHS") => {
                self.close(at);
                self.envelope.push("BHS");
                self.open[0] = true;
                self.in_batch = 0;
            }
            Some(b"BTS") => {
                self.close(at);
                self.envelope.push("BTS");
                self.open[0] = false;
                if stated_count(line).is_some_and(|stated| stated != self.in_batch) {
                    let detail = "BTS-1 states another number of messages than the batch contains, so messages can be missing";
                    self.faults.push(("batch-count", detail));
                }
            }
            Some(b"FTS") => {
                self.close(at);
                self.envelope.push("FTS");
                self.open[1] = false;
            }
            _ if self.begin.is_none() && !line.trim_ascii().is_empty() => {
                let detail = "the batch has a line that belongs to no message";
                self.faults.push(("batch-line", detail));
            }
            _ => {}
        }
    }
}

/// The number of messages that a BTS segment states.
fn stated_count(line: &[u8]) -> Option<u64> {
    let separator = line.get(3)?;
    let field = line.get(4..)?.split(|byte| byte == separator).next()?;
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

fn batch(bytes: Vec<u8>, locator: &str) -> MessageFile {
    let mut walk = Walk::default();
    let mark = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let mut at = mark;
    for line in bytes.get(mark..).unwrap_or_default().split(|byte| matches!(byte, b'\r' | b'\n')) {
        walk.line(at, line);
        at += line.len() + 1;
    }
    if walk.begin.is_some() || walk.open.contains(&true) {
        // The last message may be cut short too, so it is not read.
        walk.begin = None;
        let detail = "the batch has no end (BTS, FTS), so its last message can be cut short and was not read";
        walk.faults.push(("batch-cut-short", detail));
    }
    if walk.parts.is_empty() && !walk.faults.is_empty() {
        // The reader of messages states why the bytes are no message.
        return single(bytes, locator);
    }
    walk.faults.dedup();
    let left_out = walk
        .envelope
        .iter()
        .map(|name| Met::LeftOut(LeftOutRule::SegmentNotRead, (*name).to_owned()));
    let refused = walk.faults.iter().map(|(reason_code, detail)| {
        Met::Undecodable(Undecodable {
            locator: locator.to_owned(),
            reason_code,
            detail: (*detail).to_owned(),
            identity: Identity::Content(super::digest(&bytes)),
        })
    });
    let beside = left_out.chain(refused).collect();
    let parts = walk.parts.into_iter().zip(1..);
    let parts = parts.map(|(range, number): (Range<usize>, u64)| (range, format!("{locator}#{number}")));
    MessageFile {
        parts: parts.collect(),
        beside,
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<&'static str>, usize) {
        let file = batch(text.as_bytes().to_vec(), "a");
        let messages = file
            .messages()
            .map(|(bytes, _)| String::from_utf8(bytes.to_vec()).unwrap_or_default());
        let codes = file.beside.iter().filter_map(|met| match met {
            Met::Undecodable(refused) => Some(refused.reason_code),
            _ => None,
        });
        let left_out = file.beside.iter().filter(|met| matches!(met, Met::LeftOut(..))).count();
        (messages.collect(), codes.collect(), left_out)
    }

    #[test]
    fn a_batch_is_divided_into_its_messages() {
        let whole = "FHS|^~\\&|A\rBHS|^~\\&|A\rMSH|1\rPID|1\rMSH|2\rPID|2\rBTS|2\rFTS|1\r";
        assert!(starts_batch(whole.as_bytes()));
        let messages = vec!["MSH|1\rPID|1\r".to_owned(), "MSH|2\rPID|2\r".to_owned()];
        assert_eq!(read(whole), (messages.clone(), vec![], 4));
        // Two batches without a file header, with other ends of lines and without numbers.
        let two = "\u{feff}BHS|^~\\&\r\nMSH|1\r\nBTS\r\nBHS|^~\\&\r\nMSH|2\r\nBTS|\r\n";
        assert!(starts_batch(two.as_bytes()));
        assert_eq!(read(two), (vec!["MSH|1\r\n".to_owned(), "MSH|2\r\n".to_owned()], vec![], 4));
    }

    #[test]
    fn what_is_missing_in_a_batch_is_refused() {
        let message = |number: u8| format!("MSH|{number}\rPID|{number}\r");
        assert_eq!(read("BHS|^~\\&\rMSH|1\rPID|1\rBTS|3\r"), (vec![message(1)], vec!["batch-count"], 2));
        assert_eq!(
            read("FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|1\rMSH|2\rPI"),
            (vec![message(1)], vec!["batch-cut-short"], 2)
        );
        assert_eq!(read("FHS|^~\\&\rBHS|^~\\&\rMSH|1\rPID|1\rBTS|1\r").1, ["batch-cut-short"]);
        assert_eq!(
            read("BHS|^~\\&\rPID|0\rMSH|1\rPID|1\rBTS|1\r"),
            (vec![message(1)], vec!["batch-line"], 2)
        );
        // An empty batch is read, and a header without a batch is no message.
        assert_eq!(read("BHS|^~\\&\rBTS|0\r"), (vec![], vec![], 2));
        assert_eq!(read("BHS|^~\\&\r"), (vec!["BHS|^~\\&\r".to_owned()], vec![], 0));
        assert!(!starts_batch(b"MSH|^~\\&"));
        assert!(!starts_batch(b""));
    }
}
