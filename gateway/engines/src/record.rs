//! The small files that record the state of a run. Each file is written completely or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use gemj_model::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{RunDirectory, RunEnd};

/// The content of `handle.json`: the process of a run. The pid alone is not enough, because it could later belong to another process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Handle {
    /// The wrapper writes this handle before it starts the engine.
    Started {
        pid: u32,
        /// Field 22 of `/proc/PID/stat`: the clock ticks from boot to the start of the process.
        start_ticks: u64,
        /// The content of `/proc/sys/kernel/random/boot_id`. After a restart of the machine, recorded pids and ticks have no meaning.
        boot_id: String,
        /// The start of the run, in seconds since the Unix epoch.
        started: i64,
    },
    /// A later gateway that found no handle writes this one. A wrapper that has not yet started the engine can then no longer start it.
    Void { void: bool },
}

/// The content of `stop.json`: the reason why the gateway stopped a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stop {
    pub(crate) end: RunEnd,
}

/// The content of `exit.json`: the exit code and the end of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Exit {
    pub(crate) exit_code: i32,
    /// The end of the engine, in seconds since the Unix epoch.
    pub(crate) ended: i64,
}

impl Exit {
    pub(crate) fn now(exit_code: i32) -> Self {
        Self {
            exit_code,
            ended: now().seconds(),
        }
    }
}

pub(crate) fn now() -> Timestamp {
    use gemj_model::Clock as _;
    gemj_model::SystemClock::default().now()
}

/// Reads a record from its file; absent if the file does not exist.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn write_aside(path: &Path, bytes: &[u8]) -> io::Result<std::path::PathBuf> {
    let aside = path.with_extension("new");
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(aside)
}

/// Writes a record to its file. An existing record is replaced.
pub(crate) fn write(path: &Path, record: &impl Serialize) -> io::Result<()> {
    let aside = write_aside(path, &serde_json::to_vec(record)?)?;
    fs::rename(aside, path)
}

/// Writes a record to its file unless the file exists. Returns true if the record was written.
pub(crate) fn write_new(path: &Path, record: &impl Serialize) -> io::Result<bool> {
    let aside = write_aside(path, &serde_json::to_vec(record)?)?;
    let linked = fs::hard_link(&aside, path);
    fs::remove_file(aside)?;
    match linked {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

impl RunDirectory {
    pub(crate) fn read_handle(&self) -> io::Result<Option<Handle>> {
        read(&self.handle())
    }

    pub(crate) fn read_stop(&self) -> io::Result<Option<Stop>> {
        read(&self.stop())
    }

    pub(crate) fn read_exit(&self) -> io::Result<Option<Exit>> {
        read(&self.exit())
    }
}
