//! Reads the used part of a budget of base pairs.

use std::collections::BTreeSet;

use gemj_access::Grant;
use gemj_model::DataObject;

use crate::catalogue::Catalogue;
use crate::database::{Value, placeholders};
use crate::error::CatalogueError;

impl Catalogue {
    /// The largest number of base pairs viewed so far of any participant in the file, under any one approval of the Grant. Only participants
    /// that the Grant covers count, because the caller sees the number.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant that does not open the file's dataset or is based on no approval; the database does not answer
    /// or cannot be read.
    pub async fn region_budget_used(&self, grant: &Grant, object: &DataObject) -> Result<u64, CatalogueError> {
        let granted = grant.dataset(&object.dataset).ok_or(CatalogueError::WrongKey)?;
        let approvals: BTreeSet<&str> = grant.approval_ids().iter().map(String::as_str).collect();
        if approvals.is_empty() {
            return Err(CatalogueError::WrongKey);
        }
        let sql = format!(
            "SELECT t.ordinal, CAST(SUM(v.base_pairs) AS BIGINT) \
             FROM (SELECT DISTINCT m.ordinal, s.object FROM object_sample m JOIN object_sample s ON s.ordinal = m.ordinal WHERE m.object = $1) t \
             JOIN viewed_object v ON v.object = t.object \
             WHERE v.approval IN ({}) GROUP BY v.approval, t.ordinal",
            placeholders(2, approvals.len())
        );
        let arguments = std::iter::once(object.id.as_str()).chain(approvals).map(Value::from).collect();
        let mut most = 0;
        for row in self.database.fetch_all_of(sql, arguments).await? {
            let is_covered = row
                .maybe_ordinal(0)?
                .is_some_and(|person| granted.participants().contains(person.0));
            if is_covered {
                most = most.max(row.count(1, "viewed regions")?);
            }
        }
        Ok(most)
    }
}
