//! `init --tls-certificate --tls-key`: a new installation that serves TLS itself.

use super::super::new_installation::{NewInstallation, mode, reserved_address, set_mode};
use super::certificate::{good, of_days};
use super::server::{TlsServer, served_certificate};

/// An empty folder for an installation whose public URL is https, and its options without those of TLS.
fn empty() -> (NewInstallation, Vec<String>) {
    let address = reserved_address().to_string();
    let new = NewInstallation {
        folder: tempfile::Builder::new().prefix("gemj-init-").tempdir().unwrap(),
        base: format!("https://{address}"),
    };
    let options = new.options(&address);
    (new, options)
}

fn with(mut options: Vec<String>, further: &[&str]) -> Vec<String> {
    options.extend(further.iter().map(|option| (*option).to_owned()));
    options
}

const TLS: [&str; 4] = ["--tls-certificate", "tls.crt", "--tls-key", "tls.key"];

#[test]
fn init_with_a_certificate_makes_an_installation_that_serves_tls_without_a_proxy() {
    let (new, options) = empty();
    let certificate = good(new.folder.path(), "tls");
    let _ = new.run(&with(options, &TLS)).good();
    let parsed: toml::Table = new.text().parse().unwrap();
    let server = &parsed["server"];
    assert_eq!(server["tls"]["certificate_file"].as_str(), Some("tls.crt"));
    assert_eq!(server["tls"]["key_file"].as_str(), Some("tls.key"));
    // Without a proxy, no address may state another caller's address.
    assert_eq!(server["trusted_proxies"].as_array().map(Vec::len), Some(0), "{server}");
    let checked = new.run(&["config", "check"]).good();
    assert_eq!(checked.err, "");
    assert_eq!(mode(&new.path("gateway.toml")), 0o600);
    let started = TlsServer::start(&new.config());
    assert_eq!(served_certificate(started.address), certificate.der);
    let status = started.curl(&certificate, &["-o", "/dev/null", "-w", "%{http_code}"], "/readyz");
    assert_eq!(status, b"200");
    let said = new.run(&["doctor", "--offline"]).out;
    assert!(said.contains("serves and is ready"), "{said}");
}

#[test]
fn init_makes_nothing_if_the_certificate_or_the_key_has_a_fault() {
    for (further, spoil, expected) in [
        (&TLS[..2], "", "--tls-key"),
        (&TLS[2..], "", "--tls-certificate"),
        (&TLS[..], "other key", "is not the key of the first certificate"),
        (&TLS[..], "no certificate", "does not exist"),
        (&TLS[..], "open key", "users other than the owner may read or change this key"),
        (&TLS[..], "http", "an https URL is expected"),
    ] {
        let (new, mut options) = empty();
        let folder = new.folder.path();
        let _ = good(folder, "tls");
        match spoil {
            "other key" => {
                let _ = good(folder, "other");
                std::fs::rename(folder.join("other.key"), folder.join("tls.key")).unwrap();
            }
            "no certificate" => std::fs::remove_file(folder.join("tls.crt")).unwrap(),
            "open key" => set_mode(&folder.join("tls.key"), 0o644),
            "http" => options = options.iter().map(|option| option.replace("https://127", "http://127")).collect(),
            _ => {}
        }
        let before = new.files();
        let ran = new.run(&with(options, further));
        assert_eq!(ran.code, Some(2), "{further:?} {spoil}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(expected), "{further:?} {spoil}: {}", ran.err);
        assert!(!ran.err.contains("PRIVATE KEY"), "{}", ran.err);
        assert_eq!(new.files(), before, "{further:?} {spoil}: something was made");
    }
}

#[test]
fn init_makes_nothing_if_the_certificate_has_ended_or_is_not_yet_valid() {
    for (from, to, expected) in [(-30, -1, "the certificate ended at"), (1, 30, "the certificate is valid only from")] {
        let (new, options) = empty();
        let _ = of_days(new.folder.path(), "tls", from, to);
        let before = new.files();
        let ran = new.run(&with(options, &TLS));
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(
            ran.err.contains("nothing was made") && ran.err.contains(expected) && ran.err.contains("tls.crt"),
            "{}",
            ran.err
        );
        assert_eq!(new.files(), before, "something was made");
    }
}
