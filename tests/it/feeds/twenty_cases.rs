//! Twenty cases in four formats make twenty participants. Facts that several formats contain are equal, and broken units are refused with a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use gemj_demo::feeds::institutions::{self, InstitutionFeeds};
use gemj_demo::{Programme as Plan, feeds};
use gemj_tests::oracle::run;
use gemj_tests::{Backend, Programme};
use serde_json::Value;

/// Writes the feeds of the institutions, in their correct and their broken form.
fn written() -> (tempfile::TempDir, InstitutionFeeds) {
    let folder = tempfile::tempdir().unwrap();
    let written = institutions::write(&Plan::plan(), folder.path()).unwrap();
    (folder, written)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn ingest<'a>(programme: &Programme, profile: &str, paths: impl IntoIterator<Item = &'a Path>) -> gemj_tests::programme::Ran {
    let (site, namespace) = match profile {
        "ss-mix2" => ("hospital-a", "hospital-a"),
        "odm" => ("hospital-a", "gemj-edc"),
        "redcap" => ("hospital-a", "gemj-redcap"),
        _ => ("biobank-a", "biobank-a"),
    };
    let arguments = ["ingest", "--dataset", "rare-disease", "--profile", profile];
    let options = ["--site", site, "--namespace", namespace];
    let paths: Vec<&str> = paths.into_iter().map(text).collect();
    programme.run(&[&arguments[..], &options, paths.as_slice()].concat())
}

/// The stored facts: a set for each participant, profile and kind of fact.
fn stored(programme: &Programme) -> BTreeMap<String, BTreeMap<String, BTreeMap<String, BTreeSet<String>>>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/feeds/stored.py");
    let database = programme.path("gateway.db");
    let out = run("python3", [text(&script), text(&database)], b"");
    serde_json::from_slice(&out).unwrap()
}

fn all_four(programme: &Programme, feeds: &InstitutionFeeds) -> Vec<gemj_tests::programme::Ran> {
    [
        ("ss-mix2", &feeds.ss_mix2),
        ("odm", &feeds.odm),
        ("redcap", &feeds.redcap_records),
        ("miabis", &feeds.miabis),
    ]
    .into_iter()
    .map(|(profile, path)| ingest(programme, profile, [path.as_path()]).good())
    .collect()
}

