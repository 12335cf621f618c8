use gemj_access::{
    AccessRequest, Action, Caller, DecisionId, Grant, LocatedPatient, Policy, Resource, Role, RoleKind, WriteAction, decide,
};
use gemj_catalogue::{CatalogueError, NewParticipant, NewSample};
use gemj_model::fact::{CaseRecord, Committed, FactSource};
use gemj_model::{
    Allele, Assembly, CarrierObservation, Clause, ConsentKind, Contig, Fact, FactKind, FactStatus, FileFormat, OneBased, Ordinal, Origin,
    Sex, SiteId, Timestamp, Zygosity,
};

use crate::world::*;

fn of_hospital(name: &str, participant: &str) -> NewSample {
    NewSample {
        site: SiteId::parse("hospital-a").ok(),
        ..sample(name, Some(participant))
    }
}

/// A Grant of hospital-a for one patient, or for all patients of hospital-a if `patient` is absent.
async fn grant(world: &World, action: Action, patient: Option<Ordinal>) -> Option<Grant> {
    let view = world.watch().current().await.unwrap().view;
    let caller = Caller {
        pseudonym: "system of hospital-a".into(),
        roles: vec![Role {
            kind: RoleKind::HospitalSystem,
            scope: Some("hospital-a".into()),
        }],
        not_after: Some(now().plus_seconds(300)),
        ..Caller::default()
    };
    let located = patient.map(|participant| LocatedPatient {
        participant,
        site: SiteId::parse("hospital-a").ok(),
    });
    let policies = ["cancer", "rare-disease"].map(|id| gemj_fixtures::dataset_policy(dataset(id).as_str()));
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &caller,
        action,
        resource: located.as_ref().map_or(Resource::OwnPatients, |p| Resource::Patient(Some(p))),
        declared: None,
        now: now(),
    };
    decide(&question, &Policy::new(policies.to_vec(), Vec::new(), 10), &view).ok()
}

fn fact(kind: FactKind, code: &str, label: &str, status: FactStatus) -> Fact {
    Fact {
        kind,
        code: code.into(),
        label: label.into(),
        status,
        onset: None,
        value: None,
        observed: None,
        details: Vec::new(),
    }
}

