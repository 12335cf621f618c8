use gemj_access::{Job, WriteAction};
use gemj_catalogue::{Catalogue, CatalogueError, CatalogueSink};
use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError};
use gemj_model::{
    Allele, Assembly, CarrierObservation, Contig, Fact, FactKind, FactSink as _, FactStatus, OneBased, Origin, ParticipantId, Sex, Zygosity,
};

use crate::world::*;

fn case(participant: &str, content: &str, facts: &[(&str, FactStatus)]) -> CaseRecord {
    CaseRecord {
        dataset: dataset("rare-disease"),
        participant: person(participant),
        family: None,
        sex: Sex::Unknown,
        born: None,
        age_at_last_encounter: None,
        facts: facts
            .iter()
            .map(|(code, status)| Fact {
                kind: if code.starts_with("HP:") {
                    FactKind::Phenotype
                } else {
                    FactKind::Disease
                },
                code: (*code).into(),
                label: String::new(),
                status: *status,
                onset: Some("P3Y".into()),
                value: None,
                observed: None,
                details: Vec::new(),
            })
            .collect(),
        carriers: vec![CarrierObservation {
            participant: person(participant),
            assembly: Assembly::GRCh38,
            origin: Origin::Germline,
            allele: Allele::from_vcf(&Contig("chr7".into()), OneBased(100), "A", "T", None).unwrap(),
            zygosity: Some(Zygosity::Heterozygous),
            spelled: None,
            interpretations: Vec::new(),
            names: Vec::new(),
        }],
        specimens: Vec::new(),
        source: FactSource {
            site: None,
            profile: "phenopacket".into(),
            unit: String::new(),
            earlier_unit: None,
            version: String::new(),
            sha256: format!("{content:0>64}"),
            mapping_version: "1".into(),
        },
    }
}

async fn commit(catalogue: &Catalogue, record: &CaseRecord) -> Result<Committed, CatalogueError> {
    catalogue.commit_case(&mandate(WriteAction::Ingest), record).await
}

async fn matching(world: &World, groups: &[&[&str]]) -> Vec<u32> {
    let grant = world.grant(&["rare-disease"]).await;
    let groups: Vec<Vec<String>> = groups.iter().map(|g| g.iter().map(|c| (*c).to_owned()).collect()).collect();
    let found = world
        .catalogue
        .matching_participants(&grant, &dataset("rare-disease"), &groups)
        .await
        .unwrap();
    found.iter().collect()
}

use FactStatus::{Excluded, Present};

