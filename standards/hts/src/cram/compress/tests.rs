//! The tests check that noodles decompresses the blocks that this crate compresses. The tests `cram_sizes.rs` and `cram_round_trip.rs` in
//! `gateway/stores/objects/tests/it` check with whole slices that samtools decompresses the same data.
#![allow(clippy::unwrap_used)]

use noodles::cram::io::Reader;
use noodles::cram::io::reader::Container;
use proptest::prelude::*;

use super::*;
use crate::cram::codec_sizes;
use crate::cram::container::{Block, COMPRESSION_HEADER, SLICE_HEADER};
use crate::cram::num::{put_itf8, put_ltf8};

/// A container with one slice whose only external block is `block`.
fn container(block: &Compressed<'_>, raw_size: usize) -> Vec<u8> {
    let mut body = Vec::new();
    // The compression header has three empty maps.
    Block::put(&mut body, STORED, COMPRESSION_HEADER, 0, &[1, 0, 1, 0, 1, 0], 6);
    let landmark = body.len();
    let mut header = vec![0, 1, 1, 0, 0, 2, 1, 1];
    put_itf8(&mut header, -1);
    header.extend_from_slice(&[0; 16]);
    Block::put(&mut body, STORED, SLICE_HEADER, 0, &header, header.len());
    Block::put(&mut body, STORED, 5, 0, &[], 0);
    Block::put(&mut body, block.method, 4, 1, &block.data, raw_size);
    codec_sizes::check(block.method, &block.data, raw_size).unwrap();
    let mut out = (body.len() as i32).to_le_bytes().to_vec();
    for value in [0, 1, 1, 0] {
        put_itf8(&mut out, value);
    }
    put_ltf8(&mut out, 0);
    put_ltf8(&mut out, 0);
    for value in [4, 1, landmark as i32] {
        put_itf8(&mut out, value);
    }
    let checksum = crc32fast::hash(&out);
    out.extend_from_slice(&checksum.to_le_bytes());
    out.extend_from_slice(&body);
    out
}

fn unpacked(method: u8, data: &[u8], raw_size: usize) -> Vec<u8> {
    let block = Compressed {
        method,
        data: Cow::Borrowed(data),
    };
    let bytes = container(&block, raw_size);
    let mut parsed = Container::default();
    Reader::new(bytes.as_slice()).read_container(&mut parsed).unwrap();
    let slice = parsed.slices().next().unwrap().unwrap();
    let (_, externals) = slice.decode_blocks().unwrap();
    externals[0].1.to_vec()
}

/// Data that resembles the data series of CRAM: few symbols, runs, numbers, text, noise.
fn data() -> impl Strategy<Value = Vec<u8>> {
    let length = prop_oneof![0usize..40, 0usize..3_000];
    let symbols = prop_oneof![Just(1u16), Just(2), Just(3), Just(5), Just(17), Just(40), Just(256)];
    (length, symbols, any::<u8>(), any::<u64>(), 0u32..4).prop_map(|(length, symbols, first, seed, shape)| {
        let mut state = seed;
        let mut last = 0u8;
        (0..length)
            .map(|at| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let roll = (state >> 33) as u16;
                let drawn = first.wrapping_add((roll % symbols) as u8);
                last = match shape {
                    0 => drawn,
                    // This kind of data has runs of one symbol.
                    1 if !roll.is_multiple_of(7) => last,
                    // In this kind of data, each symbol is one more than the symbol before.
                    2 if !roll.is_multiple_of(5) => last.wrapping_add(1),
                    // This kind of data has numbers of four bytes whose upper bytes are zero.
                    3 if at % 4 > 1 => 0,
                    _ => drawn,
                };
                last
            })
            .collect()
    })
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0u32..4, 1u32..9, 1000u32..1200, 0u32..40_000).prop_map(|(a, b, c, d)| format!("A0{a}7:45:HX:{b}:{c}:{d}:0{d}").into_bytes()),
        "[ -~]{0,40}".prop_map(String::into_bytes),
        "[0-9]{0,25}".prop_map(String::into_bytes),
        "[0-9:]{200,254}".prop_map(String::into_bytes),
        prop::collection::vec(1u8..=255, 0..30),
        Just(b"same".to_vec()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_codec_returns_the_compressed_data(data in data()) {
        for codecs in [Codecs::V30, Codecs::V31] {
            let compressed = BlockCompressor::new(codecs).compress(&data, Content::Values);
            prop_assert!(compressed.data.len() <= data.len());
            prop_assert_eq!(&unpacked(compressed.method, &compressed.data, data.len()), &data);
        }
        if !data.is_empty() {
            prop_assert_eq!(&unpacked(RANS_4X8, &rans4x8::Plan::best(&data).encode(&data), data.len()), &data);
            prop_assert_eq!(&unpacked(RANS_NX16, &nx16::encode(&data), data.len()), &data);
            prop_assert_eq!(&unpacked(RANS_NX16, &nx16::encode_numbers(&data), data.len()), &data);
        }
    }

    #[test]
    fn tokenised_names_decode_to_the_same_names(names in prop::collection::vec(name(), 1..60)) {
        let mut data = Vec::new();
        for name in &names {
            data.extend_from_slice(name);
            data.push(0);
        }
        let tokens = names::encode(&data).unwrap();
        prop_assert_eq!(unpacked(NAMES, &tokens, data.len()), data);
    }
}

#[test]
fn the_estimated_size_of_a_plan_is_close_to_the_encoded_size() {
    let data: Vec<u8> = (0..20_000u32).map(|at| (at * at % 41) as u8 + u8::from(at % 3 == 0) * 20).collect();
    let plan = rans4x8::Plan::best(&data);
    let taken = plan.encode(&data).len();
    assert!(taken.abs_diff(plan.bytes) < 64, "{taken} bytes, not {}", plan.bytes);
}

#[test]
fn names_of_sorted_pairs_are_smaller_as_tokens_than_as_gzip() {
    let mut data = Vec::new();
    for pair in 0u32..2_000 {
        let name = |pair: u32| {
            format!(
                "A00123:45:HXYZ7DSXX:{}:{}:{}:{}\0",
                1 + pair % 4,
                1101 + pair * 7 % 78,
                pair * 7919 % 32_000,
                pair * 104_729 % 37_000
            )
        };
        data.extend_from_slice(name(pair).as_bytes());
        if pair >= 30 {
            data.extend_from_slice(name(pair - 30).as_bytes());
        }
    }
    let gzip = BlockCompressor::new(Codecs::V31).gzip(&data).unwrap().len();
    let tokens = names::encode(&data).unwrap().len();
    assert!(tokens * 10 < gzip * 7, "{tokens} bytes, not less than {gzip}");
}
