//! The vault: keeps the numbers of institutions, encrypted with one key for each institution, and returns a number only to the institution of the patient.

use std::collections::BTreeMap;

use gemj_access::{CapabilityKey, Grant, Mandate, NotSealed, Upkeep, VaultKey};
use gemj_catalogue::{Catalogue, CatalogueError, NewVaultEntry, VaultKeyState};
use gemj_model::{Entropy, Ordinal, SiteId, SiteNumber};

use crate::ingest::{LinkedRow, linked_digests};
use crate::linkage::number_digest;
use crate::stores::Stores;

/// The number of attempts while other processes change a vault.
const ATTEMPTS: usize = 5;

/// Why a vault could not be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The catalogue failed, or refused the operation.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// A kept number or a key cannot be opened with the key of the installation.
    #[error("the vault: {0}")]
    Sealed(#[from] NotSealed),
    /// Other processes changed the vault at every attempt.
    #[error("other commands changed the vault at every attempt; repeat the command")]
    Restless,
}

/// The vaults of an installation.
pub struct Vault<'a> {
    /// The stores of the programme.
    pub stores: &'a Stores,
    /// The key of the installation, which seals the institutions' keys.
    pub key: &'a CapabilityKey,
    /// The key for changes of the vault: the action `KeepVault`.
    pub mandate: &'a Mandate,
    /// The key for reading the institutions' sealed keys: the job `ResolveNumbers`.
    pub numbers: Upkeep,
    /// The source of new keys.
    pub entropy: &'a dyn Entropy,
}

impl Vault<'_> {
    /// Links institutions' numbers to participants, as [`crate::ingest::link_numbers`] does, and keeps the numbers of these institutions, encrypted. The
    /// first number of an institution makes the institution's key. An institution whose key was destroyed keeps none. Returns the number of new links.
    ///
    /// # Errors
    /// [`VaultError`]. No link is stored then.
    pub async fn link(&self, mandate: &Mandate, rows: &[LinkedRow], sites: &[SiteId]) -> Result<u64, VaultError> {
        for _ in 0..ATTEMPTS {
            let mut keys = BTreeMap::new();
            for site in sites.iter().filter(|site| rows.iter().any(|row| row.site == **site)) {
                if let Some(current) = self.current(site).await? {
                    keys.insert(site, current);
                }
            }
            let mut entries = Vec::new();
            for row in rows {
                let Some((version, key)) = keys.get(&row.site) else { continue };
                let number = SiteNumber {
                    site: &row.site,
                    namespace: &row.namespace,
                    number: &row.number,
                };
                entries.push(NewVaultEntry {
                    site: row.site.clone(),
                    namespace: row.namespace.clone(),
                    digest: number_digest(self.key, number),
                    participant: row.participant.clone(),
                    version: *version,
                    sealed: key.seal(number)?,
                });
            }
            let digests = linked_digests(self.key, rows);
            let linked = self
                .stores
                .catalogue
                .link_and_keep_numbers(mandate, &digests.numbers(), &entries)
                .await;
            match linked {
                Err(CatalogueError::Conflict { field: "vault" }) => {}
                linked => return Ok(linked?),
            }
        }
        Err(VaultError::Restless)
    }

    /// The current key of an institution with its number. The first call makes the key. Absent if the key was destroyed.
    async fn current(&self, site: &SiteId) -> Result<Option<(u64, VaultKey)>, VaultError> {
        let catalogue = &self.stores.catalogue;
        for _ in 0..ATTEMPTS {
            match catalogue.vault_key(self.numbers, site).await? {
                VaultKeyState::Destroyed => return Ok(None),
                VaultKeyState::Current { version, wrapped } => {
                    return Ok(Some((version, VaultKey::unwrapped(self.key, site, wrapped)?)));
                }
                VaultKeyState::Absent => {
                    let wrapped = VaultKey::make(self.entropy).wrapped(self.key, site)?;
                    match catalogue.begin_vault(self.mandate, site, wrapped).await {
                        // Another process made the key meanwhile.
                        Err(CatalogueError::Conflict { field: "vault" }) => {}
                        begun => begun?,
                    }
                }
            }
        }
        Err(VaultError::Restless)
    }

    /// Replaces the key of an institution, encrypts its kept numbers again, and removes the bytes of the former key from the files of the database.
    /// Returns the number of kept numbers. The reason must name no person.
    ///
    /// # Errors
    /// [`VaultError`]; [`CatalogueError::NotFound`] `vault` if the institution has no key. Nothing is replaced then.
    pub async fn renew(&self, site: &SiteId, reason: &str) -> Result<u64, VaultError> {
        let catalogue = &self.stores.catalogue;
        for _ in 0..ATTEMPTS {
            let VaultKeyState::Current { version, .. } = catalogue.vault_key(self.numbers, site).await? else {
                return Err(CatalogueError::NotFound { what: "vault" }.into());
            };
            let new = VaultKey::make(self.entropy);
            let mut entries = Vec::new();
            for kept in catalogue.vault_entries(self.mandate, site).await? {
                let number = VaultKey::unwrapped(self.key, site, kept.wrapped)?.open(site, &kept.namespace, kept.sealed)?;
                let sealed = new.seal(SiteNumber {
                    site,
                    namespace: &kept.namespace,
                    number: &number,
                })?;
                entries.push((kept.namespace, kept.digest, sealed));
            }
            let wrapped = new.wrapped(self.key, site)?;
            match catalogue
                .renew_vault(self.mandate, site, (version, wrapped), &entries, reason)
                .await
            {
                Err(CatalogueError::Conflict { field: "vault" }) => {}
                renewed => {
                    renewed?;
                    catalogue.rewrite_files(self.mandate).await?;
                    return Ok(entries.len() as u64);
                }
            }
        }
        Err(VaultError::Restless)
    }

    /// Destroys the key of an institution and its kept numbers, and removes their bytes from the files of the database. The digests of the numbers stay.
    /// Returns the number of deleted numbers. The reason must name no person.
    ///
    /// # Errors
    /// [`VaultError`]; [`CatalogueError::NotFound`] `vault` if the institution has no key.
    pub async fn destroy(&self, site: &SiteId, reason: &str) -> Result<u64, VaultError> {
        let deleted = self.stores.catalogue.destroy_vault(self.mandate, site, reason).await?;
        self.stores.catalogue.rewrite_files(self.mandate).await?;
        Ok(deleted)
    }
}

/// The number of a patient in a namespace of the institution that enrolled the patient, under the institution's Grant. Absent if no number or several
/// numbers are kept, or if the Grant does not cover the patient.
///
/// # Errors
/// The catalogue failed; a kept number cannot be opened.
pub async fn own_number(
    catalogue: &Catalogue,
    key: &CapabilityKey,
    grant: &Grant,
    (site, namespace): (&SiteId, &str),
    participant: Ordinal,
) -> Result<Option<String>, VaultError> {
    let mut kept = catalogue.own_numbers(grant, site, namespace, participant).await?;
    let (Some(number), true) = (kept.pop(), kept.is_empty()) else {
        return Ok(None);
    };
    let opened = VaultKey::unwrapped(key, site, number.wrapped)?.open(site, namespace, number.sealed)?;
    Ok(Some(opened))
}
