//! The command `ingest --dataset D --profile P PATH...`.

pub(super) mod report;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_adapters::feed::Asked;
pub(super) use gemj_adapters::phenopacket::PROFILE as PHENOPACKET;
use gemj_adapters::profile::Profile;
use gemj_adapters::{Target, check_input};
use gemj_model::{DatasetId, SiteId, Timestamp};
use gemj_services::ingest::{Ingested, Intake, Progress, ingest_feed, ingest_phenopackets};

use super::known_names::{require_dataset, require_site};
use super::near_names::near_names;
use super::output::print_json;
use super::unknown_terms;
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::sources::Sources;

pub(crate) use report::Report;

/// The interval at which a long run of `ingest` reports its progress.
pub(super) const SHOWN_EVERY: Duration = Duration::from_secs(10);

/// The names of the built-in profiles: that of packets, and those of institutions' feeds.
pub(crate) fn profiles() -> impl Iterator<Item = &'static str> {
    std::iter::once(PHENOPACKET).chain(gemj_adapters::profile::built_in_names())
}

/// The namespace of packet ids, unless the operator states another one.
pub(super) const PACKET_NAMESPACE: &str = "phenopacket";

/// What `ingest` reads a feed with. `site` and `namespace` are required for a feed whose profile does not state them.
pub(crate) struct Options<'o> {
    pub(crate) dataset: &'o str,
    pub(crate) profile: &'o str,
    pub(crate) site: Option<&'o str>,
    pub(crate) namespace: Option<&'o str>,
    /// The time of the export, as text (RFC 3339, or a date).
    pub(crate) exported: Option<&'o str>,
}

/// The result of `ingest`.
pub(crate) struct Outcome {
    /// The id under which the run is stored.
    pub(crate) run: String,
    /// The number of rejected units and parts.
    pub(crate) refused: usize,
}

pub(crate) async fn run(
    config: &Path,
    sources: &Sources,
    options: &Options<'_>,
    paths: Vec<PathBuf>,
    report: Report,
) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    let outcome = ingest(&installation, options, paths, report).await?;
    installation.checkpoint().await?;
    Ok(if outcome.refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Ingests a feed, and reports the rejected units of input on standard error.
pub(crate) async fn ingest(
    installation: &Installation,
    options: &Options<'_>,
    paths: Vec<PathBuf>,
    report: Report,
) -> anyhow::Result<Outcome> {
    let profile = options.profile;
    let asked = Asked {
        dataset: DatasetId::parse(options.dataset).context("--dataset")?,
        site: options.site.map(SiteId::parse).transpose().context("--site")?,
        namespace: options.namespace.map(str::to_owned),
        exported: options.exported.map(Timestamp::parse).transpose().context("--exported-at")?,
    };
    // A version from the future would keep out every later export.
    if asked.exported.is_some_and(|exported| exported > installation.clock.now()) {
        return Err(CommandError::ExportedLater {}.into());
    }
    require_dataset(installation, &asked.dataset)?;
    if let Some(site) = &asked.site {
        require_site(installation, site).await.context("--site")?;
    }
    for path in &paths {
        check_input(path).with_context(|| format!("{}: nothing was ingested", path.display()))?;
    }
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
    let taking_in = async {
        if profile == PHENOPACKET {
            let Some(site) = &asked.site else {
                return Err(CommandError::SiteRequired {}.into());
            };
            let namespace = asked.namespace.as_deref().unwrap_or(PACKET_NAMESPACE);
            let target = Target::new(asked.dataset.clone(), site.clone(), namespace).ok_or(CommandError::NotANamespace {})?;
            let target = match asked.exported {
                Some(time) => target.exported_at(time),
                None => target,
            };
            return Ok::<_, anyhow::Error>(ingest_phenopackets(&intake, &target, paths).await?);
        }
        let profile = open_profile(profile)?;
        if let Some(home) = profile.home() {
            require_site(installation, &home.site).await.context("--profile")?;
        }
        Ok(ingest_feed(&intake, profile, asked.clone(), paths).await?)
    };
    let Ingested { run, accounting } = match report {
        Report::Text | Report::Json => shown(taking_in, &progress, SHOWN_EVERY).await?,
        Report::None => taking_in.await?,
    };
    for refused in accounting.quarantined.iter().chain(&accounting.results_refused) {
        eprintln!("{}: {} ({})", refused.unit, refused.detail, refused.reason_code);
    }
    match report {
        Report::None => {}
        Report::Text => {
            let terms = unknown_terms::lines(installation, WriteAction::Ingest, Some(&asked.dataset)).await?;
            for line in report::lines(&accounting, terms) {
                println!("{line}");
            }
        }
        Report::Json => print_json(&report::json(&run, &accounting))?,
    }
    Ok(Outcome {
        run,
        refused: accounting.quarantined.len() + accounting.results_refused.len(),
    })
}

/// Opens a profile for institutions' feeds: a built-in profile or the path of a file.
pub(super) fn open_profile(profile: &str) -> anyhow::Result<Profile> {
    Profile::open(profile).with_context(|| {
        let near = near_names(profile, profiles().filter(|name| *name != profile));
        let near = if near.is_empty() {
            ".".to_owned()
        } else {
            format!("; did you mean {}?", near.join(" or "))
        };
        format!(
            "--profile '{profile}'{near} A profile is {}, or the path of a YAML file",
            profiles().collect::<Vec<_>>().join(", ")
        )
    })
}

/// The name of a profile, as runs are stored with it.
pub(crate) fn name_of_profile(profile: &str) -> anyhow::Result<String> {
    Ok(match profile {
        PHENOPACKET => PHENOPACKET.to_owned(),
        _ => open_profile(profile)?.name().to_owned(),
    })
}

/// Waits for a run of `ingest`, and reports its progress on standard error at the interval `every`. A run shorter than the interval reports
/// nothing.
pub(super) async fn shown<T>(run: impl Future<Output = T>, progress: &Progress, every: Duration) -> T {
    let begun = Instant::now();
    let mut run = std::pin::pin!(run);
    loop {
        match tokio::time::timeout(every, &mut run).await {
            Ok(ended) => return ended,
            Err(_) => eprintln!("{} units committed so far, {} s", progress.committed(), begun.elapsed().as_secs()),
        }
    }
}
