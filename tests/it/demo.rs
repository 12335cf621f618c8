//! `demo`: one command serves a complete programme.

use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::gateway_process::Start;
use gemj_tests::oracle::run_command;
use gemj_tests::programme::run_gateway;
use gemj_tests::scratch::until_the_end;
use gemj_tests::{GatewayProcess, binary};
use serde_json::Value;

fn objects(dir: &Path) -> Vec<Value> {
    let config = dir.join("gateway.toml");
    let listed = run_gateway(["objects", "list", "--json", "--config", config.to_str().unwrap()]).good();
    let mut objects: Vec<Value> = serde_json::from_str(&listed.out).unwrap();
    for object in &mut objects {
        // The port of the demo differs in each start, and the URLs contain the port.
        object.as_object_mut().unwrap().retain(|name, _| !name.ends_with("_url"));
    }
    objects
}

fn passport(dir: &Path, persona: &str) -> String {
    run_gateway(["demo-passport", "--dir", dir.to_str().unwrap(), "--persona", persona])
        .good()
        .out
        .trim()
        .to_owned()
}

struct Demo {
    dir: std::path::PathBuf,
    served: GatewayProcess,
    first: Vec<Value>,
}

/// The shared demo, after it was stopped and started a second time.
fn demo() -> &'static Demo {
    static DEMO: Mutex<Option<&'static Demo>> = Mutex::new(None);
    // A failed start poisons the lock. The other tests then fail at once and do not start the demo again.
    let mut made = DEMO.lock().expect("the demo could not be started");
    made.get_or_insert_with(|| {
        let dir = until_the_end("gemj-it-demo");
        let first_start = GatewayProcess::demo(&dir, &Start::default());
        let first = objects(&dir);
        drop(first_start);
        let served = GatewayProcess::demo(&dir, &Start::default());
        Box::leak(Box::new(Demo { dir, served, first }))
    })
}

#[test]
fn serve_refuses_the_configuration_of_a_demo_in_any_folder() {
    let demo = demo();
    let refused = |config: &Path| {
        let ran = run_gateway(["serve", "--config", config.to_str().unwrap()]);
        assert_eq!(ran.code, Some(2), "{}", ran.err);
        assert!(ran.err.contains("belongs to a demo"), "{}", ran.err);
    };
    let config = demo.dir.join("gateway.toml");
    refused(&config);
    // `serve` must refuse a demo's configuration that was copied to another folder.
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("gateway.toml");
    std::fs::copy(&config, &copy).unwrap();
    refused(&copy);
    // `serve` must also refuse a configuration in the demo's folder without the line `demo = true`.
    let text = std::fs::read_to_string(&config).unwrap();
    let unmarked = demo.dir.join("unmarked.toml");
    std::fs::write(&unmarked, text.replace("demo = true", "demo = false")).unwrap();
    refused(&unmarked);
}

#[test]
fn a_second_start_serves_the_same_objects() {
    let demo = demo();
    assert!(demo.first.len() > 50, "{} objects", demo.first.len());
    assert_eq!(objects(&demo.dir), demo.first);
    let formats: std::collections::BTreeSet<&str> = demo.first.iter().map(|o| o["format"].as_str().unwrap()).collect();
    assert_eq!(formats.into_iter().collect::<Vec<_>>(), ["BAM", "BCF", "CRAM", "VCF"]);
}

#[test]
fn the_demo_prints_its_address_and_its_personas() {
    let printed = demo().served.printed.join("\n");
    assert!(printed.contains(&demo().served.client.base));
    for persona in Persona::ALL {
        assert!(
            printed.lines().any(|line| line.trim().starts_with(persona.as_str())),
            "{}",
            persona.as_str()
        );
    }
}

#[test]
fn the_passports_of_all_personas_except_the_expired_one_are_accepted() {
    let demo = demo();
    for persona in Persona::ALL {
        let token = passport(&demo.dir, persona.as_str());
        let reply = demo
            .served
            .client
            .get("/beacon/individuals?filters=HP:0001250&requestedGranularity=count", Some(&token));
        if persona == Persona::Expired {
            assert_eq!((reply.status, reply.json()["error"]["errorCode"].as_u64()), (401, Some(401)));
            assert!(reply.header("www-authenticate").starts_with("Bearer"));
        } else {
            assert_eq!(reply.status, 200, "{}: {}", persona.as_str(), reply.text());
        }
    }
}

