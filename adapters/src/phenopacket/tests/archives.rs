//! Runs over files, folders and archives: the accounting of their units, limits, and damaged input.

use super::*;

/// A tar archive of entries (path, bytes). The paths are written unchanged, also invalid ones.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "link.json", "/etc/passwd").unwrap();
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn run(paths: &[&Path], sink: &mut Remembers) -> Accounting {
    let paths: Vec<_> = paths.iter().map(|p| p.to_path_buf()).collect();
    let accounting = ingest(&paths, &target(), &Same, sink).unwrap();
    assert!(accounting.is_balanced(), "{accounting:?}");
    accounting
}

fn units(accounting: &Accounting) -> Vec<&str> {
    accounting.quarantined.iter().map(|q| q.unit.as_str()).collect()
}

fn reasons(accounting: &Accounting) -> Vec<&'static str> {
    accounting.quarantined.iter().map(|q| q.reason_code).collect()
}

#[test]
fn a_bad_unit_never_stops_the_others_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (good, other) = (packet("a").to_string(), packet("b").to_string());
    let bytes = archive(&[
        ("cases/1.json", good.as_bytes()),
        ("cases/2.json", b"{ not json"),
        ("../escape.json", good.as_bytes()),
        ("/absolute.json", good.as_bytes()),
        ("README.md", b"hello"),
        ("cases/._1.json", b"\0\0"),
        ("cases/3.json", br#"{"id":"f","proband":{},"metaData":{}}"#),
        ("cases/4.json", other.as_bytes()),
    ]);
    let (tar, gz) = (folder.path().join("x.tar"), folder.path().join("y.tgz"));
    fs::write(&tar, &bytes).unwrap();
    fs::write(&gz, gzip(&bytes)).unwrap();
    for path in [&tar, &gz] {
        let mut sink = Remembers::default();
        let accounting = run(&[path], &mut sink);
        assert_eq!((accounting.received, accounting.committed, accounting.ignored_files), (7, 2, 2));
        assert_eq!(
            reasons(&accounting),
            ["not-json", "unsafe-path", "unsafe-path", "not-a-phenopacket", "link"]
        );
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(units(&accounting)[0], format!("{name}:cases/2.json"));
        assert_eq!((accounting.facts_present, accounting.facts_excluded), (4, 2));
        let again = run(&[path], &mut sink);
        assert_eq!((again.committed, again.unchanged, again.quarantined.len()), (0, 2, 5));
        assert_eq!(again.facts_present, 0);
    }
}

#[test]
fn every_fact_of_a_packet_is_counted_under_its_status() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    let mut packet = packet("a");
    packet["diseases"][0]["term"]["label"] = json!("Suspected DEE14");
    packet["phenotypicFeatures"][0]["modifiers"] = json!([{"id": "LOCAL:1"}]);
    fs::write(&path, packet.to_string()).unwrap();
    let accounting = run(&[&path], &mut Remembers::default());
    assert_eq!((accounting.facts_present, accounting.facts_excluded), (0, 1));
    assert_eq!(accounting.facts_suspected, 1);
    assert_eq!(accounting.facts_otherwise, BTreeMap::from([("not-understood", 1)]));
}

#[test]
fn folders_are_read_in_order_and_links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let deeper = folder.path().join("z/deeper");
    fs::create_dir_all(&deeper).unwrap();
    fs::write(folder.path().join("b.json"), packet("b").to_string()).unwrap();
    fs::write(folder.path().join("a.JSON"), packet("a").to_string()).unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    fs::write(deeper.join("c.json"), packet("c").to_string()).unwrap();
    fs::write(
        deeper.join("d.tar.gz"),
        gzip(&archive(&[("d.json", packet("d").to_string().as_bytes())])),
    )
    .unwrap();
    std::os::unix::fs::symlink(folder.path(), deeper.join("circle")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("b.json"), folder.path().join("c-link.json")).unwrap();
    let mut sink = Remembers::default();
    let accounting = run(&[folder.path(), Path::new("/nonexistent/x.json")], &mut sink);
    assert_eq!(sink.records.keys().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(reasons(&accounting), ["link", "link", "link", "unreadable"]);
    assert_eq!(
        units(&accounting),
        ["c-link.json", "z/deeper/circle", "z/deeper/d.tar.gz:link.json", "x.json"]
    );
    assert_eq!(accounting.ignored_files, 1);
    // A file that the operator named is read as a packet, whatever its extension.
    let odd = folder.path().join("packet.pxf");
    fs::write(&odd, packet("e").to_string()).unwrap();
    assert_eq!(run(&[&odd], &mut sink).committed, 1);
}

