//! WES and the airlock with real workflows and the real cwltool.

mod airlock;
mod banned;
mod cancel_run;
mod fair_turns;
mod get_run_log;
mod get_service_info;
mod hostile_workflow;
mod list_runs;
mod list_tasks;
mod removed_trust;
mod run_workflow;
mod under_way;
mod upload;

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use gemj_demo::Persona;
use gemj_tests::cwltool::cwltool;
use gemj_tests::programme::SharedProgramme;
use gemj_tests::shared_data::shared;
use gemj_tests::small_data::{feeds, person};
use gemj_tests::{Backend, Client, Programme, Reply};
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::small::loaded;

pub(crate) const RUNS: &str = "/ga4gh/wes/v1/runs";

/// The time limit of a workflow run in these tests, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Two projects: the project of the domestic academic's approval, and the project of the overseas group that works inside the research environment.
const PROJECTS: [&str; 2] = [
    "Joint analysis of Japanese whole genomes",
    "Structural variants in rare diseases of childhood",
];

/// The number of the participant whose reads are a CRAM file.
const CRAM_PERSON: usize = 4;

/// A CWL tool that counts reads. It requires the index beside the file.
pub(crate) const COUNT: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["samtools", "view", "-c"],
  "inputs": {"reads": {"type": "File", "inputBinding": {"position": 1}, "secondaryFiles": [{"pattern": ".crai", "required": true}]}},
  "stdout": "count.txt", "outputs": {"count": "stdout"}
}"#;

/// A CWL tool that sleeps and then counts reads.
pub(crate) const SLOW_COUNT: &str = r#"{
  "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["sh", "-c"],
  "inputs": {"reads": "File", "seconds": "int"},
  "arguments": ["sleep $(inputs.seconds); samtools view -c $(inputs.reads.path)"],
  "stdout": "count.txt", "outputs": {"count": "stdout"}
}"#;

/// A served programme with participants, files, a workflow engine with `slots` slots, and reviewers. The persona output reviewer reviews both
/// projects. The domestic academic reviews their own project.
pub(crate) fn with_workflows(slots: usize) -> Option<Programme> {
    let programme = loaded(Backend::Embedded);
    run_workflows(&programme, slots).then_some(programme)
}

/// Configures a workflow engine with `slots` slots and the reviewers. Returns false if cwltool is not installed.
pub(crate) fn run_workflows(programme: &Programme, slots: usize) -> bool {
    let Some(cwltool) = cwltool() else { return false };
    let config = programme.config();
    let mut text = without_section(&std::fs::read_to_string(&config).unwrap(), "[workflows]");
    let reviewers = [
        (Persona::OutputReviewer, PROJECTS[0]),
        (Persona::OutputReviewer, PROJECTS[1]),
        (Persona::DomesticAcademic, PROJECTS[0]),
    ];
    for (persona, project) in reviewers {
        let (issuer, subject) = (programme.broker().passport_issuer(), persona.subject());
        text.push_str(&format!(
            "\n[[authentication.role]]\nissuer = {issuer:?}\nsubject = {subject:?}\nrole = \"output-reviewer\"\nscope = {project:?}\n\
             expires = \"2036-04-01\"\n"
        ));
    }
    let bwrap = Path::new("/usr/bin/bwrap").is_file();
    text.push_str(&format!(
        "\n[workflows]\ndirectory = \"runs\"\ncwltool = {cwltool:?}\nslots = {slots}\nrequire_isolation = {bwrap}\n\
         shown_every_s = 1\nruns_per_day = 0\n"
    ));
    if bwrap {
        text.push_str("bwrap = \"/usr/bin/bwrap\"\n");
    }
    std::fs::write(&config, text).unwrap();
    true
}

/// A TOML text without the table of this header.
fn without_section(text: &str, header: &str) -> String {
    let mut inside = false;
    let kept = text.lines().filter(|line| {
        if line.starts_with('[') {
            inside = *line == header;
        }
        !inside
    });
    kept.map(|line| format!("{line}\n")).collect()
}

