#![allow(clippy::unwrap_used)]
use std::collections::HashMap;

use gemj_model::{ApprovedRegion, Contig, DatasetId, Delivery, Purpose, Timestamp, ZeroBased};
use serde_json::{Value, json};

use super::super::document::{DocumentFault, Recorded, RemsForm, read};
use super::*;

fn resource(ext_id: &str, dataset: &str, delivery: Delivery) -> RemsResource {
    RemsResource {
        ext_id: ext_id.to_owned(),
        dataset: DatasetId::parse(dataset).unwrap(),
        visa_value: None,
        release: None,
        purposes: vec![Purpose::BiomedicalResearch, Purpose::MethodsDevelopment],
        diseases: Vec::new(),
        commercial: true,
        meets: vec!["DUO:0000021".to_owned()],
        delivery,
        region_budget_bp: None,
        regions: None,
        not_after: None,
    }
}

fn mapping() -> RemsMapping {
    let mut second = resource("urn:rare", "rare-disease", Delivery::RegionView);
    second.purposes = vec![Purpose::BiomedicalResearch];
    second.commercial = false;
    second.region_budget_bp = Some(500);
    let mut own_value = resource("urn:own", "cancer", Delivery::TreOnly);
    own_value.visa_value = Some("https://rems.example/urn:own".to_owned());
    RemsMapping {
        issuer: "https://idp.example".to_owned(),
        visa_value: "https://gemj.example/rems/{application}".to_owned(),
        id_prefix: "rems-".to_owned(),
        organisations: HashMap::from([
            ("med.university.example".to_owned(), "university.example".to_owned()),
            ("university.example".to_owned(), "university.example".to_owned()),
            ("company.example".to_owned(), "company.example".to_owned()),
        ]),
        resources: vec![resource("urn:cancer", "cancer", Delivery::Download), second, own_value],
    }
}

fn application() -> Value {
    json!({
        "application/id": 12,
        "application/external-id": "2026/12",
        "application/state": "application.state/approved",
        "application/description": "Epilepsy in families",
        "application/applicant": {"userid": "taro", "name": "Taro", "email": "taro@Med.University.example", "organizations": []},
        "application/members": [{"userid": "hanako", "name": "Hanako", "email": "hanako@university.example"}],
        "application/resources": [
            {"resource/id": 1, "resource/ext-id": "urn:cancer", "catalogue-item/id": 1},
            {"resource/id": 2, "resource/ext-id": "urn:rare", "catalogue-item/id": 2}],
        "application/events": [
            {"event/type": "application.event/submitted", "event/time": "2026-01-01T00:00:00.000Z"},
            {"event/type": "application.event/approved", "event/time": "2026-02-01T00:00:00.000Z", "event/actor": "chair"}],
        "application/licenses": [],
        "entitlement/end": "2027-02-01T00:00:00.000Z",
    })
}

fn entries(text: &[u8]) -> (RemsForm, Vec<RemsEntry>) {
    match read(text, Some(&mapping()), Timestamp::parse("2026-06-01T00:00:00Z").unwrap()).unwrap() {
        Recorded::Rems(form, entries) => (form, entries),
        Recorded::Ours(_) => panic!("read as the gateway's own format"),
    }
}

fn outcome(document: &Value) -> RemsOutcome {
    let (_, mut entries) = entries(&serde_json::to_vec(document).unwrap());
    assert_eq!(entries.len(), 1);
    entries.remove(0).outcome
}

fn all_approved(document: &Value) -> Vec<Approval> {
    match outcome(document) {
        RemsOutcome::Approved(approvals) => approvals,
        other => panic!("{other:?}"),
    }
}

