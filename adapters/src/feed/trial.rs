//! Maps a feed without storing it, for the author of a profile.

mod contents;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::Mutex;

use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit};
use gemj_model::{DatasetId, FactSink, Linkage, LinkageUnavailable, ParticipantId, SiteNumber, StatedMerge, StatedMergeOutcome};

use super::ingest;
use crate::accounting::{Accounting, IngestError};
use crate::profile::Profile;
use crate::target::{Half, Target, half};

pub use contents::Contents;

/// The result of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// What became of every unit. No unit is a duplicate or older than a stored unit, because nothing is stored.
    pub accounting: Accounting,
    /// The number of persons in the units.
    pub persons: u64,
    /// The number of statements, by kind, code and status. A specimen has its kind as code and no status. If a feed has more than [`MAX_CODES`]
    /// different codes, the further codes are counted together under `(others)`.
    pub statements: BTreeMap<[String; 3], u64>,
    /// The contents of the statements, by the same names. The statements about sex, birth, family and age have the kind `person`, and alleles have the
    /// kind `carrier`.
    pub contents: BTreeMap<[String; 3], Contents>,
}

/// The maximum number of different statements that a trial counts by name.
pub const MAX_CODES: usize = 100_000;

/// Maps a feed as [`ingest`] does, and stores nothing. Every number counts as linked to a person of its own.
///
/// # Errors
/// [`IngestError`] never occurs, because nothing is stored; it is returned for the caller's convenience.
pub fn trial(paths: &[PathBuf], profile: &Profile, target: &Target) -> Result<Trial, IngestError> {
    let everyone = Everyone::default();
    let mut counted = Counted::default();
    let accounting = ingest(paths, profile, target, &everyone, &mut counted)?;
    let persons = everyone.0.lock().map(|known| known.len() as u64).unwrap_or_default();
    Ok(Trial {
        accounting,
        persons,
        statements: counted.statements,
        contents: counted.contents,
    })
}

/// A table in which every number is linked to a person of its own. The person's id depends on the number only, so that two trials of one feed name
/// the persons alike.
#[derive(Default)]
struct Everyone(Mutex<HashSet<Half>>);

impl Linkage for Everyone {
    fn participant(&self, number: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        let person = half(&[number.number]);
        self.0.lock().map_err(|_| LinkageUnavailable)?.insert(person);
        ParticipantId::parse(&format!("TRIAL-{}", hex::encode(person)))
            .map(Some)
            .map_err(|_| LinkageUnavailable)
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

/// A sink that counts statements and stores nothing.
#[derive(Default)]
struct Counted {
    statements: BTreeMap<[String; 3], u64>,
    contents: BTreeMap<[String; 3], Contents>,
}

impl Counted {
    /// Counts a statement. Returns the contents of the statements of its name.
    fn add(&mut self, statement: [String; 3]) -> &mut Contents {
        let is_full = self.statements.len() >= MAX_CODES && !self.statements.contains_key(&statement);
        let [kind, code, status] = statement;
        let name = [kind, if is_full { "(others)".to_owned() } else { code }, status];
        *self.statements.entry(name.clone()).or_default() += 1;
        self.contents.entry(name).or_default()
    }

    /// The contents of statements that are not counted by name.
    fn uncounted(&mut self, kind: &str) -> &mut Contents {
        self.contents.entry([kind.to_owned(), String::new(), String::new()]).or_default()
    }
}

impl FactSink for Counted {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        let person = record.participant.as_str();
        self.uncounted("person").person(person, &record);
        for fact in &record.facts {
            self.add([fact.kind.as_str().to_owned(), fact.code.clone(), fact.status.as_str().to_owned()])
                .fact(person, fact);
        }
        for specimen in &record.specimens {
            self.add(["specimen".to_owned(), specimen.kind_code.clone(), String::new()])
                .specimen(person, specimen);
        }
        for carrier in &record.carriers {
            self.uncounted("carrier").carrier(person, carrier);
        }
        Ok(Committed::New)
    }

    /// Every number counts as linked to a person of its own, so every merge opens a case.
    fn merge(&mut self, _statement: StatedMerge) -> Result<StatedMergeOutcome, SinkError> {
        Ok(StatedMergeOutcome::Opened(0))
    }

    fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
        Ok(StoredUnit::Absent)
    }

    fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
        Ok(0)
    }
}
