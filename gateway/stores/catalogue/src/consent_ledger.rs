//! The append-only consent ledger.

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{Clause, ClauseSet, ConsentEvent, ConsentKind, FormId, Ground, Ordinal, Participant, ParticipantId, Timestamp};

use crate::audit::covered;
use crate::catalogue::{Catalogue, check_job};
use crate::database::{MAX_PARAMETERS, Row, Transaction, Value, placeholders};
use crate::error::CatalogueError;
use crate::merges::joined_in;
use crate::participants::{PARTICIPANT_COLUMNS, Stated, participant_of, register};
use crate::withdrawal_notices::{is_withdrawal, notify_of};
use crate::write::Write;

/// A consent event to append, for a participant that is given by id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewConsent {
    /// The participant whose consent the event concerns.
    pub participant: ParticipantId,
    /// The kind of consent event.
    pub kind: ConsentKind,
    /// The signed consent form; absent for an event without a form.
    pub form: Option<FormId>,
    /// The clauses that the event concerns.
    pub clauses: ClauseSet,
    /// The time from which the event applies. A withdrawal applies from its recording, even if its effective time is later.
    pub effective: Timestamp,
    /// The legal ground for the uses that the event permits.
    pub ground: Ground,
    /// The sequence number of the event that a correction corrects. This event must belong to the same participant. Absent for an event that is
    /// not a correction.
    pub corrects: Option<u64>,
}

impl NewConsent {
    fn statement(&self) -> ConsentStatement {
        ConsentStatement {
            kind: self.kind,
            form: self.form.clone(),
            clauses: self.clauses,
            effective: self.effective,
            ground: self.ground,
            corrects: self.corrects,
        }
    }
}

/// The content of a consent event, without its participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentStatement {
    /// The kind of consent event.
    pub kind: ConsentKind,
    /// The signed consent form; absent for an event without a form.
    pub form: Option<FormId>,
    /// The clauses that the event concerns.
    pub clauses: ClauseSet,
    /// The time from which the event applies. A withdrawal applies from its recording, even if its effective time is later.
    pub effective: Timestamp,
    /// The legal ground for the uses that the event permits.
    pub ground: Ground,
    /// The sequence number of the event that a correction corrects. This event must belong to the same participant. Absent for an event that is
    /// not a correction.
    pub corrects: Option<u64>,
}

/// The treatment of a consent event whose participant is not registered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownParticipant {
    /// The participant is registered, in no dataset, because consent often arrives before data.
    Register,
    /// The whole call fails, and nothing is appended.
    Refuse,
}

impl Catalogue {
    /// Appends consent events in order, all or none (action `RecordConsent`). Each event gets its own sequence number. Returns the epoch after
    /// the commit. Every answer that begins after this call returns takes the events into account.
    ///
    /// # Errors
    /// Nothing is appended on an error:
    /// * [`CatalogueError::WrongKey`] for a mandate of another action, or for a participant outside the mandate;
    /// * [`CatalogueError::UnknownParticipant`] for an unknown participant with [`UnknownParticipant::Refuse`];
    /// * [`CatalogueError::NotFound`] `consent event` for a correction of an event that does not belong to the participant;
    /// * [`CatalogueError::Invalid`] `corrects` for an event that is not a correction but names an event to correct.
    pub async fn append_consent(
        &self,
        mandate: &Mandate,
        events: &[NewConsent],
        recorded: Timestamp,
        unknown: UnknownParticipant,
    ) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RecordConsent]).await?;
        if unknown == UnknownParticipant::Refuse {
            refuse_unknown(&mut write, events).await?;
        }
        append_new(&mut write, mandate, events, recorded).await?;
        let after = write.commit(self, mandate, "consent-ledger", events.len() as u64).await?;
        Ok(after.epoch)
    }

    /// A participant with all consent events in the order of the ledger (jobs `CompareConsent`, `FoldPolicy`). Absent if the participant is not
    /// registered.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn consent_history(
        &self,
        upkeep: Upkeep,
        participant: &ParticipantId,
    ) -> Result<Option<(Participant, Vec<ConsentEvent>)>, CatalogueError> {
        check_job(upkeep, &[Job::CompareConsent, Job::FoldPolicy])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        history_in(&mut snapshot, participant).await
    }
}

