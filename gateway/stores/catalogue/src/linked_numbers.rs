//! The links between institutions' own numbers and participants. The catalogue receives and stores only keyed digests of the numbers, made with
//! the installation's key.

use std::collections::{BTreeSet, HashMap};

use gemj_access::{Job, LocatedPatient, Mandate, Upkeep, WriteAction};
use gemj_model::{DatasetId, Ordinal, ParticipantId, SiteId, Timestamp};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Row, Transaction, Value, giving_way};
use crate::error::CatalogueError;
use crate::facts::retire_source;
use crate::filter_changes::facts_change;
use crate::merges::joined_in;
use crate::participants::{Stated, refold, register};
use crate::purge::refuse_purged;
use crate::vault::{NewVaultEntry, keep};
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

/// The effect of removing links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlinked {
    /// The number of removed links.
    pub links: u64,
    /// The number of retired units of feeds.
    pub units: u64,
}

/// The condition of the links of a namespace: `$1` is the site, `$2` the namespace, `$3` the namespace as earlier versions wrote it for packets.
const OF_NAMESPACE: &str = "((l.site = $1 AND l.namespace = $2) OR (l.site = '' AND l.namespace = $3))";

/// The condition of the former links of numbers that another participant has now: `$1` is the site, `$2` the namespace.
const RELEASED: &str = "JOIN linked_number l ON l.site = r.site AND l.namespace = r.namespace AND l.digest = r.digest AND l.ordinal <> r.ordinal \
                        WHERE r.site = $1 AND r.namespace = $2";

fn of_namespace(site: &SiteId, namespace: &str) -> Result<Vec<Value>, CatalogueError> {
    Ok(vec![
        site.as_str().into(),
        Value::outside(namespace, "namespace")?,
        Value::outside(&format!("{}/{namespace}", site.as_str()), "namespace")?,
    ])
}

/// The state of the links of all namespaces. It changes if a number no longer names a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinksState {
    count: i64,
    newest: Option<Timestamp>,
}

