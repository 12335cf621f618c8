//! `ingest --dataset D --profile P PATH...`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gemj_adapters::Accounting;
use gemj_adapters::phenopacket::{PROFILE as PHENOPACKET, Target, packet_namespace};
use gemj_adapters::profile::Profile;
use gemj_model::{DatasetId, SiteId};
use gemj_services::ingest::{ingest_feed, ingest_phenopackets};

use crate::installation::Installation;
use crate::sources::Sources;

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
    let clock = installation.clock.as_ref();
    let accounting = if profile == PHENOPACKET {
        let Some(site) = &target.site else {
            bail!("--site is needed: the id of a packet is a number of the institution that gave it");
        };
        let namespace = packet_namespace(site, numbering.unwrap_or(ONE_NUMBERING)).context("--namespace must not be empty nor have a /")?;
        ingest_phenopackets(&installation.stores, &installation.key, &target, &namespace, paths, clock).await?
    } else {
        if numbering.is_some() {
            bail!("--namespace is for phenopackets: a profile names its own");
        }
        let profile = Profile::open(profile).context("--profile")?;
        ingest_feed(&installation.stores, &installation.key, profile, &target, paths, clock).await?
    };
    for refused in &accounting.quarantined {
        eprintln!("{}: {} ({})", refused.unit, refused.detail, refused.reason_code);
    }
    if say {
        println!("{}", summary(&accounting));
        print_unknown(&accounting);
    }
    Ok(accounting.quarantined.len())
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
