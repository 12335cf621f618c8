//! Ingests the feeds of institutions. Each unit is decoded, mapped by the site's profile and validated. Then the whole unit is committed or
//! quarantined.

mod agreement;
mod consents;
mod coverage;
mod decoders;
mod deleted_patient;
mod explain;
mod known_names;
mod map;
mod merges;
mod message;
mod modifier_records;
mod modifiers;
mod off_scale;
mod person;
mod stated_unit;
mod statements;
mod trial;
mod unread_result;
mod values;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit, VOID};
use gemj_model::feed_consent::FeedConsent;
use gemj_model::{FactSink, Linkage, LinkageUnavailable, ParticipantId};

use crate::accounting::{Accounting, FactCounts, IngestError, Quarantined, content_mark, place_mark};
use crate::former_person;
use crate::hl7v2::{messages_of, read_bytes, read_named, shown_name};
use crate::profile::{Format, Profile};
use crate::ssmix2;
use crate::stored_conflict::conflict;
use crate::target::{Half, Target, half};
use crate::unit::{Identity, LeftOutRule, Met, Undecodable, Unit};

pub use agreement::{Asked, Disagreement, agree};
pub use explain::{Explained, ExplainedField, ExplainedStatement, Fate, Statement, explain};
pub use message::{IngestedMessage, ingest_message, reads_messages, refuse_message};
pub use trial::{Contents, MAX_CODES, Trial, trial};
pub use values::{ValueOutcome, ValueRow, values};

use map::{Mapped, Refusal};

/// Reads an institution's feed by its profile and commits the units to `sink`.
///
/// `paths` name the feed in its format: the root of an SS-MIX2 storage, an ODM file, a REDCap export with its dictionary in the same folder, a
/// file of MIABIS samples, or a file of FHIR resources. For every format except SS-MIX2, a path may also be a folder of such files, with inner
/// folders (of MIABIS, BFF and OMOP without them). All ODM files are
/// read together: a transactional file is applied to the snapshot among the paths. All FHIR files are read together: a resource can be in another
/// file than its patient.
///
/// The function never creates a participant: a unit with a person's number that `linkage` does not know is quarantined as `unknown-number`.
/// Neither the number nor the unit's key is stored. The source names the unit by a digest of format, site, namespace and key. A void unit (a
/// unit that the feed states as deleted or entered in error) is committed without statements, so that the statements of its earlier version are
/// removed.
///
/// `target` comes from [`agree`], which checks that the feed belongs to the target's site.
///
/// # Errors
/// [`IngestError::Store`] if the sink failed or the numbers could not be read. Every other fault puts the unit in quarantine, and the run
/// continues.
pub fn ingest(
    paths: &[PathBuf],
    profile: &Profile,
    target: &Target,
    linkage: &dyn Linkage,
    sink: &mut dyn FactSink,
) -> Result<Accounting, IngestError> {
    let profile = &profile.of_site(target.site());
    let mut run = Run {
        profile,
        target,
        linkage,
        sink,
        accounting: Accounting::default(),
        seen: HashMap::new(),
        contents: HashSet::new(),
        failed_at: None,
    };
    // The run stops early only if the store failed.
    if profile.format() == Format::SsMix2 {
        let _ = paths.iter().try_for_each(|path| run.message_or_storage(path));
    } else {
        let _ = decoders::decode(paths, profile, &mut |met| run.met(met));
    }
    match run.failed_at {
        Some(unit) => Err(IngestError::Store {
            unit,
            accounting: Box::new(run.accounting),
        }),
        None => Ok(run.accounting),
    }
}

struct Run<'r> {
    profile: &'r Profile,
    target: &'r Target,
    linkage: &'r dyn Linkage,
    sink: &'r mut dyn FactSink,
    accounting: Accounting,
    /// For each unit and version of this run, the digest of the content that was committed.
    seen: HashMap<(String, String), String>,
    /// The digests of unit and content of every unit of this run that the sink took, in any version.
    contents: HashSet<Half>,
    failed_at: Option<String>,
}

