//! A new installation: configuration, key, database, a first dataset and a first operator.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gemj_access::{Job, Upkeep};
use gemj_model::Timestamp;

use super::addition::{NewFile, PRIVATE, create, lines};
use super::configuration_text::text;
use super::unfinished::Unfinished;
use super::{InitOptions, Questions};
use crate::capability_key;
use crate::command_error::CommandError;
use crate::configuration::{Configuration, faults_of_files};
use crate::installation::Installation;
use crate::sources::Sources;
use crate::tls::{Pair, TlsFault};

pub(super) async fn make(config: &Path, sources: &Sources, options: &InitOptions, questions: &mut Questions) -> anyhow::Result<()> {
    if std::fs::symlink_metadata(config).is_ok() {
        return Err(CommandError::ConfigurationExists {
            file: config.display().to_string(),
        }
        .into());
    }
    let text = text(options, questions)?;
    let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = std::path::absolute(folder.unwrap_or(Path::new(".")))?;
    let examined = Configuration::examine_text(&text, &folder);
    let Some(configuration) = &examined.configuration else {
        return Err(CommandError::FaultyOptions {
            faults: lines(&examined.faults).to_string(),
        }
        .into());
    };
    let faults = examined.with_lines(faults_of_files(configuration));
    if !faults.is_empty() {
        return Err(CommandError::FaultyOptions {
            faults: lines(&faults).to_string(),
        }
        .into());
    }
    refuse_invalid_certificate(configuration, sources.clock.now())?;
    refuse_existing(configuration)?;
    std::fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    // The stores are opened with a file beside the configuration. If they cannot be opened, no half-made configuration remains.
    let draft = folder.join(format!(".gateway-{:016x}.toml", rand::random::<u64>()));
    let mut unfinished = Unfinished::of(configuration, &draft);
    create(&NewFile {
        path: draft.clone(),
        text: text.clone(),
        mode: PRIVATE,
    })?;
    let made = match capability_key::make(&configuration.capabilities.key_file) {
        Ok(()) => opened(&draft, sources).await,
        Err(error) => Err(error),
    };
    let linked = made.and_then(|()| std::fs::hard_link(&draft, config).with_context(|| format!("{}", config.display())));
    linked.context("the installation was not made; everything that was made is removed again")?;
    unfinished.is_complete = true;
    drop(unfinished);
    report(config, configuration);
    Ok(())
}

/// Opens the stores. Ctrl-C ends the wait for a server that does not answer.
async fn opened(draft: &Path, sources: &Sources) -> anyhow::Result<()> {
    let work = std::pin::pin!(open(draft, sources));
    let interrupt = std::pin::pin!(tokio::signal::ctrl_c());
    match futures::future::select(work, interrupt).await {
        futures::future::Either::Left((outcome, _)) => outcome,
        futures::future::Either::Right(_) => anyhow::bail!("interrupted"),
    }
}

/// Opens the stores, which creates the folders and the database with its tables.
async fn open(draft: &Path, sources: &Sources) -> anyhow::Result<()> {
    let installation = Installation::open(draft, sources).await?;
    // A bucket is not made here. A request shows whether its server answers and accepts the keys.
    installation
        .stores
        .objects
        .look(Upkeep::of(Job::Inventory))
        .await
        .context("objects")?;
    installation.checkpoint().await?;
    installation.stores.catalogue.close().await;
    Ok(())
}

/// Refuses a TLS certificate that has ended or is not yet valid. Every client would refuse the new installation.
fn refuse_invalid_certificate(configuration: &Configuration, now: Timestamp) -> anyhow::Result<()> {
    let Some(settings) = &configuration.server.tls else {
        return Ok(());
    };
    let file = settings.certificate_file.display().to_string();
    match Pair::read(settings)?.fault_at(now, &settings.certificate_file) {
        None => Ok(()),
        Some(TlsFault::NotYetValid { begins, .. }) => Err(CommandError::CertificateNotYetValid { file, begins }.into()),
        Some(TlsFault::Expired { ended, .. }) => Err(CommandError::CertificateEnded { file, ended }.into()),
        Some(fault) => Err(fault.into()),
    }
}

/// Refuses to use the key or the database of another installation.
fn refuse_existing(configuration: &Configuration) -> anyhow::Result<()> {
    let database = configuration.database.url.strip_prefix("sqlite:").map(PathBuf::from);
    let objects = configuration.objects.url.strip_prefix("file://").map(PathBuf::from);
    let is_filled = |folder: &Path| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    let key = Some(configuration.capabilities.key_file.clone()).filter(|key| key.exists());
    let others = [
        key,
        database.filter(|file| file.exists()),
        objects.filter(|folder| is_filled(folder)),
    ];
    if let Some(path) = others.into_iter().flatten().next() {
        return Err(CommandError::OtherInstallation {
            path: path.display().to_string(),
        }
        .into());
    }
    Ok(())
}

fn report(config: &Path, configuration: &Configuration) {
    println!("{}: written", config.display());
    println!(
        "{}: written (keep a copy apart from the back-ups)",
        configuration.capabilities.key_file.display()
    );
    println!("database and folder of objects: made");
    let file = config.display();
    println!("next: gemj-gateway config check {file}");
    println!("next: gemj-gateway load SHEET --config {file}");
    println!("next: gemj-gateway serve --config {file}");
    println!("next: gemj-gateway doctor --config {file}");
}
