//! `POST /runs/{run_id}/cancel` of waiting and active runs.

use gemj_demo::Persona;
use gemj_tests::oracle::run;

use super::*;

#[test]
fn a_cancelled_run_stops_and_its_inputs_are_removed() {
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
    assert_eq!(state(client, &owner, &waiting), "QUEUED", "there is only one slot");
    cancel(&waiting);
    assert_eq!(state(client, &owner, &waiting), "CANCELED", "the run had not begun");
    let folder = programme.path("runs").join(&running);
    assert!(folder.join("inputs").read_dir().unwrap().next().is_some());
    cancel(&running);
    assert!(["CANCELING", "CANCELED"].contains(&state(client, &owner, &running).as_str()));
    until(client, &owner, &running, &["CANCELED"]);
    assert!(
        !folder.join("inputs").exists() && !folder.join("work").exists(),
        "no data of participants remains"
    );
    cancel(&running);
    assert_eq!(state(client, &owner, &running), "CANCELED");
    let log = run_log(client, &owner, &running);
    assert!(log.get("outputs").is_none());
    // The cancelled run no longer uses the slot, so the next run begins.
    let next = submitted(client, &owner, COUNT, &count_params(&programme));
    until(client, &owner, &next, &["COMPLETE"]);
    cancel(&next);
    assert_eq!(state(client, &owner, &next), "COMPLETE", "a finished run is not changed");
}

#[test]
fn a_run_that_is_cancelled_during_preparation_shows_this_at_once() {
    let Some(programme) = with_workflows(1) else { return };
    // A cancellation by the owner is shown at once. Other changes of state are shown only at the end of a time step, and this step is longer than the
    // test.
    let config = std::fs::read_to_string(programme.config()).unwrap();
    let steps = "shown_every_s = 1\n";
    assert_eq!(config.matches(steps).count(), 1);
    std::fs::write(programme.config(), config.replace(steps, "shown_every_s = 86400\n")).unwrap();
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    // The test replaces the input by a pipe without a writer, so that copying the input never ends.
    let bytes = std::fs::read(feeds().join(format!("reads/{}.bam", person(1)))).unwrap();
    let stored = programme.stored_files().into_iter().map(|(path, _)| path);
    let input = stored.into_iter().find(|path| std::fs::read(path).unwrap() == bytes).unwrap();
    std::fs::remove_file(&input).unwrap();
    run("mkfifo", ["-m", "600", input.to_str().unwrap()], b"");
    let prepared = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 0));
    let folder = programme.path("runs").join(&prepared);
    let begun = Instant::now();
    while !folder.join("inputs").exists() {
        assert!(begun.elapsed() < PATIENCE, "the run is not prepared: {}", served.log());
        std::thread::yield_now();
    }
    assert_eq!(
        state(client, &owner, &prepared),
        "QUEUED",
        "the start of the preparation is not shown"
    );
    let authorization = format!("Bearer {owner}");
    let path = format!("{RUNS}/{prepared}/cancel");
    let _ = client.send("POST", &path, &[("Authorization", &authorization)], None).expect(200);
    let at_once = state(client, &owner, &prepared);
    assert!(["CANCELING", "CANCELED"].contains(&at_once.as_str()), "{at_once}");
    until(client, &owner, &prepared, &["CANCELED"]);
    assert!(!folder.join("inputs").exists() && !folder.join("work").exists());
    // A process that still reads from the pipe gets its end.
    drop(std::fs::File::options().read(true).write(true).open(&input).unwrap());
    // The cancelled run no longer uses the slot, so the next run begins. The new state is shown only at the end of the time step.
    let next = submitted(client, &owner, COUNT, &count_params(&programme));
    while !programme.path("runs").join(&next).join("inputs").exists() {
        assert!(begun.elapsed() < PATIENCE, "the slot is not free: {}", served.log());
        std::thread::yield_now();
    }
}
