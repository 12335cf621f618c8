//! The command `consent record|withdraw|show|history|correct|resolve|import|reconcile|silent|forms|alarms`.

mod alarms;
mod correct;
mod forms;
mod history;
mod import;
mod reconcile;
mod record;
mod silent;
mod withdraw;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Job, Mandate, OperatorRead, OperatorReadAction, Upkeep, WriteAction};
use gemj_catalogue::{NewConsent, UnknownParticipant};
use gemj_model::{Clause, ClauseSet, ConsentEvent, Participant, ParticipantId, Timestamp};

use crate::command::known_names::no_participant;
use crate::command::near_names::near_names;
use crate::installation::Installation;
use crate::operator_error::OperatorError;
use crate::sources::Sources;

pub(crate) use import::import;

#[derive(Debug, Subcommand)]
pub(crate) enum ConsentCommand {
    /// Records that a participant signed a consent form.
    Record {
        /// The participant whose consent is recorded, changed or shown.
        participant: String,
        /// The form's id, for example unified-1.
        #[arg(long)]
        form: String,
        /// `all`, or the accepted clauses joined by commas.
        #[arg(long)]
        accept: String,
        /// The time from which the consent is valid: a date or RFC 3339. If absent, now.
        #[arg(long)]
        effective: Option<String>,
        /// The legal ground for using the participant's data: consent, opt-out-notice or ethics-waiver. If absent, the form's ground.
        #[arg(long)]
        ground: Option<String>,
        /// The form was signed by a proxy of the participant.
        #[arg(long)]
        proxy: bool,
    },
    /// Records that a participant withdrew, wholly or from some clauses. The withdrawal is effective for every request that begins after the
    /// command has returned.
    Withdraw {
        /// The participant whose consent is recorded, changed or shown.
        participant: String,
        /// A withdrawn clause. If absent, all clauses. May be repeated or joined by commas.
        #[arg(long = "clause", value_delimiter = ',')]
        clauses: Vec<String>,
    },
    /// Shows a participant's consent events and the clauses that are valid now.
    Show {
        /// The participant whose consent is recorded, changed or shown.
        participant: String,
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
        /// Prints the result as JSON, as `consent history --json` does.
        #[arg(long)]
        json: bool,
    },
    /// Shows the state of each clause at a given time, computed from the events that were recorded until another given time.
    History {
        /// The participant whose consent is recorded, changed or shown.
        participant: String,
        /// The time of the state: a date or RFC 3339. If absent, now.
        #[arg(long, value_name = "TIME")]
        effective: Option<String>,
        /// Only events that were recorded until this time are used. If absent, all events are used.
        #[arg(long, value_name = "TIME")]
        known: Option<String>,
        /// The reason for the read, for the audit trail. It must not name a person.
        #[arg(long)]
        reason: Option<String>,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Strikes a wrongly entered event. The correction is effective from now on.
    Correct {
        /// The participant whose consent is recorded, changed or shown.
        participant: String,
        /// The event's sequence number, as in `consent show`.
        #[arg(long)]
        event: u64,
        /// The correct clauses: for an answer, the accepted clauses; for a withdrawal, all clauses that may remain valid after it. If
        /// absent, the event is only struck.
        #[arg(long, value_delimiter = ',')]
        clauses: Vec<String>,
    },
    /// Records which clauses an unreadable withdrawal withdraws.
    Resolve {
        /// The participant whose consent is recorded, changed or shown.
        participant: String,
        /// The withdrawn clauses: everything, nothing, or the names of clauses joined by commas.
        #[arg(long)]
        meant: String,
        /// The withdrawal's sequence number. It may be absent if only one withdrawal waits to be resolved.
        #[arg(long)]
        event: Option<u64>,
        /// The effective time of the withdrawal. If absent, the time at which the withdrawal was recorded.
        #[arg(long)]
        effective: Option<String>,
    },
    /// Imports many events at once. Columns: participant, form, kind, clauses (joined by ;), effective_at; optionally ground, corrects.
    Import {
        /// The sheet (CSV with a header).
        file: PathBuf,
    },
    /// Compares a site's full list with the ledger. Consent that is withdrawn in the list but valid in the ledger is blocked at once. Other
    /// differences raise an alarm. Exit code 0: list and ledger agree; 1: consent was blocked or a line was refused; 2: there is another
    /// difference.
    Reconcile {
        /// The site (institution) that sent the list.
        site: String,
        /// The list (CSV with a header). Columns: participant or number, state; optionally date, form, clauses.
        file: PathBuf,
        /// The namespace of the numbers by which the list identifies participants. The numbers must have been linked under this namespace.
        #[arg(long)]
        namespace: Option<String>,
        /// Prints the participants' pseudonyms on standard output.
        #[arg(long)]
        participants: bool,
        /// Compares the list with the ledger without recording anything.
        #[arg(long)]
        dry_run: bool,
    },
    /// Lists the sites that have sent no data for a number of days. Exit code 2 if at least one site is listed.
    Silent {
        /// The number of days without data after which a site is listed.
        #[arg(long)]
        days: u32,
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists for each site which forms its participants signed: the number of participants, the first and the last signing date, and the newer version
    /// of the form if there is one.
    Forms {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Lists the alarms that no operator has cleared. Exit code 2 if there is at least one such alarm.
    Alarms {
        /// Lists cleared alarms too.
        #[arg(long)]
        all: bool,
        /// The number of an alarm to clear, after an operator has examined the alarm.
        #[arg(long, value_name = "NUMBER")]
        clear: Option<u64>,
        /// Prints the result as JSON.
        #[arg(long, conflicts_with = "clear")]
        json: bool,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: ConsentCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
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
        ConsentCommand::Show {
            participant,
            reason,
            json: true,
        } => history::history(&installation, &participant, (None, None), reason.as_deref(), true).await?,
        ConsentCommand::Show { participant, reason, .. } => history::show(&installation, &participant, reason.as_deref()).await?,
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
        ConsentCommand::Forms { json } => forms::forms(&installation, json).await?,
        ConsentCommand::Alarms { all, clear, json } => alarms::alarms(&installation, all, clear, json).await?,
    };
    installation.checkpoint().await?;
    Ok(code)
}

/// Appends all consent events or none, and returns the time at which the events were recorded.
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

/// Returns a registered participant with the participant's consent events. The read is audited with its reason.
async fn known(installation: &Installation, participant: &str, reason: Option<&str>) -> anyhow::Result<(Participant, Vec<ConsentEvent>)> {
    let id = ParticipantId::parse(participant).context("PARTICIPANT")?;
    let read = OperatorRead::new(OperatorReadAction::Consent, id.clone(), reason).context("--reason")?;
    let found = installation.stores.catalogue.consent_of(&read, installation.clock.now()).await?;
    let Some(found) = found else {
        installation.checkpoint().await?;
        return Err(no_participant(installation, &id).await);
    };
    Ok(found)
}

/// Parses the clauses that were named on the command line.
fn clauses(words: &[String]) -> anyhow::Result<ClauseSet> {
    known_clauses(&words.join(";"))
}

/// Parses clauses joined by semicolons. The error lists the names of all clauses.
fn known_clauses(text: &str) -> anyhow::Result<ClauseSet> {
    ClauseSet::parse(text).map_err(|unknown| {
        let near = near_names(&unknown.0, Clause::ALL.map(Clause::as_str));
        let known = Clause::ALL.map(|clause| clause.as_str().to_owned()).to_vec();
        OperatorError::UnknownClause {
            typed: unknown.0,
            near,
            known,
        }
        .into()
    })
}

/// The text that names the withdrawn clauses. An empty set means that all clauses are withdrawn.
fn taken(clauses: ClauseSet) -> String {
    if clauses.is_empty() {
        "everything".to_owned()
    } else {
        clauses.joined()
    }
}

/// Prints the number of recipients of data who must be notified of the withdrawals that were recorded at this instant.
async fn say_notices(installation: &Installation, recorded: Timestamp) -> anyhow::Result<()> {
    let notices = installation.stores.catalogue.notices(Upkeep::of(Job::Inventory), false).await?;
    let count = notices.iter().filter(|notice| notice.recorded == recorded).count();
    if count > 0 {
        println!("holders to be notified: {count} (gemj-gateway disclosures notices)");
    }
    Ok(())
}
