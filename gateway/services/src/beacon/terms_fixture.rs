//! The disclosure limits ([`Terms`]) of each tier for unit tests, from real decisions about one dataset without participants.

#![allow(clippy::unwrap_used)]

use gemj_access::caller::ControlledAccess;
use gemj_access::{Action, Caller, ConsentLedger, ConsentView, DecisionId, Policy, Question, Resource, Roster, Terms, Tier, decide};
use gemj_model::{Approval, ApprovalId, DatasetId, DatasetPolicy, Delivery, Organisation, OrganisationKind, Purpose, Timestamp};

const NOW: Timestamp = Timestamp(10);
const END: Timestamp = Timestamp(1_000);
const VISA: &str = "https://committee.example/approvals/A-1";

/// The disclosure limits of a dataset for a caller of a tier; k is 10.
pub(super) fn terms(tier: Tier) -> Terms {
    let dataset = DatasetId::parse("cancer").unwrap();
    let known = Caller {
        pseudonym: "researcher".to_owned(),
        not_after: Some(END),
        ..Caller::default()
    };
    let caller = match tier {
        Tier::Public => Caller::anonymous(),
        Tier::Registered => Caller {
            registered_until: Some(END),
            ..known
        },
        Tier::Controlled => Caller {
            controlled: vec![ControlledAccess {
                subject: Default::default(),
                value: VISA.to_owned(),
                jti: None,
                not_after: END,
            }],
            ..known
        },
    };
    let policy = DatasetPolicy {
        id: dataset.clone(),
        name: String::new(),
        description: String::new(),
        data_use: vec!["DUO:0000042".into()],
        public_boolean: true,
    };
    let university = Organisation {
        domain: "university.example".to_owned(),
        country: "JP".to_owned(),
        kind: OrganisationKind::Academic,
    };
    let datasets = [dataset];
    let view = ConsentView::fold(
        1,
        &ConsentLedger::new([]),
        &Roster::default(),
        &[approval(&datasets[0])],
        &[],
        &datasets,
        NOW,
    );
    let question = Question {
        decision: DecisionId(1),
        caller: &caller,
        action: Action::AskIndividuals,
        resource: Resource::Population(&datasets),
        declared: None,
        now: NOW,
    };
    let grant = decide(&question, &Policy::new(vec![policy], vec![university], 10), &view).unwrap();
    let terms = grant.terms();
    assert_eq!(terms.tier(), tier);
    terms
}

fn approval(dataset: &DatasetId) -> Approval {
    Approval {
        id: ApprovalId::parse("A-1").unwrap(),
        visa_value: VISA.to_owned(),
        project: String::new(),
        organisation: "university.example".to_owned(),
        datasets: vec![dataset.clone()],
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
        not_after: END,
        revoked: None,
    }
}
