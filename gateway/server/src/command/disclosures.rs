//! The commands `disclosures PARTICIPANT` and `disclosures notices`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Job, Mandate, OperatorRead, OperatorReadAction, Upkeep, WriteAction};
use gemj_catalogue::{CatalogueError, DisclosureLine, NoticedThing, WithdrawalNotice};
use gemj_model::{ObjectId, ParticipantId, Purpose, Timestamp};
use serde_json::{Value, json};

use super::output::{print, print_json, table};
use crate::command::known_names::no_participant;
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

/// Seconds after a withdrawal within which the disclosure of an answer that was decided before the withdrawal may still be recorded.
const LATE_S: i64 = 86_400;

#[derive(Debug, Subcommand)]
pub(crate) enum DisclosuresCommand {
    /// Lists the holders (recipients of data) who must be notified of a withdrawal, with the data that they received.
    Notices {
        /// Lists acknowledged notices too.
        #[arg(long)]
        all: bool,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
        /// The number of a notice whose holder has acknowledged it. The acknowledgement is recorded.
        #[arg(long, value_name = "NUMBER")]
        acknowledge: Option<u64>,
    },
}

pub(crate) async fn run(
    config: &Path,
    sources: &Sources,
    participant: Option<&str>,
    reason: Option<&str>,
    json: bool,
    command: Option<&DisclosuresCommand>,
) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    match (participant, command) {
        (
            None,
            Some(DisclosuresCommand::Notices {
                all,
                json: also,
                acknowledge,
            }),
        ) => notices(&installation, *all, json || *also, *acknowledge).await,
        (Some(_), Some(DisclosuresCommand::Notices { .. })) => Err(CommandError::NoticesOfAll {}.into()),
        (Some(participant), None) => of(&installation, participant, reason, json).await,
        (None, None) => Err(CommandError::ParticipantOrNotices {}.into()),
    }
}

/// The human-readable text for the action by which data was disclosed.
fn way(action: &str) -> &str {
    match action {
        "slice-reads" | "slice-variants" => "regions viewed",
        "fetch-object" => "whole files",
        "compute-on-object" => "workflows",
        other => other,
    }
}

/// The day of an instant in UTC, as YYYY-MM-DD.
fn day(at: Timestamp) -> String {
    at.rfc3339().chars().take(10).collect()
}

async fn of(installation: &Installation, participant: &str, reason: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let id = ParticipantId::parse(participant).context("PARTICIPANT")?;
    let read = OperatorRead::new(OperatorReadAction::Disclosures, id.clone(), reason).context("--reason")?;
    let lines = installation
        .stores
        .catalogue
        .disclosures_of(&read, installation.clock.now())
        .await?;
    installation.checkpoint().await?;
    let Some(lines) = lines else {
        return Err(no_participant(installation, &id).await);
    };
    if json {
        print_json(&Value::Array(lines.iter().map(described).collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = lines
        .iter()
        .map(|line| {
            let words = |list: Vec<String>| if list.is_empty() { "-".to_owned() } else { list.join(",") };
            vec![
                day(line.first_day),
                day(line.last_day),
                line.organisation.clone(),
                line.country.clone(),
                words(line.purposes.iter().map(|p| p.as_str().to_owned()).collect()),
                way(&line.action).to_owned(),
                line.object_count.to_string(),
                words(line.approvals.iter().map(|a| a.id.to_string()).collect()),
                words(line.approvals.iter().map(|a| a.project.clone()).collect()),
            ]
        })
        .collect();
    let head = [
        "first",
        "last",
        "organisation",
        "country",
        "purposes",
        "how",
        "files",
        "approvals",
        "projects",
    ];
    print(&table(&head, &rows))?;
    Ok(ExitCode::SUCCESS)
}

fn described(line: &DisclosureLine) -> Value {
    let approvals = line.approvals.iter().map(|a| json!({"id": a.id.as_str(), "project": a.project}));
    json!({
        "first_day": day(line.first_day),
        "last_day": day(line.last_day),
        "organisation": line.organisation,
        "country": line.country,
        "purposes": line.purposes.iter().copied().map(Purpose::as_str).collect::<Vec<_>>(),
        "action": line.action,
        "files": line.object_count,
        "approvals": approvals.collect::<Vec<_>>(),
    })
}

async fn notices(installation: &Installation, all: bool, json: bool, acknowledge: Option<u64>) -> anyhow::Result<ExitCode> {
    let catalogue = &installation.stores.catalogue;
    let now = installation.clock.now();
    if let Some(number) = acknowledge {
        let mandate = Mandate::operator(WriteAction::AcknowledgeNotice);
        let done = catalogue.acknowledge_notice(&mandate, number, now).await;
        done.map_err(|error| -> anyhow::Error {
            match error {
                CatalogueError::NotFound { .. } => OperatorError::UnknownNotice { number }.into(),
                error => error.into(),
            }
        })?;
        println!("acknowledged: {number}");
        installation.checkpoint().await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    if catalogue.complete_notices(&mandate, now.plus_seconds(-LATE_S)).await? > 0 {
        installation.checkpoint().await?;
    }
    let notices = catalogue.notices(Upkeep::of(Job::Inventory), all).await?;
    if json {
        print_json(&Value::Array(notices.iter().map(noticed).collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = notices
        .iter()
        .map(|notice| {
            vec![
                notice.id.to_string(),
                notice.approval.to_string(),
                notice.dataset.to_string(),
                notice.recorded.rfc3339(),
                notice.acknowledged.map_or_else(|| "-".to_owned(), Timestamp::rfc3339),
                notice.things.iter().map(thing).collect::<Vec<_>>().join(","),
            ]
        })
        .collect();
    let head = ["notice", "approval", "dataset", "withdrawn", "acknowledged", "received"];
    print(&table(&head, &rows))?;
    Ok(ExitCode::SUCCESS)
}

fn thing(thing: &NoticedThing) -> String {
    match &thing.object {
        Some(object) => format!("{}:{object}", thing.way),
        None => thing.way.clone(),
    }
}

fn noticed(notice: &WithdrawalNotice) -> Value {
    let things = notice
        .things
        .iter()
        .map(|thing| json!({"object": thing.object.as_ref().map(ObjectId::as_str), "how": thing.way}));
    json!({
        "notice": notice.id,
        "approval": notice.approval.as_str(),
        "dataset": notice.dataset.as_str(),
        "recorded": notice.recorded.rfc3339(),
        "acknowledged": notice.acknowledged.map(Timestamp::rfc3339),
        "received": things.collect::<Vec<_>>(),
    })
}
