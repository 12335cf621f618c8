//! Zip archives, compressed files and nested archives: what is read, what is refused, and the limits.

use zip::write::SimpleFileOptions;

use super::*;
use crate::accounting::Accounting;

/// A zip archive of entries (path, bytes), and of one symbolic link.
fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (at, (path, bytes)) in entries.iter().enumerate() {
        let method = [zip::CompressionMethod::Deflated, zip::CompressionMethod::Stored][at % 2];
        writer
            .start_file(*path, SimpleFileOptions::default().compression_method(method))
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.add_directory("folder.json", SimpleFileOptions::default()).unwrap();
    writer
        .add_symlink("link.json", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    writer.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn run_with(name: &str, bytes: &[u8], limits: Limits) -> (Vec<String>, Accounting) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    let mut sink = Remembers::default();
    let accounting = ingest_with(&[path], &target(), &Same, &mut sink, limits).unwrap();
    assert!(accounting.is_balanced(), "{accounting:?}");
    (sink.records.into_keys().collect(), accounting)
}

fn run(name: &str, bytes: &[u8]) -> (Vec<String>, Accounting) {
    run_with(name, bytes, LIMITS)
}

fn faults(accounting: &Accounting) -> Vec<String> {
    accounting
        .quarantined
        .iter()
        .map(|q| format!("{} {}", q.unit, q.reason_code))
        .collect()
}

#[test]
fn the_packets_of_a_zip_archive_are_units() {
    let (a, b) = (packet("a").to_string(), format!("[{},{}]", packet("b"), packet("c")));
    let bytes = zipped(&[
        ("cases/1.json", a.as_bytes()),
        ("cases/2.json", b.as_bytes()),
        ("../escape.json", a.as_bytes()),
        ("README.md", b"hello"),
        ("3.json", b"{ not json"),
        ("inner.zip", b"PK\x03\x04"),
        ("4.json", &gzip(a.as_bytes())),
        ("__MACOSX/cases/._1.json", b"\0\0"),
    ]);
    for name in ["x.zip", "x.json", "x"] {
        let (people, accounting) = run(name, &bytes);
        assert_eq!(people, ["a", "b", "c"]);
        let expected = [
            ":../escape.json unsafe-path",
            ":3.json not-json",
            ":inner.zip nested-archive",
            ":4.json nested-archive",
            ":link.json link",
        ];
        assert_eq!(faults(&accounting), expected.map(|fault| format!("{name}{fault}")));
        assert_eq!((accounting.received, accounting.ignored_files), (8, 2));
    }
}

#[test]
fn a_damaged_entry_of_a_zip_archive_is_refused_by_itself() {
    let (a, b) = (packet("a").to_string(), packet("b").to_string());
    let mut bytes = zipped(&[("1.txt", b""), ("2.json", a.as_bytes()), ("3.json", b.as_bytes())]);
    // The second entry is stored without compression, so its text can be changed. Its checksum is then wrong.
    let at = bytes.windows(7).position(|part| part == b"Seizure").unwrap();
    bytes[at] = b'X';
    let (people, accounting) = run("x.zip", &bytes);
    assert_eq!(faults(&accounting)[0], "x.zip:2.json archive-damaged");
    assert!(people.contains(&"b".to_owned()));
    for damaged in [&b"not a zip"[..], b"", &bytes[..bytes.len() / 2]] {
        assert_eq!(faults(&run("x.zip", damaged).1), ["x.zip archive-damaged"]);
    }
    let one = zipped(&[("1.json", a.as_bytes()), ("2.json", b.as_bytes())]);
    let twice = replaced(one, b"2.json", b"1.json");
    assert_eq!(faults(&run("x.zip", &twice).1), ["x.zip duplicate-entry"]);
}

fn replaced(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
    bytes
}

#[test]
fn archives_are_limited_in_size_in_ratio_and_in_entries() {
    let (a, zeros) = (packet("a").to_string(), [b"[".to_vec(), vec![b' '; 100_000]].concat());
    let bytes = zipped(&[
        ("1.json", a.as_bytes()),
        ("2.txt", &zeros),
        ("3.json", &zeros),
        ("4.json", a.as_bytes()),
    ]);
    let small = Limits {
        archive_bytes: 20_000,
        ..LIMITS
    };
    let (people, accounting) = run_with("x.zip", &bytes, small);
    assert_eq!(
        (people, faults(&accounting)),
        (vec!["a".to_owned()], vec!["x.zip archive-too-large".to_owned()])
    );
    let few = Limits { entries: 2, ..LIMITS };
    assert_eq!(faults(&run_with("x.zip", &bytes, few).1), ["x.zip too-many-entries"]);
    // 100 MB of spaces become 100 kB.
    let bomb = gzip(&[a.as_bytes(), &vec![b' '; 100_000_000]].concat());
    let (people, accounting) = run("x.json.gz", &bomb);
    assert_eq!(faults(&accounting), ["x.json.gz archive-too-large"]);
    assert!(people.is_empty());
    let full = [&b"PK\x05\x06"[..], &[0; 6], &[0xff, 0xff], &[0; 10]].concat();
    assert_eq!(faults(&run("x.zip", &full).1), ["x.zip too-many-entries"]);
}

#[test]
fn a_compressed_file_is_read_like_the_file() {
    let a = format!("{}\n{}\n", packet("a"), packet("b"));
    let (people, accounting) = run("x.jsonl.gz", &gzip(a.as_bytes()));
    assert_eq!((people.len(), accounting.quarantined.len()), (2, 0));
    let packed = gzip(a.as_bytes());
    assert_eq!(
        faults(&run("x.json.gz", &packed[..packed.len() / 2]).1).last().unwrap(),
        "x.json.gz archive-damaged"
    );
    assert_eq!(faults(&run("x.json.gz", &gzip(&packed)).1), ["x.json.gz not-protobuf"]);
    assert_eq!(faults(&run("x.json.gz", a.as_bytes()).1), ["x.json.gz archive-damaged"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_mutated_zip_archive_keeps_the_accounting_balanced(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let good = packet("a").to_string();
        let mut bytes = zipped(&[("1.json", good.as_bytes()), ("2.json", good.as_bytes())]);
        for (at, byte) in mutations {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()) + 1);
        }
        let (_, accounting) = run("x.zip", &bytes);
        prop_assert!(accounting.received > 0);
    }
}
