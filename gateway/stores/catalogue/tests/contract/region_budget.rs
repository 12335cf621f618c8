use std::collections::{HashMap, HashSet};

use gemj_access::{Grant, Job, Upkeep, WriteAction};
use gemj_catalogue::{BudgetRegion, CatalogueError, RegionBudgetError, Spent};
use gemj_model::ObjectId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::world::*;

fn region(contig: &str, start_0: u64, end_0: u64) -> BudgetRegion {
    BudgetRegion {
        contig: contig.into(),
        start_0,
        end_0,
    }
}

const EXCEEDED: Result<Spent, RegionBudgetError> = Err(RegionBudgetError::Exceeded { budget_bp: 1_000 });

fn charged(charged_bp: u64) -> Result<Spent, RegionBudgetError> {
    Ok(Spent { charged_bp })
}

impl World {
    /// Registers five files. The dataset `cancer` has `o1` with P0, `o2` with P1, `o3` with P0 and P1, and `o4` without a participant. Another
    /// dataset has `o5` with P0. Returns a Grant for the dataset `cancer`.
    async fn files(&self) -> Grant {
        self.approve().await;
        self.consent_all(&["P0", "P1"]).await;
        let load = mandate(WriteAction::Load);
        for new in [
            object("o1", "cancer", vec![sample("a", Some("P0"))]),
            object("o2", "cancer", vec![sample("b", Some("P1"))]),
            object(
                "o3",
                "cancer",
                vec![sample("c", Some("P0")), sample("d", Some("P1")), sample("t", Some("P1"))],
            ),
            object("o4", "cancer", vec![sample("e", None)]),
            object("o5", "rare-disease", vec![sample("f", Some("P0"))]),
        ] {
            self.catalogue.register_object(&load, &new, &[]).await.unwrap();
        }
        self.grant(&["cancer"]).await
    }
}

