//! A merge while the gateway serves: every answer that begins after the command is decided with it, on every replica.

use gemj_tests::postgres::PostgresDatabase;
use gemj_tests::small_data::person;
use gemj_tests::{Backend, Client, Programme};

use super::withdraw::{LEAVER, World};
use crate::small::loaded;

fn closed_and_opened_everywhere(programme: &Programme, servers: &[&Client]) {
    let world = World::new(programme);
    let sheet = programme.path("without-consent.csv");
    std::fs::write(&sheet, "participant\nTST-90\n").unwrap();
    let _ = programme.run(&["participants", "register", sheet.to_str().unwrap()]).good();
    servers.iter().for_each(|client| world.everything_is_there(client));
    let handed = world.hand_out(servers[0]);
    let merge = [
        "participants",
        "merge",
        &person(LEAVER),
        "TST-90",
        "--reason",
        "one birthday and one name",
    ];
    let opened = programme.run(&merge).good().out;
    let case = opened.split_whitespace().nth(1).unwrap().to_owned();
    servers.iter().for_each(|client| world.the_leaver_is_gone(client, &handed));
    let review = |verdict: &str| programme.run(&["participants", "review", &case, verdict, "--reason", "compared"]);
    let _ = review("--different").good();
    servers.iter().for_each(|client| world.everything_is_there(client));
    let _ = review("--same").good();
    servers.iter().for_each(|client| world.the_leaver_is_gone(client, &handed));
    let record = ["consent", "record", &person(LEAVER), "--form", "unified-1", "--accept", "all"];
    let _ = programme.run(&record).good();
    servers.iter().for_each(|client| world.everything_is_there(client));
    // A withdrawal of the participant that was merged closes the person.
    let _ = programme.run(&["consent", "withdraw", "TST-90"]).good();
    servers.iter().for_each(|client| world.the_leaver_is_gone(client, &handed));
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_merge_closes_what_only_one_participant_consented_to_in_every_answer() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    closed_and_opened_everywhere(&programme, &[&served.client]);
}

#[test]
fn on_postgresql_a_merge_takes_effect_in_both_of_two_servers() {
    let Some(database) = PostgresDatabase::create() else { return };
    let programme = loaded(Backend::Postgres(&database.url));
    let replica = programme.replica();
    let (one, two) = (programme.serve(), programme.serve_with(&replica, None));
    closed_and_opened_everywhere(&programme, &[&one.client, &two.client]);
}

#[test]
fn merges_are_refused_for_unknown_names_and_numbers_with_their_remedy() {
    let programme = loaded(Backend::Embedded);
    let refused = |words: &[&str], part: &str| {
        let ran = programme.run(words);
        assert!(
            ran.code == Some(2) && ran.err.contains(part),
            "{words:?}: {:?} {}{}",
            ran.code,
            ran.out,
            ran.err
        );
    };
    refused(&["participants", "merge", "TST-01", "TST-99", "--reason", "x"], "TST-9");
    refused(
        &["participants", "merge", "TST-01", "TST-01", "--reason", "x"],
        "one person already",
    );
    refused(
        &["participants", "review", "9999", "--same", "--reason", "x"],
        "participants merges",
    );
    refused(&["participants", "merge", "TST-01", "TST-02", "--reason", ""], "reason");
    let both = ["participants", "review", "1", "--same", "--different", "--reason", "x"];
    assert_eq!(programme.run(&both).code, Some(2));
    assert_eq!(programme.run(&["participants", "review", "1", "--reason", "x"]).code, Some(2));
}
