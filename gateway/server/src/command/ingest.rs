//! The command `ingest --dataset D --profile P PATH...`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_adapters::Accounting;
use gemj_adapters::phenopacket::{PROFILE as PHENOPACKET, Target, packet_namespace};
use gemj_adapters::profile::Profile;
use gemj_model::{DatasetId, SiteId};
use gemj_services::ingest::{Intake, Progress, ingest_feed, ingest_phenopackets};

use super::known_names::{require_dataset, require_site};
use super::near_names::near_names;
use super::unknown_terms;
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::sources::Sources;

/// The interval at which a long run of `ingest` reports its progress.
const SHOWN_EVERY: Duration = Duration::from_secs(10);
/// Maximum number of unknown fields that the report of a run names. Further fields are only counted.
const SHOWN_FIELDS: usize = 20;

/// The built-in profiles.
const PROFILES: [&str; 5] = [PHENOPACKET, "ss-mix2", "odm", "redcap", "miabis"];

/// The namespace of the packet ids of an institution that has only one namespace.
const ONE_NUMBERING: &str = "phenopacket";

pub(crate) async fn run(
    config: &Path,
    sources: &Sources,
    dataset: &str,
    profile: &str,
    site: Option<&str>,
    numbering: Option<&str>,
    paths: Vec<PathBuf>,
) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    let refused = ingest(&installation, dataset, profile, site, numbering, paths, true).await?;
    installation.checkpoint().await?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Ingests a feed, and reports the rejected units of input on standard error. Returns the number of rejected units. `numbering` is the
/// namespace that the packet ids belong to, if the institution has several namespaces.
pub(crate) async fn ingest(
    installation: &Installation,
    dataset: &str,
    profile: &str,
    site: Option<&str>,
    numbering: Option<&str>,
    paths: Vec<PathBuf>,
    say: bool,
) -> anyhow::Result<usize> {
    let target = Target {
        dataset: DatasetId::parse(dataset).context("--dataset")?,
        site: site.map(SiteId::parse).transpose().context("--site")?,
    };
    require_dataset(installation, &target.dataset)?;
    if let Some(site) = &target.site {
        require_site(installation, site).await.context("--site")?;
    }
    for path in &paths {
        std::fs::metadata(path).with_context(|| format!("{}: nothing was ingested", path.display()))?;
    }
    let progress = Progress::default();
    let mandate = Mandate::operator(WriteAction::Ingest);
    let intake = Intake {
        stores: &installation.stores,
        key: &installation.key,
        mandate: &mandate,
        numbers: Upkeep::of(Job::ResolveNumbers),
        clock: installation.clock.as_ref(),
        progress: progress.clone(),
    };
    let taking_in = async {
        if profile == PHENOPACKET {
            let Some(site) = &target.site else {
                return Err(CommandError::SiteRequired {}.into());
            };
            let namespace =
                packet_namespace(site, numbering.unwrap_or(ONE_NUMBERING)).context("--namespace must not be empty nor have a /")?;
            return Ok::<_, anyhow::Error>(ingest_phenopackets(&intake, &target, &namespace, paths).await?);
        }
        if numbering.is_some() {
            return Err(CommandError::NamespaceOfProfile {}.into());
        }
        let profile = Profile::open(profile).with_context(|| {
            let near = near_names(profile, PROFILES);
            let near = if near.is_empty() {
                ".".to_owned()
            } else {
                format!("; did you mean {}?", near.join(" or "))
            };
            format!(
                "--profile '{profile}'{near} A profile is {}, or the path of a YAML file",
                PROFILES.join(", ")
            )
        })?;
        if let Some(site) = profile.site() {
            require_site(installation, site).await.context("--profile")?;
        }
        check_namespace(installation, &profile, target.site.as_ref())?;
        Ok(ingest_feed(&intake, profile, &target, paths).await?)
    };
    let accounting = if say {
        shown(taking_in, &progress, SHOWN_EVERY).await?
    } else {
        taking_in.await?
    };
    for refused in accounting.quarantined.iter().chain(&accounting.results_refused) {
        eprintln!("{}: {} ({})", refused.unit, refused.detail, refused.reason_code);
    }
    if say {
        println!("{}", summary(&accounting));
        print_unknown(&accounting);
        for line in unknown_terms::lines(installation, WriteAction::Ingest, Some(&target.dataset)).await? {
            println!("{line}");
        }
        for line in losses(&accounting) {
            println!("{line}");
        }
    }
    Ok(accounting.quarantined.len() + accounting.results_refused.len())
}

