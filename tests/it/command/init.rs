//! `init`: a new installation by options, and by answers on a terminal.

use std::process::Command;

use gemj_tests::binary::gateway;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::programme::{private, run_gateway};
use gemj_tests::s3_server::{ACCESS_KEY_ID, S3Server, SECRET_ACCESS_KEY};

use super::new_installation::{NewInstallation, mode};

#[test]
fn a_new_installation_has_a_clean_configuration_a_private_key_and_a_database_and_serves() {
    let new = NewInstallation::make();
    let config = new.config();
    let check = run_gateway(["config", "check", config.to_str().unwrap()]).good();
    assert_eq!(check.err, "", "{}", check.err);
    for file in ["gateway.toml", "secrets/capability.key", "gateway.db"] {
        assert_eq!(mode(&new.path(file)), 0o600, "{file}");
    }
    assert_eq!(std::fs::read(new.path("secrets/capability.key")).unwrap().len(), 32);
    let left: Vec<_> = new
        .files()
        .into_iter()
        .filter(|file| file.to_string_lossy().contains("/.gateway-"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let served = new.serve();
    let info = served.client.get("/service-info", None).expect(200).json();
    assert_eq!(info["organization"]["name"], "Programme");
    assert_eq!(served.client.get("/beacon/info", None).status, 200);
}

#[test]
fn an_installation_on_postgresql_and_a_bucket_is_made_by_options_and_serves() {
    let Some(database) = PostgresDatabase::create() else { return };
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("programme")).unwrap();
    let s3 = S3Server::start(root.path());
    let new = NewInstallation::empty();
    private(&new.path("s3.key"), SECRET_ACCESS_KEY);
    let bucket = [
        "--database",
        &database.url,
        "--objects",
        "s3://programme/files",
        "--objects-endpoint",
        &s3.endpoint,
    ];
    let key = [
        "--objects-region",
        "us-east-1",
        "--objects-access-key-id",
        ACCESS_KEY_ID,
        "--objects-secret-file",
        "s3.key",
    ];
    let further = bucket.iter().chain(&key).map(|option| (*option).to_owned());
    let options: Vec<String> = new.options(new.address()).into_iter().chain(further).collect();
    let _ = new.run(&options).good();
    let _ = new.run(&["config", "check"]).good();
    let served = new.serve();
    let ready = served.client.get("/readyz", None);
    assert_eq!(ready.status, 200, "{}", ready.text());
    drop(served);
    // The options of a bucket are refused for a folder.
    let other = NewInstallation::empty();
    let mut options = other.options(other.address());
    options.extend(["--objects-endpoint".to_owned(), s3.endpoint.clone()]);
    let ran = other.run(&options);
    assert!(
        ran.code == Some(2) && ran.err.contains("s3://BUCKET/PREFIX is expected"),
        "{}",
        ran.err
    );
    assert!(other.files().is_empty(), "{:?}", other.files());
}

#[test]
fn every_key_of_a_new_configuration_has_a_comment() {
    let new = NewInstallation::make();
    let text = new.text();
    let lines: Vec<&str> = text.lines().collect();
    for (at, line) in lines.iter().enumerate() {
        if line.contains(" = ") && !line.starts_with('#') {
            assert!(lines[at - 1].starts_with('#'), "line {}: {line}", at + 1);
        }
    }
    let parsed: toml::Table = text.parse().unwrap();
    assert_eq!(parsed["datasets"][0]["data_use"][0].as_str(), Some("DUO:0000042"));
    assert_eq!(parsed["service"]["environment"].as_str(), Some("prod"));
}

#[test]
fn an_operator_is_a_steward_of_the_stated_issuer() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    let new = NewInstallation {
        folder,
        base: "https://gateway.example".to_owned(),
    };
    let mut options = new.options("127.0.0.1:8467");
    let operator = [
        "--operator-issuer",
        "https://login.example",
        "--operator-subject",
        "op-1",
        "--audience",
        "gateway",
    ];
    options.extend(operator.map(str::to_owned));
    let _ = new.run(&options).good();
    let parsed: toml::Table = new.text().parse().unwrap();
    let trust = &parsed["authentication"];
    assert_eq!(trust["issuer"][0]["issuer"].as_str(), Some("https://login.example"));
    assert_eq!(trust["issuer"][0]["audiences"][0].as_str(), Some("gateway"));
    assert_eq!(
        (trust["role"][0]["subject"].as_str(), trust["role"][0]["role"].as_str()),
        (Some("op-1"), Some("steward"))
    );
    // An https address has a proxy in front, which the configuration names.
    assert_eq!(parsed["server"]["trusted_proxies"][0].as_str(), Some("127.0.0.1"));
    let check = run_gateway(["config", "check", config.to_str().unwrap()]).good();
    assert_eq!(check.err, "");
}

