//! Changes of the configuration while the gateway serves: a new dataset, organisation, hospital or partner takes effect by command, and a wrong file
//! changes nothing.

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::small_data::person;

use super::doctor::test_broker;
use super::new_installation::NewInstallation;
use crate::authenticate::bans::{becomes, hang_up};
use crate::small::loaded;

const DATASET: &str = "\n[[datasets]]\nid = \"diabetes\"\nname = \"Diabetes\"\ndata_use = [\"DUO:0000042\"]\npublic_boolean = true\n";

#[test]
fn a_new_dataset_and_a_new_cohort_are_served_after_reload() {
    let new = NewInstallation::make();
    let served = new.serve();
    let text = new.text().replace("public_boolean = false", "public_boolean = true");
    let cohort = "\n[[cohorts]]\nid = \"both\"\nname = \"Both\"\ntype = \"study-defined\"\ndatasets = [\"cancer\", \"diabetes\"]\n";
    let datasets = || served.client.get("/beacon/datasets", None).text();
    assert!(!datasets().contains("diabetes"));
    new.write(&format!("{text}{DATASET}{cohort}"));
    let ran = new.run(&["reload"]).good();
    assert!(ran.out.contains("read again") && ran.err.is_empty(), "{}{}", ran.out, ran.err);
    assert!(datasets().contains("diabetes"), "{}", datasets());
    assert!(served.client.get("/beacon/cohorts", None).text().contains("both"));
    // Both disappear again in the same way.
    new.write(&text);
    let _ = new.run(&["reload"]).good();
    assert!(!datasets().contains("diabetes"));
}

#[test]
fn a_wrong_configuration_changes_nothing_and_the_command_says_why() {
    let new = NewInstallation::make();
    let served = new.serve();
    let good = new.text().replace("public_boolean = false", "public_boolean = true") + DATASET;
    new.write(&good);
    let _ = new.run(&["reload"]).good();
    let described = || served.client.get("/beacon/datasets", None).text().contains("diabetes");
    assert!(described());
    for (wrong, said) in [
        (
            good.replace("public_k = 10", "public_k = 3").replace(DATASET, ""),
            "privacy.public_k",
        ),
        (good.replace(DATASET, "[[datasets"), "line"),
        (
            good.replace(DATASET, "\n[[authentication.issuer]]\nissuer = \"https://a.example\"\nkinds = []\n"),
            "`kinds` and `algorithms` must not be empty",
        ),
        (
            good.replace(
                DATASET,
                "\n[[authentication.issuer]]\nissuer = \"https://a.example\"\nkinds = [\"broker\"]\njwks_file = \"absent\"\n",
            ),
            "does not exist",
        ),
    ] {
        new.write(&wrong);
        let ran = new.run(&["reload"]);
        assert_eq!(ran.code, Some(2), "{said}");
        assert!(
            ran.err.contains("nothing was changed") && ran.err.contains(said),
            "{said}: {}",
            ran.err
        );
        assert!(described(), "{said}");
    }
    assert!(served.log().contains("the configuration is unchanged"), "{}", served.log());
}

#[test]
fn a_setting_that_needs_a_restart_is_named() {
    let new = NewInstallation::make();
    let served = new.serve();
    new.write(&new.text().replace("lifetime_s = 600", "lifetime_s = 60"));
    let ran = new.run(&["reload"]).good();
    assert!(ran.err.contains("capabilities has changed; only a restart"), "{}", ran.err);
    drop(served);
}

#[test]
fn a_removed_dataset_closes_its_files_for_the_next_request() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let object = format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "BAM"));
    let access = format!("{object}/access/https");
    let url = served.client.get(&access, Some(&token)).expect(200).json()["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(served.client.get(&url, None).status, 200);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let closed = text.replace("data_use = [\"DUO:0000042\"]", "data_use = []");
    assert_ne!(closed, text);
    hang_up(&programme, &served, &closed);
    becomes(&served, 404, || served.client.get(&object, Some(&token)).status);
    // The URL that was issued before opens nothing either.
    assert!(served.client.get(&url, None).status >= 400);
    hang_up(&programme, &served, &text);
    becomes(&served, 200, || served.client.get(&object, Some(&token)).status);
}