impl Catalogue {
    /// The state of all links (job `ResolveNumbers`), to be read before the links of a run. See [`crate::CatalogueSink::with_links`].
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn links_state(&self, upkeep: Upkeep) -> Result<LinksState, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        let rows = self.database.fetch_all(LINKS_STATE, Vec::new()).await?;
        links_state(rows.first())
    }

    /// Links digests of an institution's numbers to participants, and registers unknown participants (action `LinkNumbers`). An existing link
    /// is not changed. All namespaces are linked, or none. Returns the number of new links.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `number` if a number is linked to another participant, or is blocked because the data of another participant was
    /// erased; `purged` for a participant whose data was erased. No link is stored then.
    pub async fn link_numbers(&self, mandate: &Mandate, numbers: &[LinkedNumbers<'_>]) -> Result<u64, CatalogueError> {
        self.link_and_keep_numbers(mandate, numbers, &[]).await
    }

    /// Links numbers as [`Catalogue::link_numbers`] does, and keeps encrypted numbers in the vault, all or none. Also a number that is linked already is
    /// kept. Returns the number of new links.
    ///
    /// # Errors
    /// The errors of [`Catalogue::link_numbers`]; [`CatalogueError::Conflict`] `vault` if the key of an institution has changed since its numbers were
    /// encrypted.
    pub async fn link_and_keep_numbers(
        &self,
        mandate: &Mandate,
        numbers: &[LinkedNumbers<'_>],
        kept: &[NewVaultEntry],
    ) -> Result<u64, CatalogueError> {
        giving_way!(self.link_once(mandate, numbers, kept))
    }

    async fn link_once(&self, mandate: &Mandate, numbers: &[LinkedNumbers<'_>], kept: &[NewVaultEntry]) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::LinkNumbers]).await?;
        let people = numbers.iter().flat_map(|of| of.links).map(|link| Stated::only(&link.participant));
        let people = register(&mut write, &people.collect::<Vec<_>>()).await?;
        refuse_purged(&mut write, people.ordinals.values().copied()).await?;
        let mut added = 0;
        for of in numbers {
            added += link(&mut write, of, &people.ordinals).await?;
        }
        let mut entries = Vec::with_capacity(kept.len());
        for entry in kept {
            let ordinal = people.ordinals.get(&entry.participant).copied();
            entries.push((entry, ordinal.ok_or(CatalogueError::Corrupt { what: "participant" })?));
        }
        let new = keep(&mut write, &entries).await?;
        if added + people.changed + new > 0 {
            let about = match numbers {
                [one] => format!("{}:{}", one.site.as_str(), one.namespace),
                _ => format!("{} namespaces", numbers.len()),
            };
            write.commit(self, mandate, &about, added + new).await?;
        }
        Ok(added)
    }

    /// Removes links between numbers and participants (action `LinkNumbers`), for example because an institution uses a number again for another
    /// person. Every unit of feeds that is stored through any number of these participants is retired, because the units do not state by which number
    /// they came. The institutions send them again. All links are removed, or none. The reason must name no person.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `number` if a number is not linked to its participant. Nothing is removed then.
    pub async fn unlink_numbers(&self, mandate: &Mandate, numbers: &[LinkedNumbers<'_>], reason: &str) -> Result<Unlinked, CatalogueError> {
        giving_way!(self.unlink_once(mandate, numbers, reason))
    }

    async fn unlink_once(&self, mandate: &Mandate, numbers: &[LinkedNumbers<'_>], reason: &str) -> Result<Unlinked, CatalogueError> {
        Value::outside(reason, "reason")?;
        let now = self.clock.now();
        let mut write = self.begin_write(mandate, &[WriteAction::LinkNumbers]).await?;
        let (mut unlinked, mut people) = (Unlinked::default(), BTreeSet::new());
        for of in numbers {
            for link in of.links {
                let former = unlink(&mut write, of, link).await?;
                release(&mut write, of, link, former, now).await?;
                people.insert(former);
                unlinked.links += 1;
            }
        }
        let joined = joined_in(&mut write.transaction).await?;
        let mut affected = BTreeSet::new();
        for linked in people {
            let sql = "SELECT id, dataset, ordinal FROM fact_source WHERE linked = $1 AND retired = FALSE ORDER BY id";
            for row in write.transaction.fetch_all(sql, vec![linked.0.into()]).await? {
                let person = row.ordinal(2)?;
                facts_change(&mut write, &row.parsed(1, "dataset", DatasetId::parse)?, person).await?;
                retire_source(&mut write, row.int(0, "source")?).await?;
                affected.insert(person);
                unlinked.units += 1;
            }
        }
        for person in affected {
            refold(&mut write, person, &joined).await?;
        }
        write
            .commit(self, mandate, &format!("unlinked reason:{reason}"), unlinked.links)
            .await?;
        Ok(unlinked)
    }

    /// The numbers of a namespace that named another participant before, by the present digest: the time since when each names its participant (job
    /// `ResolveNumbers`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn released_numbers(
        &self,
        upkeep: Upkeep,
        site: &SiteId,
        namespace: &str,
    ) -> Result<HashMap<String, Timestamp>, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        let sql = format!("SELECT r.digest, MAX(r.released) FROM released_number r {RELEASED} GROUP BY r.digest");
        let arguments = vec![site.as_str().into(), Value::outside(namespace, "namespace")?];
        let rows = self.database.fetch_all_of(sql, arguments).await?;
        rows.iter()
            .map(|row| Ok((row.text(0, "digest")?, row.time(1, "released")?)))
            .collect()
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
        // The number of a participant whose data was erased leads to that participant, so that the unit is refused by name.
        let sql = format!(
            "SELECT l.digest, p.id FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal WHERE {OF_NAMESPACE} \
             UNION ALL SELECT l.digest, p.id FROM blocked_number l JOIN participant p ON p.ordinal = l.ordinal WHERE {OF_NAMESPACE}"
        );
        let rows = self.database.fetch_all_of(sql, of_namespace(site, namespace)?).await?;
        rows.iter()
            .map(|row| Ok((row.text(0, "digest")?, row.parsed(1, "participant id", ParticipantId::parse)?)))
            .collect()
    }

    /// The participant to whom a number is linked, whether or not the participant was merged into another (job `ResolveNumbers`). Absent if the number
    /// is not linked. `digests` are the digest of the number and the digests of earlier versions.
    ///
    /// # Errors
    /// The database does not answer or cannot be read. [`CatalogueError::Corrupt`] if the digests lead to different participants.
    pub async fn linked_participant(
        &self,
        upkeep: Upkeep,
        site: &SiteId,
        namespace: &str,
        digests: &[String; 3],
    ) -> Result<Option<ParticipantId>, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        let (sql, arguments) = linked(site, namespace, digests)?;
        only(&self.database.fetch_all_of(sql, arguments).await?)
    }

    /// Finds the participant of a number, for a decision. The result contains no protected data. Absent if the number is not linked. `digests`
    /// are the digest of the number and the digests of earlier versions.
    ///
    /// If the participant was merged into another that the same institution enrolled, the survivor is found. If another institution enrolled the
    /// survivor, the number still names the prior participant, whose data is closed: a merge opens no institution's patient to another one. A
    /// withdrawal that the institution records on it closes both.
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
        let mut snapshot = self.database.begin_snapshot().await?;
        let rows = snapshot.fetch_all_of(sql, arguments).await?;
        match &rows[..] {
            [] => Ok(None),
            [row] => {
                let site = row.maybe_parsed(1, "site", SiteId::parse)?;
                let participant = survivor_at(&mut snapshot, row.ordinal(0)?, site.as_ref()).await?;
                Ok(Some(LocatedPatient { participant, site }))
            }
            _ => Err(CatalogueError::Corrupt { what: "linked number" }),
        }
    }
}

