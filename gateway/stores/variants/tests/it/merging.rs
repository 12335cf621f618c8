//! Merges segments in the real catalogue and object store. After every merge, interrupted merge, lost race and collection, the answers of
//! the index equal the answers of a plain map.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use gemj_access::{Action, Job, Mandate, Upkeep, WriteAction};
use gemj_catalogue::{Catalogue, SegmentRow};
use gemj_model::{Allele, Clock, Contig, DatasetId, Interval, OneBased, Ordinal, Origin, SystemClock, Timestamp, Zygosity};
use gemj_variants::{
    AlleleFilter, CollectReport, MergeReport, MergeStep, SegmentBuilder, VariantError, WindowQuery, collect_blobs, merge_segments,
    segment_status,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;
use sha2::{Digest as _, Sha256};

use super::fixture::{CLASSES, G38, GERM, People, allele, dataset, grant, people_of};
use super::stores::{World, blobs, case, world};

const PERSONS: u32 = 30;

fn load() -> Mandate {
    Mandate::operator(WriteAction::Load)
}

/// A clock that is this number of hours ahead.
#[derive(Debug)]
struct Ahead(i64);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock::default().now().plus_seconds(self.0 * 3600)
    }
}

fn to_the_end(_: MergeStep) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// For each participant, the alleles in the participant's latest case report.
type Reports = BTreeMap<u32, Vec<(Allele, Zygosity)>>;

/// Commits a random case report for each of these participants, and adds the reports to the index as a segment. A report replaces the
/// participant's earlier report.
async fn report(world: &World, name: &DatasetId, rng: &mut StdRng, reports: &mut Reports, people: impl Iterator<Item = u32>) {
    for person in people {
        let mut alleles = BTreeMap::new();
        for _ in 0..rng.random_range(1..12) {
            let position = OneBased(rng.random_range(1..60));
            let (reference, alternate) = [("C", "T"), ("CAG", "C"), ("G", "GT"), ("N", "<DEL>")][rng.random_range(0..4)];
            let allele = Allele::from_vcf(
                &Contig("chr7".into()),
                position,
                reference,
                alternate,
                Some(OneBased(position.0 + 9)),
            )
            .unwrap();
            alleles.insert(allele, CLASSES[rng.random_range(0..3)]);
        }
        let alleles: Vec<_> = alleles.into_iter().collect();
        let stated: Vec<_> = alleles.iter().map(|(a, z)| (a.clone(), G38, GERM, *z)).collect();
        world.commit(&case(name, person, rng.random(), &stated)).await;
        reports.insert(person, alleles);
    }
    world.flush().await;
}

