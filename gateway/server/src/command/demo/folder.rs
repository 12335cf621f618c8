//! The demo's folder. The first run creates the folder, and later runs open it.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use gemj_demo::{Broker, Layout, configuration, feeds, hospital_clients};
use gemj_model::SystemClock;

use super::Parts;
use crate::capability_key;
use crate::command::{approval, consent, ingest, link, load, ontology};
use crate::command_error::CommandError;
use crate::configuration::Configuration;
use crate::installation::Installation;
use crate::sources::Sources;

/// The marker of a finished demo. The demo writes this file last. A folder without this file is unfinished, and the demo creates its content
/// again.
const COMPLETE: &str = ".demo-complete";
/// The marker of an unfinished demo. The demo writes this file first. A later run clears a folder only if this file shows that a demo left the
/// folder unfinished.
const MAKING: &str = ".demo-making";
/// The file with the difference between the demo's clock and the machine's clock, in microseconds.
const CLOCK: &str = "broker/clock-offset-us";

/// Whether the folder contains a finished demo.
pub(super) fn is_complete(dir: &Path) -> bool {
    dir.join(COMPLETE).exists()
}

/// The names of files and folders that a demo creates. Apart from these and its two markers, the demo changes nothing in its folder.
const MADE: [&str; 11] = [
    "gateway.toml",
    "gateway.db",
    "gateway.db-wal",
    "gateway.db-shm",
    "objects",
    "feeds",
    "audit-checkpoints",
    "broker",
    "clients",
    "conformance.toml",
    "runs",
];

/// Claims a folder for a new demo. A folder that contains a name of [`MADE`], but no sign of an unfinished demo, belongs to another
/// installation and is rejected.
pub(super) fn claim(dir: &Path) -> anyhow::Result<()> {
    if !dir.join(MAKING).exists()
        && let Some(name) = MADE.iter().find(|name| dir.join(name).exists())
    {
        return Err(CommandError::NoDemo {
            folder: dir.display().to_string(),
            name: name.to_string(),
        }
        .into());
    }
    std::fs::write(dir.join(MAKING), "").context("the demo's folder")
}

/// Whether a demo created the folder, or began to create it.
pub(crate) fn is_of_demo(dir: &Path) -> bool {
    is_complete(dir) || dir.join(MAKING).exists()
}

/// Opens the listening socket of the demo's broker: at the address in the broker's issuer URL, or at a free port if the folder has no broker
/// yet.
pub(super) fn broker_listener(dir: &Path) -> anyhow::Result<TcpListener> {
    let address = match Broker::open(dir) {
        Ok(broker) => broker.passport_issuer().trim_start_matches("http://").to_owned(),
        Err(_) => "127.0.0.1:0".to_owned(),
    };
    TcpListener::bind(&address)
        .with_context(|| format!("the demo's passport broker needs its address {address}; is this demo running already?"))
}

/// Stores the offset of the demo's clock in the folder, so that `demo-passport` issues tokens at the demo's time.
pub(super) fn remember_clock(dir: &Path, clock: SystemClock) -> anyhow::Result<()> {
    std::fs::write(dir.join(CLOCK), clock.offset_us.to_string()).context("the demo's folder")
}

/// The demo's clock, read from the folder. If the folder contains no offset, the machine's clock.
pub(crate) fn clock(dir: &Path) -> SystemClock {
    let offset_us = std::fs::read_to_string(dir.join(CLOCK))
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0);
    SystemClock { offset_us }
}

/// The clock to use in a folder: the demo's clock in the folder of a finished demo, the machine's clock in any other folder.
pub(crate) fn clock_in(dir: &Path) -> SystemClock {
    if is_complete(dir) { clock(dir) } else { SystemClock::default() }
}

