//! The commands `consent show` and `consent history`: a participant's recorded events, and the clauses that were valid at a time.

use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::consent::Standing;
use gemj_access::{ConsentLedger, OperatorListing};
use gemj_catalogue::MergeCase;
use gemj_model::{Clause, ConsentEvent, FormId, Participant, Timestamp};
use serde_json::{Value, json};

use super::known;
use crate::command::ledger;
use crate::command::output::{print, print_json, table};
use crate::installation::Installation;

/// The time for which the consent state is shown.
#[derive(Clone, Copy)]
enum Moment {
    /// The state now, computed from all recorded events.
    Now(Timestamp),
    /// The state at the instant `effective`, computed from the events that were recorded until the instant `known`.
    AsOf { effective: Timestamp, known: Timestamp },
}

impl Moment {
    fn has(self, event: &ConsentEvent) -> bool {
        match self {
            Self::Now(_) => true,
            Self::AsOf { known, .. } => event.recorded <= known,
        }
    }

    fn standing(self, ledger: &ConsentLedger, person: &Participant) -> Standing {
        match self {
            Self::Now(now) => ledger.standing(person.ordinal, now),
            Self::AsOf { effective, known } => ledger.standing_as_of(person.ordinal, effective, known),
        }
    }
}

/// Runs `consent show`.
pub(super) async fn show(installation: &Installation, participant: &str, reason: Option<&str>) -> anyhow::Result<ExitCode> {
    let (person, events) = known(installation, participant, reason).await?;
    print(&listed(&events))?;
    let standing = fold(installation, &person, &events).standing(person.ordinal, installation.clock.now());
    print(&now(&standing))?;
    print(&merged(installation, &person).await?)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the clauses of a participant that are valid after a change of the participant's consent.
pub(super) async fn say_now(installation: &Installation, participant: &str, reason: &str) -> anyhow::Result<()> {
    let (person, events) = known(installation, participant, Some(reason)).await?;
    let standing = fold(installation, &person, &events).standing(person.ordinal, installation.clock.now());
    print(&now(&standing))?;
    print(&merged(installation, &person).await?)
}

/// One line for each merge of the participant that is not denied. The clauses that hold by the participant's own events can be closed by it.
async fn merged(installation: &Installation, person: &Participant) -> anyhow::Result<String> {
    let cases = cases_of(installation, person).await?;
    let line = |case: &MergeCase| {
        let number = case.number();
        match case.state() {
            "open" => format!("merge {number} is open: only what both participants consented to is answered\n"),
            "same" if case.prior == person.id => {
                format!("merge {number}: nothing is answered, because the participant was merged into another\n")
            }
            "same" => format!("merge {number}: of the earlier consent, only what both participants consented to is answered\n"),
            _ => String::new(),
        }
    };
    Ok(cases.iter().map(line).collect())
}

fn now(standing: &Standing) -> String {
    let holds = standing.clauses.joined();
    let mut text = format!("holds now: {}\n", if holds.is_empty() { "nothing" } else { &holds });
    if standing.unclear {
        text += "a withdrawal waits to be resolved (gemj-gateway consent resolve)\n";
    }
    if let Some(next) = standing.next_change {
        text += &format!("changes by itself at: {}\n", next.rfc3339());
    }
    text
}

async fn cases_of(installation: &Installation, person: &Participant) -> anyhow::Result<Vec<MergeCase>> {
    let listing = OperatorListing::new(Some("merges of the participant")).context("--reason")?;
    let catalogue = &installation.stores.catalogue;
    Ok(catalogue.merge_cases(&listing, Some(&person.id), installation.clock.now()).await?)
}

fn merge_described(case: &MergeCase) -> Value {
    json!({
        "merge": case.number(),
        "survivor": case.survivor.as_str(),
        "prior": case.prior.as_str(),
        "state": case.state(),
    })
}

/// Runs `consent history`.
pub(super) async fn history(
    installation: &Installation,
    participant: &str,
    (effective, known_at): (Option<&str>, Option<&str>),
    reason: Option<&str>,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let (person, mut events) = known(installation, participant, reason).await?;
    let now = installation.clock.now();
    let effective = effective.map(Timestamp::parse).transpose().context("--effective")?;
    let known_at = known_at.map(Timestamp::parse).transpose().context("--known")?;
    let moment = match (effective, known_at) {
        (None, None) => Moment::Now(now),
        (effective, known) => Moment::AsOf {
            effective: effective.unwrap_or(now),
            known: known.unwrap_or(now),
        },
    };
    events.retain(|event| moment.has(event));
    let standing = moment.standing(&fold(installation, &person, &events), &person);
    let deciding = Clause::ALL.map(|clause| decider(installation, &person, &events, moment, clause));
    if json {
        let mut all = described(&events, &standing, &deciding);
        let cases = cases_of(installation, &person).await?;
        all["merges"] = cases.iter().map(merge_described).collect();
        print_json(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = Clause::ALL
        .iter()
        .zip(&deciding)
        .map(|(clause, decider)| {
            vec![
                clause.as_str().to_owned(),
                if standing.clauses.contains(*clause) { "yes" } else { "no" }.to_owned(),
                ground(&standing, *clause).to_owned(),
                decider.map_or_else(|| "-".to_owned(), |event| event.sequence.to_string()),
            ]
        })
        .collect();
    let mut text = listed(&events) + "\n" + &table(&["clause", "holds", "ground", "by event"], &rows);
    for (holds, words) in [
        (standing.withdrawn, "withdrawn wholly"),
        (standing.unclear, "a withdrawal waits to be resolved"),
        (standing.deceased, "deceased"),
    ] {
        if holds {
            text += &format!("{words}\n");
        }
    }
    if let Some(form) = &standing.overseas_form {
        text += &format!("overseas by form: {form}\n");
    }
    if let Some(next) = standing.next_change {
        text += &format!("changes by itself at: {}\n", next.rfc3339());
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn ground(standing: &Standing, clause: Clause) -> &'static str {
    match (standing.clauses.contains(clause), standing.by_consent.contains(clause)) {
        (false, _) => "-",
        (true, true) => "consent",
        (true, false) => "other than consent",
    }
}

/// Folds the consent events of one participant into a ledger.
fn fold(installation: &Installation, person: &Participant, events: &[ConsentEvent]) -> ConsentLedger {
    let mut ledger = ledger::empty(installation);
    ledger.register_birth(person.ordinal, person.born.clone());
    ledger.register_site(person.ordinal, person.site.as_ref());
    for event in events {
        ledger.append(event.clone());
    }
    ledger
}

/// The event that determines the state of a clause: the last event that changed the clause. Absent if no event ever changed the clause.
fn decider<'a>(
    installation: &Installation,
    person: &Participant,
    events: &'a [ConsentEvent],
    moment: Moment,
    clause: Clause,
) -> Option<&'a ConsentEvent> {
    let said = |count: usize| {
        let standing = moment.standing(&fold(installation, person, &events[..count]), person);
        (standing.clauses.contains(clause), standing.by_consent.contains(clause))
    };
    (1..=events.len())
        .rev()
        .find(|count| said(*count) != said(count - 1))
        .and_then(|count| events.get(count - 1))
}

/// The consent events as text, one event per line.
fn listed(events: &[ConsentEvent]) -> String {
    let rows: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let number = |sequence: Option<u64>| sequence.map_or_else(|| "-".to_owned(), |s| s.to_string());
            vec![
                event.sequence.to_string(),
                event.recorded.rfc3339(),
                event.effective.rfc3339(),
                event.kind.as_str().to_owned(),
                event.form.as_ref().map_or("-", FormId::as_str).to_owned(),
                event.ground.as_str().to_owned(),
                number(event.corrects),
                event.clauses.joined(),
            ]
        })
        .collect();
    let head = ["sequence", "recorded", "effective", "kind", "form", "ground", "corrects", "clauses"];
    table(&head, &rows)
}

fn described(events: &[ConsentEvent], standing: &Standing, deciding: &[Option<&ConsentEvent>]) -> Value {
    let events: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "sequence": event.sequence,
                "recorded": event.recorded.rfc3339(),
                "effective": event.effective.rfc3339(),
                "kind": event.kind.as_str(),
                "form": event.form.as_ref().map(FormId::as_str),
                "ground": event.ground.as_str(),
                "corrects": event.corrects,
                "clauses": event.clauses.iter().map(Clause::as_str).collect::<Vec<_>>(),
            })
        })
        .collect();
    let clauses: Vec<Value> = Clause::ALL
        .iter()
        .zip(deciding)
        .map(|(clause, decider)| {
            json!({
                "clause": clause.as_str(),
                "holds": standing.clauses.contains(*clause),
                "by_consent": standing.by_consent.contains(*clause),
                "by_event": decider.map(|event| event.sequence),
            })
        })
        .collect();
    json!({
        "events": events,
        "clauses": clauses,
        "withdrawn": standing.withdrawn,
        "unclear": standing.unclear,
        "deceased": standing.deceased,
        "overseas_form": standing.overseas_form.as_ref().map(FormId::as_str),
        "next_change": standing.next_change.map(Timestamp::rfc3339),
    })
}
