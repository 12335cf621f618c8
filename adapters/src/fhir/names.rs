//! The names by which resources refer to patients (R4 § 2.3.0, § 2.36.4.1).
//!
//! A name is valid in its Bundle first. An address (`http://…`, `urn:uuid:…`) is then valid in all files of the call, except in a document, whose
//! resources refer only to each other. A relative reference (`Patient/1`) of a resource whose `fullUrl` is an address on a server means the patient
//! on that server. Any other relative reference is valid only in its Bundle, or among the resources outside Bundles and on the pages of search
//! results, which belong together: in any other Bundle, which another server can have written, the same name can be another person.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::identity::{Identifier, identifiers, one};
use crate::received_json::Node;

/// The digest of a name.
pub(super) type Key = [u8; 16];

fn key(parts: &[&str]) -> Key {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(format!("{}:{part}", part.len()));
    }
    let mut key = [0; 16];
    key.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
    key
}

/// The key of an identifier. The key of a number finds a patient. Any other identifier, such as the number of an insurance, can be shared by
/// several persons, so it can only contradict.
fn of_identifier(kind: &str, identifier: &Identifier) -> Key {
    key(&[kind, &identifier.system, &identifier.value])
}

const NUMBER: &str = "number";
const ANY: &str = "i";

/// A name inside a Bundle, and in the whole call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Scoped {
    inside: Key,
    anywhere: Key,
    is_relative: bool,
}

/// A name of the kind `u` (an address), `r` (relative) or `n` (relative, of a patient without a server).
fn scoped(kind: &str, container: u32, name: &str) -> Scoped {
    Scoped {
        inside: key(&[kind, &container.to_string(), name]),
        anywhere: key(&[kind, name]),
        is_relative: kind != "u",
    }
}

/// The address of a resource on a server: the base, and `Type/id`. `None` if the text is no such address.
pub(super) fn address(url: &str) -> Option<(&str, &str)> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return None;
    }
    let (rest, id) = url.rsplit_once('/')?;
    let (base, kind) = rest.rsplit_once('/')?;
    let is_type = kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.bytes().all(|b| b.is_ascii_alphabetic());
    let tail = url.get(base.len() + 1..)?;
    (is_type && !id.is_empty()).then_some((base, tail))
}

/// The text of a reference without the version of the resource.
fn unversioned(reference: &str) -> &str {
    reference.split_once("/_history/").map_or(reference, |(name, _)| name)
}

/// The names of one Patient resource.
pub(super) struct Named {
    names: Vec<Scoped>,
    number: Option<Key>,
    identifiers: Vec<Key>,
}

impl Named {
    pub(super) fn new(patient: &Node, full_url: Option<&str>, container: u32, number: Option<&Identifier>) -> Self {
        let mut names: Vec<Scoped> = full_url.map(|url| scoped("u", container, url)).into_iter().collect();
        let on_server = full_url.and_then(address);
        let relative = match on_server {
            Some((_, tail)) => Some(tail.to_owned()),
            None => patient.text("id").map(|id| format!("Patient/{id}")),
        };
        if let Some(relative) = relative {
            names.push(scoped("r", container, &relative));
            if on_server.is_none() {
                names.push(scoped("n", container, &relative));
            }
        }
        let identifiers = identifiers(patient)
            .iter()
            .map(|(identifier, _)| of_identifier(ANY, identifier))
            .collect();
        Self {
            names,
            number: number.map(|number| of_identifier(NUMBER, number)),
            identifiers,
        }
    }
}

/// What the subject of a resource is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Subject {
    /// The resource has no subject.
    Absent,
    /// The subject is no patient.
    Other,
    /// The subject is named.
    Named {
        container: u32,
        /// The names of the reference, in the order of trial: inside the Bundle, anywhere, and whether it is relative.
        names: Vec<(Key, Key, bool)>,
        /// The identifiers of the patient: as numbers, and as any identifiers.
        identifiers: Vec<(Key, Key)>,
    },
}

