//! A back-up folder with links, pipes and other entries in place of its files. `restore` neither reads a file outside the folder nor waits.

use std::path::{Path, PathBuf};

use gemj_tests::Backend;
use gemj_tests::oracle::run;

use super::lost_machine::{NewMachine, back_up, programme};

fn copy(from: &Path, to: &Path) {
    run("cp", ["-r", from.to_str().unwrap(), to.to_str().unwrap()], b"");
}

fn an_object(backup: &Path) -> PathBuf {
    let found = run("find", [backup.join("objects").to_str().unwrap(), "-type", "f"], b"");
    let found = String::from_utf8(found).unwrap();
    PathBuf::from(found.lines().min().unwrap())
}

#[test]
fn a_link_or_a_pipe_in_place_of_a_file_is_refused_by_name_and_nothing_is_written() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good");
    let _ = back_up(&programme, &good, &[]).good();
    let machine = NewMachine::after_loss_of(&programme);
    let installation = machine.config().parent().unwrap().to_owned();
    let object = an_object(&good).strip_prefix(&good).unwrap().to_owned();
    let files = ["manifest.json", "manifest.mac", "keys.sealed", "database/gateway.db", "database"];
    let names: Vec<PathBuf> = files.iter().map(PathBuf::from).chain([object]).collect();
    for (number, name) in names.iter().enumerate() {
        for with_pipe in [false, true] {
            let changed = folder.path().join(format!("changed-{number}-{with_pipe}"));
            copy(&good, &changed);
            let (place, outside) = (changed.join(name), folder.path().join(format!("outside-{number}-{with_pipe}")));
            std::fs::rename(&place, &outside).unwrap();
            if with_pipe {
                run("mkfifo", [place.to_str().unwrap()], b"");
            } else {
                // The link names the right content, outside the folder.
                std::os::unix::fs::symlink(&outside, &place).unwrap();
            }
            let refused = machine.restore(&changed, &[]);
            assert_eq!(refused.code, Some(2), "{}: {}", place.display(), refused.out);
            let text = format!("{}: is a symbolic link or a special file", place.display());
            assert!(refused.err.contains(&text), "{}", refused.err);
            assert!(!installation.exists(), "{}: something was written", place.display());
        }
    }
}
