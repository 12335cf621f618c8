use gemj_access::{Job, WriteAction};
use gemj_catalogue::{CatalogueError, RecordedRelease};
use gemj_model::{Ordinal, ReleaseId};
use sha2::{Digest, Sha256};

use crate::world::*;

fn release_id(text: &str) -> ReleaseId {
    ReleaseId::parse(text).unwrap()
}

impl World {
    /// Registers the test data. P0 to P3 consent, P4 does not. `o1` contains P0, P1 and P4. `o2` contains P4. `o3` contains P1 and a column
    /// without a participant. `o4` is in another dataset. P3 has no file.
    async fn released_programme(&self) {
        self.consent_all(&["P0", "P1", "P2", "P3"]).await;
        let load = mandate(WriteAction::Load);
        for new in [
            object("o3", "cancer", vec![sample("d", Some("P1")), sample("e", None)]),
            object(
                "o1",
                "cancer",
                vec![
                    sample("a", Some("P0")),
                    sample("b", Some("P1")),
                    sample("c", Some("P4")),
                    sample("t", Some("P1")),
                ],
            ),
            object("o2", "cancer", vec![sample("f", Some("P4"))]),
            object("o4", "rare-disease", vec![sample("g", Some("P2"))]),
        ] {
            self.catalogue.register_object(&load, &new, &[]).await.unwrap();
        }
    }

    async fn release(&self, id: &str) -> Result<RecordedRelease, CatalogueError> {
        let view = self.watch().current().await.unwrap().view;
        let (key, id, cancer) = (mandate(WriteAction::CreateRelease), release_id(id), dataset("cancer"));
        self.catalogue.create_release(&key, &view, &id, &cancer, "Cite this.", now()).await
    }

    async fn ordinal(&self, name: &str) -> u32 {
        let history = self
            .catalogue
            .consent_history(upkeep(Job::CompareConsent), &person(name))
            .await
            .unwrap();
        history.unwrap().0.ordinal.0
    }
}