/// The participant to whom a number is linked, as [`Catalogue::linked_participant`] finds it, in a write in progress. No link changes until the write
/// ends.
pub(crate) async fn linked_participant_in(
    transaction: &mut Transaction,
    site: &SiteId,
    namespace: &str,
    digests: &[String; 3],
) -> Result<Option<ParticipantId>, CatalogueError> {
    let (sql, arguments) = linked(site, namespace, digests)?;
    only(&transaction.fetch_all_of(sql, arguments).await?)
}

const LINKS_STATE: &str = "SELECT COUNT(*), MAX(released) FROM released_number";

/// The state of all links, as [`Catalogue::links_state`] finds it, in a write in progress.
pub(crate) async fn links_state_in(transaction: &mut Transaction) -> Result<LinksState, CatalogueError> {
    let row = transaction.fetch_first(LINKS_STATE, Vec::new()).await?;
    links_state(row.as_ref())
}

fn links_state(row: Option<&Row>) -> Result<LinksState, CatalogueError> {
    let row = row.ok_or(CatalogueError::Corrupt { what: "links" })?;
    Ok(LinksState {
        count: row.int(0, "links")?,
        newest: row.maybe_time(1, "released")?,
    })
}

/// The time since when a number names its participant, as [`Catalogue::released_numbers`] finds it, in a write in progress. `digest` is the present digest.
pub(crate) async fn released_in(
    transaction: &mut Transaction,
    site: &SiteId,
    namespace: &str,
    digest: &str,
) -> Result<Option<Timestamp>, CatalogueError> {
    let sql = format!("SELECT r.released FROM released_number r {RELEASED} AND r.digest = $3 ORDER BY r.released DESC");
    let arguments = vec![
        site.as_str().into(),
        Value::outside(namespace, "namespace")?,
        Value::outside(digest, "digest")?,
    ];
    let rows = transaction.fetch_all_of(sql, arguments).await?;
    rows.first().map(|row| row.time(0, "released")).transpose()
}

/// The statement, with its arguments, that finds the participants of a number.
fn linked(site: &SiteId, namespace: &str, digests: &[String; 3]) -> Result<(String, Vec<Value>), CatalogueError> {
    let sql = format!(
        "SELECT DISTINCT p.id FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal WHERE {OF_NAMESPACE} AND l.digest IN ($4, $5, $6)"
    );
    let mut arguments = of_namespace(site, namespace)?;
    for digest in digests {
        arguments.push(Value::outside(digest, "digest")?);
    }
    Ok((sql, arguments))
}

