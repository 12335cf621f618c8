//! `consent reconcile` and `consent silent`: a withdrawal on a site's list blocks data at once, and a consent on a site's list opens no data.

use gemj_demo::Persona;
use gemj_tests::programme::Ran;
use gemj_tests::small_data::{PEOPLE, person, sheet};
use gemj_tests::{Backend, Programme};

/// A programme with twelve participants. The first eight are enrolled at one hospital, the others at another. All participants consent to every use.
fn enrolled() -> Programme {
    let programme = Programme::new(Backend::Embedded);
    let mut rows = String::new();
    for (index, line) in sheet().lines().enumerate() {
        let site = match index {
            0 => "site",
            _ if line.starts_with("cancer,,") => "",
            _ if (1..=8).any(|n| line.starts_with(&format!("cancer,{},", person(n)))) => "hospital-a",
            _ => "hospital-b",
        };
        rows += &format!("{line},{site}\n");
    }
    let _ = programme.load(&rows).good();
    let people: Vec<String> = (1..=PEOPLE).map(person).collect();
    programme.everybody_agrees(people.iter().map(String::as_str));
    programme
}

fn reconcile(programme: &Programme, list: &str, further: &[&str]) -> Ran {
    let file = programme.path("list.csv");
    std::fs::write(&file, list).unwrap();
    programme.run(&[&["consent", "reconcile", "hospital-a", file.to_str().unwrap()], further].concat())
}

fn all_given() -> String {
    let rows: String = (1..=8).map(|n| format!("{},given,,\n", person(n))).collect();
    format!("participant,state,date,clauses\n{rows}")
}

