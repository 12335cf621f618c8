//! `quarantine redrive`: ingests input again, and compares the result with the rejected units of an earlier run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::super::ingest::{self, Report, profiles};
use super::find;
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::sources::Sources;

pub(super) async fn run(
    config: &Path,
    sources: &Sources,
    id: &str,
    profile: Option<&str>,
    paths: Vec<PathBuf>,
) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, sources).await?;
    let before = find(&installation, id).await?;
    let site = before.site.as_ref().ok_or(CommandError::RunWithoutSite {})?;
    let profile = match profile {
        Some(profile) => profile,
        None if profiles().any(|name| name == before.profile) => before.profile.as_str(),
        None => {
            let profile = before.profile.clone();
            return Err(CommandError::RedriveProfile { profile }.into());
        }
    };
    let named = ingest::name_of_profile(profile)?;
    if named != before.profile {
        let profile = before.profile.clone();
        return Err(CommandError::RedriveOtherProfile { named, profile }.into());
    }
    let exported = before.exported.map(|exported| exported.rfc3339());
    let of = ingest::Options {
        dataset: before.dataset.as_str(),
        profile,
        site: Some(site.as_str()),
        namespace: Some(&before.namespace),
        exported: exported.as_deref(),
    };
    let outcome = ingest::ingest(&installation, &of, paths, Report::Text).await?;
    let (after, now) = (find(&installation, id).await?, find(&installation, &outcome.run).await?);
    installation.checkpoint().await?;

    let open: BTreeSet<u64> = numbers(before.result.quarantined.iter().filter(|unit| unit.received_again_by.is_none()));
    let received = after.result.quarantined.iter();
    let received = received.filter(|unit| open.contains(&unit.number) && unit.received_again_by.as_deref() == Some(&outcome.run));
    let refused: BTreeSet<&str> = now.result.quarantined.iter().map(|unit| unit.unit.as_str()).collect();
    let (again, mended): (Vec<_>, Vec<_>) = received.partition(|unit| refused.contains(unit.unit.as_str()));
    let (again, mended) = (numbers(again.into_iter()).len(), numbers(mended.into_iter()).len());
    let absent = open.len().saturating_sub(again + mended);
    println!(
        "of {} units in the quarantine of {id}: {mended} committed now, {again} refused again, {absent} not found in these paths",
        open.len()
    );
    Ok(if again + absent == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// The positions of units. A unit with several rejected parts counts once.
fn numbers<'u>(units: impl Iterator<Item = &'u gemj_catalogue::QuarantinedUnit>) -> BTreeSet<u64> {
    units.map(|unit| unit.number).collect()
}
