use std::collections::BTreeSet;

use gemj_access::WriteAction;
use gemj_catalogue::{CatalogueError, FileOwner, ObjectStatus, OwnedSpecimen, RecordedSpecimen};
use gemj_model::fact::{CaseRecord, FactSource};
use gemj_model::{
    Allele, Assembly, CarrierObservation, Contig, DataKind, Fact, FactKind, FactStatus, FileFormat, ObjectId, OneBased, OntologyRelease,
    OntologyTerm, Ordinal, Origin, PartialDate, Provenance, ReleaseId, Sex, SpecimenId, SpecimenStatement, Zygosity,
};
use roaring::RoaringBitmap;

use crate::world::*;

fn fact(code: &str, status: FactStatus) -> Fact {
    Fact {
        kind: FactKind::Phenotype,
        code: code.into(),
        label: format!("label of {code}"),
        status,
        onset: Some("P1Y".into()),
        value: None,
        observed: PartialDate::parse("2020-02").ok(),
        details: Vec::new(),
    }
}

fn statement(id: &str, kind: &str, parent: Option<&str>) -> SpecimenStatement {
    SpecimenStatement {
        id: SpecimenId::parse(id).unwrap(),
        kind_code: kind.into(),
        kind_label: String::new(),
        collected: PartialDate::parse("2024-04").ok(),
        body_site: None,
        storage: None,
        parent: parent.map(|p| SpecimenId::parse(p).unwrap()),
        steps: Vec::new(),
    }
}

