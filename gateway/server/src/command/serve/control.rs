//! The local connection by which the command `reload` reaches the serving gateway and gets its answer.
//!
//! It is an abstract Unix socket (Linux), named after the configuration's path, so that no file remains after a power cut and the folder of the
//! configuration may be read-only. The name is no secret, and every local process can take it. The kernel therefore tells each side the user of the
//! other side: the gateway obeys only its own user and root, and the command believes only a user who may serve this configuration.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::{SocketAddr, UnixListener as StdListener, UnixStream as StdStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::reread::Reloader;
use crate::command_error::CommandError;
use crate::configuration::Configuration;

/// The request to read the configuration again.
const RELOAD: &[u8] = b"reload\n";

/// The time limit of an answer. Folding the consents of a large programme takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// The time limit of the request line.
const REQUEST_PATIENCE: Duration = Duration::from_secs(5);

/// The time between two attempts to take a name that another process has, and the pause after a failed accept.
const PAUSE: Duration = Duration::from_secs(2);

/// The socket's names of a configuration. Two configurations of one machine have different names. The path as stated stays the same if a symbolic link
/// in it gets another target. The resolved path is the same for every spelling.
fn names_of(config: &Path) -> Vec<String> {
    let stated = std::path::absolute(config).ok();
    let resolved = config.canonicalize().ok();
    let mut names: Vec<String> = stated.iter().chain(&resolved).map(|path| name_of(path)).collect();
    names.dedup();
    names
}

fn name_of(path: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("gemj-gateway-{:016x}", hasher.finish())
}

/// Answers the command `reload` until the task is aborted. The names are taken before the function returns, so that a `reload` directly after the
/// gateway's first line reaches it. A gateway that cannot listen still serves, and still obeys SIGHUP.
pub(crate) fn obey(config: &Path, reloader: &Arc<Reloader>) -> JoinHandle<()> {
    let listening = attempts(config).into_iter().map(|attempt| obey_at(attempt, Arc::clone(reloader)));
    let all = futures::future::join_all(listening);
    tokio::spawn(async move {
        let _ = all.await;
    })
}

/// A name of the socket, and the result of the first attempt to take it.
type Attempt = (String, anyhow::Result<UnixListener>);

fn attempts(config: &Path) -> Vec<Attempt> {
    let attempt = |name: String| {
        let listener = listen(&name);
        (name, listener)
    };
    names_of(config).into_iter().map(attempt).collect()
}

