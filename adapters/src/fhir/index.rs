//! The first reading: finds the resources of patients, and their subjects.

use std::collections::{HashMap, HashSet};
use std::io::BufRead;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::bundle::{self, entry, envelope};
use super::identity::{Identifier, number};
use super::names::{Named, Subject};
use super::record::{shown, unread_members};
use super::source::{self, Refused};
use super::{MAX_PATIENTS, MAX_REFUSED, MAX_RESOURCE_BYTES, MAX_RESOURCES, Options};
use crate::json_scan::{Found, Part, Stop, scan};
use crate::received_json::Node;
use crate::unit::{Identity, LeftOutRule, Met, Repair, Undecodable, UnitAccount};

/// The kinds of resources that a unit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Patient,
    Condition,
    Observation,
    Specimen,
}

impl Kind {
    fn of(resource_type: &str) -> Option<Self> {
        match resource_type {
            "Patient" => Some(Self::Patient),
            "Condition" => Some(Self::Condition),
            "Observation" => Some(Self::Observation),
            "Specimen" => Some(Self::Specimen),
            _ => None,
        }
    }
}

/// The place of a resource or of its Bundle entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) file: u32,
    /// The Bundle of the resource; 0 for resources outside Bundles.
    pub(super) container: u32,
    pub(super) offset: u64,
    pub(super) length: u32,
    /// The position of the document in the file, or of the line.
    document: u32,
    /// The position of the entry in the Bundle.
    entry: Option<u32>,
}

/// A resource of a patient.
pub(super) struct Resource {
    pub(super) place: Place,
    pub(super) kind: Kind,
    /// The index of its subject in [`Index::subjects`].
    pub(super) subject: u32,
}

/// A Patient resource.
pub(super) struct Patient {
    pub(super) place: Place,
    pub(super) named: Named,
    pub(super) number: Result<Identifier, Refused>,
}

/// A Bundle, or (at index 0) all resources outside Bundles.
#[derive(Clone, Debug, Default)]
pub(super) struct Container {
    pub(super) is_closed: bool,
    /// Whether the Bundle is a page of a search result.
    pub(super) is_page: bool,
    /// The address of the next page.
    pub(super) next: Option<String>,
    pub(super) time: Option<String>,
}

/// The places of all resources of a call.
#[derive(Default)]
pub(super) struct Index {
    pub(super) files: Vec<PathBuf>,
    pub(super) containers: Vec<Container>,
    pub(super) patients: Vec<Patient>,
    pub(super) resources: Vec<Resource>,
    /// The different subjects.
    pub(super) subjects: Vec<Subject>,
    known: HashMap<Subject, u32>,
    /// The addresses of the pages of search results.
    pages: HashSet<String>,
    /// Whether a file or a Bundle was refused, so that resources of any patient can be missing.
    pub(super) is_incomplete: bool,
    refused: usize,
}

/// What was found in the current document.
#[derive(Default)]
struct Document {
    patients: usize,
    resources: usize,
    entries: u32,
    /// The resources that are refused by themselves.
    refused: Vec<Undecodable>,
    account: UnitAccount,
    /// Why the whole Bundle is refused.
    fault: Option<Refused>,
    composition: Option<String>,
}

impl Index {
    /// Reads a file for the first time.
    pub(super) fn file(&mut self, path: &Path, options: &Options, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
        if self.containers.is_empty() {
            self.containers.push(Container::default());
        }
        let file = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.push(path.to_owned());
        let mut opened = match source::open(path) {
            Ok(opened) => opened,
            Err(refused) => {
                self.is_incomplete = true;
                return give(Met::Undecodable(undecodable(crate::hl7v2::shown_name(path), refused)));
            }
        };
        if opened.begin > 0 {
            give(Met::Repaired(Repair::ByteOrderMark))?;
        }
        let is_lines = is_lines(path);
        let mut reading = Reading {
            index: self,
            options,
            file,
            name: crate::hl7v2::shown_name(path),
            is_lines,
            documents: 0,
            current: Document::default(),
            given: Vec::new(),
        };
        reading.begin();
        if is_lines {
            reading.lines(&mut opened.reader, opened.begin, give)
        } else {
            reading.documents(&mut opened.reader, opened.begin, give)
        }
    }

