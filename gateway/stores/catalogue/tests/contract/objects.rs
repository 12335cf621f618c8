use gemj_access::{Job, OperatorReadAction, WriteAction};
use gemj_catalogue::{CatalogueError, ObjectStatus, Registered};
use gemj_model::{Ordinal, Sex};

use crate::world::*;

fn conflict(field: &'static str) -> Result<Registered, CatalogueError> {
    Err(CatalogueError::Conflict { field })
}

contract! {
    async fn a_file_is_located_read_and_listed_as_registered(world: World) {
        world.approve().await;
        world.consent_all(&["P1"]).await;
        let load = mandate(WriteAction::Load);
        let new = object("o1", "cancer", vec![sample("s1", Some("P1")), sample("s2", None)]);
        assert_eq!(world.catalogue.register_object(&load, &new, &[segment("g1", "cancer")]).await, Ok(Registered::New));
        let located = world.catalogue.locate_object(&id("o1")).await.unwrap().unwrap();
        assert_eq!((located.dataset, located.samples), (dataset("cancer"), vec![Some(Ordinal(0)), None].into()));
        assert_eq!(world.catalogue.locate_object(&id("o2")).await.unwrap(), None);
        let grant = world.object_grant(&id("o1")).await.unwrap();
        let read = world.catalogue.object(&grant, &id("o1")).await.unwrap().unwrap();
        assert_eq!((read.sha256, read.size_bytes, read.storage_key), (new.sha256, 1_000, new.storage_key));
        assert_eq!((read.format, read.index_format, read.created, read.joint), (new.format, new.index_format, new.created, true));
        assert_eq!(read.samples[0].specimen, new.samples[0].specimen);
        let manifest = world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap();
        assert_eq!(manifest.segments.len(), 1);
        assert_eq!(manifest.generation, world.catalogue.state().await.unwrap().generation);
        assert_eq!(world.catalogue.object_by_natural_key(&load, "key of o1").await.unwrap(), Some(id("o1")));
        let listed = world.catalogue.files_of(&operator_read(OperatorReadAction::Files, "P1"), Some(&dataset("cancer")), now()).await.unwrap();
        assert_eq!((listed.len(), &listed[0].participants), (1, &vec![Some(person("P1")), None]));
        assert!(world.catalogue.files_of(&operator_read(OperatorReadAction::Files, "P2"), None, now()).await.unwrap().is_empty());
        assert!(world.catalogue.inventory(upkeep(Job::Inventory), Some(&dataset("rare-disease"))).await.unwrap().is_empty());
    }

    async fn a_grant_opens_only_its_dataset_and_its_participants(world: World) {
        world.approve().await;
        world.consent_all(&["P1", "P2"]).await;
        let load = mandate(WriteAction::Load);
        for new in [
            object("o1", "cancer", vec![sample("s1", Some("P1"))]),
            object("o2", "rare-disease", vec![sample("s2", Some("P2"))]),
            object("o3", "cancer", vec![sample("s3", Some("P3"))]),
            object("o4", "cancer", vec![sample("s4", None)]),
        ] {
            world.catalogue.register_object(&load, &new, &[]).await.unwrap();
        }
        let grant = world.grant(&["cancer"]).await;
        assert!(world.catalogue.object(&grant, &id("o1")).await.unwrap().is_some());
        for hidden in ["o2", "o3", "o4", "o9"] {
            assert_eq!(world.catalogue.object(&grant, &id(hidden)).await.unwrap(), None, "{hidden}");
        }
    }

    async fn a_cached_file_equals_the_stored_file_and_opens_to_the_same_grants(world: World) {
        world.approve().await;
        world.consent_all(&["P1", "P2"]).await;
        let load = mandate(WriteAction::Load);
        for new in [
            object("o1", "cancer", vec![sample("s1", Some("P1")), sample("s2", None), sample("s3", Some("P3"))]),
            object("o2", "rare-disease", vec![sample("s2", Some("P2"))]),
            object("o3", "cancer", vec![sample("s3", Some("P3"))]),
            object("o4", "cancer", vec![sample("s4", None)]),
        ] {
            world.catalogue.register_object(&load, &new, &[]).await.unwrap();
        }
        let grant = world.grant(&["cancer"]).await;
        let generation = world.catalogue.state().await.unwrap().generation;
        for name in ["o1", "o2", "o3", "o4", "o1", "o2", "o3", "o4"] {
            let file = world.catalogue.locate_file(&id(name), generation).await.unwrap().unwrap();
            assert_eq!(**file.located(), world.catalogue.locate_object(&id(name)).await.unwrap().unwrap());
            assert_eq!(file.open(&grant).as_deref(), world.catalogue.object(&grant, &id(name)).await.unwrap().as_ref());
            assert_eq!(file.open(&grant).is_some(), name == "o1");
            assert_eq!(world.catalogue.ask_all_the_same(&file).await, Ok(()));
        }
        assert!(world.catalogue.locate_file(&id("o9"), generation).await.unwrap().is_none());
        world.catalogue.register_object(&load, &object("o9", "cancer", vec![sample("s9", Some("P1"))]), &[]).await.unwrap();
        assert!(world.catalogue.locate_file(&id("o9"), generation + 1).await.unwrap().is_some(), "an unknown id is not cached");
    }

    async fn a_repeated_load_changes_nothing(world: World) {
        let load = mandate(WriteAction::Load);
        let new = object("o1", "cancer", vec![sample("s1", Some("P1"))]);
        world.catalogue.register_object(&load, &new, &[segment("g1", "cancer")]).await.unwrap();
        let before = world.catalogue.state().await.unwrap();
        assert_eq!(world.catalogue.register_object(&load, &new, &[segment("g2", "cancer")]).await, Ok(Registered::Same));
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        assert_eq!(world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap().segments.len(), 1);
        let mut other_bytes = new.clone();
        other_bytes.sha256 = "0".repeat(64);
        assert_eq!(world.catalogue.register_object(&load, &other_bytes, &[]).await, conflict("sha256"));
    }

    async fn a_contradicting_file_writes_nothing(world: World) {
        let load = mandate(WriteAction::Load);
        let first = object("o1", "cancer", vec![family(sample("s1", Some("P1")), "F1", Sex::Female)]);
        world.catalogue.register_object(&load, &first, &[segment("g1", "cancer")]).await.unwrap();
        let before = world.catalogue.state().await.unwrap();

        let sex = object("o2", "cancer", vec![sample("s0", Some("P-new")), family(sample("s2", Some("P1")), "F1", Sex::Male)]);
        assert_eq!(world.catalogue.register_object(&load, &sex, &[]).await, conflict("sex"));
        let other_family = object("o2", "cancer", vec![family(sample("s2", Some("P1")), "F2", Sex::Female)]);
        assert_eq!(world.catalogue.register_object(&load, &other_family, &[]).await, conflict("family"));
        let mut stolen = sample("s2", Some("P2"));
        stolen.specimen = first.samples[0].specimen.clone();
        assert_eq!(world.catalogue.register_object(&load, &object("o2", "cancer", vec![stolen.clone()]), &[]).await, conflict("specimen"));
        let mut same_bytes = object("o2", "cancer", vec![sample("s2", Some("P2"))]);
        same_bytes.sha256 = first.sha256.clone();
        assert_eq!(world.catalogue.register_object(&load, &same_bytes, &[]).await, conflict("sha256"));
        let mut same_id = object("o1", "cancer", vec![sample("s2", Some("P2"))]);
        same_id.natural_key = "another".into();
        same_id.sha256 = "1".repeat(64);
        assert_eq!(world.catalogue.register_object(&load, &same_id, &[]).await, conflict("object"));
        let good = object("o2", "cancer", vec![sample("s2", Some("P2"))]);
        assert_eq!(world.catalogue.register_object(&load, &good, &[segment("g1", "cancer")]).await, conflict("segment"));
        let within = object("o2", "cancer", vec![family(sample("a", Some("P3")), "F1", Sex::Male), family(sample("b", Some("P3")), "F1", Sex::Female)]);
        assert_eq!(world.catalogue.register_object(&load, &within, &[]).await, conflict("sex"));
        let mut nul = object("o2", "cancer", vec![sample("s2", Some("P2"))]);
        nul.samples[0].sample = "a\0b".into();
        assert_eq!(world.catalogue.register_object(&load, &nul, &[]).await, Err(CatalogueError::Invalid { field: "sample" }));
        let nobody = object("o2", "cancer", Vec::new());
        assert_eq!(world.catalogue.register_object(&load, &nobody, &[]).await, Err(CatalogueError::Invalid { field: "samples" }));

        assert_eq!(world.catalogue.state().await.unwrap(), before);
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 0).await.unwrap();
        assert_eq!((changes.participants.len(), changes.memberships.len()), (1, 1));
    }

    async fn unknown_values_of_a_participant_are_completed_and_not_removed_by_later_files(world: World) {
        let load = mandate(WriteAction::Load);
        let bare = object("o1", "cancer", vec![sample("s1", Some("P1"))]);
        world.catalogue.register_object(&load, &bare, &[]).await.unwrap();
        let epoch = world.catalogue.state().await.unwrap().epoch;
        let said = object("o2", "cancer", vec![family(sample("s2", Some("P1")), "F1", Sex::Female)]);
        world.catalogue.register_object(&load, &said, &[]).await.unwrap();
        assert_eq!(world.catalogue.state().await.unwrap().epoch, epoch + 1, "a change of a family is a policy change");
        let unsaid = object("o3", "cancer", vec![sample("s3", Some("P1"))]);
        world.catalogue.register_object(&load, &unsaid, &[]).await.unwrap();
        let (participant, _) = world.catalogue.consent_history(upkeep(Job::CompareConsent), &person("P1")).await.unwrap().unwrap();
        assert_eq!((participant.sex, participant.family.as_ref().map(|f| f.as_str())), (Sex::Female, Some("F1")));
    }

    async fn an_ordinal_assigned_early_is_kept_and_gives_no_membership(world: World) {
        let load = mandate(WriteAction::Load);
        let samples = [sample("s1", Some("P1")), sample("s2", None), sample("s3", Some("P2")), sample("s4", Some("P1"))];
        let ordinals = world.catalogue.ensure_participants(&load, &samples, &dataset("cancer")).await.unwrap();
        assert_eq!(ordinals, [Some(Ordinal(0)), None, Some(Ordinal(1)), Some(Ordinal(0))]);
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), 0).await.unwrap();
        assert!(changes.memberships.is_empty());
        let again = world.catalogue.ensure_participants(&load, &samples, &dataset("cancer")).await.unwrap();
        assert_eq!(again, ordinals);
        world.catalogue.register_object(&load, &object("o1", "cancer", samples.to_vec()), &[]).await.unwrap();
        let located = world.catalogue.locate_object(&id("o1")).await.unwrap().unwrap();
        assert_eq!(located.samples, ordinals);
    }

    async fn a_joint_file_of_five_thousand_samples_is_registered(world: World) {
        let samples: Vec<_> = (0..5_000).map(|n| sample("s", Some(&format!("P-{n}")))).collect();
        let joint = object("o1", "cancer", samples);
        world.catalogue.register_object(&mandate(WriteAction::Load), &joint, &[]).await.unwrap();
        let located = world.catalogue.locate_object(&id("o1")).await.unwrap().unwrap();
        assert!(located.samples.iter().copied().eq((0..5_000).map(|n| Some(Ordinal(n)))));
    }

    async fn a_held_or_unloaded_file_is_not_found_and_its_entries_no_longer_count(world: World) {
        world.approve().await;
        world.consent_all(&["P1", "P2"]).await;
        let (load, judge) = (mandate(WriteAction::Load), mandate(WriteAction::ChangeObjectStatus));
        let new = object("o1", "cancer", vec![sample("s1", Some("P1"))]);
        world.catalogue.register_object(&load, &new, &[segment("g1", "cancer")]).await.unwrap();
        let grant = world.object_grant(&id("o1")).await.unwrap();
        let is_known = async |known: bool| {
            let generation = world.catalogue.state().await.unwrap().generation;
            assert_eq!(world.catalogue.locate_object(&id("o1")).await.unwrap().is_some(), known);
            assert_eq!(world.catalogue.locate_file(&id("o1"), generation).await.unwrap().is_some(), known);
            assert_eq!(world.catalogue.object(&grant, &id("o1")).await.unwrap().is_some(), known);
        };
        let set = async |to, reason: &str| world.catalogue.set_object_status(&judge, &id("o1"), to, reason).await;
        is_known(true).await;
        // The first look-up put the file into the cache. The second look-up reads the file from the cache.
        is_known(true).await;
        assert_eq!(set(ObjectStatus::Held, "two files look alike").await, Ok(true));
        is_known(false).await;
        assert_eq!(set(ObjectStatus::Held, "again").await, Ok(false));
        let manifest = world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap();
        assert!(manifest.held_sources.contains("o1") && manifest.retired_sources.is_empty());
        assert_eq!(set(ObjectStatus::Served, "they are twins").await, Ok(true));
        is_known(true).await;
        assert_eq!(set(ObjectStatus::Unloaded, "of somebody else").await, Ok(true));
        is_known(false).await;
        let manifest = world.catalogue.manifest(upkeep(Job::BuildSegments)).await.unwrap();
        assert!(manifest.retired_sources.contains("o1") && manifest.held_sources.is_empty());
        assert_eq!(set(ObjectStatus::Served, "no").await, Err(CatalogueError::Conflict { field: "status" }));
        let unknown = world.catalogue.set_object_status(&judge, &id("o9"), ObjectStatus::Held, "x").await;
        assert_eq!(unknown, Err(CatalogueError::NotFound { what: "file" }));
        assert_eq!(set(ObjectStatus::Unloaded, " ").await, Err(CatalogueError::Invalid { field: "reason" }));
        assert_eq!(world.catalogue.set_object_status(&load, &id("o1"), ObjectStatus::Held, "x").await, Err(CatalogueError::WrongKey));
        let listed = world.catalogue.inventory(upkeep(Job::Inventory), None).await.unwrap();
        assert_eq!((listed[0].status.status, listed[0].status.reason.as_deref()), (ObjectStatus::Unloaded, Some("of somebody else")));
        // The unloaded file cannot be loaded again for the same participants. Its bytes can be registered for another participant.
        assert_eq!(world.catalogue.register_object(&load, &new, &[]).await, conflict("unloaded"));
        assert_eq!(world.catalogue.object_by_natural_key(&load, &new.natural_key).await, Err(CatalogueError::Conflict { field: "unloaded" }));
        let mut right = object("o2", "cancer", vec![sample("s1", Some("P2"))]);
        right.sha256.clone_from(&new.sha256);
        assert_eq!(world.catalogue.register_object(&load, &right, &[]).await, Ok(Registered::New));
    }
}
