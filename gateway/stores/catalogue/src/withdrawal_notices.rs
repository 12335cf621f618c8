//! Notices of withdrawals to the holders (recipients) of data. A notice names the approval and the received files, never the participant.

use std::collections::BTreeSet;

use gemj_access::withdrawal::{must_be_notified, withdrawn_provision};
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{ApprovalId, ClauseSet, ConsentKind, DatasetId, ObjectId, Ordinal, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::consent_ledger::ConsentStatement;
use crate::database::{Row, Value};
use crate::disclosures::{Holder, holders_in};
use crate::error::CatalogueError;
use crate::merges::joined_in;
use crate::write::Write;

/// A file, or the records of a dataset, that a holder received.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticedThing {
    /// The received file; absent if the holder received records.
    pub object: Option<ObjectId>,
    /// The way in which the holder received the data: `view`, `download`, `compute` or `records`.
    pub way: String,
}

/// A notice that the holder of an approval must delete the listed files and records of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalNotice {
    /// The number of the notice.
    pub id: u64,
    /// The approval under which the holder received the data.
    pub approval: ApprovalId,
    /// The dataset from which the holder received data.
    pub dataset: DatasetId,
    /// The time at which the withdrawal was recorded.
    pub recorded: Timestamp,
    /// The time at which the holder acknowledged the notice; absent before.
    pub acknowledged: Option<Timestamp>,
    /// The received files and records that must be deleted, in order.
    pub things: Vec<NoticedThing>,
}

impl Catalogue {
    /// The notices that are not acknowledged, oldest first (job `Inventory`). If `all` is true, acknowledged notices are included.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn notices(&self, upkeep: Upkeep, all: bool) -> Result<Vec<WithdrawalNotice>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let sql =
            "SELECT id, approval, dataset, recorded, acknowledged FROM withdrawal_notice WHERE acknowledged IS NULL OR $1 ORDER BY id";
        let rows = snapshot.fetch_all(sql, vec![all.into()]).await?;
        let mut notices = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut notice = notice_of(row)?;
            let sql = "SELECT object, way FROM withdrawal_notice_thing WHERE notice = $1";
            for row in snapshot.fetch_all(sql, vec![Value::count(notice.id, "notice")?]).await? {
                let object = row.text(0, "notice")?;
                let object = (!object.is_empty()).then(|| ObjectId::parse(&object)).transpose();
                notice.things.push(NoticedThing {
                    object: object.map_err(|_| CatalogueError::Corrupt { what: "notice" })?,
                    way: row.text(1, "notice")?,
                });
            }
            notice.things.sort();
            notices.push(notice);
        }
        Ok(notices)
    }

    /// Records that a holder has acknowledged a notice (action `AcknowledgeNotice`). A second call for the same notice changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `notice` if no notice has this number.
    pub async fn acknowledge_notice(&self, mandate: &Mandate, id: u64, at: Timestamp) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::AcknowledgeNotice]).await?;
        let number = Value::count(id, "notice")?;
        let sql = "SELECT acknowledged FROM withdrawal_notice WHERE id = $1";
        let row = write.transaction.fetch_first(sql, vec![number.clone()]).await?;
        let row = row.ok_or(CatalogueError::NotFound { what: "notice" })?;
        if row.maybe_int(0, "acknowledged")?.is_some() {
            return Ok(());
        }
        let update = "UPDATE withdrawal_notice SET acknowledged = $2 WHERE id = $1";
        write.transaction.execute(update, vec![number, at.into()]).await?;
        write.commit(self, mandate, &format!("withdrawal-notice:{id}"), 1).await?;
        Ok(())
    }

    /// Completes the notices of the withdrawals since an instant (action `RecordConsent`). An answer that was decided before a withdrawal may
    /// be written to the ledger of disclosures after the withdrawal. This call adds the data of these answers to the notices. Returns the
    /// number of notices that were added or extended.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn complete_notices(&self, mandate: &Mandate, since: Timestamp) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        let sql = "SELECT sequence, ordinal, kind, clauses, recorded FROM consent_event WHERE recorded >= $1 AND kind IN ($2, $3) ORDER BY sequence";
        let kinds = [ConsentKind::Withdrawn, ConsentKind::WithdrawnPartial].map(|k| Value::from(k.as_str()));
        let arguments = std::iter::once(since.into()).chain(kinds).collect();
        let mut changed = 0;
        let joined = joined_in(&mut write.transaction).await?;
        for row in write.transaction.fetch_all(sql, arguments).await? {
            let kind = row.parsed(2, "consent kind", |text| ConsentKind::parse(text).ok_or(()))?;
            let clauses = row.parsed(3, "clauses", ClauseSet::parse)?;
            let Some(taken) = withdrawn_provision(kind, clauses) else {
                continue;
            };
            let (sequence, recorded) = (row.count(0, "sequence")?, row.time(4, "recorded")?);
            for person in joined.maybe_one_person(row.ordinal(1)?) {
                changed += notify(&mut write, sequence, person, taken, recorded).await?;
            }
        }
        if changed > 0 {
            write.commit(self, mandate, "withdrawal-notices", changed).await?;
        }
        Ok(changed)
    }
}

