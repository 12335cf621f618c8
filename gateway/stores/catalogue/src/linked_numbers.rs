//! The links between institutions' own numbers and participants. The catalogue receives and stores only keyed digests of the numbers, made with
//! the installation's key.

use std::collections::HashMap;

use gemj_access::{Job, LocatedPatient, Mandate, Upkeep, WriteAction};
use gemj_model::{ParticipantId, SiteId};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Value, giving_way};
use crate::error::CatalogueError;
use crate::participants::{Stated, register};

impl Catalogue {
    /// Links digests of the numbers in a namespace to participants, and registers unknown participants (action `LinkNumbers`). An existing link
    /// is not changed. Returns the number of new links.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `number` if a number is linked to another participant. No link is stored then.
    pub async fn link_numbers(&self, mandate: &Mandate, namespace: &str, links: &[(String, ParticipantId)]) -> Result<u64, CatalogueError> {
        giving_way!(self.link_once(mandate, namespace, links))
    }

    async fn link_once(&self, mandate: &Mandate, namespace: &str, links: &[(String, ParticipantId)]) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::LinkNumbers]).await?;
        let stated: Vec<_> = links.iter().map(|(_, participant)| Stated::only(participant)).collect();
        let people = register(&mut write, &stated).await?;
        let sql = "SELECT digest, ordinal FROM linked_number WHERE namespace = $1";
        let name = Value::outside(namespace, "namespace")?;
        let mut known = HashMap::new();
        for row in write.transaction.fetch_all(sql, vec![name.clone()]).await? {
            known.insert(row.text(0, "digest")?, row.ordinal(1)?);
        }
        let mut new: Vec<[Value; 3]> = Vec::new();
        for (digest, participant) in links {
            let ordinal = people.ordinals.get(participant).copied();
            let ordinal = ordinal.ok_or(CatalogueError::Corrupt { what: "participant" })?;
            match known.insert(digest.clone(), ordinal) {
                None => new.push([name.clone(), Value::outside(digest, "digest")?, ordinal.0.into()]),
                Some(before) if before == ordinal => {}
                Some(_) => return Err(CatalogueError::Conflict { field: "number" }),
            }
        }
        let added = new.len() as u64;
        if added + people.changed > 0 {
            write.transaction.insert("linked_number (namespace, digest, ordinal)", new).await?;
            write.commit(self, mandate, namespace, added).await?;
        }
        Ok(added)
    }

    /// The participants that are linked in a namespace, by the digest of their number, for an `ingest` run (job `ResolveNumbers`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn linked_numbers(&self, upkeep: Upkeep, namespace: &str) -> Result<HashMap<String, ParticipantId>, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        let sql = "SELECT l.digest, p.id FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal WHERE l.namespace = $1";
        let rows = self.database.fetch_all(sql, vec![Value::outside(namespace, "namespace")?]).await?;
        rows.iter()
            .map(|row| Ok((row.text(0, "digest")?, row.parsed(1, "participant id", ParticipantId::parse)?)))
            .collect()
    }

    /// The sites that enrolled the participants who are linked in a namespace, for an `ingest` run (job `ResolveNumbers`). A participant
    /// without a recorded site is absent.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn sites_of_linked(&self, upkeep: Upkeep, namespace: &str) -> Result<HashMap<ParticipantId, SiteId>, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        let sql = "SELECT DISTINCT p.id, p.site FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal \
                   WHERE l.namespace = $1 AND p.site IS NOT NULL";
        let rows = self.database.fetch_all(sql, vec![Value::outside(namespace, "namespace")?]).await?;
        rows.iter()
            .map(|row| {
                Ok((
                    row.parsed(0, "participant id", ParticipantId::parse)?,
                    row.parsed(1, "site", SiteId::parse)?,
                ))
            })
            .collect()
    }

    /// Finds the participant of a number, for a decision. The result contains no protected data. Absent if the number is not linked.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn locate_number(&self, namespace: &str, digest: &str) -> Result<Option<LocatedPatient>, CatalogueError> {
        let sql = "SELECT p.ordinal, p.site FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal \
                   WHERE l.namespace = $1 AND l.digest = $2";
        let arguments = vec![Value::outside(namespace, "namespace")?, Value::outside(digest, "digest")?];
        let rows = self.database.fetch_all(sql, arguments).await?;
        rows.first()
            .map(|row| {
                Ok(LocatedPatient {
                    participant: row.ordinal(0)?,
                    site: row.maybe_parsed(1, "site", SiteId::parse)?,
                })
            })
            .transpose()
    }
}
