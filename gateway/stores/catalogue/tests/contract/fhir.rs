use std::collections::HashMap;

use gemj_access::{
    AccessRequest, Action, Caller, DecisionId, Grant, LocatedPatient, Mandate, Policy, Resource, Role, RoleKind, WriteAction, WriteRequest,
    WriteResource, decide, permit,
};
use gemj_catalogue::{CatalogueError, ConsentStatement, FhirType, NewFhirResource};
use gemj_model::{Clause, ClauseSet, ConsentKind, DatasetPolicy, Ground, SiteId, Timestamp};

use crate::world::*;

const NOW: Timestamp = Timestamp(1_790_000_000_000_000);

fn hospital(site: &str) -> Caller {
    Caller {
        pseudonym: format!("system of {site}"),
        roles: vec![Role {
            kind: RoleKind::HospitalSystem,
            scope: Some(site.into()),
        }],
        not_after: Some(NOW.plus_seconds(300)),
        ..Caller::default()
    }
}

fn policy() -> Policy {
    let open = DatasetPolicy {
        id: dataset("cancer"),
        ..gemj_fixtures::dataset_policy("dataset")
    };
    Policy::new(vec![open], Vec::new(), 10)
}

/// Registers three participants: P0 and P1 at hospital-a, P2 at hospital-b. All three have consented to every clause.
async fn enrol(world: &World) -> HashMap<&'static str, LocatedPatient> {
    let load = mandate(WriteAction::Load);
    let mut people = HashMap::new();
    for (person, site) in [("P0", "hospital-a"), ("P1", "hospital-a"), ("P2", "hospital-b")] {
        let mut new = sample(person, Some(person));
        new.site = Some(SiteId::parse(site).unwrap());
        let ordinals = world
            .catalogue
            .ensure_participants(&load, &[new], &dataset("cancer"))
            .await
            .unwrap();
        let located = LocatedPatient {
            participant: ordinals[0].unwrap(),
            site: SiteId::parse(site).ok(),
        };
        people.insert(person, located);
    }
    world.consent_all(&["P0", "P1", "P2"]).await;
    people
}

async fn grant(world: &World, site: &str, action: Action, patient: Option<&LocatedPatient>) -> Option<Grant> {
    let view = world.watch().current().await.unwrap().view;
    let caller = hospital(site);
    let resource = patient.map_or(Resource::OwnPatients, |p| Resource::Patient(Some(p)));
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &caller,
        action,
        resource,
        declared: None,
        now: NOW,
    };
    decide(&question, &policy(), &view).ok()
}

async fn key(world: &World, site: &str, action: WriteAction, patient: &LocatedPatient) -> Option<Mandate> {
    let view = world.watch().current().await.unwrap().view;
    let caller = hospital(site);
    let question = WriteRequest {
        decision: DecisionId(2),
        caller: &caller,
        action,
        resource: WriteResource::Patient(Some(patient)),
        declared: None,
        now: NOW,
    };
    permit(&question, &policy(), &view).ok()
}

