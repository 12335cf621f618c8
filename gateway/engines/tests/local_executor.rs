//! Tests of runs of the real cwltool. The oracles are other programs: sha256sum, `/proc`, a listening socket.
#![allow(clippy::unwrap_used)]

mod kit;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use gemj_engines::{
    EngineStatus, Isolation, LocalExecutor, Lost, OutputValue, RunDirectory, RunEnd, RunSpec, Settings, StartError, SubmitError, tasks,
};
use kit::{Place, cwltool, ended, id, output, processes_with, run, script_tool, settings, until};
use serde_json::{Value, json};

const COUNT: &str = "cwlVersion: v1.2
class: CommandLineTool
baseCommand: [wc, -l]
inputs: {f: {type: File, streamable: true}}
stdin: $(inputs.f.path)
outputs: {o: {type: stdout}}
stdout: o.txt
";

const TWO_STEPS: &str = "cwlVersion: v1.2
class: Workflow
inputs: {f: File, again: File, n: int}
outputs:
  o: {type: File, outputSource: second/o}
  same: {type: File, outputSource: f}
  also: {type: int, outputSource: n}
steps:
  first: {run: lib/count.cwl, in: {f: f}, out: [o]}
  second: {run: lib/count.cwl, in: {f: first/o, unused: again}, out: [o]}
";

