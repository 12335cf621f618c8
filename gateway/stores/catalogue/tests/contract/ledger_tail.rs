//! The ledger tail and its replay into a copy of the database that was made earlier.

use std::path::PathBuf;

use gemj_access::{CapabilityKey, Job, WriteAction};
use gemj_catalogue::audit::{checkpoint_operations, verify};
use gemj_catalogue::{
    CatalogueError, Divergence, LedgerTail, LostEvents, NewObject, ObjectStatus, Registered, Replayed, SeenExport, TailFile, read_tail,
};
use gemj_model::{Approval, ApprovalId, ConsentKind, ReleaseId, Timestamp};

use crate::world::*;

fn key() -> CapabilityKey {
    CapabilityKey::new([5; 32])
}

impl World {
    fn heads_folder(&self) -> PathBuf {
        let folder = self.folder.path().join("heads");
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Completes the tail, and reads it.
    async fn tail(&self) -> LedgerTail {
        let folder = self.heads_folder();
        checkpoint_operations(&self.catalogue, &folder, &key()).await.unwrap();
        read_tail(&folder, &key()).unwrap().unwrap()
    }

    async fn seal(&self) {
        self.catalogue
            .close_seal(&mandate(WriteAction::Restore), "restored", now())
            .await
            .unwrap();
    }

    async fn lift(&self) {
        assert!(self.catalogue.lift_seal(&mandate(WriteAction::Restore), "compared").await.unwrap());
    }

    async fn lost(&self, tail: &LedgerTail, after_seal: Option<&str>) -> Result<LostEvents, Divergence> {
        self.catalogue.lost_events(upkeep(Job::BackUp), tail, after_seal).await.unwrap()
    }

    async fn replay(&self, tail: &LedgerTail) -> Replayed {
        let lost = self.lost(tail, None).await.unwrap();
        self.catalogue.replay(&mandate(WriteAction::Restore), &lost, now()).await.unwrap()
    }

    async fn approval_now(&self, id: &str) -> Approval {
        self.catalogue.approval(upkeep(Job::Inventory), id).await.unwrap().unwrap()
    }

    async fn record(&self, approval: &Approval) {
        self.catalogue
            .record_approval(&mandate(WriteAction::RecordApproval), approval)
            .await
            .unwrap();
    }

    /// The kinds of a participant's consent events, and the events that they correct, as positions in the list.
    async fn history(&self, participant: &str) -> Vec<(ConsentKind, Option<usize>)> {
        let found = self
            .catalogue
            .consent_history(upkeep(Job::CompareConsent), &person(participant))
            .await
            .unwrap();
        let events = found.map(|(_, events)| events).unwrap_or_default();
        let position = |number: u64| events.iter().position(|event| event.sequence == number);
        events
            .iter()
            .map(|event| (event.kind, event.corrects.map(|number| position(number).unwrap())))
            .collect()
    }

    async fn audit_is_good(&self) -> bool {
        verify(&self.catalogue, upkeep(Job::Audit), None, &key()).await.is_ok()
    }
}

fn shared_by(users: &[&str], approval: &Approval) -> Approval {
    Approval {
        users: users.iter().map(|user| (*user).to_owned()).collect(),
        ..approval.clone()
    }
}

/// Runs a test on both databases. A copy of the world is made as an operator would: with the database's own means.
macro_rules! stories {
    ($($name:ident)*) => {
        mod sqlite_story {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                super::$name(World::sqlite().await).await;
            })*
        }
        mod postgres_story {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let Some(world) = World::postgres(stringify!($name)).await else { return };
                super::$name(world).await;
            })*
        }
    };
}

stories! {
    a_copy_gets_exactly_the_events_that_were_recorded_after_it
    the_tail_of_a_rehearsal_is_refused_without_a_statement
    a_tail_of_another_history_is_refused
    own_events_after_the_restore_are_refused
    a_sealed_database_begins_no_tail_and_its_own_tail_proves_nothing
    a_tail_of_an_earlier_life_is_refused
    the_order_of_approvals_in_the_tail_does_not_matter
    a_narrowed_approval_is_not_widened_by_an_earlier_equal_state
    an_approval_whose_release_was_lost_is_recorded_as_ended
    a_file_that_was_loaded_and_unloaded_after_the_copy_is_not_loaded_again
    a_random_history_is_restored_from_any_of_its_states
}

