//! The end of `serve`, after SIGTERM or SIGINT.
//!
//! * The gateway reports that it is not ready, and still serves for `server.stop_grace_s`, so that a load balancer stops sending requests.
//! * It accepts no further connection, and waits at most `server.stop_streams_s` for the requests in progress.
//! * It cuts the streams that still run. Their clients get an aborted answer, never a well-formed short file.
//! * The audit rows of all answers are written (by the caller of this module).
//!
//! A second signal skips the waits.
//!
//! The gateway also ends, without waits, if a seal was closed and lifted since it began: its memory may belong to a lost history.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::rt;
use anyhow::Context as _;
use gemj_catalogue::{Catalogue, CatalogueError};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::http::drain::Drain;
use crate::http::gateway::Gateway;

/// The time in which cut streams and refused requests end. A client that reads nothing cannot delay the end further.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// The time in which the workers drop the connections that they still have. Each dropped answer writes its last audit row.
const DROPPED_WITHIN: Duration = Duration::from_secs(10);

/// The pause between two comparisons of the database's history with the history of this process. Each request compares it too.
const COMPARE_EVERY: Duration = Duration::from_secs(1);

/// Waits until a seal was closed and lifted since this process began.
async fn outdated(catalogue: &Catalogue) {
    while !matches!(catalogue.state().await, Err(CatalogueError::OtherHistory)) {
        tokio::time::sleep(COMPARE_EVERY).await;
    }
}

/// The parts that the end of a gateway needs. They are prepared before the gateway serves.
pub(super) struct Ending {
    drain: Drain,
    catalogue: Catalogue,
    grace: Duration,
    streams: Duration,
    signals: Signals,
    /// The listening sockets, to close them while the connections in progress continue.
    listening: Vec<TcpListener>,
}

/// The signals that end the gateway.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

impl Ending {
    /// Must be called inside a tokio runtime.
    pub(super) fn prepare(gateway: &Gateway, listeners: &[TcpListener]) -> anyhow::Result<Self> {
        let listening = listeners.iter().map(TcpListener::try_clone);
        Ok(Self {
            drain: gateway.drain.clone(),
            catalogue: gateway.stores.catalogue.clone(),
            grace: gateway.stop_grace,
            streams: gateway.stop_streams,
            signals: Signals {
                terminate: signal(SignalKind::terminate()).context("SIGTERM")?,
                interrupt: signal(SignalKind::interrupt()).context("SIGINT")?,
            },
            listening: listening.collect::<Result<_, _>>().context("a listening socket")?,
        })
    }

    /// Serves until a signal arrives or the state of this process is outdated, then ends the requests in progress and the server.
    ///
    /// # Errors
    /// The server failed, or the state is outdated. The service manager then starts the gateway again.
    pub(super) async fn serve_until_told(mut self, server: Server) -> anyhow::Result<()> {
        let handle = server.handle();
        let mut running = rt::spawn(server);
        tokio::select! {
            ended = &mut running => return ended.context("the server")?.context("the server"),
            () = self.signals.next() => {}
            () = outdated(&self.catalogue) => {
                tracing::error!("the seal was lifted: the gateway has an outdated state and ends");
                self.drain.cut_streams();
                self.stop(&handle).await;
                running.await.context("the server")?.context("the server")?;
                return Err(CatalogueError::OtherHistory.into());
            }
        }
        self.end(&handle).await;
        running.await.context("the server")?.context("the server")
    }

    async fn end(&mut self, handle: &ServerHandle) {
        tracing::info!(
            requests_in_progress = self.drain.in_progress(),
            grace_s = self.grace.as_secs(),
            streams_s = self.streams.as_secs(),
            "the gateway is stopping; a second signal stops it at once"
        );
        self.drain.stop();
        let is_hurried = tokio::select! {
            () = tokio::time::sleep(self.grace) => false,
            () = self.signals.next() => true,
        };
        handle.pause().await;
        // A paused server leaves new connections in the socket's queue, where they would wait until the process ends. Without the listening socket
        // they are refused, and a load balancer tries another replica.
        for listening in &self.listening {
            let _ = rustix::net::shutdown(listening, rustix::net::Shutdown::Both);
        }
        let mut is_idle = false;
        if !is_hurried {
            is_idle = tokio::select! {
                () = self.drain.is_idle() => true,
                () = tokio::time::sleep(self.streams) => false,
                () = self.signals.next() => false,
            };
        }
        if !is_idle {
            tracing::warn!(requests_in_progress = self.drain.in_progress(), "requests in progress are cut");
            self.drain.cut_streams();
            let _ = tokio::time::timeout(LAST_MOMENT, self.drain.is_idle()).await;
        }
        self.stop(handle).await;
    }

    /// Closes the connections that are idle, and those whose client reads nothing. Waits until every answer has ended: the server only tells its
    /// workers to stop, and a busy machine could end the process before a worker has dropped its answers and written their audit rows.
    async fn stop(&self, handle: &ServerHandle) {
        self.drain.stop();
        handle.stop(false).await;
        if tokio::time::timeout(DROPPED_WITHIN, self.drain.is_idle()).await.is_err() {
            let requests_in_progress = self.drain.in_progress();
            tracing::error!(requests_in_progress, "answers were not ended: their last audit rows are missing");
        }
    }
}
