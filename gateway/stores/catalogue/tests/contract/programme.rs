//! The programme that the tests and the filter benchmark use: its policy, its consent form, an approval, and the researcher with this approval.

use std::sync::Arc;

use gemj_access::{Action, Caller, ConsentView, ControlledAccess, DecisionId, Grant, Policy, Question, Resource, decide};
use gemj_catalogue::{Catalogue, NewConsent, PolicyWatch};
use gemj_model::consent::{Bilingual, FormClause};
use gemj_model::{
    Approval, ApprovalId, Clause, ClauseSet, Clock as _, ConsentForm, ConsentKind, DatasetId, DatasetPolicy, Delivery, FormId,
    Organisation, OrganisationKind, ParticipantId, Purpose, SystemClock, Timestamp,
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
        id: dataset(id),
        name: id.into(),
        description: String::new(),
        data_use: vec!["DUO:0000042".into()],
        public_boolean: false,
    };
    let university = Organisation {
        domain: "kyoto.example".into(),
        country: "JP".into(),
        kind: OrganisationKind::Academic,
    };
    let policy = Policy::new(vec![policy("cancer"), policy("rare-disease")], vec![university], 10);
    let question = Question {
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
    let text = Bilingual {
        ja: String::new(),
        en: String::new(),
    };
    ConsentForm {
        id: FormId::parse("unified-1").unwrap(),
        title: text.clone(),
        issuer: "programme".into(),
        particulars: Default::default(),
        effective_from: "2024-04-01".into(),
        overseas_countries: vec!["GB".into()],
        clauses: Clause::ALL
            .into_iter()
            .map(|clause| FormClause {
                clause,
                text: text.clone(),
            })
            .collect(),
    }
}

pub(crate) fn approval(id: &str, visa: &str) -> Approval {
    Approval {
        id: ApprovalId::parse(id).unwrap(),
        visa_value: visa.into(),
        project: "A project".into(),
        organisation: "kyoto.example".into(),
        datasets: vec![dataset("cancer"), dataset("rare-disease")],
        purposes: vec![Purpose::GeneralResearch],
        commercial: false,
        applicant: String::new(),
        users: Vec::new(),
        country: None,
        release: None,
        diseases: Vec::new(),
        meets: Vec::new(),
        region_budget_bp: None,
        regions: None,
        not_before: None,
        delivery: Delivery::Download,
        not_after: now().plus_seconds(86_400),
        revoked: None,
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
