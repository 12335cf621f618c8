//! The links between institutions' own numbers and participants. The catalogue receives and stores only keyed digests of the numbers, made with
//! the installation's key.

use std::collections::HashMap;

use gemj_access::{Job, LocatedPatient, Mandate, Upkeep, WriteAction};
use gemj_model::{Ordinal, ParticipantId, SiteId};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Value, giving_way};
use crate::error::CatalogueError;
use crate::participants::{Stated, register};
use crate::write::Write;

/// The links of one namespace of an institution.
#[derive(Clone, Copy)]
pub struct LinkedNumbers<'l> {
    /// The institution that uses the numbers.
    pub site: &'l SiteId,
    /// The institution's namespace of the numbers.
    pub namespace: &'l str,
    /// The links.
    pub links: &'l [NumberLink],
}

/// The link between a number and a participant. The number itself is absent. The type has no `Debug`.
#[derive(Clone)]
pub struct NumberLink {
    /// The digest of the number under which the link is stored.
    pub digest: String,
    /// The digests under which earlier versions of the gateway stored a link of the same number.
    pub earlier: [String; 2],
    /// The participant.
    pub participant: ParticipantId,
}

/// The condition of the links of a namespace: `$1` is the site, `$2` the namespace, `$3` the namespace as earlier versions wrote it for packets.
const OF_NAMESPACE: &str = "((l.site = $1 AND l.namespace = $2) OR (l.site = '' AND l.namespace = $3))";

fn of_namespace(site: &SiteId, namespace: &str) -> Result<Vec<Value>, CatalogueError> {
    Ok(vec![
        site.as_str().into(),
        Value::outside(namespace, "namespace")?,
        Value::outside(&format!("{}/{namespace}", site.as_str()), "namespace")?,
    ])
}

impl Catalogue {
    /// Links digests of an institution's numbers to participants, and registers unknown participants (action `LinkNumbers`). An existing link
    /// is not changed. All namespaces are linked, or none. Returns the number of new links.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `number` if a number is linked to another participant. No link is stored then.
    pub async fn link_numbers(&self, mandate: &Mandate, numbers: &[LinkedNumbers<'_>]) -> Result<u64, CatalogueError> {
        giving_way!(self.link_once(mandate, numbers))
    }

    async fn link_once(&self, mandate: &Mandate, numbers: &[LinkedNumbers<'_>]) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::LinkNumbers]).await?;
        let people = numbers.iter().flat_map(|of| of.links).map(|link| Stated::only(&link.participant));
        let people = register(&mut write, &people.collect::<Vec<_>>()).await?;
        let mut added = 0;
        for of in numbers {
            added += link(&mut write, of, &people.ordinals).await?;
        }
        if added + people.changed > 0 {
            let about = match numbers {
                [one] => format!("{}:{}", one.site.as_str(), one.namespace),
                _ => format!("{} namespaces", numbers.len()),
            };
            write.commit(self, mandate, &about, added).await?;
        }
        Ok(added)
    }

    /// The participants that are linked in a namespace of an institution, by the digest of their number, for an `ingest` run (job
    /// `ResolveNumbers`). A digest can be of the present or of an earlier version.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn linked_numbers(
        &self,
        upkeep: Upkeep,
        site: &SiteId,
        namespace: &str,
    ) -> Result<HashMap<String, ParticipantId>, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        let sql = format!("SELECT l.digest, p.id FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal WHERE {OF_NAMESPACE}");
        let rows = self.database.fetch_all_of(sql, of_namespace(site, namespace)?).await?;
        rows.iter()
            .map(|row| Ok((row.text(0, "digest")?, row.parsed(1, "participant id", ParticipantId::parse)?)))
            .collect()
    }

    /// Finds the participant of a number, for a decision. The result contains no protected data. Absent if the number is not linked. `digests`
    /// are the digest of the number and the digests of earlier versions.
    ///
    /// # Errors
    /// The database does not answer or cannot be read. [`CatalogueError::Corrupt`] if the digests lead to different participants.
    pub async fn locate_number(
        &self,
        site: &SiteId,
        namespace: &str,
        digests: &[String; 3],
    ) -> Result<Option<LocatedPatient>, CatalogueError> {
        let sql = format!(
            "SELECT DISTINCT p.ordinal, p.site FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal \
             WHERE {OF_NAMESPACE} AND l.digest IN ($4, $5, $6)"
        );
        let mut arguments = of_namespace(site, namespace)?;
        for digest in digests {
            arguments.push(Value::outside(digest, "digest")?);
        }
        let rows = self.database.fetch_all_of(sql, arguments).await?;
        match &rows[..] {
            [] => Ok(None),
            [row] => Ok(Some(LocatedPatient {
                participant: row.ordinal(0)?,
                site: row.maybe_parsed(1, "site", SiteId::parse)?,
            })),
            _ => Err(CatalogueError::Corrupt { what: "linked number" }),
        }
    }
}

/// Adds the links of one namespace. Returns the number of new links.
async fn link(write: &mut Write, of: &LinkedNumbers<'_>, ordinals: &HashMap<ParticipantId, Ordinal>) -> Result<u64, CatalogueError> {
    let sql = format!("SELECT l.digest, l.ordinal FROM linked_number l WHERE {OF_NAMESPACE}");
    let mut known = HashMap::new();
    for row in write.transaction.fetch_all_of(sql, of_namespace(of.site, of.namespace)?).await? {
        known.insert(row.text(0, "digest")?, row.ordinal(1)?);
    }
    let name = Value::outside(of.namespace, "namespace")?;
    let mut new: Vec<[Value; 4]> = Vec::new();
    for link in of.links {
        let ordinal = ordinals.get(&link.participant).copied();
        let ordinal = ordinal.ok_or(CatalogueError::Corrupt { what: "participant" })?;
        let before: Vec<Ordinal> = std::iter::once(&link.digest)
            .chain(&link.earlier)
            .filter_map(|digest| known.get(digest).copied())
            .collect();
        if before.iter().any(|before| *before != ordinal) {
            return Err(CatalogueError::Conflict { field: "number" });
        }
        if before.is_empty() {
            known.insert(link.digest.clone(), ordinal);
            new.push([
                of.site.as_str().into(),
                name.clone(),
                Value::outside(&link.digest, "digest")?,
                ordinal.0.into(),
            ]);
        }
    }
    let added = new.len() as u64;
    write
        .transaction
        .insert("linked_number (site, namespace, digest, ordinal)", new)
        .await?;
    Ok(added)
}
