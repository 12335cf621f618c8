//! Approvals of the access committee (利活用審査委員会).

use serde::{Deserialize, Serialize};

use crate::approved_region::ApprovedRegion;
use crate::clock::Timestamp;
use crate::identifier::{ApprovalId, DatasetId, ReleaseId};

/// How much of an approved dataset may leave the programme. The variants are ordered from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// No data leaves the trusted research environment.
    TreOnly,
    /// Slices of regions may be viewed.
    RegionView,
    /// Whole files may be fetched.
    Download,
}

impl Delivery {
    /// The kebab-case name of the delivery, for files and the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TreOnly => "tre-only",
            Self::RegionView => "region-view",
            Self::Download => "download",
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::TreOnly, Self::RegionView, Self::Download]
            .into_iter()
            .find(|d| d.as_str() == text)
    }
}

/// The purpose of a use of data. The purpose comes from an approval. A request may narrow it to one of the approval's purposes, never widen
/// it. Use by a company is not a separate purpose: see [`Approval::commercial`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Research of any kind, as the DUO permission GRU allows.
    GeneralResearch,
    /// Research on health, medicine or the biology of disease, as the DUO permission HMB allows.
    BiomedicalResearch,
    /// Research on the diseases that the approval names.
    DiseaseResearch,
    /// Research on population origins or ancestry.
    AncestryResearch,
    /// Development of methods, software or algorithms.
    MethodsDevelopment,
    /// Care of patients.
    ClinicalCare,
    /// Use for insurance. This purpose is never approved.
    Insurance,
    /// Use for employment. This purpose is never approved.
    Employment,
    /// Use for law enforcement. This purpose is never approved.
    LawEnforcement,
    /// Identification of a participant. This purpose is never approved.
    ReIdentification,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 10] = [
        Self::GeneralResearch,
        Self::BiomedicalResearch,
        Self::DiseaseResearch,
        Self::AncestryResearch,
        Self::MethodsDevelopment,
        Self::ClinicalCare,
        Self::Insurance,
        Self::Employment,
        Self::LawEnforcement,
        Self::ReIdentification,
    ];

    /// The kebab-case name of the purpose, for files and the audit trail.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GeneralResearch => "general-research",
            Self::BiomedicalResearch => "biomedical-research",
            Self::DiseaseResearch => "disease-research",
            Self::AncestryResearch => "ancestry-research",
            Self::MethodsDevelopment => "methods-development",
            Self::ClinicalCare => "clinical-care",
            Self::Insurance => "insurance",
            Self::Employment => "employment",
            Self::LawEnforcement => "law-enforcement",
            Self::ReIdentification => "re-identification",
        }
    }

    /// Parses the kebab-case name; absent for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.as_str() == text)
    }

    /// Whether the purpose is always denied, whatever an approval or a dataset permits.
    #[must_use]
    pub fn is_always_refused(self) -> bool {
        match self {
            Self::Insurance | Self::Employment | Self::LawEnforcement | Self::ReIdentification => true,
            Self::GeneralResearch
            | Self::BiomedicalResearch
            | Self::DiseaseResearch
            | Self::AncestryResearch
            | Self::MethodsDevelopment
            | Self::ClinicalCare => false,
        }
    }
}

