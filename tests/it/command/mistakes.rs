//! Five typical mistakes for each command: the error names the cause and the remedy.

use gemj_tests::programme::run_gateway;

use super::new_installation::NewInstallation;

/// Each row: the arguments, the cause and the remedy that the error must name.
type Mistake<'a> = (&'a [&'a str], &'a str, &'a str);

fn table(new: &NewInstallation, mistakes: &[Mistake<'_>]) {
    for (arguments, cause, remedy) in mistakes {
        let ran = new.run(arguments);
        assert!(ran.code != Some(0), "{arguments:?}: {}", ran.out);
        for part in [cause, remedy] {
            assert!(ran.err.contains(part), "{arguments:?}: '{part}' is not in: {}", ran.err);
        }
    }
}

#[test]
fn init_for_names_cause_and_remedy_of_typical_mistakes() {
    let new = NewInstallation::make();
    let hospital: &[&str] = &["init", "--for", "hospital", "hospital-a"];
    let with = |further: &[&'static str]| -> Vec<&'static str> { [hospital, further].concat() };
    let private = new.path("private.json");
    std::fs::write(&private, r#"{"keys": [{"kty": "EC", "crv": "P-384", "kid": "a", "d": "AA"}]}"#).unwrap();
    let private = private.to_str().unwrap().to_owned();
    let with_private: Vec<&str> = [hospital, &["--institution-number", "1319999901", "--jwks", &private]].concat();
    table(
        &new,
        &[
            (hospital, "--institution-number", "must be stated"),
            (&with(&["--institution-number", "12"]), "--institution-number 12", "ten digits"),
            (
                &with(&["--patient-number-system", "12"]),
                "--patient-number-system 12",
                "a URI is expected",
            ),
            (
                &with(&["--institution-number", "1319999901", "--beacon-url", "https://a.example"]),
                "--beacon-url does not belong",
                "init --for partner",
            ),
            (&with_private, "contains a private key", "public keys only"),
            (
                &["init", "--for", "biobank", "b", "--dataset", "absent"],
                "absent is not configured",
                "cancer",
            ),
            (
                &["init", "--for", "broker", "login.example", "--audience", "a"],
                "is not the URL of an issuer",
                "byte for byte",
            ),
            (
                &["init", "--for", "broker", "https://login.example", "--offline"],
                "--audience",
                "`aud`",
            ),
            (
                &["init", "--for", "partner", "p", "--offline", "--beacon-url", "https://p.example"],
                "--organization-name",
                "must be stated",
            ),
            (
                &["init", "--for", "committee", "dac"],
                "--issuer, --jku, --source",
                "must be stated",
            ),
            (&["init", "--for", "committe", "dac"], "committe", "committee"),
        ],
    );
}

#[test]
fn init_names_cause_and_remedy_of_typical_mistakes() {
    let folder = tempfile::tempdir().unwrap();
    let new = NewInstallation {
        folder,
        base: "http://127.0.0.1:8470".to_owned(),
    };
    let options = new.options("127.0.0.1:8470");
    let changed = |option: &str, value: &str| -> Vec<String> {
        let at = options.iter().position(|given| given == option).unwrap();
        let mut options = options.clone();
        options[at + 1] = value.to_owned();
        options
    };
    for (arguments, cause, remedy) in [
        (changed("--public-url", "gateway.example"), "public_url", "URL"),
        (changed("--listen", "8080"), "listen", "address"),
        (changed("--dataset", ""), "--dataset", "empty"),
        (changed("--data-use", "GRU"), "'GRU'", "DUO:0000042"),
        (changed("--data-use", "DUO:0000042 "), "", ""),
    ] {
        let ran = new.run(&arguments);
        if cause.is_empty() {
            let _ = ran.good();
            continue;
        }
        assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(cause) && ran.err.contains(remedy), "{arguments:?}: {}", ran.err);
        assert!(new.files().is_empty(), "{arguments:?}: {:?}", new.files());
    }
}

#[test]
fn doctor_reload_and_config_check_name_cause_and_remedy_of_typical_mistakes() {
    let new = NewInstallation::make();
    let absent = new.path("absent.toml");
    let absent = absent.to_str().unwrap();
    for command in [
        vec!["doctor", "--config", absent],
        vec!["config", "check", absent],
        vec!["serve", "--config", absent],
    ] {
        let ran = run_gateway(command.iter().copied());
        assert!(
            ran.code == Some(2) && ran.err.contains("cannot be read") && ran.err.contains("gemj-gateway init"),
            "{}",
            ran.err
        );
    }
    table(
        &new,
        &[
            (&["reload"], "no gateway on this machine serves", "gemj-gateway serve"),
            (&["doctor", "--pause-s", "60"], "60", "25"),
        ],
    );
    let text = new.text();
    for (from, to, cause, remedy) in [
        ("workers = 2", "workers = 0", "server.workers", "at least 1"),
        ("public_k = 10", "public_k = 1", "privacy.public_k", "at least 10"),
        ("public_k = 10", "publick = 10", "publick", "public_k"),
        ("url = \"objects\"", "url = \"ftp://objects\"", "objects.url", "s3://BUCKET"),
        ("[audit]", "[audit", "line", "]"),
    ] {
        assert!(text.contains(from), "{from}");
        new.write(&text.replacen(from, to, 1));
        for arguments in [vec!["serve"], vec!["doctor", "--offline"]] {
            let ran = new.run(&arguments);
            let said = format!("{}{}", ran.out, ran.err);
            assert!(
                ran.code == Some(2) && said.contains(cause) && said.contains(remedy),
                "{arguments:?}: {said}"
            );
        }
    }
}
