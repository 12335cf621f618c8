//! One process's chain.

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
use super::health::Health;
use super::operation;
use super::writer::{Answer, Message, Writer};
use crate::catalogue::Catalogue;
use crate::disclosures::Disclosure;
use crate::error::CatalogueError;
use crate::write::lock_state;

/// Most rows that wait to be recorded. Beyond it, decisions are refused: an answer without a row is worse than no answer.
const QUEUE: usize = 16_384;

/// How long a receipt waits.
const RECEIPT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long closing waits.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

/// Where a row was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The chain's id.
    pub chain: String,
    /// The row's sequence in it, from 1; 0 for a question that is counted and has no row of its own.
    pub sequence: u64,
}

/// The promise of a row: a future that answers once its commit is done, or with [`CatalogueError::Unavailable`] after 10 s. Dropping it does
/// not take the row back.
#[must_use = "bytes and records are handed out only after the row is recorded; drop the receipt where the answer need not wait"]
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

    /// Of a row that was not taken.
    fn refused() -> Self {
        Self {
            promise: Box::pin(async { Err(CatalogueError::Unavailable) }),
            refused: true,
        }
    }

    /// Whether the row was not even taken: its answer may not be given, also where it need not wait.
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

/// The writer of one process's chain. Clones write to the same chain.
#[derive(Clone)]
pub struct AuditLog {
    chain: Arc<str>,
    clock: Arc<dyn Clock>,
    queue: mpsc::Sender<Message>,
    counts: Arc<Counts>,
    health: Arc<Health>,
}

impl AuditLog {
    /// Begins a chain under a random id, on the runtime of the caller. Signed heads go to `checkpoint_dir` (created where absent), if there
    /// is one, at most once a second and on `close`.
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
            blocking(move || std::fs::create_dir_all(folder)).await?;
        }
        let id = format!("{:032x}", rand::random::<u128>());
        let mut transaction = catalogue.database.begin_write().await?;
        let state = lock_state(&mut transaction).await?;
        let head = chain::begin(&mut transaction, &id, clock.now()).await?;
        // The chain of writes says that this chain exists, so that it cannot vanish whole.
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

    /// The chain's id.
    #[must_use]
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// Whether rows are written at this moment: the last attempt succeeded, and there is room for more.
    #[must_use]
    pub fn is_writing(&self) -> bool {
        self.health.is_good() && !self.queue.is_closed() && self.queue.capacity() > 0
    }

    /// Counts a decision about an anonymous caller, for the row of its minute. `from` is a digest of about where the question came from; empty where
    /// that is not known. The receipt does not wait; while no rows are written, the question is not counted and may not be answered.
    ///
    /// A process that is killed loses the counts of its last minute.
    pub fn count_anonymous(&self, entry: AuditEntry, from: &str) -> Receipt {
        if !self.is_writing() {
            return Receipt::refused();
        }
        self.counts.count(entry.into_row(self.clock.now()), from);
        let chain = self.chain.to_string();
        Receipt::of(async move { Ok(Recorded { chain, sequence: 0 }) })
    }

    /// Hands a row to the writer at once and answers with its receipt. Rows are recorded in the order of these calls.
    pub fn append(&self, entry: AuditEntry) -> Receipt {
        self.append_disclosing(entry, Vec::new())
    }

    /// The same for an answer that discloses somebody's data: the ledger of disclosures takes what is new of it in the commit of the row.
    pub fn append_disclosing(&self, entry: AuditEntry, disclosures: Vec<Disclosure>) -> Receipt {
        let (done, receipt) = oneshot::channel();
        let answer = Answer {
            row: entry.into_row(self.clock.now()),
            disclosures,
        };
        if self.queue.try_send(Message::Row(Box::new(answer), done)).is_err() {
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

    /// Waits until everything handed over before is recorded, writes the last head and ends the chain. Rows after it are refused.
    ///
    /// # Errors
    /// The database did not answer within 30 s: rows may be missing.
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
