//! The account of an export: what was written, and what was left out by which rule.

use std::collections::BTreeMap;

use crate::beacon::records::untold::Untold;

/// A rule by which a statement, or a part of it, is not in the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// Units of other institutions.
    OtherInstitution,
    /// Units whose institution is not known.
    InstitutionNotKnown,
    /// Codes that the format cannot contain.
    Code,
    /// Statuses that the format cannot express.
    Status,
    /// Family histories.
    FamilyHistory,
    /// Values that the format cannot express.
    Value,
    /// Statements that are in the files once already.
    Twice,
    /// Times when a statement began.
    Onset,
    /// Dates of statements that are in the files.
    Date,
    /// Details of statements that are in the files.
    Detail,
    /// Statements without the whole day that a table requires.
    NoDay,
    /// Treatments without the last day that a table requires.
    NoLastDay,
    /// Participants without the year of birth that a table requires, with everything about them.
    NoYearOfBirth,
    /// Texts that are longer than the table admits.
    TooLong,
    /// Specimens without the kind that the format requires.
    NoKind,
    /// Codes of systems that have no URI here.
    NoSystem,
    /// Parent specimens.
    Parent,
    /// Statements that are no donors and no samples.
    NotOfABank,
}

impl LeftOut {
    /// The name of the rule.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherInstitution => "other-institution",
            Self::InstitutionNotKnown => "institution-not-known",
            Self::Code => "code",
            Self::Status => "status",
            Self::FamilyHistory => "family-history",
            Self::Value => "value",
            Self::Twice => "twice",
            Self::Onset => "onset",
            Self::Date => "date",
            Self::Detail => "detail",
            Self::NoDay => "no-day",
            Self::NoLastDay => "no-last-day",
            Self::NoYearOfBirth => "no-year-of-birth",
            Self::TooLong => "too-long",
            Self::NoKind => "no-kind",
            Self::NoSystem => "no-system",
            Self::Parent => "parent",
            Self::NotOfABank => "not-of-a-bank",
        }
    }

    /// What the rule leaves out, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::OtherInstitution => "units that another institution sent",
            Self::InstitutionNotKnown => "units that were ingested before the gateway recorded their institution; ingest them again",
            Self::Code => "statements whose code is no CURIE",
            Self::Status => "statements with a status that the format cannot express",
            Self::FamilyHistory => "statements about relatives",
            Self::Value => "measurements whose value the format cannot express",
            Self::Twice => "statements that are in the files already",
            Self::Onset => "onsets that the format cannot express; the statements are in the files without them",
            Self::Date => "dates that the format cannot express; the statements are in the files without them",
            Self::Detail => "details that the format cannot express; the statements are in the files without them",
            Self::NoDay => "statements without the day that the table requires",
            Self::NoLastDay => "treatments without the last day that the table requires",
            Self::NoYearOfBirth => "participants without the year of birth that the table requires, with all their statements",
            Self::TooLong => "statements with a text that is longer than the table admits",
            Self::NoKind => "specimens without the kind that the format requires",
            Self::NoSystem => "codes of a system without a known URI; the specimens are in the files without them",
            Self::Parent => "parent specimens; the specimens are in the files without them",
            Self::NotOfABank => "statements that are neither donors nor samples",
        }
    }
}

impl From<Untold> for LeftOut {
    fn from(untold: Untold) -> Self {
        match untold {
            Untold::Code => Self::Code,
            Untold::Status => Self::Status,
            Untold::FamilyHistory => Self::FamilyHistory,
            Untold::Value => Self::Value,
            Untold::Twice => Self::Twice,
            Untold::Onset => Self::Onset,
            Untold::Date => Self::Date,
            Untold::Detail => Self::Detail,
        }
    }
}

/// The account of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The number of participants in the files.
    pub participants: u64,
    /// The number of members of the dataset whose consent does not cover the export.
    pub withheld: u64,
    /// The number of members of the dataset whose consent covers the export, and about whom the institution sent nothing.
    pub without_units: u64,
    /// The number of records or rows in each file.
    pub files: BTreeMap<String, u64>,
    /// How often each rule left something out. The data of members whose consent does not cover the export is not counted here.
    pub left_out: BTreeMap<LeftOut, u64>,
}

impl Account {
    pub(super) fn leave_out(&mut self, rule: LeftOut, count: u64) {
        if count > 0 {
            *self.left_out.entry(rule).or_default() += count;
        }
    }
}
