//! The command `doctor`: checks a running installation, and says what to do.
//!
//! The command only reads. It makes no folder and no database, opens no protected data, and sends no credentials of anyone.

mod clock;
mod files;
mod issuers;
mod keys;
mod proxy;
mod report;
mod schema;
mod server;
mod stores;
mod tls;
mod writing;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use gemj_authenticate::Probe;

use crate::configuration::{Configuration, faults_of_files, oddities, oddities_of_holders};
use crate::installation::Installation;
use crate::sources::Sources;
use report::Report;

/// The time limit of one request.
const PATIENCE: Duration = Duration::from_secs(10);

/// The options of `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorOptions {
    /// Prints the findings as JSON.
    #[arg(long)]
    json: bool,
    /// Makes no request over the network: checks neither issuers nor the public address.
    #[arg(long)]
    offline: bool,
    /// The pause in a request through the public address, in seconds, which a proxy must bear. At most 25, because the gateway waits 30.
    #[arg(long, default_value_t = 12, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=25))]
    pause_s: u32,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &DoctorOptions) -> anyhow::Result<ExitCode> {
    let mut report = Report::default();
    let examined = Configuration::examine(config)?;
    for fault in &examined.faults {
        report.fault(
            "configuration",
            format!("{}: {fault}", config.display()),
            "correct the line; `gemj-gateway config check` shows all faults",
        );
    }
    if let Some(configuration) = &examined.configuration {
        let file_faults = examined.with_lines(faults_of_files(configuration));
        for fault in &file_faults {
            report.fault(
                "configuration",
                format!("{}: {fault}", config.display()),
                "name an existing file, or remove the key",
            );
        }
        if file_faults.is_empty() {
            report.good("configuration", format!("{}: no faults", config.display()));
        }
        for odd in configuration.datasets.iter().flat_map(oddities) {
            report.warning("configuration", odd, "complete data_use of the dataset (docs/data-use.md)");
        }
        for odd in examined.with_lines(oddities_of_holders(configuration)) {
            report.warning(
                "configuration",
                format!("{}: {odd}", config.display()),
                "`gemj-gateway config check` shows it too",
            );
        }
        check(config, sources, options, configuration, &mut report).await;
    }
    report.print(options.json)?;
    Ok(report.exit_code())
}

async fn check(config: &Path, sources: &Sources, options: &DoctorOptions, configuration: &Configuration, report: &mut Report) {
    files::check(config, configuration, report);
    keys::left_over(configuration, report);
    files::check_outside(configuration, report);
    tls::check_dates(configuration, report);
    if stores::exist(configuration, report) && schema::is_current(configuration, report).await {
        match Installation::open(config, &sources.of(config)).await {
            Ok(installation) => {
                stores::check(&installation, report).await;
                clock::check_database(&installation, report).await;
            }
            Err(error) => stores::not_opened(&error, report),
        }
    }
    issuers::check_ends(configuration, report);
    server::check(configuration, report).await;
    if options.offline {
        return;
    }
    match Probe::new(
        configuration.authentication.ca_file.as_deref(),
        PATIENCE + Duration::from_secs(options.pause_s.into()),
    ) {
        Ok(probe) => {
            issuers::check_keys(configuration, &probe, report).await;
            proxy::check(configuration, &probe, options.pause_s, report).await;
            keys::compare_replicas(configuration, &probe, report).await;
        }
        Err(fault) => report.fault(
            "network",
            fault.to_string(),
            "install the package ca-certificates, and check authentication.ca_file",
        ),
    }
}
