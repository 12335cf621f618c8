//! TLS served by the gateway itself. The clients are curl, OpenSSL and Python, and samtools reads slices over TLS.

pub(super) mod certificate;
mod init_options;
mod server;

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::oracle::{run, run_command};
use gemj_tests::small_data::person;

use super::new_installation::{NewInstallation, set_mode};
use crate::small::loaded;
use certificate::{Certificate, good, of_days};
use server::{TlsServer, handshake, served_certificate};

/// An installation whose configuration names a certificate in its folder.
fn with_tls() -> (NewInstallation, Certificate) {
    let new = NewInstallation::make();
    let certificate = good(new.folder.path(), "tls");
    let text = new.text().replace(
        "[server]\n",
        "[server]\ntls.certificate_file = \"tls.crt\"\ntls.key_file = \"tls.key\"\n",
    );
    new.write(&text.replace("public_url = \"http:", "public_url = \"https:"));
    (new, certificate)
}

#[test]
fn the_gateway_serves_tls_1_2_and_1_3_with_both_versions_of_http_and_refuses_older_tls() {
    let (new, certificate) = with_tls();
    let server = TlsServer::start(&new.config());
    for (option, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let said = server.curl(
            &certificate,
            &[option, "-o", "/dev/null", "-w", "%{http_code} %{http_version}"],
            "/readyz",
        );
        assert_eq!(String::from_utf8(said).unwrap(), format!("200 {version}"));
    }
    for version in ["-tls1_2", "-tls1_3"] {
        let said = handshake(server.address, &[version, "-alpn", "h2,http/1.1", "-CAfile", certificate.file()]);
        assert!(
            said.contains("ALPN protocol: h2") && said.contains("Verify return code: 0 (ok)"),
            "{said}"
        );
    }
    for version in ["-tls1", "-tls1_1"] {
        // The level 0 makes OpenSSL itself willing to speak old TLS, so that the gateway is the side that refuses.
        let said = handshake(server.address, &[version, "-cipher", "ALL:@SECLEVEL=0"]);
        assert!(
            said.contains("alert protocol version") || said.contains("alert handshake"),
            "{version}: {said}"
        );
        assert!(!said.contains("BEGIN CERTIFICATE"), "{version}: {said}");
    }
    let plain = run_curl(&["-s", "-m", "20", &format!("http://{}/readyz", server.address)]);
    assert!(plain.is_none(), "a request without TLS was answered: {plain:?}");
}

#[test]
fn reload_serves_the_new_certificate_and_open_connections_continue() {
    let (new, first) = with_tls();
    let server = TlsServer::start(&new.config());
    assert_eq!(served_certificate(server.address), first.der);
    // One connection of Python's own client asks before and after the reload.
    let mut connection = server.connection();
    assert_eq!(connection.ask(), "200");
    let second = good(new.folder.path(), "tls");
    assert_ne!(first.der, second.der);
    assert_eq!(
        served_certificate(server.address),
        first.der,
        "only a reload changes the certificate"
    );
    let _ = new.run(&["reload"]).good();
    assert_eq!(served_certificate(server.address), second.der);
    assert_eq!(connection.ask(), "200");
    // SIGHUP does the same.
    let third = good(new.folder.path(), "tls");
    run("kill", ["-HUP", &server.pid().to_string()], b"");
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while served_certificate(server.address) != third.der {
        assert!(std::time::Instant::now() < end, "SIGHUP did not change the certificate");
        std::thread::yield_now();
    }
    assert_eq!(connection.ask(), "200");
}

/// What makes a file faulty, the key of the configuration, and a part of the text.
type Faulty<'a> = (Box<dyn Fn() + 'a>, &'static str, &'static str);

