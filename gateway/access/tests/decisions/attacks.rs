//! Attempts to get access without the right to it. Each test makes one attempt.

use gemj_access::*;
use gemj_model::{Approval, ApprovalId, ApprovedRegion, Clause, Contig, Ordinal, Release, ReleaseId, Timestamp, ZeroBased};

use crate::programme::{NOW, agreed, approval, caller, dataset, everybody_agreed, file, read, request, role, run, site, view, visa, write};

fn rule(answer: Result<Grant, Denial>) -> Rule {
    answer.unwrap_err().rule
}

#[test]
fn a_hospital_system_with_an_approval_gets_under_each_basis_only_what_that_basis_opens() {
    let both = Caller {
        controlled: vec![visa("download")],
        ..caller("system-a")
    };
    let view = view("research-withdrawn");
    let own = file("cancer", &[Some(0)]);
    assert_eq!(
        rule(read(&both, Action::FetchObject, Resource::Object(Some(&own)), &view)),
        Rule::NotVisible
    );
    let patient = LocatedPatient {
        participant: Ordinal(0),
        site: Some(site("hospital-a")),
    };
    let findings = read(&both, Action::ReadGenomicFindings, Resource::Patient(Some(&patient)), &view).unwrap();
    assert!(findings.approvals().is_empty() && findings.purposes().is_empty());
    let people = read(&both, Action::AskVariants, Resource::Population(&[dataset("cancer")]), &view).unwrap();
    assert!(people.patients().is_empty() && !people.datasets()[0].participants().contains(0));
}

#[test]
fn scopes_of_roles_are_compared_exactly() {
    let view = view("full");
    let patient = LocatedPatient {
        participant: Ordinal(0),
        site: Some(site("hospital-a")),
    };
    for scope in [
        "Hospital-A",
        "hospital-a ",
        " hospital-a",
        "hospital-a\u{0}",
        "hospital-",
        "hospital-a,hospital-b",
        "*",
        "",
    ] {
        let odd = Caller {
            roles: vec![role(RoleKind::HospitalSystem, Some(scope))],
            ..caller("steward")
        };
        assert!(
            read(&odd, Action::ReadPatient, Resource::Patient(Some(&patient)), &view).is_err(),
            "{scope}"
        );
        assert!(
            write(&odd, WriteAction::RecordConsent, WriteResource::Patient(Some(&patient)), &view).is_err(),
            "{scope}"
        );
        if let Ok(grant) = read(&odd, Action::ReadPatient, Resource::OwnPatients, &view) {
            assert!(grant.patients().is_empty(), "{scope}");
        }
    }
    for scope in [Some("Project-View"), Some("project-view "), Some(""), None] {
        let odd = Caller {
            roles: vec![role(RoleKind::OutputReviewer, scope)],
            ..caller("steward")
        };
        assert!(write(&odd, WriteAction::ReviewOutput, WriteResource::Run(Some(&run(Vec::new()))), &view).is_err());
    }
}

#[test]
fn only_a_reviewer_of_every_project_may_review_a_run_and_no_caller_a_run_without_projects() {
    let view = view("full");
    let (one, both) = (
        caller("reviewer"),
        Caller {
            roles: crate::programme::every_role(),
            ..caller("steward")
        },
    );
    let of = |projects: &[&str]| LocatedRun {
        projects: projects.iter().map(|p| (*p).to_owned()).collect(),
        ..run(Vec::new())
    };
    let may = |caller: &Caller, run: &LocatedRun| write(caller, WriteAction::ReviewOutput, WriteResource::Run(Some(run)), &view).is_ok();
    assert!(!may(&one, &of(&[])) && !may(&both, &of(&[])));
    let two = of(&["project-view", "project-rare"]);
    assert!(!may(&one, &two) && may(&both, &two) && may(&one, &of(&["project-view"])));
}

