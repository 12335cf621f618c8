//! Settings of decisions: how they look, how often they are made, and what the programme has settled about ages.

use std::path::PathBuf;

use gemj_access::{AtMajority, ConsentRules};
use serde::Deserialize;

use crate::http::places::Shares;

/// How decisions look, and what is counted under them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PolicySettings {
    /// 404 or 403.
    pub(crate) hidden_status: u16,
    /// Base pairs of each participant that may be viewed in all under `region-view`, where an approval does not say.
    pub(crate) region_budget_bp: u64,
    /// Different questions of one registered caller in a window; 0 is without limit.
    pub(crate) registered_questions: u32,
    /// The window's length in seconds.
    pub(crate) registered_window_s: u32,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            hidden_status: 404,
            // About a hundredth of a genome.
            region_budget_bp: 30_000_000,
            registered_questions: 1_000,
            registered_window_s: 86_400,
        }
    }
}

/// How often may be asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitSettings {
    /// Of one caller; 0 is without limit.
    pub(crate) requests_per_minute: u32,
    /// Of one address from which nothing is presented; 0 is without limit. As many as of a caller where it is left out.
    pub(crate) anonymous_requests_per_minute: Option<u32>,
    /// Of one address; 0 is without limit.
    pub(crate) failed_authentications_per_minute: u32,
    /// Milliseconds of computing of one address from which nothing is presented; 0 is without limit.
    pub(crate) anonymous_work_ms_per_minute: u32,
    /// Downloads under way at once, of all callers.
    pub(crate) streams: usize,
    /// Of them those of one caller.
    pub(crate) streams_per_caller: usize,
    /// Of them those of one address.
    pub(crate) streams_per_address: usize,
    /// Seconds in which a reader may take nothing of a download.
    pub(crate) write_timeout_s: u32,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            requests_per_minute: 60_000,
            anonymous_requests_per_minute: None,
            failed_authentications_per_minute: 1_200,
            // Half of one core.
            anonymous_work_ms_per_minute: 30_000,
            streams: 256,
            streams_per_caller: 64,
            streams_per_address: 128,
            write_timeout_s: 60,
        }
    }
}

impl LimitSettings {
    /// How downloads are shared.
    pub(crate) fn streams(&self) -> Shares {
        Shares {
            total: self.streams,
            of_a_caller: self.streams_per_caller,
            of_an_address: self.streams_per_address,
        }
    }

    /// # Errors
    /// The key whose value cannot be used.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.streams == 0 || self.streams_per_caller == 0 || self.streams_per_address == 0 {
            return Err("limits.streams, streams_per_caller and streams_per_address: at least 1 is expected".to_owned());
        }
        if self.write_timeout_s == 0 {
            return Err("limits.write_timeout_s: at least 1 second is expected".to_owned());
        }
        Ok(())
    }
}

/// Consent forms beside the built-in ones, and what the programme has settled about ages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConsentSettings {
    pub(crate) forms_dir: Option<PathBuf>,
    /// The age in years from which a minor's own assent is needed; 0 is never.
    pub(crate) assent_age: u8,
    /// The age in years from which a person consents for themselves.
    pub(crate) majority_age: u8,
    pub(crate) at_majority: AtMajoritySetting,
}

/// What becomes of a proxy's consent at majority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AtMajoritySetting {
    /// Nothing new is disclosed until they consent themselves.
    #[default]
    Stop,
    /// It goes on until they object.
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
    /// The rules of the fold.
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
