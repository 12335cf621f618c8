//! Tests the redaction of BCF records that are built by hand, and of damaged records.
#![allow(clippy::unwrap_used)]

use hts_formats::bcf::typed::{integers, put_typed};
use proptest::prelude::*;

use super::super::KeptColumn;
use super::*;

fn header() -> VcfHeader {
    let text = "##fileformat=VCFv4.2\n##contig=<ID=1>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"\">\n\
        ##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"\">\n##FORMAT=<ID=FT,Number=1,Type=String,Description=\"\">\n\
        ##FORMAT=<ID=GL,Number=G,Type=Float,Description=\"\">\n##INFO=<ID=AN,Number=1,Type=Integer,Description=\"\">\n\
        ##INFO=<ID=SVLEN,Number=A,Type=Integer,Description=\"\">\n##INFO=<ID=END,Number=1,Type=Integer,Description=\"\">\n\
        #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\tP3\n";
    VcfHeader::parse(text.as_bytes()).unwrap()
}

const GT: usize = 1;
const AD: usize = 2;
const FT: usize = 3;
const GL: usize = 4;
const AN: usize = 5;
const SVLEN: usize = 6;
const END: usize = 7;

fn kept(columns: &[usize]) -> KeptColumns {
    KeptColumns {
        columns: columns
            .iter()
            .map(|at| KeptColumn {
                at: *at,
                whole_family: true,
            })
            .collect(),
        some_go: true,
    }
}

type Field<'a> = (usize, Kind, usize, Vec<u8>);

