//! The research cases of the decision table, for populations and files, and the property that less consent never yields more.

use std::sync::Arc;

use gemj_access::caller::ControlledAccess;
use gemj_access::*;
use gemj_model::*;
use proptest::prelude::*;
use serde::Deserialize;

const NOW: Timestamp = Timestamp(1_000);

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    caller: String,
    action: String,
    on: String,
    consent: String,
    #[serde(default)]
    approval: Option<String>,
    #[serde(default)]
    purpose: Option<Purpose>,
    verdict: String,
    #[serde(default)]
    delivery: Option<Delivery>,
    #[serde(default)]
    until: Option<i64>,
    #[serde(default)]
    regions: Option<String>,
    #[serde(default)]
    granularity: Option<String>,
}

fn dataset(id: &str) -> DatasetId {
    DatasetId::parse(id).unwrap()
}

fn policy() -> Policy {
    let one = |id: &str, codes: &[&str], public_boolean| DatasetPolicy {
        id: dataset(id),
        name: id.to_owned(),
        data_use: codes.iter().map(|c| (*c).into()).collect(),
        public_boolean,
        ..gemj_fixtures::dataset_policy("dataset")
    };
    let body = |domain: &str, country: &str, kind| Organisation {
        domain: domain.to_owned(),
        country: country.to_owned(),
        kind,
    };
    Policy::new(
        vec![
            one("open", &["DUO:0000042"], true),
            one("not-for-profit", &["DUO:0000042", "DUO:0000045"], false),
            one("closed", &[], false),
            one("referred", &["DUO:0000042", "DUO:0000024"], false),
            one("second", &["DUO:0000042"], false),
        ],
        vec![
            body("university.jp", "JP", OrganisationKind::Academic),
            body("university.gb", "GB", OrganisationKind::Academic),
            body("university.xx", "XX", OrganisationKind::Academic),
            body("company.us", "US", OrganisationKind::Company),
            body("company.jp", "JP", OrganisationKind::Company),
        ],
        10,
    )
}