contract! {
    async fn a_release_contains_consenting_members_with_a_file_and_the_files_with_one_of_them(world: World) {
        world.released_programme().await;
        let epoch = world.catalogue.state().await.unwrap().epoch;
        let made = world.release("cancer-2026.1").await.unwrap();
        assert_eq!(world.catalogue.state().await.unwrap().epoch, epoch + 1, "a release is a policy change");
        let expected = [world.ordinal("P0").await, world.ordinal("P1").await];
        assert_eq!(made.participants.iter().collect::<Vec<_>>(), expected);
        let zeros = "0".repeat(62);
        let manifest = format!("o1\tVCF\t1000\t{zeros}o1\t2\no3\tVCF\t1000\t{zeros}o3\t1\nobjects\t2\n");
        assert_eq!(made.manifest, manifest);
        let hash: String = Sha256::digest(&manifest).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(made.summary.manifest_sha256, hash);
        assert_eq!((made.summary.participant_count, made.summary.object_count, made.summary.citation.as_str()), (2, 2, "Cite this."));

        let inventory = upkeep(Job::Inventory);
        let id = release_id("cancer-2026.1");
        assert_eq!(world.catalogue.release(inventory, &id).await.unwrap(), Some(made.clone()));
        assert_eq!(world.catalogue.releases(inventory).await.unwrap(), std::slice::from_ref(&made.summary));
        assert_eq!(world.catalogue.release_objects(inventory, &id).await.unwrap(), made.objects);
        assert_eq!(world.catalogue.release(inventory, &release_id("other")).await.unwrap(), None);
    }

    async fn a_withdrawn_participant_stays_in_the_release_and_is_absent_from_the_next(world: World) {
        world.released_programme().await;
        let first = world.release("r1").await.unwrap();
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let second = world.release("r2").await.unwrap();
        assert_eq!(world.catalogue.release(upkeep(Job::Inventory), &release_id("r1")).await.unwrap(), Some(first.clone()));
        let gone = &first.participants - &second.participants;
        assert_eq!(gone.iter().collect::<Vec<_>>(), [world.ordinal("P0").await]);
        assert_eq!(second.objects.iter().map(|o| o.people_count).collect::<Vec<_>>(), [1, 1]);
        let names: Vec<_> = world.catalogue.releases(upkeep(Job::Inventory)).await.unwrap();
        assert_eq!(names.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["r1", "r2"]);
    }

    async fn a_release_reaches_the_policy_view_once(world: World) {
        world.released_programme().await;
        let watch = world.watch();
        assert!(watch.current().await.unwrap().view.release(&release_id("r1")).is_none());
        let made = world.release("r1").await.unwrap();
        let epoch = world.catalogue.state().await.unwrap().epoch;
        let view = watch.current().await.unwrap().view;
        let members = view.release(&release_id("r1")).unwrap();
        assert_eq!(members.participants, made.participants);
        assert_eq!(members.objects.len(), 2);
        let changes = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), epoch - 1).await.unwrap();
        assert_eq!(changes.releases.len(), 1);
        assert_eq!(changes.releases[0].participants, made.participants.iter().map(Ordinal).collect::<Vec<_>>());
        assert_eq!(changes.releases[0].objects[1].sha256, made.objects[1].sha256);
        let later = world.catalogue.policy_changes_since(upkeep(Job::FoldPolicy), epoch).await.unwrap();
        assert!(later.releases.is_empty());
    }

    async fn a_view_adds_no_later_file_to_a_release(world: World) {
        world.released_programme().await;
        world.release("r1").await.unwrap();
        let watch = world.watch();
        watch.current().await.unwrap();
        let load = mandate(WriteAction::Load);
        // Two files are added: another file of a participant in the release, and a somatic file.
        let mut tumour = object("o6", "cancer", vec![sample("u", Some("P0"))]);
        tumour.origin = gemj_model::Origin::Somatic;
        for new in [object("o5", "cancer", vec![sample("h", Some("P0"))]), tumour] {
            world.catalogue.register_object(&load, &new, &[]).await.unwrap();
        }
        world.release("r2").await.unwrap();
        for view in [watch.current().await.unwrap().view, world.watch().current().await.unwrap().view] {
            let files = |release: &str| {
                let mut ids: Vec<String> = view.release(&release_id(release)).unwrap().objects.iter().map(|id| id.as_str().to_owned()).collect();
                ids.sort();
                ids
            };
            assert_eq!(files("r1"), ["o1", "o3"]);
            assert_eq!(files("r2"), ["o1", "o3", "o5", "o6"]);
        }
    }

    async fn a_view_from_before_a_withdrawal_creates_no_release(world: World) {
        world.released_programme().await;
        let view = world.watch().current().await.unwrap().view;
        append(&world.catalogue, &[withdrawn("P0")]).await;
        let before = world.catalogue.state().await.unwrap();
        let key = mandate(WriteAction::CreateRelease);
        let refused = world.catalogue.create_release(&key, &view, &release_id("r1"), &dataset("cancer"), "", now()).await;
        assert_eq!(refused, Err(CatalogueError::Conflict { field: "epoch" }));
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        assert!(world.catalogue.releases(upkeep(Job::Inventory)).await.unwrap().is_empty());
    }

    async fn a_release_is_created_once_and_is_never_empty(world: World) {
        world.released_programme().await;
        world.release("r1").await.unwrap();
        assert_eq!(world.release("r1").await, Err(CatalogueError::Conflict { field: "release" }));
        let view = world.watch().current().await.unwrap().view;
        for (action, field) in [(WriteAction::CreateRelease, "dataset"), (WriteAction::CreateRelease, "citation")] {
            let (of, citation) = if field == "dataset" { ("empty", "") } else { ("cancer", "a\0") };
            let refused = world.catalogue.create_release(&mandate(action), &view, &release_id("r2"), &dataset(of), citation, now()).await;
            assert_eq!(refused, Err(CatalogueError::Invalid { field }));
        }
        let other = mandate(WriteAction::RecordApproval);
        let refused = world.catalogue.create_release(&other, &view, &release_id("r2"), &dataset("cancer"), "", now()).await;
        assert_eq!(refused, Err(CatalogueError::WrongKey));
    }
}
