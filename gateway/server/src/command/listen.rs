//! The command `listen`: receives HL7 messages of one institution over MLLP, and acknowledges each message after it is committed.

mod connection;
mod worker;

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_adapters::feed::Asked;
use gemj_model::{DatasetId, SiteId};
use gemj_services::ingest::{Intake, Listening, Progress, listening};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::ingest::open_profile;
use super::known_names::{require_dataset, require_site};
use crate::command_error::CommandError;
use crate::installation::Installation;
use crate::service_manager::notify as notify_service_manager;
use crate::sources::Sources;
use connection::Connection;

/// The interval at which a signed head of the audit chain is stored outside the database while messages arrive.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);

/// The time in which the connections finish the messages in hand after a signal.
const FINISHED_WITHIN: Duration = Duration::from_secs(30);

/// The options of `listen`.
#[derive(Debug, Args)]
pub(crate) struct ListenOptions {
    /// The dataset that the facts belong to.
    #[arg(long)]
    dataset: String,
    /// The profile that reads the messages: ss-mix2, or the path of a site's own profile (a YAML file) of the format ss-mix2.
    #[arg(long)]
    profile: String,
    /// The institution that sends the messages and uses the numbers in them. Required, unless the profile states it.
    #[arg(long)]
    site: Option<String>,
    /// The institution's namespace of the numbers in the messages, as in the sheet of `link`. Required, unless the profile states it.
    #[arg(long)]
    namespace: Option<String>,
    /// The address on which messages are received. With port 0, a free port is chosen and printed.
    #[arg(long, default_value = "127.0.0.1:2575")]
    address: SocketAddr,
    /// States that a TLS proxy or a tunnel protects the address. Without this option, only an address of this machine (loopback) is accepted.
    #[arg(long)]
    behind_tls: bool,
    /// The maximum number of connections at once. A further connection is closed at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections: u16,
    /// The number of seconds after which a connection without a complete message is closed.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=86400))]
    idle_s: u32,
    /// Accepts frames without the carriage return after the end byte (0x1c): such a frame ends after half a second without a further byte. Only for a sender
    /// that leaves it out, because a message with this byte inside could then be read cut short.
    #[arg(long)]
    accept_bare_ends: bool,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &ListenOptions) -> anyhow::Result<ExitCode> {
    let address = options.address;
    if !address.ip().is_loopback() && !options.behind_tls {
        return Err(CommandError::ListenUnprotected {
            address: address.to_string(),
        }
        .into());
    }
    let installation = Installation::open(config, sources).await?;
    let listening = prepare(&installation, options).await?;
    let listener = TcpListener::bind(address).await.with_context(|| format!("--address {address}"))?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    println!("listening on mllp://{}", listener.local_addr()?);
    notify_service_manager("READY=1");

    let (jobs, worker) = worker::start(listening);
    let (stop, stopped) = watch::channel(false);
    let places = Arc::new(Semaphore::new(usize::from(options.connections)));
    let mut connections = JoinSet::new();
    let mut checkpoints = tokio::time::interval(CHECKPOINT_EVERY);
    checkpoints.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let accept = |stream: TcpStream, connections: &mut JoinSet<()>| match Arc::clone(&places).try_acquire_owned() {
        Ok(place) => {
            let idle = Duration::from_secs(options.idle_s.into());
            let connection = Connection::new(
                stream,
                jobs.clone(),
                Arc::clone(&installation.clock),
                (idle, options.accept_bare_ends),
            );
            let stopped = stopped.clone();
            let _ = connections.spawn(async move {
                connection.serve(stopped).await;
                drop(place);
            });
        }
        Err(_) => tracing::warn!("a connection was closed, because --connections are open already"),
    };
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => accept(stream, &mut connections),
                Err(error) => {
                    // A process without free file descriptors must not turn in a loop.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = checkpoints.tick() => {
                if let Err(error) = installation.checkpoint().await {
                    tracing::error!("{error:#}");
                }
            }
            // Without the thread that ingests, no message can be answered. Its end is reported below.
            () = jobs.closed() => break,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    notify_service_manager("STOPPING=1");
    drop(listener);
    let _ = stop.send(true);
    let ended = tokio::time::timeout(FINISHED_WITHIN, async { while connections.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        connections.shutdown().await;
    }
    drop(jobs);
    worker.await.context("the last run")??;
    installation.checkpoint().await?;
    Ok(ExitCode::SUCCESS)
}

/// Checks the options as `ingest` does.
async fn prepare(installation: &Installation, options: &ListenOptions) -> anyhow::Result<Listening> {
    let asked = Asked {
        dataset: DatasetId::parse(&options.dataset).context("--dataset")?,
        site: options.site.as_deref().map(SiteId::parse).transpose().context("--site")?,
        namespace: options.namespace.clone(),
        exported: None,
    };
    require_dataset(installation, &asked.dataset)?;
    if let Some(site) = &asked.site {
        require_site(installation, site).await.context("--site")?;
    }
    let profile = open_profile(&options.profile)?;
    if let Some(home) = profile.home() {
        require_site(installation, &home.site).await.context("--profile")?;
    }
    let mandate = Mandate::operator(WriteAction::Ingest);
    let intake = Intake {
        stores: &installation.stores,
        key: &installation.key,
        mandate: &mandate,
        numbers: Upkeep::of(Job::ResolveNumbers),
        clock: &installation.clock,
        forms: &installation.forms,
        progress: Progress::default(),
    };
    Ok(listening(&intake, profile, &asked).await?)
}
