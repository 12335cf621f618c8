//! MIABIS on FHIR.

use gemj_model::{PartialDate, SpecimenStatement};
use gemj_services::export::{CaseFormat, LeftOut};
use serde_json::Value;

use crate::world::{OF_B, WITHDRAWN, World, case, everything, exported, person, read};

/// The statement of a specimen in a line. Ids are those of the export.
fn line(specimen: &SpecimenStatement, id: &str, parent: Option<String>) -> String {
    let collected = specimen.collected.as_ref().map_or("", PartialDate::as_str);
    let kind = match specimen.kind_code.starts_with("OBI:") {
        true => "",
        false => &specimen.kind_code,
    };
    format!("{id} {kind} {collected} {:?} {:?} {parent:?}", specimen.body_site, specimen.storage)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_donors_and_samples_give_the_same_specimens_again() {
    let world = World::new().await;
    let out = world.folder.path().join("miabis");
    let account = world.export(CaseFormat::MiabisOnFhir, &out).await;
    let text = everything(&out);
    for never in [OF_B, WITHDRAWN, "BANK-", "HP:"] {
        assert!(!text.contains(never), "{never}");
    }
    for (name, kind) in [("Patient.ndjson", "Patient"), ("Specimen.ndjson", "Specimen")] {
        let file = std::fs::read_to_string(out.join(name)).unwrap();
        assert_eq!(file.lines().count() as u64, account.files[name]);
        for resource in file.lines() {
            let faults = hl7_fhir_typed::check(resource.as_bytes());
            assert_eq!(faults, Ok(()), "{resource}");
            let resource: Value = serde_json::from_str(resource).unwrap();
            assert_eq!(resource["resourceType"], kind);
            assert!(hl7_fhir::is_id(resource["id"].as_str().unwrap()), "{resource}");
        }
    }
    let (_, store) = read("miabis-on-fhir", &out);
    let (mut donors, mut without_kind, mut statements) = (0, 0, 0);
    for at in exported() {
        let stored = case(at, "hospital-a");
        statements += stored.facts.len() as u64;
        let id = |specimen: &SpecimenStatement| {
            let at_place = stored.specimens.iter().position(|other| other.id == specimen.id).unwrap();
            format!("{}-biosample-{}", person(at), at_place + 1)
        };
        let (kept, lost): (Vec<_>, Vec<_>) = stored
            .specimens
            .iter()
            .partition(|specimen| !specimen.kind_code.is_empty() || !specimen.kind_label.is_empty());
        without_kind += lost.len() as u64;
        if kept.is_empty() {
            assert!(!store.0.contains_key(&person(at)));
            continue;
        }
        donors += 1;
        let again = &store.0[&person(at)];
        assert_eq!((again.sex, &again.born), (stored.sex, &stored.born));
        let mut expected: Vec<String> = kept
            .iter()
            .map(|specimen| {
                let parent = kept.iter().find(|other| Some(&other.id) == specimen.parent.as_ref());
                line(specimen, &id(specimen), parent.map(|parent| id(parent)))
            })
            .collect();
        let mut found: Vec<String> = again
            .specimens
            .iter()
            .map(|specimen| {
                line(
                    specimen,
                    specimen.id.as_str(),
                    specimen.parent.as_ref().map(|parent| parent.as_str().to_owned()),
                )
            })
            .collect();
        // A code of the institution has no code system in FHIR. The reader keeps this beside the code: `|B7`.
        for line in &mut expected {
            *line = line
                .replace("hospital-a.code:", "hospital-a.code:|")
                .replace("hospital-a.site:", "hospital-a.site:|");
        }
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{at}");
    }
    assert_eq!((account.participants, store.0.len() as u64), (donors, donors));
    assert_eq!(account.left_out.get(&LeftOut::NoKind).copied().unwrap_or(0), without_kind);
    assert_eq!(account.left_out[&LeftOut::NotOfABank], statements);
}