impl Run<'_> {
    /// Reads a path of an HL7 feed: one message, which can state a merge, a folder of such messages, or a storage.
    fn message_or_storage(&mut self, path: &PathBuf) -> ControlFlow<()> {
        if let Some(loose) = ssmix2::loose_messages(path) {
            loose.left().try_for_each(|met| self.met(met))?;
            let mut files = loose.files.iter().enumerate();
            return files.try_for_each(|(at, file)| self.message(file, &ssmix2::locator_of_loose(at)));
        }
        match ssmix2::is_message(path) {
            true => self.message(path, &shown_name(path)),
            false => decoders::decode(std::slice::from_ref(path), self.profile, &mut |met| self.met(met)),
        }
    }

    fn message(&mut self, path: &Path, locator: &str) -> ControlFlow<()> {
        let Ok(file) = messages_of(path, locator) else {
            // The reader states why.
            return read_named(path, locator, &mut |met| self.met(met));
        };
        for (bytes, locator) in file.messages() {
            match self.merge(bytes, locator) {
                Some(flow) => flow?,
                None => read_bytes(bytes, locator, &mut |met| self.met(met))?,
            }
        }
        file.beside.into_iter().try_for_each(|met| self.met(met))
    }

    fn met(&mut self, met: Met) -> ControlFlow<()> {
        match met {
            Met::Ignored(kind) => coverage::ignored(self.profile, &kind, &mut self.accounting),
            Met::LeftOut(rule, name) => self.accounting.leave_out(rule, &name, 1),
            Met::Repaired(repair) => self.accounting.repair(repair, 1),
            Met::Remains(unit) => {
                if self.remains(&unit).is_err() {
                    return self.stop(&unit);
                }
            }
            Met::Undecodable(unit) => {
                let Undecodable {
                    locator,
                    reason_code,
                    detail,
                    identity,
                } = unit;
                let (name, is_named) = match identity {
                    Identity::Key(key) => (self.target.unit(self.profile.format().as_str(), &key), true),
                    Identity::Content(sha256) => (content_mark(&sha256), false),
                    Identity::Place => (place_mark(&locator), false),
                };
                if consents::can_withdraw(self.profile) && self.sink.consent(consents::unread(&name)).is_err() {
                    self.failed_at = Some(locator);
                    return ControlFlow::Break(());
                }
                match is_named {
                    true => self.accounting.quarantine_named(name, locator, reason_code, detail),
                    false => self.accounting.quarantine_marked(name, locator, reason_code, detail),
                }
            }
            Met::Unit(unit) => {
                // An earlier run may have refused the same content, or the whole file because it could not be read.
                self.sink.received(&content_mark(&unit.sha256));
                self.sink.received(&place_mark(unit.locator.split('#').next().unwrap_or_default()));
                coverage::unit(self.profile, &unit, &mut self.accounting);
                return self.unit(&unit);
            }
        }
        ControlFlow::Continue(())
    }

    fn unit(&mut self, unit: &Unit) -> ControlFlow<()> {
        if !self.profile.consents.is_empty() && self.consents(unit).is_err() {
            self.failed_at = Some(unit.locator.clone());
            return ControlFlow::Break(());
        }
        let source = source(self.profile, self.target, unit);
        let place = (source.unit.clone(), source.version.clone());
        if self.seen.get(&place).is_some_and(|earlier| *earlier != source.sha256) {
            let detail = "another unit of this run has the same key and version but different content";
            return self.refuse(unit, Refusal::new("same-key", detail));
        }
        if self.profile.format() == Format::SsMix2 && self.target.latest_version().is_some_and(|latest| source.version > latest) {
            let detail = "the time of the message or file is more than a day in the future, so no later version could replace it";
            return self.refuse(unit, Refusal::new("future-version", detail));
        }
        if let Err(refusal) = agreement::check_unit(self.profile, self.target.site(), unit) {
            return self.refuse(unit, refusal);
        }
        let number = match person::number(self.profile, unit) {
            Ok(number) => number,
            Err(refusal) => return self.refuse(unit, refusal),
        };
        match self.linkage.participant(self.target.number(&number)) {
            Err(_) => {
                self.failed_at = Some(unit.locator.clone());
                ControlFlow::Break(())
            }
            Ok(None) => self.unlinked(unit, &source),
            Ok(Some(participant)) => {
                match former_person::is_possible(self.linkage, self.target.number(&number), &source.version) {
                    Err(LinkageUnavailable) => return self.stop(unit),
                    Ok(true) => return self.refuse(unit, Refusal::new(former_person::BEFORE_LINK, former_person::DETAIL)),
                    Ok(false) => {}
                }
                match self.is_deleted_patient(unit) {
                    Err(flow) => return flow,
                    Ok(true) => return self.refuse(unit, deleted_patient::of_another_unit()),
                    Ok(false) => {}
                }
                match self.mapped(unit, participant, source) {
                    Err(refusal) => self.refuse(unit, refusal),
                    Ok(mapped) => self.commit(unit, mapped, place),
                }
            }
        }
    }

    /// A unit whose number is not linked. If the unit is a deletion of which nothing is stored, there is nothing to remove and nothing for a person to
    /// decide, although the feed states the deletion in every run. A deletion in a storage of messages is refused, because units of the patient that are
    /// older can still arrive after the number was linked.
    fn unlinked(&mut self, unit: &Unit, source: &FactSource) -> ControlFlow<()> {
        if unit.deleted && self.profile.format() != Format::SsMix2 {
            match self.sink.stored(self.target.dataset(), &source.unit) {
                Ok(StoredUnit::Absent) => {
                    self.accounting.leave_out(LeftOutRule::DeletedUnit, "record that is not linked", 1);
                    return ControlFlow::Continue(());
                }
                Ok(StoredUnit::Current | StoredUnit::Void) => {}
                Err(_) => return self.stop(unit),
            }
        }
        let detail = "no participant is linked to the unit's number in the namespace of the site";
        self.refuse(unit, Refusal::new("unknown-number", detail))
    }

    /// Whether the institution deleted its record of the patient of a message. `Err` has the flow of a run whose store failed.
    fn is_deleted_patient(&mut self, unit: &Unit) -> Result<bool, ControlFlow<()>> {
        if unit.deleted || self.profile.format() != Format::SsMix2 || deleted_patient::is_basic_data(unit) {
            return Ok(false);
        }
        let name = self.target.unit(self.profile.format().as_str(), &deleted_patient::basic_data(unit));
        match self.sink.stored(self.target.dataset(), &name) {
            Ok(stored) => Ok(stored == StoredUnit::Void),
            Err(_) => Err(self.stop(unit)),
        }
    }

    /// Stops the run, because the store failed.
    fn stop(&mut self, unit: &Unit) -> ControlFlow<()> {
        self.failed_at = Some(unit.locator.clone());
        ControlFlow::Break(())
    }

    /// Hands over the consent statements of a unit before its facts, so that a withdrawal is recorded also if the rest of the unit is refused. If the unit's
    /// person is not certain, the statements name no participant.
    fn consents(&mut self, unit: &Unit) -> Result<(), SinkError> {
        let name = self.target.unit(self.profile.format().as_str(), &unit.key);
        if unit.deleted {
            return self.sink.deleted(&name);
        }
        self.hand_over(unit, name, consents::of_unit(self.profile, unit))
    }

    /// Hands over the withdrawals in what could be read of a unit that is refused.
    fn remains(&mut self, unit: &Unit) -> Result<(), SinkError> {
        let name = self.target.unit(self.profile.format().as_str(), &unit.key);
        self.hand_over(unit, name, consents::withdrawals_of_unit(self.profile, unit))
    }

    fn hand_over(&mut self, unit: &Unit, name: String, found: Vec<consents::Found>) -> Result<(), SinkError> {
        if found.is_empty() {
            return Ok(());
        }
        let is_agreed = agreement::check_unit(self.profile, self.target.site(), unit).is_ok();
        let participant = match person::number(self.profile, unit) {
            Ok(number) if is_agreed => {
                let (number, version) = (self.target.number(&number), self.target.version(&unit.version));
                match former_person::is_possible(self.linkage, number, version).map_err(|_| SinkError::Store)? {
                    true => None,
                    false => self.linkage.participant(number).map_err(|_| SinkError::Store)?,
                }
            }
            Ok(_) | Err(_) => None,
        };
        for consents::Found { rule, state, texts } in found {
            self.sink.consent(FeedConsent {
                unit: name.clone(),
                rule,
                participant: participant.clone(),
                state,
                texts,
            })?;
        }
        Ok(())
    }

    fn mapped(&self, unit: &Unit, participant: ParticipantId, source: FactSource) -> Result<Mapped, Refusal> {
        let record = empty_case(self.target, participant, source);
        match unit.deleted {
            true => Ok(Mapped::nothing(record)),
            false => map::map(self.profile, unit, record),
        }
    }

    fn refuse(&mut self, unit: &Unit, refusal: Refusal) -> ControlFlow<()> {
        let name = self.target.unit(self.profile.format().as_str(), &unit.key);
        self.accounting
            .quarantine_named(name, unit.locator.clone(), refusal.reason_code, refusal.detail);
        ControlFlow::Continue(())
    }

    fn commit(&mut self, unit: &Unit, mut mapped: Mapped, place: (String, String)) -> ControlFlow<()> {
        let source = mapped.record.source.clone();
        let participant = mapped.record.participant.clone();
        let FactSource {
            sha256: digest,
            unit: name,
            ..
        } = source.clone();
        let facts = FactCounts::of(&mapped.record.facts);
        let specimens = mapped.record.specimens.len() as u64;
        let committed = match self.sink.commit(mapped.record) {
            Ok(committed) => committed,
            Err(SinkError::Conflict { field }) => {
                let (code, detail) = conflict(field);
                return self.refuse(unit, Refusal::new(code, detail));
            }
            Err(SinkError::Store) => {
                self.failed_at = Some(unit.locator.clone());
                return ControlFlow::Break(());
            }
        };
        let is_deletion = unit.deleted && self.profile.format() == Format::SsMix2 && deleted_patient::is_basic_data(unit);
        if is_deletion && committed != Committed::Superseded {
            // Also for a repeated deletion: an earlier run can have been killed before the other units were hidden.
            match self.sink.hide(self.target.dataset(), &participant, &source) {
                Ok(hidden) => mapped.refused.push((0, deleted_patient::notice(hidden))),
                Err(_) => return self.stop(unit),
            }
        }
        let is_repeated = !self.contents.insert(half(&[&name, &digest]));
        let accounting = &mut self.accounting;
        accounting.take(committed, is_repeated);
        let number = accounting.received;
        if !matches!(committed, Committed::Superseded) {
            // A part of a unit that is already there was refused before, and is refused again.
            accounting
                .results_refused
                .extend(mapped.refused.into_iter().map(|(record, refusal)| Quarantined {
                    number,
                    name: Some(name.clone()),
                    mark: String::new(),
                    unit: format!("{} record {record}", unit.locator),
                    reason_code: refusal.reason_code,
                    detail: refusal.detail,
                }));
        }
        if matches!(committed, Committed::New | Committed::Replaced) {
            accounting.add_facts(facts);
            accounting.specimens += specimens;
            for field in &mapped.not_understood {
                accounting.keep_as_not_understood(field);
            }
            for repair in mapped.repairs {
                accounting.repair(repair, 1);
            }
            accounting.repeated += mapped.repeated;
            accounting.lost_character += mapped.lost_character;
            for (kind, count) in mapped.not_taken {
                *accounting.not_taken.entry(kind).or_default() += count;
            }
        }
        self.seen.insert(place, digest);
        ControlFlow::Continue(())
    }
}