#[test]
fn twenty_cases_in_four_formats_are_twenty_participants_with_equal_facts() {
    let (_folder, feeds) = written();
    let programme = Programme::new(Backend::Embedded);
    let linked = programme.run(&["link", "--register", text(&feeds.linkage)]).good();
    assert_eq!(linked.out.trim(), "80 linked");
    let _ = all_four(&programme, &feeds);

    let people = stored(&programme);
    let expected: BTreeSet<&str> = feeds.cases.iter().map(|case| case.participant.as_str()).collect();
    assert_eq!(people.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
    assert_eq!(people.len(), 20);
    for (case, said) in feeds.cases.iter().map(|case| (case, &people[case.participant.as_str()])) {
        assert_eq!(said.len(), 4, "all four feeds contain every participant");
        let of = |feed: &str, kind: &str| &said[feed][kind];
        for kind in ["sex", "born"] {
            assert_eq!(of("odm", kind).len(), 1);
            for feed in ["ss-mix2", "redcap", "miabis"] {
                assert_eq!(of(feed, kind), of("odm", kind), "{feed} {kind}");
            }
        }
        for kind in ["disease", "measurement"] {
            assert_eq!(of("ss-mix2", kind), of("odm", kind), "{kind}");
            assert_eq!(of("redcap", kind), of("odm", kind), "{kind}");
        }
        assert_eq!(of("odm", "disease").len(), case.diagnoses.len());
        assert_eq!(of("odm", "measurement").len(), case.labs.len());
        let code = |line: &String| serde_json::from_str::<Value>(line).unwrap()[0].clone();
        let by_biobank: BTreeSet<String> = of("miabis", "disease").iter().map(|l| code(l).to_string()).collect();
        let by_study: BTreeSet<String> = of("odm", "disease").iter().map(|l| code(l).to_string()).collect();
        assert!(!by_biobank.is_empty() && by_biobank.is_subset(&by_study));
        assert_eq!(of("redcap", "phenotype"), of("odm", "phenotype"));
        for feed in ["redcap", "miabis"] {
            assert_eq!(of(feed, "specimen"), of("odm", "specimen"), "{feed}");
        }
    }
}

#[test]
fn a_repeated_ingest_of_the_same_feeds_changes_nothing() {
    let (_folder, feeds) = written();
    let programme = Programme::new(Backend::Embedded);
    let _ = programme.run(&["link", "--register", text(&feeds.linkage)]).good();
    let _ = all_four(&programme, &feeds);
    let before = stored(&programme);
    for again in all_four(&programme, &feeds) {
        assert!(
            again.out.contains(" received: 0 committed, ") && again.out.contains(" already there, 0 refused"),
            "{}",
            again.out
        );
    }
    assert_eq!(stored(&programme), before);
}

#[test]
fn a_broken_unit_is_refused_with_its_reason_and_no_unit_is_lost() {
    let (_folder, feeds) = written();
    let programme = Programme::new(Backend::Embedded);
    let _ = programme.run(&["link", "--register", text(&feeds.linkage)]).good();
    let broken = &feeds.broken;
    let runs: [(&str, &[&Path]); 4] = [
        ("ss-mix2", &[&broken.ss_mix2]),
        ("odm", &[&broken.odm, &broken.odm_truncated]),
        ("redcap", &[&broken.redcap_records, &broken.redcap_column_missing]),
        ("miabis", &[&broken.miabis]),
    ];
    let expected = std::fs::read_to_string(&broken.expected).unwrap();
    for (profile, paths) in runs {
        let wanted = expected.lines().filter(|line| line.starts_with(&format!("{profile},"))).count();
        assert!(wanted >= 5, "{profile}: {wanted}");
        let ran = ingest(&programme, profile, paths.iter().copied()).refused();
        let refused: Vec<&str> = ran.err.lines().filter(|line| line.ends_with(')')).collect();
        assert_eq!(refused.len(), wanted, "{profile}\n{}\n{expected}", ran.err);
        let numbers: Vec<u64> = ran
            .out
            .lines()
            .next()
            .unwrap_or_default()
            .split([' ', ':', ','])
            .filter_map(|word| word.parse().ok())
            .collect();
        let [received, parts @ ..] = numbers.as_slice() else {
            panic!("{}", ran.out)
        };
        assert_eq!(*received, parts.iter().sum::<u64>(), "{}", ran.out);
        assert!(parts[0] > 0, "the good units must be committed: {}", ran.out);
    }
    let listed = programme.run(&["quarantine"]).good();
    assert_eq!(
        listed.out.lines().filter(|line| line.starts_with("    ")).count(),
        expected.lines().count() - 1,
        "{}",
        listed.out
    );
}

#[test]
fn a_number_without_a_link_creates_no_participant() {
    let (_folder, feeds) = written();
    let programme = Programme::new(Backend::Embedded);
    let ran = ingest(&programme, "redcap", [feeds.redcap_records.as_path()]).refused();
    assert_eq!(
        ran.err.lines().filter(|line| line.contains("(unknown-number)")).count(),
        20,
        "{}",
        ran.err
    );
    assert!(stored(&programme).is_empty());
}

#[test]
fn names_numbers_and_addresses_are_not_stored_in_the_installation() {
    let (_folder, feeds) = written();
    let programme = Programme::new(Backend::Embedded);
    let _ = programme.run(&["link", "--register", text(&feeds.linkage)]).good();
    let printed: String = all_four(&programme, &feeds).into_iter().map(|ran| ran.out + &ran.err).collect();
    // The test searches the whole database, its write-ahead log included, for data that must not be stored.
    let mut bytes = printed.into_bytes();
    for name in ["gateway.db", "gateway.db-wal"] {
        bytes.extend(std::fs::read(programme.path(name)).unwrap_or_default());
    }
    let holds = |needle: &str| bytes.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(
        holds(feeds.cases[0].participant.as_str()),
        "the search must find the stored pseudonyms"
    );
    for case in &feeds.cases {
        let identity = &case.identity;
        let name = format!("{} {}", identity.family_name, identity.given_name);
        let wide = format!("{}　{}", identity.family_name, identity.given_name);
        for secret in [
            &name,
            &wide,
            &identity.address,
            &identity.telephone,
            &case.numbers.hospital,
            &case.numbers.edc,
            &case.numbers.biobank,
        ] {
            assert!(!holds(secret), "identifying data of a person is stored");
        }
        assert!(!holds(&case.born.to_string()), "a date of birth is stored");
    }
}

#[test]
fn the_demo_writes_the_same_feeds() {
    let folder = tempfile::tempdir().unwrap();
    let demo = feeds::write(folder.path()).unwrap();
    assert_eq!(demo.institutions.cases.len(), 20);
    assert!(demo.institutions.linkage.exists() && demo.institutions.odm.exists());
}