/// The only participant of the rows that [`linked`] finds.
fn only(rows: &[Row]) -> Result<Option<ParticipantId>, CatalogueError> {
    match rows {
        [] => Ok(None),
        [row] => Ok(Some(row.parsed(0, "participant id", ParticipantId::parse)?)),
        _ => Err(CatalogueError::Corrupt { what: "linked number" }),
    }
}

/// Removes one link, under the present or an earlier digest. Returns the participant.
async fn unlink(write: &mut Write, of: &LinkedNumbers<'_>, link: &NumberLink) -> Result<Ordinal, CatalogueError> {
    let sql = format!(
        "SELECT l.site, l.namespace, l.digest, p.ordinal FROM linked_number l JOIN participant p ON p.ordinal = l.ordinal \
         WHERE {OF_NAMESPACE} AND l.digest IN ($4, $5, $6) AND p.id = $7"
    );
    let mut arguments = of_namespace(of.site, of.namespace)?;
    for digest in std::iter::once(&link.digest).chain(&link.earlier) {
        arguments.push(Value::outside(digest, "digest")?);
    }
    arguments.push(link.participant.as_str().into());
    let mut participant = None;
    for row in write.transaction.fetch_all_of(sql, arguments).await? {
        participant = Some(row.ordinal(3)?);
        let key = vec![
            Value::Text(row.text(0, "site")?),
            Value::Text(row.text(1, "namespace")?),
            Value::Text(row.text(2, "digest")?),
        ];
        let delete = "DELETE FROM linked_number WHERE site = $1 AND namespace = $2 AND digest = $3";
        write.transaction.execute(delete, key).await?;
    }
    for digest in std::iter::once(&link.digest).chain(&link.earlier) {
        let sql = "DELETE FROM vault_entry WHERE site = $1 AND namespace = $2 AND digest = $3";
        let key = vec![
            of.site.as_str().into(),
            Value::outside(of.namespace, "namespace")?,
            Value::outside(digest, "digest")?,
        ];
        write.transaction.execute(sql, key).await?;
    }
    participant.ok_or(CatalogueError::NotFound { what: "number" })
}

/// Stores until when a number named a participant.
async fn release(
    write: &mut Write,
    of: &LinkedNumbers<'_>,
    link: &NumberLink,
    former: Ordinal,
    now: Timestamp,
) -> Result<(), CatalogueError> {
    let key = || -> Result<Vec<Value>, CatalogueError> {
        Ok(vec![
            of.site.as_str().into(),
            Value::outside(of.namespace, "namespace")?,
            Value::outside(&link.digest, "digest")?,
            former.0.into(),
        ])
    };
    let delete = "DELETE FROM released_number WHERE site = $1 AND namespace = $2 AND digest = $3 AND ordinal = $4";
    write.transaction.execute(delete, key()?).await?;
    let mut arguments = key()?;
    arguments.push(now.0.into());
    let insert = "INSERT INTO released_number (site, namespace, digest, ordinal, released) VALUES ($1, $2, $3, $4, $5)";
    write.transaction.execute(insert, arguments).await?;
    Ok(())
}

/// The survivor of a participant of an institution if the same institution enrolled it, else the participant.
async fn survivor_at(snapshot: &mut Transaction, participant: Ordinal, site: Option<&SiteId>) -> Result<Ordinal, CatalogueError> {
    let survivor = joined_in(snapshot).await?.survivor_of(participant);
    if survivor == participant {
        return Ok(participant);
    }
    let sql = "SELECT site FROM participant WHERE ordinal = $1";
    let row = snapshot.fetch_first(sql, vec![survivor.0.into()]).await?;
    let row = row.ok_or(CatalogueError::Corrupt { what: "participant" })?;
    let is_own = site.is_some() && row.maybe_parsed(0, "site", SiteId::parse)?.as_ref() == site;
    Ok(if is_own { survivor } else { participant })
}

/// Adds the links of one namespace. Returns the number of new links.
async fn link(write: &mut Write, of: &LinkedNumbers<'_>, ordinals: &HashMap<ParticipantId, Ordinal>) -> Result<u64, CatalogueError> {
    let sql = format!(
        "SELECT l.digest, l.ordinal FROM linked_number l WHERE {OF_NAMESPACE} UNION ALL SELECT l.digest, l.ordinal FROM blocked_number l WHERE {OF_NAMESPACE}"
    );
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
