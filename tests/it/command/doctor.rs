//! `doctor`: a good installation is all green, and each injected fault is named with its remedy.

use std::process::Command;

use gemj_tests::binary::gateway;
use gemj_tests::oracle::run;
use gemj_tests::shared_data::skipped;
use gemj_tests::{Backend, OidcProvider, Ran};
use serde_json::Value;

use super::new_installation::{NewInstallation, set_mode};
use super::proxy::{DOCUMENTED, Nginx};
use crate::federation::fake_partner::FakePartner;
use crate::small::loaded;

/// The findings of `doctor --json`, as triples of level, check and text with remedy.
pub(super) fn findings_of(ran: &Ran) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}{}", ran.out, ran.err));
    let text = |finding: &Value, member: &str| finding[member].as_str().unwrap().to_owned();
    let findings = report["findings"].as_array().unwrap().iter().map(|finding| {
        let both = format!("{} -> {}", text(finding, "text"), text(finding, "remedy"));
        (text(finding, "level"), text(finding, "check"), both)
    });
    findings.collect()
}

/// Asserts that everything is good, apart from the disk of the machine that runs the test. It has only one.
pub(super) fn assert_all_good(code: Option<i32>, found: &[(String, String, String)]) {
    let other: Vec<_> = found.iter().filter(|(level, _, _)| level != "good").collect();
    let is_of_disk = |(level, check, _): &&(String, String, String)| level == "warning" && (check == "disk" || check == "ledger tail");
    assert!(other.iter().all(is_of_disk), "{other:#?}");
    assert_eq!(code, Some(i32::from(!other.is_empty())));
}

/// Asserts that the output of `doctor --json` contains this fault or warning, with a text and a remedy.
pub(super) fn assert_named(ran: &Ran, level: &str, check: &str, said: &str, remedy: &str) {
    let found = findings_of(ran);
    let is_named = found.iter().any(|(l, c, text)| {
        let (what, todo) = text.split_once(" -> ").unwrap();
        l == level && c == check && what.contains(said) && todo.contains(remedy)
    });
    assert!(is_named, "{level} {check} '{said}' -> '{remedy}': {found:#?}");
    assert_eq!(
        ran.code,
        Some(if found.iter().any(|(level, _, _)| level == "fault") { 2 } else { 1 })
    );
}

fn doctor(new: &NewInstallation, further: &[&str]) -> Ran {
    new.run(&[&["doctor", "--json"], further].concat())
}

fn findings(new: &NewInstallation, further: &[&str]) -> (Option<i32>, Vec<(String, String, String)>) {
    let ran = doctor(new, further);
    (ran.code, findings_of(&ran))
}

fn names(new: &NewInstallation, further: &[&str], level: &str, check: &str, said: &str, remedy: &str) {
    assert_named(&doctor(new, further), level, check, said, remedy);
}

/// An installation with ontology, gene model and a visa issuer whose keys are in a file.
fn complete() -> NewInstallation {
    let new = NewInstallation::make();
    new.load_vocabulary();
    let keys = new.path("visas.jwks.json");
    run("python3", [test_broker(), "keys".as_ref(), new.folder.path().as_os_str()], b"");
    std::fs::rename(new.path("test-broker.jwks.json"), keys).unwrap();
    let issuer =
        "\n[[authentication.issuer]]\nissuer = \"https://visas.example\"\nkinds = [\"visa-issuer\"]\njwks_file = \"visas.jwks.json\"\n";
    new.write(&(new.text() + issuer));
    new
}

/// The script of a broker and visa issuer.
pub(super) fn test_broker() -> &'static std::ffi::OsStr {
    static PATH: std::sync::OnceLock<std::path::PathBuf> = std::sync::OnceLock::new();
    PATH.get_or_init(|| gemj_tests::binary::workspace().join("docs/examples/test-broker.py"))
        .as_os_str()
}

