//! Finds the live processes of a run in `/proc`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// The fields of one process in `/proc/PID/stat` (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) pid: u32,
    parent: u32,
    group: u32,
    session: u32,
    /// The controlling terminal; 0 if the process has no terminal.
    terminal: i64,
    pub(crate) start_ticks: u64,
    /// The number of threads of the process.
    threads: u64,
    /// Whether the process is dead and waits for its parent to read its status.
    zombie: bool,
}

impl Stat {
    /// Parses the line in `/proc/PID/stat`. The program's name is in parentheses and may contain any character, so
    /// the last closing parenthesis ends the name.
    fn parse(line: &str) -> Option<Self> {
        let pid = line.split_once(' ')?.0.parse().ok()?;
        let fields: Vec<_> = line.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        let id = |at: usize| u32::try_from(number(at)?).ok();
        Some(Self {
            pid,
            parent: id(1)?,
            group: id(2)?,
            session: id(3)?,
            terminal: fields.get(4)?.parse().ok()?,
            start_ticks: number(19)?,
            threads: number(17)?,
            zombie: matches!(*fields.first()?, "Z" | "X"),
        })
    }

    /// The process with this pid, dead or alive; absent if no process has this pid.
    fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }
}

/// The leading process of one run, which identifies the run's processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    /// The pid of the wrapper, which leads the session and the process group of the run.
    pub(crate) pid: u32,
    /// The start time of the wrapper, in clock ticks since boot.
    pub(crate) start_ticks: u64,
}

impl Leader {
    /// Whether the leader is alive.
    pub(crate) fn lives(&self) -> bool {
        Stat::of(self.pid).is_some_and(|stat| stat.start_ticks == self.start_ticks && !stat.zombie)
    }

    /// The pids of all live processes of the run: the processes in the leader's session or process group, and their descendants. A process may have
    /// left session and group and lost its parents. This process counts if it is younger than the leader, has no terminal, and has its working
    /// directory below `directory`. The condition on the terminal excludes the shell of a person who works in that folder.
    ///
    /// The kernel does not reuse a pid while a group or session has this id. Members of a group without a living leader therefore belong to the run.
    /// If the pid now belongs to another process, the group of that id belongs to that process, and the run's own group is empty.
    pub(crate) fn members(&self, directory: &Path) -> Vec<u32> {
        let all: Vec<Stat> = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(Stat::of)
            .collect();
        let pid_is_anothers = all.iter().any(|stat| stat.pid == self.pid && stat.start_ticks != self.start_ticks);
        let own = std::process::id();
        let is_member = |stat: &&Stat| {
            let by_id = !pid_is_anothers && (stat.group == self.pid || stat.session == self.pid);
            let younger = stat.pid != own && stat.start_ticks >= self.start_ticks && stat.terminal == 0;
            by_id || (younger && works_below(stat.pid, directory))
        };
        let mut members: HashSet<u32> = all.iter().filter(is_member).map(|stat| stat.pid).collect();
        loop {
            let before = members.len();
            members.extend(
                all.iter()
                    .filter(|stat| members.contains(&stat.parent))
                    .map(|stat| stat.pid)
                    .collect::<Vec<_>>(),
            );
            if members.len() == before {
                break;
            }
        }
        all.iter()
            .filter(|stat| members.contains(&stat.pid) && !stat.zombie)
            .map(|stat| stat.pid)
            .collect()
    }
}

/// The resources that the processes of one run use together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pids: Vec<u32>,
    /// The number of processes and threads together.
    pub(crate) tasks: u64,
}

impl Usage {
    pub(crate) fn of(pids: &[u32]) -> Self {
        let threads = pids.iter().filter_map(|pid| Stat::of(*pid)).map(|stat| stat.threads);
        Self {
            pids: pids.to_vec(),
            tasks: threads.sum(),
        }
    }

    /// Whether the processes together use more memory than `limit` bytes. The memory of mapped files does not count. First, a simple sum counts shared
    /// memory once for each process. Only if that sum exceeds the limit is shared memory divided among the processes, because the kernel needs longer to
    /// compute this.
    pub(crate) fn exceeds_bytes(&self, limit: u64) -> bool {
        let of = |file: &str, members: [&str; 2]| -> u64 { self.pids.iter().map(|pid| kib_of(*pid, file, members)).sum::<u64>() * 1024 };
        of("status", ["RssAnon:", "RssShmem:"]) > limit && of("smaps_rollup", ["Pss_Anon:", "Pss_Shmem:"]) > limit
    }
}

/// The sum of the named members of a file in `/proc/PID`, in KiB. The result is 0 if the file cannot be read.
fn kib_of(pid: u32, file: &str, members: [&str; 2]) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let of = |line: &str| -> Option<u64> {
        let value = members.iter().find_map(|member| line.strip_prefix(member))?;
        value.split_whitespace().next()?.parse().ok()
    };
    text.lines().filter_map(of).sum()
}

fn works_below(pid: u32, directory: &Path) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd.starts_with(directory))
}

/// Sends `signal` to each of `pids`. If a process has already ended, this is not an error.
pub(crate) fn signal_all(pids: &[u32], signal: Signal) {
    for pid in pids.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?)) {
        let _ = kill_process(pid, signal);
    }
}

/// The id of the machine's current boot, which changes at each restart of the machine.
pub(crate) fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| String::new(), |text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_programs_name_cannot_forge_the_fields_after_it() {
        let line = "42 (a) Z 1 1 1) S 7 8 9 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456 1 2";
        let stat = Stat::parse(line).unwrap();
        assert_eq!((stat.pid, stat.parent, stat.group, stat.session), (42, 7, 8, 9));
        assert_eq!((stat.start_ticks, stat.zombie, stat.threads), (123_456, false, 1));
        assert!(Stat::parse(&line.replace(") S", ") Z")).unwrap().zombie);
        for broken in ["", "42", "42 (a", "42 (a)", "x (a) S 7 8 9", "42 (a) S 7 8"] {
            assert_eq!(Stat::parse(broken), None);
        }
    }

    #[test]
    fn this_process_is_alive_and_a_process_with_another_start_time_is_not() {
        let me = Stat::of(std::process::id()).unwrap();
        let leader = Leader {
            pid: me.pid,
            start_ticks: me.start_ticks,
        };
        assert!(leader.lives());
        let other = Leader {
            start_ticks: me.start_ticks + 1,
            ..leader
        };
        assert!(!other.lives());
        assert_eq!(other.members(Path::new("/nonexistent")), Vec::<u32>::new());
    }
}
