//! Tests that the inner part of a slice consists of unchanged blocks of the file, that the length of a slice is known, and that windows of
//! a slice are parts of the whole slice.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use futures::StreamExt as _;
use gemj_model::{Assembly, DataObject};
use gemj_objects::{Class, OpenSlice, SliceRegion, SliceRequest};

use crate::kit::*;
use crate::variants::odd_vcf;

/// The BGZF end-of-file marker (SAM specification § 4.1.2).
const MARKER: &[u8] = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0\x42\x43\x02\0\x1b\0\x03\0\0\0\0\0\0\0\0\0";

/// The compressed blocks of a BGZF file.
fn blocks(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut rest, mut blocks) = (bytes, Vec::new());
    while !rest.is_empty() {
        let length = usize::from(u16::from_le_bytes([rest[16], rest[17]])) + 1;
        let (block, behind) = rest.split_at(length);
        blocks.push(block);
        rest = behind;
    }
    blocks
}

/// A SAM text with sorted reads of 100 bases and with `depth` reads at each position.
pub(crate) fn dense_sam(length: u64, depth: u64) -> String {
    let mut sam = format!("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:un1\tLN:{length}\n@RG\tID:g\tSM:s\n");
    let mut dice = Dice(21);
    let count = length * depth / 100;
    for number in 0..count {
        let position = 1 + number * (length - 100) / count;
        let letters = |dice: &mut Dice, of: &[char]| -> String { (0..100).map(|_| *dice.pick(of)).collect() };
        let bases = letters(&mut dice, &['A', 'C', 'G', 'T']);
        let qualities = letters(&mut dice, &['F', 'F', 'F', 'F', 'F', 'F', ':', ',', '#']);
        writeln!(
            sam,
            "A00001:1:FLOW:{number}\t99\tun1\t{position}\t60\t100M\t=\t{position}\t100\t{bases}\t{qualities}\tNM:i:0\tMD:Z:100\tAS:i:100\tRG:Z:g"
        )
        .unwrap();
    }
    sam
}

async fn open(bench: &Bench, object: &DataObject, regions: &[SliceRegion], class: Option<Class>) -> OpenSlice {
    let request = SliceRequest {
        class,
        regions: regions.to_vec(),
        ..SliceRequest::default()
    };
    bench.store.open_slice(&full_grant(object), object, &request).await.unwrap()
}

async fn bytes(slice: &OpenSlice, window: Option<std::ops::Range<u64>>) -> Vec<u8> {
    let mut stream = slice.stream(window).await.unwrap();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    bytes
}

/// Slices a file, and checks the blocks and the windows of the slices.
async fn check(bench: &Bench, path: &Path, regions: &[Vec<SliceRegion>]) {
    let (object, _) = bench.load(path, Assembly::GRCh38).await;
    let file = std::fs::read(path).unwrap();
    let originals: HashSet<&[u8]> = blocks(&file).into_iter().collect();
    let mut dice = Dice(4);
    let mut passed_on = 0;
    for regions in regions {
        for class in [None, Some(Class::Header), Some(Class::Body)] {
            let slice = open(bench, &object, regions, class).await;
            let whole = bytes(&slice, None).await;
            assert_eq!(slice.length().await.unwrap(), whole.len() as u64);
            let mut parts = Vec::new();
            while parts.len() < whole.len() {
                let start = parts.len() as u64;
                let end = (start + 1 + dice.roll(whole.len() as u64 / 3 + 1)).min(whole.len() as u64);
                parts.extend(bytes(&slice, Some(start..end)).await);
                assert_eq!(parts.len() as u64, end);
            }
            assert!(parts == whole, "{regions:?}: the windows together differ from the whole");
            let blocks = blocks(&whole);
            let markers = blocks.iter().filter(|block| **block == MARKER).count();
            assert_eq!(markers, usize::from(class != Some(Class::Header)), "{regions:?}");
            assert!(class == Some(Class::Header) || blocks.last() == Some(&MARKER));
            if class.is_none() {
                let anew = blocks.iter().filter(|block| !originals.contains(*block)).count();
                passed_on += blocks.len() - anew;
                // New blocks are allowed only for the header (one block) and at the ends of the regions (two blocks at each end).
                assert!(
                    anew <= 1 + 4 * regions.len().max(1),
                    "{regions:?}: {anew} of {} blocks are new",
                    blocks.len()
                );
            }
        }
    }
    assert!(passed_on > 10);
}

