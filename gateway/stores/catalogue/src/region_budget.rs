//! The budget of base pairs of each participant that may be viewed under an approval, counted across all processes.
//!
//! The viewed regions of a file are stored as intervals that neither overlap nor touch, so that a repeated view costs nothing. A participant's
//! total is the sum over the files that contain the participant. This sum is an upper bound, because two files can show the same region.
//!
//! The cost of a request is calculated from a snapshot, outside every write. A short write then charges the cost, but only if no other request
//! was charged under the same approvals after the snapshot. Otherwise the cost is calculated again. A panel of thousands of regions therefore
//! does not delay other writes.

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

/// The maximum number of regions in one request.
const MOST_REGIONS: usize = 10_000;

/// The maximum number of times that the cost of one request is calculated. A calculation is repeated if another request charged one of the
/// approvals after the snapshot.
const MOST_ATTEMPTS: usize = 100;

/// A region that an answer shows, 0-based and half-open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetRegion {
    /// The name of the reference sequence.
    pub contig: String,
    /// The first position of the region, 0-based.
    pub start_0: u64,
    /// The position after the last position of the region. For a region up to the end of the sequence: the length of the sequence.
    pub end_0: u64,
}

/// The cost that was charged for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent {
    /// The number of base pairs that were not viewed before, for the approval with the highest cost.
    pub charged_bp: u64,
}

/// The reasons why a request was not charged and must not be answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegionBudgetError {
    /// With this request, the viewed base pairs of a participant in the file would exceed the budget. Nothing was recorded.
    #[error("the approval's budget of {budget_bp} base pairs is used up")]
    Exceeded {
        /// The budget in base pairs.
        budget_bp: u64,
    },
    /// The catalogue failed. Nothing may be shown.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
}

impl Catalogue {
    /// Charges every approval of a Grant for the regions of a file that an answer shows, all or nothing. Regions that were viewed before cost
    /// nothing. `budget_bp` is the smallest budget of the approvals. Concurrent requests through any process never exceed the budget.
    ///
    /// # Errors
    /// * [`RegionBudgetError::Exceeded`] if the budget does not suffice.
    /// * [`CatalogueError::WrongKey`] for a Grant that does not open the file's dataset or is based on no approval.
    /// * [`CatalogueError::NotFound`] `object` or `approval` for an unknown file or approval.
    /// * [`CatalogueError::Invalid`] `regions` for more than 10,000 regions.
    /// * [`CatalogueError::Unavailable`] if other requests charged one of the approvals after the snapshot of every calculation.
    pub async fn spend_region_budget(
        &self,
        grant: &Grant,
        object: &ObjectId,
        regions: &[BudgetRegion],
        budget_bp: u64,
    ) -> Result<Spent, RegionBudgetError> {
        // Within this process, requests under one approval are calculated one after another. Otherwise each request would invalidate the
        // calculations of the others.
        let _turn = self.budget_turns.of(grant.approval_ids()).await;
        for _ in 0..MOST_ATTEMPTS {
            let plan = self.plan_region_budget(grant, object, regions, budget_bp).await?;
            if let Some(spent) = self.charge_region_plan(&plan).await? {
                return Ok(spent);
            }
        }
        Err(CatalogueError::Unavailable.into())
    }

    /// Calculates the cost of regions of a file for every approval of a Grant, from one snapshot. Nothing is charged, and no write waits for
    /// the calculation.
    ///
    /// # Errors
    /// The errors of [`Catalogue::spend_region_budget`].
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
        // The snapshot's connection is released before another connection is acquired.
        snapshot.commit().await?;
        Ok(plan)
    }

    /// Charges a calculated cost. If another request was charged under one of the approvals after the calculation, the result is absent and
    /// nothing is charged. The cost must then be calculated again.
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
