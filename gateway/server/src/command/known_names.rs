//! The participants and sites that a command may name. No command makes a participant or a site by naming it
//! (docs/decisions/0072-names-are-registered-not-created.md).

use std::collections::{BTreeSet, HashSet};

use gemj_access::{Job, Upkeep};
use gemj_model::{DatasetId, DatasetPolicy, ParticipantId, SiteId};

use super::near_names::near_names;
use crate::installation::Installation;
use crate::operator_error::OperatorError;

/// The registered participants and the known sites, read once for a command.
pub(crate) struct KnownNames {
    participants: HashSet<ParticipantId>,
    sites: BTreeSet<SiteId>,
}

impl KnownNames {
    pub(crate) async fn read(installation: &Installation) -> anyhow::Result<Self> {
        Ok(Self {
            participants: installation.stores.catalogue.participant_ids(Upkeep::of(Job::Inventory)).await?,
            sites: sites(installation).await?,
        })
    }

    pub(crate) fn has(&self, participant: &ParticipantId) -> bool {
        self.participants.contains(participant)
    }

    /// The error for a participant of a sheet that is not registered. Absent if the participant is registered.
    pub(crate) fn unregistered(&self, participant: &ParticipantId) -> Option<OperatorError> {
        (!self.has(participant)).then_some(OperatorError::UnknownParticipantOfLine)
    }

    /// The fault of a site that is neither configured nor the site of a registered participant. Absent if the site is known.
    pub(crate) fn unknown_site(&self, site: &SiteId) -> Option<OperatorError> {
        unknown_site(site, &self.sites)
    }
}

/// The sites of the configuration and of the registered participants.
pub(crate) async fn sites(installation: &Installation) -> anyhow::Result<BTreeSet<SiteId>> {
    let configuration = &installation.configuration;
    let declared = configuration.sites.iter().map(|site| &site.id);
    let hospitals = configuration.fhir.sites.iter().map(|site| &site.id);
    let enrolled = installation.stores.catalogue.participant_sites(Upkeep::of(Job::Inventory)).await?;
    Ok(declared.chain(hospitals).cloned().chain(enrolled.into_keys()).collect())
}

/// Fails for a site that is not known.
pub(crate) async fn require_site(installation: &Installation, site: &SiteId) -> anyhow::Result<()> {
    match unknown_site(site, &sites(installation).await?) {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

fn unknown_site(site: &SiteId, known: &BTreeSet<SiteId>) -> Option<OperatorError> {
    (!known.contains(site)).then(|| OperatorError::UnknownSite {
        typed: site.clone(),
        near: near_names(site.as_str(), known.iter().map(SiteId::as_str)),
    })
}

/// The error for a participant that a command named and that is not registered.
pub(crate) async fn no_participant(installation: &Installation, participant: &ParticipantId) -> anyhow::Error {
    let known = installation.stores.catalogue.participant_ids(Upkeep::of(Job::Inventory)).await;
    let near = known.map(|known| near_names(participant.as_str(), known.iter().map(ParticipantId::as_str)));
    let typed = participant.as_str().to_owned();
    OperatorError::UnknownParticipant {
        typed,
        near: near.unwrap_or_default(),
    }
    .into()
}

/// The configured dataset with this id. Fails with the configured datasets if there is none.
pub(crate) fn require_dataset<'a>(installation: &'a Installation, dataset: &DatasetId) -> anyhow::Result<&'a DatasetPolicy> {
    let configured = &installation.configuration.datasets;
    let found = configured.iter().find(|of| of.id == *dataset);
    found.ok_or_else(|| {
        let configured = configured.iter().map(|of| of.id.as_str().to_owned()).collect();
        let typed = dataset.clone();
        OperatorError::UnknownDataset { typed, configured }.into()
    })
}

/// Fails for a participant that is not registered, with the nearest registered names and the remedy.
pub(crate) async fn require_participant(installation: &Installation, participant: &ParticipantId) -> anyhow::Result<()> {
    let registered = installation.stores.catalogue.participant_ids(Upkeep::of(Job::Inventory)).await?;
    if registered.contains(participant) {
        return Ok(());
    }
    Err(no_participant(installation, participant).await)
}
