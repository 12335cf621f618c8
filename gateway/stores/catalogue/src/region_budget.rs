//! The budget of base pairs that may be viewed of each participant under an approval, across all processes.
//!
//! What was viewed of a file is kept as intervals that neither overlap nor touch, so that looking at the same region again costs nothing. A
//! participant's total is the sum over the files that they are in: an upper bound, since two files can show the same region.

mod intervals;

use std::collections::BTreeSet;

use gemj_access::Grant;
use gemj_model::{DatasetId, ObjectId};

use crate::catalogue::Catalogue;
use crate::database::{Transaction, Value, placeholders};
use crate::error::CatalogueError;
use intervals::{Intervals, merged};

/// Most regions of one request.
const MOST_REGIONS: usize = 10_000;

/// A region that an answer shows: 0-based, half-open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRegion {
    /// The reference sequence.
    pub contig: String,
    /// Its first position, 0-based.
    pub start_0: u64,
    /// The position behind its last. Everything up to the sequence's end is the sequence's length.
    pub end_0: u64,
}

/// What a request cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// Base pairs that had not been viewed before, of the approval for which they were most.
    pub charged_bp: u64,
}

/// Why nothing was spent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionBudgetError {
    /// Somebody in the file would have been viewed beyond the budget. Nothing was recorded.
    #[error("the approval's budget of {budget_bp} base pairs is used up")]
    Exceeded {
        /// The budget.
        budget_bp: u64,
    },
    /// The catalogue could not say. Nothing may be shown.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl Catalogue {
    /// Spends base pairs of a file under every approval of a Grant, all or nothing. What was viewed before costs nothing. `budget_bp` is the
    /// least of the approvals' budgets. Approvals are locked meanwhile, so that requests at the same time, through any process, never
    /// spend more than there is.
    ///
    /// # Errors
    /// [`RegionBudgetError::Exceeded`]; [`CatalogueError::WrongKey`] for a Grant that does not open the file's dataset or rests on no approval,
    /// [`CatalogueError::NotFound`] `object` or `approval`, [`CatalogueError::Invalid`] `regions` for more than 10,000 of them.
    pub async fn spend_region_budget(
        &self,
        grant: &Grant,
        object: &ObjectId,
        regions: &[BudgetRegion],
        budget_bp: u64,
    ) -> Result<Spent, RegionBudgetError> {
        if regions.len() > MOST_REGIONS {
            return Err(CatalogueError::Invalid { field: "regions" }.into());
        }
        let asked = merged(regions)?;
        let approvals: BTreeSet<&str> = grant.approval_ids().iter().map(String::as_str).collect();
        if approvals.is_empty() {
            return Err(CatalogueError::WrongKey.into());
        }
        let mut transaction = self.database.begin_snapshot().await?;
        opens(&mut transaction, grant, object).await?;
        let ids = approval_ids(&mut transaction, &approvals, false).await?;
        if nothing_new(&mut transaction, &ids, object, &asked).await? {
            return Ok(Spent { charged_bp: 0 });
        }
        // The snapshot's connection is given back before another is asked for.
        transaction.commit().await?;
        let mut transaction = self.database.begin_write().await?;
        let ids = approval_ids(&mut transaction, &approvals, true).await?;
        let mut most = 0;
        for approval in &ids {
            let mut charged = 0u64;
            for (contig, intervals) in &asked {
                for (start, end) in intervals.iter() {
                    charged = charged.saturating_add(widen(&mut transaction, approval, object, contig, start, end).await?);
                }
            }
            if charged > budget_bp {
                return Err(RegionBudgetError::Exceeded { budget_bp });
            }
            charge(&mut transaction, approval, object, charged).await?;
            if !within(&mut transaction, approval, object, budget_bp).await? {
                // Dropped without a commit, the transaction leaves nothing.
                return Err(RegionBudgetError::Exceeded { budget_bp });
            }
            most = most.max(charged);
        }
        transaction.commit().await?;
        Ok(Spent { charged_bp: most })
    }
}

async fn opens(transaction: &mut Transaction, grant: &Grant, object: &ObjectId) -> Result<(), CatalogueError> {
    let sql = "SELECT dataset FROM data_object WHERE id = $1";
    let row = transaction.fetch_first(sql, vec![object.as_str().into()]).await?;
    let row = row.ok_or(CatalogueError::NotFound { what: "object" })?;
    let dataset = row.parsed(0, "dataset", DatasetId::parse)?;
    grant.dataset(&dataset).map(|_| ()).ok_or(CatalogueError::WrongKey)
}

/// The ids of approvals, in order; locked in that order until the transaction ends, where asked.
async fn approval_ids(transaction: &mut Transaction, values: &BTreeSet<&str>, lock: bool) -> Result<Vec<String>, CatalogueError> {
    // SQLite's writing transaction has locked everything.
    let lock = if lock && transaction.is_postgres() { " FOR UPDATE" } else { "" };
    let sql = format!(
        "SELECT id FROM approval WHERE id IN ({}) ORDER BY id{lock}",
        placeholders(1, values.len())
    );
    let arguments = values.iter().map(|value| Value::from(*value)).collect();
    let rows = transaction.fetch_all_of(sql, arguments).await?;
    if rows.len() != values.len() {
        return Err(CatalogueError::NotFound { what: "approval" });
    }
    rows.iter().map(|row| row.text(0, "approval id")).collect()
}

