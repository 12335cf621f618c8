//! The vault: numbers of institutions, encrypted with one key for each institution. The catalogue stores the keys only sealed, and never sees a number.

use gemj_access::{Action, Grant, Job, Mandate, Upkeep, WriteAction};
use gemj_model::{Ordinal, ParticipantId, SiteId};

use crate::catalogue::{Catalogue, check_job};
use crate::database::{Transaction, Value};
use crate::error::CatalogueError;
use crate::write::Write;

/// The state of an institution's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultKeyState {
    /// The institution has no key yet.
    Absent,
    /// The current key, with its number from 1.
    Current {
        /// The number of the key.
        version: u64,
        /// The key, sealed.
        wrapped: Vec<u8>,
    },
    /// The key was destroyed. No number of the institution is kept any more.
    Destroyed,
}

/// An encrypted number to keep. The type has no `Debug`.
#[derive(Clone)]
pub struct NewVaultEntry {
    /// The institution that uses the number.
    pub site: SiteId,
    /// The institution's namespace of the number.
    pub namespace: String,
    /// The digest under which the number is linked.
    pub digest: String,
    /// The participant.
    pub participant: ParticipantId,
    /// The number of the institution's key.
    pub version: u64,
    /// The encrypted number.
    pub sealed: Vec<u8>,
}

/// A kept number with the sealed key that opens it. The type has no `Debug`.
#[derive(Clone)]
pub struct KeptNumber {
    /// The institution's namespace of the number.
    pub namespace: String,
    /// The digest under which the number is linked.
    pub digest: String,
    /// The encrypted number.
    pub sealed: Vec<u8>,
    /// The key, sealed.
    pub wrapped: Vec<u8>,
}

/// The vault of one institution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultSummary {
    /// The institution.
    pub site: SiteId,
    /// The number of the newest key.
    pub version: u64,
    /// Whether the key was destroyed.
    pub is_destroyed: bool,
    /// The number of kept numbers.
    pub entries: u64,
}

