//! `ingest --dataset D --profile P PATH...`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_adapters::Accounting;
use gemj_adapters::phenopacket::{PROFILE as PHENOPACKET, Target, packet_namespace};
use gemj_adapters::profile::Profile;
use gemj_model::{DatasetId, SiteId};
use gemj_services::ingest::{Intake, Progress, ingest_feed, ingest_phenopackets};

use super::unknown_terms;
use crate::installation::Installation;
use crate::sources::Sources;

/// How often a long run says how far it is.
const SHOWN_EVERY: Duration = Duration::from_secs(10);
/// Names of unknown fields that are shown of a run; the rest is a number.
const SHOWN_FIELDS: usize = 20;

/// The numbering of an institution's packets where it has only one.
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

/// Takes in a feed and names the refused units on standard error. Answers how many were refused. `numbering` is of packet ids, where an institution has several.
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
        dataset: DatasetId::parse(dataset)?,
        site: site.map(SiteId::parse).transpose().context("--site")?,
    };
    if !installation.configuration.datasets.iter().any(|d| d.id == target.dataset) {
        bail!("dataset '{}' is not configured", target.dataset);
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
                bail!("--site is needed: the id of a packet is a number of the institution that gave it");
            };
            let namespace =
                packet_namespace(site, numbering.unwrap_or(ONE_NUMBERING)).context("--namespace must not be empty nor have a /")?;
            return Ok::<_, anyhow::Error>(ingest_phenopackets(&intake, &target, &namespace, paths).await?);
        }
        if numbering.is_some() {
            bail!("--namespace is for phenopackets: a profile names its own");
        }
        let profile = Profile::open(profile).context("--profile")?;
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

/// Refuses numbers that the configuration says are another hospital's: a copied profile with its own site and the other one's namespace.
fn check_namespace(installation: &Installation, profile: &Profile, stated: Option<&SiteId>) -> anyhow::Result<()> {
    let Some(site) = profile.site().or(stated) else { return Ok(()) };
    let configured = installation.configuration.fhir.sites.iter();
    let owner = configured
        .into_iter()
        .find(|of| of.namespace.as_deref().unwrap_or(of.id.as_str()) == profile.namespace());
    match owner {
        Some(of) if of.id != *site => bail!(
            "the numbers of namespace '{}' are those of {} ([[fhir.site]]), and the feed is of {site}; nothing was ingested",
            profile.namespace(),
            of.id
        ),
        Some(_) | None => Ok(()),
    }
}

/// Waits for a run, and says on standard error how far it is. A short run says nothing.
async fn shown<T>(run: impl Future<Output = T>, progress: &Progress, every: Duration) -> T {
    let begun = Instant::now();
    let mut run = std::pin::pin!(run);
    loop {
        match tokio::time::timeout(every, &mut run).await {
            Ok(ended) => return ended,
            Err(_) => eprintln!("{} units taken so far, {} s", progress.committed(), begun.elapsed().as_secs()),
        }
    }
}

/// One line. What only versioned feeds have stands in it where there is some.
fn summary(accounting: &Accounting) -> String {
    let some = |count: u64, what: &str| if count == 0 { String::new() } else { format!(" {count} {what},") };
    format!(
        "{} received: {} committed,{} {} already there,{} {} refused",
        accounting.received,
        accounting.committed,
        some(accounting.replaced, "replaced"),
        accounting.duplicate,
        some(accounting.superseded, "older than what is there"),
        accounting.quarantined.len()
    )
}

/// What the units had that is not in the stores, or not as it seems: one line each, where there is some.
fn losses(accounting: &Accounting) -> Vec<String> {
    let counted = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let records = accounting.not_taken.iter();
    let records =
        records.map(|(kind, count)| format!("not taken: {count} records of {kind} (a condition did not hold, or there was no result)"));
    let facts = accounting.facts_otherwise.iter();
    let facts = facts.map(|(status, count)| format!("{count} facts kept as {status}: they do not count as present"));
    let rest = [
        counted(
            accounting.results_refused.len() as u64,
            "results not taken: they could not be read; their messages were taken without them",
        ),
        counted(accounting.facts_suspected, "facts kept as suspected: they do not count as present"),
        counted(
            accounting.lost_character,
            "texts with a lost character (■ or U+FFFD), kept as received",
        ),
        counted(
            accounting.members_unread,
            "members not read: the specification has them and the adapter does not take them",
        ),
        counted(accounting.members_unknown, "members not read: the specification does not have them"),
        counted(
            accounting.variants_not_counted,
            "variants not counted: they state no allele that can be counted",
        ),
    ];
    records.chain(facts).chain(rest.into_iter().flatten()).collect()
}

/// What the profile neither maps nor ignores with a reason: somebody should say which.
fn print_unknown(accounting: &Accounting) {
    let unknown: Vec<_> = accounting.fields.iter().filter(|(_, coverage)| coverage.unknown > 0).collect();
    for (name, coverage) in unknown.iter().take(SHOWN_FIELDS) {
        println!("not mapped: {name} ({} times)", coverage.unknown);
    }
    if unknown.len() > SHOWN_FIELDS {
        println!("not mapped: {} more fields", unknown.len() - SHOWN_FIELDS);
    }
}
