//! `demo --clock`: while the gateway serves, the end of a clause and an 18th birthday take effect at their time.

use std::path::Path;
use std::time::{Duration, Instant};

use gemj_demo::Programme as Plan;
use gemj_demo::feeds::institutions;
use gemj_model::Timestamp;
use gemj_tests::GatewayProcess;
use gemj_tests::gateway_process::Start;
use gemj_tests::programme::{Ran, run_gateway};
use gemj_tests::scratch::until_the_end;
use serde_json::Value;

/// The time limit within which a change must be visible after its time.
const DEADLINE: Duration = Duration::from_secs(420);

fn demo_at(dir: &Path, instant: Timestamp) -> GatewayProcess {
    let clock = instant.rfc3339();
    GatewayProcess::demo_with(dir, &Start::default(), &["--clock".as_ref(), clock.as_ref()])
}

fn run(dir: &Path, arguments: &[&str]) -> Ran {
    let config = dir.join("gateway.toml");
    run_gateway(arguments.iter().copied().chain(["--config", config.to_str().unwrap()]))
}

fn token(dir: &Path) -> String {
    let ran = run_gateway(["demo-passport", "--dir", dir.to_str().unwrap(), "--persona", "domestic-academic"]);
    ran.good().out.trim().to_owned()
}

/// The id of a participant's first file in a dataset that belongs to this participant alone.
fn file_of(dir: &Path, participant: &str, dataset: &str) -> Option<String> {
    let listed = run(
        dir,
        &["objects", "list", "--json", "--participant", participant, "--dataset", dataset],
    )
    .good();
    let listed: Vec<Value> = serde_json::from_str(&listed.out).unwrap();
    let own = listed.iter().find(|o| o["joint"] == false);
    own.map(|o| o["id"].as_str().unwrap().to_owned())
}

/// The time at which a person born in a month turns 18: the first instant of that month in Japan.
fn majority(born: &str) -> Timestamp {
    let year: u32 = born[..4].parse().unwrap();
    Timestamp::parse(&format!("{:04}-{}-01", year + 18, &born[5..7])).unwrap()
}

fn next_change(dir: &Path, participant: &str) -> Value {
    let history = run(dir, &["consent", "history", participant, "--json"]).good().out;
    serde_json::from_str::<Value>(&history).unwrap()["next_change"].clone()
}

fn import(dir: &Path, rows: &str) {
    let sheet = dir.join("scheduled.csv");
    std::fs::write(&sheet, format!("participant,form,kind,clauses,effective_at\n{rows}")).unwrap();
    let _ = run(dir, &["consent", "import", sheet.to_str().unwrap()]).good();
}

#[test]
fn the_end_of_a_clause_and_a_birthday_take_effect_without_a_restart() {
    let dir = until_the_end("gemj-it-clock");
    let written = tempfile::tempdir().unwrap();
    let feeds = institutions::write(&Plan::plan(), written.path()).unwrap();
    // The test takes the first case that turns 18 after the demo's own plan ends, and well before the demo's approvals end.
    let from = Timestamp::parse("2027-02-01").unwrap();
    let coming = feeds
        .cases
        .iter()
        .map(|case| (majority(&case.born.to_string()), case.participant.as_str()));
    let (instant, minor) = coming.filter(|(instant, _)| *instant > from).min().unwrap();
    assert!(instant < Timestamp::parse("2036-01-01").unwrap());
    let before = instant.plus_seconds(-9 * 86_400);

    let first = demo_at(&dir, before);
    let child = file_of(&dir, minor, "rare-disease").expect("every case has a file");
    let listed: Vec<Value> = serde_json::from_str(&run(&dir, &["objects", "list", "--json", "--dataset", "cancer"]).good().out).unwrap();
    let mut people: Vec<&str> = listed.iter().filter_map(|o| o["participant"].as_str()).collect();
    people.sort_unstable();
    people.dedup();
    let [ending, staying, ..] = people.as_slice() else {
        panic!("{listed:#?}")
    };
    let signed = before.plus_seconds(-86_400).rfc3339();
    let rows = format!(
        "{minor},unified-1,proxy-given,all,{signed}\n{minor},unified-1,assent,all,{signed}\n{ending},unified-1,given,all,{signed}\n\
         {ending},,expired,,{}\n{staying},unified-1,given,all,{signed}\n",
        instant.rfc3339()
    );
    import(&dir, &rows);
    // The gateway does not know the minor's birth yet. The next change is therefore the demo's planned re-consent on the birthday itself. The rule about
    // majority uses the first day of the birth month.
    assert_ne!(
        next_change(&dir, minor),
        instant.rfc3339(),
        "without a known birth the rule does not apply"
    );
    let births = ["ingest", "--dataset", "rare-disease", "--profile", "redcap"];
    let of_site = ["--site", "hospital-a", "--namespace", "gemj-redcap"];
    let _ = run(&dir, &[&births[..], &of_site, &[feeds.redcap_records.to_str().unwrap()]].concat()).good();
    assert_eq!(
        next_change(&dir, minor),
        instant.rfc3339(),
        "the birth is known now, so the rule applies"
    );
    drop(first);

    let ids = [
        child,
        file_of(&dir, ending, "cancer").unwrap(),
        file_of(&dir, staying, "cancer").unwrap(),
    ];
    let statuses = |served: &GatewayProcess, token: &str| {
        let status = |id: &String| served.client.get(&format!("/ga4gh/drs/v1/objects/{id}"), Some(token)).status;
        [status(&ids[0]), status(&ids[1]), status(&ids[2])]
    };
    // The time that a start needs depends on the machine. If the event happens before the first answer, the test starts the gateway again, with a
    // clock that shows an earlier time.
    for margin in [20, 90, 300] {
        let served = demo_at(&dir, instant.plus_seconds(-margin));
        let token = token(&dir);
        let pid = served.pid;
        let opened = statuses(&served, &token);
        if opened != [200, 200, 200] && margin < 300 {
            continue;
        }
        assert_eq!(opened, [200, 200, 200], "before the instant");
        let started = Instant::now();
        let mut seen = opened;
        while seen[0] == 200 || seen[1] == 200 {
            assert!(started.elapsed() < DEADLINE, "{seen:?}");
            seen = statuses(&served, &token);
        }
        assert_eq!(seen[2], 200, "no clause of this participant ended");
        assert_eq!(statuses(&served, &token), [404, 404, 200]);
        assert_eq!(served.pid, pid);
        return;
    }
    panic!("the gateway does not start in five minutes");
}
