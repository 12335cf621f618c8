//! Maps a feed without storing it, for the author of a profile.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Mutex;

use gemj_model::fact::{CaseRecord, Committed, SinkError};
use gemj_model::{FactSink, Linkage, LinkageUnavailable, ParticipantId, SiteNumber};

use super::ingest;
use crate::accounting::{Accounting, IngestError};
use crate::profile::Profile;
use crate::target::Target;

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
        statements: counted.0,
    })
}

/// A table in which every number is linked to a person of its own.
#[derive(Default)]
struct Everyone(Mutex<HashMap<String, usize>>);

impl Linkage for Everyone {
    fn participant(&self, number: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        let mut known = self.0.lock().map_err(|_| LinkageUnavailable)?;
        let next = known.len();
        let person = known.entry(number.number.to_owned()).or_insert(next);
        ParticipantId::parse(&format!("TRIAL-{person}"))
            .map(Some)
            .map_err(|_| LinkageUnavailable)
    }
}

/// A sink that counts statements and stores nothing.
#[derive(Default)]
struct Counted(BTreeMap<[String; 3], u64>);

impl Counted {
    fn add(&mut self, statement: [String; 3]) {
        let is_full = self.0.len() >= MAX_CODES && !self.0.contains_key(&statement);
        let [kind, code, status] = statement;
        let code = if is_full { "(others)".to_owned() } else { code };
        *self.0.entry([kind, code, status]).or_default() += 1;
    }
}

impl FactSink for Counted {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        for fact in record.facts {
            self.add([fact.kind.as_str().to_owned(), fact.code, fact.status.as_str().to_owned()]);
        }
        for specimen in record.specimens {
            self.add(["specimen".to_owned(), specimen.kind_code, String::new()]);
        }
        Ok(Committed::New)
    }
}
