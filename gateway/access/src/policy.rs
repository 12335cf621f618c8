//! What configuration says: dataset conditions, organisations, the public tier's k.

use std::collections::HashMap;

use gemj_model::{DatasetId, DatasetPolicy, Organisation};

/// The configured half of a decision; the recorded half is [`crate::ConsentView`].
#[derive(Clone, Debug, Default)]
pub struct Policy {
    datasets: HashMap<DatasetId, DatasetPolicy>,
    organisations: HashMap<String, Organisation>,
    public_k: u32,
}

impl Policy {
    /// Joins what was configured. `public_k` is the least number of families behind a public or registered answer; below 1 counts as 1.
    #[must_use]
    pub fn new(datasets: Vec<DatasetPolicy>, organisations: Vec<Organisation>, public_k: u32) -> Self {
        Self {
            datasets: datasets.into_iter().map(|d| (d.id.clone(), d)).collect(),
            organisations: organisations.into_iter().map(|o| (o.domain.clone(), o)).collect(),
            public_k: public_k.max(1),
        }
    }

    /// A dataset's policy; absent for a dataset that is not configured, which nobody may read.
    #[must_use]
    pub fn dataset(&self, id: &DatasetId) -> Option<&DatasetPolicy> {
        self.datasets.get(id)
    }

    /// The datasets in order of id.
    #[must_use]
    pub fn datasets(&self) -> Vec<&DatasetPolicy> {
        let mut all: Vec<_> = self.datasets.values().collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    /// The organisation of a domain; an overseas company where it is not configured.
    #[must_use]
    pub fn organisation(&self, domain: &str) -> Organisation {
        self.organisations.get(domain).cloned().unwrap_or_else(Organisation::unknown)
    }

    /// The least number of families behind a public or registered answer.
    #[must_use]
    pub fn public_k(&self) -> u32 {
        self.public_k
    }
}
