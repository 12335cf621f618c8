//! Finds cwltool on this machine and builds the command line of a run.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ga4gh_wes::RunId;
use tokio::process::Command;

use crate::cgroup::{Cgroup, Cgroups};
use crate::isolation::{PATH, arguments, engine_folders, own_limits};
use crate::own_user::{self, is_root, last_user, user_of};
use crate::{Isolation, RunDirectory, RunSpec, Settings, StartError, seccomp};

/// The shell script that starts every engine and records its process and exit code.
const WRAPPER: &str = include_str!("wrapper.sh");

/// The longest time for `cwltool --version`, which must suffice with a cold disk cache.
const PROBE: Duration = Duration::from_secs(60);

/// The file descriptor from which bubblewrap reads the filter of system calls. `wrapper.sh` opens this descriptor.
const FILTER: u8 = 9;

/// The system programs that a run needs. All of them except the shell belong to util-linux or coreutils.
const PROGRAMS: [&str; 9] = ["setsid", "sh", "prlimit", "setpriv", "date", "ln", "rm", "sync", "mv"];

/// cwltool as found on this machine, with the isolation that works on this machine.
#[derive(Clone, Debug)]
pub(crate) struct Cwltool {
    settings: Settings,
    folders: Vec<PathBuf>,
    setsid: PathBuf,
    /// The filter of system calls; absent if the sandbox does not filter system calls.
    filter: Option<Vec<u8>>,
    /// The first user id for runs; absent if runs use the gateway's user.
    first_user: Option<u32>,
    groups: Option<Cgroups>,
    pub(crate) isolation: Isolation,
    pub(crate) version: String,
}

fn program(name: &'static str) -> Result<PathBuf, StartError> {
    let mut places = PATH.split(':').map(|folder| Path::new(folder).join(name));
    places
        .find(|path| path.is_file())
        .ok_or(StartError::ProgramMissing { program: name })
}

/// Runs a command and returns its standard output. The error states why the command did not succeed in time.
async fn answer(mut command: Command, input: Stdio) -> Result<String, String> {
    command.stdin(input).env_clear().env("PATH", PATH).kill_on_drop(true);
    match tokio::time::timeout(PROBE, command.output()).await {
        Err(_) => Err("it does not answer".to_owned()),
        Ok(Err(error)) => Err(error.kind().to_string()),
        Ok(Ok(output)) if output.status.success() => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Ok(Ok(output)) => Err(output.status.to_string()),
    }
}

/// Runs `cwltool --version` in a sandbox like that of a run and returns the output. The error states why the sandbox does not work.
async fn isolated(
    settings: &Settings,
    bwrap: &Path,
    folders: &[PathBuf],
    user: Option<u32>,
    filter: Option<&[u8]>,
) -> Result<String, String> {
    let mut command = Command::new(bwrap);
    // bubblewrap reads the filter of system calls from the standard input to its end. cwltool therefore finds an empty standard input.
    command
        .args(arguments(settings, folders, None, user, filter.map(|_| 0)))
        .args(own_limits(settings, false, user))
        .arg(&settings.cwltool)
        .arg("--version");
    let input = match filter {
        None => Stdio::null(),
        Some(filter) => {
            let file = rustix::fs::memfd_create("filter", rustix::fs::MemfdFlags::CLOEXEC).map_err(|error| error.to_string())?;
            let mut file = fs::File::from(file);
            let written = file.write_all(filter).and_then(|()| file.rewind());
            written.map_err(|error| error.to_string())?;
            file.into()
        }
    };
    answer(command, input).await
}