#[test]
fn an_existing_installation_is_never_overwritten() {
    let new = NewInstallation::make();
    let before: Vec<(_, Vec<u8>)> = new
        .files()
        .into_iter()
        .map(|file| (file.clone(), std::fs::read(file).unwrap()))
        .collect();
    let options = new.options("127.0.0.1:8471");
    let again = new.run(&options);
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("gateway.toml exists already"), "{}", again.err);
    // The key of an installation whose configuration was moved away is not replaced, and its database is not used.
    std::fs::rename(new.config(), new.path("moved.toml")).unwrap();
    let again = new.run(&options);
    assert!(
        again.code == Some(2) && again.err.contains("capability.key exists already"),
        "{}",
        again.err
    );
    std::fs::rename(new.path("secrets/capability.key"), new.path("moved.key")).unwrap();
    let again = new.run(&options);
    assert!(
        again.code == Some(2) && again.err.contains("gateway.db exists already"),
        "{}",
        again.err
    );
    std::fs::rename(new.path("moved.key"), new.path("secrets/capability.key")).unwrap();
    std::fs::rename(new.path("moved.toml"), new.config()).unwrap();
    for (file, bytes) in before {
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{}", file.display());
    }
}

#[test]
fn without_a_terminal_all_missing_options_are_named_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    let ran = run_gateway(["init", "--config", config.to_str().unwrap()]);
    assert_eq!(ran.code, Some(2));
    for option in [
        "--public-url",
        "--organization-name",
        "--organization-url",
        "--dataset",
        "--data-use",
    ] {
        assert!(ran.err.contains(option), "{option}: {}", ran.err);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The options of a new installation with another value of one option.
fn with_value(new: &NewInstallation, option: &str, value: &str) -> Vec<String> {
    let mut options = new.options(new.address());
    match options.iter().position(|stated| stated == option) {
        Some(at) => value.clone_into(&mut options[at + 1]),
        None => options.extend([option.to_owned(), value.to_owned()]),
    }
    options
}

#[test]
fn an_empty_value_is_refused_by_the_name_of_its_option_and_nothing_is_made() {
    for option in [
        "--organization-name",
        "--organization-url",
        "--public-url",
        "--service-name",
        "--dataset",
        "--dataset-name",
        "--data-use",
    ] {
        for value in ["", "  "] {
            let new = NewInstallation::empty();
            let ran = new.run(&with_value(&new, option, value));
            assert_eq!(ran.code, Some(2), "{option}: {}", ran.err);
            assert!(ran.err.contains(&format!("{option} is empty; a value is expected")), "{}", ran.err);
            assert!(new.files().is_empty(), "{:?}", new.files());
        }
    }
}

#[test]
fn a_condition_of_use_that_the_ontology_does_not_have_is_refused_and_nothing_is_made() {
    for (value, named) in [
        ("DUO:0000999", "'DUO:0000999'"),
        ("GRU", "'GRU'"),
        ("duo:0000042", "'duo:0000042'"),
        ("DUO:42", "'DUO:42'"),
        ("DUO:0000042,DUO:0000043 DUO:0000021", "'DUO:0000043 DUO:0000021'"),
        ("none,DUO:0000042", "'none'"),
        // The kinds of research describe a study and permit nothing.
        ("DUO:0000031", "'DUO:0000031'"),
    ] {
        let new = NewInstallation::empty();
        let options = with_value(&new, "--data-use", value);
        let ran = new.run(&options);
        assert_eq!(ran.code, Some(2), "{value}: {}", ran.err);
        assert!(ran.err.contains("--data-use") && ran.err.contains(named), "{}", ran.err);
        assert!(new.files().is_empty(), "{:?}", new.files());
    }
    for value in ["none", "DUO:0000042, DUO:0000043"] {
        let new = NewInstallation::empty();
        let _ = new.run(&with_value(&new, "--data-use", value)).good();
    }
}

#[test]
fn a_database_that_does_not_answer_leaves_no_half_made_installation() {
    let folder = tempfile::tempdir().unwrap();
    let new = NewInstallation {
        folder,
        base: "http://127.0.0.1:8468".to_owned(),
    };
    let mut options = new.options("127.0.0.1:8468");
    // Port 9 is the discard port, at which no database listens.
    options.extend(["--database", "postgres://gemj:geheim@127.0.0.1:9/gemj"].map(str::to_owned));
    let ran = new.run(&options);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    assert!(ran.err.contains("database") && !ran.err.contains("geheim"), "{}", ran.err);
    assert!(new.files().is_empty(), "{:?}", new.files());
}

#[test]
fn the_password_of_postgresql_comes_from_a_file_and_is_in_no_option_and_no_error() {
    let new = NewInstallation::empty();
    let file = new.path("password");
    std::fs::write(&file, "ge:h/e@i#m\n").unwrap();
    let mut options = new.options(new.address());
    let password = ["--database-password-file", file.to_str().unwrap()];
    options.extend(["--database", "postgres://gemj@127.0.0.1:9/gemj"].map(str::to_owned));
    options.extend(password.map(str::to_owned));
    let ran = new.run(&options);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.contains("no server listens") && !ran.err.contains("ge:h"), "{}", ran.err);
    assert_eq!(new.files(), std::slice::from_ref(&file));
    let Some(database) = PostgresDatabase::create() else { return };
    let mut options = new.options(new.address());
    options.extend(["--database".to_owned(), database.url.clone()]);
    options.extend(password.map(str::to_owned));
    // The server of the tests trusts every connection, so that the password only has to arrive in the configuration, encoded.
    let _ = new.run(&options).good();
    assert!(new.text().contains("gemj:ge%3Ah%2Fe%40i%23m@"), "the URL in the configuration");
    assert_eq!(mode(&new.config()), 0o600);
}

