//! The end of a gateway: it reports that it is not ready, ends its streams, and waits for the requests in progress.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::watch;

/// The state of the end of a gateway. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Drain(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    stopping: AtomicBool,
    in_progress: AtomicUsize,
    /// Changes when the number of requests in progress becomes 0.
    idle: watch::Sender<()>,
    /// Whether the streams in progress must end now.
    cut: watch::Sender<bool>,
}

/// A request in progress. The request ends when the value is dropped.
#[derive(Debug)]
pub(crate) struct InProgress(Drain);

impl Default for Drain {
    fn default() -> Self {
        Self(Arc::new(Shared {
            stopping: AtomicBool::new(false),
            in_progress: AtomicUsize::new(0),
            idle: watch::Sender::new(()),
            cut: watch::Sender::new(false),
        }))
    }
}

impl Drain {
    /// Counts a request as in progress until the returned value is dropped.
    pub(crate) fn begin(&self) -> InProgress {
        self.0.in_progress.fetch_add(1, Ordering::AcqRel);
        InProgress(self.clone())
    }

    /// The number of requests in progress. A request ends after its body.
    pub(crate) fn in_progress(&self) -> usize {
        self.0.in_progress.load(Ordering::Acquire)
    }

    /// From now on, the gateway is not ready, and every answer closes its connection.
    pub(crate) fn stop(&self) {
        self.0.stopping.store(true, Ordering::Release);
    }

    /// Whether the gateway is about to end.
    pub(crate) fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    /// Cuts every stream in progress, and every stream that begins later.
    pub(crate) fn cut_streams(&self) {
        self.0.cut.send_replace(true);
    }

    /// Waits until [`Self::cut_streams`] is called.
    pub(crate) async fn streams_are_cut(&self) {
        let mut cut = self.0.cut.subscribe();
        // The sender lives as long as `self`, so the wait never fails.
        let _ = cut.wait_for(|cut| *cut).await;
    }

    /// Waits until no request is in progress.
    pub(crate) async fn is_idle(&self) {
        let mut idle = self.0.idle.subscribe();
        while self.in_progress() > 0 {
            let _ = idle.changed().await;
        }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        if self.0.0.in_progress.fetch_sub(1, Ordering::AcqRel) == 1 && self.0.is_stopping() {
            self.0.0.idle.send_replace(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_gateway_is_idle_when_the_last_request_ended() {
        let drain = Drain::default();
        let (first, second) = (drain.begin(), drain.begin());
        drain.stop();
        let waiting = tokio::spawn({
            let drain = drain.clone();
            async move { drain.is_idle().await }
        });
        drop(first);
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(second);
        assert!(waiting.await.is_ok());
        drain.is_idle().await;
    }

    #[tokio::test]
    async fn streams_that_begin_after_the_cut_are_cut_too() {
        let drain = Drain::default();
        drain.cut_streams();
        drain.streams_are_cut().await;
    }
}
