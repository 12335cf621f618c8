//! The self-test scripts that `init --for` writes for the other side.

use std::path::Path;
use std::process::Command;

use gemj_tests::Ran;

/// Runs a script for the other side with a POSIX shell, in the script's folder.
pub(super) fn self_test(script: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let output = Command::new("sh")
        .arg(script)
        .args(arguments)
        .envs(variables.iter().copied())
        .current_dir(script.parent().unwrap())
        .output()
        .unwrap();
    Ran {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
