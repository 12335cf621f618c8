//! Numbers that are read when `/metrics` is requested: from the process, and from the catalogue.
//!
//! The numbers of the catalogue are cached for some seconds, so that scrapes cost little. If they cannot be read, they are absent, and
//! `gemj_catalogue_up` is 0: an operator must not take an old number or a zero for the state of now.

use std::collections::BTreeMap;
use std::time::Duration;

use gemj_access::consent::ConsentView;
use gemj_access::{Job, Upkeep};
use gemj_catalogue::Monitored;
use gemj_model::Clause;
use roaring::RoaringBitmap;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::exposition::{Exposition, Kind};
use crate::http::gateway::Gateway;
use crate::http::readiness;

/// The time for which the numbers of the catalogue are cached.
const BELIEVED_FOR: Duration = Duration::from_secs(5);

/// Time limit of one reading of the catalogue.
const PATIENCE: Duration = Duration::from_secs(5);

/// The cached numbers of the catalogue.
#[derive(Debug, Default)]
pub(crate) struct Gauges(Mutex<Option<(Instant, Option<Read>)>>);

/// The numbers of one reading.
#[derive(Clone, Debug)]
struct Read {
    stored: Monitored,
    /// The participants who hold each clause at this moment, in the order of [`Clause::ALL`].
    holders: Vec<u64>,
    /// The participants who hold at least one clause.
    open: u64,
}

impl Gauges {
    /// Adds all gauges. `with_participants` is false if every client may read the metrics: a number of participants that changes by one would reveal
    /// a withdrawal.
    pub(crate) async fn write(&self, gateway: &Gateway, text: &mut Exposition, with_participants: bool) {
        process(gateway, text);
        audit(gateway, text);
        let name = "gemj_ready";
        text.family(name, Kind::Gauge, "Whether each part that the gateway needs can be used.");
        for (part, is_good) in readiness::parts(gateway).await.states() {
            text.value(name, &[("part", part)], u8::from(is_good));
        }
        let read = self.read(gateway).await;
        let help = "Whether the numbers of the catalogue could be read. If 0, they are absent.";
        text.single("gemj_catalogue_up", Kind::Gauge, help, u8::from(read.is_some()));
        if let Some(read) = read {
            stored(&read.stored, text);
            if with_participants {
                participants(&read, text);
            }
        }
    }

    async fn read(&self, gateway: &Gateway) -> Option<Read> {
        let mut cached = self.0.lock().await;
        if let Some((at, read)) = &*cached
            && at.elapsed() < BELIEVED_FOR
        {
            return read.clone();
        }
        let read = match tokio::time::timeout(PATIENCE, gateway.stores.catalogue.monitored(Upkeep::of(Job::Monitor))).await {
            Ok(Ok(stored)) => of_view(gateway, stored).await,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the numbers for /metrics could not be read");
                None
            }
            Err(_) => {
                tracing::warn!("the numbers for /metrics could not be read in time");
                None
            }
        };
        *cached = Some((Instant::now(), read.clone()));
        read
    }
}

/// Adds the consents of this moment to the stored numbers. Absent if the consents cannot be read. A sealed database answers no request, so it is not
/// asked for consents.
async fn of_view(gateway: &Gateway, stored: Monitored) -> Option<Read> {
    if stored.is_sealed {
        return Some(Read {
            stored,
            holders: Vec::new(),
            open: 0,
        });
    }
    let current = gateway.watch.current().await.ok()?;
    let view: &ConsentView = &current.view;
    let mut any = RoaringBitmap::new();
    let holders = Clause::ALL.map(|clause| {
        any |= view.holding(clause);
        view.holding(clause).len()
    });
    Some(Read {
        stored,
        holders: holders.to_vec(),
        open: any.len(),
    })
}

fn process(gateway: &Gateway, text: &mut Exposition) {
    let name = "gemj_build_info";
    text.family(name, Kind::Gauge, "The version of the gateway; always 1.");
    text.value(name, &[("version", env!("CARGO_PKG_VERSION"))], 1);
    let help = "Requests in progress. A request ends after its body.";
    text.single("gemj_http_requests_in_progress", Kind::Gauge, help, gateway.drain.in_progress());
    let help = "Lines of the access log that were dropped because the reader of the log was too slow.";
    text.single("gemj_log_lines_dropped_total", Kind::Counter, help, gateway.access_log.dropped());
    if let Some(dropped) = gateway.traces.dropped() {
        let help = "Spans that were dropped because the collector was too slow or did not accept them.";
        text.single("gemj_trace_spans_dropped_total", Kind::Counter, help, dropped);
    }
    let caches = [
        ("blocks", gateway.stores.carriers.cache_bytes()),
        ("file-indexes", gateway.stores.objects.index_cache_bytes()),
    ];
    for (name, help, of) in [
        (
            "gemj_cache_bytes",
            "Memory of a cache in bytes, about.",
            (|c| c.0) as fn(&(usize, usize)) -> usize,
        ),
        ("gemj_cache_capacity_bytes", "Memory that a cache may use, in bytes.", |c| c.1),
    ] {
        text.family(name, Kind::Gauge, help);
        for (cache, bytes) in &caches {
            text.value(name, &[("cache", cache)], of(bytes));
        }
    }
    let name = "gemj_key_sets";
    let numbers = gateway.authenticator.key_sets();
    text.family(
        name,
        Kind::Gauge,
        "Key sets of issuers: usable, failing (the last fetch failed), or absent (not needed yet).",
    );
    for (state, number) in [("usable", numbers.usable), ("failing", numbers.failing), ("absent", numbers.absent)] {
        text.value(name, &[("state", state)], number);
    }
}

