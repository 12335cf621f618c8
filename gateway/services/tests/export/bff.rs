//! The Beacon Friendly Format.

use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue, PartialDate};
use gemj_services::export::{CaseFormat, LeftOut};
use serde_json::Value;

use crate::tree;
use crate::world::{OF_B, WITHDRAWN, World, case, everything, exported, line, person, read, sent};

const MODEL: &str = "models/json/beacon-v2-default-model";

/// The fact as the profile `bff` reads it again; absent if Beacon cannot express it, or if the profile does not read it.
fn expected(fact: &Fact) -> Option<Fact> {
    let is_kept = match (fact.kind, fact.status) {
        (FactKind::Phenotype, FactStatus::Present | FactStatus::Excluded) | (FactKind::Disease, FactStatus::Present) => true,
        (FactKind::Measurement, FactStatus::Present) => matches!(
            fact.value,
            Some(MeasuredValue::Quantity { comparator: None, .. } | MeasuredValue::Coded { .. })
        ),
        _ => false,
    };
    let is_day = |date: &PartialDate| date.as_str().len() == 10;
    let onset = fact
        .onset
        .clone()
        .filter(|onset| !onset.contains(['/', '-']) && !onset.starts_with("gestation"));
    (is_kept && fact.code != "uncoded").then(|| Fact {
        onset,
        observed: fact
            .observed
            .clone()
            .filter(|date| fact.kind == FactKind::Measurement && is_day(date)),
        ..fact.clone()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_are_valid_by_the_official_schemas_and_give_the_same_facts_again() {
    let world = World::new().await;
    let out = world.folder.path().join("bff");
    let account = world.export(CaseFormat::Bff, &out).await;
    let text = everything(&out);
    assert!(text.contains("HP:"), "{text}");
    for never in [OF_B, WITHDRAWN, "BANK-", ".part"] {
        assert!(!text.contains(never), "{never}");
    }
    let records = |name: &str| -> Vec<Value> { serde_json::from_slice(&std::fs::read(out.join(name)).unwrap()).unwrap() };
    let (individuals, biosamples) = (records("individuals.json"), records("biosamples.json"));
    let ids: Vec<&str> = individuals.iter().map(|record| record["id"].as_str().unwrap()).collect();
    let people: Vec<String> = exported().map(person).collect();
    assert_eq!(ids, people.iter().map(String::as_str).collect::<Vec<_>>());
    match tree::shared() {
        Some(official) => {
            for (records, kind) in [(&individuals, "individuals"), (&biosamples, "biosamples")] {
                let validator = tree::validator(&official, &format!("{MODEL}/{kind}/defaultSchema.json"));
                for record in records {
                    tree::assert_valid(&validator, record);
                }
            }
        }
        None => eprintln!("SKIPPED: the exported records are not compared with the official schemas"),
    }

    let (_, store) = read("bff", &out);
    let mut specimens = 0;
    for at in exported() {
        let (stored, again) = (case(at, "hospital-a"), &store.0[&person(at)]);
        let mut expected: Vec<String> = stored.facts.iter().filter_map(expected).map(|fact| line(&fact, true)).collect();
        let mut found: Vec<String> = again.facts.iter().map(|fact| line(fact, true)).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{at}");
        assert_eq!(again.sex, stored.sex);
        for (number, (one, other)) in stored.specimens.iter().zip(&again.specimens).enumerate() {
            assert_eq!(other.id.as_str(), format!("{}-biosample-{}", person(at), number + 1));
            let kind = if one.kind_code.is_empty() {
                "OBI:0100051"
            } else {
                one.kind_code.as_str()
            };
            assert_eq!(other.kind_code, kind);
            assert_eq!(other.body_site, one.body_site);
            assert_eq!(other.collected, one.collected.clone().filter(|date| date.as_str().len() == 10));
            specimens += 1;
        }
        assert_eq!(again.specimens.len(), stored.specimens.len());
    }

    // Every statement is in the files, or counted by a rule.
    let written: u64 = individuals
        .iter()
        .map(|record| {
            let lists = [
                "phenotypicFeatures",
                "diseases",
                "measures",
                "treatments",
                "interventionsOrProcedures",
            ];
            lists
                .iter()
                .map(|list| record[list].as_array().map_or(0, Vec::len) as u64)
                .sum::<u64>()
        })
        .sum();
    let whole = [
        LeftOut::Code,
        LeftOut::Status,
        LeftOut::FamilyHistory,
        LeftOut::Value,
        LeftOut::Twice,
    ];
    let left_out: u64 = whole.iter().filter_map(|rule| account.left_out.get(rule)).sum();
    let stored: usize = exported().map(|at| case(at, "hospital-a").facts.len()).sum();
    assert_eq!(written + left_out, stored as u64, "{account:?}");
    assert_eq!((biosamples.len(), account.files["biosamples.json"]), (specimens, specimens as u64));
    let agreed = |at: &usize| crate::world::agrees(*at) && !sent(*at).is_empty();
    let all = (0..crate::world::PEOPLE).filter(|at| !sent(*at).is_empty()).count();
    let agreeing: Vec<usize> = (0..crate::world::PEOPLE).filter(agreed).collect();
    let of = |from: &str| agreeing.iter().filter(|at| sent(**at).contains(&from)).count() as u64;
    assert_eq!(account.participants, people.len() as u64);
    assert_eq!(account.withheld, (all - agreeing.len()) as u64);
    assert_eq!(account.without_units, (agreeing.len() - people.len()) as u64);
    assert_eq!(account.left_out[&LeftOut::OtherInstitution], of("hospital-b"));
    assert_eq!(account.left_out[&LeftOut::InstitutionNotKnown], of("unknown"));
}
