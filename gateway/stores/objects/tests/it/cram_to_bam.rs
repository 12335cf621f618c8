//! Compares BAM slices of a CRAM file with the output of `samtools view` for the same CRAM file and reference. Every column and every tag
//! must be equal.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gemj_model::{Assembly, FileFormat};
use gemj_objects::{Class, SliceRegion, SliceRequest};

use crate::cram::{Material, encode, material, region_count, spans};
use crate::kit::*;

/// SAM lines with their tags sorted by name, because different programs write the tags in different orders.
pub(crate) fn by_tag(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut columns: Vec<&str> = line.split('\t').collect();
        let tags = 11.min(columns.len());
        columns[tags..].sort_unstable();
        writeln!(out, "{}", columns.join("\t")).unwrap();
    }
    out
}

pub(crate) fn as_bam(regions: &[SliceRegion], class: Option<Class>) -> SliceRequest {
    SliceRequest {
        class,
        regions: regions.to_vec(),
        output: Some(FileFormat::Bam),
        ..SliceRequest::default()
    }
}

/// Compares BAM slices of random regions of a CRAM file with the records that samtools reads from the file.
async fn compare(bench: &Bench, cram: &Path, assembly: Assembly, fasta: Option<&Path>, spans: &[(String, u64, u64)], count: usize) {
    let (object, _) = bench.load(cram, assembly).await;
    let grant = full_grant(&object);
    let path = cram.to_str().unwrap();
    run("samtools", &["index", path]);
    let mut words = vec!["view"];
    words.extend(fasta.iter().flat_map(|fasta| ["-T", fasta.to_str().unwrap()]));
    let mut dice = Dice(77);
    let mut cases: Vec<Option<SliceRegion>> = random_regions(&mut dice, spans, count).into_iter().map(Some).collect();
    cases.extend([Some(SliceRegion::Unplaced), None]);
    for case in cases {
        let regions = case.as_slice();
        let bytes = bench.slice(&grant, &object, &as_bam(regions, None)).await.unwrap();
        let slice = bench.file("made.bam", &bytes);
        let slice = slice.to_str().unwrap();
        run("samtools", &["quickcheck", slice]);
        let ours = by_tag(&run("samtools", &["view", slice]));
        let theirs = match case.as_ref().map(samtools_region) {
            None => run("samtools", &[&words[..], &[path]].concat()),
            Some(Some(region)) => run("samtools", &[&words[..], &[path, &region]].concat()),
            Some(None) => String::new(),
        };
        let theirs = by_tag(&theirs);
        assert!(ours == theirs, "{path} {case:?}: {}", crate::bam::difference(&ours, &theirs));
        let header = bench.slice(&grant, &object, &as_bam(regions, Some(Class::Header))).await.unwrap();
        let body = bench.slice(&grant, &object, &as_bam(regions, Some(Class::Body))).await.unwrap();
        assert!([header, body].concat() == bytes, "header and body differ from the whole file");
    }
    // samtools builds an index from the records of the BAM, and the index depends on correct bins. With this index, samtools must find the
    // same records again.
    let bytes = bench.slice(&grant, &object, &as_bam(&[], None)).await.unwrap();
    let whole = bench.file("whole.bam", &bytes);
    let whole = whole.to_str().unwrap();
    run("samtools", &["index", whole]);
    for case in random_regions(&mut dice, spans, 20).iter().filter_map(samtools_region) {
        let ours = by_tag(&run("samtools", &["view", whole, &case]));
        let theirs = by_tag(&run("samtools", &[&words[..], &[path, &case]].concat()));
        assert!(
            ours == theirs,
            "{path} {case} of the whole: {}",
            crate::bam::difference(&ours, &theirs)
        );
    }
    assert_eq!(
        run("samtools", &["view", "-H", "--no-PG", whole]),
        run("samtools", &["view", "-H", "--no-PG", path])
    );
}

#[tokio::test]
async fn bam_from_every_layout_of_cram_equals_samtools_output() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 1_500, 11);
    let bench = Bench::with_reference(Some(material.fasta.clone())).await;
    let layouts: [(&str, &[&str]); 6] = [
        ("plain", &[]),
        ("v31", &["version=3.1", "archive", "seqs_per_slice=200"]),
        ("slices", &["seqs_per_slice=60", "slices_per_container=4"]),
        ("several-contigs", &["seqs_per_slice=300", "multi_seq_per_slice=1"]),
        ("stored-tags", &["store_md=1", "store_nm=1", "seqs_per_slice=500"]),
        ("embedded-beside", &["embed_ref=1", "seqs_per_slice=200"]),
    ];
    for (name, options) in layouts {
        let cram = encode(&bench, &material, name, options);
        eprintln!("layout {name}");
        compare(&bench, &cram, Assembly::GRCh38, Some(&material.fasta), &spans(), region_count() / 4).await;
    }
}

#[tokio::test]
async fn bam_from_a_cram_with_stored_bases_needs_no_reference() {
    let bench = Bench::new().await;
    let material = material(&bench, 1_500, 12);
    for (name, options) in [
        ("embedded", &["embed_ref=1", "seqs_per_slice=200"][..]),
        ("consensus", &["embed_ref=2", "seqs_per_slice=300"]),
        ("none", &["no_ref=1", "seqs_per_slice=100", "slices_per_container=3"]),
    ] {
        let cram = encode(&bench, &material, name, options);
        eprintln!("layout {name}");
        compare(&bench, &cram, Assembly::GRCh38, None, &spans(), region_count() / 4).await;
    }
}

