//! One message that is being ingested: the look-up of its number and its units are in one write.

use std::cell::RefCell;
use std::collections::HashSet;

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_adapters::Target;
use gemj_catalogue::{Catalogue, CatalogueError, MessageWrite, sink_error};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit};
use gemj_model::{DatasetId, FactSink, Linkage, LinkageUnavailable, ParticipantId, SiteNumber, StatedMerge, StatedMergeOutcome, Timestamp};
use tokio::runtime::Handle;

use super::super::stated_merges::MergeIntake;
use super::Listening;
use crate::linkage::{mark_name, number_digest, number_digests, unit_name};

/// The message. The write begins when the message needs it, because a message whose text cannot be read should not hold up other writes.
pub(super) struct Message<'m> {
    catalogue: &'m Catalogue,
    key: &'m CapabilityKey,
    mandate: &'m Mandate,
    numbers: Upkeep,
    runtime: &'m Handle,
    target: &'m Target,
    merges: Option<&'m MergeIntake>,
    open: &'m HashSet<String>,
    now: Timestamp,
    state: RefCell<Ended>,
}

/// What a message leaves: its write in progress, and the names of the units in quarantine that it has.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) write: Option<MessageWrite>,
    pub(super) received: HashSet<String>,
}

impl<'m> Message<'m> {
    pub(super) fn new(
        of: &'m Listening,
        target: &'m Target,
        merges: Option<&'m MergeIntake>,
        open: &'m HashSet<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            catalogue: &of.stores.catalogue,
            key: &of.key,
            mandate: &of.mandate,
            numbers: of.numbers,
            runtime: &of.runtime,
            target,
            merges,
            open,
            now,
            state: RefCell::default(),
        }
    }

    pub(super) fn ended(self) -> Ended {
        self.state.into_inner()
    }

    fn in_write<T>(&self, work: impl AsyncFnOnce(&mut MessageWrite) -> Result<T, CatalogueError>) -> Result<T, CatalogueError> {
        let mut state = self.state.borrow_mut();
        self.runtime.block_on(async {
            let write = match state.write.take() {
                Some(write) => write,
                None => self.catalogue.begin_message(self.mandate).await?,
            };
            work(state.write.insert(write)).await
        })
    }

    fn receive(&self, name: String) {
        if self.open.contains(&name) {
            self.state.borrow_mut().received.insert(name);
        }
    }
}

impl Linkage for Message<'_> {
    fn participant(&self, number: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        let (site, namespace) = (self.target.site(), self.target.namespace());
        if number.site != site || number.namespace != namespace {
            return Err(LinkageUnavailable);
        }
        let digests = number_digests(self.key, number);
        let found = self.in_write(async |write| write.linked_participant(self.numbers, site, namespace, &digests).await);
        found.map_err(|_| LinkageUnavailable)
    }

    fn since(&self, number: SiteNumber<'_>) -> Result<Option<Timestamp>, LinkageUnavailable> {
        let (site, namespace) = (self.target.site(), self.target.namespace());
        if number.site != site || number.namespace != namespace {
            return Err(LinkageUnavailable);
        }
        let digest = number_digest(self.key, number);
        let found = self.in_write(async |write| write.released_number(self.numbers, site, namespace, &digest).await);
        found.map_err(|_| LinkageUnavailable)
    }
}

impl FactSink for &Message<'_> {
    fn commit(&mut self, mut record: CaseRecord) -> Result<Committed, SinkError> {
        let source = &mut record.source;
        source.unit = unit_name(self.key, &source.unit);
        source.earlier_unit = source.earlier_unit.as_deref().map(|unit| unit_name(self.key, unit));
        let unit = source.unit.clone();
        let committed = self.in_write(async |write| write.commit_case(&record).await);
        let committed = committed.map_err(sink_error)?;
        // An older version that was not stored does not resolve what a newer version lacks.
        if committed != Committed::Superseded {
            self.receive(unit);
        }
        Ok(committed)
    }

    fn stored(&mut self, dataset: &DatasetId, unit: &str) -> Result<StoredUnit, SinkError> {
        let unit = unit_name(self.key, unit);
        let stored = self.in_write(async |write| write.stored_unit(dataset, &unit).await);
        stored.map_err(sink_error)
    }

    fn hide(&mut self, dataset: &DatasetId, participant: &ParticipantId, source: &FactSource) -> Result<u64, SinkError> {
        let unit = unit_name(self.key, &source.unit);
        let source = FactSource { unit, ..source.clone() };
        let hidden = self.in_write(async |write| write.hide_units(dataset, participant, &source).await);
        hidden.map_err(sink_error)
    }

    fn received(&mut self, mark: &str) {
        if !self.open.is_empty() {
            self.receive(mark_name(self.key, self.target, mark));
        }
    }

    fn merge(&mut self, statement: StatedMerge) -> Result<StatedMergeOutcome, SinkError> {
        // A merge is a write of its own. It must not wait for a write of the same message.
        let is_free = self.state.borrow().write.is_none();
        let Some(merges) = self.merges.filter(|_| is_free) else {
            return Ok(StatedMergeOutcome::NotRecorded);
        };
        let stated = self.runtime.block_on(merges.state(&statement, self.now));
        stated.map_err(|_| SinkError::Store)
    }
}
