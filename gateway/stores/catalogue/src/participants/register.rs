//! Registers participants, and completes the stored data of registered participants from later statements.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use gemj_model::fact::CaseRecord;
use gemj_model::{DatasetId, FamilyId, Ordinal, PartialDate, Participant, ParticipantId, Sex, SiteId};

use super::refold::PersonStated;
use super::{NewParticipant, PARTICIPANT_COLUMNS, participant_of};
use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;
use crate::filter_changes::facts_change;
use crate::new_object::NewSample;
use crate::objects::is_family_said;
use crate::write::Write;

/// The data that one unit of input states about one participant.
#[derive(Clone, Debug)]
pub(crate) struct Stated {
    participant: ParticipantId,
    family: Option<FamilyId>,
    sex: Sex,
    born: Option<PartialDate>,
    site: Option<SiteId>,
}

impl Stated {
    /// A statement that only names the participant.
    pub(crate) fn only(participant: &ParticipantId) -> Self {
        Self {
            participant: participant.clone(),
            family: None,
            sex: Sex::Unknown,
            born: None,
            site: None,
        }
    }

    /// The data that an explicit registration states about a participant.
    pub(crate) fn of_new(new: &NewParticipant) -> Self {
        Self {
            participant: new.participant.clone(),
            family: new.family.clone(),
            sex: new.sex,
            born: None,
            site: new.site.clone(),
        }
    }

    /// The data that a sample sheet states about the participant of a sample. Absent for a sample without a participant.
    pub(crate) fn of_sample(sample: &NewSample) -> Option<Self> {
        Some(Self {
            participant: sample.participant.clone()?,
            family: sample.family.clone(),
            sex: sample.sex,
            born: None,
            site: sample.site.clone(),
        })
    }

    /// The data that a case states about its participant, without sex and birth: [`super::refold`] computes them from all current cases together. The
    /// institution that sends a case is not stated as the institution of the participant: any institution that uses a number for the participant can
    /// send cases, but only an enrolment names the participant's own hospital.
    pub(crate) fn of_case(record: &CaseRecord) -> Self {
        Self {
            participant: record.participant.clone(),
            family: record.family.clone(),
            sex: Sex::Unknown,
            born: None,
            site: None,
        }
    }

    /// Adds the data of another statement about the same participant. Two statements conflict if they state different families, sexes or dates of
    /// birth. A different site is no conflict: the site that was stated first is kept.
    fn join(&mut self, said: &Self) -> Result<(), CatalogueError> {
        match (&self.family, &said.family) {
            (Some(known), Some(said)) if known != said => return Err(CatalogueError::Conflict { field: "family" }),
            (None, Some(said)) => self.family = Some(said.clone()),
            _ => {}
        }
        let mut person = PersonStated {
            sex: self.sex,
            born: self.born.take(),
        };
        person.join(said.sex, said.born.as_ref())?;
        (self.sex, self.born) = (person.sex, person.born);
        if self.site.is_none() {
            self.site.clone_from(&said.site);
        }
        Ok(())
    }
}

/// The result of a registration.
pub(crate) struct People {
    /// The ordinals of all participants in the statements.
    pub(crate) ordinals: HashMap<ParticipantId, Ordinal>,
    /// The number of participants whose rows were added or changed.
    pub(crate) changed: u64,
    /// The number of participants whose rows were added.
    pub(crate) added: u64,
}

/// Registers all unknown participants with the next ordinals, in the given order. Completes the stored data of the participants that are
/// already registered.
pub(crate) async fn register(write: &mut Write, stated: &[Stated]) -> Result<People, CatalogueError> {
    let mut order: Vec<ParticipantId> = Vec::new();
    let mut wanted: HashMap<ParticipantId, Stated> = HashMap::with_capacity(stated.len());
    for person in stated {
        match wanted.entry(person.participant.clone()) {
            Entry::Vacant(entry) => {
                order.push(person.participant.clone());
                entry.insert(person.clone());
            }
            Entry::Occupied(mut entry) => entry.get_mut().join(person)?,
        }
    }
    let known = find(write, &order).await?;
    let mut people = People {
        ordinals: HashMap::with_capacity(order.len()),
        changed: 0,
        added: 0,
    };
    let mut new = Vec::new();
    for id in order {
        let Some(said) = wanted.remove(&id) else { continue };
        match known.get(&id) {
            Some(row) => {
                people.ordinals.insert(id, row.ordinal);
                people.changed += u64::from(fill_in(write, row, &said).await?);
            }
            None => new.push(said),
        }
    }
    people.added = new.len() as u64;
    people.changed += people.added;
    add(write, new, &mut people.ordinals).await?;
    Ok(people)
}