impl Subject {
    /// Reads the subject of a resource.
    pub(super) fn of(resource: &Node, full_url: Option<&str>, container: u32) -> Self {
        let Some(subject) = resource.get("subject") else {
            return Self::Absent;
        };
        let mut names: Vec<Scoped> = Vec::new();
        let mut known: Vec<Identifier> = subject.get("identifier").and_then(one).into_iter().collect();
        let is_other = |kind: &str| kind != "Patient";
        if subject.text("type").is_some_and(is_other) {
            return Self::Other;
        }
        let reference = unversioned(subject.text("reference").unwrap_or_default().trim());
        if let Some(id) = reference.strip_prefix('#') {
            let contained = resource.list("contained").iter().find(|inner| inner.text("id") == Some(id));
            match contained.map(|inner| (inner.text("resourceType"), inner)) {
                Some((Some("Patient"), patient)) => known.extend(identifiers(patient).into_iter().map(|(identifier, _)| identifier)),
                Some(_) => return Self::Other,
                None => {}
            }
        } else if let Some((kind, query)) = reference.split_once('?') {
            if is_other(kind) {
                return Self::Other;
            }
            known.extend(searched(query));
        } else if let Some((base, tail)) = address(reference) {
            if !tail.starts_with("Patient/") {
                return Self::Other;
            }
            names.push(scoped("u", container, &format!("{base}/{tail}")));
            names.push(scoped("n", container, tail));
        } else if reference.contains(':') {
            names.push(scoped("u", container, reference));
        } else if let Some((kind, _)) = reference.split_once('/') {
            if is_other(kind) {
                return Self::Other;
            }
            match full_url.and_then(address) {
                Some((base, _)) => {
                    names.push(scoped("u", container, &format!("{base}/{reference}")));
                    names.push(scoped("n", container, reference));
                }
                None => names.push(scoped("r", container, reference)),
            }
        }
        Self::Named {
            container,
            names: names
                .into_iter()
                .map(|name| (name.inside, name.anywhere, name.is_relative))
                .collect(),
            identifiers: known
                .iter()
                .map(|known| (of_identifier(NUMBER, known), of_identifier(ANY, known)))
                .collect(),
        }
    }
}

/// The identifier of a conditional reference `Patient?identifier=system|value` (R4 § 3.1.0.11.1); `None` for any other search.
fn searched(query: &str) -> Option<Identifier> {
    let text = query.strip_prefix("identifier=").filter(|text| !text.contains('&'))?;
    let text = percent_decode_str(text).decode_utf8().ok()?;
    let (system, value) = text.split_once('|')?;
    (!value.is_empty()).then(|| Identifier {
        system: system.to_owned(),
        value: value.to_owned(),
    })
}

/// How far the names of a container are valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// A document: only inside.
    Inside,
    /// Any other Bundle: only addresses are valid anywhere.
    Addresses,
    /// The resources outside Bundles, and pages of search results: relative names too.
    All,
}

impl Reach {
    fn covers(self, is_relative: bool) -> bool {
        match self {
            Self::Inside => false,
            Self::Addresses => !is_relative,
            Self::All => true,
        }
    }
}

/// The persons by the names of their Patient resources. A name of two persons is `None`.
#[derive(Default)]
pub(super) struct Persons(HashMap<Key, Option<u32>>);

/// To whom a resource belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    Person(u32),
    Absent,
    Other,
    Unresolved,
    Ambiguous,
}

impl Persons {
    /// Adds the names of a Patient resource.
    pub(super) fn add(&mut self, named: &Named, person: u32, reach: Reach) {
        for name in &named.names {
            self.insert(name.inside, person);
            if reach.covers(name.is_relative) {
                self.insert(name.anywhere, person);
            }
        }
        for identifier in named.number.iter().chain(&named.identifiers) {
            self.insert(*identifier, person);
        }
    }

    fn insert(&mut self, key: Key, person: u32) {
        let known = self.0.entry(key).or_insert(Some(person));
        if *known != Some(person) {
            *known = None;
        }
    }

    /// The person of a subject. If the subject has a reference and identifiers, those that are known must name the same person.
    pub(super) fn resolve(&self, subject: &Subject, reach: &dyn Fn(u32) -> Reach) -> Resolved {
        let (container, names, identifiers) = match subject {
            Subject::Absent => return Resolved::Absent,
            Subject::Other => return Resolved::Other,
            Subject::Named {
                container,
                names,
                identifiers,
            } => (*container, names, identifiers),
        };
        let reach = reach(container);
        let inside = names.iter().map(|(inside, ..)| inside);
        let anywhere = names
            .iter()
            .filter(|(.., is_relative)| reach.covers(*is_relative))
            .map(|(_, anywhere, _)| anywhere);
        let by_name = inside.chain(anywhere).find_map(|key| self.0.get(key));
        let by_identifiers = identifiers.iter().filter_map(|(number, _)| self.0.get(number));
        let others = identifiers.iter().filter_map(|(_, any)| self.0.get(any).copied().flatten());
        let mut found: Vec<Option<u32>> = by_name.into_iter().chain(by_identifiers).copied().collect();
        found.sort_unstable();
        found.dedup();
        match found[..] {
            [] => Resolved::Unresolved,
            [Some(person)] if others.into_iter().all(|other| other == person) => Resolved::Person(person),
            [Some(_)] => Resolved::Ambiguous,
            [None] | [_, _, ..] => Resolved::Ambiguous,
        }
    }
}
