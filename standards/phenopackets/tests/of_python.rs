//! Compares the three forms with the Python package of the specification (`phenopackets` on PyPI, with `pyyaml`), which reads and writes them with
//! protobuf's own library. `GEMJ_TEST_PYTHON` names a Python that has both packages; otherwise `python3` is tried.
#![allow(clippy::unwrap_used, missing_docs)]

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

use ga4gh_phenopackets::{Document, TopLevel, from_protobuf, from_yaml, normalise};

/// The Python with the packages, or `None` with a message on standard error.
fn python() -> Option<OsString> {
    let python = std::env::var_os("GEMJ_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let imported = Command::new(&python).args(["-c", "import phenopackets.schema.v2, yaml"]).output();
    if imported.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!("SKIPPED: {} has no packages `phenopackets` and `pyyaml`", python.display());
    None
}

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/of_python").join(name)
}

#[test]
fn the_list_of_messages_is_that_of_the_specification() {
    let Some(python) = python() else { return };
    let output = Command::new(python).arg(script("schema.py")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/messages.txt")).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), list);
}

/// The messages of a stream, by a decoder of lengths that is independent of the crate.
fn messages(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let end = bytes.iter().position(|byte| byte & 0x80 == 0).unwrap();
        let length = bytes[..=end].iter().rev().fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        messages.push(&bytes[end + 1..end + 1 + length]);
        bytes = &bytes[end + 1 + length..];
    }
    messages
}

#[test]
fn random_messages_of_python_give_the_same_document_in_every_form() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let count = std::env::var("GEMJ_RANDOM_MESSAGES").unwrap_or_else(|_| "400".to_owned());
    let output = Command::new(python)
        .arg(script("random_messages.py"))
        .arg(folder.path())
        .arg(&count)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (camel, snake, yaml, kinds) = (text("camel.jsonl"), text("snake.jsonl"), text("messages.yaml"), text("kinds.txt"));
    let stream = fs::read(folder.path().join("messages.pb")).unwrap();
    let documents: Vec<&str> = yaml.split("---\n").skip(1).collect();
    let messages = messages(&stream);
    assert_eq!(
        (messages.len().to_string(), camel.lines().count(), documents.len()),
        (count, messages.len(), messages.len())
    );
    let forms = camel.lines().zip(snake.lines()).zip(documents);
    for (at, ((message, kind), ((camel, snake), yaml))) in messages.iter().zip(kinds.lines()).zip(forms).enumerate() {
        let kind = match kind {
            "Phenopacket" => TopLevel::Phenopacket,
            "Family" => TopLevel::Family,
            _ => TopLevel::Cohort,
        };
        let of_protobuf = from_protobuf(message, kind).unwrap();
        let show = |document: &Document| document.to_canonical_bytes();
        for (form, document) in [
            ("camel", normalise(camel.as_bytes()).unwrap()),
            ("snake", normalise(snake.as_bytes()).unwrap()),
            (
                "yaml",
                from_yaml(yaml.as_bytes()).unwrap().unwrap_or_else(|| normalise(b"{}").unwrap()),
            ),
        ] {
            let (one, other) = (show(&document), show(&of_protobuf));
            let from = one
                .iter()
                .zip(&other)
                .take_while(|(one, other)| one == other)
                .count()
                .saturating_sub(40);
            let near = |text: &[u8]| String::from_utf8_lossy(&text[from.min(text.len())..text.len().min(from + 120)]).into_owned();
            assert!(one == other, "{form} {at}: {} is not {}", near(&one), near(&other));
        }
    }
}
