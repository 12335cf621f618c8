//! Tests that ingest the published cases of the phenopacket store in every form. The specification's Python package converts them.
//! `GEMJ_TEST_PYTHON` names a Python with the packages `phenopackets` and `pyyaml`; otherwise `python3` is tried.
//! `GEMJ_PHENOPACKETS_STEP` takes every n-th case (1: all 3,330).
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use gemj_adapters::phenopacket::ingest;
use gemj_adapters::{Accounting, Target};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit};
use gemj_model::{DatasetId, FactSink, Linkage, LinkageUnavailable, ParticipantId, SiteId, SiteNumber};

/// A linkage for tests: the id of every packet is the id of its participant.
struct Same;

impl Linkage for Same {
    fn participant(&self, of: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        Ok(ParticipantId::parse(of.number).ok())
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

#[derive(Default)]
struct Keeps(BTreeMap<String, CaseRecord>);

impl FactSink for Keeps {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        let before = self.0.insert(record.source.unit.clone(), record);
        assert!(before.is_none(), "a unit is committed once");
        Ok(Committed::New)
    }

    fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
        Ok(StoredUnit::Absent)
    }

    fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
        Ok(0)
    }
}

/// A sink that keeps only the number of records.
struct Counts(u64);

impl FactSink for Counts {
    fn commit(&mut self, _: CaseRecord) -> Result<Committed, SinkError> {
        self.0 += 1;
        Ok(Committed::New)
    }

    fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
        Ok(StoredUnit::Absent)
    }

    fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
        Ok(0)
    }
}

fn target() -> Target {
    Target::new(
        DatasetId::parse("rare-disease").unwrap(),
        SiteId::parse("store").unwrap(),
        "phenopacket",
    )
    .unwrap()
}

fn store() -> Option<PathBuf> {
    let root = std::env::var_os("GEMJ_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = root.join("data/phenopackets/phenopacket-store.tar.gz");
    if !path.is_file() {
        eprintln!("SKIPPED: no phenopacket store at {}", path.display());
    }
    path.is_file().then_some(path)
}

fn python() -> Option<OsString> {
    let python = std::env::var_os("GEMJ_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let imported = Command::new(&python).args(["-c", "import phenopackets.schema.v2, yaml"]).output();
    if imported.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    eprintln!("SKIPPED: {} has no packages `phenopackets` and `pyyaml`", python.display());
    None
}

fn ingested(path: PathBuf) -> (BTreeMap<String, CaseRecord>, Accounting) {
    let mut sink = Keeps::default();
    let accounting = ingest(&[path], &target(), &Same, &mut sink).unwrap();
    assert!(accounting.is_balanced());
    assert_eq!(accounting.quarantined, []);
    (sink.0, accounting)
}

#[test]
fn every_published_case_gives_the_same_facts_and_account_in_every_form() {
    let (Some(store), Some(python)) = (store(), python()) else { return };
    let step = std::env::var("GEMJ_PHENOPACKETS_STEP").unwrap_or_else(|_| "20".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/phenopacket_forms/convert.py");
    let output = Command::new(python)
        .arg(script)
        .arg(store)
        .arg(folder.path())
        .arg(step)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let count: u64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let (records, account) = ingested(folder.path().join("all.json"));
    assert_eq!(
        (account.committed, account.members_unknown, records.len() as u64),
        (count, 0, count)
    );
    for name in ["snake.jsonl", "all.pb", "all.yaml", "one", "cohort.pb", "families.json"] {
        let (others, mut other) = ingested(folder.path().join(name));
        for (unit, record) in &records {
            let found = &others[unit];
            assert_eq!(
                (&found.facts, &found.carriers, found.sex),
                (&record.facts, &record.carriers, record.sex),
                "{name}"
            );
            assert_eq!(found, record, "{name}: the digest of the content is the same");
        }
        // The id of the cohort, or of each family, is left out in addition.
        for paths in other.left_out.values_mut() {
            assert_eq!(
                paths.remove("/id").is_some(),
                ["cohort.pb", "families.json"].contains(&name),
                "{name}"
            );
        }
        assert_eq!(other, account, "{name}");
    }
}

/// The resident memory of this process in KiB at its highest; `None` where the system does not state it.
fn highest_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// Ignored: it writes 2 GB. Run with `--ignored`, by itself.
#[test]
#[ignore = "writes 2 GB"]
fn a_large_array_is_read_in_constant_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.json");
    let mut file = BufWriter::new(std::fs::File::create(&path).unwrap());
    let features: Vec<String> = (0..100)
        .map(|at| {
            format!(
                r#"{{"type":{{"id":"HP:{at:07}","label":"a feature of the participant"}},"excluded":{}}}"#,
                at % 2 == 0
            )
        })
        .collect();
    let features = features.join(",");
    let count = 2_000_000_000 / features.len();
    file.write_all(b"[").unwrap();
    for at in 0..count {
        let comma = if at == 0 { "" } else { "," };
        write!(
            file,
            r#"{comma}{{"id":"p{at}","subject":{{"id":"s"}},"metaData":{{}},"phenotypicFeatures":[{features}]}}"#
        )
        .unwrap();
    }
    file.write_all(b"]").unwrap();
    file.flush().unwrap();
    let before = highest_memory();
    let mut sink = Counts(0);
    let started = std::time::Instant::now();
    let accounting = ingest(&[path], &target(), &Same, &mut sink).unwrap();
    eprintln!(
        "{count} packets in {:?}, memory {before:?} KiB before, {:?} KiB at its highest",
        started.elapsed(),
        highest_memory()
    );
    assert_eq!((accounting.committed, sink.0), (count as u64, count as u64));
    if let (Some(before), Some(after)) = (before, highest_memory()) {
        assert!(after - before < 100_000, "{} KiB more", after - before);
    }
}