#[test]
fn a_complete_installation_behind_nginx_with_tls_is_all_green_and_each_limit_of_the_proxy_is_found() {
    let new = complete();
    let listen = new.base.strip_prefix("http://").unwrap().parse().unwrap();
    let Some(mut nginx) = Nginx::before(listen, new.folder.path(), DOCUMENTED) else {
        return;
    };
    let certificate = nginx.certificate();
    let text = new.text().replace(
        &format!("public_url = \"{}\"", new.base),
        &format!("public_url = \"{}\"", nginx.url()),
    );
    let text = text.replace("trusted_proxies = []", "trusted_proxies = [\"127.0.0.1\"]");
    new.write(&format!("{text}\n[authentication]\nca_file = \"{}\"\n", certificate.display()));
    let served = new.serve();
    let (code, found) = findings(&new, &["--pause-s", "3"]);
    assert_all_good(code, &found);
    for check in [
        "configuration",
        "keys",
        "permissions",
        "disk",
        "database",
        "objects",
        "index",
        "ontologies",
        "gene models",
        "server",
        "issuers",
        "proxy",
    ] {
        assert!(found.iter().any(|(_, name, _)| name == check), "{check}: {found:#?}");
    }
    let quick = ["--pause-s", "0"];
    let headers = "large_client_header_buffers 8 64k;";
    for (settings, said) in [
        (DOCUMENTED.replace(headers, ""), "URLs of 60000 bytes do not pass"),
        (
            DOCUMENTED.replace(headers, "large_client_header_buffers 4 16k;"),
            "tokens of 24000 bytes do not pass",
        ),
        (
            DOCUMENTED.replace("client_max_body_size 64m;", ""),
            "bodies of 1536 KiB do not pass",
        ),
        (
            format!("{DOCUMENTED} location /access {{ return 200; }}"),
            "Authorization does not arrive",
        ),
    ] {
        nginx.with(&settings);
        names(&new, &quick, "fault", "proxy", said, "nginx");
    }
    nginx.with(&DOCUMENTED.replace("client_body_timeout 60s;", "client_body_timeout 1s; proxy_request_buffering off;"));
    names(
        &new,
        &["--pause-s", "5"],
        "fault",
        "proxy",
        "a request with a pause of 5 s is cut",
        "client_body_timeout",
    );
    nginx.with("location /service-info { return 503; }");
    names(&new, &quick, "fault", "proxy", "is not answered by this gateway", "pass all paths");
    drop(nginx);
    names(&new, &quick, "fault", "proxy", "cannot be reached", "the proxy");
    drop(served);
}

#[test]
fn each_fault_of_the_machine_is_named_with_its_remedy() {
    let new = complete();
    let offline = ["--offline"];
    names(&new, &offline, "fault", "server", "no gateway answers", "gemj-gateway serve");
    let served = new.serve();
    let (code, found) = findings(&new, &offline);
    assert_all_good(code, &found);
    // Permissions.
    let key = new.path("secrets/capability.key");
    set_mode(&key, 0o644);
    names(&new, &offline, "fault", "permissions", "capability.key", "change the mode");
    set_mode(&key, 0o600);
    for (place, closed) in [("gateway.db", 0o600), ("objects", 0o700)] {
        set_mode(&new.path(place), 0o755);
        names(&new, &offline, "fault", "permissions", place, "chmod");
        set_mode(&new.path(place), closed);
    }
    // The key is lost, or is another file.
    std::fs::rename(&key, new.path("away")).unwrap();
    names(&new, &offline, "fault", "keys", "does not exist", "from its copy");
    std::fs::write(&key, "short").unwrap();
    set_mode(&key, 0o600);
    names(&new, &offline, "fault", "keys", "bytes are expected", "from its copy");
    std::fs::rename(new.path("away"), &key).unwrap();
    // The issuer's keys.
    let keys = new.path("visas.jwks.json");
    let good = std::fs::read(&keys).unwrap();
    std::fs::write(&keys, "{\"keys\": []}").unwrap();
    let near: [&str; 2] = ["--pause-s", "0"];
    names(&new, &near, "fault", "issuers", "has no key that can be used", "RS256");
    std::fs::write(&keys, good).unwrap();
    let text = new.text();
    let _ = new
        .run(&["init", "--for", "hospital", "hospital-a", "--institution-number", "1319999901"])
        .good();
    std::fs::write(new.path("clients/ehr-hospital-a.jwks.json"), "{\"keys\": []}").unwrap();
    names(
        &new,
        &near,
        "fault",
        "keys",
        "client ehr-hospital-a: the key set has no key",
        "ask the hospital",
    );
    // The configuration.
    new.write(&text.replace("public_k = 10", "public_k = 1"));
    names(&new, &offline, "fault", "configuration", "privacy.public_k", "config check");
    let role =
        "\n[[authentication.role]]\nissuer = \"https://visas.example\"\nsubject = \"1\"\nrole = \"steward\"\nexpires = \"2026-01-01\"\n";
    new.write(&format!("{text}{role}"));
    names(&new, &offline, "warning", "roles", "ended on 2026-01-01", "`expires`");
    new.write(&text.replace("data_use = [\"DUO:0000042\"]", "data_use = []"));
    names(&new, &offline, "warning", "configuration", "no permission code", "data_use");
    new.write(&text);
    drop(served);
    // The stores.
    std::fs::rename(new.path("objects"), new.path("objects-away")).unwrap();
    names(&new, &offline, "fault", "objects", "does not exist", "mount the disk");
    assert!(!new.path("objects").exists(), "doctor makes nothing");
    std::fs::rename(new.path("objects-away"), new.path("objects")).unwrap();
    std::fs::rename(new.path("gateway.db"), new.path("away.db")).unwrap();
    names(&new, &offline, "fault", "database", "does not exist", "restore the file");
    assert!(!new.path("gateway.db").exists(), "doctor makes nothing");
    std::fs::write(
        new.path("gateway.db"),
        "this is no database, and it is longer than a header of SQLite, which has one hundred bytes. ".repeat(4),
    )
    .unwrap();
    set_mode(&new.path("gateway.db"), 0o600);
    names(&new, &offline, "fault", "database", "", "");
}