#[test]
fn a_damaged_archive_gives_the_units_before_the_damage_and_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<(String, String)> = (0..50)
        .map(|i| (format!("{i:03}.json"), packet(&format!("p{i}")).to_string()))
        .collect();
    let entries: Vec<_> = many.iter().map(|(n, t)| (n.as_str(), t.as_bytes())).collect();
    let bytes = archive(&entries);
    let packed = gzip(&bytes);
    let path = folder.path().join("x.tar.gz");
    for (content, whole) in [
        (packed[..packed.len() / 2].to_vec(), false),
        (packed[..packed.len() - 4].to_vec(), true),
        (Vec::new(), false),
        (b"not a gzip".to_vec(), false),
    ] {
        fs::write(&path, &content).unwrap();
        let mut sink = Remembers::default();
        let accounting = run(&[&path], &mut sink);
        assert_eq!(reasons(&accounting).last(), Some(&"archive-damaged"));
        assert_eq!(sink.records.len() == 50, whole);
        assert_eq!(accounting.committed, sink.records.len() as u64);
    }
    let mut wrong_sum = packed.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    fs::write(&path, &wrong_sum).unwrap();
    assert_eq!(reasons(&run(&[&path], &mut Remembers::default())).last(), Some(&"archive-damaged"));
    // This archive is not compressed, and it ends in the middle of an entry.
    let plain = folder.path().join("x.tar");
    fs::write(&plain, &bytes[..512 * 7 + 100]).unwrap();
    assert_eq!(reasons(&run(&[&plain], &mut Remembers::default())), ["archive-damaged"]);
}

#[test]
fn a_packet_or_archive_above_a_size_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut large = packet("large");
    large["phenotypicFeatures"][0]["type"]["label"] = json!("x".repeat(1500));
    let (small, large) = (packet("small").to_string(), large.to_string());
    let path = folder.path().join("x.tar.gz");
    fs::write(
        &path,
        gzip(&archive(&[
            ("1.json", large.as_bytes()),
            ("2.json", small.as_bytes()),
            ("zeros.dat", &[0; 100_000]),
        ])),
    )
    .unwrap();
    let limits = Limits {
        unit_bytes: 1000,
        archive_bytes: 20_000,
        folder_depth: 1,
        entries: 100,
    };
    let mut sink = Remembers::default();
    let accounting = ingest_with(&[path], &target(), &Same, &mut sink, limits).unwrap();
    assert_eq!(reasons(&accounting), ["too-large", "archive-too-large"]);
    assert_eq!((accounting.committed, accounting.is_balanced()), (1, true));
    let file = folder.path().join("large.json");
    fs::write(&file, &large).unwrap();
    let accounting = ingest_with(&[file], &target(), &Same, &mut sink, limits).unwrap();
    assert_eq!((reasons(&accounting), units(&accounting)), (vec!["too-large"], vec!["large.json"]));
}

