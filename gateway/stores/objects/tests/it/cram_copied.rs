//! Tests the containers that are copied into CRAM slices, the lengths and windows of slices, and headers with pseudonyms.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use gemj_access::{CapabilityKey, PseudonymKey};
use gemj_model::{Assembly, DataObject};
use gemj_objects::{Class, Naming, SliceRegion, SliceRequest};

use crate::cram::{encode, material, region_count, spans};
use crate::cram_to_bam::as_bam;
use crate::kit::*;

/// The index lines (contig, start, span) of each container offset, from the index that samtools made.
fn lines(crai: &std::path::Path) -> BTreeMap<usize, Vec<[i64; 3]>> {
    let text = pipe("gzip", &["-dc"], &std::fs::read(crai).unwrap());
    let mut lines: BTreeMap<usize, Vec<[i64; 3]>> = BTreeMap::new();
    for line in String::from_utf8(text).unwrap().lines() {
        let n: Vec<i64> = line.split('\t').map(|c| c.parse().unwrap()).collect();
        lines.entry(n[3] as usize).or_default().push([n[0], n[1], n[2]]);
    }
    lines
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    let mut from = 0;
    while let Some(at) = haystack[from..].windows(12).position(|w| w == &needle[..12]) {
        if haystack[from + at..].starts_with(needle) {
            return true;
        }
        from += at + 1;
    }
    false
}

#[tokio::test]
async fn containers_inside_a_region_are_copied_byte_for_byte() {
    let bench = Bench::new().await;
    let material = material(&bench, 1_500, 31);
    for (name, options, most) in [
        ("slices", &["seqs_per_slice=30", "slices_per_container=3"][..], true),
        ("one", &["seqs_per_slice=50", "version=3.1"], true),
        ("several", &["seqs_per_slice=100000", "multi_seq_per_slice=1"], false),
    ] {
        let cram = encode(&bench, &material, name, options);
        let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
        let grant = full_grant(&object);
        run("samtools", &["index", cram.to_str().unwrap()]);
        let file = std::fs::read(&cram).unwrap();
        let lines = lines(&cram.with_extension("cram.crai"));
        let offsets: Vec<usize> = lines.keys().copied().chain([file.len() - 38]).collect();
        let (from, to) = (5_000, 33_000);
        let regions = [region("chrA", from, Some(to)), SliceRegion::Unplaced];
        let request = SliceRequest {
            regions: regions.to_vec(),
            ..SliceRequest::default()
        };
        let slice = bench.slice(&grant, &object, &request).await.unwrap();
        let mut passed = 0;
        for (at, container) in lines.values().enumerate() {
            let inside = container
                .iter()
                .all(|[contig, start, span]| *contig == 0 && *start > from as i64 && start + span - 1 <= to as i64)
                || container.iter().all(|[contig, ..]| *contig == -1);
            if inside {
                passed += 1;
                assert!(
                    holds(&slice, &file[offsets[at]..offsets[at + 1]]),
                    "{name}: container {at} is not copied"
                );
            }
        }
        assert_eq!(passed > 5, most, "{name}: {passed} containers are inside");
    }
}

/// The bytes of a slice, or of a window of the slice.
async fn bytes(slice: &gemj_objects::OpenSlice, window: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let mut stream = slice.stream(window).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    bytes
}

