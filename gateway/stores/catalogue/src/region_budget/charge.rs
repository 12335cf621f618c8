//! Charges a calculated cost in base pairs in a short write. The write takes effect only if the state has not changed since the calculation.

use super::plan::{Charge, RegionPlan};
use crate::database::{Database, MAX_PARAMETERS, Transaction, Value, placeholders};
use crate::error::CatalogueError;

/// The number of columns in a row of `viewed_part`.
const COLUMNS: usize = 4;

/// Charges a plan, all or nothing. If another request was charged under one of the approvals after the plan's calculation, returns false and
/// charges nothing.
pub(super) async fn charge(database: &Database, plan: &RegionPlan) -> Result<bool, CatalogueError> {
    let mut transaction = database.begin_write().await?;
    // The approvals are charged in order of id, so that two writes with several common approvals wait for each other in the same order.
    for charge in &plan.charges {
        if !is_still(&mut transaction, charge).await? {
            // The transaction is dropped without a commit, so nothing is written.
            return Ok(false);
        }
        put_parts(&mut transaction, charge, &plan.object).await?;
        add(&mut transaction, charge, &plan.object).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// Increments the approval's number of charges, if it has not changed since the calculation. Returns false if it has changed.
async fn is_still(transaction: &mut Transaction, charge: &Charge) -> Result<bool, CatalogueError> {
    let approval = Value::from(charge.approval.as_str());
    let (sql, arguments) = if charge.after == 0 {
        let first = "INSERT INTO viewed_approval (approval, charges) VALUES ($1, 1) ON CONFLICT (approval) DO NOTHING";
        (first, vec![approval])
    } else {
        let next = "UPDATE viewed_approval SET charges = charges + 1 WHERE approval = $1 AND charges = $2";
        (next, vec![approval, charge.after.into()])
    };
    Ok(transaction.execute(sql, arguments).await? == 1)
}

async fn put_parts(transaction: &mut Transaction, charge: &Charge, object: &str) -> Result<(), CatalogueError> {
    for parts in charge.parts.chunks(MAX_PARAMETERS / COLUMNS) {
        let rows: Vec<String> = (0..parts.len())
            .map(|row| format!("({})", placeholders(row * COLUMNS + 1, COLUMNS)))
            .collect();
        let sql = format!(
            "INSERT INTO viewed_part (approval, object, contig, intervals) VALUES {} \
             ON CONFLICT (approval, object, contig) DO UPDATE SET intervals = excluded.intervals",
            rows.join(", ")
        );
        let arguments = parts.iter().flat_map(|(contig, intervals)| {
            let key = [charge.approval.as_str(), object, contig.as_str()].map(Value::from);
            key.into_iter().chain([Value::Text(intervals.text())])
        });
        transaction.execute_of(sql, arguments.collect()).await?;
    }
    Ok(())
}

async fn add(transaction: &mut Transaction, charge: &Charge, object: &str) -> Result<(), CatalogueError> {
    if charge.base_pairs == 0 {
        return Ok(());
    }
    let sql = "INSERT INTO viewed_object (approval, object, base_pairs) VALUES ($1, $2, $3) \
               ON CONFLICT (approval, object) DO UPDATE SET base_pairs = viewed_object.base_pairs + excluded.base_pairs";
    let base_pairs = Value::count(charge.base_pairs, "regions")?;
    let arguments = vec![charge.approval.as_str().into(), object.into(), base_pairs];
    transaction.execute(sql, arguments).await.map(|_| ())
}
