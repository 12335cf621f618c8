//! Orders the files of a call. A transactional file is read only behind the files on which it builds.

use std::collections::HashMap;

use super::fault::Fault;
use super::header::Header;
use super::source::Opened;

/// A file with a readable root element.
pub(super) struct SeriesFile {
    pub(super) name: String,
    pub(super) opened: Opened,
    pub(super) header: Header,
}

/// Orders the files by CreationDateTime, and files of the same time by PriorFileOID. Returns each file with the reason why its place is not
/// certain; `None` if it is certain. Only transactional files can have a reason: a snapshot builds on no other file.
pub(super) fn ordered(mut files: Vec<SeriesFile>) -> Vec<(SeriesFile, Option<Fault>)> {
    files.sort_by(|a, b| a.header.created.text.cmp(&b.header.created.text));
    let files = prior_first(files);
    let is_mixed = files.iter().any(|file| file.header.created.has_offset) && files.iter().any(|file| !file.header.created.has_offset);
    let faults: Vec<Option<Fault>> = {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (at, file) in files.iter().enumerate() {
            if let Some(oid) = &file.header.file_oid {
                places.entry(oid).or_insert(at);
            }
        }
        let mut followed = HashMap::new();
        let fault_of = |(at, file): (usize, &SeriesFile)| {
            let header = &file.header;
            if !header.is_transactional {
                return None;
            }
            if is_mixed {
                let detail = "the files have CreationDateTimes with and without an offset, so their order is not certain";
                return Some(Fault::new("file-order", detail));
            }
            let is_copy = header
                .file_oid
                .as_deref()
                .and_then(|oid| places.get(oid))
                .is_some_and(|first| *first != at);
            if is_copy {
                return Some(Fault::new("same-file-oid", "an earlier file of the series has the same FileOID"));
            }
            match header.prior.as_deref() {
                None => {
                    let before = at.checked_sub(1).and_then(|at| files.get(at));
                    let is_tie = before.is_some_and(|before| before.header.created == header.created);
                    let detail = "an earlier file of the series has the same CreationDateTime, and PriorFileOID does not order them";
                    is_tie.then(|| Fault::new("file-order", detail))
                }
                Some(prior) => match places.get(prior) {
                    None => {
                        let detail =
                            "the file of its PriorFileOID is not among the files; give the last snapshot and all files after it together";
                        Some(Fault::new("missing-prior-file", detail))
                    }
                    Some(place) if *place >= at => {
                        let detail = "the file of its PriorFileOID has a later CreationDateTime";
                        Some(Fault::new("file-order", detail))
                    }
                    Some(place) => followed.insert(*place, at).is_some().then(|| {
                        let detail = "an earlier file of the series has the same PriorFileOID";
                        Fault::new("file-order", detail)
                    }),
                },
            }
        };
        files.iter().enumerate().map(fault_of).collect()
    };
    files.into_iter().zip(faults).collect()
}

/// Puts each file behind the file of its PriorFileOID, among files of the same time.
fn prior_first(files: Vec<SeriesFile>) -> Vec<SeriesFile> {
    let mut ordered: Vec<SeriesFile> = Vec::with_capacity(files.len());
    let mut rest = files.into_iter().peekable();
    while let Some(first) = rest.next() {
        let mut tied = vec![first];
        while let Some(next) = rest.next_if(|next| tied.first().is_some_and(|first| first.header.created == next.header.created)) {
            tied.push(next);
        }
        while !tied.is_empty() {
            let is_prior = |file: &SeriesFile| {
                let prior = file.header.prior.as_ref();
                let others = tied.iter().filter(|other| other.header.file_oid != file.header.file_oid);
                prior.is_some() && others.into_iter().any(|other| other.header.file_oid.as_ref() == prior)
            };
            // In a circle of prior files, the first file is taken, and its PriorFileOID is then refused.
            let at = tied.iter().position(|file| !is_prior(file)).unwrap_or(0);
            ordered.push(tied.remove(at));
        }
    }
    ordered
}
