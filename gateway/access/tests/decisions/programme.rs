//! A small programme: three patients of two hospitals, two datasets, a run, a recontact request, and a caller of every kind.

use gemj_access::caller::ControlledAccess;
use gemj_access::*;
use gemj_model::*;

pub(crate) const NOW: Timestamp = Timestamp(1_000);
/// The end of every token except the token of the caller `expired`.
pub(crate) const TOKEN_END: Timestamp = Timestamp(5_000);

/// The callers, by their names in the decision table.
pub(crate) const CALLERS: [&str; 16] = [
    "anonymous",
    "expired",
    "registered",
    "researcher-tre",
    "researcher-view",
    "researcher-download",
    "other-researcher",
    "system-a",
    "system-b",
    "coordinator-a",
    "steward",
    "access-committee",
    "reviewer",
    "other-reviewer",
    "recontact-approver",
    "auditor",
];

/// The states of consent of person 0, by their names in the decision table.
pub(crate) const CONSENTS: [&str; 8] = [
    "full",
    "research-withdrawn",
    "findings-withdrawn",
    "recontact-withdrawn",
    "everything-withdrawn",
    "died",
    "never",
    "unknown",
];

pub(crate) fn dataset(id: &str) -> DatasetId {
    DatasetId::parse(id).unwrap()
}

pub(crate) fn site(id: &str) -> SiteId {
    SiteId::parse(id).unwrap()
}

pub(crate) fn role(kind: RoleKind, scope: Option<&str>) -> Role {
    Role {
        kind,
        scope: scope.map(str::to_owned),
    }
}

pub(crate) fn visa(id: &str) -> ControlledAccess {
    ControlledAccess {
        subject: Default::default(),
        value: format!("https://example.org/{id}"),
        jti: None,
        not_after: Timestamp(6_000),
    }
}

pub(crate) fn policy() -> Policy {
    let one = |id: &str| DatasetPolicy {
        name: id.to_owned(),
        ..gemj_fixtures::dataset_policy(dataset(id).as_str())
    };
    let university = |domain: &str, country: &str| Organisation {
        domain: domain.to_owned(),
        country: country.to_owned(),
        kind: OrganisationKind::Academic,
    };
    Policy::new(
        vec![one("cancer"), one("rare")],
        vec![university("university.jp", "JP"), university("university.gb", "GB")],
        10,
    )
}

/// A university's approval for one dataset, for research of any kind, without conditions.
pub(crate) fn approval(id: &str, of: &str) -> Approval {
    Approval {
        visa_value: format!("https://example.org/{id}"),
        project: format!("project-{id}"),
        organisation: "university.jp".into(),
        datasets: vec![dataset(of)],
        delivery: Delivery::RegionView,
        ..gemj_fixtures::approval(id)
    }
}

/// A consent view in which person 0 is a member of `cancer` and agreed to every clause. The form names every country that the tests use.
pub(crate) fn everybody_agreed(approvals: &[Approval], releases: &[Release], now: Timestamp) -> ConsentView {
    agreed(Clause::ALL.into_iter().collect(), approvals, releases, now)
}

/// A consent view in which person 0 is a member of `cancer` and agreed to these clauses only. The form names every country that the tests use.
pub(crate) fn agreed(clauses: ClauseSet, approvals: &[Approval], releases: &[Release], now: Timestamp) -> ConsentView {
    let countries = ConsentForm {
        overseas_countries: ["GB", "US", "ZZ"].map(str::to_owned).to_vec(),
        ..form()
    };
    let mut ledger = ConsentLedger::new([countries]);
    ledger.append(given(0, clauses));
    let mut roster = Roster::default();
    roster.register(Ordinal(0), None, None);
    roster.enrol(&dataset("cancer"), Ordinal(0));
    ConsentView::fold(1, &ledger, &roster, approvals, releases, &[dataset("cancer")], now)
}

