//! Reads the `SubjectData` elements of one subject again, in their order, and makes its unit.

use std::io::{Cursor, Read};

use sha2::{Digest, Sha256};

use super::events::{Events, Step};
use super::fault::Fault;
use super::occurrence::{Occurrence, Staged, subject_id};
use super::references::References;
use super::scopes::Scopes;
use super::series::SeriesFile;
use super::state::State;
use super::subject::{Reading, SubjectReader};
use super::tap::Tap;
use crate::hl7v2::{digest, key};
use crate::unit::Unit;

/// The files of a call, with what the first reading found in them.
pub(super) struct Folder<'f> {
    pub(super) files: &'f [(SeriesFile, References)],
    pub(super) scopes: &'f Scopes,
}

/// The place of a fault: the occurrence in which it is.
pub(super) type Misfit = (Occurrence, Fault);

impl Folder<'_> {
    /// The unit of a subject. `occurrences` are all its occurrences since its last snapshot, at least one.
    pub(super) fn unit(&self, occurrences: &[Occurrence]) -> Result<Unit, Misfit> {
        self.folded(occurrences, false)
    }

    /// What can be read of a subject that is refused: its elements without those that have a fault.
    pub(super) fn remains(&self, occurrences: &[Occurrence]) -> Option<Unit> {
        self.folded(occurrences, true).ok()
    }

    /// `goes_on` states whether the unit is made without the elements that have a fault.
    fn folded(&self, occurrences: &[Occurrence], goes_on: bool) -> Result<Unit, Misfit> {
        let mut state: Option<State> = None;
        let mut series = Sha256::new();
        let mut alone = String::new();
        let mut last = None;
        for occurrence in occurrences {
            let misfit = |fault| (*occurrence, fault);
            let (file, references) = self.file(occurrence).map_err(misfit)?;
            let bytes = file.opened.part(occurrence.offset, occurrence.length as usize).map_err(misfit)?;
            if Staged::check(&bytes) != occurrence.check {
                return Err(misfit(changed()));
            }
            alone = digest(&bytes);
            series.update(if file.header.is_transactional {
                "transactional "
            } else {
                "snapshot "
            });
            series.update(&alone);
            let reading = Reading {
                version: file.header.version,
                is_snapshot: !file.header.is_transactional,
                references: Some(references),
                goes_on,
            };
            let (applied, fault) = self.apply(occurrence, bytes, reading, state).map_err(misfit)?;
            if let Some(fault) = fault.filter(|_| !goes_on) {
                return Err(misfit(fault));
            }
            state = Some(applied);
            last = Some((occurrence, file));
        }
        let (Some(mut state), Some((occurrence, file))) = (state, last) else {
            return Err((Occurrence::default(), changed()));
        };
        let is_single_snapshot = occurrences.len() == 1 && !file.header.is_transactional;
        let removed = state.removed.take();
        let deleted = removed.is_some();
        let records = removed.map_or_else(|| state.records(), Ok).map_err(|fault| (*occurrence, fault))?;
        Ok(Unit {
            locator: self.locator(occurrence),
            key: key(&[&state.study, &state.key]),
            version: file.header.created.text.clone(),
            sha256: if is_single_snapshot {
                alone
            } else {
                hex::encode(series.finalize())
            },
            records,
            deleted,
            encoding: file.opened.encoding,
            account: state.account,
        })
    }

    /// The place of an occurrence for reports.
    pub(super) fn locator(&self, occurrence: &Occurrence) -> String {
        let name = self.file(occurrence).map_or("", |(file, _)| &file.name);
        format!("{name}#SubjectData[{}]", occurrence.number)
    }

    fn file(&self, occurrence: &Occurrence) -> Result<&(SeriesFile, References), Fault> {
        self.files.get(occurrence.file as usize).ok_or_else(changed)
    }

    /// Applies an occurrence to the state of its subject. If an element has a fault, the state lacks this element.
    fn apply(
        &self,
        occurrence: &Occurrence,
        bytes: Vec<u8>,
        reading: Reading<'_>,
        state: Option<State>,
    ) -> Result<(State, Option<Fault>), Fault> {
        let scope = self.scopes.get(occurrence.scope).ok_or_else(changed)?;
        let tag = scope.tag.clone().into_bytes();
        let begin = occurrence.offset.wrapping_sub(tag.len() as u64);
        let tap = Tap::new(Box::new(Cursor::new(tag).chain(Cursor::new(bytes))));
        let mut events = Events::new(tap, begin);
        let Step::Start(_) = events.next()? else { return Err(changed()) };
        let Step::Start(element) = events.next()? else {
            return Err(changed());
        };
        let subject_key = element.required("SubjectKey")?;
        let state = match state {
            None => State::new(reading.version, &scope.study, &scope.metadata_version, &subject_key),
            Some(mut state) => {
                // The digest of the key decided that the elements belong to one subject. The keys themselves must agree.
                let id = |study: &str, subject: &str| subject_id(&key(&[study, subject]));
                if id(&state.study, &state.key) != id(&scope.study, &subject_key) || state.key != subject_key {
                    return Err(changed());
                }
                state.metadata_version.clone_from(&scope.metadata_version);
                state
            }
        };
        let mut reader = SubjectReader::new(&element, reading, state);
        loop {
            let position = events.position();
            events.tap().forget_before(position);
            match events.next()? {
                Step::Start(element) => reader.start(&element),
                Step::Text(text) => reader.text(&text, events.offset()),
                Step::End => {
                    if reader.end(None) {
                        break;
                    }
                }
                Step::Eof => return Err(changed()),
            }
        }
        Ok((reader.state, reader.fault))
    }
}

fn changed() -> Fault {
    Fault::new("changed-while-read", "the file changed while it was read")
}
