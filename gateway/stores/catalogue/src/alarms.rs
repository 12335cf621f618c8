//! Alarms: events that staff must check. No alarm names a person.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{SiteId, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::database::Value;
use crate::error::CatalogueError;
use crate::write::Write;

/// An alarm to raise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlarm {
    /// A stable code for the kind of alarm, such as `site-silent`.
    pub kind: String,
    /// The site that the alarm concerns; absent if the alarm concerns no site.
    pub site: Option<SiteId>,
    /// A text that describes the event, without a person's id.
    pub text: String,
}

/// A raised alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The number of the alarm.
    pub id: u64,
    /// The content of the alarm.
    pub alarm: NewAlarm,
    /// The time when the alarm was raised.
    pub recorded: Timestamp,
    /// The time when the alarm was cleared; absent while the alarm is open.
    pub cleared: Option<Timestamp>,
}

/// The writes that may raise and clear alarms.
const WRITES: &[WriteAction] = &[WriteAction::RecordConsent, WriteAction::Ingest];

impl Catalogue {
    /// Raises an alarm and returns its number (actions `RecordConsent`, `Ingest`). If an open alarm has the same kind, site and text, no alarm
    /// is added and the number of the open alarm is returned.
    ///
    /// # Errors
    /// [`CatalogueError::Invalid`] for a text that cannot be stored.
    pub async fn raise_alarm(&self, mandate: &Mandate, alarm: &NewAlarm, now: Timestamp) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, WRITES).await?;
        let (id, is_new) = raise(&mut write, alarm, now).await?;
        if is_new {
            write.commit(self, mandate, &format!("alarm:{id}"), 1).await?;
        }
        Ok(id)
    }

    /// The open alarms, oldest first (job `Inventory`). With `all`, the cleared alarms are included.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn alarms(&self, upkeep: Upkeep, all: bool) -> Result<Vec<Alarm>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT id, kind, site, recorded, text, cleared FROM alarm WHERE cleared IS NULL OR $1 ORDER BY id";
        let rows = self.database.fetch_all(sql, vec![all.into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(Alarm {
                    id: row.count(0, "alarm")?,
                    alarm: NewAlarm {
                        kind: row.text(1, "alarm")?,
                        site: row.maybe_parsed(2, "site", SiteId::parse)?,
                        text: row.text(4, "alarm")?,
                    },
                    recorded: row.time(3, "recorded")?,
                    cleared: row.maybe_time(5, "cleared")?,
                })
            })
            .collect()
    }

    /// Clears an alarm after staff checked the event (actions `RecordConsent`, `Ingest`). A second call for the same alarm changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `alarm` if no alarm has this number.
    pub async fn clear_alarm(&self, mandate: &Mandate, id: u64, now: Timestamp) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, WRITES).await?;
        let number = Value::count(id, "alarm")?;
        let row = write
            .transaction
            .fetch_first("SELECT cleared FROM alarm WHERE id = $1", vec![number.clone()])
            .await?;
        let row = row.ok_or(CatalogueError::NotFound { what: "alarm" })?;
        if row.maybe_int(0, "cleared")?.is_some() {
            return Ok(());
        }
        let update = "UPDATE alarm SET cleared = $2 WHERE id = $1";
        write.transaction.execute(update, vec![number, now.into()]).await?;
        write.commit(self, mandate, &format!("alarm:{id}"), 1).await?;
        Ok(())
    }
}

/// Raises an alarm as a part of a write. Returns the number of the alarm, and false if an equal alarm was open already.
pub(crate) async fn raise(write: &mut Write, alarm: &NewAlarm, now: Timestamp) -> Result<(u64, bool), CatalogueError> {
    let sql = "SELECT id FROM alarm WHERE kind = $1 AND COALESCE(site, '') = $2 AND text = $3 AND cleared IS NULL ORDER BY id LIMIT 1";
    let site = alarm.site.as_ref().map(SiteId::as_str);
    let arguments = vec![
        Value::outside(&alarm.kind, "kind")?,
        site.unwrap_or_default().into(),
        Value::outside(&alarm.text, "text")?,
    ];
    if let Some(row) = write.transaction.fetch_first(sql, arguments).await? {
        return Ok((row.count(0, "alarm")?, false));
    }
    let last = write
        .transaction
        .fetch_first("SELECT COALESCE(MAX(id), 0) FROM alarm", Vec::new())
        .await?;
    let id = last.ok_or(CatalogueError::Corrupt { what: "alarm" })?.int(0, "alarm")? + 1;
    let row = [
        id.into(),
        alarm.kind.as_str().into(),
        site.into(),
        now.into(),
        alarm.text.as_str().into(),
    ];
    write.transaction.insert("alarm (id, kind, site, recorded, text)", [row]).await?;
    Ok((id as u64, true))
}
