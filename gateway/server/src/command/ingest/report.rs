//! The report of a run of `ingest`, as lines of text or as JSON.

use std::collections::BTreeMap;

use gemj_adapters::{Accounting, FieldCoverage, Quarantined};
use serde_json::{Value, json};

/// Maximum number of unknown fields that the report of a run names. Further fields are only counted.
const SHOWN_FIELDS: usize = 20;

/// The form in which a run of `ingest` reports its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// No report. Refused units are still reported on standard error.
    None,
    /// Lines of text.
    Text,
    /// One JSON object.
    Json,
}

/// The summary of a run in one line. The numbers of replaced, repeated and older units appear only if they are not zero.
fn summary(accounting: &Accounting) -> String {
    let some = |count: u64, what: &str| if count == 0 { String::new() } else { format!(" {count} {what},") };
    format!(
        "{} received: {} committed,{} {} already there,{}{} {} refused",
        accounting.received,
        accounting.committed,
        some(accounting.replaced, "replaced"),
        accounting.unchanged,
        some(accounting.duplicate, "a second time in the input"),
        some(accounting.superseded, "older than the stored version"),
        accounting.quarantined.len()
    )
}

/// One line for each kind of content that was not stored, that was stored with a lost character or with another status than "present", or
/// that is not counted. A kind without content has no line.
fn losses(accounting: &Accounting) -> Vec<String> {
    let counted = |count: u64, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let records = accounting.not_taken.iter();
    let records =
        records.map(|(kind, count)| format!("not ingested: {count} records of {kind} (a condition did not hold, or there was no result)"));
    let facts = accounting.facts_otherwise.iter();
    let facts = facts.map(|(status, count)| format!("{count} facts kept as {status}: they do not count as present"));
    let rest = [
        counted(
            accounting.results_refused.len() as u64,
            "results not ingested: they could not be read; their messages are stored without them",
        ),
        counted(accounting.facts_suspected, "facts kept as suspected: they do not count as present"),
        counted(
            accounting.lost_character,
            "texts with a lost character (■ or U+FFFD), kept as received",
        ),
        counted(accounting.members_unknown, "members not read: the specification does not have them"),
        counted(
            accounting.variants_not_counted,
            "variants not counted: they state no allele that can be counted",
        ),
    ];
    records.chain(facts).chain(rest.into_iter().flatten()).collect()
}

/// One line for each field that the profile neither maps nor ignores with a reason. The operator should add each field to the profile.
fn unknown(accounting: &Accounting) -> Vec<String> {
    let unknown: Vec<_> = accounting.fields.iter().filter(|(_, coverage)| coverage.unknown > 0).collect();
    let shown = unknown.iter().take(SHOWN_FIELDS);
    let mut lines: Vec<String> = shown
        .map(|(name, coverage)| format!("not mapped: {name} ({} times)", coverage.unknown))
        .collect();
    if unknown.len() > SHOWN_FIELDS {
        lines.push(format!("not mapped: {} more fields", unknown.len() - SHOWN_FIELDS));
    }
    lines
}

/// One line for each repair, each field that was not understood, and each part of the input that a rule left out. The number of lines is not
/// limited, so that no part of the input is lost without a line.
fn left_out(accounting: &Accounting) -> Vec<String> {
    let repairs = accounting.repairs.iter();
    let repairs = repairs.map(|(repair, count)| format!("repairs: {}: {count}", repair.as_str()));
    let unclear = accounting.not_understood.iter();
    let unclear = unclear.map(|(field, count)| format!("not understood: {field}: {count}"));
    let rules = accounting.left_out.iter().flat_map(|(rule, names)| {
        names
            .iter()
            .map(move |(name, count)| format!("left out: {} {name}: {count}", rule.as_str()))
    });
    let merges = accounting.merges.iter();
    let merges = merges.map(|(outcome, count)| format!("merges stated: {outcome}: {count}"));
    repairs.chain(unclear).chain(rules).chain(merges).collect()
}

/// All lines of the report. `terms` are the lines about terms that no ontology has.
pub(in crate::command) fn lines(accounting: &Accounting, terms: Vec<String>) -> Vec<String> {
    let mut lines = vec![summary(accounting)];
    lines.extend(unknown(accounting));
    lines.extend(terms);
    lines.extend(losses(accounting));
    lines.extend(left_out(accounting));
    lines
}

/// The report of a run as JSON. The refused units are also on standard error.
pub(in crate::command) fn json(run: &str, accounting: &Accounting) -> Value {
    let refused = |units: &[Quarantined]| -> Vec<Value> {
        let units = units.iter();
        units
            .map(|unit| json!({"unit": unit.unit, "reason": unit.reason_code, "detail": unit.detail}))
            .collect()
    };
    let rules = accounting.left_out.iter().map(|(rule, names)| (rule.as_str(), names));
    let repairs = accounting.repairs.iter().map(|(repair, count)| (repair.as_str(), count));
    let fields = |of: fn(&FieldCoverage) -> u64| -> BTreeMap<&String, u64> {
        let counts = accounting.fields.iter().map(|(name, coverage)| (name, of(coverage)));
        counts.filter(|(_, count)| *count > 0).collect()
    };
    let mut facts = accounting.facts_otherwise.clone();
    facts.extend([
        ("present", accounting.facts_present),
        ("excluded", accounting.facts_excluded),
        ("suspected", accounting.facts_suspected),
    ]);
    json!({
        "run": run,
        "received": accounting.received,
        "committed": accounting.committed,
        "replaced": accounting.replaced,
        "unchanged": accounting.unchanged,
        "duplicate": accounting.duplicate,
        "superseded": accounting.superseded,
        "quarantined": refused(&accounting.quarantined),
        "results_refused": refused(&accounting.results_refused),
        "facts": facts,
        "mapped": fields(|coverage| coverage.mapped),
        "ignored": fields(|coverage| coverage.ignored),
        "not_mapped": fields(|coverage| coverage.unknown),
        "items_ignored": accounting.ignored,
        "files_ignored": accounting.ignored_files,
        "lost_character": accounting.lost_character,
        "repeated": accounting.repeated,
        "encodings": accounting.encodings,
        "specimens": accounting.specimens,
        "carriers": accounting.carriers,
        "variants_not_counted": accounting.variants_not_counted,
        "members_unknown": accounting.members_unknown,
        "not_taken": accounting.not_taken,
        "not_understood": accounting.not_understood,
        "left_out": rules.collect::<BTreeMap<_, _>>(),
        "repairs": repairs.collect::<BTreeMap<_, _>>(),
        "merges": accounting.merges,
    })
}
