//! Owners take turns: many waiting runs of one owner do not delay another owner's first run.

use gemj_demo::Persona;

use super::*;

#[test]
fn the_first_run_of_an_owner_does_not_wait_for_all_runs_of_another_owner() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let [many, few] = [Persona::DomesticAcademic, Persona::ConformanceCi].map(|persona| programme.passport(persona));
    let running = submitted(client, &many, SLOW_COUNT, &slow_params(&programme, 1, 5));
    until(client, &many, &running, &["RUNNING"]);
    // Each of these runs uses the only slot for ten minutes.
    let waiting: Vec<String> = (0..20)
        .map(|_| submitted(client, &many, SLOW_COUNT, &slow_params(&programme, 2, 600)))
        .collect();
    let first = submitted(client, &few, COUNT, &count_params(&programme));
    until(client, &few, &first, &["COMPLETE"]);
    assert_eq!(state(client, &many, &running), "COMPLETE");
    let begun = waiting.iter().filter(|run| state(client, &many, run) != "QUEUED").count();
    assert!(begun <= 1, "{begun} runs of the other owner began before");
}
