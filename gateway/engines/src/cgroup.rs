//! Limits for all processes of a run together, enforced by the kernel's control groups (cgroup v2) if they are available.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ga4gh_wes::RunId;

/// The mount point of the control groups on this machine.
const ROOT: &str = "/sys/fs/cgroup";

/// The name of the group that the gateway moves to. The kernel does not allow processes in a group whose subgroups have limits.
const OWN: &str = "gemj-gateway";

/// The longest time that the group of a finished run may take to become empty.
const EMPTY: Duration = Duration::from_secs(2);

/// The control group that is the parent of the groups of all runs.
#[derive(Clone, Debug)]
pub(crate) struct Cgroups {
    parent: PathBuf,
}

/// The control group of one run.
#[derive(Clone, Debug)]
pub(crate) struct Cgroup {
    path: PathBuf,
}

impl Cgroups {
    /// Finds the parent group: the group `configured`, or the gateway's own group. Absent if the gateway may not limit memory and processes in that
    /// group, or if cgroup v2 is not available.
    pub(crate) fn find(configured: Option<&Path>) -> Option<Self> {
        let parent = match configured {
            Some(path) => path.to_owned(),
            None => own_group(&fs::read_to_string("/proc/self/cgroup").ok()?, Path::new(ROOT))?,
        };
        match delegate(&parent) {
            Ok(()) => Some(Self { parent }),
            Err(error) => {
                tracing::info!(%error, "runs have no control group: each process is limited by itself");
                None
            }
        }
    }

    /// The group of a run. The group does not exist before [`Cgroup::create`].
    pub(crate) fn of(&self, run: &RunId) -> Cgroup {
        Cgroup {
            path: self.parent.join(format!("run-{}", run.as_str())),
        }
    }
}

/// Finds the gateway's own group in the text of `/proc/self/cgroup`. The line of cgroup v2 is `0::/path`.
fn own_group(text: &str, root: &Path) -> Option<PathBuf> {
    let path = text.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let parent = root.join(path);
    // After a restart, the process may already be in the group that an earlier process created. Its parent group is then used.
    let parent = if parent.file_name().is_some_and(|name| name == OWN) {
        parent.parent()?.to_owned()
    } else {
        parent
    };
    parent.join("cgroup.controllers").is_file().then_some(parent)
}

/// Ensures that groups below `parent` can limit memory and processes. If the gateway is the only process in `parent`,
/// the gateway moves to a group of its own.
fn delegate(parent: &Path) -> io::Result<()> {
    let has = |file: &str| -> io::Result<bool> {
        let text = fs::read_to_string(parent.join(file))?;
        let found = |name: &str| text.split_whitespace().any(|word| word == name);
        Ok(found("memory") && found("pids"))
    };
    if has("cgroup.subtree_control")? {
        return Ok(());
    }
    if !has("cgroup.controllers")? {
        return Err(io::Error::other("the group has no memory and pids controllers"));
    }
    let own = std::process::id().to_string();
    let members = fs::read_to_string(parent.join("cgroup.procs"))?;
    let mut members = members.split_whitespace();
    if members.clone().any(|pid| pid != own) {
        return Err(io::Error::other("the group has other processes"));
    }
    if members.next().is_some() {
        let leaf = parent.join(OWN);
        if !leaf.is_dir() {
            fs::create_dir(&leaf)?;
        }
        fs::write(leaf.join("cgroup.procs"), own)?;
    }
    fs::write(parent.join("cgroup.subtree_control"), "+memory +pids")
}

