//! Tests of drafts of profiles. Python counts the fields of each draft and of what it was made from.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

#[path = "draft/hostile.rs"]
mod hostile;
#[path = "draft/storage.rs"]
mod storage;
#[path = "feed_ingest/world.rs"]
#[allow(dead_code)]
mod world;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use gemj_adapters::Accounting;
use gemj_adapters::draft::{Draft, DraftError, Origin, draft};
use gemj_adapters::profile::Profile;
use gemj_demo::Programme;
use gemj_demo::feeds::institutions::{self, EDC, InstitutionFeeds, REDCAP};
use gemj_model::{FactKind, FactStatus, Sex, SiteId};

use world::{Numbers, Store, take};

static WRITTEN: LazyLock<(tempfile::TempDir, InstitutionFeeds)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let feeds = institutions::write(&Programme::plan(), folder.path()).unwrap();
    (folder, feeds)
});

/// The numbers of the demo's feeds, all of one site.
fn linkage(site: &str) -> Numbers {
    let mut table = BTreeMap::new();
    for line in fs::read_to_string(&WRITTEN.1.linkage).unwrap().lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        table.insert([site, cells[1], cells[2]].map(str::to_owned), &*String::leak(cells[3].to_owned()));
    }
    Numbers(Some(table))
}

fn drafted(feed: &Path, namespace: &str, columns: Option<&Path>) -> Result<Draft, DraftError> {
    let site = SiteId::parse("hospital-a").unwrap();
    draft(
        feed,
        &Origin {
            site: &site,
            namespace,
            columns,
        },
    )
}

/// Checks with Python that every field of a source is once in its draft.
fn check_fields(kind: &str, source: &Path, made: &Draft) {
    let Some(python) = std::env::var_os("GEMJ_TEST_PYTHON") else {
        eprintln!("SKIPPED: GEMJ_TEST_PYTHON must name a Python with pyyaml");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("draft.yaml");
    fs::write(&file, &made.text).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/draft/fields.py");
    let output = Command::new(python).arg(script).arg(kind).arg(source).arg(&file).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim(), "ok", "{}\n{}", String::from_utf8_lossy(&output.stderr), made.text);
}

fn ingested(feed: &Path, text: &str) -> (Accounting, Store) {
    let mut store = Store::default();
    let profile = Profile::parse(text).unwrap();
    let accounting = take(feed, &profile, &linkage("hospital-a"), &mut store).unwrap();
    (accounting, store)
}

/// The numbers of facts by kind and status.
fn facts(store: &Store) -> HashMap<(FactKind, FactStatus), usize> {
    let mut facts = HashMap::new();
    for fact in store.records.values().flat_map(|record| &record.facts) {
        *facts.entry((fact.kind, fact.status)).or_default() += 1;
    }
    facts
}

/// The text with one place replaced. The place must be there once.
fn decided(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} in\n{text}");
    text.replace(from, to)
}

