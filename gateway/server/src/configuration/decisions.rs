//! Settings of decisions: the status code of denials, budgets, rate limits, and the programme's rules about ages.

use std::path::PathBuf;

use gemj_access::{AtMajority, ConsentRules};
use serde::Deserialize;

use crate::http::places::Shares;

/// The section about decisions: the status code of denials, and the budgets of regions and queries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PolicySettings {
    /// The status of the answer for an id that the caller has no right to: 404 or 403.
    pub(crate) hidden_status: u16,
    /// The number of base pairs of each participant that may be viewed in total under `region-view`, if the approval sets no budget.
    pub(crate) region_budget_bp: u64,
    /// Maximum number of different queries of one registered caller in a time window (`registered_window_s`); 0 for no limit.
    pub(crate) registered_questions: u32,
    /// The length in seconds of the time window for `registered_questions`.
    pub(crate) registered_window_s: u32,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            hidden_status: 404,
            // 30 million base pairs are about a hundredth of a genome.
            region_budget_bp: 30_000_000,
            registered_questions: 1_000,
            registered_window_s: 86_400,
        }
    }
}

/// The section about limits: rate limits, and limits of concurrent downloads.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitSettings {
    /// Maximum number of requests of one caller in a minute; 0 for no limit.
    pub(crate) requests_per_minute: u32,
    /// Maximum number of requests without credentials from one address in a minute; 0 for no limit. If absent, `requests_per_minute` applies.
    pub(crate) anonymous_requests_per_minute: Option<u32>,
    /// Maximum number of failed authentications from one address in a minute; 0 for no limit.
    pub(crate) failed_authentications_per_minute: u32,
    /// Milliseconds of computing in a minute for requests without credentials from one address; 0 for no limit.
    pub(crate) anonymous_work_ms_per_minute: u32,
    /// Maximum number of concurrent downloads of all callers.
    pub(crate) streams: usize,
    /// Maximum number of concurrent downloads of one caller.
    pub(crate) streams_per_caller: usize,
    /// Maximum number of concurrent downloads of one address.
    pub(crate) streams_per_address: usize,
    /// Seconds after which a download is cut if its client reads nothing.
    pub(crate) write_timeout_s: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            requests_per_minute: 60_000,
            anonymous_requests_per_minute: None,
            failed_authentications_per_minute: 1_200,
            // 30,000 ms in a minute are half of one core.
            anonymous_work_ms_per_minute: 30_000,
            streams: 256,
            streams_per_caller: 64,
            streams_per_address: 128,
            write_timeout_s: 60,
        }
    }
}

impl LimitSettings {
    /// The limits of concurrent downloads: in total, of one caller and of one address.
    pub(crate) fn streams(&self) -> Shares {
        Shares {
            total: self.streams,
            of_a_caller: self.streams_per_caller,
            of_an_address: self.streams_per_address,
        }
    }
}

/// The section about consent: consent forms in addition to the built-in forms, and the programme's rules about ages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConsentSettings {
    pub(crate) forms_dir: Option<PathBuf>,
    /// The age in years from which a minor's own assent is required; 0 for never.
    pub(crate) assent_age: u8,
    /// The age in years from which a person consents for themselves.
    pub(crate) majority_age: u8,
    pub(crate) at_majority: AtMajoritySetting,
}

/// The effect on a proxy's consent when the participant reaches the age of majority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AtMajoritySetting {
    /// The proxy's consent ends: nothing new is disclosed until the participant consents.
    #[default]
    Stop,
    /// The proxy's consent remains valid until the participant objects.
    Continue,
}

impl Default for ConsentSettings {
    fn default() -> Self {
        Self {
            forms_dir: None,
            assent_age: 16,
            majority_age: 18,
            at_majority: AtMajoritySetting::Stop,
        }
    }
}

impl ConsentSettings {
    /// The rules by which the ledger folds consent events into a consent state.
    pub(crate) fn rules(&self) -> ConsentRules {
        ConsentRules {
            assent_age: (self.assent_age > 0).then_some(self.assent_age),
            majority_age: self.majority_age,
            at_majority: match self.at_majority {
                AtMajoritySetting::Stop => AtMajority::Stop,
                AtMajoritySetting::Continue => AtMajority::Continue,
            },
        }
    }
}
