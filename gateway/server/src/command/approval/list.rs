//! The command `approval list`.

use std::process::ExitCode;

use gemj_access::{Job, Upkeep};
use gemj_model::{Approval, DatasetId, Purpose, ReleaseId};
use gemj_services::approvals::ApprovalState;
use serde_json::{Value, json};

use crate::command::output::{print, print_json, table};
use crate::installation::Installation;

pub(super) async fn list(installation: &Installation, all: bool, json: bool) -> anyhow::Result<ExitCode> {
    let catalogue = &installation.stores.catalogue;
    let now = installation.clock.now();
    let mut shown: Vec<(Approval, ApprovalState)> = catalogue
        .list_approvals(Upkeep::of(Job::Inventory))
        .await?
        .into_iter()
        .map(|approval| {
            let state = ApprovalState::of(&approval, now);
            (approval, state)
        })
        .collect();
    if !all {
        shown.retain(|(_, state)| matches!(state, ApprovalState::Valid | ApprovalState::NotYet));
    }
    if !json {
        let rows: Vec<Vec<String>> = shown.iter().map(|(approval, state)| row(approval, *state)).collect();
        print(&table(&HEAD, &rows))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut list = Vec::with_capacity(shown.len());
    for (approval, state) in &shown {
        let mut entry = serde_json::to_value(approval)?;
        if let Value::Object(members) = &mut entry {
            members.insert("state".to_owned(), json!(state.as_str()));
            if let Some(at) = approval.revoked {
                let reason = catalogue.revocation_reason(Upkeep::of(Job::Inventory), &approval.id).await?;
                members.insert("revoked".to_owned(), json!(at.rfc3339()));
                members.insert("revoked_because".to_owned(), json!(reason));
            }
        }
        list.push(entry);
    }
    print_json(&Value::Array(list))?;
    Ok(ExitCode::SUCCESS)
}

const HEAD: [&str; 12] = [
    "id",
    "state",
    "from",
    "until",
    "delivery",
    "organisation",
    "users",
    "datasets",
    "release",
    "regions",
    "purposes",
    "project",
];

fn row(approval: &Approval, state: ApprovalState) -> Vec<String> {
    let datasets: Vec<&str> = approval.datasets.iter().map(DatasetId::as_str).collect();
    let mut purposes: Vec<&str> = approval.purposes.iter().copied().map(Purpose::as_str).collect();
    if approval.commercial {
        purposes.push("commercial");
    }
    let some = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    vec![
        approval.id.to_string(),
        state.as_str().to_owned(),
        approval.not_before.map_or_else(|| "-".to_owned(), |t| t.rfc3339()),
        approval.not_after.rfc3339(),
        approval.delivery.as_str().to_owned(),
        some(approval.organisation.clone()),
        if approval.users.is_empty() {
            "any".to_owned()
        } else {
            approval.users.len().to_string()
        },
        some(datasets.join(",")),
        approval.release.as_ref().map_or("-", ReleaseId::as_str).to_owned(),
        approval
            .regions
            .as_ref()
            .map_or_else(|| "all".to_owned(), |regions| regions.len().to_string()),
        some(purposes.join(",")),
        some(approval.project.clone()),
    ]
}
