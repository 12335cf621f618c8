//! Counters and histograms for `/metrics`. All of them are atomic numbers, so that no request waits for another one.

pub(crate) mod exposition;
mod gauges;
mod latency;
pub(crate) mod operation;

pub(crate) use gauges::Gauges;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use gemj_access::{Basis, Rule};

use super::stream::Cut;
use exposition::{Exposition, Kind};
use latency::Latency;
use operation::Operation;

/// The statuses that are counted separately. The gateway answers with no other status; the framework's own errors count as `other`.
const STATUSES: [u16; 23] = [
    200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 416, 422, 429, 500, 501, 503,
];

/// The bases of access, which are the reasons of allowed decisions.
const BASES: [Basis; 5] = [
    Basis::Research,
    Basis::Care,
    Basis::ParticipantService,
    Basis::Custody,
    Basis::Operation,
];

/// The counters of one operation.
#[derive(Debug, Default)]
struct OperationCounters {
    statuses: [AtomicU64; STATUSES.len() + 1],
    latency: Latency,
    bytes: AtomicU64,
    aborted: AtomicU64,
    abandoned: AtomicU64,
}

/// Reads one counter of an operation.
type CounterOf = fn(&OperationCounters) -> &AtomicU64;

/// The counters of the process since its start.
#[derive(Debug)]
pub(crate) struct Metrics {
    operations: Vec<OperationCounters>,
    allowed: [AtomicU64; BASES.len()],
    denied: [AtomicU64; Rule::CODES.len()],
    cut: [AtomicU64; Cut::ALL.len()],
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            operations: std::iter::repeat_with(OperationCounters::default).take(Operation::COUNT).collect(),
            allowed: Default::default(),
            denied: Default::default(),
            cut: Default::default(),
        }
    }
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

fn read(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

impl Metrics {
    /// Counts an allowed decision.
    pub(crate) fn count_allowed(&self, basis: Basis) {
        if let Some(at) = BASES.iter().position(|other| *other == basis) {
            add(&self.allowed[at], 1);
        }
    }

    /// Counts a denial.
    pub(crate) fn count_denied(&self, rule: &Rule) {
        if let Some(at) = Rule::CODES.iter().position(|code| *code == rule.code()) {
            add(&self.denied[at], 1);
        }
    }

    /// Counts a stream that the gateway cut.
    pub(crate) fn count_cut(&self, cut: Cut) {
        if let Some(at) = Cut::ALL.iter().position(|other| *other == cut) {
            add(&self.cut[at], 1);
        }
    }

    /// Counts an answer. `ready` is the time until its head was ready. The time of the body is not in the histogram, because it is the client's.
    pub(crate) fn count_answer(&self, operation: Operation, status: u16, ready: Duration, bytes: u64, is_aborted: bool) {
        let counters = &self.operations[operation.position()];
        let at = STATUSES.iter().position(|other| *other == status).unwrap_or(STATUSES.len());
        add(&counters.statuses[at], 1);
        counters.latency.observe(ready);
        add(&counters.bytes, bytes);
        add(&counters.aborted, u64::from(is_aborted));
    }

    /// Counts a request whose client closed the connection before the answer was ready.
    pub(crate) fn count_abandoned(&self, operation: Operation) {
        add(&self.operations[operation.position()].abandoned, 1);
    }

    /// Adds all counters to a text for Prometheus. Operations without a request since the start are absent.
    pub(crate) fn write(&self, text: &mut Exposition) {
        let used: Vec<_> = Operation::all()
            .zip(&self.operations)
            .filter(|(_, counters)| counters.statuses.iter().chain([&counters.abandoned]).any(|number| read(number) > 0))
            .collect();
        let name = "gemj_http_responses_total";
        text.family(name, Kind::Counter, "Answers by operation and status.");
        for (operation, counters) in &used {
            for (at, number) in counters.statuses.iter().enumerate() {
                let status = STATUSES.get(at).map_or("other".to_owned(), u16::to_string);
                let number = read(number);
                if number > 0 {
                    text.value(name, &[("operation", operation.name()), ("status", &status)], number);
                }
            }
        }
        let name = "gemj_http_request_duration_seconds";
        text.family(
            name,
            Kind::Histogram,
            "Time from the arrival of a request until the head of its answer is ready.",
        );
        for (operation, counters) in &used {
            counters.latency.write(text, name, ("operation", operation.name()));
        }
        let of_operations: [(&str, &str, CounterOf); 3] = [
            (
                "gemj_http_response_bytes_total",
                "Bytes of bodies that were passed to connections.",
                |c| &c.bytes,
            ),
            ("gemj_http_responses_aborted_total", "Answers whose body ended early.", |c| {
                &c.aborted
            }),
            (
                "gemj_http_requests_abandoned_total",
                "Requests whose client closed the connection before the answer was ready.",
                |c| &c.abandoned,
            ),
        ];
        for (name, help, of) in of_operations {
            text.family(name, Kind::Counter, help);
            for (operation, counters) in &used {
                text.value(name, &[("operation", operation.name())], read(of(counters)));
            }
        }
        let name = "gemj_decisions_total";
        text.family(
            name,
            Kind::Counter,
            "Access decisions: the basis of an allowed one, the rule of a denied one.",
        );
        for (basis, number) in BASES.iter().zip(&self.allowed) {
            text.value(name, &[("verdict", "allow"), ("reason", basis.as_str())], read(number));
        }
        for (code, number) in Rule::CODES.iter().zip(&self.denied) {
            text.value(name, &[("verdict", "deny"), ("reason", code)], read(number));
        }
        let name = "gemj_streams_cut_total";
        text.family(name, Kind::Counter, "Streams that the gateway cut, by reason.");
        for (cut, number) in Cut::ALL.iter().zip(&self.cut) {
            text.value(name, &[("reason", cut.as_str())], read(number));
        }
    }
}
