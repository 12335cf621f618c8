//! Facts: what institutions said of a participant, kept with where they said it.

use serde::{Deserialize, Serialize};

use crate::carrier::CarrierObservation;
use crate::identifier::{DatasetId, FamilyId, ParticipantId, SiteId};
use crate::participant::Sex;

/// What a fact is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A phenotypic feature (HPO).
    Phenotype,
    /// A disease (OMIM, MONDO, ICD-10).
    Disease,
}

impl FactKind {
    /// The kebab-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phenotype => "phenotype",
            Self::Disease => "disease",
        }
    }
}

/// Whether the thing was found or looked for and not found. The two never count as one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactStatus {
    /// Found.
    Present,
    /// Looked for and not found.
    Excluded,
}

impl FactStatus {
    /// The kebab-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Excluded => "excluded",
        }
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
    /// Present or excluded.
    pub status: FactStatus,
    /// Onset as received (an ISO 8601 duration, an age range, an ontology id); absent where none came.
    pub onset: Option<String>,
}

/// Where a unit of input came from, so that each fact leads back to bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactSource {
    /// The profile that read it, such as `phenopacket`.
    pub profile: String,
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
    /// The institution; absent where none was stated.
    pub site: Option<SiteId>,
    /// Facts in the order received.
    pub facts: Vec<Fact>,
    /// Alleles that the case was reported to carry.
    pub carriers: Vec<CarrierObservation>,
    /// Where it came from.
    pub source: FactSource,
}

/// What became of a unit that a sink accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// It was new, or replaced an earlier version of the same unit.
    New,
    /// The same bytes had been committed before; nothing changed.
    Duplicate,
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
