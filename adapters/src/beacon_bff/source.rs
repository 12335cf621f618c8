//! A file of records: where each record is, and the records themselves, read again.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{MAX_CONVERTED_BYTES, MAX_RECORDS, Refused};
use crate::decode::{is_utf16, utf16_text};
use crate::json_scan::{Part, Stop, elements};
use crate::received_json::Node;
use crate::regular_file::open_regular;
use crate::table::repairs;
use crate::unit::Repair;

/// A record of a file.
pub(super) struct Place {
    /// The position in the list, from 0.
    pub(super) number: u64,
    offset: u64,
    length: usize,
    pub(super) digest: [u8; 32],
}

/// What is needed of a record before its individual is complete: its id, and the individual that a biosample names.
pub(super) struct Ids {
    pub(super) id: Option<String>,
    pub(super) individual: Option<String>,
}

/// A record, or why it is refused.
pub(super) type Found = (Place, Result<Ids, &'static str>);

enum Body {
    Disk(BufReader<File>),
    Memory(Vec<u8>),
}

/// A file of records, all of which are found.
pub(super) struct Source {
    name: String,
    body: Body,
    begin: u64,
    pub(super) found: Vec<Found>,
}

impl Source {
    pub(super) fn open(path: &Path, name: String) -> Result<Self, Refused> {
        let unreadable = ("unreadable", "the file cannot be read");
        let file = open_regular(path).map_err(|_| unreadable)?;
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(unreadable);
        }
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let head = reader.fill_buf().map_err(|_| unreadable)?;
        let begin = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut source = Self {
            body: match is_utf16(head) {
                false => Body::Disk(reader),
                true => Body::Memory(converted(reader)?),
            },
            name,
            begin,
            found: Vec::new(),
        };
        source.find()?;
        Ok(source)
    }

    pub(super) fn repairs(&self) -> Vec<Repair> {
        let encoding = match self.body {
            Body::Disk(_) => "utf-8",
            Body::Memory(_) => "utf-16",
        };
        repairs(encoding, usize::from(self.begin > 0))
    }

    pub(super) fn locator(&self, number: u64) -> String {
        format!("{}#[{number}]", self.name)
    }

    /// The record at a place; `None` if the file changed since it was found.
    pub(super) fn record(&mut self, place: &Place) -> Option<Node> {
        let bytes = match &mut self.body {
            Body::Disk(reader) => {
                let mut bytes = vec![0; place.length];
                reader.seek(SeekFrom::Start(place.offset)).ok()?;
                reader.read_exact(&mut bytes).ok()?;
                bytes
            }
            Body::Memory(text) => {
                let from = usize::try_from(place.offset).ok()?;
                text.get(from..from.checked_add(place.length)?)?.to_vec()
            }
        };
        let node = Node::read(&bytes).ok()?;
        (digest(&node) == place.digest).then_some(node)
    }

    fn find(&mut self) -> Result<(), Refused> {
        let found = &mut self.found;
        let mut is_full = false;
        let mut take = |part: Part<'_>| match found.len() < MAX_RECORDS {
            true => found.push(record(&part, found.len() as u64)),
            false => is_full = true,
        };
        let result = match &mut self.body {
            Body::Disk(reader) => {
                reader.consume(usize::try_from(self.begin).unwrap_or(0));
                elements(reader, self.begin, &mut take)
            }
            Body::Memory(text) => elements(&mut text.as_slice(), 0, &mut take),
        };
        match result {
            _ if is_full => Err(("too-many-records", "the file has more than 5,000,000 records")),
            Ok(()) => Ok(()),
            Err(Stop::Unreadable) => Err(("unreadable", "the file cannot be read")),
            Err(Stop::CutShort | Stop::NotJson) => Err(("bad-json", "is no array of records")),
        }
    }
}

fn converted(reader: BufReader<File>) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let read = reader.take(MAX_CONVERTED_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|_| ("unreadable", "the file cannot be read"))?;
    if bytes.len() as u64 > MAX_CONVERTED_BYTES {
        return Err(("too-large", "the file is in UTF-16 and larger than 256 MiB"));
    }
    let text = utf16_text(&bytes).ok_or(("encoding", "is not valid UTF-16"))?;
    Ok(text.into_bytes())
}

fn record(part: &Part<'_>, number: u64) -> Found {
    let node = match part.bytes {
        None => Err("is larger than 16 MiB"),
        Some(bytes) => Node::read(bytes).and_then(|node| match node {
            Node::Object(_) => Ok(node),
            _ => Err("is no object"),
        }),
    };
    let place = Place {
        number,
        offset: part.offset,
        length: part.bytes.map_or(0, <[u8]>::len),
        digest: node.as_ref().map_or([0; 32], digest),
    };
    let ids = node.map(|node| Ids {
        id: text(&node, "id"),
        individual: text(&node, "individualId"),
    });
    (place, ids)
}

fn digest(node: &Node) -> [u8; 32] {
    let mut digest = Sha256::new();
    node.digest(&mut digest);
    digest.finalize().into()
}

/// The text of a member; a number by its digits. `None` for any other value.
fn text(node: &Node, name: &str) -> Option<String> {
    match node.get(name)? {
        Node::Text(text) | Node::Number(text) if !text.trim().is_empty() => Some(text.clone()),
        Node::Text(_) | Node::Number(_) | Node::Null | Node::Bool(_) | Node::List(_) | Node::Object(_) => None,
    }
}