/// A participant with all consent events in the order of the ledger, read in a transaction. Absent if the participant is not registered.
pub(crate) async fn history_in(
    transaction: &mut Transaction,
    participant: &ParticipantId,
) -> Result<Option<(Participant, Vec<ConsentEvent>)>, CatalogueError> {
    let sql = format!("SELECT {PARTICIPANT_COLUMNS} FROM participant WHERE id = $1");
    let found = transaction.fetch_all_of(sql, vec![participant.as_str().into()]).await?;
    let Some(row) = found.first() else { return Ok(None) };
    let person = participant_of(row)?;
    let sql = format!("SELECT {EVENT_COLUMNS} FROM consent_event WHERE ordinal = $1 ORDER BY sequence");
    let events = transaction.fetch_all_of(sql, vec![person.ordinal.0.into()]).await?;
    let events = events.iter().map(event_of).collect::<Result<_, _>>()?;
    Ok(Some((person, events)))
}

/// Appends consent events of participants that are given by id, and registers unknown participants. Returns the number of the first event. If a write
/// calls this function again, it must append an audit row between the calls.
pub(crate) async fn append_new(
    write: &mut Write,
    mandate: &Mandate,
    events: &[NewConsent],
    recorded: Timestamp,
) -> Result<u64, CatalogueError> {
    let stated: Vec<_> = events.iter().map(|e| Stated::only(&e.participant)).collect();
    let people = register(write, &stated).await?;
    let mut said = Vec::with_capacity(events.len());
    for event in events {
        let ordinal = people.ordinals.get(&event.participant).copied();
        let ordinal = ordinal.ok_or(CatalogueError::Corrupt { what: "participant" })?;
        said.push((ordinal, event.statement()));
    }
    append_events(write, mandate, &said, recorded).await
}

/// Appends consent events in order, and records the notices for each withdrawal. Returns the number of the first event. Fails if the mandate does not
/// cover one of the participants. If a write calls this function again, it must append an audit row between the calls.
pub(crate) async fn append_events(
    write: &mut Write,
    mandate: &Mandate,
    events: &[(Ordinal, ConsentStatement)],
    recorded: Timestamp,
) -> Result<u64, CatalogueError> {
    if events.iter().any(|(participant, _)| !mandate.reaches_patient(*participant)) {
        return Err(CatalogueError::WrongKey);
    }
    refuse_wrong_corrections(write, events).await?;
    let first = write.take_sequences(events.len() as u64);
    let appended: Vec<_> = events
        .iter()
        .zip(first..)
        .map(|((participant, event), sequence)| ConsentEvent {
            sequence,
            participant: *participant,
            kind: event.kind,
            form: event.form.clone(),
            clauses: event.clauses,
            effective: event.effective,
            recorded,
            ground: event.ground,
            corrects: event.corrects,
        })
        .collect();
    let rows = appended.iter().map(values_of).collect::<Result<Vec<_>, _>>()?;
    let into = "consent_event (sequence, ordinal, kind, form, clauses, effective, recorded, ground, corrects)";
    write.transaction.insert(into, rows).await?;
    write.vouch(covered::of_events(&appended));
    if events.iter().any(|(_, event)| is_withdrawal(event)) {
        let joined = joined_in(&mut write.transaction).await?;
        for ((participant, event), sequence) in events.iter().zip(first..) {
            // A withdrawal closes every participant who is, or may be, the same person.
            for person in joined.maybe_one_person(*participant) {
                notify_of(write, sequence, person, event, recorded).await?;
            }
        }
    }
    Ok(first)
}

