use std::collections::BTreeSet;

use gemj_access::{Grant, WriteAction};
use gemj_catalogue::{Split, StatedValue, TermKind, TermsView};
use gemj_model::fact::{CaseRecord, Comparator, Fact, FactKind, FactSource, FactStatus};
use gemj_model::{MeasuredValue, OntologyRelease, OntologyTerm, PartialDate, Sex, SpecimenId, SpecimenStatement};

use crate::world::*;

fn fact(kind: FactKind, code: &str, label: &str) -> Fact {
    Fact {
        kind,
        code: code.into(),
        label: label.into(),
        status: FactStatus::Present,
        onset: None,
        value: None,
        observed: None,
        details: Vec::new(),
    }
}

fn case(participant: &str, facts: Vec<Fact>) -> CaseRecord {
    CaseRecord {
        dataset: dataset("cancer"),
        participant: person(participant),
        family: None,
        sex: Sex::Unknown,
        born: None,
        age_at_last_encounter: None,
        facts,
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "test".into(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{:0>64}", participant.len()),
            mapping_version: "1".into(),
        },
    }
}

async fn commit(world: &World, record: CaseRecord) {
    world.catalogue.commit_case(&mandate(WriteAction::Ingest), &record).await.unwrap();
}

fn quantity(comparator: Option<Comparator>, number: &str) -> Option<MeasuredValue> {
    Some(MeasuredValue::Quantity {
        comparator,
        number: number.into(),
        unit: "cm".into(),
    })
}

