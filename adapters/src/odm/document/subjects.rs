//! The subjects of a document: where each begins and ends, and who it is.

use super::super::element::Element;
use super::super::fault::Fault;
use super::super::occurrence::{Staged, subject_id};
use super::super::scopes::Scope;
use super::super::state::State;
use super::super::subject::{Reading, SubjectReader};
use super::super::{MAX_OCCURRENCES, MAX_SUBJECT_BYTES};
use super::{Document, Inner};
use crate::hl7v2::key;
use crate::unit::{Identity, Met, Undecodable};

/// A `SubjectData` element that is being read.
pub(super) struct OpenSubject {
    pub(super) reader: SubjectReader<'static>,
    /// The digest of StudyOID and SubjectKey; `None` if one is missing.
    id: Option<[u8; 16]>,
    offset: u64,
    scope: u32,
}

pub(super) fn too_large() -> Fault {
    Fault::new("too-large", "the subject has more than 64 MiB")
}

impl Document<'_> {
    /// Begins a `SubjectData` element.
    pub(super) fn subject(&mut self, element: &Element, study: Result<String, Fault>, version: Result<String, Fault>) -> Result<(), Fault> {
        self.subject_count += 1;
        if self.subject_count > MAX_OCCURRENCES {
            return Err(Fault::new("too-many-subjects", "the file has more subjects than are accepted"));
        }
        let mut fault = None;
        let mut part = |part: Result<String, Fault>| part.map_err(|missing| fault.get_or_insert(missing).code).ok();
        let (study, subject_key) = (part(study), part(element.required("SubjectKey")));
        let id = study
            .as_ref()
            .zip(subject_key.as_ref())
            .map(|(study, subject_key)| subject_id(&key(&[study, subject_key])));
        let metadata_version = part(version).unwrap_or_default();
        let (study, subject_key) = (study.unwrap_or_default(), subject_key.unwrap_or_default());
        // A change of an unknown subject can be a change of any subject.
        if let (None, true, Some(fault)) = (id, self.header.is_transactional, &fault) {
            return Err(fault.clone());
        }
        let scope = Scope {
            tag: self.events.scope(),
            study: study.clone(),
            metadata_version: metadata_version.clone(),
        };
        let scope = self.shared.scopes.number(scope, element.offset)?;
        let reading = Reading {
            version: self.header.version,
            is_snapshot: !self.header.is_transactional,
            references: None,
            goes_on: false,
        };
        let state = State::new(self.header.version, &study, &metadata_version, &subject_key);
        let mut reader = SubjectReader::new(element, reading, state);
        if let Some(fault) = fault {
            reader.keep::<()>(Err(fault));
        }
        self.inner = Inner::Subject(Box::new(OpenSubject {
            reader,
            id,
            offset: element.offset,
            scope,
        }));
        Ok(())
    }

    /// Keeps the place of a subject at its end.
    pub(super) fn subject_end(&mut self, subject: OpenSubject) {
        let OpenSubject {
            mut reader,
            id,
            offset,
            scope,
        } = subject;
        let (begin, end) = (self.events.position_of(offset), self.events.position());
        let bytes = self.events.tap().kept(begin, end).filter(|bytes| bytes.len() <= MAX_SUBJECT_BYTES);
        let (length, check) = bytes.map_or((0, [0; 8]), |bytes| (bytes.len(), Staged::check(bytes)));
        if length == 0 {
            reader.keep::<()>(Err(too_large()));
        }
        if reader.fault.is_none() {
            let checked = reader.state.check_repeat_keys();
            reader.keep(checked);
        }
        for (rule, name) in std::mem::take(&mut reader.left_out) {
            self.leave_out(rule, name);
        }
        match (id, reader.fault) {
            (Some(subject), fault) => self.scan.staged.push(Staged {
                subject,
                scope,
                offset,
                // Both are limited far below: a subject has at most 64 MiB, and a call at most `MAX_OCCURRENCES` subjects.
                length: u32::try_from(length).unwrap_or(u32::MAX),
                check,
                number: u32::try_from(self.subject_count).unwrap_or(u32::MAX),
                stated: reader.stated,
                fault: fault.map(Box::new),
            }),
            (None, Some(fault)) => self.found.push(Met::Undecodable(Undecodable {
                locator: format!("{}#SubjectData[{}]", self.name, self.subject_count),
                reason_code: fault.code,
                detail: fault.detail,
                identity: Identity::Place,
            })),
            (None, None) => {}
        }
    }
}
