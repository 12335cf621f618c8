//! `GET /runs/{run_id}` and `GET /runs/{run_id}/status`.

use gemj_demo::Persona;
use serde_json::json;

use super::*;
use crate::drs::get_object::without_decision;

#[test]
fn a_run_log_contains_the_request_but_nothing_about_held_outputs() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let params = count_params(programme);
    let run = submitted(client, &owner, COUNT, &params);
    until(client, &owner, &run, &["COMPLETE"]);
    let log = run_log(client, &owner, &run);
    assert_eq!((&log["run_id"], &log["state"]), (&json!(run), &json!("COMPLETE")));
    assert_eq!(
        log["request"]["workflow_params"], params,
        "the log contains references, not staged paths"
    );
    assert_eq!(log["request"]["tags"], json!({"study": "counting"}));
    assert_eq!(log["run_log"]["exit_code"], 0);
    assert!(log["run_log"].get("stdout").is_none() && log["run_log"].get("stderr").is_none());
    assert!(log["run_log"]["start_time"].as_str().unwrap() <= log["run_log"]["end_time"].as_str().unwrap());
    for port in ["count", "run.values", "run.stdout", "run.stderr"] {
        assert!(
            is_held(&log, port),
            "{port}: a digest or a size of a small file reveals its bytes: {log}"
        );
    }
    assert_eq!(log["outputs"].as_object().unwrap().len(), 4);
    assert!(!log.to_string().contains("/runs/") || log["task_logs_url"].as_str().unwrap().ends_with(&format!("{RUNS}/{run}/tasks")));

    // After the review, the log has a URL, which works with the owner's token.
    let reviewer = programme.passport(Persona::OutputReviewer);
    let stderr = output_id(client, &reviewer, &run, "run.stderr");
    let _ = decide(client, &reviewer, &stderr, "release").expect(200);
    let log = run_log(client, &owner, &run);
    let text = client
        .get(log["run_log"]["stderr"].as_str().unwrap(), Some(&owner))
        .expect(200)
        .text();
    assert!(text.contains("completed success"), "{text}");
    assert!(log["run_log"].get("stdout").is_none());
}

#[test]
fn a_run_of_another_caller_is_answered_like_an_unknown_run() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let run = submitted(client, &owner, COUNT, &count_params(programme));
    let unknown = "0".repeat(32);
    for other in [
        Persona::ConformanceCi,
        Persona::OverseasTre,
        Persona::OutputReviewer,
        Persona::Steward,
    ] {
        let token = programme.passport(other);
        let authorization = format!("Bearer {token}");
        for (method, tail) in [
            ("GET", ""),
            ("GET", "/status"),
            ("GET", "/tasks"),
            ("GET", "/tasks/0"),
            ("POST", "/cancel"),
        ] {
            let ask = |id: &str| client.send(method, &format!("{RUNS}/{id}{tail}"), &[("Authorization", &authorization)], None);
            let (hidden, nobody) = (ask(&run), ask(&unknown));
            wes_error(&hidden, 404);
            assert_eq!(
                without_decision(&hidden.text()),
                without_decision(&nobody.text()),
                "{} {tail}",
                other.as_str()
            );
            assert_eq!(ask("a%2Fb").status, 404);
        }
    }
    for tail in ["", "/status", "/tasks", "/tasks/0"] {
        wes_error(&client.get(&format!("{RUNS}/{run}{tail}"), None), 401);
    }
    wes_error(&client.get(RUNS, None), 401);
    assert_ne!(state(client, &owner, &run), "CANCELED");
}

#[test]
fn a_workflow_that_fails_is_an_executor_error_with_a_held_log() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let fails = r#"{"cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["sh", "-c", "echo secret >&2; exit 7"],
                    "inputs": {}, "outputs": {}}"#;
    let run = submitted(client, &owner, fails, &json!({}));
    until(client, &owner, &run, &["EXECUTOR_ERROR"]);
    let log = run_log(client, &owner, &run);
    assert!(!log.to_string().contains("secret"));
    assert_eq!(
        log["run_log"]["system_logs"],
        json!(["The workflow ended with an error. Its log is held for review."])
    );
    assert!(
        log["run_log"].get("exit_code").is_none(),
        "the exit code is hidden, because a workflow chooses it"
    );
    assert!(is_held(&log, "run.stderr"));
    let reviewer = programme.passport(Persona::OutputReviewer);
    let stderr = output_id(client, &reviewer, &run, "run.stderr");
    let _ = decide(client, &reviewer, &stderr, "release").expect(200);
    assert_eq!(
        run_log(client, &owner, &run)["run_log"]["exit_code"],
        1,
        "of cwltool: permanentFail"
    );
}

#[test]
fn an_output_value_is_held_and_released_like_an_output_file() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let tool = r#"{"cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": ["echo", "314159"], "inputs": {},
                   "stdout": "x.txt", "outputs": {"number": {"type": "string",
                   "outputBinding": {"glob": "x.txt", "loadContents": true, "outputEval": "$(self[0].contents)"}}}}"#;
    let run = submitted(client, &owner, tool, &json!({}));
    until(client, &owner, &run, &["COMPLETE"]);
    let log = run_log(client, &owner, &run);
    assert!(!log.to_string().contains("314159"));
    assert!(is_held(&log, "run.values") && is_held(&log, "number"), "{log}");
    let reviewer = programme.passport(Persona::OutputReviewer);
    let values = output_id(client, &reviewer, &run, "run.values");
    let _ = decide(client, &reviewer, &values, "release").expect(200);
    let url = released(&run_log(client, &owner, &run), "run.values")["url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(client.get(&url, Some(&owner)).expect(200).json(), json!({"number": "314159\n"}));
}
