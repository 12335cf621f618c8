//! A registered caller has a budget of different queries. The same query within a clock hour costs once, on every replica and after any change of the
//! data.

use gemj_demo::Persona;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::Backend;
use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::person;

use crate::small::loaded;

#[test]
fn a_registered_caller_is_refused_after_the_budget_of_different_queries() {
    // Two servers of one installation need PostgreSQL.
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = loaded(Backend::Postgres(&database.url));
    let text = std::fs::read_to_string(programme.config()).unwrap();
    std::fs::write(
        programme.config(),
        text + "\n[policy]\nregistered_questions = 3\nregistered_window_s = 3600\n",
    )
    .unwrap();
    let begun = SystemClock::default().now().0 / 3_600_000_000;
    let served = programme.serve();
    let replica = programme.serve_with(&programme.replica(), None);
    let registered = programme.passport(Persona::RegisteredOnly);
    let ask = |question: &str, token: Option<&str>| served.client.get(&format!("/beacon/{question}"), token);
    let questions = [
        "individuals?filters=HP:0001250",
        "individuals?filters=HP:0000707",
        "datasets?filters=HP:0000707",
    ];
    for question in questions {
        let _ = ask(question, Some(&registered)).expect(200);
    }
    let asked_again = [
        "individuals?filters=HP:0001250&skip=4",
        "individuals?filters=HP:0001250,HP:0001250&requestedGranularity=count",
        "individuals?filters=HP:0001250&includeResultsetResponses=ALL",
        "filtering_terms",
        "filtering_terms?limit=2",
        "individuals/filtering_terms",
        "datasets",
        "cohorts",
    ];
    for question in questions.into_iter().chain(asked_again) {
        let _ = ask(question, Some(&registered)).expect(200);
        let _ = replica.client.get(&format!("/beacon/{question}"), Some(&registered)).expect(200);
    }
    let another = "individuals?filters=HP:0000707,HP:0001250";
    for reply in [
        ask(another, Some(&registered)),
        replica.client.get(&format!("/beacon/{another}"), Some(&registered)),
        ask(
            "g_variants?assemblyId=GRCh38&referenceName=1&start=999&alternateBases=G",
            Some(&registered),
        ),
    ] {
        assert_eq!(reply.status, 429, "{}", reply.text());
        assert_eq!(reply.json()["error"]["errorCode"], 429);
        let wait: u32 = reply.header("retry-after").parse().unwrap();
        assert!((1..=3600).contains(&wait), "{wait}");
        let said = reply.json()["error"]["errorMessage"].as_str().unwrap().to_owned();
        for part in ["budget of 3 different questions in 3600 s", "none remains", &format!("in {wait} s")] {
            assert!(said.contains(part), "{said}");
        }
    }
    // After the budget is spent, lists and the other members of a federated query still answer.
    for open in [
        "datasets/cancer/filtering_terms",
        "filtering_terms",
        "datasets",
        "cohorts",
        "datasets/cancer",
    ] {
        let _ = ask(open, Some(&registered)).expect(200);
    }
    let passed_on = served.client.get(
        "/federation/g_variants?assemblyId=GRCh38&referenceName=1&start=999&alternateBases=G",
        Some(&registered),
    );
    let passed_on = passed_on.expect(200).json();
    assert_eq!(passed_on["responseSummary"]["complete"], false);
    assert_eq!(passed_on["info"]["members"][0]["status"], "refused");
    let approved = programme.passport(Persona::DomesticAcademic);
    for n in 0..6 {
        let question = format!("individuals?filters=HP:000125{n}");
        let _ = ask(&question, Some(&approved)).expect(200);
        let _ = ask(&question, None).expect(200);
    }
    let hour = || SystemClock::default().now().0 / 3_600_000_000;
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    let status = ask(questions[0], Some(&registered)).status;
    // Within a clock hour the repeated query is free. Only a new hour can cause a new cost; a new cost after the withdrawal would reveal the
    // withdrawal.
    assert!(status == 200 || (status == 429 && hour() > begun), "{status}");
}
