//! The command `pull redcap`: pulls a project of a REDCap server by its API, and ingests it as `ingest` does.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_adapters::feed::Asked;
use gemj_model::{DatasetId, SiteId, Timestamp};
use gemj_services::ingest::{Intake, Progress};
use gemj_services::redcap_api::{PullFailure, PullOptions, PullReport, Token, pull};
use serde_json::{Value, json};
use url::Url;

use super::ingest::{SHOWN_EVERY, open_profile, report, shown};
use super::known_names::{require_dataset, require_site};
use super::output::print_json;
use super::unknown_terms;
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::private_files::require_private;
use crate::sources::Sources;

/// The largest file of a token, in bytes.
const MAX_TOKEN_FILE_BYTES: u64 = 4096;

#[derive(Debug, Subcommand)]
pub(crate) enum PullCommand {
    /// Pulls the records of a REDCap project by the API of the server, with the deletions that the logging of the project states, and ingests them.
    Redcap(Box<RedcapOptions>),
}

/// The options of `pull redcap`.
#[derive(Debug, Args)]
pub(crate) struct RedcapOptions {
    /// The dataset that the facts belong to.
    #[arg(long)]
    dataset: String,
    /// The profile that reads the records: redcap, or the path of a site's own profile (a YAML file) of the format redcap.
    #[arg(long)]
    profile: String,
    /// The institution that owns the project and uses the numbers in it. Required, unless the profile states it.
    #[arg(long)]
    site: Option<String>,
    /// The institution's namespace of the numbers in the project, as in the sheet of `link`. A namespace belongs to one project. Required, unless the
    /// profile states it.
    #[arg(long)]
    namespace: Option<String>,
    /// The address of the API of the server, such as https://redcap.example.org/api/.
    #[arg(long)]
    url: Url,
    /// The file with the token of the project. Only its owner may read the file.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
    /// Downloads only the records that changed since the last pull, with an overlap of two days. The list of the records and the logging are always
    /// downloaded.
    #[arg(long)]
    changed: bool,
    /// Reads the logging from this time on (RFC 3339, or a date in Japan), instead of from the last pull.
    #[arg(long, value_name = "TIME")]
    log_since: Option<String>,
    /// Does not read the logging, for a user without the right to read it. Deletions are then not seen.
    #[arg(long, conflicts_with = "log_since")]
    without_log: bool,
    /// States that the project of the token replaces the project of earlier pulls of this site and namespace.
    #[arg(long)]
    new_project: bool,
    /// The number of records of one request.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=500))]
    batch: u16,
    /// The number of seconds in which the server must begin to answer, and in which each further part of an answer must arrive.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=3600))]
    timeout_s: u32,
    /// Checks the token, the rights and the columns with the first records. Nothing is ingested.
    #[arg(long)]
    dry_run: bool,
    /// Prints the reports of the pull and of the ingest as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &PullCommand) -> anyhow::Result<ExitCode> {
    let PullCommand::Redcap(options) = command;
    let installation = Installation::open(config, sources).await?;
    let asked = Asked {
        dataset: DatasetId::parse(&options.dataset).context("--dataset")?,
        site: options.site.as_deref().map(SiteId::parse).transpose().context("--site")?,
        namespace: options.namespace.clone(),
        exported: None,
    };
    require_dataset(&installation, &asked.dataset)?;
    if let Some(site) = &asked.site {
        require_site(&installation, site).await.context("--site")?;
    }
    let profile = open_profile(&options.profile)?;
    if let Some(home) = profile.home() {
        require_site(&installation, &home.site).await.context("--profile")?;
    }
    let log_from = options
        .log_since
        .as_deref()
        .map(Timestamp::parse)
        .transpose()
        .context("--log-since")?;
    let pull_options = PullOptions {
        url: options.url.clone(),
        token: token(&options.token_file)?,
        ca_file: installation.configuration.authentication.ca_file.clone(),
        temporary: std::env::temp_dir(),
        batch: options.batch.into(),
        idle: Duration::from_secs(options.timeout_s.into()),
        only_changed: options.changed,
        log_from,
        without_log: options.without_log,
        new_project: options.new_project,
        dry_run: options.dry_run,
    };
    let progress = Progress::default();
    let mandate = Mandate::operator(WriteAction::Ingest);
    let intake = Intake {
        stores: &installation.stores,
        key: &installation.key,
        mandate: &mandate,
        numbers: Upkeep::of(Job::ResolveNumbers),
        clock: &installation.clock,
        forms: &installation.forms,
        progress: progress.clone(),
    };
    let dataset = asked.dataset.clone();
    let pulled = shown(pull(&intake, profile, asked, &pull_options), &progress, SHOWN_EVERY).await;
    // A pull that stopped can have committed units.
    installation.checkpoint().await?;
    let pulled = pulled.map_err(in_both_languages)?;
    let refused = pulled.ingested.iter().flat_map(|ingested| {
        let accounting = &ingested.accounting;
        accounting.quarantined.iter().chain(&accounting.results_refused)
    });
    let mut is_all_taken = pulled.report.missing == 0 && pulled.report.vanished == 0;
    for refused in refused {
        eprintln!("{}: {} ({})", refused.unit, refused.detail, refused.reason_code);
        is_all_taken = false;
    }
    if options.json {
        let ingest = pulled
            .ingested
            .as_ref()
            .map(|ingested| report::json(&ingested.run, &ingested.accounting));
        print_json(&json!({"pull": as_json(&pulled.report), "ingest": ingest}))?;
    } else {
        for line in lines(&pulled.report, options.dry_run) {
            println!("{line}");
        }
        if let Some(ingested) = &pulled.ingested {
            let terms = unknown_terms::lines(&installation, WriteAction::Ingest, Some(&dataset)).await?;
            for line in report::lines(&ingested.accounting, terms) {
                println!("{line}");
            }
        }
    }
    Ok(if is_all_taken { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The token in a file that only its owner can read.
fn token(file: &Path) -> anyhow::Result<Token> {
    use std::io::Read as _;
    require_private(file)?;
    let mut text = String::new();
    let read = std::fs::File::open(file).and_then(|opened| opened.take(MAX_TOKEN_FILE_BYTES).read_to_string(&mut text));
    let _ = read.with_context(|| format!("--token-file: {}", file.display()))?;
    Token::parse(&text).map_err(in_both_languages)
}

/// An error of a pull, in English and in Japanese if a person who runs the command can remove its cause.
fn in_both_languages(failure: PullFailure) -> anyhow::Error {
    match failure {
        PullFailure::Url => CommandError::PullUrl {}.into(),
        PullFailure::Token => CommandError::PullToken {}.into(),
        PullFailure::OtherFormat { profile } => CommandError::PullFormat { profile }.into(),
        PullFailure::OtherProject => CommandError::PullOtherProject {}.into(),
        PullFailure::NothingBefore => CommandError::PullNothingBefore {}.into(),
        PullFailure::Answer { content, fault } => CommandError::PullAnswer {
            content: content.as_str().to_owned(),
            fault: fault.to_string(),
        }
        .into(),
        other => other.into(),
    }
}

fn lines(report: &PullReport, is_dry_run: bool) -> Vec<String> {
    let mut lines = vec![format!(
        "{} records listed: {} pulled, {} missing from the answers, {} vanished without a deletion in the logging",
        report.listed,
        report.asked - report.missing,
        report.missing,
        report.vanished
    )];
    let hidden = report.hidden.iter();
    lines.extend(hidden.map(|column| format!("hidden by the rights of the user: {column}: its stored values are not changed")));
    if report.hidden_identifiers > 0 {
        lines.push(format!(
            "hidden by the rights of the user: {} identifying fields",
            report.hidden_identifiers
        ));
    }
    if report.is_partial() {
        lines.push("partial: the pull does not show the whole project".to_owned());
    }
    match report.log_read_to {
        Some(time) if !is_dry_run => lines.push(format!("the logging was read up to {}", time.rfc3339())),
        Some(_) => lines.push("nothing was ingested (--dry-run)".to_owned()),
        None => lines.push("the logging was not read completely; the next pull reads it again".to_owned()),
    }
    lines
}

fn as_json(report: &PullReport) -> Value {
    json!({
        "listed": report.listed,
        "pulled": report.asked - report.missing,
        "missing": report.missing,
        "vanished": report.vanished,
        "hidden": report.hidden,
        "hidden_identifiers": report.hidden_identifiers,
        "partial": report.is_partial(),
        "log_read_to": report.log_read_to.map(Timestamp::rfc3339),
    })
}