contract! {
    async fn groups_of_codes_are_combined_with_and_and_the_codes_of_a_group_with_or(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1", "P2", "P3"]).await;
        commit(&world.catalogue, &case("P0", "a", &[("HP:1", Present), ("HP:2", Present), ("OMIM:1", Present)])).await.unwrap();
        commit(&world.catalogue, &case("P1", "b", &[("HP:1", Present), ("HP:2", Excluded)])).await.unwrap();
        commit(&world.catalogue, &case("P2", "c", &[("HP:3", Present)])).await.unwrap();
        commit(&world.catalogue, &case("P-without-consent", "d", &[("HP:1", Present)])).await.unwrap();
        assert_eq!(matching(&world, &[&["HP:1"]]).await, [0, 1]);
        assert_eq!(matching(&world, &[&["HP:1", "HP:3"]]).await, [0, 1, 2]);
        assert_eq!(matching(&world, &[&["HP:1"], &["HP:2"]]).await, [0], "an excluded fact does not match");
        assert_eq!(matching(&world, &[&["HP:1"], &["OMIM:1"]]).await, [0]);
        assert_eq!(matching(&world, &[]).await, [0, 1, 2], "P3 is in no dataset");
        assert!(matching(&world, &[&[]]).await.is_empty());
        assert!(matching(&world, &[&["HP:9\0"]]).await.is_empty());
        let many: Vec<String> = (0..5_000).map(|n| format!("HP:{n}")).collect();
        let grant = world.grant(&["rare-disease"]).await;
        let found = world.catalogue.matching_participants(&grant, &dataset("rare-disease"), &[many]).await.unwrap();
        assert_eq!(found.len(), 3);
        let elsewhere = world.catalogue.matching_participants(&grant, &dataset("cancer"), &[]).await.unwrap();
        assert!(elsewhere.is_empty(), "no right of one dataset applies to another");
    }

    async fn participants_are_found_by_sex_within_the_grant(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        for (participant, sex) in [("P0", Sex::Female), ("P1", Sex::Male), ("P2", Sex::Female)] {
            commit(&world.catalogue, &CaseRecord { sex, ..case(participant, participant, &[]) }).await.unwrap();
        }
        let grant = world.grant(&["rare-disease"]).await;
        let by = async |sexes: &[Sex]| {
            let found = world.catalogue.participants_by_sex(&grant, &dataset("rare-disease"), sexes).await.unwrap();
            found.iter().collect::<Vec<_>>()
        };
        assert_eq!(by(&[Sex::Female]).await, [0]);
        assert_eq!(by(&[Sex::Female, Sex::Male]).await, [0, 1]);
        assert!(by(&[]).await.is_empty());
    }

    async fn a_repeated_case_is_a_duplicate_and_different_content_replaces_it(world: World) {
        world.approve().await;
        world.consent_all(&["P0"]).await;
        let first = case("P0", "a", &[("HP:1", Present)]);
        assert_eq!(commit(&world.catalogue, &first).await, Ok(Committed::New));
        let before = world.catalogue.state().await.unwrap();
        assert_eq!(commit(&world.catalogue, &first).await, Ok(Committed::Duplicate));
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        let pending = world.catalogue.pending_observations(upkeep(Job::BuildSegments), 10).await.unwrap();
        assert_eq!(pending.len(), 1);
        assert_eq!(pending[0].allele, first.carriers[0].allele);
        let ingest = mandate(WriteAction::Ingest);
        let generation = world.catalogue.commit_observation_segments(&ingest, &[segment("g1", "rare-disease")], &[pending[0].id]).await.unwrap();
        assert_eq!(generation, before.generation + 1);
        assert!(world.catalogue.pending_observations(upkeep(Job::BuildSegments), 10).await.unwrap().is_empty());

        assert_eq!(commit(&world.catalogue, &case("P0", "b", &[("HP:2", Present)])).await, Ok(Committed::Replaced));
        assert!(matching(&world, &[&["HP:1"]]).await.is_empty());
        assert_eq!(matching(&world, &[&["HP:2"]]).await, [0]);
        let manifest = world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap();
        assert!(manifest.generation > generation);
        assert_eq!(manifest.retired_sources.iter().collect::<Vec<_>>(), [&pending[0].source]);
        let waiting = world.catalogue.pending_observations(upkeep(Job::BuildSegments), 10).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_ne!(waiting[0].source, pending[0].source);

        assert_eq!(commit(&world.catalogue, &first).await, Ok(Committed::Replaced), "earlier content that returns is a correction");
        assert_eq!(matching(&world, &[&["HP:1"]]).await, [0]);
        let stale = world.catalogue.commit_observation_segments(&ingest, &[segment("g2", "rare-disease")], &[waiting[0].id]).await;
        assert_eq!(stale, Err(CatalogueError::Conflict { field: "observations" }), "its source was retired in between");
        assert_eq!(world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap().segments.len(), 1);
    }

    async fn two_profiles_of_one_participant_are_stored_side_by_side(world: World) {
        world.approve().await;
        world.consent_all(&["P0"]).await;
        commit(&world.catalogue, &case("P0", "a", &[("HP:1", Present)])).await.unwrap();
        let mut other = case("P0", "b", &[("HP:2", Present)]);
        other.source.profile = "sheet".into();
        commit(&world.catalogue, &other).await.unwrap();
        assert_eq!(matching(&world, &[&["HP:1"], &["HP:2"]]).await, [0]);
    }

    async fn a_contradicting_case_writes_nothing(world: World) {
        commit(&world.catalogue, &CaseRecord { sex: Sex::Male, ..case("P0", "a", &[("HP:1", Present)]) }).await.unwrap();
        let before = world.catalogue.state().await.unwrap();
        let conflict = |field| Err(CatalogueError::Conflict { field });
        let mut other_sex = CaseRecord { sex: Sex::Female, ..case("P0", "b", &[("HP:2", Present)]) };
        other_sex.source.profile = "sheet".into();
        assert_eq!(commit(&world.catalogue, &other_sex).await, conflict("sex"));
        let mut other_person = case("P1", "c", &[]);
        other_person.carriers[0].participant = ParticipantId::parse("P2").unwrap();
        assert_eq!(commit(&world.catalogue, &other_person).await, conflict("carriers"));
        let nul = case("P3", "d", &[("HP:\0", Present)]);
        assert_eq!(commit(&world.catalogue, &nul).await, Err(CatalogueError::Invalid { field: "code" }));
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        let pending = world.catalogue.pending_observations(upkeep(Job::BuildSegments), 10).await.unwrap();
        assert_eq!(pending.len(), 1);
    }

    async fn the_sink_commits_from_synchronous_code(world: World) {
        let mut sink = CatalogueSink::new(world.catalogue.clone(), mandate(WriteAction::Ingest), tokio::runtime::Handle::current());
        let outcomes = tokio::task::spawn_blocking(move || {
            let male = CaseRecord { sex: Sex::Male, ..case("P0", "a", &[]) };
            let mut female = CaseRecord { sex: Sex::Female, ..case("P0", "b", &[]) };
            female.source.profile = "sheet".into();
            [sink.commit(male.clone()), sink.commit(male), sink.commit(female)]
        }).await.unwrap();
        assert_eq!(outcomes, [Ok(Committed::New), Ok(Committed::Duplicate), Err(SinkError::Conflict { field: "sex" })]);
    }

    async fn a_refused_case_leaves_nothing_and_the_other_cases_of_its_batch_stay(world: World) {
        let male = CaseRecord { sex: Sex::Male, ..case("P0", "a", &[]) };
        let mut female = CaseRecord { sex: Sex::Female, ..case("P0", "b", &[("HP:1", Present)]) };
        female.source.profile = "sheet".into();
        let other = case("P1", "c", &[("HP:2", Present)]);
        let cases = [male.clone(), female.clone(), other.clone()];
        let mut sink = CatalogueSink::new(world.catalogue.clone(), mandate(WriteAction::Ingest), tokio::runtime::Handle::current());
        let (outcomes, kept) = tokio::task::spawn_blocking(move || (cases.map(|case| sink.commit(case)), sink.flush())).await.unwrap();
        assert_eq!(outcomes, [Ok(Committed::New), Err(SinkError::Conflict { field: "sex" }), Ok(Committed::New)]);
        assert_eq!(kept, Ok(()));
        assert_eq!(commit(&world.catalogue, &male).await, Ok(Committed::Duplicate));
        assert_eq!(commit(&world.catalogue, &female).await, Err(CatalogueError::Conflict { field: "sex" }));
        assert_eq!(commit(&world.catalogue, &other).await, Ok(Committed::Duplicate));
    }

    async fn a_batch_is_committed_without_a_further_call_so_that_other_writes_do_not_wait(world: World) {
        let first = case("P0", "a", &[("HP:1", Present)]);
        let taken = first.clone();
        let mut sink = CatalogueSink::new(world.catalogue.clone(), mandate(WriteAction::Ingest), tokio::runtime::Handle::current());
        let (sink, outcome) = tokio::task::spawn_blocking(move || { let outcome = sink.commit(taken); (sink, outcome) }).await.unwrap();
        assert_eq!(outcome, Ok(Committed::New));
        // The sink is kept, as if its feed had no further case yet. This write waits for the batch.
        assert_eq!(commit(&world.catalogue, &case("P1", "b", &[])).await, Ok(Committed::New));
        assert_eq!(commit(&world.catalogue, &first).await, Ok(Committed::Duplicate));
        drop(sink);
    }

    async fn cases_that_cannot_be_committed_are_reported_at_the_flush_and_nothing_follows_them(world: World) {
        let (first, second) = (case("P0", "a", &[("HP:1", Present)]), case("P1", "b", &[]));
        let taken = [first.clone(), second.clone()];
        // The run has not begun, so the count of the batch fails.
        let sink = CatalogueSink::new(world.catalogue.clone(), mandate(WriteAction::Ingest), tokio::runtime::Handle::current());
        let mut sink = sink.counting_in("no such run");
        let outcomes = tokio::task::spawn_blocking(move || {
            let [first, second] = taken;
            (sink.commit(first), sink.flush(), sink.commit(second), sink.flush())
        }).await.unwrap();
        assert_eq!(outcomes, (Ok(Committed::New), Err(SinkError::Store), Err(SinkError::Store), Err(SinkError::Store)));
        assert_eq!(commit(&world.catalogue, &first).await, Ok(Committed::New));
        assert_eq!(commit(&world.catalogue, &second).await, Ok(Committed::New));
    }
}
