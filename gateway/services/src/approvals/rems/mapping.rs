//! What REMS's resources are here: the installation's file.

use std::collections::HashMap;

use gemj_model::{ApprovedRegion, DatasetId, Delivery, Purpose, ReleaseId, Timestamp};
use serde::Deserialize;

/// The mapping of one REMS installation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemsMapping {
    /// The token issuer whose subjects REMS's user ids are.
    pub issuer: String,
    /// The visa value that stands for an application's approval; `{application}` in it is the application's number.
    pub visa_value: String,
    /// What stands before an application's number in the id of its approval.
    #[serde(default = "rems")]
    pub id_prefix: String,
    /// Domains of addresses and the configured organisations that they are of. Compared whole, without regard to case.
    pub organisations: HashMap<String, String>,
    /// The resources. One that is not here opens nothing.
    #[serde(rename = "resource")]
    pub resources: Vec<RemsResource>,
}

/// One resource of REMS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemsResource {
    /// `resource/ext-id`, compared whole.
    pub ext_id: String,
    /// The dataset that it is.
    pub dataset: DatasetId,
    /// The visa value of grants of it, where visas name the resource and not the application (REMS's own visas carry `ext_id`). Every application for the
    /// resource has it; each visa counts for those that name its subject.
    #[serde(default)]
    pub visa_value: Option<String>,
    /// The release that it is; absent for the live dataset.
    #[serde(default)]
    pub release: Option<ReleaseId>,
    /// What it may be used for.
    pub purposes: Vec<Purpose>,
    /// The diseases under research.
    #[serde(default)]
    pub diseases: Vec<String>,
    /// Whether use may be commercial.
    #[serde(default)]
    pub commercial: bool,
    /// DUO modifiers whose fulfilment the committee checks before it approves.
    #[serde(default)]
    pub meets: Vec<String>,
    /// How much may leave.
    pub delivery: Delivery,
    /// Base pairs per participant under `region-view`.
    #[serde(default)]
    pub region_budget_bp: Option<u64>,
    /// The regions of the genome that it is limited to; absent for the whole genome.
    #[serde(default)]
    pub regions: Option<Vec<ApprovedRegion>>,
    /// The end of what REMS gives without one.
    #[serde(default, with = "gemj_model::clock::maybe_rfc3339")]
    pub not_after: Option<Timestamp>,
}

fn rems() -> String {
    "rems-".to_owned()
}

impl RemsMapping {
    /// The resource of an `ext-id`; absent where the mapping has none.
    #[must_use]
    pub fn resource(&self, ext_id: &str) -> Option<&RemsResource> {
        self.resources.iter().find(|r| r.ext_id == ext_id)
    }

    /// The organisation of an address's domain; absent where the mapping has none.
    #[must_use]
    pub fn organisation(&self, domain: &str) -> Option<&str> {
        let domain = domain.to_ascii_lowercase();
        let found = self.organisations.iter().find(|(name, _)| name.to_ascii_lowercase() == domain);
        found.map(|(_, organisation)| organisation.as_str())
    }
}
