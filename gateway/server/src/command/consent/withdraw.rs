//! The command `consent withdraw`: records a withdrawal.

use std::process::ExitCode;

use anyhow::Context as _;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{NewConsent, UnknownParticipant};
use gemj_model::{ConsentKind, Ground, ParticipantId};

use super::{append, clauses, say_notices, taken};
use crate::command::known_names::no_participant;
use crate::installation::Installation;

pub(super) async fn withdraw(installation: &Installation, participant: &str, words: &[String]) -> anyhow::Result<ExitCode> {
    let clauses = clauses(words)?;
    let event = NewConsent {
        participant: ParticipantId::parse(participant).context("PARTICIPANT")?,
        kind: if clauses.is_empty() {
            ConsentKind::Withdrawn
        } else {
            ConsentKind::WithdrawnPartial
        },
        form: None,
        clauses,
        effective: installation.clock.now(),
        ground: Ground::Consent,
        corrects: None,
    };
    let person = &event.participant;
    let catalogue = &installation.stores.catalogue;
    if catalogue.consent_history(Upkeep::of(Job::CompareConsent), person).await?.is_none() {
        return Err(no_participant(installation, person).await.context("nothing was withdrawn"));
    }
    let recorded = append(installation, &[event], UnknownParticipant::Refuse)
        .await
        .context("nothing was withdrawn")?;
    println!("withdrawn: {}", taken(clauses));
    say_notices(installation, recorded).await?;
    Ok(ExitCode::SUCCESS)
}
