//! Receipts of consent statements that a hospital's portal sent. Each item of a receipt is committed together with its consent event, so that a receipt
//! never states more than the ledger contains.

use std::collections::BTreeSet;

use gemj_access::{Action, Grant, Mandate, WriteAction};
use gemj_model::{Ordinal, SiteId, Timestamp};

use crate::alarms::{NewAlarm, raise};
use crate::catalogue::Catalogue;
use crate::consent_ledger::{ConsentStatement, append_events};
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;

/// What became of one consent statement of a portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntakeOutcome {
    /// The statement is an event of the ledger.
    Recorded,
    /// The statement could be a withdrawal and could not be read completely. All data of the participant is blocked until an operator resolves the
    /// withdrawal.
    BlockedUnclear,
    /// The statement was refused. The ledger did not change.
    Refused,
}

impl IntakeOutcome {
    /// The name of the outcome in receipts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::BlockedUnclear => "blocked-unclear",
            Self::Refused => "refused",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Recorded, Self::BlockedUnclear, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
    }
}

/// A receipt to begin.
#[derive(Clone, Copy, Debug)]
pub struct NewReceipt<'a> {
    /// The id that the receipt gets, if the request was not received before.
    pub id: &'a str,
    /// The hospital that sent the request.
    pub site: &'a SiteId,
    /// The keyed digest of the request's idempotency key.
    pub request_key: &'a str,
    /// The keyed digest of the request's body.
    pub content: &'a str,
    /// The time at which the request was received.
    pub received: Timestamp,
    /// The number of statements in the request.
    pub item_count: u64,
}

/// A receipt that was begun now, or by an earlier request with the same key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunReceipt {
    /// The id of the receipt.
    pub id: String,
    /// Whether the earlier request had the same content. True for a new receipt.
    pub is_same_content: bool,
    /// The positions of the items that are committed already, from 0.
    pub done: BTreeSet<u64>,
}

/// One item of a receipt to commit.
#[derive(Clone, Debug)]
pub struct NewReceiptItem<'a> {
    /// The id of the receipt.
    pub receipt: &'a str,
    /// The position of the statement in the request, from 0.
    pub position: u64,
    /// What became of the statement.
    pub outcome: IntakeOutcome,
    /// The code of the reason; empty for a recorded statement.
    pub reason: &'static str,
    /// The participant and the event of the ledger; absent if the ledger does not change.
    pub event: Option<(Ordinal, ConsentStatement)>,
    /// SHA-256 of the scanned form, 64 lower-case hex digits; absent if the statement names no scan.
    pub scan_sha256: Option<&'a str>,
    /// The relation of a legal representative to the participant; absent without a representative.
    pub relation: Option<&'a str>,
    /// The alarm that staff must see; absent if nothing must be checked.
    pub alarm: Option<NewAlarm>,
}

/// One item of a stored receipt. It names no person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptItem {
    /// The position of the statement in the request, from 0.
    pub position: u64,
    /// What became of the statement.
    pub outcome: IntakeOutcome,
    /// The code of the reason; empty for a recorded statement.
    pub reason: String,
    /// The number of the event in the ledger; absent if the ledger did not change.
    pub event: Option<u64>,
    /// The form of the event; absent for an event without a form.
    pub form: Option<String>,
    /// SHA-256 of the scanned form; absent if the statement named no scan.
    pub scan_sha256: Option<String>,
    /// The relation of a legal representative to the participant; absent without a representative.
    pub relation: Option<String>,
    /// The time at which the item was committed.
    pub recorded: Timestamp,
    /// The epoch after the commit. Every request that began after the commit is decided at this epoch or a later one.
    pub epoch: u64,
}

/// A stored receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReceipt {
    /// The id of the receipt.
    pub id: String,
    /// The hospital that sent the request.
    pub site: SiteId,
    /// The time at which the request was received.
    pub received: Timestamp,
    /// The number of statements in the request.
    pub item_count: u64,
    /// The committed items, by position. If a request was interrupted, items are absent until the request is sent again.
    pub items: Vec<ReceiptItem>,
}

impl Catalogue {
    /// Begins a receipt of the mandate's actor (action `RecordConsent`, scope of the site). If the actor sent a request with the same key before, nothing
    /// is written and the earlier receipt is returned.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a site outside the mandate; the database does not answer.
    pub async fn begin_consent_receipt(&self, mandate: &Mandate, new: NewReceipt<'_>) -> Result<BegunReceipt, CatalogueError> {
        if !mandate.reaches_site(new.site) {
            return Err(CatalogueError::WrongKey);
        }
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        let sql = "SELECT id, content FROM consent_receipt WHERE holder = $1 AND request_key = $2";
        let arguments = vec![mandate.actor().into(), new.request_key.into()];
        if let Some(row) = write.transaction.fetch_first(sql, arguments).await? {
            let id = row.text(0, "receipt")?;
            let items = items_of(&mut write.transaction, &id).await?;
            return Ok(BegunReceipt {
                is_same_content: row.text(1, "content")? == new.content,
                done: items.iter().map(|item| item.position).collect(),
                id,
            });
        }
        let row = [
            new.id.into(),
            mandate.actor().into(),
            new.site.as_str().into(),
            new.request_key.into(),
            new.content.into(),
            new.received.into(),
            Value::count(new.item_count, "item count")?,
        ];
        let into = "consent_receipt (id, holder, site, request_key, content, received, item_count)";
        write.transaction.insert(into, [row]).await?;
        write.commit(self, mandate, "consent-receipt", 1).await?;
        Ok(BegunReceipt {
            id: new.id.to_owned(),
            is_same_content: true,
            done: BTreeSet::new(),
        })
    }

