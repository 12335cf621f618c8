//! The budget of base pairs that may be viewed of each participant under an approval, across all processes.
//!
//! What was viewed of a file is kept as intervals that neither overlap nor touch, so that looking at the same region again costs nothing. A
//! participant's total is the sum over the files that they are in: an upper bound, since two files can show the same region.
//!
//! A request is calculated from a snapshot, outside every write, and charged by a short write that takes effect only if nothing else was charged
//! under its approvals since. Otherwise it is calculated anew. So a panel of thousands of regions does not hold up other writes.

mod charge;
mod intervals;
mod plan;
mod turns;

use std::collections::BTreeSet;

use gemj_access::Grant;
use gemj_model::{DatasetId, ObjectId};

use crate::catalogue::Catalogue;
use crate::database::Transaction;
use crate::error::CatalogueError;
use charge::charge;
use intervals::merged;

pub use plan::RegionPlan;
pub(crate) use turns::BudgetTurns;

/// Most regions of one request.
const MOST_REGIONS: usize = 10_000;

/// How often a request is calculated anew because another process charged the same approval meanwhile.
const MOST_ATTEMPTS: usize = 100;

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
    /// least of the approvals' budgets. Requests at the same time, through any process, never spend more than there is.
    ///
    /// # Errors
    /// [`RegionBudgetError::Exceeded`]; [`CatalogueError::WrongKey`] for a Grant that does not open the file's dataset or rests on no approval,
    /// [`CatalogueError::NotFound`] `object` or `approval`, [`CatalogueError::Invalid`] `regions` for more than 10,000 of them;
    /// [`CatalogueError::Unavailable`] where others charged the approval each time this was calculated.
    pub async fn spend_region_budget(
        &self,
        grant: &Grant,
        object: &ObjectId,
        regions: &[BudgetRegion],
        budget_bp: u64,
    ) -> Result<Spent, RegionBudgetError> {
        // Within this process one request of an approval is calculated after the other, or each would undo the other's calculation.
        let _turn = self.budget_turns.of(grant.approval_ids()).await;
        for _ in 0..MOST_ATTEMPTS {
            let plan = self.plan_region_budget(grant, object, regions, budget_bp).await?;
            if let Some(spent) = self.charge_region_plan(&plan).await? {
                return Ok(spent);
            }
        }
        Err(CatalogueError::Unavailable.into())
    }

    /// Calculates what regions of a file cost under every approval of a Grant, from one snapshot. Nothing is spent, and no write waits meanwhile.
    ///
    /// # Errors
    /// As [`Catalogue::spend_region_budget`].
    pub async fn plan_region_budget(
        &self,
        grant: &Grant,
        object: &ObjectId,
        regions: &[BudgetRegion],
        budget_bp: u64,
    ) -> Result<RegionPlan, RegionBudgetError> {
        plan::few_enough(regions, MOST_REGIONS)?;
        let asked = merged(regions)?;
        let approvals: BTreeSet<&str> = grant.approval_ids().iter().map(String::as_str).collect();
        if approvals.is_empty() {
            return Err(CatalogueError::WrongKey.into());
        }
        let mut snapshot = self.database.begin_snapshot().await?;
        opens(&mut snapshot, grant, object).await?;
        let plan = plan::plan(&mut snapshot, &approvals, object.as_str(), &asked, budget_bp).await?;
        // The snapshot's connection is given back before another is asked for.
        snapshot.commit().await?;
        Ok(plan)
    }

    /// Charges what was calculated. Absent, and nothing is charged, where something was charged under one of the approvals since: the request must
    /// be calculated anew.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn charge_region_plan(&self, plan: &RegionPlan) -> Result<Option<Spent>, CatalogueError> {
        let charged_bp = plan.most_bp();
        if charged_bp == 0 || charge(&self.database, plan).await? {
            return Ok(Some(Spent { charged_bp }));
        }
        Ok(None)
    }
}

async fn opens(transaction: &mut Transaction, grant: &Grant, object: &ObjectId) -> Result<(), CatalogueError> {
    let sql = "SELECT dataset FROM data_object WHERE id = $1";
    let row = transaction.fetch_first(sql, vec![object.as_str().into()]).await?;
    let row = row.ok_or(CatalogueError::NotFound { what: "object" })?;
    let dataset = row.parsed(0, "dataset", DatasetId::parse)?;
    grant.dataset(&dataset).map(|_| ()).ok_or(CatalogueError::WrongKey)
}
