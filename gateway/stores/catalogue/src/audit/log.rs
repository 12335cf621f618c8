//! The audit chain of one process.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use gemj_access::CapabilityKey;
use gemj_model::Clock;
use tokio::sync::{mpsc, oneshot};

use super::anonymous::Counts;
use super::chain;
use super::checkpoint::blocking;
use super::entry::AuditEntry;
use super::health::{AuditLag, Health};
use super::operation;
use super::writer::{AuditedAnswer, Message, Writer};
use crate::catalogue::Catalogue;
use crate::disclosures::Disclosure;
use crate::error::CatalogueError;
use crate::write::lock_state;

/// The maximum number of rows that wait to be recorded. If this number is reached, requests are refused, because an answer without an audit row
/// is not allowed.
const QUEUE: usize = 16_384;

/// The maximum time that a receipt waits for the commit of its row.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(10);

/// The maximum time that `close` waits for the last rows.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

/// The chain and the sequence number of a recorded row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The id of the chain.
    pub chain: String,
    /// The row's sequence number in the chain, from 1; 0 for a query that is only counted and has no row of its own.
    pub sequence: u64,
}

/// The receipt of an audit row: a future that completes after the row is committed, or fails with [`CatalogueError::Unavailable`] after 10 s.
/// If the receipt is dropped, the row is still recorded.
#[must_use = "send bytes and records only after the row is recorded; drop the receipt if the answer need not wait"]
pub struct Receipt {
    promise: Pin<Box<dyn Future<Output = Result<Recorded, CatalogueError>> + Send>>,
    refused: bool,
}

impl Receipt {
    fn of(promise: impl Future<Output = Result<Recorded, CatalogueError>> + Send + 'static) -> Self {
        Self {
            promise: Box::pin(promise),
            refused: false,
        }
    }

    /// The receipt of a row that the chain did not accept.
    fn refused() -> Self {
        Self {
            promise: Box::pin(async { Err(CatalogueError::Unavailable) }),
            refused: true,
        }
    }

    /// Whether the chain did not accept the row. The gateway must then not send the answer, not even an answer that need not wait for the
    /// commit.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.refused
    }
}

impl Future for Receipt {
    type Output = Result<Recorded, CatalogueError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.promise.as_mut().poll(context)
    }
}

/// The handle through which a process appends rows to its chain. Clones append to the same chain.
#[derive(Clone)]
pub struct AuditLog {
    chain: Arc<str>,
    clock: Arc<dyn Clock>,
    queue: mpsc::Sender<Message>,
    counts: Arc<Counts>,
    health: Arc<Health>,
}

impl AuditLog {
    /// Begins a chain under a random id, and starts its writer on the current runtime. If `checkpoint_dir` is present, signed heads are written
    /// to this folder at most once a second and on `close`. An absent folder is created.
    ///
    /// # Errors
    /// The database does not answer, or the folder cannot be written ([`CatalogueError::Unavailable`]).
    pub async fn open(
        catalogue: Catalogue,
        clock: Arc<dyn Clock>,
        checkpoint_dir: Option<PathBuf>,
        key: CapabilityKey,
    ) -> Result<Self, CatalogueError> {
        if let Some(folder) = checkpoint_dir.clone() {
            blocking(move || {
                let mut builder = std::fs::DirBuilder::new();
                #[cfg(unix)]
                std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
                builder.recursive(true).create(folder)
            })
            .await?;
        }
        let id = format!("{:032x}", rand::random::<u128>());
        let mut transaction = catalogue.database.begin_write().await?;
        let state = lock_state(&mut transaction).await?;
        let head = chain::begin(&mut transaction, &id, clock.now()).await?;
        // The chain `operations` records that this chain exists, so that the deletion of the whole chain is detected.
        operation::append_opening(&mut transaction, clock.now(), &id, state.epoch).await?;
        transaction.commit().await?;
        let (queue, messages) = mpsc::channel(QUEUE);
        let chain: Arc<str> = id.into();
        let (counts, health) = (Arc::<Counts>::default(), Arc::<Health>::default());
        let writer = Writer::new(catalogue, Arc::clone(&chain), head, checkpoint_dir, key);
        let writer = writer.counting(Arc::clone(&counts), Arc::clone(&clock), Arc::clone(&health));
        tokio::spawn(writer.run(messages));
        Ok(Self {
            chain,
            clock,
            queue,
            counts,
            health,
        })
    }

    /// The id of the chain.
    #[must_use]
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// Whether rows can be recorded at this moment: the last commit succeeded, the chain has not ended, and the queue has room.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.health.is_good() && !self.queue.is_closed() && self.queue.capacity() > 0
    }

    /// Whether the signed heads and the ledger tail outside the database could be written at the last attempt. True without a folder.
    #[must_use]
    pub fn is_copied(&self) -> bool {
        self.health.is_copied()
    }

    /// How far the chain is behind the answers of this process.
    #[must_use]
    pub fn lag(&self) -> AuditLag {
        self.health.lag()
    }

    /// Counts a decision about an anonymous caller. The counts of the current minute become one row. `from` is a digest of the approximate
    /// origin of the query; empty if unknown. The receipt completes at once. If rows cannot be recorded at this moment, the query is not
    /// counted and must not be answered.
    ///
    /// If the process is killed, the counts of its last minute are lost.
    pub fn count_anonymous(&self, entry: AuditEntry, from: &str) -> Receipt {
        if !self.is_writing() {
            return Receipt::refused();
        }
        self.counts.count(entry.into_row(self.clock.now()), from);
        let chain = self.chain.to_string();
        Receipt::of(async move { Ok(Recorded { chain, sequence: 0 }) })
    }

    /// Passes an entry to the chain's writer and returns its receipt at once. Entries are recorded in the order of these calls.
    pub fn append(&self, entry: AuditEntry) -> Receipt {
        self.append_disclosing(entry, Vec::new())
    }

    /// Passes an entry to the chain's writer, for an answer that discloses participants' data. New entries of the ledger of disclosures are
    /// written in the commit of the audit row. Returns the receipt at once.
    pub fn append_disclosing(&self, entry: AuditEntry, disclosures: Vec<Disclosure>) -> Receipt {
        let (done, receipt) = oneshot::channel();
        let answer = AuditedAnswer {
            row: entry.into_row(self.clock.now()),
            disclosures,
        };
        if self
            .queue
            .try_send(Message::Row(Box::new(answer), done, self.health.wait()))
            .is_err()
        {
            tracing::error!("audit: the writer has stopped or is too far behind");
            return Receipt::refused();
        }
        Receipt::of(async move {
            match tokio::time::timeout(RECEIPT_TIMEOUT, receipt).await {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) | Err(_) => Err(CatalogueError::Unavailable),
            }
        })
    }

    /// Waits until every earlier row is recorded, signs the last head and ends the chain. Later rows are refused.
    ///
    /// # Errors
    /// The database did not answer within 30 s, or the chain had already ended: rows may be missing.
    pub async fn close(&self) -> Result<(), CatalogueError> {
        let (done, closed) = oneshot::channel();
        let close = async {
            self.queue
                .send(Message::Close(done))
                .await
                .map_err(|_| CatalogueError::Unavailable)?;
            closed.await.map_err(|_| CatalogueError::Unavailable)?
        };
        tokio::time::timeout(CLOSE_TIMEOUT, close)
            .await
            .unwrap_or(Err(CatalogueError::Unavailable))
    }
}
