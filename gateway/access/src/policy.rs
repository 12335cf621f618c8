//! The configured values that decisions use: dataset conditions, organisations, disease terms, the public tier's k, and the budget of viewed regions.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use gemj_model::{DatasetId, DatasetPolicy, Organisation};

use crate::bans::BanList;
use crate::decide::data_use::{Condition, Descendants};
use crate::disclosure::{Terms, Tier};

/// An organisation that is not configured counts as an overseas company.
static UNKNOWN: LazyLock<Organisation> = LazyLock::new(Organisation::unknown);

/// The configured values that a decision uses. The recorded values (consents, memberships, approvals) are in [`crate::ConsentView`].
#[derive(Clone, Debug, Default)]
pub struct Policy {
    datasets: BTreeMap<DatasetId, Configured>,
    organisations: HashMap<String, Organisation>,
    public_k: u32,
    disease_descendants: Descendants,
    region_budget_bp: Option<u64>,
    bans: BanList,
}

/// A dataset's policy with its parsed data use conditions.
#[derive(Clone, Debug)]
struct Configured {
    policy: DatasetPolicy,
    conditions: Vec<Condition>,
}

impl Policy {
    /// Makes a policy from the configured values. `public_k` is the least number of families behind a public or
    /// registered answer. A value below 1 counts as 1.
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

    /// Adds the loaded disease ontologies: each term with all its descendants. If a term is not a key of the map, its subtypes are unknown. Data for
    /// that term is then open for exactly that disease, and every other disease is referred to the committee.
    #[must_use]
    pub fn with_disease_descendants(self, disease_descendants: HashMap<String, HashSet<String>>) -> Self {
        Self {
            disease_descendants,
            ..self
        }
    }

    /// Sets the default region budget. The budget is the number of base pairs of each participant that the caller may view in total under
    /// `region-view`, if the approval sets no budget. Without a default, views under an approval without a budget are not counted.
    #[must_use]
    pub fn with_region_budget_bp(self, region_budget_bp: u64) -> Self {
        Self {
            region_budget_bp: Some(region_budget_bp),
            ..self
        }
    }

    /// Uses this list of bans, which other policies may share.
    #[must_use]
    pub fn with_bans(self, bans: BanList) -> Self {
        Self { bans, ..self }
    }

    /// The bans that every decision checks. The bans can be replaced while the gateway runs. Clones of a policy share one list of bans.
    #[must_use]
    pub fn bans(&self) -> &BanList {
        &self.bans
    }

    /// A dataset's policy; absent if the dataset is not configured. No caller may read a dataset that is not configured.
    #[must_use]
    pub fn dataset(&self, id: &DatasetId) -> Option<&DatasetPolicy> {
        self.datasets.get(id).map(|d| &d.policy)
    }

    /// The configured datasets, in order of id.
    #[must_use]
    pub fn datasets(&self) -> Vec<&DatasetPolicy> {
        self.datasets.values().map(|d| &d.policy).collect()
    }

    /// A dataset's data use conditions; empty if the dataset is not configured.
    pub(crate) fn conditions(&self, id: &DatasetId) -> &[Condition] {
        self.datasets.get(id).map_or(&[], |d| &d.conditions)
    }

    /// Each disease term with all its descendants.
    pub(crate) fn disease_descendants(&self) -> &Descendants {
        &self.disease_descendants
    }

    /// The organisation with this domain. A domain that is not configured counts as an overseas company.
    #[must_use]
    pub fn organisation(&self, domain: &str) -> &Organisation {
        self.organisations.get(domain).unwrap_or(&UNKNOWN)
    }

    /// Whether an organisation with this domain is configured.
    pub(crate) fn knows(&self, domain: &str) -> bool {
        self.organisations.contains_key(domain)
    }

    /// The default region budget: the number of base pairs of each participant that the caller may view in total under `region-view`, if the approval
    /// sets no budget. Absent if views are not counted by default.
    #[must_use]
    pub fn region_budget_bp(&self) -> Option<u64> {
        self.region_budget_bp
    }

    /// The terms of a dataset's answers at a tier, with the configured k.
    pub(crate) fn terms(&self, tier: Tier) -> Terms {
        Terms::new(tier, self.public_k)
    }

    /// The least number of families behind a public or registered answer.
    #[must_use]
    pub fn public_k(&self) -> u32 {
        self.public_k
    }
}