fn approved(document: &Value) -> Approval {
    let mut all = all_approved(document);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn refused(document: &Value) -> Vec<RemsFault> {
    match outcome(document) {
        RemsOutcome::Refused(faults) => faults,
        other => panic!("{other:?}"),
    }
}

/// The pseudonym of a user: the first 16 bytes of SHA-256 over issuer and user id, each with its length in eight bytes before it. Computed
/// by Python's hashlib.
const TARO: &str = "b0c058586cd1966a53957f469feacffa";
const HANAKO: &str = "37f750a498affc7e37d530f62160ebc3";

#[test]
fn an_approval_contains_only_terms_that_all_resources_of_the_application_allow() {
    let approval = approved(&application());
    assert_eq!(approval.id.as_str(), "rems-12");
    assert_eq!(approval.visa_value, "https://gemj.example/rems/12");
    assert_eq!(approval.project, "Epilepsy in families");
    assert_eq!(approval.organisation, "university.example");
    let ids: Vec<&str> = approval.datasets.iter().map(DatasetId::as_str).collect();
    assert_eq!(ids, ["cancer", "rare-disease"]);
    assert_eq!(approval.purposes, [Purpose::BiomedicalResearch]);
    assert!(!approval.commercial);
    assert_eq!(approval.meets, ["DUO:0000021"]);
    assert_eq!((approval.delivery, approval.region_budget_bp), (Delivery::RegionView, Some(500)));
    assert_eq!(approval.not_before, Some(Timestamp::parse("2026-02-01T00:00:00Z").unwrap()));
    assert_eq!(approval.not_after, Timestamp::parse("2027-02-01T00:00:00Z").unwrap());
    let mut expected = [TARO, HANAKO];
    expected.sort_unstable();
    assert_eq!(approval.users, expected);
}

#[test]
fn no_name_address_or_user_id_is_stored() {
    let kept = serde_json::to_string(&approved(&application())).unwrap().to_lowercase();
    for text in ["taro", "hanako", "@", "chair"] {
        assert!(!kept.contains(text), "{text}: {kept}");
    }
}

#[test]
fn barred_users_are_left_out_and_an_application_without_users_has_no_approval() {
    let mut document = application();
    document["application/blacklist"] =
        json!([{"blacklist/user": {"userid": "hanako"}, "blacklist/resource": {"resource/ext-id": "urn:rare"}}]);
    assert_eq!(approved(&document).users, [TARO]);
    document["application/members"] = json!([]);
    document["application/blacklist"][0]["blacklist/user"]["userid"] = json!("taro");
    assert_eq!(all_approved(&document), []);
}

#[test]
fn an_approval_of_limited_resources_has_only_their_common_regions() {
    let region = |contig: &str, start, end| ApprovedRegion {
        assembly: None,
        contig: Contig(contig.to_owned()),
        start: ZeroBased(start),
        end: ZeroBased(end),
    };
    let approved = |cancer: Option<Vec<ApprovedRegion>>, rare: Option<Vec<ApprovedRegion>>| {
        let mut mapping = mapping();
        mapping.resources[0].regions = cancer;
        mapping.resources[1].regions = rare;
        let Ok(Recorded::Rems(_, mut entries)) = read(application().to_string().as_bytes(), Some(&mapping), Timestamp(0)) else {
            panic!("the application is not read");
        };
        match entries.remove(0).outcome {
            RemsOutcome::Approved(mut approvals) => Ok(approvals.remove(0).regions),
            RemsOutcome::Refused(mut faults) => Err(faults.remove(0)),
            other => panic!("{other:?}"),
        }
    };
    let one = vec![region("chr17", 100, 300), region("chr13", 5, 9)];
    assert_eq!(approved(None, None), Ok(None));
    assert_eq!(approved(Some(one.clone()), None), Ok(Some(one.clone())));
    assert_eq!(approved(None, Some(one.clone())), Ok(Some(one.clone())));
    let both = approved(Some(one.clone()), Some(vec![region("17", 200, 400)]));
    assert_eq!(both, Ok(Some(vec![region("17", 200, 300)])));
    assert_eq!(
        approved(Some(one.clone()), Some(vec![region("17", 300, 400)])),
        Err(RemsFault::NoRegion)
    );
    // The mapping has an empty list of regions, and the approval gets the empty list too. The approval is refused later, when it is
    // recorded, like every approval without regions.
    assert_eq!(approved(Some(Vec::new()), None), Ok(Some(Vec::new())));
}

#[test]
fn known_states_are_approved_over_or_undecided_and_other_states_are_refused() {
    let state = |word: &str| {
        let mut document = application();
        document["application/state"] = json!(format!("application.state/{word}"));
        outcome(&document)
    };
    assert!(matches!(state("approved"), RemsOutcome::Approved(_)));
    for word in ["closed", "revoked"] {
        assert_eq!(state(word), RemsOutcome::Over(word));
    }
    for word in ["draft", "submitted", "returned", "rejected"] {
        assert_eq!(state(word), RemsOutcome::Undecided(word));
    }
    let unknown = state("approved-with-conditions");
    assert!(matches!(&unknown, RemsOutcome::Refused(faults) if matches!(faults[..], [RemsFault::UnknownState(_)])));
}

#[test]
fn every_fault_of_an_application_is_listed_and_names_no_person() {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document = application();
        change(&mut document);
        refused(&document)
    };
    assert_eq!(
        changed(&|d| d["application/resources"][0]["resource/ext-id"] = json!("urn:cancer2")),
        [RemsFault::UnknownResource("urn:cancer2".to_owned())]
    );
    assert_eq!(changed(&|d| d["application/resources"] = json!([])), [RemsFault::NoResource]);
    let member = [RemsFault::UnknownOrganisation(Whose::Member(1))];
    assert_eq!(
        changed(&|d| d["application/members"][0]["email"] = json!("x@university.example.evil.example")),
        member
    );
    assert_eq!(changed(&|d| d["application/members"][0]["email"] = json!(null)), member);
    assert_eq!(changed(&|d| d["entitlement/end"] = json!(null)), [RemsFault::NoEnd]);
    assert_eq!(
        changed(&|d| d["entitlement/end"] = json!("some day")),
        [RemsFault::Time("entitlement/end")]
    );
    assert_eq!(changed(&|d| d["application/events"] = json!([])), [RemsFault::NoEvent]);
    assert!(matches!(
        changed(&|d| d["application/resources"] = json!("urn:cancer"))[..],
        [RemsFault::Form { .. }]
    ));
    let all = changed(&|d| {
        d["application/applicant"]["email"] = json!("taro@elsewhere.example");
        d["application/members"][0]["email"] = json!("hanako@elsewhere.example");
        d["entitlement/end"] = json!("some day");
        d["application/resources"][0]["resource/ext-id"] = json!("urn:cancer2");
        d["application/resources"][1]["resource/ext-id"] = json!("urn:cancer3");
    });
    assert_eq!(all.len(), 5, "{all:?}");
    for fault in &all {
        let text = fault.to_string();
        assert!(
            !text.contains("taro") && !text.contains("hanako") && !text.contains("elsewhere"),
            "{text}"
        );
    }
}

