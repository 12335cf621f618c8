use std::collections::HashMap;

use gemj_access::{Job, WriteAction};
use gemj_catalogue::{
    CatalogueError, IngestCount, IngestResult, IngestRun, IngestStart, IngestState, LinkedNumbers, NewParticipant, NumberLink,
    QuarantinedUnit,
};
use gemj_model::fact::{CaseRecord, Committed, Comparator, FactSource, StoredUnit};
use gemj_model::{Fact, FactKind, FactStatus, MeasuredValue, PartialDate, Sex, SiteId, SpecimenId, SpecimenStatement, Timestamp};

use crate::world::*;

fn unit(participant: &str, unit: &str, version: &str, content: &str) -> CaseRecord {
    CaseRecord {
        dataset: dataset("rare-disease"),
        participant: person(participant),
        family: None,
        sex: Sex::Female,
        born: None,
        age_at_last_encounter: None,
        facts: vec![Fact {
            kind: FactKind::Measurement,
            code: format!("JLAC10:{content}"),
            label: "検査".into(),
            status: FactStatus::Present,
            onset: None,
            value: Some(MeasuredValue::Quantity {
                comparator: Some(Comparator::Less),
                number: "0.10".into(),
                unit: "mg/dL".into(),
            }),
            observed: Some(PartialDate::parse("2026-04-01").unwrap()),
            details: Vec::new(),
        }],
        carriers: Vec::new(),
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "ss-mix2".into(),
            unit: unit.into(),
            earlier_unit: None,
            version: version.into(),
            sha256: format!("{content:0>64}"),
            mapping_version: "1".into(),
        },
    }
}

fn number(digest: &str, participant: &str) -> NumberLink {
    NumberLink {
        digest: digest.to_owned(),
        earlier: [format!("{digest}-1"), format!("{digest}-2")],
        participant: person(participant),
    }
}

fn site_id(site: &str) -> SiteId {
    SiteId::parse(site).unwrap()
}

fn born(record: CaseRecord, date: &str) -> CaseRecord {
    CaseRecord {
        born: Some(PartialDate::parse(date).unwrap()),
        ..record
    }
}

fn with_specimen(record: CaseRecord, id: &str, parent: Option<&str>) -> CaseRecord {
    CaseRecord {
        specimens: vec![SpecimenStatement {
            id: SpecimenId::parse(id).unwrap(),
            kind_code: "MIABIS:DNA".into(),
            kind_label: "DNA".into(),
            collected: PartialDate::parse("2026-04").ok(),
            body_site: None,
            storage: None,
            parent: parent.map(|p| SpecimenId::parse(p).unwrap()),
            steps: Vec::new(),
        }],
        ..record
    }
}

async fn commit(world: &World, record: &CaseRecord) -> Result<Committed, CatalogueError> {
    world.catalogue.commit_case(&mandate(WriteAction::Ingest), record).await
}

async fn people_with(world: &World, code: &str) -> Vec<u32> {
    let grant = world.grant(&["rare-disease"]).await;
    let groups = [vec![code.to_owned()]];
    let found = world
        .catalogue
        .matching_participants(&grant, &dataset("rare-disease"), &groups)
        .await
        .unwrap();
    found.iter().collect()
}