async fn shown<T>(world: &World, grant: &Grant, show: impl FnOnce(&TermsView<'_>) -> T) -> T {
    world.catalogue.show_terms(grant, &dataset("cancer"), show).await.unwrap().unwrap()
}

fn people(split: &Split) -> (Vec<u32>, Vec<u32>) {
    (split.wanted.iter().collect(), split.others.iter().collect())
}

/// The participants with a height stated as "below 180 cm", and the participants with another value.
async fn heights(world: &World, grant: &Grant, codes: Option<&[&str]>) -> (Vec<u32>, Vec<u32>) {
    let codes: Option<BTreeSet<String>> = codes.map(|codes| codes.iter().map(|code| (*code).to_owned()).collect());
    let judge = |value: &StatedValue| {
        assert!(!format!("{value:?}").contains("cm"), "Debug does not show a value");
        Some((value.comparator, value.number.as_deref()?, value.unit.as_deref()) == (Some(Comparator::Less), "180", Some("cm")))
    };
    people(&shown(world, grant, |view| view.by_value(TermKind::Measurement, codes.as_ref(), judge)).await)
}

/// The participants whose age was stated as ten years, or whose dates allow only an age of about thirty years; then all other participants with
/// a known age.
async fn ages(world: &World, grant: &Grant) -> (Vec<u32>, Vec<u32>) {
    let stated = |words: &[String]| words.last().map(|age| age == "P10Y").filter(|_| words != ["unread"]);
    people(
        &shown(world, grant, |view| {
            view.by_age(stated, |age| (age.least_months, age.below_months) == (355, 357))
        })
        .await,
    )
}

contract! {
    async fn values_of_present_facts_are_visible_only_for_participants_of_the_grant(world: World) {
        world.approve().await;
        let height = |number| Fact { value: quantity(Some(Comparator::Less), number), ..fact(FactKind::Measurement, "LOINC:1", "Height") };
        let other = Fact { code: "LOINC:2".into(), ..height("10") };
        commit(&world, case("P0", vec![height("180"), other, fact(FactKind::Measurement, "LOINC:3", ""), fact(FactKind::Disease, "OMIM:1", "")])).await;
        commit(&world, case("P1", vec![Fact { status: FactStatus::Excluded, ..height("180") }])).await;
        commit(&world, case("P22", vec![height("160")])).await;
        world.consent_all(&["P0", "P1"]).await;
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(heights(&world, &grant, None).await, (vec![0], vec![0]));
        assert_eq!(heights(&world, &grant, Some(&["LOINC:1", "x\0"])).await, (vec![0], vec![]));
        assert_eq!(heights(&world, &grant, Some(&["LOINC:2"])).await, (vec![], vec![0]));
        assert_eq!(heights(&world, &grant, Some(&[])).await, (vec![], vec![]));
        world.consent_all(&["P22"]).await;
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(heights(&world, &grant, Some(&["LOINC:1"])).await, (vec![0], vec![2]), "the present consent counts");
    }

    async fn an_ingested_value_replaces_the_earlier_one(world: World) {
        world.approve().await;
        let record = |number: &str, version: &str| {
            let height = Fact { value: quantity(Some(Comparator::Less), number), ..fact(FactKind::Measurement, "LOINC:1", "Height") };
            let mut record = case("P0", vec![height]);
            record.source.sha256 = format!("{version:0>64}");
            record
        };
        commit(&world, record("180", "1")).await;
        commit(&world, case("P1", vec![])).await;
        world.consent_all(&["P0", "P1"]).await;
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(heights(&world, &grant, None).await, (vec![0], vec![]));
        commit(&world, record("170", "2")).await;
        assert_eq!(heights(&world, &grant, None).await, (vec![], vec![0]));
        commit(&world, record("180", "3")).await;
        assert_eq!(heights(&world, &grant, None).await, (vec![0], vec![]));
    }

    async fn ages_are_the_stated_ones_or_else_computed_from_birth_and_last_observation(world: World) {
        world.approve().await;
        let seen = |date| Fact { observed: PartialDate::parse(date).ok(), ..fact(FactKind::Phenotype, "HP:1", "") };
        let excluded = |date| Fact { status: FactStatus::Excluded, ..seen(date) };
        let born = PartialDate::parse("1990-06").ok();
        commit(&world, CaseRecord { age_at_last_encounter: Some("P10Y".into()), born: born.clone(), ..case("P0", vec![seen("2025")]) }).await;
        commit(&world, CaseRecord { born: born.clone(), ..case("P1", vec![seen("2019-12-31"), excluded("2020-02")]) }).await;
        commit(&world, CaseRecord { age_at_last_encounter: Some("unread".into()), born: born.clone(), ..case("P22", vec![seen("2020-02-03")]) }).await;
        commit(&world, case("P333", vec![seen("2020-02")])).await;
        commit(&world, CaseRecord { born: born.clone(), ..case("P4444", vec![seen("2025")]) }).await;
        world.consent_all(&["P0", "P1", "P22", "P333"]).await;
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(ages(&world, &grant).await, (vec![0, 1, 2], vec![]));
        world.consent_all(&["P4444"]).await;
        let grant = world.grant(&["cancer"]).await;
        assert_eq!(ages(&world, &grant).await, (vec![0, 1, 2], vec![4]));
        let elsewhere = CaseRecord { dataset: dataset("rare-disease"), born, ..case("P333", vec![]) };
        commit(&world, elsewhere).await;
        assert_eq!(ages(&world, &grant).await, (vec![0, 1, 2, 3], vec![4]), "a date of birth from another dataset's feed counts");
    }

    async fn stored_terms_are_limited_to_the_grant_and_include_newly_ingested_units(world: World) {
        world.approve().await;
        let term = |id: &str, label: &str, alternative: &[&str]| OntologyTerm {
            id: id.into(),
            label: label.into(),
            parents: Vec::new(),
            alternative_ids: alternative.iter().map(|a| (*a).into()).collect(),
            obsolete: false,
            replaced_by: None,
        };
        let release = OntologyRelease { prefix: "HP".into(), version: "1".into(), terms: vec![term("HP:1", "One", &["HP:10"])] };
        world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &release).await.unwrap();
        let specimen = SpecimenStatement {
            id: SpecimenId::parse("S1").unwrap(),
            kind_code: "MIABIS:DNA".into(),
            kind_label: "DNA".into(),
            collected: None,
            body_site: None,
            storage: None,
            parent: None, steps: Vec::new(),
        };
        let first = vec![fact(FactKind::Phenotype, "HP:10", "as received"), fact(FactKind::Disease, "OMIM:1", "A disease")];
        commit(&world, CaseRecord { specimens: vec![specimen], ..case("P0", first) }).await;
        commit(&world, case("P1", vec![fact(FactKind::Phenotype, "HP:9", "unknown"), Fact { status: FactStatus::Excluded, ..fact(FactKind::Phenotype, "HP:1", "") }])).await;
        world.consent_all(&["P0"]).await;
        let listed = async |world: &World| {
            let grant = world.grant(&["cancer"]).await;
            let terms = world.catalogue.stored_terms(&grant, &dataset("cancer")).await.unwrap();
            terms.into_iter().map(|t| (t.code, t.kind, t.label, t.people.len())).collect::<Vec<_>>()
        };
        let of = |code: &str, kind, label: Option<&str>, people| (code.to_owned(), kind, label.map(str::to_owned), people);
        let mine = vec![of("HP:1", TermKind::Phenotype, Some("One"), 1), of("MIABIS:DNA", TermKind::Specimen, None, 1), of("OMIM:1", TermKind::Disease, None, 1)];
        assert_eq!(listed(&world).await, mine);
        world.consent_all(&["P1"]).await;
        let both = vec![mine[0].clone(), of("HP:9", TermKind::Phenotype, None, 1), mine[1].clone(), mine[2].clone()];
        assert_eq!(listed(&world).await, both, "the present consent counts");
        commit(&world, case("P22", vec![fact(FactKind::Phenotype, "HP:1", "")])).await;
        world.consent_all(&["P22"]).await;
        assert_eq!(listed(&world).await[0], of("HP:1", TermKind::Phenotype, Some("One"), 2), "an ingested unit is visible");
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let left = listed(&world).await;
        assert_eq!(left, [of("HP:1", TermKind::Phenotype, Some("One"), 1), of("HP:9", TermKind::Phenotype, None, 1)]);
        let grant = world.grant(&["cancer"]).await;
        assert!(shown(&world, &grant, |view| view.with_specimens("MIABIS:DNA", false)).await.is_empty());
    }
}
