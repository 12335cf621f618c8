//! Traces for OpenTelemetry: one span for each request, with a child span for each of its steps. Without a configured collector, nothing is recorded.
//!
//! The attributes are a closed set: operation, template of the path, status, ids that the gateway made or checked, and numbers. They contain no
//! person, no token, no path and no text of the request.

mod export;
mod protobuf;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix_web::http::header::HeaderMap;
use serde::Deserialize;

use crate::http::metrics::operation::Operation;
use crate::http::observe::exchange::Exchange;
use crate::http::observe::traceparent::TraceParent;
use export::Exporter;
use protobuf::{Attribute, Span, SpanKind};

/// The section `[traces]` of the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TraceSettings {
    /// The collector's address for traces, for example `http://127.0.0.1:4318/v1/traces` (OTLP over HTTP).
    pub(crate) endpoint: url::Url,
    /// The part of the traces that is recorded, from 0 to 1.
    #[serde(default = "all")]
    pub(crate) sample: f64,
    /// A PEM file with further certificate authorities for the collector.
    #[serde(default)]
    pub(crate) ca_file: Option<PathBuf>,
}

fn all() -> f64 {
    1.0
}

impl TraceSettings {
    /// The faults of the section, as (key, text).
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let is_plain = self.endpoint.username().is_empty() && self.endpoint.password().is_none() && self.endpoint.fragment().is_none();
        if !matches!(self.endpoint.scheme(), "http" | "https") || !self.endpoint.has_host() || !is_plain {
            let text = "traces.endpoint: an http or https URL without a user is expected, for example http://127.0.0.1:4318/v1/traces";
            faults.push(("traces.endpoint", text.to_owned()));
        }
        if !(0.0..=1.0).contains(&self.sample) {
            faults.push(("traces.sample", "traces.sample: a number from 0 to 1 is expected".to_owned()));
        }
        faults
    }
}

/// A step of a request that becomes a child span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepName {
    /// The consents and approvals of this moment are read, and the request is decided.
    Decide,
    /// The stores are read under a Grant.
    StoreRead,
    /// The answer waits for its audit row.
    AuditWait,
}

impl StepName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::StoreRead => "store read",
            Self::AuditWait => "audit wait",
        }
    }
}

/// A step of a traced request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) name: StepName,
    pub(crate) began: Instant,
    pub(crate) ended: Instant,
}

/// The place of a request in its trace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TraceContext {
    pub(crate) trace: u128,
    span: u64,
    /// The caller's span. Absent if the trace begins at the gateway.
    parent: Option<u64>,
}

/// The traces of a process. Clones share one exporter.
#[derive(Clone, Default)]
pub(crate) struct Traces(Option<Arc<Exporter>>);

impl Traces {
    /// Starts the exporter. Without settings, nothing is traced.
    ///
    /// # Errors
    /// The file of certificate authorities cannot be read.
    pub(crate) fn open(settings: Option<&TraceSettings>, service: &str) -> anyhow::Result<Self> {
        let exporter = settings.map(|settings| Exporter::start(settings, service)).transpose()?;
        Ok(Self(exporter.map(Arc::new)))
    }

    /// The place of a request in its trace; absent if the request is not traced. The caller's trace is continued, but the caller cannot make the
    /// gateway record more than the configured part.
    pub(crate) fn context(&self, headers: &HeaderMap) -> Option<TraceContext> {
        let exporter = self.0.as_ref()?;
        let parent = TraceParent::of(headers);
        let trace = parent.map_or_else(rand::random, |parent| parent.trace);
        let is_wanted = parent.is_none_or(|parent| parent.is_sampled) && exporter.samples();
        is_wanted.then(|| TraceContext {
            trace,
            // An id of zero would be invalid (W3C Trace Context § 3.2.2.4).
            span: rand::random::<u64>() | 1,
            parent: parent.map(|parent| parent.span),
        })
    }

    /// Passes the spans of an ended request to the exporter. Never waits.
    pub(crate) fn record(&self, exchange: &Exchange, operation: Operation, took: Duration) {
        let (Some(exporter), Some(context)) = (&self.0, exchange.trace) else {
            return;
        };
        let (now, unix) = (Instant::now(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
        let unix_ns = |at: Instant| {
            let before = now.saturating_duration_since(at);
            u64::try_from(unix.saturating_sub(before).as_nanos()).unwrap_or(u64::MAX)
        };
        let mut spans = vec![Span {
            trace: context.trace,
            id: context.span,
            parent: context.parent,
            name: operation.name(),
            kind: SpanKind::Server,
            began_unix_ns: unix_ns(exchange.began),
            ended_unix_ns: unix_ns(exchange.began + took),
            is_error: exchange.status.get().is_none_or(|status| status >= 500),
            attributes: attributes(exchange, operation),
        }];
        spans.extend(exchange.take_steps().into_iter().map(|step| Span {
            trace: context.trace,
            id: rand::random::<u64>() | 1,
            parent: Some(context.span),
            name: step.name.as_str(),
            kind: SpanKind::Internal,
            began_unix_ns: unix_ns(step.began),
            ended_unix_ns: unix_ns(step.ended),
            is_error: false,
            attributes: Vec::new(),
        }));
        exporter.pass(spans);
    }

    /// The number of spans that were dropped, because the collector was too slow or did not accept them. Absent without a collector.
    pub(crate) fn dropped(&self) -> Option<u64> {
        self.0.as_ref().map(|exporter| exporter.dropped())
    }

    /// Sends the spans that wait, for a few seconds at most.
    pub(crate) async fn flush(&self) {
        if let Some(exporter) = &self.0 {
            exporter.flush().await;
        }
    }
}

/// The attributes of a request's span. The names are those of OpenTelemetry's conventions for HTTP, where these have one.
fn attributes(exchange: &Exchange, operation: Operation) -> Vec<(&'static str, Attribute)> {
    let mut attributes = vec![("gemj.request_id", Attribute::Text(exchange.id.to_string()))];
    if let Some(route) = operation.route() {
        attributes.push(("http.request.method", Attribute::Text(route.method.to_ascii_uppercase())));
        attributes.push(("http.route", Attribute::Text(route.template.to_owned())));
    }
    if let Some(status) = exchange.status.get() {
        attributes.push(("http.response.status_code", Attribute::Number(status.into())));
    }
    let decisions: Vec<String> = exchange.decisions().iter().map(ToString::to_string).collect();
    if !decisions.is_empty() {
        attributes.push(("gemj.decision", Attribute::Text(decisions.join(","))));
    }
    attributes
}
