//! The accounts of `ingest` runs: what each run received, and what became of it.

mod message;
mod read;
mod write;

pub use message::MessageWrite;

use gemj_model::{DatasetId, SiteId, Timestamp};

/// A rejected unit of a feed, or a rejected part of a unit. No field contains a value of the input or the name of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedUnit {
    /// The position of the unit among all units that the run received, from 1. 0 for a run of a version that did not store positions.
    pub number: u64,
    /// The keyed name of the unit: a digest of its key or of its place. Empty for a run of a version that did not store keyed names.
    pub unit: String,
    /// Whether only a part of the unit was rejected, such as one laboratory result. The unit itself was committed without this part.
    pub is_part: bool,
    /// The reason for the rejection, as a short stable code.
    pub reason: String,
    /// The reason for the rejection, as a text for people.
    pub detail: String,
    /// The id of the later run that received the unit again; absent if no run has. If that run rejected the unit too, the unit is listed there.
    pub received_again_by: Option<String>,
}

/// How an `ingest` run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IngestState {
    /// The run has begun and has not stated its result: it is still running, or its process was ended.
    Begun,
    /// The run read its whole input.
    Ended,
    /// The run stopped before the end of its input, because a store failed. The counts cover the units before the failure.
    Stopped,
    /// The run receives messages one by one: a listener is still running, or its process was ended. Each message is counted in the transaction that
    /// stores it, before it is acknowledged, so all counts are complete.
    Listening,
}

impl IngestState {
    /// The kebab-case name of the state.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Ended => "ended",
            Self::Stopped => "stopped",
            Self::Listening => "listening",
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Begun, Self::Ended, Self::Stopped, Self::Listening]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

/// The start of an `ingest` run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestStart {
    /// The random id of the run.
    pub id: String,
    /// The profile that the run uses.
    pub profile: String,
    /// The version of the profile's mapping.
    pub mapping_version: String,
    /// The dataset of the ingested facts.
    pub dataset: DatasetId,
    /// The institution that uses the numbers in the input.
    pub site: SiteId,
    /// The institution's namespace of these numbers.
    pub namespace: String,
    /// The time at which the institution exported the input; absent if not stated.
    pub exported: Option<Timestamp>,
    /// The time when the run began.
    pub began: Timestamp,
}

/// One count of the content of received units.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IngestCount {
    /// The kind of the count, such as `left-out:free-text`, `repair` or `not-mapped`.
    pub kind: String,
    /// The name of the field, rule, repair or status. Never a value.
    pub name: String,
    /// The count.
    pub count: u64,
}

/// The result of an `ingest` run. `received` is the sum of `committed`, `replaced`, `duplicate`, `superseded` and the number of rejected units
/// (without rejected parts).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IngestResult {
    /// The number of units in the input.
    pub received: u64,
    /// The number of units that were stored for the first time.
    pub committed: u64,
    /// The number of units that replaced an earlier version.
    pub replaced: u64,
    /// The number of units whose content was stored before the run.
    pub unchanged: u64,
    /// The number of units that the input contains a second time, with the same content.
    pub duplicate: u64,
    /// The number of units that were not stored because a later version is already in the catalogue.
    pub superseded: u64,
    /// Rejected units and parts, in the order of the input.
    pub quarantined: Vec<QuarantinedUnit>,
    /// The number of parts of the input that are deliberately not read.
    pub ignored: u64,
    /// What became of the content of the units, in order of kind and name.
    pub counts: Vec<IngestCount>,
}

impl IngestResult {
    /// The number of rejected parts of committed units.
    #[must_use]
    pub fn parts_refused(&self) -> u64 {
        self.quarantined.iter().filter(|unit| unit.is_part).count() as u64
    }

    /// The number of rejected units, without rejected parts.
    #[must_use]
    pub fn units_refused(&self) -> u64 {
        self.quarantined.len() as u64 - self.parts_refused()
    }

    fn is_balanced(&self) -> bool {
        self.received == self.committed + self.replaced + self.unchanged + self.duplicate + self.superseded + self.units_refused()
    }
}

/// An `ingest` run with its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IngestRun {
    /// The random id of the run.
    pub id: String,
    /// The profile that the run used.
    pub profile: String,
    /// The version of the profile's mapping.
    pub mapping_version: String,
    /// The dataset of the ingested facts.
    pub dataset: DatasetId,
    /// The institution that uses the numbers in the input; absent for a run of a version that did not store it.
    pub site: Option<SiteId>,
    /// The institution's namespace of these numbers; empty for a run of a version that did not store it.
    pub namespace: String,
    /// The time at which the institution exported the input; absent if not stated.
    pub exported: Option<Timestamp>,
    /// The time when the run began; absent for a run of a version that did not store it.
    pub began: Option<Timestamp>,
    /// How the run ended.
    pub state: IngestState,
    /// The time when the run ended. The time when it began, if the run has not ended.
    pub ended: Timestamp,
    /// The result. If the run has not ended, only the units that it stored are counted (`received`, `committed`, `replaced`): they are counted in the
    /// transaction that stores them. How many other units the run received is then not known.
    pub result: IngestResult,
}
