//! `consent record|withdraw|show|import`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{NewConsent, UnknownParticipant};
use gemj_model::{ClauseSet, ConsentForm, ConsentKind, FormId, ParticipantId, SystemClock, Timestamp};
use gemj_services::consent_sheet::{self, ConsentRow};

use crate::installation::Installation;

#[derive(Debug, Subcommand)]
pub(crate) enum ConsentCommand {
    /// Records that a participant signed a form.
    Record {
        /// The participant.
        participant: String,
        /// The form, such as unified-1.
        #[arg(long)]
        form: String,
        /// `all`, or the accepted clauses joined by commas.
        #[arg(long)]
        accept: String,
        /// From when it holds: a date or RFC 3339; now where it is left out.
        #[arg(long)]
        effective: Option<String>,
    },
    /// Records that a participant withdrew, wholly or from some clauses. Effective for every request that begins after this returned.
    Withdraw {
        /// The participant.
        participant: String,
        /// A clause; all where none is named. May be repeated or joined by commas.
        #[arg(long = "clause", value_delimiter = ',')]
        clauses: Vec<String>,
    },
    /// Shows a participant's history and what holds now.
    Show {
        /// The participant.
        participant: String,
    },
    /// Takes in many events at once: participant, form, kind, clauses (joined by ;), effective_at.
    Import {
        /// The file (CSV with a header).
        file: PathBuf,
    },
}

pub(crate) async fn run(config: &Path, command: ConsentCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, SystemClock::default().shared()).await?;
    match command {
        ConsentCommand::Record {
            participant,
            form,
            accept,
            effective,
        } => record(&installation, &participant, &form, &accept, effective.as_deref()).await,
        ConsentCommand::Withdraw { participant, clauses } => withdraw(&installation, &participant, &clauses).await,
        ConsentCommand::Show { participant } => show(&installation, &participant).await,
        ConsentCommand::Import { file } => {
            let refused = import(&installation, &file, true).await?;
            installation.checkpoint().await?;
            Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
    }
}

fn form<'a>(installation: &'a Installation, id: &str) -> anyhow::Result<&'a ConsentForm> {
    installation.forms.iter().find(|f| f.id.as_str() == id).with_context(|| {
        let known: Vec<_> = installation.forms.iter().map(|f| f.id.as_str()).collect();
        format!("form '{id}' is not known; known are {}", known.join(", "))
    })
}

async fn append(installation: &Installation, event: NewConsent, unknown: UnknownParticipant) -> anyhow::Result<()> {
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    installation
        .stores
        .catalogue
        .append_consent(&mandate, &[event], installation.clock.now(), unknown)
        .await?;
    Ok(())
}

async fn record(
    installation: &Installation,
    participant: &str,
    form_id: &str,
    accept: &str,
    effective: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let form = form(installation, form_id)?;
    let clauses = if accept == "all" {
        form.clause_set()
    } else {
        ClauseSet::parse(&accept.replace(',', ";"))?
    };
    if !form.clause_set().contains_all(clauses) {
        bail!("form '{form_id}' does not ask about: {}", clauses.minus(form.clause_set()).joined());
    }
    let effective = effective
        .map(Timestamp::parse)
        .transpose()
        .context("--effective")?
        .unwrap_or_else(|| installation.clock.now());
    let event = NewConsent {
        participant: ParticipantId::parse(participant).context("PARTICIPANT")?,
        kind: ConsentKind::Given,
        form: Some(form.id.clone()),
        clauses,
        effective,
    };
    let is_known = installation
        .stores
        .catalogue
        .consent_history(Upkeep::of(Job::Inventory), &event.participant)
        .await?
        .is_some();
    append(installation, event, UnknownParticipant::Register).await?;
    if !is_known {
        eprintln!("note: this participant was not registered before; is the id spelt right?");
    }
    println!("recorded: {}", clauses.joined());
    Ok(ExitCode::SUCCESS)
}