#[test]
fn a_withdrawal_on_the_list_blocks_and_every_other_difference_raises_an_alarm_and_opens_nothing() {
    let programme = enrolled();
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let ids: Vec<String> = (1..=PEOPLE).map(|n| programme.object_of(&person(n), "VCF")).collect();
    let open = || -> Vec<usize> {
        (1..=PEOPLE)
            .filter(|n| {
                served
                    .client
                    .get(&format!("/ga4gh/drs/v1/objects/{}", ids[n - 1]), Some(&token))
                    .status
                    == 200
            })
            .collect()
    };
    let agree = reconcile(&programme, &all_given(), &[]).good();
    assert!(agree.out.starts_with("8 listed: 8 agree, 0 blocked"), "{}", agree.out);

    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    assert_eq!(open(), [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]);
    let list = format!(
        "participant,state,date,clauses\n{},withdrawn,2026-06-01,\n{},withdrawn,,commercial\n{},withdrawn,someday,\n{},given,,\n{},given,,\n\
         {},given,,\nTST-99,given,,\n{},withdrawn,,\n",
        person(1),
        person(2),
        person(3),
        person(4),
        person(5),
        person(6),
        person(9)
    );
    let tried = reconcile(&programme, &list, &["--dry-run"]);
    assert_eq!(tried.code, Some(2));
    assert_eq!(open(), [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12], "a dry run records nothing");

    let ran = reconcile(&programme, &list, &[]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    assert_eq!(
        ran.out.lines().last(),
        Some("8 listed: 2 agree, 3 blocked, 1 refused; 5 ring: 2 missing on the list, 1 not known here, 2 others"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("TST-") && !ran.err.contains("TST-"), "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("line 6: rings: given on the list, but no clause is valid here"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("line 9: refused: a participant of another site"), "{}", ran.out);
    assert_eq!(open(), [2, 4, 6, 7, 8, 9, 10, 11, 12]);
    let partly = programme.run(&["consent", "show", &person(2)]).good().out;
    let holds = partly.lines().find(|l| l.starts_with("holds now:")).unwrap();
    assert!(!holds.contains("commercial") && holds.contains("study-use"), "{partly}");

    let again = reconcile(&programme, &list, &["--participants"]);
    assert!(
        again.out.contains(" 0 blocked, "),
        "the same list a second time records nothing: {}",
        again.out
    );
    assert!(again.out.contains(&format!("not on its list ({})", person(7))), "{}", again.out);
    let alarms = programme.run(&["consent", "alarms"]);
    assert!(
        alarms.code == Some(2) && alarms.out.contains("hospital-a") && !alarms.out.contains("TST-"),
        "{}",
        alarms.out
    );
    for number in 1..alarms.out.lines().count() {
        let _ = programme.run(&["consent", "alarms", "--clear", &number.to_string()]).good();
    }
    assert_eq!(programme.run(&["consent", "alarms"]).good().out, "");
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_list_may_name_participants_by_the_sites_own_numbers() {
    let programme = enrolled();
    let links: String = (1..=8).map(|n| format!("hospital-a,hospital-a,0000{n},{}\n", person(n))).collect();
    let sheet = programme.path("links.csv");
    std::fs::write(&sheet, format!("site,namespace,number,participant\n{links}")).unwrap();
    let _ = programme.run(&["link", "--register", sheet.to_str().unwrap()]).good();
    let rows: String = (1..=8)
        .map(|n| format!("0000{n},{}\n", if n == 8 { "同意撤回" } else { "given" }))
        .collect();
    let list = format!("number,state\n{rows}");
    let ran = reconcile(&programme, &list, &["--namespace", "hospital-a"]).refused();
    assert!(ran.out.contains("8 listed: 7 agree, 1 blocked, 0 refused; 0 ring"), "{}", ran.out);
    let shown = programme.run(&["consent", "show", &person(8)]).good().out;
    assert!(shown.contains("holds now: nothing"), "{shown}");
    let other = reconcile(&programme, &list, &["--namespace", "hospital-z"]);
    assert_eq!(other.code, Some(2));
    assert!(other.out.contains("8 not known here"), "{}", other.out);
}

#[test]
fn a_site_without_recent_events_raises_an_alarm() {
    let programme = enrolled();
    let heard = programme.run(&["consent", "silent", "--days", "30"]);
    assert_eq!((heard.code, heard.out.as_str()), (Some(0), ""), "{}", heard.err);
    let unknown = programme.run(&[
        "consent",
        "reconcile",
        "hospital-z",
        programme.path("gateway.toml").to_str().unwrap(),
    ]);
    assert_eq!(unknown.code, Some(2));
    // With `--days 0`, even events that were recorded today are too old, so `silent` names every site.
    let silent = programme.run(&["consent", "silent", "--days", "0", "--json"]);
    assert_eq!(silent.code, Some(2), "{}", silent.err);
    let list: serde_json::Value = serde_json::from_str(&silent.out).unwrap();
    let sites: Vec<&str> = list.as_array().unwrap().iter().map(|s| s["site"].as_str().unwrap()).collect();
    assert_eq!(sites, ["hospital-a", "hospital-b"]);
    assert_eq!((&list[0]["participants"], &list[1]["participants"]), (&8.into(), &4.into()));
}

#[test]
fn words_for_withdrawal_block_and_an_empty_state_raises_an_alarm() {
    let programme = enrolled();
    let states = [
        "revoked",
        "ＷＩＴＨＤＲＡＷＮ",
        "同意取下げ",
        "拒否",
        "",
        "maybe",
        "given",
        "\"given",
    ];
    let rows: String = states
        .iter()
        .zip(1..)
        .map(|(state, n)| format!("{},{state},\r\n", person(n)))
        .collect();
    let ran = reconcile(&programme, &format!("\u{feff}participant,state,date\r\n{rows}"), &[]);
    assert_eq!(ran.code, Some(2), "{}{}", ran.out, ran.err);
    let lines = |start: &str| -> Vec<u64> {
        let numbers = ran.out.lines().filter_map(|l| l.strip_prefix("line ")?.split_once(": "));
        numbers
            .filter(|(_, words)| words.starts_with(start))
            .map(|(n, _)| n.parse().unwrap())
            .collect()
    };
    assert_eq!(lines("blocked"), [2, 3, 4, 5], "{}", ran.out);
    assert_eq!(lines("rings: cannot be read"), [6, 7, 9], "{}", ran.out);
    let twice = reconcile(&programme, "participant,state,state\n", &[]);
    assert!(twice.err.contains("has a column twice"), "{}", twice.err);
}