impl Cgroup {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates the group with its limits. If the run exceeds its memory, the kernel kills all processes of the run together.
    pub(crate) fn create(&self, memory_bytes: Option<u64>, processes: Option<u64>) -> io::Result<()> {
        if !self.path.is_dir() {
            fs::create_dir(&self.path)?;
        }
        let limit = |limit: Option<u64>| limit.map_or_else(|| "max".to_owned(), |limit| limit.to_string());
        fs::write(self.path.join("memory.max"), limit(memory_bytes))?;
        fs::write(self.path.join("pids.max"), limit(processes))?;
        fs::write(self.path.join("memory.oom.group"), "1")?;
        // Without this setting, swapped memory would not count towards the limit. Kernels without swap accounting do not have the file.
        match fs::write(self.path.join("memory.swap.max"), "0") {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Whether the kernel killed processes of the run because the run exceeded its memory.
    pub(crate) fn ran_out_of_memory(&self) -> bool {
        let Ok(events) = fs::read_to_string(self.path.join("memory.events")) else {
            return false;
        };
        let count = events.lines().find_map(|line| line.strip_prefix("oom_kill "));
        count
            .and_then(|count| count.trim().parse::<u64>().ok())
            .is_some_and(|count| count > 0)
    }

    /// Kills all processes that are left in the group.
    pub(crate) fn kill(&self) {
        let _ = fs::write(self.path.join("cgroup.kill"), "1");
    }

    /// Removes the group when it is empty. Gives up with a warning if the group does not become empty in time.
    pub(crate) async fn remove(&self) {
        let until = tokio::time::Instant::now() + EMPTY;
        loop {
            match fs::remove_dir(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy && tokio::time::Instant::now() < until => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%error, "the control group of a run cannot be removed");
                    return;
                }
                Ok(()) | Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A folder with the files of a control group. The tests do not cover the kernel's reaction to these files.
    fn group(controllers: &str, subtree: &str, processes: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("cgroup.controllers", controllers),
            ("cgroup.subtree_control", subtree),
            ("cgroup.procs", processes),
        ] {
            fs::write(folder.path().join(file), text).unwrap();
        }
        folder
    }

    #[test]
    fn the_own_group_is_the_version_2_group_without_the_leaf_of_an_earlier_start() {
        let folder = tempfile::tempdir().unwrap();
        let service = folder.path().join("system.slice/gemj.service");
        fs::create_dir_all(service.join(OWN)).unwrap();
        fs::write(service.join("cgroup.controllers"), "").unwrap();
        let of = |text: &str| own_group(text, folder.path());
        assert_eq!(of("0::/system.slice/gemj.service\n"), Some(service.clone()));
        assert_eq!(of("0::/system.slice/gemj.service/gemj-gateway\n"), Some(service));
        assert_eq!(of("9:pids:/x\n8:memory:/x\n"), None, "version 1");
        assert_eq!(of("0::/elsewhere\n"), None);
    }

    #[test]
    fn a_group_with_other_processes_or_without_controllers_is_not_changed() {
        let own = std::process::id().to_string();
        let ready = group("cpu memory pids", "memory pids", "1\n2\n");
        assert!(delegate(ready.path()).is_ok());
        let alone = group("cpu memory pids", "", &own);
        assert!(delegate(alone.path()).is_err() || alone.path().join(OWN).is_dir());
        for foreign in [
            group("cpu memory pids", "", &format!("{own}\n1\n")),
            group("cpu pids", "", &own),
            group("", "", ""),
        ] {
            assert!(delegate(foreign.path()).is_err());
            assert!(!foreign.path().join(OWN).exists());
        }
    }

    #[tokio::test]
    async fn a_runs_group_has_the_limits_and_reports_that_the_kernel_killed_a_process() {
        let parent = group("memory pids", "memory pids", "");
        let groups = Cgroups::find(Some(parent.path())).unwrap();
        let group = groups.of(&RunId::parse("r1").unwrap());
        group.create(Some(1 << 20), None).unwrap();
        let read = |file: &str| fs::read_to_string(group.path().join(file)).unwrap();
        assert_eq!((read("memory.max").as_str(), read("pids.max").as_str()), ("1048576", "max"));
        assert_eq!(read("memory.oom.group"), "1");
        assert!(!group.ran_out_of_memory());
        fs::write(group.path().join("memory.events"), "low 0\noom 1\noom_kill 3\n").unwrap();
        assert!(group.ran_out_of_memory());
    }
}
