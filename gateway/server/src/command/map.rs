//! The command `map check|dry-run|explain`: tries a mapping profile on a feed without an installation. Nothing is stored.

mod explained;
mod value_table;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use gemj_adapters::feed::{self, Asked, Contents, Trial, agree, explain, trial};
use gemj_adapters::phenopacket;
use gemj_adapters::profile::Profile;
use gemj_adapters::{Target, check_input};
use gemj_model::{DatasetId, SiteId};
use serde_json::{Value, json};

use super::ingest::{self, report};
use super::output::{print, print_json};
use crate::command_error::CommandError;

/// The dataset of a trial. Nothing is stored, so the name appears nowhere.
const NO_DATASET: &str = "trial";

#[derive(Debug, Subcommand)]
pub(crate) enum MapCommand {
    /// Checks a mapping profile, and prints which fields of a feed it reads, ignores and does not mention.
    Check {
        #[command(flatten)]
        feed: Feed,
        /// The files and folders of the feed. Without them, only the profile is checked.
        paths: Vec<PathBuf>,
    },
    /// Maps a feed and prints the report of `ingest` and the statements by code. Every number counts as linked, and nothing is stored.
    DryRun {
        #[command(flatten)]
        feed: Feed,
        /// Another profile: only the statements that the two profiles make in different numbers or with different contents are printed.
        #[arg(long)]
        against: Option<String>,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
        /// The files and folders of the feed.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Prints what became of each field of one unit, and which rule made each statement. No value is printed.
    Explain {
        #[command(flatten)]
        feed: Feed,
        /// The position of the unit among all units of the feed, from 1, as `ingest` and `quarantine` count them.
        #[arg(long, required_unless_present = "values", conflicts_with = "values")]
        unit: Option<u64>,
        /// Instead of one unit: writes a new file with a line of JSON for each value of the feed, and what became of it. The value itself is not
        /// written.
        #[arg(long, value_name = "FILE")]
        values: Option<PathBuf>,
        /// The files and folders of the feed.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

/// The profile of a feed, and the institution that sent it.
#[derive(Args, Debug)]
pub(crate) struct Feed {
    /// The profile: ss-mix2, odm, redcap, c-cat, miabis, fhir, miabis-on-fhir, bff or omop; or the path of a site's own profile (a YAML file). `explain
    /// --values` also takes phenopacket.
    #[arg(long)]
    profile: String,
    /// The institution that provided the files. Required for a feed whose profile does not state it.
    #[arg(long)]
    site: Option<String>,
    /// The institution's namespace of the numbers in the files. Required for a feed whose profile does not state it.
    #[arg(long)]
    namespace: Option<String>,
}

impl Feed {
    /// Whose numbers packets have. Checks that the paths exist.
    fn packets(&self, paths: &[PathBuf]) -> anyhow::Result<Target> {
        check_inputs(paths)?;
        let site = self.site.as_deref().ok_or(CommandError::SiteRequired {})?;
        let namespace = self.namespace.as_deref().unwrap_or(ingest::PACKET_NAMESPACE);
        let site = SiteId::parse(site).context("--site")?;
        Ok(Target::new(DatasetId::parse(NO_DATASET)?, site, namespace).ok_or(CommandError::NotANamespace {})?)
    }

    /// Whose numbers the feed has. Checks that the paths exist.
    fn target(&self, profile: &Profile, paths: &[PathBuf]) -> anyhow::Result<Target> {
        check_inputs(paths)?;
        let asked = Asked {
            dataset: DatasetId::parse(NO_DATASET)?,
            site: self.site.as_deref().map(SiteId::parse).transpose().context("--site")?,
            namespace: self.namespace.clone(),
            exported: None,
        };
        Ok(agree(paths, profile, &asked)?)
    }
}

pub(crate) fn run(command: MapCommand) -> anyhow::Result<ExitCode> {
    match command {
        MapCommand::Check { feed, paths } => check(&feed, &paths),
        MapCommand::DryRun {
            feed,
            against,
            json,
            paths,
        } => dry_run(&feed, against.as_deref(), json, &paths),
        MapCommand::Explain { feed, unit, values, paths } => {
            if let (Some(file), ingest::PHENOPACKET) = (&values, feed.profile.as_str()) {
                let target = feed.packets(&paths)?;
                return value_table::write(file, &mut |give| phenopacket::values(&paths, &target, give));
            }
            let profile = ingest::open_profile(&feed.profile)?;
            let target = feed.target(&profile, &paths)?;
            if let Some(file) = values {
                return value_table::write(&file, &mut |give| feed::values(&paths, &profile, &target, give));
            }
            let unit = unit.unwrap_or_default();
            let found = explain(&paths, &profile, target.site(), unit).ok_or(CommandError::NoSuchUnit { number: unit.to_string() })?;
            print(&explained::text(&found))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Checks that the paths exist and can be read.
fn check_inputs(paths: &[PathBuf]) -> anyhow::Result<()> {
    for path in paths {
        check_input(path).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn check(feed: &Feed, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let profile = ingest::open_profile(&feed.profile)?;
    println!(
        "{}: no fault; format {}, {} rules, {} fields read",
        profile.name(),
        profile.format().as_str(),
        profile.rule_count(),
        profile.fields().len()
    );
    if paths.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let target = feed.target(&profile, paths)?;
    let accounting = trial(paths, &profile, &target)?.accounting;
    let sum = |of: fn(&gemj_adapters::FieldCoverage) -> u64| accounting.fields.values().map(of).sum::<u64>();
    let (mapped, ignored, unknown) = (sum(|field| field.mapped), sum(|field| field.ignored), sum(|field| field.unknown));
    let all = (mapped + ignored + unknown).max(1);
    println!(
        "{} units; {} occurrences of {} fields: {} % read, {} % ignored with a reason, {} % not mentioned",
        accounting.received,
        mapped + ignored + unknown,
        accounting.fields.len(),
        mapped * 100 / all,
        ignored * 100 / all,
        unknown * 100 / all
    );
    for (name, field) in &accounting.fields {
        println!(
            "{:>8} read {:>8} ignored {:>8} not mentioned  {name}",
            field.mapped, field.ignored, field.unknown
        );
    }
    // A refused file has no fields, so that the counts above would look complete.
    for refused in &accounting.quarantined {
        eprintln!("{}: {} ({})", refused.unit, refused.detail, refused.reason_code);
    }
    let is_clean = unknown == 0 && accounting.quarantined.is_empty();
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn dry_run(feed: &Feed, against: Option<&str>, json: bool, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let profile = ingest::open_profile(&feed.profile)?;
    let target = feed.target(&profile, paths)?;
    let now = trial(paths, &profile, &target)?;
    let other = against.map(|against| {
        let other = ingest::open_profile(against).context("--against")?;
        let target = feed.target(&other, paths).context("--against")?;
        Ok::<_, anyhow::Error>(trial(paths, &other, &target)?)
    });
    let other = other.transpose()?;
    for refused in now.accounting.quarantined.iter().chain(&now.accounting.results_refused) {
        eprintln!("{}: {} ({})", refused.unit, refused.detail, refused.reason_code);
    }
    if json {
        print_json(&described(&now, other.as_ref()))?;
    } else {
        for line in report::lines(&now.accounting, Vec::new()) {
            println!("{line}");
        }
        println!("{} persons; nothing was stored", now.persons);
        for Difference {
            statement,
            before,
            after,
            parts,
        } in differences(&now, other.as_ref())
        {
            let name = statement
                .iter()
                .filter(|part| !part.is_empty())
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" ");
            let parts = if parts.is_empty() {
                String::new()
            } else {
                format!(" (other {})", parts.join(", "))
            };
            match other {
                Some(_) => println!("{before:>8} -> {after:>8}  {name}{parts}"),
                None => println!("{after:>8}  {name}"),
            }
        }
    }
    let refused = now.accounting.quarantined.len() + now.accounting.results_refused.len();
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// A statement in which two profiles differ.
struct Difference<'t> {
    /// The kind, the code and the status of the statement.
    statement: &'t [String; 3],
    /// The number of statements by the other profile.
    before: u64,
    /// The number of statements by this profile.
    after: u64,
    /// The parts that differ although the numbers are equal: `value`, `unit`, `observed`, …
    parts: Vec<&'static str>,
}

/// The statements with their numbers by the other profile and by this one. Without another profile: all statements. With another profile: those whose
/// numbers or contents differ.
fn differences<'t>(now: &'t Trial, other: Option<&'t Trial>) -> Vec<Difference<'t>> {
    let empty = BTreeMap::new();
    let before = other.map_or(&empty, |other| &other.statements);
    let parts = |name: &[String; 3]| match other {
        Some(other) => {
            let none = Contents::default();
            let of = |trial: &Trial| trial.contents.get(name).cloned().unwrap_or_default();
            let (then, after) = (of(other), of(now));
            if then == none || after == none {
                Vec::new()
            } else {
                after.different(&then)
            }
        }
        None => Vec::new(),
    };
    let of = |counts: &BTreeMap<[String; 3], u64>, key: &[String; 3]| counts.get(key).copied().unwrap_or(0);
    let names: std::collections::BTreeSet<&[String; 3]> = now
        .statements
        .keys()
        .chain(other.into_iter().flat_map(|other| other.statements.keys()))
        // The contents about persons and alleles have no numbers, so they are compared with another profile only.
        .chain(other.into_iter().flat_map(|other| other.contents.keys().chain(now.contents.keys())))
        .collect();
    let all = names.into_iter().map(|name| Difference {
        statement: name,
        before: of(before, name),
        after: of(&now.statements, name),
        parts: parts(name),
    });
    all.filter(|found| found.before != found.after || !found.parts.is_empty()).collect()
}

fn described(now: &Trial, other: Option<&Trial>) -> Value {
    let statements = differences(now, other).into_iter().map(|found| {
        let [kind, code, status] = found.statement;
        let mut statement = json!({"kind": kind, "code": code, "status": status, "count": found.after});
        if other.is_some() {
            statement["count_against"] = found.before.into();
            statement["different"] = found.parts.into();
        }
        statement
    });
    let mut report = report::json("", &now.accounting);
    if let Some(report) = report.as_object_mut() {
        report.remove("run");
        report.insert("persons".to_owned(), now.persons.into());
        report.insert("statements".to_owned(), statements.collect());
    }
    report
}
