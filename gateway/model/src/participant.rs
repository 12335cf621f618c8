//! A person of the programme, as the stores know one: a pseudonym and what policy needs, nothing that identifies.

use serde::{Deserialize, Serialize};

use crate::identifier::{FamilyId, Ordinal, ParticipantId, SiteId};
use crate::partial_date::PartialDate;

/// Sex as registered. Absence of a statement is `Unknown`.
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
    /// Reads the usual spellings (`female`, `F`, `2`, `male`, `M`, `1`, `other`, `unknown`, `0`, empty); absent for anything else.
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
    /// The family; absent is a family of one.
    pub family: Option<FamilyId>,
    /// Sex as registered.
    pub sex: Sex,
    /// When born, to the month at most; absent where no feed said.
    pub born: Option<PartialDate>,
    /// The institution that enrolled them; absent where the feed did not say.
    pub site: Option<SiteId>,
}
