//! The disclosure limits ([`Terms`]) of each tier for unit tests, from real decisions about one dataset without participants.

#![allow(clippy::unwrap_used)]

use gemj_access::caller::ControlledAccess;
use gemj_access::{AccessRequest, Action, Caller, ConsentLedger, ConsentView, DecisionId, Policy, Resource, Roster, Terms, Tier, decide};
use gemj_model::{Approval, DatasetId, DatasetPolicy, Timestamp};

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
        public_boolean: true,
        ..gemj_fixtures::dataset_policy(dataset.as_str())
    };
    let university = gemj_fixtures::university("university.example");
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
    let question = AccessRequest {
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
        visa_value: VISA.to_owned(),
        organisation: "university.example".to_owned(),
        datasets: vec![dataset.clone()],
        not_after: END,
        ..gemj_fixtures::approval("A-1")
    }
}
