//! Erases the data of a participant who withdrew fully: the decision by policy or by the operator's statement, and the steps of the erasure.
//!
//! The rows go first, in one transaction. From then on no answer contains the data. The bytes follow: the segments of the carrier index, the stored
//! files, and the files of the database. Each step can be repeated, so a call after an interruption continues.

mod decision;

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::{Mandate, OperatorRead, Upkeep, WriteAction};
use gemj_catalogue::{CatalogueError, NewPurge, PurgePerson, PurgedSources, SegmentScope, lease_holder};
use gemj_model::{Clock, SystemClock};
use gemj_objects::ObjectError;
use gemj_variants::{MergeError, without_participants};

use crate::stores::Stores;

pub use decision::{PurgeDecision, PurgePolicy, PurgeRefusal};

/// The duration of the lease on a scope, in seconds.
const LEASE_SECONDS: i64 = 3600;

/// A load that has reported no progress for this number of seconds is treated as interrupted.
const DEAD_LOAD_S: i64 = 24 * 3600;

/// The number of attempts while other processes change the ledgers or the carrier index.
const ATTEMPTS: usize = 5;

/// Why an erasure stopped. Rows that were erased before stay erased, and the next call continues.
#[derive(Debug, thiserror::Error)]
pub enum PurgeError {
    /// The catalogue failed.
    #[error("catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// The object store failed.
    #[error("object store: {0}")]
    Objects(#[from] ObjectError),
    /// The carrier index failed.
    #[error("carrier index: {0}")]
    Segments(#[from] MergeError),
    /// Another process merges the segments of the carrier index.
    #[error("another process merges the carrier index")]
    Busy,
    /// The ledgers changed at every attempt.
    #[error("the ledgers changed at every attempt")]
    Restless,
    /// The key is not for an erasure.
    #[error("the key is for another action")]
    WrongKey,
}

/// A step of an erasure, after which it can be interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurgeStep {
    /// The rows are erased.
    Rows,
    /// The segments of the carrier index are rewritten.
    Index,
    /// The stored files are erased.
    Files,
}

/// The result of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurgeOutcome {
    /// The data is erased.
    Erased(PurgePerson),
    /// The data may not be erased.
    Refused(PurgeRefusal),
    /// The participant is not registered.
    Unknown,
}

/// The inputs of an erasure.
pub struct Purge<'a> {
    /// The stores of the programme.
    pub stores: &'a Stores,
    /// The clock.
    pub clock: &'a dyn Clock,
    /// The key for the erasure: the action `Purge`.
    pub mandate: &'a Mandate,
    /// The key for the names of alleles and for stored files: the job `IndexFiles`.
    pub file_upkeep: Upkeep,
    /// The key for the carrier index: the job `BuildSegments`.
    pub index_upkeep: Upkeep,
    /// The operator's key for the reads on which the erasure is decided.
    pub read: &'a OperatorRead,
    /// Decides whether the data may be erased.
    pub decision: &'a PurgeDecision,
    /// Called after each step with the step.
    pub at: &'a (dyn Fn(PurgeStep) + Sync),
}

