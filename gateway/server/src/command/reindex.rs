//! The command `reindex`: indexes loaded files of variants again.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gemj_access::{Job, Mandate, Upkeep, WriteAction};
use gemj_model::DatasetId;
use gemj_services::reindex::{Keys, ToIndex, Why, reindex, to_index};
use serde_json::{Value, json};

use super::known_names::require_dataset;
use super::output::{print, print_json, table};
use crate::installation::Installation;
use crate::sources::Sources;
use crate::terminal::files_bar;

#[derive(Debug, Args)]
pub(crate) struct ReindexOptions {
    /// Indexes only files of this dataset.
    #[arg(long)]
    dataset: Option<String>,
    /// Indexes every file of variants again, also files without a known reason.
    #[arg(long)]
    all: bool,
    /// Lists the files that would be indexed again, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Prints the list of `--dry-run` as JSON.
    #[arg(long, requires = "dry_run")]
    json: bool,
}

pub(crate) async fn run(config: &Path, sources: &Sources, options: &ReindexOptions) -> anyhow::Result<ExitCode> {
    let installation = Installation::open_existing(config, &sources.of(config)).await?;
    let dataset = options.dataset.as_deref().map(DatasetId::parse).transpose().context("--dataset")?;
    if let Some(dataset) = &dataset {
        require_dataset(&installation, dataset)?;
    }
    let keys = Keys {
        inventory: Upkeep::of(Job::Inventory),
        segments: Upkeep::of(Job::BuildSegments),
    };
    let files = to_index(&installation.stores, keys, dataset.as_ref(), options.all).await?;
    if options.dry_run {
        return shown(&files, options.json);
    }
    let count = |why: Why| files.iter().filter(|file| file.why == why).count();
    println!(
        "{} files to index again: {} without the reference, {} without entries",
        files.len(),
        count(Why::WithoutReference),
        count(Why::Missing)
    );
    if files.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = Folder::make(config)?;
    let mandate = Mandate::operator(WriteAction::Load);
    let bar = files_bar();
    bar.set_length(files.len() as u64);
    let done = reindex(
        &installation.stores,
        (&mandate, keys),
        installation.clock.as_ref(),
        files,
        &folder.path,
        |done| {
            bar.set_position(done);
        },
    )
    .await;
    bar.finish_and_clear();
    installation.checkpoint().await?;
    let done = done.context("reindex stopped; the files before are done, and the next `gemj-gateway reindex` continues with the others")?;
    println!("{} files indexed again, {} entries", done.files, done.entries);
    if done.busy > 0 {
        eprintln!(
            "{} files were left out because another process merges their segments: run `gemj-gateway reindex` again",
            done.busy
        );
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}

fn why(file: &ToIndex) -> &'static str {
    match file.why {
        Why::Missing => "no entries",
        Why::WithoutReference => "without the reference",
        Why::Requested => "requested",
    }
}

fn shown(files: &[ToIndex], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        let list = files.iter().map(|file| {
            json!({
                "id": file.object.id.as_str(),
                "dataset": file.object.dataset.as_str(),
                "assembly": file.object.assembly.as_str(),
                "reason": why(file),
            })
        });
        print_json(&Value::Array(list.collect()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = files
        .iter()
        .map(|file| {
            let object = &file.object;
            vec![
                object.id.to_string(),
                object.dataset.to_string(),
                object.assembly.as_str().to_owned(),
                why(file).to_owned(),
            ]
        })
        .collect();
    print(&table(&["id", "dataset", "assembly", "reason"], &rows))?;
    Ok(ExitCode::SUCCESS)
}

/// The first part of the names of folders for copies.
const COPIES: &str = ".reindex-";

/// A private folder beside the configuration for one copy of a file at a time. It is removed at the end, and by the next command if the process was
/// killed.
struct Folder {
    path: PathBuf,
    /// The locked folder. The lock ends with the process, so that the next command finds the folders of killed processes.
    _lock: File,
}

impl Folder {
    fn make(config: &Path) -> anyhow::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let beside = config
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        remove_left(beside);
        let path = beside.join(format!("{COPIES}{:016x}", rand::random::<u64>()));
        let made = std::fs::DirBuilder::new().mode(0o700).create(&path);
        let opened = made.and_then(|()| File::open(&path));
        let lock = opened.with_context(|| format!("{}: the folder for copies of files", path.display()))?;
        // Without locks, for example on some network file systems, the copies of a running process could be taken for those of a killed one. The
        // process then reports an error, and nothing is replaced.
        let _ = lock.try_lock();
        Ok(Self { path, _lock: lock })
    }
}

/// Removes the copies of files that killed processes left. An empty folder stays: its process may be about to lock it.
fn remove_left(beside: &Path) {
    let entries = std::fs::read_dir(beside).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(COPIES)) {
        let path = entry.path();
        let is_filled = std::fs::read_dir(&path).is_ok_and(|mut files| files.next().is_some());
        if is_filled && File::open(&path).is_ok_and(|folder| folder.try_lock().is_ok()) {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
