//! Participants: their ordinals, and their memberships of datasets.

mod listed;
mod refold;
mod register;
mod registered;
mod sexes;

use std::collections::HashSet;

use gemj_access::{Grant, Mandate, WriteAction};
use gemj_model::{DatasetId, FamilyId, Ordinal, PartialDate, Participant, ParticipantId, Sex, SiteId};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Row, Value, giving_way, placeholders};
use crate::error::CatalogueError;
use crate::new_object::NewSample;
use crate::purge::refuse_purged;
use crate::write::Write;

pub use listed::{LinkedNamespace, ListedParticipant, Registration};
pub(crate) use refold::{refold, refuse_contradictions, states_what_is_known};
pub(crate) use register::{Stated, register};
pub use registered::NewParticipant;
pub(crate) use sexes::KeptSexes;

impl Catalogue {
    /// Assigns an ordinal to every named participant before `register_object`, so that segments can be built (actions `Load`, `Ingest`). The
    /// call does not make a participant a member of the dataset. Returns one entry for each sample, in order. An entry is absent for a sample
    /// without a participant.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] as in `register_object`, and `purged` for a participant whose data was erased. No ordinal is assigned then.
    pub async fn ensure_participants(
        &self,
        mandate: &Mandate,
        samples: &[NewSample],
        dataset: &DatasetId,
    ) -> Result<Vec<Option<Ordinal>>, CatalogueError> {
        giving_way!(self.ensure_once(mandate, samples, dataset))
    }

    async fn ensure_once(
        &self,
        mandate: &Mandate,
        samples: &[NewSample],
        dataset: &DatasetId,
    ) -> Result<Vec<Option<Ordinal>>, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::Load, WriteAction::Ingest]).await?;
        let stated: Vec<_> = samples.iter().filter_map(Stated::of_sample).collect();
        let registered = register(&mut write, &stated).await?;
        refuse_purged(&mut write, registered.ordinals.values().copied()).await?;
        let ordinals = samples
            .iter()
            .map(|s| s.participant.as_ref().and_then(|p| registered.ordinals.get(p).copied()))
            .collect();
        if registered.changed > 0 {
            write.commit(self, mandate, dataset.as_str(), registered.changed).await?;
        }
        Ok(ordinals)
    }
}

impl Catalogue {
    /// The registered data of a patient. Absent if the Grant does not cover this patient.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn patient(&self, grant: &Grant, participant: Ordinal) -> Result<Option<Participant>, CatalogueError> {
        if !grant.patients().contains(participant.0) {
            return Ok(None);
        }
        let sql = format!("SELECT {PARTICIPANT_COLUMNS} FROM participant WHERE ordinal = $1");
        let rows = self.database.fetch_all_of(sql, vec![participant.0.into()]).await?;
        rows.first().map(participant_of).transpose()
    }
}

/// Makes participants members of a dataset. Returns the number of participants who were not members before.
pub(crate) async fn enrol(write: &mut Write, dataset: &DatasetId, people: &[Ordinal]) -> Result<u64, CatalogueError> {
    let mut missing: HashSet<Ordinal> = people.iter().copied().collect();
    let wanted: Vec<_> = missing.iter().copied().collect();
    let mut back = Vec::new();
    for chunk in wanted.chunks(MAX_PARAMETERS - 1) {
        let sql = format!(
            "SELECT ordinal, ended FROM membership WHERE dataset = $1 AND ordinal IN ({})",
            placeholders(2, chunk.len())
        );
        let arguments = std::iter::once(Value::from(dataset.as_str())).chain(chunk.iter().map(|o| Value::from(o.0)));
        for row in write.transaction.fetch_all_of(sql, arguments.collect()).await? {
            missing.remove(&row.ordinal(0)?);
            if row.bool(1, "ended")? {
                back.push(row.ordinal(0)?);
            }
        }
    }
    if missing.is_empty() && back.is_empty() {
        return Ok(0);
    }
    let epoch = write.policy_changes();
    for ordinal in &back {
        let sql = "UPDATE membership SET ended = FALSE, epoch = $1 WHERE dataset = $2 AND ordinal = $3";
        let arguments = vec![epoch.into(), dataset.as_str().into(), ordinal.0.into()];
        write.transaction.execute(sql, arguments).await?;
    }
    let mut missing: Vec<_> = missing.into_iter().collect();
    missing.sort();
    let rows = missing.iter().map(|o| [dataset.as_str().into(), o.0.into(), epoch.into()]);
    write.transaction.insert("membership (dataset, ordinal, epoch)", rows).await?;
    Ok((missing.len() + back.len()) as u64)
}

/// The columns that `participant_of` reads, from a table or alias named `participant`.
pub(crate) const PARTICIPANT_COLUMNS: &str = "participant.ordinal, participant.id, participant.family, participant.sex, participant.site, \
     participant.born";

/// Reads a participant from a row with the columns [`PARTICIPANT_COLUMNS`].
pub(crate) fn participant_of(row: &Row) -> Result<Participant, CatalogueError> {
    Ok(Participant {
        ordinal: row.ordinal(0)?,
        id: row.parsed(1, "participant id", ParticipantId::parse)?,
        family: row.maybe_parsed(2, "family", FamilyId::parse)?,
        sex: row.parsed(3, "sex", |text| Sex::parse(text).ok_or(()))?,
        site: row.maybe_parsed(4, "site", SiteId::parse)?,
        born: row.maybe_parsed(5, "born", PartialDate::parse)?,
    })
}