/// Rejects a profile whose namespace belongs to another hospital in the configuration. An example is a copied profile in which only the site
/// was changed.
fn check_namespace(installation: &Installation, profile: &Profile, stated: Option<&SiteId>) -> anyhow::Result<()> {
    let Some(site) = profile.site().or(stated) else { return Ok(()) };
    let configured = installation.configuration.fhir.sites.iter();
    let owner = configured
        .into_iter()
        .find(|of| of.namespace.as_deref().unwrap_or(of.id.as_str()) == profile.namespace());
    match owner {
        Some(of) if of.id != *site => Err(CommandError::NumbersOfOtherSite {
            namespace: profile.namespace().to_string(),
            owner: of.id.to_string(),
            site: site.to_string(),
        }
        .into()),
        Some(_) | None => Ok(()),
    }
}

/// Waits for a run of `ingest`, and reports its progress on standard error at the interval `every`. A run shorter than the interval reports
/// nothing.
async fn shown<T>(run: impl Future<Output = T>, progress: &Progress, every: Duration) -> T {
    let begun = Instant::now();
    let mut run = std::pin::pin!(run);
    loop {
        match tokio::time::timeout(every, &mut run).await {
            Ok(ended) => return ended,
            Err(_) => eprintln!("{} units committed so far, {} s", progress.committed(), begun.elapsed().as_secs()),
        }
    }
}

/// The summary of a run in one line. The numbers of replaced and of older units appear only if they are not zero.
fn summary(accounting: &Accounting) -> String {
    let some = |count: u64, what: &str| if count == 0 { String::new() } else { format!(" {count} {what},") };
    format!(
        "{} received: {} committed,{} {} already there,{} {} refused",
        accounting.received,
        accounting.committed,
        some(accounting.replaced, "replaced"),
        accounting.duplicate,
        some(accounting.superseded, "older than the stored version"),
        accounting.quarantined.len()
    )
}

/// One line for each kind of content that was not stored, that was stored with a lost character or with another status than "present", or
/// that is not counted. A kind without content has no line.
fn losses(accounting: &Accounting) -> Vec<String> {
    let counted = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let records = accounting.not_taken.iter();
    let records =
        records.map(|(kind, count)| format!("not ingested: {count} records of {kind} (a condition did not hold, or there was no result)"));
    let facts = accounting.facts_otherwise.iter();
    let facts = facts.map(|(status, count)| format!("{count} facts kept as {status}: they do not count as present"));
    let rest = [
        counted(
            accounting.results_refused.len() as u64,
            "results not ingested: they could not be read; their messages were ingested without them",
        ),
        counted(accounting.facts_suspected, "facts kept as suspected: they do not count as present"),
        counted(
            accounting.lost_character,
            "texts with a lost character (■ or U+FFFD), kept as received",
        ),
        counted(
            accounting.members_unread,
            "members not read: the specification has them and the adapter does not support them",
        ),
        counted(accounting.members_unknown, "members not read: the specification does not have them"),
        counted(
            accounting.variants_not_counted,
            "variants not counted: they state no allele that can be counted",
        ),
    ];
    records.chain(facts).chain(rest.into_iter().flatten()).collect()
}

/// Prints the fields that the profile neither maps nor ignores with a reason. The operator should add each field to the profile.
fn print_unknown(accounting: &Accounting) {
    let unknown: Vec<_> = accounting.fields.iter().filter(|(_, coverage)| coverage.unknown > 0).collect();
    for (name, coverage) in unknown.iter().take(SHOWN_FIELDS) {
        println!("not mapped: {name} ({} times)", coverage.unknown);
    }
    if unknown.len() > SHOWN_FIELDS {
        println!("not mapped: {} more fields", unknown.len() - SHOWN_FIELDS);
    }
}
