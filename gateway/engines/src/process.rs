//! What of a run still lives, from `/proc`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal, kill_process};

/// A process as `/proc/PID/stat` shows it (proc(5)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) pid: u32,
    parent: u32,
    group: u32,
    session: u32,
    /// The controlling terminal; 0 for none.
    terminal: i64,
    pub(crate) start_ticks: u64,
    /// Its threads.
    threads: u64,
    /// Dead, and only waiting to be noticed by its parent.
    zombie: bool,
}

impl Stat {
    /// Reads one line. The program's name, in parentheses, may itself hold anything: the last parenthesis counts.
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

    /// The process `pid`, dead or alive; `None` if there is none.
    fn of(pid: u32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }
}

/// The processes of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leader {
    /// The wrapper: leader of the session and the group.
    pub(crate) pid: u32,
    /// When it started.
    pub(crate) start_ticks: u64,
}

impl Leader {
    /// Whether the leader itself lives.
    pub(crate) fn lives(&self) -> bool {
        Stat::of(self.pid).is_some_and(|stat| stat.start_ticks == self.start_ticks && !stat.zombie)
    }

    /// All processes of the run that live: of the leader's session or group, their descendants, and, for what left both and its
    /// parents behind, those younger ones without a terminal that work below `directory` (a person's shell there is not the run's).
    ///
    /// A pid is not given out again while a group or session has it as its id. So members of a group whose leader is gone are
    /// the run's; if the pid belongs to a younger process, the group is that one's and nothing is left of the run's.
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

/// What the processes of a run use together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pids: Vec<u32>,
    /// Processes and threads.
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

    /// Whether they have more memory of their own than `limit`. Only where each one's own sum is larger, what they share is divided among them, which
    /// takes the kernel longer to find out.
    pub(crate) fn exceeds_bytes(&self, limit: u64) -> bool {
        let of = |file: &str, members: [&str; 2]| -> u64 { self.pids.iter().map(|pid| kib_of(*pid, file, members)).sum::<u64>() * 1024 };
        of("status", ["RssAnon:", "RssShmem:"]) > limit && of("smaps_rollup", ["Pss_Anon:", "Pss_Shmem:"]) > limit
    }
}

/// The sum of members of a file of `/proc/PID`, in KiB.
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

/// Sends `signal` to each of `pids`. One that is gone meanwhile is no error.
pub(crate) fn signal_all(pids: &[u32], signal: Signal) {
    for pid in pids.iter().filter_map(|pid| Pid::from_raw(i32::try_from(*pid).ok()?)) {
        let _ = kill_process(pid, signal);
    }
}

/// The id of this boot of the machine.
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
    fn this_process_lives_and_one_that_started_at_another_time_does_not() {
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
