//! Tests of honest and hostile output objects, over folders that the tests make.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use gemj_engines::{Outcome, OutcomeError, OutcomeLimits, OutputFile, OutputValue, RunDirectory, outcome};
use serde_json::{Value, json};
use tempfile::TempDir;

const LIMITS: OutcomeLimits = OutcomeLimits {
    max_outputs: 20,
    max_file_bytes: 1000,
    max_total_bytes: 1500,
};

/// The SHA-256 of `abc`, from `printf abc | sha256sum`.
const SHA256_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
/// The SHA-256 of no bytes, from `printf '' | sha256sum`.
const SHA256_EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct Run {
    _folder: TempDir,
    directory: RunDirectory,
}

impl Run {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let directory = RunDirectory::new(folder.path());
        fs::create_dir_all(directory.outputs()).unwrap();
        Self {
            _folder: folder,
            directory,
        }
    }

    fn put(&self, path: &str, bytes: &[u8]) -> String {
        let path = self.directory.outputs().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn outcome(&self, object: &Value) -> Result<Outcome, OutcomeError> {
        fs::write(self.directory.stdout(), object.to_string()).unwrap();
        outcome(&self.directory, &LIMITS)
    }
}

fn file(path: &str) -> Value {
    json!({"class": "File", "path": path, "location": "file:///lies", "checksum": "sha1$lies", "size": 7, "basename": "lies"})
}

fn found(path: &str, size_bytes: u64, sha256: &str) -> OutputValue {
    OutputValue::File(OutputFile {
        path: PathBuf::from(path),
        size_bytes,
        sha256: sha256.to_owned(),
    })
}

#[test]
fn files_values_arrays_records_folders_and_secondary_files_are_all_outputs() {
    let run = Run::new();
    let (a, b) = (run.put("a.txt", b"abc"), run.put("deep/b.txt", b""));
    run.put("folder/x/one", b"abc");
    run.put("folder/two", b"");
    fs::create_dir(run.directory.outputs().join("folder/empty")).unwrap();
    let folder = run.directory.outputs().join("folder");
    let mut with_index = file(&a);
    with_index["secondaryFiles"] = json!([file(&b)]);
    let object = json!({
        "bam": with_index,
        "list": [file(&a), [file(&b), 3]],
        "record": {"n": 1.5, "inner": {"text": "abc"}},
        "folder": {"class": "Directory", "path": folder, "listing": [file("/etc/passwd")]},
        "nothing": null, "none": [], "flag": false
    });
    let mut outputs: Vec<_> = run
        .outcome(&object)
        .unwrap()
        .outputs
        .into_iter()
        .map(|output| (output.name, output.value))
        .collect();
    outputs.sort_by(|one, other| one.0.cmp(&other.0));
    let value = |value: Value| OutputValue::Value(value);
    let expected = [
        ("bam", found("a.txt", 3, SHA256_ABC)),
        ("bam/secondaryFiles/0", found("deep/b.txt", 0, SHA256_EMPTY)),
        ("flag", value(json!(false))),
        ("folder/empty", value(json!({}))),
        ("folder/two", found("folder/two", 0, SHA256_EMPTY)),
        ("folder/x/one", found("folder/x/one", 3, SHA256_ABC)),
        ("list/0", found("a.txt", 3, SHA256_ABC)),
        ("list/1/0", found("deep/b.txt", 0, SHA256_EMPTY)),
        ("list/1/1", value(json!(3))),
        ("none", value(json!([]))),
        ("nothing", value(Value::Null)),
        ("record/inner/text", value(json!("abc"))),
        ("record/n", value(json!(1.5))),
    ];
    assert_eq!(outputs, expected.map(|(name, value)| (name.to_owned(), value)));
}

#[test]
fn a_path_outside_the_output_directory_is_rejected() {
    let run = Run::new();
    let a = run.put("a.txt", b"abc");
    fs::write(run.directory.work().join("secret"), b"abc").unwrap();
    let out = run.directory.outputs();
    let out = out.to_str().unwrap();
    for path in [
        "/etc/passwd".to_owned(),
        format!("{out}/../secret"),
        format!("{out}/../out/a.txt"),
        format!("{out}x/a.txt"),
        "a.txt".to_owned(),
        "../secret".to_owned(),
        String::new(),
    ] {
        for class in ["File", "Directory"] {
            let outcome = run.outcome(&json!({"ok": file(&a), "x": {"class": class, "path": path}}));
            assert!(
                matches!(&outcome, Err(OutcomeError::Outside { name }) if name == "x"),
                "{path}: {outcome:?}"
            );
        }
    }
    let without = run.outcome(&json!({"x": {"class": "File", "location": "file:///etc/passwd"}}));
    assert!(matches!(without, Err(OutcomeError::Outside { .. })));
}

