use std::sync::Arc;

use gemj_access::{Job, Upkeep, WriteAction};
use gemj_catalogue::{Catalogue, CatalogueError, MergedSegment, SegmentScope};
use gemj_model::{Assembly, Clock, DatasetId, Origin, SystemClock, Timestamp};

use crate::world::*;

/// A clock that is one hour ahead of the machine's clock.
#[derive(Debug)]
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock::default().now().plus_seconds(3600)
    }
}

fn build() -> Upkeep {
    Upkeep::of(Job::BuildSegments)
}

fn scope(dataset: &str) -> SegmentScope {
    SegmentScope {
        dataset: DatasetId::parse(dataset).unwrap(),
        assembly: Assembly::GRCh38,
        origin: Origin::Germline,
    }
}

async fn ids(catalogue: &Catalogue) -> Vec<String> {
    let mut ids: Vec<String> = catalogue
        .manifest(build())
        .await
        .unwrap()
        .segments
        .into_iter()
        .map(|s| s.id)
        .collect();
    ids.sort();
    ids
}

contract! {
    async fn a_scope_is_leased_to_one_holder_until_the_lease_ends_or_is_released(world: World) {
        let lease = async |catalogue: &Catalogue, dataset: &str, holder: &str| {
            catalogue.lease_segments(build(), &scope(dataset), holder, 60).await.unwrap()
        };
        let later = world.catalogue.clone().with_clock(Arc::new(Ahead));
        let first = lease(&world.catalogue, "cancer", "a").await.unwrap();
        assert!(lease(&world.catalogue, "cancer", "b").await.is_none());
        assert!(lease(&world.catalogue, "rare-disease", "b").await.is_some());
        assert!(lease(&world.catalogue, "cancer", "a").await.unwrap().ends >= first.ends);
        let taken = lease(&later, "cancer", "b").await.unwrap();
        // The first holder releases its lease, which has already ended. The lease of the new holder stays.
        world.catalogue.release_segments(build(), &first).await.unwrap();
        assert!(lease(&world.catalogue, "cancer", "a").await.is_none());
        world.catalogue.release_segments(build(), &taken).await.unwrap();
        assert!(lease(&world.catalogue, "cancer", "a").await.is_some());
        let wrong = world.catalogue.lease_segments(Upkeep::of(Job::Audit), &scope("cancer"), "a", 60).await;
        assert_eq!(wrong, Err(CatalogueError::WrongKey));
    }

    async fn a_merged_segment_replaces_all_its_segments_or_none(world: World) {
        let load = mandate(WriteAction::Load);
        for id in ["s1", "s2", "s3"] {
            world.catalogue.commit_observation_segments(&load, &[segment(id, "cancer")], &[]).await.unwrap();
        }
        let lease = world.catalogue.lease_segments(build(), &scope("cancer"), "a", 60).await.unwrap().unwrap();
        let merged = |replaced: &[&str], new: Option<&str>| MergedSegment {
            replaced: replaced.iter().map(|id| (*id).to_owned()).collect(),
            segment: new.map(|id| segment(id, "cancer")),
        };
        let commit = async |merged: MergedSegment| world.catalogue.commit_merged_segment(&load, &lease, &merged).await;
        let conflict = Err(CatalogueError::Conflict { field: "segment" });
        let before = world.catalogue.state().await.unwrap();
        assert_eq!(commit(merged(&["s1", "gone"], Some("m1"))).await, conflict);
        assert_eq!(commit(merged(&["s1", "s2"], Some("s3"))).await, conflict);
        assert_eq!(ids(&world.catalogue).await, ["s1", "s2", "s3"]);
        assert_eq!(world.catalogue.state().await.unwrap(), before);
        assert!(world.catalogue.retired_blobs(build()).await.unwrap().is_empty());
        // A segment that is added between the start of the merge and its commit stays in the manifest.
        world.catalogue.commit_observation_segments(&load, &[segment("s4", "cancer")], &[]).await.unwrap();
        assert_eq!(commit(merged(&["s1", "s2"], Some("m1"))).await, Ok(before.generation + 2));
        assert_eq!(ids(&world.catalogue).await, ["m1", "s3", "s4"]);
        let mut retired: Vec<String> = world.catalogue.retired_blobs(build()).await.unwrap().into_keys().collect();
        retired.sort();
        assert_eq!(retired, [segment("s1", "cancer").storage_key, segment("s2", "cancer").storage_key]);
        world.catalogue.forget_blob(build(), &retired[0]).await.unwrap();
        assert_eq!(world.catalogue.retired_blobs(build()).await.unwrap().len(), 1);
        // No entry of the replaced segment counts any more, so no segment replaces it.
        assert!(commit(merged(&["s3"], None)).await.is_ok());
        assert_eq!(ids(&world.catalogue).await, ["m1", "s4"]);
        // Another holder has leased the scope since, so the commit comes too late.
        let later = world.catalogue.clone().with_clock(Arc::new(Ahead));
        later.lease_segments(build(), &scope("cancer"), "b", 60).await.unwrap().unwrap();
        let late = Err(CatalogueError::Conflict { field: "lease" });
        assert_eq!(commit(merged(&["m1", "s4"], Some("m2"))).await, late);
        assert_eq!(ids(&world.catalogue).await, ["m1", "s4"]);
    }
}
