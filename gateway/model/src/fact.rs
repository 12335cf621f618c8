//! Facts: statements of institutions about a participant, kept with their source.

use serde::{Deserialize, Serialize};

use crate::carrier::CarrierObservation;
use crate::identifier::{DatasetId, FamilyId, ParticipantId, SiteId};
use crate::partial_date::PartialDate;
use crate::participant::Sex;
use crate::specimen::SpecimenStatement;

/// The subject of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A phenotypic feature (HPO).
    Phenotype,
    /// A disease (OMIM, MONDO, ICD-10).
    Disease,
    /// A measurement, with its value (JLAC10, LOINC).
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

/// Whether the participant has the feature: present, or one of several ways of not being present. No status counts as another status. Only
/// [`FactStatus::Present`] states that the participant has the feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactStatus {
    /// Found.
    Present,
    /// Looked for, and not found.
    Excluded,
    /// Considered, and not yet confirmed.
    Suspected,
    /// Considered earlier, and found to be something else.
    RuledOut,
    /// Present in the past, or the after-effect of a past condition. The source does not state that it is present now.
    History,
    /// Stated with a modifier that the gateway does not know, or with several modifiers that contradict each other. The fact is stored, but
    /// states nothing about the participant.
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

/// How the source bounded a number.
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
    /// The sign that FHIR and HL7 use.
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
        /// A bound, if the source stated a bound instead of the value itself.
        comparator: Option<Comparator>,
        /// The decimal number as received: `1.10` stays `1.10`.
        number: String,
        /// The unit as received; empty if the source stated none.
        unit: String,
    },
    /// A coded result.
    Coded {
        /// As a CURIE.
        code: String,
        /// The label as received.
        label: String,
    },
    /// Free text.
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
    /// The subject of the fact.
    pub kind: FactKind,
    /// The code as a CURIE (`HP:0001250`), as received.
    pub code: String,
    /// The label as received; empty if the source stated none.
    pub label: String,
    /// Whether the participant has the feature.
    pub status: FactStatus,
    /// Onset as received (an ISO 8601 duration, an age range, an ontology id); absent if not stated.
    pub onset: Option<String>,
    /// The result of a measurement; absent for every other kind.
    pub value: Option<MeasuredValue>,
    /// When it was observed or recorded; absent if not stated.
    pub observed: Option<PartialDate>,
}

/// The source of a unit of input. It links each fact to the bytes from which the fact was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactSource {
    /// The profile that read the unit, such as `phenopacket`.
    pub profile: String,
    /// The unit within the feed. A later unit of the same name replaces this unit. The value is a digest if the feed's own name could
    /// identify a person. It is empty for a profile that has one unit for each participant.
    pub unit: String,
    /// The unit's version, in the feed's own ordering (compared as text); empty if the feed has no versions.
    pub version: String,
    /// SHA-256 of the unit's bytes, lower-case hex.
    pub sha256: String,
    /// Version of the mapping that read the unit.
    pub mapping_version: String,
}

/// One unit of input after mapping: a participant and every statement about the participant. It is committed as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRecord {
    /// The dataset that receives the record.
    pub dataset: DatasetId,
    /// The participant that the record describes.
    pub participant: ParticipantId,
    /// Family; absent if not stated.
    pub family: Option<FamilyId>,
    /// Sex as stated.
    pub sex: Sex,
    /// Date of birth, to the month at most; absent if not stated.
    pub born: Option<PartialDate>,
    /// The participant's age at the last encounter, as received (an ISO 8601 duration, or two as `start/end`); absent if not stated.
    pub age_at_last_encounter: Option<String>,
    /// The institution; absent if not stated.
    pub site: Option<SiteId>,
    /// Facts in the order received.
    pub facts: Vec<Fact>,
    /// Alleles that the case report states for the participant.
    pub carriers: Vec<CarrierObservation>,
    /// Specimens taken from the participant.
    pub specimens: Vec<SpecimenStatement>,
    /// The source of the record.
    pub source: FactSource,
}

/// The result of a commit that the sink accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The unit was new.
    New,
    /// The unit replaced an earlier version of the same unit.
    Replaced,
    /// The same bytes had been committed before. Nothing changed.
    Duplicate,
    /// The store already has a later version of the same unit. Nothing changed.
    Superseded,
}

/// Why a sink rejected a unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The unit contradicts the stored data (for example, another sex for the same participant). The unit is quarantined.
    #[error("contradicts what is stored: {field}")]
    Conflict {
        /// The name of the field, never its value.
        field: &'static str,
    },
    /// The store failed. No part of the unit was stored, and the run stops.
    #[error("the store failed")]
    Store,
}

/// Where adapters commit mapped units. Stores implement this trait. The sink receives its write key when it is made.
pub trait FactSink {
    /// Commits one unit, as a whole or not at all.
    ///
    /// # Errors
    /// [`SinkError::Conflict`] quarantines the unit; [`SinkError::Store`] ends the run.
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError>;
}