#[tokio::test]
async fn a_slice_has_the_stated_length_and_its_windows_are_parts_of_the_slice() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 600, 32);
    let bench = Bench::with_reference(Some(material.fasta.clone())).await;
    let cram = encode(&bench, &material, "windows", &["seqs_per_slice=40", "slices_per_container=2"]);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let mut dice = Dice(4);
    let mut requests = Vec::new();
    for regions in random_regions(&mut dice, &spans(), 12).chunks(3) {
        for class in [None, Some(Class::Body), Some(Class::Header)] {
            requests.push(SliceRequest {
                class,
                regions: regions.to_vec(),
                ..SliceRequest::default()
            });
            requests.push(as_bam(regions, class));
        }
    }
    requests.push(SliceRequest {
        class: Some(Class::Body),
        ..SliceRequest::default()
    });
    requests.push(SliceRequest {
        regions: vec![SliceRegion::Unplaced],
        ..SliceRequest::default()
    });
    for request in requests {
        let slice = bench.store.open_slice(&grant, &object, &request).await.unwrap();
        assert!(slice.cost_bytes() <= object.size_bytes);
        let whole = bytes(&slice, None).await;
        assert_eq!(slice.length().await.unwrap(), whole.len() as u64);
        let mut at = 0;
        let mut joined = Vec::new();
        while at < whole.len() as u64 {
            let end = (at + 1 + dice.roll(20_000)).min(whole.len() as u64);
            joined.extend(bytes(&slice, Some(at..end)).await);
            at = end;
        }
        assert!(joined == whole, "{request:?}");
    }
}

#[tokio::test]
async fn a_small_region_reads_a_small_part_of_the_file() {
    let bench = Bench::new().await;
    let material = material(&bench, 1_500, 33);
    let cram = encode(&bench, &material, "cost", &["seqs_per_slice=50"]);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let cost = async |regions: Vec<SliceRegion>| {
        let request = SliceRequest {
            regions,
            ..SliceRequest::default()
        };
        bench.store.open_slice(&grant, &object, &request).await.unwrap().cost_bytes()
    };
    let one = cost(vec![region("chrA", 10_000, Some(10_001))]).await;
    assert!(one > 0 && one < object.size_bytes / 5, "{one} of {}", object.size_bytes);
    let unplaced = cost(vec![SliceRegion::Unplaced]).await;
    assert!(
        unplaced > 0 && unplaced < object.size_bytes / 5,
        "{unplaced} of {}",
        object.size_bytes
    );
    assert_eq!(cost(vec![region("tiny", 399, Some(399))]).await, 0);
}

fn pseudonyms(object: &DataObject) -> Naming {
    Naming::Pseudonyms(PseudonymKey::of(&CapabilityKey::new([7; 32]), &full_grant(object)))
}

#[tokio::test]
async fn a_header_with_pseudonyms_is_valid_and_the_records_are_unchanged() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 600, 34);
    let bench = Bench::with_reference(Some(material.fasta.clone())).await;
    for (name, options) in [("v30", &["seqs_per_slice=60"][..]), ("v31", &["version=3.1", "seqs_per_slice=60"])] {
        let cram = encode(&bench, &material, name, options);
        let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
        let grant = full_grant(&object);
        let regions = vec![region("chrA", 3_000, Some(30_000)), SliceRegion::Unplaced];
        for output in [None, Some(gemj_model::FileFormat::Bam)] {
            let plain = SliceRequest {
                regions: regions.clone(),
                output,
                ..SliceRequest::default()
            };
            let named = SliceRequest {
                naming: pseudonyms(&object),
                ..plain.clone()
            };
            let stored = bench.file("stored", &bench.slice(&grant, &object, &plain).await.unwrap());
            let renamed = bench.slice(&grant, &object, &named).await.unwrap();
            let (header, body) = (
                bench
                    .slice(
                        &grant,
                        &object,
                        &SliceRequest {
                            class: Some(Class::Header),
                            ..named.clone()
                        },
                    )
                    .await
                    .unwrap(),
                bench
                    .slice(
                        &grant,
                        &object,
                        &SliceRequest {
                            class: Some(Class::Body),
                            ..named.clone()
                        },
                    )
                    .await
                    .unwrap(),
            );
            assert!([header, body].concat() == renamed);
            assert!(
                !holds(&renamed, cram.to_str().unwrap().as_bytes()),
                "the file's name is in the file definition"
            );
            let renamed = bench.file("renamed", &renamed);
            let (stored, renamed) = (stored.to_str().unwrap(), renamed.to_str().unwrap());
            run("samtools", &["quickcheck", renamed]);
            let view = |path: &str| run("samtools", &["view", "-T", material.fasta.to_str().unwrap(), path]);
            assert_eq!(view(renamed), view(stored));
            let text = run("samtools", &["view", "-H", "--no-PG", renamed]);
            assert!(!text.contains("SM:s\n") && !text.contains("SM:s\t"), "{text}");
            assert_eq!(text.matches("SM:P-").count() + text.matches("SM:N-").count(), 2, "{text}");
            assert_eq!(text.matches("@SQ").count(), 4);
        }
    }
}

