use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{RunDirectory, Settings};

/// What keeps a run from the rest of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// bubblewrap: no network, no other files, no other processes, no capabilities.
    Bwrap,
    /// Nothing but a clean environment and limits: a tool sees whatever the gateway's user sees, the network too. Trusted
    /// workflows only.
    None,
}

/// The parts of the machine that programs need.
const SYSTEM: [&str; 5] = ["/usr", "/lib", "/lib64", "/bin", "/etc/alternatives"];

/// Where a run finds programs.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The arguments of bubblewrap before the command, for a sandbox that shows the system, `engine` and, if given, a run.
///
/// The sandbox dies with its parent: that is the wrapper, not the gateway. The processes inside have no session of their own,
/// so that a signal to the wrapper's group reaches the sandbox's first process, with which all others end.
pub(crate) fn arguments(settings: &Settings, engine: &[PathBuf], run: Option<(&RunDirectory, &[PathBuf])>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = [
        "--unshare-all",
        "--die-with-parent",
        "--cap-drop",
        "ALL",
        "--hostname",
        "run",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--size",
    ]
    .map(OsString::from)
    .to_vec();
    arguments.push(settings.tmp_bytes.to_string().into());
    arguments.extend(["--tmpfs", "/tmp"].map(OsString::from));
    let mut mount = |how: &str, path: &Path| {
        arguments.extend([how.into(), path.as_os_str().to_owned(), path.as_os_str().to_owned()]);
    };
    SYSTEM.iter().for_each(|path| mount("--ro-bind-try", Path::new(path)));
    engine.iter().chain(&settings.read_only).for_each(|path| mount("--ro-bind", path));
    if let Some((directory, inputs)) = run {
        arguments.extend(["--tmpfs".into(), directory.path().as_os_str().to_owned()]);
        let mut mount = |how: &str, path: &Path| {
            arguments.extend([how.into(), path.as_os_str().to_owned(), path.as_os_str().to_owned()]);
        };
        mount("--ro-bind", &directory.workflow());
        mount("--ro-bind", &directory.params());
        inputs.iter().for_each(|path| mount("--ro-bind", path));
        mount("--bind", &directory.work());
        // Only the mounts are the run's; the folder around them is the sandbox's own, and nothing need be written there.
        arguments.extend(["--remount-ro".into(), directory.path().as_os_str().to_owned()]);
        arguments.extend(["--chdir".into(), directory.work().into_os_string()]);
    }
    arguments.extend(["--remount-ro", "/", "--"].map(OsString::from));
    arguments
}

/// What must be seen of an interpreter's installation for `program` to run: the virtual environment it is in, and the prefix of
/// the interpreter that this one was made from, unless they are part of the system.
pub(crate) fn engine_folders(program: &Path) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let bin = program.parent().unwrap_or(Path::new("/"));
    let environment = bin.parent().filter(|folder| folder.join("pyvenv.cfg").is_file());
    let interpreter = match environment {
        Some(folder) => {
            folders.push(folder.to_owned());
            Some(bin.join("python3"))
        }
        None => {
            folders.push(program.to_owned());
            shebang(program)
        }
    };
    let prefix = interpreter
        .and_then(|path| fs::canonicalize(path).ok())
        .and_then(|path| Some(path.parent()?.parent()?.to_owned()));
    folders.extend(prefix);
    let in_system = |path: &PathBuf| path.parent().is_none() || SYSTEM.iter().any(|folder| path.starts_with(folder));
    folders.retain(|path| !in_system(path));
    folders
}

fn shebang(program: &Path) -> Option<PathBuf> {
    use std::io::{BufRead as _, BufReader, Read as _};
    let mut line = String::new();
    let mut reader = BufReader::new(fs::File::open(program).ok()?.take(4096));
    reader.read_line(&mut line).ok()?;
    line.strip_prefix("#!")?.split_whitespace().next().map(PathBuf::from)
}
