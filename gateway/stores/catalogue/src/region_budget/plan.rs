//! Calculates the cost of a request from one snapshot, outside every write.

use std::collections::{BTreeMap, BTreeSet};

use super::intervals::Intervals;
use super::{BudgetRegion, RegionBudgetError};
use crate::database::{MAX_PARAMETERS, Transaction, Value, placeholders};
use crate::error::CatalogueError;

/// The cost of a request for each approval, and the state from which it was calculated. Nothing is charged until the plan is charged.
#[derive(Clone, Debug)]
pub struct RegionPlan {
    pub(super) object: String,
    pub(super) charges: Vec<Charge>,
}

/// The cost of a request for one approval.
#[derive(Clone, Debug)]
pub(super) struct Charge {
    /// The approval's id.
    pub(super) approval: String,
    /// The number of earlier charges under the approval at the time of the calculation.
    pub(super) after: i64,
    /// The number of base pairs of the request that were not viewed before under the approval.
    pub(super) base_pairs: u64,
    /// The viewed intervals after the charge, for those reference sequences on which the request adds base pairs.
    pub(super) parts: Vec<(String, Intervals)>,
}

impl RegionPlan {
    /// The number of base pairs that were not viewed before, for the approval with the highest cost.
    #[must_use]
    pub fn most_bp(&self) -> u64 {
        self.charges.iter().map(|charge| charge.base_pairs).max().unwrap_or(0)
    }
}

/// Calculates the cost of viewing the intervals `asked` of a file under approvals. Fails if the budget does not suffice.
pub(super) async fn plan(
    snapshot: &mut Transaction,
    approvals: &BTreeSet<&str>,
    object: &str,
    asked: &BTreeMap<String, Intervals>,
    budget_bp: u64,
) -> Result<RegionPlan, RegionBudgetError> {
    let ids = approval_ids(snapshot, approvals).await?;
    let counted = charges_of(snapshot, &ids).await?;
    let mut viewed = viewed_parts(snapshot, &ids, object, asked).await?;
    let mut charges = Vec::with_capacity(ids.len());
    for id in ids {
        let mut charge = Charge {
            after: counted.get(&id).copied().unwrap_or(0),
            base_pairs: 0,
            parts: Vec::new(),
            approval: id,
        };
        for (contig, intervals) in asked {
            let before = viewed.remove(&(charge.approval.clone(), contig.clone())).unwrap_or_default();
            let after = before.union(intervals);
            let new = after.base_pairs().saturating_sub(before.base_pairs());
            if new > 0 {
                charge.base_pairs = charge.base_pairs.saturating_add(new);
                charge.parts.push((contig.clone(), after));
            }
        }
        charges.push(charge);
    }
    let plan = RegionPlan {
        object: object.to_owned(),
        charges,
    };
    if plan.most_bp() > 0 {
        for charge in &plan.charges {
            let total = charge
                .base_pairs
                .saturating_add(fullest(snapshot, &charge.approval, object, charge.base_pairs, budget_bp).await?);
            if total > budget_bp {
                return Err(RegionBudgetError::Exceeded { budget_bp });
            }
        }
    }
    Ok(plan)
}

/// Checks that all these approvals exist, and returns their ids in order.
async fn approval_ids(snapshot: &mut Transaction, values: &BTreeSet<&str>) -> Result<Vec<String>, CatalogueError> {
    let sql = format!(
        "SELECT id FROM approval WHERE id IN ({}) ORDER BY id",
        placeholders(1, values.len())
    );
    let arguments = values.iter().map(|value| Value::from(*value)).collect();
    let rows = snapshot.fetch_all_of(sql, arguments).await?;
    if rows.len() != values.len() {
        return Err(CatalogueError::NotFound { what: "approval" });
    }
    rows.iter().map(|row| row.text(0, "approval id")).collect()
}

/// The number of earlier charges under each approval. An approval without charges is absent.
async fn charges_of(snapshot: &mut Transaction, ids: &[String]) -> Result<BTreeMap<String, i64>, CatalogueError> {
    let sql = format!(
        "SELECT approval, charges FROM viewed_approval WHERE approval IN ({})",
        placeholders(1, ids.len())
    );
    let arguments = ids.iter().map(|id| Value::from(id.as_str())).collect();
    let rows = snapshot.fetch_all_of(sql, arguments).await?;
    rows.iter()
        .map(|row| Ok((row.text(0, "approval id")?, row.int(1, "charges")?)))
        .collect()
}

/// The viewed intervals of a file, by approval and reference sequence. The intervals are read with one statement, whatever the size of the
/// request.
async fn viewed_parts(
    snapshot: &mut Transaction,
    ids: &[String],
    object: &str,
    asked: &BTreeMap<String, Intervals>,
) -> Result<BTreeMap<(String, String), Intervals>, CatalogueError> {
    let mut sql = format!(
        "SELECT approval, contig, intervals FROM viewed_part WHERE object = $1 AND approval IN ({})",
        placeholders(2, ids.len())
    );
    let mut arguments = vec![Value::from(object)];
    arguments.extend(ids.iter().map(|id| Value::from(id.as_str())));
    if arguments.len() + asked.len() <= MAX_PARAMETERS && !asked.is_empty() {
        sql.push_str(&format!(" AND contig IN ({})", placeholders(arguments.len() + 1, asked.len())));
        arguments.extend(asked.keys().map(|contig| Value::from(contig.as_str())));
    }
    let what = "viewed regions";
    let mut parts = BTreeMap::new();
    for row in snapshot.fetch_all_of(sql, arguments).await? {
        parts.insert((row.text(0, what)?, row.text(1, what)?), Intervals::parse(&row.text(2, what)?)?);
    }
    Ok(parts)
}

/// The largest number of base pairs viewed so far of any participant in the file, under one approval. If the total over all files of the
/// approval already fits the budget, this upper bound is returned instead.
async fn fullest(snapshot: &mut Transaction, approval: &str, object: &str, new_bp: u64, budget_bp: u64) -> Result<u64, CatalogueError> {
    let what = "viewed regions";
    // The total over all files is an upper bound for the total of each participant.
    let all = "SELECT CAST(COALESCE(SUM(base_pairs), 0) AS BIGINT) FROM viewed_object WHERE approval = $1";
    let row = snapshot.fetch_first(all, vec![approval.into()]).await?;
    let total = row.ok_or(CatalogueError::Corrupt { what })?.count(0, what)?;
    if total.saturating_add(new_bp) <= budget_bp {
        return Ok(total);
    }
    // The second SELECT counts the file by itself, because the file may name no participant.
    let sql = "SELECT CAST(COALESCE(MAX(total), 0) AS BIGINT) FROM ( \
                 SELECT SUM(v.base_pairs) AS total \
                 FROM (SELECT DISTINCT m.ordinal, s.object FROM object_sample m JOIN object_sample s ON s.ordinal = m.ordinal WHERE m.object = $2) t \
                 JOIN viewed_object v ON v.object = t.object AND v.approval = $1 GROUP BY t.ordinal \
                 UNION ALL SELECT base_pairs FROM viewed_object WHERE approval = $1 AND object = $2) totals";
    let row = snapshot.fetch_first(sql, vec![approval.into(), object.into()]).await?;
    row.ok_or(CatalogueError::Corrupt { what })?.count(0, what)
}

/// Checks that a request has at most `most` regions.
pub(super) fn few_enough(regions: &[BudgetRegion], most: usize) -> Result<(), CatalogueError> {
    if regions.len() > most {
        return Err(CatalogueError::Invalid { field: "regions" });
    }
    Ok(())
}
