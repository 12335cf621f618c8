//! Stores and resolves the patient numbers of institutions as keyed digests.

use std::collections::HashMap;

use gemj_access::{CapabilityKey, Upkeep};
use gemj_catalogue::{Catalogue, CatalogueError};
use gemj_model::{Linkage, LinkageUnavailable, ParticipantId, SiteId};

/// The digest under which a patient number is stored. The digest needs the installation's key, so numbers cannot be found by trial.
#[must_use]
pub fn number_digest(key: &CapabilityKey, namespace: &str, number: &str) -> String {
    keyed_digest(key, "linked-number-1", &[namespace, number])
}

/// A keyed digest of texts, as hexadecimal digits. The length precedes each text, so that different lists never give the same input.
pub(crate) fn keyed_digest(key: &CapabilityKey, context: &str, parts: &[&str]) -> String {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    hex::encode(key.mac(context, &bytes))
}

/// The links of one namespace between patient numbers and participants, read once for each ingest of a feed.
pub struct CatalogueLinkage {
    key: CapabilityKey,
    namespace: String,
    links: HashMap<String, ParticipantId>,
    sites: HashMap<ParticipantId, SiteId>,
}

impl CatalogueLinkage {
    /// Reads the links of a namespace (job `ResolveNumbers`).
    ///
    /// # Errors
    /// The catalogue is unavailable.
    pub async fn read(catalogue: &Catalogue, upkeep: Upkeep, key: &CapabilityKey, namespace: &str) -> Result<Self, CatalogueError> {
        Ok(Self {
            key: key.clone(),
            namespace: namespace.to_owned(),
            links: catalogue.linked_numbers(upkeep, namespace).await?,
            sites: catalogue.sites_of_linked(upkeep, namespace).await?,
        })
    }
}

impl Linkage for CatalogueLinkage {
    fn participant(&self, namespace: &str, number: &str) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        if namespace != self.namespace {
            return Err(LinkageUnavailable);
        }
        Ok(self.links.get(&number_digest(&self.key, namespace, number)).cloned())
    }

    fn enrolled_at(&self, participant: &ParticipantId) -> Option<&SiteId> {
        self.sites.get(participant)
    }
}