/// Changes only the gateway's address in a configuration file.
pub(super) fn move_to(config: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(config).with_context(|| format!("{}", config.display()))?;
    let mut document: toml_edit::DocumentMut = text.parse().with_context(|| format!("{}", config.display()))?;
    if document["server"]["listen"].as_str() == Some(&address.to_string()) {
        return Ok(());
    }
    document["server"]["listen"] = toml_edit::value(address.to_string());
    document["server"]["public_url"] = toml_edit::value(format!("http://{address}"));
    std::fs::write(config, document.to_string()).with_context(|| format!("{}", config.display()))
}

/// Creates the demo's programme: writes its feeds, then loads and ingests the feeds with the functions of the command line.
pub(super) async fn make(
    dir: &Path,
    config: &Path,
    address: SocketAddr,
    broker: &Broker,
    sources: &Sources,
    parts: Parts,
) -> anyhow::Result<()> {
    eprintln!("making a synthetic programme in {} …", dir.display());
    clear(dir)?;
    let bwrap = on_the_path("bwrap").filter(|bwrap| isolates(bwrap));
    let cwltool = parts.cwltool.or_else(|| on_the_path("cwltool"));
    if cwltool.is_some() && bwrap.is_none() {
        eprintln!("no workflows: there is no working bubblewrap (bwrap), which runs require");
    }
    let cwltool = cwltool.filter(|_| bwrap.is_some());
    let layout = Layout {
        listen: address,
        public_url: format!("http://{address}"),
        broker_url: broker.passport_issuer().to_owned(),
        audience: None,
        fhir_schema: parts.fhir_schema.map(std::path::absolute).transpose()?,
        cwltool: cwltool.map(std::path::absolute).transpose()?,
        bwrap,
    };
    hospital_clients::create_or_open(dir)?;
    std::fs::write(config, configuration(&layout)).with_context(|| format!("{}", config.display()))?;
    let feeds = feeds::write(dir)?;
    let key_file = Configuration::read(config)?.capabilities.key_file;
    // If an unfinished attempt has created the key, the key is kept.
    if !key_file.exists() {
        capability_key::make(&key_file)?;
    }
    let installation = Installation::open(config, sources).await?;
    let mut refused = 0;
    link::link(&installation, &feeds.institutions.linkage, true).await?;
    ontology::load(&installation, &feeds.ontology).await?;
    refused += approval::import(&installation, &feeds.approvals, approval::ImportOptions::PLAIN)
        .await?
        .fault_count();
    for sheet in &feeds.sheets {
        refused += load::load_sheet(&installation, sheet, true, false).await?;
    }
    link::link(&installation, &feeds.packet_linkage, true).await?;
    for of_site in &feeds.phenopackets {
        let options = ingest::Options {
            dataset: of_site.dataset.as_str(),
            profile: "phenopacket",
            site: Some(of_site.site.as_str()),
            namespace: None,
            exported: None,
        };
        let outcome = ingest::ingest(&installation, &options, vec![of_site.folder.clone()], ingest::Report::None).await?;
        refused += outcome.refused;
    }
    refused += consent::import(&installation, &feeds.consents, false).await?;
    anyhow::ensure!(refused == 0, "the demo's own feeds were refused: {refused} units");
    installation.checkpoint().await?;
    std::fs::write(dir.join(COMPLETE), "").context("the demo's folder")?;
    std::fs::remove_file(dir.join(MAKING)).context("the demo's folder")
}

/// Whether bubblewrap can create the namespaces that isolate runs. Some machines do not allow this.
fn isolates(bwrap: &Path) -> bool {
    let mut probe = std::process::Command::new(bwrap);
    probe.args(["--unshare-all", "--ro-bind", "/", "/", "true"]);
    probe.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// The path of the first program with this name on the PATH.
fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Removes the stores that an unfinished attempt left. Only names that the demo itself creates are removed.
fn clear(dir: &Path) -> anyhow::Result<()> {
    for name in ["gateway.db", "gateway.db-wal", "gateway.db-shm"] {
        match std::fs::remove_file(dir.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).context(name),
            _ => {}
        }
    }
    for name in ["objects", "feeds", "audit-checkpoints", "runs"] {
        match std::fs::remove_dir_all(dir.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).context(name),
            _ => {}
        }
    }
    Ok(())
}
