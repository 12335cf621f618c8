//! The invented participants.

use std::fmt;

use gemj_model::Sex;

use super::consent_history::ConsentRow;
use super::disease::Diagnosis;
use super::hpo::Feature;

/// Id of the cancer dataset.
pub const CANCER: &str = "cancer";

/// Id of the rare disease dataset.
pub const RARE_DISEASE: &str = "rare-disease";

/// One of the five institutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hospital {
    /// hospital-a
    A,
    /// hospital-b
    B,
    /// hospital-c
    C,
    /// hospital-d
    D,
    /// hospital-e
    E,
}

impl Hospital {
    /// All five.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The site id (`hospital-a`).
    #[must_use]
    pub fn site(self) -> &'static str {
        match self {
            Self::A => "hospital-a",
            Self::B => "hospital-b",
            Self::C => "hospital-c",
            Self::D => "hospital-d",
            Self::E => "hospital-e",
        }
    }

    /// The letter in participants' ids.
    pub(super) fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
            Self::E => 'E',
        }
    }
}

/// A day of the Gregorian calendar. Days of the plan are 1 to 28, so that every year has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Year.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
}

/// The date on which the cases were exported, which is the last encounter of every participant.
pub const EXPORTED: Day = Day {
    year: 2025,
    month: 10,
    day: 1,
};

impl Day {
    /// The same day this many years later.
    #[must_use]
    pub fn plus_years(self, years: u16) -> Self {
        Self {
            year: self.year + years,
            ..self
        }
    }

    /// Whole years from this day to another; 0 if the other is earlier.
    #[must_use]
    pub fn years_until(self, other: Self) -> u16 {
        let before_birthday = (other.month, other.day) < (self.month, self.day);
        other.year.saturating_sub(self.year).saturating_sub(u16::from(before_birthday))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A person's place in the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The member through whom the family was enrolled.
    Proband,
    /// Mother of the proband.
    Mother,
    /// Father of the proband.
    Father,
    /// Sister or brother of the proband.
    Sibling,
}

/// The source of half of a participant's alleles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// A participant of the programme, by index.
    Enrolled(usize),
    /// A parent outside the programme, by number. Siblings share a number.
    Outside(u32),
}

/// A participant.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Position in [`super::Programme::people`].
    pub index: usize,
    /// The programme's pseudonym (`GMJ-A-0001`).
    pub id: String,
    /// The family (`GMF-0001`).
    pub family: String,
    /// The institution that enrolled the participant.
    pub hospital: Hospital,
    /// Sex.
    pub sex: Sex,
    /// Birthday, used for ages and for the age of majority. Institutions' own feeds contain it; packets and sheets do not.
    pub born: Day,
    /// Place in the family.
    pub relation: Relation,
    /// Whether the participant is in the cancer dataset.
    pub in_cancer: bool,
    /// Whether the participant is in the rare disease dataset.
    pub in_rare_disease: bool,
    /// Mother.
    pub mother: Parent,
    /// Father.
    pub father: Parent,
    /// Consent events in the order of the ledger; empty for a participant who was never asked.
    pub consents: Vec<ConsentRow>,
    /// Features that were found, and features that were looked for and not found.
    pub features: Vec<Feature>,
    /// Diagnosis; absent for healthy relatives and undiagnosed participants.
    pub diagnosis: Option<Diagnosis>,
    /// Index of the site whose first alternative allele was reported as the cause; absent if no cause was found.
    pub causal_site: Option<usize>,
}

impl Person {
    /// The specimen of the participant's files; also the sample name in these files.
    #[must_use]
    pub fn specimen(&self) -> String {
        format!("{}-S1", self.id)
    }

    /// Whether the participant is in the dataset of this id.
    #[must_use]
    pub fn is_in(&self, dataset: &str) -> bool {
        (dataset == CANCER && self.in_cancer) || (dataset == RARE_DISEASE && self.in_rare_disease)
    }

    /// Whether the participant has one X chromosome.
    #[must_use]
    pub fn is_male(&self) -> bool {
        self.sex == Sex::Male
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person").field("index", &self.index).finish_non_exhaustive()
    }
}
