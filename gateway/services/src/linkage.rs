//! Stores and resolves the patient numbers of institutions as keyed digests, and names the units of feeds by keyed digests.

use std::collections::HashMap;

use gemj_access::{CapabilityKey, Upkeep};
use gemj_adapters::Target;
use gemj_catalogue::{Catalogue, CatalogueError, LinksState};
use gemj_model::{Linkage, LinkageUnavailable, ParticipantId, SiteId, SiteNumber, Timestamp};

/// The first characters of every name that [`unit_name`] makes.
pub(crate) const KEYED: &str = "k1:";

/// The digest under which a number of an institution is stored. The digest needs the installation's key, so numbers cannot be found by trial.
#[must_use]
pub fn number_digest(key: &CapabilityKey, number: SiteNumber<'_>) -> String {
    keyed_digest(key, "linked-number-2", &[number.site.as_str(), number.namespace, number.number])
}

/// The digests under which a number may be stored: the present digest, and the two digests of earlier versions of the gateway. Those versions
/// did not include the site, or joined site and namespace with a `/` (for packets).
#[must_use]
pub fn number_digests(key: &CapabilityKey, number: SiteNumber<'_>) -> [String; 3] {
    let joined = format!("{}/{}", number.site.as_str(), number.namespace);
    [
        number_digest(key, number),
        keyed_digest(key, "linked-number-1", &[number.namespace, number.number]),
        keyed_digest(key, "linked-number-1", &[&joined, number.number]),
    ]
}

/// The name under which a unit of a feed is stored. `digest` is the digest of the unit's key without a secret. The key can contain a person's
/// number, which could be found from that digest by trial.
#[must_use]
pub(crate) fn unit_name(key: &CapabilityKey, digest: &str) -> String {
    format!("{KEYED}{}", keyed_digest(key, "unit-name-1", &[digest]))
}

/// The name under which a refused unit of the input of `target` is stored that could not be read so far that it has a [`unit_name`]. `mark` is the digest
/// of its content, or its place if nothing could be read. A place can contain the name of a file, and so the number of a person.
#[must_use]
pub(crate) fn mark_name(key: &CapabilityKey, target: &Target, mark: &str) -> String {
    let (site, namespace) = (target.site().as_str(), target.namespace());
    format!("m1:{}", keyed_digest(key, "unit-mark-1", &[site, namespace, mark]))
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

/// The links of one namespace of an institution between numbers and participants, read once for each ingest of a feed.
pub struct CatalogueLinkage {
    key: CapabilityKey,
    site: SiteId,
    namespace: String,
    links: HashMap<String, ParticipantId>,
    /// The times since when numbers that named another person before name their participants.
    since: HashMap<String, Timestamp>,
    state: LinksState,
}

impl CatalogueLinkage {
    /// Reads the links of a namespace (job `ResolveNumbers`).
    ///
    /// # Errors
    /// The catalogue is unavailable.
    pub async fn read(
        catalogue: &Catalogue,
        upkeep: Upkeep,
        key: &CapabilityKey,
        site: &SiteId,
        namespace: &str,
    ) -> Result<Self, CatalogueError> {
        // The state is read first: a link that ends while the links are read is then seen.
        let state = catalogue.links_state(upkeep).await?;
        Ok(Self {
            state,
            key: key.clone(),
            site: site.clone(),
            namespace: namespace.to_owned(),
            links: catalogue.linked_numbers(upkeep, site, namespace).await?,
            since: catalogue.released_numbers(upkeep, site, namespace).await?,
        })
    }

    /// The state of the links when they were read.
    #[must_use]
    pub fn state(&self) -> LinksState {
        self.state
    }

    /// The participant of a number of this namespace. Absent if the number is not linked.
    ///
    /// # Errors
    /// [`LinkageUnavailable`] if the number is linked to two participants, under a present and an earlier digest.
    pub fn find(&self, number: &str) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        let number = SiteNumber {
            site: &self.site,
            namespace: &self.namespace,
            number,
        };
        let mut found: Option<&ParticipantId> = None;
        for digest in number_digests(&self.key, number) {
            match (found, self.links.get(&digest)) {
                (Some(before), Some(now)) if before != now => return Err(LinkageUnavailable),
                (None, now) => found = now,
                (Some(_), _) => {}
            }
        }
        Ok(found.cloned())
    }
}

impl Linkage for CatalogueLinkage {
    fn participant(&self, number: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        if *number.site != self.site || number.namespace != self.namespace {
            return Err(LinkageUnavailable);
        }
        self.find(number.number)
    }

    fn since(&self, number: SiteNumber<'_>) -> Result<Option<Timestamp>, LinkageUnavailable> {
        if *number.site != self.site || number.namespace != self.namespace {
            return Err(LinkageUnavailable);
        }
        Ok(self.since.get(&number_digest(&self.key, number)).copied())
    }
}