contract! {
    async fn units_of_one_participant_are_stored_side_by_side_and_replaced_by_their_own_later_versions(world: World) {
        world.approve().await;
        world.consent_all(&["P0"]).await;
        assert_eq!(commit(&world, &unit("P0", "u1", "20260401", "1")).await, Ok(Committed::New));
        assert_eq!(commit(&world, &unit("P0", "u2", "20260401", "2")).await, Ok(Committed::New));
        assert_eq!(commit(&world, &unit("P0", "u1", "20260402", "3")).await, Ok(Committed::Replaced));
        assert_eq!(commit(&world, &unit("P0", "u1", "20260401", "1")).await, Ok(Committed::Superseded), "late data changes nothing");
        assert_eq!(commit(&world, &unit("P0", "u1", "20260402", "3")).await, Ok(Committed::Duplicate));
        assert!(people_with(&world, "JLAC10:1").await.is_empty());
        assert_eq!((people_with(&world, "JLAC10:2").await, people_with(&world, "JLAC10:3").await), (vec![0], vec![0]));
    }

    async fn the_units_of_a_deleted_patient_are_hidden_and_can_be_stored_again(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        let of_other_profile = |mut record: CaseRecord| {
            record.source.profile = "redcap".into();
            record
        };
        for record in [unit("P0", "basic", "1", "1"), unit("P0", "u1", "1", "2"), unit("P1", "u2", "1", "3")] {
            assert_eq!(commit(&world, &record).await, Ok(Committed::New));
        }
        assert_eq!(commit(&world, &of_other_profile(unit("P0", "u3", "1", "4"))).await, Ok(Committed::New));
        let stored = async |name: &str| world.catalogue.stored_unit(&mandate(WriteAction::Ingest), &dataset("rare-disease"), name).await.unwrap();
        assert_eq!((stored("basic").await, stored("u9").await), (StoredUnit::Current, StoredUnit::Absent));
        let mut void = unit("P0", "basic", "2", "1");
        void.facts.clear();
        void.source.sha256 = format!("void:{}", void.source.sha256);
        assert_eq!(commit(&world, &void).await, Ok(Committed::Replaced));
        let hide = async || {
            world.catalogue.hide_units(&mandate(WriteAction::Ingest), &dataset("rare-disease"), &person("P0"), &void.source).await
        };
        assert_eq!((hide().await, hide().await), (Ok(1), Ok(0)));
        assert_eq!((stored("basic").await, stored("u1").await, stored("u2").await), (StoredUnit::Void, StoredUnit::Absent, StoredUnit::Current));
        let mut found = Vec::new();
        for content in ["1", "2", "3", "4"] {
            found.push(people_with(&world, &format!("JLAC10:{content}")).await);
        }
        assert_eq!(found, [vec![], vec![], vec![1], vec![0]]);
        assert_eq!(commit(&world, &unit("P0", "basic", "3", "1")).await, Ok(Committed::Replaced));
        assert_eq!(commit(&world, &unit("P0", "u1", "1", "2")).await, Ok(Committed::New));
        assert_eq!(people_with(&world, "JLAC10:2").await, [0]);
        let wrong = world.catalogue.stored_unit(&mandate(WriteAction::Load), &dataset("rare-disease"), "u1").await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
    }

    async fn an_older_version_that_arrives_after_the_newest_content_was_delivered_again_changes_nothing(world: World) {
        world.approve().await;
        world.consent_all(&["P0"]).await;
        assert_eq!(commit(&world, &unit("P0", "u1", "20260101", "1")).await, Ok(Committed::New));
        assert_eq!(commit(&world, &unit("P0", "u1", "20260301", "1")).await, Ok(Committed::Duplicate));
        assert_eq!(commit(&world, &unit("P0", "u1", "20260201", "2")).await, Ok(Committed::Superseded));
        assert_eq!(commit(&world, &unit("P0", "u1", "20260101", "1")).await, Ok(Committed::Duplicate), "an older copy does not set the version back");
        assert_eq!(commit(&world, &unit("P0", "u1", "20260201", "2")).await, Ok(Committed::Superseded));
        assert_eq!((people_with(&world, "JLAC10:1").await.len(), people_with(&world, "JLAC10:2").await.len()), (1, 0));
    }

    async fn a_unit_that_another_profile_delivers_replaces_the_unit(world: World) {
        world.approve().await;
        world.consent_all(&["P0"]).await;
        let renamed = |name: &str, content: &str| {
            let mut record = unit("P0", "u1", "20260401", content);
            record.source.profile = name.into();
            record.source.mapping_version = format!("{name}-1");
            record
        };
        assert_eq!(commit(&world, &renamed("first", "1")).await, Ok(Committed::New));
        assert_eq!(commit(&world, &renamed("second", "1")).await, Ok(Committed::Replaced), "the same bytes, mapped otherwise");
        assert_eq!(commit(&world, &renamed("second", "1")).await, Ok(Committed::Duplicate));
        assert_eq!(commit(&world, &renamed("third", "2")).await, Ok(Committed::Replaced));
        assert_eq!((people_with(&world, "JLAC10:1").await.len(), people_with(&world, "JLAC10:2").await.len()), (0, 1));
        assert_eq!(world.tamper("UPDATE fact SET label = label").await, 1, "one version is stored");
    }

    async fn a_unit_that_moves_to_another_participant_leaves_the_first(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        commit(&world, &unit("P0", "u1", "", "1")).await.unwrap();
        assert_eq!(commit(&world, &unit("P1", "u1", "", "1")).await, Ok(Committed::Replaced));
        assert_eq!(people_with(&world, "JLAC10:1").await, [1]);
    }

    async fn a_birth_date_is_stored_to_the_month_and_a_contradicting_date_is_rejected(world: World) {
        commit(&world, &born(unit("P0", "u1", "", "1"), "1984")).await.unwrap();
        commit(&world, &born(unit("P0", "u2", "", "2"), "1984-03-15")).await.unwrap();
        commit(&world, &born(unit("P0", "u3", "", "3"), "1984")).await.unwrap();
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 0).await.unwrap();
        assert_eq!(changes.participants[0].born, PartialDate::parse("1984-03").ok(), "the policy view needs it");
        let conflict = Err(CatalogueError::Conflict { field: "born" });
        assert_eq!(commit(&world, &born(unit("P0", "u4", "", "4"), "1984-04")).await, conflict);
        assert_eq!(world.tamper("UPDATE participant SET born = born WHERE born = '1984-03'").await, 1);
        assert_eq!(world.tamper("UPDATE fact_source SET born = born WHERE born LIKE '%-__-__'").await, 0, "no day of birth is stored");
    }

    async fn a_specimen_belongs_to_one_participant_in_every_feed(world: World) {
        commit(&world, &with_specimen(unit("P0", "u1", "", "1"), "S1", Some("S0"))).await.unwrap();
        commit(&world, &with_specimen(unit("P0", "u2", "", "2"), "S1", Some("S0"))).await.unwrap();
        let conflict = Err(CatalogueError::Conflict { field: "specimen" });
        assert_eq!(commit(&world, &with_specimen(unit("P1", "u3", "", "3"), "S1", None)).await, conflict);
        assert_eq!(commit(&world, &with_specimen(unit("P1", "u3", "", "3"), "S2", Some("S1"))).await, conflict, "the parent specimen belongs to one participant too");
    }

    async fn a_parent_that_is_only_named_stays_free_for_its_own_participant(world: World) {
        commit(&world, &with_specimen(unit("P0", "u1", "", "1"), "S1", Some("S0"))).await.unwrap();
        assert_eq!(commit(&world, &with_specimen(unit("P1", "u2", "", "2"), "S0", None)).await, Ok(Committed::New));
        let conflict = Err(CatalogueError::Conflict { field: "specimen" });
        assert_eq!(commit(&world, &with_specimen(unit("P0", "u3", "", "3"), "S2", Some("S0"))).await, conflict);
    }

    async fn a_measured_value_is_stored_as_it_was_received(world: World) {
        commit(&world, &unit("P0", "u1", "", "1")).await.unwrap();
        let wanted = "comparator = '<' AND number = '0.10' AND unit = 'mg/dL' AND observed = '2026-04-01' AND value_text IS NULL";
        assert_eq!(world.tamper(&format!("UPDATE fact SET number = number WHERE {wanted}")).await, 1);
    }

    async fn linked_numbers_are_stored_once_and_found(world: World) {
        let key = mandate(WriteAction::LinkNumbers);
        let link = async |site: &str, namespace: &str, links: &[NumberLink]| {
            let site = site_id(site);
            let numbers = LinkedNumbers { site: &site, namespace, links };
            world.catalogue.link_numbers(&key, &[numbers]).await
        };
        let links = [number("d1", "P0"), number("d2", "P1")];
        assert_eq!(link("hospital-a", "mrn", &links).await, Ok(2));
        assert_eq!(link("hospital-a", "mrn", &links).await, Ok(0));
        assert_eq!(link("hospital-b", "mrn", &[number("d1", "P1")]).await, Ok(1), "another hospital's number");
        assert_eq!(link("hospital-a", "edc", &[number("d1", "P1")]).await, Ok(1), "a number of another namespace");
        let conflict = Err(CatalogueError::Conflict { field: "number" });
        assert_eq!(link("hospital-a", "mrn", &[number("d1", "P1")]).await, conflict);
        let renamed = NumberLink { digest: "new".into(), earlier: ["d1".into(), "x".into()], participant: person("P1") };
        assert_eq!(link("hospital-a", "mrn", std::slice::from_ref(&renamed)).await, conflict, "the earlier digest counts too");
        let same = NumberLink { participant: person("P0"), ..renamed };
        assert_eq!(link("hospital-a", "mrn", &[same]).await, Ok(0));
        let found = world.catalogue.linked_numbers(upkeep(Job::ResolveNumbers), &site_id("hospital-a"), "mrn").await.unwrap();
        assert_eq!(found, HashMap::from([("d1".to_owned(), person("P0")), ("d2".to_owned(), person("P1"))]));
        for (site, namespace, digests, is_found) in [
            ("hospital-a", "mrn", ["d1", "-", "-"], true),
            ("hospital-a", "mrn", ["-", "-", "d2"], true),
            ("hospital-a", "mrn", ["-", "-", "-"], false),
            ("hospital-c", "mrn", ["d1", "d1", "d1"], false),
            ("hospital-a", "none", ["d1", "d1", "d1"], false),
        ] {
            let located = world.catalogue.locate_number(&site_id(site), namespace, &digests.map(str::to_owned)).await;
            assert_eq!(located.unwrap().is_some(), is_found, "{site} {namespace} {digests:?}");
        }
        let two = world.catalogue.locate_number(&site_id("hospital-a"), "mrn", &["d1", "d2", "-"].map(str::to_owned)).await;
        assert_eq!(two.err(), Some(CatalogueError::Corrupt { what: "linked number" }));
        let wrong = world.catalogue.linked_numbers(upkeep(Job::Inventory), &site_id("hospital-a"), "mrn").await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
    }

    async fn links_of_several_namespaces_are_all_stored_or_none(world: World) {
        let key = mandate(WriteAction::LinkNumbers);
        let (a, b) = (site_id("hospital-a"), site_id("hospital-b"));
        let (good, bad) = ([number("d1", "P0")], [number("d1", "P0"), number("d1", "P1")]);
        let numbers = [
            LinkedNumbers { site: &a, namespace: "mrn", links: &good },
            LinkedNumbers { site: &b, namespace: "mrn", links: &bad },
        ];
        let conflict = Err(CatalogueError::Conflict { field: "number" });
        assert_eq!(world.catalogue.link_numbers(&key, &numbers).await, conflict);
        let found = world.catalogue.linked_numbers(upkeep(Job::ResolveNumbers), &a, "mrn").await.unwrap();
        assert!(found.is_empty());
    }

    async fn the_units_of_an_earlier_version_get_keyed_names_once(world: World) {
        for (person, name, content) in [("P0", "u1", "1"), ("P1", "u2", "2"), ("P2", "k1:u3", "3"), ("P3", "", "4")] {
            commit(&world, &unit(person, name, "", content)).await.unwrap();
        }
        let key = mandate(WriteAction::Ingest);
        let rename = |name: &str| format!("k1:{name}");
        assert_eq!(world.catalogue.rename_units(&key, "k1:", &rename).await, Ok(2));
        assert_eq!(world.catalogue.rename_units(&key, "k1:", &rename).await, Ok(0));
        // The same unit, now with the name of its site and with its earlier name, is not stored a second time.
        let mut again = unit("P0", "k1:new", "", "1");
        again.source.earlier_unit = Some("k1:u1".into());
        assert_eq!(commit(&world, &again).await, Ok(Committed::Duplicate));
        let mut next = unit("P0", "k1:new", "", "5");
        next.source.earlier_unit = Some("k1:u1".into());
        assert_eq!(commit(&world, &next).await, Ok(Committed::Replaced));
        assert_eq!(commit(&world, &next).await, Ok(Committed::Duplicate));
        // The earlier name of a unit has no site, so another hospital's patient can have the same earlier name.
        let mut other = unit("P1", "k1:other", "", "6");
        other.source.earlier_unit = Some("k1:u2".into());
        let mut first = unit("P2", "k1:third", "", "7");
        first.source.earlier_unit = Some("k1:u2".into());
        assert_eq!(commit(&world, &first).await, Ok(Committed::New), "the earlier name belongs to P1");
        assert_eq!(commit(&world, &other).await, Ok(Committed::Replaced));
        assert_eq!(world.tamper("UPDATE fact_source SET unit = unit WHERE unit <> '' AND unit NOT LIKE 'k1:%'").await, 0);
    }

    async fn a_case_does_not_change_the_hospital_that_enrolled_its_participant(world: World) {
        commit(&world, &unit("P0", "u1", "", "1")).await.unwrap();
        let registered = world.catalogue.participant_sites(upkeep(Job::Inventory)).await.unwrap();
        assert!(registered.is_empty(), "the sender of a case is not the participant's hospital");
    }

    async fn a_run_is_stored_with_its_rejected_units_and_its_counts_must_add_up(world: World) {
        let key = mandate(WriteAction::Ingest);
        let (start, result) = (start("r1"), result("unknown-choice"));
        world.catalogue.begin_ingest_run(&key, &start).await.unwrap();
        let read = |id: &'static str| world.catalogue.ingest_run(upkeep(Job::Inventory), id);
        let begun = read("r1").await.unwrap().unwrap();
        assert_eq!((begun.state, begun.result.clone()), (IngestState::Begun, IngestResult::default()));
        assert!(world.catalogue.feeds(upkeep(Job::Inventory)).await.unwrap().is_empty(), "a run without a result counts nothing");
        let at = (IngestState::Ended, Timestamp::from_seconds(1_790_000_060));
        let lost = IngestResult { received: 6, ..result.clone() };
        let refused = world.catalogue.end_ingest_run(&key, "r1", at, &lost, &[]).await;
        assert_eq!(refused, Err(CatalogueError::Invalid { field: "received" }));
        world.catalogue.end_ingest_run(&key, "r1", at, &result, &[]).await.unwrap();
        let expected = IngestRun {
            id: start.id.clone(),
            profile: start.profile.clone(),
            mapping_version: start.mapping_version.clone(),
            dataset: start.dataset.clone(),
            site: Some(start.site.clone()),
            namespace: start.namespace.clone(),
            exported: start.exported,
            began: Some(start.began),
            state: IngestState::Ended,
            ended: at.1,
            result: result.clone(),
        };
        assert_eq!(read("r1").await, Ok(Some(expected.clone())));
        let listed = IngestRun { result: IngestResult { counts: Vec::new(), ..result.clone() }, ..expected };
        assert_eq!(world.catalogue.ingest_runs(upkeep(Job::Inventory), 10).await, Ok(vec![listed]));
        assert_eq!((result.units_refused(), result.parts_refused()), (1, 1));
        let again = world.catalogue.end_ingest_run(&key, "r1", at, &result, &[]).await;
        assert_eq!(again, Err(CatalogueError::NotFound { what: "begun run" }), "a run has one result");
        assert_eq!(read("r9").await, Ok(None));
    }

    async fn a_rejected_unit_is_open_until_a_later_run_of_its_namespace_receives_it(world: World) {
        let key = mandate(WriteAction::Ingest);
        let at = (IngestState::Ended, Timestamp::from_seconds(1_790_000_060));
        let open = async |namespace: &str| {
            let (dataset, site) = (dataset("rare-disease"), SiteId::parse("hospital-a").unwrap());
            world.catalogue.open_quarantine(&key, &dataset, &site, namespace).await.unwrap()
        };
        world.catalogue.begin_ingest_run(&key, &start("r1")).await.unwrap();
        world.catalogue.end_ingest_run(&key, "r1", at, &result("unknown-choice"), &[]).await.unwrap();
        let mut first = open("redcap").await;
        first.sort();
        assert_eq!(first, ["k1:part", "p1:unit"]);
        assert!(open("other").await.is_empty(), "a namespace has its own quarantine");

        // A run of another namespace changes nothing, even if it names the unit.
        let other = IngestStart { namespace: "other".into(), ..start("r2") };
        world.catalogue.begin_ingest_run(&key, &other).await.unwrap();
        let names = ["p1:unit".to_owned()];
        world.catalogue.end_ingest_run(&key, "r2", at, &IngestResult::default(), &names).await.unwrap();
        assert_eq!(open("redcap").await.len(), 2);

        // A run that receives the unit and refuses it again has its own entry.
        world.catalogue.begin_ingest_run(&key, &start("r3")).await.unwrap();
        let mut refused = result("bad-date");
        refused.quarantined.retain(|unit| !unit.is_part);
        world.catalogue.end_ingest_run(&key, "r3", at, &refused, &names).await.unwrap();
        let run = world.catalogue.ingest_run(upkeep(Job::Inventory), "r1").await.unwrap().unwrap();
        let again: Vec<Option<&str>> = run.result.quarantined.iter().map(|unit| unit.received_again_by.as_deref()).collect();
        assert_eq!(again, [Some("r3"), None]);
        let run = world.catalogue.ingest_run(upkeep(Job::Inventory), "r3").await.unwrap().unwrap();
        assert_eq!(run.result.quarantined[0].received_again_by, None);
        assert_eq!(world.catalogue.open_quarantine(&mandate(WriteAction::Load), &dataset("rare-disease"), &SiteId::parse("hospital-a").unwrap(), "redcap").await, Err(CatalogueError::WrongKey));
    }

    async fn the_units_that_a_killed_run_stored_are_in_its_account(world: World) {
        world.approve().await;
        let key = mandate(WriteAction::Ingest);
        world.catalogue.begin_ingest_run(&key, &start("r1")).await.unwrap();
        let store = async |record: &CaseRecord| world.catalogue.commit_case_of(&key, Some("r1"), record, None).await;
        assert_eq!(store(&unit("P0", "u1", "", "1")).await, Ok(Committed::New));
        assert_eq!(store(&unit("P1", "u2", "", "2")).await, Ok(Committed::New));
        assert_eq!(store(&unit("P0", "u1", "", "3")).await, Ok(Committed::Replaced));
        assert_eq!(store(&unit("P0", "u1", "", "3")).await, Ok(Committed::Duplicate));
        let contradicting = CaseRecord { sex: Sex::Male, ..unit("P0", "u3", "", "4") };
        assert_eq!(store(&contradicting).await, Err(CatalogueError::Conflict { field: "sex" }));
        // The process is killed here: the run never states its end.
        let read = async || world.catalogue.ingest_run(upkeep(Job::Inventory), "r1").await.unwrap().unwrap();
        let begun = read().await;
        assert_eq!(begun.state, IngestState::Begun);
        assert_eq!((begun.result.received, begun.result.committed, begun.result.replaced), (3, 2, 1));
        let feeds = world.catalogue.feeds(upkeep(Job::Inventory)).await.unwrap();
        assert_eq!((feeds[0].committed, feeds[0].replaced, feeds[0].kept), (2, 1, 0), "the units are those of another profile");
        // A store that fails after a commit loses its answer. The account of the stopped run still has the unit.
        let at = (IngestState::Stopped, Timestamp::from_seconds(1_790_000_060));
        let less = IngestResult { received: 2, committed: 1, replaced: 1, ..IngestResult::default() };
        world.catalogue.end_ingest_run(&key, "r1", at, &less, &[]).await.unwrap();
        let stopped = read().await;
        assert_eq!((stopped.result.received, stopped.result.committed, stopped.result.replaced), (3, 2, 1));
        let late = store(&unit("P2", "u4", "", "5")).await;
        assert_eq!(late, Err(CatalogueError::NotFound { what: "begun run" }), "a run with a result takes no unit");
        assert!(people_with(&world, "JLAC10:5").await.is_empty());
    }

    async fn a_message_and_its_account_are_stored_together_or_not_at_all(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        let key = mandate(WriteAction::Ingest);
        let at = Timestamp::from_seconds(1_790_000_060);
        world.catalogue.begin_listening_run(&key, &start("r1")).await.unwrap();
        let read = async || world.catalogue.ingest_run(upkeep(Job::Inventory), "r1").await.unwrap().unwrap();
        let contradicting = CaseRecord { sex: Sex::Male, ..unit("P0", "u3", "", "4") };
        let account = IngestResult { received: 5, ..result("conflict") };

        // A message without its end leaves nothing, and neither does a message whose account does not add up.
        for account in [None, Some(IngestResult { received: 9, ..account.clone() })] {
            let mut message = world.catalogue.begin_message(&key).await.unwrap();
            assert_eq!(message.commit_case(&unit("P0", "u1", "", "1")).await, Ok(Committed::New));
            match account {
                None => drop(message),
                Some(account) => assert_eq!(message.end("r1", at, &account, &[]).await, Err(CatalogueError::Invalid { field: "received" })),
            }
            assert!(people_with(&world, "JLAC10:1").await.is_empty());
            assert_eq!(read().await.result, IngestResult::default());
        }

        // A refused case leaves nothing, and the other cases of its message stay.
        for round in 1..=2 {
            let mut message = world.catalogue.begin_message(&key).await.unwrap();
            let expected = if round == 1 { Committed::New } else { Committed::Duplicate };
            assert_eq!(message.commit_case(&unit("P0", "u1", "", "1")).await, Ok(expected));
            assert_eq!(message.commit_case(&contradicting).await, Err(CatalogueError::Conflict { field: "sex" }));
            assert_eq!(message.commit_case(&unit("P1", "u2", "", "2")).await, Ok(expected));
            message.end("r1", at, &account, &["k1:part".to_owned()]).await.unwrap();
            let run = read().await;
            assert_eq!((run.state, run.ended, run.result.received), (IngestState::Listening, at, 5 * round));
            assert_eq!((run.result.committed, run.result.quarantined.len() as u64), (account.committed * round, 2 * round));
            let counted = account.counts.iter().map(|count| IngestCount { count: count.count * round, ..count.clone() });
            let mut counted: Vec<IngestCount> = counted.collect();
            counted.sort();
            assert_eq!(run.result.counts, counted);
        }
        assert_eq!(people_with(&world, "JLAC10:1").await.len(), 1);
        assert_eq!(people_with(&world, "JLAC10:2").await.len(), 1);
        assert!(people_with(&world, "JLAC10:4").await.is_empty());
        let numbers: Vec<(u64, bool)> =
            read().await.result.quarantined.iter().map(|unit| (unit.number, unit.received_again_by.is_some())).collect();
        let [(first, false), (second, true), (third, false), (fourth, false)] = numbers[..] else { panic!("{numbers:?}") };
        assert_eq!((third, fourth), (first + 5, second + 5), "units of a later message are counted after those before");

        world.catalogue.end_listening_run(&key, "r1", at).await.unwrap();
        assert_eq!(read().await.state, IngestState::Ended);
        let ended = world.catalogue.begin_message(&key).await.unwrap().end("r1", at, &account, &[]).await;
        assert_eq!(ended, Err(CatalogueError::NotFound { what: "listening run" }));
    }

    async fn a_number_is_found_inside_a_message_while_its_link_stays(world: World) {
        let key = mandate(WriteAction::Ingest);
        let site = SiteId::parse("hospital-a").unwrap();
        let digests = ["d0".to_owned(), "d1".to_owned(), "d2".to_owned()];
        let link = NumberLink { digest: "d0".into(), earlier: ["d1".into(), "d2".into()], participant: person("P0") };
        let links = [LinkedNumbers { site: &site, namespace: "mrn", links: &[link] }];
        let find = async |namespace: &str| {
            let mut message = world.catalogue.begin_message(&key).await.unwrap();
            message.linked_participant(upkeep(Job::ResolveNumbers), &site, namespace, &digests).await
        };
        assert_eq!(find("mrn").await, Ok(None));
        world.catalogue.link_numbers(&mandate(WriteAction::LinkNumbers), &links).await.unwrap();
        assert_eq!((find("mrn").await, find("other").await), (Ok(Some(person("P0"))), Ok(None)));
        let mut message = world.catalogue.begin_message(&key).await.unwrap();
        let wrong = message.linked_participant(upkeep(Job::Inventory), &site, "mrn", &digests).await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
    }

    async fn feeds_are_counted_over_all_runs(world: World) {
        let key = mandate(WriteAction::Ingest);
        let at = (IngestState::Ended, Timestamp::from_seconds(1_790_000_000));
        for (id, reason) in [("r1", "unknown-choice"), ("r2", "unknown-number")] {
            world.catalogue.begin_ingest_run(&key, &start(id)).await.unwrap();
            world.catalogue.end_ingest_run(&key, id, at, &result(reason), &[]).await.unwrap();
        }
        let feeds = world.catalogue.feeds(upkeep(Job::Inventory)).await.unwrap();
        let [feed] = feeds.as_slice() else { panic!("{feeds:?}") };
        assert_eq!((feed.runs, feed.received, feed.committed, feed.quarantined, feed.parts_refused, feed.ignored), (2, 10, 4, 2, 2, 6));
        let reasons = [("bad-value", 2), ("unknown-choice", 1), ("unknown-number", 1)];
        assert_eq!(feed.reasons, reasons.map(|(reason, count)| (reason.to_owned(), count)).into());
        assert_eq!(feed.kept, 0, "no unit is stored");
        assert_eq!(world.catalogue.feeds(upkeep(Job::FoldPolicy)).await, Err(CatalogueError::WrongKey));
    }

    async fn participants_are_registered_completely_or_not_at_all(world: World) {
        let new = |id: &str, sex: Sex| NewParticipant { participant: person(id), family: None, sex, site: None };
        let key = mandate(WriteAction::RegisterParticipants);
        let both = [new("N1", Sex::Female), new("N2", Sex::Unknown)];
        assert_eq!(world.catalogue.register_participants(&key, &both).await, Ok(2));
        assert_eq!(world.catalogue.register_participants(&key, &both).await, Ok(0), "again without effect");
        let contradicting = [new("N3", Sex::Male), new("N1", Sex::Male)];
        let refused = world.catalogue.register_participants(&key, &contradicting).await;
        assert_eq!(refused, Err(CatalogueError::Conflict { field: "sex" }));
        let known = world.catalogue.participant_ids(upkeep(Job::Inventory)).await.unwrap();
        assert!(known.contains(&person("N1")) && known.contains(&person("N2")) && !known.contains(&person("N3")));
        let wrong = world.catalogue.register_participants(&mandate(WriteAction::Load), &both).await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
    }

    async fn an_assertion_is_accepted_once_across_all_replicas(world: World) {
        let other = world.open_again().await;
        let key = upkeep(Job::RememberAssertions);
        let soon = Timestamp::from_seconds(4_000_000_000);
        let (a, b) = tokio::join!(world.catalogue.use_assertion(key, "d", soon), other.use_assertion(key, "d", soon));
        assert_eq!(usize::from(a.unwrap()) + usize::from(b.unwrap()), 1);
        assert_eq!(world.catalogue.use_assertion(key, "d", soon).await, Ok(false));
        assert_eq!(world.catalogue.use_assertion(key, "e", Timestamp::from_seconds(1)).await, Ok(true));
        assert_eq!(world.catalogue.use_assertion(key, "e", soon).await, Ok(true), "an expired assertion is deleted; its expiry time rejects it");
        other.close().await;
    }
}

