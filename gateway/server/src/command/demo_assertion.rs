//! The command `demo-assertion`: prints the client assertion of one of the demo's hospital systems, for the token endpoint.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_demo::hospital_clients::{HOSPITAL_CLIENTS, client_assertion};
use gemj_model::Clock as _;

use super::demo;
use crate::configuration::Configuration;
use crate::http::fhir::TOKEN_PATH;

pub(crate) fn run(dir: &Path, client: &str) -> anyhow::Result<ExitCode> {
    let configuration = Configuration::read(&dir.join("gateway.toml"))
        .with_context(|| format!("{}: no readable demo; `gemj-gateway demo --dir` creates one", dir.display()))?;
    let known = || HOSPITAL_CLIENTS.map(|(client, _)| client).join(", ");
    let endpoint = format!("{}{TOKEN_PATH}", configuration.public_base());
    let assertion = client_assertion(dir, client, &endpoint, demo::clock(dir).now());
    println!("{}", assertion.with_context(|| format!("the demo's clients are {}", known()))?);
    Ok(ExitCode::SUCCESS)
}
