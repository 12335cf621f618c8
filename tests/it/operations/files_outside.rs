//! What the seal, the ledger tail and the files beside the database protect: participants who are missing on a list, files that were taken out of use,
//! and a tail that was used already.

use gemj_tests::gateway_process::Start;
use gemj_tests::programme::private;
use gemj_tests::small_data::{PEOPLE, everybody, person, sheet};
use gemj_tests::{Backend, GatewayProcess, Programme, Ran};

use super::lost_machine::{Ids, NewMachine, OF_A, PASSPHRASE, assert_serves_nothing, back_up, programme, researcher, site_of};

fn set_checkpoint_dir(programme: &Programme, line: &str) {
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let before = "checkpoint_dir = \"audit-checkpoints\"";
    assert_eq!(text.matches(before).count(), 1);
    std::fs::write(programme.config(), text.replace(before, line)).unwrap();
}

/// Compares a list of these participants of a site, whose consents are all given.
fn reconcile(programme: &Programme, site: &str, numbers: impl Iterator<Item = usize>) -> Ran {
    let list = programme.path("list.csv");
    let rows: String = numbers.map(|number| format!("{},given\n", person(number))).collect();
    std::fs::write(&list, format!("participant,state\n{rows}")).unwrap();
    programme.run(&["consent", "reconcile", site, list.to_str().unwrap()])
}

#[test]
fn a_site_is_reconciled_only_if_its_list_has_every_participant_who_holds_consent() {
    let programme = programme(Backend::Embedded);
    let _ = programme.run(&["consent", "withdraw", &person(2)]).good();
    let _ = programme.run(&["seal", "close", "--reason", "a drill"]).good();
    let of = |site: &'static str| (1..=PEOPLE).filter(move |number| site_of(*number) == site);
    let lift = |further: &[&str]| {
        let fixed = ["seal", "lift", "--reason", "compared", "--approvals-checked", "--files-checked"];
        programme.run(&[&fixed[..], &["--participants-without-site-checked"], further].concat())
    };
    let _ = reconcile(&programme, "hospital-b", of("hospital-b"));
    let _ = reconcile(&programme, "hospital-a", std::iter::once(1));
    let refused = lift(&[]);
    // Participant 2 has withdrawn, and the list need not contain the participant.
    let missing = format!("hospital-a: {} participants who hold consent are missing", OF_A - 2);
    assert!(refused.code == Some(2) && refused.err.contains(&missing), "{}", refused.err);
    assert!(
        !refused.err.contains("hospital-b") && !refused.err.contains("TST-"),
        "{}",
        refused.err
    );
    let status = programme.run(&["seal", "status", "--json"]);
    assert!(
        status
            .out
            .contains(&format!("\"missing_on_lists\":{{\"hospital-a\":{}}}", OF_A - 2)),
        "{}",
        status.out
    );
    let misspelt = lift(&["--missing-participants-checked", "hospital-aa"]);
    assert!(
        misspelt.code == Some(2) && misspelt.err.contains("'hospital-aa'"),
        "{}",
        misspelt.err
    );
    // A withdrawn participant is no longer missing after the next comparison.
    let _ = programme.run(&["consent", "withdraw", &person(3)]).good();
    let _ = reconcile(&programme, "hospital-a", std::iter::once(1));
    let refused = lift(&[]);
    assert!(
        refused.err.contains(&format!("hospital-a: {} participants", OF_A - 3)),
        "{}",
        refused.err
    );
    let _ = lift(&["--missing-participants-checked", "hospital-a"]).good();
    let _ = programme.run(&["seal", "close", "--reason", "again"]).good();
    for site in ["hospital-a", "hospital-b"] {
        let _ = reconcile(&programme, site, of(site));
    }
    let _ = lift(&[]).good();
}

