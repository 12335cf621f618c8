//! The command `feeds list|show`: what was ingested by each profile into each dataset.

use std::path::Path;
use std::process::ExitCode;

use clap::Subcommand;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::FeedCounts;
use serde_json::{Value, json};

use super::near_names::near_names;
use super::output::{print, print_json, table};
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum FeedsCommand {
    /// Lists the feeds: each profile and dataset, with the totals over all runs.
    List {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Shows the feeds of one profile: the units that are kept, left out and quarantined, with the reasons.
    Show {
        /// The profile, as `feeds list` prints it.
        profile: String,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &FeedsCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, sources).await?;
    let feeds = installation.stores.catalogue.feeds(Upkeep::of(Job::Inventory)).await?;
    match command {
        FeedsCommand::List { json: true } => print_json(&Value::Array(feeds.iter().map(described).collect()))?,
        FeedsCommand::List { json: false } => print(&listed(&feeds))?,
        FeedsCommand::Show { profile, json } => {
            let of_profile: Vec<&FeedCounts> = feeds.iter().filter(|feed| feed.profile == *profile).collect();
            if of_profile.is_empty() {
                let near = near_names(profile, feeds.iter().map(|feed| feed.profile.as_str()));
                let profile = profile.clone();
                return Err(OperatorError::UnknownFeed { profile, near }.into());
            }
            if *json {
                print_json(&Value::Array(of_profile.iter().map(|feed| described(feed)).collect()))?;
            } else {
                let shown: Vec<String> = of_profile.iter().map(|feed| shown(feed)).collect();
                print(&shown.join("\n"))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn listed(feeds: &[FeedCounts]) -> String {
    let rows: Vec<Vec<String>> = feeds
        .iter()
        .map(|feed| {
            let counts = [feed.runs, feed.received, feed.kept, feed.superseded, feed.quarantined];
            let mut row = vec![feed.profile.clone(), feed.dataset.to_string(), feed.last_run.rfc3339()];
            row.extend(counts.iter().map(u64::to_string));
            row
        })
        .collect();
    table(
        &["profile", "dataset", "last run", "runs", "received", "kept", "older", "quarantined"],
        &rows,
    )
}

fn shown(feed: &FeedCounts) -> String {
    let mut text = format!(
        "profile: {}\ndataset: {}\nruns: {}\nlast run: {}\n",
        feed.profile,
        feed.dataset,
        feed.runs,
        feed.last_run.rfc3339()
    );
    for (count, what) in [
        (feed.received, "units received"),
        (feed.kept, "kept: their facts are in use now"),
        (feed.committed, "stored for the first time"),
        (feed.replaced, "replaced an earlier version"),
        (feed.unchanged, "left out: already there"),
        (feed.duplicate, "left out: a second time in the input"),
        (feed.superseded, "left out: older than the stored version"),
        (feed.ignored, "parts left out: the profile ignores them with a reason"),
        (feed.quarantined, "quarantined"),
        (feed.parts_refused, "parts of stored units quarantined"),
    ] {
        text += &format!("{count:>8}  {what}\n");
    }
    for (reason, count) in &feed.reasons {
        text += &format!("{count:>8}    {reason}\n");
    }
    text
}

fn described(feed: &FeedCounts) -> Value {
    json!({
        "profile": feed.profile,
        "dataset": feed.dataset.as_str(),
        "runs": feed.runs,
        "last_run": feed.last_run.rfc3339(),
        "received": feed.received,
        "kept": feed.kept,
        "committed": feed.committed,
        "replaced": feed.replaced,
        "unchanged": feed.unchanged,
        "duplicate": feed.duplicate,
        "superseded": feed.superseded,
        "ignored": feed.ignored,
        "quarantined": feed.quarantined,
        "parts_refused": feed.parts_refused,
        "reasons": feed.reasons,
    })
}
