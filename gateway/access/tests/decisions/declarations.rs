//! Tests of declarations in writes, of the content of denials, and of the dry run.

use std::collections::BTreeSet;

use gemj_access::explain::{Cause, Lapse, Obstacle};
use gemj_access::*;
use gemj_model::*;

use crate::programme::{NOW, approval, caller, dataset, everybody_agreed, file, policy, request, run, view, visa};

fn named(approval: &str) -> Declared {
    Declared {
        approval: Some(approval.to_owned()),
        purpose: None,
        fhir: None,
    }
}

fn purpose(purpose: Purpose) -> Declared {
    Declared {
        approval: None,
        purpose: Some(purpose),
        fhir: None,
    }
}

fn holding(visas: &[&str]) -> Caller {
    Caller {
        controlled: visas.iter().map(|id| visa(id)).collect(),
        ..caller("registered")
    }
}

fn write(caller: &Caller, declared: Option<&Declared>, action: WriteAction, resource: WriteResource<'_>) -> Result<Mandate, Rule> {
    let question = WriteRequest {
        decision: DecisionId(1),
        caller,
        action,
        resource,
        declared,
        now: NOW,
    };
    permit(&question, &policy(), &view("full")).map_err(|denial| denial.rule)
}

fn projects(mandate: Result<Mandate, Rule>) -> Result<Vec<String>, Rule> {
    mandate.map(|mandate| match mandate.scope() {
        Scope::NewRun(terms) => terms.projects.clone(),
        other => panic!("{other:?}"),
    })
}

#[test]
fn a_run_is_submitted_under_the_approval_that_the_request_names() {
    let both = holding(&["tre", "view"]);
    for inputs in [Vec::new(), vec![Some(file("cancer", &[Some(0)]))]] {
        let new = run(inputs);
        let submit = |declared: Option<&Declared>| projects(write(&both, declared, WriteAction::SubmitRun, WriteResource::NewRun(&new)));
        assert_eq!(submit(None).unwrap(), ["project-tre", "project-view"]);
        assert_eq!(submit(Some(&named("view"))).unwrap(), ["project-view"]);
        assert_eq!(submit(Some(&named("https://example.org/tre"))).unwrap(), ["project-tre"]);
        assert!(submit(Some(&named("download"))).is_err(), "the caller does not hold this approval");
        assert_eq!(
            submit(Some(&purpose(Purpose::GeneralResearch))).unwrap(),
            ["project-tre", "project-view"]
        );
        assert_eq!(submit(Some(&purpose(Purpose::ClinicalCare))), Err(Rule::Purpose));
        assert_eq!(
            submit(Some(&purpose(Purpose::Insurance))),
            Err(Rule::PurposeRefused(Purpose::Insurance))
        );
    }
}

#[test]
fn recontact_is_requested_under_the_approval_that_the_request_names() {
    let cancer = dataset("cancer");
    let ask = |visas: &[&str], declared: Option<&Declared>| {
        let resource = WriteResource::Dataset(&cancer);
        write(&holding(visas), declared, WriteAction::RequestRecontact, resource).map(|_| ())
    };
    assert_eq!(ask(&["tre", "rare"], Some(&named("tre"))), Ok(()));
    assert_eq!(
        ask(&["tre", "rare"], Some(&named("rare"))),
        Err(Rule::DatasetNotOpen(cancer.clone()))
    );
    assert_eq!(ask(&["tre"], Some(&purpose(Purpose::ClinicalCare))), Err(Rule::Purpose));
    assert_eq!(
        ask(&["tre"], Some(&purpose(Purpose::Employment))),
        Err(Rule::PurposeRefused(Purpose::Employment))
    );
}

#[test]
fn a_declaration_opens_no_write_that_is_closed_to_the_caller() {
    let (run, asked) = (run(Vec::new()), request());
    for declared in [named("view"), purpose(Purpose::GeneralResearch)] {
        for (action, resource) in [
            (WriteAction::CancelRun, WriteResource::Run(Some(&run))),
            (WriteAction::DecideRecontact, WriteResource::Recontact(Some(&asked))),
            (WriteAction::CreateRelease, WriteResource::Dataset(&dataset("cancer"))),
        ] {
            assert!(write(&holding(&["view"]), Some(&declared), action, resource).is_err(), "{action:?}");
        }
    }
}

