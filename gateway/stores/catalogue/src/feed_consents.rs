//! Consent statements of feeds. The last statement of each unit and rule is stored as a digest, so that a statement that is sent again is no new event.

use gemj_access::{Mandate, WriteAction};
use gemj_model::Timestamp;

use crate::alarms::{NewAlarm, raise};
use crate::catalogue::Catalogue;
use crate::consent_ledger::{NewConsent, append_new, history_in};
use crate::error::CatalogueError;

/// A consent statement of a feed, to be recorded.
#[derive(Clone, Debug)]
pub struct NewFeedConsent<'a> {
    /// The keyed name of the unit.
    pub unit: &'a str,
    /// The rule of the profile and the number of its record in the unit.
    pub rule: &'a str,
    /// The keyed digest of the statement.
    pub digest: &'a str,
    /// The event. Its participant must be registered.
    pub event: NewConsent,
    /// The alarm that staff must see; absent if nothing must be checked.
    pub alarm: Option<NewAlarm>,
}

impl Catalogue {
    /// Records a consent statement of a feed (action `RecordConsent`). If the last statement of the same unit and rule is equal, nothing is written and the
    /// result is false.
    ///
    /// # Errors
    /// [`CatalogueError::UnknownParticipant`] for an unregistered participant; the errors of [`Catalogue::append_consent`].
    pub async fn record_feed_consent(&self, mandate: &Mandate, new: NewFeedConsent<'_>, now: Timestamp) -> Result<bool, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        let sql = "SELECT digest FROM feed_consent WHERE unit = $1 AND rule = $2";
        let key = || vec![new.unit.into(), new.rule.into()];
        let before = write.transaction.fetch_first(sql, key()).await?;
        if let Some(row) = before
            && row.text(0, "digest")? == new.digest
        {
            return Ok(false);
        }
        let history = history_in(&mut write.transaction, &new.event.participant).await?;
        let (person, _) = history.ok_or(CatalogueError::UnknownParticipant { position: 0 })?;
        append_new(&mut write, mandate, std::slice::from_ref(&new.event), now).await?;
        write
            .transaction
            .execute("DELETE FROM feed_consent WHERE unit = $1 AND rule = $2", key())
            .await?;
        let row = [
            new.unit.into(),
            new.rule.into(),
            new.digest.into(),
            person.ordinal.0.into(),
            now.into(),
        ];
        write
            .transaction
            .insert("feed_consent (unit, rule, digest, ordinal, recorded)", [row])
            .await?;
        if let Some(alarm) = &new.alarm {
            raise(&mut write, alarm, now).await?;
        }
        write.commit(self, mandate, "consent-ledger", 1).await?;
        Ok(true)
    }

    /// Whether a unit of a feed stated a consent before (action `RecordConsent`).
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another action; the database does not answer.
    pub async fn has_feed_consent(&self, mandate: &Mandate, unit: &str) -> Result<bool, CatalogueError> {
        if mandate.action() != WriteAction::RecordConsent {
            return Err(CatalogueError::WrongKey);
        }
        let sql = "SELECT 1 FROM feed_consent WHERE unit = $1";
        Ok(!self.database.fetch_all(sql, vec![unit.into()]).await?.is_empty())
    }
}
