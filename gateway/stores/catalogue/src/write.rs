//! The steps of every write under a `Mandate`: check the key, lock the state row, write, increment epoch and generation, append the audit row,
//! commit.
//!
//! Each write locks the state row first. Therefore the order of commits is the order of epochs, and two writes cannot deadlock. A waiting write
//! of the consent ledger is executed before other waiting writes.

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
    /// The number of sequence numbers of the consent ledger that this write has reserved.
    sequences: u64,
    generation: u64,
    covers: Option<Vec<u8>>,
}

impl Catalogue {
    /// Begins a write. The mandate must be for one of these actions.
    pub(crate) async fn begin_write(&self, mandate: &Mandate, actions: &[WriteAction]) -> Result<Write, CatalogueError> {
        if !actions.contains(&mandate.action()) {
            return Err(CatalogueError::WrongKey);
        }
        let lane = if matches!(mandate.action(), WriteAction::RecordConsent | WriteAction::MergeParticipants) {
            Lane::Consent
        } else {
            Lane::Ordinary
        };
        let mut transaction = self.database.begin_write_in(lane).await?;
        let before = lock_state(&mut transaction).await?;
        self.same_history(&before)?;
        Ok(Write {
            transaction,
            before,
            epoch: before.epoch,
            sequences: 0,
            generation: before.generation,
            covers: None,
        })
    }
}

/// Locks the state row until the transaction ends, and reads the state that the last write committed.
pub(crate) async fn lock_state(transaction: &mut Transaction) -> Result<ProgrammeState, CatalogueError> {
    transaction.take_turn().await?;
    let row = if transaction.is_postgres() {
        let lock = "SELECT epoch, generation, sealed, history FROM programme_state WHERE id = 1 FOR UPDATE";
        transaction.fetch_first(lock, Vec::new()).await?
    } else {
        // On SQLite, BEGIN IMMEDIATE has already locked the whole database.
        transaction.fetch_first(READ_STATE, Vec::new()).await?
    };
    state_of(row.as_ref())
}

impl Write {
    /// The state before this write. No other write can change the state while this write is in progress.
    pub(crate) fn before(&self) -> ProgrammeState {
        self.before
    }

    /// Marks the write as a policy change. Returns the next epoch, which the changed rows must store. Repeated calls return the same epoch.
    pub(crate) fn policy_changes(&mut self) -> i64 {
        self.epoch = self.epoch.max(self.before.epoch + 1);
        (self.before.epoch + 1) as i64
    }

    /// Reserves sequence numbers for `count` events of the consent ledger, and returns the first number. If a write calls this function several
    /// times, it must append an audit row between two calls, because each row confirms the events up to its epoch.
    pub(crate) fn take_sequences(&mut self, count: u64) -> u64 {
        let first = self.before.epoch + self.sequences + 1;
        self.sequences += count;
        self.epoch = self.epoch.max(self.before.epoch + self.sequences);
        first
    }

    /// Marks the write as a change of the carrier index's manifest or of the registered files. Returns the next generation, which the changed
    /// rows must store.
    pub(crate) fn manifest_changes(&mut self) -> i64 {
        self.generation = self.before.generation + 1;
        self.generation as i64
    }

    /// Sets the hash over the rows that this write stored in a ledger. The next audit row of the write contains this hash. Each audit row has at
    /// most one hash.
    pub(crate) fn vouch(&mut self, covers: Option<Vec<u8>>) {
        self.covers = covers;
    }

    /// Ends the write: appends the audit row, updates the state row and commits. `resource` is the subject in the audit row and names no
    /// person. `rows` is the number of written rows.
    pub(crate) async fn commit(
        mut self,
        catalogue: &Catalogue,
        mandate: &Mandate,
        resource: &str,
        rows: u64,
    ) -> Result<ProgrammeState, CatalogueError> {
        self.append_row(catalogue, mandate, resource, rows).await?;
        self.finish().await
    }

    /// Appends the audit row of one part of this write, with the hash that was set since the last row. A write with several parts, such as an
    /// import of approvals, has one row for each part, so that each row names its subject and protects its own rows.
    pub(crate) async fn append_row(
        &mut self,
        catalogue: &Catalogue,
        mandate: &Mandate,
        resource: &str,
        rows: u64,
    ) -> Result<(), CatalogueError> {
        let (now, covers) = (catalogue.clock.now(), self.covers.take());
        operation::append(&mut self.transaction, now, mandate, resource, self.epoch, rows, covers).await
    }

    /// Updates the state row and commits, after the audit rows of all parts were appended.
    pub(crate) async fn finish(mut self) -> Result<ProgrammeState, CatalogueError> {
        let after = ProgrammeState {
            epoch: self.epoch,
            generation: self.generation,
            ..self.before
        };
        if after != self.before {
            let arguments = vec![Value::count(after.epoch, "epoch")?, Value::count(after.generation, "generation")?];
            let update = "UPDATE programme_state SET epoch = $1, generation = $2 WHERE id = 1";
            self.transaction.execute(update, arguments).await?;
        }
        self.transaction.commit().await?;
        Ok(after)
    }
}
