//! Who has to be told that somebody withdrew. A notice names the approval and the things that it received, never the person.

use std::collections::BTreeSet;

use gemj_access::{Audience, Job, Mandate, Upkeep, WriteAction};
use gemj_model::{ApprovalId, Clause, ClauseSet, ConsentKind, DatasetId, ObjectId, Ordinal, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::consent_ledger::ConsentStatement;
use crate::database::{Row, Value};
use crate::disclosures::{Holder, holders_in};
use crate::error::CatalogueError;
use crate::write::Write;

/// One thing that a holder received.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoticedThing {
    /// The file; absent for records.
    pub object: Option<ObjectId>,
    /// How: `view`, `download`, `compute` or `records`.
    pub way: String,
}

/// That the holder of an approval has to delete what it holds of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalNotice {
    /// Its number.
    pub id: u64,
    /// The approval.
    pub approval: ApprovalId,
    /// The dataset.
    pub dataset: DatasetId,
    /// When the withdrawal was recorded.
    pub recorded: Timestamp,
    /// When the holder said that it is done; absent until then.
    pub acknowledged: Option<Timestamp>,
    /// What they received, in order.
    pub things: Vec<NoticedThing>,
}

impl Catalogue {
    /// The notices, oldest first; those that were not acknowledged, or all (job `Inventory`).
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

    /// Notes that a holder has acted on a notice (action `AcknowledgeNotice`). A second time changes nothing.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `notice`.
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

    /// Adds to the notices of withdrawals since an instant what was handed out while they were being recorded (action `RecordConsent`): an
    /// answer that was decided before may be written to the ledger of disclosures after. Answers how many notices were added or grew.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn complete_notices(&self, mandate: &Mandate, since: Timestamp) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        let sql = "SELECT sequence, ordinal, kind, clauses, recorded FROM consent_event WHERE recorded >= $1 AND kind IN ($2, $3) ORDER BY sequence";
        let kinds = [ConsentKind::Withdrawn, ConsentKind::WithdrawnPartial].map(|k| Value::from(k.as_str()));
        let arguments = std::iter::once(since.into()).chain(kinds).collect();
        let mut changed = 0;
        for row in write.transaction.fetch_all(sql, arguments).await? {
            let kind = row.parsed(2, "consent kind", |text| ConsentKind::parse(text).ok_or(()))?;
            let clauses = row.parsed(3, "clauses", ClauseSet::parse)?;
            let Some(taken) = taken_back(kind, clauses) else { continue };
            let (sequence, recorded) = (row.count(0, "sequence")?, row.time(4, "recorded")?);
            changed += notify(&mut write, sequence, row.ordinal(1)?, taken, recorded).await?;
        }
        if changed > 0 {
            write.commit(self, mandate, "withdrawal-notices", changed).await?;
        }
        Ok(changed)
    }
}

/// What an event takes back of what provision to somebody rests on; absent for an event that takes nothing of it back, or does not say what.
fn taken_back(kind: ConsentKind, clauses: ClauseSet) -> Option<ClauseSet> {
    let provided = Audience::World.clauses();
    match kind {
        ConsentKind::Withdrawn => Some(provided),
        ConsentKind::WithdrawnPartial => Some(clauses.intersection(provided)).filter(|taken| !taken.is_empty()),
        ConsentKind::Given
        | ConsentKind::ProxyGiven
        | ConsentKind::Assent
        | ConsentKind::ClauseChanged
        | ConsentKind::Expired
        | ConsentKind::ReconsentDue
        | ConsentKind::Died
        | ConsentKind::Corrected
        | ConsentKind::LegacyEquivalent
        | ConsentKind::WithdrawalUnclear
        | ConsentKind::PeriodBegins
        | ConsentKind::PeriodEnds => None,
    }
}

/// Records the notices of an event that was just appended.
pub(crate) async fn notify_of(
    write: &mut Write,
    sequence: u64,
    participant: Ordinal,
    event: &ConsentStatement,
    recorded: Timestamp,
) -> Result<(), CatalogueError> {
    if let Some(taken) = taken_back(event.kind, event.clauses) {
        notify(write, sequence, participant, taken, recorded).await?;
    }
    Ok(())
}

/// Records a notice for each holder whose use rests on what is taken back, or adds to the one that is there. Answers how many changed.
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
        if !concerns(write, &holder, taken).await? {
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
            // What is new was not yet acted on, whatever was said of the rest.
            let reopen = "UPDATE withdrawal_notice SET acknowledged = NULL WHERE id = $1";
            write.transaction.execute(reopen, vec![id.into()]).await?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// Whether a holder's use needs something of what is taken back.
async fn concerns(write: &mut Write, holder: &Holder, taken: ClauseSet) -> Result<bool, CatalogueError> {
    if taken.contains(Clause::StudyUse) {
        return Ok(true);
    }
    let sql = "SELECT commercial FROM approval WHERE id = $1";
    let row = write.transaction.fetch_first(sql, vec![holder.approval.as_str().into()]).await?;
    let row = row.ok_or(CatalogueError::Corrupt { what: "approval" })?;
    // Whether the organisation is a company is not in the register: its holder is told of a withdrawal of that clause in any case.
    let commercial = row.bool(0, "commercial")? || taken.contains(Clause::Commercial);
    let needed = holder.countries.iter().fold(ClauseSet::EMPTY, |needed, country| {
        let audience = Audience::Organisation {
            country: country.clone(),
            commercial,
        };
        needed.union(audience.clauses())
    });
    Ok(!needed.intersection(taken).is_empty())
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
