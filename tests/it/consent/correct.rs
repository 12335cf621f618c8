//! `consent correct` and `consent resolve` exclude a wrong event from the consent state. The history still contains the event.

use gemj_demo::Persona;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Client, Programme};
use serde_json::Value;

use crate::small::loaded;

struct Door {
    token: String,
    id: String,
}

impl Door {
    fn of(programme: &Programme, number: usize) -> Self {
        Self {
            token: programme.passport(Persona::DomesticAcademic),
            id: programme.object_of(&person(number), "VCF"),
        }
    }

    fn status(&self, client: &Client) -> u16 {
        client.get(&format!("/ga4gh/drs/v1/objects/{}", self.id), Some(&self.token)).status
    }
}

fn history(programme: &Programme, participant: &str, further: &[&str]) -> Value {
    let arguments = [&["consent", "history", participant, "--json"], further].concat();
    serde_json::from_str(&programme.run(&arguments).good().out).unwrap()
}

fn last_event(programme: &Programme, participant: &str) -> (u64, String, String) {
    let events = history(programme, participant, &[])["events"].clone();
    let last = events.as_array().unwrap().last().unwrap().clone();
    let text = |name: &str| last[name].as_str().unwrap().to_owned();
    (last["sequence"].as_u64().unwrap(), text("kind"), text("recorded"))
}

fn holds(history: &Value, clause: &str) -> bool {
    let clauses = history["clauses"].as_array().unwrap();
    clauses.iter().find(|c| c["clause"] == clause).unwrap()["holds"].as_bool().unwrap()
}

#[test]
fn a_withdrawal_of_the_wrong_participant_is_excluded_but_stays_in_the_history() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let door = Door::of(&programme, 1);
    assert_eq!(door.status(&served.client), 200);
    let _ = programme.run(&["consent", "withdraw", &person(1)]).good();
    assert_eq!(door.status(&served.client), 404);
    let (wrong, kind, withdrawn_at) = last_event(&programme, &person(1));
    assert_eq!(kind, "withdrawn");

    let corrected = programme
        .run(&["consent", "correct", &person(1), "--event", &wrong.to_string()])
        .good();
    assert!(
        corrected.out.contains("struck") && corrected.out.contains("study-use"),
        "{}",
        corrected.out
    );
    assert_eq!(door.status(&served.client), 200);

    let now = history(&programme, &person(1), &[]);
    assert!(holds(&now, "study-use") && now["withdrawn"] == false, "{now:#}");
    let then = history(&programme, &person(1), &["--effective", &withdrawn_at, "--known", &withdrawn_at]);
    assert!(
        !holds(&then, "study-use"),
        "the history must show why access was denied at that time: {then:#}"
    );
    assert_eq!(then["events"].as_array().unwrap().last().unwrap()["sequence"], wrong);

    let others = programme.run(&["consent", "correct", &person(2), "--event", &wrong.to_string()]);
    assert_eq!(
        others.code,
        Some(2),
        "the event belongs to another participant: {}{}",
        others.out,
        others.err
    );
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn an_unreadable_withdrawal_blocks_until_an_operator_resolves_it() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    for (number, meant, after) in [(1, "nothing", 200), (2, "everything", 404), (3, "commercial,recontact", 200)] {
        let door = Door::of(&programme, number);
        assert_eq!(door.status(&served.client), 200);
        let ran = programme
            .import_consents(&format!("{},,withdrawn,commmercial,\n", person(number)))
            .refused();
        assert!(ran.out.contains("wait to be resolved"), "{}", ran.out);
        assert_eq!(door.status(&served.client), 404, "an unreadable withdrawal blocks at once");
        let waiting = history(&programme, &person(number), &[]);
        assert_eq!(waiting["unclear"], true);
        let struck = programme.run(&[
            "consent",
            "correct",
            &person(number),
            "--event",
            &last_event(&programme, &person(number)).0.to_string(),
        ]);
        assert_eq!(struck.code, Some(2), "the operator must state the meaning");
        let _ = programme.run(&["consent", "resolve", &person(number), "--meant", meant]).good();
        assert_eq!(door.status(&served.client), after, "{meant}");
        assert_eq!(history(&programme, &person(number), &[])["unclear"], false);
        let again = programme.run(&["consent", "resolve", &person(number), "--meant", meant]);
        assert_eq!(again.code, Some(2), "{}{}", again.out, again.err);
    }
    let partly = history(&programme, &person(3), &[]);
    assert!(
        holds(&partly, "study-use") && !holds(&partly, "commercial") && !holds(&partly, "recontact"),
        "{partly:#}"
    );
    let gone = history(&programme, &person(2), &[]);
    assert!(gone["withdrawn"] == true && !holds(&gone, "study-use"), "{gone:#}");
}
