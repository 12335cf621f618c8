//! The command `index merge|collect|status`: maintenance of the carrier index.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_access::{Mandate, WriteAction};
use gemj_variants::{MergeStep, collect_blobs, merge_segments, segment_status};
use serde_json::{Value, json};

use super::output::print_json;
use crate::installation::Installation;
use crate::sources::Sources;

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Merges segments, removes retired and unloaded entries, and rewrites segments of an older format. The command may run while the gateway
    /// serves. Several merges may run at the same time.
    Merge,
    /// Removes the files of segments that no manifest names any more. Also removes the allele names of failed or interrupted loads and of
    /// unloaded files.
    Collect {
        /// A segment's file is removed if no manifest has named it for this number of hours. The number must exceed the duration of any load,
        /// merge or query.
        #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(..=24 * 365))]
        grace_h: u32,
    },
    /// Shows the carrier index's segments for each dataset.
    Status {
        /// Prints the result as JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(crate) async fn run(config: &Path, sources: &Sources, command: &IndexCommand) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    let (catalogue, objects) = (&installation.stores.catalogue, &installation.stores.objects);
    let mandate = Mandate::operator(WriteAction::Load);
    match command {
        IndexCommand::Merge => {
            let mut to_the_end = |_: MergeStep| ControlFlow::Continue(());
            let report = merge_segments(catalogue, objects, &mandate, &mut to_the_end)
                .await
                .context("merging segments")?;
            println!(
                "{} segments merged into {}, {} entries removed",
                report.replaced, report.written, report.purged_entries
            );
            if report.lost + report.leased_elsewhere > 0 {
                println!(
                    "{} merges were not committed because another process merged the same segments, {} datasets are being merged by another process",
                    report.lost, report.leased_elsewhere
                );
            }
            installation.checkpoint().await?;
        }
        IndexCommand::Collect { grace_h } => {
            // The machine that stores the segment files dates them with its own clock. Therefore the machine's clock is used here too, also in
            // a demo with another clock.
            let now = gemj_model::SystemClock::default();
            let report = collect_blobs(catalogue, objects, &mandate, grace_h * 3600, gemj_model::Clock::now(&now))
                .await
                .context("collecting segments")?;
            println!(
                "{} files of {} bytes removed, {} not old enough",
                report.removed, report.removed_bytes, report.waiting
            );
            installation.erase_allele_names().await?;
        }
        IndexCommand::Status { json } => status(&installation, *json).await?,
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Default)]
struct Totals {
    segments: u64,
    size_bytes: u64,
    variants: u64,
    entries: u64,
    older_formats: u64,
    retired_sources: u64,
}

async fn status(installation: &Installation, json: bool) -> anyhow::Result<()> {
    let mut scopes: BTreeMap<(String, &str, &str), Totals> = BTreeMap::new();
    let segments = segment_status(&installation.stores.catalogue, &installation.stores.objects)
        .await
        .context("reading segments")?;
    for segment in segments {
        let row = segment.row;
        let scope = (row.dataset.as_str().to_owned(), row.assembly.as_str(), row.origin.as_str());
        let totals = scopes.entry(scope).or_default();
        totals.segments += 1;
        totals.size_bytes += row.size_bytes;
        totals.variants += row.variant_count;
        totals.entries += row.entry_count;
        totals.older_formats += u64::from(!segment.is_current);
        totals.retired_sources += segment.retired_sources;
    }
    if json {
        let list = scopes.iter().map(|((dataset, assembly, origin), totals)| {
            json!({
                "dataset": dataset,
                "assembly": assembly,
                "origin": origin,
                "segments": totals.segments,
                "bytes": totals.size_bytes,
                "variants": totals.variants,
                "entries": totals.entries,
                "older_formats": totals.older_formats,
                "retired_sources": totals.retired_sources,
            })
        });
        return print_json(&Value::Array(list.collect()));
    }
    println!("dataset\tassembly\torigin\tsegments\tbytes\tvariants\tentries\tolder-formats\tretired-sources");
    for ((dataset, assembly, origin), totals) in scopes {
        println!(
            "{dataset}\t{assembly}\t{origin}\t{}\t{}\t{}\t{}\t{}\t{}",
            totals.segments, totals.size_bytes, totals.variants, totals.entries, totals.older_formats, totals.retired_sources
        );
    }
    Ok(())
}
