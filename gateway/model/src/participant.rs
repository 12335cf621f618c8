//! A participant, as the stores represent one: a pseudonym and the data that policy needs. No identifying data is included.

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
    /// Neither or other.
    Other,
    /// Not stated.
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

    /// The lower-case word.
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
    /// The dense number.
    pub ordinal: Ordinal,
    /// The pseudonym.
    pub id: ParticipantId,
    /// The family; absent: a family of one.
    pub family: Option<FamilyId>,
    /// Sex as registered.
    pub sex: Sex,
    /// Date of birth, to the month at most; absent if no feed stated it.
    pub born: Option<PartialDate>,
    /// The institution that enrolled the participant; absent if the feed did not state it.
    pub site: Option<SiteId>,
}
