//! Tests of the meaning of Consents. A Consent never grants more than it permits, and no deny is overlooked.

use hl7_fhir::consent::{Coding, ConsentError, ConsentKind, ConsentStatus, UnclearReason, Withdrawn, read};
use proptest::prelude::*;
use serde_json::{Value, json};

const SYSTEM: &str = "https://gemj.example/clauses";

fn code(code: &str) -> Value {
    json!([{"coding": [{"system": SYSTEM, "code": code}]}])
}

fn coding(code: &str) -> Coding {
    Coding {
        system: SYSTEM.into(),
        code: code.into(),
    }
}

fn consent(status: &str, provision: Value) -> Value {
    let mut consent = json!({
        "resourceType": "Consent", "status": status, "scope": {"text": "research"}, "category": [{"text": "x"}],
        "patient": {"reference": "Patient/p-1"}, "dateTime": "2026-01-02", "policy": [{"uri": "https://gemj.example/form|2"}],
    });
    if !provision.is_null() {
        consent["provision"] = provision;
    }
    consent
}

fn kind(status: &str, provision: Value) -> ConsentKind {
    read(&consent(status, provision)).unwrap().kind
}

fn withdrawn(codes: &[&str]) -> ConsentKind {
    ConsentKind::Withdrawal(Withdrawn::Codes(codes.iter().map(|c| coding(c)).collect()))
}

fn permitted(kind: &ConsentKind) -> Vec<&str> {
    match kind {
        ConsentKind::Grant { permits, .. } => permits.iter().map(|permit| &*permit.coding.code).collect(),
        ConsentKind::Withdrawal(_) | ConsentKind::Unclear(_) => Vec::new(),
    }
}

#[test]
fn a_grant_names_what_it_permits_form_and_time() {
    let provision = json!({"type": "permit", "code": code("research"), "period": {"start": "2026-01-01", "end": "2030"},
        "provision": [{"type": "permit", "code": code("recontact"), "period": {"end": "2028"}}]});
    let statement = read(&consent("active", provision)).unwrap();
    assert_eq!(
        (statement.form.as_deref(), statement.at.as_deref()),
        (Some("https://gemj.example/form|2"), Some("2026-01-02"))
    );
    assert_eq!(
        (statement.status, statement.patient.id.as_deref()),
        (Some(ConsentStatus::Active), Some("p-1"))
    );
    let ConsentKind::Grant { permits, denies } = &statement.kind else {
        panic!("{:?}", statement.kind)
    };
    assert_eq!((permitted(&statement.kind), denies.len()), (vec!["research", "recontact"], 0));
    let ends: Vec<_> = permits[1].periods.iter().map(|period| period.end.as_deref().unwrap()).collect();
    assert_eq!(ends, ["2030", "2028"], "the outer period also applies to the inner permit");
}

#[test]
fn a_deny_at_any_depth_overrides_a_permit() {
    let mut inner = json!({"type": "deny", "code": code("company")});
    for _ in 0..10 {
        inner = json!({"type": "permit", "code": code("research"), "provision": [inner]});
    }
    let provision = json!({"type": "permit", "code": code("company"), "provision": [inner]});
    let kind = kind("active", provision);
    assert!(permitted(&kind).iter().all(|code| *code == "research"));
    assert!(matches!(kind, ConsentKind::Grant { denies, .. } if denies == [coding("company")]));
}

#[test]
fn a_deny_of_one_code_of_a_concept_denies_all_its_codes() {
    let both = json!([{"coding": [{"system": SYSTEM, "code": "a"}, {"system": "https://other.example", "code": "A"}]}]);
    let provision = json!({"provision": [{"type": "permit", "code": both}, {"type": "deny", "code": code("a")}]});
    assert_eq!(kind("active", provision), withdrawn(&["a"]));
}