fn faulty(new: &NewInstallation) -> Vec<Faulty<'_>> {
    let folder = new.folder.path();
    let (crt, key) = (new.path("tls.crt"), new.path("tls.key"));
    let other = move || {
        let _ = good(folder, "other");
        std::fs::copy(folder.join("other.key"), folder.join("tls.key")).unwrap();
    };
    let (crt2, key2, crt3, key3, key4) = (crt.clone(), key.clone(), crt.clone(), key.clone(), key.clone());
    vec![
        (Box::new(other), "tls.key_file = ", "is not the key of the first certificate"),
        (
            Box::new(move || std::fs::remove_file(&crt).unwrap()),
            "tls.certificate_file = ",
            "does not exist",
        ),
        (
            Box::new(move || std::fs::remove_file(&key).unwrap()),
            "tls.key_file = ",
            "does not exist",
        ),
        (
            Box::new(move || std::fs::write(&crt2, "nonsense").unwrap()),
            "tls.certificate_file = ",
            "contains no certificate",
        ),
        (
            Box::new(move || {
                let body = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
                std::fs::write(&crt3, body).unwrap();
            }),
            "tls.certificate_file = ",
            "damaged certificate",
        ),
        (
            Box::new(move || {
                std::fs::write(&key2, "nonsense").unwrap();
                set_mode(&key2, 0o600);
            }),
            "tls.key_file = ",
            "no private key",
        ),
        (
            Box::new(move || set_mode(&key3, 0o644)),
            "",
            "users other than the owner may read or change this key",
        ),
        (
            Box::new(move || {
                let _ = of_days(folder, "tls", -3, -1);
                set_mode(&key4, 0o600);
            }),
            "tls.certificate_file = ",
            "the certificate ended at",
        ),
    ]
}

#[test]
fn a_faulty_pair_changes_nothing_and_is_named_with_its_line() {
    let (new, first) = with_tls();
    let server = TlsServer::start(&new.config());
    let text = new.text();
    let (crt, key) = (
        std::fs::read(new.path("tls.crt")).unwrap(),
        std::fs::read(new.path("tls.key")).unwrap(),
    );
    for (spoil, place, said) in faulty(&new) {
        spoil();
        let reloaded = new.run(&["reload"]);
        assert_eq!(reloaded.code, Some(2), "{said}");
        assert!(
            reloaded.err.contains("nothing was changed") && reloaded.err.contains(said),
            "{said}: {}",
            reloaded.err
        );
        assert_eq!(served_certificate(server.address), first.der, "{said}");
        let checked = gemj_tests::programme::run_gateway(["config", "check", new.config().to_str().unwrap()]);
        assert_eq!(checked.code, Some(2), "{said}");
        if !place.is_empty() {
            let line = text.lines().position(|line| line.starts_with(place)).unwrap() + 1;
            let named = checked
                .err
                .lines()
                .find(|line| line.contains(said))
                .unwrap_or_else(|| panic!("{said}: {}", checked.err));
            assert!(named.contains(&format!("line {line}: ")), "{said}: {named}");
        }
        assert!(!checked.err.contains("PRIVATE KEY"), "{}", checked.err);
        std::fs::write(new.path("tls.crt"), &crt).unwrap();
        std::fs::write(new.path("tls.key"), &key).unwrap();
        set_mode(&new.path("tls.key"), 0o600);
    }
    // A half configuration, and a public URL that does not fit, are named too.
    for (from, to, said) in [
        ("tls.key_file = \"tls.key\"\n", "", "server.tls.key_file is missing"),
        ("public_url = \"https:", "public_url = \"http:", "an https URL is expected"),
    ] {
        new.write(&text.replace(from, to));
        let checked = gemj_tests::programme::run_gateway(["config", "check", new.config().to_str().unwrap()]);
        assert!(checked.code == Some(2) && checked.err.contains(said), "{said}: {}", checked.err);
    }
}

#[test]
fn a_ban_takes_effect_although_the_served_certificate_has_ended() {
    let (new, _) = with_tls();
    let ended = of_days(new.folder.path(), "tls", -3, -1);
    set_mode(&new.path("tls.key"), 0o600);
    let server = TlsServer::start(&new.config());
    assert_eq!(
        served_certificate(server.address),
        ended.der,
        "an ended certificate does not stop the gateway"
    );
    let _ = new.run(&["reload"]).good();
}

#[test]
fn doctor_reads_the_certificate_and_warns_before_its_end() {
    let (new, _) = with_tls();
    let server = TlsServer::start(&new.config());
    let report = |new: &NewInstallation| new.run(&["doctor", "--offline"]).out;
    let said = report(&new);
    assert!(
        said.contains("tls.crt: the certificate ends at") && said.contains("serves and is ready"),
        "{said}"
    );
    // Another certificate on the disk than in the gateway.
    let _ = of_days(new.folder.path(), "tls", -1, 10);
    set_mode(&new.path("tls.key"), 0o600);
    let said = report(&new);
    assert!(
        said.contains("another certificate than server.tls.certificate_file") && said.contains("gemj-gateway reload"),
        "{said}"
    );
    let warned = said.lines().find(|line| line.contains("the certificate ends at")).unwrap();
    assert!(warned.contains("warning"), "{said}");
    let _ = new.run(&["reload"]).good();
    assert!(report(&new).contains("serves and is ready"));
    let _ = of_days(new.folder.path(), "tls", -3, -1);
    set_mode(&new.path("tls.key"), 0o600);
    assert!(report(&new).contains("the certificate ended at"));
    drop(server);
}