#[test]
fn a_symbolic_link_is_not_followed_wherever_it_is() {
    let run = Run::new();
    let a = run.put("a.txt", b"abc");
    run.put("folder/real", b"abc");
    let out = run.directory.outputs();
    symlink("/etc/passwd", out.join("link")).unwrap();
    symlink("a.txt", out.join("inner-link")).unwrap();
    symlink("/etc", out.join("etc")).unwrap();
    symlink("nowhere", out.join("folder/dangling")).unwrap();
    for (class, path) in [
        ("File", "link"),
        ("File", "inner-link"),
        ("File", "etc/passwd"),
        ("Directory", "etc"),
        ("Directory", "folder"),
        ("File", "missing"),
        ("File", "folder"),
        ("Directory", "a.txt"),
        ("File", "a.txt/x"),
    ] {
        let object = json!({"ok": file(&a), "x": {"class": class, "path": out.join(path)}});
        let outcome = run.outcome(&object);
        assert!(matches!(outcome, Err(OutcomeError::NotRegular { .. })), "{path}: {outcome:?}");
    }
}

#[test]
fn a_pipe_is_rejected_without_waiting() {
    let run = Run::new();
    let pipe = run.directory.outputs().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let outcome = run.outcome(&json!({"x": {"class": "File", "path": pipe}}));
    assert!(matches!(outcome, Err(OutcomeError::NotRegular { .. })), "{outcome:?}");
}

#[test]
fn outputs_over_any_limit_are_rejected() {
    let run = Run::new();
    let exact = run.put("exact", &[0; 1000]);
    let large = run.put("large", &[0; 1001]);
    let half = run.put("half", &[0; 501]);
    assert!(run.outcome(&json!({"x": file(&exact)})).is_ok());
    let one = run.outcome(&json!({"x": file(&large)}));
    assert!(matches!(one, Err(OutcomeError::TooLarge { limit: 1000 })));
    let together = run.outcome(&json!({"x": file(&exact), "y": file(&half)}));
    assert!(matches!(together, Err(OutcomeError::TooLarge { limit: 1500 })));
    let many = run.outcome(&json!({"x": vec![0; 21]}));
    assert!(matches!(many, Err(OutcomeError::TooMany { limit: 20 })));
    for index in 0..21 {
        run.put(&format!("many/{index}"), b"");
    }
    let folder = run.directory.outputs().join("many");
    let many = run.outcome(&json!({"x": {"class": "Directory", "path": folder}}));
    assert!(matches!(many, Err(OutcomeError::TooMany { limit: 20 })));
    let sparse = fs::File::create(run.directory.stdout()).unwrap();
    sparse.set_len(1 << 40).unwrap();
    assert!(matches!(outcome(&run.directory, &LIMITS), Err(OutcomeError::ObjectTooLarge { .. })));
}

#[test]
fn two_outputs_with_one_name_are_rejected() {
    let run = Run::new();
    let outcome = run.outcome(&json!({"a": {"b": 1}, "a/b": 2}));
    assert!(matches!(outcome, Err(OutcomeError::Repeated { name }) if name == "a/b"));
}

#[test]
fn damaged_output_objects_are_rejected_or_stay_below_the_output_directory() {
    let run = Run::new();
    let a = run.put("a.txt", b"abc");
    let text = json!({"x": file(&a), "y": [1, "two"]}).to_string();
    for at in 0..text.len() {
        for byte in [None, Some(b'"'), Some(b'/'), Some(b'.'), Some(b'}'), Some(0xff)] {
            let mut bytes = text.as_bytes().to_vec();
            match byte {
                None => bytes.truncate(at),
                Some(byte) => bytes[at] = byte,
            }
            fs::write(run.directory.stdout(), &bytes).unwrap();
            if let Ok(outcome) = outcome(&run.directory, &LIMITS) {
                for output in outcome.outputs {
                    if let OutputValue::File(file) = output.value {
                        assert_eq!((file.path.to_str(), file.sha256.as_str()), (Some("a.txt"), SHA256_ABC));
                    }
                }
            }
        }
    }
    let deep = format!("{{\"x\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    fs::write(run.directory.stdout(), deep).unwrap();
    assert!(matches!(outcome(&run.directory, &LIMITS), Err(OutcomeError::Malformed)));
}
