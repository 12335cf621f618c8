//! One connection of a sender: reads frames, and writes the acknowledgement of each message after its commit, in order.

use std::sync::Arc;
use std::time::Duration;

use gemj_adapters::hl7v2::mllp::{Acknowledgement, FrameReader, Framed, acknowledge, acknowledgement_time, frame};
use gemj_model::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::worker::{Answered, Job};

/// The time in which a message must arrive completely, from its first byte.
const MESSAGE_WITHIN: Duration = Duration::from_secs(60);

/// The time in which the carriage return must follow the end byte, if a frame without it is accepted.
const RETURN_WITHIN: Duration = Duration::from_millis(500);

/// The time in which the sender must read an acknowledgement.
const WRITTEN_WITHIN: Duration = Duration::from_secs(30);

/// The number of bytes that are read at once.
const READ_BYTES: usize = 16 << 10;

/// The code of a message that the store did not take.
const STORE_FAILED: &str = "store-failed";

/// A connection.
pub(super) struct Connection {
    stream: TcpStream,
    jobs: mpsc::Sender<Job>,
    clock: Arc<dyn Clock>,
    idle: Duration,
    accepts_bare_ends: bool,
}

/// Why a connection ends.
struct Ended;

impl Connection {
    pub(super) fn new(stream: TcpStream, jobs: mpsc::Sender<Job>, clock: Arc<dyn Clock>, limits: (Duration, bool)) -> Self {
        let (idle, accepts_bare_ends) = limits;
        Self {
            stream,
            jobs,
            clock,
            idle,
            accepts_bare_ends,
        }
    }

    /// Serves the connection until the sender closes it, a limit is exceeded, the store fails, or `stopped` becomes true. A message that was read
    /// completely is always acknowledged first.
    pub(super) async fn serve(mut self, mut stopped: watch::Receiver<bool>) {
        // An acknowledgement is one small packet. It must not wait for another.
        let _ = self.stream.set_nodelay(true);
        let mut reader = match self.accepts_bare_ends {
            true => FrameReader::accepting_bare_ends(),
            false => FrameReader::default(),
        };
        let mut buffer = vec![0; READ_BYTES];
        // Bytes that are no message do not keep a connection open.
        let (mut last, mut opened) = (Instant::now(), None);
        loop {
            let until = match opened {
                _ if reader.is_ending() => Instant::now() + RETURN_WITHIN,
                Some(opened) => opened + MESSAGE_WITHIN,
                None => last + self.idle,
            };
            let read = tokio::select! {
                biased;
                _ = stopped.wait_for(|is_stopped| *is_stopped) => break,
                read = timeout_at(until, self.stream.read(&mut buffer)) => read,
            };
            let found = match read {
                Ok(Ok(0) | Err(_)) => {
                    if let Some(framed) = reader.finish() {
                        let _ = self.answer(framed).await;
                    }
                    return;
                }
                Ok(Ok(count)) => reader.push(buffer.get(..count).unwrap_or_default()),
                Err(_) => match reader.settle() {
                    Some(framed) => vec![framed],
                    None => break,
                },
            };
            for framed in found {
                let is_message = matches!(framed, Framed::Message(_) | Framed::Faulty(..));
                if self.answer(framed).await.is_err() {
                    return;
                }
                if is_message {
                    (last, opened) = (Instant::now(), None);
                }
            }
            opened = match reader.is_within() {
                true => opened.or_else(|| Some(Instant::now())),
                false => None,
            };
        }
        if let Some(framed) = reader.finish() {
            let _ = self.answer(framed).await;
        }
    }

    /// Waits until a part of the stream is ingested, and acknowledges a message.
    async fn answer(&mut self, framed: Framed) -> Result<(), Ended> {
        let head = match &framed {
            // The acknowledgement repeats only fields of the header.
            Framed::Message(bytes) | Framed::Faulty(_, bytes) => bytes.get(..bytes.len().min(READ_BYTES)).unwrap_or_default().to_vec(),
            Framed::Unfinished | Framed::Outside => Vec::new(),
        };
        let (sender, answer) = oneshot::channel();
        let job = Job { framed, answer: sender };
        self.jobs.send(job).await.map_err(|_| Ended)?;
        match answer.await.map_err(|_| Ended)? {
            Answered::Noted => Ok(()),
            Answered::Message(answer) => self.acknowledge(&head, answer.acknowledgement, answer.reason).await,
            Answered::Failed => {
                // Without an answer, some senders would wait. After the answer, the connection ends, so that the sender connects and repeats.
                let _ = self.acknowledge(&head, Acknowledgement::Reject, Some(STORE_FAILED)).await;
                Err(Ended)
            }
        }
    }

    async fn acknowledge(&mut self, head: &[u8], code: Acknowledgement, reason: Option<&str>) -> Result<(), Ended> {
        let time = acknowledgement_time(self.clock.now());
        // MSH-10 has at most 20 characters.
        let id = format!("{:016X}", rand::random::<u64>());
        let bytes = frame(&acknowledge(head, code, reason, &time, &id));
        match timeout(WRITTEN_WITHIN, self.stream.write_all(&bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Ended),
        }
    }
}