contract! {
    async fn a_repeated_region_is_free_and_a_wider_one_costs_only_the_new_part(world: World) {
        let grant = world.files().await;
        let spend = async |regions: &[BudgetRegion]| world.catalogue.spend_region_budget(&grant, &id("o1"), regions, 1_000).await;
        assert_eq!(spend(&[region("chr1", 100, 300)]).await, charged(200));
        assert_eq!(spend(&[region("chr1", 100, 300)]).await, charged(0));
        assert_eq!(spend(&[region("chr1", 150, 200), region("chr1", 250, 300)]).await, charged(0));
        assert_eq!(spend(&[region("chr1", 250, 400)]).await, charged(100));
        assert_eq!(spend(&[region("chr1", 600, 700), region("chr1", 650, 710)]).await, charged(110));
        assert_eq!(spend(&[region("chr1", 400, 600)]).await, charged(200));
        assert_eq!(spend(&[region("chr2", 100, 200), region("chr2", 50, 50)]).await, charged(100));
        assert_eq!(spend(&[]).await, charged(0));
        // Of the budget of 1,000 base pairs, 710 are spent. A request that costs more than the rest is refused as a whole and charges nothing.
        assert_eq!(spend(&[region("chr3", 0, 100), region("chr4", 0, 191)]).await, EXCEEDED);
        assert_eq!(spend(&[region("chr3", 0, u64::MAX)]).await, EXCEEDED);
        assert_eq!(spend(&[region("chr3", 0, 290)]).await, charged(290));
        assert_eq!(spend(&[region("chr1", 100, 710), region("chr3", 0, 290)]).await, charged(0));
        assert_eq!(spend(&[region("chr5", 0, 1)]).await, EXCEEDED);
    }

    async fn a_participants_files_are_added_up_and_one_participant_over_the_budget_refuses_the_request(world: World) {
        let grant = world.files().await;
        let spend = async |object: &str, regions: &[BudgetRegion]| world.catalogue.spend_region_budget(&grant, &id(object), regions, 1_000).await;
        assert_eq!(spend("o1", &[region("chr1", 0, 700)]).await, charged(700));
        assert_eq!(spend("o2", &[region("chr1", 0, 900)]).await, charged(900));
        assert_eq!(spend("o3", &[region("chr1", 0, 101)]).await, EXCEEDED, "the total of P1 would be 1,001");
        assert_eq!(spend("o3", &[region("chr1", 0, 100)]).await, charged(100));
        assert_eq!(spend("o1", &[region("chr2", 0, 201)]).await, EXCEEDED);
        assert_eq!(spend("o1", &[region("chr2", 0, 200)]).await, charged(200));
        assert_eq!(spend("o2", &[region("chr2", 0, 1)]).await, EXCEEDED);
        assert_eq!(spend("o4", &[region("chr1", 0, 1_000)]).await, charged(1_000), "a file without participants is counted by itself");
        assert_eq!(spend("o4", &[region("chr2", 0, 1)]).await, EXCEEDED);
    }

    async fn only_a_grant_that_opens_the_dataset_under_an_approval_can_spend(world: World) {
        let grant = world.files().await;
        let spend = async |object: &str| world.catalogue.spend_region_budget(&grant, &id(object), &[region("chr1", 0, 1)], 9).await;
        assert_eq!(spend("o5").await, Err(CatalogueError::WrongKey.into()));
        assert_eq!(spend("o9").await, Err(CatalogueError::NotFound { what: "object" }.into()));
        let many = vec![region("chr1", 0, 1); 10_001];
        let refused = world.catalogue.spend_region_budget(&grant, &id("o1"), &many, 9).await;
        assert_eq!(refused, Err(CatalogueError::Invalid { field: "regions" }.into()));
        let nul = world.catalogue.spend_region_budget(&grant, &id("o1"), &[region("a\0", 0, 1)], 9).await;
        assert_eq!(nul, Err(CatalogueError::Invalid { field: "regions" }.into()));
    }

    async fn concurrent_requests_through_two_pools_never_exceed_the_budget(world: World) {
        let grant = world.files().await;
        let other = world.open_again().await;
        let spends: Vec<_> = (0..60u64).map(|n| {
            let (grant, catalogue) = (grant.clone(), if n % 2 == 0 { world.catalogue.clone() } else { other.clone() });
            let file = ["o1", "o2", "o3"][(n % 3) as usize];
            tokio::spawn(async move {
                // The regions of the requests overlap: each region begins in the middle of the previous one.
                let regions = [region("chr1", n * 50, n * 50 + 100)];
                (file, n, catalogue.spend_region_budget(&grant, &id(file), &regions, 1_000).await)
            })
        }).collect();
        let mut viewed: HashMap<&str, HashSet<u64>> = HashMap::new();
        let (mut taken, mut refused) = (0, 0);
        for spend in spends {
            let (file, n, outcome) = spend.await.unwrap();
            match outcome {
                Ok(_) => {
                    taken += 1;
                    viewed.entry(file).or_default().extend(n * 50..n * 50 + 100);
                }
                Err(RegionBudgetError::Exceeded { .. }) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
        let bases = |files: [&str; 2]| files.iter().filter_map(|f| viewed.get(f)).map(HashSet::len).sum::<usize>();
        for total in [bases(["o1", "o3"]), bases(["o2", "o3"])] {
            assert!(total <= 1_000, "{total}");
            assert!(total > 800, "{total}: a request within the budget was refused");
        }
        assert!(taken > 0 && refused > 0);
        other.close().await;
    }

    async fn a_withdrawal_commits_while_a_budget_is_being_calculated(world: World) {
        let grant = world.files().await;
        let regions: Vec<_> = (0..2_500).map(|n| region("chr1", n * 10, n * 10 + 5)).collect();
        // The cost is calculated but not yet charged, as in the middle of a long calculation.
        let plan = world.catalogue.plan_region_budget(&grant, &id("o1"), &regions, 20_000).await.unwrap();
        assert_eq!(plan.most_bp(), 12_500);
        append(&world.catalogue, &[withdrawn("P0")]).await;
        assert_eq!(world.catalogue.charge_region_plan(&plan).await, Ok(Some(Spent { charged_bp: 12_500 })));
    }

    async fn only_one_of_two_calculations_from_the_same_state_is_charged(world: World) {
        let grant = world.files().await;
        let (file, other) = (id("o1"), id("o3"));
        let plan = async |file: &ObjectId, regions: &[BudgetRegion]| world.catalogue.plan_region_budget(&grant, file, regions, 1_000).await.unwrap();
        let first = plan(&file, &[region("chr1", 0, 600)]).await;
        let second = plan(&file, &[region("chr1", 400, 1_000)]).await;
        // The third plan is for another file, which also contains the participant P0.
        let third = plan(&other, &[region("chr1", 0, 600)]).await;
        assert_eq!(world.catalogue.charge_region_plan(&first).await, Ok(Some(Spent { charged_bp: 600 })));
        for stale in [&second, &third, &first] {
            assert_eq!(world.catalogue.charge_region_plan(stale).await, Ok(None));
        }
        let spend = async |file: &ObjectId, regions: &[BudgetRegion]| world.catalogue.spend_region_budget(&grant, file, regions, 1_000).await;
        assert_eq!(spend(&other, &[region("chr1", 0, 401)]).await, EXCEEDED);
        assert_eq!(spend(&file, &[region("chr1", 400, 1_000)]).await, charged(400));
        assert_eq!(spend(&file, &[region("chr1", 0, 1_000)]).await, charged(0));
    }

    async fn the_used_budget_is_counted_under_the_callers_approval_and_not_under_another_with_the_same_visa_value(world: World) {
        let grant = world.files().await;
        let other = approval("A-2", "https://committee.example/approvals/A-2");
        world.catalogue.record_approval(&mandate(WriteAction::RecordApproval), &other).await.unwrap();
        world.tamper(&format!("UPDATE approval SET visa_value = '{VISA}' WHERE id = 'A-2'")).await;
        world.tamper("INSERT INTO viewed_object (approval, object, base_pairs) VALUES ('A-2', 'o1', 700)").await;
        let files = world.catalogue.inventory(Upkeep::of(Job::Inventory), None).await.unwrap();
        let file = files.into_iter().find(|file| file.object.id == id("o1")).unwrap();
        assert_eq!(world.catalogue.region_budget_used(&grant, &file.object).await.unwrap(), 0);
        world.catalogue.spend_region_budget(&grant, &id("o1"), &[region("chr1", 0, 30)], 1_000).await.unwrap();
        assert_eq!(world.catalogue.region_budget_used(&grant, &file.object).await.unwrap(), 30);
    }

    async fn regions_viewed_before_the_migration_still_count(world: World) {
        let grant = world.files().await;
        // The migration stored the intervals of earlier views in any order.
        let row = "('A-1', 'o1', 'chr1', '300-400 100-200')";
        world.tamper(&format!("INSERT INTO viewed_part (approval, object, contig, intervals) VALUES {row}")).await;
        world.tamper("INSERT INTO viewed_object (approval, object, base_pairs) VALUES ('A-1', 'o1', 200)").await;
        let spend = async |regions: &[BudgetRegion]| world.catalogue.spend_region_budget(&grant, &id("o1"), regions, 1_000).await;
        assert_eq!(spend(&[region("chr1", 150, 350)]).await, charged(100));
        assert_eq!(spend(&[region("chr1", 100, 400), region("chr2", 0, 700)]).await, charged(700));
        assert_eq!(spend(&[region("chr2", 0, 701)]).await, EXCEEDED);
    }

    async fn the_charges_of_any_requests_equal_a_count_of_every_base(world: World) {
        let grant = world.files().await;
        let requests = prop::collection::vec((0usize..3, prop::collection::vec((0u8..2, 0u64..300, 0u64..80), 1..4)), 1..25);
        let mut runner = TestRunner::new(Config { cases: 12, ..Config::default() });
        let handle = tokio::runtime::Handle::current();
        let mut run = || runner.run(&requests, |requests| {
            // Each random case begins without viewed regions.
            handle.block_on(async {
                world.tamper("DELETE FROM viewed_part").await;
                world.tamper("DELETE FROM viewed_object").await;
            });
            let mut bases: [HashSet<(u8, u64)>; 3] = Default::default();
            for (file, regions) in requests {
                let asked: Vec<_> = regions.iter().map(|(c, s, l)| region(&format!("chr{c}"), *s, s + l)).collect();
                let mut after = bases.clone();
                after[file].extend(regions.iter().flat_map(|(c, s, l)| (*s..s + l).map(|p| (*c, p))));
                let new = after[file].len() - bases[file].len();
                let (p0, p1) = (after[0].len() + after[2].len(), after[1].len() + after[2].len());
                let most = match file { 0 => p0, 1 => p1, _ => p0.max(p1) };
                let object = id(["o1", "o2", "o3"][file]);
                let outcome = handle.block_on(world.catalogue.spend_region_budget(&grant, &object, &asked, 500));
                if most <= 500 || new == 0 {
                    prop_assert_eq!(outcome, charged(new as u64));
                    bases = after;
                } else {
                    prop_assert_eq!(outcome, Err(RegionBudgetError::Exceeded { budget_bp: 500 }));
                }
            }
            Ok(())
        });
        tokio::task::block_in_place(&mut run).unwrap();
    }
}
