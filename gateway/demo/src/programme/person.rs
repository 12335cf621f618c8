//! The invented participants of the demo.

use std::fmt;

use gemj_model::Sex;

use super::consent_history::ConsentRow;
use super::disease::Diagnosis;
use super::hpo::Feature;

/// The id of the cancer dataset.
pub const CANCER: &str = "cancer";

/// The id of the rare disease dataset.
pub const RARE_DISEASE: &str = "rare-disease";

/// One of the demo's five hospitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hospital {
    /// The hospital with the site id `hospital-a`.
    A,
    /// The hospital with the site id `hospital-b`.
    B,
    /// The hospital with the site id `hospital-c`.
    C,
    /// The hospital with the site id `hospital-d`.
    D,
    /// The hospital with the site id `hospital-e`.
    E,
}

impl Hospital {
    /// All five hospitals.
    pub const ALL: [Self; 5] = [Self::A, Self::B, Self::C, Self::D, Self::E];

    /// The site id of the hospital (`hospital-a`).
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

    /// The letter of the hospital in participants' ids.
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

/// A day of the Gregorian calendar. Days of the plan are from 1 to 28, so that they exist in every month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// The year.
    pub year: u16,
    /// The month, from 1.
    pub month: u8,
    /// The day of the month, from 1.
    pub day: u8,
}

/// The date on which the cases were exported, which is the last encounter of every participant.
pub const EXPORTED: Day = Day {
    year: 2025,
    month: 10,
    day: 1,
};

impl Day {
    /// The day with the same month and day, this many years later.
    #[must_use]
    pub fn plus_years(self, years: u16) -> Self {
        Self {
            year: self.year + years,
            ..self
        }
    }

    /// The number of whole years from this day to another day; 0 if the other day is earlier.
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

/// The place of a participant in the family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The member through whom the family was enrolled.
    Proband,
    /// The mother of the proband.
    Mother,
    /// The father of the proband.
    Father,
    /// A sister or brother of the proband.
    Sibling,
}

/// A parent, from whom a participant inherits half of the alleles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The parent is a participant of the programme, named by index.
    Enrolled(usize),
    /// The parent is not in the programme and has this number. Siblings have parents with the same number.
    Outside(u32),
}

/// An invented participant.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The position of the participant in [`super::Programme::people`].
    pub index: usize,
    /// The participant's pseudonym in the programme (`GMJ-A-0001`).
    pub id: String,
    /// The id of the family (`GMF-0001`).
    pub family: String,
    /// The hospital that enrolled the participant.
    pub hospital: Hospital,
    /// The participant's sex.
    pub sex: Sex,
    /// The birthday, from which ages and the age of majority are computed. Institutions' own feeds contain the birthday; Phenopackets and
    /// sample sheets do not.
    pub born: Day,
    /// The place in the family.
    pub relation: Relation,
    /// Whether the participant is in the cancer dataset.
    pub in_cancer: bool,
    /// Whether the participant is in the rare disease dataset.
    pub in_rare_disease: bool,
    /// The participant's mother.
    pub mother: Parent,
    /// The participant's father.
    pub father: Parent,
    /// The consent events in the order of the ledger; empty for a participant who was never asked.
    pub consents: Vec<ConsentRow>,
    /// The features that were found, and the features that were looked for and not found.
    pub features: Vec<Feature>,
    /// The diagnosis; absent for healthy relatives and undiagnosed participants.
    pub diagnosis: Option<Diagnosis>,
    /// The index of the site whose first alternative allele was reported as the cause; absent if no cause was found.
    pub causal_site: Option<usize>,
}

impl Person {
    /// The id of the specimen from which the participant's files were made. It is also the sample name in these files.
    #[must_use]
    pub fn specimen(&self) -> String {
        format!("{}-S1", self.id)
    }

    /// Whether the participant is in the dataset with this id.
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
