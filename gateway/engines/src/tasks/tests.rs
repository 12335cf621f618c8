#![allow(clippy::unwrap_used)]

use super::words::words;
use super::{EngineTask, parse};
use gemj_model::Timestamp;

/// A log in the format that cwltool 3.3 writes.
const LOG: &str = "[2026-11-21 14:20:41] INFO cwltool 3.3
[2026-11-21 14:20:42] INFO [workflow ] start
[2026-11-21 14:20:42] INFO [job a] /tmp/cb9821ob$ wc \\
    -l \\
    '/tmp/with space/in.txt' > /tmp/cb9821ob/n.txt
[job a] completed success
noise of the tool
[2026-11-21 14:20:43] INFO [job a] completed success
[2026-11-21 14:20:43] INFO [job b] /tmp/dw60xm8s$ false
[2026-11-21 14:20:44] WARNING [job b] exited with status: 3
[2026-11-21 14:20:44] WARNING [job b] completed permanentFail
[2026-11-21 14:20:44] INFO [job c] /tmp/x$ sleep \\
    1000
";

#[test]
fn names_commands_times_and_exit_codes_are_parsed_from_the_log() {
    let time = |text| Some(Timestamp::parse(text).unwrap());
    let strings = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        parse(LOG),
        [
            EngineTask {
                name: "a".to_owned(),
                command: strings(&["wc", "-l", "/tmp/with space/in.txt", ">", "/tmp/cb9821ob/n.txt"]),
                started: time("2026-11-21T14:20:42Z"),
                ended: time("2026-11-21T14:20:43Z"),
                exit_code: Some(0),
            },
            EngineTask {
                name: "b".to_owned(),
                command: strings(&["false"]),
                started: time("2026-11-21T14:20:43Z"),
                ended: time("2026-11-21T14:20:44Z"),
                exit_code: Some(3),
            },
            EngineTask {
                name: "c".to_owned(),
                command: strings(&["sleep", "1000"]),
                started: time("2026-11-21T14:20:44Z"),
                ended: None,
                exit_code: None,
            },
        ]
    );
}

#[test]
fn any_cut_or_changed_log_gives_at_most_three_tasks() {
    for at in 0..LOG.len() {
        assert!(parse(&LOG[..at]).len() <= 3);
        for byte in [b'[', b']', b'$', b'\\', b'\n', 0xff] {
            let mut changed = LOG.as_bytes().to_vec();
            changed[at] = byte;
            assert!(parse(&String::from_utf8_lossy(&changed)).len() <= 3);
        }
    }
}

#[test]
fn quoted_words_are_those_of_a_shell() {
    for (command, expected) in [
        ("", &[][..]),
        ("a  b", &["a", "b"]),
        ("''", &[""]),
        ("'a'\"'\"'b'", &["a'b"]),
        ("a\\ b", &["a b"]),
        ("'open", &["open"]),
        ("end\\", &["end"]),
    ] {
        assert_eq!(words(command), expected, "{command}");
    }
}