/// A case of the dataset `cancer`, with these facts and specimens of one participant.
fn case(participant: &str, content: &str, facts: Vec<Fact>, specimens: Vec<SpecimenStatement>) -> CaseRecord {
    CaseRecord {
        dataset: dataset("cancer"),
        participant: person(participant),
        family: None,
        sex: Sex::Female,
        born: PartialDate::parse("1980-06").ok(),
        age_at_last_encounter: Some("P40Y".into()),
        facts,
        carriers: Vec::new(),
        specimens,
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

async fn commit(world: &World, record: CaseRecord) {
    world.catalogue.commit_case(&mandate(WriteAction::Ingest), &record).await.unwrap();
}

async fn register(world: &World, object: gemj_catalogue::NewObject) {
    let registered = world.catalogue.register_object(&mandate(WriteAction::Load), &object, &[]).await;
    registered.unwrap();
}

fn everybody() -> RoaringBitmap {
    (0..1_000).collect()
}

fn reads(id: &str, in_dataset: &str, owner: &str) -> gemj_catalogue::NewObject {
    let mut object = object(id, in_dataset, vec![sample("r", Some(owner))]);
    object.format = FileFormat::Cram;
    object
}

/// A sample of a file whose sample sheet names no specimen.
fn without_specimen(owner: &str) -> gemj_catalogue::NewSample {
    gemj_catalogue::NewSample {
        specimen: None,
        ..sample("x", Some(owner))
    }
}

async fn owners(world: &World, datasets: &[&str], kind: DataKind) -> Vec<(String, u32, Option<String>)> {
    let grant = world.grant(datasets).await;
    let found = world
        .catalogue
        .file_owners(&grant, &dataset("cancer"), kind, &everybody())
        .await
        .unwrap();
    let plain = |owner: FileOwner| {
        (
            owner.object.to_string(),
            owner.ordinal.0,
            owner.specimen.map(|s| s.as_str().to_owned()),
        )
    };
    found.into_iter().map(plain).collect()
}

fn owner(object: &str, person: u32, specimen: Option<&str>) -> (String, u32, Option<String>) {
    (object.to_owned(), person, specimen.map(str::to_owned))
}

fn named(owned: &BTreeSet<OwnedSpecimen>) -> Vec<(u32, Option<&str>)> {
    owned
        .iter()
        .map(|o| (o.ordinal.0, o.specimen.as_ref().map(SpecimenId::as_str)))
        .collect()
}

contract! {
    async fn only_served_files_are_listed_with_the_participants_that_the_grant_opens(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1", "P2"]).await;
        register(&world, object("o1", "cancer", vec![sample("a", Some("P0")), sample("b", Some("P9")), sample("c", None), sample("d", Some("P1"))])).await;
        register(&world, object("o2", "cancer", vec![without_specimen("P2")])).await;
        register(&world, object("o3", "cancer", vec![sample("e", Some("P9"))])).await;
        register(&world, object("o4", "rare-disease", vec![sample("f", Some("P0"))])).await;
        register(&world, object("o5", "cancer", vec![sample("g", Some("P0"))])).await;
        register(&world, reads("o6", "cancer", "P0")).await;
        let judge = mandate(WriteAction::ChangeObjectStatus);
        world.catalogue.set_object_status(&judge, &id("o5"), ObjectStatus::Held, "odd").await.unwrap();
        let shown = vec![owner("o1", 0, Some("P0-a")), owner("o1", 1, Some("P1-d")), owner("o2", 2, None)];
        assert_eq!(owners(&world, &["cancer"], DataKind::Variants).await, shown);
        assert_eq!(owners(&world, &["cancer"], DataKind::Reads).await, [owner("o6", 0, Some("P0-r"))]);
        assert!(owners(&world, &["rare-disease"], DataKind::Variants).await.is_empty(), "a Grant for another dataset opens no file");
        let grant = world.grant(&["cancer"]).await;
        let one: RoaringBitmap = [1].into_iter().collect();
        let of_one = world.catalogue.file_owners(&grant, &dataset("cancer"), DataKind::Variants, &one).await.unwrap();
        assert_eq!(of_one.len(), 1);
        let ids = ["o6", "o5", "o4", "o3", "o2", "o1", "unknown"].map(id);
        let ids: Vec<&ObjectId> = ids.iter().collect();
        let files = world.catalogue.recorded_files(&grant, &dataset("cancer"), &ids).await.unwrap();
        let files: Vec<_> = files.iter().map(|f| (f.id.as_str(), f.owners.len(), f.joint, f.format)).collect();
        assert_eq!(files, [("o1", 2, true, FileFormat::Vcf), ("o2", 1, false, FileFormat::Vcf), ("o6", 1, false, FileFormat::Cram)]);
        append(&world.catalogue, &[withdrawn("P0")]).await;
        assert_eq!(owners(&world, &["cancer"], DataKind::Variants).await, shown[1..]);
        assert!(owners(&world, &["cancer"], DataKind::Reads).await.is_empty());
    }

    async fn a_grant_for_a_release_opens_only_the_files_of_the_release(world: World) {
        world.consent_all(&["P0"]).await;
        register(&world, object("o1", "cancer", vec![sample("a", Some("P0"))])).await;
        let view = world.watch().current().await.unwrap().view;
        let release = ReleaseId::parse("cancer-1").unwrap();
        let key = mandate(WriteAction::CreateRelease);
        world.catalogue.create_release(&key, &view, &release, &dataset("cancer"), "Cite this.", now()).await.unwrap();
        register(&world, object("o2", "cancer", vec![sample("b", Some("P0"))])).await;
        let bound = gemj_model::Approval { release: Some(release), datasets: vec![dataset("cancer")], ..approval("A-1", VISA) };
        world.catalogue.record_approval(&mandate(WriteAction::RecordApproval), &bound).await.unwrap();
        assert_eq!(owners(&world, &["cancer"], DataKind::Variants).await, [owner("o1", 0, Some("P0-a"))]);
        let grant = world.grant(&["cancer"]).await;
        let specimens = world.catalogue.owned_specimens(&grant, &dataset("cancer"), &everybody()).await.unwrap();
        assert_eq!(named(&specimens), [(0, Some("P0-a"))]);
        let files = world.catalogue.recorded_files(&grant, &dataset("cancer"), &[&id("o1"), &id("o2")]).await.unwrap();
        assert_eq!(files.len(), 1);
        let releases = world.catalogue.releases_of_dataset(&grant, &dataset("cancer")).await.unwrap();
        assert_eq!(releases.iter().map(|r| (r.id.as_str(), r.citation.as_str())).collect::<Vec<_>>(), [("cancer-1", "Cite this.")]);
        assert!(world.catalogue.releases_of_dataset(&grant, &dataset("rare-disease")).await.unwrap().is_empty());
    }

    async fn specimens_come_from_files_and_current_sources_and_can_have_no_id(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1", "P2", "P3", "P4"]).await;
        let allele = |participant: &str| CarrierObservation {
            participant: person(participant),
            assembly: Assembly::GRCh38,
            origin: Origin::Germline,
            allele: Allele::from_vcf(&Contig("chr7".into()), OneBased(10), "A", "T", None).unwrap(),
            zygosity: Some(Zygosity::Heterozygous),
            spelled: None,
            interpretations: Vec::new(),
            names: Vec::new(),
        };
        commit(&world, case("P0", "1", Vec::new(), vec![statement("old", "MIABIS:Blood", None)])).await;
        commit(&world, case("P0", "2", Vec::new(), vec![statement("blood", "MIABIS:Blood", None), statement("dna", "MIABIS:DNA", Some("blood"))])).await;
        commit(&world, CaseRecord { carriers: vec![allele("P1")], ..case("P1", "3", Vec::new(), Vec::new()) }).await;
        commit(&world, CaseRecord { carriers: vec![allele("P2")], ..case("P2", "4", Vec::new(), vec![statement("two", "", None)]) }).await;
        commit(&world, case("P3", "5", Vec::new(), Vec::new())).await;
        register(&world, object("o1", "cancer", vec![without_specimen("P2")])).await;
        register(&world, reads("o2", "cancer", "P0")).await;
        register(&world, object("o3", "cancer", vec![gemj_catalogue::NewSample { specimen: SpecimenId::parse("dna").ok(), ..sample("x", Some("P0")) }])).await;
        register(&world, object("o4", "rare-disease", vec![sample("elsewhere", Some("P4"))])).await;
        commit(&world, case("P9", "6", Vec::new(), vec![statement("hidden", "", None)])).await;
        let grant = world.grant(&["cancer"]).await;
        let owned = world.catalogue.owned_specimens(&grant, &dataset("cancer"), &everybody()).await.unwrap();
        let expected = [(0, Some("P0-r")), (0, Some("blood")), (0, Some("dna")), (1, None), (2, None), (2, Some("two"))];
        assert_eq!(named(&owned), expected);
        let recorded = world.catalogue.recorded_specimens(&grant, &dataset("cancer"), &everybody()).await.unwrap();
        assert!(recorded.iter().map(|r: &RecordedSpecimen| &r.owned).eq(&owned));
        let dna = &recorded[2];
        assert_eq!((dna.kind_code.as_deref(), dna.parent.as_ref().map(SpecimenId::as_str)), (Some("MIABIS:DNA"), Some("blood")));
        assert_eq!(dna.origins, BTreeSet::from([Origin::Germline]));
        assert_eq!((dna.born.is_some(), dna.collected.as_ref().map(PartialDate::as_str)), (true, Some("2024-04")));
        assert!(recorded[0].kind_code.is_none() && recorded[0].origins.is_empty(), "a reads file does not state the kind of its specimen");
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let grant = world.grant(&["cancer"]).await;
        let left = world.catalogue.owned_specimens(&grant, &dataset("cancer"), &everybody()).await.unwrap();
        assert_eq!(named(&left), expected[3..]);
    }

    async fn participants_are_returned_with_the_statements_of_current_sources(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        commit(&world, case("P0", "1", vec![fact("HP:1", FactStatus::Present)], Vec::new())).await;
        commit(&world, case("P0", "2", vec![fact("HP:2", FactStatus::Present), fact("HP:3", FactStatus::Excluded)], Vec::new())).await;
        commit(&world, case("P2", "3", vec![fact("HP:4", FactStatus::Present)], Vec::new())).await;
        commit(&world, CaseRecord { dataset: dataset("rare-disease"), ..case("P0", "4", vec![fact("HP:5", FactStatus::Present)], Vec::new()) }).await;
        let grant = world.grant(&["cancer"]).await;
        let people = world.catalogue.recorded_people(&grant, &dataset("cancer"), &everybody()).await.unwrap();
        assert_eq!(people.len(), 1, "P1 is not a member, P2 has not consented");
        let person = &people[0];
        assert_eq!((person.ordinal, person.sex, &person.ages[..]), (Ordinal(0), Sex::Female, &["P40Y".to_owned()][..]));
        assert_eq!(person.facts, [fact("HP:2", FactStatus::Present), fact("HP:3", FactStatus::Excluded)]);
        assert!(!format!("{person:?}").contains("HP:2"));
        assert!(world.catalogue.recorded_people(&grant, &dataset("rare-disease"), &everybody()).await.unwrap().is_empty());
    }

    async fn a_code_maps_to_the_current_term_and_a_split_code_to_none(world: World) {
        let term = |id: &str, alternative: &[&str]| OntologyTerm {
            id: id.into(),
            label: format!("label of {id}"),
            parents: Vec::new(),
            alternative_ids: alternative.iter().map(|a| (*a).into()).collect(),
            obsolete: false,
            replaced_by: None,
        };
        let release = OntologyRelease { prefix: "HP".into(), version: "1".into(), terms: vec![term("HP:1", &["HP:10", "HP:12"]), term("HP:2", &["HP:12"])] };
        world.catalogue.load_ontology(&mandate(WriteAction::LoadOntology), &release).await.unwrap();
        let terms = world.catalogue.terms_in_use(&BTreeSet::from(["HP:1", "HP:10", "HP:12", "HP:9", "a\0b"])).await.unwrap();
        let mut meant: Vec<_> = terms.iter().map(|(code, term)| (code.as_str(), term.id.as_str(), term.label.as_str())).collect();
        meant.sort_unstable();
        assert_eq!(meant, [("HP:1", "HP:1", "label of HP:1"), ("HP:10", "HP:1", "label of HP:1")]);
    }

    async fn the_origin_in_a_header_is_stored_once_and_only_for_registered_files(world: World) {
        world.approve().await;
        world.consent_all(&["P0"]).await;
        register(&world, reads("o1", "cancer", "P0")).await;
        let load = mandate(WriteAction::Load);
        let stated = Provenance {
            made: PartialDate::parse("2024-05-01").ok(),
            platform: Some("Illumina".into()),
            platform_model: None,
            aligner: Some("bwa 0.7.17".into()),
            variant_caller: None,
        };
        assert_eq!(world.catalogue.keep_provenance(&load, &id("o1"), &Provenance::default()).await, Ok(false));
        assert_eq!(world.catalogue.keep_provenance(&load, &id("o1"), &stated).await, Ok(true));
        let before = world.catalogue.state().await.unwrap();
        let other = Provenance { platform: Some("PacBio".into()), ..stated.clone() };
        assert_eq!(world.catalogue.keep_provenance(&load, &id("o1"), &other).await, Ok(false), "a file's bytes never change");
        assert_eq!(world.catalogue.keep_provenance(&load, &id("o9"), &stated).await, Err(CatalogueError::NotFound { what: "file" }));
        let long = Provenance { aligner: Some("x".repeat(65)), ..stated.clone() };
        assert_eq!(world.catalogue.keep_provenance(&load, &id("o1"), &long).await, Err(CatalogueError::Invalid { field: "provenance" }));
        let judge = mandate(WriteAction::ChangeObjectStatus);
        assert_eq!(world.catalogue.keep_provenance(&judge, &id("o1"), &stated).await, Err(CatalogueError::WrongKey));
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        let grant = world.grant(&["cancer"]).await;
        let files = world.catalogue.recorded_files(&grant, &dataset("cancer"), &[&id("o1")]).await.unwrap();
        assert_eq!(files[0].provenance, stated);
    }
}
