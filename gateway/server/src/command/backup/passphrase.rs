//! The passphrase of a back-up's keys.

use std::path::Path;

use anyhow::Context as _;

use crate::command_error::CommandError;
use crate::private_files::require_private;

/// Reads a passphrase from a file that only its owner may read. A line break at the end does not belong to the passphrase.
pub(in crate::command) fn read(file: &Path) -> anyhow::Result<String> {
    require_private(file)?;
    let text = std::fs::read_to_string(file).with_context(|| format!("--passphrase-file: {}", file.display()))?;
    let passphrase = text.trim_end_matches(['\r', '\n']).to_owned();
    if passphrase.chars().count() < gemj_services::backup::key_archive::LEAST_PASSPHRASE {
        return Err(CommandError::ShortPassphrase {
            file: file.display().to_string(),
        }
        .into());
    }
    Ok(passphrase)
}
