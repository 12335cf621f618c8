//! The command `reload`: the serving gateway reads its configuration again.

use std::path::Path;
use std::process::ExitCode;

use super::serve::control;

pub(crate) async fn run(config: &Path) -> anyhow::Result<ExitCode> {
    let notes = control::request(config).await?;
    println!("{}: read again; the serving gateway uses it", config.display());
    for note in notes {
        eprintln!("{note}");
    }
    Ok(ExitCode::SUCCESS)
}