fn file(path: &std::path::Path) -> Value {
    json!({"class": "File", "path": path})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_counts_the_lines_of_its_input_and_the_digest_equals_that_of_sha256sum() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(settings(cwltool)).await.unwrap();
    assert!(executor.cwltool_version().starts_with(|first: char| first.is_ascii_digit()));
    let place = Place::new();
    let input = place.input("data", "1\n2\n3\n");
    let spec = place.spec("run-1", &[("count.cwl", COUNT)], &json!({"f": file(&input)}), &[&input]);
    assert_eq!(executor.status(&spec.run_id), None);
    assert_eq!(run(&executor, &spec).await, (0, RunEnd::Exited));
    assert_eq!(output(&spec).trim(), "3");
    let outcome = executor.outcome(&spec.directory).await.unwrap();
    let [one] = outcome.outputs.as_slice() else { panic!("{outcome:?}") };
    let OutputValue::File(found) = &one.value else {
        panic!("{outcome:?}")
    };
    assert_eq!((one.name.as_str(), found.path.to_str()), ("o", Some("o.txt")));
    let path = RunDirectory::new(&spec.directory).outputs().join("o.txt");
    let oracle = Command::new("sha256sum").arg(&path).output().unwrap();
    assert!(String::from_utf8(oracle.stdout).unwrap().starts_with(&found.sha256));
    assert_eq!(found.size_bytes, fs::metadata(path).unwrap().len());
    let private = fs::metadata(RunDirectory::new(&spec.directory).stderr()).unwrap().permissions();
    assert_eq!(private.mode() & 0o077, 0);
    assert!(matches!(executor.submit(spec.clone()).await, Err(SubmitError::AlreadyKnown)));
    assert!(executor.forget(&spec.run_id) && executor.status(&spec.run_id).is_none());
    assert!(matches!(executor.submit(spec).await, Err(SubmitError::AlreadyStarted)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_with_two_steps_has_two_tasks_and_can_read_its_attached_files() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(settings(cwltool)).await.unwrap();
    let place = Place::new();
    let input = place.input("staged-0", "1\n2\n3\n");
    let params = json!({
        "f": {"class": "File", "path": &input, "basename": "reads.txt"},
        "again": {"class": "File", "location": "lib/count.cwl"},
        "n": 7
    });
    let count = COUNT.replace("inputs: {f:", "inputs: {unused: File?, f:");
    let files = [("wf.cwl", TWO_STEPS), ("lib/count.cwl", count.as_str())];
    let spec = place.spec("run-2", &files, &params, &[&input]);
    assert_eq!(run(&executor, &spec).await, (0, RunEnd::Exited));
    let directory = RunDirectory::new(&spec.directory);
    let listed = tasks(&directory, "wf").unwrap();
    let names: Vec<_> = listed.iter().map(|task| (task.name.as_str(), task.exit_code)).collect();
    assert_eq!(names, [("first", Some(0)), ("second", Some(0))]);
    assert!(
        listed
            .iter()
            .all(|task| task.command.starts_with(&["wc".to_owned(), "-l".to_owned()]))
    );
    assert!(listed.iter().all(|task| task.started.is_some() && task.started <= task.ended));
    let mut outputs = executor.outcome(&spec.directory).await.unwrap().outputs;
    outputs.sort_by(|one, other| one.name.cmp(&other.name));
    let names: Vec<_> = outputs.iter().map(|output| output.name.as_str()).collect();
    assert_eq!(names, ["also", "o", "same"]);
    assert_eq!(outputs[0].value, OutputValue::Value(json!(7)));
    // An input that the workflow returns as an output is copied into the output directory, under the name that the workflow saw.
    let OutputValue::File(same) = &outputs[2].value else {
        panic!("{outputs:?}")
    };
    assert_eq!((same.path.to_str(), same.size_bytes), (Some("reads.txt"), 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_tool_fails_the_run_and_its_exit_code_is_listed() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(settings(cwltool)).await.unwrap();
    let place = Place::new();
    let tool = script_tool("exit 3");
    let spec = place.spec("run-3", &[("tool.cwl", &tool)], &json!({}), &[]);
    let (exit_code, end) = run(&executor, &spec).await;
    assert!(exit_code != 0 && end == RunEnd::Exited);
    let listed = tasks(&RunDirectory::new(&spec.directory), "tool").unwrap();
    assert_eq!((listed.len(), listed[0].exit_code), (1, Some(3)));
    let no_cwl = place.spec("run-3b", &[("tool.cwl", "nonsense: [")], &json!({}), &[]);
    assert_ne!(run(&executor, &no_cwl).await.0, 0);
    let listed = tasks(&RunDirectory::new(&no_cwl.directory), "tool").unwrap();
    assert_eq!((listed.len(), listed[0].name.as_str()), (1, "tool"), "one task for the whole run");
    assert!(listed[0].exit_code.is_some_and(|code| code != 0));
}

/// A script that tries forbidden reads, writes and connections, and prints each attempt that succeeded.
const HOSTILE: &str = r#"
for secret in /etc/passwd /etc/shadow /root/.bashrc /home "$2"; do
    cat "$secret" > /dev/null 2>&1 && echo "read $secret"
done
env | grep -q CARGO_MANIFEST_DIR && echo "saw the environment"
grep -qs CARGO_MANIFEST_DIR /proc/*/environ && echo "saw another environment"
cat "$1"
echo x 2> /dev/null >> "$1" && echo "wrote an input"
(echo '{"exit_code":0,"ended":0}' > ../../../exit.json) 2> /dev/null && echo "wrote exit.json"
for folder in RUN RUN/workflow /usr /etc; do
    (echo x > "$folder/planted") 2> /dev/null && echo "wrote to $folder"
done
python3 -c 'import socket; socket.create_connection(("127.0.0.1", PORT), 5)' 2> /dev/null && echo "reached the network"
ls /proc | grep -c '^[0-9]*$' > processes
[ `cat processes` -lt 20 ] || echo "saw the processes"
ls -A RUN
exit 0
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_tool_cannot_reach_files_environments_processes_or_the_network() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(settings(cwltool)).await.unwrap();
    if executor.isolation() == Isolation::None {
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!in_ci, "there is no sandbox");
        eprintln!("SKIPPED: bubblewrap makes no sandbox here");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let place = Place::new();
    let (input, secret) = (place.input("staged", "the input\n"), place.input("secret", "SECRET"));
    let run_folder = place.path().join("run-4");
    let script = HOSTILE
        .replace("RUN", run_folder.to_str().unwrap())
        .replace("PORT", &port)
        .replace("$2", secret.to_str().unwrap());
    let tool = script_tool(&script);
    let spec = place.spec("run-4", &[("tool.cwl", &tool)], &json!({"f": file(&input)}), &[&input]);
    assert_eq!(run(&executor, &spec).await, (0, RunEnd::Exited));
    assert_eq!(output(&spec), "the input\nparams.json\nwork\nworkflow\n");
    assert_eq!(fs::read_to_string(&input).unwrap(), "the input\n");
    assert!(!run_folder.join("planted").exists());
    // `CARGO_MANIFEST_DIR` is set in this process. A tool that could read the environments of other processes would therefore have found it.
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());

    // A workflow that refers to a remote document is not run, and the document is not loaded.
    let remote = format!("http://127.0.0.1:{port}/tool.cwl");
    let workflow =
        format!("cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps: [{{id: a, run: \"{remote}\", in: [], out: []}}]\n");
    let spec = place.spec("run-4b", &[("wf.cwl", &workflow)], &json!({}), &[]);
    assert_ne!(run(&executor, &spec).await.0, 0);
    let outside = format!(
        "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps: [{{id: a, run: \"{}\", in: [], out: []}}]\n",
        secret.display()
    );
    let spec = place.spec("run-4c", &[("wf.cwl", &outside)], &json!({}), &[]);
    assert_ne!(run(&executor, &spec).await.0, 0);
    let log = fs::read_to_string(RunDirectory::new(&spec.directory).stderr()).unwrap();
    assert!(!log.contains("SECRET"), "{log}");
    let connected = listener.accept();
    assert_eq!(connected.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "no connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn if_required_isolation_is_unavailable_the_executor_does_not_start() {
    let Some(cwltool) = cwltool() else { return };
    let without = |bwrap: Option<&str>, require_isolation| Settings {
        bwrap: bwrap.map(PathBuf::from),
        require_isolation,
        ..settings(cwltool.clone())
    };
    for bwrap in [None, Some("/nonexistent/bwrap"), Some("/bin/false")] {
        let refused = LocalExecutor::new(without(bwrap, true)).await;
        assert!(matches!(refused, Err(StartError::IsolationUnavailable)));
    }
    let open = LocalExecutor::new(without(Some("/bin/false"), false)).await.unwrap();
    assert_eq!(open.isolation(), Isolation::None);
    let no_engine = LocalExecutor::new(Settings::new("/bin/false", None)).await;
    assert!(matches!(no_engine, Err(StartError::Engine { .. })));
}

/// Cancels a run whose tool has a child in its session and a child in another session, and checks that all three processes end.
async fn cancel_kills_all(settings: Settings, run: &str) {
    let executor = LocalExecutor::new(settings).await.unwrap();
    let place = Place::new();
    // The sleeping times are unique, so that no other process on the machine has them in its command line.
    let [own, child, escaped] = [1, 2, 3].map(|index| format!("{}.{run}{index}", 100_000 + std::process::id()).replace("run-", "0"));
    let tool = script_tool(&format!("sleep {child} & setsid sleep {escaped} & sleep {own}"));
    let spec = place.spec(run, &[("tool.cwl", &tool)], &json!({}), &[]);
    executor.submit(spec.clone()).await.unwrap();
    until("all three sleep", || {
        [&own, &child, &escaped].iter().all(|sleep| processes_with(sleep) == 1)
    });
    assert!(matches!(executor.cancel(&spec.run_id), Ok(EngineStatus::Running { .. })));
    let (exit_code, end) = ended(&executor, &spec).await;
    for sleep in [own, child, escaped] {
        assert_eq!(processes_with(&sleep), 0);
    }
    assert!(exit_code != 0 && end == RunEnd::Cancelled);
    let again = executor.cancel(&spec.run_id).unwrap();
    assert_eq!(Some(again), executor.status(&spec.run_id), "a finished run does not change");
    // A later executor reports the same final status from the run's records.
    let later = LocalExecutor::new(kit::settings(cwltool().unwrap())).await.unwrap();
    assert_eq!(later.recover(&spec.run_id, &spec.directory).await.unwrap(), again);
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_ends_every_process_of_a_run() {
    let Some(cwltool) = cwltool() else { return };
    cancel_kills_all(settings(cwltool), "run-5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_ends_every_process_of_a_run_without_a_sandbox_too() {
    let Some(cwltool) = cwltool() else { return };
    let settings = Settings {
        bwrap: None,
        ..settings(cwltool)
    };
    cancel_kills_all(settings, "run-6").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_run_is_cancelled_without_starting() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(Settings {
        slots: 0,
        queue_length: 1,
        ..settings(cwltool)
    })
    .await
    .unwrap();
    let place = Place::new();
    let tool = script_tool("true");
    let spec = place.spec("run-7", &[("tool.cwl", &tool)], &json!({}), &[]);
    executor.submit(spec.clone()).await.unwrap();
    assert_eq!(executor.status(&spec.run_id), Some(EngineStatus::Queued));
    let next = place.spec("run-7b", &[("tool.cwl", &tool)], &json!({}), &[]);
    assert!(matches!(executor.submit(next).await, Err(SubmitError::QueueFull { limit: 1 })));
    let cancelled = executor.cancel(&spec.run_id).unwrap();
    assert!(matches!(
        cancelled,
        EngineStatus::Finished {
            end: RunEnd::Cancelled,
            ..
        }
    ));
    assert!(!RunDirectory::new(&spec.directory).stderr().exists());
    let later = LocalExecutor::new(kit::settings(kit::cwltool().unwrap())).await.unwrap();
    assert_eq!(later.recover(&spec.run_id, &spec.directory).await.unwrap(), cancelled);
    assert!(executor.cancel(&id("unknown")).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn engines_never_exceed_the_slots_and_start_in_order_of_submission() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(Settings {
        slots: 1,
        ..settings(cwltool)
    })
    .await
    .unwrap();
    let place = Place::new();
    // The tool prints its start and its end. The times show whether two tools ran at the same time.
    let tool = script_tool("date +%s%N; date +%s%N");
    let specs: Vec<RunSpec> = (0..3)
        .map(|index| place.spec(&format!("run-8-{index}"), &[("tool.cwl", &tool)], &json!({}), &[]))
        .collect();
    for spec in &specs {
        executor.submit(spec.clone()).await.unwrap();
        assert!(executor.running_count() <= 1);
    }
    let mut previous_end = 0_u128;
    for spec in &specs {
        assert_eq!(ended(&executor, spec).await, (0, RunEnd::Exited));
        let times: Vec<u128> = output(spec).lines().map(|line| line.parse().unwrap()).collect();
        assert!(previous_end < times[0] && times[0] <= times[1], "runs must follow in order");
        previous_end = times[1];
        let handle = fs::read(spec.directory.join("handle.json")).unwrap();
        let handle: Value = serde_json::from_slice(&handle).unwrap();
        assert!(handle["pid"].as_u64().is_some_and(|pid| pid > 1), "{handle}");
    }
    assert_eq!(executor.running_count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_over_the_time_or_size_limit_is_ended_with_the_reason() {
    let Some(cwltool) = cwltool() else { return };
    let short = Settings {
        wall_clock_s: 4,
        ..settings(cwltool.clone())
    };
    let small = Settings {
        max_work_bytes: 4 << 20,
        ..settings(cwltool)
    };
    let place = Place::new();
    let sleeping = script_tool("sleep 1000");
    let filling = script_tool("head -c 8000000 /dev/urandom > big; sleep 1000");
    for (settings, tool, run_name, expected) in [
        (short, sleeping, "run-9", RunEnd::WallClock),
        (small, filling, "run-10", RunEnd::WorkSize),
    ] {
        let executor = LocalExecutor::new(settings).await.unwrap();
        let spec = place.spec(run_name, &[("tool.cwl", &tool)], &json!({}), &[]);
        let (exit_code, end) = run(&executor, &spec).await;
        assert!(exit_code != 0 && end == expected, "{end:?}");
    }
}

/// A gateway that starts a run and is then killed. The next test starts this test function as a separate process.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a process of another test"]
async fn gateway_that_will_be_killed() {
    let Some(place) = std::env::var_os("GEMJ_TEST_PLACE").map(PathBuf::from) else {
        return;
    };
    let executor = LocalExecutor::new(settings(cwltool().unwrap())).await.unwrap();
    let input = place.join("gate");
    let tool = script_tool("while [ ! -s \"$1\" ]; do sleep 0.1; done; cat \"$1\"");
    let spec = kit::spec(&place, "run-11", &[("tool.cwl", &tool)], &json!({"f": file(&input)}), &[&input]);
    executor.submit(spec).await.unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_survives_its_gateway_and_the_next_gateway_follows_it_to_its_end() {
    let Some(cwltool) = cwltool() else { return };
    let place = Place::new();
    let gate = place.input("gate", "");
    let mut gateway = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "gateway_that_will_be_killed", "--ignored"])
        .env("GEMJ_TEST_PLACE", place.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let directory = place.path().join("run-11");
    let log = RunDirectory::new(&directory).stderr();
    until("the tool runs", || fs::read_to_string(&log).is_ok_and(|log| log.contains("[job ")));
    gateway.kill().unwrap();
    gateway.wait().unwrap();

    let executor = LocalExecutor::new(Settings {
        slots: 1,
        ..settings(cwltool)
    })
    .await
    .unwrap();
    let run_id = id("run-11");
    let found = executor.recover(&run_id, &directory).await.unwrap();
    let EngineStatus::Running { pid, .. } = found else {
        panic!("{found:?}")
    };
    let handle: Value = serde_json::from_slice(&fs::read(directory.join("handle.json")).unwrap()).unwrap();
    assert_eq!(handle["pid"], pid);
    assert_eq!(
        executor.recover(&run_id, &directory).await.unwrap(),
        found,
        "a second call starts no second follower"
    );
    assert_eq!(executor.running_count(), 1);
    // The recovered run takes the only slot, so a new run must wait.
    let quick = place.spec("run-12", &[("tool.cwl", &script_tool("true"))], &json!({}), &[]);
    executor.submit(quick.clone()).await.unwrap();
    assert_eq!(executor.status(&quick.run_id), Some(EngineStatus::Queued));
    fs::write(&gate, "open\n").unwrap();
    let over = executor.wait(&run_id).await.unwrap();
    assert!(
        matches!(
            over,
            EngineStatus::Finished {
                exit_code: 0,
                end: RunEnd::Exited,
                ..
            }
        ),
        "{over:?}"
    );
    let text = fs::read_to_string(RunDirectory::new(&directory).outputs().join("o.txt")).unwrap();
    assert_eq!(text, "open\n");
    assert_eq!(ended(&executor, &quick).await.0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_never_started_cannot_start_late_and_can_be_submitted_again() {
    let Some(cwltool) = cwltool() else { return };
    let place = Place::new();
    let spec = place.spec("run-13", &[("tool.cwl", &script_tool("true"))], &json!({}), &[]);
    let waiting = LocalExecutor::new(Settings {
        slots: 0,
        ..settings(cwltool.clone())
    })
    .await
    .unwrap();
    waiting.submit(spec.clone()).await.unwrap();
    drop(waiting);
    let executor = LocalExecutor::new(settings(cwltool)).await.unwrap();
    let found = executor.recover(&spec.run_id, &spec.directory).await.unwrap();
    assert_eq!(found, EngineStatus::Lost { why: Lost::NeverStarted });
    // A late wrapper of the first executor finds that `handle.json` already exists, and does not start the engine.
    let late = Command::new("sh")
        .args(["-c", include_str!("../src/wrapper.sh"), "sh"])
        .arg(&spec.directory)
        .args(["-", "touch", spec.directory.join("started").to_str().unwrap()])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(late.code(), Some(125));
    assert!(!spec.directory.join("started").exists());
    assert_eq!(run(&executor, &spec).await, (0, RunEnd::Exited));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_killed_from_outside_is_lost_and_leaves_no_process() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(settings(cwltool)).await.unwrap();
    let place = Place::new();
    let seconds = format!("{}.14", 200_000 + std::process::id());
    let spec = place.spec(
        "run-14",
        &[("tool.cwl", &script_tool(&format!("sleep {seconds}")))],
        &json!({}),
        &[],
    );
    executor.submit(spec.clone()).await.unwrap();
    until("it sleeps", || processes_with(&seconds) == 1);
    let Some(EngineStatus::Running { pid, .. }) = executor.status(&spec.run_id) else {
        panic!("it runs")
    };
    let killed = Command::new("kill").args(["-KILL", &pid.to_string()]).status().unwrap();
    assert!(killed.success());
    let over = executor.wait(&spec.run_id).await;
    assert_eq!(over, Some(EngineStatus::Lost { why: Lost::Vanished }));
    assert_eq!(processes_with(&seconds), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_run_is_rejected() {
    let Some(cwltool) = cwltool() else { return };
    let executor = LocalExecutor::new(settings(cwltool)).await.unwrap();
    let place = Place::new();
    let input = place.input("data", "x");
    let link = place.path().join("link");
    symlink(&input, &link).unwrap();
    let tool = script_tool("true");
    let fresh = |name: &str| place.spec(name, &[("tool.cwl", &tool)], &json!({}), &[]);

    for bad in [
        link.clone(),
        PathBuf::from("data"),
        place.path().to_owned(),
        place.path().join("../x"),
        place.path().join("none"),
    ] {
        let mut spec = fresh("refused-a");
        spec.inputs = vec![input.clone(), bad];
        assert!(matches!(executor.submit(spec).await, Err(SubmitError::Input { index: 1 })));
    }
    let mut spec = fresh("refused-b");
    spec.inputs = vec![input.clone(); 1001];
    assert!(matches!(
        executor.submit(spec).await,
        Err(SubmitError::TooManyInputs { limit: 1000 })
    ));
    for bad in ["", "../data", "/etc/passwd", "none.cwl", "."] {
        let mut spec = fresh("refused-c");
        spec.workflow = PathBuf::from(bad);
        assert!(matches!(executor.submit(spec).await, Err(SubmitError::Workflow)), "{bad}");
    }
    let mut spec = fresh("refused-d");
    spec.fragment = Some("a b".to_owned());
    assert!(matches!(executor.submit(spec).await, Err(SubmitError::Fragment)));
    for bad in ["../data", "none", "file:tool.cwl", "a%2e", ""] {
        let mut spec = fresh("refused-e");
        spec.params = json!({"f": [{"class": "File", "location": bad}]}).as_object().unwrap().clone();
        assert!(matches!(executor.submit(spec).await, Err(SubmitError::RelativeLocation)), "{bad}");
    }
    let spec = fresh("refused-f");
    fs::set_permissions(&spec.directory, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(matches!(executor.submit(spec.clone()).await, Err(SubmitError::Directory)));
    assert_eq!(executor.status(&spec.run_id), None, "a refused run is not known");
}
