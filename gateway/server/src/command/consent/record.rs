//! The command `consent record`: records a signed consent form.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{NewConsent, UnknownParticipant};
use gemj_model::{ConsentForm, ConsentKind, Ground, ParticipantId, Timestamp};
use gemj_services::consent_sheet;

use super::{append, known_clauses};
use crate::command::known_names::no_participant;
use crate::command::near_names::near_names;
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::operator_error::OperatorError;

/// The options of `consent record`: the signed form, and the clauses that the participant accepted.
pub(super) struct Said<'a> {
    pub(super) form: &'a str,
    pub(super) accept: &'a str,
    pub(super) effective: Option<&'a str>,
    pub(super) ground: Option<&'a str>,
    pub(super) proxy: bool,
}

fn form<'a>(installation: &'a Installation, id: &str) -> anyhow::Result<&'a ConsentForm> {
    let found = installation.forms.iter().find(|f| f.id.as_str() == id);
    found.ok_or_else(|| {
        let known: Vec<String> = installation.forms.iter().map(|f| f.id.as_str().to_owned()).collect();
        let near = near_names(id, known.iter().map(String::as_str));
        let id = id.to_owned();
        OperatorError::UnknownForm { id, near, known }.into()
    })
}

pub(super) async fn record(installation: &Installation, participant: &str, said: &Said<'_>) -> anyhow::Result<ExitCode> {
    let form = form(installation, said.form)?;
    let clauses = if said.accept == "all" {
        form.clause_set()
    } else {
        known_clauses(&said.accept.replace(',', ";")).context("--accept: `all`, or clauses joined by commas")?
    };
    if !form.clause_set().contains_all(clauses) {
        return Err(CommandError::NotInForm {
            form: said.form.to_string(),
            clauses: clauses.minus(form.clause_set()).joined(),
        }
        .into());
    }
    let ground = match said.ground {
        Some(word) => Ground::parse(word).context("--ground: consent, opt-out-notice or ethics-waiver")?,
        None => form.particulars.ground,
    };
    let event = NewConsent {
        participant: ParticipantId::parse(participant).context("PARTICIPANT")?,
        kind: if said.proxy { ConsentKind::ProxyGiven } else { ConsentKind::Given },
        form: Some(form.id.clone()),
        clauses,
        effective: said
            .effective
            .map(Timestamp::parse)
            .transpose()
            .context("--effective")?
            .unwrap_or_else(|| installation.clock.now()),
        ground,
        corrects: None,
    };
    let catalogue = &installation.stores.catalogue;
    let found = catalogue
        .consent_history(Upkeep::of(Job::CompareConsent), &event.participant)
        .await?;
    if said.effective.is_none()
        && let Some((_, events)) = &found
        && consent_sheet::withdrawal_stands(&event.participant, events, &[])
    {
        bail!("{} (--effective)", consent_sheet::UNDATED);
    }
    if found.is_none() {
        return Err(no_participant(installation, &event.participant).await);
    }
    append(installation, &[event], UnknownParticipant::Refuse).await?;
    println!("recorded: {}", clauses.joined());
    Ok(ExitCode::SUCCESS)
}