#[test]
fn a_run_or_question_over_two_datasets_requires_approvals_with_a_common_purpose() {
    let of = |id: &str, dataset: &str, purpose| Approval {
        purposes: vec![purpose],
        ..approval(id, dataset)
    };
    let view = |second| {
        let mut ledger = ConsentLedger::new([crate::programme::form()]);
        ledger.append(crate::programme::given(0, Clause::ALL.into_iter().collect()));
        let mut roster = Roster::default();
        roster.register(Ordinal(0), None, None);
        let datasets = ["cancer", "rare"].map(dataset);
        datasets.iter().for_each(|id| roster.enrol(id, Ordinal(0)));
        let approvals = [of("one", "cancer", Purpose::MethodsDevelopment), of("two", "rare", second)];
        ConsentView::fold(1, &ledger, &roster, &approvals, &[], &datasets, NOW)
    };
    let who = holding(&["one", "two"]);
    let new = run(vec![Some(file("cancer", &[Some(0)])), Some(file("rare", &[Some(0)]))]);
    let submit = |view: &ConsentView| {
        let question = WriteRequest {
            decision: DecisionId(1),
            caller: &who,
            action: WriteAction::SubmitRun,
            resource: WriteResource::NewRun(&new),
            declared: None,
            now: NOW,
        };
        projects(permit(&question, &policy(), view).map_err(|denial| denial.rule))
    };
    assert_eq!(submit(&view(Purpose::MethodsDevelopment)).unwrap(), ["project-one", "project-two"]);
    assert_eq!(submit(&view(Purpose::GeneralResearch)), Err(Rule::ApprovalNeeded));
    let both = ["cancer", "rare"].map(dataset);
    let ask = |view: &ConsentView| {
        let question = AccessRequest {
            decision: DecisionId(1),
            caller: &who,
            action: Action::AskVariants,
            resource: Resource::Population(&both),
            declared: None,
            now: NOW,
        };
        decide(&question, &policy(), view)
            .map(|grant| grant.purposes().to_vec())
            .map_err(|denial| denial.rule)
    };
    assert_eq!(ask(&view(Purpose::MethodsDevelopment)).unwrap(), [Purpose::MethodsDevelopment]);
    assert_eq!(ask(&view(Purpose::GeneralResearch)), Err(Rule::ApprovalNeeded));
}

#[test]
fn a_denial_for_a_dataset_names_its_visa_and_a_denial_for_a_hidden_file_names_none() {
    let view = everybody_agreed(
        &[Approval {
            purposes: vec![Purpose::ClinicalCare],
            ..approval("care", "cancer")
        }],
        &[],
        NOW,
    );
    let who = Caller {
        controlled: vec![ControlledAccess {
            subject: Default::default(),
            jti: Some("jti-7".into()),
            ..visa("care")
        }],
        ..caller("registered")
    };
    let unregistered = Caller {
        registered_until: None,
        ..who
    };
    let (cancer, object) = ([dataset("cancer")], file("cancer", &[Some(0)]));
    let ask = |action, resource| {
        let question = AccessRequest {
            decision: DecisionId(1),
            caller: &unregistered,
            action,
            resource,
            declared: None,
            now: NOW,
        };
        decide(&question, &policy(), &view).unwrap_err()
    };
    let of_dataset = ask(Action::AskVariants, Resource::Population(&cancer));
    assert_eq!((of_dataset.rule.code(), of_dataset.visa.as_deref()), ("data-use", Some("jti-7")));
    let of_file = ask(Action::FetchObject, Resource::Object(Some(&object)));
    assert_eq!((of_file.rule, of_file.visa), (Rule::NotVisible, None));
}

