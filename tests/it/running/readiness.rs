//! `/readyz` is 200 only if catalogue, objects, index and audit can be used. A 503 names the part.

use std::path::{Path, PathBuf};

use gemj_tests::oracle::python;
use gemj_tests::s3_server::S3Server;
use gemj_tests::{Backend, Client, Programme};
use serde_json::json;

use super::until;
use crate::small::loaded;

/// Waits until only this part is not good. Absent means that the gateway is ready.
fn until_only(client: &Client, faulty: Option<&str>) {
    until(&format!("the faulty part is never {faulty:?}"), || {
        let reply = client.get("/readyz", None);
        let Some(part) = faulty else {
            return (reply.status == 200).then_some(());
        };
        if reply.status != 503 {
            return None;
        }
        let body = reply.json();
        let parts = body["parts"].as_object().unwrap();
        assert_eq!(parts.len(), 5, "{body}");
        let bad: Vec<&String> = parts.iter().filter(|(_, state)| *state != "good").map(|(name, _)| name).collect();
        assert!(bad.is_empty() || body["detail"] == parts[bad[0]] || bad.len() > 1, "{body}");
        (bad == [part]).then_some(())
    });
}

/// The files of the index below a folder of objects.
fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).is_ok_and(|bytes| bytes.starts_with(b"GEMJ")) {
                found.push(path);
            }
        }
    }
    found
}

fn truncate(path: &Path, bytes: u64) -> Vec<u8> {
    let before = std::fs::read(path).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(bytes).unwrap();
    before
}

#[test]
fn a_segment_that_is_missing_truncated_or_overwritten_makes_the_index_not_ready() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let found = segments(&programme.path("objects"));
    let segment = found.first().expect("the small data have a segment");
    let away = programme.path("segment-away");

    std::fs::rename(segment, &away).unwrap();
    until_only(&served.client, Some("index"));
    std::fs::rename(&away, segment).unwrap();
    until_only(&served.client, None);

    let bytes = truncate(segment, std::fs::metadata(segment).unwrap().len() - 1);
    until_only(&served.client, Some("index"));
    std::fs::write(segment, &bytes).unwrap();
    until_only(&served.client, None);

    std::fs::write(segment, vec![0; bytes.len()]).unwrap();
    until_only(&served.client, Some("index"));
    std::fs::write(segment, &bytes).unwrap();
    until_only(&served.client, None);
}

#[test]
fn a_catalogue_without_its_state_makes_the_catalogue_and_the_index_not_ready() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let rename = |from: &str, to: &str| {
        python(
            "rename_table.py",
            &json!({"database": programme.path("gateway.db"), "from": from, "to": to}),
        )
    };
    rename("programme_state", "programme_state_away");
    until("the catalogue stays good", || {
        let reply = served.client.get("/readyz", None);
        (reply.status == 503 && reply.json()["parts"]["catalogue"] == "the catalogue does not answer").then_some(())
    });
    rename("programme_state_away", "programme_state");
    until_only(&served.client, None);
    rename("segment", "segment_away");
    until_only(&served.client, Some("index"));
    rename("segment_away", "segment");
    until_only(&served.client, None);
}

#[test]
fn an_audit_trail_that_refuses_rows_makes_the_audit_not_ready() {
    let programme = Programme::new(Backend::Embedded);
    let served = programme.serve();
    let store = |what: &str| python("audit_store.py", &json!({"database": programme.path("gateway.db"), "do": what}));
    store("refuse");
    let token = programme.passport(gemj_demo::Persona::DomesticAcademic);
    let asked = std::thread::spawn({
        let client = served.client.clone();
        move || client.get("/ga4gh/drs/v1/objects/nothing", Some(&token)).status
    });
    until_only(&served.client, Some("audit"));
    store("accept");
    until_only(&served.client, None);
    let _ = asked.join();
}

#[test]
fn an_s3_server_that_ends_makes_the_objects_not_ready() {
    let root = tempfile::tempdir().unwrap();
    let s3 = S3Server::start(root.path());
    let programme = loaded(Backend::S3(&s3, root.path()));
    let served = programme.serve();
    until_only(&served.client, None);
    drop(s3);
    until("the objects stay good", || {
        let reply = served.client.get("/readyz", None);
        if reply.status != 503 {
            return None;
        }
        let parts = reply.json()["parts"].clone();
        (parts["objects"] != "good" && parts["catalogue"] == "good" && parts["audit"] == "good").then_some(())
    });
}

#[test]
fn the_answer_tells_no_path_and_no_id() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    std::fs::rename(programme.path("objects"), programme.path("objects-away")).unwrap();
    let text = until("the objects stay good", || {
        let reply = served.client.get("/readyz", None);
        (reply.status == 503).then(|| reply.text())
    });
    assert!(!text.contains(programme.path("").to_str().unwrap()), "{text}");
}

#[test]
fn a_checkpoint_folder_that_cannot_be_written_makes_the_audit_trail_not_ready() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let (folder, aside) = (programme.path("audit-checkpoints"), programme.path("aside"));
    std::fs::rename(&folder, &aside).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    until_only(&served.client, Some("audit"));
    let detail = served.client.get("/readyz", None).text();
    assert!(detail.contains("audit.checkpoint_dir"), "{detail}");
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&aside, &folder).unwrap();
    until_only(&served.client, None);
}
