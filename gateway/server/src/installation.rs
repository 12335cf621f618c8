//! The installation: the opened stores, keys and consent forms that a configuration names.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use gemj_access::{CapabilityKey, Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::audit::{checkpoint_operations, contradicting_head};
use gemj_catalogue::{Catalogue, CatalogueError, restore_marker};
use gemj_model::{Clock, ConsentForm, Entropy, SystemClock};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::{Stores, consent_forms};
use gemj_variants::CarrierIndex;

use crate::capability_key;
use crate::configuration::{Configuration, ObjectsSettings};
use crate::folder_in_use;
use crate::operator_error::OperatorError;
use crate::private_files::require_private_keys;
use crate::sources::Sources;

/// The opened stores and keys of one configuration.
pub(crate) struct Installation {
    pub(crate) configuration: Configuration,
    pub(crate) stores: Stores,
    pub(crate) key: CapabilityKey,
    pub(crate) forms: Vec<ConsentForm>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// The version of the program, with the revision of its source if the build knows it.
    pub(crate) version: &'static str,
}

impl Installation {
    /// [`Self::open`] for commands that need existing data. An absent SQLite database is an error: an empty one would hide that a disk is not mounted or
    /// that a restore is not finished, and would stand in the way of the restore.
    pub(crate) async fn open_existing(path: &Path, sources: &Sources) -> anyhow::Result<Self> {
        let configuration = Configuration::read(path)?;
        if let Some(database) = configuration.database.url.strip_prefix("sqlite:") {
            let database = Path::new(database);
            refuse_unfinished(&configuration)?;
            if !database.exists() {
                return Err(OperatorError::NoDatabase {
                    database: database.display().to_string(),
                }
                .into());
            }
        }
        Self::open(path, sources).await
    }

    /// Opens the stores and keys that a configuration file names, for a command. Absent folders and an absent SQLite database are created. The key must
    /// exist. Fails if the database was set back, before the command writes, and seals it. Fails if the gateway of another database uses the folder of
    /// signed heads.
    pub(crate) async fn open(path: &Path, sources: &Sources) -> anyhow::Result<Self> {
        let installation = Self::open_to_serve(path, sources).await?;
        folder_in_use::refuse_others(&installation).await?;
        if installation.seal_if_set_back().await? {
            return Err(OperatorError::SetBack.into());
        }
        Ok(installation)
    }

    /// Seals the database if the signed head outside it confirms a write that it lacks. Returns whether the seal was open.
    pub(crate) async fn seal_if_set_back(&self) -> anyhow::Result<bool> {
        let Some(folder) = self.configuration.files_outside() else {
            return Ok(false);
        };
        let catalogue = &self.stores.catalogue;
        let because = match contradicting_head(catalogue, &folder, &self.key).await {
            // The commands that read or write the folder report this.
            Err(CatalogueError::CheckpointFolder { .. }) => None,
            because => because.context("audit.checkpoint_dir")?,
        };
        let Some(because) = because else { return Ok(false) };
        let closed = catalogue
            .close_seal_once(&Mandate::operator(WriteAction::Restore), &because, self.clock.now())
            .await;
        closed.context("database")
    }

    /// [`Self::open`] for `serve`, which also serves a sealed database.
    pub(crate) async fn open_to_serve(path: &Path, sources: &Sources) -> anyhow::Result<Self> {
        let configuration = Configuration::read(path)?;
        refuse_unfinished(&configuration)?;
        require_private_keys(&configuration)?;
        let forms = consent_forms::read(configuration.consent.forms_dir.as_deref())?;
        let key = capability_key::read(&configuration.capabilities.key_file)?;
        let mut catalogue = Catalogue::open(&configuration.database.url, configuration.database.max_connections)
            .await
            .context("database")?
            .with_entropy(Arc::clone(&sources.entropy));
        // By default the catalogue dates its writes with the machine's clock, also in a demo with another clock. Only the sources of a test
        // replace this clock.
        if !sources.is_machine() {
            catalogue = catalogue.with_clock(Arc::clone(&sources.clock));
        }
        let is_ours = catalogue
            .belongs_to_key(&Mandate::operator(WriteAction::Restore), &key.mark())
            .await;
        anyhow::ensure!(
            is_ours.context("database")?,
            "capabilities.key_file: {}: this is not the key of the database. With another key, every linked number and every pseudonym would be \
             unknown. Restore the installation's key from a back-up (docs/backup.md)",
            configuration.capabilities.key_file.display()
        );
        let moved = catalogue
            .seal_if_moved(&Mandate::operator(WriteAction::Restore), sources.clock.now())
            .await;
        if moved.context("database")? {
            eprintln!(
                "gemj-gateway: the database was copied or moved, or a standby server was promoted, so it is now sealed. `gemj-gateway seal status` shows \
                 the next step"
            );
        }
        let objects = ObjectStore::open(&object_settings(&configuration.objects)?)
            .await
            .context("objects")?
            .with_entropy(Arc::clone(&sources.entropy));
        let carriers = CarrierIndex::open(
            catalogue.clone(),
            objects.clone(),
            usize::try_from(configuration.objects.index_cache_bytes).unwrap_or(usize::MAX),
        );
        Ok(Self {
            configuration,
            stores: Stores {
                catalogue,
                objects,
                carriers,
            },
            key,
            forms,
            clock: Arc::clone(&sources.clock),
            entropy: Arc::clone(&sources.entropy),
            version: sources.version,
        })
    }
}

