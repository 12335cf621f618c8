//! The command `consent import`: imports a consent sheet.

use std::path::Path;

use anyhow::Context as _;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::{NewConsent, UnknownParticipant};
use gemj_model::ConsentEvent;
use gemj_services::consent_sheet::{self, ConsentRow};

use super::{append, say_notices};
use crate::command::known_names::KnownNames;
use crate::installation::Installation;

/// Imports a consent sheet. The valid rows are recorded in one transaction, and the other rows are reported on standard error. Returns the
/// number of refused rows plus the number of withdrawals that cannot be read completely. Such a withdrawal is recorded too if its
/// participant is known, and blocks the participant's data until an operator resolves it.
pub(crate) async fn import(installation: &Installation, file: &Path, say: bool) -> anyhow::Result<usize> {
    let rows = consent_sheet::read(file, &installation.forms, installation.clock.now()).with_context(|| format!("{}", file.display()))?;
    let mut sheet = Sheet {
        installation,
        known: KnownNames::read(installation).await?,
        file,
        events: Vec::with_capacity(rows.len()),
        unclear: 0,
        refused: 0,
    };
    for row in rows {
        match row {
            ConsentRow::Event { line, is_dated, event } => sheet.event(line, is_dated, event).await?,
            ConsentRow::Unclear { line, event, fault } => {
                if sheet.known.has(&event.participant) {
                    sheet.unclear += 1;
                    sheet.say(
                        line,
                        &format!("{fault}: a withdrawal; all data of the participant is blocked until `consent resolve`"),
                    );
                    sheet.events.push(event);
                } else {
                    sheet.lost(line, &fault.to_string());
                }
            }
            ConsentRow::Refused {
                line,
                is_withdrawal: true,
                fault,
            } => sheet.lost(line, &fault.to_string()),
            ConsentRow::Refused {
                line,
                is_withdrawal: false,
                fault,
            } => sheet.refuse(line, &fault.to_string()),
        }
    }
    let (count, withdrawals) = (sheet.events.len(), sheet.events.iter().any(|e| e.kind.only_narrows()));
    if count > 0 {
        let recorded = append(installation, &sheet.events, UnknownParticipant::Refuse).await?;
        if say && withdrawals {
            say_notices(installation, recorded).await?;
        }
    }
    if say {
        let unclear = if sheet.unclear == 0 {
            String::new()
        } else {
            format!(" ({} of them withdrawals that wait to be resolved)", sheet.unclear)
        };
        println!("{count} recorded{unclear}, {} refused", sheet.refused);
    }
    Ok(sheet.refused + sheet.unclear)
}

struct Sheet<'a> {
    installation: &'a Installation,
    known: KnownNames,
    file: &'a Path,
    events: Vec<NewConsent>,
    unclear: usize,
    refused: usize,
}

impl Sheet<'_> {
    fn say(&self, line: u64, words: &str) {
        eprintln!("{}: line {line}: {words}", self.file.display());
    }

    fn refuse(&mut self, line: u64, why: &str) {
        self.refused += 1;
        self.say(line, why);
    }

    /// Reports a withdrawal without a known participant. The data of the participant who withdrew may still be served, so an operator must act.
    fn lost(&mut self, line: u64, why: &str) {
        self.refuse(line, &format!("{why}: A WITHDRAWAL THAT BLOCKS NO PARTICIPANT; find the person"));
    }

    async fn event(&mut self, line: u64, is_dated: bool, event: NewConsent) -> anyhow::Result<()> {
        // A withdrawal of an unknown participant probably contains a typing error. The data of the actual participant would still be served.
        if event.kind.only_narrows() && !self.known.has(&event.participant) {
            let fault = self
                .known
                .unregistered(&event.participant)
                .map(|fault| fault.to_string())
                .unwrap_or_default();
            self.lost(line, &format!("{fault}. Nothing was withdrawn"));
            return Ok(());
        }
        if let Some(fault) = self.known.unregistered(&event.participant) {
            self.refuse(line, &fault.to_string());
            return Ok(());
        }
        if let Some(wrong) = event.corrects
            && !self
                .history(&event)
                .await?
                .is_some_and(|events| events.iter().any(|e| e.sequence == wrong))
        {
            self.refuse(line, "'corrects' is not the number of an event of this participant");
            return Ok(());
        }
        if !is_dated && consent_sheet::opens(event.kind) {
            let history = self.history(&event).await?.unwrap_or_default();
            if consent_sheet::withdrawal_stands(&event.participant, &history, &self.events) {
                self.refuse(line, consent_sheet::UNDATED);
                return Ok(());
            }
        }
        self.events.push(event);
        Ok(())
    }

    async fn history(&self, event: &NewConsent) -> anyhow::Result<Option<Vec<ConsentEvent>>> {
        let catalogue = &self.installation.stores.catalogue;
        let found = catalogue
            .consent_history(Upkeep::of(Job::CompareConsent), &event.participant)
            .await?;
        Ok(found.map(|(_, events)| events))
    }
}