#[test]
fn a_run_or_request_without_a_known_owner_is_closed_to_every_caller() {
    let view = view("full");
    let orphan = LocatedRun {
        owner: String::new(),
        ..run(Vec::new())
    };
    let asked = LocatedRecontact {
        requester: String::new(),
        ..request()
    };
    let all = Caller {
        roles: crate::programme::every_role(),
        controlled: vec![visa("download")],
        ..caller("steward")
    };
    let nobody = Caller::anonymous();
    for who in [&all, &nobody] {
        for (action, resource) in [
            (Action::ReadRun, Resource::Run(Some(&orphan))),
            (Action::ReadRunOutput, Resource::RunOutput(Some((&orphan, true)))),
            (Action::ReviewRunOutput, Resource::RunOutput(Some((&orphan, true)))),
            (Action::ReadRecontact, Resource::Recontact(Some(&asked))),
            (Action::ReviewRecontact, Resource::Recontact(Some(&asked))),
            (Action::SelectForRecontact, Resource::Recontact(Some(&asked))),
        ] {
            assert!(read(who, action, resource, &view).is_err(), "{action:?}");
        }
        for (action, resource) in [
            (WriteAction::CancelRun, WriteResource::Run(Some(&orphan))),
            (WriteAction::ReviewOutput, WriteResource::Run(Some(&orphan))),
            (WriteAction::DecideRecontact, WriteResource::Recontact(Some(&asked))),
        ] {
            assert!(write(who, action, resource, &view).is_err(), "{action:?}");
        }
    }
    assert_eq!(
        rule(read(&nobody, Action::ReadRun, Resource::OwnRuns, &view)),
        Rule::CredentialsRequired
    );
}

#[test]
fn a_caller_with_rights_but_without_a_name_gets_the_answer_of_an_anonymous_caller() {
    let nameless = Caller {
        pseudonym: String::new(),
        controlled: vec![visa("download")],
        registered_until: Some(Timestamp(8_000)),
        roles: crate::programme::every_role(),
        not_after: Some(Timestamp(5_000)),
        ..Caller::default()
    };
    let view = view("full");
    for of in [&[][..], &[dataset("cancer")]] {
        let answer = |who: &Caller| {
            read(who, Action::AskVariants, Resource::Population(of), &view)
                .map_err(|d| d.rule)
                .map(|_| ())
        };
        assert_eq!(answer(&nameless), answer(&Caller::anonymous()));
        assert!(answer(&nameless).is_err(), "no dataset of the programme is public");
    }
}

#[test]
fn a_grant_for_credentials_without_an_end_is_valid_for_this_moment_only() {
    let endless = Caller {
        not_after: None,
        registered_until: Some(Timestamp(8_000)),
        ..caller("researcher-download")
    };
    let view = view("full");
    let own = file("cancer", &[Some(0)]);
    let ask = read(&endless, Action::AskVariants, Resource::Population(&[dataset("cancer")]), &view).unwrap();
    let fetch = read(&endless, Action::FetchObject, Resource::Object(Some(&own)), &view).unwrap();
    assert_eq!((ask.not_after(), fetch.not_after()), (NOW, NOW));
}

#[test]
fn own_patients_and_own_runs_open_only_for_actions_of_their_kind() {
    let all = Caller {
        roles: crate::programme::every_role(),
        controlled: vec![visa("download")],
        ..caller("steward")
    };
    let view = view("full");
    let (of_patients, of_runs) = (
        [
            Action::ReadGenomicFindings,
            Action::ReadClinicalRecord,
            Action::ReadPatient,
            Action::ReadDisclosures,
        ],
        [Action::ReadRun],
    );
    for action in Action::ALL {
        assert_eq!(
            read(&all, action, Resource::OwnPatients, &view).is_ok(),
            of_patients.contains(&action),
            "{action:?}"
        );
        assert_eq!(
            read(&all, action, Resource::OwnRuns, &view).is_ok(),
            of_runs.contains(&action),
            "{action:?}"
        );
    }
}

