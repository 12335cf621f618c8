use gemj_access::{CapabilityKey, Job, WriteAction};
use gemj_catalogue::audit::{checkpoint_operations, lacks_signed_writes, set_heads_aside, signed_writes};
use gemj_catalogue::{Catalogue, CatalogueError, ObjectStatus, SeenExport, TailFile, read_tail};
use gemj_model::{ApprovalId, ObjectId, Timestamp};

use crate::world::*;

fn key() -> CapabilityKey {
    CapabilityKey::new([5; 32])
}

contract! {
    async fn a_sealed_database_gives_no_view_to_any_process_until_the_seal_is_lifted(world: World) {
        world.consent_all(&["P0"]).await;
        let restore = mandate(WriteAction::Restore);
        let other = world.open_again().await;
        let (watch, watch_of_other) = (world.watch(), watch_of(&other));
        assert!(watch.current().await.is_ok() && watch_of_other.current().await.is_ok());
        assert_eq!(world.catalogue.seal(upkeep(Job::Inventory)).await.unwrap(), None);
        let epoch = world.catalogue.state().await.unwrap().epoch;

        assert!(world.catalogue.close_seal_once(&restore, "restored", now()).await.unwrap());
        assert!(!other.close_seal_once(&restore, "restored", now()).await.unwrap());
        for watch in [&watch, &watch_of_other, &world.watch()] {
            assert_eq!(watch.current().await.err(), Some(CatalogueError::Sealed));
        }
        let seal = other.seal(upkeep(Job::Inventory)).await.unwrap().unwrap();
        assert_eq!((seal.because.as_str(), seal.epoch), ("restored", epoch));
        // Consent is recorded while the database is sealed, so that sites can be reconciled.
        append(&other, &[withdrawn("P0")]).await;
        assert_eq!(watch.current().await.err(), Some(CatalogueError::Sealed));

        assert_eq!(other.lift_seal(&mandate(WriteAction::Load), "checked").await.err(), Some(CatalogueError::WrongKey));
        assert!(other.lift_seal(&restore, "checked").await.unwrap());
        assert!(!world.catalogue.lift_seal(&restore, "checked").await.unwrap());
        assert!(watch.current().await.is_ok(), "this process closed the seal itself");
        assert_eq!(watch_of_other.current().await.err(), Some(CatalogueError::OtherHistory), "its memory may be outdated");
        other.close().await;
        let new = world.open_again().await;
        assert!(watch_of(&new).current().await.is_ok());
        new.close().await;
    }

    async fn a_gateway_that_reads_a_lower_epoch_seals_the_database_and_answers_no_more(world: World) {
        world.consent_all(&["P0", "P1"]).await;
        let watch = world.watch();
        assert!(watch.current().await.is_ok());
        world.tamper("UPDATE programme_state SET epoch = epoch - 1").await;
        assert_eq!(watch.current().await.err(), Some(CatalogueError::Sealed));
        let seal = world.catalogue.seal(upkeep(Job::Inventory)).await.unwrap().unwrap();
        assert!(seal.because.contains("lower than before"), "{}", seal.because);
        assert_eq!(watch.current().await.err(), Some(CatalogueError::Sealed));
        let other = world.open_again().await;
        other.lift_seal(&mandate(WriteAction::Restore), "replayed").await.unwrap();
        assert_eq!(watch.current().await.err(), Some(CatalogueError::OtherHistory));
        assert!(watch_of(&other).current().await.is_ok());
        other.close().await;
    }

    async fn a_restored_database_replaces_the_seal_of_its_back_up(world: World) {
        let restore = mandate(WriteAction::Restore);
        world.catalogue.close_seal(&restore, "a drill", now()).await.unwrap();
        world.catalogue.close_seal(&restore, "restored", now()).await.unwrap();
        assert_eq!(world.catalogue.seal(upkeep(Job::Inventory)).await.unwrap().unwrap().because, "restored");
    }

    async fn a_tail_contains_the_seen_exports_and_the_newest_of_each_application_is_replayed(world: World) {
        let folder = world.folder.path().join("heads");
        std::fs::create_dir_all(&folder).unwrap();
        let seen = |exported: i64| SeenExport {
            application: ApprovalId::parse("rems-12").unwrap(),
            activity: Some(Timestamp(exported)),
            exported: Timestamp(exported),
            over: false,
        };
        for exported in [1_000_000, 3_000_000] {
            let register = world.catalogue.approval_register(upkeep(Job::Inventory)).await.unwrap();
            world.catalogue.apply_approvals(&mandate(WriteAction::RecordApproval), &register, &[], &[seen(exported)]).await.unwrap();
            checkpoint_operations(&world.catalogue, &folder, &key()).await.unwrap();
        }
        let tail = read_tail(&folder, &key()).unwrap().unwrap();
        assert_eq!(tail.exports, [seen(1_000_000), seen(3_000_000)]);
        world.catalogue.close_seal(&mandate(WriteAction::Restore), "restored", now()).await.unwrap();
        let lost = async || world.catalogue.lost_events(upkeep(Job::BackUp), &tail, None).await.unwrap().unwrap();
        assert!(lost().await.exports.is_empty(), "the database has the newest export");
        world.tamper("UPDATE approval_export SET exported = 2000000").await;
        assert_eq!(lost().await.exports, [seen(3_000_000)]);
    }

    async fn a_tail_names_the_files_that_are_not_served_and_a_weaker_status_in_the_database_is_lost(world: World) {
        let folder = world.folder.path().join("heads");
        std::fs::create_dir_all(&folder).unwrap();
        let read = || read_tail(&folder, &key()).unwrap().unwrap();
        for id in ["o1", "o2", "o3"] {
            let samples = vec![sample(id, Some("P0"))];
            world.catalogue.register_object(&mandate(WriteAction::Load), &object(id, "cancer", samples), &[]).await.unwrap();
        }
        checkpoint_operations(&world.catalogue, &folder, &key()).await.unwrap();
        assert!(read().files.is_empty(), "a new tail states that all files are served");
        let change = mandate(WriteAction::ChangeObjectStatus);
        let id = |id: &str| ObjectId::parse(id).unwrap();
        for (file, to) in [("o1", ObjectStatus::Held), ("o2", ObjectStatus::Held), ("o2", ObjectStatus::Served)] {
            world.catalogue.set_object_status(&change, &id(file), to, "a doubt").await.unwrap();
        }
        world.catalogue.unload_object(&change, &id("o3"), "wrong").await.unwrap();
        checkpoint_operations(&world.catalogue, &folder, &key()).await.unwrap();
        world.catalogue.close_seal(&mandate(WriteAction::Restore), "restored", now()).await.unwrap();
        world.catalogue.set_object_status(&change, &id("o2"), ObjectStatus::Held, "own").await.unwrap();
        let file = |file: &str, status, reason: &str| TailFile {
            id: id(file),
            status,
            reason: reason.into(),
            sha256: format!("{file:0>64}"),
            dataset: dataset("cancer"),
        };
        let expected = [file("o1", ObjectStatus::Held, "a doubt"), file("o3", ObjectStatus::Unloaded, "wrong")];
        assert_eq!(read().files, expected);
        let lost = async || world.catalogue.lost_events(upkeep(Job::BackUp), &read(), None).await.unwrap().unwrap().files;
        assert!(lost().await.is_empty());
        world.tamper("UPDATE data_object SET status = 'held' WHERE id = 'o3'").await;
        assert_eq!(lost().await, expected[1..]);
        world.tamper("UPDATE data_object SET status = 'served', status_reason = NULL, status_changed = NULL").await;
        assert_eq!(lost().await, expected);
    }

    async fn a_database_at_another_place_is_sealed_once(world: World) {
        let restore = mandate(WriteAction::Restore);
        let moved = async || world.catalogue.seal_if_moved(&restore, now()).await.unwrap();
        assert!(!moved().await, "a new database records its place");
        assert!(!moved().await);
        assert_eq!(world.tamper("UPDATE programme_state SET home = 'elsewhere'").await, 1);
        assert!(moved().await);
        assert_eq!(world.watch().current().await.err(), Some(CatalogueError::Sealed));
        assert!(!moved().await, "the new place is recorded");
        assert_eq!(world.tamper("UPDATE programme_state SET home = 'elsewhere'").await, 1);
        assert!(world.catalogue.lift_seal(&restore, "checked").await.unwrap());
        assert!(!moved().await, "the place at which the seal was lifted is recorded");
    }

    async fn a_database_belongs_to_the_first_key(world: World) {
        let restore = mandate(WriteAction::Restore);
        let other = world.open_again().await;
        assert!(world.catalogue.belongs_to_key(&restore, "one").await.unwrap());
        assert!(other.belongs_to_key(&restore, "one").await.unwrap());
        assert!(!other.belongs_to_key(&restore, "two").await.unwrap());
        other.close().await;
    }

    async fn the_tail_contains_every_event_and_approval_and_shows_a_database_that_was_set_back(world: World) {
        let folder = world.folder.path().join("heads");
        std::fs::create_dir_all(&folder).unwrap();
        let sign = async || checkpoint_operations(&world.catalogue, &folder, &key()).await.unwrap();
        world.approve().await;
        world.consent_all(&["P0", "P1"]).await;
        sign().await;
        let tail = read_tail(&folder, &key()).unwrap().unwrap();
        assert_eq!((tail.consents.len(), tail.approvals.len()), (2, 1));
        assert_eq!(tail.epoch, world.catalogue.state().await.unwrap().epoch);
        assert_eq!(signed_writes(&folder, &key()).await.unwrap(), Some(tail.writes));
        let lacks = async || lacks_signed_writes(&world.catalogue, &folder, &key()).await.unwrap();
        assert!(!lacks().await);

        let withdrawal = withdrawn("P0");
        append(&world.catalogue, std::slice::from_ref(&withdrawal)).await;
        let id = ApprovalId::parse("A-1").unwrap();
        world.catalogue.revoke_approval(&mandate(WriteAction::RecordApproval), &id, now(), "ended").await.unwrap();
        sign().await;
        sign().await;
        let tail = read_tail(&folder, &key()).unwrap().unwrap();
        assert_eq!((tail.consents.len(), tail.approvals.len()), (3, 2));
        assert_eq!(tail.consents[2].event, withdrawal);
        let revoked = &tail.approvals[1];
        assert!(revoked.approval.revoked.is_some());
        assert_eq!(revoked.because.as_deref(), Some("ended"));

        // The last writes disappear from the database. A tail alone, without the signed head, shows this too.
        world.tamper("DELETE FROM audit_row WHERE chain = 'operations' AND sequence > 2").await;
        assert!(lacks().await);
        std::fs::remove_file(folder.join("operations.head")).unwrap();
        assert!(lacks().await);
        let before = std::fs::read(folder.join("ledger.tail")).unwrap();
        let signed = checkpoint_operations(&world.catalogue, &folder, &key()).await;
        assert_eq!(signed, Err(CatalogueError::SetBack));
        assert!(world.catalogue.state().await.unwrap().sealed.is_some(), "the database is sealed at once");
        // While the database is sealed, the contradiction is known and commands do not fail.
        sign().await;
        assert_eq!(std::fs::read(folder.join("ledger.tail")).unwrap(), before, "a tail that contradicts the database is kept");
        assert_eq!(set_heads_aside(&folder, "aside").await.unwrap().0, 1);
        assert!(folder.join("aside/ledger.tail").is_file() && !lacks().await);
    }
}

#[tokio::test]
async fn a_copy_of_an_sqlite_database_has_exactly_the_writes_before_it() {
    let world = World::sqlite().await;
    world.consent_all(&["P0", "P1"]).await;
    world
        .catalogue
        .register_object(
            &mandate(WriteAction::Load),
            &object("o1", "cancer", vec![sample("a", Some("P0"))]),
            &[],
        )
        .await
        .unwrap();
    let before = world.catalogue.state().await.unwrap();
    let path = world.folder.path().join("copy.db");
    assert!(world.catalogue.copy_to(upkeep(Job::BackUp), &path).await.unwrap());
    assert!(
        world.catalogue.copy_to(upkeep(Job::BackUp), &path).await.is_err(),
        "an existing file is not replaced"
    );
    append(&world.catalogue, &[withdrawn("P0")]).await;
    let copy = Catalogue::open(&format!("sqlite:{}", path.display()), 2).await.unwrap();
    let stored = copy.stored_keys(upkeep(Job::BackUp)).await.unwrap();
    assert_eq!(stored.state, before);
    assert!(stored.keys.len() >= 2, "the file and its index");
    copy.close().await;
    world.end().await;
}