#[test]
fn an_installation_without_ontology_and_gene_model_and_issuer_gets_warnings() {
    let new = NewInstallation::make();
    let served = new.serve();
    for (check, remedy) in [
        ("ontologies", "ontology load"),
        ("gene models", "gene-model load"),
        ("issuers", "init --for broker"),
    ] {
        names(&new, &["--pause-s", "0"], "warning", check, "no ", remedy);
    }
    drop(served);
}

#[test]
fn a_missing_segment_of_the_carrier_index_is_named() {
    let programme = loaded(Backend::Embedded);
    let files = programme.stored_files().into_iter().map(|(path, _)| path);
    let segments: Vec<_> = files.filter(|path| path.to_string_lossy().contains("/carriers/")).collect();
    assert!(!segments.is_empty(), "the small programme has segments");
    for segment in segments {
        std::fs::remove_file(segment).unwrap();
    }
    let ran = programme.run(&["doctor", "--offline"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.out.contains("fault    index: a segment cannot be read"), "{}", ran.out);
    assert!(ran.out.contains("load the files of its dataset again"), "{}", ran.out);
}

#[test]
fn an_issuer_that_moved_its_keys_or_does_not_answer_is_named() {
    let Some(provider) = OidcProvider::start() else { return };
    let new = complete();
    let text = new.text();
    let entry = |issuer: &str| {
        format!(
            "{text}\n[[authentication.issuer]]\nissuer = \"{issuer}\"\nkinds = [\"broker\", \"access-token\"]\nbearer = [\"access-token\"]\n\
             audiences = [\"gateway\"]\n"
        )
    };
    let near = ["--pause-s", "0"];
    new.write(&entry(&provider.issuer));
    let served = new.serve();
    let (_, found) = findings(&new, &near);
    let of_issuer = |text: &str| text.contains(&provider.issuer);
    assert!(
        found
            .iter()
            .any(|(level, check, text)| level == "good" && check == "issuers" && of_issuer(text)),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|(level, check, text)| level == "good" && check == "clock" && of_issuer(text)),
        "{found:#?}"
    );
    // The name has one slash more than the issuer's own name.
    new.write(&entry(&format!("{}/", provider.issuer)));
    names(&new, &near, "fault", "issuers", "compared byte for byte", "compare `issuer`");
    new.write(&entry("http://127.0.0.1:9"));
    names(&new, &near, "fault", "issuers", "127.0.0.1", "compare `issuer`");
    drop(served);
}

#[test]
fn a_clock_that_differs_from_an_issuers_clock_is_named() {
    let new = complete();
    let served = new.serve();
    let keys = std::fs::read_to_string(new.path("visas.jwks.json")).unwrap();
    // An issuer whose clock stopped in 1994 (the example of RFC 9110 § 5.6.7).
    let answer = format!(
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{keys}",
        keys.len()
    );
    let issuer = FakePartner::start(Some(answer));
    new.write(
        &new.text()
            .replace("jwks_file = \"visas.jwks.json\"", &format!("jku = [\"{}\"]", issuer.url)),
    );
    names(
        &new,
        &["--pause-s", "0"],
        "fault",
        "clock",
        "this machine's clock differs by",
        "set-ntp",
    );
    drop(served);
}

#[test]
fn a_full_disk_is_named() {
    let new = NewInstallation::make();
    // A file system of 8 MiB in a mount namespace of its own, so that nothing outside the command sees it.
    let script = "mount -t tmpfs -o size=8m,mode=700 none \"$1\" && exec \"$2\" doctor --offline --config \"$3\"";
    let mut unshare = Command::new("unshare");
    unshare
        .args(["-m", "sh", "-c", script, "sh"])
        .arg(new.path("objects"))
        .arg(gateway())
        .arg(new.config());
    let ran = unshare.output();
    let out = ran
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    if !out.contains("good") {
        skipped("no file system can be mounted here");
        return;
    }
    assert!(out.contains("fault    disk") && out.contains("make space"), "{out}");
}