/// Whether a consent event withdraws something that holders of data depend on.
pub(crate) fn is_withdrawal(event: &ConsentStatement) -> bool {
    withdrawn_provision(event.kind, event.clauses).is_some()
}

/// Records the notices for a consent event that was just appended. Does nothing for an event that withdraws nothing.
pub(crate) async fn notify_of(
    write: &mut Write,
    sequence: u64,
    participant: Ordinal,
    event: &ConsentStatement,
    recorded: Timestamp,
) -> Result<(), CatalogueError> {
    if let Some(taken) = withdrawn_provision(event.kind, event.clauses) {
        notify(write, sequence, participant, taken, recorded).await?;
    }
    Ok(())
}

/// Records a notice for each holder whose use of the data depends on the withdrawn clauses, or extends the existing notice. Returns the number
/// of changed notices.
async fn notify(
    write: &mut Write,
    sequence: u64,
    participant: Ordinal,
    taken: ClauseSet,
    recorded: Timestamp,
) -> Result<u64, CatalogueError> {
    let event = Value::count(sequence, "sequence")?;
    let mut changed = 0;
    for holder in holders_in(&mut write.transaction, participant).await? {
        let commercial = is_commercial(write, &holder).await?;
        if !must_be_notified(taken, commercial, &holder.countries) {
            continue;
        }
        let find = "SELECT id FROM withdrawal_notice WHERE event = $1 AND approval = $2 AND dataset = $3";
        let key = vec![event.clone(), holder.approval.as_str().into(), holder.dataset.as_str().into()];
        let id = match write.transaction.fetch_first(find, key).await? {
            Some(row) => row.int(0, "notice")?,
            None => {
                let last = "SELECT COALESCE(MAX(id), 0) FROM withdrawal_notice";
                let last = write.transaction.fetch_first(last, Vec::new()).await?;
                let id = last.ok_or(CatalogueError::Corrupt { what: "notice" })?.int(0, "notice")? + 1;
                let row = [
                    id.into(),
                    event.clone(),
                    holder.approval.as_str().into(),
                    holder.dataset.as_str().into(),
                    recorded.into(),
                ];
                let into = "withdrawal_notice (id, event, approval, dataset, recorded)";
                write.transaction.insert(into, [row]).await?;
                id
            }
        };
        let mut added = 0;
        for thing in things_of(&holder) {
            let insert = "INSERT INTO withdrawal_notice_thing (notice, object, way) VALUES ($1, $2, $3) \
                          ON CONFLICT (notice, object, way) DO NOTHING";
            let object = thing.object.as_ref().map(ObjectId::as_str).unwrap_or_default();
            let row = vec![id.into(), object.into(), thing.way.as_str().into()];
            added += write.transaction.execute(insert, row).await?;
        }
        if added > 0 {
            // The holder must also act on the added files and records. Therefore an acknowledged notice becomes open again.
            let reopen = "UPDATE withdrawal_notice SET acknowledged = NULL WHERE id = $1";
            write.transaction.execute(reopen, vec![id.into()]).await?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// Whether the holder's approval states a commercial use.
async fn is_commercial(write: &mut Write, holder: &Holder) -> Result<bool, CatalogueError> {
    let sql = "SELECT commercial FROM approval WHERE id = $1";
    let row = write.transaction.fetch_first(sql, vec![holder.approval.as_str().into()]).await?;
    row.ok_or(CatalogueError::Corrupt { what: "approval" })?.bool(0, "commercial")
}

fn things_of(holder: &Holder) -> BTreeSet<NoticedThing> {
    let ways = [
        (&holder.viewed, "view"),
        (&holder.downloaded, "download"),
        (&holder.computed, "compute"),
    ];
    let files = ways.into_iter().flat_map(|(objects, way)| {
        objects.iter().map(move |object| NoticedThing {
            object: Some(object.clone()),
            way: way.to_owned(),
        })
    });
    let records = holder.records.then(|| NoticedThing {
        object: None,
        way: "records".to_owned(),
    });
    files.chain(records).collect()
}

fn notice_of(row: &Row) -> Result<WithdrawalNotice, CatalogueError> {
    Ok(WithdrawalNotice {
        id: row.count(0, "notice")?,
        approval: row.parsed(1, "approval id", ApprovalId::parse)?,
        dataset: row.parsed(2, "dataset", DatasetId::parse)?,
        recorded: row.time(3, "recorded")?,
        acknowledged: row.maybe_time(4, "acknowledged")?,
        things: Vec::new(),
    })
}
