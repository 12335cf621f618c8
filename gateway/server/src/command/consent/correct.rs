//! The commands `consent correct` (strikes a wrongly entered event) and `consent resolve` (records the meaning of an unreadable withdrawal).

use std::process::ExitCode;

use anyhow::Context as _;
use gemj_catalogue::{NewConsent, UnknownParticipant};
use gemj_model::{ClauseSet, ConsentEvent, ConsentKind, Ground, ParticipantId, Timestamp};

use super::{append, clauses, history, known, known_clauses, say_notices, taken};
use crate::command_error::CommandError;
use crate::installation::Installation;

pub(super) async fn correct(installation: &Installation, participant: &str, event: u64, words: &[String]) -> anyhow::Result<ExitCode> {
    let (person, events) = known(installation, participant, Some("consent correct")).await?;
    let wrong = find(&events, event)?;
    if wrong.kind == ConsentKind::WithdrawalUnclear {
        return Err(CommandError::UnreadableWithdrawal { event: event.to_string() }.into());
    }
    let clauses = clauses(words)?;
    let correction = strike(&person.id, event, clauses, installation.clock.now());
    append(installation, &[correction], UnknownParticipant::Refuse).await?;
    println!("struck: event {event} ({})", wrong.kind.as_str());
    history::say_now(installation, participant, "consent correct").await?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn resolve(
    installation: &Installation,
    participant: &str,
    meant: &str,
    event: Option<u64>,
    effective: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let (person, events) = known(installation, participant, Some("consent resolve")).await?;
    let is_open = |e: &&ConsentEvent| e.kind == ConsentKind::WithdrawalUnclear && !events.iter().any(|c| c.corrects == Some(e.sequence));
    let open: Vec<&ConsentEvent> = events.iter().filter(is_open).collect();
    let unclear = match (event, open.as_slice()) {
        (Some(number), open) => open
            .iter()
            .find(|e| e.sequence == number)
            .with_context(|| format!("event {number} is not a withdrawal of this participant that waits to be resolved"))?,
        (None, [one]) => one,
        (None, []) => return Err(CommandError::NothingToResolve {}.into()),
        (None, several) => {
            let numbers: Vec<String> = several.iter().map(|e| e.sequence.to_string()).collect();
            return Err(CommandError::SeveralWithdrawals {
                numbers: numbers.join(", "),
            }
            .into());
        }
    };
    let effective = effective
        .map(Timestamp::parse)
        .transpose()
        .context("--effective")?
        .unwrap_or(unclear.effective);
    let said = match meant {
        "nothing" => None,
        "everything" => Some(ClauseSet::EMPTY),
        words => Some(known_clauses(&words.replace(',', ";")).context("--meant")?).filter(|c| !c.is_empty()),
    };
    if said.is_none() && meant != "nothing" {
        return Err(CommandError::MeantWords {}.into());
    }
    let mut appended = Vec::with_capacity(2);
    if let Some(clauses) = said {
        appended.push(NewConsent {
            participant: person.id.clone(),
            kind: if clauses.is_empty() {
                ConsentKind::Withdrawn
            } else {
                ConsentKind::WithdrawnPartial
            },
            form: None,
            clauses,
            effective,
            ground: Ground::Consent,
            corrects: None,
        });
    }
    // The event that strikes the unreadable withdrawal and the event with its meaning are appended in one transaction, so that no request sees
    // a state between them.
    appended.push(strike(&person.id, unclear.sequence, ClauseSet::EMPTY, installation.clock.now()));
    let recorded = append(installation, &appended, UnknownParticipant::Refuse).await?;
    println!(
        "resolved: event {}: withdrawn: {}",
        unclear.sequence,
        said.map_or_else(|| "nothing".to_owned(), taken)
    );
    say_notices(installation, recorded).await?;
    history::say_now(installation, participant, "consent resolve").await?;
    Ok(ExitCode::SUCCESS)
}

fn find(events: &[ConsentEvent], sequence: u64) -> anyhow::Result<&ConsentEvent> {
    let found = events.iter().find(|e| e.sequence == sequence);
    found.with_context(|| format!("this participant has no event {sequence}: `gemj-gateway consent show` prints the numbers of the events"))
}

fn strike(participant: &ParticipantId, event: u64, clauses: ClauseSet, now: Timestamp) -> NewConsent {
    NewConsent {
        participant: participant.clone(),
        kind: ConsentKind::Corrected,
        form: None,
        clauses,
        effective: now,
        ground: Ground::Consent,
        corrects: Some(event),
    }
}
