//! `POST /runs/{run_id}/cancel`.

use gemj_demo::Persona;

use super::*;

#[test]
fn a_cancelled_run_ends_with_everything_it_was_given_and_stays_cancelled() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let authorization = format!("Bearer {owner}");
    let cancel = |run: &str| {
        let reply = client
            .send("POST", &format!("{RUNS}/{run}/cancel"), &[("Authorization", &authorization)], None)
            .expect(200)
            .json();
        official("RunId", &reply);
        assert_eq!(reply["run_id"], run);
    };
    let running = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 600));
    let waiting = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 2, 600));
    until(client, &owner, &running, &["RUNNING"]);
    assert_eq!(state(client, &owner, &waiting), "QUEUED", "one slot");
    cancel(&waiting);
    assert_eq!(state(client, &owner, &waiting), "CANCELED", "nothing of it had begun");
    let folder = programme.path("runs").join(&running);
    assert!(folder.join("inputs").read_dir().unwrap().next().is_some());
    cancel(&running);
    assert!(["CANCELING", "CANCELED"].contains(&state(client, &owner, &running).as_str()));
    until(client, &owner, &running, &["CANCELED"]);
    assert!(
        !folder.join("inputs").exists() && !folder.join("work").exists(),
        "nothing of people's data is left"
    );
    cancel(&running);
    assert_eq!(state(client, &owner, &running), "CANCELED");
    let log = run_log(client, &owner, &running);
    assert!(log.get("outputs").is_none());
    // The slot is free again.
    let next = submitted(client, &owner, COUNT, &count_params(&programme));
    until(client, &owner, &next, &["COMPLETE"]);
    cancel(&next);
    assert_eq!(state(client, &owner, &next), "COMPLETE", "what is over stays as it is");
}
