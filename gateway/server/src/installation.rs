//! Everything that a configuration names, opened.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use gemj_access::{CapabilityKey, Job, Upkeep};
use gemj_catalogue::Catalogue;
use gemj_catalogue::audit::checkpoint_operations;
use gemj_model::{Clock, ConsentForm, SystemClock};
use gemj_objects::{ObjectSettings, ObjectStore};
use gemj_services::{Stores, consent_forms};
use gemj_variants::CarrierIndex;

use crate::configuration::{Configuration, ObjectsSettings};
use crate::private_files::require_private_keys;

/// The stores and keys of one configuration.
pub(crate) struct Installation {
    pub(crate) configuration: Configuration,
    pub(crate) stores: Stores,
    pub(crate) key: CapabilityKey,
    pub(crate) forms: Vec<ConsentForm>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Installation {
    /// Opens what a configuration file names. Folders, the database and the key are made where they are absent.
    pub(crate) async fn open(path: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let configuration = Configuration::read(path)?;
        require_private_keys(&configuration)?;
        let forms = consent_forms::read(configuration.consent.forms_dir.as_deref())?;
        let key = capability_key(&configuration.capabilities.key_file)?;
        let catalogue = Catalogue::open(&configuration.database.url, configuration.database.max_connections)
            .await
            .context("database")?;
        let objects = ObjectStore::open(&object_settings(&configuration.objects)?)
            .await
            .context("objects")?;
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
            clock,
        })
    }
}

/// A load that has stated nothing for so many seconds is dead.
const DEAD_LOAD_S: i64 = 24 * 3600;

impl Installation {
    /// Erases names of alleles that count no more: of files taken out, of loads that failed or died. Whoever is stopped leaves the rest to the next.
    pub(crate) async fn erase_allele_names(&self) -> anyhow::Result<()> {
        // The catalogue dates loads by the machine's clock, whatever clock a demo runs with.
        let before = SystemClock::default().now().plus_seconds(-DEAD_LOAD_S);
        let catalogue = &self.stores.catalogue;
        let erased = catalogue.erase_allele_names(Upkeep::of(Job::IndexFiles), before).await;
        erased.context("erasing names of alleles that count no more (the next load, unload or `index collect` goes on)")?;
        Ok(())
    }

    /// Puts a signed head of the chain of writes outside the database, where the configuration has a place for it. Commands that wrote end
    /// with it.
    pub(crate) async fn checkpoint(&self) -> anyhow::Result<()> {
        if let Some(folder) = &self.configuration.audit.checkpoint_dir {
            std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
            checkpoint_operations(&self.stores.catalogue, folder, &self.key)
                .await
                .context("audit checkpoint")?;
        }
        Ok(())
    }
}

fn object_settings(settings: &ObjectsSettings) -> anyhow::Result<ObjectSettings> {
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

/// Reads the key, or makes one that only the owner may read. Two processes that make it at once agree on one.
fn capability_key(path: &Path) -> anyhow::Result<CapabilityKey> {
    let context = || format!("{}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(context)?;
    }
    if !path.exists() {
        let fresh: [u8; 32] = rand::random();
        let temporary = path.with_extension(format!("new-{:016x}", rand::random::<u64>()));
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary)
            .with_context(context)?;
        file.write_all(&fresh).with_context(context)?;
        file.sync_all().with_context(context)?;
        // A link fails where the name exists: the first process wins, the others read its key.
        let linked = std::fs::hard_link(&temporary, path);
        std::fs::remove_file(&temporary).with_context(context)?;
        if let Err(error) = linked
            && error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(error).with_context(context);
        }
    }
    let bytes = std::fs::read(path).with_context(context)?;
    let key: [u8; 32] = bytes
        .try_into()
        .map_err(|_| anyhow::anyhow!("{}: 32 bytes are expected", path.display()))?;
    Ok(CapabilityKey::new(key))
}
