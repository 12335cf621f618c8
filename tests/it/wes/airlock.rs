//! The airlock: outputs of workflow runs that are held, their reviewers, and their downloads.

use gemj_demo::Persona;
use gemj_tests::oracle::samtools;
use gemj_tests::small_data::{feeds, person};
use gemj_tests::{Programme, Reply};
use serde_json::json;

use super::*;
use crate::drs::get_object::without_decision;

fn problem(reply: &Reply, status: u16) -> String {
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (status, "application/problem+json"),
        "{}",
        reply.text()
    );
    assert_eq!(reply.json()["status"], status);
    reply.json()["detail"].as_str().unwrap().to_owned()
}

/// Runs a workflow of the domestic academic to its end. Returns the id of the run and the id of its output `count`.
fn counted(client: &Client, programme: &Programme, owner: &str) -> (String, String) {
    let run = submitted(client, owner, COUNT, &count_params(programme));
    until(client, owner, &run, &["COMPLETE"]);
    let id = output_id(client, &programme.passport(Persona::OutputReviewer), &run, "count");
    (run, id)
}

#[test]
fn an_output_is_returned_only_after_another_person_has_released_it() {
    let Some(site) = shared_site() else { return };
    let (client, programme) = (&site.served.client, &site.programme);
    let owner = programme.passport(Persona::DomesticAcademic);
    let reviewer = programme.passport(Persona::OutputReviewer);
    let (run, id) = counted(client, programme, &owner);
    let path = format!("/airlock/outputs/{id}");
    let held = problem(&client.get(&path, Some(&owner)), 403);
    assert!(held.contains("[held;"), "{held}");
    problem(&client.get(&path, None), 401);

    // A caller cannot decide about the outputs of an own run, whatever roles the caller has.
    let own = problem(&decide(client, &owner, &id, "release"), 403);
    assert!(own.contains("[own-request;"), "{own}");
    // For an unrelated caller and for a caller without the reviewer's role, the output is unknown.
    let stranger = programme.passport(Persona::ConformanceCi);
    let unknown = format!("/airlock/outputs/{}", "0".repeat(32));
    for token in [&stranger, &programme.passport(Persona::Steward)] {
        let hidden = client.get(&path, Some(token));
        problem(&hidden, 404);
        assert_eq!(
            without_decision(&hidden.text()),
            without_decision(&client.get(&unknown, Some(token)).text())
        );
        problem(&decide(client, token, &id, "release"), 403);
        problem(&client.get(&format!("/airlock/outputs?run_id={run}"), Some(token)), 403);
    }
    problem(&client.get(&unknown, Some(&reviewer)), 404);

    // The reviewer reads the outputs and releases one.
    let listed = client
        .get(&format!("/airlock/outputs?run_id={run}"), Some(&reviewer))
        .expect(200)
        .json();
    let ended = &listed["run"];
    assert_eq!((&ended["state"], &ended["exit_code"]), (&json!("COMPLETE"), &json!(0)), "{ended}");
    let listed = listed["outputs"].as_array().unwrap();
    assert!(listed.len() == 3 && listed.iter().all(|o| o["state"] == "held"), "{listed:?}");
    let looked = client.get(&path, Some(&reviewer)).expect(200);
    for body in [
        json!({}),
        json!({"verdict": "release"}),
        json!({"verdict": "release", "reason": ""}),
        json!({"verdict": "maybe", "reason": "x"}),
    ] {
        problem(&client.post(&format!("{path}/decision"), Some(&reviewer), &body), 400);
    }
    assert_eq!(
        decide(client, &reviewer, &id, "release").expect(200).json(),
        json!({"id": id, "state": "released"})
    );
    problem(&decide(client, &reviewer, &id, "reject"), 400);
    let fetched = client.get(&path, Some(&owner)).expect(200);
    let file = feeds().join(format!("reads/{}.cram", person(CRAM_PERSON)));
    assert_eq!(fetched.text(), samtools(["view", "-c", file.to_str().unwrap()]));
    assert_eq!(
        (fetched.body, fetched.headers["content-disposition"].to_str().unwrap()),
        (looked.body, "attachment")
    );
    problem(&client.get(&path, Some(&stranger)), 404);

    // After the reviewer rejected an output, it stays closed to the owner.
    let log = run_log(client, &owner, &run);
    assert_eq!(released(&log, "count")["url"], client.url(&path));
    let stdout = output_id(client, &reviewer, &run, "run.stdout");
    let _ = decide(client, &reviewer, &stdout, "reject").expect(200);
    problem(&client.get(&format!("/airlock/outputs/{stdout}"), Some(&owner)), 403);
    let rejected = run_log(client, &owner, &run)["outputs"]["run.stdout"].clone();
    assert_eq!(
        rejected,
        json!({"state": "rejected", "rejected": ["one number over one person's reads"]}),
        "the log contains the reason but nothing about the file"
    );
}

#[test]
fn an_output_that_was_changed_on_disk_is_not_returned() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let (run, id) = counted(client, &programme, &owner);
    let _ = decide(client, &programme.passport(Persona::OutputReviewer), &id, "release").expect(200);
    let file = programme.path("runs").join(&run).join("work/out/count.txt");
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, "99\n").unwrap();
    let path = format!("/airlock/outputs/{id}");
    let reply = client.get(&path, Some(&owner));
    problem(&reply, 503);
    assert!(!reply.text().contains("99"));
    std::fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
    problem(&client.get(&path, Some(&owner)), 503);
}

#[test]
fn a_withdrawal_closes_released_outputs_and_prevents_later_runs() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let (_, id) = counted(client, &programme, &owner);
    let path = format!("/airlock/outputs/{id}");
    let _ = decide(client, &programme.passport(Persona::OutputReviewer), &id, "release").expect(200);
    let _ = client.get(&path, Some(&owner)).expect(200);
    let params = count_params(&programme);
    let _ = programme.run(&["consent", "withdraw", &person(CRAM_PERSON)]).good();
    problem(&client.get(&path, Some(&owner)), 404);
    wes_error(&submit(client, &owner, COUNT, &params), 403);
}
