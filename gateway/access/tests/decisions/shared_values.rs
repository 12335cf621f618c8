//! Several approvals with one visa value: a visa counts only for the approvals that name its subject. Bans: a ban closes every right that
//! rests on the banned person, issuer or token.

use gemj_access::{
    Action, Bans, Caller, Capability, CapabilityKey, ConsentLedger, ConsentView, ControlledAccess, Declared, Identity, KnownAs, Mark,
    Payload, PseudonymKey, Resource, Roster, Rule, VisaSubject,
};
use gemj_model::{Approval, ClauseSet, Delivery, Ordinal, Timestamp};

use crate::programme::*;

const VALUE: &str = "urn:nbn:resource";

fn of(id: &str, users: &[&str], delivery: Delivery) -> Approval {
    Approval {
        visa_value: VALUE.into(),
        users: users.iter().map(|user| (*user).to_owned()).collect(),
        delivery,
        ..approval(id, "cancer")
    }
}

fn about(names: &[(&str, i64)]) -> ControlledAccess {
    ControlledAccess {
        value: VALUE.into(),
        jti: None,
        not_after: Timestamp(6_000),
        subject: VisaSubject {
            known_as: names
                .iter()
                .map(|(name, until)| KnownAs {
                    pseudonym: (*name).to_owned(),
                    until: Timestamp(*until),
                })
                .collect(),
            ..VisaSubject::default()
        },
    }
}

fn holding(visas: Vec<ControlledAccess>) -> Caller {
    Caller {
        pseudonym: "holder".into(),
        known_as: vec!["holder".into()],
        controlled: visas,
        marks: vec![Mark::of_trust("the configuration trusts the broker")],
        not_after: Some(Timestamp(5_500)),
        ..Caller::default()
    }
}

fn fetch(who: &Caller, view: &ConsentView) -> Result<gemj_access::Grant, Rule> {
    read(who, Action::FetchObject, Resource::Object(Some(&file("cancer", &[Some(0)]))), view).map_err(|denial| denial.rule)
}

#[test]
fn a_visa_for_a_shared_resource_opens_the_project_of_its_subject() {
    let view = everybody_agreed(
        &[of("one", &["alice"], Delivery::Download), of("two", &["bob"], Delivery::TreOnly)],
        &[],
        NOW,
    );
    let grant = fetch(&holding(vec![about(&[("alice", i64::MAX)])]), &view).unwrap();
    assert_eq!(
        (grant.approval_ids(), grant.approvals()),
        (&["one".to_owned()][..], &[VALUE.to_owned()][..])
    );
    // A visa about bob, a user of the other project, gets the other project's delivery. A visa of the same value about
    // carol, a user of no project, gets nothing.
    let refused = fetch(&holding(vec![about(&[("bob", i64::MAX)])]), &view).unwrap_err();
    assert_eq!(
        refused,
        Rule::Delivery {
            allowed: Delivery::TreOnly
        }
    );
    assert_eq!(
        fetch(&holding(vec![about(&[("carol", i64::MAX)])]), &view).unwrap_err(),
        Rule::NotVisible
    );
    // Visas about different people do not join: of the two visas, only the visa about alice counts.
    let two = holding(vec![about(&[("carol", i64::MAX)]), about(&[("alice", i64::MAX)])]);
    assert_eq!(fetch(&two, &view).unwrap().approval_ids(), ["one"]);
}

#[test]
fn two_projects_that_share_a_visa_value_get_different_pseudonyms() {
    let approvals = [
        of("one", &["alice", "carol"], Delivery::Download),
        of("two", &["bob"], Delivery::Download),
    ];
    let view = everybody_agreed(&approvals, &[], NOW);
    let key = CapabilityKey::new([7; 32]);
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| {
        let grant = fetch(&holding(vec![about(&[(name, i64::MAX)])]), &view).unwrap();
        assert_eq!(grant.approvals(), [VALUE], "{name}");
        PseudonymKey::of(&key, &grant).person(Ordinal(0))
    });
    assert_ne!(alice, bob);
    assert_eq!(alice, carol, "members of one project see the same pseudonym");
}

#[test]
fn a_member_of_two_projects_names_one_project_or_gets_only_what_both_allow() {
    let view = everybody_agreed(
        &[
            of("one", &["alice"], Delivery::Download),
            of("two", &["alice"], Delivery::RegionView),
        ],
        &[],
        NOW,
    );
    let who = holding(vec![about(&[("alice", i64::MAX)])]);
    assert_eq!(
        fetch(&who, &view).unwrap_err(),
        Rule::Delivery {
            allowed: Delivery::RegionView
        }
    );
    let declared = Declared {
        approval: Some("one".into()),
        purpose: None,
        fhir: None,
    };
    let own = file("cancer", &[Some(0)]);
    let named = gemj_access::AccessRequest {
        decision: gemj_access::DecisionId(1),
        caller: &who,
        action: Action::FetchObject,
        resource: Resource::Object(Some(&own)),
        declared: Some(&declared),
        now: NOW,
    };
    assert_eq!(gemj_access::decide(&named, &policy(), &view).unwrap().approval_ids(), ["one"]);
}

#[test]
fn a_right_under_a_linked_name_ends_with_the_link() {
    let view = everybody_agreed(&[of("one", &["alice"], Delivery::Download)], &[], NOW);
    let who = holding(vec![about(&[("x", i64::MAX), ("alice", NOW.0 + 7)])]);
    assert_eq!(fetch(&who, &view).unwrap().not_after(), Timestamp(NOW.0 + 7));
    let over = holding(vec![about(&[("x", i64::MAX), ("alice", NOW.0)])]);
    assert!(fetch(&over, &view).is_err());
}