#[test]
fn a_url_ends_if_the_trust_in_its_issuer_ends_and_stays_if_trust_is_added() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let access = format!("/ga4gh/drs/v1/objects/{}/access/https", programme.object_of(&person(1), "BAM"));
    let issued = || {
        served.client.get(&access, Some(&token)).expect(200).json()["url"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let reload = |changed: &str| {
        std::fs::write(programme.config(), changed).unwrap();
        let _ = programme.run(&["reload"]).good();
    };
    let url = issued();
    // A further visa type and a further name of the gateway end nothing.
    let rule =
        "\n[[authentication.issuer.visa]]\ntype = \"https://example.org/visa\"\nsources = [\"https://example.org\"]\nany_value = true\n";
    let start = text.find("\n[[authentication.issuer.visa]]").unwrap();
    let added = format!("{}{rule}{}", &text[..start], &text[start..]);
    reload(&added);
    assert_eq!(served.client.get(&url, None).status, 200, "trust was added");
    // The issuer may no longer assert the visas on which the URL rests.
    let narrowed = text.replace("type = \"ControlledAccessGrants\"", "type = \"https://example.org/visa\"");
    assert_ne!(narrowed, text);
    reload(&narrowed);
    assert!(served.client.get(&url, None).status >= 400, "the rule is gone");
    reload(&text);
    assert_eq!(served.client.get(&url, None).status, 200, "the rule is back");
    // The broker's passports are no longer accepted in the header.
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("bearer = ")).collect();
    let changed = lines
        .iter()
        .fold(text.clone(), |text, line| text.replace(line, "bearer = [\"access-token\"]"));
    assert_ne!(changed, text);
    reload(&changed);
    assert!(
        served.client.get(&url, None).status >= 400,
        "the broker's passports are not accepted"
    );
    reload(&text);
    let url = issued();
    assert_eq!(served.client.get(&url, None).status, 200);
}

#[test]
fn reload_by_root_does_not_believe_a_process_of_another_user_and_works_when_that_process_ends() {
    if !is_root() {
        gemj_tests::shared_data::skipped("only root can start a process of another user");
        return;
    }
    let new = NewInstallation::make();
    let squatter = Squatter::start(&new.config());
    let served = new.serve();
    let ran = new.run(&["reload"]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("belongs to another user (65534)"), "{}", ran.err);
    assert!(served.log().contains("of user 65534 has the name"), "{}", served.log());
    drop(squatter);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while new.run(&["reload"]).code != Some(0) {
        assert!(std::time::Instant::now() < end, "{}", served.log());
    }
}

#[test]
fn a_connection_that_sends_nothing_does_not_delay_a_reload() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::{SocketAddr, UnixStream};
    let new = NewInstallation::make();
    let served = new.serve();
    let name = SocketAddr::from_abstract_name(name_of(&new.config())).unwrap();
    let silent: Vec<UnixStream> = (0..5).map(|_| UnixStream::connect_addr(&name).unwrap()).collect();
    let begun = std::time::Instant::now();
    let _ = new.run(&["reload"]).good();
    // The gateway waits five seconds for the request of a connection. A reload that waits for a silent connection takes longer.
    assert!(begun.elapsed() < std::time::Duration::from_secs(5), "{:?}", begun.elapsed());
    drop((silent, served));
}

/// The name of the local connection of a configuration.
fn name_of(config: &std::path::Path) -> String {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    config.canonicalize().unwrap().hash(&mut hasher);
    format!("gemj-gateway-{:016x}", hasher.finish())
}

fn is_root() -> bool {
    gemj_tests::oracle::run("id", ["-u"], b"").trim_ascii() == b"0"
}

/// A process of the user 65534 that has the name of a configuration's local connection and answers every request with success.
struct Squatter(std::process::Child);

impl Squatter {
    fn start(config: &std::path::Path) -> Self {
        use std::io::BufRead as _;
        let name = name_of(config);
        let program = format!(
            "import os, socket\nos.setuid(65534)\ns = socket.socket(socket.AF_UNIX)\ns.bind('\\0{name}')\ns.listen(9)\nprint('ready', flush=True)\n\
             while True:\n    c, _ = s.accept()\n    try: c.sendall(b'good\\n')\n    except OSError: pass\n    c.close()\n"
        );
        let mut child = std::process::Command::new("python3")
            .args(["-c", &program])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }
}

impl Drop for Squatter {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_issuer_whose_key_file_was_replaced_is_verified_with_the_new_keys_after_reload() {
    let new = NewInstallation::make();
    let script = |arguments: &[&str]| {
        let made = gemj_tests::oracle::run("python3", [&[test_broker().to_str().unwrap()], arguments].concat(), b"");
        String::from_utf8(made).unwrap().trim().to_owned()
    };
    let folder = new.folder.path().to_str().unwrap();
    let _ = script(&["keys", folder]);
    new.write(&format!(
        "{}\n[[authentication.issuer]]\nissuer = \"https://broker.example\"\nkinds = [\"broker\"]\nbearer = [\"passport\"]\n\
         audiences = [\"https://gateway.example\"]\njwks_file = \"test-broker.jwks.json\"\n",
        new.text()
    ));
    let served = new.serve();
    let status = |token: &str| served.client.get("/access/v1/explain", Some(token)).status;
    let passport = || script(&["passport", folder, "https://committee.example/1"]);
    let old = passport();
    assert_eq!(status(&old), 200);
    // The key has leaked: the issuer makes a new one with the same key id, and only the file changes.
    let _ = script(&["keys", folder]);
    let renewed = passport();
    assert_eq!((status(&old), status(&renewed)), (200, 401));
    let _ = new.run(&["reload"]).good();
    assert_eq!((status(&old), status(&renewed)), (401, 200));
}
