//! Approvals of the access committee (利活用審査委員会).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::identifier::{ApprovalId, DatasetId};

/// How much of an approved dataset may leave the programme, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Nothing leaves the trusted research environment.
    TreOnly,
    /// Slices of regions may be viewed.
    RegionView,
    /// Whole files may be fetched.
    Download,
}

impl Delivery {
    /// The kebab-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TreOnly => "tre-only",
            Self::RegionView => "region-view",
            Self::Download => "download",
        }
    }
}

/// What data is used for. In a request it narrows what an approval allows and never widens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Research without commercial aim.
    Research,
    /// Research or development by or for a company.
    Commercial,
}

impl Purpose {
    /// The kebab-case word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Research => "research",
            Self::Commercial => "commercial",
        }
    }
}

/// One approval: a `ControlledAccessGrants` visa points to it by its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Its id in the committee's register.
    pub id: ApprovalId,
    /// The visa value (a URL, compared whole) that stands for it.
    pub visa_value: String,
    /// The project's title.
    pub project: String,
    /// Domain of the organisation it was given to; looked up in the configured organisations.
    pub organisation: String,
    /// Datasets it opens.
    pub datasets: Vec<DatasetId>,
    /// What for.
    pub purpose: Purpose,
    /// How much may leave.
    pub delivery: Delivery,
    /// Its last instant.
    #[serde(with = "crate::clock::rfc3339")]
    pub not_after: Timestamp,
    /// When it was revoked; absent while it holds.
    #[serde(skip)]
    pub revoked: Option<Timestamp>,
}