/// The programme that tests share if they only add runs.
pub(crate) fn shared_site() -> Option<&'static SharedProgramme> {
    static SITE: Mutex<Option<Option<&'static SharedProgramme>>> = Mutex::new(None);
    let mut made = SITE.lock().expect("the programme with workflows could not be made");
    *made.get_or_insert_with(|| Some(&*Box::leak(Box::new(with_workflows(2)?.serve_for_good()))))
}

/// A part of a multipart form.
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    pub(crate) filename: Option<&'a str>,
    pub(crate) bytes: &'a [u8],
}

pub(crate) fn field<'a>(name: &'a str, text: &'a str) -> Part<'a> {
    Part {
        name,
        filename: None,
        bytes: text.as_bytes(),
    }
}

pub(crate) fn attachment<'a>(filename: &'a str, text: &'a str) -> Part<'a> {
    Part {
        name: "workflow_attachment",
        filename: Some(filename),
        bytes: text.as_bytes(),
    }
}

/// `POST /runs` with a form.
pub(crate) fn post_form(client: &Client, token: Option<&str>, parts: &[Part<'_>]) -> Reply {
    let boundary = "gemj-boundary-7c1f";
    let mut body = Vec::new();
    for part in parts {
        body.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", part.name).bytes());
        if let Some(filename) = part.filename {
            body.extend(format!("; filename=\"{filename}\"\r\nContent-Type: application/octet-stream").bytes());
        }
        body.extend(b"\r\n\r\n");
        body.extend(part.bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    let content_type = format!("multipart/form-data; boundary={boundary}");
    let authorization = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("Content-Type", content_type.as_str())];
    headers.extend(authorization.iter().map(|value| ("Authorization", value.as_str())));
    client.send("POST", RUNS, &headers, Some(&body))
}

/// `POST /runs` with a tool and its parameters.
pub(crate) fn submit(client: &Client, token: &str, tool: &str, params: &Value) -> Reply {
    let params = params.to_string();
    post_form(
        client,
        Some(token),
        &[
            field("workflow_type", "CWL"),
            field("workflow_type_version", "v1.2"),
            field("workflow_url", "tool.cwl"),
            field("workflow_params", &params),
            field("tags", r#"{"study": "counting"}"#),
            attachment("tool.cwl", tool),
        ],
    )
}

/// The id of a run that the gateway accepted.
pub(crate) fn submitted(client: &Client, token: &str, tool: &str, params: &Value) -> String {
    let reply = submit(client, token, tool, params).expect(200).json();
    official("RunId", &reply);
    reply["run_id"].as_str().unwrap().to_owned()
}

/// A file of the programme as a CWL File.
pub(crate) fn drs_file(id: &str) -> Value {
    json!({"class": "File", "location": format!("drs://127.0.0.1/{id}")})
}

/// The parameters of [`COUNT`] for the participant with a CRAM.
pub(crate) fn count_params(programme: &Programme) -> Value {
    json!({"reads": drs_file(&programme.object_of(&person(CRAM_PERSON), "CRAM"))})
}

/// The parameters of [`SLOW_COUNT`] for a participant with a BAM.
pub(crate) fn slow_params(programme: &Programme, number: usize, seconds: u32) -> Value {
    json!({"reads": drs_file(&programme.object_of(&person(number), "BAM")), "seconds": seconds})
}

pub(crate) fn state(client: &Client, token: &str, run: &str) -> String {
    let status = client.get(&format!("{RUNS}/{run}/status"), Some(token)).expect(200).json();
    official("RunStatus", &status);
    status["state"].as_str().unwrap().to_owned()
}

pub(crate) fn run_log(client: &Client, token: &str, run: &str) -> Value {
    let log = client.get(&format!("{RUNS}/{run}"), Some(token)).expect(200).json();
    official("RunLog", &log);
    log
}

/// Requests the state of a run until it is one of the wanted states. Fails if the run ends in another state.
pub(crate) fn until(client: &Client, token: &str, run: &str, wanted: &[&str]) -> String {
    let begun = Instant::now();
    loop {
        let state = state(client, token, run);
        if wanted.contains(&state.as_str()) {
            return state;
        }
        let over = ["COMPLETE", "EXECUTOR_ERROR", "SYSTEM_ERROR", "CANCELED"].contains(&state.as_str());
        assert!(!over, "{state} instead of {wanted:?}: {}", run_log(client, token, run));
        assert!(begun.elapsed() < PATIENCE, "{state} instead of {wanted:?}");
        // The loop needs no pause, because each answer waits for its audit row.
    }
}

/// The outputs of a run in the reviewer's list (`/airlock/outputs`).
pub(crate) fn reviewed(client: &Client, reviewer: &str, run: &str) -> Vec<Value> {
    let listed = client
        .get(&format!("/airlock/outputs?run_id={run}"), Some(reviewer))
        .expect(200)
        .json();
    listed["outputs"].as_array().unwrap().clone()
}

/// The id of an output, found by its name.
pub(crate) fn output_id(client: &Client, reviewer: &str, run: &str, name: &str) -> String {
    let outputs = reviewed(client, reviewer, run);
    let found = outputs.iter().find(|output| output["name"] == name);
    let found = found.unwrap_or_else(|| panic!("no output {name}: {outputs:?}"));
    found["id"].as_str().unwrap().to_owned()
}

/// The released file of a port in a run's log.
pub(crate) fn released(log: &Value, port: &str) -> Value {
    log["outputs"][port]["files"][0].clone()
}

/// Whether the run log shows an output of the workflow (`port` is its name) with the state `held` and without a value.
pub(crate) fn is_held(log: &Value, port: &str) -> bool {
    log["outputs"][port] == json!({"state": "held"})
}

/// Sends a reviewer's decision about an output.
pub(crate) fn decide(client: &Client, token: &str, output: &str, verdict: &str) -> Reply {
    let body = json!({"verdict": verdict, "reason": "one number over one person's reads"});
    client.post(&format!("/airlock/outputs/{output}/decision"), Some(token), &body)
}

/// Validates an answer against the official document, if the document is present.
pub(crate) fn official(schema: &str, answer: &Value) {
    let Some(validator) = validator(schema) else { return };
    let faults: Vec<String> = validator
        .iter_errors(answer)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{schema}: {faults:?} {answer:#}");
}

fn validator(schema: &str) -> Option<Validator> {
    let read = |path: &str| Some(std::fs::read_to_string(shared(path)?).unwrap());
    let text = read("standards/wes/workflow_execution_service-1.1.0.openapi.yaml")?;
    let service = read("standards/service-info/service-info-1.0.0.yaml")?;
    // The official WES document refers to another document only for the schema of service-info.
    let elsewhere = "https://raw.githubusercontent.com/ga4gh-discovery/ga4gh-service-info/v1.0.0/service-info.yaml#";
    let mut document: Value = serde_norway::from_str(&text.replace(elsewhere, "#")).unwrap();
    let service: Value = serde_norway::from_str(&service).unwrap();
    for name in ["Service", "ServiceType"] {
        document["components"]["schemas"][name] = service["components"]["schemas"][name].clone();
    }
    Some(crate::registry::official::validator(&document, schema))
}

/// Asserts an error in the WES format with this status, and returns its message.
pub(crate) fn wes_error(reply: &Reply, status: u16) -> String {
    assert_eq!(reply.status, status, "{}", reply.text());
    let body = reply.json();
    official("ErrorResponse", &body);
    assert_eq!(body["status_code"], status);
    body["msg"].as_str().unwrap().to_owned()
}