pub(crate) fn approvals() -> Vec<Approval> {
    let one = |id: &str, organisation: &str, of: &str, delivery| Approval {
        organisation: organisation.to_owned(),
        delivery,
        ..approval(id, of)
    };
    vec![
        one("tre", "university.jp", "cancer", Delivery::TreOnly),
        one("view", "university.jp", "cancer", Delivery::RegionView),
        one("download", "university.jp", "cancer", Delivery::Download),
        one("overseas", "university.gb", "cancer", Delivery::Download),
        one("rare", "university.jp", "rare", Delivery::Download),
        Approval {
            revoked: Some(Timestamp(1)),
            ..one("revoked", "university.jp", "cancer", Delivery::Download)
        },
        Approval {
            not_after: NOW,
            ..one("ended", "university.jp", "cancer", Delivery::Download)
        },
    ]
}

pub(crate) fn form() -> ConsentForm {
    ConsentForm {
        overseas_countries: vec!["GB".into()],
        ..gemj_fixtures::form("unified-1")
    }
}

pub(crate) fn given(participant: u32, clauses: ClauseSet) -> ConsentEvent {
    ConsentEvent {
        form: Some(form().id),
        clauses,
        ..gemj_fixtures::gave(u64::from(participant) + 1, participant, "form", Timestamp(10))
    }
}

/// The consent view of the decision table, in which person 0 has the named state of consent. Persons 0 and 1 are patients of hospital a, person
/// 2 of hospital b. All three are members of `cancer`; person 0 is also a member of `rare`. Persons 1 and 2 agreed to every clause. In the
/// state `unknown`, person 0 is not registered.
pub(crate) fn view(consent: &str) -> ConsentView {
    let all: ClauseSet = Clause::ALL.into_iter().collect();
    let later = |kind, clauses| ConsentEvent {
        kind,
        form: None,
        clauses,
        effective: Timestamp(20),
        recorded: Timestamp(20),
        ..given(0, ClauseSet::EMPTY)
    };
    let without = |clauses: &str| later(ConsentKind::WithdrawnPartial, ClauseSet::parse(clauses).unwrap());
    let mut ledger = ConsentLedger::new([form()]);
    if !matches!(consent, "never" | "unknown") {
        ledger.append(given(0, all));
    }
    match consent {
        "full" | "never" | "unknown" => {}
        "research-withdrawn" => ledger.append(without("study-use;third-party-domestic;third-party-overseas;commercial;biobank")),
        "findings-withdrawn" => ledger.append(without("return-findings;incidental-findings;family-return")),
        "recontact-withdrawn" => ledger.append(without("recontact")),
        "everything-withdrawn" => ledger.append(later(ConsentKind::Withdrawn, ClauseSet::EMPTY)),
        "died" => ledger.append(later(ConsentKind::Died, ClauseSet::EMPTY)),
        other => panic!("{other} is not a consent of the table"),
    }
    let mut roster = Roster::default();
    for (ordinal, at) in [(0, "hospital-a"), (1, "hospital-a"), (2, "hospital-b")] {
        if ordinal == 0 && consent == "unknown" {
            continue;
        }
        roster.register(Ordinal(ordinal), None, Some(&site(at)));
        roster.enrol(&dataset("cancer"), Ordinal(ordinal));
        if ordinal == 0 {
            roster.enrol(&dataset("rare"), Ordinal(0));
        } else {
            ledger.append(given(ordinal, all));
        }
    }
    ConsentView::fold(7, &ledger, &roster, &approvals(), &[], &[dataset("cancer"), dataset("rare")], NOW)
}

