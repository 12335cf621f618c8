use gemj_access::{
    AccessRequest, Action, Caller, ConsentView, ControlledAccess, DecisionId, Grant, Mandate, Policy, Resource, Role, RoleKind,
    WriteAction, WriteRequest, WriteResource, decide, permit,
};
use gemj_catalogue::{
    CatalogueError, NewRecontact, NewSample, RecontactAnswer, RecontactReason, RecontactRequestState, RecontactTaskState, RecontactVerdict,
};
use gemj_model::{Allele, Assembly, Contig, DatasetPolicy, Ordinal, SiteId, Timestamp, ZeroBased};

use crate::world::*;

fn caller(name: &str, roles: Vec<Role>) -> Caller {
    let later = now().plus_seconds(3600);
    Caller {
        pseudonym: name.into(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: VISA.into(),
            jti: None,
            not_after: later,
        }],
        roles,
        not_after: Some(later),
        ..Caller::default()
    }
}

fn role(kind: RoleKind, scope: Option<&str>) -> Vec<Role> {
    vec![Role {
        kind,
        scope: scope.map(str::to_owned),
    }]
}

fn policy() -> Policy {
    let dataset = DatasetPolicy {
        id: dataset("cancer"),
        ..gemj_fixtures::dataset_policy("dataset")
    };
    let university = gemj_fixtures::university("kyoto.example");
    Policy::new(vec![dataset], vec![university], 10)
}

fn read(view: &ConsentView, caller: &Caller, action: Action, resource: Resource<'_>) -> Grant {
    let question = AccessRequest {
        decision: DecisionId(1),
        caller,
        action,
        resource,
        declared: None,
        now: now(),
    };
    decide(&question, &policy(), view).unwrap()
}

fn write(view: &ConsentView, caller: &Caller, action: WriteAction, resource: WriteResource<'_>) -> Mandate {
    let question = WriteRequest {
        decision: DecisionId(2),
        caller,
        action,
        resource,
        declared: None,
        now: now(),
    };
    permit(&question, &policy(), view).unwrap()
}

fn at(site: Option<&str>, name: &str) -> NewSample {
    NewSample {
        site: site.map(|s| SiteId::parse(s).unwrap()),
        ..sample(name, Some(name))
    }
}

fn proposal(deadline: Timestamp) -> NewRecontact {
    NewRecontact {
        dataset: dataset("cancer"),
        assembly: Assembly::GRCh38,
        allele: Allele {
            contig: Contig("17".into()),
            start: ZeroBased(100),
            end: ZeroBased(101),
            reference: "A".into(),
            alternate: String::new(),
            inserted: None,
        },
        reason: RecontactReason::ReConsent,
        message: "Please ask again.".into(),
        created: now(),
        deadline,
    }
}

/// Registers three participants: P0 at hospital-a, P1 at hospital-b, and P2 without a hospital. All three are in the dataset `cancer` and have
/// consented.
async fn people(world: &World) {
    world.approve().await;
    world.consent_all(&["P0", "P1", "P2"]).await;
    let samples = vec![at(Some("hospital-a"), "P0"), at(Some("hospital-b"), "P1"), at(None, "P2")];
    world
        .catalogue
        .register_object(&mandate(WriteAction::Load), &object("o1", "cancer", samples), &[])
        .await
        .unwrap();
}