/// One approval of the access committee. A `ControlledAccessGrants` visa refers to an approval by the visa value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The approval's id in the committee's register.
    pub id: ApprovalId,
    /// The visa value (a URL, compared as a whole) that refers to this approval.
    pub visa_value: String,
    /// The project's title.
    pub project: String,
    /// The applicant, as the committee's register names them; shown to staff only.
    #[serde(default)]
    pub applicant: String,
    /// The users whom the approval names, as pseudonyms of their identities (hex). If the list is empty, the approval is for every user
    /// to whom the visa issuer issued the visa.
    #[serde(default)]
    pub users: Vec<String>,
    /// The domain of the organisation that received the approval. The domain is looked up in the configured organisations.
    pub organisation: String,
    /// The country where the data is used (ISO 3166-1 alpha-2). If absent, the data is used in the organisation's country.
    #[serde(default)]
    pub country: Option<String>,
    /// The datasets that the approval opens.
    pub datasets: Vec<DatasetId>,
    /// The release to which the approval is limited; absent if the approval is not limited to a release.
    #[serde(default)]
    pub release: Option<ReleaseId>,
    /// The approved purposes. An empty list opens nothing.
    pub purposes: Vec<Purpose>,
    /// Diseases under research, as ontology terms (`MONDO:0005061`).
    #[serde(default)]
    pub diseases: Vec<String>,
    /// Whether the use is by or for a company, or has a commercial aim.
    #[serde(default)]
    pub commercial: bool,
    /// Data Use Ontology modifiers for which the committee verified that the project meets them. For example,
    /// `DUO:0000021` means that an ethics approval exists.
    #[serde(default)]
    pub meets: Vec<String>,
    /// How much data may leave the programme.
    pub delivery: Delivery,
    /// The total number of base pairs of each participant that may be viewed under `region-view`. If absent, the configured default applies.
    #[serde(default)]
    pub region_budget_bp: Option<u64>,
    /// The stretches of the genome to which the approval is limited, in any order; they may overlap. Absent if the approval is for the whole genome.
    /// An empty list opens nothing and is rejected before the approval is recorded.
    #[serde(default)]
    pub regions: Option<Vec<ApprovedRegion>>,
    /// The approval's first instant. A dataset's time limit in months counts from this instant. If absent, the approval holds from the time it was
    /// recorded, and a use of a dataset with a time limit in months is referred to the committee.
    #[serde(default, with = "crate::clock::maybe_rfc3339")]
    pub not_before: Option<Timestamp>,
    /// The instant at which the approval ends. At this instant, the approval no longer holds.
    #[serde(with = "crate::clock::rfc3339")]
    pub not_after: Timestamp,
    /// The time of revocation; absent if the approval has not been revoked.
    #[serde(skip)]
    pub revoked: Option<Timestamp>,
}

impl Approval {
    /// The instant that is this number of calendar months, in Japan, after the approval's first instant. The result has the same day of the
    /// month and time of day; if the month has no such day, the result is on the month's last day. Absent if the approval has no first instant,
    /// or if the result is beyond the calendar.
    #[must_use]
    pub fn months_after_start(&self, months: u32) -> Option<Timestamp> {
        let start = jiff::Timestamp::from_microsecond(self.not_before?.0).ok()?;
        let start = start.to_zoned(jiff::tz::TimeZone::fixed(JAPAN));
        let end = start.checked_add(jiff::Span::new().try_months(months).ok()?).ok()?;
        Some(Timestamp(end.timestamp().as_microsecond()))
    }
}

/// Japan Standard Time, the time zone of the committee's calendar.
const JAPAN: jiff::tz::Offset = jiff::tz::Offset::constant(9);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn from(start: Option<&str>) -> Approval {
        let written = r#"{"id": "a-1", "visa_value": "https://example.org/a-1", "project": "p", "organisation": "university.jp",
            "datasets": [], "purposes": [], "delivery": "tre-only", "not_after": "2030-01-01"}"#;
        Approval {
            not_before: start.map(|t| Timestamp::parse(t).unwrap()),
            ..serde_json::from_str(written).unwrap()
        }
    }

    #[test]
    fn months_after_start_follow_the_calendar_of_japan() {
        let after = |start: &str, months| from(Some(start)).months_after_start(months).map(Timestamp::rfc3339);
        let expect = |text: &str| Some(Timestamp::parse(text).unwrap().rfc3339());
        assert_eq!(after("2026-04-01", 12), expect("2027-04-01"));
        assert_eq!(after("2026-01-31", 1), expect("2026-02-28"));
        assert_eq!(after("2027-08-31", 6), expect("2028-02-29"));
        assert_eq!(after("2026-12-15T08:30:00+09:00", 2), expect("2027-02-15T08:30:00+09:00"));
        // The first instant of April in Japan is still in March in UTC.
        assert_eq!(after("2026-03-31T15:00:00Z", 1), expect("2026-04-30T15:00:00Z"));
        assert_eq!(after("2026-04-01", 0), expect("2026-04-01"));
        assert_eq!(after("2026-04-01", u32::MAX), None);
        assert_eq!(from(None).months_after_start(12), None);
    }
}