fn record(alleles: &[&str], infos: &[(usize, Kind, Vec<u8>)], formats: &[Field<'_>]) -> Vec<u8> {
    let mut shared = Vec::new();
    for value in [0_i32, 99, 1] {
        shared.extend_from_slice(&value.to_le_bytes());
    }
    shared.extend_from_slice(&50_f32.to_le_bytes());
    shared.extend_from_slice(&(infos.len() as u16).to_le_bytes());
    shared.extend_from_slice(&(alleles.len() as u16).to_le_bytes());
    shared.extend_from_slice(&((formats.len() as u32) << 24 | 3).to_le_bytes());
    put_typed(&mut shared, Kind::Char, b"").unwrap();
    for allele in alleles {
        put_typed(&mut shared, Kind::Char, allele.as_bytes()).unwrap();
    }
    put_typed(&mut shared, Kind::Int8, &[0]).unwrap();
    for (key, kind, data) in infos {
        put_integer(&mut shared, *key).unwrap();
        put_typed(&mut shared, *kind, data).unwrap();
    }
    let mut individual = Vec::new();
    for (key, kind, width, data) in formats {
        put_integer(&mut individual, *key).unwrap();
        put_descriptor(&mut individual, *kind, *width).unwrap();
        individual.extend_from_slice(data);
    }
    let mut out = (shared.len() as u32).to_le_bytes().to_vec();
    out.extend_from_slice(&(individual.len() as u32).to_le_bytes());
    out.extend([shared, individual].concat());
    out
}

fn int16(values: &[i16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[test]
fn width_and_type_of_a_vector_depend_only_on_the_kept_samples() {
    let (header, kept) = (header(), kept(&[0, 2]));
    let mut redactor = RecordRedactor::new(&header, &kept).unwrap();
    // The removed second sample has three chromosomes, many reads of an allele that no other sample has, a long filter name, and
    // likelihoods.
    let bytes = record(
        &["ATT", "CTT", "A"],
        &[
            (AN, Kind::Int8, vec![7]),
            (SVLEN, Kind::Int16, int16(&[5, 3000])),
            (END, Kind::Int8, vec![102]),
        ],
        &[
            (GT, Kind::Int8, 3, [[2, 5, 0x81], [2, 6, 6], [4, 0x81, 0x81]].concat()),
            (
                AD,
                Kind::Int16,
                3,
                int16(&[1, 2, 0, 1000, 0, 2000, 0x8000_u16 as i16, 0x8001_u16 as i16, 0x8001_u16 as i16]),
            ),
            (FT, Kind::Char, 8, b"PASS\0\0\0\0VeryLong.\0\0\0\0\0\0\0".to_vec()),
            (GL, Kind::Float, 1, [MISSING_FLOAT, 1_f32.to_le_bytes(), MISSING_FLOAT].concat()),
        ],
    );
    let out = redactor.redact(&bytes).unwrap().unwrap().to_vec();
    let out = BcfRecord::parse(&out).unwrap();
    assert_eq!(out.alleles, [b"A", b"C"]);
    assert_eq!(
        (out.length, out.quality, out.filter.count, out.sample_count),
        (1, MISSING_FLOAT, 0, 2)
    );
    let infos: Vec<(usize, Kind, &[u8])> = out.infos.iter().map(|(key, value)| (*key, value.kind, value.data)).collect();
    assert_eq!(infos, [(AN, Kind::Int8, &[3][..]), (SVLEN, Kind::Int8, &[5])]);
    let formats: Vec<(usize, Kind, usize, &[u8])> = out.formats.iter().map(|f| (f.key, f.kind, f.count, f.data)).collect();
    assert_eq!(
        formats,
        [
            (GT, Kind::Int8, 2, &[2, 5, 4, 0x81][..]),
            (AD, Kind::Int8, 2, &[1, 2, 0x80, 0x81]),
            (FT, Kind::Char, 4, b"PASS.\0\0\0"),
        ]
    );
}

#[test]
fn genotypes_of_more_than_a_byte_are_counted_and_renumbered() {
    let (header, kept) = (header(), kept(&[0, 2]));
    let mut redactor = RecordRedactor::new(&header, &kept).unwrap();
    let names: Vec<String> = (0..300).map(|i| format!("C{}", "A".repeat(i))).collect();
    let alleles: Vec<&str> = ["A"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let call = |allele: i16| (allele + 1) << 1;
    let calls = [call(299), call(0) | 1, call(5), call(6), call(200), call(299) | 1];
    let bytes = record(&alleles, &[], &[(GT, Kind::Int16, 2, int16(&calls))]);
    let out = redactor.redact(&bytes).unwrap().unwrap().to_vec();
    let out = BcfRecord::parse(&out).unwrap();
    assert_eq!(out.alleles, [b"A", names[199].as_bytes(), names[298].as_bytes()]);
    assert_eq!((out.formats[0].kind, out.formats[0].data), (Kind::Int8, &[6, 3, 4, 7][..]));
    // The first record has a call of an allele that the site does not have. The second record has a value that is not a genotype.
    for calls in [[call(301), 0, 0, 0, 0, 0], [-7, 4, 0, 0, 0, 0]] {
        assert!(
            redactor
                .redact(&record(&alleles, &[], &[(GT, Kind::Int16, 2, int16(&calls))]))
                .is_err()
        );
    }
    assert!(
        redactor
            .redact(&record(&["A", "C"], &[], &[(GT, Kind::Int8, 1, vec![6, 2, 4])]))
            .is_err()
    );
    assert!(
        redactor
            .redact(&record(&["A", "C"], &[], &[(GT, Kind::Int8, 1, vec![4, 2, 0x90])]))
            .is_err()
    );
    let twice = (GT, Kind::Int8, 1, vec![4, 4, 4]);
    assert!(redactor.redact(&record(&["A", "C"], &[], &[twice.clone(), twice])).is_err());
}

#[test]
fn counting_eight_calls_at_a_time_equals_counting_single_calls() {
    let mut dice = 1_u64;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    for width in 1..6 {
        for samples in 1..40 {
            let values = [2, 2, 2, 3, 2, 4, 5, 0, 1, 0x80, 0x81];
            let rare = roll(3) == 0;
            let bytes: Vec<u8> = (0..width * samples)
                .map(|_| values[roll(if rare { 4 } else { 11 }) as usize])
                .collect();
            let mut vectors = Vectors::default();
            let field = FormatField {
                key: 1,
                kind: Kind::Int8,
                count: width,
                data: &bytes,
            };
            vectors.gather(&field, &(0..samples).collect::<Vec<_>>());
            let ours = count(&vectors, 2).unwrap();
            let of = |allele: u8| bytes.iter().filter(|b| **b < 0x80 && **b >> 1 == allele + 1).count() as u32;
            assert_eq!(ours.counts, [of(0), of(1)]);
            let with_data = bytes
                .chunks(width)
                .filter(|cell| cell.iter().any(|b| (2..0x80).contains(b)))
                .count();
            assert_eq!(ours.samples_with_data, with_data as u32);
        }
    }
}

#[test]
fn integers_keep_their_values_in_the_smallest_type() {
    for (values, size) in [
        (vec![1, -120, 127, i32::MIN, i32::MIN + 1], 1),
        (vec![-121, i32::MIN], 2),
        (vec![32_767], 2),
        (vec![-32_761, i32::MIN + 1], 4),
    ] {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let mut vectors = Vectors::default();
        let field = FormatField {
            key: 1,
            kind: Kind::Int32,
            count: 1,
            data: &bytes,
        };
        vectors.gather(&field, &(0..values.len()).collect::<Vec<_>>());
        vectors.narrow();
        assert_eq!(vectors.kind().size(), size);
        assert_eq!(integers(vectors.kind(), vectors.bytes()).unwrap(), values);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: prop::test_runner::RngSeed::Fixed(8), cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_record_is_redacted_or_rejected_without_a_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4), cut in any::<prop::sample::Index>(), all in any::<bool>()) {
        let mut bytes = record(
            &["AT", "GT", "<DEL>"],
            &[(AN, Kind::Int8, vec![7]), (SVLEN, Kind::Int16, int16(&[5, 3000])), (END, Kind::Int8, vec![120])],
            &[
                (GT, Kind::Int8, 2, vec![2, 5, 2, 6, 4, 0x81]),
                (AD, Kind::Int16, 3, int16(&[1, 2, 0, 1000, 0, 2000, 0, 0, 0])),
                (FT, Kind::Char, 4, b"PASSq10\0.\0\0\0".to_vec()),
                (GL, Kind::Float, 6, vec![0; 72]),
            ],
        );
        for (at, byte) in changes {
            let place = at.index(bytes.len());
            bytes[place] = byte;
        }
        bytes.truncate(cut.index(bytes.len() * 3) + 1);
        let (header, mut kept) = (header(), kept(&[0, 2]));
        kept.some_go = !all;
        kept.columns[0].whole_family = false;
        let _ = RecordRedactor::new(&header, &kept).unwrap().redact(&bytes);
    }
}