#[test]
fn each_organisation_of_an_application_gets_its_own_approval() {
    let mut document = application();
    document["application/members"][0]["email"] = json!("hanako@company.example");
    let both = all_approved(&document);
    let seen: Vec<(&str, &str, &[String])> = both
        .iter()
        .map(|a| (a.id.as_str(), a.organisation.as_str(), &a.users[..]))
        .collect();
    assert_eq!(
        seen,
        [
            ("rems-12", "university.example", &[TARO.to_owned()][..]),
            ("rems-12@company.example", "company.example", &[HANAKO.to_owned()][..]),
        ],
        "the applicant's organisation has the plain id"
    );
    assert_eq!(both[0].visa_value, both[1].visa_value);
    // A barred applicant leaves the approval, and the ids of the other organisations stay the same.
    document["application/blacklist"] = json!([{"blacklist/user": {"userid": "taro"}}]);
    let rest = all_approved(&document);
    assert_eq!(rest.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), ["rems-12@company.example"]);
}

#[test]
fn the_last_activity_is_that_of_the_application_or_of_its_last_event() {
    let activity = |change: &dyn Fn(&mut Value)| {
        let mut document = application();
        change(&mut document);
        entries(document.to_string().as_bytes()).1.remove(0).activity
    };
    let time = |text: &str| Some(Timestamp::parse(text).unwrap());
    assert_eq!(activity(&|_| ()), time("2026-02-01T00:00:00Z"));
    let stated = activity(&|d| d["application/last-activity"] = json!("2026-03-05T01:02:03.456Z"));
    assert_eq!(stated, time("2026-03-05T01:02:03.456Z"));
}

