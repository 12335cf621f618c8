//! Facts: statements of institutions about a participant. Each fact is stored with its source.

use serde::{Deserialize, Serialize};

use crate::carrier::CarrierObservation;
use crate::fact_detail::FactDetail;
use crate::identifier::{DatasetId, FamilyId, ParticipantId, SiteId};
use crate::partial_date::PartialDate;
use crate::participant::Sex;
use crate::specimen::SpecimenStatement;

/// The subject of a fact. No kind counts as another kind: a disease of the family and the reason of a treatment are never a disease of the
/// participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// A phenotypic feature (HPO).
    Phenotype,
    /// A disease (OMIM, MONDO, ICD-10).
    Disease,
    /// A measurement, with its value (JLAC10, LOINC).
    Measurement,
    /// A treatment: its code is the agent, the regimen or the kind of radiation.
    Treatment,
    /// A procedure, such as an operation or a biopsy.
    Procedure,
    /// A condition of a relative of the participant. The status is that of the relative, and states nothing about the participant.
    FamilyHistory,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Phenotype,
        Self::Disease,
        Self::Measurement,
        Self::Treatment,
        Self::Procedure,
        Self::FamilyHistory,
    ];

    /// Whether a fact of this kind with the status `present` states that the participant has the feature of its code.
    #[must_use]
    pub fn is_about_participant(self) -> bool {
        match self {
            Self::Phenotype | Self::Disease | Self::Measurement | Self::Treatment | Self::Procedure => true,
            Self::FamilyHistory => false,
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kebab-case name of the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phenotype => "phenotype",
            Self::Disease => "disease",
            Self::Measurement => "measurement",
            Self::Treatment => "treatment",
            Self::Procedure => "procedure",
            Self::FamilyHistory => "family-history",
        }
    }
}

/// Whether the participant has the feature that a fact is about. No status counts as another status. Only [`FactStatus::Present`]
/// states that the participant has the feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactStatus {
    /// The feature was found.
    Present,
    /// The feature was looked for and was not found.
    Excluded,
    /// The feature was considered and is not yet confirmed.
    Suspected,
    /// The feature was considered earlier and was found to be something else.
    RuledOut,
    /// The feature was present in the past, or it is the after-effect of a past condition. The source does not state that it is present now.
    History,
    /// Extracted from a text by a model or another program, and not confirmed by a person. The details state the model. What was extracted may be an absence.
    NotConfirmed,
    /// Stated with a modifier that the gateway does not know, or with several modifiers that contradict each other. The fact is stored, but
    /// states nothing about the participant.
    NotUnderstood,
}

impl FactStatus {
    /// Every status.
    pub const ALL: [Self; 7] = [
        Self::Present,
        Self::Excluded,
        Self::Suspected,
        Self::RuledOut,
        Self::History,
        Self::NotConfirmed,
        Self::NotUnderstood,
    ];

    /// The kebab-case name of the status.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Excluded => "excluded",
            Self::Suspected => "suspected",
            Self::RuledOut => "ruled-out",
            Self::History => "history",
            Self::NotConfirmed => "not-confirmed",
            Self::NotUnderstood => "not-understood",
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// The bound of a measured number, if the source stated a bound instead of the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparator {
    /// The value is less than the number.
    Less,
    /// The value is at most the number.
    AtMost,
    /// The value is at least the number.
    AtLeast,
    /// The value is more than the number.
    More,
}

impl Comparator {
    /// The sign of the bound that FHIR and HL7 use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
            Self::More => ">",
        }
    }

    /// Parses the sign; absent for any other text.
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
        /// The bound, if the source stated a bound; absent if it stated the value itself.
        comparator: Option<Comparator>,
        /// The decimal number as received: `1.10` stays `1.10`.
        number: String,
        /// The unit as received; empty if the source stated no unit.
        unit: String,
    },
    /// A coded result.
    Coded {
        /// The code of the result as a CURIE.
        code: String,
        /// The label of the result as received.
        label: String,
    },
    /// A result as free text.
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
    /// The label as received; empty if the source stated no label.
    pub label: String,
    /// Whether the participant has the feature.
    pub status: FactStatus,
    /// The onset of the feature as received (an ISO 8601 duration, an age range, an ontology id); absent if not stated.
    pub onset: Option<String>,
    /// The result, if the fact is a measurement; absent for every other kind.
    pub value: Option<MeasuredValue>,
    /// The date on which the feature was observed or recorded; absent if not stated.
    pub observed: Option<PartialDate>,
    /// What the source states beside the code, in the order of the source.
    pub details: Vec<FactDetail>,
}

/// The text before the digest of a void unit.
pub const VOID: &str = "void:";

/// What a store has of an input unit now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredUnit {
    /// No version of the unit is stored and in use.
    Absent,
    /// A version of the unit is in use.
    Current,
    /// The stored version states that the unit is void.
    Void,
}

/// The source of an input unit (such as one phenopacket). It links each fact to the bytes from which the fact was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactSource {
    /// The institution that sent the input unit; absent if it is not known. Exports return the unit only to this institution.
    pub site: Option<SiteId>,
    /// The name of the mapping profile that read the input unit, such as `phenopacket`.
    pub profile: String,
    /// The name of the input unit within the feed. A later unit of the same name replaces this unit. If the feed's own name could identify a person,
    /// the value is a digest of that name. The value is empty for a profile that has one unit for each participant.
    pub unit: String,
    /// The name that an earlier version of the gateway gave to the same unit; absent if no earlier version named it differently. A stored unit
    /// with this name counts as an earlier version of this unit.
    pub earlier_unit: Option<String>,
    /// The version of the input unit, in the feed's own ordering (compared as text); empty if the feed has no versions.
    pub version: String,
    /// SHA-256 of the input unit, lower-case hex: of its bytes or, for a packet, of its content in one form. A unit that the feed states as void has
    /// [`VOID`] before the digest, so that a deletion never equals the version that it deletes.
    pub sha256: String,
    /// The version of the mapping profile that read the input unit.
    pub mapping_version: String,
}

