//! Events that stop active and waiting runs, and events that do not.

use gemj_demo::Persona;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::person;

use super::*;

#[test]
fn a_run_continues_when_the_gateway_is_killed_and_the_next_gateway_records_its_end() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let owner = programme.passport(Persona::DomesticAcademic);
    let running = submitted(&served.client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 5));
    let waiting = submitted(&served.client, &owner, COUNT, &count_params(&programme));
    until(&served.client, &owner, &running, &["RUNNING"]);
    let folder = programme.path("runs").join(&running);
    served.kill();
    let handle = std::fs::read(folder.join("handle.json")).unwrap();
    let served = programme.serve();
    for run in [&running, &waiting] {
        until(&served.client, &owner, run, &["COMPLETE"]);
        assert!(is_held(&run_log(&served.client, &owner, run), "count"));
    }
    assert_eq!(
        std::fs::read(folder.join("handle.json")).unwrap(),
        handle,
        "the run was started once"
    );
    assert!(!folder.join("inputs").exists() && !folder.join("work/tmp").exists());
    // A second gateway on the same folder of runs would start the waiting runs again. It therefore refuses to start.
    let replica = programme.replica();
    let second = run_gateway(["serve", "--config", replica.to_str().unwrap()]);
    assert!(
        second.code != Some(0) && second.err.contains("another gateway"),
        "{}{}",
        second.out,
        second.err
    );
}

#[test]
fn a_withdrawal_stops_running_and_waiting_runs_with_the_participants_data() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let running = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 600));
    let waiting = submitted(client, &owner, COUNT, &count_params(&programme));
    until(client, &owner, &running, &["RUNNING"]);
    let _ = programme.run(&["consent", "withdraw", &person(CRAM_PERSON)]).good();
    assert_eq!(
        state(client, &owner, &running),
        "RUNNING",
        "the withdrawal of another participant does not stop the run"
    );
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    until(client, &owner, &running, &["CANCELED"]);
    let log = run_log(client, &owner, &running);
    let said = serde_json::json!(["inputs no longer available"]);
    assert_eq!(log["run_log"]["system_logs"], said, "the log does not contain the reason");
    assert!(log.get("outputs").is_none());
    let folder = programme.path("runs").join(&running);
    assert!(!folder.join("inputs").exists() && !folder.join("work").exists());
    until(client, &owner, &waiting, &["SYSTEM_ERROR"]);
    let log = run_log(client, &owner, &waiting);
    assert_eq!(log["run_log"]["system_logs"], said);
    assert!(!programme.path("runs").join(&waiting).join("inputs").exists());
}

#[test]
fn a_new_version_of_an_approval_stops_running_and_waiting_runs_that_it_closes() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let running = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 600));
    let waiting = submitted(client, &owner, COUNT, &count_params(&programme));
    until(client, &owner, &running, &["RUNNING"]);
    let out = programme.run(&["approval", "list", "--json"]).good().out;
    let list: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    let mut approval = list.into_iter().find(|approval| approval["id"] == "2026-0004").unwrap();
    approval.as_object_mut().unwrap().remove("state");
    let record = |approval: &serde_json::Value| {
        let file = programme.path("version.json");
        std::fs::write(&file, approval.to_string()).unwrap();
        let _ = programme.run(&["approval", "record", file.to_str().unwrap()]).good();
    };
    approval["project"] = "Another title".into();
    record(&approval);
    assert_eq!(state(client, &owner, &running), "RUNNING", "a new title does not stop the run");
    // The caller is not among the users of the third version.
    approval["users"] = serde_json::json!(["0a".repeat(16)]);
    record(&approval);
    until(client, &owner, &running, &["CANCELED"]);
    until(client, &owner, &waiting, &["SYSTEM_ERROR"]);
    let said = serde_json::json!(["inputs no longer available"]);
    assert_eq!(run_log(client, &owner, &waiting)["run_log"]["system_logs"], said);
}