contract! {
    async fn a_request_becomes_one_task_for_each_participant_at_their_own_hospital(world: World) {
        people(&world).await;
        let view = world.watch().current().await.unwrap().view;
        let catalogue = &world.catalogue;
        let researcher = caller("researcher", Vec::new());
        let approver = caller("approver", role(RoleKind::RecontactApprover, None));
        let hospital = |site: &str| caller(site, role(RoleKind::HospitalSystem, Some(site)));

        let cancer = dataset("cancer");
        let key = write(&view, &researcher, WriteAction::RequestRecontact, WriteResource::Dataset(&cancer));
        let new = proposal(now().plus_seconds(86_400));
        let id = catalogue.request_recontact(&key, &new).await.unwrap();
        assert_eq!(catalogue.locate_recontact("unknown").await.unwrap(), None);
        assert_eq!(catalogue.locate_recontact("\0").await.unwrap(), None);
        let located = catalogue.locate_recontact(&id).await.unwrap();
        assert_eq!(located.as_ref().unwrap().requester, "researcher");
        let resource = Resource::Recontact(located.as_ref());

        let own = read(&view, &researcher, Action::ReadRecontact, resource);
        let stored = catalogue.recontact_request(&own, &id).await.unwrap().unwrap();
        assert_eq!((stored.content, stored.state, stored.decided), (new.clone(), RecontactRequestState::Requested, None));
        let other_key = catalogue.request_recontact(&mandate(WriteAction::RequestRecontact), &new).await;
        assert_eq!(other_key, Err(CatalogueError::WrongKey), "a request needs a mandate for the dataset");
        let second = catalogue.request_recontact(&key, &new).await.unwrap();
        assert_eq!(catalogue.recontact_outcomes(&own, &second).await.unwrap().len(), 0);

        let decision = write(&view, &approver, WriteAction::DecideRecontact, WriteResource::Recontact(located.as_ref()));
        let select = read(&view, &approver, Action::SelectForRecontact, resource);
        let askable: Vec<u32> = select.dataset(&cancer).unwrap().participants().iter().collect();
        assert_eq!(askable, [0, 1, 2]);
        let everybody = [Ordinal(0), Ordinal(1), Ordinal(2)];
        let approve = RecontactVerdict::Approve(&everybody);
        assert_eq!(catalogue.decide_recontact(&decision, &second, approve, now()).await, Err(CatalogueError::WrongKey));
        catalogue.decide_recontact(&decision, &id, approve, now()).await.unwrap();
        let again = catalogue.decide_recontact(&decision, &id, RecontactVerdict::Refuse, now()).await;
        assert_eq!(again, Err(CatalogueError::Conflict { field: "state" }));
        assert_eq!(catalogue.recontact_request(&own, &id).await.unwrap().unwrap().state, RecontactRequestState::Approved);

        let states: Vec<_> = catalogue.recontact_outcomes(&own, &id).await.unwrap().iter().map(|o| (o.participant.0, o.state)).collect();
        let (requested, nobody) = (RecontactTaskState::Requested, RecontactTaskState::NotAskable);
        assert_eq!(states, [(0, requested), (1, requested), (2, nobody)]);

        let (a, b) = (hospital("hospital-a"), hospital("hospital-b"));
        let (of_a, of_b) = (read(&view, &a, Action::ReadPatient, Resource::OwnPatients), read(&view, &b, Action::ReadPatient, Resource::OwnPatients));
        let tasks = catalogue.recontact_tasks(&of_a).await.unwrap();
        assert_eq!(tasks.len(), 1);
        let task = &tasks[0];
        assert_eq!((task.participant, task.site.as_str(), task.version, task.answer), (Ordinal(0), "hospital-a", 1, None));
        assert_eq!(catalogue.recontact_task(&of_b, &task.id).await.unwrap(), None);
        assert_eq!(catalogue.recontact_tasks(&own).await.err(), Some(CatalogueError::WrongKey));
        assert_eq!(catalogue.recontact_outcomes(&of_a, &id).await.err(), Some(CatalogueError::WrongKey));
        let patient = catalogue.locate_recontact_task(&task.id).await.unwrap();
        assert_eq!(patient.as_ref().unwrap().site.as_ref().map(SiteId::as_str), Some("hospital-a"));

        let answer = write(&view, &a, WriteAction::AnswerRecontact, WriteResource::Patient(patient.as_ref()));
        let theirs = catalogue.recontact_tasks(&of_b).await.unwrap()[0].id.clone();
        let (accepted, completed) = (RecontactTaskState::Accepted, RecontactTaskState::Completed);
        assert_eq!(catalogue.answer_recontact(&answer, &theirs, 1, accepted, None, now()).await, Err(CatalogueError::NotFound { what: "task" }));
        catalogue.answer_recontact(&answer, &task.id, 1, accepted, None, now()).await.unwrap();
        let stale = catalogue.answer_recontact(&answer, &task.id, 1, completed, Some(RecontactAnswer::Agree), now()).await;
        assert_eq!(stale, Err(CatalogueError::Conflict { field: "version" }));
        catalogue.answer_recontact(&answer, &task.id, 2, completed, Some(RecontactAnswer::Agree), now()).await.unwrap();
        let task = catalogue.recontact_task(&of_a, &task.id).await.unwrap().unwrap();
        assert_eq!((task.state, task.answer, task.version), (completed, Some(RecontactAnswer::Agree), 3));
    }

    async fn a_hospital_has_one_patient_id_that_no_other_hospital_shares(world: World) {
        people(&world).await;
        let view = world.watch().current().await.unwrap().view;
        let a = caller("a", role(RoleKind::HospitalSystem, Some("hospital-a")));
        let of_a = read(&view, &a, Action::ReadPatient, Resource::OwnPatients);
        let (site_a, site_b) = (SiteId::parse("hospital-a").unwrap(), SiteId::parse("hospital-b").unwrap());
        let asked: Vec<_> = (0..8).map(|_| {
            let (catalogue, grant, site) = (world.catalogue.clone(), of_a.clone(), site_a.clone());
            tokio::spawn(async move { catalogue.fhir_patient_id(&grant, &site, Ordinal(0)).await.unwrap().unwrap() })
        }).collect();
        let mut names = std::collections::HashSet::new();
        for answer in asked {
            names.insert(answer.await.unwrap());
        }
        assert_eq!(names.len(), 1, "the id is made once for all callers");
        let name = names.into_iter().next().unwrap();
        assert_eq!((name.len(), name.bytes().all(|b| b.is_ascii_hexdigit())), (32, true));
        assert_eq!(world.catalogue.fhir_patient_id(&of_a, &site_a, Ordinal(1)).await.unwrap(), None, "another hospital's patient");
        let found = world.catalogue.locate_fhir_patient(&name).await.unwrap().unwrap();
        assert_eq!((found.participant, found.site), (Ordinal(0), Some(site_a)));
        assert_eq!(world.catalogue.locate_fhir_patient("unknown").await.unwrap(), None);
        assert_eq!(world.catalogue.locate_fhir_patient("\0").await.unwrap(), None);
        // A patient id that was created for hospital-b finds no participant, because the patient belongs to hospital-a.
        let key = mandate(WriteAction::WriteFhir);
        let other = world.catalogue.fhir_patient_id(&key, &site_b, Ordinal(0)).await.unwrap().unwrap();
        assert_ne!(other, name);
        assert_eq!(world.catalogue.locate_fhir_patient(&other).await.unwrap(), None);
    }

    async fn a_request_past_its_deadline_is_not_approved_and_waiting_requests_are_limited(world: World) {
        people(&world).await;
        let view = world.watch().current().await.unwrap().view;
        let researcher = caller("researcher", Vec::new());
        let approver = caller("approver", role(RoleKind::RecontactApprover, None));
        let cancer = dataset("cancer");
        let key = write(&view, &researcher, WriteAction::RequestRecontact, WriteResource::Dataset(&cancer));
        let deadline = now().plus_seconds(60);
        let id = world.catalogue.request_recontact(&key, &proposal(deadline)).await.unwrap();
        let located = world.catalogue.locate_recontact(&id).await.unwrap();
        let decision = write(&view, &approver, WriteAction::DecideRecontact, WriteResource::Recontact(located.as_ref()));
        let late = world.catalogue.decide_recontact(&decision, &id, RecontactVerdict::Approve(&[Ordinal(0)]), deadline).await;
        assert_eq!(late, Err(CatalogueError::Conflict { field: "state" }));
        for _ in 1..20 {
            world.catalogue.request_recontact(&key, &proposal(deadline)).await.unwrap();
        }
        let more = world.catalogue.request_recontact(&key, &proposal(deadline)).await;
        assert_eq!(more, Err(CatalogueError::Conflict { field: "waiting requests" }));
    }
}
