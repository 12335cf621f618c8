//! A back-up that is damaged, incomplete or of another key is refused before anything is written.

use std::path::{Path, PathBuf};

use gemj_tests::Backend;
use gemj_tests::oracle::run;
use gemj_tests::programme::private;

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
fn a_damaged_backup_is_refused_by_name_and_nothing_is_written() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let good = folder.path().join("good");
    let _ = back_up(&programme, &good, &[]).good();
    let other = folder.path().join("other");
    let _ = back_up(&programme, &other, &[]).good();
    let machine = NewMachine::after_loss_of(&programme);
    let installation = machine.config().parent().unwrap().to_owned();

    type Damage = fn(&Path, &Path) -> PathBuf;
    let damages: [(&str, Damage, &str); 7] = [
        (
            "flipped bit",
            |backup, _| {
                let file = an_object(backup);
                let mut bytes = std::fs::read(&file).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(&file, bytes).unwrap();
                file
            },
            "damaged",
        ),
        (
            "cut database",
            |backup, _| {
                let file = backup.join("database/gateway.db");
                let bytes = std::fs::read(&file).unwrap();
                std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
                file
            },
            "damaged",
        ),
        (
            "removed object",
            |backup, _| {
                let file = an_object(backup);
                std::fs::remove_file(&file).unwrap();
                file
            },
            "missing",
        ),
        (
            "added file",
            |backup, _| {
                let file = backup.join("objects/added");
                std::fs::write(&file, "x").unwrap();
                file
            },
            "not in its manifest",
        ),
        (
            "manifest of another back-up",
            |backup, other| {
                let file = backup.join("manifest.json");
                let text = std::fs::read_to_string(other.join("manifest.json")).unwrap();
                std::fs::write(&file, text).unwrap();
                file
            },
            "authentication code",
        ),
        (
            "no manifest",
            |backup, _| {
                std::fs::remove_file(backup.join("manifest.json")).unwrap();
                backup.to_owned()
            },
            "not a complete back-up",
        ),
        (
            "cut keys",
            |backup, _| {
                let file = backup.join("keys.sealed");
                let bytes = std::fs::read(&file).unwrap();
                std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
                file
            },
            "cannot be decrypted",
        ),
    ];
    for (number, (name, damage, expected)) in damages.into_iter().enumerate() {
        let damaged = folder.path().join(format!("damaged-{number}"));
        copy(&good, &damaged);
        let file = damage(&damaged, &other);
        let refused = machine.restore(&damaged, &[]);
        assert_eq!(refused.code, Some(2), "{name}: {}", refused.out);
        assert!(
            refused.err.contains(expected) && refused.err.contains(file.to_str().unwrap()),
            "{name}: {}",
            refused.err
        );
        assert!(!installation.exists(), "{name}: something was written");
    }
    private(&machine.folder.path().join("passphrase"), "another passphrase of length");
    let refused = machine.restore(&good, &[]);
    assert!(
        refused.code == Some(2) && refused.err.contains("the passphrase is wrong"),
        "{}",
        refused.err
    );
    assert!(!installation.exists());
    private(&machine.folder.path().join("passphrase"), super::lost_machine::PASSPHRASE);
    std::fs::create_dir(&installation).unwrap();
    let key = installation.join("capabilities.key");
    private(&key, &"k".repeat(32));
    let refused = machine.restore(&good, &[]);
    assert!(
        refused.code == Some(2) && refused.err.contains(key.to_str().unwrap()),
        "{}",
        refused.err
    );
    assert_eq!(
        std::fs::read_to_string(&key).unwrap(),
        "k".repeat(32),
        "an existing key is never replaced"
    );
    std::fs::remove_file(&key).unwrap();
    let _ = machine.restore(&good, &[]).good();
}

#[test]
fn a_passphrase_that_others_can_read_or_guess_is_refused() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("backup");
    private(&programme.path("passphrase"), "too short\n");
    let refused = back_up(&programme, &to, &[]);
    assert!(refused.code == Some(2) && refused.err.contains("16 characters"), "{}", refused.err);
    std::fs::write(programme.path("open"), "correct horse battery staple").unwrap();
    run("chmod", ["644", programme.path("open").to_str().unwrap()], b"");
    let open = programme.path("open");
    let refused = programme.run(&["backup", "--to", to.to_str().unwrap(), "--passphrase-file", open.to_str().unwrap()]);
    assert!(refused.code == Some(2) && refused.err.contains("chmod 600"), "{}", refused.err);
    assert!(!to.exists());
}
