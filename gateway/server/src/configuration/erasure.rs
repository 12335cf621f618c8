//! The sections about the erasure of data after a withdrawal, and about the encrypted numbers of institutions.

use gemj_model::{FormId, SiteId};
use gemj_services::purge::PurgePolicy;
use serde::Deserialize;

/// The section about the erasure of data. By default, the policy orders no erasure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PurgeSettings {
    /// The forms whose text says that the data is destroyed after a full withdrawal.
    pub(crate) forms: Vec<FormId>,
    /// The number of days after the withdrawal in which nothing is erased.
    pub(crate) waiting_days: u32,
}

impl Default for PurgeSettings {
    fn default() -> Self {
        Self {
            forms: Vec::new(),
            waiting_days: 30,
        }
    }
}

impl PurgeSettings {
    /// The policy of the installation.
    pub(crate) fn policy(&self) -> PurgePolicy {
        PurgePolicy {
            forms: self.forms.iter().cloned().collect(),
            waiting_days: self.waiting_days,
        }
    }
}

/// The section about the encrypted numbers of institutions. By default, no number is kept.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct VaultSettings {
    /// The institutions whose numbers are kept, encrypted.
    pub(crate) sites: Vec<SiteId>,
}
