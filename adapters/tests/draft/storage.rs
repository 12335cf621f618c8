//! Drafts from a sample of a storage.

use std::ops::ControlFlow;
use std::path::Path;

use gemj_adapters::draft::DraftError;
use gemj_adapters::profile::Profile;
use gemj_adapters::ssmix2;
use gemj_adapters::unit::{Field, Met};
use gemj_demo::feeds::institutions::HOSPITAL;

use super::{WRITTEN, drafted, ingested};

#[test]
fn the_draft_of_a_storage_reads_the_storage_and_contains_no_value_of_a_person() {
    let feeds = &WRITTEN.1;
    let made = drafted(&feeds.ss_mix2, HOSPITAL, None).unwrap();
    let (accounting, store) = ingested(&feeds.ss_mix2, &made.text);
    assert_eq!(accounting.quarantined.len(), 0, "{:?}", accounting.quarantined);
    assert!(!store.records.is_empty());
    // What the draft calls undecided is what the profile does not mention.
    assert_eq!(
        accounting.fields.values().filter(|field| field.unknown > 0).count(),
        made.coverage.undecided
    );
    let all = made.coverage.mapped + made.coverage.ignored + made.coverage.undecided;
    assert_eq!(accounting.fields.len(), all);
    let built_in = include_str!("../../../schemas/mapping-profiles/ss-mix2.yaml");
    let mut checked = 0;
    let _ = ssmix2::read(&feeds.ss_mix2, &mut |met| {
        let Met::Unit(unit) = met else { return ControlFlow::Continue(()) };
        for record in unit.records.iter().filter(|record| record.kind == "PID") {
            for (name, field) in &record.fields {
                let Field::Value(value) = field else { continue };
                if value.chars().count() > 3 && !built_in.contains(value.as_str()) {
                    checked += 1;
                    assert!(!made.text.contains(value.as_str()), "{name}");
                }
            }
        }
        ControlFlow::Continue(())
    });
    assert!(checked > 50);
}

#[test]
fn a_storage_with_a_person_in_the_place_of_a_facility_or_a_code_system_is_drafted_without_them() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, facility: &str, system: &str| {
        let text = format!(
            "MSH|^~\\&|HIS|{facility}|||20260401093000||PPR^ZD1|M1|P|2.5||||||~ISO IR87||ISO 2022-1994\rPID|0001||1234567890^^^^PI||患者^太郎||19650415|M\rPRB|AD|20260401|20054174^胃炎^{system}\r"
        );
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    };
    let named = put("a.hl7", "Yamada Taro", "SUZUKI");
    let made = drafted(&named, "mrn", None).unwrap();
    for name in ["Yamada", "SUZUKI", "太郎", "1234567890"] {
        assert!(!made.text.contains(name), "{name}");
    }
    assert!(made.text.contains("(another text)"));
    let plain = put("b.hl7", "H01", "MDCDX2");
    let made = drafted(&plain, "mrn", None).unwrap();
    assert_eq!(Profile::parse(&made.text).unwrap().facilities(), ["H01"]);
    assert!(
        made.decisions
            .iter()
            .any(|decision| decision.starts_with("PRB-3.3 has the code system MDCDX2"))
    );
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(drafted(empty.path(), "mrn", None), Err(DraftError::NoStorage));
    assert!(matches!(
        drafted(Path::new("/nonexistent/x.csv"), "mrn", None),
        Err(DraftError::Faulty { .. })
    ));
    assert_eq!(drafted(&plain, "a/b", None), Err(DraftError::Name { option: "namespace" }));
    assert_eq!(drafted(&plain, "mrn", Some(&plain)), Err(DraftError::ColumnsWithoutTable));
}
