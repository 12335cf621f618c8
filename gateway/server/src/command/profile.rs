//! The command `profile draft`: proposes a mapping profile from what describes a feed.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use gemj_adapters::check_input;
use gemj_adapters::draft::{Draft, Origin, draft};
use gemj_model::SiteId;

use super::output::print;

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// Proposes a mapping profile, and lists what a person must decide about it. Prints the profile (YAML) on standard output, and the coverage and the
    /// decisions on standard error. No value of a person is printed.
    Draft {
        /// The institution that uses the numbers of the feed.
        #[arg(long)]
        site: String,
        /// The institution's namespace of the numbers, as in the sheet of `link`.
        #[arg(long)]
        namespace: String,
        /// For a table (CSV): a file that lists the columns to draft, one on each line. The first line is the column of the person's number.
        #[arg(long, value_name = "FILE")]
        columns: Option<PathBuf>,
        /// A REDCap data dictionary (CSV or JSON), an ODM file (.xml), a table (CSV), or the folder of an SS-MIX2 storage.
        feed: PathBuf,
    },
}

pub(crate) fn run(command: &ProfileCommand) -> anyhow::Result<ExitCode> {
    let ProfileCommand::Draft {
        site,
        namespace,
        columns,
        feed,
    } = command;
    let site = SiteId::parse(site).context("--site")?;
    for path in columns.iter().chain([feed]) {
        check_input(path).with_context(|| path.display().to_string())?;
    }
    let origin = Origin {
        site: &site,
        namespace,
        columns: columns.as_deref(),
    };
    let made = draft(feed, &origin).with_context(|| feed.display().to_string())?;
    print(&made.text)?;
    eprint!("{}", summary(&made));
    Ok(ExitCode::SUCCESS)
}

/// The coverage and the decisions as text.
fn summary(made: &Draft) -> String {
    let coverage = made.coverage;
    let all = coverage.mapped + coverage.ignored + coverage.undecided;
    let mut text = format!(
        "{all} fields: {} read, {} ignored with a reason, {} undecided\n{} decisions:\n",
        coverage.mapped,
        coverage.ignored,
        coverage.undecided,
        made.decisions.len()
    );
    for (at, decision) in made.decisions.iter().enumerate() {
        text += &format!("{}. {decision}\n", at + 1);
    }
    text
}
