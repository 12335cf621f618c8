//! Functions that the tests with the real engine share.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ga4gh_wes::RunId;
use gemj_engines::{Engine, EngineStatus, LocalExecutor, RunDirectory, RunEnd, RunSpec, Settings};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// The path of the cwltool for the tests. If cwltool is missing, a test prints that it is skipped; in continuous integration it fails.
pub(crate) fn cwltool() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<_> = std::env::split_paths(&on_path).map(|folder| folder.join("cwltool")).collect();
    let mut places = std::env::var_os("GEMJ_TEST_CWLTOOL")
        .map(PathBuf::from)
        .into_iter()
        .collect::<Vec<_>>();
    places.push(home.join(".cache/gemj-gateway/venv/bin/cwltool"));
    places.extend(on_path);
    let found = places.into_iter().find(|path| path.is_file());
    if found.is_none() {
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!in_ci, "there is no cwltool");
        eprintln!("SKIPPED: there is no cwltool (GEMJ_TEST_CWLTOOL)");
    }
    found
}

pub(crate) fn settings(cwltool: PathBuf) -> Settings {
    let bwrap = Path::new("/usr/bin/bwrap");
    Settings {
        slots: 2,
        grace_s: 5,
        max_work_bytes: 64 << 20,
        ..Settings::new(cwltool, bwrap.is_file().then(|| bwrap.to_owned()))
    }
}

pub(crate) fn id(text: &str) -> RunId {
    RunId::parse(text).unwrap()
}

/// A temporary folder for runs and their inputs.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn input(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn spec(&self, run: &str, files: &[(&str, &str)], params: &Value, inputs: &[&Path]) -> RunSpec {
        spec(self.path(), run, files, params, inputs)
    }
}

/// The specification of a run. The first of `files` is its workflow document.
pub(crate) fn spec(place: &Path, run: &str, files: &[(&str, &str)], params: &Value, inputs: &[&Path]) -> RunSpec {
    let directory = RunDirectory::new(place.join(run));
    fs::DirBuilder::new()
        .mode(0o700)
        .recursive(true)
        .create(directory.workflow())
        .unwrap();
    for (name, text) in files {
        let path = directory.workflow().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    RunSpec {
        run_id: id(run),
        directory: directory.path().to_owned(),
        engine: Engine::Cwltool,
        workflow: PathBuf::from(files[0].0),
        fragment: None,
        params: params.as_object().cloned().unwrap_or_else(Map::new),
        inputs: inputs.iter().map(|path| (*path).to_owned()).collect(),
    }
}

/// A CWL tool that runs `script` with `sh -c`. The input `f` is a file whose path is `$1`, and the output `o` is the standard output.
pub(crate) fn script_tool(script: &str) -> String {
    let script = Value::from(script);
    format!(
        "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: [sh, -c]\narguments: [{script}, sh]\n\
         inputs:\n  f:\n    type: File?\n    inputBinding: {{position: 1}}\noutputs:\n  o: {{type: stdout}}\nstdout: o.txt\n"
    )
}

/// The standard output of the script in a finished run of [`script_tool`].
pub(crate) fn output(spec: &RunSpec) -> String {
    fs::read_to_string(RunDirectory::new(&spec.directory).outputs().join("o.txt")).unwrap()
}

pub(crate) async fn run(executor: &LocalExecutor, spec: &RunSpec) -> (i32, RunEnd) {
    executor.submit(spec.clone()).await.unwrap();
    ended(executor, spec).await
}

pub(crate) async fn ended(executor: &LocalExecutor, spec: &RunSpec) -> (i32, RunEnd) {
    match executor.wait(&spec.run_id).await {
        Some(EngineStatus::Finished { exit_code, end, .. }) => {
            if exit_code != 0 {
                eprintln!(
                    "{}",
                    fs::read_to_string(RunDirectory::new(&spec.directory).stderr()).unwrap_or_default()
                );
            }
            (exit_code, end)
        }
        other => panic!("{other:?}"),
    }
}

/// Waits until `condition` is true. The function checks repeatedly and fails the test after a minute.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The number of live processes on this machine whose command line contains `argument`.
pub(crate) fn processes_with(argument: &str) -> usize {
    let mut count = 0;
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        count += usize::from(line.split(|byte| *byte == 0).any(|word| word == argument.as_bytes()));
    }
    count
}