#[test]
fn slices_and_whole_files_over_tls_are_the_same_bytes_as_without() {
    let programme = loaded(Backend::Embedded);
    let token = programme.passport(Persona::DomesticAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let ticket = format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=200000000");
    let access = format!("/ga4gh/drs/v1/objects/{id}/access/https");
    let (slice, whole) = {
        let served = programme.serve();
        let slice = gemj_tests::htsget_client::slice(&served.client, &ticket, &token);
        let url = served.client.get(&access, Some(&token)).expect(200).json()["url"]
            .as_str()
            .unwrap()
            .to_owned();
        (slice, served.client.get(&url, None).expect(200).body)
    };
    let certificate = good(&programme.path("."), "tls");
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let text = text.replacen(
        "[server]\n",
        "[server]\ntls.certificate_file = \"tls.crt\"\ntls.key_file = \"tls.key\"\n",
        1,
    );
    std::fs::write(
        programme.config(),
        text.replace("public_url = \"http://127.0.0.1", "public_url = \"https://127.0.0.1"),
    )
    .unwrap();
    let server = TlsServer::start(&programme.config());
    let bearer = format!("Authorization: Bearer {token}");
    for http in ["--http1.1", "--http2"] {
        let get = |path: &str, further: &[&str]| server.curl(&certificate, &[&[http, "--fail"], further].concat(), path);
        let read: serde_json::Value = serde_json::from_slice(&get(&ticket, &["-H", &bearer])).unwrap();
        let mut bytes = Vec::new();
        for block in read["htsget"]["urls"].as_array().unwrap() {
            let url = block["url"].as_str().unwrap();
            if let Some(inline) = url.strip_prefix("data:") {
                use base64::Engine as _;
                let text = inline.split_once(";base64,").unwrap().1;
                bytes.extend(base64::engine::general_purpose::STANDARD.decode(text).unwrap());
                continue;
            }
            let headers: Vec<String> = block["headers"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(name, value)| format!("{name}: {}", value.as_str().unwrap()))
                .collect();
            let options: Vec<&str> = headers.iter().flat_map(|header| ["-H", header]).collect();
            bytes.extend(get(url.strip_prefix(&server.base()).unwrap(), &options));
        }
        assert_eq!(
            gemj_tests::oracle::sam_records(&bytes),
            gemj_tests::oracle::sam_records(&slice),
            "{http}"
        );
        assert!(bytes == slice, "{http}: the bytes of the slice differ");
        let url: serde_json::Value = serde_json::from_slice(&get(&access, &["-H", &bearer])).unwrap();
        let path = url["url"].as_str().unwrap().strip_prefix(&server.base()).unwrap().to_owned();
        assert!(get(&path, &[]) == whole, "{http}: the bytes of the file differ");
        let part = get(&path, &["-H", "Range: bytes=100-299"]);
        assert!(part == whole[100..300], "{http}: the bytes of the range differ");
    }
    // samtools reads a ticket and its blocks with its own client.
    let mut samtools = std::process::Command::new("samtools");
    let token_file = programme.path("token");
    gemj_tests::programme::private(&token_file, &token);
    samtools.args(["view", &format!("{}{ticket}", server.base())]);
    samtools
        .env("HTS_AUTH_LOCATION", &token_file)
        .env("CURL_CA_BUNDLE", certificate.file());
    assert_eq!(
        String::from_utf8(run_command(samtools, b"")).unwrap(),
        gemj_tests::oracle::sam_records(&slice)
    );
}

/// The output of curl. Absent if curl failed.
fn run_curl(arguments: &[&str]) -> Option<Vec<u8>> {
    let output = std::process::Command::new("curl").args(arguments).output().unwrap();
    output.status.success().then_some(output.stdout)
}
