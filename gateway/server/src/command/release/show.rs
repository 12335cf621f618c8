//! The commands `release list` and `release show`.

use std::process::ExitCode;

use gemj_access::{Job, Upkeep};
use gemj_catalogue::ReleaseSummary;
use serde_json::{Value, json};

use super::release;
use crate::command::output::{print, print_json, table};
use crate::installation::Installation;

pub(super) async fn list(installation: &Installation, json: bool) -> anyhow::Result<ExitCode> {
    let releases = installation.stores.catalogue.releases(Upkeep::of(Job::Inventory)).await?;
    if json {
        print_json(&Value::Array(releases.iter().map(described).collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = releases
        .iter()
        .map(|r| {
            vec![
                r.id.to_string(),
                r.dataset.to_string(),
                r.created.rfc3339(),
                r.object_count.to_string(),
                r.participant_count.to_string(),
                r.manifest_sha256.clone(),
            ]
        })
        .collect();
    let head = ["id", "dataset", "created", "objects", "participants", "manifest"];
    print(&table(&head, &rows))?;
    Ok(ExitCode::SUCCESS)
}

fn described(release: &ReleaseSummary) -> Value {
    json!({
        "id": release.id.as_str(),
        "dataset": release.dataset.as_str(),
        "created": release.created.rfc3339(),
        "objects": release.object_count,
        "participants": release.participant_count,
        "citation": release.citation,
        "manifest_sha256": release.manifest_sha256,
    })
}

pub(super) async fn show(installation: &Installation, id: &str, manifest_alone: bool) -> anyhow::Result<ExitCode> {
    let release = release(installation, id).await?;
    if manifest_alone {
        print(&release.manifest)?;
        return Ok(ExitCode::SUCCESS);
    }
    let summary = &release.summary;
    print(&format!(
        "release: {}\ndataset: {}\ncreated: {}\nobjects: {}\nparticipants: {}\ncitation: {}\nmanifest sha256: {}\n\n{}",
        summary.id,
        summary.dataset,
        summary.created.rfc3339(),
        summary.object_count,
        summary.participant_count,
        summary.citation,
        summary.manifest_sha256,
        release.manifest
    ))?;
    Ok(ExitCode::SUCCESS)
}
