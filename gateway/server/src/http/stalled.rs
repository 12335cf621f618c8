//! A time limit for clients that stop reading (stalled readers). The stream of a stalled reader is dropped with all its resources. The reader
//! then gets a closed connection, never a well-formed short file.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use actix_web::{rt, web};
use bytes::Bytes;
use futures::Stream;

use super::drain::Drain;
use super::gateway::Gateway;
use super::stream::Cut;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, Cut>>>>;

/// A stream of chunks that is cut if its reader requests no chunk for too long.
pub(crate) struct Taken {
    shared: Rc<Shared>,
    watch: rt::task::JoinHandle<()>,
    gateway: web::Data<Gateway>,
}

struct Shared {
    /// The stream of chunks. Absent after the reader has stalled.
    chunks: RefCell<Option<Chunks>>,
    /// The time at which the reader last requested a chunk.
    asked: Cell<Instant>,
    /// Whether the reader has requested a chunk and the gateway has not produced it yet.
    is_waiting: Cell<bool>,
    /// The reason for which the stream was dropped.
    reason: Cell<Cut>,
    /// Wakes the reader that waits for a chunk.
    waker: Cell<Option<Waker>>,
}

/// Passes chunks on when the reader requests them. Cuts the stream if the reader requests none for the gateway's `write_timeout`, and when the gateway
/// ends. Runs within one thread of the server.
pub(crate) fn within(gateway: web::Data<Gateway>, chunks: impl Stream<Item = Result<Bytes, Cut>> + 'static) -> Taken {
    let shared = Rc::new(Shared::new(Instant::now(), chunks));
    let watch = rt::spawn(watch(Rc::clone(&shared), gateway.drain.clone(), gateway.write_timeout));
    Taken { shared, watch, gateway }
}

async fn watch(shared: Rc<Shared>, drain: Drain, limit: Duration) {
    let stalled = async {
        while let Some(next) = shared.look(Instant::now(), limit) {
            tokio::time::sleep_until(next.into()).await;
        }
    };
    tokio::select! {
        () = stalled => tracing::info!("a stream was cut: its reader took nothing"),
        () = drain.streams_are_cut() => shared.cut(Cut::Stopping),
    }
}

impl Shared {
    fn new(now: Instant, chunks: impl Stream<Item = Result<Bytes, Cut>> + 'static) -> Self {
        Self {
            chunks: RefCell::new(Some(Box::pin(chunks))),
            asked: Cell::new(now),
            is_waiting: Cell::new(false),
            reason: Cell::new(Cut::Stalled),
            waker: Cell::new(None),
        }
    }

    /// Drops the stream, and wakes a reader that waits for a chunk. The reader then gets the reason as an error.
    fn cut(&self, reason: Cut) {
        self.reason.set(reason);
        let chunks = self.chunks.borrow_mut().take();
        drop(chunks);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Drops the stream if its reader has requested no chunk for `limit`. Returns the time of the next check, or nothing after the stream was
    /// dropped.
    fn look(&self, now: Instant, limit: Duration) -> Option<Instant> {
        if self.is_waiting.get() {
            // The reader waits for a chunk. The delay is the gateway's, so the reader's time starts again.
            self.asked.set(now);
        }
        let end = self.asked.get() + limit;
        if now < end {
            return Some(end);
        }
        let stalled = self.chunks.borrow_mut().take();
        drop(stalled);
        None
    }

    fn poll(&self, context: &mut Context<'_>, now: Instant) -> Poll<Option<Result<Bytes, Cut>>> {
        let mut chunks = self.chunks.borrow_mut();
        let Some(stream) = chunks.as_mut() else {
            return Poll::Ready(Some(Err(self.reason.get())));
        };
        let polled = stream.as_mut().poll_next(context);
        self.asked.set(now);
        self.is_waiting.set(polled.is_pending());
        self.waker.set(polled.is_pending().then(|| context.waker().clone()));
        polled
    }
}

impl Stream for Taken {
    type Item = Result<Bytes, Cut>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.shared.poll(context, Instant::now());
        if let Poll::Ready(Some(Err(cut))) = &polled {
            self.gateway.metrics.count_cut(*cut);
        }
        polled
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const LIMIT: Duration = Duration::from_secs(60);
    const SECOND: Duration = Duration::from_secs(1);

    fn poll(shared: &Shared, now: Instant) -> Poll<Option<Result<Bytes, Cut>>> {
        shared.poll(&mut Context::from_waker(futures::task::noop_waker_ref()), now)
    }

    /// An endless stream of chunks for tests. The second value is a counter that shows whether the stream still exists.
    fn endless(now: Instant) -> (Shared, Rc<()>) {
        let held = Rc::new(());
        let inner = Rc::clone(&held);
        let chunks = futures::stream::repeat_with(move || {
            let _ = &inner;
            Ok(Bytes::from_static(b"chunk"))
        });
        (Shared::new(now, chunks), held)
    }

    #[test]
    fn a_stalled_reader_loses_the_stream_and_its_resources() {
        let start = Instant::now();
        let (shared, held) = endless(start);
        assert!(matches!(poll(&shared, start + SECOND), Poll::Ready(Some(Ok(_)))));
        let end = start + SECOND + LIMIT;
        assert_eq!(shared.look(end - SECOND, LIMIT), Some(end));
        assert_eq!(Rc::strong_count(&held), 2, "within the limit");
        assert_eq!(shared.look(end, LIMIT), None);
        assert_eq!(Rc::strong_count(&held), 1, "the stream's resources are free");
        assert!(matches!(poll(&shared, end), Poll::Ready(Some(Err(Cut::Stalled)))));
    }

    #[test]
    fn a_stream_that_is_cut_wakes_its_reader_and_names_the_reason() {
        let start = Instant::now();
        let shared = Shared::new(start, futures::stream::pending());
        assert!(poll(&shared, start).is_pending());
        shared.cut(Cut::Stopping);
        assert!(matches!(poll(&shared, start), Poll::Ready(Some(Err(Cut::Stopping)))));
    }

    #[test]
    fn a_slow_reader_keeps_its_stream() {
        let mut now = Instant::now();
        let (shared, held) = endless(now);
        for _ in 0..100 {
            now += LIMIT - SECOND;
            assert!(shared.look(now, LIMIT).is_some());
            assert!(matches!(poll(&shared, now), Poll::Ready(Some(Ok(_)))));
        }
        assert_eq!(Rc::strong_count(&held), 2);
    }

    #[test]
    fn a_reader_that_waits_for_a_slow_store_keeps_its_stream() {
        let start = Instant::now();
        let shared = Shared::new(start, futures::stream::pending());
        assert!(poll(&shared, start).is_pending());
        for minutes in 1..10 {
            let now = start + LIMIT * minutes;
            assert_eq!(shared.look(now, LIMIT), Some(now + LIMIT));
        }
    }
}
