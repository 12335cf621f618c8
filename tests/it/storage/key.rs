//! The installation's key is made once, by its own command.

use gemj_tests::{Backend, Programme};

#[test]
fn without_the_key_no_command_starts_and_no_key_is_made_silently() {
    let programme = Programme::new(Backend::Embedded);
    let (key, away) = (programme.path("capabilities.key"), programme.path("away.key"));
    std::fs::rename(&key, &away).unwrap();
    for command in [&["serve"][..], &["objects", "list"], &["audit", "verify"]] {
        let ran = programme.run(command);
        assert_eq!(ran.code, Some(2), "{command:?}: {}", ran.err);
        assert!(
            ran.err.contains("capabilities.key_file") && ran.err.contains("key make"),
            "{command:?}: {}",
            ran.err
        );
        assert!(!key.exists(), "{command:?} made a key");
    }
    std::fs::rename(&away, &key).unwrap();
    let before = std::fs::read(&key).unwrap();
    let again = programme.run(&["key", "make"]);
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("already exists"), "{}", again.err);
    assert_eq!(std::fs::read(&key).unwrap(), before, "a key is never replaced");
    drop(programme.serve());
}

#[test]
fn a_command_with_a_closed_output_pipe_ends_without_an_error_text() {
    let programme = Programme::new(Backend::Embedded);
    let config = programme.config();
    for arguments in [
        vec!["config", "default"],
        vec!["--help"],
        vec!["approval", "list", "--config", config.to_str().unwrap()],
        vec!["objects", "list", "--json", "--config", config.to_str().unwrap()],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = std::process::Command::new(gemj_tests::binary::gateway())
            .args(&arguments)
            .env_remove("GEMJ_LOG")
            .stdout(writer)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        // The help is printed by the command-line library, which ignores the closed pipe.
        let code = if arguments == ["--help"] { 0 } else { 141 };
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.is_empty(), "{arguments:?}: {said}");
    }
}
