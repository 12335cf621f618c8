//! Checks the broker's tokens with pyjwt and with our own parser. Also checks the broker's keys and responses.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use ga4gh_passport::{AssertedBy, Passport, TokenKind, UnverifiedToken, Visa, VisaKind, VisaType};
use gemj_demo::{Broker, Persona};
use gemj_model::{Clock, SystemClock, Timestamp};
use serde_json::{Value, json};

const BASE: &str = "http://127.0.0.1:8081";

fn broker() -> (tempfile::TempDir, Broker) {
    let folder = tempfile::tempdir().unwrap();
    let broker = Broker::create_or_open(folder.path(), BASE).unwrap();
    (folder, broker)
}

fn now() -> Timestamp {
    SystemClock::default().now()
}

/// A Python interpreter with pyjwt; absent if pip cannot install pyjwt. The environment is made once, because the tests run in parallel.
static PYTHON: LazyLock<Option<PathBuf>> = LazyLock::new(python_with_pyjwt);

/// Makes the Python environment with pyjwt in the build's temporary folder.
fn python_with_pyjwt() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyjwt-venv");
    let python = folder.join("bin/python");
    let works = || {
        Command::new(&python)
            .args(["-c", "import jwt, cryptography"])
            .output()
            .is_ok_and(|o| o.status.success())
    };
    if !works() {
        let _ = Command::new("python3").arg("-m").arg("venv").arg(&folder).output();
        let _ = Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "pyjwt[crypto]==2.10.1"])
            .output();
    }
    if works() {
        return Some(python);
    }
    eprintln!("SKIPPED: no Python with pyjwt[crypto] (pip or the registry is not available)");
    None
}

const VERIFY: &str = r#"
import json, sys, jwt
request = json.load(sys.stdin)
def keys(path):
    return {k.key_id: k for k in jwt.PyJWKSet.from_dict(json.load(open(path))).keys}
passport_keys, visa_keys = keys(request["jwks"]), keys(request["visas_jwks"])
assert not set(passport_keys) & set(visa_keys)
need = {"require": ["iss", "sub", "iat", "exp", "jti"]}
out = []
for item in request["tokens"]:
    token = item["token"]
    head = jwt.get_unverified_header(token)
    options = dict(need, verify_exp=item["verify_exp"], verify_aud=False)
    claims = jwt.decode(token, passport_keys[head["kid"]].key, algorithms=["RS256"], issuer=request["issuer"], options=options)
    visas = []
    for visa in claims.get("ga4gh_passport_v1", []):
        vhead = jwt.get_unverified_header(visa)
        vclaims = jwt.decode(visa, visa_keys[vhead["kid"]].key, algorithms=["ES256"], issuer=request["issuer"] + "/visas", options=options)
        visas.append({"header": vhead, "claims": vclaims})
    out.append({"header": head, "claims": claims, "visas": visas})
json.dump(out, sys.stdout)
"#;