/// One input unit after mapping: a participant and every statement about that participant. The unit is committed as a whole or not at all.
///
/// A record does not state the institution that enrolled the participant. The institution that sends data about a participant can be another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRecord {
    /// The dataset that receives the record.
    pub dataset: DatasetId,
    /// The participant that the record describes.
    pub participant: ParticipantId,
    /// The family of the participant; absent if not stated.
    pub family: Option<FamilyId>,
    /// The sex of the participant as stated.
    pub sex: Sex,
    /// The year, or year and month, of the participant's birth; absent if not stated.
    pub born: Option<PartialDate>,
    /// The participant's age at the last encounter, as received (an ISO 8601 duration, or two as `start/end`); absent if not stated.
    pub age_at_last_encounter: Option<String>,
    /// The facts about the participant, in the order of the input.
    pub facts: Vec<Fact>,
    /// Alleles that the case report states for the participant.
    pub carriers: Vec<CarrierObservation>,
    /// Specimens taken from the participant.
    pub specimens: Vec<SpecimenStatement>,
    /// The source of the record.
    pub source: FactSource,
}

/// The content of a case report without the identifiers of persons, and the institution that sent it. `Debug` shows no content.
#[derive(Clone, PartialEq, Eq)]
pub struct PacketContent {
    /// The institution that sent the report.
    pub site: SiteId,
    /// The content. The sink of the gateway seals it before it reaches a store.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for PacketContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PacketContent(..)")
    }
}

/// The result of a commit that the sink accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The input unit was new.
    New,
    /// The input unit replaced an earlier version of the same unit.
    Replaced,
    /// The same bytes had already been committed, so nothing changed.
    Duplicate,
    /// The store already has a later version of the same input unit, so nothing changed.
    Superseded,
}

/// The reason why a sink rejected an input unit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// The input unit contradicts the stored data (for example, another sex for the same participant). The unit is quarantined.
    #[error("contradicts what is stored: {field}")]
    Conflict {
        /// The name of the field that contradicts the stored data. The value is never included.
        field: &'static str,
    },
    /// The store failed. No part of the input unit was stored, and the run stops.
    #[error("the store failed")]
    Store,
}

/// The receiver to which adapters commit mapped input units. Stores implement this trait. An implementation gets its write key when it is made.
pub trait FactSink {
    /// Commits one input unit, as a whole or not at all.
    ///
    /// # Errors
    /// [`SinkError::Conflict`] if the unit contradicts the stored data and is quarantined. [`SinkError::Store`] if the store failed; the run then
    /// ends.
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError>;

    /// Commits one case report together with the content of its packet, so that the packet can be returned to the institution as it came. A sink that
    /// keeps no content commits the record alone.
    ///
    /// # Errors
    /// The errors of [`Self::commit`].
    fn commit_packet(&mut self, record: CaseRecord, content: PacketContent) -> Result<Committed, SinkError> {
        drop(content);
        self.commit(record)
    }

    /// What is stored of a unit, by its name within the feed. A sink that stores nothing answers [`StoredUnit::Absent`]. There is no default, because a sink
    /// that forgets this call would store messages about deleted patients.
    ///
    /// # Errors
    /// [`SinkError::Store`] if the store failed; the run then ends.
    fn stored(&mut self, dataset: &DatasetId, unit: &str) -> Result<StoredUnit, SinkError>;

    /// Hides everything that units of a profile stated about a participant in a dataset, except the unit of this source itself: an institution deleted
    /// its record of the participant. The statements of the other units are removed until the units are received again. Returns the number of hidden
    /// units.
    ///
    /// # Errors
    /// [`SinkError::Store`] if the store failed; the run then ends.
    fn hide(&mut self, dataset: &DatasetId, participant: &ParticipantId, source: &FactSource) -> Result<u64, SinkError>;

    /// Learns that the input has content that could be read and that earlier runs may have refused under this mark: the digest of the content, or the
    /// place of a file. A sink that does not compare runs ignores the call.
    fn received(&mut self, _mark: &str) {}

    /// Takes one consent statement of a unit, before the unit's facts are committed or refused. A withdrawal therefore takes effect also if the rest of the
    /// unit is refused. A sink that keeps no consents ignores the call.
    ///
    /// # Errors
    /// [`SinkError::Store`] if the store failed; the run then ends.
    fn consent(&mut self, _statement: crate::feed_consent::FeedConsent) -> Result<(), SinkError> {
        Ok(())
    }

    /// Learns that the feed states a unit as deleted, so that a consent of the unit is checked. A deletion is not a withdrawal.
    ///
    /// # Errors
    /// [`SinkError::Store`] if the store failed; the run then ends.
    fn deleted(&mut self, _unit: &str) -> Result<(), SinkError> {
        Ok(())
    }

    /// Takes the statement that two numbers of the feed's namespace name one person. A statement never joins two participants by itself. A sink that
    /// records no merges ignores the call.
    ///
    /// # Errors
    /// [`SinkError::Store`] if the store failed; the run then ends.
    fn merge(&mut self, _statement: crate::StatedMerge) -> Result<crate::StatedMergeOutcome, SinkError> {
        Ok(crate::StatedMergeOutcome::NotRecorded)
    }
}
