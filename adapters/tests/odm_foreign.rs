//! Foreign code as the oracle of ODM: odmlib writes and reads the files, and the official schemas of CDISC (in odmlib's package) validate them.
//!
//! `GEMJ_TEST_PYTHON` names a Python with the package `odmlib` (0.2.1). The tests are skipped without it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "odm_kit/kit.rs"]
#[allow(dead_code)]
mod kit;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs the Python program; `None` if there is no Python with odmlib.
fn python(arguments: &[&str]) -> Option<String> {
    let skipped = |why: &str| {
        eprintln!("SKIPPED: {why}; GEMJ_TEST_PYTHON must name a Python with odmlib==0.2.1");
        if let Some(skips) = std::env::var_os("GEMJ_TEST_SKIPS") {
            let file = std::fs::OpenOptions::new().append(true).create(true).open(skips);
            let _ = file.and_then(|mut file| writeln!(file, "SKIPPED: ODM files of odmlib (no Python with odmlib)"));
        }
        None
    };
    let Some(program) = std::env::var_os("GEMJ_TEST_PYTHON") else {
        return skipped("GEMJ_TEST_PYTHON is not set");
    };
    let known = Command::new(&program).args(["-c", "import odmlib.odm_1_3_2.model"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        return skipped("odmlib is not installed");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/odm_kit/odmlib_series.py");
    let output = Command::new(&program).arg(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn files_that_odmlib_writes_give_the_values_that_odmlib_reads() {
    let mut value_count = 0;
    for seed in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let Some(printed) = python(&["write", folder.path().to_str().unwrap(), &seed.to_string()]) else {
            return;
        };
        let expected: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_str(&printed).unwrap();
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort_by(|a, b| b.cmp(a));
        let seen = kit::read_paths(&paths, None);
        assert_eq!(seen.refused, vec![]);
        assert_eq!(seen.units.len(), expected.len());
        for (key, expected) in expected {
            let values: BTreeMap<String, String> = seen.values(&key).into_iter().filter(|(name, _)| name.contains(" I.")).collect();
            value_count += expected.len();
            assert_eq!(values, expected, "seed {seed}, subject {key}");
        }
    }
    assert!(value_count > 100, "{value_count}");
}

/// Files of both versions with every kind of element that the reader reads. Their values are all `7`, `1` or `2026`.
fn valid_files() -> [(&'static str, String, usize); 2] {
    let head = |version: &str, namespace: &str, kind: &str| {
        format!(
            r#"<ODM xmlns="http://www.cdisc.org/ns/odm/{namespace}" ODMVersion="{version}" FileType="{kind}" Granularity="All" FileOID="F" CreationDateTime="2026-04-01T12:00:00+09:00"><ClinicalData StudyOID="S" MetaDataVersionOID="M">"#
        )
    };
    let typed: Vec<(&str, &str)> = vec![
        ("URI", "urn:x"),
        ("Any", "7"),
        ("Boolean", "true"),
        ("String", "7"),
        ("Integer", "7"),
        ("Float", "7"),
        ("Double", "7"),
        ("Date", "2026-04-01"),
        ("Time", "12:00:00"),
        ("Datetime", "2026-04-01T12:00:00"),
        ("HexBinary", "0a"),
        ("Base64Binary", "AAAA"),
        ("HexFloat", "0a0a0a0a"),
        ("Base64Float", "AAAA"),
        ("PartialDate", "2026-04"),
        ("PartialTime", "12:00"),
        ("PartialDatetime", "2026-04-01T12"),
        ("DurationDatetime", "P1D"),
        ("IntervalDatetime", "2026-04-01/2026-04-02"),
        ("IncompleteDatetime", "2026-04--T-:-:-"),
        ("IncompleteDate", "2026-04--"),
        ("IncompleteTime", "12:-:-"),
    ];
    let audit = r#"<AuditRecord EditPoint="Monitoring"><UserRef UserOID="U"/><LocationRef LocationOID="L"/><DateTimeStamp>2026-04-01T12:00:00</DateTimeStamp><ReasonForChange>r</ReasonForChange><SourceID>s</SourceID></AuditRecord>"#;
    let annotation = r#"<Annotation SeqNum="1" TransactionType="Insert"><Comment SponsorOrSite="Site">c</Comment><Flag><FlagValue CodeListOID="C">SDV</FlagValue><FlagType CodeListOID="C">t</FlagType></Flag></Annotation>"#;
    let items: String = typed
        .iter()
        .map(|(kind, value)| format!(r#"<ItemData{kind} ItemOID="T.{kind}" TransactionType="Insert" AuditRecordID="AR" AnnotationID="AN" MeasurementUnitOID="MU">{value}</ItemData{kind}>"#))
        .collect();
    let old = format!(
        r#"{}<SubjectData SubjectKey="1">{audit}<InvestigatorRef UserOID="U"/><SiteRef LocationOID="L"/>{annotation}<StudyEventData StudyEventOID="E" StudyEventRepeatKey="1">{audit}<FormData FormOID="F"><ArchiveLayoutRef ArchiveLayoutOID="A"/><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1">{annotation}<ItemData ItemOID="A" Value="7">{audit}<MeasurementUnitRef MeasurementUnitOID="MU"/>{annotation}</ItemData><ItemData ItemOID="N" IsNull="Yes"/></ItemGroupData><ItemGroupData ItemGroupOID="H">{items}</ItemGroupData></FormData></StudyEventData></SubjectData><AuditRecords>{}</AuditRecords><Annotations>{}</Annotations></ClinicalData></ODM>"#,
        head("1.3.2", "v1.3", "Snapshot"),
        audit.replace("<AuditRecord ", r#"<AuditRecord ID="AR" UsedImputationMethod="No" "#),
        annotation.replace("<Annotation ", r#"<Annotation ID="AN" "#),
    );
    let audit = audit.replace("<AuditRecord ", "<AuditRecord UsedMethod=\"No\" ");
    let note = annotation.replace(r#"<Comment SponsorOrSite="Site">c</Comment>"#, "");
    let query = r#"<Query OID="Q" Source="Site Monitor" State="Open" LastUpdateDatetime="2026-04-01T12:00:00"><Value>7</Value></Query>"#;
    let new = format!(
        r#"{}<SubjectData SubjectKey="1"><InvestigatorRef UserOID="U"/><SiteRef LocationOID="L"/><StudyEventData StudyEventOID="E" StudyEventRepeatKey="1"><ItemGroupData ItemGroupOID="F"><ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="1"><ItemData ItemOID="A"><Value SeqNum="1">7</Value>{audit}{note}{query}</ItemData><ItemData ItemOID="N" IsNull="Yes"/>{audit}{note}</ItemGroupData></ItemGroupData></StudyEventData>{audit}{note}{query}</SubjectData></ClinicalData></ODM>"#,
        head("2.0", "v2.0", "Snapshot"),
    );
    [("1.3.2", old, 24), ("2.0", new, 2)]
}

#[test]
fn every_element_that_the_official_schemas_allow_is_read() {
    for (version, text, count) in valid_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xml");
        std::fs::write(&path, &text).unwrap();
        let seen = kit::read_paths(std::slice::from_ref(&path), None);
        assert_eq!(seen.refused, vec![], "{version}");
        assert!(!seen.left_out.keys().any(|name| name.contains("(unknown)")), "{:?}", seen.left_out);
        let values = seen.values("1");
        let items = values
            .keys()
            .filter(|name| name.contains(" A") || name.contains(" N") || name.contains(" T."));
        let items: Vec<_> = items.filter(|name| !name.contains('@')).collect();
        assert_eq!(items.len(), count, "{items:?}");
        let Some(faults) = python(&["validate", version, path.to_str().unwrap()]) else {
            return;
        };
        assert_eq!(faults, "", "{version}");
    }
}