fn verified_by_pyjwt(folder: &Path, tokens: &[(String, bool)]) -> Option<Vec<Value>> {
    use std::io::Write;
    use std::process::Stdio;
    let python = PYTHON.as_ref()?;
    let request = json!({
        "issuer": BASE,
        "jwks": folder.join("broker/jwks.json"),
        "visas_jwks": folder.join("broker/visas-jwks.json"),
        "tokens": tokens.iter().map(|(t, e)| json!({"token": t, "verify_exp": e})).collect::<Vec<_>>(),
    });
    let mut child = Command::new(python)
        .args(["-c", VERIFY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn every_persona_s_passport_verifies_with_pyjwt() {
    let (folder, broker) = broker();
    let now = now();
    let tokens: Vec<_> = Persona::ALL
        .map(|p| (broker.mint(p, now, 3600).unwrap(), p != Persona::Expired))
        .to_vec();
    let Some(verified) = verified_by_pyjwt(folder.path(), &tokens) else {
        return;
    };
    let mut ids = std::collections::BTreeSet::new();
    for (persona, token) in Persona::ALL.into_iter().zip(&verified) {
        let (claims, visas) = (&token["claims"], token["visas"].as_array().unwrap());
        assert_eq!(token["header"]["typ"], "vnd.ga4gh.passport+jwt");
        assert_eq!(claims["sub"], persona.subject());
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
        assert!(claims.get("aud").is_none());
        assert!(ids.insert(claims["jti"].as_str().unwrap().to_owned()));
        let types: Vec<&str> = visas
            .iter()
            .map(|v| v["claims"]["ga4gh_visa_v1"]["type"].as_str().unwrap())
            .collect();
        let expected = match (persona.role(), persona) {
            (Some(_), _) => &["AffiliationAndRole"][..],
            (None, Persona::RegisteredOnly) => &["AffiliationAndRole", "AcceptedTermsAndPolicies", "ResearcherStatus"],
            (None, _) => &[
                "AffiliationAndRole",
                "AcceptedTermsAndPolicies",
                "ResearcherStatus",
                "ControlledAccessGrants",
            ],
        };
        assert_eq!(types, expected, "{}", persona.as_str());
        for visa in visas {
            assert_eq!(visa["header"]["typ"], "vnd.ga4gh.visa+jwt");
            assert_eq!(visa["header"]["jku"], format!("{BASE}/visas/jwks"));
            assert_eq!(visa["claims"]["sub"], persona.subject());
            assert!(!visa["claims"]["scope"].as_str().unwrap().split(' ').any(|s| s == "openid"));
            assert!(visa["claims"].get("aud").is_none());
            assert!(visa["claims"]["ga4gh_visa_v1"]["asserted"].as_i64() <= visa["claims"]["iat"].as_i64());
            assert!(ids.insert(visa["claims"]["jti"].as_str().unwrap().to_owned()));
            if visa["claims"]["ga4gh_visa_v1"]["type"] == "ControlledAccessGrants" {
                assert_eq!(visa["claims"]["ga4gh_visa_v1"]["by"], "dac");
                assert_eq!(visa["claims"]["ga4gh_visa_v1"]["source"], "https://gemj.example/committee");
            }
        }
        let ended_ago = now.seconds() - claims["exp"].as_i64().unwrap();
        assert_eq!(ended_ago, if persona == Persona::Expired { 3600 } else { -3600 });
    }
}

#[test]
fn the_gateway_s_parser_reads_a_passport_and_its_visas() {
    let (_folder, broker) = broker();
    let token = broker.mint(Persona::DomesticAcademic, now(), 60).unwrap();
    // The signature is not checked here, because another test checks signatures with pyjwt. This test checks the claims.
    let token = UnverifiedToken::parse(&token, TokenKind::Passport)
        .unwrap()
        .verify(|_| true)
        .unwrap();
    let passport = Passport::from_token(&token).unwrap();
    let visas: Vec<Visa> = passport
        .visas
        .iter()
        .map(|visa| {
            let visa = UnverifiedToken::parse(visa, TokenKind::Visa).unwrap();
            assert_eq!(visa.visa_kind().unwrap(), VisaKind::Document { jku: &broker.visa_jku() });
            assert_eq!(visa.claimed_issuer(), broker.visa_issuer());
            Visa::from_token(&visa.verify(|_| true).unwrap()).unwrap()
        })
        .collect();
    let grant = visas
        .iter()
        .find(|v| v.object.visa_type == VisaType::ControlledAccessGrants)
        .unwrap();
    assert_eq!(grant.object.by, Some(AssertedBy::Dac));
    assert_eq!(
        Some(grant.object.value.clone()),
        gemj_demo::personas::controlled_grant(Persona::DomesticAcademic)
    );
}

#[test]
fn keys_are_made_once_and_only_their_owner_can_read_them() {
    let (folder, broker) = broker();
    let files: Vec<_> = fs::read_dir(folder.path().join("broker"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    assert_eq!(files.len(), 5, "{files:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for path in &files {
            let secret = path.extension().is_some_and(|e| e == "pem");
            assert!(
                !secret || path.metadata().unwrap().permissions().mode() & 0o777 == 0o600,
                "{path:?}"
            );
        }
    }
    let keys = |broker: &Broker| {
        (
            broker.respond("GET", "/jwks", None, now()).body,
            broker.respond("GET", "/visas/jwks", None, now()).body,
        )
    };
    assert_eq!(keys(&broker), keys(&Broker::open(folder.path()).unwrap()));
    assert_eq!(
        keys(&broker),
        keys(&Broker::create_or_open(folder.path(), "http://127.0.0.1:9/").unwrap())
    );
    assert_eq!(Broker::open(folder.path()).unwrap().passport_issuer(), "http://127.0.0.1:9");
    let other = tempfile::tempdir().unwrap();
    assert_ne!(keys(&broker), keys(&Broker::create_or_open(other.path(), BASE).unwrap()));
    for private in ["\"d\"", "\"p\"", "\"q\""] {
        assert!(!keys(&broker).0.contains(private) && !keys(&broker).1.contains(private));
    }
    fs::write(folder.path().join("broker/visa-es256.pem"), "nonsense").unwrap();
    assert!(Broker::open(folder.path()).is_err());
    assert!(matches!(
        Broker::open(&other.path().join("nothing")),
        Err(gemj_demo::DemoError::NoBroker { .. })
    ));
}

#[test]
fn passports_name_an_audience_and_visas_never_do() {
    let (folder, broker) = broker();
    let broker = broker.with_audience("https://gateway.example");
    let token = broker.mint(Persona::DomesticAcademic, now(), 60).unwrap();
    let access = broker.mint_access_token(Persona::DomesticAcademic, now(), 60).unwrap();
    let Some(verified) = verified_by_pyjwt(folder.path(), &[(token, true), (access, true)]) else {
        return;
    };
    assert_eq!(verified[0]["claims"]["aud"], "https://gateway.example");
    assert_eq!(verified[1]["claims"]["aud"], "https://gateway.example");
    assert_eq!(verified[1]["header"]["typ"], "at+jwt");
    assert_eq!(verified[1]["claims"]["scope"], "openid ga4gh_passport_v1");
    assert!(
        verified[0]["visas"]
            .as_array()
            .unwrap()
            .iter()
            .all(|v| v["claims"].get("aud").is_none())
    );
}

#[test]
fn discovery_names_the_keys_and_user_info() {
    let (_folder, broker) = broker();
    let response = broker.respond("GET", "/.well-known/openid-configuration", None, now());
    assert_eq!((response.status, response.content_type), (200, "application/json"));
    let document: Value = serde_json::from_str(&response.body).unwrap();
    assert_eq!(document["issuer"], BASE);
    for (member, status) in [("jwks_uri", 200), ("userinfo_endpoint", 401), ("token_endpoint", 501)] {
        let path = document[member].as_str().unwrap().strip_prefix(BASE).unwrap();
        assert_eq!(broker.respond("GET", path, None, now()).status, status, "{member}");
    }
    assert_eq!(broker.respond("GET", "/jwks?x=1", None, now()).status, 200);
    assert_eq!(broker.respond("POST", "/jwks", None, now()).status, 405);
    assert_eq!(broker.respond("DELETE", "/userinfo", None, now()).allow, Some("GET, HEAD, POST"));
    assert_eq!(broker.respond("GET", "/admin", None, now()).status, 404);
}

#[test]
fn user_info_returns_visas_only_for_an_access_token() {
    let (folder, broker) = broker();
    let now = now();
    let ask = |token: &str| broker.respond("GET", "/userinfo", Some(&format!("Bearer {token}")), now);
    let access = broker.mint_access_token(Persona::OverseasAcademic, now, 600).unwrap();
    let answer = ask(&access);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let info: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(info["sub"], Persona::OverseasAcademic.subject());
    assert_eq!(info["ga4gh_passport_v1"].as_array().unwrap().len(), 4);
    // Tokens that UserInfo must refuse: a token of another kind, a token of another broker, an expired token, a shortened token and altered
    // tokens.
    let other = tempfile::tempdir().unwrap();
    let stranger = Broker::create_or_open(other.path(), BASE).unwrap();
    let visa = info["ga4gh_passport_v1"][0].as_str().unwrap().to_owned();
    let mut refused = vec![
        broker.mint(Persona::OverseasAcademic, now, 600).unwrap(),
        visa,
        stranger.mint_access_token(Persona::OverseasAcademic, now, 600).unwrap(),
        Broker::create_or_open(folder.path(), "http://127.0.0.1:1")
            .unwrap()
            .mint_access_token(Persona::Steward, now, 600)
            .unwrap(),
        broker.mint_access_token(Persona::Expired, now, 600).unwrap(),
        broker
            .mint_access_token(Persona::OverseasAcademic, now.plus_seconds(-600), 600)
            .unwrap(),
        String::new(),
        "a.b.c".to_owned(),
    ];
    for cut in 0..access.len() {
        refused.push(access[..cut].to_owned());
    }
    // One character is altered at a time: every third character of payload and signature, but not the last one, whose low bits are unused.
    let payload = access.find('.').unwrap() + 1;
    for at in (payload..access.len() - 1).step_by(3) {
        let mut altered = access.clone().into_bytes();
        altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
        refused.push(String::from_utf8(altered).unwrap());
    }
    for token in &refused {
        let answer = ask(token);
        assert!(
            answer.status == 401 && answer.www_authenticate.is_some(),
            "{} {token}",
            answer.status
        );
        assert!(!answer.body.contains("eyJ"));
    }
    for header in ["Basic abc", "Bearer", &access] {
        assert_eq!(
            broker.respond("GET", "/userinfo", Some(header), now).www_authenticate,
            Some("Bearer")
        );
    }
}

#[test]
fn debug_output_contains_no_secret() {
    let (_folder, broker) = broker();
    assert_eq!(format!("{broker:?}"), format!("Broker {{ base_url: {BASE:?}, .. }}"));
}
