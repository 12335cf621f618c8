//! Specimens as the institutions describe them.

use crate::identifier::SpecimenId;
use crate::partial_date::PartialDate;

/// The statement of a feed about one specimen of one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecimenStatement {
    /// The id of the specimen, which the whole programme uses.
    pub id: SpecimenId,
    /// The kind of specimen, as a CURIE of the source's code system; empty if not stated.
    pub kind_code: String,
    /// The kind of specimen as text, as received; empty if not stated.
    pub kind_label: String,
    /// The date on which the specimen was collected; absent if not stated.
    pub collected: Option<PartialDate>,
    /// The anatomical site of the specimen, as a CURIE; absent if not stated.
    pub body_site: Option<String>,
    /// The storage temperature class of the specimen, as received; absent if not stated.
    pub storage: Option<String>,
    /// The specimen from which this specimen was made; absent for a primary specimen.
    pub parent: Option<SpecimenId>,
    /// How the specimen was collected, processed and stored, in the order of the source.
    pub steps: Vec<SpecimenStep>,
}

/// What was done with a specimen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpecimenStepKind {
    /// The specimen was taken from the participant.
    Collection,
    /// The specimen was processed.
    Processing,
    /// The specimen was stored.
    Storage,
}

impl SpecimenStepKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Collection, Self::Processing, Self::Storage];

    /// The kebab-case name of the kind.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Processing => "processing",
            Self::Storage => "storage",
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// One step of the handling of a specimen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecimenStep {
    /// What was done.
    pub kind: SpecimenStepKind,
    /// The code of the step as a CURIE; absent if not stated.
    pub code: Option<String>,
    /// The step as text, as received; empty if not stated.
    pub label: String,
    /// The time of the step as received, such as an age; absent if not stated.
    pub time: Option<String>,
}
