//! Compares BAM slices with the output of `samtools view`.

use std::fmt::Write as _;
use std::path::Path;

use gemj_access::Action;
use gemj_model::Assembly;
use gemj_objects::{Class, SliceError, SliceRegion, SliceRequest};

use crate::kit::*;

/// The number of random regions that are compared for each file. The number also seeds the random number generator. The environment variable
/// `GEMJ_SLICE_REGIONS` sets another number.
pub(crate) fn region_count() -> usize {
    std::env::var("GEMJ_SLICE_REGIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(100)
}

/// Compares slices of one region and of several regions with the records that samtools selects from the whole file.
pub(crate) async fn compare_reads(
    bench: &Bench,
    path: &Path,
    assembly: Assembly,
    spans: &[(String, u64, u64)],
    count: usize,
    extra: &[&str],
) {
    let (object, inspection) = bench.load(path, assembly).await;
    let grant = full_grant(&object);
    let original = path.to_str().unwrap();
    // samtools must work with the index that inspection built, as with its own index.
    let indexed = bench.path(&format!("indexed-{}", path.file_name().unwrap().to_str().unwrap()));
    std::fs::copy(path, &indexed).unwrap();
    let with_index = format!("{}.{}", indexed.display(), inspection.index.format.as_str());
    std::fs::write(&with_index, &inspection.index.bytes).unwrap();
    let copy = indexed.to_str().unwrap();

    let mut dice = Dice(count as u64);
    let mut cases: Vec<Vec<SliceRegion>> = random_regions(&mut dice, spans, count).into_iter().map(|r| vec![r]).collect();
    for several in [2, 3, 5, 2, 3, 5, 2, 8] {
        cases.push(random_regions(&mut dice, spans, several));
    }
    cases.push(vec![SliceRegion::Unplaced]);
    cases.push(vec![SliceRegion::Unplaced, region(&spans[0].0, 0, None)]);
    let mut seen = 0;
    for regions in cases {
        let slice = bench.slice_file(&grant, &object, &regions, "slice").await;
        let slice = slice.to_str().unwrap();
        run("samtools", &["quickcheck", slice]);
        let ours = run("samtools", &[&["view"][..], extra, &[slice]].concat());
        let theirs = samtools_regions(bench, copy, &regions, extra);
        assert!(ours == theirs, "{original} {regions:?}: {}", difference(&ours, &theirs));
        seen += ours.lines().count();
    }
    assert!(seen > 0, "{original}: no case has a record");
    let whole = bench.slice_file(&grant, &object, &[], "whole").await;
    assert!(
        run("samtools", &[&["view"][..], extra, &[whole.to_str().unwrap()]].concat())
            == run("samtools", &[&["view"][..], extra, &[original]].concat())
    );
}

/// The records that samtools selects for the regions. A single region is an argument of samtools. Several regions are in a BED file.
/// Unplaced reads come last.
///
/// For several regions of a CRAM file, samtools reads the whole file and keeps the records that the BED file names (`-L` without `-M`). The
/// index query of samtools (`-M`) returns too many records for a slice of several contigs (seen with samtools and htslib 1.16):
/// * `hts_itr_multi_next` starts as if the last record had been on contig 0 and contig 0 had the regions of the query's first contig.
/// * If contig 0 is not in the query, but the first slice of the query begins with records of contig 0, these records are compared with the
///   regions of another contig.
///
/// For a BAM file `-M` is correct, because the chunks of a BAM index begin with a record of a contig in the query.
pub(crate) fn samtools_regions(bench: &Bench, path: &str, regions: &[SliceRegion], extra: &[&str]) -> String {
    let asked: Vec<String> = regions.iter().filter_map(samtools_region).collect();
    if let [one] = &asked[..] {
        return run("samtools", &[&["view"][..], extra, &[path, one]].concat());
    }
    let mut bed = String::new();
    for region in regions {
        if let SliceRegion::Contig { contig, interval } = region
            && !interval.is_empty()
        {
            writeln!(
                bed,
                "{}\t{}\t{}",
                contig.as_str(),
                interval.start.0,
                interval.end.map_or(i64::from(i32::MAX) as u64, |e| e.0)
            )
            .unwrap();
        }
    }
    let mut out = String::new();
    if !bed.is_empty() {
        let bed = bench.file("regions.bed", bed.as_bytes());
        let query = if path.ends_with(".cram") {
            &["view", "-L"][..]
        } else {
            &["view", "-M", "-L"][..]
        };
        out = run("samtools", &[query, &[bed.to_str().unwrap()], extra, &[path]].concat());
    }
    if asked.iter().any(|r| r == "*") {
        out.push_str(&run("samtools", &[&["view"][..], extra, &[path, "*"]].concat()));
    }
    out
}

pub(crate) fn difference(ours: &str, theirs: &str) -> String {
    let (ours, theirs): (Vec<_>, Vec<_>) = (ours.lines().collect(), theirs.lines().collect());
    let first = ours
        .iter()
        .zip(&theirs)
        .position(|(a, b)| a != b)
        .unwrap_or(ours.len().min(theirs.len()));
    format!(
        "{} records, not {}; at {first}\nours   {:?}\ntheirs {:?}",
        ours.len(),
        theirs.len(),
        ours.get(first),
        theirs.get(first)
    )
}

#[tokio::test]
async fn slices_of_real_reads_equal_the_output_of_samtools() {
    let Some(path) = shared("data/reads/NA12878.bam") else { return };
    let spans = [("11".to_owned(), 4_999_900, 5_020_000), ("20".to_owned(), 4_999_900, 5_020_000)];
    compare_reads(&Bench::new().await, &path, Assembly::GRCh37, &spans, region_count(), &[]).await;
}

/// A SAM text with records that slicers often handle wrongly.
pub(crate) fn odd_sam(records: usize) -> String {
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for (name, length) in [
        ("HLA-A*01:01:01:01", 3_503),
        ("un1", 5_000_000),
        ("with,comma", 20_000),
        ("empty", 100),
    ] {
        writeln!(sam, "@SQ\tSN:{name}\tLN:{length}").unwrap();
    }
    sam.push_str("@RG\tID:g\tSM:s\n");
    let mut dice = Dice(5);
    for number in 0..records {
        let contig = *dice.pick(&["HLA-A*01:01:01:01", "un1", "un1", "un1", "with,comma"]);
        let room = match contig {
            "un1" => 4_000_000,
            "with,comma" => 19_000,
            _ => 3_300,
        };
        let position = 1 + dice.roll(room);
        let base = |n: usize| "ACGT".repeat(n / 4 + 1)[..n].to_owned();
        let (flag, cigar, length) = match dice.roll(10) {
            // A spliced read that spans up to a megabase.
            0 if contig == "un1" => (0, format!("20M{}N30M", 1 + dice.roll(900_000)), 50),
            1 => (4, "*".to_owned(), 50),
            2 => (0, "*".to_owned(), 50),
            3 => (0, "50I".to_owned(), 50),
            4 => (16, "10S30M5D10M2H".to_owned(), 50),
            5 => (0, "10=1X39=".to_owned(), 50),
            6 => (69, "*".to_owned(), 50),
            _ => (0, "50M".to_owned(), 50),
        };
        let mapq = if flag & 4 != 0 { 0 } else { 60 };
        writeln!(
            sam,
            "r{number}\t{flag}\t{contig}\t{position}\t{mapq}\t{cigar}\t*\t0\t0\t{}\t{}\tRG:Z:g\tXB:B:s,1,-2,3",
            base(length),
            "I".repeat(length)
        )
        .unwrap();
    }
    for number in 0..50 {
        writeln!(sam, "u{number}\t4\t*\t0\t0\t*\t*\t0\t0\tACGT\t*\tRG:Z:g").unwrap();
    }
    sam
}

fn spans() -> Vec<(String, u64, u64)> {
    vec![
        ("HLA-A*01:01:01:01".to_owned(), 0, 3_503),
        ("un1".to_owned(), 0, 5_000_000),
        ("with,comma".to_owned(), 0, 20_000),
        ("empty".to_owned(), 0, 100),
    ]
}

#[tokio::test]
async fn spliced_placed_unmapped_and_strange_records_slice_as_in_samtools() {
    let bench = Bench::new().await;
    let sam = bench.file("odd.sam", odd_sam(20_000).as_bytes());
    let bam = bench.path("odd.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    compare_reads(&bench, &bam, Assembly::GRCh38, &spans(), region_count(), &[]).await;
}

#[tokio::test]
async fn two_thousand_regions_give_one_file_with_each_record_once() {
    let bench = Bench::new().await;
    let sam = bench.file("odd.sam", odd_sam(20_000).as_bytes());
    let bam = bench.path("odd.bam");
    run(
        "samtools",
        &[
            "sort",
            "--no-PG",
            "--write-index",
            "-o",
            bam.to_str().unwrap(),
            sam.to_str().unwrap(),
        ],
    );
    let (object, _) = bench.load(&bam, Assembly::GRCh38).await;
    let mut dice = Dice(31);
    let mut regions: Vec<SliceRegion> = (0..2_000)
        .map(|_| {
            let start = dice.roll(4_900_000);
            region("un1", start, Some(start + 1 + dice.roll(500)))
        })
        .collect();
    regions.push(region("with,comma", 100, Some(200)));
    let slice = bench.slice_file(&full_grant(&object), &object, &regions, "slice").await;
    run("samtools", &["quickcheck", slice.to_str().unwrap()]);
    let ours = run("samtools", &["view", slice.to_str().unwrap()]);
    let theirs = samtools_regions(&bench, bam.to_str().unwrap(), &regions, &[]);
    assert!(ours == theirs, "{}", difference(&ours, &theirs));
    assert!(ours.lines().count() > 1_000);
}

#[tokio::test]
async fn contigs_beyond_512_megabases_get_a_csi_index() {
    let bench = Bench::new().await;
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:long\tLN:2000000000\n@RG\tID:g\tSM:s\n");
    let mut dice = Dice(9);
    for number in 0..3_000 {
        let position = 1 + dice.roll(1_900_000_000);
        let cigar = if number % 7 == 0 {
            format!("5M{}N5M", 1 + dice.roll(50_000_000))
        } else {
            "10M".to_owned()
        };
        writeln!(sam, "r{number}\t0\tlong\t{position}\t60\t{cigar}\t*\t0\t0\tACGTACGTAC\t*\tRG:Z:g").unwrap();
    }
    let sam = bench.file("long.sam", sam.as_bytes());
    let bam = bench.path("long.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    compare_reads(
        &bench,
        &bam,
        Assembly::GRCh38,
        &[("long".to_owned(), 0, 2_000_000_000)],
        region_count(),
        &[],
    )
    .await;
}

#[tokio::test]
async fn long_reads_keep_cigars_of_more_than_65535_operations_and_their_tags() {
    let bench = Bench::new().await;
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:un1\tLN:5000000\n@RG\tID:g\tSM:s\n");
    let mut dice = Dice(3);
    for number in 0..12 {
        let operations = if number % 3 == 0 { 35_000 } else { 200 };
        let (mut cigar, mut length) = (String::new(), 0);
        for _ in 0..operations {
            let matched = 1 + dice.roll(5);
            write!(cigar, "{matched}M1D").unwrap();
            length += matched;
        }
        cigar.push_str("3M");
        length += 3;
        let bases: String = (0..length).map(|_| *dice.pick(&['A', 'C', 'G', 'T'])).collect();
        let position = 1 + dice.roll(3_000_000);
        writeln!(
            sam,
            "r{number}\t0\tchr1\t{position}\t60\t{cigar}\t*\t0\t0\t{bases}\t{}\tRG:Z:g\tMM:Z:C+m,0,1;\tML:B:C,200,10",
            "J".repeat(length as usize)
        )
        .unwrap();
    }
    let sam = bench.file("long.sam", sam.as_bytes());
    let bam = bench.path("long.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    compare_reads(
        &bench,
        &bam,
        Assembly::GRCh38,
        &[("un1".to_owned(), 0, 3_300_000)],
        region_count() / 2,
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_header_has_no_record_and_an_unknown_contig_is_rejected() {
    let bench = Bench::new().await;
    let sam = bench.file("odd.sam", odd_sam(200).as_bytes());
    let bam = bench.path("odd.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    let (object, _) = bench.load(&bam, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let request = SliceRequest {
        class: Some(Class::Header),
        regions: Vec::new(),
        ..SliceRequest::default()
    };
    let header = bench.file("header.bam", &bench.slice(&grant, &object, &request).await.unwrap());
    assert_eq!(run("samtools", &["view", "-c", header.to_str().unwrap()]).trim(), "0");
    assert_eq!(
        run("samtools", &["view", "-H", "--no-PG", header.to_str().unwrap()]),
        run("samtools", &["view", "-H", "--no-PG", bam.to_str().unwrap()])
    );
    let unknown = [region("un2", 0, None)];
    assert!(matches!(
        bench.store.check_regions(&grant, &object, &unknown).await,
        Err(SliceError::UnknownContig)
    ));
    assert!(
        bench
            .store
            .check_regions(&grant, &object, &[region("empty", 0, None)])
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn reads_open_only_to_a_grant_that_covers_them_and_only_to_the_right_action() {
    let bench = Bench::new().await;
    let sam = bench.file("odd.sam", odd_sam(200).as_bytes());
    let bam = bench.path("odd.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    let (mut object, _) = bench.load(&bam, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let request = SliceRequest::default();
    assert!(bench.slice(&grant, &object, &request).await.is_ok());
    let described = crate::kit::grant(&object, Action::DescribeObject, [0]).unwrap();
    assert!(denied(bench.slice(&described, &object, &request).await));
    object.samples[0].participant = None;
    assert!(denied(bench.slice(&grant, &object, &request).await));
    object.samples.clear();
    assert!(denied(bench.slice(&grant, &object, &request).await));
}
