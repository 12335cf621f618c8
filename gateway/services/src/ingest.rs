//! Ingests facts: the records that adapters read become participants, facts and carriers.

mod account;
mod consents;
mod listening;
mod received;
mod stated_merges;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_adapters::feed::Asked;
use gemj_adapters::profile::Profile;
use gemj_adapters::{Accounting, IngestError, StoredNames, Target};
use gemj_catalogue::{CatalogueError, CatalogueSink, IngestState, LinkedNumbers, LinksState, NumberLink, Unlinked};
use gemj_model::fact::{CaseRecord, Committed, FactSource, PacketContent, SinkError, StoredUnit};
use gemj_model::feed_consent::FeedConsent;
use gemj_model::{Clock, ConsentForm, DatasetId, FactSink, ParticipantId, SiteId, SiteNumber, StatedMerge, StatedMergeOutcome};
use gemj_variants::FlushError;

use crate::kept_packet;
use crate::linkage::{CatalogueLinkage, KEYED, mark_name, number_digests, unit_name};
use crate::stores::Stores;
use account::Run;
use consents::ConsentIntake;
pub use listening::{Answer, Listening, MAX_MESSAGES_OF_RUN, listening};
use received::Received;
use stated_merges::MergeIntake;

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
    /// Messages cannot be received one by one with this profile: its format is not HL7, or it states consents.
    #[error("the profile {profile} cannot be used by a listener: its format is not ss-mix2, or it has rules for consents")]
    NotForMessages {
        /// The name of the profile.
        profile: String,
    },
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

/// A sink that names units by keyed digests, counts the records that the catalogue's sink takes, and notes which units were refused by earlier runs.
struct Counted {
    sink: CatalogueSink,
    key: CapabilityKey,
    progress: Progress,
    target: Target,
    received: Received,
    /// The receiver of consent statements with the runtime on which it writes. Absent if the mandate of the run does not cover consents.
    consents: Option<(ConsentIntake, tokio::runtime::Handle)>,
    /// The receiver of stated merges with the runtime on which it writes. Absent if the mandate of the run does not cover merges.
    merges: Option<(MergeIntake, tokio::runtime::Handle)>,
    clock: Arc<dyn Clock>,
}

/// The error of the sink for a failure of the catalogue outside the commit of a unit.
fn store_failed(_: CatalogueError) -> SinkError {
    SinkError::Store
}

impl FactSink for Counted {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        self.counted(record, |sink, record| sink.commit(record))
    }

    fn commit_packet(&mut self, record: CaseRecord, content: PacketContent) -> Result<Committed, SinkError> {
        // The content is neither compressed nor sealed again in the store.
        let bytes = kept_packet::seal(&self.key, &content.bytes).map_err(|_| SinkError::Store)?;
        self.counted(record, |sink, record| {
            sink.commit_packet(record, PacketContent { bytes, ..content })
        })
    }

    fn stored(&mut self, dataset: &DatasetId, unit: &str) -> Result<StoredUnit, SinkError> {
        self.sink.stored(dataset, &unit_name(&self.key, unit))
    }

    fn hide(&mut self, dataset: &DatasetId, participant: &ParticipantId, source: &FactSource) -> Result<u64, SinkError> {
        let unit = unit_name(&self.key, &source.unit);
        self.sink.hide(dataset, participant, &FactSource { unit, ..source.clone() })
    }

    fn received(&mut self, mark: &str) {
        if !self.received.is_empty() {
            self.received.add(&mark_name(&self.key, &self.target, mark));
        }
    }

    fn consent(&mut self, statement: FeedConsent) -> Result<(), SinkError> {
        // A statement of consent does not wait for the cases before it.
        self.sink.flush()?;
        let (intake, runtime) = self.consents.as_ref().ok_or(SinkError::Store)?;
        runtime.block_on(intake.record(&statement, self.clock.now())).map_err(store_failed)
    }

    fn deleted(&mut self, unit: &str) -> Result<(), SinkError> {
        self.sink.flush()?;
        let (intake, runtime) = self.consents.as_ref().ok_or(SinkError::Store)?;
        runtime.block_on(intake.deleted(unit, self.clock.now())).map_err(store_failed)
    }

    fn merge(&mut self, statement: StatedMerge) -> Result<StatedMergeOutcome, SinkError> {
        self.sink.flush()?;
        let Some((intake, runtime)) = self.merges.as_ref() else {
            return Ok(StatedMergeOutcome::NotRecorded);
        };
        runtime.block_on(intake.state(&statement, self.clock.now())).map_err(store_failed)
    }
}

