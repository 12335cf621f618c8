//! The names of processes that hold leases. A process of the same machine that was killed holds no lease any more, so that the next command does not
//! wait for the end of the lease.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers the holders of one process.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A unique name for a task of this process. It names the start of the machine, the namespace of process numbers (a container has its own), the
/// process and its start.
#[must_use]
pub fn lease_holder(task: &str) -> String {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let pid = std::process::id();
    match (place(), start_of(pid)) {
        (Some(place), Some(start)) => format!("{task} {number} {place} {pid} {start}"),
        // Without /proc, no other process can find out whether this one lives.
        _ => format!("{task} {number} {pid} {:?}", std::time::SystemTime::now()),
    }
}

/// Whether the holder is a process of this machine that no longer exists. False for every holder about which this is not known.
pub(super) fn has_ended(holder: &str) -> bool {
    let mut words = holder.rsplit(' ');
    let (Some(start), Some(pid), Some(of)) = (words.next(), words.next(), words.next()) else {
        return false;
    };
    let (Ok(pid), Some(here)) = (pid.parse(), place()) else {
        return false;
    };
    of == here && start_of(pid).as_deref() != Some(start)
}

/// The start of the machine and the namespace of process numbers.
fn place() -> Option<String> {
    let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{}/{}", start.trim(), namespace.to_str()?))
}

/// The time at which a process started, in ticks since the start of the machine (`starttime` in proc(5)). Absent if the process does not exist, or has
/// ended and waits for its parent.
fn start_of(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in parentheses, may contain spaces. The state is the first field after it, and the start the twentieth.
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let is_ended = matches!(fields.next(), Some("Z" | "X") | None);
    fields.nth(18).filter(|_| !is_ended).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_living_process_and_an_unknown_holder_have_not_ended_and_a_killed_process_has() {
        let own = lease_holder("merge");
        assert!(!has_ended(&own));
        assert_ne!(own, lease_holder("merge"));
        for unknown in ["", "a", "a b c", "4711-SystemTime { tv_sec: 1, tv_nsec: 2 }"] {
            assert!(!has_ended(unknown), "{unknown}");
        }
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let of_child = format!("merge 0 {} {} {}", place().unwrap(), child.id(), start_of(child.id()).unwrap());
        assert!(!has_ended(&of_child));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(has_ended(&of_child));
        // Another process with the same number started at another time. A process of another machine or container is not judged.
        let words: Vec<&str> = own.rsplitn(2, ' ').collect();
        assert!(has_ended(&format!("{} 1", words[1])));
        assert!(!has_ended(&of_child.replacen(&place().unwrap(), "other/pid:[1]", 1)));
    }
}
