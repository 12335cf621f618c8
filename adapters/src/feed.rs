//! Ingests the feeds of institutions. Each unit is decoded, mapped by the site's profile and validated. Then the whole unit is committed or
//! quarantined.

mod agreement;
mod coverage;
mod decoders;
mod explain;
mod map;
mod modifiers;
mod person;
mod statements;
mod trial;
mod unread_result;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError};
use gemj_model::{FactSink, Linkage, ParticipantId};

use crate::accounting::{Accounting, FactCounts, IngestError, Quarantined};
use crate::profile::{Format, Profile};
use crate::target::Target;
use crate::unit::{Met, Unit};

pub use agreement::{Asked, Disagreement, agree};
pub use explain::{Explained, ExplainedField, ExplainedStatement, Fate, Statement, explain};
pub use trial::{MAX_CODES, Trial, trial};

use map::{Mapped, Refusal};

/// Reads an institution's feed by its profile and commits the units to `sink`.
///
/// `paths` name the feed in its format: the root of an SS-MIX2 storage, an ODM file, a REDCap export with its dictionary in the same folder, a
/// file of MIABIS samples, or a file of FHIR resources. For every format except SS-MIX2, a path may also be a folder of such files. All ODM files are
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
        failed_at: None,
    };
    // The run stops early only if the store failed.
    let _ = decoders::decode(paths, profile, &mut |met| run.met(met));
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
    failed_at: Option<String>,
}

impl Run<'_> {
    fn met(&mut self, met: Met) -> ControlFlow<()> {
        match met {
            Met::Ignored(kind) => coverage::ignored(self.profile, &kind, &mut self.accounting),
            Met::LeftOut(rule, name) => self.accounting.leave_out(rule, &name, 1),
            Met::Repaired(repair) => self.accounting.repair(repair, 1),
            Met::Undecodable(unit) => {
                self.sink.received(&unit.locator);
                self.accounting.quarantine(unit.locator, unit.reason_code, unit.detail);
            }
            Met::Unit(unit) => {
                self.sink.received(&unit.locator);
                coverage::unit(self.profile, &unit, &mut self.accounting);
                return self.unit(&unit);
            }
        }
        ControlFlow::Continue(())
    }

    fn unit(&mut self, unit: &Unit) -> ControlFlow<()> {
        let source = source(self.profile, self.target, unit);
        let place = (source.unit.clone(), source.version.clone());
        if self.seen.get(&place).is_some_and(|earlier| *earlier != source.sha256) {
            let detail = "another unit of this run has the same key and version but different content";
            return self.refuse(unit, Refusal::new("same-key", detail));
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
            Ok(None) => {
                let detail = "no participant is linked to the unit's number in the namespace of the site";
                self.refuse(unit, Refusal::new("unknown-number", detail))
            }
            Ok(Some(participant)) => match self.mapped(unit, participant, source) {
                Err(refusal) => self.refuse(unit, refusal),
                Ok(mapped) => self.commit(unit, mapped, place),
            },
        }
    }

    fn mapped(&self, unit: &Unit, participant: ParticipantId, source: FactSource) -> Result<Mapped, Refusal> {
        let record = CaseRecord {
            dataset: self.target.dataset().clone(),
            participant,
            family: None,
            sex: gemj_model::Sex::Unknown,
            born: None,
            age_at_last_encounter: None,
            facts: Vec::new(),
            carriers: Vec::new(),
            specimens: Vec::new(),
            source,
        };
        match unit.deleted {
            true => Ok(Mapped::nothing(record)),
            false => map::map(self.profile, unit, record),
        }
    }

    fn refuse(&mut self, unit: &Unit, refusal: Refusal) -> ControlFlow<()> {
        let name = self.target.unit(self.profile.format().as_str(), &unit.key);
        self.accounting
            .quarantine_named(Some(name), unit.locator.clone(), refusal.reason_code, refusal.detail);
        ControlFlow::Continue(())
    }

    fn commit(&mut self, unit: &Unit, mapped: Mapped, place: (String, String)) -> ControlFlow<()> {
        let FactSource {
            sha256: digest,
            unit: name,
            ..
        } = mapped.record.source.clone();
        let facts = FactCounts::of(&mapped.record.facts);
        let specimens = mapped.record.specimens.len() as u64;
        let committed = match self.sink.commit(mapped.record) {
            Ok(committed) => committed,
            Err(SinkError::Conflict { field }) => {
                let detail = format!("contradicts what is stored: {field}");
                return self.refuse(unit, Refusal::new("conflict", detail));
            }
            Err(SinkError::Store) => {
                self.failed_at = Some(unit.locator.clone());
                return ControlFlow::Break(());
            }
        };
        let accounting = &mut self.accounting;
        accounting.received += 1;
        match committed {
            Committed::New => accounting.committed += 1,
            Committed::Replaced => accounting.replaced += 1,
            Committed::Duplicate => accounting.duplicate += 1,
            Committed::Superseded => accounting.superseded += 1,
        }
        let number = accounting.received;
        if !matches!(committed, Committed::Superseded) {
            // A part of a unit that is already there was refused before, and is refused again.
            accounting
                .results_refused
                .extend(mapped.refused.into_iter().map(|(record, refusal)| Quarantined {
                    number,
                    name: Some(name.clone()),
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

/// The source that is stored with a unit's statements. It contains no text that could name a person.
fn source(profile: &Profile, target: &Target, unit: &Unit) -> FactSource {
    let format = profile.format().as_str();
    FactSource {
        profile: profile.name().to_owned(),
        unit: target.unit(format, &unit.key),
        earlier_unit: Some(Target::earlier_unit(format, target.namespace(), &unit.key)),
        version: target.version(&unit.version).to_owned(),
        sha256: unit.sha256.clone(),
        mapping_version: profile.mapping_version().to_owned(),
    }
}

/// Whether the profile's format has two names for a field with a single component (in HL7, `PID-8` and `PID-8.1`).
fn has_only_components(profile: &Profile) -> bool {
    profile.format() == Format::SsMix2
}
