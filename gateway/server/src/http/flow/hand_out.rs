//! The audit row that names the participants of returned records.

use std::collections::BTreeSet;

use gemj_catalogue::audit::{AuditEntry, AuditResource};
use gemj_model::DatasetId;
use gemj_services::beacon::ToldOf;
use gemj_services::recipients;

use super::permit::Granted;
use crate::http::gateway::Gateway;
use crate::http::refusal::Refusal;

/// Records the participants of the returned records and the recipient of the records. The row of the decision must already be written. The
/// records are returned only after this row is written.
pub(super) async fn hand_out(gateway: &Gateway, granted: Granted, told_of: &ToldOf, records_count: u64) -> Result<(), Refusal> {
    let Granted { grant, caller, .. } = granted;
    let current = gateway.watch.current().await?;
    let lines = recipients::of_people(&grant, told_of, &gateway.policy, &current.view);
    if lines.is_empty() {
        return Ok(());
    }
    let mut entry = AuditEntry::allowed(&grant, &caller, AuditResource::Datasets(datasets_of(told_of)));
    entry.action = "hand-out-records".to_owned();
    entry.rows = Some(records_count);
    gateway.audit.append_disclosing(entry, lines).await?;
    Ok(())
}

/// The datasets to which the participants of the records belong. Each dataset occurs once.
fn datasets_of(told_of: &ToldOf) -> Vec<DatasetId> {
    let with_somebody = told_of.iter().filter(|(_, people)| !people.is_empty());
    let datasets: BTreeSet<&DatasetId> = with_somebody.map(|(dataset, _)| dataset).collect();
    datasets.into_iter().cloned().collect()
}
