//! The programme that the tests and the filter benchmark use: its policy, its consent form, an approval, and the researcher with this approval.

use std::sync::Arc;

use gemj_access::{AccessRequest, Action, Caller, ConsentView, ControlledAccess, DecisionId, Grant, Policy, Resource, decide};
use gemj_catalogue::{Catalogue, NewConsent, PolicyWatch};
use gemj_model::{
    Approval, Clause, ClauseSet, Clock as _, ConsentForm, ConsentKind, DatasetId, DatasetPolicy, FormId, ParticipantId, SystemClock,
    Timestamp,
};

pub(crate) const VISA: &str = "https://committee.example/approvals/A-1";

pub(crate) fn watch_of(catalogue: &Catalogue) -> PolicyWatch {
    let datasets = vec![dataset("cancer"), dataset("rare-disease")];
    PolicyWatch::new(catalogue.clone(), vec![form()], datasets, SystemClock::default().shared())
}

pub(crate) fn decided(view: &Arc<ConsentView>, action: Action, resource: Resource<'_>) -> Option<Grant> {
    let later = now().plus_seconds(3600);
    let caller = Caller {
        pseudonym: "researcher".into(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: VISA.into(),
            jti: None,
            not_after: later,
        }],
        not_after: Some(later),
        ..Caller::default()
    };
    decided_for(&caller, view, action, resource)
}

pub(crate) fn decided_for(caller: &Caller, view: &Arc<ConsentView>, action: Action, resource: Resource<'_>) -> Option<Grant> {
    let policy = |id: &str| DatasetPolicy {
        name: id.into(),
        ..gemj_fixtures::dataset_policy(dataset(id).as_str())
    };
    let university = gemj_fixtures::university("kyoto.example");
    let policy = Policy::new(vec![policy("cancer"), policy("rare-disease")], vec![university], 10);
    let question = AccessRequest {
        decision: DecisionId(rand::random()),
        caller,
        action,
        resource,
        declared: None,
        now: now(),
    };
    decide(&question, &policy, view).ok()
}

pub(crate) fn now() -> Timestamp {
    SystemClock::default().now()
}

pub(crate) fn dataset(id: &str) -> DatasetId {
    DatasetId::parse(id).unwrap()
}

pub(crate) fn person(id: &str) -> ParticipantId {
    ParticipantId::parse(id).unwrap()
}

pub(crate) fn form() -> ConsentForm {
    ConsentForm {
        issuer: "programme".into(),
        overseas_countries: vec!["GB".into()],
        ..gemj_fixtures::form("unified-1")
    }
}

pub(crate) fn approval(id: &str, visa: &str) -> Approval {
    Approval {
        visa_value: visa.into(),
        project: "A project".into(),
        organisation: "kyoto.example".into(),
        datasets: vec![dataset("cancer"), dataset("rare-disease")],
        not_after: now().plus_seconds(86_400),
        ..gemj_fixtures::approval(id)
    }
}

pub(crate) fn event(participant: &str, kind: ConsentKind, clauses: ClauseSet, effective: Timestamp) -> NewConsent {
    NewConsent {
        participant: person(participant),
        kind,
        form: Some(FormId::parse("unified-1").unwrap()),
        clauses,
        effective,
        ground: gemj_model::Ground::Consent,
        corrects: None,
    }
}

pub(crate) fn given(participant: &str) -> NewConsent {
    let all = Clause::ALL.into_iter().collect();
    event(participant, ConsentKind::Given, all, now().plus_seconds(-86_400))
}
