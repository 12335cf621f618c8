//! The table of every value of a feed as lines of JSON.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use gemj_adapters::feed::ValueRow;
use serde_json::json;

/// Gives a row for each value of a feed.
pub(super) type Values<'v> = dyn FnMut(&mut dyn FnMut(ValueRow) -> ControlFlow<()>) -> ControlFlow<()> + 'v;

/// Writes a line for each value: the unit, the record, the field, how often, the outcome, and the rule or the reason. Prints the number of values by
/// outcome. A file that exists is not replaced.
pub(super) fn write(file: &Path, values: &mut Values<'_>) -> anyhow::Result<ExitCode> {
    let shown = || file.display().to_string();
    let created = OpenOptions::new().write(true).create_new(true).open(file).with_context(shown)?;
    let mut out = BufWriter::new(created);
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    let mut fault = None;
    let _ = values(&mut |row| {
        let (outcome, by) = row.outcome.named();
        *counts.entry(outcome).or_default() += row.count;
        let line = json!({
            "unit": row.unit, "record": row.record, "kind": row.kind, "field": row.field, "count": row.count, "outcome": outcome, "by": by,
        });
        match writeln!(out, "{line}") {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                fault = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    match fault {
        Some(error) => Err(error),
        None => out.flush(),
    }
    .with_context(shown)?;
    let all: u64 = counts.values().sum();
    let parts: Vec<String> = counts.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    println!("{all} values: {}", parts.join(", "));
    Ok(ExitCode::SUCCESS)
}
