//! The frame of every write: check the key, lock the state row, write, advance epoch and generation, append the audit row, commit.
//!
//! Each of these writes locks the state row first. Therefore commit order is the order of epochs, and two writes cannot deadlock. A waiting write of
//! the consent ledger comes before other waiting writes.

use gemj_access::{Mandate, WriteAction};

use crate::audit::operation;
use crate::catalogue::Catalogue;
use crate::database::{Lane, Transaction, Value};
use crate::error::CatalogueError;
use crate::programme_state::{ProgrammeState, READ_STATE, state_of};

/// A write in progress. If the value is dropped without `commit`, nothing is written.
pub(crate) struct Write {
    pub(crate) transaction: Transaction,
    before: ProgrammeState,
    epoch: u64,
    generation: u64,
    covers: Option<Vec<u8>>,
}

impl Catalogue {
    /// Begins a write under a mandate for one of these actions.
    pub(crate) async fn begin_write(&self, mandate: &Mandate, actions: &[WriteAction]) -> Result<Write, CatalogueError> {
        if !actions.contains(&mandate.action()) {
            return Err(CatalogueError::WrongKey);
        }
        let lane = if mandate.action() == WriteAction::RecordConsent {
            Lane::Consent
        } else {
            Lane::Ordinary
        };
        let mut transaction = self.database.begin_write_in(lane).await?;
        let before = lock_state(&mut transaction).await?;
        Ok(Write {
            transaction,
            before,
            epoch: before.epoch,
            generation: before.generation,
            covers: None,
        })
    }
}

/// Locks the state row until the transaction ends, and reads the state that the last writer committed.
pub(crate) async fn lock_state(transaction: &mut Transaction) -> Result<ProgrammeState, CatalogueError> {
    transaction.take_turn().await?;
    let row = if transaction.is_postgres() {
        let lock = "SELECT epoch, generation FROM programme_state WHERE id = 1 FOR UPDATE";
        transaction.fetch_first(lock, Vec::new()).await?
    } else {
        // BEGIN IMMEDIATE has locked the whole database.
        transaction.fetch_first(READ_STATE, Vec::new()).await?
    };
    state_of(row.as_ref())
}

impl Write {
    /// The state before this write. No other write can change the state while this write is in progress.
    pub(crate) fn before(&self) -> ProgrammeState {
        self.before
    }

    /// Marks the write as a policy change and returns the epoch for the changed rows, which is the next epoch. Repeated calls return the
    /// same epoch.
    pub(crate) fn policy_changes(&mut self) -> i64 {
        self.epoch = self.epoch.max(self.before.epoch + 1);
        (self.before.epoch + 1) as i64
    }

    /// Reserves sequence numbers for `count` ledger events and returns the first. Call this at most once in a write.
    pub(crate) fn take_sequences(&mut self, count: u64) -> u64 {
        self.epoch = self.epoch.max(self.before.epoch + count);
        self.before.epoch + 1
    }

    /// Marks the write as a change of the manifest or the objects, and returns the generation for the changed rows.
    pub(crate) fn manifest_changes(&mut self) -> i64 {
        self.generation = self.before.generation + 1;
        self.generation as i64
    }

    /// Sets the hash over the rows written to a ledger. The audit row covers this hash. Call this at most once in a write.
    pub(crate) fn vouch(&mut self, covers: Option<Vec<u8>>) {
        self.covers = covers;
    }

    /// Ends the write: updates the state row, appends the audit row and commits. `resource` names no person. `rows` is the number of things
    /// written.
    pub(crate) async fn commit(
        mut self,
        catalogue: &Catalogue,
        mandate: &Mandate,
        resource: &str,
        rows: u64,
    ) -> Result<ProgrammeState, CatalogueError> {
        let after = ProgrammeState {
            epoch: self.epoch,
            generation: self.generation,
        };
        if after != self.before {
            let arguments = vec![Value::count(after.epoch, "epoch")?, Value::count(after.generation, "generation")?];
            let update = "UPDATE programme_state SET epoch = $1, generation = $2 WHERE id = 1";
            self.transaction.execute(update, arguments).await?;
        }
        let (now, covers) = (catalogue.clock.now(), self.covers.take());
        operation::append(&mut self.transaction, now, mandate, resource, after.epoch, rows, covers).await?;
        self.transaction.commit().await?;
        Ok(after)
    }
}
