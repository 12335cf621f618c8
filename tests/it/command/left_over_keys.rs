//! `key rotate|retire` after a command that was killed, and beside another command.

use std::fs::File;

use super::new_installation::NewInstallation;

#[test]
fn the_next_change_of_the_key_removes_the_files_of_killed_commands_and_no_other_file() {
    let new = NewInstallation::make();
    let own = "secrets/capability.key";
    for (command, left) in [
        (&["key", "rotate", "--prepare"][..], "secrets/capability.new-0123456789abcdef"),
        (&["key", "rotate"], "secrets/capability.new-1123456789abcdef"),
        (&["key", "retire"], "secrets/capability.new-2123456789abcdef"),
    ] {
        let others = ["secrets/capability.new-copy", "secrets/other.new-0123456789abcdef"];
        for file in others.iter().chain([&left]) {
            std::fs::write(new.path(file), "half a key").unwrap();
        }
        let before = std::fs::read(new.path(own)).unwrap();
        let ran = new.run(command).good();
        assert!(ran.out.contains(left) && ran.out.contains("removed"), "{}", ran.out);
        assert!(!new.path(left).exists());
        for file in others {
            assert_eq!(std::fs::read_to_string(new.path(file)).unwrap(), "half a key");
        }
        assert_ne!(std::fs::read(new.path(own)).unwrap(), before);
        let doctor = new.run(&["doctor", "--offline"]).out;
        assert!(!doctor.contains("an interrupted command left"), "{doctor}");
    }
}

#[test]
fn a_second_command_does_not_change_the_key_while_the_first_one_does() {
    let new = NewInstallation::make();
    let folder = File::open(new.path("secrets")).unwrap();
    folder.lock().unwrap();
    let left = new.path("secrets/capability.new-0123456789abcdef");
    std::fs::write(&left, "the new key of the first command").unwrap();
    let before = std::fs::read(new.path("secrets/capability.key")).unwrap();
    for command in [&["key", "rotate"][..], &["key", "retire"]] {
        let ran = new.run(command);
        assert_eq!(ran.code, Some(2), "{}", ran.out);
        assert!(ran.err.contains("another command changes the key"), "{}", ran.err);
        assert!(left.exists());
        assert_eq!(std::fs::read(new.path("secrets/capability.key")).unwrap(), before);
    }
    drop(folder);
    let _ = new.run(&["key", "rotate"]).good();
    assert!(!left.exists());
}