#[test]
fn one_missing_or_closed_input_closes_every_output() {
    let (owner, reviewer) = (caller("researcher-view"), caller("reviewer"));
    let open = |inputs: Vec<Option<LocatedObject>>, consent: &str| {
        let (run, view) = (run(inputs), view(consent));
        let released = Resource::RunOutput(Some((&run, true)));
        let owner = read(&owner, Action::ReadRunOutput, released, &view).is_ok();
        (owner, read(&reviewer, Action::ReviewRunOutput, released, &view).is_ok())
    };
    let (zero, one) = (file("cancer", &[Some(0)]), file("cancer", &[Some(1)]));
    assert_eq!(open(Vec::new(), "everything-withdrawn"), (true, true));
    assert_eq!(open(vec![Some(one.clone()), Some(zero.clone())], "full"), (true, true));
    assert_eq!(open(vec![Some(one.clone()), Some(zero)], "everything-withdrawn"), (false, false));
    assert_eq!(open(vec![Some(one.clone()), None], "full"), (false, false));
    assert_eq!(
        open(vec![Some(one.clone()), Some(file("cancer", &[Some(1), None]))], "full"),
        (false, false)
    );
    assert_eq!(open(vec![Some(one.clone()), Some(file("cancer", &[]))], "full"), (false, false));
    assert_eq!(
        open(vec![Some(one), Some(file("rare", &[Some(0)]))], "full"),
        (false, true),
        "an approval of one dataset opens no other"
    );
}

#[test]
fn an_approval_for_one_dataset_opens_nothing_of_another() {
    let view = view("full");
    let both = Caller {
        controlled: vec![visa("rare"), visa("view")],
        ..caller("researcher-view")
    };
    let (cancer, rare) = (dataset("cancer"), dataset("rare"));
    let inputs = run(vec![Some(file("cancer", &[Some(0)])), Some(file("rare", &[Some(0)]))]);
    for grant in [
        // The question names neither a dataset nor an approval, so both datasets answer.
        read(&both, Action::AskIndividuals, Resource::Population(&[]), &view).unwrap(),
        read(
            &both,
            Action::AskIndividuals,
            Resource::Population(&[rare.clone(), cancer.clone()]),
            &view,
        )
        .unwrap(),
        read(&both, Action::ReadRunOutput, Resource::RunOutput(Some((&inputs, true))), &view).unwrap(),
    ] {
        assert_eq!(grant.approvals(), ["https://example.org/rare", "https://example.org/view"]);
        assert_eq!(grant.approvals_for(&cancer), ["https://example.org/view"]);
        assert_eq!(grant.approvals_for(&rare), ["https://example.org/rare"]);
        assert!(grant.approvals_for(&dataset("other")).is_empty());
    }
    let two = Caller {
        controlled: vec![visa("view"), visa("tre")],
        ..caller("researcher-view")
    };
    let grant = read(&two, Action::AskIndividuals, Resource::Population(&[]), &view).unwrap();
    assert_eq!(
        grant.approvals_for(&cancer),
        ["https://example.org/tre", "https://example.org/view"]
    );
}

#[test]
fn a_recontact_request_returns_its_numbers_only_while_an_approval_holds() {
    let view = view("full");
    let asked = request();
    let ask = |visas: &[&str]| {
        let who = Caller {
            controlled: visas.iter().map(|id| visa(id)).collect(),
            ..caller("researcher-view")
        };
        read(&who, Action::ReadRecontact, Resource::Recontact(Some(&asked)), &view)
    };
    assert_eq!(ask(&["view"]).unwrap().approvals(), ["https://example.org/view"]);
    for gone in [&[][..], &["revoked"], &["ended"], &["rare"]] {
        assert_eq!(rule(ask(gone)), Rule::DatasetNotOpen(dataset("cancer")));
    }
}

#[test]
fn a_run_with_or_without_inputs_ends_with_the_visa_of_its_submission() {
    let short = Caller {
        controlled: vec![gemj_access::ControlledAccess {
            subject: Default::default(),
            not_after: Timestamp(2_000),
            ..visa("view")
        }],
        ..caller("researcher-view")
    };
    let view = view("full");
    for inputs in [Vec::new(), vec![Some(file("cancer", &[Some(0)]))]] {
        let mandate = write(&short, WriteAction::SubmitRun, WriteResource::NewRun(&run(inputs)), &view).unwrap();
        let Scope::NewRun(terms) = mandate.scope() else { panic!() };
        assert_eq!(terms.not_after, Timestamp(2_000));
    }
}

#[test]
fn a_run_belongs_to_its_submitter_even_if_the_request_names_another_owner() {
    let view = view("full");
    let named = LocatedRun {
        owner: "somebody else".into(),
        projects: vec!["project-rare".into()],
        ..run(Vec::new())
    };
    let mandate = write(
        &caller("researcher-view"),
        WriteAction::SubmitRun,
        WriteResource::NewRun(&named),
        &view,
    )
    .unwrap();
    assert_eq!(mandate.actor(), "researcher-view");
    assert!(matches!(mandate.scope(), Scope::NewRun(terms) if terms.projects == ["project-view"]));
}

