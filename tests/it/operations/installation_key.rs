//! Another key stops every command, and a rotation of the key keeps numbers, pseudonyms and ids.

use std::path::Path;

use gemj_tests::Backend;
use gemj_tests::programme::private;
use gemj_tests::small_data::person;

use super::lost_machine::{Ids, answers, assert_same, links, programme, researcher};

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_database_is_not_opened_with_another_key() {
    let programme = programme(Backend::Embedded);
    let key = programme.path("capabilities.key");
    let own = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    // An operator who has lost the key makes a new one. Without the check, every linked number would silently become unknown.
    let _ = programme.run(&["key", "make"]).good();
    for command in [
        &["serve"][..],
        &["objects", "list"],
        &["link", "--register", links(&programme).to_str().unwrap()],
    ] {
        let refused = programme.run(command);
        assert_eq!(refused.code, Some(2), "{command:?}: {}", refused.out);
        assert!(
            refused.err.contains("this is not the key of the database") && refused.err.contains("docs/backup.md"),
            "{command:?}: {}",
            refused.err
        );
    }
    std::fs::write(&key, own).unwrap();
    drop(programme.serve());
}

#[test]
fn a_rotated_key_signs_new_urls_and_changes_no_number_pseudonym_or_id() {
    let programme = programme(Backend::Embedded);
    let key = programme.path("capabilities.key");
    let token = researcher(&programme);
    let ids = Ids::of(&programme);
    let vcf = programme.object_of(&person(6), "VCF");
    let url = |client: &gemj_tests::Client| {
        let access = client
            .get(&format!("/ga4gh/drs/v1/objects/{vcf}/access/https"), Some(&token))
            .expect(200)
            .json();
        access["url"].as_str().unwrap().to_owned()
    };
    let served = programme.serve();
    let before = answers(&served.client, &token, &ids);
    let first = url(&served.client);
    drop(served);
    assert!(programme.run(&["key", "retire"]).err.contains("no earlier key"));

    let _ = programme.run(&["key", "rotate", "--prepare"]).good();
    let served = programme.serve();
    assert_eq!(served.client.get(&first, None).status, 200);
    let prepared = url(&served.client);
    drop(served);
    let _ = programme.run(&["key", "rotate"]).good();
    assert!(programme.run(&["key", "rotate"]).err.contains("key retire"));
    let served = programme.serve();
    let second = url(&served.client);
    for url in [&first, &prepared, &second] {
        assert_eq!(served.client.get(url, None).status, 200, "during the overlap all URLs are valid");
    }
    assert_same(&before, &answers(&served.client, &token, &ids));
    drop(served);
    let _ = programme.run(&["key", "retire"]).good();
    assert_eq!(mode(&key), 0o600);
    let served = programme.serve();
    assert_eq!(served.client.get(&second, None).status, 200);
    let unknown = served.client.get(&format!("{}x", second), None).status;
    for url in [&first, &prepared] {
        assert_eq!(
            served.client.get(url, None).status,
            unknown,
            "a URL of a retired key is as unknown as an altered URL"
        );
    }
    assert_same(&before, &answers(&served.client, &token, &ids));
    drop(served);
    let linked = programme.run(&["link", "--register", links(&programme).to_str().unwrap()]).good();
    assert!(linked.out.contains("0 linked"), "{}", linked.out);
    assert!(programme.run(&["audit", "verify"]).good().out.starts_with("good: "));
    private(&key, "x");
    let damaged = programme.run(&["serve"]);
    assert!(
        damaged.code == Some(2) && damaged.err.contains("bytes are expected"),
        "{}",
        damaged.err
    );
}
