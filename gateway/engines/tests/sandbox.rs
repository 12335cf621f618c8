//! Tests of the resources of the machine that a hostile tool can use: memory, processes, disk, and system calls.
#![allow(clippy::unwrap_used, clippy::panic)]

// Each test file uses only a part of the kit, so unused functions are allowed.
#[allow(dead_code)]
mod kit;

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use gemj_engines::{Isolation, LocalExecutor, RunDirectory, RunEnd, RunSpec, Settings};
use kit::{Place, cwltool, ended, run, script_tool, settings};
use serde_json::json;

/// The standard output of the run's tool; empty if the tool wrote none.
fn printed(spec: &RunSpec) -> String {
    fs::read_to_string(RunDirectory::new(&spec.directory).outputs().join("o.txt")).unwrap_or_default()
}

/// An executor that runs engines in the sandbox; absent if the engine or bubblewrap is not installed.
async fn isolated(change: impl FnOnce(Settings) -> Settings) -> Option<LocalExecutor> {
    let settings = change(settings(cwltool()?));
    settings.bwrap.as_ref()?;
    let executor = LocalExecutor::new(settings).await.unwrap();
    assert_eq!(executor.isolation(), Isolation::Bwrap);
    Some(executor)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_bomb_is_stopped_at_the_process_limit() {
    let Some(executor) = isolated(|settings| Settings {
        max_processes: Some(60),
        wall_clock_s: 60,
        ..settings
    })
    .await
    else {
        return;
    };
    let place = Place::new();
    // The tool starts at most 400 processes, so the test ends even if no limit works. Each process sleeps, and the test counts the sleeping
    // processes.
    let tool = script_tool("for n in `seq 400`; do sleep 20.0814 & done; sleep 1; true");
    let spec = place.spec("bomb", &[("tool.cwl", &tool)], &json!({}), &[]);
    executor.submit(spec.clone()).await.unwrap();
    let mut most = 0;
    while executor.status(&spec.run_id).is_some_and(|status| !status.is_final()) {
        most = most.max(kit::processes_with("20.0814"));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (exit_code, end) = ended(&executor, &spec).await;
    assert!(most <= 60, "{most} processes at one time");
    assert!(exit_code != 0 || end == RunEnd::Memory, "{exit_code} {end:?}");
    assert_eq!(kit::processes_with("20.0814"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_over_the_memory_limit_is_ended() {
    let Some(executor) = isolated(|settings| Settings {
        max_memory_bytes: Some(300 << 20),
        wall_clock_s: 60,
        ..settings
    })
    .await
    else {
        return;
    };
    let place = Place::new();
    // The first tool is one process that takes 600 MiB. The second tool is six processes that take 100 MiB each; a limit of
    // each single process would not detect them.
    let one = script_tool("perl -e '$x = \"a\" x (600 << 20); print length $x'");
    let many =
        script_tool("for n in 1 2 3 4 5 6; do perl -e '$x = \"a\" x (50 << 20); $x =~ tr/a/b/; sleep 30; print \"kept\"' & done; wait");
    for (run_name, tool) in [("hog", one), ("hogs", many)] {
        let spec = place.spec(run_name, &[("tool.cwl", &tool)], &json!({}), &[]);
        let (exit_code, end) = run(&executor, &spec).await;
        assert!(exit_code != 0 || end == RunEnd::Memory, "{run_name}: {exit_code} {end:?}");
        assert!(
            !printed(&spec).contains("kept") && !printed(&spec).contains("629145600"),
            "{run_name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn file_systems_in_memory_have_a_size_limit_and_other_folders_are_read_only() {
    let Some(executor) = isolated(|settings| Settings {
        shm_bytes: 1 << 20,
        tmp_bytes: 1 << 20,
        ..settings
    })
    .await
    else {
        return;
    };
    let place = Place::new();
    let tool = script_tool(
        "for d in /dev/shm /tmp; do head -c 3000000 /dev/zero > $d/x 2>/dev/null; stat -c \"$d %s\" $d/x; done; \
         for d in / /dev /proc /usr /etc; do (echo x > $d/planted) 2>/dev/null && echo wrote $d; done; true",
    );
    let spec = place.spec("shm", &[("tool.cwl", &tool)], &json!({}), &[]);
    assert_eq!(run(&executor, &spec).await, (0, RunEnd::Exited));
    let sizes: Vec<(String, u64)> = printed(&spec)
        .lines()
        .map(|line| {
            let (folder, size) = line.split_once(' ').unwrap();
            (folder.to_owned(), size.parse().unwrap_or_else(|_| panic!("{line}")))
        })
        .collect();
    assert_eq!(sizes.len(), 2, "{sizes:?}");
    assert!(sizes.iter().all(|(_, size)| *size <= 1 << 20), "{sizes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_filler_is_ended_by_size_by_file_count_and_by_an_unreadable_folder() {
    let place = Place::new();
    let bytes = script_tool("while true; do head -c 1000000 /dev/urandom > f`date +%N`; done");
    let files = script_tool("mkdir d; for n in `seq 3000`; do echo > d/$n; done; sleep 100");
    let deep = script_tool("perl -e 'for (1..40) { mkdir \"d\" x 200; chdir \"d\" x 200 } open(F, \">f\"); sleep 100'");
    for (run_name, tool) in [("bytes", bytes), ("files", files), ("deep", deep)] {
        let Some(executor) = isolated(|settings| Settings {
            max_work_bytes: 8 << 20,
            max_work_files: 500,
            wall_clock_s: 60,
            ..settings
        })
        .await
        else {
            return;
        };
        let spec = place.spec(run_name, &[("tool.cwl", &tool)], &json!({}), &[]);
        let (_, end) = run(&executor, &spec).await;
        assert_eq!(end, RunEnd::WorkSize, "{run_name}");
    }
    let Some(executor) = isolated(|settings| Settings {
        max_file_bytes: 1 << 20,
        ..settings
    })
    .await
    else {
        return;
    };
    let spec = place.spec(
        "file",
        &[("tool.cwl", &script_tool("head -c 3000000 /dev/zero > big; stat -c %s big"))],
        &json!({}),
        &[],
    );
    let _ = run(&executor, &spec).await;
    assert!(
        printed(&spec).trim().parse::<u64>().is_ok_and(|size| size <= 1 << 20),
        "{}",
        printed(&spec)
    );
}

/// A script that makes system calls by number and prints the errno of each. The calls are ptrace, mount, keyctl, unshare of a user namespace, bpf,
/// process_vm_readv, io_uring_setup, clone3, a vsock and a local socket, personality, a call that no kernel has, and getpid.
#[cfg(target_arch = "x86_64")]
const CALLS: &str = r#"perl -e '
  sub c { my $n = shift; my $r = syscall(shift, @_); print "$n ", ($r < 0 ? $!+0 : "ok"), "\n" }
  c("ptrace", 101, 0, 0, 0, 0); c("mount", 165, 0, 0, 0, 0, 0); c("keyctl", 250, 0, -3, 0, 0, 0); c("unshare", 272, 0x10000000);
  c("bpf", 321, 0, 0, 0); c("process_vm_readv", 310, 1, 0, 0, 0, 0, 0); c("io_uring_setup", 425, 1, 0); c("clone3", 435, 0, 0);
  c("vsock", 41, 40, 1, 0); c("local", 41, 1, 1, 0); c("personality", 135, 0x0400000); c("unknown", 600, 0); c("getpid", 39)'"#;

#[cfg(target_arch = "x86_64")]
#[tokio::test(flavor = "multi_thread")]
async fn system_calls_that_reach_outside_the_run_are_refused() {
    let place = Place::new();
    let tool = script_tool(CALLS);
    let Some(executor) = isolated(|settings| settings).await else {
        return;
    };
    let spec = place.spec("calls", &[("tool.cwl", &tool)], &json!({}), &[]);
    assert_eq!(run(&executor, &spec).await, (0, RunEnd::Exited));
    let expected = "ptrace 1\nmount 1\nkeyctl 1\nunshare 1\nbpf 1\nprocess_vm_readv 1\nio_uring_setup 1\nclone3 38\nvsock 97\nlocal ok\n\
                    personality 1\nunknown 38\ngetpid ok\n";
    assert_eq!(printed(&spec), expected);

    // Without the filter, a run can create a namespace and trace a process. This shows that the filter refuses these calls.
    let Some(open) = isolated(|settings| Settings {
        seccomp: false,
        ..settings
    })
    .await
    else {
        return;
    };
    let spec = place.spec("calls-unfiltered", &[("tool.cwl", &tool)], &json!({}), &[]);
    assert_eq!(run(&open, &spec).await, (0, RunEnd::Exited));
    assert!(
        printed(&spec).contains("ptrace ok\n") && printed(&spec).contains("unshare ok\n"),
        "{}",
        printed(&spec)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn if_the_gateway_is_root_a_run_has_its_own_user_without_capabilities() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let Some(executor) = isolated(|settings| settings).await else {
        return;
    };
    let place = Place::new();
    let input = place.input("data", "the input\n");
    let tool = script_tool(
        "id -u; id -G; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; cat \"$1\"; (echo x >> \"$1\") 2>/dev/null && echo wrote; true",
    );
    let mut users = Vec::new();
    for name in ["user-a", "user-b"] {
        let params = json!({"f": {"class": "File", "path": input.to_str().unwrap()}});
        let spec = place.spec(name, &[("tool.cwl", &tool)], &params, &[&input]);
        assert_eq!(run(&executor, &spec).await, (0, RunEnd::Exited));
        let text = printed(&spec);
        let lines: Vec<&str> = text.lines().collect();
        let user: u32 = lines[0].parse().unwrap();
        assert!((1_879_048_192..1_879_048_192 + 65_536).contains(&user), "{text}");
        assert_eq!(lines[1], lines[0], "no other group");
        assert_eq!(
            lines[2..],
            [
                "CapEff:\t0000000000000000",
                "CapBnd:\t0000000000000000",
                "NoNewPrivs:\t1",
                "the input"
            ],
            "{text}"
        );
        let made = fs::metadata(RunDirectory::new(&spec.directory).outputs().join("o.txt")).unwrap();
        assert_eq!(made.uid(), user);
        assert_eq!(fs::metadata(&spec.directory).unwrap().uid(), 0, "the run's folder is the gateway's");
        users.push(user);
    }
    assert_ne!(users[0], users[1]);
    assert!(Path::new("/proc/self").exists());
}
