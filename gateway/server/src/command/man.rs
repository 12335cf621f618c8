//! The hidden command `man --dir FOLDER`: a manual page for the program and for every command.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Command;
use clap_mangen::Man;
use gemj_model::{Clock as _, SystemClock, Timestamp};

use super::definition;

pub(crate) fn run(folder: &Path, version: &'static str) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let mut program = definition(version).disable_help_subcommand(true);
    program.build();
    let pages = Pages {
        folder,
        date: date()?,
        source: format!("gemj-gateway {version}"),
    };
    let count = pages.write(&program)?;
    println!("{}: {count} manual pages", folder.display());
    Ok(ExitCode::SUCCESS)
}

/// The date of the pages: that of SOURCE_DATE_EPOCH, so that two builds of one revision make the same pages, otherwise today.
fn date() -> anyhow::Result<String> {
    let time = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => Timestamp::from_seconds(seconds.parse().context("SOURCE_DATE_EPOCH: a number of seconds is expected")?),
        Err(_) => SystemClock::default().now(),
    };
    let text = time.rfc3339();
    Ok(text.split('T').next().unwrap_or_default().to_owned())
}

struct Pages<'a> {
    folder: &'a Path,
    date: String,
    source: String,
}

impl Pages<'_> {
    /// Writes the page of a command and the pages of its commands. Hidden commands have no page. Returns the number of pages.
    fn write(&self, command: &Command) -> anyhow::Result<u32> {
        let page = Man::new(command.clone())
            .date(&self.date)
            .source(&self.source)
            .manual("gemj-gateway manual");
        let file = self.folder.join(page.get_filename());
        page.generate_to(self.folder).with_context(|| format!("{}", file.display()))?;
        let mut count = 1;
        for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
            count += self.write(inner)?;
        }
        Ok(count)
    }
}
