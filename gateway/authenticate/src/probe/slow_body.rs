//! A request body with a pause in its middle, which shows whether a proxy waits for a slow client.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::Sleep;

/// The body: two parts with a pause between them.
pub(super) struct SlowBody {
    parts: Vec<Bytes>,
    pause: Pin<Box<Sleep>>,
    is_paused: bool,
}

impl SlowBody {
    pub(super) fn new(first: Bytes, second: Bytes, pause: Duration) -> Self {
        Self {
            parts: vec![second, first],
            pause: Box::pin(tokio::time::sleep(pause)),
            is_paused: false,
        }
    }
}

impl Body for SlowBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.is_paused && self.pause.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        // The pause comes after the first part.
        self.is_paused = self.parts.len() == 2;
        Poll::Ready(self.parts.pop().map(|part| Ok(Frame::data(part))))
    }
}
