//! Ingests the messages of a listener one by one. Each message is one transaction with its account, and is acknowledged after the commit.

mod message;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use gemj_access::{CapabilityKey, Mandate, Upkeep};
use gemj_adapters::feed::{Asked, IngestedMessage, agree, ingest_message, reads_messages, refuse_message};
use gemj_adapters::hl7v2::mllp::{Acknowledgement, FrameFault};
use gemj_adapters::profile::Profile;
use gemj_adapters::{StoredNames, Target};
use gemj_catalogue::{CatalogueError, IngestCount, IngestResult};
use gemj_model::{Clock, Timestamp};
use tokio::runtime::Handle;

use super::account::{result, start};
use super::stated_merges::MergeIntake;
use super::{IngestFailure, Intake};
use crate::linkage::{KEYED, unit_name};
use crate::stores::Stores;
use message::Message;

/// The maximum number of messages of one run. The next message begins a new run.
pub const MAX_MESSAGES_OF_RUN: u64 = 10_000;

/// The maximum duration of one run, in seconds. The next message begins a new run.
const MAX_RUN_S: i64 = 3600;

/// How a message is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The code of the acknowledgement.
    pub acknowledgement: Acknowledgement,
    /// The code of the first fault; `None` if the message is accepted.
    pub reason: Option<&'static str>,
}

/// The receiver of the messages of one site. It is used by one thread, which is not a thread that drives async tasks.
pub struct Listening {
    stores: Stores,
    key: CapabilityKey,
    mandate: Mandate,
    numbers: Upkeep,
    clock: Arc<dyn Clock>,
    profile: Profile,
    target: Target,
    names: StoredNames,
    runtime: Handle,
    run: Option<OpenRun>,
    /// The numbers of parts of the streams that are no message, by kind, that are not stored yet.
    frames: BTreeMap<&'static str, u64>,
}

/// A run that is listening.
struct OpenRun {
    id: String,
    began: Timestamp,
    messages: u64,
    /// The keyed names of the units that are in quarantine, of earlier runs and of this one.
    open: HashSet<String>,
}

/// Prepares to receive messages. The profile, the site and the namespace are checked as [`super::ingest_feed`] checks them.
///
/// # Errors
/// [`IngestFailure::Disagreement`]; [`IngestFailure::NotForMessages`]; [`IngestFailure::Catalogue`].
pub async fn listening(intake: &Intake<'_>, profile: Profile, asked: &Asked) -> Result<Listening, IngestFailure> {
    let target = agree(&[], &profile, asked)?;
    if !reads_messages(&profile) {
        let profile = profile.name().to_owned();
        return Err(IngestFailure::NotForMessages { profile });
    }
    let keyed = |digest: &str| unit_name(intake.key, digest);
    intake.stores.catalogue.rename_units(intake.mandate, KEYED, &keyed).await?;
    let names = StoredNames::of_profile(&profile);
    Ok(Listening {
        stores: intake.stores.clone(),
        key: intake.key.clone(),
        mandate: intake.mandate.clone(),
        numbers: intake.numbers,
        clock: Arc::clone(intake.clock),
        profile: profile.of_site(target.site()),
        target,
        names,
        runtime: Handle::current(),
        run: None,
        frames: BTreeMap::new(),
    })
}

