//! `disclosures` shows the recipients of a participant's data, and after a withdrawal the holders of data to notify.

use gemj_demo::Persona;
use gemj_tests::htsget_client::slice;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Backend, Programme};
use serde_json::Value;

use crate::small::loaded;

fn disclosures(programme: &Programme, number: usize) -> Vec<Value> {
    let out = programme.run(&["disclosures", &person(number), "--json"]).good().out;
    serde_json::from_str(&out).unwrap()
}

fn notices(programme: &Programme, further: &[&str]) -> Vec<Value> {
    let out = programme.run(&[&["disclosures", "notices", "--json"], further].concat()).good().out;
    serde_json::from_str(&out).unwrap()
}

#[test]
fn returned_data_is_in_the_ledger_and_its_holder_is_listed_for_notification_after_a_withdrawal() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    assert_eq!(disclosures(&programme, 1), Vec::<Value>::new());
    let count = format!("/beacon/individuals?{SHARED_VARIANT}&requestedGranularity=count");
    let _ = served.client.get(&count, Some(&token)).expect(200);
    assert_eq!(disclosures(&programme, 1), Vec::<Value>::new(), "a count is no disclosure");

    let id = programme.object_of(&person(1), "BAM");
    let _ = slice(
        &served.client,
        &format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=5000"),
        &token,
    );
    let lines = disclosures(&programme, 1);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert_eq!(lines[0]["organisation"], "musashi-university.example");
    assert_eq!(lines[0]["country"], "JP");
    assert_eq!(lines[0]["action"], "slice-reads");
    assert_eq!(lines[0]["files"], 1);
    assert_eq!(lines[0]["approvals"][0]["id"], "2026-0004");
    assert_eq!(disclosures(&programme, 2), Vec::<Value>::new());

    let access = served
        .client
        .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
        .expect(200)
        .json();
    let _ = served.client.get(access["url"].as_str().unwrap(), None).expect(200);
    let ways: Vec<String> = disclosures(&programme, 1)
        .iter()
        .map(|l| l["action"].as_str().unwrap().to_owned())
        .collect();
    assert!(ways.contains(&"fetch-object".to_owned()), "{ways:?}");
    let table = programme.run(&["disclosures", &person(1)]).good().out;
    assert!(table.contains("whole files") && table.contains("regions viewed"), "{table}");

    assert_eq!(notices(&programme, &[]), Vec::<Value>::new());
    let withdrawn = programme.run(&["consent", "withdraw", &person(1)]).good().out;
    assert!(withdrawn.contains("holders to be notified: 1"), "{withdrawn}");
    let list = notices(&programme, &[]);
    assert_eq!(list.len(), 1);
    assert_eq!((&list[0]["approval"], &list[0]["dataset"]), (&"2026-0004".into(), &"cancer".into()));
    let received = list[0]["received"].as_array().unwrap();
    assert!(received.iter().all(|thing| thing["object"] == id.as_str()), "{received:#?}");
    assert!(!list[0].to_string().contains("TST-"), "a notice names no participant");

    let number = list[0]["notice"].as_u64().unwrap().to_string();
    let _ = programme.run(&["disclosures", "notices", "--acknowledge", &number]).good();
    assert_eq!(notices(&programme, &[]), Vec::<Value>::new());
    assert_eq!(notices(&programme, &["--all"]).len(), 1);
    let other = programme.import_consents(&format!("{},,withdrawn,,\n", person(2))).good().out;
    assert!(!other.contains("notified"), "no holder has data of this participant: {other}");
    let _ = programme.run(&["audit", "verify"]).good();
}
