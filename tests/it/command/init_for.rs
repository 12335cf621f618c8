//! `init --for`: each kind adds its entries, and the script for the other side passes against the served gateway.

use gemj_tests::oidc_provider::ALICE;
use gemj_tests::programme::{free_address, private};
use gemj_tests::small_data::person;
use gemj_tests::{Backend, OidcProvider};

use super::new_installation::{NewInstallation, mode};
use super::self_test::self_test;
use crate::small::{loaded, small};

const HOSPITAL: [&str; 6] = ["init", "--for", "hospital", "hospital-a", "--institution-number", "1319999901"];

#[test]
fn a_hospital_with_a_fresh_key_gets_a_token_signed_by_openssl() {
    let new = NewInstallation::make();
    let served = new.serve();
    let ran = new.run(&HOSPITAL).good();
    assert!(ran.out.contains("delete it here"), "{}", ran.out);
    let folder = new.path("for-hospital-a");
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("ehr-hospital-a.pem")), 0o600);
    let public = std::fs::read_to_string(new.path("clients/ehr-hospital-a.jwks.json")).unwrap();
    assert!(!public.contains("\"d\""), "the key set of the gateway has no private key");
    let form = std::fs::read_to_string(folder.join("acceptance.md")).unwrap();
    assert!(
        form.contains("urn:oid:1.2.392.100495.20.3.51.11319999901") && !form.contains("{{"),
        "{form}"
    );
    // The client exists only after the gateway has read its configuration again.
    let script = folder.join("self-test.sh");
    let early = self_test(&script, &[], &[]);
    assert!(
        early.code != Some(0) && early.out.contains("FAIL  a signed assertion gets a token"),
        "{}",
        early.out
    );
    let _ = new.run(&["reload"]).good();
    let test = self_test(&script, &[], &[]);
    assert_eq!(test.code, Some(0), "{}{}", test.out, test.err);
    assert!(test.out.contains("pass  a signed assertion gets a token"), "{}", test.out);
    assert!(test.out.contains("all checks passed: ehr-hospital-a"), "{}", test.out);
    // Another key is refused, and the text says what to compare.
    let other = new.path("other.pem");
    gemj_tests::oracle::run(
        "openssl",
        [
            "genpkey",
            "-algorithm",
            "EC",
            "-pkeyopt",
            "ec_paramgen_curve:P-384",
            "-out",
            other.to_str().unwrap(),
        ],
        b"",
    );
    let test = self_test(&script, &[], &[("KEY", other.to_str().unwrap())]);
    assert!(
        test.code != Some(0) && test.out.contains("compare key, key id and client id"),
        "{}",
        test.out
    );
    drop(served);
}

#[test]
fn a_hospital_that_sends_its_rsa_key_set_signs_with_its_own_key() {
    let new = NewInstallation::make();
    let (key, jwks) = (new.path("own.pem"), new.path("own.jwks.json"));
    gemj_tests::oracle::run("openssl", ["genrsa", "-out", key.to_str().unwrap(), "3072"], b"");
    let modulus = gemj_tests::oracle::run("openssl", ["rsa", "-in", key.to_str().unwrap(), "-noout", "-modulus"], b"");
    let hex = String::from_utf8(modulus).unwrap();
    let hex = hex.trim().strip_prefix("Modulus=").unwrap();
    let bytes: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    use base64::Engine as _;
    let n = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let set = serde_json::json!({"keys": [{"kty": "RSA", "kid": "own-1", "use": "sig", "n": n, "e": "AQAB"}]});
    std::fs::write(&jwks, set.to_string()).unwrap();
    let mut arguments = HOSPITAL.to_vec();
    arguments.extend(["--jwks", jwks.to_str().unwrap()]);
    let _ = new.run(&arguments).good();
    assert!(
        !new.path("for-hospital-a/ehr-hospital-a.pem").exists(),
        "no key is made for a hospital that has one"
    );
    let served = new.serve();
    let test = self_test(&new.path("for-hospital-a/self-test.sh"), &[], &[("KEY", key.to_str().unwrap())]);
    assert_eq!(test.code, Some(0), "{}{}", test.out, test.err);
    assert!(test.out.contains("RS384"), "{}", test.out);
    drop(served);
}

