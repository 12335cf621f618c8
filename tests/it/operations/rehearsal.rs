//! A rehearsal of a restore does no harm to the installation in use, and its ledger tail is not taken for the tail of that installation.

use std::path::Path;

use gemj_tests::Backend;
use gemj_tests::oracle::run;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::person;
use gemj_tests::{Programme, Ran};

use super::lost_machine::{NewMachine, back_up, programme};

/// A second machine beside a programme that stays in use.
fn beside(programme: &Programme) -> NewMachine {
    let machine = NewMachine::beside(programme);
    let backup = machine.folder.path().join("monday");
    let _ = back_up(programme, &backup, &[]).good();
    let _ = machine.restore(&backup, &[]).good();
    machine
}

fn refused_with(ran: &Ran, text: &str) {
    assert!(ran.code == Some(2) && ran.err.contains(text), "{}{}", ran.out, ran.err);
}

#[test]
fn a_tail_that_was_used_for_a_rehearsal_is_named_by_doctor_and_used_again_after_the_note_was_deleted() {
    let programme = programme(Backend::Embedded);
    let live = programme.path("audit-checkpoints");
    let machine = beside(&programme);
    let _ = machine.run(&["seal", "replay", "--tail", live.to_str().unwrap()]).good();
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    let examined = programme.run(&["doctor"]);
    assert!(
        examined.out.contains("another installation has used the ledger tail"),
        "{}{}",
        examined.out,
        examined.err
    );

    // The installation in use is lost. The back-up of the rehearsal is restored once more.
    let second = NewMachine::after_loss_of(&programme);
    let _ = second.restore(&machine.folder.path().join("monday"), &[]).good();
    refused_with(&second.replay(), "delete the file ledger.continued");
    std::fs::remove_file(second.outside.join("ledger.continued")).unwrap();
    assert!(second.replay().good().out.contains("1 consent events"));
}

#[test]
fn the_tail_of_a_rehearsal_is_not_replayed_into_the_installation_in_use_without_a_statement() {
    let programme = programme(Backend::Embedded);
    let machine = beside(&programme);
    let live = programme.path("audit-checkpoints");
    let _ = machine.run(&["seal", "replay", "--tail", live.to_str().unwrap()]).good();
    let _ = machine.run(&["consent", "withdraw", &person(3)]).good();
    let rehearsed = machine.config().with_file_name("audit-checkpoints");

    let second = NewMachine::after_loss_of(&programme);
    let _ = second.restore(&machine.folder.path().join("monday"), &[]).good();
    let replay = |further: &[&str]| second.run(&[&["seal", "replay", "--tail", rehearsed.to_str().unwrap()], further].concat());
    let refused = replay(&[]);
    refused_with(&refused, "was itself sealed after the back-up");
    refused_with(&replay(&["--after-seal", "0"]), "was itself sealed after the back-up");
    // The rehearsal was in use after all.
    let id = refused.err.rsplit("--after-seal ").next().unwrap().trim().to_owned();
    assert!(replay(&["--after-seal", &id]).good().out.contains("1 consent events"));
}

#[test]
fn a_rehearsal_that_names_the_folder_of_a_running_gateway_moves_nothing() {
    let programme = programme(Backend::Embedded);
    let served = programme.serve();
    let machine = beside(&programme);
    let live = programme.path("audit-checkpoints");
    let text = std::fs::read_to_string(machine.config()).unwrap();
    let named = text.replace("\"audit-checkpoints\"", &format!("{:?}", live.to_str().unwrap()));
    assert_ne!(text, named, "{text}");
    std::fs::write(machine.config(), named).unwrap();
    let before = files(&live);
    let text = "a running gateway with another database uses this folder";
    for command in [&["seal", "replay"][..], &["serve"], &["consent", "withdraw", &person(4)]] {
        refused_with(&machine.run(command), text);
    }
    assert_eq!(files(&live), before);
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    assert_eq!(programme.run(&["seal", "status"]).good().out, "not sealed\n");
    drop(served);
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_copy_of_an_installation_that_was_never_served_is_sealed_by_its_first_command() {
    let programme = programme(Backend::Embedded);
    let folder = tempfile::tempdir().unwrap();
    run(
        "cp",
        ["-a", programme.path(".").to_str().unwrap(), folder.path().to_str().unwrap()],
        b"",
    );
    let config = folder.path().join("gateway.toml");
    let listed = run_gateway(["objects", "list", "--config", config.to_str().unwrap()]);
    assert!(listed.err.contains("is now sealed"), "{}{}", listed.out, listed.err);
    let status = run_gateway(["seal", "status", "--config", config.to_str().unwrap()]);
    assert!(
        status.code == Some(2) && status.out.contains("copied or moved"),
        "{}{}",
        status.out,
        status.err
    );
    assert_eq!(programme.run(&["seal", "status"]).good().out, "not sealed\n");
}
