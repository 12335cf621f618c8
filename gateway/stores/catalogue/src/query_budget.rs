//! The budget of different queries of one caller in a window of time, counted across all processes.
//!
//! The table stores only digests under a key of the installation. It reveals neither the caller nor the query.

use gemj_model::Timestamp;

use crate::catalogue::Catalogue;
use crate::database::Transaction;
use crate::error::CatalogueError;

/// The budget of a caller: a number of queries in a window of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryBudget {
    /// The maximum number of different queries in a window.
    pub questions: u32,
    /// The length of the sliding window in seconds.
    pub window_s: u32,
}

/// A query as it is stored in the table of charged queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionDigest {
    /// The keyed digest of the caller.
    pub holder: [u8; 32],
    /// The keyed digest of the query with its datasets, the caller with the affiliations, and the period in which a repetition is free.
    pub question: [u8; 32],
}

/// The reasons why a query was not charged and must not be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryBudgetError {
    /// The caller has used the whole budget.
    #[error("the budget of {questions} questions is used up for {retry_after_s} s")]
    Exceeded {
        /// The budget: the maximum number of different queries in a window.
        questions: u32,
        /// Seconds until the oldest charged query leaves the window, at least 1.
        retry_after_s: u32,
    },
    /// The catalogue failed. The query must not be answered.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl Catalogue {
    /// Charges a query to the caller's budget. A query with the same digests as an earlier query in the window is free. The caller's row is
    /// locked during the charge, so that concurrent requests through any process never exceed the budget.
    ///
    /// # Errors
    /// [`QueryBudgetError::Exceeded`] if the budget is used; nothing is recorded then. The database does not answer or cannot be read.
    pub async fn charge_question(&self, digest: &QuestionDigest, budget: QueryBudget) -> Result<(), QueryBudgetError> {
        let (holder, question) = (hex::encode(digest.holder), hex::encode(digest.question));
        let now = self.clock.now();
        let start = now.plus_seconds(-i64::from(budget.window_s));
        let mut snapshot = self.database.begin_snapshot().await?;
        if is_asked(&mut snapshot, &holder, &question, start).await? {
            return Ok(());
        }
        // The snapshot's connection is released before another connection is acquired.
        snapshot.commit().await?;
        let mut transaction = self.database.begin_write().await?;
        let known = "INSERT INTO question_budget (holder) VALUES ($1) ON CONFLICT (holder) DO NOTHING";
        transaction.execute(known, vec![holder.as_str().into()]).await?;
        if transaction.is_postgres() {
            // Only PostgreSQL needs this lock. On SQLite, the write transaction has already locked the whole database.
            let lock = "SELECT holder FROM question_budget WHERE holder = $1 FOR UPDATE";
            transaction.fetch_first(lock, vec![holder.as_str().into()]).await?;
        }
        if is_asked(&mut transaction, &holder, &question, start).await? {
            return Ok(());
        }
        let past = "DELETE FROM asked_question WHERE holder = $1 AND asked <= $2";
        transaction.execute(past, vec![holder.as_str().into(), start.into()]).await?;
        let sql = "SELECT COUNT(*), COALESCE(MIN(asked), 0) FROM asked_question WHERE holder = $1";
        let row = transaction.fetch_first(sql, vec![holder.as_str().into()]).await?;
        let row = row.ok_or(CatalogueError::Corrupt { what: "questions" })?;
        if row.count(0, "questions")? >= u64::from(budget.questions) {
            // The transaction is dropped without a commit, so nothing is written.
            let first = row.time(1, "question")?;
            return Err(QueryBudgetError::Exceeded {
                questions: budget.questions,
                retry_after_s: seconds_until(first, start).clamp(1, budget.window_s.max(1)),
            });
        }
        let row = [holder.as_str().into(), question.as_str().into(), now.into()];
        transaction.insert("asked_question (holder, question, asked)", [row]).await?;
        transaction.commit().await?;
        Ok(())
    }
}

async fn is_asked(transaction: &mut Transaction, holder: &str, question: &str, start: Timestamp) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM asked_question WHERE holder = $1 AND question = $2 AND asked > $3";
    let arguments = vec![holder.into(), question.into(), start.into()];
    Ok(transaction.fetch_first(sql, arguments).await?.is_some())
}

/// Seconds, rounded up, until the window that now begins at `start` no longer contains a query of the time `asked`.
fn seconds_until(asked: Timestamp, start: Timestamp) -> u32 {
    let micros = asked.0.saturating_sub(start.0).max(0);
    u32::try_from(micros.div_euclid(1_000_000).saturating_add(1)).unwrap_or(u32::MAX)
}