#[test]
fn a_broker_is_added_from_its_discovery_document() {
    let Some(provider) = OidcProvider::start() else { return };
    let programme = loaded(Backend::Embedded);
    let added = programme
        .run(&["init", "--for", "broker", &provider.issuer, "--audience", "https://gateway.example"])
        .good();
    for part in [provider.issuer.as_str(), "keys", "UserInfo", "usable"] {
        assert!(added.out.contains(part), "{part}: {}", added.out);
    }
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let parsed: toml::Table = text.parse().unwrap();
    let entry = parsed["authentication"]["issuer"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(entry["issuer"].as_str(), Some(provider.issuer.as_str()));
    assert_eq!(entry["audiences"][0].as_str(), Some("https://gateway.example"));
    // This provider's passport-scoped tokens have no `aud`, so its operator is asked for one, or the gateway accepts tokens without.
    std::fs::write(
        programme.config(),
        text.replace(
            "audiences = [\"https://gateway.example\"]",
            "audiences = [\"https://gateway.example\"]\nwithout_audience = true",
        ),
    )
    .unwrap();
    let committee = [
        "init",
        "--for",
        "committee",
        "dac",
        "--issuer",
        &provider.visa_issuer,
        "--jku",
        &format!("{}/jwks", provider.visa_issuer),
        "--source",
        "https://gemj.example/committee",
    ];
    let added = programme.run(&committee).good();
    assert!(added.out.contains("1 usable"), "{}", added.out);
    let served = programme.serve();
    let token = provider.token(ALICE, 600);
    let folder = std::fs::read_dir(programme.config().parent().unwrap()).unwrap();
    let folder = folder
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains("for-127.0.0.1"))
        .unwrap();
    private(&folder.join("token"), &token);
    let test = self_test(&folder.join("self-test.sh"), &[], &[]);
    assert_eq!(test.code, Some(0), "{}{}", test.out, test.err);
    assert!(
        !test.out.contains(&token) && test.out.contains("pass  the gateway accepts the token"),
        "{}",
        test.out
    );
    // With the committee's entry, the visa opens the files of the approval's dataset.
    let object = format!("/ga4gh/drs/v1/objects/{}", programme.object_of(&person(1), "BAM"));
    assert_eq!(served.client.get(&object, Some(&token)).status, 200);
    drop(served);
}

#[test]
fn a_partner_is_added_from_its_beacon_and_answers_the_self_test() {
    let new = NewInstallation::make();
    // Without a public dataset, the gateway answers no query without credentials.
    new.write(&new.text().replace("public_boolean = false", "public_boolean = true"));
    let served = new.serve();
    let partner = small();
    let beacon = format!("{}/beacon", partner.served.client.base);
    let added = new
        .run(&["init", "--for", "partner", "org.example.partner", "--beacon-url", &beacon])
        .good();
    assert!(added.out.contains("found at the partner"), "{}", added.out);
    let _ = new.run(&["reload"]).good();
    let test = self_test(&new.path("for-org.example.partner/self-test.sh"), &[], &[]);
    assert_eq!(test.code, Some(0), "{}{}", test.out, test.err);
    assert!(test.out.contains("pass  every member answers"), "{}", test.out);
    drop(served);
}

#[test]
fn a_biobank_gets_a_profile_that_ingests_its_export() {
    let new = NewInstallation::make();
    let _ = new.run(&["init", "--for", "biobank", "biobank-x"]).good();
    let profile = std::fs::read_to_string(new.path("profiles/biobank-x.yaml")).unwrap();
    assert!(profile.contains("site: biobank-x\nnamespace: biobank-x\n"), "{profile}");
    let export = new.path("specimens.json");
    let bank = r#"{"donors": [{"id": "D1", "sex": "Female", "birthDate": "1984-03"}],
        "samples": [{"id": "S1", "donorId": "D1", "sampleType": "DNA", "creationTime": "2024-05-02"}]}"#;
    std::fs::write(&export, bank).unwrap();
    let profile = new.path("profiles/biobank-x.yaml");
    let ingest = [
        "ingest",
        "--dataset",
        "cancer",
        "--profile",
        profile.to_str().unwrap(),
        export.to_str().unwrap(),
    ];
    // The donor's number is not linked yet: the unit goes to quarantine, with its reason.
    let ran = new.run(&ingest).refused();
    assert!(
        format!("{}{}", ran.out, ran.err).contains("unknown-number"),
        "{}{}",
        ran.out,
        ran.err
    );
    let served = new.serve();
    let test = self_test(&new.path("for-biobank-x/self-test.sh"), &[export.to_str().unwrap()], &[]);
    assert_eq!(test.code, Some(0), "{}{}", test.out, test.err);
    std::fs::write(&export, bank.replace("\"sex\"", "\"familyName\": \"Yamada\", \"sex\"")).unwrap();
    let test = self_test(&new.path("for-biobank-x/self-test.sh"), &[export.to_str().unwrap()], &[]);
    assert!(test.code == Some(1) && test.out.contains("remove names"), "{}", test.out);
    drop(served);
}

#[test]
fn an_addition_with_a_fault_changes_nothing() {
    let new = NewInstallation::make();
    let _ = new.run(&HOSPITAL).good();
    let (text, files) = (new.text(), new.files());
    let address = free_address();
    let nowhere = format!("http://{address}");
    for arguments in [
        HOSPITAL.to_vec(),
        vec![
            "init",
            "--for",
            "hospital",
            "hospital-b",
            "--institution-number",
            "1319999902",
            "--client-id",
            "ehr-hospital-a",
        ],
        vec![
            "init",
            "--for",
            "hospital",
            "hospital-b",
            "--institution-number",
            "1319999902",
            "--expires",
            "soon",
        ],
        vec![
            "init",
            "--for",
            "hospital",
            "hospital-b",
            "--institution-number",
            "1319999902",
            "--expires",
            "2020-01-01",
        ],
        vec!["init", "--for", "broker", &nowhere, "--audience", "gateway"],
        vec!["init", "--for", "partner", "p", "--beacon-url", &nowhere],
    ] {
        let ran = new.run(&arguments);
        assert!(
            ran.code == Some(2) && ran.err.contains("nothing was changed"),
            "{arguments:?}: {}",
            ran.err
        );
        assert_eq!((new.text(), new.files()), (text.clone(), files.clone()), "{arguments:?}");
    }
}

