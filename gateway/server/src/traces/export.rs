//! Sends spans to the collector in batches (OTLP over HTTP). A slow or absent collector never delays a request: spans that find no room are dropped
//! and counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use reqwest::{Certificate, Client};
use tokio::sync::{mpsc, oneshot};
use url::Url;

use super::TraceSettings;
use super::protobuf::{Span, request};

/// The most requests whose spans wait to be sent.
const QUEUE: usize = 2_048;

/// The most requests in one batch.
const BATCH: usize = 512;

/// The time in which a batch is collected.
const COLLECTED_FOR: Duration = Duration::from_secs(1);

/// The time limit of one export.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The most time that [`Exporter::flush`] waits.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

enum Message {
    Spans(Vec<Span>),
    Flush(oneshot::Sender<()>),
}

/// The queue of spans, and the task that sends them.
pub(super) struct Exporter {
    queue: mpsc::Sender<Message>,
    dropped: Arc<AtomicU64>,
    /// A request is recorded if a random number of 63 bits is below this number. The id of the trace does not decide, because a caller can choose it.
    below: u64,
}

impl Exporter {
    /// Starts the task on the current runtime.
    pub(super) fn start(settings: &TraceSettings, service: &str) -> anyhow::Result<Self> {
        let roots = match &settings.ca_file {
            None => Vec::new(),
            Some(path) => {
                let pem = std::fs::read(path).with_context(|| format!("traces.ca_file: {}", path.display()))?;
                Certificate::from_pem_bundle(&pem).with_context(|| format!("traces.ca_file: {}", path.display()))?
            }
        };
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .timeout(TIMEOUT)
            .tls_backend_rustls();
        let client = match settings.endpoint.scheme() {
            // A machine without certificate authorities can send to a collector without TLS.
            "http" => client.tls_certs_only(std::iter::empty()),
            _ => client.tls_certs_merge(roots),
        };
        let client = client.build().context("traces")?;
        let (queue, messages) = mpsc::channel(QUEUE);
        let dropped = Arc::<AtomicU64>::default();
        let sending = Sending {
            client,
            endpoint: settings.endpoint.clone(),
            service: service.to_owned(),
            dropped: Arc::clone(&dropped),
            is_failing: false,
        };
        tokio::spawn(sending.run(messages));
        // The product is between 0 and 2^63.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let below = (settings.sample * (1_u64 << 63) as f64) as u64;
        Ok(Self { queue, dropped, below })
    }

    /// Whether one more request is recorded, by chance.
    pub(super) fn samples(&self) -> bool {
        rand::random::<u64>() >> 1 < self.below
    }

    pub(super) fn pass(&self, spans: Vec<Span>) {
        let number = spans.len() as u64;
        if self.queue.try_send(Message::Spans(spans)).is_err() {
            self.dropped.fetch_add(number, Ordering::Relaxed);
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        let flush = async {
            if self.queue.send(Message::Flush(done)).await.is_ok() {
                let _ = flushed.await;
            }
        };
        let _ = tokio::time::timeout(FLUSH_TIMEOUT, flush).await;
    }
}

struct Sending {
    client: Client,
    endpoint: Url,
    service: String,
    dropped: Arc<AtomicU64>,
    /// Whether the last export failed. Only a change is logged.
    is_failing: bool,
}

impl Sending {
    async fn run(mut self, mut messages: mpsc::Receiver<Message>) {
        let mut arrived = Vec::new();
        while messages.recv_many(&mut arrived, BATCH).await > 0 {
            let is_urgent = |arrived: &[Message]| arrived.iter().any(|message| matches!(message, Message::Flush(_)));
            let end = tokio::time::Instant::now() + COLLECTED_FOR;
            while !is_urgent(&arrived) && arrived.len() < BATCH {
                match tokio::time::timeout_at(end, messages.recv()).await {
                    Ok(Some(message)) => arrived.push(message),
                    Ok(None) | Err(_) => break,
                }
            }
            let (mut spans, mut waiting) = (Vec::new(), Vec::new());
            for message in arrived.drain(..) {
                match message {
                    Message::Spans(more) => spans.extend(more),
                    Message::Flush(done) => waiting.push(done),
                }
            }
            if !spans.is_empty() {
                self.send(&spans).await;
            }
            for done in waiting {
                let _ = done.send(());
            }
        }
    }

    /// Sends one batch. A batch that the collector does not accept is dropped, because traces are not worth the memory of a longer queue.
    async fn send(&mut self, spans: &[Span]) {
        let post = self
            .client
            .post(self.endpoint.clone())
            .header(reqwest::header::CONTENT_TYPE, "application/x-protobuf")
            .body(request(&self.service, spans));
        let failure = match post.send().await {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(format!("status {}", answer.status().as_u16())),
            Err(error) => Some(error.without_url().to_string()),
        };
        if failure.is_some() {
            self.dropped.fetch_add(spans.len() as u64, Ordering::Relaxed);
        }
        match (&failure, self.is_failing) {
            (Some(reason), false) => {
                tracing::warn!("traces: the collector does not accept spans ({reason}); they are dropped until it does")
            }
            (None, true) => tracing::info!("traces: the collector accepts spans again"),
            _ => {}
        }
        self.is_failing = failure.is_some();
    }
}
