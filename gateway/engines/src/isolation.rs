use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{RunDirectory, Settings};

/// The isolation of a run from the rest of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Isolation {
    /// The run is in a bubblewrap sandbox, without network and capabilities. It sees only its own processes, its own files, and read-only folders with
    /// programs: the system's, the engine's and those of [`Settings::read_only`].
    Bwrap,
    /// The run has only a clean environment and limits. A tool can access everything that the gateway's user can access, including
    /// the network. Only for trusted workflows.
    None,
}

/// The folders of the machine that programs need. The sandbox shows them read-only.
const SYSTEM: [&str; 5] = ["/usr", "/lib", "/lib64", "/bin", "/etc/alternatives"];

/// Mount points of file systems that the sandbox creates for itself.
const OWN: [&str; 4] = ["/proc", "/dev", "/dev/shm", "/tmp"];

/// The value of `PATH` in a run.
pub(crate) const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The arguments of bubblewrap that precede the command. The sandbox shows the system folders, the folders `engine` and,
/// if `run` is given, the files of that run.
///
/// The sandbox ends when its parent ends; the parent is the wrapper, not the gateway. The processes inside have no session of their own. A signal to
/// the wrapper's process group therefore reaches the first process of the sandbox, and all other processes end with that process.
///
/// Every writable file system in memory has a size limit. `user` is the user id to which the command changes at the end of [`own_limits`].
/// If `user` is absent, a user namespace ensures that the command does not have the gateway's rights. `filter` is the file
/// descriptor of the filter of system calls.
pub(crate) fn arguments(
    settings: &Settings,
    engine: &[PathBuf],
    run: Option<(&RunDirectory, &[PathBuf])>,
    user: Option<u32>,
    filter: Option<u8>,
) -> Vec<OsString> {
    let namespaces: &[&str] = match user {
        None => &["--unshare-all", "--cap-drop", "ALL"],
        Some(_) => &[
            "--unshare-ipc",
            "--unshare-pid",
            "--unshare-net",
            "--unshare-uts",
            "--unshare-cgroup-try",
            "--cap-drop",
            "ALL",
            "--cap-add",
            "CAP_SETUID",
            "--cap-add",
            "CAP_SETGID",
            "--cap-add",
            "CAP_SETPCAP",
        ],
    };
    let mut arguments: Vec<OsString> = namespaces.iter().map(OsString::from).collect();
    arguments.extend(["--die-with-parent", "--hostname", "run", "--proc", "/proc", "--dev", "/dev"].map(OsString::from));
    for (folder, size) in [("/dev/shm", settings.shm_bytes), ("/tmp", settings.tmp_bytes)] {
        arguments.extend(["--perms", "1777", "--size", &size.to_string(), "--tmpfs", folder].map(OsString::from));
    }
    // Files that a tool writes into `/dev` itself would also use memory without a limit.
    arguments.extend(["--remount-ro", "/dev"].map(OsString::from));
    if let Some(filter) = filter {
        arguments.extend(["--seccomp", &filter.to_string()].map(OsString::from));
    }
    let mut mounted: Vec<PathBuf> = OWN.iter().map(PathBuf::from).collect();
    let mut mount = |how: &str, path: &Path| {
        mounted.push(path.to_owned());
        arguments.extend([how.into(), path.as_os_str().to_owned(), path.as_os_str().to_owned()]);
    };
    SYSTEM.iter().for_each(|path| mount("--ro-bind-try", Path::new(path)));
    engine.iter().chain(&settings.read_only).for_each(|path| mount("--ro-bind", path));
    if let Some((directory, inputs)) = run {
        mounted.push(directory.path().to_owned());
        arguments.extend(["--tmpfs".into(), directory.path().as_os_str().to_owned()]);
        let mut mount = |how: &str, path: &Path| {
            mounted.push(path.to_owned());
            arguments.extend([how.into(), path.as_os_str().to_owned(), path.as_os_str().to_owned()]);
        };
        mount("--ro-bind", &directory.workflow());
        mount("--ro-bind", &directory.params());
        inputs.iter().for_each(|path| mount("--ro-bind", path));
        mount("--bind", &directory.work());
    }
    if user.is_some() {
        // bubblewrap creates the parent folders of a mount with access only for its own user. The run's user must be able to enter these folders.
        let own = [Some(Path::new("/tmp")), run.map(|(directory, _)| directory.path())];
        for folder in folders_around(&mounted, &own.into_iter().flatten().collect::<Vec<_>>()) {
            arguments.extend(["--chmod".into(), "0755".into(), folder.into_os_string()]);
        }
    }
    if let Some((directory, _)) = run {
        // In its directory, the run may write only to the mounted folder `work`. The sandbox made the directory itself, which no program needs to
        // change.
        arguments.extend(["--remount-ro".into(), directory.path().as_os_str().to_owned()]);
        arguments.extend(["--chdir".into(), directory.work().into_os_string()]);
    }
    arguments.extend(["--remount-ro", "/", "--"].map(OsString::from));
    arguments
}

/// The folders that bubblewrap created above mounts: folders that are not mounts themselves and are not inside a
/// mount, except inside the mounts in `own`.
fn folders_around(mounted: &[PathBuf], own: &[&Path]) -> BTreeSet<PathBuf> {
    let above = mounted.iter().flat_map(|path| path.ancestors().skip(1));
    let theirs = above.filter(|folder| {
        let is_shown = |mount: &PathBuf| folder == mount || (folder.starts_with(mount) && !own.contains(&mount.as_path()));
        folder.parent().is_some() && !mounted.iter().any(is_shown)
    });
    theirs.map(Path::to_owned).collect()
}

/// The command that starts the engine, inside the sandbox if there is one. It sets the limits of each process. If `user` is given, it then changes
/// to this user.
pub(crate) fn own_limits(settings: &Settings, has_group: bool, user: Option<u32>) -> Vec<OsString> {
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
    // If the run has a control group, the group limits the memory of all processes together, so no process needs its own limit.
    arguments.extend(optional("data", settings.max_memory_bytes.filter(|_| !has_group)));
    arguments.push("--".to_owned());
    if let Some(user) = user {
        arguments.extend([
            "setpriv".to_owned(),
            format!("--reuid={user}"),
            format!("--regid={user}"),
            "--clear-groups".to_owned(),
            "--inh-caps=-all".to_owned(),
            "--bounding-set=-all".to_owned(),
            "--no-new-privs".to_owned(),
        ]);
    }
    arguments.into_iter().map(OsString::from).collect()
}

/// The folders that the sandbox must show so that `program` can run: its virtual environment (or `program` alone, if it is in none), and the prefix of
/// its Python interpreter. Folders that belong to the system are omitted.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_the_sandbox_are_opened_for_the_runs_user() {
        let mounted = [
            "/proc",
            "/dev",
            "/dev/shm",
            "/tmp",
            "/usr",
            "/etc/alternatives",
            "/opt",
            "/opt/cwltool",
            "/home/a/venv",
            "/tmp/x/run",
            "/tmp/x/run/work",
            "/tmp/x/run/inputs/a.bam",
        ];
        let mounted: Vec<PathBuf> = mounted.map(PathBuf::from).to_vec();
        let own = ["/tmp", "/tmp/x/run"].map(Path::new);
        let around: Vec<String> = folders_around(&mounted, &own)
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        assert_eq!(around, ["/etc", "/home", "/home/a", "/tmp/x", "/tmp/x/run/inputs"]);
    }
}