#[test]
fn root_adds_to_an_installation_of_another_user_behind_a_link_and_the_user_keeps_its_files() {
    use std::os::unix::fs::{MetadataExt as _, chown, symlink};
    let new = NewInstallation::make();
    std::fs::create_dir(new.path("real")).unwrap();
    let (real, key) = (new.path("real/gateway.toml"), new.path("secrets/capability.key"));
    std::fs::rename(new.config(), &real).unwrap();
    symlink("real/gateway.toml", new.config()).unwrap();
    let is_root = std::fs::metadata(new.folder.path()).unwrap().uid() == 0;
    if is_root {
        for path in [&real, &key] {
            chown(path, Some(1234), Some(1234)).unwrap();
        }
    } else {
        gemj_tests::shared_data::skipped("only root can give a file to another user");
    }
    let owner = std::fs::metadata(&real).unwrap().uid();
    let _ = new.run(&HOSPITAL).good();
    assert!(std::fs::symlink_metadata(new.config()).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&real).unwrap().contains("hospital-a"));
    let _ = new.run(&["key", "rotate"]).good();
    let _ = new.run(&["key", "retire"]).good();
    for path in [
        real,
        key,
        new.path("clients"),
        new.path("clients/ehr-hospital-a.jwks.json"),
        new.path("for-hospital-a/self-test.sh"),
    ] {
        let file = std::fs::metadata(&path).unwrap();
        assert_eq!(file.uid(), owner, "{}", path.display());
        assert_eq!(file.mode() & 0o077, 0, "{}", path.display());
    }
}

#[test]
fn a_key_id_that_a_shell_would_run_is_refused_and_changes_nothing() {
    let new = NewInstallation::make();
    let jwks = new.path("evil.json");
    std::fs::write(
        &jwks,
        r#"{"keys": [{"kty": "EC", "crv": "P-384", "kid": "$(touch /tmp/x)", "x": "AA", "y": "AA"}]}"#,
    )
    .unwrap();
    let before = new.text();
    let ran = new.run(&[&HOSPITAL[..], &["--jwks", jwks.to_str().unwrap()]].concat());
    assert_eq!(ran.code, Some(2), "{}", ran.out);
    assert!(ran.err.contains("`kid`"), "{}", ran.err);
    assert_eq!(new.text(), before);
}

#[test]
fn a_hospitals_key_set_that_the_token_endpoint_refuses_is_refused_and_changes_nothing() {
    let (new, other) = (NewInstallation::make(), NewInstallation::make());
    let _ = other.run(&HOSPITAL).good();
    let made = std::fs::read_to_string(other.path("clients/ehr-hospital-a.jwks.json")).unwrap();
    let key: serde_json::Value = serde_json::from_str(&made).unwrap();
    let key = &key["keys"][0];
    // A modulus of 1024 bits (the example of RFC 7515 § A.2 has 2048).
    let small = serde_json::json!({"kty": "RSA", "kid": "small", "e": "AQAB", "n": "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8UDprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4"});
    let before = (new.text(), new.files().len());
    for (keys, said) in [
        (serde_json::json!([small]), "has no key for ES384 or RS384"),
        (serde_json::json!([key, key]), "two keys with the same `kid`"),
        (
            serde_json::json!([{"kty": "EC", "crv": "P-384", "kid": "no-point"}]),
            "has no key for ES384 or RS384",
        ),
    ] {
        let jwks = new.path("sent.json");
        std::fs::write(&jwks, serde_json::json!({"keys": keys}).to_string()).unwrap();
        let ran = new.run(&[&HOSPITAL[..], &["--jwks", jwks.to_str().unwrap()]].concat());
        std::fs::remove_file(&jwks).unwrap();
        assert_eq!(ran.code, Some(2), "{said}: {}", ran.out);
        assert!(ran.err.contains(said), "{said}: {}", ran.err);
        assert_eq!((new.text(), new.files().len()), before, "{said}");
    }
}

#[test]
fn an_empty_name_of_the_gateway_at_a_broker_is_refused_and_a_name_with_a_comma_is_one_name() {
    let new = NewInstallation::make();
    let add = |audience: &str| {
        new.run(&[
            "init",
            "--for",
            "broker",
            "https://login.example/",
            "--audience",
            audience,
            "--offline",
        ])
    };
    let before = new.text();
    for audience in ["", " "] {
        let ran = add(audience);
        assert_eq!(ran.code, Some(2), "{}", ran.out);
        assert!(ran.err.contains("--audience"), "{}", ran.err);
        assert_eq!(new.text(), before);
    }
    let _ = add("gw,with-comma").good();
    assert!(new.text().contains(r#"audiences = ["gw,with-comma"]"#), "{}", new.text());
}
