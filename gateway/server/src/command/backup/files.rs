//! The small files of an installation that a back-up encrypts: the configuration, and the keys and other files that it names.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gemj_services::backup::key_archive::{KeyFile, KeyRole};

use crate::configuration::Configuration;
use crate::private_files::{secrets, trusted_keys};

/// The folder of a configuration file, as an absolute path.
pub(in crate::command) fn folder_of(config: &Path) -> anyhow::Result<PathBuf> {
    let folder = config.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::path::absolute(folder.unwrap_or(Path::new("."))).with_context(|| format!("{}", config.display()))
}

/// Reads the configuration file and the small files that it names. Reference sequences and programs are not among them.
pub(super) fn of(config: &Path, configuration: &Configuration) -> anyhow::Result<Vec<KeyFile>> {
    let folder = folder_of(config)?;
    let key = &configuration.capabilities.key_file;
    let mut files = vec![
        read(KeyRole::Configuration, &std::path::absolute(config)?, &folder)?,
        read(KeyRole::InstallationKey, key, &folder)?,
    ];
    for secret in secrets(configuration).into_iter().filter(|file| *file != key) {
        files.push(read(KeyRole::Secret, secret, &folder)?);
    }
    let mut public: Vec<PathBuf> = trusted_keys(configuration).into_iter().cloned().collect();
    public.extend(configuration.fhir.r4_schema.clone());
    if let Some(forms) = &configuration.consent.forms_dir {
        for entry in std::fs::read_dir(forms).with_context(|| format!("consent.forms_dir: {}", forms.display()))? {
            let path = entry?.path();
            if path.is_file() {
                public.push(path);
            }
        }
    }
    public.sort();
    public.dedup();
    for file in &public {
        files.push(read(KeyRole::Public, file, &folder)?);
    }
    Ok(files)
}

fn read(role: KeyRole, file: &Path, folder: &Path) -> anyhow::Result<KeyFile> {
    let content = std::fs::read(file).with_context(|| format!("{}", file.display()))?;
    let path = file.strip_prefix(folder).unwrap_or(file);
    let path = path
        .to_str()
        .with_context(|| format!("{}: the path is not UTF-8", file.display()))?;
    Ok(KeyFile {
        role,
        path: path.to_owned(),
        content,
    })
}