#[test]
fn a_refusal_by_purpose_names_only_the_approvals_own_datasets() {
    let care = Approval {
        purposes: vec![Purpose::ClinicalCare],
        ..approval("care", "cancer")
    };
    let never = Approval {
        purposes: vec![Purpose::ReIdentification],
        ..approval("never", "cancer")
    };
    for (of, declared) in [(care, Some(purpose(Purpose::GeneralResearch))), (never, None)] {
        let caller = Caller {
            registered_until: None,
            ..holding(&[of.id.as_str()])
        };
        let view = everybody_agreed(&[of], &[], NOW);
        let ask = |named: &str| {
            let question = AccessRequest {
                decision: DecisionId(1),
                caller: &caller,
                action: Action::AskVariants,
                resource: Resource::Population(&[dataset(named)]),
                declared: declared.as_ref(),
                now: NOW,
            };
            decide(&question, &policy(), &view).map(drop).map_err(|denial| denial.rule.code())
        };
        assert!(ask("cancer").is_err_and(|code| code.starts_with("purpose")));
        // `unknown` is not configured. The answer about a configured dataset of no approval is the same.
        assert_eq!(ask("rare"), ask("unknown"));
        let explained = explain(&caller, declared.as_ref(), &policy(), &view, NOW);
        for of in explained.datasets.iter().filter(|of| of.dataset != dataset("cancer")) {
            let by_purpose = |reason: &explain::Reason| matches!(reason.cause, Cause::Obstacle(Obstacle::Purpose | Obstacle::PurposeNever(_)));
            assert!(!of.reasons.iter().any(by_purpose), "{}", of.dataset);
        }
    }
}