#[test]
fn a_grant_for_one_run_request_or_holder_does_not_cover_another() {
    let view = view("full");
    let (first, second) = (
        run(Vec::new()),
        LocatedRun {
            id: "run-2".into(),
            ..run(Vec::new())
        },
    );
    let owner = caller("researcher-view");
    let of = |resource| read(&owner, Action::ReadRun, resource, &view).unwrap();
    let (one, two, list) = (
        of(Resource::Run(Some(&first))),
        of(Resource::Run(Some(&second))),
        of(Resource::OwnRuns),
    );
    assert!(one.still_covers(&one) && !one.still_covers(&two) && !list.still_covers(&one) && !one.still_covers(&list));
    let another = LocatedRecontact {
        id: "request-2".into(),
        ..request()
    };
    let of = |asked: &LocatedRecontact| read(&owner, Action::ReadRecontact, Resource::Recontact(Some(asked)), &view).unwrap();
    assert!(!of(&request()).still_covers(&of(&another)));
    let list_of = |name: &str| read(&caller(name), Action::ReadRun, Resource::OwnRuns, &view).unwrap();
    assert!(!list_of("auditor").still_covers(&list_of("steward")));
}

#[test]
fn a_hospital_gets_only_its_own_patients_column_of_a_joint_file() {
    let view = view("full");
    let patient = LocatedPatient {
        participant: Ordinal(0),
        site: Some(site("hospital-a")),
    };
    let grant = read(
        &caller("system-a"),
        Action::ReadGenomicFindings,
        Resource::Patient(Some(&patient)),
        &view,
    )
    .unwrap();
    let cancer = dataset("cancer");
    assert!(grant.covers_all(&cancer, [Some(Ordinal(0))]));
    for others in [
        [Some(Ordinal(0)), Some(Ordinal(1))],
        [Some(Ordinal(0)), Some(Ordinal(2))],
        [Some(Ordinal(0)), None],
    ] {
        assert!(!grant.covers_all(&cancer, others));
    }
}

#[test]
fn a_capability_made_from_a_hospitals_grant_opens_no_file() {
    let view = view("full");
    let patient = LocatedPatient {
        participant: Ordinal(0),
        site: Some(site("hospital-a")),
    };
    let who = caller("system-a");
    let grant = read(&who, Action::ReadGenomicFindings, Resource::Patient(Some(&patient)), &view).unwrap();
    let own = file("cancer", &[Some(0)]);
    let capability = Capability::from_grant(&grant, &who, own.id.clone(), Payload::Bytes, Timestamp(2_000));
    for action in Action::ALL {
        assert!(
            read(&capability.holder(), action, Resource::Object(Some(&own)), &view).is_err(),
            "{action:?}"
        );
    }
}

#[test]
fn an_approval_limited_to_regions_opens_neither_a_new_nor_an_earlier_recontact_request() {
    let region = |end| ApprovedRegion {
        assembly: None,
        contig: Contig("chr7".into()),
        start: ZeroBased(0),
        end: ZeroBased(end),
    };
    let of = |regions: Option<Vec<ApprovedRegion>>| {
        let one = Approval {
            regions,
            ..approval("view", "cancer")
        };
        let view = everybody_agreed(&[one], &[], NOW);
        let (who, cancer, asked) = (caller("researcher-view"), dataset("cancer"), request());
        let new = write(&who, WriteAction::RequestRecontact, WriteResource::Dataset(&cancer), &view).map(|_| ());
        let old = read(&who, Action::ReadRecontact, Resource::Recontact(Some(&asked)), &view).map(|_| ());
        [new, old].map(|answer| answer.map_err(|denial| denial.rule))
    };
    assert_eq!(of(None), [Ok(()), Ok(())]);
    // An approval whose regions cover a whole contig is refused too, because the question does not contain the position of the allele.
    for regions in [vec![], vec![region(10)], vec![region(u64::MAX)]] {
        assert_eq!(of(Some(regions)), [Err(Rule::Regions), Err(Rule::Regions)]);
    }
}