impl Catalogue {
    /// The state of an institution's key (job `ResolveNumbers`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn vault_key(&self, upkeep: Upkeep, site: &SiteId) -> Result<VaultKeyState, CatalogueError> {
        check_job(upkeep, &[Job::ResolveNumbers])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        state_of(&mut snapshot, site).await
    }

    /// The vaults of all institutions, in the order of their ids (job `Inventory`).
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn vaults(&self, upkeep: Upkeep) -> Result<Vec<VaultSummary>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let sql = "SELECT k.site, MAX(k.version), CAST(SUM(CASE WHEN k.destroyed IS NULL THEN 1 ELSE 0 END) AS BIGINT), \
                   (SELECT COUNT(*) FROM vault_entry e WHERE e.site = k.site) FROM vault_key k GROUP BY k.site ORDER BY k.site";
        let rows = self.database.fetch_all(sql, Vec::new()).await?;
        rows.iter()
            .map(|row| {
                Ok(VaultSummary {
                    site: row.parsed(0, "site", SiteId::parse)?,
                    version: row.count(1, "version")?,
                    is_destroyed: row.count(2, "keys")? == 0,
                    entries: row.count(3, "entries")?,
                })
            })
            .collect()
    }

    /// Stores the first key of an institution (action `KeepVault`).
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `vault` if the institution has or had a key.
    pub async fn begin_vault(&self, mandate: &Mandate, site: &SiteId, wrapped: Vec<u8>) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::KeepVault]).await?;
        if state_of(&mut write.transaction, site).await? != VaultKeyState::Absent {
            return Err(CatalogueError::Conflict { field: "vault" });
        }
        add_key(&mut write, site, 1, wrapped, self.clock.now().0).await?;
        write.commit(self, mandate, &format!("vault:{} made", site.as_str()), 1).await?;
        Ok(())
    }

    /// All kept numbers of an institution, for a new key (action `KeepVault`).
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for another action; the database does not answer or cannot be read.
    pub async fn vault_entries(&self, mandate: &Mandate, site: &SiteId) -> Result<Vec<KeptNumber>, CatalogueError> {
        if mandate.action() != WriteAction::KeepVault {
            return Err(CatalogueError::WrongKey);
        }
        let sql = "SELECT e.namespace, e.digest, e.sealed, k.wrapped FROM vault_entry e JOIN vault_key k ON k.site = e.site AND k.version = e.version \
                   WHERE e.site = $1 ORDER BY e.namespace, e.digest";
        let rows = self.database.fetch_all(sql, vec![site.as_str().into()]).await?;
        rows.iter().map(kept_of).collect()
    }

    /// Replaces the key of an institution by a new one, and all kept numbers by those that the new key encrypted: all or none (action `KeepVault`).
    /// The former key is deleted. `entries` are the namespace, the digest and the new encrypted number of each kept number.
    ///
    /// # Errors
    /// [`CatalogueError::Conflict`] `vault` if the key or the kept numbers have changed since they were read. Nothing is replaced then.
    pub async fn renew_vault(
        &self,
        mandate: &Mandate,
        site: &SiteId,
        (before, wrapped): (u64, Vec<u8>),
        entries: &[(String, String, Vec<u8>)],
        reason: &str,
    ) -> Result<(), CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::KeepVault]).await?;
        match state_of(&mut write.transaction, site).await? {
            VaultKeyState::Current { version, .. } if version == before => {}
            _ => return Err(CatalogueError::Conflict { field: "vault" }),
        }
        let version = before + 1;
        delete_key(&mut write, site, reason, self.clock.now().0).await?;
        add_key(&mut write, site, version, wrapped, self.clock.now().0).await?;
        for (namespace, digest, sealed) in entries {
            let sql = "UPDATE vault_entry SET sealed = $1, version = $2 WHERE site = $3 AND namespace = $4 AND digest = $5";
            let arguments = vec![
                Value::Bytes(sealed.clone()),
                Value::count(version, "version")?,
                site.as_str().into(),
                Value::outside(namespace, "namespace")?,
                Value::outside(digest, "digest")?,
            ];
            if write.transaction.execute(sql, arguments).await? != 1 {
                return Err(CatalogueError::Conflict { field: "vault" });
            }
        }
        let left = "SELECT 1 FROM vault_entry WHERE site = $1 AND version <> $2";
        let arguments = vec![site.as_str().into(), Value::count(version, "version")?];
        if write.transaction.fetch_first(left, arguments).await?.is_some() {
            return Err(CatalogueError::Conflict { field: "vault" });
        }
        let about = format!("vault:{} renewed reason:{reason}", site.as_str());
        write.commit(self, mandate, &about, entries.len() as u64).await?;
        Ok(())
    }

    /// Destroys the key of an institution and deletes its kept numbers (action `KeepVault`). The digests of the numbers stay, so that feeds are still
    /// read. Returns the number of deleted numbers. [`Catalogue::rewrite_files`] then removes the bytes from the files of the database.
    ///
    /// # Errors
    /// [`CatalogueError::NotFound`] `vault` if the institution has no key.
    pub async fn destroy_vault(&self, mandate: &Mandate, site: &SiteId, reason: &str) -> Result<u64, CatalogueError> {
        let mut write = self.begin_write(mandate, &[WriteAction::KeepVault]).await?;
        match state_of(&mut write.transaction, site).await? {
            VaultKeyState::Absent => return Err(CatalogueError::NotFound { what: "vault" }),
            VaultKeyState::Destroyed => return Ok(0),
            VaultKeyState::Current { .. } => {}
        }
        delete_key(&mut write, site, reason, self.clock.now().0).await?;
        let deleted = write
            .transaction
            .execute("DELETE FROM vault_entry WHERE site = $1", vec![site.as_str().into()])
            .await?;
        let about = format!("vault:{} destroyed reason:{reason}", site.as_str());
        write.commit(self, mandate, &about, deleted).await?;
        Ok(deleted)
    }

    /// The kept numbers of a patient in a namespace of the institution that enrolled the patient (action `ReadPatient`). Empty if the Grant does not cover
    /// the patient, or if another institution enrolled the patient.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a Grant of another action; the database does not answer or cannot be read.
    pub async fn own_numbers(
        &self,
        grant: &Grant,
        site: &SiteId,
        namespace: &str,
        participant: Ordinal,
    ) -> Result<Vec<KeptNumber>, CatalogueError> {
        if grant.action() != Action::ReadPatient {
            return Err(CatalogueError::WrongKey);
        }
        if !grant.patients().contains(participant.0) {
            return Ok(Vec::new());
        }
        let sql = "SELECT e.namespace, e.digest, e.sealed, k.wrapped FROM vault_entry e JOIN vault_key k ON k.site = e.site AND k.version = e.version \
                   JOIN participant p ON p.ordinal = e.ordinal AND p.site = e.site \
                   WHERE e.ordinal = $1 AND e.site = $2 AND e.namespace = $3 AND k.destroyed IS NULL ORDER BY e.digest";
        let arguments = vec![participant.0.into(), site.as_str().into(), Value::outside(namespace, "namespace")?];
        let rows = self.database.fetch_all(sql, arguments).await?;
        rows.iter().map(kept_of).collect()
    }
}