async fn a_copy_gets_exactly_the_events_that_were_recorded_after_it(mut world: World) {
    world.approve().await;
    let first = world.consent_all(&["P0", "P1", "P2"]).await;
    world.tail().await;
    let copy = world.copy().await;
    // Writes between two states of the tail, corrections of old and new events, a new participant, and a revocation.
    append(&world.catalogue, &[withdrawn("P0"), given("P3")]).await;
    let withdrawal = append(&world.catalogue, &[withdrawn("P1")]).await;
    append(&world.catalogue, &[corrected("P2", first), corrected("P1", withdrawal)]).await;
    let id = ApprovalId::parse("A-1").unwrap();
    world
        .catalogue
        .revoke_approval(&mandate(WriteAction::RecordApproval), &id, now(), "ended")
        .await
        .unwrap();
    let seen = SeenExport {
        application: ApprovalId::parse("rems-12").unwrap(),
        activity: None,
        exported: Timestamp(3_000_000),
        over: false,
    };
    let register = world.catalogue.approval_register(upkeep(Job::Inventory)).await.unwrap();
    let of_approvals = mandate(WriteAction::RecordApproval);
    world
        .catalogue
        .apply_approvals(&of_approvals, &register, &[], std::slice::from_ref(&seen))
        .await
        .unwrap();
    let tail = world.tail().await;

    copy.seal().await;
    // Events of the restored database that the replay does not compare: other writes than those of the ledgers.
    copy.catalogue
        .register_object(
            &mandate(WriteAction::Load),
            &object("own", "cancer", vec![sample("a", Some("P9"))]),
            &[],
        )
        .await
        .unwrap();
    let replayed = copy.replay(&tail).await;
    let expected = Replayed {
        consents: 5,
        approvals: 0,
        revocations: 1,
        ..Replayed::default()
    };
    assert_eq!(replayed, expected);
    for participant in ["P0", "P1", "P2", "P3"] {
        assert_eq!(copy.history(participant).await, world.history(participant).await, "{participant}");
    }
    assert!(copy.approval_now("A-1").await.revoked.is_some());
    assert_eq!(
        copy.catalogue.approval_register(upkeep(Job::Inventory)).await.unwrap().exports,
        [seen]
    );
    assert!(copy.audit_is_good().await);
    // An interrupted `seal replay` is repeated after everything was recorded.
    assert_eq!(copy.replay(&tail).await, Replayed::default());
    copy.end().await;
    world.end().await;
}

async fn the_tail_of_a_rehearsal_is_refused_without_a_statement(mut world: World) {
    world.consent_all(&["P0", "P1"]).await;
    world.tail().await;
    let (rehearsal, restored) = (world.copy().await, world.copy().await);
    append(&world.catalogue, &[withdrawn("P0")]).await;
    rehearsal.seal().await;
    append(&rehearsal.catalogue, &[withdrawn("P1")]).await;
    rehearsal.lift().await;
    let theirs = rehearsal.tail().await;
    restored.seal().await;
    let refused = restored.lost(&theirs, None).await.unwrap_err();
    let Divergence::SealedMeanwhile { id, because, .. } = refused.clone() else {
        panic!("{refused:?}")
    };
    assert!(because.starts_with("restored"), "{because}");
    assert_eq!(restored.lost(&theirs, Some("00000000")).await.unwrap_err(), refused);
    // The tail of the installation in use needs no statement.
    assert_eq!(restored.lost(&world.tail().await, None).await.unwrap().consents.len(), 1);
    // The other installation was in use after all: a second loss, restored from the same copy.
    let lost = restored.lost(&theirs, Some(&id)).await.unwrap();
    assert_eq!(lost.consents.len(), 1);
    restored
        .catalogue
        .replay(&mandate(WriteAction::Restore), &lost, now())
        .await
        .unwrap();
    assert_eq!(restored.history("P1").await, rehearsal.history("P1").await);
    for world in [rehearsal, restored, world] {
        world.end().await;
    }
}