/// The case of a unit without statements.
fn empty_case(target: &Target, participant: ParticipantId, source: FactSource) -> CaseRecord {
    CaseRecord {
        dataset: target.dataset().clone(),
        participant,
        family: None,
        sex: gemj_model::Sex::Unknown,
        born: None,
        age_at_last_encounter: None,
        facts: Vec::new(),
        carriers: Vec::new(),
        specimens: Vec::new(),
        source,
    }
}

/// The source that is stored with a unit's statements. It contains no text that could name a person.
fn source(profile: &Profile, target: &Target, unit: &Unit) -> FactSource {
    let format = profile.format().as_str();
    FactSource {
        site: Some(target.site().clone()),
        profile: profile.name().to_owned(),
        unit: target.unit(format, &unit.key),
        earlier_unit: Some(Target::earlier_unit(format, target.namespace(), &unit.key)),
        version: target.version(&unit.version).to_owned(),
        sha256: if unit.deleted {
            format!("{VOID}{}", unit.sha256)
        } else {
            unit.sha256.clone()
        },
        mapping_version: profile.mapping_version().to_owned(),
    }
}

/// Whether the profile's format has two names for a field with a single component (in HL7, `PID-8` and `PID-8.1`).
fn has_only_components(profile: &Profile) -> bool {
    profile.format() == Format::SsMix2
}
