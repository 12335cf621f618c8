#![allow(clippy::unwrap_used)]
use std::collections::BTreeSet;
use std::ops::ControlFlow;

use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::*;
use crate::carriers::Carriers;
use crate::mask::{Liveness, Mask};

fn read(bytes: &[u8], people: &RoaringBitmap) -> Result<Carriers, SegmentError> {
    let mut carriers = Carriers::default();
    let live = Liveness::All;
    let mask = Mask::new(people, &live);
    add_masked(bytes, &mask, &mut carriers)?;
    Ok(carriers)
}

fn class() -> impl Strategy<Value = BTreeSet<u32>> {
    prop_oneof![
        prop::collection::btree_set(any::<u32>(), 0..20),
        prop::collection::btree_set(0u32..200, 0..150),
        (0u32..5000, 1u32..3000).prop_map(|(start, length)| (start..start + length).filter(|n| n % 97 != 0).collect()),
        (0u32..100).prop_map(|start| (start..start + 4000).filter(|n| n.wrapping_mul(2_654_435_761) >> 30 != 0).collect()),
    ]
}

proptest! {
    #[test]
    fn each_class_is_read_under_a_mask_as_it_was_written(het in class(), hom in class(), hemi in class(), mask in class(), whole: bool) {
        let sets = [het, hom, hemi];
        let classes = sets.clone().map(|s| s.into_iter().collect::<Vec<_>>());
        let mut bytes = Vec::new();
        put_carriers(&mut bytes, &classes, &[]);
        let people: RoaringBitmap = if whole { sets.iter().flatten().copied().collect() } else { mask.iter().copied().collect() };
        let carriers = read(&bytes, &people).unwrap();
        for (zygosity, set) in CLASSES.into_iter().zip(&sets) {
            let expected: RoaringBitmap = set.iter().copied().filter(|o| people.contains(*o)).collect();
            prop_assert_eq!(carriers.class(zygosity), &expected);
        }
        let dense = crate::mask::DenseMask::of(&people);
        let live = Liveness::All;
        for mask in [Mask::new(&people, &live), Mask::new(&people, &live).with_dense(&dense)] {
            let mut counts = [0; 3];
            prop_assert!(count_masked(&bytes, &mask, &mut counts).unwrap());
            prop_assert_eq!(counts, CLASSES.map(|zygosity| carriers.class(zygosity).len()));
        }
        let mut again = Carriers::default();
        add_masked(&bytes, &Mask::new(&people, &live).with_dense(&dense), &mut again).unwrap();
        prop_assert_eq!(&again, &carriers);
        for mask in [Mask::new(&people, &live), Mask::new(&people, &live).with_dense(&dense)] {
            let (mut one_by_one, mut first) = (RoaringBitmap::new(), None);
            let all = each_masked(&bytes, &mask, &mut |o| { one_by_one.insert(o); ControlFlow::Continue(()) }).unwrap();
            prop_assert_eq!(all, ControlFlow::Continue(()));
            prop_assert_eq!(&one_by_one, &carriers.all());
            let stopped = each_masked(&bytes, &mask, &mut |o| { assert!(first.replace(o).is_none()); ControlFlow::Break(()) }).unwrap();
            prop_assert_eq!(stopped.is_break(), !one_by_one.is_empty());
        }
    }

    #[test]
    fn random_bytes_are_read_as_carriers_or_rejected_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let people: RoaringBitmap = (0..1000).collect();
        let mut one_by_one = RoaringBitmap::new();
        let walked = each_masked(&bytes, &Mask::new(&people, &Liveness::All), &mut |o| { one_by_one.insert(o); ControlFlow::Continue(()) });
        let mut counts = [0; 3];
        let counted = count_masked(&bytes, &Mask::new(&people, &Liveness::All), &mut counts);
        if let Ok(carriers) = read(&bytes, &people) {
            prop_assert!(counted.is_ok());
            prop_assert!(carriers.all().is_subset(&people));
            prop_assert!(walked.is_ok());
            prop_assert_eq!(one_by_one, carriers.all());
        } else {
            prop_assert!(walked.is_err());
        }
    }
}

#[test]
fn one_carrier_takes_three_bytes_and_a_run_of_all_ordinals_takes_fewer_than_ten() {
    let mut bytes = Vec::new();
    put_carriers(&mut bytes, &[vec![77], vec![], vec![]], &[]);
    assert_eq!(bytes.len(), 3);
    bytes.clear();
    put_carriers(&mut bytes, &[vec![], (0..100_000).collect(), vec![]], &[]);
    assert!(bytes.len() < 10);
}
