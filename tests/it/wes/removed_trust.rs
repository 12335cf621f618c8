//! A reload removes the trust on which an active run and a waiting run rest.

use gemj_demo::Persona;

use super::*;
use crate::authenticate::removed_trust::narrowed;

#[test]
fn a_reload_that_removes_trust_stops_the_running_run_and_the_waiting_run() {
    let Some(programme) = with_workflows(1) else { return };
    let served = programme.serve();
    let client = &served.client;
    let owner = programme.passport(Persona::DomesticAcademic);
    let config = std::fs::read_to_string(programme.config()).unwrap();
    let reload = |text: &str| {
        std::fs::write(programme.config(), text).unwrap();
        let _ = programme.run(&["reload"]).good();
    };
    let count = |state: &str| {
        let info = client.get("/ga4gh/wes/v1/service-info", None).expect(200).json();
        info["system_state_counts"][state].as_u64().unwrap_or(0)
    };
    for (earlier, (change, narrowed)) in (0..).zip(narrowed(&programme, &config)) {
        assert_ne!(narrowed, config, "{change}");
        let running = submitted(client, &owner, SLOW_COUNT, &slow_params(&programme, 1, 600));
        let waiting = submitted(client, &owner, COUNT, &count_params(&programme));
        until(client, &owner, &running, &["RUNNING"]);
        assert_eq!(state(client, &owner, &waiting), "QUEUED", "there is only one slot");
        reload(&narrowed);
        let begun = Instant::now();
        // The test reads the counts of all runs, because the gateway may refuse the owner now.
        while (count("CANCELED"), count("SYSTEM_ERROR")) != (earlier + 1, earlier + 1) {
            assert!(begun.elapsed() < PATIENCE, "{change}: the runs continue: {}", served.log());
        }
        reload(&config);
        for run in [&running, &waiting] {
            let folder = programme.path("runs").join(run);
            assert!(!folder.join("inputs").exists() && !folder.join("work").exists(), "{change}");
            let log = run_log(client, &owner, run);
            assert_eq!(log["run_log"]["system_logs"], json!(["inputs no longer available"]), "{change}");
            assert!(log.get("outputs").is_none(), "{change}");
        }
    }
}