#[test]
fn a_second_packet_of_one_id_and_a_conflict_are_quarantined_and_a_store_failure_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = packet("a");
    other["subject"]["id"] = json!("Taro");
    fs::write(folder.path().join("1.json"), packet("a").to_string()).unwrap();
    fs::write(folder.path().join("2.json"), other.to_string()).unwrap();
    fs::write(folder.path().join("3.json"), packet("a").to_string()).unwrap();
    let mut sink = Remembers::default();
    let accounting = run(&[folder.path()], &mut sink);
    assert_eq!((accounting.committed, accounting.duplicate), (1, 1));
    assert_eq!(reasons(&accounting), ["same-id"]);

    other["subject"]["sex"] = json!("MALE");
    let conflicting = folder.path().join("2.json");
    fs::write(&conflicting, other.to_string()).unwrap();
    assert_eq!(reasons(&run(&[&conflicting], &mut sink)), ["conflict"]);

    fs::write(folder.path().join("4.json"), packet("b").to_string()).unwrap();
    let mut failing = Remembers {
        fails_at: Some(1),
        ..Remembers::default()
    };
    let IngestError::Store { unit, accounting } = ingest(&[folder.path().to_path_buf()], &target(), &Same, &mut failing).unwrap_err();
    assert_eq!(unit, "3.json");
    assert!(accounting.is_balanced());
    assert_eq!(accounting.committed, 1);
}

#[test]
fn a_refused_packet_is_recognised_by_its_id_or_its_content_and_not_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let marks = |name: &str, bytes: &str| {
        fs::write(path(name), bytes).unwrap();
        let accounting = run(&[&path(name)], &mut Remembers::default());
        let [refused] = &accounting.quarantined[..] else {
            panic!("{accounting:?}")
        };
        (refused.name.clone(), refused.mark.clone())
    };
    let bad = |id: &str| format!(r#"{{"id": "{id}", "metaData": 7}}"#);
    // The same packet at another place has the same name, and it is the name under which the corrected packet is stored.
    let (name, _) = marks("one.json", &bad("a"));
    assert_eq!(name, marks("two.json", &bad("a")).0);
    assert_eq!(name.unwrap(), read(&packet("a")).unwrap().record.source.unit);
    // Another packet at the same place has another name.
    assert_ne!(marks("one.json", &bad("a")).0, marks("one.json", &bad("b")).0);
    // Without an id, the content is compared.
    let unreadable = marks("one.json", "{ not json");
    assert!(unreadable.0.is_none());
    assert_eq!(unreadable, marks("two.json", "{ not json"));
    assert_ne!(unreadable, marks("one.json", "{ not json at all"));
}

#[test]
fn replaced_unchanged_and_repeated_packets_are_counted_apart() {
    struct Answers(Committed);
    impl FactSink for Answers {
        fn commit(&mut self, _: CaseRecord) -> Result<Committed, SinkError> {
            Ok(self.0)
        }

        fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
            Ok(StoredUnit::Absent)
        }

        fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
            Ok(0)
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.json");
    fs::write(&file, format!("[{0},{0}]", packet("a"))).unwrap();
    let counts = |answer: Committed| {
        let accounting = ingest(std::slice::from_ref(&file), &target(), &Same, &mut Answers(answer)).unwrap();
        assert!(accounting.is_balanced());
        let Accounting {
            committed,
            replaced,
            unchanged,
            duplicate,
            superseded,
            ..
        } = accounting;
        [committed, replaced, unchanged, duplicate, superseded]
    };
    assert_eq!(counts(Committed::New), [2, 0, 0, 0, 0]);
    assert_eq!(counts(Committed::Replaced), [0, 2, 0, 0, 0]);
    assert_eq!(counts(Committed::Duplicate), [0, 0, 1, 1, 0]);
    assert_eq!(counts(Committed::Superseded), [0, 0, 0, 0, 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_mapped_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_packet(&bytes, &target(), &Same);
    }

    #[test]
    fn a_mutated_packet_is_mapped_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = with_finding(snv(), Some("GENO:0000135")).to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read_packet(&bytes, &target(), &Same);
    }

    #[test]
    fn a_mutated_archive_keeps_the_accounting_balanced(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let good = packet("a").to_string();
        let mut bytes = archive(&[("1.json", good.as_bytes()), ("2.json", good.as_bytes())]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let path = folder.path().join("x.tar");
        fs::write(&path, &bytes).unwrap();
        let accounting = ingest(&[path], &target(), &Same, &mut Remembers::default()).unwrap();
        prop_assert!(accounting.is_balanced());
    }
}
