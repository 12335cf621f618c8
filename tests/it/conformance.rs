//! The conformance checker against the demo, over HTTP.

use std::process::Command;

use gemj_demo::Persona;
use gemj_tests::binary::{gateway, workspace};
use gemj_tests::shared_data::shared;
use serde_json::Value;

use crate::full_demo::{FullDemo, full_demo};

fn token(demo: &FullDemo, persona: Persona) -> String {
    let dir = demo.dir();
    let out = gemj_tests::programme::run_gateway(["demo-passport", "--dir", dir.to_str().unwrap(), "--persona", persona.as_str()]).good();
    out.out.trim().to_owned()
}

#[test]
fn the_demo_passes_every_conformance_check() {
    let (Some(demo), Some(standards)) = (full_demo(), shared("standards")) else {
        return;
    };
    let file = |name: &str, text: &str| {
        let path = demo.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let drs = demo
        .exports()
        .iter()
        .find_map(|line| Some(line.split_once("DRS=")?.1.split(' ').next()?.to_owned()))
        .unwrap();
    let workflow = workspace().join("docs/examples/count-reads.cwl").canonicalize().unwrap();
    let expired = file("expired.token", &token(demo, Persona::Expired));
    let visaless = file("visaless.token", &token(demo, Persona::Steward));
    let settings = std::fs::read_to_string(demo.dir().join("conformance.toml")).unwrap()
        + &format!(
            "\n[wes]\nworkflow_file = \"{}\"\nwait_seconds = 120\n[wes.params.reads]\nclass = \"File\"\nlocation = \"{drs}\"\n\
             [passport]\nexpired_token_file = \"{}\"\nvisaless_token_file = \"{}\"\n",
            workflow.display(),
            expired.display(),
            visaless.display()
        );
    let settings = file("settings.toml", &settings);
    let research = file("research.token", &token(demo, Persona::ConformanceCi));
    let fhir = file("fhir.token", &token(demo, Persona::EhrHospitalA));
    let report = demo.folder.join("report.json");
    let output = Command::new(gateway().with_file_name("ga4gh-conformance"))
        .arg(&demo.served.client.base)
        .args([
            "--settings".as_ref(),
            settings.as_os_str(),
            "--standards".as_ref(),
            standards.as_os_str(),
        ])
        .args([
            "--token-file".as_ref(),
            research.as_os_str(),
            "--fhir-token-file".as_ref(),
            fhir.as_os_str(),
        ])
        .args(["--report".as_ref(), report.as_os_str()])
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{printed}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for name in ["research.token", "fhir.token"] {
        let secret = std::fs::read_to_string(demo.folder.join(name)).unwrap();
        assert!(!printed.contains(secret.trim()), "the checker prints a token");
    }
    let report: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
    let passed = report.to_string().matches("\"pass\"").count();
    println!("{printed}");
    assert!(passed >= 60, "{passed} checks passed\n{printed}");
}