#[test]
fn files_that_were_held_or_unloaded_after_the_back_up_are_out_of_use_after_the_replay() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let (held, unloaded, released) = (
        programme.object_of(&person(5), "VCF"),
        programme.object_of(&person(6), "VCF"),
        programme.object_of(&person(7), "VCF"),
    );
    let _ = programme.run(&["objects", "hold", &released, "--reason", "a check"]).good();
    let _ = back_up(&programme, &backup, &[]).good();
    let _ = programme.run(&["objects", "hold", &held, "--reason", "a doubt"]).good();
    let _ = programme.run(&["objects", "unload", &unloaded, "--reason", "wrong sample"]).good();
    let _ = programme.run(&["objects", "release", &released, "--reason", "checked"]).good();
    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &[]).good();
    let replayed = machine.replay().good();
    assert!(replayed.out.contains("2 files held or unloaded again"), "{}", replayed.out);
    let listed = machine.run(&["objects", "list", "--not-served"]).good().out;
    let line = |id: &str| listed.lines().find(|line| line.contains(id)).unwrap_or_default().to_owned();
    assert!(line(&held).contains("held"), "{listed}");
    assert!(line(&unloaded).contains("unloaded"), "{listed}");
    // A replay gives no file back. A steward releases the file again.
    assert!(line(&released).contains("held"), "{listed}");
}

#[test]
fn a_tail_that_was_replayed_is_refused_the_second_time() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let _ = back_up(&programme, &backup, &[]).good();
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &[]).good();
    let _ = machine.replay().good();
    // The history continues in the folder of the new installation.
    let _ = machine.run(&["consent", "withdraw", &person(6)]).good();
    let _ = machine.run(&["seal", "close", "--reason", "lost again"]).good();
    let refused = machine.replay();
    assert!(
        refused.code == Some(2) && refused.err.contains("continues elsewhere") && refused.err.contains("audit-checkpoints"),
        "{}",
        refused.err
    );
    let _ = machine.run(&["seal", "replay"]).good();
}

#[test]
fn without_a_checkpoint_folder_an_sqlite_file_that_was_overwritten_in_place_is_sealed() {
    let programme = programme(Backend::Embedded);
    set_checkpoint_dir(&programme, "");
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    drop(programme.serve());
    let (database, old) = (programme.path("gateway.db"), programme.path("old.db"));
    super::sealed_copy::without_log(&programme);
    std::fs::copy(&database, &old).unwrap();
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    super::sealed_copy::without_log(&programme);
    // The file keeps its number and its time.
    std::fs::copy(&old, &database).unwrap();
    let start = Start {
        sealed: true,
        ..Start::default()
    };
    let served = GatewayProcess::serve(&programme.config(), &programme.path(""), &start);
    assert_serves_nothing(&served.client, &token, &ids);
    drop(served);
    // The folder beside the database has a tail, too.
    let replayed = programme.run(&["seal", "replay"]).good();
    assert!(replayed.out.contains("1 consent events"), "{}", replayed.out);
}

#[test]
fn a_database_whose_word_beside_it_is_missing_is_sealed_and_a_back_up_does_not_contain_the_word() {
    let programme = programme(Backend::Embedded);
    set_checkpoint_dir(&programme, "");
    drop(programme.serve());
    drop(programme.serve());
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let _ = back_up(&programme, &backup, &[]).good();
    let found = gemj_tests::oracle::run("find", [backup.to_str().unwrap(), "-name", "*.home*"], b"");
    assert!(found.is_empty());
    // A file with the same number and time on another disk has no such file beside it.
    std::fs::remove_file(programme.path("gateway.db.home")).unwrap();
    let start = Start {
        sealed: true,
        ..Start::default()
    };
    drop(GatewayProcess::serve(&programme.config(), &programme.path(""), &start));
}

