//! Ingests facts: the records that adapters read become participants, facts and carriers.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_adapters::phenopacket::{PacketNumbers, Target};
use gemj_adapters::profile::Profile;
use gemj_adapters::{Accounting, IngestError};
use gemj_catalogue::{CatalogueError, CatalogueSink, IngestRun, QuarantinedUnit};
use gemj_model::fact::{CaseRecord, Committed, SinkError};
use gemj_model::{Clock, DatasetId, FactSink, ParticipantId};
use gemj_variants::FlushError;

use crate::linkage::{CatalogueLinkage, number_digest};
use crate::stores::Stores;

/// Why the ingest of a feed stopped. The units (packets, messages, subjects or records) that were committed before remain committed. A
/// repeated call continues after them.
#[derive(Debug, thiserror::Error)]
pub enum IngestFailure {
    /// The input as a whole cannot be read, or the store failed.
    #[error("{0}")]
    Adapter(#[from] IngestError),
    /// The feed, its profile and the stated site belong to different hospitals. Nothing was ingested.
    #[error(transparent)]
    Disagreement(#[from] gemj_adapters::feed::Disagreement),
    /// The catalogue failed outside the ingest of units: the linked numbers could not be read, or the results of the run could not be
    /// stored.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The carrier index did not store the case reports' alleles. The alleles stay pending, and a repeated call stores them.
    #[error("{0}")]
    Flush(#[from] FlushError),
    /// A background task was stopped.
    #[error("stopped")]
    Stopped,
}

/// The number of units that an ingest has committed so far, for a caller that waits. A clone is cheap; all clones share one count.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// The number of units committed so far. Refused units are not counted.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A sink that counts the records that another sink commits.
struct Counted<S> {
    sink: S,
    progress: Progress,
}

impl<S: FactSink> FactSink for Counted<S> {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        let committed = self.sink.commit(record)?;
        self.progress.0.fetch_add(1, Ordering::Relaxed);
        Ok(committed)
    }
}

/// The inputs of one ingest: the stores, the keys, the clock, and the count of progress.
pub struct Intake<'a> {
    /// The stores of the programme.
    pub stores: &'a Stores,
    /// The key with which digests of patient numbers are computed.
    pub key: &'a CapabilityKey,
    /// The key for writes: the action `Ingest`.
    pub mandate: &'a Mandate,
    /// The key for reading the linked patient numbers: the job `ResolveNumbers`.
    pub numbers: Upkeep,
    /// The clock that gives the time of the ingest.
    pub clock: &'a dyn Clock,
    /// The count of committed units.
    pub progress: Progress,
}

impl Intake<'_> {
    fn sink(&self) -> Counted<CatalogueSink> {
        Counted {
            sink: CatalogueSink::new(
                self.stores.catalogue.clone(),
                self.mandate.clone(),
                tokio::runtime::Handle::current(),
            ),
            progress: self.progress.clone(),
        }
    }

    async fn linkage(&self, namespace: &str) -> Result<CatalogueLinkage, CatalogueError> {
        CatalogueLinkage::read(&self.stores.catalogue, self.numbers, self.key, namespace).await
    }
}

/// Ingests GA4GH Phenopackets v2: files, folders and `.tar.gz` archives. Each packet is one unit. A rejected packet is listed in the
/// accounting with its reason, and the other packets are ingested.
///
/// A packet's id is a number of `namespace` ([`gemj_adapters::phenopacket::packet_namespace`]) that was linked to a participant before. An
/// unknown number creates no participant.
///
/// # Errors
/// [`IngestFailure`].
pub async fn ingest_phenopackets(
    intake: &Intake<'_>,
    target: &Target,
    namespace: &str,
    paths: Vec<PathBuf>,
) -> Result<Accounting, IngestFailure> {
    let (stores, mandate) = (intake.stores, intake.mandate);
    let mut sink = intake.sink();
    let linkage = intake.linkage(namespace).await?;
    let (to, of) = (target.clone(), namespace.to_owned());
    let work = move || {
        let numbers = PacketNumbers {
            namespace: &of,
            linkage: &linkage,
        };
        gemj_adapters::phenopacket::ingest(&paths, &to, numbers, &mut sink)
    };
    let accounting = tokio::task::spawn_blocking(work).await.map_err(|_| IngestFailure::Stopped)??;
    gemj_variants::flush_observations(&stores.catalogue, &stores.objects, mandate).await?;
    let (name, version) = (gemj_adapters::phenopacket::PROFILE, gemj_adapters::phenopacket::MAPPING_VERSION);
    keep_account(stores, mandate, (name, version), &target.dataset, &accounting, intake.clock).await?;
    Ok(accounting)
}

