//! Runs each step of `docs/installation.md` as written: from an empty folder to the data of two hospitals over Beacon and htsget.

use std::process::Command;

use gemj_tests::binary::{gateway, workspace};
use gemj_tests::page::Page;
use gemj_tests::programme::free_address;
use serde_json::Value;

/// The port in `docs/installation.md`. The test replaces it, because another program of the machine may use it.
const PORT_OF_THE_PAGE: &str = "8466";

#[test]
fn the_steps_of_the_installation_guide_work_from_an_empty_folder() {
    for program in ["bgzip", "samtools", "openssl", "curl", "python3"] {
        if Command::new(program).arg("--version").output().is_err() {
            eprintln!("SKIPPED: {program} is not installed");
            return;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let commands = Page::read("docs/installation.md").commands();
    let commands = commands.replace(PORT_OF_THE_PAGE, &free_address().port().to_string());
    let path = format!("{}:{}", gateway().parent().unwrap().display(), std::env::var("PATH").unwrap());
    // The shell stops the server also if a step of the guide fails.
    let script = format!("trap 'kill ${{SERVER:-}} 2>/dev/null || true' EXIT\n{commands}");
    let output = Command::new("bash")
        .args(["-eu", "-o", "pipefail", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("DOCS", workspace().join("docs"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let kept = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let count = |name: &str| serde_json::from_str::<Value>(&kept(name)).unwrap()["responseSummary"]["numTotalResults"].clone();
    assert_eq!((count("count.json"), count("after.json")), (2.into(), 1.into()));
    let public: Value = serde_json::from_str(&kept("public.json")).unwrap();
    assert_eq!(public["responseSummary"], serde_json::json!({"exists": false}));
    assert_eq!(kept("slice.sam").lines().count(), 1);
}