async fn answers(world: &World, name: &DatasetId, mask: &RoaringBitmap) -> Vec<(Allele, People)> {
    let generation = world.catalogue.state().await.unwrap().generation;
    let reader = world.index.at(generation).await.unwrap();
    let query = WindowQuery {
        contig: Contig("7".into()),
        interval: Interval::WHOLE,
        filter: AlleleFilter::default(),
    };
    let mut found = Vec::new();
    let grant = grant(&[(name, mask)], Action::AskVariants);
    reader
        .overlapping(&grant, name, G38, GERM, &query, |allele, carriers| {
            found.push((allele.clone(), people_of(carriers)));
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
    found
}

/// Asserts that the answers of the index under random masks equal the reports.
async fn right(world: &World, name: &DatasetId, rng: &mut StdRng, reports: &Reports) {
    for share in [1.0, 0.5, 0.1] {
        let mask: RoaringBitmap = (0..PERSONS).filter(|_| rng.random_bool(share)).collect();
        let mut expected: BTreeMap<Allele, People> = BTreeMap::new();
        for (person, alleles) in reports.iter().filter(|(person, _)| mask.contains(**person)) {
            for (allele, zygosity) in alleles {
                expected.entry(allele.clone()).or_default().insert(*person, *zygosity);
            }
        }
        assert_eq!(answers(world, name, &mask).await, expected.into_iter().collect::<Vec<_>>());
    }
}

async fn segments(world: &World) -> Vec<SegmentRow> {
    world.catalogue.manifest(Upkeep::of(Job::BuildSegments)).await.unwrap().segments
}

/// A programme in which every participant has a case report. Participants are registered in the order of their numbers, so each number is
/// also the ordinal.
async fn reported() -> (World, DatasetId, StdRng, Reports) {
    let (world, name, mut rng, mut reports) = (world().await, dataset("main"), StdRng::seed_from_u64(11), Reports::new());
    for first in (0..PERSONS).step_by(3) {
        report(&world, &name, &mut rng, &mut reports, first..first + 3).await;
    }
    (world, name, rng, reports)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_keeps_every_answer_and_removes_retired_sources() {
    let (world, name, mut rng, mut reports) = reported().await;
    report(&world, &name, &mut rng, &mut reports, [1, 5, 20, 29].into_iter()).await;
    right(&world, &name, &mut rng, &reports).await;
    assert_eq!(segments(&world).await.len(), 11);
    let merged = merge_segments(&world.catalogue, &world.objects, &load(), &mut to_the_end)
        .await
        .unwrap();
    assert_eq!(
        (merged.replaced, merged.written, merged.lost, merged.leased_elsewhere),
        (11, 1, 0, 0)
    );
    assert!(merged.purged_entries >= 4);
    right(&world, &name, &mut rng, &reports).await;
    let status = segment_status(&world.catalogue, &world.objects).await.unwrap();
    assert_eq!(
        (status.len(), status[0].sources, status[0].retired_sources, status[0].is_current),
        (1, 30, 0, true)
    );
    let entries: usize = reports.values().map(Vec::len).sum();
    assert_eq!(status[0].row.entry_count, entries as u64);

    // A report is replaced after the merge. The old entries stop counting at once, and the next merge removes them.
    report(&world, &name, &mut rng, &mut reports, [7].into_iter()).await;
    right(&world, &name, &mut rng, &reports).await;
    let again = merge_segments(&world.catalogue, &world.objects, &load(), &mut to_the_end)
        .await
        .unwrap();
    assert_eq!((again.replaced, again.written), (1, 1));
    right(&world, &name, &mut rng, &reports).await;
    let nothing = merge_segments(&world.catalogue, &world.objects, &load(), &mut to_the_end)
        .await
        .unwrap();
    assert_eq!(nothing, MergeReport::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_killed_at_any_step_leaves_correct_answers_and_its_orphans_are_collected() {
    let (world, name, mut rng, mut reports) = reported().await;
    for (round, last) in [MergeStep::Leased, MergeStep::Built, MergeStep::Stored, MergeStep::Committed]
        .into_iter()
        .enumerate()
    {
        for _ in 0..4 {
            let one = rng.random_range(0..PERSONS);
            report(&world, &name, &mut rng, &mut reports, [one].into_iter()).await;
        }
        let mut kill = |step: MergeStep| {
            if step == last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let hours = 3 * round as i64;
        let catalogue = world.catalogue.clone().with_clock(Arc::new(Ahead(hours)));
        assert!(merge_segments(&catalogue, &world.objects, &load(), &mut kill).await.is_err());
        right(&world, &name, &mut rng, &reports).await;
        // No blob is old enough to be collected, and the interrupted merge still holds its lease.
        let now = SystemClock::default().now().plus_seconds(hours * 3600);
        let waiting = collect_blobs(&catalogue, &world.objects, &load(), 3600, SystemClock::default().now())
            .await
            .unwrap();
        assert_eq!(waiting.removed, 0);
        assert_eq!(waiting.waiting > 0, matches!(last, MergeStep::Stored | MergeStep::Committed));
        let other = merge_segments(&catalogue, &world.objects, &load(), &mut to_the_end).await.unwrap();
        assert_eq!((other.leased_elsewhere, other.replaced), (1, 0));
        // After the lease of the interrupted merge has ended, a new merge succeeds.
        let later = world.catalogue.clone().with_clock(Arc::new(Ahead(hours + 2)));
        merge_segments(&later, &world.objects, &load(), &mut to_the_end).await.unwrap();
        right(&world, &name, &mut rng, &reports).await;
        let much_later = now.plus_seconds(4 * 3600);
        let collected = collect_blobs(&later, &world.objects, &load(), 60, much_later).await.unwrap();
        assert!(collected.removed > 0 && collected.waiting == 0, "{collected:?}");
        right(&world, &name, &mut rng, &reports).await;
        assert_eq!(blobs(&world.folder.path().join("objects")), segments(&world).await.len());
        let nothing = collect_blobs(&later, &world.objects, &load(), 0, much_later).await.unwrap();
        assert_eq!(nothing, CollectReport::default());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_concurrent_merges_one_commits_and_no_entry_is_counted_twice() {
    let (world, name, mut rng, reports) = reported().await;
    // The slow merge waits after it has stored its segment. For the clock of the quick merge the lease of the slow merge has ended, so the
    // quick merge merges the same segments.
    let (stored, until_stored) = mpsc::channel();
    let (go_on, until_done) = mpsc::channel::<()>();
    let (catalogue, objects) = (world.catalogue.clone(), world.objects.clone());
    let slow = tokio::spawn(async move {
        let mut first = true;
        let mut wait = move |step: MergeStep| {
            if step == MergeStep::Stored && std::mem::take(&mut first) {
                stored.send(()).unwrap();
                until_done.recv_timeout(Duration::from_secs(60)).unwrap();
            }
            ControlFlow::Continue(())
        };
        merge_segments(&catalogue, &objects, &load(), &mut wait).await.unwrap()
    });
    tokio::task::spawn_blocking(move || until_stored.recv_timeout(Duration::from_secs(60)).unwrap())
        .await
        .unwrap();
    let ahead: Catalogue = world.catalogue.clone().with_clock(Arc::new(Ahead(5)));
    let quick = merge_segments(&ahead, &world.objects, &load(), &mut to_the_end).await.unwrap();
    assert_eq!((quick.replaced, quick.written, quick.lost), (10, 1, 0));
    right(&world, &name, &mut rng, &reports).await;
    go_on.send(()).unwrap();
    let slow = slow.await.unwrap();
    assert_eq!((slow.replaced, slow.written, slow.lost), (0, 0, 1));
    right(&world, &name, &mut rng, &reports).await;
    assert_eq!(segments(&world).await.len(), 1);
    // The blobs of the ten replaced segments and of the merged segment remain. The slow merge deleted its own blob.
    assert_eq!(blobs(&world.folder.path().join("objects")), 11);
}

/// A segment file in format version 1, in which symbolic alleles start at their anchor base.
fn of_version_one(mut builder: SegmentBuilder) -> Vec<u8> {
    let source = builder.source("file").unwrap();
    for (start, end, reference, alternate) in [
        (99, 5_000, "", "<DEL>"),
        (99, 100, "", "<INS>"),
        (99, 100, "A", "T"),
        (100, 101, "C", "G"),
        (100, 100, "", "<CNV>"),
    ] {
        builder
            .add(
                &allele("7", start, end, reference, alternate),
                Ordinal(3),
                Zygosity::Homozygous,
                source,
            )
            .unwrap();
    }
    let mut bytes = builder.finish().unwrap().0;
    let (trailer, hash) = (bytes.len() - 64, bytes.len() - 40);
    bytes[8] = 1;
    bytes[trailer + 20] = 1;
    let sha256 = Sha256::digest(&bytes[..hash]);
    bytes[hash..hash + 32].copy_from_slice(&sha256);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_segment_of_version_one_is_refused_until_a_merge_rewrites_it() {
    let (world, name) = (world().await, dataset("main"));
    let bytes = of_version_one(SegmentBuilder::new(name.clone(), G38, Origin::Germline, 0));
    let stored = world.objects.put_index_blob(&load(), "carriers", bytes.into()).await.unwrap();
    let row = SegmentRow {
        id: "old".into(),
        dataset: name.clone(),
        assembly: G38,
        origin: GERM,
        storage_key: stored.key,
        size_bytes: stored.size_bytes,
        sha256: stored.sha256,
        variant_count: 5,
        entry_count: 5,
        created: Timestamp(1),
    };
    world.catalogue.commit_observation_segments(&load(), &[row], &[]).await.unwrap();
    let everybody: RoaringBitmap = (0..10).collect();
    let asked = grant(&[(&name, &everybody)], Action::AskVariants);
    let reader = world.index.now().await.unwrap();
    let refused = reader
        .exact(&asked, &name, G38, GERM, &allele("7", 100, 101, "C", "G"))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, VariantError::Damaged { .. }) && refused.to_string().contains("index merge"),
        "{refused}"
    );
    let merged = merge_segments(&world.catalogue, &world.objects, &load(), &mut to_the_end)
        .await
        .unwrap();
    assert_eq!((merged.replaced, merged.written), (1, 1));
    let found: Vec<_> = answers(&world, &name, &everybody)
        .await
        .into_iter()
        .map(|(allele, _)| allele)
        .collect();
    let expected = [
        allele("7", 99, 100, "A", "T"),
        allele("7", 100, 100, "", "<INS>"),
        allele("7", 100, 101, "C", "G"),
        allele("7", 100, 5_000, "", "<DEL>"),
        allele("7", 101, 101, "", "<CNV>"),
    ];
    assert_eq!(found, expected);
}