fn values_of(event: &ConsentEvent) -> Result<[Value; 9], CatalogueError> {
    let corrects = event.corrects.map(i64::try_from).transpose();
    Ok([
        Value::count(event.sequence, "sequence")?,
        event.participant.0.into(),
        event.kind.as_str().into(),
        event.form.as_ref().map(FormId::as_str).into(),
        event.clauses.joined().as_str().into(),
        event.effective.into(),
        event.recorded.into(),
        event.ground.as_str().into(),
        corrects.map_err(|_| CatalogueError::Invalid { field: "corrects" })?.into(),
    ])
}

/// Checks the corrections among the events. Only a correction may name an event to correct. The named event must be in the ledger and belong to
/// the same participant.
async fn refuse_wrong_corrections(write: &mut Write, events: &[(Ordinal, ConsentStatement)]) -> Result<(), CatalogueError> {
    for (participant, event) in events {
        let Some(corrects) = event.corrects else { continue };
        if event.kind != ConsentKind::Corrected {
            return Err(CatalogueError::Invalid { field: "corrects" });
        }
        let sql = "SELECT 1 FROM consent_event WHERE sequence = $1 AND ordinal = $2";
        let arguments = vec![Value::count(corrects, "corrects")?, participant.0.into()];
        if write.transaction.fetch_first(sql, arguments).await?.is_none() {
            return Err(CatalogueError::NotFound { what: "consent event" });
        }
    }
    Ok(())
}

/// Fails with the first event whose participant is not registered.
async fn refuse_unknown(write: &mut Write, events: &[NewConsent]) -> Result<(), CatalogueError> {
    let mut start = 0;
    for chunk in events.chunks(MAX_PARAMETERS) {
        let sql = format!("SELECT id FROM participant WHERE id IN ({})", placeholders(1, chunk.len()));
        let arguments = chunk.iter().map(|e| e.participant.as_str().into()).collect();
        let mut known = std::collections::HashSet::new();
        for row in write.transaction.fetch_all_of(sql, arguments).await? {
            known.insert(row.text(0, "participant id")?);
        }
        if let Some(offset) = chunk.iter().position(|e| !known.contains(e.participant.as_str())) {
            return Err(CatalogueError::UnknownParticipant { position: start + offset });
        }
        start += chunk.len();
    }
    Ok(())
}

/// The columns of `consent_event` that `event_of` reads, in order.
pub(crate) const EVENT_COLUMNS: &str = "sequence, ordinal, kind, form, clauses, effective, recorded, ground, corrects";

/// Reads a consent event from a row with the columns [`EVENT_COLUMNS`]. A code that only a later version knows is an error, because no request
/// may be decided on a part of the ledger.
pub(crate) fn event_of(row: &Row) -> Result<ConsentEvent, CatalogueError> {
    Ok(ConsentEvent {
        sequence: row.count(0, "sequence")?,
        participant: row.ordinal(1)?,
        kind: row.parsed(2, "consent kind", |text| ConsentKind::parse(text).ok_or(()))?,
        form: row.maybe_parsed(3, "consent form", FormId::parse)?,
        clauses: row.parsed(4, "clauses", clauses)?,
        effective: row.time(5, "effective time")?,
        recorded: row.time(6, "recorded time")?,
        ground: row.parsed(7, "ground", |text| Ground::parse(text).ok_or(()))?,
        corrects: row
            .maybe_int(8, "corrects")?
            .map(u64::try_from)
            .transpose()
            .map_err(|_| CatalogueError::Corrupt { what: "corrects" })?,
    })
}

/// Parses the output of `ClauseSet::joined`. Unlike in a list that a person wrote, any deviation from this format is an error.
fn clauses(text: &str) -> Result<ClauseSet, ()> {
    if text.is_empty() {
        return Ok(ClauseSet::EMPTY);
    }
    text.split(';').map(|word| Clause::parse(word).ok_or(())).collect()
}
