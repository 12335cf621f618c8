//! The Grants of the tests. They are made by the real decision (`decide`).

use gemj_access::caller::ControlledAccess;
use gemj_access::{
    AccessRequest, Action, Caller, ConsentLedger, ConsentView, DecisionId, Grant, LocatedObject, Policy, Resource, Roster, decide,
};
use gemj_model::consent::{Bilingual, FormClause};
use gemj_model::{
    Approval, ApprovalId, Clause, ConsentEvent, ConsentForm, ConsentKind, DataKind, DataObject, DatasetId, DatasetPolicy, Delivery, FormId,
    Ground, Ordinal, Organisation, OrganisationKind, Purpose, Timestamp,
};

const NOW: Timestamp = Timestamp(1_000);
const VISA: &str = "https://example.org/approval";

pub(crate) fn dataset() -> DatasetId {
    DatasetId::parse("cohort").unwrap()
}

/// A Grant for slices of a file that covers all participants of the file.
pub(crate) fn full_grant(object: &DataObject) -> Grant {
    grant(object, 0..u32::try_from(object.samples.len()).unwrap()).unwrap()
}

/// A Grant for slices of a file that covers the participants with consent, given by their ordinals. Absent if `decide` denies the request.
pub(crate) fn grant(object: &DataObject, consenting: impl IntoIterator<Item = u32>) -> Option<Grant> {
    let form = gemj_fixtures::form("form");
    let mut roster = Roster::default();
    for (_, person) in object.samples.iter().zip(0..) {
        roster.register(Ordinal(person), None, None);
        roster.enrol(&dataset(), Ordinal(person));
    }
    let mut ledger = ConsentLedger::new([form]);
    for (sequence, person) in (1..).zip(consenting) {
        ledger.append(gemj_fixtures::gave(sequence, person, "form", Timestamp(1)));
    }
    let approval = Approval {
        visa_value: VISA.to_owned(),
        project: "project".to_owned(),
        organisation: "university.jp".to_owned(),
        datasets: vec![dataset()],
        ..gemj_fixtures::approval("approval")
    };
    let policy = Policy::new(
        vec![gemj_fixtures::dataset_policy(dataset().as_str())],
        vec![gemj_fixtures::university("university.jp")],
        10,
    );
    let view = ConsentView::fold(1, &ledger, &roster, &[approval], &[], &[dataset()], NOW);
    let caller = Caller {
        pseudonym: "caller".to_owned(),
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            value: VISA.to_owned(),
            jti: None,
            not_after: Timestamp(9_000),
        }],
        ..Caller::default()
    };
    let kind = object.format.data_kind();
    let located = LocatedObject {
        id: object.id.clone(),
        dataset: object.dataset.clone(),
        kind,
        samples: object.samples.iter().map(|s| s.participant).collect(),
    };
    let question = AccessRequest {
        decision: DecisionId(7),
        caller: &caller,
        action: match kind {
            DataKind::Reads => Action::SliceReads,
            DataKind::Variants => Action::SliceVariants,
        },
        resource: Resource::Object(Some(&located)),
        declared: None,
        now: NOW,
    };
    decide(&question, &policy, &view).ok()
}