    /// Whether the files contain a page of a search result and not the page after it.
    pub(super) fn lacks_page(&self) -> bool {
        let mut next = self.containers.iter().filter_map(|container| container.next.as_ref());
        next.any(|next| !self.pages.contains(next))
    }

    /// The place of a resource, for reports.
    pub(super) fn locator(&self, place: &Place) -> String {
        let path = self.files.get(place.file as usize);
        let name = path.map(|path| crate::hl7v2::shown_name(path)).unwrap_or_default();
        let is_lines = path.is_some_and(|path| is_lines(path));
        located(&name, is_lines, place.document, place.entry)
    }

    fn subject(&mut self, subject: Subject) -> u32 {
        let next = u32::try_from(self.subjects.len()).unwrap_or(u32::MAX);
        let at = *self.known.entry(subject.clone()).or_insert(next);
        if at == next {
            self.subjects.push(subject);
        }
        at
    }
}

fn is_lines(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("ndjson") || e.eq_ignore_ascii_case("jsonl"))
}

fn located(name: &str, is_lines: bool, document: u32, entry: Option<u32>) -> String {
    let part = if is_lines {
        format!("#line[{document}]")
    } else {
        format!("#[{document}]")
    };
    match entry {
        Some(entry) => format!("{name}{part}/entry[{entry}]"),
        None => format!("{name}{part}"),
    }
}

fn undecodable(locator: String, (reason_code, detail): Refused) -> Undecodable {
    Undecodable {
        locator,
        reason_code,
        detail: detail.to_owned(),
        identity: Identity::Place,
    }
}

struct Reading<'i> {
    index: &'i mut Index,
    options: &'i Options,
    file: u32,
    name: String,
    is_lines: bool,
    /// The number of documents before the current one.
    documents: u32,
    current: Document,
    /// The reports of the documents that were read.
    given: Vec<Met>,
}

