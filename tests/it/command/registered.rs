//! Only explicit commands register participants, and only the configuration declares sites.

use std::path::Path;

use gemj_tests::oracle::run;
use gemj_tests::small_data::feeds;
use gemj_tests::{Backend, Programme};

/// The registered participants, read from the database without the gateway.
fn registered(programme: &Programme) -> Vec<String> {
    let sql = "import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute('SELECT id, COALESCE(site, \\'\\') FROM participant ORDER BY id'):
    print(*row)";
    let database = programme.path("gateway.db");
    let printed = run("python3", ["-c", sql, database.to_str().unwrap()], b"");
    String::from_utf8(printed)
        .unwrap()
        .lines()
        .map(|line| line.trim().to_owned())
        .collect()
}

fn write(path: &Path, text: &str) -> String {
    std::fs::write(path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_misspelt_participant_is_refused_by_every_command_and_nothing_is_registered() {
    let programme = Programme::new(Backend::Embedded);
    programme.register(["HG00102"]);
    let consents = write(
        &programme.path("c.csv"),
        "participant,form,kind,clauses,effective_at\nHG0002,unified-1,given,all,2026-04-01\nHG0002,,withdrawn,,2026-05-01\n",
    );
    let links = write(
        &programme.path("l.csv"),
        "site,namespace,number,participant\nhospital-a,hospital-a,1,HG0002\n",
    );
    let vcf = feeds().join("variants/TST-01.vcf.gz");
    let sheet = format!("dataset,participant,assembly,path\ncancer,HG0002,GRCh38,{}\n", vcf.display());
    let sheet = write(&programme.path("s.csv"), &sheet);
    for (arguments, code, suggests) in [
        (
            &["consent", "record", "HG0002", "--form", "unified-1", "--accept", "all"][..],
            2,
            true,
        ),
        (&["consent", "withdraw", "HG0002"], 2, true),
        (&["consent", "show", "HG0002"], 2, true),
        (&["disclosures", "HG0002"], 2, true),
        (&["objects", "list", "--participant", "HG0002"], 2, true),
        (&["consent", "import", &consents], 1, false),
        (&["link", &links], 2, false),
        (&["load", &sheet], 1, false),
    ] {
        let ran = programme.run(arguments);
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains("is not registered"), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.err.contains("did you mean HG00102?"), suggests, "{arguments:?}: {}", ran.err);
        assert_eq!(registered(&programme), ["HG00102"], "{arguments:?}");
    }
    assert!(programme.stored_files().is_empty());
    // The explicit commands register.
    let linked = programme.run(&["link", "--register", &links]).good();
    assert!(linked.out.contains("1 linked"), "{}", linked.out);
    assert_eq!(registered(&programme), ["HG0002", "HG00102"]);
    let loaded = programme.run(&["load", &sheet]).good();
    assert!(
        loaded.out.contains("1 loaded") && !loaded.out.contains("registered"),
        "{}",
        loaded.out
    );
}

#[test]
fn a_sheet_of_participants_is_registered_as_a_whole_or_not_at_all_and_again_without_effect() {
    let programme = Programme::new(Backend::Embedded);
    let bad = write(
        &programme.path("bad.csv"),
        "participant,family,sex,site\nP-1,F-1,female,hospital-a\nP-2,F-1,mail,hospital-a\nP-3,,,hospital-aa\n",
    );
    let refused = programme.run(&["participants", "register", &bad]);
    assert_eq!(refused.code, Some(2));
    for part in [
        "line 3: sex",
        "line 4: site 'hospital-aa' is not known; did you mean hospital-a?",
        "nothing was registered",
    ] {
        assert!(refused.err.contains(part), "{part}: {}", refused.err);
    }
    assert!(registered(&programme).is_empty());
    let good = write(
        &programme.path("good.csv"),
        "participant,family,sex,site\nP-1,F-1,female,hospital-a\nP-2,F-1,male,hospital-c\nP-3,,,\n",
    );
    for (new, there) in [(3, 0), (0, 3)] {
        let ran = programme.run(&["participants", "register", &good]).good();
        assert_eq!(ran.out.trim(), format!("{new} registered, {there} already there"));
    }
    assert_eq!(registered(&programme), ["P-1 hospital-a", "P-2 hospital-c", "P-3"]);
    let other = write(&programme.path("other.csv"), "participant,sex\nP-1,male\n");
    let refused = programme.run(&["participants", "register", &other]);
    assert!(refused.code == Some(2) && refused.err.contains("another sex"), "{}", refused.err);
}
