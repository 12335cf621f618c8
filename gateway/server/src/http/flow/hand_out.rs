//! The row that names the participants of records.

use std::collections::BTreeSet;

use gemj_catalogue::audit::{AuditEntry, AuditResource};
use gemj_model::DatasetId;
use gemj_services::beacon::ToldOf;
use gemj_services::recipients;

use super::permit::Granted;
use crate::http::gateway::Gateway;
use crate::http::refusal::Refusal;

/// Records the participants of records and their recipients. Called after the row of the decision is written; records leave after this row is written.
pub(super) async fn hand_out(gateway: &Gateway, granted: Granted, told_of: &ToldOf, records_count: u64) -> Result<(), Refusal> {
    let Granted { grant, caller, .. } = granted;
    let current = gateway.watch.current().await?;
    let lines = recipients::of_people(&grant, told_of, &gateway.policy, &current.view, gateway.clock.now());
    if lines.is_empty() {
        return Ok(());
    }
    let mut entry = AuditEntry::allowed(&grant, &caller, AuditResource::Datasets(datasets_of(told_of)));
    entry.action = "hand-out-records".to_owned();
    entry.rows = Some(records_count);
    gateway.audit.append_disclosing(entry, lines).await?;
    Ok(())
}

/// The datasets with a participant of the records, each once.
fn datasets_of(told_of: &ToldOf) -> Vec<DatasetId> {
    let with_somebody = told_of.iter().filter(|(_, people)| !people.is_empty());
    let datasets: BTreeSet<&DatasetId> = with_somebody.map(|(dataset, _)| dataset).collect();
    datasets.into_iter().cloned().collect()
}
