//! The tests validate the rendered JSON against the official OpenAPI documents of WES and Service Info. A test without the documents prints
//! SKIPPED. In continuous integration it fails instead.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ga4gh_service_info::{Organization, Service};
use ga4gh_wes::{
    AttachmentNameError, BadRequest, DefaultWorkflowEngineParameter, FormPart, Log, Missing, Operation, RunId, RunListResponse, RunLog,
    RunRequest, RunStatus, RunSummary, State, SubmissionLimits, TaskId, TaskListResponse, TaskLog, UtcSeconds, WesError, WesServiceInfo,
    WorkflowSourceError, parse_run_workflow,
};
use serde::Serialize;
use serde_json::{Map, Value, json};

fn read(path: &str) -> Option<Value> {
    let shared =
        std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join(path);
    let Ok(text) = std::fs::read_to_string(&path) else {
        let in_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        assert!(!in_ci, "{} is not readable", path.display());
        eprintln!("SKIPPED: {} is not readable", path.display());
        return None;
    };
    Some(serde_norway::from_str(&text).unwrap())
}

/// Loads the official WES document. Its one reference to another document is replaced by the local copy.
fn official() -> Option<Value> {
    let mut document = read("standards/wes/workflow_execution_service-1.1.0.openapi.yaml")?;
    let service_info = read("standards/service-info/service-info-1.0.0.yaml")?;
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    for name in ["Service", "ServiceType"] {
        let schema = service_info["components"]["schemas"][name].clone();
        assert!(schema.is_object() && schemas.insert(name.to_owned(), schema).is_none());
    }
    schemas["ServiceInfo"]["allOf"][0] = json!({"$ref": "#/components/schemas/Service"});
    Some(document)
}

/// Changes a schema so that it rejects members that it does not name. A misspelled member is then detected. The parts of an `allOf` are merged
/// first.
fn close(schema: &mut Value, all: &Value) {
    let Value::Object(members) = schema else {
        if let Value::Array(items) = schema {
            items.iter_mut().for_each(|item| close(item, all));
        }
        return;
    };
    if let Some(Value::Array(parts)) = members.remove("allOf") {
        members.insert("type".to_owned(), json!("object"));
        for part in parts {
            let part = match part["$ref"].as_str() {
                Some(reference) => all[reference.rsplit_once('/').unwrap().1].clone(),
                None => part,
            };
            for (name, property) in part["properties"].as_object().cloned().unwrap_or_default() {
                members.entry("properties").or_insert_with(|| json!({}))[&name] = property;
            }
            let required = members.entry("required").or_insert_with(|| json!([])).as_array_mut().unwrap();
            required.extend(part["required"].as_array().cloned().unwrap_or_default());
        }
    }
    if members.get("properties").is_some_and(Value::is_object) && !members.contains_key("additionalProperties") {
        members.insert("additionalProperties".to_owned(), json!(false));
    }
    members.values_mut().for_each(|member| close(member, all));
}

struct Oracle {
    open: jsonschema::Validator,
    closed: jsonschema::Validator,
}

impl Oracle {
    fn new(document: &Value, name: &str) -> Self {
        let build = |components: &Value| {
            let root = json!({"$ref": format!("#/components/schemas/{name}"), "components": components});
            jsonschema::options().should_validate_formats(true).build(&root).unwrap()
        };
        let mut closed = document["components"].clone();
        close(&mut closed, &document["components"]["schemas"]);
        Self {
            open: build(&document["components"]),
            closed: build(&closed),
        }
    }

    fn accepts(&self, answer: &impl Serialize) {
        let answer = serde_json::to_value(answer).unwrap();
        for validator in [&self.open, &self.closed] {
            let errors: Vec<_> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?} in {answer:#}");
        }
        assert_no_null(&answer);
    }

    fn rejects(&self, answer: &Value) {
        assert!(!self.closed.is_valid(answer), "the schema must reject {answer:#}");
    }
}

