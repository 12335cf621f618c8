//! The operator bans a caller who has an active run and a waiting run.

use gemj_demo::Persona;

use super::*;
use crate::authenticate::bans::{bans_of, becomes, hang_up, with_ban};

/// The number of runs in a state, from the counts in the WES `service-info`.
fn count(client: &Client, state: &str) -> u64 {
    let info = client.get("/ga4gh/wes/v1/service-info", None).expect(200).json();
    info["system_state_counts"][state].as_u64().unwrap_or(0)
}

#[test]
fn a_ban_stops_the_running_run_and_the_waiting_run() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let config = std::fs::read_to_string(programme.config()).unwrap();
    for (earlier, ban) in (0..).zip(bans_of(&owner)) {
        let running = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 600));
        let waiting = submitted(client, &owner, COUNT, &count_params(&programme));
        until(client, &owner, &running, &["RUNNING"]);
        assert_eq!(state(client, &owner, &waiting), "QUEUED", "there is only one slot");
        hang_up(&programme, &served, &with_ban(&config, &ban));
        let begun = Instant::now();
        // The test reads the counts of all runs, because the banned owner cannot read the runs.
        while (count(client, "CANCELED"), count(client, "SYSTEM_ERROR")) != (earlier + 1, earlier + 1) {
            assert!(begun.elapsed() < PATIENCE, "{ban}: the runs continue: {}", served.log());
        }
        let folders = [&running, &waiting].map(|run| programme.path("runs").join(run));
        for folder in &folders {
            assert!(
                !folder.join("inputs").exists() && !folder.join("work").exists(),
                "{ban}: {}",
                folder.display()
            );
        }
        hang_up(&programme, &served, &config);
        becomes(&served, 200, || {
            client.get(&format!("{RUNS}/{running}/status"), Some(&owner)).status
        });
        for (run, ended) in [(&running, "CANCELED"), (&waiting, "SYSTEM_ERROR")] {
            assert_eq!(state(client, &owner, run), ended, "{ban}");
            let log = run_log(client, &owner, run);
            assert_eq!(log["run_log"]["system_logs"], json!(["inputs no longer available"]), "{ban}");
            assert!(log.get("outputs").is_none(), "{ban}");
        }
    }
    // After the operator removed the ban, the same caller can run workflows again.
    let next = submitted(client, &owner, COUNT, &count_params(&programme));
    until(client, &owner, &next, &["COMPLETE"]);
}