/// The start of a run of hospital-a's REDCap project.
fn start(id: &str) -> IngestStart {
    IngestStart {
        id: id.into(),
        profile: "redcap".into(),
        mapping_version: "redcap 1".into(),
        dataset: dataset("rare-disease"),
        site: SiteId::parse("hospital-a").unwrap(),
        namespace: "redcap".into(),
        exported: Some(Timestamp::from_seconds(1_789_000_000)),
        began: Timestamp::from_seconds(1_790_000_000),
    }
}

/// The result of a run with one rejected unit and one rejected part of another unit.
fn result(reason: &str) -> IngestResult {
    let refused = |number, unit: &str, is_part, reason: &str| QuarantinedUnit {
        number,
        unit: unit.into(),
        is_part,
        reason: reason.into(),
        detail: "sex".into(),
        received_again_by: None,
    };
    let count = |kind: &str, name: &str, count| IngestCount {
        kind: kind.into(),
        name: name.into(),
        count,
    };
    IngestResult {
        received: 5,
        committed: 2,
        replaced: 1,
        unchanged: 1,
        duplicate: 0,
        superseded: 0,
        quarantined: vec![refused(2, "p1:unit", false, reason), refused(3, "k1:part", true, "bad-value")],
        ignored: 3,
        counts: vec![count("facts", "present", 4), count("left-out:free-text", "OBX", 1)],
    }
}
