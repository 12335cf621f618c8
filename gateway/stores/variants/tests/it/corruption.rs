//! Tests that a damaged segment gives an error or the correct answer, never a wrong answer.

use gemj_access::Action;
use gemj_model::{Ordinal, Zygosity};
use gemj_variants::{SegmentBuilder, SegmentError, VariantError, verify};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, allele, block_on, dataset, grant};

fn builder() -> SegmentBuilder {
    let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, 0);
    let sources = ["a", "b", "c"].map(|id| builder.source(id).unwrap());
    for start in 0..900u64 {
        for ordinal in 0..(start % 40) as u32 {
            let source = sources[(ordinal as u64 + start % 2) as usize % 3];
            builder
                .add(
                    &allele("7", start, start + 1, "G", "C"),
                    Ordinal(ordinal * 3),
                    Zygosity::Heterozygous,
                    source,
                )
                .unwrap();
        }
        builder
            .add(
                &allele("7", start, start + 4, "GATT", ""),
                Ordinal(1),
                Zygosity::Homozygous,
                sources[0],
            )
            .unwrap();
    }
    builder
}

#[test]
fn a_truncated_segment_and_a_segment_with_a_changed_byte_fail_verification() {
    let (bytes, built) = builder().finish().unwrap();
    let summary = verify(&bytes).unwrap();
    assert_eq!(
        (summary.variant_count, summary.entry_count),
        (built.variant_count, built.entry_count)
    );
    assert_eq!(summary.sources, ["a", "b", "c"]);
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..300 {
        let cut = rng.random_range(0..bytes.len());
        assert!(verify(&bytes[..cut]).is_err());
        let mut changed = bytes.clone();
        changed[cut] ^= 1 << rng.random_range(0..8);
        assert!(verify(&changed).is_err());
    }
    assert_eq!(verify(b""), Err(SegmentError::Truncated { part: "header" }));
    assert_eq!(verify(&[0; 200]), Err(SegmentError::NotASegment));
}

#[test]
fn a_reader_of_a_damaged_blob_answers_correctly_or_fails() {
    let name = dataset("main");
    let everybody: RoaringBitmap = (0..200).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let mut rng = StdRng::seed_from_u64(11);
    let (mut refused, mut answered) = (0, 0);
    for _ in 0..60 {
        let store = MemoryStore::default();
        store.add("s", builder());
        store.with_blob("s", |bytes| {
            let at = rng.random_range(0..bytes.len());
            bytes[at] ^= 1 << rng.random_range(0..8);
        });
        let reader = block_on(store.index(1 << 20).now()).unwrap();
        for start in (0..900).step_by(31) {
            let snv = allele("7", start, start + 1, "G", "C");
            match block_on(reader.exact(&grant, &name, G38, GERM, &snv)) {
                Ok(people) => {
                    assert_eq!(people, (0..(start % 40) as u32).map(|o| o * 3).collect());
                    answered += 1;
                }
                Err(VariantError::Damaged { id, .. }) => {
                    assert_eq!(id, "s");
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(refused > 100 && answered > 100, "{refused} {answered}");
}

#[test]
fn a_segment_of_another_dataset_is_not_read_under_this_datasets_bitmap() {
    let store = MemoryStore::default();
    store.add("s", builder());
    let other = dataset("other");
    store.set_dataset("s", &other);
    let everybody: RoaringBitmap = (0..200).collect();
    let grant = grant(&[(&other, &everybody)], Action::AskVariants);
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let answer = block_on(reader.exact(&grant, &other, G38, GERM, &allele("7", 5, 6, "G", "C")));
    assert!(matches!(answer, Err(VariantError::Damaged { .. })));
}

#[test]
fn a_blob_shorter_than_registered_is_an_error_and_not_an_empty_answer() {
    let store = MemoryStore::default();
    store.add("s", builder());
    store.with_blob("s", |bytes| bytes.truncate(bytes.len() / 2));
    let name = dataset("main");
    let everybody: RoaringBitmap = (0..200).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    assert!(block_on(reader.exact(&grant, &name, G38, GERM, &allele("7", 5, 6, "G", "C"))).is_err());
}