async fn a_tail_of_another_history_is_refused(mut world: World) {
    let other = World::sqlite().await;
    for each in [&world, &other] {
        each.consent_all(&["P0"]).await;
    }
    world.tail().await;
    let early = world.copy().await;
    early.seal().await;
    append(&early.catalogue, &[withdrawn("P0")]).await;
    early.lift().await;
    // The database goes on, and is then copied. Its own writes are not in the tail of the early copy.
    world
        .catalogue
        .register_object(
            &mandate(WriteAction::Load),
            &object("o1", "cancer", vec![sample("a", Some("P0"))]),
            &[],
        )
        .await
        .unwrap();
    let late = world.copy().await;
    late.seal().await;
    for tail in [early.tail().await, other.tail().await] {
        assert_eq!(late.lost(&tail, None).await.unwrap_err(), Divergence::OtherHistory);
    }
    let mut without_hashes = world.tail().await;
    assert!(late.lost(&without_hashes, None).await.is_ok());
    without_hashes.hashes.clear();
    assert_eq!(late.lost(&without_hashes, None).await.unwrap_err(), Divergence::EarlierVersion);
    // After the replay of one tail, another one is refused.
    let copy = world.copy().await;
    append(&world.catalogue, &[withdrawn("P0")]).await;
    let shorter = world.tail().await;
    append(&world.catalogue, &[given("P0")]).await;
    copy.seal().await;
    copy.replay(&shorter).await;
    assert_eq!(copy.lost(&world.tail().await, None).await.unwrap_err(), Divergence::OtherHistory);
    for world in [early, late, copy, other, world] {
        world.end().await;
    }
}

async fn own_events_after_the_restore_are_refused(mut world: World) {
    world.approve().await;
    world.consent_all(&["P0"]).await;
    world.tail().await;
    let (first, second) = (world.copy().await, world.copy().await);
    append(&world.catalogue, &[withdrawn("P0")]).await;
    let tail = world.tail().await;
    first.seal().await;
    // The same event as in the tail, recorded by the restored database itself.
    append(&first.catalogue, &[withdrawn("P0")]).await;
    assert_eq!(first.lost(&tail, None).await.unwrap_err(), Divergence::OwnConsents { count: 1 });
    second.seal().await;
    let approval = second.approval_now("A-1").await;
    second.record(&shared_by(&["hanako@university.example"], &approval)).await;
    let ids = vec![approval.id];
    assert_eq!(second.lost(&tail, None).await.unwrap_err(), Divergence::OwnApprovals { ids });
    // An event between the comparison and the replay.
    let third = world.copy().await;
    third.seal().await;
    let lost = third.lost(&tail, None).await.unwrap();
    append(&third.catalogue, &[given("P0")]).await;
    let refused = third.catalogue.replay(&mandate(WriteAction::Restore), &lost, now()).await;
    assert_eq!(refused, Err(CatalogueError::Conflict { field: "writes" }));
    for world in [first, second, third, world] {
        world.end().await;
    }
}

async fn a_sealed_database_begins_no_tail_and_its_own_tail_proves_nothing(mut world: World) {
    world.consent_all(&["P0"]).await;
    let copy = world.copy().await;
    copy.seal().await;
    append(&copy.catalogue, &[given("P1")]).await;
    let folder = copy.heads_folder();
    checkpoint_operations(&copy.catalogue, &folder, &key()).await.unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "no tail and no head");
    // A tail that began in the sealed database by another way: the seal was lifted, and is closed again.
    let restore = mandate(WriteAction::Restore);
    copy.catalogue.lift_seal(&restore, "by lists").await.unwrap();
    let own = copy.tail().await;
    assert!(copy.lost(&own, None).await.is_err(), "the tail began after the seal");
    copy.seal().await;
    assert!(copy.lost(&own, None).await.is_ok(), "the tail began before this seal");
    copy.end().await;
    world.end().await;
}

async fn a_tail_of_an_earlier_life_is_refused(mut world: World) {
    world.consent_all(&["P0", "P1"]).await;
    world.tail().await;
    let mut second = world.copy().await;
    append(&world.catalogue, &[withdrawn("P0")]).await;
    // The second life begins without the tail of the first one, and is lost too.
    second.seal().await;
    second
        .catalogue
        .lift_seal(&mandate(WriteAction::Restore), "by lists")
        .await
        .unwrap();
    let third = second.copy().await;
    append(&second.catalogue, &[withdrawn("P1")]).await;
    third.seal().await;
    assert_eq!(third.lost(&world.tail().await, None).await.unwrap_err(), Divergence::OtherHistory);
    assert_eq!(third.lost(&second.tail().await, None).await.unwrap().consents.len(), 1);
    for world in [second, third, world] {
        world.end().await;
    }
}