fn approvals() -> Vec<Approval> {
    let one = |id: &str, organisation: &str, commercial, delivery| Approval {
        visa_value: format!("https://example.org/{id}"),
        project: id.to_owned(),
        organisation: organisation.to_owned(),
        datasets: ["open", "not-for-profit", "referred"].map(dataset).to_vec(),
        commercial,
        delivery,
        ..gemj_fixtures::approval(id)
    };
    let (research, commercial) = (false, true);
    let download = |id: &str| one(id, "university.jp", research, Delivery::Download);
    let named = |id: &str, user: &str| Approval {
        users: vec![user.to_owned()],
        ..download(id)
    };
    let purposes = |id: &str, purposes: &[Purpose]| Approval {
        purposes: purposes.to_vec(),
        ..download(id)
    };
    let released = |id: &str, release: &str| Approval {
        release: Some(ReleaseId::parse(release).unwrap()),
        ..download(id)
    };
    let region = |contig: &str, start, end| ApprovedRegion {
        assembly: Some(Assembly::GRCh38),
        contig: Contig(contig.to_owned()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    };
    let limited = |id: &str, regions: &[ApprovedRegion]| Approval {
        regions: Some(regions.to_vec()),
        ..download(id)
    };
    let used_in = |id: &str, organisation: &str, country: &str| Approval {
        country: Some(country.to_owned()),
        ..one(id, organisation, research, Delivery::Download)
    };
    vec![
        one("domestic-download", "university.jp", research, Delivery::Download),
        one("overseas-view", "university.gb", research, Delivery::RegionView),
        one("overseas-tre", "university.gb", research, Delivery::TreOnly),
        one("overseas-company", "company.us", commercial, Delivery::RegionView),
        one("domestic-company", "company.jp", commercial, Delivery::RegionView),
        one("unlisted-country", "university.xx", research, Delivery::Download),
        Approval {
            not_after: Timestamp(999),
            ..one("ended", "university.jp", research, Delivery::Download)
        },
        Approval {
            revoked: Some(Timestamp(500)),
            ..one("revoked", "university.jp", research, Delivery::Download)
        },
        Approval {
            datasets: vec![dataset("second")],
            ..one("other-research", "university.jp", research, Delivery::Download)
        },
        Approval {
            datasets: vec![dataset("closed")],
            ..one("other-dataset", "university.jp", research, Delivery::Download)
        },
        one("domestic-view", "university.jp", research, Delivery::RegionView),
        Approval {
            not_after: Timestamp(4_000),
            ..download("brief")
        },
        Approval {
            not_before: Some(Timestamp(2_000)),
            datasets: vec![dataset("open"), dataset("second")],
            ..download("not-yet")
        },
        named("named-me", "someone"),
        named("named-alias", "someone's alias"),
        named("named-other", "somebody else"),
        purposes("no-purpose", &[]),
        purposes("with-insurance", &[Purpose::GeneralResearch, Purpose::Insurance]),
        purposes("biomedical", &[Purpose::BiomedicalResearch]),
        purposes("methods", &[Purpose::MethodsDevelopment]),
        purposes(
            "biomedical-and-methods",
            &[Purpose::BiomedicalResearch, Purpose::MethodsDevelopment],
        ),
        purposes("care", &[Purpose::ClinicalCare]),
        released("released", "open-1"),
        released("released-no-file", "open-2"),
        released("released-nobody", "open-3"),
        released("released-second", "second-1"),
        released("released-unknown", "open-9"),
        used_in("used-in-gb", "university.jp", "GB"),
        used_in("used-in-fr", "university.jp", "FR"),
        used_in("used-in-jp", "university.gb", "JP"),
        limited("one-gene", &[region("chr17", 1_000, 2_000)]),
        limited("two-genes", &[region("17", 1_500, 3_000), region("chr13", 10, 20)]),
        limited("other-gene", &[region("chr13", 10, 20)]),
        limited("no-gene", &[]),
        Approval {
            delivery: Delivery::RegionView,
            ..limited("one-gene-view", &[region("chr17", 1_000, 2_000)])
        },
    ]
}

fn releases() -> Vec<Release> {
    let one = |id: &str, of: &str, files: &[&str], people: &[u32]| Release {
        id: ReleaseId::parse(id).unwrap(),
        dataset: dataset(of),
        created: Timestamp(100),
        objects: files
            .iter()
            .map(|file| ReleasedObject {
                id: ObjectId::parse(file).unwrap(),
                sha256: String::new(),
            })
            .collect(),
        participants: people.iter().copied().map(Ordinal).collect(),
        citation: String::new(),
        manifest_sha256: String::new(),
    };
    vec![
        one("open-1", "open", &["object-1"], &[0]),
        one("open-2", "open", &["object-2"], &[0]),
        one("open-3", "open", &["object-1"], &[]),
        one("second-1", "second", &["object-1"], &[0]),
    ]
}

fn form() -> ConsentForm {
    ConsentForm {
        overseas_countries: vec!["GB".into(), "US".into()],
        ..gemj_fixtures::form("unified-1")
    }
}

fn given(participant: u32, clauses: ClauseSet) -> ConsentEvent {
    ConsentEvent {
        form: Some(form().id),
        clauses,
        ..gemj_fixtures::gave(u64::from(participant) + 1, participant, "form", Timestamp(10))
    }
}

/// The consent view of a case. Person 0 has the case's consent. Person 1 agreed to every clause and is a member of `joint-home` only.
fn view(consent: &str, now: Timestamp) -> ConsentView {
    let all: ClauseSet = Clause::ALL.into_iter().collect();
    let mut ledger = ConsentLedger::new([form()]);
    match consent {
        "none" => {}
        "all" => ledger.append(given(0, all)),
        "withdrawn" => {
            ledger.append(given(0, all));
            ledger.append(ConsentEvent {
                kind: ConsentKind::Withdrawn,
                effective: Timestamp(20),
                recorded: Timestamp(20),
                ..given(0, ClauseSet::EMPTY)
            });
        }
        clauses => ledger.append(given(0, ClauseSet::parse(clauses).unwrap())),
    }
    ledger.append(given(1, all));
    let mut roster = Roster::default();
    for id in ["open", "not-for-profit", "closed", "referred", "second"] {
        roster.register(Ordinal(0), None, None);
        roster.enrol(&dataset(id), Ordinal(0));
    }
    roster.register(Ordinal(1), None, None);
    roster.enrol(&dataset("joint-home"), Ordinal(1));
    let ids: Vec<_> = policy()
        .datasets()
        .iter()
        .map(|d| d.id.clone())
        .chain([dataset("joint-home")])
        .collect();
    ConsentView::fold(7, &ledger, &roster, &approvals(), &releases(), &ids, now)
}

/// The consent view of a case about a file of two people. Person 0 has the case's consent, person 1 agreed to
/// every clause, and both are members of `open`.
fn joint_view(consent: &str) -> ConsentView {
    let all: ClauseSet = Clause::ALL.into_iter().collect();
    let mut ledger = ConsentLedger::new([form()]);
    if consent == "all" {
        ledger.append(given(0, all));
    }
    ledger.append(given(1, all));
    let mut roster = Roster::default();
    for ordinal in [Ordinal(0), Ordinal(1)] {
        roster.register(ordinal, None, None);
        roster.enrol(&dataset("open"), ordinal);
    }
    ConsentView::fold(7, &ledger, &roster, &approvals(), &[], &[dataset("open")], NOW)
}

fn caller(text: &str) -> Caller {
    let someone = Caller {
        pseudonym: "someone".into(),
        known_as: vec!["someone".into(), "someone's alias".into()],
        not_after: Some(Timestamp(8_000)),
        ..Caller::default()
    };
    match text {
        "anonymous" => Caller::anonymous(),
        "registered" => Caller {
            registered_until: Some(Timestamp(8_000)),
            ..someone
        },
        "expired" => Caller {
            not_after: Some(Timestamp(1_000)),
            registered_until: Some(Timestamp(8_000)),
            ..someone
        },
        "staff" => Caller {
            roles: vec![Role {
                kind: RoleKind::Steward,
                scope: None,
            }],
            ..someone
        },
        _ => Caller {
            registered_until: text.starts_with("registered-and-").then_some(Timestamp(8_000)),
            controlled: text
                .strip_prefix("registered-and-")
                .unwrap_or(text)
                .strip_prefix("approved:")
                .unwrap()
                .split('+')
                .map(|id| ControlledAccess {
                    subject: Default::default(),
                    value: format!("https://example.org/{id}"),
                    jti: None,
                    not_after: Timestamp(8_000),
                })
                .collect(),
            ..someone
        },
    }
}

fn object(samples: &[Option<Ordinal>]) -> LocatedObject {
    LocatedObject {
        id: ObjectId::parse("object-1").unwrap(),
        dataset: dataset("open"),
        kind: DataKind::Reads,
        samples: samples.to_vec().into(),
    }
}

fn answer(case: &Case) -> Result<Grant, Denial> {
    let action = Action::ALL.into_iter().find(|a| a.as_str() == case.action).unwrap();
    let file = match case.on.as_str() {
        "own" => Some(object(&[Some(Ordinal(0))])),
        "joint" => Some(object(&[Some(Ordinal(0)), Some(Ordinal(1))])),
        "unmapped" => Some(object(&[Some(Ordinal(0)), None])),
        _ => None,
    };
    let named: Vec<_> = case.on.split('+').map(dataset).collect();
    let resource = match case.on.as_str() {
        "own" | "joint" | "unmapped" | "unknown" => Resource::Object(file.as_ref()),
        "all" => Resource::Population(&[]),
        _ => Resource::Population(&named),
    };
    let view = if case.on == "joint" {
        joint_view(&case.consent)
    } else {
        view(&case.consent, NOW)
    };
    let caller = caller(&case.caller);
    let declared = Declared {
        approval: case.approval.clone(),
        purpose: case.purpose,
        fhir: None,
    };
    decide(
        &AccessRequest {
            decision: DecisionId(1),
            caller: &caller,
            action,
            resource,
            declared: (declared != Declared::default()).then_some(&declared),
            now: NOW,
        },
        &policy(),
        &view,
    )
}

/// The open regions as the decision table writes them; `all` for the whole genome.
fn told(regions: Option<&GrantedRegions>) -> String {
    let Some(regions) = regions else { return "all".to_owned() };
    let one = |r: &ApprovedRegion| format!("{}:{}-{}", r.contig.as_str(), r.start.0, r.end.0);
    regions.to_approved().iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_case_of_the_decision_table_gets_its_stated_verdict() {
    let table: Table = toml::from_str(crate::TABLE).unwrap();
    assert!(table.case.len() >= 110);
    let mut wrong = Vec::new();
    for case in &table.case {
        let verdict = match answer(case) {
            Ok(grant) => {
                let first = &grant.datasets()[0];
                if let Some(delivery) = case.delivery {
                    assert_eq!(first.delivery(), Some(delivery), "{}", case.name);
                }
                if let Some(until) = case.until {
                    assert_eq!(grant.not_after(), Timestamp(until), "{}", case.name);
                }
                if let Some(regions) = &case.regions {
                    assert_eq!(told(first.regions()), *regions, "{}", case.name);
                }
                if let Some(granularity) = &case.granularity {
                    let finest = grant.datasets().iter().map(|d| format!("{:?}", d.granularity()).to_lowercase());
                    assert_eq!(finest.min().as_deref(), Some(granularity.as_str()), "{}", case.name);
                }
                assert_eq!(grant.declared_purpose(), case.purpose, "{}", case.name);
                format!("grant:{}:{}", first.terms().tier().as_str(), first.participants().len())
            }
            Err(denial) => format!("deny:{}", denial.rule.code()),
        };
        if verdict != case.verdict {
            wrong.push(format!("{}: {verdict}, not {}", case.name, case.verdict));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_capability_opens_what_its_decision_opened_and_an_altered_text_opens_nothing() {
    let key = CapabilityKey::new([7; 32]);
    let file = object(&[Some(Ordinal(0))]);
    let who = Caller {
        marks: vec![Mark::of_trust("the configuration trusts the broker")],
        ..caller("approved:overseas-view")
    };
    let ask = |caller: &Caller, view: &ConsentView, now| {
        let resource = Resource::Object(Some(&file));
        decide(
            &AccessRequest {
                decision: DecisionId(1),
                caller,
                action: Action::SliceReads,
                resource,
                declared: None,
                now,
            },
            &policy(),
            view,
        )
    };
    let grant = ask(&who, &view("all", NOW), NOW).unwrap();
    let payload = Payload::Slice(SlicePart {
        regions: Regions(vec![("chr1".into(), 0, Some(100))]),
        ..SlicePart::default()
    });
    let capability = Capability::from_grant(&grant, &who, file.id.clone(), payload, Timestamp(2_000));
    let text = capability.seal(&key).unwrap();
    let opened = Capability::open(&text, &key, NOW).unwrap();
    assert_eq!(opened, capability);
    assert!(ask(&opened.holder(), &view("all", NOW), NOW).is_ok());
    assert_eq!(
        ask(&opened.holder(), &view("withdrawn", NOW), NOW).unwrap_err().rule,
        Rule::NotVisible
    );
    assert_eq!(Capability::open(&text, &key, Timestamp(2_000)), Err(CapabilityError::Expired));
    assert_eq!(
        Capability::open(&text, &CapabilityKey::new([8; 32]), NOW),
        Err(CapabilityError::Invalid)
    );
    for i in 0..text.len() {
        let mut altered = text.clone().into_bytes();
        altered[i] = if altered[i] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert!(altered == text || Capability::open(&altered, &key, NOW).is_err(), "byte {i}");
    }
}

#[test]
fn a_grant_after_a_withdrawal_does_not_cover_an_earlier_stream() {
    let file = object(&[Some(Ordinal(0)), Some(Ordinal(1))]);
    let who = caller("approved:overseas-view");
    let ask = |view: &ConsentView| {
        let resource = Resource::Object(Some(&file));
        decide(
            &AccessRequest {
                decision: DecisionId(1),
                caller: &who,
                action: Action::SliceVariants,
                resource,
                declared: None,
                now: NOW,
            },
            &policy(),
            view,
        )
        .unwrap()
    };
    let (before, after) = (ask(&joint_view("all")), ask(&joint_view("withdrawn")));
    assert!(before.still_covers(&before) && before.still_covers(&after));
    assert!(!after.still_covers(&before));
}

fn rank(answer: &Result<Grant, Denial>) -> (u8, u64) {
    match answer {
        Err(_) => (0, 0),
        Ok(grant) => {
            let first = &grant.datasets()[0];
            (1 + first.terms().tier() as u8, first.participants().len())
        }
    }
}

proptest! {
    #[test]
    fn less_consent_never_yields_more(bits in 0u32..512, fewer in 0u32..512, who in 0usize..9, action in 0usize..6, on in 0usize..4) {
        let words = |bits: u32| {
            let set: ClauseSet = Clause::ALL.into_iter().filter(|c| bits & (1 << *c as u32) != 0).collect();
            if set.is_empty() { "none".to_owned() } else { set.joined() }
        };
        let who = ["anonymous", "registered", "staff", "approved:domestic-download", "approved:overseas-view", "approved:overseas-tre", "approved:overseas-company", "approved:domestic-company", "approved:domestic-download+overseas-view"][who];
        let on = ["own", "open", "not-for-profit", "all"][on];
        let case = |bits| Case { name: String::new(), caller: who.into(), action: Action::ALL[action].as_str().into(), on: on.into(), consent: words(bits), approval: None, purpose: None, verdict: String::new(), delivery: None, until: None, regions: None, granularity: None };
        prop_assert!(rank(&answer(&case(bits & fewer))) <= rank(&answer(&case(bits))));
    }

    #[test]
    fn a_random_text_is_not_a_valid_capability(text in ".{0,200}") {
        prop_assert!(Capability::open(&text, &CapabilityKey::new([7; 32]), NOW).is_err());
    }
}

#[test]
fn members_of_one_family_count_as_one_family() {
    let mut roster = Roster::default();
    let mut ledger = ConsentLedger::new([form()]);
    for (ordinal, family) in [(0, Some("f1")), (1, Some("f1")), (2, None), (3, None), (4, Some("f2"))] {
        roster.register(Ordinal(ordinal), family, None);
        roster.enrol(&dataset("open"), Ordinal(ordinal));
        ledger.append(given(ordinal, Clause::ALL.into_iter().collect()));
    }
    let view = Arc::new(ConsentView::fold(1, &ledger, &roster, &[], &[], &[dataset("open")], NOW));
    let who = Caller::anonymous();
    let question = AccessRequest {
        decision: DecisionId(1),
        caller: &who,
        action: Action::AskVariants,
        resource: Resource::Population(&[]),
        declared: None,
        now: NOW,
    };
    let grant = decide(&question, &policy(), &view).unwrap();
    let participants = grant.datasets()[0].participants();
    let families: std::collections::BTreeSet<u32> = participants.iter().map(|person| grant.family_of(Ordinal(person))).collect();
    assert_eq!(families.len(), 4);
}
