//! The ledger of merges: statements that two participants are one person, and what a person decided about each.
//!
//! Rows are only ever added. A row takes its number from the sequence of the consent ledger, so the epoch moves with every row, and a request that begins
//! after the commit is decided with it. Links between numbers and participants never change by a merge: the survivor of a participant is looked up when
//! a unit is stored, and the units move with the review. Therefore the undo of a review restores the state before it.

mod open;
mod review;
mod units;

use gemj_access::{Joined, Merge, MergeState, OperatorListing};
use gemj_model::{Ordinal, ParticipantId, SiteId, Timestamp};

use crate::audit::operation::append_listing;
use crate::catalogue::Catalogue;
use crate::database::{Row, Transaction, Value};
use crate::error::CatalogueError;
use crate::write::{Write, lock_state};

pub(crate) use open::restate;
pub use open::{NewMerge, OpenedMerge};
pub use review::ReviewedMerge;
pub(crate) use review::review_in;

/// The origin of the statement that two participants are one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeSource {
    /// The operator of the installation.
    Operator,
    /// An HL7 message of an institution.
    Message,
    /// An event of an institution's portal.
    Portal,
}

impl MergeSource {
    /// The name of the source, as it is stored and printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Message => "hl7-message",
            Self::Portal => "portal",
        }
    }

    /// The source with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Operator, Self::Message, Self::Portal]
            .into_iter()
            .find(|source| source.as_str() == text)
    }
}

/// What one row of the ledger of merges records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeEventKind {
    /// An institution or the operator stated that the two participants are one person. The first row of a case.
    Stated,
    /// A person decided that the two participants are one person.
    Same,
    /// A person decided that the two participants are two persons. After [`MergeEventKind::Same`], this is the undo of the merge.
    Different,
}

impl MergeEventKind {
    /// The name of the kind, as it is stored and printed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Same => "same",
            Self::Different => "different",
        }
    }

    /// The kind with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Stated, Self::Same, Self::Different]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// One row of the ledger of merges. It contains no number of an institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeEvent {
    /// The number of the row in the ledger.
    pub sequence: u64,
    /// The number of the case: the number of its first row.
    pub case: u64,
    /// What the row records.
    pub kind: MergeEventKind,
    /// The participant under whom the person is known from now on.
    pub survivor: Ordinal,
    /// The participant under whom the person was known too.
    pub prior: Ordinal,
    /// The origin of the statement.
    pub source: MergeSource,
    /// The institution that stated the merge; absent for the operator.
    pub site: Option<SiteId>,
    /// A keyed digest of the id of the message. Empty if the statement came in no message.
    pub message: String,
    /// The time of the statement, as the institution stated it.
    pub stated: Timestamp,
    /// The time at which the row was recorded.
    pub recorded: Timestamp,
    /// The actor of the write.
    pub actor: String,
    /// The reason.
    pub reason: String,
}

/// A case with all its rows, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergeCase {
    /// The participant under whom the person is known from now on.
    pub survivor: ParticipantId,
    /// The participant under whom the person was known too.
    pub prior: ParticipantId,
    /// The rows of the case in order. The first one is the statement.
    pub events: Vec<MergeEvent>,
}

impl MergeCase {
    /// The number of the case.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.events.first().map_or(0, |event| event.case)
    }

    /// The state of the case: `open`, `same`, `different`, or `undone` after a merge that was undone.
    #[must_use]
    pub fn state(&self) -> &'static str {
        let was_same = self.events.iter().any(|event| event.kind == MergeEventKind::Same);
        match self.events.last().map(|event| event.kind) {
            None | Some(MergeEventKind::Stated) => "open",
            Some(MergeEventKind::Same) => "same",
            Some(MergeEventKind::Different) if was_same => "undone",
            Some(MergeEventKind::Different) => "different",
        }
    }
}

impl Catalogue {
    /// All cases in order of number, for the operator. With `of`, the cases of one participant.
    ///
    /// # Errors
    /// The database does not answer or cannot be read. Without an audit row nothing is returned.
    pub async fn merge_cases(
        &self,
        listing: &OperatorListing,
        of: Option<&ParticipantId>,
        now: Timestamp,
    ) -> Result<Vec<MergeCase>, CatalogueError> {
        let mut transaction = self.database.begin_write().await?;
        let state = lock_state(&mut transaction).await?;
        append_listing(&mut transaction, now, listing, state.epoch).await?;
        let sql = format!(
            "SELECT {MERGE_COLUMNS}, (SELECT p.id FROM participant p WHERE p.ordinal = merge_event.survivor), \
             (SELECT p.id FROM participant p WHERE p.ordinal = merge_event.prior) FROM merge_event ORDER BY merge_case, sequence"
        );
        let rows = transaction.fetch_all_of(sql, Vec::new()).await?;
        transaction.commit().await?;
        let mut cases: Vec<MergeCase> = Vec::new();
        for row in &rows {
            let event = merge_event_of(row)?;
            match cases.last_mut() {
                Some(case) if case.number() == event.case => case.events.push(event),
                _ => cases.push(MergeCase {
                    survivor: row.parsed(12, "participant id", ParticipantId::parse)?,
                    prior: row.parsed(13, "participant id", ParticipantId::parse)?,
                    events: vec![event],
                }),
            }
        }
        cases.retain(|case| of.is_none_or(|of| case.survivor == *of || case.prior == *of));
        Ok(cases)
    }
}

