//! Reads the installation's file that maps REMS resources to datasets.

use std::collections::HashMap;

use gemj_model::{ApprovedRegion, DatasetId, Delivery, Purpose, ReleaseId, Timestamp};
use serde::Deserialize;

/// The mapping of one REMS installation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemsMapping {
    /// The token issuer whose subjects are the user ids of REMS.
    pub issuer: String,
    /// The visa value of an application's approval. The text `{application}` in the value is replaced by the application's number.
    pub visa_value: String,
    /// The prefix of an application's number in the id of its approval.
    #[serde(default = "rems")]
    pub id_prefix: String,
    /// The organisation of each domain of e-mail addresses. The whole domain is compared, ignoring case.
    pub organisations: HashMap<String, String>,
    /// The mapped resources of REMS. A resource that is not in this list opens nothing.
    #[serde(rename = "resource")]
    pub resources: Vec<RemsResource>,
}

/// The mapping of one resource of REMS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemsResource {
    /// The `resource/ext-id` of REMS, compared as a whole.
    pub ext_id: String,
    /// The dataset of the resource.
    pub dataset: DatasetId,
    /// The visa value for this resource, if visas name the resource instead of the application (the visas of REMS contain `ext_id`). All
    /// applications for the resource then share the value. Each visa counts only for the approvals that list its subject.
    #[serde(default)]
    pub visa_value: Option<String>,
    /// The release of the resource; absent for the live dataset.
    #[serde(default)]
    pub release: Option<ReleaseId>,
    /// The purposes for which the resource may be used.
    pub purposes: Vec<Purpose>,
    /// The diseases to which disease-specific research with the resource is limited.
    #[serde(default)]
    pub diseases: Vec<String>,
    /// Whether the resource may be used commercially.
    #[serde(default)]
    pub commercial: bool,
    /// The DUO modifiers whose fulfilment the committee checks before it approves.
    #[serde(default)]
    pub meets: Vec<String>,
    /// How much data of the resource may leave.
    pub delivery: Delivery,
    /// The budget of base pairs per participant under `region-view`.
    #[serde(default)]
    pub region_budget_bp: Option<u64>,
    /// The regions of the genome that the resource is limited to; absent for the whole genome.
    #[serde(default)]
    pub regions: Option<Vec<ApprovedRegion>>,
    /// The end of approvals for which REMS states no end.
    #[serde(default, with = "gemj_model::clock::maybe_rfc3339")]
    pub not_after: Option<Timestamp>,
}

fn rems() -> String {
    "rems-".to_owned()
}

impl RemsMapping {
    /// The resource with this `ext-id`; absent if it is not in the mapping.
    #[must_use]
    pub fn resource(&self, ext_id: &str) -> Option<&RemsResource> {
        self.resources.iter().find(|r| r.ext_id == ext_id)
    }

    /// The organisation of the domain of an e-mail address; absent if the domain is not in the mapping.
    #[must_use]
    pub fn organisation(&self, domain: &str) -> Option<&str> {
        let domain = domain.to_ascii_lowercase();
        let found = self.organisations.iter().find(|(name, _)| name.to_ascii_lowercase() == domain);
        found.map(|(_, organisation)| organisation.as_str())
    }
}