    /// Commits one item of a receipt of the mandate's actor with its consent event and its alarm, all or none (action `RecordConsent`). An item that is
    /// committed already is not changed. Every answer that begins after this call returns takes the event into account.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a participant outside the mandate; [`CatalogueError::NotFound`] `consent receipt` for another actor's receipt.
    pub async fn commit_receipt_item(&self, mandate: &Mandate, item: NewReceiptItem<'_>, now: Timestamp) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        let sql = "SELECT 1 FROM consent_receipt WHERE id = $1 AND holder = $2";
        let owned = write
            .transaction
            .fetch_first(sql, vec![item.receipt.into(), mandate.actor().into()])
            .await?;
        owned.ok_or(CatalogueError::NotFound { what: "consent receipt" })?;
        let position = Value::count(item.position, "position")?;
        let sql = "SELECT 1 FROM consent_receipt_item WHERE receipt = $1 AND position = $2";
        let before = write
            .transaction
            .fetch_first(sql, vec![item.receipt.into(), position.clone()])
            .await?;
        if before.is_some() {
            return Ok(());
        }
        let form = item.event.as_ref().and_then(|(_, event)| event.form.clone());
        let ordinal = item.event.as_ref().map(|(ordinal, _)| i64::from(ordinal.0));
        let (event, epoch) = match item.event {
            Some(event) => {
                let sequence = append_events(&mut write, mandate, &[event], now).await?;
                (Some(sequence), sequence)
            }
            None => (None, write.before().epoch),
        };
        if let Some(alarm) = &item.alarm {
            raise(&mut write, alarm, now).await?;
        }
        let row = [
            item.receipt.into(),
            position,
            ordinal.into(),
            item.outcome.as_str().into(),
            item.reason.into(),
            event.map(|sequence| sequence as i64).into(),
            form.as_ref().map(gemj_model::FormId::as_str).into(),
            item.scan_sha256.into(),
            item.relation.into(),
            now.into(),
            Value::count(epoch, "epoch")?,
        ];
        let into =
            "consent_receipt_item (receipt, position, ordinal, outcome, reason, event, form, scan_sha256, relation, recorded, epoch)";
        write.transaction.insert(into, [row]).await?;
        write.commit(self, mandate, "consent-ledger", 1).await?;
        Ok(())
    }

    /// A receipt of the mandate's actor, for the answer to the request (action `RecordConsent`). Absent for an unknown id and for another actor's receipt.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another action; the database does not answer or cannot be read.
    pub async fn own_consent_receipt(&self, mandate: &Mandate, id: &str) -> Result<Option<StoredReceipt>, CatalogueError> {
        if mandate.action() != WriteAction::RecordConsent {
            return Err(CatalogueError::WrongKey);
        }
        self.receipt_of(mandate.actor(), id).await
    }

    /// A receipt of the Grant's holder (action `ReadPatient`). Absent for an unknown id and for another holder's receipt.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action; the database does not answer or cannot be read.
    pub async fn consent_receipt(&self, grant: &Grant, id: &str) -> Result<Option<StoredReceipt>, CatalogueError> {
        if grant.action() != Action::ReadPatient {
            return Err(CatalogueError::WrongKey);
        }
        self.receipt_of(grant.holder(), id).await
    }

    async fn receipt_of(&self, holder: &str, id: &str) -> Result<Option<StoredReceipt>, CatalogueError> {
        let Ok(id) = Value::outside(id, "id") else { return Ok(None) };
        let mut snapshot = self.database.begin_snapshot().await?;
        let sql = "SELECT id, site, received, item_count FROM consent_receipt WHERE id = $1 AND holder = $2";
        let Some(row) = snapshot.fetch_first(sql, vec![id, holder.into()]).await? else {
            return Ok(None);
        };
        let id = row.text(0, "receipt")?;
        Ok(Some(StoredReceipt {
            site: row.parsed(1, "site", SiteId::parse)?,
            received: row.time(2, "received")?,
            item_count: row.count(3, "item count")?,
            items: items_of(&mut snapshot, &id).await?,
            id,
        }))
    }
}

async fn items_of(transaction: &mut Transaction, receipt: &str) -> Result<Vec<ReceiptItem>, CatalogueError> {
    let sql = "SELECT position, outcome, reason, event, form, scan_sha256, relation, recorded, epoch \
               FROM consent_receipt_item WHERE receipt = $1 ORDER BY position";
    let rows = transaction.fetch_all_of(sql.to_owned(), vec![receipt.into()]).await?;
    rows.iter().map(item_of).collect()
}

fn item_of(row: &Row) -> Result<ReceiptItem, CatalogueError> {
    let event = row.maybe_int(3, "event")?.map(u64::try_from).transpose();
    Ok(ReceiptItem {
        position: row.count(0, "position")?,
        outcome: row.parsed(1, "outcome", |text| IntakeOutcome::parse(text).ok_or(()))?,
        reason: row.text(2, "reason")?,
        event: event.map_err(|_| CatalogueError::Corrupt { what: "event" })?,
        form: row.maybe_text(4, "form")?,
        scan_sha256: row.maybe_text(5, "scan")?,
        relation: row.maybe_text(6, "relation")?,
        recorded: row.time(7, "recorded")?,
        epoch: row.count(8, "epoch")?,
    })
}
