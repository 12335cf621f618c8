use gemj_access::{OperatorReadAction, WriteAction};
use gemj_catalogue::{CatalogueError, TermKind};
use gemj_model::fact::{CaseRecord, Committed, FactSource, PacketContent};
use gemj_model::{
    DetailName, Fact, FactDetail, FactKind, FactStatus, Sex, SiteId, SpecimenId, SpecimenStatement, SpecimenStep, SpecimenStepKind,
};
use roaring::RoaringBitmap;

use crate::world::*;

fn detail(name: DetailName, code: Option<&str>, text: &str) -> FactDetail {
    FactDetail {
        name,
        code: code.map(str::to_owned),
        text: text.to_owned(),
    }
}

fn fact(kind: FactKind, code: &str, details: Vec<FactDetail>) -> Fact {
    Fact {
        kind,
        code: code.into(),
        label: String::new(),
        status: FactStatus::Present,
        onset: None,
        value: None,
        observed: None,
        details,
    }
}

fn case(participant: &str, content: &str, facts: Vec<Fact>) -> CaseRecord {
    CaseRecord {
        dataset: dataset("cancer"),
        participant: person(participant),
        family: None,
        sex: Sex::Female,
        born: None,
        age_at_last_encounter: None,
        facts,
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "test".into(),
            unit: participant.into(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{content:0>64}"),
            mapping_version: "1".into(),
        },
    }
}

fn everybody() -> RoaringBitmap {
    (0..100).collect()
}

fn content(bytes: &[u8]) -> PacketContent {
    PacketContent {
        site: SiteId::parse("hospital-a").unwrap(),
        bytes: bytes.to_vec(),
    }
}