/// Ingests the data of an institution by its profile (`docs/feeds.md`). The patient numbers in the data lead to participants that were
/// linked before; an unknown number creates no participant. If the feed, the profile and the target name different hospitals, nothing is
/// ingested.
///
/// # Errors
/// [`IngestFailure`].
pub async fn ingest_feed(intake: &Intake<'_>, profile: Profile, target: &Target, paths: Vec<PathBuf>) -> Result<Accounting, IngestFailure> {
    let (asked, given) = (target.clone(), paths.clone());
    let (agreed, profile) = tokio::task::spawn_blocking(move || (gemj_adapters::feed::agree(&given, &profile, &asked), profile))
        .await
        .map_err(|_| IngestFailure::Stopped)?;
    let to = agreed?;
    let linkage = intake.linkage(profile.namespace()).await?;
    let mut sink = intake.sink();
    let (accounting, profile) = tokio::task::spawn_blocking(move || {
        let accounting = gemj_adapters::feed::ingest(&paths, &profile, &to, &linkage, &mut sink);
        accounting.map(|accounting| (accounting, profile))
    })
    .await
    .map_err(|_| IngestFailure::Stopped)??;
    let read_by = (profile.name(), profile.mapping_version());
    keep_account(intake.stores, intake.mandate, read_by, &target.dataset, &accounting, intake.clock).await?;
    Ok(accounting)
}

/// Links institutions' patient numbers to participants, namespace by namespace. The numbers themselves are not stored. Returns the number
/// of new links.
///
/// # Errors
/// [`CatalogueError::Conflict`] `number` if a number is linked to another participant. The links of earlier namespaces are then already
/// stored.
pub async fn link_numbers(
    stores: &Stores,
    mandate: &Mandate,
    key: &CapabilityKey,
    rows: &[(String, String, ParticipantId)],
) -> Result<u64, CatalogueError> {
    let mut namespaces: Vec<&str> = rows.iter().map(|(namespace, ..)| namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let mut added = 0;
    for namespace in namespaces {
        let links: Vec<_> = rows
            .iter()
            .filter(|(of, ..)| of == namespace)
            .map(|(_, number, participant)| (number_digest(key, namespace, number), participant.clone()))
            .collect();
        added += stores.catalogue.link_numbers(mandate, namespace, &links).await?;
    }
    Ok(added)
}

/// Stores the results of an ingest, so that every refused unit can be found again.
async fn keep_account(
    stores: &Stores,
    mandate: &Mandate,
    read_by: (&str, &str),
    dataset: &DatasetId,
    accounting: &Accounting,
    clock: &dyn Clock,
) -> Result<(), CatalogueError> {
    let run = IngestRun {
        id: format!("{:032x}", rand::random::<u128>()),
        profile: read_by.0.to_owned(),
        mapping_version: read_by.1.to_owned(),
        dataset: dataset.clone(),
        ended: clock.now(),
        received: accounting.received,
        committed: accounting.committed,
        replaced: accounting.replaced,
        duplicate: accounting.duplicate,
        superseded: accounting.superseded,
        quarantined: accounting
            .quarantined
            .iter()
            .chain(&accounting.results_refused)
            .map(|unit| QuarantinedUnit {
                unit: unit.unit.clone(),
                reason: unit.reason_code.to_owned(),
                detail: unit.detail.clone(),
            })
            .collect(),
        ignored: accounting.ignored_files + accounting.ignored.values().sum::<u64>(),
    };
    stores.catalogue.record_ingest_run(mandate, &run).await
}