#[test]
fn a_capability_stays_bound_to_its_approval_if_another_approval_of_the_value_names_the_user() {
    let key = gemj_access::CapabilityKey::new([7; 32]);
    let who = holding(vec![about(&[("alice", i64::MAX)])]);
    let before = everybody_agreed(&[of("one", &["alice", "bob"], Delivery::Download)], &[], NOW);
    let grant = fetch(&who, &before).unwrap();
    let own = file("cancer", &[Some(0)]);
    let sealed = Capability::from_grant(&grant, &who, own.id.clone(), Payload::Bytes, Timestamp(5_000))
        .seal(&key)
        .unwrap();
    let holder = Capability::open(&sealed, &key, NOW).unwrap().holder();
    assert!(fetch(&holder, &before).is_ok());
    // The project of the capability removed alice from its users. A second project with the same visa value names her, but the
    // capability was not made for that project.
    let after = everybody_agreed(
        &[of("one", &["bob"], Delivery::Download), of("two", &["alice"], Delivery::Download)],
        &[],
        NOW,
    );
    assert!(fetch(&holder, &after).is_err());
    assert!(fetch(&who, &after).is_ok());
}

#[test]
fn a_ban_of_a_person_issuer_or_token_closes_earlier_rights_and_nothing_else() {
    let view = everybody_agreed(&[of("one", &["alice"], Delivery::Download)], &[], NOW);
    let mut visa = about(&[("alice", i64::MAX)]);
    visa.subject.marks = vec![
        Mark::of_issuer("https://visas.example"),
        Mark::of_token("https://visas.example", "v-1"),
    ];
    let person = Identity {
        issuer: "https://broker.example".into(),
        subject: "s".into(),
    };
    let who = Caller {
        pseudonym: person.pseudonym(),
        marks: vec![
            Mark::of_issuer("https://broker.example"),
            Mark::of_token("https://broker.example", "t-1"),
        ],
        ..holding(vec![visa])
    };
    let own = file("cancer", &[Some(0)]);
    let policy = policy();
    let ask = |caller: &Caller| {
        let question = gemj_access::AccessRequest {
            decision: gemj_access::DecisionId(1),
            caller,
            action: Action::FetchObject,
            resource: Resource::Object(Some(&own)),
            declared: None,
            now: NOW,
        };
        gemj_access::decide(&question, &policy, &view).map_err(|denial| denial.rule)
    };
    let grant = ask(&who).unwrap();
    let holder = Capability::from_grant(&grant, &who, own.id.clone(), Payload::Bytes, Timestamp(5_000)).holder();
    type Ban<'a> = &'a dyn Fn(&mut Bans);
    let cases: [(&str, Ban<'_>, bool); 9] = [
        ("person", &|bans| bans.add_person(&person), true),
        ("broker", &|bans| bans.add_issuer("https://broker.example"), true),
        ("visa issuer", &|bans| bans.add_issuer("https://visas.example"), true),
        ("token", &|bans| bans.add_token("https://broker.example", "t-1"), true),
        ("visa", &|bans| bans.add_token("https://visas.example", "v-1"), true),
        ("another issuer", &|bans| bans.add_issuer("https://visas.example/"), false),
        ("another token", &|bans| bans.add_token("https://broker.example", "v-1"), false),
        ("an issuer called like a token", &|bans| bans.add_issuer("t-1"), false),
        ("none", &|_| {}, false),
    ];
    for (name, ban, closes) in cases {
        let mut bans = Bans::default();
        ban(&mut bans);
        policy.bans().replace(bans);
        for caller in [&who, &holder] {
            let expected = if closes { Some(Rule::CredentialsRequired) } else { None };
            assert_eq!(ask(caller).err(), expected, "{name}");
        }
    }
}

#[test]
fn a_registered_researcher_of_two_organisations_gets_what_either_organisation_gets() {
    // Person 0 agreed to use in Japan only, person 1 to use overseas only, person 2 to every use, and person 3 to use in the study only. The form
    // names Britain.
    let mut ledger = ConsentLedger::new([form()]);
    let mut roster = Roster::default();
    for (person, clauses) in [
        (0, "study-use;third-party-domestic"),
        (1, "study-use;third-party-overseas"),
        (2, "study-use;third-party-domestic;third-party-overseas;commercial"),
        (3, "study-use"),
    ] {
        ledger.append(given(person, ClauseSet::parse(clauses).unwrap()));
        roster.register(Ordinal(person), None, None);
        roster.enrol(&dataset("cancer"), Ordinal(person));
    }
    let view = ConsentView::fold(1, &ledger, &roster, &[], &[], &[dataset("cancer")], NOW);
    let people = |domains: &[&str]| {
        let who = Caller {
            affiliations: domains.iter().map(|domain| (*domain).to_owned()).collect(),
            ..caller("registered")
        };
        let grant = read(&who, Action::AskVariants, Resource::Population(&[dataset("cancer")]), &view).unwrap();
        grant
            .dataset(&dataset("cancer"))
            .unwrap()
            .participants()
            .iter()
            .collect::<Vec<u32>>()
    };
    assert_eq!(people(&["university.jp"]), [0, 2]);
    assert_eq!(people(&["university.gb"]), [1, 2]);
    assert_eq!(people(&["university.gb", "university.jp"]), [0, 1, 2]);
    // An unknown organisation counts as the world. Only person 2 agreed to use by the world.
    assert_eq!(people(&["unknown.example"]), [2]);
    assert_eq!(people(&["unknown.example", "university.jp"]), [0, 2]);
    assert_eq!(people(&[]), [2]);
}
