//! `audit verify` names the first altered, missing or reordered row.

use gemj_demo::Persona;
use gemj_tests::htsget_client::block_urls;
use gemj_tests::oracle::python;
use gemj_tests::programme::run_gateway;
use gemj_tests::small_data::{SHARED_VARIANT, person};
use gemj_tests::{Backend, Programme};
use serde_json::json;

use crate::small::loaded;

fn used() -> Programme {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::OverseasAcademic);
    let id = programme.object_of(&person(1), "BAM");
    // The eight anonymous requests of this loop are counted in one audit row.
    for _ in 0..8 {
        let _ = served
            .client
            .get(&format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000"), Some(&token))
            .expect(200);
        let _ = served.client.get(&format!("/beacon/g_variants?{SHARED_VARIANT}"), None).expect(200);
        assert_eq!(
            served
                .client
                .get(&format!("/ga4gh/drs/v1/objects/{id}/access/https"), Some(&token))
                .status,
            403
        );
    }
    drop(served);
    programme
}

fn copy(programme: &Programme, to: &std::path::Path) {
    let from = programme.path(".");
    let copied = std::process::Command::new("cp")
        .args(["-r", from.to_str().unwrap(), to.to_str().unwrap()])
        .status()
        .unwrap();
    assert!(copied.success());
}

#[test]
fn an_unchanged_trail_is_good_and_a_changed_trail_is_not() {
    let programme = used();
    let good = programme.run(&["audit", "verify"]).good();
    let rows: u64 = good.out.split_whitespace().nth(1).unwrap().parse().unwrap();
    assert!(good.out.starts_with("good: ") && rows >= 15, "{}", good.out);

    for (how, sequence, named) in [
        ("update", 4, "row 4: altered"),
        ("delete", 5, "row 5: missing"),
        ("swap", 6, "row 6: reordered"),
        ("cut", 12, "row 12: truncated"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        copy(&programme, folder.path());
        let database = folder.path().join("gateway.db");
        let chain = python("tamper.py", &json!({"database": database, "how": how, "sequence": sequence}));
        assert!(chain["rows"].as_u64().unwrap() >= 15, "{chain}");
        let config = folder.path().join("gateway.toml");
        let ran = run_gateway(["audit", "verify", "--config", config.to_str().unwrap()]).refused();
        assert!(
            ran.err.contains(named) && ran.err.contains(chain["chain"].as_str().unwrap()),
            "{how}: {}",
            ran.err
        );
    }
}

#[test]
fn a_killed_server_leaves_a_good_trail_with_all_returned_bytes() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::OverseasAcademic);
    let id = programme.object_of(&person(1), "BAM");
    let count = || {
        let out = programme.run(&["audit", "verify"]).good().out;
        out.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = count();
    let urls = block_urls(
        &served
            .client
            .get(&format!("/htsget/reads/{id}?referenceName=chr1&start=0&end=2000"), Some(&token))
            .expect(200)
            .json(),
    );
    for _ in 0..10 {
        // The test reads the answer to its end, so that the gateway has sent all its bytes.
        let _ = served.client.get(&urls[0], None).expect(200);
    }
    served.kill();
    assert!(count() >= before + 10, "the trail lacks decisions of returned bytes");
}
