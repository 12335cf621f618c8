//! Several cases in one write, so that the pages of the database that they share are written once.

use std::sync::Arc;
use std::time::Duration;

use gemj_access::{Mandate, WriteAction};
use gemj_model::DatasetId;
use gemj_model::fact::{CaseRecord, Committed, PacketContent};
use tokio::sync::Mutex;

use super::case::{Counts, Stored, count_in_run, store_case};
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::linked_numbers::{LinksState, links_state_in};
use crate::write::Write;

/// The time after which a batch is committed, so that a withdrawal never waits long for a feed that is read slowly.
const COMMITTED_AFTER: Duration = Duration::from_millis(100);

/// The maximum number of cases of a batch.
const MOST_CASES: u64 = 256;

/// Stores the cases of one run in batches. A case that is refused leaves nothing, and the other cases of its batch stay. A batch and its count in the account
/// of the run are one transaction.
#[derive(Clone)]
pub(crate) struct Batches {
    catalogue: Catalogue,
    mandate: Mandate,
    run: Option<String>,
    /// The state of the links by which the participants of the cases were found.
    links: Option<LinksState>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    open: Option<Batch>,
    /// The number of batches that were opened.
    opened: u64,
    /// Whether cases were taken that could not be committed. No further case is taken then.
    is_lost: bool,
}

struct Batch {
    write: Write,
    dataset: DatasetId,
    counts: Counts,
    /// Whether the write has anything to commit.
    is_changed: bool,
    rows: u64,
}

impl Batches {
    pub(crate) fn new(catalogue: Catalogue, mandate: Mandate) -> Self {
        Self {
            catalogue,
            mandate,
            run: None,
            links: None,
            state: Arc::default(),
        }
    }

    /// Counts the stored cases in the account of a run that has begun.
    pub(crate) fn counting_in(self, run: &str) -> Self {
        Self {
            run: Some(run.to_owned()),
            ..self
        }
    }

    /// Stores no case if a link has ended since this state. The case could be of the person whom its number named before.
    pub(crate) fn with_links(self, links: LinksState) -> Self {
        Self {
            links: Some(links),
            ..self
        }
    }

    /// Stores one case, as [`Catalogue::commit_case_of`] does, in the batch that is open. It is committed a moment later, or by [`Self::flush`].
    ///
    /// # Errors
    /// The errors of [`Catalogue::commit_case_of`]. After any other error than `Conflict` and `Invalid`, cases that were taken before may be lost: see
    /// [`Self::flush`].
    pub(crate) async fn store(&self, record: &CaseRecord, content: Option<&PacketContent>) -> Result<Committed, CatalogueError> {
        let mut state = self.state.lock().await;
        if state.is_lost {
            return Err(CatalogueError::Unavailable);
        }
        if state.open.as_ref().is_some_and(|batch| batch.dataset != record.dataset) {
            self.end(&mut state).await?;
        }
        let mut batch = match state.open.take() {
            Some(batch) => batch,
            None => self.begin(&mut state, &record.dataset).await?,
        };
        // If this call fails, the batch is dropped, and nothing of it is stored.
        state.is_lost = batch.counts.cases() > 0;
        let stored = self.add(&mut batch, record, content).await;
        if let Ok(_) | Err(CatalogueError::Conflict { .. } | CatalogueError::Invalid { .. }) = stored {
            let is_full = batch.counts.cases() >= MOST_CASES;
            state.is_lost = false;
            state.open = Some(batch);
            if is_full {
                self.end(&mut state).await?;
            }
        }
        stored
    }

    /// Commits the cases that were taken.
    ///
    /// # Errors
    /// Cases that were taken could not be committed, now or before. The account of the run in the database lacks them too.
    pub(crate) async fn flush(&self) -> Result<(), CatalogueError> {
        let mut state = self.state.lock().await;
        self.end(&mut state).await?;
        if state.is_lost { Err(CatalogueError::Unavailable) } else { Ok(()) }
    }

    async fn begin(&self, state: &mut State, dataset: &DatasetId) -> Result<Batch, CatalogueError> {
        let mut write = self.catalogue.begin_write(&self.mandate, &[WriteAction::Ingest]).await?;
        // An `unlink` waits for this write, or this write sees it.
        if let Some(links) = self.links
            && links_state_in(&mut write.transaction).await? != links
        {
            return Err(CatalogueError::Unavailable);
        }
        state.opened += 1;
        let (this, mine) = (self.clone(), state.opened);
        // The task that reads the feed may wait for its next case. The batch is then committed here.
        tokio::spawn(async move {
            tokio::time::sleep(COMMITTED_AFTER).await;
            let mut state = this.state.lock().await;
            if state.opened == mine {
                // The failure is known to the next call.
                let _ = this.end(&mut state).await;
            }
        });
        Ok(Batch {
            write,
            dataset: dataset.clone(),
            counts: Counts::default(),
            is_changed: false,
            rows: 0,
        })
    }

    async fn add(&self, batch: &mut Batch, record: &CaseRecord, content: Option<&PacketContent>) -> Result<Committed, CatalogueError> {
        let write = &mut batch.write;
        write.transaction.execute("SAVEPOINT one_case", Vec::new()).await?;
        let stored = match store_case(write, self.catalogue.clock.now().0, record, content).await {
            Ok(stored @ (Stored::Version | Stored::Case { .. })) => Ok(stored),
            nothing @ (Ok(Stored::Nothing(_)) | Err(CatalogueError::Conflict { .. } | CatalogueError::Invalid { .. })) => {
                write.transaction.execute("ROLLBACK TO SAVEPOINT one_case", Vec::new()).await?;
                nothing
            }
            Err(error) => return Err(error),
        };
        write.transaction.execute("RELEASE SAVEPOINT one_case", Vec::new()).await?;
        let stored = stored?;
        batch.is_changed |= !matches!(stored, Stored::Nothing(_));
        Ok(match stored {
            Stored::Nothing(outcome) => outcome,
            Stored::Version => Committed::Duplicate,
            Stored::Case { outcome, rows } => {
                batch.counts.add(outcome);
                batch.rows += rows;
                outcome
            }
        })
    }

    /// Commits the open batch, if there is one.
    async fn end(&self, state: &mut State) -> Result<(), CatalogueError> {
        let Some(mut batch) = state.open.take().filter(|batch| batch.is_changed) else {
            return Ok(());
        };
        state.is_lost = true;
        if let Some(run) = &self.run {
            count_in_run(&mut batch.write, run, batch.counts).await?;
        }
        batch
            .write
            .commit(&self.catalogue, &self.mandate, batch.dataset.as_str(), batch.rows)
            .await?;
        state.is_lost = false;
        Ok(())
    }
}