#[test]
fn a_folder_that_cannot_be_written_is_named_and_the_withdrawal_is_in_force() {
    let programme = programme(Backend::Embedded);
    set_checkpoint_dir(&programme, "checkpoint_dir = \"outside\"");
    std::fs::write(programme.path("outside"), "no folder").unwrap();
    let withdrawn = programme.run(&["consent", "withdraw", &person(5)]);
    assert!(
        withdrawn.code == Some(2) && withdrawn.err.contains("/outside") && withdrawn.err.contains("are in force"),
        "{}{}",
        withdrawn.out,
        withdrawn.err
    );
    let shown = programme.run(&["consent", "show", &person(5), "--reason", "test"]);
    assert!(shown.out.contains("withdrawn"), "{}{}", shown.out, shown.err);
}

#[test]
fn doctor_names_a_gateway_that_signs_with_another_key_and_a_file_that_an_interrupted_rotation_left() {
    let programme = programme(Backend::Embedded);
    let served = programme.serve();
    let examine = || programme.run(&["doctor", "--offline"]).out;
    assert!(examine().contains("signs with the key in capabilities.key_file"));
    let _ = programme.run(&["key", "rotate"]).good();
    std::fs::write(programme.path("capabilities.new-0123456789abcdef"), [7; 97]).unwrap();
    let found = examine();
    assert!(found.contains("signs URLs and tokens with another key"), "{found}");
    assert!(found.contains("capabilities.new-0123456789abcdef"), "{found}");
    assert!(
        found.contains("checkpoint_dir") && found.contains("on the file system of the database"),
        "{found}"
    );
    drop(served);
    let served = programme.serve();
    assert!(examine().contains("signs with the key in capabilities.key_file"));
    drop(served);
    set_checkpoint_dir(&programme, "");
    assert!(examine().contains("audit.checkpoint_dir is not configured"));
}

#[test]
fn files_that_were_loaded_and_taken_out_of_use_after_the_back_up_are_not_loaded_as_served_again() {
    let programme = Programme::new(Backend::Embedded);
    private(&programme.path("passphrase"), PASSPHRASE);
    programme.register(everybody().iter().map(String::as_str));
    programme.everybody_agrees(everybody().iter().map(String::as_str));
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("monday");
    let text = sheet();
    let file = |number: usize| {
        text.lines()
            .find(|line| line.contains(&format!("variants/{}.vcf.gz", person(number))))
            .unwrap()
    };
    let head = text.lines().next().unwrap();
    let _ = programme.load(&format!("{head}\n{}\n", file(7))).good();
    let _ = back_up(&programme, &backup, &[]).good();
    let later = format!("{head}\n{}\n{}\n", file(8), file(9));
    let _ = programme.load(&later).good();
    let (unloaded, held) = (programme.object_of(&person(8), "VCF"), programme.object_of(&person(9), "VCF"));
    let _ = programme.run(&["objects", "unload", &unloaded, "--reason", "wrong owner"]).good();
    let _ = programme.run(&["objects", "hold", &held, "--reason", "a doubt"]).good();

    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &[]).good();
    let replayed = machine.replay().good();
    assert!(replayed.out.contains("2 ids of held or unloaded files blocked"), "{}", replayed.out);
    let path = machine.folder.path().join("later.csv");
    std::fs::write(&path, &later).unwrap();
    let loaded = machine.run(&["load", "--register", path.to_str().unwrap()]);
    assert!(
        loaded.code != Some(0) && format!("{}{}", loaded.out, loaded.err).contains("unloaded for the same owners"),
        "{}{}",
        loaded.out,
        loaded.err
    );
    assert!(
        format!("{}{}", loaded.out, loaded.err).contains("registered on hold: a doubt"),
        "{}{}",
        loaded.out,
        loaded.err
    );
    let listed = machine.run(&["objects", "list"]).good();
    assert!(!listed.out.contains(&unloaded), "{}", listed.out);
    let line = listed.out.lines().find(|line| line.contains(&held)).unwrap();
    assert!(line.contains("held"), "{line}");
}
