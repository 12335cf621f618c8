//! Each address has a computing budget for anonymous requests. The cost of a request depends on its text, and not on the stored data.

use gemj_tests::Backend;
use gemj_tests::small_data::person;

use crate::small::loaded;

#[test]
fn anonymous_requests_beyond_the_budget_are_refused_but_lists_stay_open() {
    let programme = loaded(Backend::Embedded);
    let text = std::fs::read_to_string(programme.config()).unwrap();
    std::fs::write(programme.config(), text + "\n[limits]\nanonymous_work_ms_per_minute = 60\n").unwrap();
    let served = programme.serve();
    let ask = |path: &str| served.client.get(path, None);
    let wide = "/beacon/g_variants?assemblyId=GRCh38&referenceName=1&start=0&end=5000000";
    let _ = ask(wide).expect(200);
    let spent = ask(wide).expect(429);
    let said = spent.json()["error"]["errorMessage"].as_str().unwrap().to_owned();
    for part in [
        "without credentials",
        "60 ms a minute",
        "ms remain",
        "52 ms are needed",
        "ask again in",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!((1..=60).contains(&spent.header("retry-after").parse::<u32>().unwrap()));
    let _ = ask("/beacon/filtering_terms").expect(200);
    let _ = ask("/beacon/datasets").expect(200);
    let _ = ask("/federation/g_variants?assemblyId=GRCh38&referenceName=1&start=0&end=1000000").expect(200);
    // Authenticated callers have other limits, so a spent anonymous budget does not affect them.
    let token = programme.passport(gemj_demo::Persona::DomesticAcademic);
    for _ in 0..5 {
        let _ = served.client.get(wide, Some(&token)).expect(200);
    }
}

#[test]
fn a_withdrawal_does_not_change_the_cost_of_a_request() {
    let asked_until_spent = |withdraw: bool| {
        let programme = loaded(Backend::Embedded);
        let text = std::fs::read_to_string(programme.config()).unwrap();
        std::fs::write(programme.config(), text + "\n[limits]\nanonymous_work_ms_per_minute = 60\n").unwrap();
        if withdraw {
            for number in 1..=6 {
                let _ = programme.run(&["consent", "withdraw", &person(number)]).good();
            }
        }
        let served = programme.serve();
        let path = "/beacon/individuals?filters=HP:0001250,HP:0000707&assemblyId=GRCh38&referenceName=1&start=0&end=5000000";
        let _ = served.client.get(path, None).expect(200);
        let spent = served.client.get(path, None).expect(429).json();
        let said = spent["error"]["errorMessage"].as_str().unwrap().to_owned();
        said.split(" are needed").next().unwrap().rsplit(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!(asked_until_spent(false), asked_until_spent(true));
}