async fn the_order_of_approvals_in_the_tail_does_not_matter(mut world: World) {
    world.approve().await;
    world.tail().await;
    let copy = world.copy().await;
    let first = world.approval_now("A-1").await;
    let named = |id: &str, visa: &str| Approval {
        id: ApprovalId::parse(id).unwrap(),
        visa_value: visa.into(),
        ..first.clone()
    };
    // A-2 gets the visa value of A-1 after A-1 has another one. The tail is written afterwards, and A-1 changes once more.
    world.record(&named("A-1", "other")).await;
    world.record(&named("A-2", &first.visa_value)).await;
    world
        .record(&shared_by(&["hanako@university.example"], &named("A-1", "other")))
        .await;
    copy.seal().await;
    copy.replay(&world.tail().await).await;
    for id in ["A-1", "A-2"] {
        assert_eq!(copy.approval_now(id).await, world.approval_now(id).await);
    }
    copy.end().await;
    world.end().await;
}

async fn a_narrowed_approval_is_not_widened_by_an_earlier_equal_state(mut world: World) {
    world.approve().await;
    let wide = world.approval_now("A-1").await;
    let narrow = shared_by(&["hanako@university.example"], &wide);
    world.tail().await;
    let copy = world.copy().await;
    for state in [&narrow, &wide, &narrow] {
        world.record(state).await;
        world.tail().await;
    }
    copy.seal().await;
    assert_eq!(copy.replay(&world.tail().await).await.approvals, 3);
    assert_eq!(copy.approval_now("A-1").await, narrow);
    // The copy itself was narrowed before the copy, to a state that equals the first one of the tail.
    let narrowed = world.copy().await;
    world.record(&wide).await;
    world.record(&narrow).await;
    narrowed.seal().await;
    narrowed.replay(&world.tail().await).await;
    assert_eq!(narrowed.approval_now("A-1").await, narrow);
    for world in [copy, narrowed, world] {
        world.end().await;
    }
}

async fn an_approval_whose_release_was_lost_is_recorded_as_ended(mut world: World) {
    world.approve().await;
    let samples = vec![sample("a", Some("P0"))];
    world
        .catalogue
        .register_object(&mandate(WriteAction::Load), &object("o1", "cancer", samples), &[])
        .await
        .unwrap();
    world.consent_all(&["P0"]).await;
    world.tail().await;
    let copy = world.copy().await;
    let view = world.watch().current().await.unwrap().view;
    let release = ReleaseId::parse("cancer-2026.1").unwrap();
    let create = mandate(WriteAction::CreateRelease);
    world
        .catalogue
        .create_release(&create, &view, &release, &dataset("cancer"), "Cite this.", now())
        .await
        .unwrap();
    let mut narrowed = world.approval_now("A-1").await;
    (narrowed.release, narrowed.datasets) = (Some(release), vec![dataset("cancer")]);
    world.record(&narrowed).await;
    copy.seal().await;
    let at = now();
    let lost = copy.lost(&world.tail().await, None).await.unwrap();
    let replayed = copy.catalogue.replay(&mandate(WriteAction::Restore), &lost, at).await.unwrap();
    assert_eq!((replayed.approvals, replayed.ended), (1, 1));
    let recorded = copy.approval_now("A-1").await;
    assert!(recorded.not_after <= at, "the wide version is not in force: {recorded:?}");
    copy.end().await;
    world.end().await;
}

