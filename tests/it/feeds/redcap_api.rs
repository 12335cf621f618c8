//! `pull redcap`: a project is pulled by the API of its server. The server is a Python program that was written from the documentation of the API, and the
//! facts are read from the database by another Python program.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use gemj_tests::binary::{gateway, workspace};
use gemj_tests::programme::{Ran, private};
use gemj_tests::redcap_server::{RedcapServer, TOKEN};
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// An installation in which the records 1 to 30 are linked, with the token of the project and a folder for temporary files.
fn linked(backend: Backend<'_>) -> Programme {
    let programme = Programme::new(backend);
    let rows: String = (1..=30).map(|number| format!("hospital-a,edc,{number},P-{number}\n")).collect();
    let links = programme.path("links.csv");
    std::fs::write(&links, format!("site,namespace,number,participant\n{rows}")).unwrap();
    let _ = programme.run(&["link", "--register", text(&links)]).good();
    private(&programme.path("redcap.token"), &format!("{TOKEN}\n"));
    std::fs::create_dir(programme.path("temporary")).unwrap();
    programme
}

const PLACE: [&str; 8] = [
    "--dataset",
    "rare-disease",
    "--profile",
    "redcap",
    "--site",
    "hospital-a",
    "--namespace",
    "edc",
];

/// The command, with all its messages in the log.
fn pull(programme: &Programme, server: &RedcapServer, further: &[&str]) -> Command {
    let mut command = Command::new(gateway());
    command
        .args(["pull", "redcap"])
        .args(PLACE)
        .args(["--url", &server.api, "--token-file", text(&programme.path("redcap.token"))])
        .args(["--batch", "7", "--config", text(&programme.config())])
        .args(further)
        .env("GEMJ_LOG", "trace")
        .env("TMPDIR", programme.path("temporary"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn ran(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let ran = Ran {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    };
    assert!(!ran.out.contains(TOKEN) && !ran.err.contains(TOKEN), "the token was printed");
    ran
}

fn pulled(programme: &Programme, server: &RedcapServer, further: &[&str]) -> Ran {
    ran(&pull(programme, server, further).output().unwrap())
}

/// The facts of every participant, read without any code of the gateway.
fn facts(programme: &Programme) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds/stored.py");
    let out = gemj_tests::oracle::run("python3", [text(&script), text(&programme.path("gateway.db"))], b"");
    serde_json::from_slice(&out).unwrap()
}

fn sql(programme: &Programme, statement: &str) -> Value {
    let script =
        "import json, sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=60)\nprint(json.dumps(db.execute(sys.argv[2]).fetchall()))";
    let out = gemj_tests::oracle::run("python3", ["-c", script, text(&programme.path("gateway.db")), statement], b"");
    serde_json::from_slice(&out).unwrap()
}

/// Ingests the files that a person exports from the web pages.
fn ingest_files(programme: &Programme, server: &RedcapServer) {
    let folder = programme.path("exported");
    std::fs::create_dir(&folder).unwrap();
    let _ = server.control(&json!({"do": "export", "folder": folder}));
    let _ = programme.run(&[&["ingest"][..], &PLACE, &[text(&folder)]].concat()).good();
}

/// All files below a folder, also of the database.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

/// Checks that the token is in no file except its own.
fn no_file_has_the_token(folder: &Path) {
    for file in files(folder).iter().filter(|file| !file.ends_with("redcap.token")) {
        let bytes = std::fs::read(file).unwrap();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
        assert!(
            !has(TOKEN.as_bytes()) && !has(TOKEN.to_lowercase().as_bytes()),
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_pull_stores_the_facts_of_the_exported_files_and_follows_the_deletions_of_the_logging() {
    let server = RedcapServer::start();
    let (programme, by_files) = (linked(Backend::Embedded), linked(Backend::Embedded));
    let first = pulled(&programme, &server, &["--json"]).good();
    let report: Value = serde_json::from_str(&first.out).unwrap();
    assert_eq!((&report["pull"]["listed"], &report["pull"]["partial"]), (&json!(30), &json!(false)));
    assert_eq!(
        (&report["ingest"]["received"], &report["ingest"]["committed"]),
        (&json!(30), &json!(30))
    );
    let schema: Value =
        serde_json::from_slice(&std::fs::read(workspace().join("schemas/command-line/lists.schema.json")).unwrap()).unwrap();
    for (of, printed) in [("pull redcap", &report), ("ingest", &report["ingest"])] {
        let faults: Vec<String> = jsonschema::validator_for(&schema["$defs"][of])
            .unwrap()
            .iter_errors(printed)
            .map(|fault| fault.to_string())
            .collect();
        assert!(schema["$defs"][of].is_object() && faults.is_empty(), "{of}: {faults:?}");
    }
    ingest_files(&by_files, &server);
    assert_eq!(facts(&programme), facts(&by_files));

    server.delete("3");
    server.delete("4");
    let _ = server.control(&json!({"do": "create", "record": "4", "like": "4"}));
    let _ = server.control(&json!({"do": "vanish", "record": "5"}));
    let before = facts(&programme);
    let second = pulled(&programme, &server, &[]).refused();
    assert!(
        second
            .out
            .starts_with("28 records listed: 28 pulled, 0 missing from the answers, 1 vanished")
            && second.out.contains("\npartial: ")
            && second.out.contains("left out: deleted-unit record: 1"),
        "{}",
        second.out
    );
    let after = facts(&programme);
    let is_gone = after["P-3"]["redcap"]["disease"].as_array().is_none_or(Vec::is_empty);
    assert!(is_gone, "{after}");
    for kept in ["P-4", "P-5", "P-6"] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    // Hidden columns: nothing is read, and everything stays.
    let _ = server.control(&json!({"do": "hide", "fields": ["dx_icd10", "symptoms"]}));
    let hidden = pulled(&programme, &server, &[]).refused();
    assert!(
        hidden.out.contains("hidden by the rights of the user: dx_icd10") && hidden.err.contains("export-lacks-column"),
        "{}{}",
        hidden.out,
        hidden.err
    );
    assert_eq!(facts(&programme), after);
    let runs: Value = serde_json::from_str(&programme.run(&["quarantine", "list", "--json"]).good().out).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 3);

    assert_eq!(server.control(&json!({"do": "requests"}))["leaks"], 0);
    no_file_has_the_token(programme.path("gateway.db").parent().unwrap());
    assert_eq!(files(&programme.path("temporary")), Vec::<PathBuf>::new());
}

#[test]
fn a_killed_pull_that_is_repeated_gives_the_same_state_and_leaves_no_file() {
    let server = RedcapServer::start();
    let (programme, by_files) = (linked(Backend::Embedded), linked(Backend::Embedded));
    ingest_files(&by_files, &server);
    let temporary = programme.path("temporary");
    // Before the third batch of records, before the logging, and after the first unit was committed.
    for (content, from, is_released) in [("record", 3, false), ("log", 0, false), ("log", 0, true)] {
        let _ = server.control(&json!({"do": "fault", "content": content, "from": from, "kind": "hold"}));
        // A full pipe would stop the process, so its messages are in a file.
        let messages = programme.path("messages.log");
        let file = std::fs::File::create(&messages).unwrap();
        let mut command = pull(&programme, &server, &[]);
        let mut process = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let _ = server.control(&json!({"do": "wait-held"}));
        let arguments = std::fs::read(format!("/proc/{}/cmdline", process.id())).unwrap();
        assert!(!String::from_utf8_lossy(&arguments).contains(TOKEN));
        let folders: Vec<PathBuf> = std::fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(folders.len(), 1, "the folder of a killed pull is removed by the next one");
        assert_eq!(std::fs::metadata(&folders[0]).unwrap().permissions().mode() & 0o777, 0o700);
        no_file_has_the_token(&temporary);
        if is_released {
            let _ = server.control(&json!({"do": "no-faults"}));
            while sql(&programme, "SELECT COUNT(*) FROM fact_source") == json!([[0]]) && process.try_wait().unwrap().is_none() {}
        }
        process.kill().unwrap();
        let _ = process.wait().unwrap();
        assert!(!std::fs::read_to_string(&messages).unwrap().contains(TOKEN), "the token was logged");
        let _ = server.control(&json!({"do": "no-faults"}));
        if !is_released {
            assert_eq!(sql(&programme, "SELECT COUNT(*) FROM feed_pull"), json!([[0]]));
            assert_eq!(sql(&programme, "SELECT COUNT(*) FROM fact_source"), json!([[0]]));
        }
    }
    let last = pulled(&programme, &server, &[]).good();
    assert!(last.out.starts_with("30 records listed: 30 pulled, 0 missing"), "{}", last.out);
    assert_eq!(facts(&programme), facts(&by_files));
    assert_eq!(sql(&programme, "SELECT COUNT(*) FROM feed_pull"), json!([[1]]));
    assert_eq!(sql(&programme, "SELECT COUNT(*) FROM feed_pull_unit"), json!([[30]]));
    assert_eq!(sql(&programme, "SELECT COUNT(*) FROM fact_source WHERE retired = 0"), json!([[30]]));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn a_page_of_the_web_server_or_a_truncated_answer_changes_nothing_and_the_error_names_the_content() {
    let server = RedcapServer::start();
    let programme = linked(Backend::Embedded);
    for (fault, said) in [
        (
            json!({"content": "record", "kind": "html"}),
            "content=record): the answer is not JSON",
        ),
        (
            json!({"content": "record", "kind": "cut-body", "from": 2}),
            "content=record): the server did not answer",
        ),
        (
            json!({"content": "log", "kind": "cut-json"}),
            "content=log): the answer is cut short",
        ),
        (
            json!({"content": "project", "kind": "status", "status": 403}),
            "content=project): the server refused the request (status 403)",
        ),
    ] {
        let mut order = json!({"do": "fault", "times": 9});
        order.as_object_mut().unwrap().extend(fault.as_object().unwrap().clone());
        let _ = server.control(&order);
        let failed = pulled(&programme, &server, &[]);
        assert_eq!(failed.code, Some(2), "{}{}", failed.out, failed.err);
        assert!(
            failed.err.contains(said) && failed.err.contains("Nothing was ingested"),
            "{}",
            failed.err
        );
        let _ = server.control(&json!({"do": "no-faults"}));
    }
    assert_eq!(facts(&programme), json!({}));
    assert_eq!(sql(&programme, "SELECT COUNT(*) FROM ingest_run"), json!([[0]]));
    // A token that other users may read is refused before any request.
    let token = programme.path("redcap.token");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = pulled(&programme, &server, &[]);
    assert!(refused.code == Some(2) && refused.err.contains("chmod 600"), "{}", refused.err);
}

#[test]
fn a_pull_works_on_postgresql_too() {
    let Some(database) = gemj_tests::postgres::PostgresDatabase::create() else {
        return;
    };
    let server = RedcapServer::start();
    let programme = linked(Backend::Postgres(&database.url));
    let _ = pulled(&programme, &server, &[]).good();
    server.delete("3");
    let again = pulled(&programme, &server, &["--changed"]).good();
    assert!(
        again
            .out
            .starts_with("29 records listed: 0 pulled, 0 missing from the answers, 0 vanished"),
        "{}",
        again.out
    );
    assert!(again.out.contains("left out: deleted-unit record: 1"), "{}", again.out);
}
