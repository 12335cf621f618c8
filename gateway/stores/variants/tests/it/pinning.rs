//! Tests that a reader keeps its generation, and that a reader returns only what its Grant allows.

use std::ops::ControlFlow;

use gemj_access::Action;
use gemj_model::{Contig, Interval, Ordinal, ZeroBased, Zygosity};
use gemj_variants::{AlleleFilter, SegmentBuilder, SequenceQuery, VariantError, WindowQuery};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, allele, block_on, dataset, grant};

fn store() -> MemoryStore {
    let store = MemoryStore::default();
    let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, 0);
    let source = builder.source("file").unwrap();
    for start in 0..5_000 {
        builder
            .add(
                &allele("1", start, start + 1, "A", "T"),
                Ordinal(start as u32 % 7),
                Zygosity::Heterozygous,
                source,
            )
            .unwrap();
    }
    store.add("segment", builder);
    store
}

fn window() -> WindowQuery {
    WindowQuery {
        contig: Contig("chr1".into()),
        interval: Interval {
            start: ZeroBased(1_000),
            end: Some(ZeroBased(3_000)),
        },
        filter: AlleleFilter::default(),
    }
}

#[test]
fn a_pinned_reader_keeps_its_generation_and_the_next_reader_sees_the_change() {
    let (store, name) = (store(), dataset("main"));
    let index = store.index(1 << 20);
    let everybody: RoaringBitmap = (0..7).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let snv = allele("chr1", 21, 22, "A", "T");
    let before = block_on(index.at(1)).unwrap();
    let generation = store.retire("file");
    assert_eq!(block_on(before.exact(&grant, &name, G38, GERM, &snv)).unwrap().len(), 1);
    let after = block_on(index.at(generation)).unwrap();
    assert!(block_on(after.exact(&grant, &name, G38, GERM, &snv)).unwrap().is_empty());
    assert_eq!(block_on(index.now()).unwrap().generation(), generation);
    assert!(matches!(block_on(index.at(generation + 1)), Err(VariantError::Manifest(None))));
}

#[test]
fn a_grant_of_another_dataset_or_action_reads_nothing() {
    let (store, name) = (store(), dataset("main"));
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let everybody: RoaringBitmap = (0..7).collect();
    let other = grant(&[(&dataset("other"), &everybody)], Action::AskVariants);
    let snv = allele("1", 21, 22, "A", "T");
    assert!(matches!(
        block_on(reader.exact(&other, &name, G38, GERM, &snv)),
        Err(VariantError::NotCovered)
    ));
    let nobody = grant(&[(&name, &RoaringBitmap::new())], Action::AskIndividuals);
    assert!(block_on(reader.exact(&nobody, &name, G38, GERM, &snv)).unwrap().is_empty());
    block_on(reader.overlapping(&nobody, &name, G38, GERM, &window(), |_, _| panic!("a variant without carriers"))).unwrap();
    assert!(store.reads() > 0);
}

#[test]
fn a_visitor_can_stop_the_walk() {
    let (store, name) = (store(), dataset("main"));
    let reader = block_on(store.index(0).now()).unwrap();
    let everybody: RoaringBitmap = (0..7).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let mut seen = Vec::new();
    block_on(reader.overlapping(&grant, &name, G38, GERM, &window(), |allele, _| {
        seen.push(allele.start.0);
        if seen.len() == 3 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }))
    .unwrap();
    assert_eq!(seen, [1_000, 1_001, 1_002]);
}

#[test]
fn anchored_and_trimmed_queries_count_the_same_participants() {
    let (store, name) = (MemoryStore::default(), dataset("main"));
    for (segment, ordinal) in [("a", 1), ("b", 2)] {
        let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
        let source = builder.source(segment).unwrap();
        builder
            .add(&allele("22", 100, 102, "AG", ""), Ordinal(ordinal), Zygosity::Homozygous, source)
            .unwrap();
        builder
            .add(
                &allele("22", 100, 100, "", "T"),
                Ordinal(ordinal + 2),
                Zygosity::Heterozygous,
                source,
            )
            .unwrap();
        store.add(segment, builder);
    }
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let everybody: RoaringBitmap = (0..9).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let ask = |start, reference: Option<&str>, alternate: &str| {
        let query = SequenceQuery {
            contig: Contig("chr22".into()),
            start: ZeroBased(start),
            reference: reference.map(str::to_owned),
            alternate: alternate.to_owned(),
            filter: AlleleFilter::default(),
        };
        let found = block_on(reader.sequence(&grant, &name, G38, GERM, &query)).unwrap();
        found
            .into_iter()
            .fold(RoaringBitmap::new(), |all, (_, carriers)| all | carriers.all())
    };
    let deletion: RoaringBitmap = [1, 2].into_iter().collect();
    let insertion: RoaringBitmap = [3, 4].into_iter().collect();
    for (start, reference, alternate) in [
        (99, Some("CAG"), "C"),
        (100, Some("AG"), ""),
        (100, Some("AG"), "-"),
        (100, None, ""),
        (98, Some("TCAG"), "TC"),
    ] {
        assert_eq!(ask(start, reference, alternate), deletion, "{start} {reference:?} {alternate}");
    }
    for (start, reference, alternate) in [
        (99, Some("C"), "CT"),
        (100, Some(""), "T"),
        (99, None, "CT"),
        (100, None, "T"),
        (99, Some("N"), "NN"),
    ] {
        assert_eq!(ask(start, reference, alternate), insertion, "{start} {reference:?} {alternate}");
    }
    assert!(ask(99, Some("CA"), "C").is_empty());
}

#[test]
fn answers_can_be_awaited_on_any_thread() {
    let (store, name) = (store(), dataset("main"));
    let everybody: RoaringBitmap = (0..7).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let index = store.index(1 << 16);
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (index, grant, name) = (index.clone(), grant.clone(), name.clone());
            runtime.spawn(async move {
                let reader = index.at(1).await?;
                let mut count = 0;
                reader
                    .overlapping(&grant, &name, G38, GERM, &window(), |_, _| {
                        count += 1;
                        ControlFlow::Continue(())
                    })
                    .await?;
                Ok::<_, VariantError>(count)
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(runtime.block_on(task).unwrap().unwrap(), 2_000);
    }
}
