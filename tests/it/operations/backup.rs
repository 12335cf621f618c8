//! `backup`, SIGKILL, loss of the machine, `restore` on another machine: the same answers and ids, a good audit trail, and no answer before the ledgers
//! are complete.

use std::path::Path;
use std::process::Command;

use gemj_tests::Backend;
use gemj_tests::oracle::run;
use gemj_tests::programme::private;
use gemj_tests::shared_data::skipped;
use gemj_tests::small_data::{PEOPLE, person};
use serde_json::Value;

use crate::fhir::hospital::{Hospital, hospitals, withdrawal};

use super::lost_machine::{
    Ids, NewMachine, OF_A, PASSPHRASE, answers, assert_same, assert_serves_nothing, back_up, links, programme, researcher, site_of,
};

/// The approval of another researcher than [`researcher`].
const OTHER_APPROVAL: &str = "2026-0003";

/// Decrypts `keys.sealed` without our code: scrypt and AES-256-GCM of Node.
const DECRYPT: &str = r#"
const crypto = require("crypto"), data = require("fs").readFileSync(process.argv[1]);
const first = data.indexOf(10), second = data.indexOf(10, first + 1);
if (data.subarray(0, first).toString() !== "gemj-keys-1") throw new Error("format");
const h = JSON.parse(data.subarray(first + 1, second));
const key = crypto.scryptSync(process.argv[2], Buffer.from(h.salt, "hex"), 32, { N: 2 ** h.log_n, r: h.r, p: h.p, maxmem: 2 ** 30 });
const cipher = crypto.createDecipheriv("aes-256-gcm", key, Buffer.from(h.nonce, "hex"));
cipher.setAAD(data.subarray(0, second + 1));
cipher.setAuthTag(data.subarray(-16));
const plain = Buffer.concat([cipher.update(data.subarray(second + 1, -16)), cipher.final()]);
const files = JSON.parse(plain).map((file) => [file.path, Buffer.from(file.content, "base64").toString("hex")]);
console.log(JSON.stringify(Object.fromEntries(files)));
"#;

/// Compares the manifest of a back-up with sha256sum, and the decrypted keys with the installation's files.
fn assert_complete(folder: &Path, installation: &Path) {
    let manifest: Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let files = manifest["files"].as_object().unwrap();
    let sums: String = files
        .iter()
        .map(|(name, state)| format!("{}  {name}\n", state["sha256"].as_str().unwrap()))
        .collect();
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "--quiet", "-"]).current_dir(folder);
    gemj_tests::oracle::run_command(check, sums.as_bytes());
    let objects = files.keys().filter(|name| name.starts_with("objects/")).count();
    assert!(objects > 17, "{objects} stored files and segments");
    let listed = run("find", [folder.to_str().unwrap(), "-type", "f", "-perm", "/077"], b"");
    assert!(listed.is_empty(), "other users can read {}", String::from_utf8_lossy(&listed));

    if Command::new("node").arg("--version").output().is_err() {
        skipped("node is not installed: the back-up's keys are not decrypted by other code");
        return;
    }
    let sealed = folder.join("keys.sealed");
    let plain = run("node", ["-e", DECRYPT, sealed.to_str().unwrap(), PASSPHRASE], b"");
    let plain: Value = serde_json::from_slice(&plain).unwrap();
    for name in ["gateway.toml", "capabilities.key"] {
        let bytes = std::fs::read(installation.join(name)).unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(plain[name], hex, "{name}");
    }
}

#[test]
fn a_lost_installation_is_restored_with_the_same_answers_after_the_ledger_tail_is_replayed() {
    let programme = programme(Backend::Embedded);
    let served = programme.serve();
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    let backup = tempfile::tempdir().unwrap();
    let backup = backup.path().join("monday");
    let made = back_up(&programme, &backup, &[]).good();
    assert!(made.out.contains("the consent ledger up to epoch"), "{}", made.out);
    assert_complete(&backup, &programme.path(""));
    let again = back_up(&programme, &backup, &[]);
    assert!(again.code == Some(2) && again.err.contains("not empty"), "{}", again.err);

    // These writes are not in the back-up.
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    let _ = programme.run(&["consent", "withdraw", &person(9)]).good();
    let _ = programme
        .import_consents(&format!("{},unified-1,given,all,2026-04-01\n", person(9)))
        .good();
    let _ = programme.run(&["approval", "revoke", OTHER_APPROVAL, "--reason", "ended"]).good();
    let before = answers(&served.client, &token, &ids);
    let count = String::from_utf8_lossy(&before[0].2).into_owned();
    // A consent whose effective date is before a withdrawal does not end the withdrawal.
    assert!(count.contains(&format!("\"numTotalResults\":{}", PEOPLE - 2)), "{count}");
    served.kill();
    let machine = NewMachine::after_loss_of(&programme);

    let restored = machine.restore(&backup, &[]).good();
    assert!(restored.out.contains("sealed"), "{}", restored.out);
    let sealed = machine.serve(true);
    assert_serves_nothing(&sealed.client, &token, &ids);
    drop(sealed);
    let status = machine.run(&["seal", "status"]);
    assert_eq!(status.code, Some(2), "{}", status.err);
    assert!(
        status.out.contains("hospital-a") && status.out.contains("hospital-b"),
        "{}",
        status.out
    );

    let replayed = machine.replay().good();
    assert!(
        replayed.out.contains("3 consent events, 0 approvals and 1 revocations recorded"),
        "{}",
        replayed.out
    );
    let served = machine.serve(false);
    assert_same(&before, &answers(&served.client, &token, &ids));
    let linked = machine.run(&["link", "--register", links(&programme).to_str().unwrap()]).good();
    assert!(linked.out.contains("0 linked"), "{}", linked.out);
    drop(served);
    let approvals = machine.run(&["approval", "list", "--all"]).good();
    let line = approvals.out.lines().find(|line| line.contains(OTHER_APPROVAL)).unwrap();
    assert!(line.contains("revoked"), "{line}");
    let trail = machine.run(&["audit", "verify"]).good();
    assert!(trail.out.starts_with("good: "), "{}", trail.out);
    assert_eq!(machine.run(&["seal", "status"]).good().out, "not sealed\n");
    let twice = machine.restore(&backup, &[]);
    assert!(twice.code == Some(2) && twice.err.contains("empty installation"), "{}", twice.err);
    // The restored installation keeps its own tail: it can be lost and restored again.
    assert!(machine.folder.path().join("installation/audit-checkpoints/ledger.tail").is_file());
}