#[tokio::test]
async fn bam_from_a_real_cram_equals_samtools_output() {
    let Some(path) = shared("data/reads/NA12878.cram") else { return };
    let bench = Bench::new().await;
    let copy = bench.path("copy.cram");
    std::fs::copy(path, &copy).unwrap();
    let spans = [("11".to_owned(), 4_999_900, 5_020_000), ("20".to_owned(), 4_999_900, 5_020_000)];
    compare(&bench, &copy, Assembly::GRCh37, None, &spans, 20).await;
}

/// A reference, and reads with long skips (`skips`) or with more CIGAR operations than the CIGAR field of BAM can contain.
pub(crate) fn long_material(bench: &Bench, skips: bool) -> Material {
    let mut dice = Dice(21);
    let letters: Vec<u8> = (0..1_500_000).map(|_| *dice.pick(b"ACGT")).collect();
    let mut fasta = String::from(">un1\n");
    for line in letters.chunks(70) {
        writeln!(fasta, "{}", std::str::from_utf8(line).unwrap()).unwrap();
    }
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:un1\tLN:1500000\n@RG\tID:g\tSM:s\n");
    for number in 0..if skips { 2_000 } else { 4 } {
        let start = dice.roll(400_000) as usize;
        let (mut at, mut cigar, mut bases) = (start, String::new(), String::new());
        let parts = match (skips, number % 3) {
            (true, _) => 2 + dice.roll(3),
            (false, 0) => 70_000,
            (false, _) => 50,
        };
        for part in 0..parts {
            let matched = 1 + dice.roll(if skips { 40 } else { 4 }) as usize;
            bases.push_str(std::str::from_utf8(&letters[at..at + matched]).unwrap());
            at += matched;
            write!(cigar, "{matched}M").unwrap();
            if part + 1 < parts {
                let (gap, operation) = match (skips, dice.roll(4)) {
                    (true, 0) => (1 + dice.roll(200_000) as usize, 'N'),
                    _ => (1, 'D'),
                };
                write!(cigar, "{gap}{operation}").unwrap();
                at += gap;
            }
        }
        let qualities = "F".repeat(bases.len());
        writeln!(
            sam,
            "r{number}\t0\tun1\t{}\t60\t{cigar}\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:g\tML:B:C,1,2",
            start + 1
        )
        .unwrap();
    }
    let fasta = bench.file("long.fa", fasta.as_bytes());
    run("samtools", &["faidx", fasta.to_str().unwrap()]);
    let sam = bench.file("long.sam", sam.as_bytes());
    let bam = bench.path("long.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    Material { fasta, bam }
}

#[tokio::test]
async fn spliced_and_long_reads_are_written_as_bam_and_as_cram() {
    for skips in [true, false] {
        let scratch = Bench::new().await;
        let material = long_material(&scratch, skips);
        let bench = Bench::with_reference(Some(material.fasta.clone())).await;
        let spans = [("un1".to_owned(), 0, 1_300_000)];
        let cram = encode(&bench, &material, "long", &["seqs_per_slice=50", "slices_per_container=2"]);
        compare(&bench, &cram, Assembly::GRCh38, Some(&material.fasta), &spans, 6).await;
        let extra = ["-T", material.fasta.to_str().unwrap()];
        crate::bam::compare_reads(&bench, &cram, Assembly::GRCh38, &spans, 6, &extra).await;
    }
}

/// A FASTA file with the same contig names but changed bases, and its index beside it.
fn another(bench: &Bench, material: &Material, change: impl Fn(&mut String)) -> PathBuf {
    let mut text = std::fs::read_to_string(&material.fasta).unwrap();
    change(&mut text);
    let path = bench.file("another.fa", text.as_bytes());
    run("samtools", &["faidx", path.to_str().unwrap()]);
    path
}

#[tokio::test]
async fn a_missing_or_wrong_reference_is_an_error_and_never_gives_wrong_bases() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 400, 13);
    let swapped = another(&scratch, &material, |text| *text = text.replacen("ACG", "AGG", 40));
    for options in [&["seqs_per_slice=100"][..], &["seqs_per_slice=300", "multi_seq_per_slice=1"]] {
        for reference in [None, Some(swapped.clone())] {
            let bench = Bench::with_reference(reference).await;
            let cram = encode(&bench, &material, "external", options);
            let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
            let grant = full_grant(&object);
            assert!(
                bench
                    .slice(&grant, &object, &as_bam(&[region("chrA", 0, None)], None))
                    .await
                    .is_err()
            );
            let header = bench.slice(&grant, &object, &as_bam(&[], Some(Class::Header))).await;
            assert!(header.is_ok());
            // Reads without a position need no reference.
            let unplaced = bench.slice(&grant, &object, &as_bam(&[SliceRegion::Unplaced], None)).await.unwrap();
            let unplaced = bench.file("unplaced.bam", &unplaced);
            run("samtools", &["quickcheck", unplaced.to_str().unwrap()]);
        }
    }
}