#[test]
fn a_sheet_of_applications_states_which_are_over_and_which_are_only_listed() {
    let sheet = concat!(
        "\"Id\",\"External id\",\"Applicant\",\"First submitted\",\"State\",\"Resources\",\"Title, of the \\\"project\\\"\"\n",
        "12,\"2026/12\",\"Taro\",\"2026-01-01 09:00\",\"Approved\",\"Cancer, Rare\",\"One \\\"quoted\\\" title\nin two lines\"\n",
        "13,\"2026/13\",\"Hanako\",\"2026-01-02 09:00\",\"Revoked\",\"Cancer\",\"x\"\n",
        "14,\"2026/14\",\"Jiro\",\"2026-01-02 09:00\",\"Applied\",\"Cancer\",\"x\"\n",
        "15,\"2026/15\",\"Saburo\",\"2026-01-02 09:00\",\"Hyväksytty\",\"Cancer\",\"x\"\n",
        "x,\"2026/15\",\"Shiro\",\"2026-01-02 09:00\",\"Closed\",\"Cancer\",\"x\"\n",
    );
    let (form, found) = entries(sheet.as_bytes());
    assert_eq!(form, RemsForm::Sheet);
    let outcomes: Vec<&RemsOutcome> = found.iter().map(|entry| &entry.outcome).collect();
    assert_eq!(
        outcomes[..3],
        [
            &RemsOutcome::Listed,
            &RemsOutcome::Over("revoked"),
            &RemsOutcome::Undecided("submitted")
        ]
    );
    assert!(matches!(outcomes[3], RemsOutcome::Refused(faults) if matches!(faults[..], [RemsFault::UnknownState(_)])));
    assert_eq!(outcomes[4], &RemsOutcome::Refused(vec![RemsFault::Row]));
    assert_eq!(found[1].place.line, 4, "the first row has two lines");
    let semicolons = "Id;External id;Applicant;First submitted;State;Resources\n13;a;b;c;Closed;d\n";
    assert_eq!(entries(semicolons.as_bytes()).1[0].outcome, RemsOutcome::Over("closed"));
    let entitlements = "resource,application,user,start\nurn:cancer,12,taro,2026-02-01\n";
    let refused = read(entitlements.as_bytes(), Some(&mapping()), Timestamp(0)).unwrap_err();
    assert_eq!(refused, DocumentFault::EntitlementSheet);
}

#[test]
fn a_resource_with_its_own_visa_value_gets_its_own_approval() {
    let mut document = application();
    document["application/resources"][1]["resource/ext-id"] = json!("urn:own");
    let both = all_approved(&document);
    let seen: Vec<(&str, &str)> = both.iter().map(|a| (a.id.as_str(), a.visa_value.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("rems-12", "https://gemj.example/rems/12"),
            ("rems-12:cancer", "https://rems.example/urn:own")
        ]
    );
    assert_eq!(both[1].delivery, Delivery::TreOnly);
}

#[test]
fn two_visa_values_of_one_dataset_get_different_approvals() {
    let mut mapping = mapping();
    mapping.resources[0].visa_value = Some("https://rems.example/urn:cancer".to_owned());
    mapping.resources[0].ext_id = "urn:rare".to_owned();
    let mut document = application();
    document["application/resources"][0]["resource/ext-id"] = json!("urn:own");
    mapping.resources.remove(1);
    let Ok(Recorded::Rems(_, mut entries)) = read(document.to_string().as_bytes(), Some(&mapping), Timestamp(0)) else {
        panic!("the application is not read");
    };
    let RemsOutcome::Approved(both) = entries.remove(0).outcome else {
        panic!("the application is refused");
    };
    let ids: Vec<&str> = both.iter().map(|a| a.id.as_str()).collect();
    assert_eq!(ids.len(), 2);
    assert!(
        ids[0] != ids[1] && ids.iter().all(|id| id.starts_with("rems-12:cancer:")),
        "{ids:?}"
    );
}