impl Purge<'_> {
    /// The person with the number of stored rows and files of each kind, and the refusal if the data may not be erased now. Nothing is erased. Absent if
    /// the participant is not registered.
    ///
    /// # Errors
    /// [`PurgeError::Catalogue`].
    pub async fn plan(&self) -> Result<Option<(PurgePerson, Option<PurgeRefusal>)>, PurgeError> {
        let now = self.clock.now();
        let Some(person) = self.stores.catalogue.purge_person(self.read, now).await? else {
            return Ok(None);
        };
        let refusal = self.decision.of(&person, now).err();
        Ok(Some((person, refusal)))
    }

    /// Erases the data, or continues an erasure that was interrupted.
    ///
    /// # Errors
    /// [`PurgeError`].
    pub async fn run(&self) -> Result<PurgeOutcome, PurgeError> {
        let catalogue = &self.stores.catalogue;
        for _ in 0..ATTEMPTS {
            let now = self.clock.now();
            let Some(person) = catalogue.purge_person(self.read, now).await? else {
                return Ok(PurgeOutcome::Unknown);
            };
            let ground = match self.decision.of(&person, now) {
                Ok(ground) => ground,
                Err(refusal) => return Ok(PurgeOutcome::Refused(refusal)),
            };
            let purge = NewPurge {
                people: &person.ordinals(),
                epoch: person.epoch,
                ground,
                reason: self.read.reason(),
            };
            if !catalogue.erase_person(self.mandate, purge).await? {
                continue;
            }
            (self.at)(PurgeStep::Rows);
            self.index().await?;
            (self.at)(PurgeStep::Index);
            self.files().await?;
            (self.at)(PurgeStep::Files);
            // The names that only erased files use for alleles.
            let abandoned = SystemClock::default().now().plus_seconds(-DEAD_LOAD_S);
            catalogue.erase_allele_names(self.file_upkeep, abandoned).await?;
            catalogue.rewrite_files(self.mandate).await?;
            catalogue.end_purge(self.mandate, &person.ordinals()).await?;
            let Some(person) = catalogue.purge_person(self.read, self.clock.now()).await? else {
                return Ok(PurgeOutcome::Unknown);
            };
            return Ok(PurgeOutcome::Erased(person));
        }
        Err(PurgeError::Restless)
    }

    fn part(&self, action: WriteAction) -> Result<Mandate, PurgeError> {
        self.mandate.part_of_purge(action).ok_or(PurgeError::WrongKey)
    }

    /// Rewrites every segment that can have entries of erased participants.
    async fn index(&self) -> Result<(), PurgeError> {
        let upkeep = self.index_upkeep;
        let sources = self.stores.catalogue.purged_sources(upkeep).await?;
        if sources.names.is_empty() {
            return Ok(());
        }
        let manifest = self.stores.catalogue.manifest(upkeep).await?;
        let scopes: BTreeSet<SegmentScope> = manifest
            .segments
            .iter()
            .map(|row| SegmentScope {
                dataset: row.dataset.clone(),
                assembly: row.assembly,
                origin: row.origin,
            })
            .collect();
        for scope in &scopes {
            self.scope(scope, &sources).await?;
        }
        self.stores.catalogue.forget_purged_sources(upkeep, &sources).await?;
        Ok(())
    }

    async fn scope(&self, scope: &SegmentScope, sources: &PurgedSources) -> Result<(), PurgeError> {
        let (catalogue, upkeep) = (&self.stores.catalogue, self.index_upkeep);
        let holder = lease_holder("purge");
        let lease = catalogue.lease_segments(upkeep, scope, &holder, LEASE_SECONDS).await?;
        let lease = lease.ok_or(PurgeError::Busy)?;
        let mut outcome = Err(PurgeError::Busy);
        for _ in 0..ATTEMPTS {
            let manifest = catalogue.manifest(upkeep).await?;
            let load = self.part(WriteAction::Load)?;
            let rewritten =
                without_participants(&self.stores.objects, &load, &manifest, scope, &sources.names, &sources.participants).await;
            let rewritten = match rewritten {
                Ok(rewritten) => rewritten,
                Err(error) => {
                    outcome = Err(error.into());
                    break;
                }
            };
            if rewritten.replaced.is_empty() {
                outcome = Ok(());
                break;
            }
            let committed = catalogue
                .commit_purged_segments(self.mandate, &lease, &rewritten.replaced, &rewritten.segments)
                .await;
            match committed {
                // Another process changed the manifest meanwhile.
                Err(CatalogueError::Conflict { field: "segment" }) => {}
                committed => {
                    outcome = committed.map_err(Into::into);
                    break;
                }
            }
        }
        catalogue.release_segments(upkeep, &lease).await?;
        outcome
    }

    /// Erases the stored files whose rows are erased, and all segments that a rewritten segment has replaced. A reader of such a segment gets an error,
    /// never a wrong answer.
    async fn files(&self) -> Result<(), PurgeError> {
        let (catalogue, objects) = (&self.stores.catalogue, &self.stores.objects);
        let change = self.part(WriteAction::ChangeObjectStatus)?;
        for key in catalogue.purged_files(self.file_upkeep).await? {
            objects.erase_file(&change, &key).await?;
            catalogue.forget_purged_file(self.file_upkeep, &key).await?;
        }
        let load = self.part(WriteAction::Load)?;
        let retired = catalogue.retired_blobs(self.index_upkeep).await?;
        for key in retired.keys() {
            objects.delete_orphan(&load, key).await?;
            catalogue.forget_blob(self.index_upkeep, key).await?;
        }
        Ok(())
    }
}

/// The kinds of places in which bytes of the data can remain, which this program does not reach. The operator erases them.
#[must_use]
pub fn not_erased(counts: &BTreeMap<String, u64>) -> Vec<&'static str> {
    let mut places = vec![
        "back-ups, replicas and write-ahead logs of the database",
        "versions that an object store keeps, and free blocks of disks",
        "outputs of workflow runs, and copies at recipients (`gemj-gateway disclosures`)",
        "memory of running servers, until they are started again",
        "files of interrupted loads, until `objects collect` and `index collect`",
    ];
    if counts.contains_key("files-kept-for-others") {
        places.push("files with columns of other participants: the gateway removes the erased participant's column from every answer");
    }
    places
}