/// The registered participants among the participants with these ids.
async fn find(write: &mut Write, ids: &[ParticipantId]) -> Result<HashMap<ParticipantId, Participant>, CatalogueError> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(MAX_PARAMETERS) {
        let sql = format!(
            "SELECT {PARTICIPANT_COLUMNS} FROM participant WHERE id IN ({})",
            placeholders(1, chunk.len())
        );
        let arguments = chunk.iter().map(|id| Value::from(id.as_str())).collect();
        for row in write.transaction.fetch_all_of(sql, arguments).await? {
            let participant = participant_of(&row)?;
            found.insert(participant.id.clone(), participant);
        }
    }
    Ok(found)
}

async fn fill_in(write: &mut Write, row: &Participant, said: &Stated) -> Result<bool, CatalogueError> {
    let mut joined = Stated {
        participant: row.id.clone(),
        family: row.family.clone(),
        sex: row.sex,
        born: row.born.clone(),
        site: row.site.clone(),
    };
    let is_new = is_new_enrolment(write, row.ordinal, said).await?;
    let is_another = said.family.is_some() && row.family.is_some() && said.family != row.family;
    if is_another && !is_family_said(write, row.ordinal).await? {
        // Only an unloaded file named the stored family. The new statement replaces it.
        joined.family = None;
    }
    joined.join(said)?;
    if (&joined.family, joined.sex, &joined.born, &joined.site) == (&row.family, row.sex, &row.born, &row.site) {
        return Ok(is_new);
    }
    let epoch = write.policy_changes();
    let arguments = vec![
        row.ordinal.0.into(),
        joined.family.as_ref().map(FamilyId::as_str).into(),
        joined.sex.as_str().into(),
        joined.site.as_ref().map(SiteId::as_str).into(),
        epoch.into(),
        joined.born.as_ref().map(PartialDate::as_str).into(),
    ];
    let update = "UPDATE participant SET family = $2, sex = $3, site = $4, epoch = $5, born = $6 WHERE ordinal = $1";
    write.transaction.execute(update, arguments).await?;
    if joined.born != row.born {
        birth_changes(write, row.ordinal).await?;
    }
    Ok(true)
}

/// Records that an enrolment states the participant's sex. Returns whether no enrolment stated it before.
async fn is_new_enrolment(write: &mut Write, person: Ordinal, said: &Stated) -> Result<bool, CatalogueError> {
    if said.sex == Sex::Unknown {
        return Ok(false);
    }
    let update = "UPDATE participant SET enrolled_sex = $2 WHERE ordinal = $1 AND enrolled_sex <> $2";
    let arguments = vec![person.0.into(), said.sex.as_str().into()];
    Ok(write.transaction.execute(update, arguments).await? > 0)
}

/// Records a changed date of birth for every dataset of the participant, because filters by age read the date together with the facts.
pub(super) async fn birth_changes(write: &mut Write, person: Ordinal) -> Result<(), CatalogueError> {
    let sql = "SELECT dataset FROM membership WHERE ordinal = $1 ORDER BY dataset";
    for row in write.transaction.fetch_all(sql, vec![person.0.into()]).await? {
        let dataset = row.parsed(0, "dataset", DatasetId::parse)?;
        facts_change(write, &dataset, person).await?;
    }
    Ok(())
}

async fn add(write: &mut Write, new: Vec<Stated>, ordinals: &mut HashMap<ParticipantId, Ordinal>) -> Result<(), CatalogueError> {
    if new.is_empty() {
        return Ok(());
    }
    let last = "SELECT COALESCE(MAX(ordinal), -1) FROM participant";
    let last = write.transaction.fetch_first(last, Vec::new()).await?;
    let next = last.ok_or(CatalogueError::Corrupt { what: "ordinal" })?.int(0, "ordinal")? + 1;
    let epoch = write.policy_changes();
    let mut rows: Vec<[Value; 9]> = Vec::with_capacity(new.len());
    for (said, number) in new.into_iter().zip(next..) {
        let ordinal = u32::try_from(number).ok().filter(|n| *n < u32::MAX);
        let ordinal = Ordinal(ordinal.ok_or(CatalogueError::Invalid { field: "ordinal" })?);
        rows.push([
            ordinal.0.into(),
            said.participant.as_str().into(),
            said.family.as_ref().map(FamilyId::as_str).into(),
            said.sex.as_str().into(),
            said.site.as_ref().map(SiteId::as_str).into(),
            epoch.into(),
            said.born.as_ref().map(PartialDate::as_str).into(),
            said.sex.as_str().into(),
            said.born.as_ref().map(PartialDate::as_str).into(),
        ]);
        ordinals.insert(said.participant, ordinal);
    }
    write
        .transaction
        .insert(
            "participant (ordinal, id, family, sex, site, epoch, born, enrolled_sex, enrolled_born)",
            rows,
        )
        .await
}
