//! The task that writes an audit chain. Rows that arrive at about the same time are committed together.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gemj_access::CapabilityKey;
use gemj_model::Clock;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::anonymous::{COUNTED_FOR, Counts};
use super::chain::{self, ChainRow, Head};
use super::checkpoint::{self, blocking, checkpoint_operations};
use super::health::{Health, WaitingRow};
use super::log::Recorded;
use crate::catalogue::Catalogue;
use crate::disclosures::{Disclosure, DisclosureRow, Memory, add_disclosures, covers};
use crate::error::CatalogueError;

/// The maximum number of rows in one commit.
const GROUP: usize = 1_000;

/// The minimum time between two signed heads.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(1);

/// The time after which an idle process compares the database with the files outside it, so that a database that was set back is found.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// The longest pause between two attempts at a commit.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

type Done = oneshot::Sender<Result<Recorded, CatalogueError>>;

/// The audit row for one answer, and the disclosures that the answer makes.
pub(super) struct AuditedAnswer {
    pub(super) row: ChainRow,
    pub(super) disclosures: Vec<Disclosure>,
}

/// The audit row for one answer, ready to be stored. The answer's new disclosures are converted to rows, and the audit row contains a hash over
/// them.
struct Prepared {
    row: ChainRow,
    disclosures: Vec<DisclosureRow>,
}

/// A message to the task that writes the chain.
pub(super) enum Message {
    /// Records the row of an answer. The row counts as waiting until the message was handled.
    Row(Box<AuditedAnswer>, Done, WaitingRow),
    /// Records all rows that were sent before, and ends the task.
    Close(oneshot::Sender<Result<(), CatalogueError>>),
}

/// The state of the task that writes a chain.
pub(super) struct Writer {
    catalogue: Catalogue,
    chain: Arc<str>,
    head: Head,
    folder: Option<PathBuf>,
    key: CapabilityKey,
    disclosed: Memory,
    /// Whether the last signed head is older than `head`, or no head was signed yet.
    unsigned: bool,
    signed_at: Option<Instant>,
    /// The counts of anonymous queries, and the clock that dates their row. Absent if the task records no counts.
    counts: Option<(Arc<Counts>, Arc<dyn Clock>)>,
    count_at: Instant,
    health: Arc<Health>,
}

impl Writer {
    pub(super) fn new(catalogue: Catalogue, chain: Arc<str>, head: Head, folder: Option<PathBuf>, key: CapabilityKey) -> Self {
        Self {
            catalogue,
            chain,
            head,
            folder,
            key,
            disclosed: Memory::default(),
            unsigned: true,
            signed_at: None,
            counts: None,
            count_at: Instant::now() + COUNTED_FOR,
            health: Arc::default(),
        }
    }

    /// Returns this writer with counts to record and with a value through which it reports its health.
    pub(super) fn counting(self, counts: Arc<Counts>, clock: Arc<dyn Clock>, health: Arc<Health>) -> Self {
        Self {
            counts: Some((counts, clock)),
            health,
            ..self
        }
    }

