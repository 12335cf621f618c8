//! Tests that a segment returns exactly the entries that were written to it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use gemj_access::Action;
use gemj_model::{Allele, Contig, Interval, Ordinal, Zygosity};
use gemj_variants::{AlleleFilter, SegmentBuilder, WindowQuery};
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::fixture::{CLASSES, G38, GERM, MemoryStore, People, allele, block_on, dataset, grant, people_of, rank};

fn any_allele() -> impl Strategy<Value = Allele> {
    let start = prop_oneof![0u64..50, any::<u32>().prop_map(u64::from), (u64::MAX - 100)..(u64::MAX - 50)];
    let text = prop_oneof![Just(String::new()), "[ACGT]", "[ACGTN]{1,40}"];
    let alternate = prop_oneof![4 => text.clone(), 1 => "<(DEL|DUP:TANDEM|変)>"];
    (
        "(1|X|contig with space)",
        start,
        text,
        alternate,
        prop::option::weighted(0.2, 0u64..50),
    )
        .prop_map(|(contig, start, r, a, length)| {
            let length = length.unwrap_or(r.len() as u64);
            allele(&contig, start, start + length, &r, &a)
        })
}

fn any_ordinal() -> impl Strategy<Value = u32> {
    prop_oneof![5 => 0u32..64, 2 => 0u32..100_000, 1 => any::<u32>()]
}

fn any_zygosity() -> impl Strategy<Value = Zygosity> {
    prop::sample::select(&CLASSES[..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn exactly_the_written_entries_are_read_back(
        alleles in prop::collection::vec(any_allele(), 1..60),
        picks in prop::collection::vec((any::<prop::sample::Index>(), any_ordinal(), any_zygosity(), 0u8..4), 1..400),
        discarded in prop::option::of(0u8..4),
    ) {
        let name = dataset("main");
        let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
        let mut expected: BTreeMap<Allele, People> = BTreeMap::new();
        for (pick, ordinal, zygosity, source) in &picks {
            let allele = pick.get(&alleles);
            let number = builder.source(&source.to_string()).unwrap();
            builder.add(allele, Ordinal(*ordinal), *zygosity, number).unwrap();
            if Some(*source) != discarded {
                let kept = expected.entry(allele.clone()).or_default().entry(*ordinal).or_insert(*zygosity);
                if rank(*zygosity) > rank(*kept) {
                    *kept = *zygosity;
                }
            }
        }
        if let Some(source) = discarded {
            let number = builder.source(&source.to_string()).unwrap();
            builder.discard(number);
        }
        let store = MemoryStore::default();
        let generation = store.add("only", builder);
        let everybody: RoaringBitmap = picks.iter().map(|p| p.1).collect();
        let grant = grant(&[(&name, &everybody)], Action::AskVariants);
        let reader = block_on(store.index(1 << 20).at(generation)).unwrap();
        let mut found = BTreeMap::new();
        for contig in ["1", "X", "contig with space"] {
            let query = WindowQuery {
                contig: Contig(contig.into()),
                interval: Interval::WHOLE,
                filter: AlleleFilter::default(),
            };
            block_on(reader.overlapping(&grant, &name, G38, GERM, &query, |allele, carriers| {
                found.insert(allele.clone(), people_of(carriers));
                ControlFlow::Continue(())
            })).unwrap();
        }
        prop_assert_eq!(&found, &expected);
        for (allele, people) in &expected {
            prop_assert_eq!(&people_of(&block_on(reader.exact_carriers(&grant, &name, G38, GERM, allele)).unwrap()), people);
        }
    }
}

#[test]
fn spilled_runs_give_the_same_bytes_as_entries_in_memory() {
    let build = |budget| {
        let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, budget);
        let source = builder.source("a").unwrap();
        let mut word = 1u64;
        for _ in 0..400_000 {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let start = word >> 50;
            let snv = allele("1", start, start + 1, "A", ["C", "G", "T"][(word >> 33) as usize % 3]);
            builder
                .add(
                    &snv,
                    Ordinal((word >> 20) as u32 % 5_000),
                    CLASSES[(word >> 40) as usize % 3],
                    source,
                )
                .unwrap();
        }
        builder.finish().unwrap()
    };
    let in_memory = build(usize::MAX);
    assert!(in_memory.0 == build(0).0, "more than 96 runs of 64 KiB");
    assert!((49_000..=3 << 14).contains(&in_memory.1.variant_count));
}