#[test]
fn a_consent_with_an_element_that_may_change_its_meaning_grants_nothing() {
    let good = || consent("active", json!({"type": "permit", "code": code("a")}));
    assert_eq!(permitted(&read(&good()).unwrap().kind), ["a"]);
    type Change = (&'static str, fn(&mut Value));
    let changes: [Change; 7] = [
        ("a rule that is not understood", |c| {
            c["implicitRules"] = "https://x.example/flip".into()
        }),
        ("a modifier of the policy", |c| {
            c["policy"][0]["modifierExtension"] = json!([{"url": "https://x.example"}])
        }),
        ("a modifier of the category", |c| {
            c["category"][0]["modifierExtension"] = json!([{"url": "https://x.example"}])
        }),
        ("a second policy without a URI", |c| {
            c["policy"].as_array_mut().unwrap().push(json!({"authority": "https://y.example"}))
        }),
        ("a rule beside the policy", |c| {
            c["policyRule"] = json!({"coding": [{"code": "OPTOUT"}]})
        }),
        ("not verified", |c| {
            c["verification"] = json!([{"verified": true}, {"verified": false}])
        }),
        ("one concept with two codes of one system", |c| {
            c["provision"]["code"] = json!([{"coding": [{"system": SYSTEM, "code": "a"}, {"system": SYSTEM, "code": "b"}]}]);
        }),
    ];
    for (what, change) in changes {
        let mut changed = good();
        change(&mut changed);
        assert!(matches!(read(&changed).unwrap().kind, ConsentKind::Unclear(_)), "{what}");
    }
}

#[test]
fn a_consent_with_only_denies_is_a_withdrawal() {
    assert_eq!(kind("active", json!({"type": "deny", "code": code("a")})), withdrawn(&["a"]));
    assert_eq!(
        kind(
            "active",
            json!({"provision": [{"type": "deny", "code": code("a")}, {"type": "deny", "code": code("b")}]})
        ),
        withdrawn(&["a", "b"])
    );
    assert_eq!(
        kind(
            "active",
            json!({"type": "permit", "provision": [{"type": "deny", "code": code("a")}]})
        ),
        withdrawn(&["a"])
    );
    let all = ConsentKind::Withdrawal(Withdrawn::All);
    assert_eq!(kind("active", json!({"type": "deny"})), all);
    assert_eq!(
        kind(
            "active",
            json!({"type": "deny", "provision": [{"type": "deny", "code": code("a")}]})
        ),
        all
    );
}

#[test]
fn permits_inside_a_deny_are_exceptions_to_it() {
    let usual = |inner: Value| kind("active", json!({"type": "deny", "provision": inner}));
    let both = json!([{"type": "permit", "code": code("a")}, {"type": "permit", "code": code("b")}]);
    assert_eq!(permitted(&usual(both)), ["a", "b"]);
    let with_a_deny = json!([{"type": "permit", "code": code("a")}, {"type": "deny", "code": code("b")}]);
    assert!(matches!(usual(with_a_deny), ConsentKind::Grant { permits, denies } if permits.len() == 1 && denies == [coding("b")]));
    // A deny inside a permit is an exception to the permit, and a permit inside that deny is again an exception.
    let deny_in = json!({"type": "deny", "code": code("a")});
    let inner = json!([{"type": "permit", "code": code("a"), "provision": [deny_in]}]);
    assert!(!matches!(usual(inner), ConsentKind::Grant { .. }));
    let permit_in = json!({"type": "deny", "code": code("a"), "provision": [{"type": "permit", "code": code("a")}]});
    let inner = json!([{"type": "permit", "code": code("a"), "provision": [permit_in]}]);
    assert_eq!(permitted(&usual(inner)), ["a"]);
    // The period of the outer deny also applies to the permit inside the deny.
    let limited = json!({"type": "deny", "period": {"start": "2026", "end": "2030"},
        "provision": [{"type": "permit", "code": code("a"), "period": {"end": "2028"}}]});
    let ConsentKind::Grant { permits, .. } = kind("active", limited) else {
        panic!()
    };
    assert_eq!(permits[0].periods.len(), 2);
    // If the Consent is not in force (inactive or rejected), it withdraws exactly the codes that it permitted.
    let frame = json!({"type": "deny", "provision": [{"type": "permit", "code": code("a")}]});
    assert_eq!(kind("inactive", frame.clone()), withdrawn(&["a"]));
    assert_eq!(kind("rejected", frame.clone()), withdrawn(&["a"]));
    assert_eq!(kind("inactive", json!({"type": "deny"})), ConsentKind::Withdrawal(Withdrawn::All));
    assert_eq!(kind("entered-in-error", frame), ConsentKind::Unclear(UnclearReason::EnteredInError));
}

#[test]
fn a_document_that_permits_anything_is_not_a_withdrawal_of_all_uses() {
    for provision in [
        json!({"type": "permit", "provision": [{"type": "deny", "purpose": [{"code": "x"}]}]}),
        json!({"type": "deny", "provision": [{"type": "permit"}]}),
        json!({"type": "deny", "provision": [{"type": "permit", "code": code("a")}, {"type": "deny", "purpose": [{"code": "x"}]}]}),
        json!({"type": "deny", "provision": [{"type": "permit", "code": code("a"), "actor": [{}]}]}),
        json!({"provision": [{"type": "permit", "code": code("a")}, {"type": "deny", "code": code("a"), "period": {"end": "2020"}}]}),
    ] {
        assert!(matches!(kind("active", provision.clone()), ConsentKind::Unclear(_)), "{provision}");
    }
}

#[test]
fn a_nested_provision_without_codes_applies_to_the_codes_around_it() {
    let provision = json!({"type": "permit", "code": code("a"), "provision": [{"type": "deny", "actor": [{}]}]});
    assert_eq!(kind("active", provision), withdrawn(&["a"]));
}

#[test]
fn a_consent_out_of_force_withdraws_what_it_covered() {
    let all = ConsentKind::Withdrawal(Withdrawn::All);
    let both = json!({"type": "permit", "code": code("a"), "provision": [{"type": "deny", "code": code("b")}]});
    for status in ["inactive", "rejected"] {
        assert_eq!(kind(status, Value::Null), all);
        assert_eq!(kind(status, both.clone()), withdrawn(&["a", "b"]));
        assert_eq!(
            kind(status, json!({"provision": [{"type": "permit", "code": code("a")}]})),
            withdrawn(&["a"])
        );
        assert_eq!(
            kind(
                status,
                json!({"type": "permit", "provision": [{"type": "deny", "code": code("a")}]})
            ),
            all
        );
        assert_eq!(kind(status, json!({"type": "permit", "code": [{"text": "free words"}]})), all);
    }
}

#[test]
fn a_consent_without_a_clear_meaning_is_unclear() {
    use UnclearReason::{
        ConditionalPermit, EnteredInError, Malformed, ModifierExtension, NoProvision, NoType, NotCoded, NotInForce, PermitWithoutCode,
        Status,
    };
    let permit = json!({"type": "permit", "code": code("a")});
    let with = |name: &str, value: Value| {
        let mut provision = permit.clone();
        provision[name] = value;
        provision
    };
    for (status, provision, reason) in [
        ("active", Value::Null, NoProvision),
        ("active", json!({"provision": []}), NoProvision),
        ("draft", permit.clone(), NotInForce),
        ("proposed", permit.clone(), NotInForce),
        ("entered-in-error", permit.clone(), EnteredInError),
        ("ACTIVE", permit.clone(), Status),
        ("active", json!({"type": "permit"}), PermitWithoutCode),
        ("active", json!({"code": code("a")}), NoType),
        ("active", json!({"provision": [{"code": code("a")}]}), NoType),
        ("active", with("type", json!("allow")), Malformed),
        ("active", with("code", json!({"coding": []})), Malformed),
        ("active", with("provision", json!({"type": "deny"})), Malformed),
        ("active", with("provision", json!(["deny"])), Malformed),
        ("active", with("period", json!({"end": "2026-02-30"})), Malformed),
        ("active", with("period", json!({})), Malformed),
        ("active", with("code", json!([{"text": "research"}])), NotCoded),
        ("active", with("code", json!([{"coding": [{"code": "a"}]}])), NotCoded),
        ("active", with("actor", json!([{}])), ConditionalPermit),
        ("active", with("purpose", json!([{}])), ConditionalPermit),
        ("active", with("modifierExtension", json!([{}])), ModifierExtension),
        (
            "active",
            with("provision", json!([{"type": "deny", "modifierExtension": []}])),
            ModifierExtension,
        ),
    ] {
        assert_eq!(
            kind(status, provision.clone()),
            ConsentKind::Unclear(reason),
            "{status} {provision}"
        );
    }
    let mut forms = consent("active", permit.clone());
    forms["policy"] = json!([{"uri": "https://a.example"}, {"uri": "https://b.example"}]);
    assert_eq!(read(&forms).unwrap().kind, ConsentKind::Unclear(UnclearReason::SeveralPolicies));
    let mut modified = consent("inactive", permit);
    modified["modifierExtension"] = json!([{"url": "https://x.example", "valueBoolean": true}]);
    assert_eq!(read(&modified).unwrap().kind, ConsentKind::Unclear(ModifierExtension));
}

#[test]
fn a_consent_requires_exactly_one_patient() {
    let of = |patient: Value| {
        let mut consent = consent("inactive", Value::Null);
        consent["patient"] = patient;
        read(&consent).map(|statement| statement.patient)
    };
    let number = json!({"system": "urn:oid:1.2", "value": "4711"});
    let found = of(json!({"identifier": number})).unwrap();
    assert_eq!(
        (found.id.is_none(), found.identifier.as_ref().unwrap().value.as_str()),
        (true, "4711")
    );
    assert!(!format!("{found:?}").contains("4711"));
    assert!(of(json!({"reference": "Patient/p-1", "identifier": number})).unwrap().id.is_some());
    for nobody in [
        json!({}),
        json!({"display": "x"}),
        json!({"reference": "Group/g"}),
        json!({"reference": "#p"}),
        json!({"reference": "x", "identifier": number}),
        json!({"identifier": {"value": "4711"}}),
        json!("Patient/p-1"),
        json!({"reference": 1, "identifier": number}),
    ] {
        assert_eq!(of(nobody.clone()), Err(ConsentError::NoPatient), "{nobody}");
    }
    assert_eq!(
        of(json!([{"reference": "Patient/p-1"}, {"reference": "Patient/p-2"}])),
        Err(ConsentError::SeveralPatients)
    );
    let mut without = consent("active", Value::Null);
    without.as_object_mut().unwrap().remove("patient");
    assert_eq!(read(&without), Err(ConsentError::NoPatient));
    assert_eq!(read(&json!({"resourceType": "Patient"})), Err(ConsentError::NotAConsent));
}

/// The independent check: the result of a rule and its exceptions for the code `asked`, by the text of R4. A `provision` is "An exception to
/// the base policy of this consent", and `provision.provision` are "Rules which provide exceptions to the base rule or subrules". If two
/// exceptions disagree, the deny counts. A rule without codes applies to the codes of the rule around it. `None` if no rule applies to the
/// code.
fn evaluated(rule: &Value, around: bool, asked: &str) -> Option<bool> {
    let is_of_it = match rule.get("code") {
        Some(named) => named[0]["coding"][0]["code"] == asked,
        None => around,
    };
    let own = match rule["type"].as_str() {
        Some("permit") if is_of_it => Some(true),
        Some("deny") if is_of_it => Some(false),
        _ => None,
    };
    let exceptions = rule["provision"].as_array().into_iter().flatten();
    let said: Vec<bool> = exceptions.filter_map(|inner| evaluated(inner, is_of_it, asked)).collect();
    if said.contains(&false) {
        Some(false)
    } else if said.contains(&true) {
        Some(true)
    } else {
        own
    }
}

/// Whether a rule, or an exception at any depth, permits anything.
fn permits_anything(rule: &Value) -> bool {
    rule["type"] == "permit" || rule["provision"].as_array().into_iter().flatten().any(permits_anything)
}

fn any_provision() -> impl Strategy<Value = Value> {
    let types = prop_oneof![Just(json!("permit")), Just(json!("permit")), Just(json!("deny")), Just(Value::Null)];
    let one = (types, prop::option::of("[a-d]"), prop::bool::weighted(0.1)).prop_map(|(of, named, conditional)| {
        let mut provision = json!({});
        if !of.is_null() {
            provision["type"] = of;
        }
        if let Some(named) = named {
            provision["code"] = code(&named);
        }
        if conditional {
            provision["actor"] = json!([{"role": {"text": "x"}, "reference": {"display": "x"}}]);
        }
        provision
    });
    one.clone().prop_recursive(4, 16, 3, move |inner| {
        (one.clone(), prop::collection::vec(inner, 1..3)).prop_map(|(mut outer, inner)| {
            outer["provision"] = json!(inner);
            outer
        })
    })
}

/// Collects the type and own code of every provision in the tree, by an independent walk.
fn all(provision: &Value, found: &mut Vec<(String, Option<String>)>) {
    let own = provision["code"][0]["coding"][0]["code"].as_str().map(str::to_owned);
    found.push((provision["type"].as_str().unwrap_or_default().to_owned(), own));
    for inner in provision["provision"].as_array().into_iter().flatten() {
        all(inner, found);
    }
}

proptest! {
    #[test]
    fn only_an_active_consent_with_a_permit_grants_its_codes(provision in any_provision(), status in "(active|inactive|rejected|draft|entered-in-error)") {
        let mut found = Vec::new();
        all(&provision, &mut found);
        let kind = kind(&status, provision);
        for granted in permitted(&kind) {
            prop_assert_eq!(&status, "active");
            prop_assert!(found.iter().any(|(_, own)| own.as_deref() == Some(granted)));
            prop_assert!(found.iter().any(|(of, _)| of == "permit"));
        }
    }

    #[test]
    fn every_granted_code_is_permitted_by_the_rules_of_r4(provision in any_provision()) {
        let kind = kind("active", provision.clone());
        for asked in ["a", "b", "c", "d"] {
            // A rule without any code permits nothing, because the uses to which it applies are not known.
            let permitted_by_rules = evaluated(&provision, false, asked) == Some(true);
            if permitted(&kind).contains(&asked) {
                prop_assert!(permitted_by_rules, "{} is granted", asked);
            }
        }
        if permits_anything(&provision) {
            prop_assert!(kind != ConsentKind::Withdrawal(Withdrawn::All));
        }
    }

    #[test]
    fn the_usual_form_grants_exactly_its_permits(
        types in prop::collection::btree_map("[a-d]", prop::bool::ANY, 1..4), root in prop_oneof![Just(json!("deny")), Just(Value::Null)],
    ) {
        let inner: Vec<Value> = types.iter().map(|(named, permit)| json!({"type": if *permit { "permit" } else { "deny" }, "code": code(named)})).collect();
        let mut provision = json!({"provision": inner});
        if !root.is_null() {
            provision["type"] = root;
        }
        let kind = kind("active", provision.clone());
        for asked in ["a", "b", "c", "d"] {
            prop_assert_eq!(permitted(&kind).contains(&asked), evaluated(&provision, false, asked) == Some(true));
        }
    }

    #[test]
    fn adding_a_deny_never_grants_more(provision in any_provision(), denied in prop::option::of("[a-d]")) {
        let before = kind("active", provision.clone());
        let mut with = provision;
        let mut deny = json!({"type": "deny"});
        if let Some(denied) = &denied { deny["code"] = code(denied); }
        let mut inner = with["provision"].as_array().cloned().unwrap_or_default();
        inner.push(deny);
        with["provision"] = json!(inner);
        let after = kind("active", with);
        // The comparison excludes a Consent that was unclear. A Consent with a condition on a code is unclear, and may become clear when that
        // code is denied.
        if !matches!(before, ConsentKind::Unclear(_)) {
            for granted in permitted(&after) {
                prop_assert!(permitted(&before).contains(&granted) && Some(granted) != denied.as_deref());
            }
        }
    }
}