impl Counted {
    fn counted(
        &mut self,
        mut record: CaseRecord,
        commit: impl FnOnce(&mut CatalogueSink, CaseRecord) -> Result<Committed, SinkError>,
    ) -> Result<Committed, SinkError> {
        let source = &mut record.source;
        source.unit = unit_name(&self.key, &source.unit);
        source.earlier_unit = source.earlier_unit.as_deref().map(|unit| unit_name(&self.key, unit));
        let unit = source.unit.clone();
        let committed = commit(&mut self.sink, record)?;
        // An older version that was not stored does not resolve what a newer version lacks.
        if committed != Committed::Superseded {
            self.received.add(&unit);
        }
        self.progress.0.fetch_add(1, Ordering::Relaxed);
        Ok(committed)
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
    pub clock: &'a Arc<dyn Clock>,
    /// The consent forms that a feed can name.
    pub forms: &'a [ConsentForm],
    /// The count of committed units.
    pub progress: Progress,
}

impl Intake<'_> {
    fn sink(&self, target: &Target, run: &Run<'_>, links: LinksState) -> Counted {
        Counted {
            sink: CatalogueSink::new(
                self.stores.catalogue.clone(),
                self.mandate.clone(),
                tokio::runtime::Handle::current(),
            )
            .counting_in(&run.id)
            .with_links(links),
            key: self.key.clone(),
            progress: self.progress.clone(),
            target: target.clone(),
            received: run.received.clone(),
            consents: self.mandate.consents_of_feed().map(|mandate| {
                let intake = ConsentIntake {
                    catalogue: self.stores.catalogue.clone(),
                    key: self.key.clone(),
                    mandate,
                    forms: self.forms.to_vec(),
                    target: target.clone(),
                };
                (intake, tokio::runtime::Handle::current())
            }),
            merges: MergeIntake::of(&self.stores.catalogue, self.key, (self.mandate, self.numbers), target)
                .map(|intake| (intake, tokio::runtime::Handle::current())),
            clock: Arc::clone(self.clock),
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
    let run = Run::begin(intake, (PROFILE, MAPPING_VERSION), StoredNames::of_packets(), target).await?;
    let (to, mut sink) = (target.clone(), intake.sink(target, &run, linkage.state()));
    let work = tokio::task::spawn_blocking(move || {
        let worked = ingest(&paths, &to, &linkage, &mut sink);
        (worked, sink.sink.flush())
    });
    let (worked, kept) = work.await.map_err(|_| IngestFailure::Stopped)?;
    let accounting = ended(&run, worked, kept).await?;
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
    let target = agreed?.received_at(intake.clock.now());
    let linkage = intake.linkage(&target).await?;
    let read_by = (profile.name(), profile.mapping_version());
    let run = Run::begin(intake, read_by, StoredNames::of_profile(&profile), &target).await?;
    let (to, mut sink) = (target.clone(), intake.sink(&target, &run, linkage.state()));
    let work = tokio::task::spawn_blocking(move || {
        let worked = gemj_adapters::feed::ingest(&paths, &profile, &to, &linkage, &mut sink);
        (worked, sink.sink.flush())
    });
    let (worked, kept) = work.await.map_err(|_| IngestFailure::Stopped)?;
    let accounting = ended(&run, worked, kept).await?;
    Ok(Ingested { run: run.id, accounting })
}

/// Stores the result of a run. If the run stopped, the account of the units before is stored if the store answers again, and the error is returned.
///
/// `kept` states whether every unit that the sink took was committed. Otherwise the account of the reader has too many units: the run then keeps the account
/// that the commits themselves counted, and stays without an end, like a run that was killed.
async fn ended(run: &Run<'_>, worked: Result<Accounting, IngestError>, kept: Result<(), SinkError>) -> Result<Accounting, IngestFailure> {
    match (worked, kept) {
        (Ok(accounting), Ok(())) => {
            run.end(IngestState::Ended, &accounting).await?;
            Ok(accounting)
        }
        (Ok(_), Err(_)) => Err(CatalogueError::Unavailable.into()),
        (Err(error), kept) => {
            let IngestError::Store { accounting, .. } = &error;
            if kept.is_ok() {
                // The failure of the run is the error to report, also if its account cannot be stored: the run then stays without an end.
                let _ = run.end(IngestState::Stopped, accounting).await;
            }
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

/// The numbers of a linkage table as digests, by institution and namespace.
fn digests_of<'r>(key: &CapabilityKey, rows: &'r [LinkedRow]) -> BTreeMap<(&'r SiteId, &'r str), Vec<NumberLink>> {
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
    of_namespace
}

/// The numbers of a linkage table as digests, for the catalogue.
pub(crate) struct LinkedDigests<'r>(BTreeMap<(&'r SiteId, &'r str), Vec<NumberLink>>);

impl LinkedDigests<'_> {
    /// The digests by institution and namespace.
    pub(crate) fn numbers(&self) -> Vec<LinkedNumbers<'_>> {
        linked(&self.0)
    }
}

/// The numbers of a linkage table as digests.
pub(crate) fn linked_digests<'r>(key: &CapabilityKey, rows: &'r [LinkedRow]) -> LinkedDigests<'r> {
    LinkedDigests(digests_of(key, rows))
}

fn linked<'l>(of_namespace: &'l BTreeMap<(&'l SiteId, &'l str), Vec<NumberLink>>) -> Vec<LinkedNumbers<'l>> {
    of_namespace
        .iter()
        .map(|((site, namespace), links)| LinkedNumbers { site, namespace, links })
        .collect()
}

/// Links institutions' patient numbers to participants: all rows or none. The numbers themselves are not stored. Returns the number of new
/// links.
///
/// # Errors
/// [`CatalogueError::Conflict`] `number` if a number is linked to another participant. No link is stored then.
pub async fn link_numbers(stores: &Stores, mandate: &Mandate, key: &CapabilityKey, rows: &[LinkedRow]) -> Result<u64, CatalogueError> {
    stores.catalogue.link_numbers(mandate, &linked(&digests_of(key, rows))).await
}

/// Removes links between institutions' patient numbers and participants, and retires what feeds stored through the numbers of these participants: all
/// rows or none. The reason must name no person.
///
/// # Errors
/// [`CatalogueError::NotFound`] `number` if a number is not linked to its participant. Nothing is removed then.
pub async fn unlink_numbers(
    stores: &Stores,
    mandate: &Mandate,
    key: &CapabilityKey,
    rows: &[LinkedRow],
    reason: &str,
) -> Result<Unlinked, CatalogueError> {
    stores
        .catalogue
        .unlink_numbers(mandate, &linked(&digests_of(key, rows)), reason)
        .await
}