impl Listening {
    /// Ingests one message. When the function returns an answer, everything that the message changes is committed.
    ///
    /// # Errors
    /// [`IngestFailure`] if the store failed. The message is then not stored, or its state is not known, and it must not be acknowledged as accepted. The
    /// sender can send it again.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Answer, IngestFailure> {
        let now = self.clock.now();
        let run = self.open_run(now)?;
        let target = self.target.clone().received_at(now);
        let merges = MergeIntake::of(&self.stores.catalogue, &self.key, (&self.mandate, self.numbers), &target);
        let message = Message::new(self, &target, merges.as_ref(), &run.open, now);
        match ingest_message(bytes, &self.profile, &target, &message, &mut &message) {
            Ok(ingested) => self.end(message.ended(), run, &ingested, now),
            Err(error) => {
                drop(message);
                self.run = Some(run);
                Err(error.into())
            }
        }
    }

    /// Counts a message that could not be read from its frame. `head` are its first bytes.
    ///
    /// # Errors
    /// The errors of [`Self::receive`].
    pub fn refuse(&mut self, fault: FrameFault, head: &[u8]) -> Result<Answer, IngestFailure> {
        let now = self.clock.now();
        let run = self.open_run(now)?;
        let ended = message::Ended::default();
        self.end(ended, run, &refuse_message(fault, head), now)
    }

    /// Counts a part of a stream that is no message: `outside` for bytes between frames, `unfinished` for a frame without its end. The count is stored
    /// with the next message, or at the end of the run.
    pub fn note(&mut self, kind: &'static str) {
        *self.frames.entry(kind).or_default() += 1;
    }

    /// Ends the run. Messages can be received again afterwards, in a new run.
    ///
    /// # Errors
    /// The catalogue does not answer. All messages are stored and counted nevertheless, and the run stays in the state `listening`.
    pub fn close(&mut self) -> Result<(), IngestFailure> {
        let Some(run) = self.run.take() else { return Ok(()) };
        let now = self.clock.now();
        let catalogue = &self.stores.catalogue;
        let frames = std::mem::take(&mut self.frames);
        let rest = IngestResult {
            counts: frames.iter().map(|(kind, number)| count("frame", kind, *number)).collect(),
            ..IngestResult::default()
        };
        Ok(self.runtime.block_on(async {
            if !rest.counts.is_empty() {
                catalogue.begin_message(&self.mandate).await?.end(&run.id, now, &rest, &[]).await?;
            }
            catalogue.end_listening_run(&self.mandate, &run.id, now).await
        })?)
    }

    /// Takes the run out of `self`. A run that is too large or too old is ended, and a new one begins.
    fn open_run(&mut self, now: Timestamp) -> Result<OpenRun, CatalogueError> {
        let (catalogue, target) = (&self.stores.catalogue, &self.target);
        if let Some(run) = self.run.take() {
            if run.messages < MAX_MESSAGES_OF_RUN && run.began.plus_seconds(MAX_RUN_S) > now {
                return Ok(run);
            }
            self.runtime.block_on(catalogue.end_listening_run(&self.mandate, &run.id, now))?;
        }
        let read_by = (self.profile.name(), self.profile.mapping_version());
        let start = start(read_by, target, now);
        self.runtime.block_on(async {
            let (dataset, site, namespace) = (target.dataset(), target.site(), target.namespace());
            let open = catalogue.open_quarantine(&self.mandate, dataset, site, namespace).await?;
            catalogue.begin_listening_run(&self.mandate, &start).await?;
            Ok(OpenRun {
                id: start.id,
                began: now,
                messages: 0,
                open: open.into_iter().collect(),
            })
        })
    }

    /// Commits a message with its account.
    fn end(
        &mut self,
        ended: message::Ended,
        mut run: OpenRun,
        ingested: &IngestedMessage,
        now: Timestamp,
    ) -> Result<Answer, IngestFailure> {
        let mut result = result((&self.key, &self.target), &ingested.accounting, &self.names);
        result.counts.push(count("acknowledged", ingested.acknowledgement.as_str(), 1));
        result
            .counts
            .extend(self.frames.iter().map(|(kind, number)| count("frame", kind, *number)));
        let refused = result.quarantined.iter().map(|unit| &unit.unit);
        let again: HashSet<String> = ended
            .received
            .into_iter()
            .chain(refused.cloned().filter(|unit| run.open.contains(unit)))
            .collect();
        let again: Vec<String> = again.into_iter().collect();
        let committed = self.runtime.block_on(async {
            let write = match ended.write {
                Some(write) => write,
                None => self.stores.catalogue.begin_message(&self.mandate).await?,
            };
            write.end(&run.id, now, &result, &again).await
        });
        // After an error, the next message begins a new run: a database that was restored does not have this run.
        committed?;
        self.frames.clear();
        run.messages += 1;
        again.iter().for_each(|name| {
            run.open.remove(name);
        });
        run.open.extend(result.quarantined.into_iter().map(|unit| unit.unit));
        self.run = Some(run);
        Ok(Answer {
            acknowledgement: ingested.acknowledgement,
            reason: ingested.reason,
        })
    }
}

fn count(kind: &str, name: &str, count: u64) -> IngestCount {
    IngestCount {
        kind: kind.to_owned(),
        name: name.to_owned(),
        count,
    }
}
