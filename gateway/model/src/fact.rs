//! Facts: what institutions said of a participant, kept with where they said it.

use serde::{Deserialize, Serialize};

use crate::carrier::CarrierObservation;
use crate::identifier::{DatasetId, FamilyId, ParticipantId, SiteId};
use crate::partial_date::PartialDate;
use crate::participant::Sex;
use crate::specimen::SpecimenStatement;

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A phenotypic feature (HPO).
    Phenotype,
    /// A disease (OMIM, MONDO, ICD-10).
    Disease,
    /// Something measured, with its value (JLAC10, LOINC).
    Measurement,
}

impl FactKind {
    /// The kebab-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phenotype => "phenotype",
            Self::Disease => "disease",
            Self::Measurement => "measurement",
        }
    }
}

/// What is said of the thing: it is there, or one of the ways in which it is not. None counts as another, and only [`FactStatus::Present`] says
/// that the participant has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactStatus {
    /// Found.
    Present,
    /// Looked for and not found.
    Excluded,
    /// Thought of and not yet confirmed.
    Suspected,
    /// Thought of once, and found to be something else.
    RuledOut,
    /// Had once, or what it left behind; not said to be there now.
    History,
    /// Stated with a modifier that is not understood, or with several that contradict each other. It is kept and says nothing.
    NotUnderstood,
}

impl FactStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Present,
        Self::Excluded,
        Self::Suspected,
        Self::RuledOut,
        Self::History,
        Self::NotUnderstood,
    ];

    /// The kebab-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Excluded => "excluded",
            Self::Suspected => "suspected",
            Self::RuledOut => "ruled-out",
            Self::History => "history",
            Self::NotUnderstood => "not-understood",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// How a number was bounded by its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparator {
    /// Less than.
    Less,
    /// At most.
    AtMost,
    /// At least.
    AtLeast,
    /// More than.
    More,
}

impl Comparator {
    /// FHIR's and HL7's sign.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::More => ">",
        }
    }

    /// Reads the sign.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Less, Self::AtMost, Self::AtLeast, Self::More]
            .into_iter()
            .find(|c| c.as_str() == text)
    }
}

/// The result of a measurement.
#[derive(Clone, PartialEq, Eq)]
pub enum MeasuredValue {
    /// A number with its unit.
    Quantity {
        /// A bound, where the source gave one instead of the value itself.
        comparator: Option<Comparator>,
        /// The decimal number as received: `1.10` stays `1.10`.
        number: String,
        /// The unit as received; empty where none came.
        unit: String,
    },
    /// A coded result.
    Coded {
        /// As a CURIE.
        code: String,
        /// The label as received.
        label: String,
    },
    /// Words.
    Text(String),
}

impl std::fmt::Debug for MeasuredValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MeasuredValue(..)")
    }
}

/// One statement about one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub kind: FactKind,
    /// The code as a CURIE (`HP:0001250`), as received.
    pub code: String,
    /// The label as received; empty where none came.
    pub label: String,
    /// Whether it is there.
    pub status: FactStatus,
    /// Onset as received (an ISO 8601 duration, an age range, an ontology id); absent where none came.
    pub onset: Option<String>,
    /// What was measured; absent for everything but a measurement.
    pub value: Option<MeasuredValue>,
    /// When it was observed or recorded; absent where not stated.
    pub observed: Option<PartialDate>,
}

/// Where a unit of input came from, so that each fact leads back to bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactSource {
    /// The profile that read it, such as `phenopacket`.
    pub profile: String,
    /// Which unit of the feed it is: a later unit of the same name replaces it. It is a digest where the feed's own name leads to a person;
    /// empty for a profile with one unit a person.
    pub unit: String,
    /// The unit's version as the feed orders them (compared as text); empty where the feed has none.
    pub version: String,
    /// SHA-256 of the unit's bytes, lower-case hex.
    pub sha256: String,
    /// Version of the mapping that was used.
    pub mapping_version: String,
}

/// One unit of input, mapped: a person and everything that was said of them. It is committed whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRecord {
    /// The dataset it goes to.
    pub dataset: DatasetId,
    /// Who it is about.
    pub participant: ParticipantId,
    /// Family; absent where none was stated.
    pub family: Option<FamilyId>,
    /// Sex as stated.
    pub sex: Sex,
    /// When born, to the month at most; absent where not stated.
    pub born: Option<PartialDate>,
    /// How old they were when last seen, as received (an ISO 8601 duration, or two as `start/end`); absent where not stated.
    pub age_at_last_encounter: Option<String>,
    /// The institution; absent where none was stated.
    pub site: Option<SiteId>,
    /// Facts in the order received.
    pub facts: Vec<Fact>,
    /// Alleles that the case was reported to carry.
    pub carriers: Vec<CarrierObservation>,
    /// Specimens taken of the participant.
    pub specimens: Vec<SpecimenStatement>,
    /// Where it came from.
    pub source: FactSource,
}

/// What became of a unit that a sink accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It was new.
    New,
    /// It replaced an earlier version of the same unit.
    Replaced,
    /// The same bytes had been committed before; nothing changed.
    Duplicate,
    /// A later version of the same unit is there already; nothing changed.
    Superseded,
}

/// Why a sink did not take a unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The unit contradicts what is stored (such as another sex of the same participant); it goes to quarantine.
    #[error("contradicts what is stored: {field}")]
    Conflict {
        /// The field, never its value.
        field: &'static str,
    },
    /// The store failed: nothing of the unit was kept, and the run stops.
    #[error("the store did not take it")]
    Store,
}

/// Where adapters put what they have mapped. Stores implement it; a write key was given when the sink was made.
pub trait FactSink {
    /// Commits one unit, whole or not at all.
    ///
    /// # Errors
    /// [`SinkError::Conflict`] quarantines the unit; [`SinkError::Store`] ends the run.
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError>;
}