/// Runs `init` on a pseudo-terminal, and answers each question.
const ON_A_TERMINAL: &str = r#"
import os, pty, sys
answers = sys.argv[1].split("|")
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b""
for answer in answers:
    before = len(shown)
    while not shown[before:].rstrip(b"\r\n").endswith(b": "):
        shown += os.read(terminal, 4096)
    os.write(terminal, answer.encode() + b"\n")
while True:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(status))
"#;

#[test]
fn on_a_terminal_the_missing_values_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    // URL, listen (default), name, home page, database (default), objects (default), dataset, codes.
    let answers = "http://127.0.0.1:8469|127.0.0.1:8469|Programme|https://programme.example|||rare-disease|DUO:0000006, DUO:0000021";
    let output = Command::new("python3")
        .args(["-c", ON_A_TERMINAL, answers])
        .arg(gateway())
        .args(["init", "--config", config.to_str().unwrap()])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        said.contains("Public URL of the gateway") && said.contains("[sqlite:gateway.db]"),
        "{said}"
    );
    let parsed: toml::Table = std::fs::read_to_string(&config).unwrap().parse().unwrap();
    let codes: Vec<_> = parsed["datasets"][0]["data_use"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap())
        .collect();
    assert_eq!(codes, ["DUO:0000006", "DUO:0000021"]);
    assert_eq!(parsed["objects"]["url"].as_str(), Some("objects"));
}

#[test]
fn an_init_that_fails_leaves_nothing_and_the_second_try_works() {
    let new = NewInstallation::empty();
    std::fs::write(new.path("blocked"), "a file").unwrap();
    let options = new.options(new.address());
    let entries = || {
        let mut names: Vec<String> = std::fs::read_dir(new.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    let mut blocked = options.clone();
    blocked.extend(["--objects".to_owned(), "blocked/objects".to_owned()]);
    let ran = new.run(&blocked);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert_eq!(entries(), ["blocked"], "{}", ran.err);
    // A server of objects that does not answer.
    let nowhere = format!("http://{}", gemj_tests::programme::free_address());
    let mut bucket = options.clone();
    let further = [
        "--objects",
        "s3://bucket/objects",
        "--objects-endpoint",
        &nowhere,
        "--objects-region",
        "any",
    ];
    bucket.extend(further.map(str::to_owned));
    let ran = new.run(&bucket);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert_eq!(entries(), ["blocked"], "{}", ran.err);
    // A configuration that is a link to nothing.
    std::os::unix::fs::symlink("nowhere.toml", new.config()).unwrap();
    let ran = new.run(&options);
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert_eq!(entries(), ["blocked", "gateway.toml"], "{}", ran.err);
    std::fs::remove_file(new.config()).unwrap();
    let _ = new.run(&options).good();
}