async fn withdraw(installation: &Installation, participant: &str, clauses: &[String]) -> anyhow::Result<ExitCode> {
    let clauses = ClauseSet::parse(&clauses.join(";"))?;
    let kind = if clauses.is_empty() {
        ConsentKind::Withdrawn
    } else {
        ConsentKind::WithdrawnPartial
    };
    let event = NewConsent {
        participant: ParticipantId::parse(participant).context("PARTICIPANT")?,
        kind,
        form: None,
        clauses,
        effective: installation.clock.now(),
    };
    append(installation, event, UnknownParticipant::Refuse)
        .await
        .context("nothing was withdrawn")?;
    println!(
        "withdrawn: {}",
        if clauses.is_empty() {
            "everything".to_owned()
        } else {
            clauses.joined()
        }
    );
    Ok(ExitCode::SUCCESS)
}

async fn show(installation: &Installation, participant: &str) -> anyhow::Result<ExitCode> {
    let id = ParticipantId::parse(participant).context("PARTICIPANT")?;
    let found = installation
        .stores
        .catalogue
        .consent_history(Upkeep::of(Job::Inventory), &id)
        .await?;
    let Some((_, events)) = found else { bail!("no such participant") };
    println!(
        "{:>8}  {:25}  {:25}  {:18}  {:14}  clauses",
        "sequence", "recorded", "effective", "kind", "form"
    );
    for event in &events {
        println!(
            "{:>8}  {:25}  {:25}  {:18}  {:14}  {}",
            event.sequence,
            event.recorded.rfc3339(),
            event.effective.rfc3339(),
            event.kind.as_str(),
            event.form.as_ref().map_or("-", FormId::as_str),
            event.clauses.joined()
        );
    }
    let known = |id: &FormId| installation.forms.iter().find(|f| f.id == *id).cloned().map(std::sync::Arc::new);
    let standing = gemj_access::consent::standing_at(&events, installation.clock.now(), known);
    let holds = standing.clauses.joined();
    println!("holds now: {}", if holds.is_empty() { "nothing" } else { &holds });
    if let Some(next) = standing.next_change {
        println!("changes by itself at: {}", next.rfc3339());
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether an event is of somebody registered, or first named by an earlier line. A withdrawal of somebody unknown is a mistyped one: taken
/// for done, it would leave the person served.
async fn known(installation: &Installation, earlier: &[NewConsent], event: &NewConsent) -> anyhow::Result<bool> {
    if earlier.iter().any(|e| e.participant == event.participant) {
        return Ok(true);
    }
    Ok(installation
        .stores
        .catalogue
        .consent_history(Upkeep::of(Job::Inventory), &event.participant)
        .await?
        .is_some())
}

/// Imports a sheet: its good rows in one transaction, its bad ones named on standard error. Answers how many were refused.
pub(crate) async fn import(installation: &Installation, file: &Path, say: bool) -> anyhow::Result<usize> {
    let rows = consent_sheet::read(file, &installation.forms, installation.clock.now()).with_context(|| format!("{}", file.display()))?;
    let mut events = Vec::with_capacity(rows.len());
    let mut refused = 0;
    for row in rows {
        match row {
            Ok(ConsentRow { line, event }) if event.kind.only_narrows() && !known(installation, &events, &event).await? => {
                refused += 1;
                eprintln!("{}: line {line}: no such participant; nothing was withdrawn", file.display());
            }
            Ok(ConsentRow { event, .. }) => events.push(event),
            Err((line, fault)) => {
                refused += 1;
                eprintln!("{}: line {line}: {fault}", file.display());
            }
        }
    }
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    let count = events.len();
    if count > 0 {
        installation
            .stores
            .catalogue
            .append_consent(&mandate, &events, installation.clock.now(), UnknownParticipant::Register)
            .await?;
    }
    if say {
        println!("{count} recorded, {refused} refused");
    }
    Ok(refused)
}