/// The caller with this name in the decision table. The name is also the caller's pseudonym.
pub(crate) fn caller(name: &str) -> Caller {
    let named = Caller {
        pseudonym: name.to_owned(),
        not_after: Some(TOKEN_END),
        ..Caller::default()
    };
    let with_role = |kind, scope| Caller {
        roles: vec![role(kind, scope)],
        ..named.clone()
    };
    let approved = |id: &str| Caller {
        controlled: vec![visa(id)],
        ..named.clone()
    };
    match name {
        "anonymous" => Caller::anonymous(),
        // The caller `expired` has every right that a caller can hold, but the token has ended.
        "expired" => Caller {
            controlled: vec![visa("download"), visa("rare")],
            registered_until: Some(Timestamp(8_000)),
            roles: every_role(),
            not_after: Some(NOW),
            ..named
        },
        "registered" => Caller {
            registered_until: Some(Timestamp(8_000)),
            ..named
        },
        "researcher-tre" => approved("tre"),
        "researcher-view" => approved("view"),
        "researcher-download" => approved("download"),
        "other-researcher" => approved("rare"),
        "system-a" => with_role(RoleKind::HospitalSystem, Some("hospital-a")),
        "system-b" => with_role(RoleKind::HospitalSystem, Some("hospital-b")),
        "coordinator-a" => with_role(RoleKind::HospitalCoordinator, Some("hospital-a")),
        "steward" => with_role(RoleKind::Steward, None),
        "access-committee" => with_role(RoleKind::AccessCommittee, None),
        "reviewer" => with_role(RoleKind::OutputReviewer, Some("project-view")),
        "other-reviewer" => with_role(RoleKind::OutputReviewer, Some("project-rare")),
        "recontact-approver" => with_role(RoleKind::RecontactApprover, None),
        "auditor" => with_role(RoleKind::Auditor, None),
        other => panic!("{other} is not a caller of the table"),
    }
}

/// Every kind of role, with every scope that opens anything in this programme.
pub(crate) fn every_role() -> Vec<Role> {
    vec![
        role(RoleKind::HospitalSystem, Some("hospital-a")),
        role(RoleKind::HospitalSystem, Some("hospital-b")),
        role(RoleKind::HospitalCoordinator, Some("hospital-a")),
        role(RoleKind::Biobank, Some("biobank-1")),
        role(RoleKind::Steward, None),
        role(RoleKind::AccessCommittee, None),
        role(RoleKind::RecontactApprover, None),
        role(RoleKind::OutputReviewer, Some("project-view")),
        role(RoleKind::OutputReviewer, Some("project-rare")),
        role(RoleKind::Auditor, None),
        role(RoleKind::Partner, Some("partner")),
        role(RoleKind::Monitor, None),
    ]
}

pub(crate) fn file(of: &str, samples: &[Option<u32>]) -> LocatedObject {
    LocatedObject {
        id: ObjectId::parse("object-1").unwrap(),
        dataset: dataset(of),
        kind: DataKind::Variants,
        samples: samples.iter().map(|s| s.map(Ordinal)).collect(),
    }
}

/// A run that `researcher-view` submitted under the project `project-view`.
pub(crate) fn run(inputs: Vec<Option<LocatedObject>>) -> LocatedRun {
    LocatedRun {
        id: "run-1".into(),
        owner: "researcher-view".into(),
        projects: vec!["project-view".into()],
        inputs,
    }
}

/// A recontact request that `researcher-view` made for `cancer`.
pub(crate) fn request() -> LocatedRecontact {
    LocatedRecontact {
        id: "request-1".into(),
        requester: "researcher-view".into(),
        dataset: dataset("cancer"),
        approvals: vec![approval("view", "cancer").id.as_str().to_owned()],
    }
}

pub(crate) fn read(caller: &Caller, action: Action, resource: Resource<'_>, view: &ConsentView) -> Result<Grant, Denial> {
    let question = AccessRequest {
        decision: DecisionId(1),
        caller,
        action,
        resource,
        declared: None,
        now: NOW,
    };
    decide(&question, &policy(), view)
}

pub(crate) fn write(caller: &Caller, action: WriteAction, resource: WriteResource<'_>, view: &ConsentView) -> Result<Mandate, Denial> {
    let question = WriteRequest {
        decision: DecisionId(1),
        caller,
        action,
        resource,
        declared: None,
        now: NOW,
    };
    permit(&question, &policy(), view)
}