async fn obey_at(attempt: Attempt, reloader: Arc<Reloader>) {
    let listener = taken(attempt).await;
    loop {
        match listener.accept().await {
            Ok((stream, _)) if is_ours(&stream) => {
                let reloader = Arc::clone(&reloader);
                tokio::spawn(async move { answer(stream, &reloader).await });
            }
            Ok(_) => {}
            // For example, the process has no free file descriptor now.
            Err(error) => {
                tracing::warn!("a connection of `reload` was lost: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The socket with this name. While another process has the name, the function tries again and again.
async fn taken((name, first): Attempt) -> UnixListener {
    let error = match first {
        Ok(listener) => return listener,
        Err(error) => error,
    };
    let holder = holder_of(&name).unwrap_or_else(|| "an unknown process".to_owned());
    tracing::error!(
        "`reload` cannot reach this gateway ({error:#}): {holder} has the name of its local connection. End that process; this gateway tries again \
         every {} s. SIGHUP works",
        PAUSE.as_secs()
    );
    loop {
        tokio::time::sleep(PAUSE).await;
        if let Ok(listener) = listen(&name) {
            tracing::info!("`reload` can reach this gateway now");
            return listener;
        }
    }
}

fn listen(name: &str) -> anyhow::Result<UnixListener> {
    let listener = StdListener::bind_addr(&SocketAddr::from_abstract_name(name)?)?;
    listener.set_nonblocking(true)?;
    Ok(UnixListener::from_std(listener)?)
}

fn connect(name: &str) -> anyhow::Result<UnixStream> {
    let stream = StdStream::connect_addr(&SocketAddr::from_abstract_name(name)?)?;
    stream.set_nonblocking(true)?;
    Ok(UnixStream::from_std(stream)?)
}

/// The process that has a name, for the operator.
fn holder_of(name: &str) -> Option<String> {
    let peer = connect(name).ok()?.peer_cred().ok()?;
    let process = peer.pid().map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"));
    Some(format!("{process} of user {}", peer.uid()))
}

/// Whether the other side is the same user or root.
fn is_ours(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn answer(mut stream: UnixStream, reloader: &Reloader) {
    let mut request = [0; RELOAD.len()];
    let read = tokio::time::timeout(REQUEST_PATIENCE, stream.read_exact(&mut request)).await;
    if !matches!(read, Ok(Ok(_))) || request != RELOAD {
        return;
    }
    let text = match reloader.reload().await {
        Ok(notes) => {
            tracing::info!("the configuration was read again");
            std::iter::once("good".to_owned()).chain(notes).collect::<Vec<_>>().join("\n")
        }
        Err(error) => {
            tracing::error!("the configuration is unchanged: {error:#}");
            format!("{error:#}")
        }
    };
    let _ = tokio::time::timeout(PATIENCE, stream.write_all(text.as_bytes())).await;
}

/// Asks the serving gateway of a configuration to read the configuration again. Returns its notes.
///
/// # Errors
/// No gateway of this configuration serves, or the configuration has a fault. Nothing was changed then.
pub(crate) async fn request(config: &Path) -> anyhow::Result<Vec<String>> {
    let mut stream = server(config)?;
    stream.write_all(RELOAD).await?;
    let mut text = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text))
        .await
        .context("the gateway did not answer in time; its log states what it does")??;
    let mut lines = text.lines().map(str::to_owned);
    match lines.next().as_deref() {
        Some("good") => Ok(lines.collect()),
        Some(_) => Err(CommandError::NothingChanged { text }.into()),
        None => Err(CommandError::NoAnswer {}.into()),
    }
}

/// A connection with the serving gateway. A process of a user who may not serve this configuration is named and not believed.
fn server(config: &Path) -> anyhow::Result<UnixStream> {
    let mut stranger = None;
    for name in names_of(config) {
        let Ok(stream) = connect(&name) else {
            continue;
        };
        let peer = stream.peer_cred()?;
        if may_serve(peer.uid(), config) {
            return Ok(stream);
        }
        let process = peer.pid().map_or_else(String::new, |pid| format!(" (process {pid})"));
        stranger = Some((peer.uid(), process));
    }
    match stranger {
        Some((user, process)) => anyhow::bail!(
            "nothing was changed: the process that answers for {} belongs to another user ({user}){process}. If this is the gateway, run the command as its \
             user. If it is not, end that process; the gateway then takes its place within seconds, and SIGHUP works at once",
            config.display()
        ),
        None => Err(CommandError::NoGateway {
            file: config.display().to_string(),
        }
        .into()),
    }
}

/// Whether a user may serve this configuration. A user without root's rights believes only itself. Root believes itself and the owner of the configuration
/// or of the installation's key: no other user can change what the gateway serves.
fn may_serve(user: u32, config: &Path) -> bool {
    let own = rustix::process::geteuid().as_raw();
    if own != 0 || user == own {
        return user == own;
    }
    let examined = Configuration::examine(config).ok();
    let key = examined
        .and_then(|examined| examined.configuration)
        .map(|configuration| configuration.capabilities.key_file);
    let owner = |path: &Path| std::fs::metadata(path).is_ok_and(|file| file.uid() == user);
    owner(config) || key.is_some_and(|key| owner(&key))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn a_name_is_taken_before_the_gateway_states_that_it_serves() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("gateway.toml");
        std::fs::write(&config, "").unwrap();
        assert!(server(&config).is_err());
        // No task has run yet when the attempts return.
        let attempts = attempts(&config);
        assert!(attempts.iter().all(|(_, listener)| listener.is_ok()));
        assert!(server(&config).is_ok());
    }
}
