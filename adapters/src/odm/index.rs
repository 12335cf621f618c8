//! Collects the places of all subjects in the files of a call, and decides which of them contribute to the state of a subject.

use std::collections::HashMap;

use super::MAX_OCCURRENCES;
use super::fault::Fault;
use super::header::Header;
use super::occurrence::{Occurrence, Staged};
use super::transaction::Transaction;

/// A subject of the index.
#[derive(Default)]
struct Subject {
    /// The file with which the current state of the subject begins: the last snapshot that contains the subject, or the file that inserts it.
    base: Option<u32>,
    /// The first occurrence of the base, and the number of occurrences from there on.
    from: usize,
    count: u32,
    /// The length and the digest of the first occurrence of the base.
    first: (u32, [u8; 8]),
    is_refused: bool,
}

/// What happened when an occurrence was added.
pub(super) enum Added {
    Taken,
    /// The occurrence replaces this number of earlier occurrences of its subject.
    Replaced(u32),
    /// The subject is refused, with the occurrence that has the fault. The reason is reported once for each state of the subject.
    Refused(Occurrence, Fault),
}

/// The places of all subjects.
#[derive(Default)]
pub(super) struct Index {
    known: HashMap<[u8; 16], u32>,
    subjects: Vec<Subject>,
    occurrences: Vec<Occurrence>,
    /// The last file that states that it contains all subjects.
    complete: Option<u32>,
    times: Vec<String>,
}

impl Index {
    /// Whether the index has room for this number of further occurrences.
    pub(super) fn has_room(&self, count: usize) -> bool {
        self.occurrences.len().saturating_add(count) <= MAX_OCCURRENCES
    }

    /// Begins the next file. `is_whole` states whether the file was read to its end.
    pub(super) fn begin(&mut self, file: u32, header: &Header, is_whole: bool) {
        self.times.push(header.created.text.clone());
        if !is_whole {
            return;
        }
        if (!header.is_transactional && header.has_all_subjects) || header.is_whole_history {
            self.complete = Some(file);
        }
    }

    /// Adds an occurrence of a snapshot. A snapshot contains the whole subject, so the earlier occurrences no longer contribute.
    pub(super) fn snapshot(&mut self, file: u32, staged: Staged) -> Added {
        let from = self.occurrences.len();
        let at = self.number(staged.subject);
        let (times, time) = (&self.times, self.times.get(file as usize));
        let Some(subject) = self.subjects.get_mut(at as usize) else {
            return Added::Taken;
        };
        let mut replaced = 0;
        let mut fault = None;
        if subject.base != Some(file) {
            let is_same_time = subject.base.is_some_and(|base| times.get(base as usize) == time);
            let is_same = subject.count == 1 && subject.first == (staged.length, staged.check);
            if is_same_time && !is_same {
                let detail = "two files of the same CreationDateTime contain the subject with different content";
                fault = Some(Fault::new("same-key", detail));
            }
            replaced = if subject.is_refused { 0 } else { subject.count };
            *subject = Subject {
                base: Some(file),
                from,
                count: 0,
                first: (staged.length, staged.check),
                is_refused: false,
            };
        }
        self.push(at, file, staged, fault, replaced)
    }

    /// Adds an occurrence of a transactional file. If the files contain no state of the subject on which the transaction could build, the subject
    /// is refused.
    pub(super) fn transaction(&mut self, file: u32, staged: Staged) -> Added {
        let from = self.occurrences.len();
        let at = self.number(staged.subject);
        let complete = self.complete;
        let Some(subject) = self.subjects.get_mut(at as usize) else {
            return Added::Taken;
        };
        let has_base = subject.base.is_some_and(|base| complete.is_none_or(|complete| base >= complete));
        let mut fault = None;
        let mut replaced = 0;
        if !has_base {
            let is_new = match staged.stated {
                Some(Transaction::Insert) => true,
                // The file before contains all subjects, so a subject that it does not contain is new.
                None | Some(Transaction::Upsert) => complete.is_some(),
                Some(Transaction::Update | Transaction::Remove | Transaction::Context) => false,
            };
            if is_new {
                replaced = if subject.is_refused { 0 } else { subject.count };
                subject.base = Some(file);
                subject.from = from;
                subject.count = 0;
                subject.first = (staged.length, staged.check);
            } else {
                let detail = "a change of a subject that the snapshot does not contain; give the last snapshot of the subject and all files after it together";
                fault = Some(Fault::new("no-snapshot", detail));
            }
        }
        self.push(at, file, staged, fault, replaced)
    }

    fn push(&mut self, at: u32, file: u32, staged: Staged, fault: Option<Fault>, replaced: u32) -> Added {
        let Some(subject) = self.subjects.get_mut(at as usize) else {
            return Added::Taken;
        };
        subject.count += 1;
        let fault = fault.or_else(|| staged.fault.map(|fault| *fault));
        let occurrence = Occurrence {
            subject: at,
            file,
            scope: staged.scope,
            number: staged.number,
            length: staged.length,
            offset: staged.offset,
            check: staged.check,
        };
        self.occurrences.push(occurrence);
        match fault {
            Some(fault) if !subject.is_refused => {
                subject.is_refused = true;
                Added::Refused(occurrence, fault)
            }
            Some(_) | None if replaced > 0 => Added::Replaced(replaced),
            Some(_) | None => Added::Taken,
        }
    }

    fn number(&mut self, id: [u8; 16]) -> u32 {
        let next = u32::try_from(self.subjects.len()).unwrap_or(u32::MAX);
        let at = *self.known.entry(id).or_insert(next);
        if at == next {
            self.subjects.push(Subject::default());
        }
        at
    }

    /// The occurrences that contribute to the states of the subjects, without the refused subjects. The occurrences of a subject are adjacent and
    /// in their order; the subjects are in the order in which they were found.
    pub(super) fn contributing(self) -> Vec<Occurrence> {
        let Self {
            known,
            subjects,
            mut occurrences,
            ..
        } = self;
        drop(known);
        let mut at = 0;
        occurrences.retain(|occurrence| {
            let subject = subjects.get(occurrence.subject as usize);
            let is_kept = subject.is_some_and(|subject| !subject.is_refused && at >= subject.from);
            at += 1;
            is_kept
        });
        occurrences.sort_by_key(|occurrence| occurrence.subject);
        occurrences
    }
}
