//! The places of the restored configuration and keys.

use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gemj_access::CapabilityKey;
use gemj_services::backup::Opened;
use gemj_services::backup::key_archive::KeyRole;

use super::{configuration, key_of};
use crate::command::backup::files::folder_of;
use crate::configuration::Configuration;

/// The files of a back-up's key archive, with their places in the new installation.
pub(super) struct KeyFiles<'a> {
    /// The configuration of the new installation.
    pub(super) configuration: Configuration,
    /// The installation's key.
    pub(super) key: CapabilityKey,
    files: Vec<(PathBuf, &'a [u8])>,
}

impl<'a> KeyFiles<'a> {
    /// Finds the place of each file. An existing configuration file is kept, so that an operator can restore to other folders.
    pub(super) fn of(backup: &'a Opened, config: &Path) -> anyhow::Result<Self> {
        let folder = folder_of(config)?;
        let of_role = |role: KeyRole| backup.keys.iter().find(|file| file.role == role);
        let archived = of_role(KeyRole::Configuration).context("the back-up has no configuration")?;
        let configuration = configuration(config, &archived.content)?;
        let key = of_role(KeyRole::InstallationKey).context("the back-up has no installation's key")?;
        let key = key_of(&key.content)?;
        let mut files = Vec::new();
        for file in &backup.keys {
            let place = match file.role {
                KeyRole::Configuration if config.exists() => continue,
                KeyRole::Configuration => std::path::absolute(config)?,
                KeyRole::InstallationKey => configuration.capabilities.key_file.clone(),
                KeyRole::Secret | KeyRole::Public => folder.join(&file.path),
            };
            files.push((place, file.content.as_slice()));
        }
        Ok(Self { configuration, key, files })
    }

    /// The content that the back-up has for a place.
    pub(super) fn content_for(&self, place: &Path) -> Option<&'a [u8]> {
        self.files.iter().find(|(at, _)| at == place).map(|(_, content)| *content)
    }

    /// Fails if one of the places has a file with other content.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        for (place, content) in &self.files {
            match std::fs::read(place) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                found => anyhow::ensure!(
                    found.with_context(|| format!("{}", place.display()))? == *content,
                    "{}: exists already with other content than in the back-up, and is not replaced. Move it away, or restore to another folder",
                    place.display()
                ),
            }
        }
        Ok(())
    }

    /// Writes the absent files, readable only by their owner. Returns their number.
    pub(super) fn write(&self) -> anyhow::Result<usize> {
        let mut written = 0;
        for (place, content) in &self.files {
            if place.exists() {
                continue;
            }
            let context = || format!("{}", place.display());
            if let Some(folder) = place.parent() {
                let mut builder = std::fs::DirBuilder::new();
                builder.recursive(true).mode(0o700).create(folder).with_context(context)?;
            }
            // The file appears at its place with its whole content, so that an interrupted restore can be repeated.
            let mut temporary = place.as_os_str().to_owned();
            temporary.push(".restoring");
            let _ = std::fs::remove_file(&temporary);
            let file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&temporary);
            let mut file = file.with_context(context)?;
            std::io::Write::write_all(&mut file, content)
                .and_then(|()| file.sync_all())
                .and_then(|()| std::fs::rename(&temporary, place))
                .with_context(context)?;
            written += 1;
        }
        Ok(written)
    }
}
