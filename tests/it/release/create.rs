//! `release create|list|show|diff`: a release never changes, and the next release does not contain participants who withdrew.

use std::collections::BTreeSet;

use gemj_tests::small_data::{COLUMNS, PEOPLE, everybody, person};
use gemj_tests::{Backend, Programme};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::small::loaded;

fn shown(programme: &Programme, id: &str) -> String {
    programme.run(&["release", "show", id]).good().out
}

fn manifest(programme: &Programme, id: &str) -> String {
    programme.run(&["release", "show", id, "--manifest"]).good().out
}

fn line<'a>(text: &'a str, name: &str) -> &'a str {
    text.lines()
        .find_map(|l| l.strip_prefix(name))
        .unwrap_or_else(|| panic!("{name}: {text}"))
}

/// The expected manifest of a release, computed from the list of stored files and the participants who consent.
fn expected(programme: &Programme, consenting: &BTreeSet<String>) -> String {
    let mut lines: Vec<String> = programme
        .objects(&["--dataset", "cancer"])
        .iter()
        .filter_map(|object| {
            let samples = object["samples"].as_array().unwrap();
            let people: BTreeSet<&str> = samples.iter().filter_map(|s| s["participant"].as_str()).collect();
            let count = people.iter().filter(|p| consenting.contains(**p)).count();
            let text = |name: &str| object[name].as_str().unwrap().to_owned();
            (count > 0).then(|| {
                format!(
                    "{}\t{}\t{}\t{}\t{count}\n",
                    text("id"),
                    text("format"),
                    object["size"],
                    text("sha256")
                )
            })
        })
        .collect();
    lines.sort();
    lines.push(format!("objects\t{}\n", lines.len()));
    lines.concat()
}

#[test]
fn a_release_never_changes_and_the_next_release_lacks_withdrawn_participants() {
    let programme = loaded(Backend::Embedded);
    let mut consenting: BTreeSet<String> = everybody().into_iter().collect();
    let created = programme
        .run(&[
            "release",
            "create",
            "cancer-1",
            "--dataset",
            "cancer",
            "--citation",
            "Cancer genomes, first release.",
        ])
        .good();
    assert!(created.out.starts_with("created: cancer-1: "), "{}", created.out);
    let again = programme.run(&["release", "create", "cancer-1", "--dataset", "cancer"]);
    assert_eq!(again.code, Some(2));
    assert!(again.err.contains("already"), "{}", again.err);

    let first = manifest(&programme, "cancer-1");
    assert_eq!(first, expected(&programme, &consenting));
    let sum: String = Sha256::digest(first.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let told = shown(&programme, "cancer-1");
    assert_eq!(line(&told, "manifest sha256: "), sum);
    assert_eq!(line(&told, "participants: "), PEOPLE.to_string());
    assert_eq!(line(&told, "citation: "), "Cancer genomes, first release.");
    assert!(
        everybody().iter().all(|p| !told.contains(p.as_str())),
        "a manifest names no participant"
    );

    let same = programme.run(&["release", "create", "cancer-1b", "--dataset", "cancer"]).good();
    assert!(same.out.contains(&sum), "the same state has the same manifest: {}", same.out);
    let none = programme
        .run(&["release", "diff", "cancer-1", "cancer-1b", "--participants"])
        .good();
    assert_eq!(
        none.out,
        "objects added: 0\nobjects removed: 0\nobjects changed: 0\nparticipants joined: 0\nparticipants left: 0\n"
    );

    let _ = programme.run(&["consent", "withdraw", &person(2)]).good();
    consenting.remove(&person(2));
    let _ = programme.run(&["release", "create", "cancer-2", "--dataset", "cancer"]).good();
    assert_eq!(manifest(&programme, "cancer-1"), first, "a release never changes");
    assert_eq!(manifest(&programme, "cancer-2"), expected(&programme, &consenting));
    assert_eq!(line(&shown(&programme, "cancer-2"), "participants: "), (PEOPLE - 1).to_string());

    let diff = programme
        .run(&["release", "diff", "cancer-1", "cancer-2", "--participants", "--json"])
        .refused()
        .out;
    let diff: Value = serde_json::from_str(&diff).unwrap();
    assert_eq!(diff["participants"]["left_ids"], serde_json::json!([person(2)]));
    assert_eq!(
        (&diff["participants"]["left"], &diff["participants"]["joined"]),
        (&1.into(), &0.into())
    );
    let mut own = vec![programme.object_of(&person(2), "BAM"), programme.object_of(&person(2), "VCF")];
    own.sort();
    assert_eq!(diff["objects"]["removed"], serde_json::json!(own));
    assert_eq!(diff["objects"]["added"], serde_json::json!([]));
    const { assert!(COLUMNS >= 2, "the leaver has a column in the joint file") };
    assert_eq!(diff["objects"]["changed"], serde_json::json!([programme.joint_object()]));
    let quiet = programme.run(&["release", "diff", "cancer-1", "cancer-2"]).refused().out;
    assert!(!quiet.contains("TST-"), "{quiet}");

    let list: Value = serde_json::from_str(&programme.run(&["release", "list", "--json"]).good().out).unwrap();
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["cancer-1", "cancer-1b", "cancer-2"]);
    let _ = programme.run(&["audit", "verify"]).good();
}

#[test]
fn a_release_without_files_or_of_an_unknown_dataset_is_refused() {
    let programme = Programme::new(Backend::Embedded);
    let unknown = programme.run(&["release", "create", "r", "--dataset", "cancers"]);
    assert!(unknown.code == Some(2) && unknown.err.contains("not configured"), "{}", unknown.err);
    let empty = programme.run(&["release", "create", "r", "--dataset", "cancer"]);
    assert!(empty.code == Some(2) && empty.err.contains("nothing to release"), "{}", empty.err);
    let absent = programme.run(&["release", "show", "r"]);
    assert!(absent.code == Some(2) && absent.err.contains("no release"), "{}", absent.err);
}