async fn a_file_that_was_loaded_and_unloaded_after_the_copy_is_not_loaded_again(mut world: World) {
    world.consent_all(&["P0"]).await;
    world.tail().await;
    let copy = world.copy().await;
    let file = |id: &str| object(id, "cancer", vec![sample(id, Some("P0"))]);
    let load = mandate(WriteAction::Load);
    for id in ["o1", "o2", "o3"] {
        world.catalogue.register_object(&load, &file(id), &[]).await.unwrap();
    }
    let change = mandate(WriteAction::ChangeObjectStatus);
    world.catalogue.unload_object(&change, &id("o1"), "wrong person").await.unwrap();
    world
        .catalogue
        .set_object_status(&change, &id("o2"), ObjectStatus::Held, "a doubt")
        .await
        .unwrap();
    copy.seal().await;
    let replayed = copy.replay(&world.tail().await).await;
    assert_eq!((replayed.files, replayed.blocked), (0, 2));
    assert_eq!(
        copy.replay(&world.tail().await).await.blocked,
        0,
        "a repeated replay blocks nothing again"
    );
    copy.lift().await;
    // The tail of the restored database names the blocked files too.
    let named = |file: &str, status, reason: &str| TailFile {
        id: id(file),
        status,
        reason: reason.into(),
        sha256: format!("{file:0>64}"),
        dataset: dataset("cancer"),
    };
    let blocked = [
        named("o1", ObjectStatus::Unloaded, "wrong person"),
        named("o2", ObjectStatus::Held, "a doubt"),
    ];
    assert_eq!(copy.tail().await.files, blocked);
    assert_eq!(
        copy.catalogue.register_object(&load, &file("o1"), &[]).await,
        Err(CatalogueError::Conflict { field: "unloaded" })
    );
    // The same bytes for another participant are refused, as for a registered file.
    let of_another = NewObject {
        natural_key: "another".into(),
        id: id("o9"),
        ..object("o2", "cancer", vec![sample("o9", Some("P1"))])
    };
    let refused = copy.catalogue.register_object(&load, &of_another, &[]).await;
    assert_eq!(refused, Err(CatalogueError::Conflict { field: "sha256" }));
    for id in ["o2", "o3"] {
        assert_eq!(
            copy.catalogue.register_object(&load, &file(id), &[]).await,
            Ok(Registered::New),
            "{id}"
        );
    }
    assert!(
        copy.catalogue.locate_object(&id("o2")).await.unwrap().is_none(),
        "registered on hold"
    );
    assert!(copy.catalogue.locate_object(&id("o3")).await.unwrap().is_some());
    assert_eq!(copy.tail().await.files, blocked);
    // After a steward's check, the file is served, and no block remains.
    copy.catalogue
        .set_object_status(&change, &id("o2"), ObjectStatus::Served, "checked")
        .await
        .unwrap();
    assert_eq!(copy.tail().await.files, blocked[..1]);
    copy.end().await;
    world.end().await;
}

/// A random history of writes. A copy is made after each of its writes, and the tail is replayed into the copy.
async fn a_random_history_is_restored_from_any_of_its_states(mut world: World) {
    let mut state: u64 = 20_261_124;
    let mut random = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    world.approve().await;
    let wide = world.approval_now("A-1").await;
    let mut copies = Vec::new();
    for step in 0..12 {
        let participant = format!("P{}", random(4));
        match random(5) {
            0 => drop(append(&world.catalogue, &[given(&participant)]).await),
            1 => drop(append(&world.catalogue, &[withdrawn(&participant), given("P9")]).await),
            2 => {
                let last = append(&world.catalogue, &[given(&participant)]).await;
                append(&world.catalogue, &[corrected(&participant, last)]).await;
            }
            3 => {
                world
                    .record(&shared_by(&["a@x.example", "b@x.example"][..random(3) as usize], &wide))
                    .await
            }
            _ => {
                let file = object(&format!("o{step}"), "cancer", vec![sample(&format!("s{step}"), Some(&participant))]);
                world
                    .catalogue
                    .register_object(&mandate(WriteAction::Load), &file, &[])
                    .await
                    .unwrap();
            }
        }
        if random(2) == 0 {
            world.tail().await;
        }
        if random(3) == 0 {
            copies.push(world.copy().await);
        }
    }
    let tail = world.tail().await;
    for copy in copies {
        copy.seal().await;
        copy.replay(&tail).await;
        for participant in ["P0", "P1", "P2", "P3", "P9"] {
            assert_eq!(copy.history(participant).await, world.history(participant).await);
        }
        assert_eq!(copy.approval_now("A-1").await, world.approval_now("A-1").await);
        assert!(copy.audit_is_good().await);
        copy.end().await;
    }
    world.end().await;
}
