//! The registered participants and their sites: explicit registration, and the look-up of the participants that a command names.

use std::collections::{BTreeMap, HashSet};

use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::{FamilyId, ParticipantId, Sex, SiteId};

use super::{Stated, register};
use crate::catalogue::{Catalogue, check_job};
use crate::database::giving_way;
use crate::error::CatalogueError;
use crate::purge::refuse_purged;

/// A participant to register, with the data that the registration states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewParticipant {
    /// The participant's pseudonym in the programme.
    pub participant: ParticipantId,
    /// The participant's family; absent if it is not stated.
    pub family: Option<FamilyId>,
    /// The participant's sex; unknown if it is not stated.
    pub sex: Sex,
    /// The institution that enrolled the participant; absent if it is not stated.
    pub site: Option<SiteId>,
}

impl Catalogue {
    /// Registers participants, all or none, in no dataset (action `RegisterParticipants`). The data of a registered participant is completed.
    /// Returns the number of participants that were not registered before.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `family` or `sex` if a statement contradicts the stored data or another statement; `purged` for a participant whose
    /// data was erased. Nothing is stored then.
    pub async fn register_participants(&self, mandate: &Mandate, new: &[NewParticipant]) -> Result<u64, CatalogueError> {
        giving_way!(self.register_participants_once(mandate, new))
    }

    async fn register_participants_once(&self, mandate: &Mandate, new: &[NewParticipant]) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::RegisterParticipants]).await?;
        let stated: Vec<Stated> = new.iter().map(Stated::of_new).collect();
        let people = register(&mut write, &stated).await?;
        refuse_purged(&mut write, people.ordinals.values().copied()).await?;
        if people.changed > 0 {
            write.commit(self, mandate, "participants", people.changed).await?;
        }
        Ok(people.added)
    }

    /// The ids of all registered participants (job `Inventory`). Commands compare them with the names that an operator typed.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn participant_ids(&self, upkeep: Upkeep) -> Result<HashSet<ParticipantId>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let rows = self.database.fetch_all("SELECT id FROM participant", Vec::new()).await?;
        rows.iter()
            .map(|row| row.parsed(0, "participant id", ParticipantId::parse))
            .collect()
    }

    /// The sites of the registered participants, with the number of participants of each (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn participant_sites(&self, upkeep: Upkeep) -> Result<BTreeMap<SiteId, u64>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT site, COUNT(*) FROM participant WHERE site IS NOT NULL GROUP BY site";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| Ok((row.parsed(0, "site", SiteId::parse)?, row.count(1, "participants")?)))
            .collect()
    }
}
