//! Orders the files of a call. A transactional file is read only behind the files on which it builds.

use std::collections::HashMap;

use super::creation_time::MAX_OFFSETS;
use super::fault::Fault;
use super::header::Header;
use super::source::Opened;

/// The maximum number of files of one CreationDateTime that are ordered by PriorFileOID.
const MAX_TIED: usize = 1000;

/// A file with a readable root element.
pub(super) struct SeriesFile {
    pub(super) name: String,
    pub(super) opened: Opened,
    pub(super) header: Header,
}

/// Whether the place of a file in the series is certain.
pub(super) enum Place {
    Certain,
    /// The file is a copy of an earlier file.
    Copy,
    Uncertain(Fault),
}

/// Orders the files by CreationDateTime, and files of the same time by PriorFileOID. The place of a snapshot is uncertain only if its
/// time has no offset, and the time of another file near it has one.
pub(super) fn ordered(mut files: Vec<SeriesFile>) -> Vec<(SeriesFile, Place)> {
    files.sort_by(|a, b| a.header.created.text.cmp(&b.header.created.text));
    let files = prior_first(files);
    let places = places(&files);
    files.into_iter().zip(places).collect()
}

fn places(files: &[SeriesFile]) -> Vec<Place> {
    let offsets = || files.iter().map(|file| file.header.created.has_offset);
    let is_mixed = offsets().any(|has| has) && offsets().any(|has| !has);
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        if let Some(oid) = &file.header.file_oid {
            known.entry(oid).or_insert(at);
        }
    }
    let mut followed: HashMap<usize, usize> = HashMap::new();
    let mut before: Option<&Header> = None;
    let mut places = Vec::with_capacity(files.len());
    for (at, file) in files.iter().enumerate() {
        let header = &file.header;
        let first = header
            .file_oid
            .as_deref()
            .and_then(|oid| known.get(oid))
            .filter(|first| **first != at);
        let place = match first.and_then(|first| files.get(*first)) {
            _ if !(header.is_transactional || is_mixed && is_beside_other_offset(header, files)) => Place::Certain,
            _ if !header.is_transactional => uncertain(
                "file-order",
                "another file has a CreationDateTime with an offset within a day of this one without an offset, so their order is not certain",
            ),
            Some(first) if first.opened.digest().is_some_and(|digest| file.opened.digest() == Some(digest)) => Place::Copy,
            Some(_) => uncertain("same-file-oid", "another file of the series has the same FileOID and other content"),
            None if is_mixed => uncertain(
                "file-order",
                "the files have CreationDateTimes with and without an offset, so their order is not certain",
            ),
            None => behind(header, at, before, &known, &mut followed),
        };
        if !matches!(place, Place::Copy) {
            before = Some(header);
        }
        places.push(place);
    }
    places
}

/// Whether a file states a local time, and another file states an instant so near to it that their order depends on the time zone.
fn is_beside_other_offset(header: &Header, files: &[SeriesFile]) -> bool {
    let is_near = |other: &Header| {
        let difference = other.created.instant.duration_since(header.created.instant);
        other.created.has_offset && difference.abs() <= MAX_OFFSETS
    };
    !header.created.has_offset && files.iter().any(|file| is_near(&file.header))
}

/// The place of a transactional file behind the file `before` it.
fn behind(
    header: &Header,
    at: usize,
    before: Option<&Header>,
    known: &HashMap<&str, usize>,
    followed: &mut HashMap<usize, usize>,
) -> Place {
    let prior = header.prior.as_deref();
    if let Some(prior) = prior {
        match known.get(prior) {
            None => {
                return uncertain(
                    "missing-prior-file",
                    "the file of its PriorFileOID is not among the files; give the last snapshot and all files after it together",
                );
            }
            Some(place) if *place >= at => return uncertain("file-order", "the file of its PriorFileOID has a later CreationDateTime"),
            Some(place) => {
                if followed.insert(*place, at).is_some() {
                    return uncertain("file-order", "an earlier file of the series has the same PriorFileOID");
                }
            }
        }
    }
    let is_tie = before.is_some_and(|before| before.created == header.created && (prior.is_none() || before.file_oid.as_deref() != prior));
    match is_tie {
        true => uncertain(
            "file-order",
            "an earlier file of the series has the same CreationDateTime, and PriorFileOID does not order them",
        ),
        false => Place::Certain,
    }
}

fn uncertain(code: &'static str, detail: &str) -> Place {
    Place::Uncertain(Fault::new(code, detail))
}

/// Puts each file behind the file of its PriorFileOID, among files of the same time.
fn prior_first(files: Vec<SeriesFile>) -> Vec<SeriesFile> {
    let mut ordered: Vec<SeriesFile> = Vec::with_capacity(files.len());
    let mut rest = files.into_iter().peekable();
    while let Some(first) = rest.next() {
        let time = first.header.created.clone();
        let mut tied = vec![first];
        while let Some(next) = rest.next_if(|next| next.header.created == time) {
            tied.push(next);
        }
        if tied.len() <= MAX_TIED && tied.iter().any(|file| file.header.prior.is_some()) {
            tied = chained(tied);
        }
        ordered.append(&mut tied);
    }
    ordered
}

fn chained(mut tied: Vec<SeriesFile>) -> Vec<SeriesFile> {
    let mut ordered = Vec::with_capacity(tied.len());
    while !tied.is_empty() {
        let waits = |file: &SeriesFile| {
            let header = &file.header;
            let mut others = tied.iter().filter(|other| other.header.file_oid != header.file_oid);
            header.prior.is_some() && others.any(|other| other.header.file_oid == header.prior)
        };
        // In a circle of prior files, the first file is taken, and its PriorFileOID is then refused.
        let at = tied.iter().position(|file| !waits(file)).unwrap_or(0);
        ordered.push(tied.remove(at));
    }
    ordered
}
