//! A register in memory, and exports in the forms of REMS 2.39.1.

use gemj_catalogue::{ApprovalRegister, ApprovalStep};
use gemj_model::{ApprovalId, DatasetId, DatasetPolicy, Organisation, OrganisationKind, Timestamp};
use serde_json::{Value, json};

use crate::approvals::check::Known;
use crate::approvals::plan::{Absent, Plan, PlanOptions, is_open, plan};
use crate::approvals::rems::RemsMapping;
use crate::approvals::{Approval, read};

/// The present of every test.
pub(super) const NOW: &str = "2026-06-01T00:00:00Z";

pub(super) fn now() -> Timestamp {
    Timestamp::parse(NOW).unwrap()
}

/// An instant of a small calendar: hours after the first of January 2026. All exports of the tests are before [`NOW`].
pub(super) fn hour(hour: u32) -> Timestamp {
    Timestamp::parse("2026-01-01T00:00:00Z")
        .unwrap()
        .plus_seconds(3600 * i64::from(hour))
}

pub(super) fn at(hour_number: u32) -> String {
    hour(hour_number).rfc3339().replace('Z', ".000Z")
}

pub(super) fn mapping() -> RemsMapping {
    serde_json::from_value(json!({
        "issuer": "https://idp.example",
        "visa_value": "https://gemj.example/rems/{application}",
        "organisations": {"university.example": "university.example", "company.example": "company.example"},
        "resource": [
            {"ext_id": "urn:cancer", "dataset": "cancer", "visa_value": "urn:cancer", "purposes": ["biomedical-research"], "delivery": "tre-only"},
            {"ext_id": "urn:rare", "dataset": "rare-disease", "purposes": ["biomedical-research"], "delivery": "download"},
        ],
    }))
    .unwrap()
}

/// The configuration beside which the plans are made.
pub(super) struct Configured {
    datasets: Vec<DatasetPolicy>,
    pub(super) organisations: Vec<Organisation>,
}

pub(super) fn configured() -> Configured {
    let dataset = |id: &str| DatasetPolicy {
        id: DatasetId::parse(id).unwrap(),
        name: String::new(),
        description: String::new(),
        data_use: Vec::new(),
        public_boolean: false,
    };
    let organisation = |domain: &str, kind| Organisation {
        domain: domain.to_owned(),
        country: "JP".to_owned(),
        kind,
    };
    Configured {
        datasets: vec![dataset("cancer"), dataset("rare-disease")],
        organisations: vec![
            organisation("university.example", OrganisationKind::Academic),
            organisation("company.example", OrganisationKind::Company),
        ],
    }
}

/// The choices of one import.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Choices {
    /// The hour at which the export was made; absent for the present.
    pub(super) exported: Option<u32>,
    /// The time that the gateway's clock shows; absent for [`NOW`].
    pub(super) clock: Option<Timestamp>,
    pub(super) absent: Option<Absent>,
    pub(super) skip_faulty: bool,
}

pub(super) fn planned(register: &ApprovalRegister, file: &[u8], choices: Choices) -> Plan {
    let (configured, mapping) = (configured(), mapping());
    let known = Known {
        datasets: &configured.datasets,
        organisations: &configured.organisations,
        releases: &[],
    };
    let now = choices.clock.unwrap_or(now());
    let options = PlanOptions {
        now,
        exported: choices.exported.map_or(now, hour),
        absent: choices.absent,
        skip_faulty: choices.skip_faulty,
    };
    plan(read(file, Some(&mapping), now).unwrap(), Some(&mapping), register, known, options)
}