/// Whether every interval was viewed before under every approval. Intervals only grow, so that this needs no lock.
async fn nothing_new(
    transaction: &mut Transaction,
    approvals: &[String],
    object: &ObjectId,
    asked: &[(String, Intervals)],
) -> Result<bool, CatalogueError> {
    let sql = "SELECT 1 FROM viewed_region WHERE approval = $1 AND object = $2 AND contig = $3 AND start_0 <= $4 AND end_0 >= $5 LIMIT 1";
    for approval in approvals {
        for (contig, intervals) in asked {
            for (start, end) in intervals.iter() {
                let arguments = vec![
                    approval.as_str().into(),
                    object.as_str().into(),
                    contig.as_str().into(),
                    start.into(),
                    end.into(),
                ];
                if transaction.fetch_first(sql, arguments).await?.is_none() {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// Joins an interval with those that it overlaps or touches; answers how many base pairs are new.
async fn widen(
    transaction: &mut Transaction,
    approval: &str,
    object: &ObjectId,
    contig: &str,
    start: i64,
    end: i64,
) -> Result<u64, CatalogueError> {
    let place = || vec![Value::from(approval), object.as_str().into(), contig.into()];
    let with = |more: [i64; 2]| place().into_iter().chain(more.map(Value::from)).collect::<Vec<_>>();
    let find =
        "SELECT start_0, end_0 FROM viewed_region WHERE approval = $1 AND object = $2 AND contig = $3 AND start_0 <= $5 AND end_0 >= $4";
    let (mut first, mut last, mut known) = (start, end, 0i64);
    for row in transaction.fetch_all(find, with([start, end])).await? {
        let (from, to) = (row.int(0, "viewed region")?, row.int(1, "viewed region")?);
        first = first.min(from);
        last = last.max(to);
        known = known.saturating_add(to - from);
    }
    let new = (last - first) - known;
    if new <= 0 {
        return Ok(0);
    }
    let remove = "DELETE FROM viewed_region WHERE approval = $1 AND object = $2 AND contig = $3 AND start_0 <= $5 AND end_0 >= $4";
    transaction.execute(remove, with([start, end])).await?;
    let row = [approval.into(), object.as_str().into(), contig.into(), first.into(), last.into()];
    transaction
        .insert("viewed_region (approval, object, contig, start_0, end_0)", [row])
        .await?;
    Ok(new as u64)
}

async fn charge(transaction: &mut Transaction, approval: &str, object: &ObjectId, charged: u64) -> Result<(), CatalogueError> {
    if charged == 0 {
        return Ok(());
    }
    let sql = "INSERT INTO viewed_object (approval, object, base_pairs) VALUES ($1, $2, $3) \
               ON CONFLICT (approval, object) DO UPDATE SET base_pairs = viewed_object.base_pairs + excluded.base_pairs";
    let arguments = vec![approval.into(), object.as_str().into(), Value::count(charged, "regions")?];
    transaction.execute(sql, arguments).await.map(|_| ())
}

/// Whether nobody in the file is beyond the budget now.
async fn within(transaction: &mut Transaction, approval: &str, object: &ObjectId, budget_bp: u64) -> Result<bool, CatalogueError> {
    let budget = i64::try_from(budget_bp).unwrap_or(i64::MAX);
    // What was viewed of all files together is at least what was viewed of anybody.
    let all = "SELECT CAST(COALESCE(SUM(base_pairs), 0) AS BIGINT) FROM viewed_object WHERE approval = $1";
    let row = transaction.fetch_first(all, vec![approval.into()]).await?;
    let row = row.ok_or(CatalogueError::Corrupt { what: "viewed regions" })?;
    if row.int(0, "viewed regions")? <= budget {
        return Ok(true);
    }
    // A file in which nobody is named is counted by itself.
    let sql = "SELECT CAST(COALESCE(MAX(total), 0) AS BIGINT) FROM ( \
                 SELECT SUM(v.base_pairs) AS total \
                 FROM (SELECT DISTINCT m.ordinal, s.object FROM object_sample m JOIN object_sample s ON s.ordinal = m.ordinal WHERE m.object = $2) t \
                 JOIN viewed_object v ON v.object = t.object AND v.approval = $1 GROUP BY t.ordinal \
                 UNION ALL SELECT base_pairs FROM viewed_object WHERE approval = $1 AND object = $2) totals";
    let row = transaction.fetch_first(sql, vec![approval.into(), object.as_str().into()]).await?;
    let row = row.ok_or(CatalogueError::Corrupt { what: "viewed regions" })?;
    Ok(row.int(0, "viewed regions")? <= budget)
}
