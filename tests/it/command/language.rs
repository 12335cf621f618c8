//! Error texts are in Japanese or English by the locale. Outputs for programs are the same in both.

use std::process::{Command, Stdio};

use gemj_tests::Backend;
use gemj_tests::binary::{gateway, workspace};
use gemj_tests::programme::Programme;

use crate::small::loaded;

/// The exit code, standard output and standard error of a command in a locale.
fn run_in(locale: &str, programme: &Programme, arguments: &[&str]) -> (Option<i32>, String, String) {
    let config = programme.config();
    let output = Command::new(gateway())
        .args(arguments)
        .args(["--config", config.to_str().unwrap()])
        .env_remove("GEMJ_LOG")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("LANG", locale)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn is_japanese(text: &str) -> bool {
    text.chars().any(|c| ('ぁ'..='ん').contains(&c))
}

#[test]
fn common_errors_are_japanese_in_a_japanese_locale_with_the_same_exit_codes() {
    let programme = loaded(Backend::Embedded);
    let sheet = programme.path("links.csv");
    std::fs::write(&sheet, "site,namespace,number,participant\nhospital-a,hospital-a,1,TST-O1\n").unwrap();
    let sheet = sheet.to_str().unwrap();
    for arguments in [
        &["consent", "record", "TST-O1", "--form", "unified-1", "--accept", "all"][..],
        &["consent", "record", "TST-01", "--form", "unified", "--accept", "all"],
        &["consent", "withdraw", "TST-01", "--clause", "genomes"],
        &["consent", "alarms", "--clear", "99"],
        &["participants", "list", "--site", "hospitl-a"],
        &["objects", "list", "--dataset", "cancr"],
        &["objects", "hold", "gemj.0000", "--reason", "x"],
        &["release", "show", "cancer-1"],
        &["approval", "revoke", "2020-1", "--reason", "x"],
        &["disclosures", "notices", "--acknowledge", "99"],
        &["feeds", "show", "redcp"],
        &["link", sheet],
        &["seal", "replay"],
        &["objects", "list", "--jsn"],
        &["objcts", "list"],
        &["consent", "silent"],
    ] {
        let (english_code, _, english) = run_in("en_US.UTF-8", &programme, arguments);
        let (code, _, japanese) = run_in("ja_JP.UTF-8", &programme, arguments);
        assert_eq!(code, english_code, "{arguments:?}");
        assert_ne!(code, Some(0), "{arguments:?}");
        assert!(!is_japanese(&english), "{arguments:?}: {english}");
        assert!(is_japanese(&japanese), "{arguments:?}: {japanese}");
    }
}

#[test]
fn outputs_for_programs_do_not_depend_on_the_locale() {
    let programme = loaded(Backend::Embedded);
    for arguments in [
        &["objects", "list", "--json"][..],
        &["objects", "list"],
        &["participants", "list", "--json"],
        &["datasets", "list", "--json"],
        &["feeds", "list", "--json"],
        &["approval", "list", "--json"],
        &["index", "status", "--json"],
        &["seal", "status", "--json"],
    ] {
        let english = run_in("C", &programme, arguments);
        assert_eq!(english.0, Some(0), "{}", english.2);
        assert_eq!(run_in("ja_JP.UTF-8", &programme, arguments), english, "{arguments:?}");
    }
}

/// The text among the arguments of `bail!`, `anyhow!` or `ensure!`: the string literal that is an argument of its own. Absent if the error has another
/// type, for example one of the catalogues. `after` begins behind the opening parenthesis.
fn text_of_error(after: &str) -> Option<&str> {
    let bytes = after.as_bytes();
    let (mut depth, mut before, mut at) = (1, b'(', 0);
    while depth > 0 {
        let byte = *bytes.get(at)?;
        match byte {
            b'"' => {
                let start = at + 1;
                at = start;
                while bytes.get(at) != Some(&b'"') {
                    at += if bytes.get(at)? == &b'\\' { 2 } else { 1 };
                }
                if depth == 1 && matches!(before, b'(' | b',') {
                    return Some(&after[start..at]);
                }
            }
            // A character such as '"' or '('.
            b'\'' if bytes.get(at + 2) == Some(&b'\'') => at += 2,
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
        at += 1;
    }
    None
}

/// The texts of errors in the commands' source that are not in the catalogues `OperatorError` and `CommandError`.
fn english_only() -> Vec<String> {
    let mut folders = vec![workspace().join("gateway/server/src/command")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for macro_name in ["bail!(", "anyhow!(", "ensure!("] {
                let after = text.match_indices(macro_name).map(|(at, _)| &text[at + macro_name.len()..]);
                let texts = after.filter_map(text_of_error);
                found.extend(texts.map(|text| text.lines().next().unwrap_or_default().trim_end_matches('\\').trim().to_owned()));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn a_new_error_of_a_command_is_in_the_catalogue_of_both_languages_or_in_the_list_of_english_texts() {
    let listed: Vec<&str> = include_str!("english_only.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let found = english_only();
    let new: Vec<&String> = found.iter().filter(|text| !listed.contains(&text.as_str())).collect();
    assert!(
        new.is_empty(),
        "these errors have no Japanese text: add them to gateway/server/src/command_error.rs, or on purpose to tests/it/command/english_only.txt:\n{new:#?}"
    );
    let gone: Vec<&&str> = listed.iter().filter(|text| !found.iter().any(|found| found == **text)).collect();
    assert!(
        gone.is_empty(),
        "these errors no longer exist; remove them from english_only.txt:\n{gone:#?}"
    );
}
