//! The command `purge`: erases the data of a participant who withdrew fully.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gemj_access::{Job, Mandate, OperatorRead, OperatorReadAction, Upkeep, WriteAction};
use gemj_catalogue::PurgePerson;
use gemj_model::{ParticipantId, Timestamp};
use gemj_services::purge::{Purge, PurgeDecision, PurgeOutcome, PurgeRefusal, not_erased};
use serde_json::json;

use super::known_names::no_participant;
use super::link::stated_reason;
use super::output::{print, print_json, table};
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Args)]
pub(crate) struct PurgeOptions {
    /// The participant whose data is erased.
    participant: String,
    /// The reason. It is stored, and must not name a person.
    #[arg(long)]
    reason: String,
    /// Prints what would be erased, and erases nothing.
    #[arg(long)]
    dry_run: bool,
    /// States that the erasure was ordered although the configuration (`purge`) does not order it, or does not order it yet. The full withdrawal is
    /// still required.
    #[arg(long)]
    ordered: bool,
    /// Prints the result as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &PurgeOptions) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    let participant = ParticipantId::parse(&options.participant).context("PARTICIPANT")?;
    let reason = stated_reason(&options.reason)?;
    let read = OperatorRead::new(OperatorReadAction::Purge, participant.clone(), Some(&reason)).context("--reason")?;
    let configuration = &installation.configuration;
    let decision = PurgeDecision {
        forms: installation.forms.clone(),
        rules: configuration.consent.rules(),
        policy: configuration.purge.policy(),
        is_ordered: options.ordered,
    };
    let purge = Purge {
        stores: &installation.stores,
        clock: &*installation.clock,
        mandate: &Mandate::operator(WriteAction::Purge),
        file_upkeep: Upkeep::of(Job::IndexFiles),
        index_upkeep: Upkeep::of(Job::BuildSegments),
        read: &read,
        decision: &decision,
        at: &|_| {},
    };
    if options.dry_run {
        let plan = purge.plan().await?;
        installation.checkpoint().await?;
        let Some((person, refusal)) = plan else {
            return Err(no_participant(&installation, &participant).await);
        };
        shown(&person, refusal.as_ref(), options.json)?;
        return match refusal {
            Some(refusal) => Err(refused(&refusal)),
            None => Ok(ExitCode::SUCCESS),
        };
    }
    let outcome = purge.run().await;
    installation.checkpoint().await?;
    match outcome.context("purge stopped; run it again with the same participant: it continues")? {
        PurgeOutcome::Erased(person) => shown(&person, None, options.json)?,
        PurgeOutcome::Refused(refusal) => return Err(refused(&refusal)),
        PurgeOutcome::Unknown => return Err(no_participant(&installation, &participant).await),
    }
    Ok(ExitCode::SUCCESS)
}

fn refused(refusal: &PurgeRefusal) -> anyhow::Error {
    match refusal {
        PurgeRefusal::NotWithdrawn => CommandError::PurgeWithoutWithdrawal {},
        PurgeRefusal::OpenMerge => CommandError::PurgeWithOpenMerge {},
        PurgeRefusal::NoPolicy => CommandError::PurgeWithoutPolicy {},
        PurgeRefusal::Waiting(until) => CommandError::PurgeTooEarly { until: until.rfc3339() },
    }
    .into()
}

fn shown(person: &PurgePerson, refusal: Option<&PurgeRefusal>, json: bool) -> anyhow::Result<()> {
    let ended = person.purge.as_ref().and_then(|purge| purge.ended);
    let places = not_erased(&person.counts);
    if json {
        return print_json(&json!({
            "participants": person.participants.iter().map(|(participant, _)| participant.id.as_str()).collect::<Vec<_>>(),
            "permitted": refusal.is_none(),
            "ground": person.purge.as_ref().map(|purge| purge.ground.as_str()),
            "begun": person.purge.as_ref().map(|purge| purge.begun.rfc3339()),
            "ended": ended.map(Timestamp::rfc3339),
            "counts": person.counts,
            "not_erased": places,
        }));
    }
    let state = match (&person.purge, ended) {
        (_, Some(_)) => "erased",
        (Some(_), None) => "begun, not ended: run the command again",
        (None, None) => "would be erased",
    };
    print(&format!(
        "{state}: data of {} participant(s) of one person\n",
        person.participants.len()
    ))?;
    print(&counted(&person.counts))?;
    print("kept: the ledgers of consent and merges, the audit trail, and these counts\nnot erased, the operator's task:\n")?;
    places.iter().try_for_each(|place| print(&format!("  {place}\n")))
}

fn counted(counts: &BTreeMap<String, u64>) -> String {
    let rows: Vec<Vec<String>> = counts.iter().map(|(kind, count)| vec![kind.clone(), count.to_string()]).collect();
    table(&["kind", "count"], &rows)
}