contract! {
    async fn a_disease_of_the_family_and_the_reason_of_a_treatment_match_nobody_and_are_no_terms(world: World) {
        let facts = vec![
            fact(FactKind::FamilyHistory, "MONDO:1", vec![detail(DetailName::Relationship, None, "mother")]),
            fact(FactKind::Treatment, "MONDO:2", vec![detail(DetailName::Reason, Some("MONDO:3"), "")]),
            fact(FactKind::Procedure, "MONDO:4", Vec::new()),
        ];
        world.catalogue.commit_case(&mandate(WriteAction::Ingest), &case("P1", "1", facts)).await.unwrap();
        let own = vec![fact(FactKind::Disease, "MONDO:1", Vec::new())];
        world.catalogue.commit_case(&mandate(WriteAction::Ingest), &case("P2", "2", own)).await.unwrap();
        world.approve().await;
        world.consent_all(&["P1", "P2"]).await;
        let grant = world.grant(&["cancer"]).await;
        for (code, expected) in [("MONDO:1", vec![1]), ("MONDO:2", vec![]), ("MONDO:3", vec![]), ("MONDO:4", vec![])] {
            let found = world.catalogue.matching_participants(&grant, &dataset("cancer"), &[vec![code.to_owned()]]).await.unwrap();
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{code}");
        }
        let with = |kind, code: &'static str| {
            let world = &world;
            let grant = &grant;
            async move { world.catalogue.show_terms(grant, &dataset("cancer"), |view| view.with_codes(kind, [code])).await.unwrap() }
        };
        for kind in [TermKind::Disease, TermKind::Phenotype, TermKind::Measurement] {
            for code in ["MONDO:2", "MONDO:3", "MONDO:4"] {
                assert!(with(kind, code).await.is_none_or(|people| people.is_empty()), "{code}");
            }
        }
        assert_eq!(with(TermKind::Disease, "MONDO:1").await.map(|people| people.len()), Some(1));
    }

    async fn details_and_steps_are_read_as_stored_and_leave_with_their_version(world: World) {
        let treated = fact(
            FactKind::Treatment,
            "ATC:L01XE01",
            vec![detail(DetailName::Route, Some("NCIT:C38288"), "Oral"), detail(DetailName::Dose, None, "400 mg")],
        );
        let mut first = case("P1", "1", vec![fact(FactKind::Disease, "MONDO:1", Vec::new()), treated]);
        let steps = vec![SpecimenStep {
            kind: SpecimenStepKind::Processing,
            code: Some("NCIT:C1".into()),
            label: "frozen".into(),
            time: Some("P40Y".into()),
        }];
        first.specimens = vec![SpecimenStatement {
            id: SpecimenId::parse("S1").unwrap(),
            kind_code: "OBI:1".into(),
            kind_label: String::new(),
            collected: None,
            body_site: None,
            storage: None,
            parent: None,
            steps: steps.clone(),
        }];
        world.catalogue.commit_case(&mandate(WriteAction::Ingest), &first).await.unwrap();
        world.approve().await;
        world.consent_all(&["P1"]).await;
        let grant = world.grant(&["cancer"]).await;
        let people = world.catalogue.recorded_people(&grant, &dataset("cancer"), &everybody()).await.unwrap();
        assert_eq!(people[0].facts, first.facts);
        let specimens = world.catalogue.recorded_specimens(&grant, &dataset("cancer"), &everybody()).await.unwrap();
        assert_eq!(specimens[0].steps, steps);
        let second = case("P1", "2", vec![fact(FactKind::Disease, "MONDO:1", Vec::new())]);
        assert_eq!(world.catalogue.commit_case(&mandate(WriteAction::Ingest), &second).await, Ok(Committed::Replaced));
        for table in ["fact_detail", "specimen_step"] {
            assert_eq!(world.tamper(&format!("DELETE FROM {table}")).await, 0, "{table}");
        }
    }

    async fn a_kept_packet_is_read_by_its_site_only_and_leaves_with_its_version(world: World) {
        let ingest = mandate(WriteAction::Ingest);
        let commit = async |content_of: &str, kept: &[u8]| {
            world.catalogue.commit_case_of(&ingest, None, &case("P1", content_of, Vec::new()), Some(&content(kept))).await
        };
        assert_eq!(commit("1", b"one").await, Ok(Committed::New));
        assert_eq!(commit("1", b"one").await, Ok(Committed::Duplicate));
        let read = operator_read(OperatorReadAction::Export, "P1");
        let epoch = world.watch().current().await.unwrap().view.epoch();
        let kept = async |site: &str, in_dataset: &str, epoch| {
            let site = SiteId::parse(site).unwrap();
            world.catalogue.kept_packets(&read, &dataset(in_dataset), &site, epoch, now()).await
        };
        assert_eq!(kept("hospital-a", "cancer", epoch).await, Ok(Some(vec![b"one".to_vec()])));
        assert_eq!(kept("hospital-b", "cancer", epoch).await, Ok(Some(Vec::new())));
        assert_eq!(kept("hospital-a", "rare-disease", epoch).await, Ok(Some(Vec::new())));
        assert_eq!(kept("hospital-a", "cancer", epoch + 1).await, Ok(None), "the consent was read at another epoch");
        assert_eq!(commit("2", b"two").await, Ok(Committed::Replaced));
        let epoch = world.watch().current().await.unwrap().view.epoch();
        assert_eq!(kept("hospital-a", "cancer", epoch).await, Ok(Some(vec![b"two".to_vec()])));
        assert_eq!(world.tamper("DELETE FROM kept_packet").await, 1, "the replaced version has no content");
        let wrong = operator_read(OperatorReadAction::Files, "P1");
        let site = SiteId::parse("hospital-a").unwrap();
        let refused = world.catalogue.kept_packets(&wrong, &dataset("cancer"), &site, epoch, now()).await;
        assert_eq!(refused, Err(CatalogueError::WrongKey));
    }

    async fn what_one_institution_sent_is_read_without_the_statements_of_others(world: World) {
        let ingest = mandate(WriteAction::Ingest);
        let site = |name: &str| SiteId::parse(name).unwrap();
        let sent = |from: Option<&str>, unit: &str, sex: Sex, code: &str| {
            let mut record = case("P1", unit, vec![fact(FactKind::Treatment, code, vec![detail(DetailName::Route, None, "oral")])]);
            record.sex = sex;
            record.source.unit = unit.into();
            record.source.site = from.map(site);
            record
        };
        for record in [
            sent(Some("hospital-a"), "a", Sex::Unknown, "A:1"),
            sent(Some("hospital-b"), "b", Sex::Female, "B:1"),
            sent(None, "old", Sex::Female, "C:1"),
        ] {
            assert_eq!(world.catalogue.commit_case(&ingest, &record).await, Ok(Committed::New));
        }
        let read = operator_read(OperatorReadAction::ExportFacts, "P1");
        let codes = async |from: &str, epoch: u64| {
            let found = world.catalogue.sent_case(&read, &dataset("cancer"), &site(from), epoch, now()).await.unwrap()?;
            let codes: Vec<String> = found.person.facts.iter().map(|fact| format!("{} {}", fact.code, fact.details.len())).collect();
            Some((codes, found.person.sex, [found.units, found.units_of_others, found.units_of_unknown]))
        };
        let epoch = async || world.watch().current().await.unwrap().view.epoch();
        let now_at = epoch().await;
        assert_eq!(codes("hospital-a", now_at).await, Some((vec!["A:1 1".to_owned()], Sex::Unknown, [1, 1, 1])));
        assert_eq!(codes("hospital-b", now_at).await, Some((vec!["B:1 1".to_owned()], Sex::Female, [1, 1, 1])));
        assert_eq!(codes("hospital-c", now_at).await, Some((Vec::new(), Sex::Unknown, [0, 2, 1])));
        assert_eq!(codes("hospital-a", now_at + 1).await, None, "the consent was read at another epoch");
        // The same unit again gives an earlier unit its institution, and never takes a known institution.
        let again = sent(Some("hospital-a"), "old", Sex::Female, "C:1");
        assert_eq!(world.catalogue.commit_case(&ingest, &again).await, Ok(Committed::Duplicate));
        let taken = sent(Some("hospital-a"), "b", Sex::Female, "B:1");
        assert_eq!(world.catalogue.commit_case(&ingest, &taken).await, Ok(Committed::Duplicate));
        let expected = (vec!["A:1 1".to_owned(), "C:1 1".to_owned()], Sex::Female, [2, 1, 0]);
        assert_eq!(codes("hospital-a", epoch().await).await, Some(expected));
        let wrong = operator_read(OperatorReadAction::Export, "P1");
        let refused = world.catalogue.sent_case(&wrong, &dataset("cancer"), &site("hospital-a"), now_at, now()).await;
        assert_eq!(refused, Err(CatalogueError::WrongKey));
    }
}
