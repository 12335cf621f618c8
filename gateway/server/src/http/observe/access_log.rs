//! The access log: one line at level `info` for each request, written after its body ended.
//!
//! A line contains ids that the gateway made or checked, the operation, numbers and nothing else of the request: no path, because a path may be a
//! capability; no query, no caller, no address. A separate thread writes the lines, so that a slow reader of the log never delays an answer.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use gemj_model::{Clock, SystemClock};
use serde_json::json;

use super::exchange::Exchange;
use crate::log::LogFormat;

/// The target of the lines, by which `[log] level` or `GEMJ_LOG` selects or omits them.
pub(crate) const TARGET: &str = "gemj_gateway::access";

/// The most lines that wait to be written. Further lines are dropped and counted.
const QUEUE: usize = 16 * 1024;

/// The most time that [`AccessLog::flush`] waits.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The whole body was passed to the connection.
    Whole,
    /// The body ended early: the stream was cut, reading failed, or the client closed the connection.
    Aborted,
    /// The client closed the connection before the answer was ready.
    Abandoned,
}

impl End {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Aborted => "aborted",
            Self::Abandoned => "abandoned",
        }
    }
}

/// The content of one line.
pub(crate) struct AccessLine<'a> {
    pub(crate) exchange: &'a Exchange,
    pub(crate) operation: &'static str,
    /// The time until the head of the answer was ready.
    pub(crate) ready: Option<Duration>,
    /// The time until the body ended.
    pub(crate) took: Duration,
    /// The bytes of the body that were passed to the connection.
    pub(crate) bytes: u64,
    pub(crate) end: End,
}

enum Message {
    Line(String),
    /// Everything before this message is written; the sender waits for it.
    Flush(SyncSender<()>),
}

/// The access log of a process. Clones write to the same log.
#[derive(Clone)]
pub(crate) struct AccessLog {
    queue: Option<SyncSender<Message>>,
    dropped: Arc<AtomicU64>,
    format: LogFormat,
}

impl AccessLog {
    /// Starts the thread that writes the lines. Without a thread, the log stays empty and the gateway serves.
    pub(crate) fn open(format: LogFormat) -> Self {
        let (queue, lines) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(move || write_all(&lines));
        if thread.is_err() {
            tracing::error!("the access log cannot be written: its thread did not start");
        }
        Self {
            queue: thread.is_ok().then_some(queue),
            dropped: Arc::default(),
            format,
        }
    }

    /// Whether the configured level includes the access log.
    fn is_on() -> bool {
        tracing::enabled!(target: TARGET, tracing::Level::INFO)
    }

    /// Passes a line to the thread. Never waits: if the queue is full, the line is dropped and counted.
    pub(crate) fn write(&self, line: &AccessLine<'_>) {
        if !Self::is_on() {
            return;
        }
        let Some(queue) = &self.queue else { return };
        let text = match self.format {
            LogFormat::Text => text(line),
            LogFormat::Json => json(line),
        };
        if queue.try_send(Message::Line(text)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The number of lines that were dropped because the reader of the log was too slow.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until all earlier lines are written, at most two seconds.
    pub(crate) fn flush(&self) {
        let Some(queue) = &self.queue else { return };
        let (done, written) = sync_channel(1);
        if queue.try_send(Message::Flush(done)).is_ok() {
            let _ = written.recv_timeout(FLUSH_TIMEOUT);
        }
    }
}

/// Writes lines to standard error until the gateway ends. Lines that arrived together are written together.
fn write_all(lines: &Receiver<Message>) {
    while let Ok(first) = lines.recv() {
        let mut bytes = Vec::new();
        let mut waiting = Vec::new();
        let mut take = |message| match message {
            Message::Line(line) => bytes.extend_from_slice(line.as_bytes()),
            Message::Flush(done) => waiting.push(done),
        };
        take(first);
        for message in lines.try_iter().take(1_000) {
            take(message);
        }
        // A log that cannot be written must not end the gateway. The audit trail, not this log, is the record of disclosures.
        let _ = std::io::stderr().lock().write_all(&bytes);
        for done in waiting {
            let _ = done.send(());
        }
    }
}

fn milliseconds(duration: Duration) -> f64 {
    // Microseconds of a request fit into 53 bits.
    #[allow(clippy::cast_precision_loss)]
    let microseconds = duration.as_micros() as f64;
    microseconds / 1_000.0
}

/// The decisions' ids, with commas between them. Absent if nothing was decided.
fn decisions(exchange: &Exchange) -> Option<String> {
    let ids: Vec<String> = exchange.decisions().iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| ids.join(","))
}

/// A line in the form of the other lines of the log.
fn text(line: &AccessLine<'_>) -> String {
    let exchange = line.exchange;
    let mut text = format!("{}  INFO {TARGET}: request={}", SystemClock::default().now().rfc3339(), exchange.id);
    let _ = write!(text, " operation={}", line.operation);
    if let Some(status) = exchange.status.get() {
        let _ = write!(text, " status={status}");
    }
    let _ = write!(text, " end={}", line.end.as_str());
    if let Some(ready) = line.ready {
        let _ = write!(text, " ready_ms={:.3}", milliseconds(ready));
    }
    let _ = write!(text, " duration_ms={:.3} bytes={}", milliseconds(line.took), line.bytes);
    if let Some(decisions) = decisions(exchange) {
        let _ = write!(text, " decision={decisions}");
    }
    if let Some(trace) = &exchange.trace {
        let _ = write!(text, " trace={:032x}", trace.trace);
    }
    text.push('\n');
    text
}

/// A line as one JSON object, with the members that `tracing-subscriber` writes for the other lines. Absent values have no member.
fn json(line: &AccessLine<'_>) -> String {
    let exchange = line.exchange;
    let mut object = json!({
        "timestamp": SystemClock::default().now().rfc3339(),
        "level": "INFO",
        "target": TARGET,
        "request": exchange.id.to_string(),
        "operation": line.operation,
        "end": line.end.as_str(),
        "duration_ms": milliseconds(line.took),
        "bytes": line.bytes,
    });
    if let Some(status) = exchange.status.get() {
        object["status"] = status.into();
    }
    if let Some(ready) = line.ready {
        object["ready_ms"] = milliseconds(ready).into();
    }
    if let Some(decisions) = decisions(exchange) {
        object["decision"] = decisions.into();
    }
    if let Some(trace) = &exchange.trace {
        object["trace"] = format!("{:032x}", trace.trace).into();
    }
    format!("{object}\n")
}
