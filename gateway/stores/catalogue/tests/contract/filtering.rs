use gemj_access::WriteAction;
use gemj_catalogue::{StatedFact, TermKind};
use gemj_model::fact::{CaseRecord, Comparator, Fact, FactKind, FactSource, FactStatus};
use gemj_model::{MeasuredValue, OntologyRelease, OntologyTerm, Ordinal, PartialDate, Sex, SpecimenId, SpecimenStatement};

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
        site: None,
        facts,
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            profile: "test".into(),
            unit: String::new(),
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

contract! {
    async fn values_of_present_facts_are_shown_of_those_whom_the_grant_covers(world: World) {
        world.approve().await;
        let height = |number| Fact { value: quantity(Some(Comparator::Less), number), ..fact(FactKind::Measurement, "LOINC:1", "Height") };
        commit(&world, case("P0", vec![height("180"), fact(FactKind::Measurement, "LOINC:2", "Weight"), fact(FactKind::Disease, "OMIM:1", "")])).await;
        commit(&world, case("P1", vec![Fact { status: FactStatus::Excluded, ..height("170") }])).await;
        commit(&world, case("P2", vec![height("160")])).await;
        world.consent_all(&["P0", "P1"]).await;
        let grant = world.grant(&["cancer"]).await;
        let shown = async |codes: Option<&[String]>| {
            let mut shown: Vec<StatedFact> = Vec::new();
            world.catalogue.visit_facts(&grant, &dataset("cancer"), FactKind::Measurement, codes, |f| shown.push(f)).await.unwrap();
            shown.sort_by(|a, b| (a.ordinal, &a.code).cmp(&(b.ordinal, &b.code)));
            shown
        };
        let all = shown(None).await;
        let codes: Vec<(Ordinal, &str)> = all.iter().map(|f| (f.ordinal, f.code.as_str())).collect();
        assert_eq!(codes, [(Ordinal(0), "LOINC:1"), (Ordinal(0), "LOINC:2")]);
        assert_eq!((all[0].comparator, all[0].number.as_deref(), all[0].unit.as_deref()), (Some(Comparator::Less), Some("180"), Some("cm")));
        let some = shown(Some(&["LOINC:1".into(), "x\0".into()])).await;
        assert_eq!(some.len(), 1);
        assert!(shown(Some(&[])).await.is_empty());
        assert!(!format!("{some:?}").contains("180"), "a value is not shown under Debug");
    }

    async fn ages_are_the_stated_ones_and_births_with_the_last_observation(world: World) {
        world.approve().await;
        let seen = |date| Fact { observed: PartialDate::parse(date).ok(), ..fact(FactKind::Phenotype, "HP:1", "") };
        commit(&world, CaseRecord { age_at_last_encounter: Some("P10Y".into()), ..case("P0", vec![seen("2020")]) }).await;
        let born = PartialDate::parse("1990-06").ok();
        commit(&world, CaseRecord { born, ..case("P1", vec![seen("2019-12-31"), seen("2020-02")]) }).await;
        commit(&world, case("P2", vec![seen("2020")])).await;
        world.consent_all(&["P0", "P1", "P2"]).await;
        let grant = world.grant(&["cancer"]).await;
        let ages = world.catalogue.stated_ages(&grant, &dataset("cancer")).await.unwrap();
        assert_eq!(ages.keys().copied().collect::<Vec<_>>(), [Ordinal(0), Ordinal(1)]);
        assert_eq!(ages[&Ordinal(0)].stated, ["P10Y"]);
        let known = &ages[&Ordinal(1)];
        assert_eq!(known.last_observed.as_ref().map(PartialDate::as_str), Some("2020-02"));
        assert_eq!(known.born.as_ref().map(PartialDate::as_str), Some("1990-06"));
        assert!(world.catalogue.stated_ages(&grant, &dataset("rare-disease")).await.unwrap().is_empty());
    }

    async fn stored_terms_are_those_of_the_grant_and_follow_what_is_taken_in(world: World) {
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
            parent: None,
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
        assert_eq!(listed(&world).await, both, "consent is that of the moment");
        commit(&world, case("P22", vec![fact(FactKind::Phenotype, "HP:1", "")])).await;
        world.consent_all(&["P22"]).await;
        assert_eq!(listed(&world).await[0], of("HP:1", TermKind::Phenotype, Some("One"), 2), "a unit taken in is seen");
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let left = listed(&world).await;
        assert_eq!(left, [of("HP:1", TermKind::Phenotype, Some("One"), 1), of("HP:9", TermKind::Phenotype, None, 1)]);
        let grant = world.grant(&["cancer"]).await;
        let dna = ["MIABIS:DNA".to_owned()];
        assert!(world.catalogue.participants_with_specimen(&grant, &dataset("cancer"), &dna).await.unwrap().is_empty());
    }
}