impl Reading<'_> {
    /// Reads documents one after the other.
    fn documents(&mut self, reader: &mut dyn BufRead, begin: u64, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut flow = ControlFlow::Continue(());
        let result = scan(reader, begin, &mut |found| {
            self.found(found);
            for met in self.given.drain(..) {
                if flow.is_continue() {
                    flow = give(met);
                }
            }
        });
        flow?;
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(stop) => {
                self.drop_document();
                self.index.is_incomplete = true;
                give(Met::Undecodable(undecodable(self.name.clone(), of_stop(stop))))
            }
        }
    }

    /// Reads one document in each line. A faulty line does not affect the others.
    fn lines(&mut self, reader: &mut dyn BufRead, begin: u64, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
        let mut offset = begin;
        let mut line = Vec::new();
        loop {
            line.clear();
            let most = MAX_RESOURCE_BYTES as u64 + 2;
            let read = std::io::Read::take(&mut *reader, most).read_until(b'\n', &mut line);
            let Ok(count) = read else {
                self.index.is_incomplete = true;
                return give(Met::Undecodable(undecodable(self.name.clone(), of_stop(Stop::Unreadable))));
            };
            if count == 0 {
                return ControlFlow::Continue(());
            }
            let is_whole = line.ends_with(b"\n");
            let start = offset;
            offset += count as u64;
            if !is_whole && count as u64 == most {
                match skip_line(reader) {
                    Ok(skipped) => offset += skipped,
                    Err(()) => self.index.is_incomplete = true,
                }
                self.refuse_document(("too-large", "the line is larger than a resource may be"));
            } else if !line.iter().all(u8::is_ascii_whitespace) {
                let before = self.documents;
                let result = scan(&mut line.as_slice(), start, &mut |found| self.found(found));
                match result {
                    Err(_) if !is_whole => {
                        self.drop_document();
                        self.index.is_incomplete = true;
                        self.given
                            .push(Met::Undecodable(undecodable(self.name.clone(), of_stop(Stop::CutShort))));
                    }
                    Err(_) => self.refuse_document(("bad-json", "the line is not one JSON object")),
                    Ok(()) => self.documents = before + 1,
                }
            }
            for met in self.given.drain(..) {
                give(met)?;
            }
            if self.index.refused > MAX_REFUSED {
                self.index.is_incomplete = true;
                let detail = (
                    "too-many-refused",
                    "too many resources of the file are refused; the rest of the file is not read",
                );
                return give(Met::Undecodable(undecodable(self.name.clone(), detail)));
            }
        }
    }

    /// Refuses a line of its own. Its resource can belong to any patient.
    fn refuse_document(&mut self, refused: Refused) {
        self.drop_document();
        self.index.refused += 1;
        self.given.push(Met::Undecodable(undecodable(
            located(&self.name, self.is_lines, self.documents, None),
            refused,
        )));
        self.documents += 1;
    }

    /// Forgets the resources of the current document.
    fn drop_document(&mut self) {
        self.index.patients.truncate(self.current.patients.min(self.index.patients.len()));
        self.index
            .resources
            .truncate(self.current.resources.min(self.index.resources.len()));
        self.begin();
    }

    fn begin(&mut self) {
        self.current = Document {
            patients: self.index.patients.len(),
            resources: self.index.resources.len(),
            ..Document::default()
        };
    }

    fn found(&mut self, found: Found<'_>) {
        match found {
            Found::Begin => self.begin(),
            Found::Entry(part) => self.entry(&part),
            Found::End(part) => {
                self.end(&part);
                self.documents += 1;
            }
        }
    }

    fn entry(&mut self, part: &Part<'_>) {
        let at = self.current.entries;
        self.current.entries = at.saturating_add(1);
        let container = u32::try_from(self.index.containers.len()).unwrap_or(u32::MAX);
        let place = self.place(part, container, Some(at));
        let node = match part.bytes.map(Node::read) {
            None => return self.refuse_resource(&place, "too-large", "the entry is larger than a resource may be"),
            Some(Err(why)) => return self.refuse_resource(&place, "bad-resource", why),
            Some(Ok(node)) => node,
        };
        match entry(&node, &mut self.current.account) {
            Err(refused) => {
                self.current.fault.get_or_insert(refused);
            }
            Ok(None) => {}
            Ok(Some(entry)) => {
                if entry.resource.text("resourceType") == Some("Composition") {
                    self.current.composition = entry.resource.text("status").map(str::to_owned);
                }
                self.resource(entry.resource, entry.full_url, place);
            }
        }
    }

    /// The end of a document: a Bundle, or a resource.
    fn end(&mut self, part: &Part<'_>) {
        let node = match part.bytes.map(Node::read) {
            None => return self.refuse_bundle(("too-large", "a document without its entries is larger than a resource may be")),
            Some(Err(_)) => return self.refuse_bundle(("bad-json", "a document is not valid JSON, or has a member twice")),
            Some(Ok(node)) => node,
        };
        if node.text("resourceType") == Some("Bundle") {
            let composition = self.current.composition.take();
            let judged = match self.current.fault {
                Some(refused) => Err(refused),
                None => envelope(&node, composition.as_deref(), &mut self.current.account),
            };
            match judged {
                Err(refused) => return self.refuse_bundle(refused),
                Ok(envelope) => {
                    let [own, next] = envelope.pages;
                    self.index.pages.extend(own);
                    self.index.containers.push(Container {
                        is_closed: envelope.is_closed,
                        is_page: envelope.is_page,
                        next: next.filter(|_| envelope.is_page),
                        time: envelope.time,
                    });
                }
            }
        } else {
            // The list `entry` of another resource has no resources.
            self.drop_document();
            let place = self.place(part, 0, None);
            self.resource(&node, None, place);
        }
        let Document { refused, account, .. } = std::mem::take(&mut self.current);
        self.begin();
        self.index.refused += refused.len();
        self.given.extend(refused.into_iter().map(Met::Undecodable));
        for (rule, names) in account.left_out {
            for (name, count) in names {
                self.given.extend((0..count).map(|_| Met::LeftOut(rule, name.clone())));
            }
        }
    }

    fn refuse_bundle(&mut self, refused: Refused) {
        self.drop_document();
        self.index.is_incomplete = true;
        self.index.refused += 1;
        let locator = located(&self.name, self.is_lines, self.documents, None);
        self.given.push(Met::Undecodable(undecodable(locator, refused)));
    }

    fn refuse_resource(&mut self, place: &Place, reason_code: &'static str, detail: &str) {
        if self.current.refused.len() >= MAX_REFUSED {
            self.current
                .fault
                .get_or_insert(("too-many-refused", "too many entries of the Bundle are refused"));
            return;
        }
        self.current.refused.push(Undecodable {
            locator: located(&self.name, self.is_lines, place.document, place.entry),
            reason_code,
            detail: detail.to_owned(),
            identity: Identity::Place,
        });
    }

    fn place(&self, part: &Part<'_>, container: u32, entry: Option<u32>) -> Place {
        Place {
            file: self.file,
            container,
            offset: part.offset,
            length: u32::try_from(part.length).unwrap_or(u32::MAX),
            document: self.documents,
            entry,
        }
    }

    fn resource(&mut self, node: &Node, full_url: Option<&str>, place: Place) {
        let Some(resource_type) = node.text("resourceType") else {
            return self.refuse_resource(&place, "bad-resource", "has no resourceType");
        };
        let Some(kind) = Kind::of(resource_type) else {
            if resource_type == "Bundle" {
                return self.refuse_resource(&place, "nested-bundle", "is a Bundle inside a Bundle");
            }
            let name = Some(shown(resource_type)).filter(|name| name.starts_with(|c: char| c.is_ascii_uppercase()));
            self.current
                .account
                .leave_out(LeftOutRule::ResourceNotRead, name.unwrap_or("(unknown)"));
            return;
        };
        let is_full = self.index.resources.len() >= MAX_RESOURCES || self.index.patients.len() >= MAX_PATIENTS;
        if is_full || place.length == u32::MAX {
            self.index.is_incomplete = true;
            return self.refuse_resource(&place, "too-large", "the files of the call have too many resources");
        }
        if kind == Kind::Patient {
            let number = patient_number(node, self.options);
            self.index.patients.push(Patient {
                place,
                named: Named::new(node, full_url, place.container, number.as_ref().ok()),
                number,
            });
        } else {
            let subject = self.index.subject(Subject::of(node, full_url, place.container));
            self.index.resources.push(Resource { place, kind, subject });
        }
    }
}