/// The columns of `merge_event` that [`merge_event_of`] reads, in order.
pub(crate) const MERGE_COLUMNS: &str =
    "sequence, merge_case, kind, survivor, prior, source, site, message, stated, recorded, actor, reason";

/// Reads a row of the ledger of merges. A code that only a later version knows is an error, because no request may be decided on a part of the ledger.
pub(crate) fn merge_event_of(row: &Row) -> Result<MergeEvent, CatalogueError> {
    let site = row.text(6, "site")?;
    let site = (!site.is_empty()).then(|| SiteId::parse(&site)).transpose();
    Ok(MergeEvent {
        sequence: row.count(0, "merge")?,
        case: row.count(1, "merge")?,
        kind: row.parsed(2, "merge", |text| MergeEventKind::parse(text).ok_or(()))?,
        survivor: row.ordinal(3)?,
        prior: row.ordinal(4)?,
        source: row.parsed(5, "merge", |text| MergeSource::parse(text).ok_or(()))?,
        site: site.map_err(|_| CatalogueError::Corrupt { what: "site" })?,
        message: row.text(7, "merge")?,
        stated: row.time(8, "merge")?,
        recorded: row.time(9, "merge")?,
        actor: row.text(10, "merge")?,
        reason: row.text(11, "merge")?,
    })
}

/// The rows of the ledger after a sequence number and up to another, in order.
pub(crate) async fn merge_events_between(transaction: &mut Transaction, after: i64, last: i64) -> Result<Vec<MergeEvent>, CatalogueError> {
    let sql = format!("SELECT {MERGE_COLUMNS} FROM merge_event WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence");
    let rows = transaction.fetch_all_of(sql, vec![after.into(), last.into()]).await?;
    rows.iter().map(merge_event_of).collect()
}

/// The present state of every case, in order of number.
pub(crate) async fn merges_in(transaction: &mut Transaction) -> Result<Vec<Merge>, CatalogueError> {
    Ok(states_of(&merge_events_between(transaction, -1, i64::MAX).await?))
}

/// The persons that follow from all merges.
pub(crate) async fn joined_in(transaction: &mut Transaction) -> Result<Joined, CatalogueError> {
    Ok(Joined::of(&merges_in(transaction).await?))
}

/// The present state of the case of each row, if the rows are all rows of these cases.
pub(crate) fn states_of(events: &[MergeEvent]) -> Vec<Merge> {
    let mut merges = std::collections::BTreeMap::new();
    for event in events {
        let merge = Merge {
            number: event.case,
            survivor: event.survivor,
            prior: event.prior,
            state: match event.kind {
                MergeEventKind::Stated => MergeState::Open,
                MergeEventKind::Same => MergeState::Same { reviewed: event.sequence },
                MergeEventKind::Different => MergeState::Different,
            },
        };
        merges.insert(event.case, merge);
    }
    merges.into_values().collect()
}

/// Appends a row, with the next number of the ledger. A statement without a case begins a case with the same number. Returns the number of the case.
async fn append(write: &mut Write, mut event: MergeEvent) -> Result<u64, CatalogueError> {
    event.sequence = write.take_sequences(1);
    if event.kind == MergeEventKind::Stated {
        event.case = event.sequence;
    }
    let row = [
        Value::count(event.sequence, "sequence")?,
        Value::count(event.case, "merge")?,
        event.kind.as_str().into(),
        event.survivor.0.into(),
        event.prior.0.into(),
        event.source.as_str().into(),
        event.site.as_ref().map(SiteId::as_str).unwrap_or_default().into(),
        Value::outside(&event.message, "message")?,
        event.stated.into(),
        event.recorded.into(),
        Value::outside(&event.actor, "actor")?,
        Value::outside(&event.reason, "reason")?,
    ];
    let into = "merge_event (sequence, merge_case, kind, survivor, prior, source, site, message, stated, recorded, actor, reason)";
    write.transaction.insert(into, [row]).await?;
    let case = event.case;
    write.vouch(crate::audit::covered::of_merges(&[event]));
    Ok(case)
}