fn assert_no_null(value: &Value) {
    match value {
        Value::Null => panic!("null"),
        Value::Array(items) => items.iter().for_each(assert_no_null),
        Value::Object(members) => members.values().for_each(assert_no_null),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn run_id() -> RunId {
    RunId::parse("run-1").unwrap()
}

fn full_request() -> RunRequest {
    let part = |name: &str, text: &str| FormPart {
        name: name.to_owned(),
        filename: None,
        content_type: None,
        bytes: text.as_bytes().to_vec(),
    };
    let parts = vec![
        part(
            "workflow_params",
            r#"{"reads": {"class": "File", "location": "drs://drs.example/x"}, "n": 3}"#,
        ),
        part("workflow_type", "CWL"),
        part("workflow_type_version", "v1.2"),
        part("tags", r#"{"project": "p"}"#),
        part("workflow_engine", "cwltool"),
        part("workflow_engine_version", "3.3"),
        part("workflow_engine_parameters", r#"{"parallel": "true"}"#),
        part("workflow_url", "https://example.org/wf.cwl"),
    ];
    parse_run_workflow(parts, &SubmissionLimits::default()).unwrap().request
}

fn full_log() -> Log {
    Log {
        name: Some("wf".to_owned()),
        cmd: Some(vec!["cwltool".to_owned(), "wf.cwl".to_owned()]),
        start_time: Some(UtcSeconds(1_795_270_801)),
        end_time: Some(UtcSeconds(1_795_270_861)),
        stdout: Some("https://h.example/runs/run-1/stdout".to_owned()),
        stderr: Some("https://h.example/runs/run-1/stderr".to_owned()),
        exit_code: Some(-9),
        system_logs: vec!["the wall-clock limit was reached".to_owned()],
    }
}

fn run_log(run_log: Log, outputs: Option<Value>) -> RunLog {
    RunLog {
        run_id: run_id(),
        request: full_request(),
        state: State::ExecutorError,
        run_log,
        task_logs_url: "https://h.example/ga4gh/wes/v1/runs/run-1/tasks".to_owned(),
        outputs: outputs.map(|value| value.as_object().unwrap().clone()),
    }
}

#[test]
fn a_run_log_renders_as_the_expected_json_and_validates() {
    let full = run_log(full_log(), Some(json!({"count": 3})));
    assert_eq!(
        serde_json::to_value(&full).unwrap(),
        json!({
            "run_id": "run-1",
            "request": {
                "workflow_params": {"reads": {"class": "File", "location": "drs://drs.example/x"}, "n": 3},
                "workflow_type": "CWL", "workflow_type_version": "v1.2", "tags": {"project": "p"},
                "workflow_engine": "cwltool", "workflow_engine_version": "3.3",
                "workflow_engine_parameters": {"parallel": "true"},
                "workflow_url": "https://example.org/wf.cwl"
            },
            "state": "EXECUTOR_ERROR",
            "run_log": {
                "name": "wf", "cmd": ["cwltool", "wf.cwl"],
                "start_time": "2026-11-21T14:20:01Z", "end_time": "2026-11-21T14:21:01Z",
                "stdout": "https://h.example/runs/run-1/stdout", "stderr": "https://h.example/runs/run-1/stderr",
                "exit_code": -9, "system_logs": ["the wall-clock limit was reached"]
            },
            "task_logs_url": "https://h.example/ga4gh/wes/v1/runs/run-1/tasks",
            "outputs": {"count": 3}
        })
    );
    let Some(document) = official() else { return };
    let oracle = Oracle::new(&document, "RunLog");
    oracle.accepts(&full);
    oracle.accepts(&run_log(Log::default(), None));
    let mut misspelt = serde_json::to_value(&full).unwrap();
    misspelt["run_log"]["exitcode"] = json!(0);
    oracle.rejects(&misspelt);
    let mut without = serde_json::to_value(&full).unwrap();
    without["request"].as_object_mut().unwrap().remove("workflow_url");
    oracle.rejects(&without);
    let mut wrong = serde_json::to_value(&full).unwrap();
    wrong["state"] = json!("DONE");
    oracle.rejects(&wrong);
}

#[test]
fn a_request_survives_a_round_trip_through_json() {
    let stored = serde_json::to_string(&full_request()).unwrap();
    assert_eq!(serde_json::from_str::<RunRequest>(&stored).unwrap(), full_request());
    let shown = format!("{:?}", full_request());
    assert!(!shown.contains("drs.example") && !shown.contains("project"), "{shown}");
}

#[test]
fn ids_statuses_and_lists_validate() {
    let status = RunStatus {
        run_id: run_id(),
        state: State::Queued,
    };
    let summary = RunSummary {
        run_id: run_id(),
        state: State::Complete,
        start_time: Some(UtcSeconds(0)),
        end_time: Some(UtcSeconds(1)),
        tags: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
    };
    let waiting = RunSummary {
        start_time: None,
        end_time: None,
        tags: BTreeMap::new(),
        ..summary.clone()
    };
    let list = RunListResponse {
        runs: vec![summary, waiting],
        next_page_token: String::new(),
    };
    assert_eq!(serde_json::to_value(run_id()).unwrap(), json!({"run_id": "run-1"}));
    assert_eq!(
        serde_json::to_value(&status).unwrap(),
        json!({"run_id": "run-1", "state": "QUEUED"})
    );
    assert_eq!(
        serde_json::to_value(&list).unwrap(),
        json!({
            "runs": [
                {"run_id": "run-1", "state": "COMPLETE", "start_time": "1970-01-01T00:00:00Z", "end_time": "1970-01-01T00:00:01Z",
                 "tags": {"a": "b"}},
                {"run_id": "run-1", "state": "COMPLETE", "tags": {}}
            ],
            "next_page_token": ""
        })
    );
    let Some(document) = official() else { return };
    Oracle::new(&document, "RunId").accepts(&run_id());
    Oracle::new(&document, "RunStatus").accepts(&status);
    let oracle = Oracle::new(&document, "RunListResponse");
    oracle.accepts(&list);
    oracle.rejects(&json!({"workflows": [], "next_page_token": ""}));
    oracle.rejects(&json!({"runs": [], "next_page_token": null}));
    // Each entry must be a RunSummary. The schema of the list would also accept RunStatus entries, but these are deprecated.
    let oracle = Oracle::new(&document, "RunSummary");
    list.runs.iter().for_each(|summary| oracle.accepts(summary));
    oracle.rejects(&json!({"run_id": "run-1", "state": "COMPLETE"}));
}

#[test]
fn tasks_validate() {
    let full = TaskLog {
        cmd: Some(vec!["wc".to_owned()]),
        start_time: Some(UtcSeconds(0)),
        end_time: Some(UtcSeconds(1)),
        stdout: Some("https://h.example/o".to_owned()),
        stderr: Some("https://h.example/e".to_owned()),
        exit_code: Some(1),
        system_logs: vec!["x".to_owned()],
        tes_uri: Some("https://tes.example/1".to_owned()),
        ..TaskLog::new(TaskId::of_index(0), "count")
    };
    assert_eq!(serde_json::to_value(&full).unwrap()["id"], "0");
    let list = TaskListResponse {
        task_logs: vec![full.clone(), TaskLog::new(TaskId::parse("1").unwrap(), "sort")],
        next_page_token: "2".to_owned(),
    };
    let Some(document) = official() else { return };
    let oracle = Oracle::new(&document, "TaskLog");
    list.task_logs.iter().for_each(|task| oracle.accepts(task));
    for required in ["id", "name"] {
        let mut without = serde_json::to_value(&full).unwrap();
        without.as_object_mut().unwrap().remove(required);
        oracle.rejects(&without);
    }
    Oracle::new(&document, "TaskListResponse").accepts(&list);
}

#[test]
fn the_service_description_validates_and_has_every_required_member() {
    let wes = WesServiceInfo {
        workflow_type_versions: BTreeMap::from([("CWL".to_owned(), vec!["v1.0".to_owned(), "v1.2".to_owned()])]),
        supported_filesystem_protocols: vec!["drs".to_owned()],
        workflow_engine_versions: BTreeMap::from([("cwltool".to_owned(), vec!["3.3".to_owned()])]),
        default_workflow_engine_parameters: vec![DefaultWorkflowEngineParameter {
            name: "parallel".to_owned(),
            parameter_type: "boolean".to_owned(),
            default_value: "false".to_owned(),
        }],
        system_state_counts: State::ALL.into_iter().map(|state| (state, 0)).collect(),
        auth_instructions_url: "https://example.org/auth".to_owned(),
        tags: BTreeMap::new(),
    };
    let organization = Organization::new("Example Org", "https://example.org");
    let service = Service::new("org.example.wes", "Example", WesServiceInfo::service_type(), organization, "0.1.0");
    let described = serde_json::to_value(wes.describe(service)).unwrap();
    assert_eq!(
        described["type"],
        json!({"group": "org.ga4gh", "artifact": "wes", "version": "1.1.0"})
    );
    assert_eq!(
        described["workflow_type_versions"],
        json!({"CWL": {"workflow_type_version": ["v1.0", "v1.2"]}})
    );
    assert_eq!(
        described["workflow_engine_versions"],
        json!({"cwltool": {"workflow_engine_version": ["3.3"]}})
    );
    assert_eq!(described["supported_wes_versions"], json!(["1.1.0"]));
    assert_eq!(described["system_state_counts"].as_object().unwrap().len(), 11);
    let Some(document) = official() else { return };
    let oracle = Oracle::new(&document, "ServiceInfo");
    oracle.accepts(&described);
    let required = document["components"]["schemas"]["ServiceInfo"]["allOf"][1]["required"]
        .as_array()
        .unwrap();
    assert_eq!(required.len(), 8);
    for name in required {
        let mut without = described.clone();
        assert!(without.as_object_mut().unwrap().remove(name.as_str().unwrap()).is_some(), "{name}");
        oracle.rejects(&without);
    }
}

#[test]
fn every_failure_is_an_error_response_with_its_status() {
    let explanation = || "why".to_owned();
    let failures = [
        (WesError::from(BadRequest::MalformedForm), 400),
        (
            BadRequest::Attachment {
                index: 0,
                reason: AttachmentNameError::DotSegment,
            }
            .into(),
            400,
        ),
        (BadRequest::WorkflowUrl(WorkflowSourceError::Scheme).into(), 400),
        (
            WesError::Unauthorized {
                explanation: explanation(),
            },
            401,
        ),
        (
            WesError::Forbidden {
                explanation: explanation(),
            },
            403,
        ),
        (WesError::NotFound(Missing::Run), 404),
        (WesError::NotFound(Missing::Task), 404),
        (WesError::NotFound(Missing::Path), 404),
        (WesError::MethodNotAllowed, 405),
        (WesError::RequestTooLarge { limit: 1, unit: "bytes" }, 413),
        (WesError::UnsupportedMediaType, 415),
        (WesError::InternalServerError, 500),
        (WesError::ServiceUnavailable, 503),
    ];
    let document = official();
    let oracle = document.as_ref().map(|document| Oracle::new(document, "ErrorResponse"));
    for (error, status) in &failures {
        assert_eq!(
            error.to_json(),
            json!({"msg": error.to_string(), "status_code": status}),
            "both members are written, although they are optional"
        );
        assert!(!error.to_string().is_empty());
        if let Some(oracle) = &oracle {
            oracle.accepts(error);
        }
    }
}

#[test]
fn operations_match_the_official_document() {
    let Some(document) = official() else { return };
    let mut listed = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            listed.push((
                operation["operationId"].as_str().unwrap().to_owned(),
                method.to_uppercase(),
                path.clone(),
            ));
        }
    }
    let mut ours: Vec<_> = Operation::ALL
        .into_iter()
        .map(|operation| {
            (
                operation.operation_id().to_owned(),
                operation.method().to_owned(),
                operation.path().to_owned(),
            )
        })
        .collect();
    listed.sort();
    ours.sort();
    assert_eq!(listed, ours);
}

#[test]
fn states_match_the_official_document_in_order() {
    let Some(document) = official() else { return };
    let ours: Vec<_> = State::ALL.into_iter().map(State::as_str).collect();
    assert_eq!(document["components"]["schemas"]["State"]["enum"], json!(ours));
}

#[test]
fn the_form_fields_match_the_official_document() {
    let Some(document) = official() else { return };
    let properties: &Map<String, Value> =
        document["paths"]["/runs"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
            .as_object()
            .unwrap();
    assert_eq!(properties.len(), 9);
    for name in properties.keys() {
        let part = FormPart {
            name: name.clone(),
            filename: Some("x".to_owned()),
            content_type: None,
            bytes: b"{}".to_vec(),
        };
        let outcome = parse_run_workflow(vec![part], &SubmissionLimits::default());
        assert!(
            matches!(outcome, Err(WesError::BadRequest(BadRequest::MissingField { .. }))),
            "{name} is known: {outcome:?}"
        );
    }
}