#[test]
fn entitlements_of_an_application_become_one_approval_for_users_who_hold_all_resources() {
    let row = |user: &str, resource: &str, end: Option<&str>| json!({"resource": resource, "application-id": 12, "start": "2026-02-01T00:00:00.000Z", "end": end, "mail": format!("{user}@university.example"), "userid": user});
    let later = Some("2027-02-01T00:00:00.000Z");
    let approval = approved(&json!([
        row("taro", "urn:cancer", later),
        row("taro", "urn:rare", later),
        row("hanako", "urn:cancer", later),
        {"resource": "urn:rare", "application-id": 12, "start": "2026-02-02T00:00:00.000Z", "end": later,
         "user": {"userid": "hanako", "name": "Hanako", "email": "hanako@university.example"}},
        row("jiro", "urn:cancer", later),
    ]));
    let mut expected = [TARO, HANAKO];
    expected.sort_unstable();
    assert_eq!(approval.users, expected, "jiro holds only one of the two resources");
    assert_eq!(approval.not_before, Some(Timestamp::parse("2026-02-01T00:00:00Z").unwrap()));

    let past = Some("2026-05-01T00:00:00.000Z");
    let left = approved(&json!([row("taro", "urn:cancer", later), row("hanako", "urn:cancer", past)]));
    assert_eq!(left.users, [TARO]);
    let over = outcome(&json!([row("taro", "urn:cancer", past)]));
    assert_eq!(over, RemsOutcome::Ended(Timestamp::parse("2026-05-01T00:00:00Z").unwrap()));
    assert_eq!(refused(&json!([row("taro", "urn:cancer", None)])), [RemsFault::NoEnd]);
    assert_eq!(
        refused(&json!([{"resource": "urn:cancer", "application-id": 12, "end": later}])),
        [RemsFault::InRow(
            Place { number: 1, line: 1 },
            Box::new(RemsFault::Form { column: 0 })
        )]
    );
}

#[test]
fn a_faulty_row_refuses_its_whole_application_and_no_other() {
    let row = |application: i64, end: &str| {
        json!({"resource": "urn:cancer", "application-id": application, "start": "2026-02-01T00:00:00.000Z",
        "end": end, "mail": "x@university.example", "userid": "taro"})
    };
    let later = "2027-02-01T00:00:00.000Z";
    let mut without_user = row(13, later);
    without_user["resource"] = json!(5);
    let text =
        json!([row(12, later), row(12, "some day"), row(13, later), without_user, row(14, later), {"resource": "urn:cancer", "application-id": "x"}]).to_string();
    let (_, found) = entries(text.as_bytes());
    let seen: Vec<(Option<i64>, bool)> = found
        .iter()
        .map(|entry| (entry.application, matches!(entry.outcome, RemsOutcome::Refused(_))))
        .collect();
    assert_eq!(seen, [(None, true), (Some(12), true), (Some(13), true), (Some(14), false)]);
    let RemsOutcome::Refused(faults) = &found[1].outcome else {
        panic!("application 12 is not refused");
    };
    assert_eq!(faults[0].to_string(), "entry 2 (line 1): the time in 'end' cannot be read");
}

proptest::proptest! {
    #[test]
    fn no_change_of_a_good_export_makes_the_reader_panic(at in 0_usize..2000, byte in proptest::prelude::any::<u8>()) {
        let mut bytes = serde_json::to_vec(&application()).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = read(&bytes, Some(&mapping()), Timestamp(0));
    }
}

