//! The frame of every write: check the key, lock the state row, write, move epoch and generation, append the audit row, commit.
//!
//! All writes meet at the state row, and take it first. So commit order is the order of epochs, and no two writes can deadlock. Writes of the
//! consent ledger are next whenever one waits.

use gemj_access::{Mandate, WriteAction};

use crate::audit::operation;
use crate::catalogue::Catalogue;
use crate::database::{Lane, Transaction, Value};
use crate::error::CatalogueError;
use crate::programme_state::{ProgrammeState, READ_STATE, state_of};

/// A write in course. Dropped without `commit`, it leaves nothing.
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

/// Locks the state row until the transaction ends, and reads it as the last holder left it.
pub(crate) async fn lock_state(transaction: &mut Transaction) -> Result<ProgrammeState, CatalogueError> {
    transaction.take_turn().await?;
    let row = if transaction.is_postgres() {
        let lock = "SELECT epoch, generation FROM programme_state WHERE id = 1 FOR UPDATE";
        transaction.fetch_first(lock, Vec::new()).await?
    } else {
        // BEGIN IMMEDIATE has locked everything.
        transaction.fetch_first(READ_STATE, Vec::new()).await?
    };
    state_of(row.as_ref())
}

impl Write {
    /// The state as the last writer left it. Nobody else moves it while this write is in course.
    pub(crate) fn before(&self) -> ProgrammeState {
        self.before
    }

    /// Says that policy changes, and answers the epoch to stamp changed rows with: the next one, however often it is said.
    pub(crate) fn policy_changes(&mut self) -> i64 {
        self.epoch = self.epoch.max(self.before.epoch + 1);
        (self.before.epoch + 1) as i64
    }

    /// Takes sequences for this many ledger events and answers the first. Used once in a write.
    pub(crate) fn take_sequences(&mut self, count: u64) -> u64 {
        self.epoch = self.epoch.max(self.before.epoch + count);
        self.before.epoch + 1
    }

    /// Says that the manifest or the objects change, and answers the generation to stamp rows with.
    pub(crate) fn manifest_changes(&mut self) -> i64 {
        self.generation = self.before.generation + 1;
        self.generation as i64
    }

    /// Says what the audit row vouches for: the hash over what was put down in a ledger. Said once in a write.
    pub(crate) fn vouch(&mut self, covers: Option<Vec<u8>>) {
        self.covers = covers;
    }

    /// Ends the write: the state row, the audit row (`resource` names no person; `rows` is how many things were written), the commit.
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
