//! How cwltool is called.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::isolation::{PATH, arguments, engine_folders};
use crate::{Isolation, RunDirectory, RunSpec, Settings, StartError};

/// The wrapper around every engine.
const WRAPPER: &str = include_str!("wrapper.sh");

/// How long `cwltool --version` may take, with a cold disk.
const PROBE: Duration = Duration::from_secs(60);

/// The system's programs that a run needs: all of util-linux and coreutils but the shell.
const PROGRAMS: [&str; 8] = ["setsid", "sh", "prlimit", "date", "ln", "rm", "sync", "mv"];

/// cwltool, as found on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Cwltool {
    settings: Settings,
    folders: Vec<PathBuf>,
    setsid: PathBuf,
    pub(crate) isolation: Isolation,
    pub(crate) version: String,
}

fn program(name: &'static str) -> Result<PathBuf, StartError> {
    let mut places = PATH.split(':').map(|folder| Path::new(folder).join(name));
    places
        .find(|path| path.is_file())
        .ok_or(StartError::ProgramMissing { program: name })
}

/// What the command writes to its standard output, if it ends well in time.
async fn answer(mut command: Command) -> Result<String, String> {
    command.stdin(Stdio::null()).env_clear().env("PATH", PATH).kill_on_drop(true);
    match tokio::time::timeout(PROBE, command.output()).await {
        Err(_) => Err("it does not answer".to_owned()),
        Ok(Err(error)) => Err(error.kind().to_string()),
        Ok(Ok(output)) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Ok(output)) => Err(output.status.to_string()),
    }
}

impl Cwltool {
    /// Finds out the version, in the sandbox if that works: the probe is cwltool itself, so that an interpreter which the sandbox
    /// does not show is noticed here and not by the first run.
    pub(crate) async fn probe(settings: &Settings) -> Result<Self, StartError> {
        for name in PROGRAMS {
            program(name)?;
        }
        let folders = engine_folders(&settings.cwltool);
        let isolated = match &settings.bwrap {
            None => Err("there is no bwrap".to_owned()),
            Some(bwrap) => {
                let mut command = Command::new(bwrap);
                command
                    .args(arguments(settings, &folders, None))
                    .arg(&settings.cwltool)
                    .arg("--version");
                answer(command).await
            }
        };
        let (isolation, answered) = match isolated {
            Ok(answered) => (Isolation::Bwrap, answered),
            Err(reason) if settings.require_isolation => {
                tracing::error!(reason, "runs cannot be isolated");
                return Err(StartError::IsolationUnavailable);
            }
            Err(reason) => {
                tracing::warn!(reason, "runs are not isolated");
                let mut command = Command::new(&settings.cwltool);
                command.arg("--version");
                let answered = answer(command).await.map_err(|reason| StartError::Engine { reason })?;
                (Isolation::None, answered)
            }
        };
        // `PATH VERSION`
        let version = answered.split_whitespace().last().unwrap_or_default().to_owned();
        if version.is_empty() {
            return Err(StartError::Engine {
                reason: "it names no version".to_owned(),
            });
        }
        Ok(Self {
            settings: settings.clone(),
            folders,
            setsid: program("setsid")?,
            isolation,
            version,
        })
    }

    /// The command for one run: `setsid sh WRAPPER prlimit bwrap cwltool`, each becoming or starting the next.
    pub(crate) fn command(&self, spec: &RunSpec) -> Command {
        let directory = RunDirectory::new(&spec.directory);
        let mut command = Command::new(&self.setsid);
        command.args(["sh", "-c", WRAPPER, "sh"]).arg(&spec.directory);
        command.args(self.limits());
        if let (Isolation::Bwrap, Some(bwrap)) = (self.isolation, &self.settings.bwrap) {
            command
                .arg(bwrap)
                .args(arguments(&self.settings, &self.folders, Some((&directory, &spec.inputs))));
        }
        command.arg(&self.settings.cwltool).args(engine_arguments(spec, &directory));
        command
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", directory.home())
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir(directory.work())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match self.isolation {
            Isolation::Bwrap => {
                command.env("TMPDIR", "/tmp");
            }
            Isolation::None => {
                // Where there is a network, at least cwltool's own loading of remote documents ends at a closed port.
                command.env("TMPDIR", directory.scratch());
                for name in ["http_proxy", "https_proxy", "ftp_proxy"] {
                    command.env(name, "http://127.0.0.1:9");
                }
            }
        }
        command
    }

    fn limits(&self) -> Vec<OsString> {
        let settings = &self.settings;
        let optional = |name: &str, limit: Option<u64>| limit.map(|limit| format!("--{name}={limit}"));
        let mut arguments = vec![
            "prlimit".to_owned(),
            "--core=0".to_owned(),
            format!("--fsize={}", settings.max_file_bytes),
            format!("--nofile={}", settings.max_open_files),
        ];
        arguments.extend(optional("cpu", settings.cpu_s));
        arguments.extend(optional("nproc", settings.max_processes));
        arguments.extend(optional("as", settings.max_address_space_bytes));
        arguments.push("--".to_owned());
        arguments.into_iter().map(OsString::from).collect()
    }
}

fn engine_arguments(spec: &RunSpec, directory: &RunDirectory) -> Vec<OsString> {
    let mut document = directory.workflow().join(&spec.workflow).into_os_string();
    if let Some(fragment) = &spec.fragment {
        document.push("#");
        document.push(fragment);
    }
    let flags = [
        "--no-container",
        "--disable-color",
        // The log tells the tasks; quieter, it would not.
        "--timestamps",
        "--no-doc-cache",
        "--skip-schemas",
        "--disable-ga4gh-tool-registry",
        "--disable-user-provenance",
        "--disable-host-provenance",
        // Checksums of its own would be read twice; ours are the ones that count.
        "--no-compute-checksum",
    ];
    let mut arguments: Vec<OsString> = flags.into_iter().map(OsString::from).collect();
    arguments.extend(["--outdir".into(), directory.outputs().into_os_string()]);
    for (option, name) in [("--tmpdir-prefix", "t"), ("--tmp-outdir-prefix", "o")] {
        arguments.extend([option.into(), directory.scratch().join(name).into_os_string()]);
    }
    arguments.extend([document, directory.params().into_os_string()]);
    arguments
}
