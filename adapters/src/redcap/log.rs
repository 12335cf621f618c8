//! Reads the logging of a project, of the API (`content=log`) or of the page of the project. A deletion of a record is visible only there.
//!
//! Of the logging, only the last event of each record is kept: whether the record exists, and whether it was deleted or renamed. The names of users and the
//! values in the details are not kept.

mod action;

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::rows::{Row, Rows};
use super::source::{SizeLimit, Source};
use super::{MAX_CONVERTED_BYTES, MAX_EXPORT_BYTES, Refused};
use crate::unit::{Field, Identity, LeftOutRule, Met, Record, Undecodable, Unit, UnitAccount};

pub(super) use action::{Event, Kind, event};

/// The part of a file in which the header of a logging must be, in bytes.
const HEAD_BYTES: u64 = 4096;

/// Whether the columns are those of the logging: of the API (`timestamp,username,action,details`), or of the page of the project.
pub(super) fn is_log(rows: &Rows) -> bool {
    let has = |names: &[&str]| names.iter().all(|name| rows.column(name).is_some());
    has(&["timestamp", "username", "action", "details"]) || has(&["Time / Date", "Username", "Action"])
}

/// Whether the first bytes of a file could be those of a logging. The file is then opened, and its header decides.
pub(super) fn could_be_log(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    // A file in UTF-16 has a NUL beside each ASCII character.
    head.retain(|byte| *byte != 0);
    let has = |name: &str| head.windows(name.len()).any(|part| part == name.as_bytes());
    read.is_ok() && (["timestamp", "username", "action", "details"].into_iter().all(has) || (has("Time / Date") && has("Action")))
}

/// The last events of one record in one file that have the same time.
struct Last {
    time: String,
    first: Kind,
    last: Kind,
}

/// Whether the rows of a file are in the order of time, or in the opposite order.
#[derive(Default)]
struct Order {
    before: String,
    has_rise: bool,
    has_fall: bool,
}

/// What the logging states about a record at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fate {
    time: String,
    /// `None` if several events have this time, and their order is not certain.
    kind: Option<Kind>,
    /// The file of the event.
    file: String,
}

/// What the logging files of a call state about the records of the project.
#[derive(Default)]
pub(super) struct Log {
    fates: BTreeMap<String, Fate>,
    /// Whether records of the exports could be missing, because a file or a record of them was refused.
    pub(super) is_export_cut: bool,
    /// The records with a fate that an export contains.
    exported: std::collections::HashSet<String>,
}

impl Log {
    /// Reads a logging file.
    pub(super) fn read(&mut self, path: &Path, record_id: &str, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
        let name = crate::hl7v2::shown_name(path);
        let mut unread = Vec::new();
        let mut others = 0;
        let read = self.rows(path, &name, record_id, &mut unread, &mut others);
        for _ in 0..others {
            give(Met::LeftOut(LeftOutRule::FileNotRead, "logging row".to_owned()))?;
        }
        for number in unread {
            give(undecodable(
                format!("{name}#row[{number}]"),
                "unknown-deletion",
                "the row states a deletion, but its record is not certain",
            ))?;
        }
        match read {
            Ok(()) => ControlFlow::Continue(()),
            Err(refused) => give(undecodable(name, refused.reason_code, &refused.detail)),
        }
    }

    fn rows(&mut self, path: &Path, name: &str, record_id: &str, unread: &mut Vec<u64>, others: &mut u64) -> Result<(), Refused> {
        let limit = SizeLimit {
            utf_8_bytes: MAX_EXPORT_BYTES,
            converted_bytes: MAX_CONVERTED_BYTES,
        };
        let rows = Rows::open(Source::open(path, limit)?)?;
        let column = |names: [&str; 2]| names.into_iter().find_map(|name| rows.column(name));
        let time = column(["timestamp", "Time / Date"]);
        let (action, record) = (column(["action", "Action"]), column(["record", "Record"]));
        let details = column(["details", "List of Data Changes OR Fields Exported"]);
        let mut found: HashMap<String, Last> = HashMap::new();
        let mut order = Order::default();
        let mut number = 0;
        rows.all(&mut |row: Row| {
            number += 1;
            let at = row.cell(time).trim();
            if !is_time(at) {
                let detail = format!(
                    "row {number} has a time that is not YYYY-MM-DD HH:MM; export the logging by the API, or with this form of times"
                );
                return Err(Refused::new("log-time", detail));
            }
            order.see(at);
            match event(row.cell(action), row.cell(record), row.cell(details), record_id) {
                Event::Of(list) => {
                    for (record, kind) in list {
                        see(&mut found, record, at, kind);
                    }
                }
                Event::UnreadDeletion => unread.push(number),
                Event::Other => *others += 1,
            }
            Ok(())
        })?;
        for (record, last) in found {
            let kind = match (order.has_rise, order.has_fall) {
                _ if last.first == last.last => Some(last.last),
                (true, false) => Some(last.last),
                (false, true) => Some(last.first),
                _ => None,
            };
            self.merge(record, last.time, kind, name);
        }
        Ok(())
    }