fn case(participant: &str, content: &str, alleles: &[(u64, &str, &str)], facts: Vec<Fact>) -> CaseRecord {
    let carriers = alleles.iter().map(|(position, reference, alternate)| CarrierObservation {
        participant: person(participant),
        assembly: Assembly::GRCh38,
        origin: Origin::Germline,
        allele: Allele::from_vcf(&Contig("chr7".into()), OneBased(*position), reference, alternate, None).unwrap(),
        zygosity: Some(Zygosity::Heterozygous),
        spelled: None,
        interpretations: Vec::new(),
        names: Vec::new(),
    });
    CaseRecord {
        dataset: dataset("rare-disease"),
        participant: person(participant),
        family: None,
        sex: Sex::Unknown,
        born: None,
        age_at_last_encounter: None,
        facts,
        carriers: carriers.collect(),
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

contract! {
    async fn a_patients_single_sample_files_are_listed_before_joint_files_within_the_grant(world: World) {
        let load = mandate(WriteAction::Load);
        let (one, two) = (of_hospital("s1", "P1"), of_hospital("s2", "P2"));
        let mut old = object("old", "cancer", vec![one.clone()]);
        old.created = Timestamp(5);
        let mut reads = object("reads", "cancer", vec![one.clone()]);
        reads.format = FileFormat::Bam;
        for new in [
            object("joint", "cancer", vec![two.clone(), one.clone(), sample("s0", None)]),
            old,
            reads,
            object("new", "rare-disease", vec![one]),
            object("others", "cancer", vec![two]),
        ] {
            world.catalogue.register_object(&load, &new, &[]).await.unwrap();
        }
        world.consent_all(&["P1"]).await;
        let patient = Ordinal(1);
        let of_patient = grant(&world, Action::ReadGenomicFindings, Some(patient)).await.unwrap();
        let objects = world.catalogue.variant_objects_of_patient(&of_patient).await.unwrap();
        assert_eq!(objects.iter().map(|o| o.id.as_str()).collect::<Vec<_>>(), ["new", "old", "joint"]);
        let columns: Vec<_> = objects[2].samples.iter().map(|s| (s.sample.as_str(), s.participant)).collect();
        assert_eq!(columns, [("s2", Some(Ordinal(0))), ("s1", Some(patient)), ("s0", None)]);
        assert!(grant(&world, Action::ReadGenomicFindings, Some(Ordinal(0))).await.is_none(), "P2 has not consented");
        let kind = ConsentKind::WithdrawnPartial;
        append(&world.catalogue, &[event("P1", kind, [Clause::ReturnFindings].into_iter().collect(), now())]).await;
        assert!(grant(&world, Action::ReadGenomicFindings, Some(patient)).await.is_none(), "the consent to the return of findings is withdrawn");
    }

    async fn reported_alleles_and_diseases_come_from_current_case_reports(world: World) {
        let present = |code: &str, label: &str| fact(FactKind::Disease, code, label, FactStatus::Present);
        let first = case("P1", "1", &[(100, "A", "T"), (50, "CAG", "C")], vec![present("MONDO:1", "old name")]);
        let second = case("P1", "2", &[(100, "A", "T"), (90, "G", "GA")], vec![
            present("MONDO:2", "b"),
            present("MONDO:1", "a"),
            fact(FactKind::Disease, "MONDO:3", "excluded", FactStatus::Excluded),
            fact(FactKind::Disease, "MONDO:4", "suspected", FactStatus::Suspected),
            fact(FactKind::Phenotype, "HP:0000001", "phenotype", FactStatus::Present),
        ]);
        let ingest = mandate(WriteAction::Ingest);
        // The hospital of a participant comes from the enrolment, never from a case.
        let of_hospital = ["P1", "P2"].map(|id| NewParticipant {
            participant: person(id),
            family: None,
            sex: Sex::Unknown,
            site: SiteId::parse("hospital-a").ok(),
        });
        world.catalogue.register_participants(&mandate(WriteAction::RegisterParticipants), &of_hospital).await.unwrap();
        assert_eq!(world.catalogue.commit_case(&ingest, &first).await, Ok(Committed::New));
        assert_eq!(world.catalogue.commit_case(&ingest, &case("P2", "3", &[(7, "A", "C")], vec![present("MONDO:9", "")])).await, Ok(Committed::New));
        assert_eq!(world.catalogue.commit_case(&ingest, &second).await, Ok(Committed::Replaced));
        let mut by_other = case("P1", "4", &[(100, "A", "T")], vec![present("MONDO:1", "a")]);
        by_other.source.profile = "edc".into();
        assert_eq!(world.catalogue.commit_case(&ingest, &by_other).await, Ok(Committed::New));
        world.consent_all(&["P1", "P2"]).await;
        let of_patient = grant(&world, Action::ReadGenomicFindings, Some(Ordinal(0))).await.unwrap();
        let alleles = world.catalogue.reported_alleles(&of_patient).await.unwrap();
        let told: Vec<_> = alleles.iter().map(|a| (a.contig.as_str(), a.start_0.0, a.reference.as_str(), a.alternate.as_str())).collect();
        assert_eq!(told, [("7", 90, "", "A"), ("7", 99, "A", "T"), ("7", 99, "A", "T")]);
        assert!(alleles.iter().all(|a| a.dataset == dataset("rare-disease") && a.assembly == Assembly::GRCh38 && a.recorded > Timestamp(0)));
        assert!(alleles.iter().all(|a| (a.origin, a.zygosity) == (Origin::Germline, Some(Zygosity::Heterozygous))));
        let diseases = world.catalogue.patient_diseases(&of_patient).await.unwrap();
        assert_eq!(diseases, [("MONDO:1".to_owned(), "a".to_owned()), ("MONDO:2".to_owned(), "b".to_owned())]);
    }

    async fn a_grant_of_another_action_or_of_many_patients_is_rejected(world: World) {
        let load = mandate(WriteAction::Load);
        let both = object("o1", "cancer", vec![of_hospital("s1", "P1"), of_hospital("s2", "P2")]);
        world.catalogue.register_object(&load, &both, &[]).await.unwrap();
        world.consent_all(&["P1", "P2"]).await;
        for (action, patient) in [
            (Action::ReadGenomicFindings, None),
            (Action::ReadClinicalRecord, Some(Ordinal(0))),
            (Action::ReadPatient, Some(Ordinal(0))),
        ] {
            let wrong = grant(&world, action, patient).await.unwrap();
            assert_eq!(world.catalogue.variant_objects_of_patient(&wrong).await, Err(CatalogueError::WrongKey), "{action:?}");
            assert_eq!(world.catalogue.reported_alleles(&wrong).await, Err(CatalogueError::WrongKey), "{action:?}");
            assert_eq!(world.catalogue.patient_diseases(&wrong).await, Err(CatalogueError::WrongKey), "{action:?}");
        }
    }
}
