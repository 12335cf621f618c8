//! The local connection by which the command `reload` reaches the serving gateway and gets its answer.
//!
//! It is an abstract Unix socket (Linux), named after the configuration's path, so that no file remains after a power cut and the folder of the
//! configuration may be read-only. The kernel tells each side the user of the other side: the gateway obeys only its own user and root.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener as StdListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::reread::Reloader;

/// The request to read the configuration again.
const RELOAD: &[u8] = b"reload\n";

/// The time limit of a connection. Folding the consents of a large programme takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// The socket's name of a configuration. Two configurations of one machine have different names. The name is no secret.
fn name_of(config: &Path) -> String {
    let path = config.canonicalize().unwrap_or_else(|_| config.to_owned());
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    format!("gemj-gateway-{:016x}", hasher.finish())
}

fn address(config: &Path) -> anyhow::Result<SocketAddr> {
    SocketAddr::from_abstract_name(name_of(config)).context("the local connection of `reload`")
}

/// Answers the command `reload` until the task is aborted. A gateway that cannot listen still serves, and still obeys SIGHUP.
pub(crate) fn obey(config: &Path, reloader: Arc<Reloader>) -> Option<JoinHandle<()>> {
    let listener = address(config).and_then(|address| listen(&address));
    match listener {
        Ok(listener) => Some(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                if is_ours(&stream) {
                    let _ = tokio::time::timeout(PATIENCE, answer(stream, &reloader)).await;
                }
            }
        })),
        Err(error) => {
            tracing::warn!("`reload` cannot reach this gateway ({error:#}); SIGHUP still works");
            None
        }
    }
}

fn listen(address: &SocketAddr) -> anyhow::Result<UnixListener> {
    let listener = StdListener::bind_addr(address)?;
    listener.set_nonblocking(true)?;
    Ok(UnixListener::from_std(listener)?)
}

/// Whether the other side is the same user or root.
fn is_ours(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn answer(mut stream: UnixStream, reloader: &Reloader) {
    let mut request = [0; RELOAD.len()];
    if stream.read_exact(&mut request).await.is_err() || request != RELOAD {
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
    let _ = stream.write_all(text.as_bytes()).await;
}

/// Asks the serving gateway of a configuration to read the configuration again. Returns its notes.
///
/// # Errors
/// No gateway of this configuration serves, or the configuration has a fault. Nothing was changed then.
pub(crate) async fn request(config: &Path) -> anyhow::Result<Vec<String>> {
    let address = address(config)?;
    let connected = std::os::unix::net::UnixStream::connect_addr(&address);
    let stream = connected.with_context(|| {
        format!(
            "no gateway on this machine serves {}; start it with `gemj-gateway serve`, or send SIGHUP to a gateway in a container",
            config.display()
        )
    })?;
    stream.set_nonblocking(true)?;
    let mut stream = UnixStream::from_std(stream)?;
    let own = rustix::process::geteuid().as_raw();
    let server = stream.peer_cred()?.uid();
    anyhow::ensure!(
        own == 0 || server == own,
        "the process that answers for {} belongs to another user ({server}); run the command as the gateway's user",
        config.display()
    );
    stream.write_all(RELOAD).await?;
    let mut text = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text))
        .await
        .context("the gateway did not answer in time; its log states what it does")??;
    let mut lines = text.lines().map(str::to_owned);
    match lines.next().as_deref() {
        Some("good") => Ok(lines.collect()),
        Some(_) => anyhow::bail!("nothing was changed:\n{text}"),
        None => anyhow::bail!("the gateway did not answer; it accepts this command only of its own user and root"),
    }
}
