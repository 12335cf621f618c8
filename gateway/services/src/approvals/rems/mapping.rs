//! Reads the installation's file that maps REMS resources to datasets.

use std::collections::HashMap;

use gemj_model::{ApprovedRegion, DatasetId, Delivery, Purpose, ReleaseId, Timestamp};
use serde::Deserialize;

use crate::approvals::check::Known;

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

/// Why a mapping cannot be used with the configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    /// The organisation of a domain is not configured.
    #[error("[organisations]: '{0}' is not configured: add an entry [[organisations]] with its domain, country and kind")]
    UnknownOrganisation(String),
    /// A domain has two organisations, because the same domain occurs in different letter cases.
    #[error("[organisations]: the domain '{0}' occurs twice")]
    DomainTwice(String),
    /// The dataset of a resource is not configured.
    #[error("resource '{ext_id}': the dataset '{dataset}' is not configured: `gemj-gateway datasets list` prints the configured datasets")]
    UnknownDataset {
        /// The resource.
        ext_id: String,
        /// Its dataset.
        dataset: DatasetId,
    },
    /// A resource occurs twice in the mapping.
    #[error("resource '{0}' occurs twice")]
    ResourceTwice(String),
}

impl RemsMapping {
    /// Every fault of the mapping beside the configuration, in a fixed order.
    #[must_use]
    pub fn faults(&self, known: Known<'_>) -> Vec<MappingFault> {
        let mut faults = Vec::new();
        let mut domains: Vec<(&String, &String)> = self.organisations.iter().collect();
        domains.sort();
        let is_known = |domain: &str| known.organisations.iter().any(|o| o.domain == domain);
        let mut unknown: Vec<&String> = domains.iter().map(|(_, own)| *own).filter(|own| !is_known(own)).collect();
        unknown.sort();
        unknown.dedup();
        faults.extend(unknown.into_iter().map(|own| MappingFault::UnknownOrganisation(own.clone())));
        for (index, (domain, _)) in domains.iter().enumerate() {
            if domains.iter().skip(index + 1).any(|(other, _)| other.eq_ignore_ascii_case(domain)) {
                faults.push(MappingFault::DomainTwice(domain.to_ascii_lowercase()));
            }
        }
        for (index, resource) in self.resources.iter().enumerate() {
            if !known.datasets.iter().any(|d| d.id == resource.dataset) {
                faults.push(MappingFault::UnknownDataset {
                    ext_id: resource.ext_id.clone(),
                    dataset: resource.dataset.clone(),
                });
            }
            if self.resources.iter().skip(index + 1).any(|other| other.ext_id == resource.ext_id) {
                faults.push(MappingFault::ResourceTwice(resource.ext_id.clone()));
            }
        }
        faults
    }
}
