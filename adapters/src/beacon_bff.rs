//! Reads the Beacon Friendly Format (BFF): `individuals.json` and, beside it, `biosamples.json`, each an array of records of the Beacon v2 default
//! model.
//!
//! One unit is an individual with all biosamples that name the individual in `individualId`. The individual's `id` is a number of the site.
//!
//! * The records are `individual` and, inside it, `disease`, `phenotypicFeature`, `measure` and `biosample`.
//! * A nested member is a field with its path as name (`diseaseCode.id`). The second element of a list is `name(2)`.
//! * Only members on the lists of `record` enter a unit. `info` and `notes` never do: tools copy whole rows of their sources into them, with names and
//!   dates of birth.
//! * A record with a member that the model does not define has the field `@Unread`, because such a member can state that the disease is absent.

mod record;
mod unit;

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::value::RawValue;

use crate::decode::{is_utf16, utf16_text};
use crate::hl7v2::shown_name;
use crate::received_json::Node;
use crate::table::{bytes_of, repairs};
use crate::unit::{Identity, Met, Repair, Undecodable};

/// The maximum size of a file, in bytes.
pub const MAX_FILE_BYTES: u64 = 256 << 20;
/// The maximum size of one record, in bytes.
pub const MAX_RECORD_BYTES: usize = 16 << 20;
/// The maximum number of biosamples of one individual.
pub const MAX_BIOSAMPLES: usize = 10_000;

/// A record of a file.
struct Read {
    locator: String,
    node: Result<Node, &'static str>,
}

/// Why a whole file is refused: the reason code and the reason in words.
type Refused = (&'static str, &'static str);

/// Reads a file of individuals with the `biosamples.json` beside it. For a folder, reads its `individuals.json`.
///
/// * Nothing is read if one of the two files is refused (`unreadable`, `too-large`, `encoding`, `bad-json`): an individual without its biosamples
///   would lose those that are stored.
/// * A record is refused if it is no object or has a member twice (`bad-record`), has no id (`no-id`), or is a biosample of no individual of the
///   file (`unknown-individual`).
/// * An individual is refused if its id occurs twice with different content (`individual-id-twice`), or one of its biosamples does
///   (`biosample-id-twice`), or if it has too many biosamples (`too-many-biosamples`).
pub fn read(path: &Path, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let individuals = if path.is_dir() {
        path.join("individuals.json")
    } else {
        path.to_owned()
    };
    let beside = individuals.with_file_name("biosamples.json");
    let mut files = vec![individuals];
    if beside.is_file() && !files.contains(&beside) {
        files.push(beside);
    }
    let mut read = Vec::new();
    for file in files {
        match records(&file) {
            Ok((records, repairs)) => {
                for repair in repairs {
                    give(Met::Repaired(repair))?;
                }
                read.push(records);
            }
            Err((reason_code, detail)) => {
                return give(Met::Undecodable(Undecodable {
                    locator: shown_name(&file),
                    reason_code,
                    detail: detail.to_owned(),
                    identity: Identity::Place,
                }));
            }
        }
    }
    let mut read = read.into_iter();
    unit::units(read.next().unwrap_or_default(), read.next().unwrap_or_default(), give)
}

fn records(path: &Path) -> Result<(Vec<Read>, Vec<Repair>), Refused> {
    let mut bytes = bytes_of(path, MAX_FILE_BYTES).map_err(|fault| match fault.code() {
        "too-large" => ("too-large", "the file is larger than 256 MiB"),
        _ => ("unreadable", "the file cannot be read"),
    })?;
    let mut encoding = "utf-8";
    if is_utf16(&bytes) {
        let text = utf16_text(&bytes).ok_or(("encoding", "is not valid UTF-16"))?;
        (bytes, encoding) = (text.into_bytes(), "utf-16");
    }
    let (begin, plain) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(plain) => (3, plain),
        None => (0, &bytes[..]),
    };
    let text = std::str::from_utf8(plain).map_err(|_| ("encoding", "is not UTF-8"))?;
    let raws: Vec<&RawValue> = match text.trim_start().starts_with('[') {
        true => serde_json::from_str(text),
        false => serde_json::from_str(text).map(|one| vec![one]),
    }
    .map_err(|_| ("bad-json", "is no array of records"))?;
    let name = shown_name(path);
    let read = raws.into_iter().enumerate().map(|(at, raw)| Read {
        locator: format!("{name}#[{at}]"),
        node: match raw.get().len() > MAX_RECORD_BYTES {
            true => Err("is larger than 16 MiB"),
            false => Node::read(raw.get().as_bytes()).and_then(|node| match node {
                Node::Object(_) => Ok(node),
                _ => Err("is no object"),
            }),
        },
    });
    Ok((read.collect(), repairs(encoding, begin)))
}