/// Whether the patient is stated as deceased, by a yes or by a date.
fn is_deceased(node: &Node) -> bool {
    matches!(node.get("deceasedBoolean"), Some(Node::Bool(true))) || node.text("deceasedDateTime").is_some()
}

/// The number of a patient, or the reason for which the patient is refused. `active`, `link` and extensions that modify can state that the resource
/// is not the record of this person (R4 § 8.1.2, members marked as modifiers).
fn patient_number(node: &Node, options: &Options) -> Result<Identifier, Refused> {
    if !unread_members(node).is_empty() {
        let detail = "the Patient has a modifierExtension, implicitRules, or is incomplete (SUBSETTED)";
        return Err(("modifier-not-understood", detail));
    }
    match node.get("active") {
        None | Some(Node::Bool(true)) => {}
        // Systems mark the records of deceased patients as inactive (R4 Patient.active).
        Some(Node::Bool(false)) if is_deceased(node) => {}
        Some(_) => return Err(("inactive-patient", "Patient.active states that the record is not in use")),
    }
    if node
        .list("link")
        .iter()
        .any(|link| link.text("type").is_none_or(|kind| kind == "replaced-by"))
    {
        return Err(("replaced-patient", "Patient.link states that another record replaces this one"));
    }
    number(node, &options.patient).map_err(|code| match code {
        "several-numbers" => (
            code,
            "the Patient has several identifiers; state the system of the number in the profile",
        ),
        code => (code, "the Patient has no identifier that the profile chooses"),
    })
}

fn of_stop(stop: Stop) -> Refused {
    match stop {
        Stop::CutShort => ("cut-short", "the file ends inside a JSON value"),
        Stop::NotJson => ("unknown-form", "the file is not JSON objects one after the other, or in a list"),
        Stop::Unreadable => ("unreadable", "the file cannot be read"),
    }
}

/// Skips the rest of a line. Returns the number of bytes.
fn skip_line(reader: &mut dyn BufRead) -> Result<u64, ()> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf().map_err(|_| ())?;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(buffer.len(), |end| end + 1);
        reader.consume(count);
        skipped += count as u64;
        if end.is_some() || count == 0 {
            return Ok(skipped);
        }
    }
}

/// The time of the last change of a resource (`meta.lastUpdated`), in universal time.
pub(super) fn last_updated(node: &Node) -> Option<String> {
    node.get("meta").and_then(|meta| meta.text("lastUpdated")).and_then(bundle::instant)
}
