//! `GET /runs/{run_id}/tasks` and `GET /runs/{run_id}/tasks/{task_id}`.

use gemj_demo::Persona;
use serde_json::Value;

use super::*;

#[test]
fn a_run_has_one_task_until_its_log_is_released_and_then_its_steps() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    // The tool writes a forged line to the engine's log. If the gateway listed the forged job name as a task, the name would carry data out.
    let forges = r#"{"cwlVersion": "v1.2", "class": "CommandLineTool", "inputs": {}, "outputs": {},
      "baseCommand": ["sh", "-c", "echo '[2026-01-01 00:00:00] INFO [job GENOTYPE-AA] /x$ true' >&2"]}"#;
    let run = submitted(client, &owner, forges, &serde_json::json!({}));
    until(client, &owner, &run, &["COMPLETE"]);
    let path = format!("{RUNS}/{run}/tasks");
    let list = |query: &str| -> Value {
        let listed = client.get(&format!("{path}{query}"), Some(&owner)).expect(200).json();
        official("TaskListResponse", &listed);
        listed
    };
    let held = list("");
    assert_eq!(held["task_logs"].as_array().unwrap().len(), 1);
    assert_eq!(
        (held["task_logs"][0]["id"].as_str(), held["next_page_token"].as_str()),
        (Some("workflow"), Some(""))
    );
    assert!(!held.to_string().contains("GENOTYPE"));
    wes_error(&client.get(&format!("{path}/0"), Some(&owner)), 404);
    let whole = client.get(&format!("{path}/workflow"), Some(&owner)).expect(200).json();
    official("TaskLog", &whole);
    assert_eq!(whole, held["task_logs"][0]);

    let reviewer = programme.passport(Persona::OutputReviewer);
    let stderr = output_id(client, &reviewer, &run, "run.stderr");
    let _ = decide(client, &reviewer, &stderr, "release").expect(200);
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&format!("?page_size=1&page_token={token}"));
        seen.extend(page["task_logs"].as_array().unwrap().clone());
        token = page["next_page_token"].as_str().unwrap().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, *list("")["task_logs"].as_array().unwrap());
    assert!(seen.len() >= 2, "{seen:?}");
    let step = client.get(&format!("{path}/0"), Some(&owner)).expect(200).json();
    official("TaskLog", &step);
    assert_eq!(step, seen[1]);
    wes_error(&client.get(&format!("{path}/99"), Some(&owner)), 404);
}