#[tokio::test]
async fn inner_blocks_of_reads_are_copied_and_windows_make_the_whole() {
    let bench = Bench::new().await;
    let sam = bench.file("dense.sam", dense_sam(200_000, 20).as_bytes());
    let bam = bench.path("dense.bam");
    run(
        "samtools",
        &["view", "--no-PG", "-b", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()],
    );
    let mut cases = vec![
        vec![],
        vec![region("un1", 0, None)],
        vec![region("un1", 0, Some((1 << 32) - 1))],
        vec![region("un1", 30_000, Some(130_000))],
        vec![region("un1", 150_000, None), SliceRegion::Unplaced],
        vec![
            region("un1", 10_000, Some(60_000)),
            region("un1", 60_001, Some(90_000)),
            region("un1", 120_000, Some(120_001)),
        ],
        vec![region("un1", 77, Some(77))],
        vec![region("un1", 300_000, None)],
        vec![SliceRegion::Unplaced],
    ];
    cases.extend((0..10).map(|n| vec![region("un1", n * 19_000, Some(n * 19_000 + 40_000))]));
    check(&bench, &bam, &cases).await;

    // The slice must be at most slightly larger than the output of samtools.
    let (object, _) = bench.load(&bam, Assembly::GRCh38).await;
    run("samtools", &["index", bam.to_str().unwrap()]);
    for (start, end) in [(20_000, 120_000), (50_000, 170_000), (0, 200_000), (70_000, 71_000), (123, 124)] {
        let ours = bytes(&open(&bench, &object, &[region("un1", start, Some(end))], None).await, None)
            .await
            .len();
        let out = bench.path("theirs.bam");
        let words = format!("un1:{}-{end}", start + 1);
        run(
            "samtools",
            &["view", "--no-PG", "-b", "-o", out.to_str().unwrap(), bam.to_str().unwrap(), &words],
        );
        let theirs = std::fs::metadata(out).unwrap().len() as usize;
        let most = if end - start >= 100_000 {
            theirs * 11 / 10
        } else {
            theirs + (1 << 17)
        };
        assert!(ours <= most, "{start}-{end}: {ours} bytes, samtools {theirs}");
    }
}

#[tokio::test]
async fn inner_blocks_of_variants_are_copied_and_windows_make_the_whole() {
    let bench = Bench::new().await;
    let text = odd_vcf(6_000, 100);
    // The regions start at the beginning of a contig. Otherwise distant deletions that overlap a region would be compressed into blocks of
    // their own.
    let cases = [
        vec![],
        vec![region("un1", 0, None)],
        vec![region("un1", 0, Some(4_000_000))],
        vec![
            region("un2", 0, Some(50_000)),
            region("un1", 0, Some(2_500_000)),
            region("HLA-A*01:01:01:01", 0, None),
        ],
        vec![region("un1", 5, Some(5))],
        vec![region("empty", 0, None)],
    ];
    let bgzip = bench.file("by-bgzip.vcf.gz", &pipe("bgzip", &["-c"], text.as_bytes()));
    check(&bench, &bgzip, &cases).await;
    let vcf = bench.file(
        "by-bcftools.vcf.gz",
        &pipe("bcftools", &["view", "--no-version", "-Oz"], text.as_bytes()),
    );
    check(&bench, &vcf, &cases).await;
    let bcf = bench.file("variants.bcf", &pipe("bcftools", &["view", "--no-version", "-Ob"], text.as_bytes()));
    check(&bench, &bcf, &cases).await;
}