#[test]
fn the_dry_run_states_for_every_visa_why_it_opens_nothing() {
    let of = |id: &str| approval(id, "cancer");
    let approvals = [
        Approval {
            users: vec!["somebody else".into()],
            ..of("others")
        },
        Approval {
            revoked: Some(Timestamp(1)),
            ..of("revoked")
        },
        Approval {
            not_after: NOW,
            ..of("over")
        },
        Approval {
            not_before: Some(Timestamp(2_000)),
            ..of("later")
        },
        Approval {
            users: vec!["somebody else".into()],
            revoked: Some(Timestamp(1)),
            ..of("others-revoked")
        },
        approval("elsewhere", "rare"),
        Approval {
            release: Some(ReleaseId::parse("cancer-9").unwrap()),
            ..of("release")
        },
        Approval {
            purposes: Vec::new(),
            ..of("aimless")
        },
        Approval {
            purposes: vec![Purpose::Insurance],
            ..of("insurance")
        },
        Approval {
            purposes: vec![Purpose::ClinicalCare],
            ..of("care")
        },
        of("other"),
    ];
    let view = everybody_agreed(&approvals, &[], NOW);
    let ids = [
        "others",
        "revoked",
        "over",
        "later",
        "others-revoked",
        "elsewhere",
        "release",
        "aimless",
        "insurance",
        "care",
        "other",
        "unknown",
    ];
    let mut who = holding(&ids);
    who.registered_until = None;
    who.controlled.push(ControlledAccess {
        subject: Default::default(),
        not_after: NOW,
        ..visa("ended")
    });
    let told = |declared: Option<&Declared>| {
        let explained = explain(&who, declared, &policy(), &view, NOW);
        let of_cancer = explained.datasets.into_iter().find(|d| d.dataset == dataset("cancer")).unwrap();
        let reasons: Vec<(String, &'static str)> = of_cancer
            .reasons
            .iter()
            .map(|reason| {
                let visa = reason.visa_value.as_deref().unwrap_or("/the whole").rsplit('/').next().unwrap();
                (visa.to_owned(), reason.lapse.map_or(reason.cause.code(), Lapse::code))
            })
            .collect();
        (of_cancer.open.map(|open| open.approvals), reasons)
    };
    let expected = |last: &[(&str, &'static str)]| -> Vec<(String, &'static str)> {
        let all = [
            ("others", "not-a-named-user"),
            ("revoked", "approval-revoked"),
            ("over", "approval-ended"),
            ("later", "approval-not-begun"),
            ("others-revoked", "no-approval-in-force"),
            ("elsewhere", "approval-of-other-datasets"),
            ("release", "release-of-other-dataset"),
            ("aimless", "approval-without-purpose"),
            ("insurance", "purpose-refused"),
            ("care", "data-use"),
        ];
        let rest = [("unknown", "no-approval-in-force"), ("ended", "visa-ended")];
        let all = last.iter().chain(&all).chain(&rest);
        all.map(|(visa, code)| ((*visa).to_owned(), *code)).collect()
    };
    assert_eq!(told(None), (None, expected(&[("the whole", "approval-needed")])));
    let (open, reasons) = told(Some(&named("other")));
    assert_eq!(open.unwrap(), ["https://example.org/other"]);
    assert!(reasons.contains(&("care".to_owned(), "other-approval-declared")));
    let (open, reasons) = told(Some(&purpose(Purpose::LawEnforcement)));
    assert_eq!((open, reasons), (None, vec![("the whole".to_owned(), "purpose-refused")]));
}

#[test]
fn the_dry_run_for_an_ended_token_or_an_anonymous_caller_opens_no_dataset_without_a_public_tier() {
    let view = view("full");
    for (who, code) in [("expired", "credentials-required"), ("anonymous", "dataset-not-open")] {
        let explained = explain(&caller(who), None, &policy(), &view, NOW);
        assert_eq!(explained.datasets.len(), 2);
        for dataset in explained.datasets {
            assert_eq!((dataset.open, dataset.approvals), (None, Vec::new()));
            let codes: Vec<_> = dataset.reasons.iter().map(|reason| reason.cause.code()).collect();
            assert_eq!(codes, [code], "{who}");
        }
    }
    let registered = explain(&caller("registered"), None, &policy(), &view, NOW);
    for dataset in registered.datasets {
        let open = dataset.open.unwrap();
        assert_eq!(
            (open.tier, open.delivery, open.until),
            (Tier::Registered, None, Some(Timestamp(5_000)))
        );
    }
}

#[test]
fn the_dry_run_returns_the_verdict_of_each_visa() {
    let verdict = VisaVerdict {
        jti: Some("jti-1".into()),
        code: "token-expired",
        ..VisaVerdict::default()
    };
    let who = Caller {
        visas: vec![verdict.clone()],
        ..caller("registered")
    };
    assert_eq!(explain(&who, None, &policy(), &view("full"), NOW).visas, [verdict]);
}

fn every_cause() -> Vec<Cause> {
    let code = || "DUO:0000042".to_owned();
    let rules = [
        Rule::CredentialsRequired,
        Rule::NotVisible,
        Rule::DatasetNotOpen(dataset("cancer")),
        Rule::MixedTiers,
        Rule::Delivery {
            allowed: Delivery::TreOnly,
        },
        Rule::RoleRequired,
        Rule::OwnRequest,
        Rule::Held,
        Rule::Purpose,
        Rule::PurposeRefused(Purpose::Insurance),
        Rule::ApprovalNeeded,
        Rule::DataUse { code: code() },
        Rule::DataUseReferred { code: code() },
        Rule::RegionBudget,
        Rule::Regions,
    ];
    let obstacles = [
        Obstacle::VisaEnded,
        Obstacle::NoApproval,
        Obstacle::NotNamed,
        Obstacle::NotDeclared,
        Obstacle::OtherDataset,
        Obstacle::Release,
        Obstacle::NoPurpose,
        Obstacle::PurposeNever(Purpose::Insurance),
        Obstacle::Purpose,
        Obstacle::DataUse { code: code() },
        Obstacle::DataUseReferred { code: code() },
    ];
    rules.map(Cause::Rule).into_iter().chain(obstacles.map(Cause::Obstacle)).collect()
}

#[test]
fn every_reason_has_a_title_in_both_languages_and_one_code() {
    for cause in every_cause() {
        let (ja, en) = (cause.title(Language::Ja), cause.title(Language::En));
        assert!(!ja.is_ascii() && en.is_ascii() && !en.is_empty() && en.len() <= 80, "{cause:?}");
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(cause.code().chars().all(plain) && !cause.to_string().is_empty(), "{cause:?}");
    }
    let codes: BTreeSet<_> = every_cause().iter().map(Cause::code).collect();
    // Four obstacles share their code with a rule, so the number of different codes is smaller by four.
    assert_eq!(codes.len(), every_cause().len() - 4);
}