#[test]
fn a_request_under_a_release_selects_only_participants_of_that_release() {
    let id = |text: &str| ReleaseId::parse(text).unwrap();
    let release = |name: &str, of: &str, people: &[u32]| Release {
        id: id(name),
        dataset: dataset(of),
        created: Timestamp(100),
        objects: Vec::new(),
        participants: people.iter().copied().map(Ordinal).collect(),
        citation: String::new(),
        manifest_sha256: String::new(),
    };
    let releases = [
        release("with", "cancer", &[0]),
        release("without", "cancer", &[]),
        release("other", "rare", &[0]),
    ];
    let named = |name: &str, release: Option<&str>| Approval {
        id: ApprovalId::parse(name).unwrap(),
        visa_value: format!("https://visas.example/{name}"),
        release: release.map(id),
        ..approval("view", "cancer")
    };
    let limited = Approval {
        release: Some(id("with")),
        ..approval("view", "cancer")
    };
    let of_another = Approval {
        datasets: vec![dataset("rare")],
        ..named("another-dataset", None)
    };
    let approvals = [
        limited.clone(),
        named("live", None),
        named("with", Some("with")),
        named("without", Some("without")),
        named("unknown", Some("unknown")),
        named("other", Some("other")),
        of_another,
    ];
    let view = everybody_agreed(&approvals, &releases, NOW);
    let cancer = dataset("cancer");
    let asks = write(
        &caller("researcher-view"),
        WriteAction::RequestRecontact,
        WriteResource::Dataset(&cancer),
        &view,
    );
    assert_eq!(
        *asks.unwrap().scope(),
        Scope::Dataset(cancer.clone(), vec![limited.id.as_str().to_owned()])
    );

    let selected = |approvals: &[&str]| -> Option<Vec<u32>> {
        let asked = LocatedRecontact {
            approvals: approvals.iter().map(|name| (*name).to_owned()).collect(),
            ..request()
        };
        let about = Resource::Recontact(Some(&asked));
        let grant = read(&caller("recontact-approver"), Action::SelectForRecontact, about, &view).unwrap();
        grant.dataset(&cancer).map(|granted| granted.participants().iter().collect())
    };
    assert_eq!(selected(&[]), None, "a request without an approval selects no participant");
    assert_eq!(selected(&["live"]), Some(vec![0]), "a member of the live dataset");
    assert_eq!(selected(&["with"]), Some(vec![0]));
    assert_eq!(selected(&["without"]), Some(vec![]));
    assert_eq!(selected(&["with", "without"]), Some(vec![]), "no participant is in both");
    assert_eq!(selected(&["unknown"]), None);
    assert_eq!(selected(&["other"]), None, "a release of another dataset");
    assert_eq!(selected(&["another-dataset"]), None);
    assert_eq!(selected(&["no-longer-in-force"]), None);
}

#[test]
fn a_request_selects_only_participants_whom_its_approvals_cover() {
    let abroad = Approval {
        organisation: "university.gb".into(),
        ..approval("abroad", "cancer")
    };
    let for_profit = Approval {
        commercial: true,
        ..approval("for-profit", "cancer")
    };
    let approvals = [approval("home", "cancer"), abroad, for_profit];
    let clauses = [Clause::StudyUse, Clause::ThirdPartyDomestic, Clause::Recontact];
    let view = agreed(clauses.into_iter().collect(), &approvals, &[], NOW);
    let selected = |approvals: &[&str]| -> Vec<u32> {
        let asked = LocatedRecontact {
            approvals: approvals.iter().map(|name| (*name).to_owned()).collect(),
            ..request()
        };
        let about = Resource::Recontact(Some(&asked));
        let grant = read(&caller("recontact-approver"), Action::SelectForRecontact, about, &view).unwrap();
        grant.dataset(&dataset("cancer")).unwrap().participants().iter().collect()
    };
    assert_eq!(selected(&["home"]), [0]);
    assert!(selected(&["abroad"]).is_empty(), "use overseas was not agreed");
    assert!(selected(&["for-profit"]).is_empty(), "commercial use was not agreed");
    assert!(selected(&["home", "abroad"]).is_empty(), "every approval must cover a participant");
}
