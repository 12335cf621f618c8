//! Ingests facts: the records that adapters read become participants, facts and carriers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_adapters::feed::Asked;
use gemj_adapters::profile::Profile;
use gemj_adapters::{Accounting, IngestError, Target};
use gemj_catalogue::{CatalogueError, CatalogueSink, IngestRun, LinkedNumbers, NumberLink, QuarantinedUnit};
use gemj_model::fact::{CaseRecord, Committed, SinkError};
use gemj_model::{Clock, DatasetId, FactSink, ParticipantId, SiteId, SiteNumber};
use gemj_variants::FlushError;

use crate::linkage::{CatalogueLinkage, KEYED, number_digests, unit_name};
use crate::stores::Stores;

/// Why the ingest of a feed stopped. The units (packets, messages, subjects or records) that were committed before remain committed. A
/// repeated call continues after them.
#[derive(Debug, thiserror::Error)]
pub enum IngestFailure {
    /// The input as a whole cannot be read, or the store failed.
    #[error("{0}")]
    Adapter(#[from] IngestError),
    /// The feed, its profile and the options belong to different institutions. Nothing was ingested.
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

/// A sink that names units by keyed digests, and counts the records that another sink commits.
struct Counted<S> {
    sink: S,
    key: CapabilityKey,
    progress: Progress,
}

impl<S: FactSink> FactSink for Counted<S> {
    fn commit(&mut self, mut record: CaseRecord) -> Result<Committed, SinkError> {
        let source = &mut record.source;
        source.unit = unit_name(&self.key, &source.unit);
        source.earlier_unit = source.earlier_unit.as_deref().map(|unit| unit_name(&self.key, unit));
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
            key: self.key.clone(),
            progress: self.progress.clone(),
        }
    }

    /// The linked numbers of the target's namespace. Before they are read, the units that an earlier version stored get keyed names.
    async fn linkage(&self, target: &Target) -> Result<CatalogueLinkage, CatalogueError> {
        let catalogue = &self.stores.catalogue;
        let keyed = |digest: &str| unit_name(self.key, digest);
        catalogue.rename_units(self.mandate, KEYED, &keyed).await?;
        CatalogueLinkage::read(catalogue, self.numbers, self.key, target.site(), target.namespace()).await
    }
}

/// Ingests GA4GH Phenopackets v2: files, folders and `.tar.gz` archives. Each packet is one unit. A rejected packet is listed in the
/// accounting with its reason, and the other packets are ingested.
///
/// A packet's id is a number of the target's site and namespace that was linked to a participant before. An unknown number creates no
/// participant.
///
/// # Errors
/// [`IngestFailure`].
pub async fn ingest_phenopackets(intake: &Intake<'_>, target: &Target, paths: Vec<PathBuf>) -> Result<Accounting, IngestFailure> {
    let (stores, mandate) = (intake.stores, intake.mandate);
    let mut sink = intake.sink();
    let linkage = intake.linkage(target).await?;
    let to = target.clone();
    let work = move || gemj_adapters::phenopacket::ingest(&paths, &to, &linkage, &mut sink);
    let accounting = tokio::task::spawn_blocking(work).await.map_err(|_| IngestFailure::Stopped)??;
    gemj_variants::flush_observations(&stores.catalogue, &stores.objects, mandate).await?;
    let (name, version) = (gemj_adapters::phenopacket::PROFILE, gemj_adapters::phenopacket::MAPPING_VERSION);
    keep_account(stores, mandate, (name, version), target.dataset(), &accounting, intake.clock).await?;
    Ok(accounting)
}

/// Ingests the data of an institution by its profile (`docs/feeds.md`). The patient numbers in the data lead to participants that were
/// linked before; an unknown number creates no participant. If the feed, the profile and `asked` name different institutions, nothing is
/// ingested.
///
/// # Errors
/// [`IngestFailure`].
pub async fn ingest_feed(intake: &Intake<'_>, profile: Profile, asked: Asked, paths: Vec<PathBuf>) -> Result<Accounting, IngestFailure> {
    let given = paths.clone();
    let (agreed, profile) = tokio::task::spawn_blocking(move || (gemj_adapters::feed::agree(&given, &profile, &asked), profile))
        .await
        .map_err(|_| IngestFailure::Stopped)?;
    let target = agreed?;
    let linkage = intake.linkage(&target).await?;
    let to = target.clone();
    let mut sink = intake.sink();
    let (accounting, profile) = tokio::task::spawn_blocking(move || {
        let accounting = gemj_adapters::feed::ingest(&paths, &profile, &to, &linkage, &mut sink);
        accounting.map(|accounting| (accounting, profile))
    })
    .await
    .map_err(|_| IngestFailure::Stopped)??;
    let read_by = (profile.name(), profile.mapping_version());
    keep_account(intake.stores, intake.mandate, read_by, target.dataset(), &accounting, intake.clock).await?;
    Ok(accounting)
}

/// A row of a linkage table: an institution's number, and the participant whom the institution names by it. The type has no `Debug`.
pub struct LinkedRow {
    /// The institution that uses the number.
    pub site: SiteId,
    /// The institution's namespace of the number.
    pub namespace: String,
    /// The number.
    pub number: String,
    /// The participant.
    pub participant: ParticipantId,
}

/// Links institutions' patient numbers to participants: all rows or none. The numbers themselves are not stored. Returns the number of new
/// links.
///
/// # Errors
/// [`CatalogueError::Conflict`] `number` if a number is linked to another participant. No link is stored then.
pub async fn link_numbers(stores: &Stores, mandate: &Mandate, key: &CapabilityKey, rows: &[LinkedRow]) -> Result<u64, CatalogueError> {
    let mut of_namespace: BTreeMap<(&SiteId, &str), Vec<NumberLink>> = BTreeMap::new();
    for row in rows {
        let number = SiteNumber {
            site: &row.site,
            namespace: &row.namespace,
            number: &row.number,
        };
        let [digest, first, second] = number_digests(key, number);
        of_namespace.entry((&row.site, &row.namespace)).or_default().push(NumberLink {
            digest,
            earlier: [first, second],
            participant: row.participant.clone(),
        });
    }
    let numbers: Vec<LinkedNumbers<'_>> = of_namespace
        .iter()
        .map(|((site, namespace), links)| LinkedNumbers { site, namespace, links })
        .collect();
    stores.catalogue.link_numbers(mandate, &numbers).await
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