#[test]
fn the_draft_of_a_redcap_dictionary_reads_the_export_after_a_person_decided() {
    let feeds = &WRITTEN.1;
    let made = drafted(&feeds.redcap_dictionary, REDCAP, None).unwrap();
    check_fields("redcap", &feeds.redcap_dictionary, &made);
    assert!(
        made.text
            .contains("field: \"patient_name\", reason: \"the dictionary marks the variable as identifying\"")
    );

    // Without decisions, the export is read, and no fact is stated: the forms with codes repeat, which the dictionary does not state.
    let (accounting, store) = ingested(&feeds.redcap_records, &made.text);
    assert_eq!((accounting.quarantined.len(), accounting.facts_present), (0, 0));
    assert_eq!(store.records.len(), feeds.cases.len());
    assert!(
        store
            .records
            .values()
            .all(|record| record.born.is_some() && record.sex != Sex::Unknown)
    );

    // The decisions: the repeating forms, and the status of a diagnosis.
    let text = decided(
        &made.text,
        "record: \"row\"\n    code: { from: \"dx_icd10\", via: [icd10, { prefix: \"ICD10:\" }] }\n    status: { const: not-understood }",
        "record: \"instrument:diagnosis\"\n    code: { from: \"dx_icd10\", via: [icd10, { prefix: \"ICD10:\" }] }\n    status: { from: dx_status, via: [{ map: { \"1\": present, \"2\": suspected } }] }",
    );
    let text = decided(
        &text,
        "record: \"row\"\n    code: { from: \"hpo_code\"",
        "record: \"instrument:phenotype\"\n    code: { from: \"hpo_code\"",
    );
    let (accounting, store) = ingested(&feeds.redcap_records, &text);
    assert_eq!((accounting.quarantined.len(), store.records.len()), (0, feeds.cases.len()));
    // The independent count: the rows of the export.
    let mut reader = csv::Reader::from_path(&feeds.redcap_records).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (icd, status, hpo) = (column("dx_icd10"), column("dx_status"), column("hpo_code"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let of = |code: &str| rows.iter().filter(|row| !row[icd].is_empty() && &row[status] == code).count();
    let found = facts(&store);
    let features = rows.iter().filter(|row| !row[hpo].is_empty()).count();
    assert_eq!(found.get(&(FactKind::Disease, FactStatus::Present)), Some(&of("1")));
    assert_eq!(
        found.get(&(FactKind::Disease, FactStatus::Suspected)).copied().unwrap_or(0),
        of("2")
    );
    // The status of a feature was not decided.
    assert_eq!(found.get(&(FactKind::Phenotype, FactStatus::NotUnderstood)), Some(&features));
}

#[test]
fn the_draft_of_odm_metadata_reads_the_subjects_and_states_no_presence() {
    let feeds = &WRITTEN.1;
    let made = drafted(&feeds.odm, EDC, None).unwrap();
    check_fields("odm", &feeds.odm, &made);
    let (accounting, store) = ingested(&feeds.odm, &made.text);
    assert_eq!(accounting.quarantined.len(), 0, "{:?}", accounting.quarantined);
    assert_eq!(store.records.len(), feeds.cases.len());
    let found = facts(&store);
    let codes: usize = feeds.cases.iter().map(|case| case.diagnoses.len()).sum();
    assert_eq!(found.get(&(FactKind::Disease, FactStatus::NotUnderstood)), Some(&codes));
    assert!(
        found
            .keys()
            .all(|(kind, status)| *kind == FactKind::Measurement || *status == FactStatus::NotUnderstood)
    );
    // The subjects follow the metadata, and nothing of them is in the draft.
    let names = feeds
        .cases
        .iter()
        .flat_map(|case| [&case.identity.family_name, &case.identity.given_name]);
    assert!(names.into_iter().all(|name| !made.text.contains(*name)));
}

#[test]
fn the_draft_of_odm_2_metadata_names_the_group_of_each_item_and_its_unit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metadata.xml");
    let meta = r#"<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" xmlns:v="urn:vendor" ODMVersion="2.0" FileType="Snapshot" FileOID="F" CreationDateTime="2026-04-01T12:00:00+09:00"><Study OID="S: &quot;1&quot; # x"><MetaDataVersion OID="M" Name="m">
<ItemGroupDef OID="IG.V" Name="v"><ItemRef ItemOID="IT.HB" Mandatory="No"/><ItemRef ItemOID="IT.BOTH" Mandatory="No"/><v:ItemRef ItemOID="IT.ALONE"/></ItemGroupDef>
<ItemGroupDef OID="IG.W" Name="w"><ItemRef ItemOID="IT.BOTH" Mandatory="No"/><ItemRef ItemOID="IT.MOTHER" Mandatory="No"/></ItemGroupDef>
<ItemDef OID="IT.HB" Name="Hb &#10;- fact: disease" DataType="float"><MeasurementUnitRef MeasurementUnitOID="MU.GDL"/></ItemDef>
<ItemDef OID="IT.BOTH" Name="x" DataType="float"/><ItemDef OID="IT.ALONE" Name="y" DataType="float"/><v:ItemDef OID="IT.VENDOR" DataType="float"/>
<ItemDef OID="IT.MOTHER" Name="Age of the mother" DataType="integer"/>
</MetaDataVersion></Study></ODM>"#;
    fs::write(&file, meta).unwrap();
    let made = drafted(&file, "edc", None).unwrap();
    check_fields("odm", &without_vendor(folder.path(), meta), &made);
    let coverage = made.coverage;
    assert_eq!((coverage.mapped, coverage.ignored, coverage.undecided), (1, 0, 3), "{}", made.text);
    assert!(made.text.contains("record: \"ItemGroupData:IG.V\""), "{}", made.text);
    assert!(
        made.text
            .contains("value: { quantity: \"IT.HB\", unit: \"IT.HB@MeasurementUnitOID\" }"),
        "{}",
        made.text
    );
    assert_eq!(Profile::parse(&made.text).unwrap().study(), Some("S: \"1\" # x"));
    for (from, to, reason) in [
        ("<ItemDef OID=\"IT.BOTH\"", "<ItemDef OID=\"IT.HB\"", "duplicate-item"),
        ("<ItemDef OID=\"IT.BOTH\"", "<ItemDef OID=\"IT BOTH\"", "bad-oid"),
        ("<ItemDef OID=\"IT.BOTH\"", "<ItemDef", "missing-attribute"),
        ("</Study>", "</Study><Study OID=\"T\"/>", "several-studies"),
        ("</Study>", "</Studie>", "malformed-xml"),
        ("<ODM ", "<!DOCTYPE ODM [<!ENTITY a \"b\">]><ODM ", "doctype"),
        ("odm/v2.0\"", "odm/v9.0\"", "not-odm"),
    ] {
        fs::write(&file, meta.replacen(from, to, 1)).unwrap();
        let said = match drafted(&file, "edc", None) {
            Ok(_) => "ok",
            Err(DraftError::Faulty { reason_code, .. }) => reason_code,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(said, reason, "{to}");
    }
}

/// The metadata without the elements of a vendor, for a reader that does not know namespaces of vendors.
fn without_vendor(folder: &Path, meta: &str) -> PathBuf {
    let path = folder.join("plain.xml");
    fs::write(&path, meta.replace("<v:ItemDef OID=\"IT.VENDOR\" DataType=\"float\"/>", "")).unwrap();
    path
}

#[test]
fn the_draft_of_a_table_contains_only_declared_columns() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let table = file(
        "cases.csv",
        "患者ID,性別,生年月日,山田太郎,診断名,住所\n1,男,1970-01-02,x,胃癌,東京\n",
    );
    let columns = file(
        "columns.txt",
        "\u{feff}患者ID\r\n性別\r\n生年月日\r\n診断名\r\n住所\r\n検査*\r\n血圧: \"上\" # - x\r\n",
    );
    assert_eq!(drafted(&table, "mrn", None), Err(DraftError::NoColumns));
    let made = drafted(&table, "mrn", Some(&columns)).unwrap();
    check_fields("csv", &columns, &made);
    let coverage = made.coverage;
    assert_eq!((coverage.mapped, coverage.ignored, coverage.undecided), (3, 1, 3), "{}", made.text);
    for value in ["山田", "胃癌", "東京", "1970"] {
        assert!(!made.text.contains(value), "{value} in {}", made.text);
        assert!(made.decisions.iter().all(|decision| !decision.contains(value)));
    }
    // A line of persons in place of a header is never named.
    let headless = file("headless.csv", "1,男,1970-01-02,山田太郎\n2,女,1980-01-02,鈴木花子\n");
    assert!(matches!(
        drafted(&headless, "mrn", Some(&columns)),
        Err(DraftError::Faulty {
            reason_code: "export-lacks-column",
            ..
        })
    ));
    let twice = file("twice.txt", "患者ID\n患者ID\n");
    assert!(matches!(
        drafted(&table, "mrn", Some(&twice)),
        Err(DraftError::Faulty {
            reason_code: "bad-columns",
            ..
        })
    ));

    // After the decision about the diagnosis, the table is ingested.
    let text = decided(
        &made.text,
        "  # Replace this rule. It never makes a fact, because every record has the number.\n",
        "",
    );
    let text = decided(
        &text,
        "      - { field: \"患者ID\", present: false }\n",
        "      - { field: 診断名, present: true }\n",
    );
    let text = decided(
        &text,
        "{ const: \"draft:undecided\" }",
        "{ from: 診断名, via: [{ prefix: \"hospital-a.dx:\" }] }",
    );
    let table_of_numbers = BTreeMap::from([(["hospital-a", "mrn", "1"].map(str::to_owned), "P1")]);
    let mut store = Store::default();
    let profile = Profile::parse(&text).unwrap();
    let accounting = take(&table, &profile, &Numbers(Some(table_of_numbers)), &mut store).unwrap();
    assert_eq!((accounting.committed, accounting.quarantined.len()), (1, 0), "{accounting:?}");
    assert_eq!(facts(&store), HashMap::from([((FactKind::Disease, FactStatus::NotUnderstood), 1)]));
}
