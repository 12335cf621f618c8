//! Properties of every random committee: the answers equal those of the oracle, and fewer rights never open more.

use std::collections::BTreeSet;

use gemj_access::*;
use gemj_model::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::committee::{Asker, DATASETS, Open, World, asker, bases, day, modifiers, now, some_file, world};
use crate::programme::dataset;

const ON_FILES: [Action; 5] = [
    Action::SliceReads,
    Action::SliceVariants,
    Action::DescribeObject,
    Action::FetchObject,
    Action::ComputeOnObject,
];

fn naming(asker: &Asker, approval: usize) -> Asker {
    Asker {
        approval: Some(format!("approval-{approval}")),
        ..asker.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_access_to_a_dataset_equals_the_access_that_the_oracle_expects(world in world(), asker in asker(), of in 0_usize..2) {
        prop_assert_eq!(world.population(&asker, of, now()).ok(), world.expected(&asker, of, now()));
    }

    #[test]
    fn the_access_to_a_file_equals_the_access_that_the_oracle_expects(world in world(), asker in asker(), file in some_file(), action in prop::sample::select(ON_FILES.to_vec())) {
        let answer = world.ask(&asker, action, Resource::Object(Some(&file)), now());
        prop_assert_eq!(answer.ok().map(|grant| Open::of(&grant)), world.expected_of_file(&asker, &file, action, now()));
    }

    #[test]
    fn without_a_right_to_a_file_its_answer_is_that_of_an_unknown_file(world in world(), asker in asker(), file in some_file(), action in prop::sample::select(ON_FILES.to_vec())) {
        // The property applies only if no approval of the caller opens the file under any possible declaration.
        let undeclared = Asker { approval: None, purpose: None, ..asker.clone() };
        let any_purpose = Purpose::ALL.into_iter().map(Some).chain([None]);
        let right = any_purpose.clone().any(|purpose| {
            world.visible(&Asker { purpose, ..undeclared.clone() }, &file, now()).contains(&true)
        });
        if !right {
            let of = |object| world.ask(&asker, action, Resource::Object(object), now()).map(|_| ());
            prop_assert_eq!(of(Some(&file)), of(None));
        }
    }

    #[test]
    fn the_answer_under_all_approvals_is_within_the_answer_under_each_one_used(world in world(), asker in asker(), of in 0_usize..2) {
        let named = [dataset(DATASETS[of])];
        let Ok(grant) = world.ask(&asker, Action::AskVariants, Resource::Population(&named), now()) else { return Ok(()) };
        let together = Open::of(&grant);
        for value in grant.approvals() {
            let which: usize = value.rsplit('-').next().unwrap().parse().unwrap();
            let alone = world.population(&naming(&asker, which), of, now());
            prop_assert!(alone.is_ok_and(|alone| together.is_within(&alone)), "{}", value);
        }
    }

    #[test]
    fn each_dataset_of_a_grant_rests_on_the_approvals_for_that_dataset(world in world(), asker in asker(), named in prop::sample::subsequence(vec![0_usize, 1], 0..=2)) {
        let datasets: Vec<DatasetId> = named.iter().map(|of| dataset(DATASETS[*of])).collect();
        let Ok(grant) = world.ask(&asker, Action::AskIndividuals, Resource::Population(&datasets), now()) else { return Ok(()) };
        let texts = |values: &[String]| values.iter().cloned().collect::<BTreeSet<_>>();
        let mut all = BTreeSet::new();
        for (of, id) in DATASETS.iter().enumerate() {
            let here = texts(grant.approvals_for(&dataset(id)));
            let expected = if grant.dataset(&dataset(id)).is_some() { world.used(&asker, of, now()) } else { BTreeSet::new() };
            prop_assert_eq!(&here, &expected, "{}", id);
            all.extend(here);
        }
        prop_assert_eq!(texts(grant.approvals()), all);
    }

    #[test]
    fn opens_whole_agrees_with_the_decision_about_fetching_the_file(world in world(), asker in asker(), file in some_file()) {
        let fetched = world.ask(&asker, Action::FetchObject, Resource::Object(Some(&file)), now()).is_ok();
        let said = |grant: Grant| grant.dataset(&file.dataset).is_some_and(|d| d.opens_whole(&file.id, file.kind, file.samples.iter().copied()));
        // If the caller may describe the file, every release of the caller's approvals contains the file.
        let described = world.ask(&asker, Action::DescribeObject, Resource::Object(Some(&file)), now()).is_ok_and(said);
        prop_assert_eq!(described, fetched);
        let named = [file.dataset.clone()];
        let asked = world.ask(&asker, Action::AskIndividuals, Resource::Population(&named), now());
        let has_releases = asked.as_ref().is_ok_and(|grant| !grant.datasets()[0].releases().is_empty());
        let listed = asked.is_ok_and(said);
        prop_assert!(listed || !fetched);
        prop_assert!(fetched || !listed || has_releases);
    }

    #[test]
    fn a_request_that_names_an_approval_gets_what_its_visas_alone_open(world in world(), asker in asker(), of in 0_usize..2, which in 0_usize..3) {
        let only = Asker {
            visas: asker.visas.iter().copied().filter(|(approval, _)| *approval == which).collect(),
            approval: None,
            ..asker.clone()
        };
        prop_assert_eq!(world.population(&naming(&asker, which), of, now()).ok(), world.population(&only, of, now()).ok());
    }

    #[test]
    fn a_declaration_opens_nothing_beyond_the_approvals_own_terms(world in world(), asker in asker(), of in 0_usize..2, purpose in prop::sample::select(Purpose::ALL.to_vec())) {
        let declaring = Asker { purpose: Some(purpose), ..asker };
        let named = [dataset(DATASETS[of])];
        let Ok(grant) = world.ask(&declaring, Action::AskVariants, Resource::Population(&named), now()) else { return Ok(()) };
        prop_assert_eq!(grant.purposes(), [purpose]);
        prop_assert!(!purpose.is_always_refused());
        for approval in world.approvals.iter().filter(|a| grant.approvals().contains(&a.visa_value)) {
            prop_assert!(approval.purposes.contains(&purpose) && grant.not_after() <= approval.not_after);
            prop_assert!(grant.datasets()[0].delivery() <= Some(approval.delivery));
        }
    }

    #[test]
    fn fewer_visas_open_nothing_that_naming_an_approval_does_not_open_with_all(world in world(), asker in asker(), of in 0_usize..2, kept in 0_u8..8) {
        // With fewer approvals, the caller may have to meet fewer conditions. The access is still within the access that a single approval opens.
        let fewer = Asker {
            visas: asker.visas.iter().enumerate().filter(|(i, _)| kept & (1 << i) != 0).map(|(_, visa)| *visa).collect(),
            ..asker.clone()
        };
        let named = [dataset(DATASETS[of])];
        let Ok(grant) = world.ask(&fewer, Action::AskVariants, Resource::Population(&named), now()) else { return Ok(()) };
        for value in grant.approvals() {
            let which: usize = value.rsplit('-').next().unwrap().parse().unwrap();
            let named_alone = world.population(&naming(&asker, which), of, now());
            prop_assert!(named_alone.is_ok_and(|alone| Open::of(&grant).is_within(&alone)));
        }
    }

    #[test]
    fn without_a_visa_a_dataset_that_is_not_public_is_closed(world in world(), asker in asker(), of in 0_usize..2) {
        let none = Asker { visas: Vec::new(), ..asker.clone() };
        prop_assert!(world.population(&none, of, now()).is_err());
    }

    #[test]
    fn less_consent_never_opens_more(world in world(), asker in asker(), of in 0_usize..2, taken in prop::collection::vec(0_u16..512, 5)) {
        let mut fewer = world.clone();
        for (person, taken) in fewer.people.iter_mut().zip(taken) {
            person.0 &= !taken;
        }
        if let Ok(less) = fewer.population(&asker, of, now()) {
            prop_assert!(less.is_within(&world.population(&asker, of, now()).unwrap()));
        }
    }

    #[test]
    fn narrower_regions_never_open_more_and_a_stream_that_began_under_wider_regions_ends(world in world(), asker in asker(), of in 0_usize..2, file in some_file(), which in 0_usize..3, dropped in 0_usize..4) {
        let mut narrower = world.clone();
        let regions = &mut narrower.approvals[which].regions;
        match regions {
            None => *regions = Some(Vec::new()),
            Some(regions) if dropped < regions.len() => drop(regions.remove(dropped)),
            Some(regions) => regions.iter_mut().for_each(|region| region.end.0 = region.end.0.saturating_sub(dropped as u64)),
        }
        if let Ok(less) = narrower.population(&asker, of, now()) {
            prop_assert!(less.is_within(&world.population(&asker, of, now()).unwrap()));
        }
        for action in ON_FILES {
            let ask = |world: &World| world.ask(&asker, action, Resource::Object(Some(&file)), now());
            if let Ok(less) = ask(&narrower) {
                let more = ask(&world);
                prop_assert!(more.is_ok());
                let more = more.unwrap();
                prop_assert!(Open::of(&less).is_within(&Open::of(&more)));
                prop_assert!(more.still_covers(&less));
                prop_assert_eq!(less.still_covers(&more), Open::of(&less).bases == Open::of(&more).bases);
            }
        }
    }

    #[test]
    fn an_additional_condition_other_than_clinical_care_never_opens_more(world in world(), asker in asker(), of in 0_usize..2, file in some_file(), more in modifiers(), first in any::<bool>()) {
        prop_assume!(more.code != "DUO:0000043");
        let mut stricter = world.clone();
        let conditions = &mut stricter.conditions[of];
        conditions.insert(if first { 0 } else { conditions.len() }, more);
        if let Ok(less) = stricter.population(&asker, of, now()) {
            prop_assert!(less.is_within(&world.population(&asker, of, now()).unwrap()));
        }
        for action in ON_FILES {
            if let Ok(less) = stricter.ask(&asker, action, Resource::Object(Some(&file)), now()) {
                let more = world.ask(&asker, action, Resource::Object(Some(&file)), now());
                prop_assert!(more.is_ok_and(|more| Open::of(&less).is_within(&Open::of(&more))));
            }
        }
    }

    #[test]
    fn the_condition_clinical_care_opens_only_uses_that_include_care(world in world(), asker in asker(), of in 0_usize..2, which in 0_usize..3) {
        let asker = naming(&asker, which);
        let mut wider = world.clone();
        wider.conditions[of].push("DUO:0000043".into());
        let (narrow, wide) = (world.population(&asker, of, now()), wider.population(&asker, of, now()));
        if let (Err(_), Ok(wide)) = (&narrow, &wide) {
            prop_assert!(wide.purposes.contains(&Purpose::ClinicalCare));
        }
    }

    #[test]
    fn a_second_permission_never_opens_more(world in world(), asker in asker(), of in 0_usize..2, more in prop::sample::select(vec!["DUO:0000004", "DUO:0000042", "DUO:0000006", "DUO:0000011"])) {
        let permissions = ["DUO:0000004", "DUO:0000042", "DUO:0000006", "DUO:0000007", "DUO:0000011"];
        prop_assume!(world.conditions[of].iter().any(|term| permissions.contains(&term.code.as_str())));
        let mut stricter = world.clone();
        stricter.conditions[of].push(more.into());
        if let Ok(less) = stricter.population(&asker, of, now()) {
            prop_assert!(less.is_within(&world.population(&asker, of, now()).unwrap()));
        }
    }

    /// No right begins between `now()` and `later`. Every approval of the random committees has begun or states no beginning, and every consent is
    /// earlier. Only the end of a moratorium opens data by itself, and the day of that end is not among the tested instants.
    #[test]
    fn under_one_approval_a_later_clock_never_opens_more(world in world(), asker in asker(), of in 0_usize..2, which in 0_usize..3, later in prop::sample::select(vec!["2026-06-01T12:00:00+09:00", "2026-06-30", "2026-07-01", "2026-07-15", "2026-08-01", "2026-08-31"])) {
        let asker = naming(&asker, which);
        if let Ok(less) = world.population(&asker, of, day(later)) {
            prop_assert!(day(later) < less.until, "the access is closed after its end");
            let earlier = world.population(&asker, of, now());
            prop_assert!(earlier.is_ok_and(|more| less.is_within(&more)));
        }
    }

    /// One of several approvals may end between `now()` and `later`. The other approvals then have fewer conditions to meet together, so the access can
    /// become wider than before, but not wider than one approval alone opens.
    #[test]
    fn a_later_clock_opens_nothing_that_naming_an_approval_did_not_open_before(world in world(), asker in asker(), of in 0_usize..2, later in prop::sample::select(vec!["2026-06-30", "2026-07-01", "2026-08-01", "2026-08-31"])) {
        let named = [dataset(DATASETS[of])];
        let Ok(grant) = world.ask(&asker, Action::AskVariants, Resource::Population(&named), day(later)) else { return Ok(()) };
        for value in grant.approvals() {
            let which: usize = value.rsplit('-').next().unwrap().parse().unwrap();
            let before = world.population(&naming(&asker, which), of, now());
            prop_assert!(before.is_ok_and(|before| Open::of(&grant).is_within(&before)));
        }
    }

    #[test]
    fn the_dry_run_explains_each_dataset_as_it_is_decided(world in world(), asker in asker()) {
        let (caller, declared) = (asker.caller(), asker.declared());
        let explained = explain(&caller, declared.as_ref(), &world.policy(), &world.view(now()), now());
        prop_assert_eq!(explained.datasets.iter().map(|d| d.dataset.as_str()).collect::<Vec<_>>(), DATASETS);
        for (of, told) in explained.datasets.iter().enumerate() {
            let decided = world.population(&asker, of, now());
            match (&told.open, &decided) {
                (Some(open), Ok(decided)) => {
                    let finest = if decided.delivery == Delivery::Download { Granularity::Record } else { Granularity::Count };
                    prop_assert_eq!((open.tier, open.granularity), (Tier::Controlled, finest));
                    prop_assert_eq!((open.delivery, open.until), (Some(decided.delivery), Some(decided.until)));
                    prop_assert_eq!(open.region_budget_bp, decided.budget);
                    prop_assert_eq!(open.regions.as_deref().map(|told| bases(&GrantedRegions::of(told))), decided.bases.clone());
                    prop_assert_eq!(open.purposes.iter().copied().collect::<std::collections::BTreeSet<_>>(), decided.purposes.clone());
                }
                (None, Err(rule)) => {
                    prop_assert!(!told.reasons.is_empty());
                    // If the question is denied, the reasons contain the rule that denies it.
                    prop_assert!(told.reasons.iter().any(|reason| reason.cause.code() == rule.code()), "{:?}", rule);
                }
                other => prop_assert!(false, "{:?}", other),
            }
            // Every visa appears once, as an opened approval or as a reason. The explanation of an opened approval equals the
            // answer to a request that names this approval.
            let never = asker.purpose.is_some_and(Purpose::is_always_refused);
            let of_visas = told.reasons.iter().filter(|reason| reason.visa_value.is_some()).count();
            prop_assert!(never || told.approvals.len() + of_visas == asker.visas.len());
            for one in &told.approvals {
                let which: usize = one.approval.as_str().rsplit('-').next().unwrap().parse().unwrap();
                let alone = world.population(&naming(&asker, which), of, now());
                let longest = told.approvals.iter().filter(|other| other.approval == one.approval).map(|other| other.until).max().unwrap();
                let until = longest.min(caller.not_after.unwrap());
                prop_assert!(alone.is_ok_and(|alone| alone.delivery == one.delivery && alone.until == until
                    && alone.bases == one.regions.as_deref().map(|told| bases(&GrantedRegions::of(told)))));
            }
        }
    }
}

#[test]
fn the_random_committees_produce_every_verdict() {
    let mut runner = TestRunner::deterministic();
    let mut counts = std::collections::BTreeMap::<&'static str, u32>::new();
    for _ in 0..8_000 {
        let (world, asker) = (world(), asker()).new_tree(&mut runner).unwrap().current();
        let code = match world.population(&asker, 0, now()) {
            Ok(open) if open.people.is_empty() => "open without a participant",
            Ok(_) => "open",
            Err(rule) => rule.code(),
        };
        *counts.entry(code).or_default() += 1;
    }
    for code in [
        "open",
        "open without a participant",
        "dataset-not-open",
        "data-use",
        "data-use-referred",
        "purpose",
        "purpose-refused",
        "approval-needed",
    ] {
        assert!(counts.get(code).is_some_and(|n| *n >= 20), "{code}: {counts:?}");
    }
}