#[test]
fn a_text_with_five_separators_that_is_no_sheet_of_applications_is_refused() {
    for text in [
        "<html><body>Error: a, b, c, d, e, f, g; sign in again</body></html>",
        "12,2026/12,taro,2026,Revoked,x\n13,2026/13,taro,2026,Revoked,x\n",
    ] {
        let refused = read(text.as_bytes(), Some(&mapping()), Timestamp(0)).unwrap_err();
        assert_eq!(refused, DocumentFault::Headings, "{text}");
    }
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("Id,b,c,d,State,f\n12,b,c,d,Revoked,f".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(read(&utf16, Some(&mapping()), Timestamp(0)).unwrap_err(), DocumentFault::NotUtf8);
}

#[test]
fn an_application_number_below_one_is_refused() {
    let mut document = application();
    document["application/id"] = json!(-1);
    assert!(!refused(&document).is_empty());
}

/// Texts of one application that differ in one value. The first one is the application of the other tests.
fn different_applications() -> Vec<Value> {
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut document = application();
        change(&mut document);
        document
    };
    vec![
        application(),
        changed(&|d| d["application/id"] = json!(13)),
        changed(&|d| d["application/external-id"] = json!("2026/13")),
        changed(&|d| d["application/external-id"] = Value::Null),
        changed(&|d| d["application/description"] = json!("Epilepsy")),
        changed(&|d| d["application/state"] = json!("application.state/revoked")),
        changed(&|d| d["application/applicant"]["userid"] = json!("taroh")),
        changed(&|d| d["application/applicant"]["email"] = json!("taro@company.example")),
        changed(&|d| d["application/members"] = json!([])),
        changed(&|d| d["application/members"][0]["email"] = json!("hanako@company.example")),
        changed(&|d| d["application/resources"].as_array_mut().unwrap().truncate(1)),
        changed(&|d| d["application/blacklist"] = json!([{"blacklist/user": {"userid": "hanako"}}])),
        changed(&|d| d["application/blacklist"] = json!([{"blacklist/user": {"userid": "taro"}}])),
        changed(&|d| d["application/last-activity"] = json!("2026-03-05T01:02:03.456Z")),
        changed(&|d| d["application/last-activity"] = json!("2026-03-05T01:02:03.457Z")),
        changed(&|d| d["entitlement/end"] = json!("2027-02-02T00:00:00Z")),
        changed(&|d| d["entitlement/end"] = json!("2027-02-02T00:00:00.000001Z")),
    ]
}

/// Lists of entitlements of one application that differ in one value, or in which the same characters belong to other values.
fn different_entitlements() -> Vec<Value> {
    let row = |resource: &str, userid: &str, mail: Option<&str>, start: Option<&str>, end: Option<&str>| json!({"application-id": 12, "resource": resource, "userid": userid, "mail": mail, "start": start, "end": end});
    let (first, second) = (Some("2026-01-01T00:00:00Z"), Some("2027-01-01T00:00:00Z"));
    let mail = Some("taro@university.example");
    vec![
        json!([row("urn:cancer", "taro", mail, first, second)]),
        json!([row("urn:cancer", "tar", Some("otaro@university.example"), first, second)]),
        json!([row("urn:cancert", "aro", mail, first, second)]),
        json!([row("urn:cancer", "taro", None, first, second)]),
        json!([row("urn:cancer", "taro", mail, first, None)]),
        json!([row("urn:cancer", "taro", mail, None, first)]),
        json!([row("urn:cancer", "taro", mail, None, second)]),
        json!([row("urn:cancer", "taro", mail, second, first)]),
        json!([row("urn:cancer", "taro\",\"", mail, first, second)]),
        json!([
            row("urn:cancer", "taro", mail, first, second),
            row("urn:rare", "taro", mail, first, second)
        ]),
        json!([
            row("urn:cancer", "taro", mail, first, second),
            row("urn:cancer", "hanako", mail, first, second)
        ]),
        json!([]),
    ]
}

#[test]
fn two_different_contents_have_different_digests_and_the_same_content_has_the_same_one() {
    let digest = |text: &str| entries(text.as_bytes()).1.first().and_then(|entry| entry.content);
    let all = different_applications().into_iter().chain(different_entitlements());
    let mut seen: Vec<(ContentDigest, Value)> = Vec::new();
    for document in all {
        let Some(found) = digest(&document.to_string()) else {
            assert_eq!(document, json!([]), "only the empty file has no content");
            continue;
        };
        assert_eq!(digest(&serde_json::to_string_pretty(&document).unwrap()), Some(found));
        assert_eq!(found.id().map(|id| id.as_str().len()), Some("content:".len() + 64));
        if let Some((_, other)) = seen.iter().find(|(other, _)| *other == found) {
            panic!("{document} has the digest of {other}");
        }
        seen.push((found, document));
    }
}
