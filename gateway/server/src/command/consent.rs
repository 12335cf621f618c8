//! `consent record|withdraw|show|history|correct|resolve|import|reconcile|silent|alarms`.

mod alarms;
mod correct;
mod history;
mod import;
mod reconcile;
mod record;
mod silent;
mod withdraw;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use gemj_access::{Job, Mandate, OperatorRead, OperatorReadAction, Upkeep, WriteAction};
use gemj_catalogue::{NewConsent, UnknownParticipant};
use gemj_model::{ClauseSet, ConsentEvent, Participant, ParticipantId, Timestamp};

use crate::installation::Installation;
use crate::sources::Sources;

pub(crate) use import::import;

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
        /// On what the uses rest in law: consent, opt-out-notice or ethics-waiver; as the form says where left out.
        #[arg(long)]
        ground: Option<String>,
        /// Signed by whoever speaks for the participant.
        #[arg(long)]
        proxy: bool,
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
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Shows what held at a time, clause by clause, as it was known at a time.
    History {
        /// The participant.
        participant: String,
        /// When it was to hold: a date or RFC 3339; now where left out.
        #[arg(long, value_name = "TIME")]
        effective: Option<String>,
        /// What had been recorded until then; everything where left out.
        #[arg(long, value_name = "TIME")]
        known: Option<String>,
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Strikes an event that was entered wrongly, from now on.
    Correct {
        /// The participant.
        participant: String,
        /// The event's sequence, as `consent show` gives it.
        #[arg(long)]
        event: u64,
        /// What should have been said: of an answer the accepted clauses, of a withdrawal all that may hold after it.
        #[arg(long, value_delimiter = ',')]
        clauses: Vec<String>,
    },
    /// Says what a withdrawal meant that could not be read.
    Resolve {
        /// The participant.
        participant: String,
        /// everything, nothing, or the clauses that were withdrawn, joined by commas.
        #[arg(long)]
        meant: String,
        /// The withdrawal's sequence; the only one where left out.
        #[arg(long)]
        event: Option<u64>,
        /// From when it was meant; from when it was recorded where left out.
        #[arg(long)]
        effective: Option<String>,
    },
    /// Takes in many events at once: participant, form, kind, clauses (joined by ;), effective_at; also ground, corrects.
    Import {
        /// The file (CSV with a header).
        file: PathBuf,
    },
    /// Compares a site's full list with the ledger. What is withdrawn there and given here is blocked at once; other differences ring.
    /// Exit code 0: they agree; 1: something was blocked or refused; 2: something rang.
    Reconcile {
        /// The site.
        site: String,
        /// The list (CSV with a header): participant or number, state; also date, form, clauses.
        file: PathBuf,
        /// The list names people by the numbers that were linked under this namespace.
        #[arg(long)]
        namespace: Option<String>,
        /// Names the participants on standard output.
        #[arg(long)]
        participants: bool,
        /// Records nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Names the sites of which nothing was heard for some days. Exit code 2 where there are any.
    Silent {
        /// How many days.
        #[arg(long)]
        days: u32,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists what rang and waits for somebody to look. Exit code 2 where there is any.
    Alarms {
        /// What somebody has looked at, too.
        #[arg(long)]
        all: bool,
        /// Notes that somebody has looked at this one.
        #[arg(long, value_name = "NUMBER")]
        clear: Option<u64>,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: ConsentCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open(config, &sources.of(config)).await?;
    let code = match command {
        ConsentCommand::Record {
            participant,
            form,
            accept,
            effective,
            ground,
            proxy,
        } => {
            let said = record::Said {
                form: &form,
                accept: &accept,
                effective: effective.as_deref(),
                ground: ground.as_deref(),
                proxy,
            };
            record::record(&installation, &participant, &said).await?
        }
        ConsentCommand::Withdraw { participant, clauses } => withdraw::withdraw(&installation, &participant, &clauses).await?,
        ConsentCommand::Show { participant, reason } => history::show(&installation, &participant, reason.as_deref()).await?,
        ConsentCommand::History {
            participant,
            effective,
            known,
            reason,
            json,
        } => {
            let times = (effective.as_deref(), known.as_deref());
            history::history(&installation, &participant, times, reason.as_deref(), json).await?
        }
        ConsentCommand::Correct {
            participant,
            event,
            clauses,
        } => correct::correct(&installation, &participant, event, &clauses).await?,
        ConsentCommand::Resolve {
            participant,
            meant,
            event,
            effective,
        } => correct::resolve(&installation, &participant, &meant, event, effective.as_deref()).await?,
        ConsentCommand::Import { file } => {
            let refused = import(&installation, &file, true).await?;
            if refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        ConsentCommand::Reconcile {
            site,
            file,
            namespace,
            participants,
            dry_run,
        } => {
            let how = reconcile::How {
                namespace: namespace.as_deref(),
                names: participants,
                dry_run,
            };
            reconcile::reconcile(&installation, &site, &file, &how).await?
        }
        ConsentCommand::Silent { days, json } => silent::silent(&installation, days, json).await?,
        ConsentCommand::Alarms { all, clear } => alarms::alarms(&installation, all, clear).await?,
    };
    installation.checkpoint().await?;
    Ok(code)
}

/// Appends events, all or none, and answers when they were recorded.
async fn append(installation: &Installation, events: &[NewConsent], unknown: UnknownParticipant) -> anyhow::Result<Timestamp> {
    let mandate = Mandate::operator(WriteAction::RecordConsent);
    let recorded = installation.clock.now();
    installation
        .stores
        .catalogue
        .append_consent(&mandate, events, recorded, unknown)
        .await?;
    Ok(recorded)
}

/// A registered participant with the consent events. The read is audited with its reason.
async fn known(installation: &Installation, participant: &str, reason: Option<&str>) -> anyhow::Result<(Participant, Vec<ConsentEvent>)> {
    let id = ParticipantId::parse(participant).context("PARTICIPANT")?;
    let read = OperatorRead::new(OperatorReadAction::Consent, id, reason).context("--reason")?;
    let found = installation.stores.catalogue.consent_of(&read, installation.clock.now()).await?;
    let Some(found) = found else { bail!("no such participant") };
    Ok(found)
}

/// Clauses named on the command line.
fn clauses(words: &[String]) -> anyhow::Result<ClauseSet> {
    Ok(ClauseSet::parse(&words.join(";"))?)
}

/// Words for a set of clauses of a withdrawal.
fn taken(clauses: ClauseSet) -> String {
    if clauses.is_empty() {
        "everything".to_owned()
    } else {
        clauses.joined()
    }
}

/// Says how many holders have to be told of withdrawals that were recorded at an instant.
async fn say_notices(installation: &Installation, recorded: Timestamp) -> anyhow::Result<()> {
    let notices = installation.stores.catalogue.notices(Upkeep::of(Job::Inventory), false).await?;
    let count = notices.iter().filter(|notice| notice.recorded == recorded).count();
    if count > 0 {
        println!("holders to be notified: {count} (gemj-gateway disclosures notices)");
    }
    Ok(())
}
