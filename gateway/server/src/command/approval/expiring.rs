//! The commands `approval expiring` and `approval notice`.

use std::process::ExitCode;

use gemj_access::{Job, Upkeep};
use gemj_model::{ApprovalId, DatasetId};
use gemj_services::approvals::notice::{NoticeLanguage, notice};
use gemj_services::approvals::{Lapse, lapses};
use serde_json::{Value, json};

use crate::command::output::{print, print_json, table};
use crate::command_error::CommandError;
use crate::installation::Installation;

const DAY_S: i64 = 86_400;
const HEAD: [&str; 7] = ["lapses", "days", "id", "reason", "datasets", "organisation", "project"];

/// Lists the rights that lapse within a number of days.
pub(super) async fn expiring(installation: &Installation, days: u32, json: bool) -> anyhow::Result<ExitCode> {
    let now = installation.clock.now();
    let approvals = installation.stores.catalogue.list_approvals(Upkeep::of(Job::Inventory)).await?;
    let until = now.plus_seconds(i64::from(days) * DAY_S);
    let found = lapses(&approvals, &installation.configuration.datasets, now, until);
    let days = |lapse: &Lapse| (lapse.at.seconds() - now.seconds()).div_euclid(DAY_S);
    if json {
        let list = found.iter().map(|lapse| {
            json!({
                "lapses": lapse.at.rfc3339(),
                "days": days(lapse),
                "id": lapse.approval.as_str(),
                "reason": lapse.reason.as_str(),
                "datasets": lapse.datasets.iter().map(DatasetId::as_str).collect::<Vec<_>>(),
                "organisation": lapse.organisation,
                "project": lapse.project,
            })
        });
        print_json(&Value::Array(list.collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|lapse| {
            let datasets: Vec<&str> = lapse.datasets.iter().map(DatasetId::as_str).collect();
            vec![
                lapse.at.rfc3339(),
                days(lapse).to_string(),
                lapse.approval.to_string(),
                lapse.reason.as_str().to_owned(),
                datasets.join(","),
                lapse.organisation.clone(),
                lapse.project.clone(),
            ]
        })
        .collect();
    print(&table(&HEAD, &rows))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the text of a notice to the applicant of an approval. Without a language, the text is in Japanese and then in English.
pub(super) async fn print_notice(installation: &Installation, id: &str, language: Option<&str>) -> anyhow::Result<ExitCode> {
    let id = ApprovalId::parse(id)?;
    let approvals = installation.stores.catalogue.list_approvals(Upkeep::of(Job::Inventory)).await?;
    let Some(approval) = approvals.iter().find(|approval| approval.id == id) else {
        return Err(CommandError::NoSuchApproval { id: id.to_string() }.into());
    };
    let languages = match language {
        None => vec![NoticeLanguage::Japanese, NoticeLanguage::English],
        Some("ja") => vec![NoticeLanguage::Japanese],
        Some(_) => vec![NoticeLanguage::English],
    };
    let now = installation.clock.now();
    let texts: Vec<String> = languages.into_iter().map(|language| notice(approval, now, language)).collect();
    print(&texts.join("\n"))?;
    Ok(ExitCode::SUCCESS)
}