impl Cwltool {
    /// Reads the version of cwltool, in the sandbox if possible. cwltool itself is run in the sandbox, so that an interpreter that is not visible
    /// there is detected now and not by the first run.
    pub(crate) async fn probe(settings: &Settings) -> Result<Self, StartError> {
        for name in PROGRAMS {
            program(name)?;
        }
        let folders = engine_folders(&settings.cwltool);
        let filter = if settings.seccomp { seccomp::filter() } else { None };
        let mut first_user = settings.first_user.filter(|_| is_root());
        let mut isolated = match (&settings.bwrap, settings.seccomp && filter.is_none()) {
            (None, _) => Err("there is no bwrap".to_owned()),
            (Some(_), true) => Err("the system calls of this architecture are not known".to_owned()),
            (Some(bwrap), false) => isolated(settings, bwrap, &folders, first_user.map(last_user), filter.as_deref()).await,
        };
        if let (Err(reason), Some(_), Some(bwrap)) = (&isolated, first_user, &settings.bwrap) {
            // The sandbox with a user of its own can fail in a container that maps few user ids. It is then tried again without this user.
            tracing::warn!(reason, "runs have no user of their own: set `first_user` to ids that exist here");
            first_user = None;
            isolated = self::isolated(settings, bwrap, &folders, None, filter.as_deref()).await;
        }
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
                let answered = answer(command, Stdio::null())
                    .await
                    .map_err(|reason| StartError::Engine { reason })?;
                (Isolation::None, answered)
            }
        };
        // The output has the form `PATH VERSION`.
        let version = answered.split_whitespace().last().unwrap_or_default().to_owned();
        if version.is_empty() {
            return Err(StartError::Engine {
                reason: "it prints no version".to_owned(),
            });
        }
        Ok(Self {
            settings: settings.clone(),
            folders,
            setsid: program("setsid")?,
            filter: filter.filter(|_| isolation == Isolation::Bwrap),
            first_user: first_user.filter(|_| isolation == Isolation::Bwrap),
            groups: Cgroups::find(settings.cgroup.as_deref()),
            isolation,
            version,
        })
    }

    /// The control group of a run; absent if control groups are not available.
    pub(crate) fn group(&self, run: &RunId) -> Option<Cgroup> {
        Some(self.groups.as_ref()?.of(run))
    }

    /// The user of a run; absent if runs use the gateway's user.
    fn user(&self, run: &RunId) -> Option<u32> {
        Some(user_of(self.first_user?, run))
    }

    /// Writes the files that the command of a run needs in addition to the run's own files.
    pub(crate) fn prepare(&self, spec: &RunSpec) -> io::Result<()> {
        let directory = RunDirectory::new(&spec.directory);
        match fs::remove_file(directory.filter()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        fs::write(directory.filter(), self.filter.as_deref().unwrap_or_default())?;
        if let Some(group) = self.group(&spec.run_id) {
            group.create(self.settings.max_memory_bytes, self.settings.max_processes)?;
        }
        match self.user(&spec.run_id) {
            Some(user) => own_user::give(spec, user),
            None => Ok(()),
        }
    }

    /// The command line for one run: `setsid sh WRAPPER bwrap prlimit setpriv cwltool`. Each of these programs starts the next. `bwrap` is absent if
    /// runs are not isolated, and `setpriv` is absent if runs use the gateway's user.
    pub(crate) fn command(&self, spec: &RunSpec) -> Command {
        let directory = RunDirectory::new(&spec.directory);
        let mut command = Command::new(&self.setsid);
        command.args(["sh", "-c", WRAPPER, "sh"]).arg(&spec.directory);
        let group = self.group(&spec.run_id);
        command.arg(group.as_ref().map_or(Path::new("-"), Cgroup::path));
        let user = self.user(&spec.run_id);
        if let (Isolation::Bwrap, Some(bwrap)) = (self.isolation, &self.settings.bwrap) {
            let filter = self.filter.as_ref().map(|_| FILTER);
            let run = Some((&directory, spec.inputs.as_slice()));
            command.arg(bwrap).args(arguments(&self.settings, &self.folders, run, user, filter));
        }
        command.args(own_limits(&self.settings, group.is_some(), user));
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
                // Without the sandbox, the run has a network. The proxy settings send at least cwltool's own
                // downloads of remote documents to a closed port.
                command.env("TMPDIR", directory.scratch());
                for name in ["http_proxy", "https_proxy", "ftp_proxy"] {
                    command.env(name, "http://127.0.0.1:9");
                }
            }
        }
        command
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
        // The tasks of the run are read from the log, so no option makes the log quieter.
        "--timestamps",
        "--no-doc-cache",
        "--skip-schemas",
        "--disable-ga4gh-tool-registry",
        "--disable-user-provenance",
        "--disable-host-provenance",
        // cwltool would read each file a second time for its checksums. The gateway uses only its own checksums.
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
