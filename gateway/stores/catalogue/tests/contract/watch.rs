use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use gemj_access::{Audience, ConsentView, WriteAction};
use gemj_catalogue::{CatalogueError, PolicyWatch};
use gemj_model::{ApprovalId, Clause, ClauseSet, Clock, ConsentKind, Timestamp};

use crate::world::*;

fn domestic() -> Audience {
    Audience::Organisation {
        country: "JP".into(),
        commercial: false,
    }
}

fn covered(view: &ConsentView) -> Vec<u32> {
    view.covered(&dataset("cancer"), &domestic()).iter().collect()
}

/// A clock that the test sets.
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

contract! {
    async fn a_withdrawal_by_another_process_is_in_the_next_view(world: World) {
        world.consent_all(&["P0", "P1"]).await;
        let joint = object("o1", "cancer", vec![sample("a", Some("P0")), sample("b", Some("P1"))]);
        world.catalogue.register_object(&mandate(WriteAction::Load), &joint, &[]).await.unwrap();
        let watch = world.watch();
        let before = watch.current().await.unwrap();
        assert_eq!(covered(&before.view), [0, 1]);
        let other = world.open_again().await;
        append(&other, &[withdrawn("P0")]).await;
        let after = watch.current().await.unwrap();
        assert_eq!(covered(&after.view), [1]);
        assert!(after.view.epoch() > before.view.epoch());
        let unchanged = watch.current().await.unwrap();
        assert!(Arc::ptr_eq(&after.view, &unchanged.view), "without a change the view is not folded again");
    }

    async fn no_view_contains_a_participant_after_the_withdrawal_returned(world: World) {
        const PEOPLE: u32 = 60;
        let names: Vec<String> = (0..PEOPLE).map(|n| format!("P{n}")).collect();
        world.consent_all(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let samples = names.iter().map(|n| sample("s", Some(n))).collect();
        world.catalogue.register_object(&mandate(WriteAction::Load), &object("o1", "cancer", samples), &[]).await.unwrap();
        let watch = world.watch();
        assert_eq!(covered(&watch.current().await.unwrap().view).len(), PEOPLE as usize);
        // The number of withdrawals that are completely recorded. The participants withdraw in the order of their ordinals.
        let returned = Arc::new(AtomicU64::new(0));
        let readers: Vec<_> = (0..8).map(|_| {
            let (watch, returned) = (watch.clone(), Arc::clone(&returned));
            tokio::spawn(async move {
                let mut reads = 0u64;
                loop {
                    let gone = returned.load(Ordering::SeqCst);
                    let view = watch.current().await.unwrap().view;
                    let first = covered(&view).first().map_or(u64::from(PEOPLE), |o| u64::from(*o));
                    assert!(first >= gone, "{first} is served although {gone} participants had withdrawn");
                    reads += 1;
                    if gone == u64::from(PEOPLE) {
                        return reads;
                    }
                }
            })
        }).collect();
        let other = world.open_again().await;
        for name in &names {
            append(&other, &[withdrawn(name)]).await;
            returned.fetch_add(1, Ordering::SeqCst);
        }
        for reader in readers {
            assert!(reader.await.unwrap() > 0);
        }
    }

    async fn families_and_approvals_reach_the_view(world: World) {
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        let joint = object("o1", "cancer", vec![
            family(sample("a", Some("P0")), "F1", gemj_model::Sex::Female),
            family(sample("b", Some("P1")), "F1", gemj_model::Sex::Male),
        ]);
        world.catalogue.register_object(&mandate(WriteAction::Load), &joint, &[]).await.unwrap();
        let watch = world.watch();
        let view = watch.current().await.unwrap().view;
        assert_eq!(view.families()[..].iter().collect::<HashSet<_>>().len(), 1);
        assert!(view.approvals_of_value(VISA, now()).count() == 1);
        let key = mandate(WriteAction::RecordApproval);
        world.catalogue.revoke_approval(&key, &ApprovalId::parse("A-1").unwrap(), now(), "").await.unwrap();
        assert!(watch.current().await.unwrap().view.approvals_of_value(VISA, now()).count() == 0);
    }

    async fn a_scheduled_end_takes_effect_with_the_clock(world: World) {
        let start = now();
        let hands = Arc::new(Hands(AtomicI64::new(start.0)));
        let end = start.plus_seconds(60);
        append(&world.catalogue, &[given("P0"), event("P0", ConsentKind::Expired, ClauseSet::EMPTY.with(Clause::StudyUse), end)]).await;
        world.catalogue.register_object(&mandate(WriteAction::Load), &object("o1", "cancer", vec![sample("a", Some("P0"))]), &[]).await.unwrap();
        let watch = PolicyWatch::new(world.catalogue.clone(), vec![form()], vec![dataset("cancer")], hands.clone());
        assert_eq!(covered(&watch.current().await.unwrap().view), [0]);
        hands.0.store(end.0, Ordering::SeqCst);
        assert!(covered(&watch.current().await.unwrap().view).is_empty());
    }

    async fn an_unreachable_database_is_an_error_and_never_yields_the_old_view(world: World) {
        world.consent_all(&["P0"]).await;
        let catalogue = world.open_again().await;
        let watch = watch_of(&catalogue).with_timeout(Duration::from_secs(2));
        assert!(watch.current().await.is_ok());
        catalogue.close().await;
        assert_eq!(watch.current().await.err(), Some(CatalogueError::Unavailable));
        assert_eq!(watch.current().await.err(), Some(CatalogueError::Unavailable));
    }

    async fn a_corrupt_ledger_stops_answers_until_it_is_repaired(world: World) {
        world.consent_all(&["P0"]).await;
        let watch = world.watch();
        watch.current().await.unwrap();
        world.consent_all(&["P1"]).await;
        world.tamper("UPDATE consent_event SET clauses = 'study-use;of-a-later-version' WHERE sequence = 2").await;
        assert_eq!(watch.current().await.err(), Some(CatalogueError::Corrupt { what: "clauses" }));
        world.tamper("UPDATE consent_event SET clauses = 'study-use' WHERE sequence = 2").await;
        assert_eq!(watch.current().await.unwrap().view.epoch(), 2);
    }

    async fn after_a_lower_epoch_this_process_answers_no_more_and_a_new_one_answers_when_the_seal_is_lifted(world: World) {
        world.consent_all(&["P0", "P1"]).await;
        let joint = object("o1", "cancer", vec![sample("a", Some("P0")), sample("b", Some("P1"))]);
        world.catalogue.register_object(&mandate(WriteAction::Load), &joint, &[]).await.unwrap();
        let watch = world.watch();
        assert_eq!(covered(&watch.current().await.unwrap().view), [0, 1]);
        world.tamper("DELETE FROM consent_event WHERE ordinal = 1").await;
        world.tamper("UPDATE programme_state SET epoch = 1").await;
        assert_eq!(watch.current().await.err(), Some(CatalogueError::Sealed));
        let other = world.open_again().await;
        other.lift_seal(&mandate(WriteAction::Restore), "replayed").await.unwrap();
        assert_eq!(watch.current().await.err(), Some(CatalogueError::OtherHistory));
        let view = watch_of(&other).current().await.unwrap().view;
        assert_eq!((view.epoch(), covered(&view)), (1, vec![0]));
        other.close().await;
    }

    async fn a_cancelled_call_does_not_block_other_callers(world: World) {
        world.consent_all(&["P0"]).await;
        let watch = world.watch();
        for round in 0..200 {
            let (a, b) = (watch.clone(), watch.clone());
            let quitter = tokio::spawn(async move { a.current().await.map(|_| ()) });
            if round % 2 == 0 {
                tokio::task::yield_now().await;
            }
            quitter.abort();
            assert!(b.current().await.is_ok());
        }
    }
}