    fn merge(&mut self, record: String, time: String, kind: Option<Kind>, file: &str) {
        let fate = Fate {
            time,
            kind,
            file: file.to_owned(),
        };
        match self.fates.get_mut(&record) {
            Some(known) if known.time > fate.time => {}
            Some(known) if known.time == fate.time && known.kind != fate.kind => known.kind = None,
            Some(known) => *known = fate,
            None => {
                self.fates.insert(record, fate);
            }
        }
    }

    /// Notes that an export contains a record. Returns whether the record exists: an export can be older than the deletion in the logging.
    pub(super) fn exists(&mut self, record: &str) -> bool {
        let Some(fate) = self.fates.get(record) else { return true };
        self.exported.insert(record.to_owned());
        // If the order of a deletion and another event is not certain, the record in the export decides.
        !matches!(fate.kind, Some(Kind::Deleted | Kind::Renamed))
    }

    /// Gives a void unit for each record that was deleted or renamed.
    pub(super) fn deletions(&self, record_id: &str, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
        for (at, (record, fate)) in self.fates.iter().enumerate() {
            let locator = format!("{}#deleted[{at}]", fate.file);
            let is_exported = self.exported.contains(record);
            match fate.kind {
                Some(Kind::Exists) => {}
                Some(Kind::DeletedInArm) | None if is_exported => {}
                Some(Kind::DeletedInArm) | None if self.is_export_cut => {
                    let detail = "the record was deleted at least in part, and the exports of the call do not show whether it exists";
                    give(undecodable(locator, "unknown-deletion", detail))?;
                }
                None => {
                    let detail = "the record was deleted and changed within a minute, and the logging does not show the order";
                    give(undecodable(locator, "unknown-deletion", detail))?;
                }
                Some(Kind::Deleted | Kind::Renamed | Kind::DeletedInArm) => give(Met::Unit(void(record, record_id, locator, &fate.time)))?,
            }
        }
        ControlFlow::Continue(())
    }
}

/// Adds an event of a record, in the order of the file.
fn see(found: &mut HashMap<String, Last>, record: String, time: &str, kind: Kind) {
    match found.get_mut(&record) {
        Some(known) if known.time.as_str() > time => {}
        Some(known) if known.time == time => known.last = kind,
        _ => {
            found.insert(
                record,
                Last {
                    time: time.to_owned(),
                    first: kind,
                    last: kind,
                },
            );
        }
    }
}

impl Order {
    fn see(&mut self, time: &str) {
        if !self.before.is_empty() {
            self.has_rise |= time > self.before.as_str();
            self.has_fall |= time < self.before.as_str();
        }
        time.clone_into(&mut self.before);
    }
}

/// Whether a text is a time such as `2026-04-01 12:00`, so that texts sort in the order of time.
fn is_time(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    matches!(shape.as_str(), "0000-00-00 00:00" | "0000-00-00 00:00:00")
}

fn void(record: &str, record_id: &str, locator: String, time: &str) -> Unit {
    let mut account = UnitAccount::default();
    account.leave_out(LeftOutRule::DeletedUnit, "record");
    Unit {
        locator,
        key: record.to_owned(),
        version: String::new(),
        // The digest does not cover the id of the record, so that the id cannot be found by trial.
        sha256: hex::encode(Sha256::digest(format!("deleted {time}"))),
        records: vec![Record {
            kind: "row".to_owned(),
            parent: None,
            offset: None,
            fields: BTreeMap::from([(record_id.to_owned(), Field::Value(record.to_owned()))]),
        }],
        deleted: true,
        encoding: "",
        account,
    }
}

fn undecodable(locator: String, reason_code: &'static str, detail: &str) -> Met {
    Met::Undecodable(Undecodable {
        locator,
        reason_code,
        detail: detail.to_owned(),
        identity: Identity::Place,
    })
}
