//! Tests with so many participants that the sample columns of their files are read in several parts.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use gemj_access::{Grant, WriteAction};
use gemj_catalogue::{NewObject, NewSample, ObjectStatus, OwnedSpecimen};
use gemj_model::DataKind;
use roaring::RoaringBitmap;

use crate::world::*;

/// The number of participants. It exceeds the number of sample columns that one query reads.
const PEOPLE: u32 = 4_500;

async fn register(world: &World, object: NewObject) {
    let registered = world.catalogue.register_object(&mandate(WriteAction::Load), &object, &[]).await;
    registered.unwrap();
}

/// Registers the test data: all participants consent and are in a joint file, which also has a column without a participant. Four participants
/// also have a separate file: one of these files is on hold, and one is in another dataset.
async fn many(world: &World) {
    world.approve().await;
    let names: Vec<String> = (0..PEOPLE).map(|n| format!("P{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.consent_all(&names).await;
    let mut columns: Vec<NewSample> = names.iter().map(|name| sample("j", Some(name))).collect();
    columns.insert(7, sample("nobody", None));
    register(world, object("m-joint", "cancer", columns)).await;
    for (id, owner) in [("a-own", "P3"), ("z-own", "P4499"), ("held", "P5")] {
        register(world, object(id, "cancer", vec![sample("o", Some(owner))])).await;
    }
    register(world, object("elsewhere", "rare-disease", vec![sample("o", Some("P6"))])).await;
    let judge = mandate(WriteAction::ChangeObjectStatus);
    let held = gemj_model::ObjectId::parse("held").unwrap();
    world
        .catalogue
        .set_object_status(&judge, &held, ObjectStatus::Held, "odd")
        .await
        .unwrap();
}

async fn visited(world: &World, grant: &Grant, people: &RoaringBitmap, most_parts: usize) -> (Vec<(String, u32)>, usize) {
    let (mut found, mut parts) = (Vec::new(), 0);
    let visit = |part: &[gemj_catalogue::FileOwner]| {
        found.extend(part.iter().map(|owner| (owner.object.to_string(), owner.ordinal.0)));
        parts += 1;
        if parts == most_parts {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let kind = DataKind::Variants;
    world
        .catalogue
        .visit_file_owners(grant, &dataset("cancer"), kind, people, visit)
        .await
        .unwrap();
    (found, parts)
}

contract! {
    async fn every_participant_of_every_served_file_is_visited_once_grouped_by_file(world: World) {
        many(&world).await;
        let grant = world.grant(&["cancer"]).await;
        let everybody: RoaringBitmap = (0..PEOPLE + 100).collect();
        let (found, parts) = visited(&world, &grant, &everybody, usize::MAX).await;
        assert_eq!(parts, 2);
        let mut expected: BTreeSet<(String, u32)> = (0..PEOPLE).map(|person| ("m-joint".to_owned(), person)).collect();
        expected.extend([("a-own".to_owned(), 3), ("z-own".to_owned(), 4_499)]);
        assert_eq!(found.len(), expected.len());
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
        let mut files: Vec<&str> = found.iter().map(|(file, _)| file.as_str()).collect();
        files.dedup();
        assert_eq!(files.len(), 3, "the participants of a file are consecutive");
        // The query is for half of the participants, and then for two participants.
        for people in [(0..PEOPLE).filter(|person| person % 2 == 1).collect::<RoaringBitmap>(), [3, 4_499].into_iter().collect()] {
            let (found, _) = visited(&world, &grant, &people, usize::MAX).await;
            let of_some: BTreeSet<_> = expected.iter().filter(|(_, person)| people.contains(*person)).cloned().collect();
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), of_some);
        }
        let (found, parts) = visited(&world, &grant, &everybody, 1).await;
        assert!(parts == 1 && found.len() < expected.len(), "the visit ends when the visitor breaks");
        let another = world.grant(&["rare-disease"]).await;
        assert!(visited(&world, &another, &everybody, usize::MAX).await.0.is_empty());
    }

    async fn each_specimen_of_some_thousands_of_participants_is_visited_once(world: World) {
        many(&world).await;
        let grant = world.grant(&["cancer"]).await;
        let everybody: RoaringBitmap = (0..PEOPLE).collect();
        let mut found: Vec<OwnedSpecimen> = Vec::new();
        let visit = |part: BTreeSet<OwnedSpecimen>| {
            found.extend(part);
            ControlFlow::Continue(())
        };
        world.catalogue.visit_specimens(&grant, &dataset("cancer"), &everybody, visit).await.unwrap();
        // The joint file has one specimen for each participant. Two participants have one more specimen in their separate files.
        assert_eq!(found.len(), PEOPLE as usize + 2);
        assert_eq!(found.iter().collect::<BTreeSet<_>>().len(), found.len());
        assert!(found.iter().all(|specimen| specimen.specimen.is_some()));
    }
}
