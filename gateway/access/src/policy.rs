//! The configuration for decisions: dataset conditions, organisations, disease terms, the public tier's k, the budget of viewed regions.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use gemj_model::{DatasetId, DatasetPolicy, Organisation};

use crate::bans::BanList;
use crate::decide::data_use::{Condition, Descendants};
use crate::disclosure::{Terms, Tier};

/// An organisation that is not configured counts as an overseas company.
static UNKNOWN: LazyLock<Organisation> = LazyLock::new(Organisation::unknown);

/// The configured half of a decision; the recorded half is [`crate::ConsentView`].
#[derive(Clone, Debug, Default)]
pub struct Policy {
    datasets: BTreeMap<DatasetId, Configured>,
    organisations: HashMap<String, Organisation>,
    public_k: u32,
    disease_descendants: Descendants,
    region_budget_bp: Option<u64>,
    bans: BanList,
}

/// A dataset with its parsed conditions.
#[derive(Clone, Debug)]
struct Configured {
    policy: DatasetPolicy,
    conditions: Vec<Condition>,
}

impl Policy {
    /// Combines the configured values. `public_k` is the least number of families behind a public or registered answer; a value below 1 counts as 1.
    #[must_use]
    pub fn new(datasets: Vec<DatasetPolicy>, organisations: Vec<Organisation>, public_k: u32) -> Self {
        let configured = |policy: DatasetPolicy| Configured {
            conditions: policy.data_use.iter().map(Condition::read).collect(),
            policy,
        };
        Self {
            datasets: datasets.into_iter().map(|d| (d.id.clone(), configured(d))).collect(),
            organisations: organisations.into_iter().map(|o| (o.domain.clone(), o)).collect(),
            public_k: public_k.max(1),
            ..Self::default()
        }
    }

    /// Adds the loaded disease ontologies: each term with all its descendants. If a term is not a key, its subtypes are unknown. Data for that term
    /// is then open for exactly that disease, and every other disease is referred to the committee.
    #[must_use]
    pub fn with_disease_descendants(self, disease_descendants: HashMap<String, HashSet<String>>) -> Self {
        Self {
            disease_descendants,
            ..self
        }
    }

    /// Sets the default region budget: the base pairs of each participant that may be viewed in total under `region-view` if the approval sets no
    /// budget. Without a default, views under an approval without a budget are not counted.
    #[must_use]
    pub fn with_region_budget_bp(self, region_budget_bp: u64) -> Self {
        Self {
            region_budget_bp: Some(region_budget_bp),
            ..self
        }
    }

    /// The bans under which every decision is made. The bans can be replaced while the gateway serves. Clones of a policy share them.
    #[must_use]
    pub fn bans(&self) -> &BanList {
        &self.bans
    }

    /// A dataset's policy; absent for a dataset that is not configured. No caller may read such a dataset.
    #[must_use]
    pub fn dataset(&self, id: &DatasetId) -> Option<&DatasetPolicy> {
        self.datasets.get(id).map(|d| &d.policy)
    }

    /// The datasets in order of id.
    #[must_use]
    pub fn datasets(&self) -> Vec<&DatasetPolicy> {
        self.datasets.values().map(|d| &d.policy).collect()
    }

    /// A dataset's data use conditions; empty for a dataset that is not configured.
    pub(crate) fn conditions(&self, id: &DatasetId) -> &[Condition] {
        self.datasets.get(id).map_or(&[], |d| &d.conditions)
    }

    /// The disease terms with their descendants.
    pub(crate) fn disease_descendants(&self) -> &Descendants {
        &self.disease_descendants
    }

    /// The organisation of a domain; an overseas company where it is not configured.
    #[must_use]
    pub fn organisation(&self, domain: &str) -> &Organisation {
        self.organisations.get(domain).unwrap_or(&UNKNOWN)
    }

    /// Whether an organisation is configured.
    pub(crate) fn knows(&self, domain: &str) -> bool {
        self.organisations.contains_key(domain)
    }

    /// The default region budget: base pairs of each participant that may be viewed in total under `region-view` if the approval sets no budget.
    /// Absent where views are not counted.
    #[must_use]
    pub fn region_budget_bp(&self) -> Option<u64> {
        self.region_budget_bp
    }

    /// The terms of a dataset's answers at a tier.
    pub(crate) fn terms(&self, tier: Tier) -> Terms {
        Terms::new(tier, self.public_k)
    }

    /// The least number of families behind a public or registered answer.
    #[must_use]
    pub fn public_k(&self) -> u32 {
        self.public_k
    }
}