fn audit(gateway: &Gateway, text: &mut Exposition) {
    let lag = gateway.audit.lag();
    let help = "Audit rows that wait to be recorded.";
    text.single("gemj_audit_waiting_rows", Kind::Gauge, help, lag.waiting_rows);
    let help = "Age of the oldest audit row that waits; 0 if none waits.";
    text.single("gemj_audit_oldest_waiting_seconds", Kind::Gauge, help, lag.oldest.as_secs_f64());
    let help = "Time since the audit chain has had a row that no signed head confirms; 0 if there is none.";
    text.single("gemj_audit_unsigned_seconds", Kind::Gauge, help, lag.unsigned.as_secs_f64());
    if let Some(since) = lag.since_signed {
        let help = "Time since the last signed head of the audit chain was written.";
        text.single("gemj_audit_checkpoint_age_seconds", Kind::Gauge, help, since.as_secs_f64());
    }
}

/// The numbers of the catalogue that are not about participants.
fn stored(stored: &Monitored, text: &mut Exposition) {
    text.single(
        "gemj_database_sealed",
        Kind::Gauge,
        "Whether the database is sealed after a restore.",
        u8::from(stored.is_sealed),
    );
    let of_index = [
        ("gemj_index_generation", "Generation of the carrier index.", stored.generation),
        ("gemj_index_segments", "Segments of the carrier index.", stored.segments),
        ("gemj_index_bytes", "Size of the segments in bytes.", stored.segment_bytes),
    ];
    for (name, help, number) in of_index {
        text.single(name, Kind::Gauge, help, number);
    }
    let named = [
        ("gemj_files", "status", "Stored files.", &stored.files),
        ("gemj_runs", "state", "Workflow runs.", &stored.runs),
        (
            "gemj_run_outputs",
            "state",
            "Outputs of runs; held ones wait for a review.",
            &stored.outputs,
        ),
        (
            "gemj_recontact_requests",
            "state",
            "Recontact requests.",
            &stored.recontact_requests,
        ),
        ("gemj_alarms", "kind", "Alarms about consent that are not cleared.", &stored.alarms),
    ];
    for (name, label, help, numbers) in named {
        by(text, name, label, help, numbers);
    }
    let help = "Withdrawal notices that no holder of data has acknowledged.";
    text.single("gemj_withdrawal_notices_open", Kind::Gauge, help, stored.open_notices);
    let name = "gemj_feed_units_total";
    text.family(name, Kind::Counter, "Units of feeds by profile and result.");
    for feed in &stored.feeds {
        for (result, number) in [
            ("received", feed.received),
            ("kept", feed.kept),
            ("left-out", feed.left_out),
            ("refused", feed.refused),
            ("ignored", feed.ignored),
        ] {
            text.value(name, &[("feed", &feed.profile), ("result", result)], number);
        }
    }
    let name = "gemj_feed_runs_total";
    text.family(name, Kind::Counter, "Runs of `ingest` by profile.");
    for feed in &stored.feeds {
        text.value(name, &[("feed", &feed.profile)], feed.runs);
    }
    let name = "gemj_feed_last_run_timestamp_seconds";
    text.family(
        name,
        Kind::Gauge,
        "End of the last run of `ingest` by profile, in seconds since 1970.",
    );
    for feed in &stored.feeds {
        text.value(name, &[("feed", &feed.profile)], feed.last_run.0.div_euclid(1_000_000));
    }
}

/// The numbers about participants.
fn participants(read: &Read, text: &mut Exposition) {
    let stored = &read.stored;
    by(
        text,
        "gemj_quarantined_units",
        "reason",
        "Refused units and parts of units that no later run received again.",
        &stored.quarantined,
    );
    by(
        text,
        "gemj_recontact_tasks",
        "state",
        "Recontact Tasks of hospitals.",
        &stored.recontact_tasks,
    );
    let help = "Alleles of case reports that are in no segment yet.";
    text.single("gemj_index_pending_observations", Kind::Gauge, help, stored.pending_observations);
    by(
        text,
        "gemj_consent_events_total",
        "kind",
        "Consent events of the ledger.",
        &stored.consent_events,
    );
    if read.holders.is_empty() {
        return;
    }
    let name = "gemj_consents";
    text.family(name, Kind::Gauge, "Participants: open (at least one clause holds now) and closed.");
    text.value(name, &[("state", "open")], read.open);
    text.value(name, &[("state", "closed")], stored.participants.saturating_sub(read.open));
    let name = "gemj_consent_clauses";
    text.family(name, Kind::Gauge, "Participants who hold each clause of consent now.");
    for (clause, number) in Clause::ALL.iter().zip(&read.holders) {
        text.value(name, &[("clause", clause.as_str())], number);
    }
}

/// A family of numbers by one label. A name that ends in `_total` is a counter.
fn by(text: &mut Exposition, name: &str, label: &str, help: &str, numbers: &BTreeMap<String, u64>) {
    let kind = if name.ends_with("_total") { Kind::Counter } else { Kind::Gauge };
    text.family(name, kind, help);
    for (value, number) in numbers {
        text.value(name, &[(label, value)], number);
    }
}
