//! `demo --clock`: while the gateway serves, a clause ends and a participant turns 18.

use std::path::Path;
use std::time::{Duration, Instant};

use gemj_tests::gateway_process::Start;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::{person, sheet};
use gemj_tests::{GatewayProcess, oracle::run};

/// The time of both events (a clause ends, a participant turns 18): 1 January 2030, 00:00 in Japan, in microseconds since 1970.
const MIDNIGHT_US: i64 = 1_893_423_600_000_000;

/// The numbers of three participants: a clause of the first ends, the second turns 18, and the consent of the third does not change.
const ENDS: usize = 1;
const COMES_OF_AGE: usize = 2;
const STAYS: usize = 3;

fn gateway(dir: &Path, arguments: &[&str]) -> String {
    let config = dir.join("gateway.toml");
    run_gateway(arguments.iter().copied().chain(["--config", config.to_str().unwrap()]))
        .good()
        .out
}

/// Loads three participants in addition to those of the demo. The first consents until midnight. The second has a parent's consent and, from the age
/// of assent on, the child's own assent. The third consents without an end.
fn prepare(dir: &Path) {
    let write = |name: &str, text: String| {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let rows = sheet();
    let of_three = rows
        .lines()
        .filter(|line| line.starts_with("dataset,") || line.contains(".vcf.gz") && line.contains(",TST-0"));
    let loaded = write("three.csv", of_three.map(|line| format!("{line}\n")).collect());
    gateway(dir, &["load", "--register", &loaded]);
    let [ends, minor, stays] = [ENDS, COMES_OF_AGE, STAYS].map(person);
    let links = write(
        "links.csv",
        format!("site,namespace,number,participant\nbiobank-a,biobank-a,D-18,{minor}\n"),
    );
    gateway(dir, &["link", "--register", &links]);
    let donors = r#"{"donors": [{"id": "D-18", "sex": "Unknown", "birthDate": "2012-01"}], "samples": []}"#;
    let bank = write("donors.json", donors.to_owned());
    let of_bank = ["--site", "biobank-a", "--namespace", "biobank-a", &bank];
    gateway(
        dir,
        &[&["ingest", "--dataset", "cancer", "--profile", "miabis"][..], &of_bank].concat(),
    );
    let consents = write(
        "three-consents.csv",
        format!(
            "participant,form,kind,clauses,effective_at\n\
             {ends},unified-1,given,all,2026-04-01\n{ends},,expired,,2030-01-01\n\
             {minor},unified-1,proxy-given,all,2026-04-01\n{minor},unified-1,assent,all,2028-02-01\n\
             {stays},unified-1,given,all,2026-04-01\n"
        ),
    );
    gateway(dir, &["consent", "import", &consents]);
}

struct Asking<'a> {
    served: &'a GatewayProcess,
    token: String,
    ids: [String; 3],
}

impl Asking<'_> {
    fn statuses(&self) -> [u16; 3] {
        self.ids.each_ref().map(|id| {
            let path = format!("/ga4gh/drs/v1/objects/{id}");
            self.served.client.get(&path, Some(&self.token)).status
        })
    }
}

fn object_of(dir: &Path, number: usize) -> String {
    let listed = gateway(dir, &["objects", "list", "--json", "--participant", &person(number)]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let own = listed.as_array().unwrap().iter().find(|o| o["joint"] == false).unwrap();
    own["id"].as_str().unwrap().to_owned()
}

#[test]
fn under_the_demo_clock_a_clause_ends_and_a_participant_turns_18_without_a_restart() {
    let folder = tempfile::Builder::new().prefix("gemj-it-clock-").tempdir().unwrap();
    let dir = folder.path();
    drop(GatewayProcess::demo(dir, &Start::default()));
    prepare(dir);
    let ids = [ENDS, COMES_OF_AGE, STAYS].map(|number| object_of(dir, number));
    // On a busy machine, the start may end after midnight. The test then repeats the start with more time before midnight.
    for before_s in [20, 60, 180] {
        let start = MIDNIGHT_US / 1_000_000 - before_s;
        let clock = String::from_utf8(run("date", ["-u", "-d", &format!("@{start}"), "+%Y-%m-%dT%H:%M:%SZ"], b"")).unwrap();
        let served = GatewayProcess::demo_with(dir, &Start::default(), &["--clock".as_ref(), clock.trim().as_ref()]);
        let token = run_gateway(["demo-passport", "--dir", dir.to_str().unwrap(), "--persona", "domestic-academic"])
            .good()
            .out;
        let asking = Asking {
            served: &served,
            token: token.trim().to_owned(),
            ids: ids.clone(),
        };
        if asking.statuses() != [200; 3] {
            let said: Vec<String> = [ENDS, COMES_OF_AGE]
                .map(|n| gateway(dir, &["consent", "show", &person(n)]))
                .to_vec();
            assert!(before_s < 180, "not served before midnight: {:?} {said:?}", asking.statuses());
            continue;
        }
        let begun = Instant::now();
        let mut now = asking.statuses();
        while now != [404, 404, 200] {
            assert!(
                begun.elapsed() < Duration::from_secs(before_s.unsigned_abs() + 60),
                "the answers did not change at midnight: {now:?}"
            );
            assert_eq!(now[2], 200, "the third participant's consent does not change");
            now = asking.statuses();
        }
        assert_eq!(asking.statuses(), [404, 404, 200]);
        return;
    }
    panic!("no start was early enough");
}
