//! Ingests facts: the records that adapters read become participants, facts and carriers.

mod account;
mod received;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_adapters::feed::Asked;
use gemj_adapters::profile::Profile;
use gemj_adapters::{Accounting, IngestError, Target};
use gemj_catalogue::{CatalogueError, CatalogueSink, IngestState, LinkedNumbers, NumberLink};
use gemj_model::fact::{CaseRecord, Committed, SinkError};
use gemj_model::{Clock, FactSink, ParticipantId, SiteId, SiteNumber};
use gemj_variants::FlushError;

use crate::linkage::{CatalogueLinkage, KEYED, number_digests, place_name, unit_name};
use crate::stores::Stores;
use account::Run;
use received::Received;

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

/// A sink that names units by keyed digests, counts the records that another sink commits, and notes which units were refused by earlier runs.
struct Counted<S> {
    sink: S,
    key: CapabilityKey,
    progress: Progress,
    target: Target,
    received: Received,
}

impl<S: FactSink> FactSink for Counted<S> {
    fn commit(&mut self, mut record: CaseRecord) -> Result<Committed, SinkError> {
        let source = &mut record.source;
        source.unit = unit_name(&self.key, &source.unit);
        source.earlier_unit = source.earlier_unit.as_deref().map(|unit| unit_name(&self.key, unit));
        let unit = source.unit.clone();
        let committed = self.sink.commit(record)?;
        // An older version that was not stored does not resolve what a newer version lacks.
        if committed != Committed::Superseded {
            self.received.add(&unit);
        }
        self.progress.0.fetch_add(1, Ordering::Relaxed);
        Ok(committed)
    }

    fn received(&mut self, place: &str) {
        if !self.received.is_empty() {
            self.received.add(&place_name(&self.key, &self.target, place));
        }
    }
}

/// The result of an ingest.
#[derive(Debug)]
pub struct Ingested {
    /// The id under which the run is stored.
    pub run: String,
    /// What became of every unit.
    pub accounting: Accounting,
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
    fn sink(&self, target: &Target, received: &Received) -> Counted<CatalogueSink> {
        Counted {
            sink: CatalogueSink::new(
                self.stores.catalogue.clone(),
                self.mandate.clone(),
                tokio::runtime::Handle::current(),
            ),
            key: self.key.clone(),
            progress: self.progress.clone(),
            target: target.clone(),
            received: received.clone(),
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

/// Ingests GA4GH Phenopackets v2 in JSON, YAML or protobuf: files, folders and archives. Each packet is one unit. A rejected packet is listed in the
/// accounting with its reason, and the other packets are ingested.
///
/// A packet's id is a number of the target's site and namespace that was linked to a participant before. An unknown number creates no
/// participant.
///
/// # Errors
/// [`IngestFailure`].
pub async fn ingest_phenopackets(intake: &Intake<'_>, target: &Target, paths: Vec<PathBuf>) -> Result<Ingested, IngestFailure> {
    use gemj_adapters::phenopacket::{MAPPING_VERSION, PROFILE, ingest};
    let linkage = intake.linkage(target).await?;
    let run = Run::begin(intake, (PROFILE, MAPPING_VERSION), target).await?;
    let (to, mut sink) = (target.clone(), intake.sink(target, &run.received));
    let work = tokio::task::spawn_blocking(move || ingest(&paths, &to, &linkage, &mut sink)).await;
    let accounting = ended(&run, work.map_err(|_| IngestFailure::Stopped)?).await?;
    gemj_variants::flush_observations(&intake.stores.catalogue, &intake.stores.objects, intake.mandate).await?;
    Ok(Ingested { run: run.id, accounting })
}

/// Ingests the data of an institution by its profile (`docs/feeds.md`). The patient numbers in the data lead to participants that were
/// linked before; an unknown number creates no participant. If the feed, the profile and `asked` name different institutions, nothing is
/// ingested.
///
/// # Errors
/// [`IngestFailure`].
pub async fn ingest_feed(intake: &Intake<'_>, profile: Profile, asked: Asked, paths: Vec<PathBuf>) -> Result<Ingested, IngestFailure> {
    let given = paths.clone();
    let (agreed, profile) = tokio::task::spawn_blocking(move || (gemj_adapters::feed::agree(&given, &profile, &asked), profile))
        .await
        .map_err(|_| IngestFailure::Stopped)?;
    let target = agreed?;
    let linkage = intake.linkage(&target).await?;
    let run = Run::begin(intake, (profile.name(), profile.mapping_version()), &target).await?;
    let (to, mut sink) = (target.clone(), intake.sink(&target, &run.received));
    let work = tokio::task::spawn_blocking(move || gemj_adapters::feed::ingest(&paths, &profile, &to, &linkage, &mut sink)).await;
    let accounting = ended(&run, work.map_err(|_| IngestFailure::Stopped)?).await?;
    Ok(Ingested { run: run.id, accounting })
}

/// Stores the result of a run. If the run stopped, the account of the units before is stored if the store answers again, and the error is returned.
async fn ended(run: &Run<'_>, worked: Result<Accounting, IngestError>) -> Result<Accounting, IngestFailure> {
    match worked {
        Ok(accounting) => {
            run.end(IngestState::Ended, &accounting).await?;
            Ok(accounting)
        }
        Err(error) => {
            let IngestError::Store { accounting, .. } = &error;
            // The failure of the run is the error to report, also if its account cannot be stored: the run then stays without an end.
            let _ = run.end(IngestState::Stopped, accounting).await;
            Err(error.into())
        }
    }
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
