//! Manual pages and completions, read by a real mandoc and a real bash.

use std::process::Command;

use gemj_tests::oracle::run;
use gemj_tests::programme::run_gateway;

#[test]
fn every_command_has_a_manual_page_that_mandoc_reads() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man");
    let _ = run_gateway(["man", "--dir", pages.to_str().unwrap()]).good();
    for name in ["gemj-gateway.1", "gemj-gateway-migrate.1", "gemj-gateway-consent-record.1"] {
        assert!(pages.join(name).is_file(), "{name}");
    }
    // Hidden commands have no page.
    assert!(!pages.join("gemj-gateway-man.1").exists());
    if Command::new("mandoc").arg("-V").output().is_err() {
        gemj_tests::shared_data::skipped("mandoc is not installed");
        return;
    }
    for page in std::fs::read_dir(&pages).unwrap() {
        let output = Command::new("mandoc")
            .args(["-T", "lint", "-W", "error"])
            .arg(page.unwrap().path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let script = run_gateway(["completions", "bash"]).good().out;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("completions");
    std::fs::write(&file, script).unwrap();
    for (words, expected) in [
        ("gemj-gateway migr", "migrate"),
        ("gemj-gateway consent rec", "record"),
        ("gemj-gateway gene-model l", "list load"),
        ("gemj-gateway migrate --ch", "--check"),
    ] {
        let ask = "source \"$1\"; COMP_WORDS=($2); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n\
                   function=$(complete -p gemj-gateway | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n\
                   $function gemj-gateway \"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"; echo \"${COMPREPLY[@]}\"";
        let said = run("bash", ["-c", ask, "bash", file.to_str().unwrap(), words], b"");
        let said = String::from_utf8(said).unwrap();
        let first = expected.split(' ').next_back().unwrap();
        assert!(said.split_whitespace().any(|word| word == first), "{words}: {said}");
    }
}
