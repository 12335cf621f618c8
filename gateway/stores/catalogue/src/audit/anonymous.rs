//! Counts of the queries of anonymous callers. With one audit row for each query, one address could cause 23 GB of rows a day at the default
//! request limit. The audit needs only the number of queries by action, subject (such as datasets), result, approximate origin and epoch.
//!
//! The counts of a minute become one ordinary row of the chain. The content of this row is hashed like the content of every other row.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gemj_model::Timestamp;

use super::chain::ChainRow;

/// The period whose queries are counted in one row.
pub(super) const COUNTED_FOR: Duration = Duration::from_secs(60);

/// The action in an audit row that contains counts.
const ACTION: &str = "count-anonymous-questions";

/// The maximum number of different kinds of queries in one row. The queries of further kinds are counted together, by verdict.
const MOST_KINDS: usize = 256;

/// The properties of a query by which queries are counted together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Kind {
    from: String,
    action: String,
    about: String,
    verdict: String,
    rule: String,
    epoch: Option<i64>,
}

#[derive(Debug, Default)]
struct Counted {
    since: Option<Timestamp>,
    kinds: HashMap<Kind, u64>,
}

/// The counts of anonymous queries since the last audit row with counts.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<Counted>);

impl Counts {
    /// Counts one query. `row` is the audit row that the query would have. `from` is a digest of the approximate origin of the query; empty if
    /// unknown.
    pub(super) fn count(&self, row: ChainRow, from: &str) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.since.get_or_insert(row.recorded);
        let kind = Kind {
            from: from.to_owned(),
            action: row.action,
            about: row.resource,
            verdict: row.verdict,
            rule: row.rule,
            epoch: row.epoch,
        };
        let room = counted.kinds.len() < MOST_KINDS || counted.kinds.contains_key(&kind);
        let kind = if room {
            kind
        } else {
            // If the maximum number of kinds is reached, queries of further kinds are counted only by their verdict.
            Kind {
                verdict: kind.verdict,
                ..Kind::default()
            }
        };
        *counted.kinds.entry(kind).or_default() += 1;
    }

    /// Returns the counts as an audit row and resets them. Absent if no query was counted.
    pub(super) fn take(&self, now: Timestamp) -> Option<ChainRow> {
        let Counted { since, kinds } = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let since = since?;
        let mut kinds: Vec<(Kind, u64)> = kinds.into_iter().collect();
        kinds.sort();
        let questions: Vec<_> = kinds.iter().map(|(kind, count)| line(kind, *count)).collect();
        let total = kinds.iter().fold(0u64, |sum, (_, count)| sum.saturating_add(*count));
        let resource = serde_json::json!({ "since": since.rfc3339(), "questions": questions });
        let row = ChainRow {
            sequence: 0,
            recorded: now,
            decision: String::new(),
            actor: String::new(),
            action: ACTION.to_owned(),
            resource: resource.to_string(),
            verdict: "counted".to_owned(),
            rule: String::new(),
            approvals: "[]".to_owned(),
            visas: "[]".to_owned(),
            epoch: kinds.iter().filter_map(|(kind, _)| kind.epoch).max(),
            rows: Some(i64::try_from(total).unwrap_or(i64::MAX)),
            bytes: None,
            covers: None,
        };
        Some(row.storable())
    }
}

/// The JSON for one kind of query and its count, without empty fields.
fn line(kind: &Kind, count: u64) -> serde_json::Value {
    let mut line = serde_json::Map::new();
    let texts = [
        ("from", &kind.from),
        ("action", &kind.action),
        ("about", &kind.about),
        ("verdict", &kind.verdict),
        ("rule", &kind.rule),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        line.insert(name.to_owned(), text.as_str().into());
    }
    if let Some(epoch) = kind.epoch {
        line.insert("epoch".to_owned(), epoch.into());
    }
    line.insert("count".to_owned(), count.into());
    serde_json::Value::Object(line)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn question(about: &str, verdict: &str) -> ChainRow {
        ChainRow {
            sequence: 0,
            recorded: Timestamp(1_000_000),
            decision: "d".into(),
            actor: String::new(),
            action: "ask-variants".into(),
            resource: about.into(),
            verdict: verdict.into(),
            rule: String::new(),
            approvals: "[]".into(),
            visas: "[]".into(),
            epoch: Some(7),
            rows: None,
            bytes: None,
            covers: None,
        }
    }

    #[test]
    fn queries_of_one_kind_become_one_line_with_their_count() {
        let counts = Counts::default();
        assert_eq!(counts.take(Timestamp(0)), None);
        for _ in 0..1_000 {
            counts.count(question("datasets:[\"a\"]", "allow"), "0a1b");
        }
        counts.count(question("datasets:[\"a\"]", "deny"), "0a1b");
        counts.count(question("datasets:[\"a\"]", "allow"), "ffff");
        let row = counts.take(Timestamp(2_000_000)).unwrap();
        assert_eq!((row.rows, row.epoch), (Some(1_002), Some(7)));
        let said: serde_json::Value = serde_json::from_str(&row.resource).unwrap();
        let questions = said["questions"].as_array().unwrap();
        assert_eq!(questions.len(), 3);
        let line = serde_json::json!({"from": "0a1b", "action": "ask-variants", "about": "datasets:[\"a\"]", "verdict": "allow", "epoch": 7, "count": 1000});
        assert!(questions.contains(&line), "{said}");
        assert_eq!(counts.take(Timestamp(0)), None);
    }

    #[test]
    fn a_row_is_bounded_and_its_count_includes_every_query() {
        let counts = Counts::default();
        for n in 0..100_000u32 {
            counts.count(question("datasets:[]", "allow"), &format!("{n:016x}"));
        }
        let row = counts.take(Timestamp(0)).unwrap();
        assert_eq!(row.rows, Some(100_000));
        assert!(row.resource.len() < 64 * 1024, "{}", row.resource.len());
    }
}
