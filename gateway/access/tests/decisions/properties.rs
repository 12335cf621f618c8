//! Properties that hold for every random programme, caller and question.

use gemj_access::*;
use gemj_model::Ordinal;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::oracle::{asked, opened, people};
use crate::programme::{NOW, dataset, write};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_answer_is_the_one_that_the_oracle_expects(people in people(), asked in asked()) {
        let answer = asked.answer(&people).ok().map(|grant| opened(&grant));
        prop_assert_eq!(answer, asked.expected(&people), "{:?}", asked.action());
    }

    #[test]
    fn less_consent_never_opens_more_on_any_basis(people in people(), taken in prop::collection::vec(0_u16..512, 6), asked in asked()) {
        let mut fewer = people.clone();
        for (clauses, taken) in fewer.clauses.iter_mut().zip(taken) {
            *clauses &= !taken;
        }
        if let Ok(less) = asked.answer(&fewer) {
            let more = asked.answer(&people);
            prop_assert!(more.is_ok(), "{:?}", asked.action());
            let more = more.unwrap();
            prop_assert!(opened(&less).is_subset(&opened(&more)));
            prop_assert!(more.still_covers(&less));
        }
    }

    #[test]
    fn no_basis_opens_what_another_basis_opens(people in people(), asked in asked()) {
        let Ok(grant) = asked.answer(&people) else { return Ok(()) };
        match grant.basis() {
            Basis::Research => prop_assert!(grant.patients().is_empty()),
            Basis::Care | Basis::ParticipantService => {
                prop_assert!(grant.approvals().is_empty());
                let findings = grant.action() == Action::ReadGenomicFindings;
                prop_assert!(findings || grant.datasets().is_empty());
                for one in grant.datasets() {
                    prop_assert!(one.participants().is_subset(grant.patients()));
                }
            }
            Basis::Custody => {
                let selects = grant.action() == Action::SelectForRecontact;
                prop_assert!(grant.patients().is_empty() && (selects || grant.datasets().is_empty()));
                prop_assert!(grant.datasets().iter().all(|d| d.delivery().is_none()));
            }
            Basis::Operation => prop_assert!(false, "no caller has the basis operation"),
        }
    }

    #[test]
    fn roles_open_nothing_for_research_and_approvals_open_nothing_but_research(people in people(), asked in asked()) {
        let mut without = asked.clone();
        match asked.action().basis() {
            Basis::Research => without.caller.roles.clear(),
            Basis::Care | Basis::ParticipantService | Basis::Custody | Basis::Operation => without.caller.controlled.clear(),
        }
        let told = |asked: &crate::oracle::Asked| asked.answer(&people).map(|g| opened(&g)).map_err(|d| d.rule);
        prop_assert_eq!(told(&without), told(&asked));
    }

    #[test]
    fn a_grant_lasts_no_longer_than_its_token_and_visas(people in people(), asked in asked()) {
        let Ok(grant) = asked.answer(&people) else { return Ok(()) };
        prop_assert!(asked.caller.is_anonymous() || grant.not_after() <= asked.caller.not_after.unwrap_or(NOW));
        for visa in asked.caller.controlled.iter().filter(|v| grant.approvals().contains(&v.value)) {
            prop_assert!(grant.not_after() <= visa.not_after);
        }
    }

    #[test]
    fn a_caller_with_every_role_cannot_decide_about_their_own_run_or_request(people in people(), mut asked in asked(), own in prop::sample::select(vec![0_usize, 2])) {
        asked.owner = own;
        asked.caller.roles = crate::programme::every_role();
        for action in [Action::ReviewRunOutput, Action::ReviewRecontact, Action::SelectForRecontact] {
            asked.action = Action::ALL.into_iter().position(|a| a == action).unwrap();
            prop_assert!(asked.answer(&people).is_err());
        }
        let (run, request, view) = (asked.run(), asked.request(), people.view());
        prop_assert!(write(&asked.caller, WriteAction::ReviewOutput, WriteResource::Run(Some(&run)), &view).is_err());
        prop_assert!(write(&asked.caller, WriteAction::DecideRecontact, WriteResource::Recontact(Some(&request)), &view).is_err());
    }

    #[test]
    fn a_mandate_reaches_the_requested_object_and_nothing_else(people in people(), asked in asked(), action in prop::sample::select(WriteAction::ALL.to_vec())) {
        let (view, patient, run, request) = (people.view(), asked.patient(&people), asked.run(), asked.request());
        let of = dataset(["cancer", "rare"][asked.of]);
        let every = [
            WriteResource::Patient(patient.as_ref()),
            WriteResource::NewRun(&run),
            WriteResource::Run(Some(&run)),
            WriteResource::Dataset(&of),
            WriteResource::Recontact(Some(&request)),
        ];
        for resource in every {
            let Ok(mandate) = write(&asked.caller, action, resource, &view) else { continue };
            prop_assert_eq!((mandate.actor(), mandate.action()), (asked.caller.pseudonym.as_str(), action));
            prop_assert!(!mandate.actor().is_empty());
            let fits = match (mandate.scope(), resource) {
                (Scope::Patient(person), WriteResource::Patient(Some(patient))) => *person == patient.participant,
                (Scope::NewRun(terms), WriteResource::NewRun(_)) => {
                    let ends = asked.caller.controlled.iter().filter(|v| terms.approvals.contains(&v.value)).map(|v| v.not_after);
                    let end = asked.caller.not_after.unwrap_or(NOW);
                    !terms.projects.is_empty() && ends.chain([end]).all(|end| terms.not_after <= end)
                }
                (Scope::Run(id), WriteResource::Run(Some(run))) => *id == run.id,
                (Scope::Dataset(id, _), WriteResource::Dataset(asked)) => id == asked,
                (Scope::Recontact(id), WriteResource::Recontact(Some(request))) => *id == request.id,
                _ => false,
            };
            prop_assert!(fits, "{:?}", mandate.scope());
            let reached: Vec<u32> = (0..10).filter(|p| mandate.reaches_patient(Ordinal(*p))).collect();
            let meant: Vec<u32> = match mandate.scope() {
                Scope::Patient(person) => vec![person.0],
                _ => Vec::new(),
            };
            prop_assert_eq!(reached, meant);
        }
    }

    #[test]
    fn a_grant_for_one_action_does_not_cover_another(people in people(), one in asked(), other in asked()) {
        if let (Ok(a), Ok(b)) = (one.answer(&people), other.answer(&people)) {
            prop_assert!(a.still_covers(&a));
            prop_assert!(a.action() == b.action() || !a.still_covers(&b));
        }
    }
}

#[test]
fn the_random_questions_get_both_verdicts_for_every_action() {
    let mut runner = TestRunner::deterministic();
    let mut counts = [(0_u32, 0_u32); Action::ALL.len()];
    for _ in 0..8_000 {
        let (people, asked) = (people(), asked()).new_tree(&mut runner).unwrap().current();
        let count = &mut counts[asked.action];
        match asked.answer(&people) {
            Ok(_) => count.0 += 1,
            Err(_) => count.1 += 1,
        }
    }
    for (action, (allowed, refused)) in Action::ALL.into_iter().zip(counts) {
        assert!(allowed >= 5 && refused >= 5, "{action:?}: {allowed} allowed, {refused} refused");
    }
}