#[tokio::test]
async fn a_header_of_thousands_of_contigs_is_compressed_and_samtools_reads_it() {
    let bench = Bench::new().await;
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for number in 0..4_000 {
        sam.push_str(&format!("@SQ\tSN:chrUn_KI27{number:04}v1\tLN:{}\n", 10_000 + number * 7));
    }
    sam.push_str("@RG\tID:g\tSM:s\nr\t0\tchrUn_KI270000v1\t5\t60\t4M\t*\t0\t0\tACGT\tFFFF\tRG:Z:g\n");
    let path = bench.file("many.sam", sam.as_bytes());
    let cram = bench.path("many.cram");
    let words = [
        "view",
        "--no-PG",
        "-O",
        "cram,no_ref=1",
        "-o",
        cram.to_str().unwrap(),
        path.to_str().unwrap(),
    ];
    run("samtools", &words);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    let named = |class| SliceRequest {
        class,
        regions: vec![region("chrUn_KI270000v1", 0, Some(100))],
        naming: pseudonyms(&object),
        ..SliceRequest::default()
    };
    let grant = full_grant(&object);
    let header = bench.slice(&grant, &object, &named(Some(Class::Header))).await.unwrap();
    assert!(header.len() * 4 < sam.len(), "{} of {} bytes", header.len(), sam.len());
    let slice = bench.file("slice.cram", &bench.slice(&grant, &object, &named(None)).await.unwrap());
    let contigs = |path: &std::path::Path| -> Vec<String> {
        let text = run("samtools", &["view", "-H", "--no-PG", path.to_str().unwrap()]);
        let named = text.lines().filter(|line| line.starts_with("@SQ"));
        named.map(|line| line.split('\t').take(3).collect()).collect()
    };
    assert_eq!(contigs(&slice).len(), 4_000);
    assert_eq!(contigs(&slice), contigs(&cram));
}

#[tokio::test]
async fn many_regions_give_one_file_with_each_record_once_in_file_order() {
    let bench = Bench::new().await;
    let material = material(&bench, 1_500, 35);
    let reference = material.fasta.to_str().unwrap();
    let cram = encode(&bench, &material, "many", &["seqs_per_slice=45", "slices_per_container=3"]);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let all = run("samtools", &["view", "-T", reference, cram.to_str().unwrap()]);
    let mut dice = Dice(36);
    for _ in 0..region_count() / 20 {
        let mut regions: Vec<SliceRegion> = Vec::new();
        for _ in 0..200 {
            let (contig, _, to) = dice.pick(&spans()).clone();
            let start = dice.roll(to);
            regions.push(region(&contig, start, Some(start + 1 + dice.roll(900))));
        }
        let slice = bench.slice_file(&grant, &object, &regions, "many-slice.cram").await;
        run("samtools", &["quickcheck", slice.to_str().unwrap()]);
        let ours = run("samtools", &["view", "-T", reference, slice.to_str().unwrap()]);
        let mut bed = String::new();
        for region in &regions {
            if let SliceRegion::Contig { contig, interval } = region {
                bed.push_str(&format!("{}\t{}\t{}\n", contig.as_str(), interval.start.0, interval.end.unwrap().0));
            }
        }
        let bed = bench.file("many.bed", bed.as_bytes());
        let theirs = run(
            "samtools",
            &["view", "-T", reference, "-L", bed.to_str().unwrap(), cram.to_str().unwrap()],
        );
        assert!(ours == theirs, "{}", crate::bam::difference(&ours, &theirs));
        assert!(ours.lines().count() < all.lines().count());
        let file = std::fs::read(&slice).unwrap();
        assert_eq!(file.windows(38).filter(|w| w.starts_with(&file[file.len() - 38..])).count(), 1);
    }
}