fn kept_of(row: &crate::database::Row) -> Result<KeptNumber, CatalogueError> {
    Ok(KeptNumber {
        namespace: row.text(0, "namespace")?,
        digest: row.text(1, "digest")?,
        sealed: row.bytes(2, "kept number")?,
        wrapped: row.bytes(3, "vault key")?,
    })
}

async fn state_of(transaction: &mut Transaction, site: &SiteId) -> Result<VaultKeyState, CatalogueError> {
    let sql = "SELECT version, wrapped, destroyed FROM vault_key WHERE site = $1 ORDER BY version DESC LIMIT 1";
    let Some(row) = transaction.fetch_first(sql, vec![site.as_str().into()]).await? else {
        return Ok(VaultKeyState::Absent);
    };
    Ok(match row.maybe_int(2, "vault key")? {
        Some(_) => VaultKeyState::Destroyed,
        None => VaultKeyState::Current {
            version: row.count(0, "version")?,
            wrapped: row.bytes(1, "vault key")?,
        },
    })
}

async fn add_key(write: &mut Write, site: &SiteId, version: u64, wrapped: Vec<u8>, now: i64) -> Result<(), CatalogueError> {
    let row = [
        site.as_str().into(),
        Value::count(version, "version")?,
        Value::Bytes(wrapped),
        now.into(),
    ];
    write.transaction.insert("vault_key (site, version, wrapped, created)", [row]).await
}

/// Deletes the current key. Its row stays without the key.
async fn delete_key(write: &mut Write, site: &SiteId, reason: &str, now: i64) -> Result<(), CatalogueError> {
    let sql = "UPDATE vault_key SET wrapped = $1, destroyed = $2, reason = $3 WHERE site = $4 AND destroyed IS NULL";
    let arguments = vec![
        Value::Bytes(Vec::new()),
        now.into(),
        Value::outside(reason, "reason")?,
        site.as_str().into(),
    ];
    write.transaction.execute(sql, arguments).await?;
    Ok(())
}

/// Keeps encrypted numbers beside their links. A number that is kept already stays as it is. Returns the number of new entries.
///
/// # Errors
/// [`CatalogueError::Conflict`] `vault` if the key has been renewed or destroyed since the number was encrypted.
pub(crate) async fn keep(write: &mut Write, entries: &[(&NewVaultEntry, Ordinal)]) -> Result<u64, CatalogueError> {
    let mut added = 0;
    for (entry, ordinal) in entries {
        match state_of(&mut write.transaction, &entry.site).await? {
            VaultKeyState::Current { version, .. } if version == entry.version => {}
            _ => return Err(CatalogueError::Conflict { field: "vault" }),
        }
        let sql = "INSERT INTO vault_entry (site, namespace, digest, ordinal, version, sealed) VALUES ($1, $2, $3, $4, $5, $6) \
                   ON CONFLICT (site, namespace, digest) DO NOTHING";
        let arguments = vec![
            entry.site.as_str().into(),
            Value::outside(&entry.namespace, "namespace")?,
            Value::outside(&entry.digest, "digest")?,
            ordinal.0.into(),
            Value::count(entry.version, "version")?,
            Value::Bytes(entry.sealed.clone()),
        ];
        added += write.transaction.execute(sql, arguments).await?;
    }
    Ok(added)
}