/// Stores a plan as the catalogue does. The function is written without the code of the plan.
pub(super) fn stored(register: &ApprovalRegister, plan: &Plan) -> ApprovalRegister {
    let mut approvals = register.approvals.clone();
    for step in &plan.steps {
        match step {
            ApprovalStep::Record(approval) => {
                approvals.retain(|other| other.id != approval.id);
                approvals.push((**approval).clone());
            }
            ApprovalStep::Revoke { id, at, .. } => {
                let found = approvals.iter_mut().find(|approval| approval.id == *id).unwrap();
                assert!(found.revoked.is_none());
                found.revoked = Some(*at);
            }
        }
    }
    approvals.sort_by(|one, other| one.id.cmp(&other.id));
    let mut exports = register.exports.clone();
    for seen in &plan.exports {
        exports.retain(|other| other.application != seen.application);
        exports.push(seen.clone());
    }
    exports.sort_by(|one, other| one.application.cmp(&other.application));
    ApprovalRegister { approvals, exports }
}

/// Imports a file that has no fault.
pub(super) fn imported(register: &ApprovalRegister, file: &Value, choices: Choices) -> ApprovalRegister {
    let plan = planned(register, file.to_string().as_bytes(), choices);
    assert_eq!(plan.faults, Vec::<String>::new());
    stored(register, &plan)
}

/// The approvals in force, in order of id. Ended and revoked approvals open nothing, whatever their content is.
pub(super) fn in_force(register: &ApprovalRegister) -> Vec<Approval> {
    register
        .approvals
        .iter()
        .filter(|approval| is_open(approval, now()))
        .cloned()
        .collect()
}

pub(super) fn ids(approvals: &[Approval]) -> Vec<&str> {
    approvals.iter().map(|approval| ApprovalId::as_str(&approval.id)).collect()
}

/// A user of REMS, with the attributes that REMS 2.39 exports.
pub(super) fn user(userid: &str, organisation: &str) -> Value {
    json!({
        "userid": userid,
        "name": format!("Name of {userid}"),
        "email": format!("{userid}@{organisation}"),
        "organizations": [{"organization/id": "o1"}],
    })
}

/// An application as `/api/applications/ID/raw` of REMS 2.39 returns it. `activity` is the hour of the last activity.
pub(super) fn application(number: u32, state: &str, activity: u32, members: &[Value]) -> Value {
    json!({
        "application/id": number,
        "application/external-id": format!("2026/{number}"),
        "application/state": format!("application.state/{state}"),
        "application/todo": null,
        "application/created": at(1),
        "application/modified": at(1),
        "application/first-submitted": at(1),
        "application/last-activity": at(activity),
        "application/applicant": user("taro", "university.example"),
        "application/members": members,
        "application/invited-members": [],
        "application/blacklist": [],
        "application/resources": [{
            "resource/id": 1, "resource/ext-id": "urn:cancer", "catalogue-item/id": 1,
            "catalogue-item/title": {"en": "Cancer"}, "catalogue-item/infourl": {}, "catalogue-item/start": at(0),
            "catalogue-item/end": null, "catalogue-item/enabled": true, "catalogue-item/expired": false, "catalogue-item/archived": false,
        }],
        "application/licenses": [],
        "application/accepted-licenses": {},
        "application/events": [
            {"event/id": 1, "event/type": "application.event/created", "event/time": at(1), "event/actor": "taro"},
            {"event/id": 3, "event/type": "application.event/approved", "event/time": at(2), "event/actor": "chair"},
        ],
        "application/description": "Splicing",
        "application/forms": [],
        "application/workflow": {"workflow/id": 1, "workflow/type": "workflow/default"},
        "application/role-permissions": {},
        "application/user-roles": {},
        "application/attachments": [],
        "entitlement/end": "2027-02-01T00:00:00.000Z",
    })
}

/// A row of `/api/entitlements` of REMS 2.39.
pub(super) fn entitlement(number: u32, userid: &str, start: u32, end: Option<u32>) -> Value {
    json!({
        "resource": "urn:cancer",
        "user": user(userid, "university.example"),
        "application-id": number,
        "start": at(start),
        "end": end.map_or_else(|| "2027-02-01T00:00:00.000Z".to_owned(), at),
        "mail": format!("{userid}@university.example"),
    })
}
