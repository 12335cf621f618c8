//! The command `demo`: a synthetic programme, created once and served with its own passport broker.

mod broker_service;
mod folder;
mod welcome;

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_demo::Broker;
use gemj_model::{SystemClock, Timestamp};

use super::serve;
use crate::configuration::Configuration;
use crate::installation::Installation;
use crate::sources::Sources;

pub(crate) use folder::{clock, clock_in, is_of_demo};

const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// The optional external files that the demo uses: the FHIR JSON Schema and the program cwltool.
pub(crate) struct Parts {
    pub(crate) fhir_schema: Option<PathBuf>,
    pub(crate) cwltool: Option<PathBuf>,
}

pub(crate) async fn run(
    dir: &Path,
    sources: &Sources,
    listen: Option<SocketAddr>,
    clock: Option<&str>,
    parts: Parts,
) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(dir).with_context(|| format!("{}", dir.display()))?;
    let dir = &std::path::absolute(dir)?;
    let clock = match clock {
        Some(text) => SystemClock::starting_at(Timestamp::parse(text).context("--clock")?),
        None => SystemClock::default(),
    };
    let config = dir.join("gateway.toml");
    let is_made = folder::is_complete(dir);
    for (option, file) in [("--fhir-schema", &parts.fhir_schema), ("--cwltool", &parts.cwltool)] {
        if let Some(file) = file {
            std::fs::metadata(file).with_context(|| format!("{option} {}: nothing was made", file.display()))?;
        }
    }
    if !is_made {
        folder::claim(dir)?;
    }
    let wanted = match (listen, is_made) {
        (Some(address), _) => address,
        (None, true) => {
            let addresses = Configuration::read(&config)?.server.listen.addresses()?;
            addresses.first().copied().context("server.listen")?
        }
        (None, false) => DEFAULT_LISTEN.parse()?,
    };
    let listener = TcpListener::bind(wanted).with_context(|| format!("{wanted}: choose another address with --listen"))?;
    let address = listener.local_addr()?;
    let broker_listener = folder::broker_listener(dir)?;
    let broker = Broker::create_or_open(dir, &format!("http://{}", broker_listener.local_addr()?))?;
    folder::remember_clock(dir, clock)?;
    if is_made {
        folder::move_to(&config, address)?;
    } else {
        folder::make(dir, &config, address, &broker, &sources.with_clock(clock.shared()), parts).await?;
    }
    let _alone = serve::alone::serve_alone(&format!("sqlite:{}", dir.join("gateway.db").display()))?;
    let installation = Installation::open(&config, &sources.with_clock(clock.shared())).await?;
    welcome::write_conformance_settings(dir, &installation).await?;
    welcome::print(dir, &installation, &broker).await?;
    let broker_server = broker_service::start(broker, broker_listener, clock.shared())?;
    let workers = installation.configuration.server.workers;
    let served = match serve::prepare(installation).await {
        Ok(serving) => {
            let reloader = serve::reread::Reloader::new(&config, serving.clone(), None)?;
            let control = serve::control::obey(&config, &reloader);
            let reread = serve::reread::reread_at_hangup(reloader)?;
            let served = serve::serve(serving, workers, vec![listener], None).await;
            reread.abort();
            control.abort();
            served
        }
        Err(error) => Err(error),
    };
    broker_server.stop(true).await;
    served?;
    Ok(ExitCode::SUCCESS)
}