    /// Runs until a close message arrives, all senders are dropped, or the stored chain differs from the rows that this task wrote. The database is then
    /// sealed.
    pub(super) async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        self.write_all(&mut messages).await;
        self.health.end();
    }

    async fn write_all(&mut self, messages: &mut mpsc::Receiver<Message>) {
        let mut arrived = Vec::new();
        loop {
            self.sign_when_due().await;
            if !self.receive(messages, &mut arrived).await {
                let _ = self.record_counts().await;
                self.sign().await;
                return;
            }
            if self.count_at <= Instant::now() && self.record_counts().await.is_err() {
                self.seal().await;
                return;
            }
            let taken = self.health.taken();
            let (mut rows, mut waiting, mut close) = (Vec::new(), Vec::new(), None);
            for message in arrived.drain(..) {
                match message {
                    Message::Row(answer, done, row_waits) => match self.prepare(*answer) {
                        Ok(row) => {
                            rows.push(row);
                            waiting.push((done, row_waits));
                        }
                        Err(error) => {
                            let _ = done.send(Err(error));
                        }
                    },
                    Message::Close(done) => {
                        close = Some(done);
                        messages.close();
                    }
                }
            }
            let outcome = self.record(&mut rows).await;
            self.health.recorded(taken);
            for (row, (done, _row_waited)) in rows.iter().zip(waiting) {
                let recorded = outcome.clone().map(|()| Recorded {
                    chain: self.chain.to_string(),
                    sequence: row.row.sequence,
                });
                // The receipt may have been dropped. The row is recorded nevertheless.
                let _ = done.send(recorded);
            }
            if let Some(close) = close {
                // Rows after the close message were sent by other clones of the log. These rows are recorded too.
                let rest = self.drain(messages).await;
                let counted = self.record_counts().await;
                self.sign().await;
                let _ = close.send(outcome.and(rest).and(counted));
                return;
            }
            if outcome.is_err() {
                // No more rows can be recorded. The queue closes, and requests are refused.
                self.seal().await;
                return;
            }
        }
    }

    /// Seals the database, after the stored chain differed from the rows that this task wrote: the database was set back or altered. If a seal was closed
    /// since this process began, the loss was noticed before. This process answers nothing any more, because its memory belongs to a lost history.
    async fn seal(&self) {
        let because = "the audit chain of a running gateway differs from the rows that it wrote: the database was set back or altered";
        let mut pause = Duration::from_millis(50);
        loop {
            let sealed = match self.catalogue.state().await {
                Ok(state) if state.sealed.is_none() => self.catalogue.seal_as_set_back(because).await,
                Ok(_) | Err(CatalogueError::OtherHistory) => return,
                Err(error) => Err(error),
            };
            match sealed {
                Ok(()) => return,
                Err(error) => tracing::error!("audit: the database cannot be sealed: {error}"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Waits until messages arrive or counts are due. Returns false if all senders are dropped. While waiting, signs the head when it is due.
    async fn receive(&mut self, messages: &mut mpsc::Receiver<Message>, arrived: &mut Vec<Message>) -> bool {
        loop {
            let receive = messages.recv_many(arrived, GROUP);
            let due = self.due().map_or(self.count_at, |due| due.min(self.count_at));
            match tokio::time::timeout_at(due, receive).await {
                Ok(count) => return count > 0,
                Err(_) if self.count_at <= Instant::now() => return true,
                Err(_) => self.sign_when_due().await,
            }
        }
    }

    /// Records the counts of anonymous queries as one row.
    async fn record_counts(&mut self) -> Result<(), CatalogueError> {
        self.count_at = Instant::now() + COUNTED_FOR;
        let row = self.counts.as_ref().and_then(|(counts, clock)| counts.take(clock.now()));
        let Some(row) = row else { return Ok(()) };
        let disclosures = Vec::new();
        self.record(&mut [Prepared { row, disclosures }]).await
    }

    async fn drain(&mut self, messages: &mut mpsc::Receiver<Message>) -> Result<(), CatalogueError> {
        let mut outcome = Ok(());
        while let Some(message) = messages.recv().await {
            match message {
                Message::Row(answer, done, _row_waits) => {
                    let mut rows = match self.prepare(*answer) {
                        Ok(row) => [row],
                        Err(error) => {
                            let _ = done.send(Err(error));
                            continue;
                        }
                    };
                    outcome = outcome.and(self.record(&mut rows).await);
                    let _ = done.send(outcome.clone().map(|()| Recorded {
                        chain: self.chain.to_string(),
                        sequence: rows[0].row.sequence,
                    }));
                }
                Message::Close(done) => {
                    let _ = done.send(outcome.clone());
                }
            }
        }
        outcome
    }

    /// Prepares an answer for recording: keeps only the new disclosures and stores a hash over them in the row. From here on these disclosures
    /// count as recorded, because the writer either records them or ends.
    fn prepare(&mut self, answer: AuditedAnswer) -> Result<Prepared, CatalogueError> {
        let AuditedAnswer { mut row, disclosures } = answer;
        let disclosures = if disclosures.is_empty() {
            Vec::new()
        } else {
            self.disclosed.news(row.recorded, &disclosures)?
        };
        row.covers = covers(&disclosures);
        Ok(Prepared { row, disclosures })
    }

    /// Commits rows, and repeats the attempt until the database answers. The rows wait as long as the database does not answer.
    async fn record(&mut self, rows: &mut [Prepared]) -> Result<(), CatalogueError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut pause = Duration::from_millis(50);
        let mut again = false;
        loop {
            match self.commit(rows, again).await {
                Ok(head) => {
                    self.head = head;
                    self.unsigned = true;
                    if self.folder.is_some() {
                        self.health.is_unsigned();
                    }
                    self.health.attempted(true);
                    return Ok(());
                }
                Err(CatalogueError::Unavailable) => {
                    self.health.attempted(false);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    again = true;
                }
                Err(error) => {
                    tracing::error!(
                        "audit: the chain differs from the state that this process wrote; the chain ends here, and the database is sealed"
                    );
                    self.health.attempted(false);
                    return Err(error);
                }
            }
        }
    }

    /// Makes one attempt to commit rows. If `again` is true, the answer to an earlier attempt was lost, and that attempt may have been
    /// committed. The stored head shows whether it was. In a first attempt the stored head is not read, because only this task changes it.
    async fn commit(&self, rows: &mut [Prepared], again: bool) -> Result<Head, CatalogueError> {
        let mut transaction = self.catalogue.database.begin_write().await?;
        let stored = if again {
            let stored = chain::head_of(&mut transaction, &self.chain).await?;
            stored.ok_or(CatalogueError::Corrupt { what: "audit head" })?
        } else {
            self.head.clone()
        };
        if stored != self.head {
            let mut end = self.head.clone();
            for Prepared { row, .. } in rows.iter_mut() {
                row.sequence = end.sequence + 1;
                end = Head {
                    sequence: row.sequence,
                    hash: row.hash(&end.hash),
                };
            }
            return if stored == end {
                Ok(end)
            } else {
                Err(CatalogueError::Corrupt { what: "audit head" })
            };
        }
        let head = chain::append(&mut transaction, &self.chain, &self.head, rows.iter_mut().map(|r| &mut r.row)).await?;
        let disclosures = rows.iter().map(|r| (r.row.sequence, &r.disclosures[..]));
        add_disclosures(&mut transaction, &self.chain, disclosures).await?;
        transaction.commit().await?;
        Ok(head)
    }

    /// The time at which the next signed head, or the next comparison with the files, is due. Absent without a folder.
    fn due(&self) -> Option<Instant> {
        self.folder.as_ref()?;
        let after = if self.unsigned { CHECKPOINT_EVERY } else { CHECK_EVERY };
        Some(self.signed_at.map_or_else(Instant::now, |at| at + after))
    }

    async fn sign_when_due(&mut self) {
        if self.due().is_some_and(|due| due <= Instant::now()) {
            self.sign().await;
        }
    }

    /// Signs the heads of this chain and of the chain `operations`. If the folder cannot be written, the error is logged, and the gateway continues
    /// but is not ready.
    async fn sign(&mut self) {
        let Some(folder) = self.folder.clone() else { return };
        self.signed_at = Some(Instant::now());
        let copied = checkpoint_operations(&self.catalogue, &folder, &self.key).await;
        // A database that does not answer, or that was set back, is reported by other checks.
        let mut is_copied = !matches!(copied, Err(CatalogueError::CheckpointFolder { .. } | CatalogueError::DamagedHead));
        if !self.unsigned {
            self.health.copied(is_copied);
            return;
        }
        let (chain, head, key) = (Arc::clone(&self.chain), self.head.clone(), self.key.clone());
        if blocking(move || checkpoint::write(&folder, &chain, &head, &key)).await.is_ok() {
            self.unsigned = false;
            self.health.signed();
        } else {
            is_copied = false;
        }
        self.health.copied(is_copied);
    }
}