fn observation<'a>(id: &'a str, patient: &'a LocatedPatient, tokens: &'a [(&'static str, String)]) -> NewFhirResource<'a> {
    NewFhirResource {
        kind: FhirType::Observation,
        id,
        participant: patient.participant,
        site: patient.site.as_ref().unwrap(),
        body: "{\"resourceType\":\"Observation\", \"valueQuantity\":{\"value\":1.10}}",
        tokens,
        updated: NOW,
    }
}

contract! {
    async fn a_resource_is_stored_as_received_and_read_only_by_its_own_hospital(world: World) {
        let people = enrol(&world).await;
        let write = key(&world, "hospital-a", WriteAction::WriteFhir, &people["P0"]).await.unwrap();
        let tokens = [("identifier", "d1".to_owned()), ("identifier", "d1".to_owned())];
        let new = observation("o1", &people["P0"], &tokens);
        world.catalogue.create_fhir_resource(&write, &new).await.unwrap();
        assert_eq!(world.catalogue.create_fhir_resource(&write, &new).await, Err(CatalogueError::Conflict { field: "id" }));
        let other = observation("o2", &people["P1"], &[]);
        assert_eq!(world.catalogue.create_fhir_resource(&write, &other).await, Err(CatalogueError::WrongKey), "a mandate is for one patient");

        let located = world.catalogue.locate_fhir_resource(FhirType::Observation, "o1").await.unwrap();
        assert_eq!(located.as_ref(), Some(&people["P0"]));
        assert_eq!(world.catalogue.locate_fhir_resource(FhirType::Specimen, "o1").await, Ok(None));
        let own = grant(&world, "hospital-a", Action::ReadClinicalRecord, located.as_ref()).await.unwrap();
        let read = world.catalogue.fhir_resource(&own, FhirType::Observation, "o1").await.unwrap().unwrap();
        assert_eq!((read.body.as_str(), read.version), (new.body, 1));
        assert!(grant(&world, "hospital-b", Action::ReadClinicalRecord, located.as_ref()).await.is_none());
        let others = grant(&world, "hospital-b", Action::ReadClinicalRecord, None).await.unwrap();
        assert_eq!(world.catalogue.fhir_resource(&others, FhirType::Observation, "o1").await, Ok(None));
        let wrong = grant(&world, "hospital-a", Action::ReadPatient, None).await.unwrap();
        assert_eq!(world.catalogue.fhir_resource(&wrong, FhirType::Observation, "o1").await, Err(CatalogueError::WrongKey));
    }

    async fn a_search_pages_through_the_hospitals_patients_and_matches_tokens(world: World) {
        let people = enrol(&world).await;
        for (id, person, token) in [("a", "P0", "x"), ("b", "P1", "y"), ("c", "P0", "x"), ("d", "P2", "x")] {
            let site = people[person].site.clone().unwrap();
            let write = key(&world, site.as_str(), WriteAction::WriteFhir, &people[person]).await.unwrap();
            let tokens = [("identifier", token.to_owned())];
            world.catalogue.create_fhir_resource(&write, &observation(id, &people[person], &tokens)).await.unwrap();
        }
        let own = grant(&world, "hospital-a", Action::ReadClinicalRecord, None).await.unwrap();
        let ids = async |grant: &Grant, token: Option<&str>, after: &str, limit| {
            let digests: Vec<String> = token.map(str::to_owned).into_iter().collect();
            let tokens = token.map(|_| ("identifier", digests.as_slice()));
            let found = world.catalogue.fhir_resources(grant, FhirType::Observation, tokens, after, limit).await.unwrap();
            found.into_iter().map(|r| r.id).collect::<Vec<_>>().join("")
        };
        assert_eq!((ids(&own, None, "", 2).await.as_str(), ids(&own, None, "b", 2).await.as_str()), ("ab", "c"));
        assert_eq!((ids(&own, Some("x"), "", 9).await.as_str(), ids(&own, Some("z"), "", 9).await.as_str()), ("ac", ""));
        let one = grant(&world, "hospital-a", Action::ReadClinicalRecord, Some(&people["P1"])).await.unwrap();
        assert_eq!(ids(&one, None, "", 9).await, "b");
    }

    async fn a_consent_document_and_its_withdrawal_are_stored_in_one_transaction(world: World) {
        let people = enrol(&world).await;
        let patient = &people["P0"];
        let write = key(&world, "hospital-a", WriteAction::RecordConsent, patient).await.unwrap();
        let withdrawn = ConsentStatement { kind: ConsentKind::Withdrawn, form: None, clauses: ClauseSet::EMPTY, effective: NOW, ground: Ground::Consent, corrects: None };
        let new = NewFhirResource { kind: FhirType::Consent, ..observation("c1", patient, &[]) };
        world.catalogue.create_fhir_consent(&write, &new, vec![withdrawn.clone()], NOW).await.unwrap();
        let view = world.watch().current().await.unwrap().view;
        assert!(!view.holding(Clause::StudyUse).contains(patient.participant.0));
        assert!(grant(&world, "hospital-a", Action::ReadClinicalRecord, Some(patient)).await.is_none(), "no clinical record stays open");
        let still = grant(&world, "hospital-a", Action::ReadPatient, Some(patient)).await.unwrap();
        assert!(world.catalogue.fhir_resource(&still, FhirType::Consent, "c1").await.unwrap().is_some());
        let epoch = world.catalogue.state().await.unwrap().epoch;
        let again = world.catalogue.create_fhir_consent(&write, &new, vec![withdrawn.clone()], NOW).await;
        assert_eq!(again, Err(CatalogueError::Conflict { field: "id" }));
        assert_eq!(world.catalogue.state().await.unwrap().epoch, epoch, "neither document nor event is stored alone");
        let other = world.catalogue.append_patient_consent(&write, people["P1"].participant, withdrawn, NOW).await;
        assert_eq!(other, Err(CatalogueError::WrongKey));
    }
}
