//! The command `reload`: the serving gateway reads its configuration again.

use std::path::Path;
use std::process::ExitCode;

use super::serve::control;
use crate::configuration::Configuration;

pub(crate) async fn run(config: &Path) -> anyhow::Result<ExitCode> {
    // An absent file is the mistake, and not the gateway that would serve it.
    if !config.exists() {
        let _ = Configuration::read(config)?;
    }
    let notes = control::request(config).await?;
    println!("{}: read again; the serving gateway uses it", config.display());
    for note in notes {
        eprintln!("{note}");
    }
    Ok(ExitCode::SUCCESS)
}
