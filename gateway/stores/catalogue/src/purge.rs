//! Erasure of the data of a participant who withdrew. The consent ledger, the merge ledger, the audit trail and a row about the erasure stay.
//!
//! One transaction erases all rows and notes the files and the index sources that are still to be erased. The later steps can be repeated: a process
//! that is killed after any of them leaves a state from which the next call continues.

mod blocked;
mod counts;
mod erase;
mod physical;
mod rows;
mod steps;

use std::collections::BTreeMap;

use gemj_access::{OperatorRead, OperatorReadAction};
use gemj_model::{ConsentEvent, Ordinal, Participant, Timestamp};

use crate::catalogue::Catalogue;
use crate::consent_ledger::{EVENT_COLUMNS, event_of};
use crate::database::{Transaction, Value, placeholders};
use crate::error::CatalogueError;
use crate::merges::joined_in;
use crate::participants::{PARTICIPANT_COLUMNS, participant_of};
use crate::programme_state::{READ_STATE, state_of};

pub(crate) use blocked::refuse_purged;
pub use erase::NewPurge;
pub use steps::PurgedSources;
pub(crate) use steps::purged_in;

/// The reason why a participant's data may be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurgeGround {
    /// The policy of the installation orders the erasure for the participant's forms, and its waiting time is over.
    Policy,
    /// The operator states that the erasure was ordered.
    Statement,
}

impl PurgeGround {
    /// The name of the ground in the database and in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Statement => "statement",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Policy, Self::Statement].into_iter().find(|ground| ground.as_str() == text)
    }
}

/// The recorded erasure of a participant's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedPurge {
    /// The time at which the rows were erased. Since then no answer contains the data, and new data is refused.
    pub begun: Timestamp,
    /// The time at which the last bytes were erased; absent if the erasure was interrupted.
    pub ended: Option<Timestamp>,
    /// The reason why the data may be erased.
    pub ground: PurgeGround,
    /// The reason that the operator stated.
    pub reason: String,
}

/// A person whose data may be erased: the participants who are one person, and everything on which the erasure is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurgePerson {
    /// The epoch of the ledgers at which the person was read.
    pub epoch: u64,
    /// The participants who are this person, with their consent events in the order of the ledger. Several after a reviewed merge.
    pub participants: Vec<(Participant, Vec<ConsentEvent>)>,
    /// Whether it is not decided whether one of them and another participant are one person.
    pub has_open_merge: bool,
    /// The number of rows and files of each kind that are stored about the person, or that were stored when the erasure began.
    pub counts: BTreeMap<String, u64>,
    /// The erasure; absent if it has not begun.
    pub purge: Option<RecordedPurge>,
}

impl PurgePerson {
    /// The ordinals of the participants, in order.
    #[must_use]
    pub fn ordinals(&self) -> Vec<Ordinal> {
        self.participants.iter().map(|(participant, _)| participant.ordinal).collect()
    }
}

/// The participants of one person, for the conditions of SQL statements.
#[derive(Clone, Debug)]
pub(crate) struct People(Vec<Ordinal>);

impl People {
    pub(crate) fn new(ordinals: &[Ordinal]) -> Self {
        Self(ordinals.to_vec())
    }

    /// The statement with `@` replaced by the list of the ordinals. `@` may occur several times. The arguments are [`Self::arguments`].
    pub(crate) fn sql(&self, statement: &str) -> String {
        statement.replace('@', &format!("IN ({})", placeholders(1, self.0.len())))
    }

    pub(crate) fn arguments(&self) -> Vec<Value> {
        self.0.iter().map(|ordinal| ordinal.0.into()).collect()
    }

    pub(crate) fn ordinals(&self) -> &[Ordinal] {
        &self.0
    }
}

impl Catalogue {
    /// The person of a participant, with everything on which an erasure is decided (action `Purge`). Absent if the participant is not registered. The
    /// read is audited.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a key of another action; the database does not answer or cannot be read.
    pub async fn purge_person(&self, read: &OperatorRead, now: Timestamp) -> Result<Option<PurgePerson>, CatalogueError> {
        let (mut transaction, ordinal) = self.begin_operator_read(read, OperatorReadAction::Purge, now).await?;
        let found = match ordinal {
            Some(ordinal) => Some(person_in(&mut transaction, ordinal).await?),
            None => None,
        };
        transaction.commit().await?;
        Ok(found)
    }
}

async fn person_in(transaction: &mut Transaction, ordinal: Ordinal) -> Result<PurgePerson, CatalogueError> {
    let state = state_of(transaction.fetch_first(READ_STATE, Vec::new()).await?.as_ref())?;
    let joined = joined_in(transaction).await?;
    let ordinals = joined.participants_of(joined.survivor_of(ordinal));
    let people = People::new(&ordinals);
    let sql = people.sql(&format!(
        "SELECT {PARTICIPANT_COLUMNS} FROM participant WHERE ordinal @ ORDER BY ordinal"
    ));
    let mut participants = Vec::new();
    for row in transaction.fetch_all_of(sql, people.arguments()).await? {
        let participant = participant_of(&row)?;
        let sql = format!("SELECT {EVENT_COLUMNS} FROM consent_event WHERE ordinal = $1 ORDER BY sequence");
        let events = transaction.fetch_all_of(sql, vec![participant.ordinal.0.into()]).await?;
        participants.push((participant, events.iter().map(event_of).collect::<Result<_, _>>()?));
    }
    let purge = recorded_in(transaction, &people).await?;
    let counts = match purge {
        Some(_) => counts::recorded(transaction, &people).await?,
        None => counts::stored(transaction, &people).await?,
    };
    let undecided = joined.undecided();
    Ok(PurgePerson {
        epoch: state.epoch,
        has_open_merge: ordinals.iter().any(|ordinal| undecided.contains(ordinal.0)),
        participants,
        counts,
        purge,
    })
}

async fn recorded_in(transaction: &mut Transaction, people: &People) -> Result<Option<RecordedPurge>, CatalogueError> {
    let sql = people.sql("SELECT begun, ended, ground, reason FROM purge WHERE ordinal @ ORDER BY ended IS NULL DESC, ordinal");
    let rows = transaction.fetch_all_of(sql, people.arguments()).await?;
    rows.first()
        .map(|row| {
            Ok(RecordedPurge {
                begun: row.time(0, "purge")?,
                ended: row.maybe_time(1, "purge")?,
                ground: row.parsed(2, "purge", |text| PurgeGround::parse(text).ok_or(()))?,
                reason: row.text(3, "purge")?,
            })
        })
        .transpose()
}
