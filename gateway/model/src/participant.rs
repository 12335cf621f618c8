//! A participant as the stores represent the participant: a pseudonym and the data that policy needs. Identifying data is not included.

use serde::{Deserialize, Serialize};

use crate::identifier::{FamilyId, Ordinal, ParticipantId, SiteId};
use crate::partial_date::PartialDate;

/// Sex as registered. A missing statement means `Unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither female nor male.
    Other,
    /// The sex is not stated.
    #[default]
    Unknown,
}

impl Sex {
    /// Parses the usual spellings (`female`, `F`, `2`, `male`, `M`, `1`, `other`, `unknown`, `0`, empty); absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "female" | "f" | "2" => Some(Self::Female),
            "male" | "m" | "1" => Some(Self::Male),
            "other" | "other_sex" => Some(Self::Other),
            "" | "unknown" | "unknown_sex" | "u" | "0" => Some(Self::Unknown),
            _ => None,
        }
    }

    /// The lower-case name of the value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

/// A registered participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Participant {
    /// The participant's dense number, which is the index in every bitmap.
    pub ordinal: Ordinal,
    /// The participant's pseudonym.
    pub id: ParticipantId,
    /// The participant's family; absent if the participant counts as a family of one.
    pub family: Option<FamilyId>,
    /// The participant's sex as registered.
    pub sex: Sex,
    /// The year, or year and month, of the participant's birth; absent if no feed stated it.
    pub born: Option<PartialDate>,
    /// The institution that enrolled the participant; absent if the feed did not state it.
    pub site: Option<SiteId>,
}