/// Fails if a restore of the installation was interrupted. The check comes before the keys are read, because they can be missing, and a new key would
/// stand in the way of the restore.
pub(crate) fn refuse_unfinished(configuration: &Configuration) -> Result<(), CatalogueError> {
    let database = configuration.database.url.strip_prefix("sqlite:");
    match database.map(|database| restore_marker(Path::new(database))) {
        Some(marker) if marker.exists() => Err(CatalogueError::RestoreInterrupted { marker }),
        Some(_) | None => Ok(()),
    }
}

/// What a full or read-only folder of signed heads means for the operator.
const WRITTEN_NOT_COPIED: &str = "the command's writes are recorded in the database and are in force, for example a withdrawal, but they could not be \
                                  copied to this folder (audit.checkpoint_dir). A restore would lack them. Make space, or make the folder writable, \
                                  and run any command that writes: it copies them";

/// A load that has reported no progress for this number of seconds is treated as interrupted.
const DEAD_LOAD_S: i64 = 24 * 3600;

impl Installation {
    /// Erases the allele names of unloaded files and of failed or interrupted loads. If this function is interrupted, its next call erases the
    /// remaining names.
    pub(crate) async fn erase_allele_names(&self) -> anyhow::Result<()> {
        // The catalogue dates loads with the machine's clock, also in a demo with another clock.
        let before = SystemClock::default().now().plus_seconds(-DEAD_LOAD_S);
        let catalogue = &self.stores.catalogue;
        let erased = catalogue.erase_allele_names(Upkeep::of(Job::IndexFiles), before).await;
        erased.context("erasing unused allele names (the next load, unload or `index collect` continues)")?;
        Ok(())
    }

    /// Stores a signed head of the operations' audit chain outside the database, if the configuration names a folder. Commands that write
    /// to this chain call this function at their end.
    pub(crate) async fn checkpoint(&self) -> anyhow::Result<()> {
        if let Some(folder) = self.configuration.files_outside() {
            let context = || format!("{}: {WRITTEN_NOT_COPIED}", folder.display());
            make_private_folder(&folder).with_context(context)?;
            match checkpoint_operations(&self.stores.catalogue, &folder, &self.key).await {
                Err(error @ CatalogueError::CheckpointFolder { .. }) => return Err(error).with_context(context),
                done => done.context("audit checkpoint")?,
            }
        }
        Ok(())
    }
}

/// Makes a folder that only its owner can read, unless it exists.
pub(crate) fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(builder.recursive(true), 0o700);
    builder.create(folder)
}

/// The settings of the object store.
pub(crate) fn object_settings(settings: &ObjectsSettings) -> anyhow::Result<ObjectSettings> {
    let secret = match &settings.secret_access_key_file {
        None => None,
        Some(path) => Some(
            std::fs::read_to_string(path)
                .with_context(|| format!("{}", path.display()))?
                .trim()
                .to_owned(),
        ),
    };
    Ok(ObjectSettings {
        url: settings.url.clone(),
        endpoint: settings.endpoint.clone(),
        region: settings.region.clone(),
        access_key_id: settings.access_key_id.clone(),
        secret_access_key: secret,
        allow_http: settings.allow_http,
        reference_fasta: settings.reference_fasta.clone(),
    })
}