#[test]
fn the_printed_commands_work() {
    let demo = demo();
    let folder = tempfile::tempdir().unwrap();
    let path = format!(
        "{}:{}",
        binary::gateway().parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let mut commands = 0;
    for line in demo
        .served
        .printed
        .iter()
        .map(|line| line.trim())
        .filter(|line| line.starts_with("curl ") || line.starts_with("samtools "))
    {
        let mut command = Command::new("bash");
        command.args(["-ceu", line]).env("PATH", &path).current_dir(folder.path());
        let output = String::from_utf8(run_command(command, b"")).unwrap();
        assert!(!output.trim().is_empty(), "{line}");
        match serde_json::from_str::<Value>(&output) {
            Ok(answer) => {
                assert!(
                    answer.get("error").is_none() && answer.get("htsget").is_none() && answer.get("status_code").is_none(),
                    "{line}\n{answer:#}"
                );
                if let Some(summary) = answer.get("responseSummary") {
                    assert_eq!(summary["exists"], true, "{line}\n{answer:#}");
                }
            }
            Err(_) => assert!(output.lines().all(|record| record.split('\t').count() >= 11), "{line}\n{output}"),
        }
        commands += 1;
    }
    assert!(commands >= 4, "{:?}", demo.served.printed);
}

#[test]
fn other_commands_work_while_the_demo_serves() {
    let demo = demo();
    let config = demo.dir.join("gateway.toml");
    let config = config.to_str().unwrap();
    let _ = run_gateway(["config", "check", config]).good();
    let participant = demo.first.iter().find_map(|o| o["participant"].as_str()).unwrap();
    let shown = run_gateway(["consent", "--config", config, "show", participant]).good();
    assert!(shown.out.contains("holds now"), "{}", shown.out);
    let verified = run_gateway(["audit", "--config", config, "verify"]).good();
    assert!(verified.out.starts_with("good: "), "{}", verified.out);
}

#[test]
fn a_hangup_makes_the_demo_reread_its_trust_and_does_not_end_it() {
    let dir = until_the_end("gemj-it-demo-hangup");
    let served = GatewayProcess::demo(&dir, &Start::default());
    let config = dir.join("gateway.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let added =
        "\n[[authentication.issuer]]\nissuer = \"https://broker.example\"\nkinds = [\"access-token\"]\nbearer = [\"access-token\"]\n";
    let at = text.find("[[authentication.role]]").unwrap();
    std::fs::write(&config, format!("{}{added}\n{}", &text[..at], &text[at..])).unwrap();
    let issuers = || {
        let reply = served.client.send("OPTIONS", "/ga4gh/drs/v1/objects/x", &[], None).expect(200);
        reply.json()["bearer_auth_issuers"].as_array().unwrap().clone()
    };
    assert!(!issuers().contains(&"https://broker.example".into()));
    hang_up(served.pid);
    let end = Instant::now() + Duration::from_secs(30);
    while !issuers().contains(&"https://broker.example".into()) {
        assert!(Instant::now() < end, "{}", served.log());
        std::thread::yield_now();
    }
}

fn hang_up(pid: u32) {
    assert!(Command::new("kill").args(["-HUP", &pid.to_string()]).status().unwrap().success());
}

#[test]
fn the_demo_broker_publishes_its_metadata_and_public_keys() {
    let demo = demo();
    let line = demo.served.printed.iter().find(|line| line.trim().starts_with("broker")).unwrap();
    let issuer = line.split_whitespace().last().unwrap();
    let client = &demo.served.client;
    let discovery = client
        .get(&format!("{issuer}/.well-known/openid-configuration"), None)
        .expect(200)
        .json();
    assert_eq!(discovery["issuer"], issuer);
    let keys = client.get(discovery["jwks_uri"].as_str().unwrap(), None).expect(200).json();
    assert!(!keys["keys"].as_array().unwrap().is_empty());
    assert!(
        keys["keys"].as_array().unwrap().iter().all(|key| key.get("d").is_none()),
        "no private key is published"
    );
}

#[test]
fn passports_can_be_printed_at_the_same_time() {
    let demo = demo();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..4).for_each(|_| assert_eq!(passport(&demo.dir, "steward").split('.').count(), 3)));
        }
    });
}