#[test]
fn without_a_ledger_tail_the_seal_is_lifted_only_after_every_site_is_reconciled() {
    let programme = programme(Backend::Embedded);
    let (token, ids) = (researcher(&programme), Ids::of(&programme));
    let backup = tempfile::tempdir().unwrap();
    let backup = backup.path().join("monday");
    let _ = back_up(&programme, &backup, &[]).good();
    let _ = programme.run(&["consent", "withdraw", &person(5)]).good();
    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &[]).good();

    let lift = |further: &[&str]| machine.run(&[&["seal", "lift", "--reason", "all lists compared", "--files-checked"], further].concat());
    let refused = lift(&["--approvals-checked"]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("hospital-a") && refused.err.contains("hospital-b"),
        "{}",
        refused.err
    );
    for site in ["hospital-a", "hospital-b"] {
        let rows: String = (1..=PEOPLE)
            .filter(|n| site_of(*n) == site)
            .map(|n| format!("{},{},,\n", person(n), if n == 5 { "withdrawn" } else { "given" }))
            .collect();
        let list = machine.folder.path().join("list.csv");
        std::fs::write(&list, format!("participant,state,date,clauses\n{rows}")).unwrap();
        let reconcile = ["consent", "reconcile", site, list.to_str().unwrap()];
        let dry = machine.run(&[&reconcile[..], &["--dry-run"]].concat());
        assert!(dry.out.contains("dry run"), "{}", dry.out);
        assert!(lift(&["--approvals-checked"]).err.contains(site), "a dry run confirms nothing");
        let compared = machine.run(&reconcile);
        // The withdrawal on the list of hospital A is blocked again.
        assert_eq!(
            compared.code,
            Some(i32::from(5 <= OF_A && site == "hospital-a")),
            "{}{}",
            compared.out,
            compared.err
        );
    }
    let refused = lift(&[]);
    assert!(refused.code == Some(2) && refused.err.contains("approvals"), "{}", refused.err);
    let sealed = machine.serve(true);
    assert_serves_nothing(&sealed.client, &token, &ids);
    let lifted = lift(&["--approvals-checked"]).good();
    assert!(lifted.out.contains("the seal is lifted"), "{}", lifted.out);
    // The running gateway reads the seal at each request, so it needs no restart.
    let counted = sealed
        .client
        .get("/beacon/individuals?requestedGranularity=count", Some(&token))
        .expect(200)
        .json();
    assert_eq!(counted["responseSummary"]["numTotalResults"], PEOPLE - 1);
    assert!(machine.run(&["audit", "verify"]).good().out.starts_with("good: "));
}

#[test]
fn a_withdrawal_that_was_confirmed_to_a_hospital_survives_the_loss_of_the_machine() {
    let Some(programme) = hospitals() else { return };
    private(&programme.path("passphrase"), PASSPHRASE);
    let backup = tempfile::tempdir().unwrap();
    let backup = backup.path().join("monday");
    let token = researcher(&programme);
    let vcf = programme.object_of(&person(2), "VCF");
    let served = programme.serve();
    let hospital = Hospital::new(&programme, &served.client, "hospital-a");
    // The first search gives the patient its id.
    let patient = hospital.patient(2);
    let _ = back_up(&programme, &backup, &[]).good();
    let _ = hospital.post(&withdrawal(&patient)).expect(201);
    // The machine is lost directly after the answer. No later write completes the tail.
    served.kill();
    let machine = NewMachine::after_loss_of(&programme);
    let _ = machine.restore(&backup, &[]).good();
    let replayed = machine.replay().good();
    assert!(!replayed.out.starts_with("0 consent events"), "{}", replayed.out);
    let served = machine.serve(false);
    let path = format!("/ga4gh/drs/v1/objects/{vcf}");
    assert_eq!(served.client.get(&path, Some(&token)).status, 404);
    let hospital = Hospital::new(&programme, &served.client, "hospital-a");
    assert_eq!(
        hospital.patient(2),
        patient,
        "the hospital's own number leads to the same patient id"
    );
}
