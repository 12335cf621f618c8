//! `approval expiring` and `approval notice`.

use gemj_model::{Clock as _, SystemClock};
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

fn record(programme: &Programme, id: &str, ends_in_days: i64) {
    let now = SystemClock::default().now();
    let approval = json!({
        "id": id, "visa_value": format!("https://gemj.example/approvals/{id}"), "project": format!("Project {id}"),
        "organisation": "musashi-university.example", "datasets": ["cancer"], "purposes": ["biomedical-research"], "delivery": "region-view",
        "users": ["0a".repeat(16)], "not_before": "2020-01-01", "not_after": now.plus_seconds(ends_in_days * 86_400 + 3600).rfc3339(),
    });
    let file = programme.path("approval.json");
    std::fs::write(&file, approval.to_string()).unwrap();
    let _ = programme.run(&["approval", "record", file.to_str().unwrap()]).good();
}

#[test]
fn the_report_names_what_lapses_in_time_and_the_notice_names_no_person() {
    let programme = Programme::new(Backend::Embedded);
    for (id, days) in [("ended", -3), ("soon", 20), ("later", 50)] {
        record(&programme, id, days);
    }
    let lapses = |days: &str| -> Vec<(String, i64, String)> {
        let out = programme.run(&["approval", "expiring", "--days", days, "--json"]).good().out;
        let list: Vec<Value> = serde_json::from_str(&out).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        list.iter()
            .map(|l| (text(&l["id"]), l["days"].as_i64().unwrap(), text(&l["reason"])))
            .collect()
    };
    let ends = |id: &str, days| (id.to_owned(), days, "approval-ends".to_owned());
    assert_eq!(lapses("10"), []);
    assert_eq!(lapses("30"), [ends("soon", 20)]);
    assert_eq!(lapses("60"), [ends("soon", 20), ends("later", 50)]);
    let _ = programme
        .run(&["approval", "revoke", "soon", "--reason", "a complaint by a neighbour"])
        .good();
    assert_eq!(lapses("60"), [ends("later", 50)]);
    let table = programme.run(&["approval", "expiring"]).good().out;
    assert!(table.lines().count() == 2 && table.contains("later"), "{table}");

    let notice = |arguments: &[&str]| programme.run(&[&["approval", "notice"], arguments].concat()).good().out;
    let both = notice(&["later"]);
    assert!(
        both.contains("承認番号: later") && both.contains("Approval: later") && both.contains("Project later"),
        "{both}"
    );
    assert!(!notice(&["later", "--language", "en"]).contains("承認"));
    assert!(!notice(&["later", "--language", "ja"]).contains("Subject"));
    let revoked = notice(&["soon", "--language", "en"]);
    assert!(
        revoked.contains("was revoked") && !revoked.contains("neighbour"),
        "the reason is for staff: {revoked}"
    );
    assert!(!both.contains("0a0a"), "{both}");
    let unknown = programme.run(&["approval", "notice", "no-such"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.err.contains("approval list --all"), "{}", unknown.err);
}
