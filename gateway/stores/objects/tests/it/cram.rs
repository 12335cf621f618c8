//! Compares CRAM slices with the output of `samtools view` for the whole file, including the tags MD and NM and their order.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gemj_model::Assembly;

use crate::bam::{compare_reads, difference, samtools_regions};
use crate::kit::*;

#[tokio::test]
async fn slices_of_a_real_cram_with_embedded_reference_equal_samtools_output() {
    let Some(path) = shared("data/reads/NA12878.cram") else { return };
    let spans = [("11".to_owned(), 4_999_900, 5_020_000), ("20".to_owned(), 4_999_900, 5_020_000)];
    compare_reads(&Bench::new().await, &path, Assembly::GRCh37, &spans, 100, &[]).await;
}

/// A random reference (FASTA), and reads of it (SAM) that contain every case that a CRAM encoder distinguishes.
fn reads(dice: &mut Dice, pairs: usize) -> (String, String) {
    let contigs = [("chrA", 40_000u64), ("HLA-A*01:01", 9_000), ("chrB", 25_000), ("tiny", 400)];
    let mut fasta = String::new();
    let mut sequences = Vec::new();
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for (name, length) in contigs {
        let letters: Vec<u8> = (0..length)
            .map(|at| match dice.roll(400) {
                0 => b'N',
                1 => *dice.pick(b"RYKM"),
                _ if (5_000..5_050).contains(&at) => b'N',
                _ => *dice.pick(b"ACGT"),
            })
            .collect();
        writeln!(fasta, ">{name}").unwrap();
        for line in letters.chunks(61) {
            writeln!(fasta, "{}", std::str::from_utf8(line).unwrap()).unwrap();
        }
        writeln!(sam, "@SQ\tSN:{name}\tLN:{length}").unwrap();
        sequences.push((name, letters));
    }
    sam.push_str("@RG\tID:g1\tSM:s\n@RG\tID:g2\tSM:s\n");
    for number in 0..pairs {
        let mut ends = Vec::new();
        let (first_name, first) = dice.pick(&sequences).clone();
        let near = dice.roll(8) != 0;
        let start = 1 + dice.roll(first.len() as u64 - 350);
        for end in 0..2u64 {
            let (name, letters) = if near || end == 0 {
                (first_name, first.clone())
            } else {
                dice.pick(&sequences).clone()
            };
            let unmapped = dice.roll(12) == 0;
            let position = if near {
                (start + end * dice.roll(200)).min(letters.len() as u64 - 340)
            } else {
                1 + dice.roll(letters.len() as u64 - 350)
            };
            ends.push((name, letters, position, unmapped));
        }
        for end in 0..2usize {
            let (name, letters, mut position, unmapped) = ends[end].clone();
            let (mate_name, _, mate_position, mate_unmapped) = ends[1 - end].clone();
            let mut flag = 1 | if end == 0 { 64 } else { 128 };
            let (mut name, mut mate_name) = (name, mate_name);
            let (mut mate_position, mut cigar, mut bases) = (mate_position, String::new(), String::new());
            if unmapped {
                flag |= 4;
                (name, position) = (ends[1 - end].0, ends[1 - end].2);
                cigar.push('*');
                bases = (0..70).map(|_| char::from(*dice.pick(b"ACGTN"))).collect();
            } else {
                aligned(dice, &letters, position, &mut cigar, &mut bases);
            }
            if mate_unmapped {
                flag |= 8;
                (mate_name, mate_position) = (ends[end].0, ends[end].2);
            }
            if unmapped && mate_unmapped {
                (name, position, mate_name, mate_position) = ("*", 0, "*", 0);
            }
            if dice.roll(2) == 0 {
                flag |= 16;
            }
            if dice.roll(2) == 0 {
                flag |= 32;
            }
            let mut qualities: String = bases.bytes().map(|_| char::from(b'!' + dice.roll(60) as u8)).collect();
            match dice.roll(20) {
                0 => qualities = "*".to_owned(),
                1 => (bases, qualities) = ("*".to_owned(), "*".to_owned()),
                _ => {}
            }
            let length = if name == mate_name && name != "*" && dice.roll(3) > 0 {
                let distance = (position as i64 - mate_position as i64).abs() + 100;
                if end == 0 { distance } else { -distance }
            } else {
                0
            };
            let mate = if mate_name == name && name != "*" { "=" } else { mate_name };
            let quality = if flag & 4 != 0 { 0 } else { dice.roll(61) };
            write!(
                sam,
                "q{number}\t{flag}\t{name}\t{position}\t{quality}\t{cigar}\t{mate}\t{mate_position}\t{length}\t{bases}\t{qualities}"
            )
            .unwrap();
            if dice.roll(3) == 0 {
                sam.push_str("\tXS:i:-5\tNM:i:3");
            }
            match dice.roll(6) {
                0 => sam.push_str("\tRG:Z:g2\tZZ:B:f,1.5,-2"),
                1 => {}
                2 => sam.push_str("\tMD:Z:10A5\tXA:A:c\tRG:Z:g1"),
                _ => sam.push_str("\tRG:Z:g1\tBX:Z:text with spaces"),
            }
            sam.push('\n');
        }
    }
    (fasta, sam)
}

/// A random alignment of up to 200 bases with mismatches, insertions, deletions, clips and skips. The CIGAR and the bases are appended to
/// `cigar` and `bases`.
fn aligned(dice: &mut Dice, letters: &[u8], position: u64, cigar: &mut String, bases: &mut String) {
    let mut at = position as usize - 1;
    let mut push = |dice: &mut Dice, cigar: &mut String, count: u64, operation: char, bases: &mut String| {
        write!(cigar, "{count}{operation}").unwrap();
        for _ in 0..count {
            match operation {
                'M' => {
                    let base = match dice.roll(30) {
                        0 => *dice.pick(b"ACGTN"),
                        1 => *dice.pick(b"RYSW"),
                        _ => letters[at],
                    };
                    bases.push(char::from(base));
                    at += 1;
                }
                'I' | 'S' => bases.push(char::from(*dice.pick(b"ACGTN"))),
                'D' | 'N' => at += 1,
                _ => {}
            }
        }
    };
    match dice.roll(6) {
        0 => push(dice, cigar, 4, 'H', bases),
        1 => {
            let clip = 1 + dice.roll(9);
            push(dice, cigar, clip, 'S', bases);
        }
        _ => {}
    }
    let first = 5 + dice.roll(60);
    push(dice, cigar, first, 'M', bases);
    for _ in 0..dice.roll(3) {
        let operation = *dice.pick(&['I', 'D', 'N', 'I', 'D']);
        let count = 1 + dice.roll(4);
        push(dice, cigar, count, operation, bases);
        let matched = 1 + dice.roll(30);
        push(dice, cigar, matched, 'M', bases);
    }
    if dice.roll(6) == 0 {
        push(dice, cigar, 7, 'S', bases);
    }
}

pub(crate) struct Material {
    pub(crate) fasta: PathBuf,
    pub(crate) bam: PathBuf,
}

pub(crate) fn material(bench: &Bench, pairs: usize, seed: u64) -> Material {
    let (fasta, sam) = reads(&mut Dice(seed), pairs);
    let fasta = bench.file("reference.fa", fasta.as_bytes());
    run("samtools", &["faidx", fasta.to_str().unwrap()]);
    let sam = bench.file("reads.sam", sam.as_bytes());
    let bam = bench.path("reads.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    Material { fasta, bam }
}

pub(crate) fn spans() -> Vec<(String, u64, u64)> {
    vec![
        ("chrA".to_owned(), 0, 40_000),
        ("HLA-A*01:01".to_owned(), 0, 9_000),
        ("chrB".to_owned(), 0, 25_000),
        ("tiny".to_owned(), 0, 400),
    ]
}

pub(crate) fn encode(bench: &Bench, material: &Material, name: &str, options: &[&str]) -> PathBuf {
    let cram = bench.path(&format!("{name}.cram"));
    let mut arguments = vec![
        "view",
        "--no-PG",
        "-C",
        "-T",
        material.fasta.to_str().unwrap(),
        "-o",
        cram.to_str().unwrap(),
    ];
    for option in options {
        arguments.extend(["--output-fmt-option", option]);
    }
    arguments.push(material.bam.to_str().unwrap());
    run("samtools", &arguments);
    cram
}

/// The number of random regions that are compared for each kind of file. The environment variable `GEMJ_SLICE_REGIONS` sets another number.
pub(crate) fn region_count() -> usize {
    std::env::var("GEMJ_SLICE_REGIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(100)
}

async fn compare(bench: &Bench, path: &Path, extra: &[&str]) {
    compare_reads(bench, path, Assembly::GRCh38, &spans(), region_count(), extra).await;
}

#[tokio::test]
async fn slices_of_every_layout_of_cram_equal_samtools_output_if_the_reader_has_the_reference() {
    let bench = Bench::new().await;
    let material = material(&bench, 1_500, 1);
    let layouts: [(&str, &[&str]); 7] = [
        ("plain", &[]),
        ("v31", &["version=3.1"]),
        ("slices", &["seqs_per_slice=60", "slices_per_container=4"]),
        (
            "several-contigs",
            &["seqs_per_slice=300", "multi_seq_per_slice=1", "slices_per_container=2"],
        ),
        ("archive", &["version=3.1", "archive", "use_fqz=1", "use_tok=1", "use_arith=1"]),
        ("old-codecs", &["use_bzip2=1", "use_lzma=1", "level=9"]),
        ("stored-tags", &["store_md=1", "store_nm=1"]),
    ];
    for (name, options) in layouts {
        let cram = encode(&bench, &material, name, options);
        eprintln!("layout {name}");
        compare(&bench, &cram, &["-T", material.fasta.to_str().unwrap()]).await;
    }
}

#[tokio::test]
async fn regions_of_two_contigs_return_no_record_of_a_third_contig_in_the_same_slice() {
    let bench = Bench::new().await;
    let material = material(&bench, 1_500, 1);
    let options = ["seqs_per_slice=300", "multi_seq_per_slice=1", "slices_per_container=2"];
    let cram = encode(&bench, &material, "several-contigs", &options);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    // One slice of the file contains the last records of chrA, and the records of the second contig up to position 2,784. The first region
    // overlaps this slice, and its interval also contains the positions of the records on chrA.
    let regions = [region("HLA-A*01:01", 2_000, Some(1_005_829)), region("chrB", 2_518, Some(22_518))];
    let slice = bench.slice_file(&full_grant(&object), &object, &regions, "slice").await;
    let with = ["-T", material.fasta.to_str().unwrap()];
    let ours = run("samtools", &[&["view"][..], &with, &[slice.to_str().unwrap()]].concat());
    let contigs: BTreeSet<&str> = ours.lines().map(|line| line.split('\t').nth(2).unwrap()).collect();
    assert_eq!(contigs, BTreeSet::from(["HLA-A*01:01", "chrB"]));
    let theirs = samtools_regions(&bench, cram.to_str().unwrap(), &regions, &with);
    assert!(ours == theirs, "{}", difference(&ours, &theirs));
}

#[tokio::test]
async fn slices_of_crams_without_a_reference_need_no_reference() {
    let bench = Bench::new().await;
    let material = material(&bench, 1_500, 2);
    for (name, options) in [
        ("embedded", &["embed_ref=1", "seqs_per_slice=200"][..]),
        ("embedded-v31", &["embed_ref=1", "version=3.1"]),
        ("consensus", &["embed_ref=2", "seqs_per_slice=300"]),
        ("none", &["no_ref=1", "seqs_per_slice=100", "slices_per_container=3"]),
    ] {
        let cram = encode(&bench, &material, name, options);
        eprintln!("layout {name}");
        compare(&bench, &cram, &[]).await;
    }
}

#[tokio::test]
async fn generated_names_are_the_same_for_all_records_of_a_template() {
    let bench = Bench::new().await;
    let material = material(&bench, 300, 4);
    let cram = encode(&bench, &material, "lossy", &["lossy_names=1"]);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    run("samtools", &["index", cram.to_str().unwrap()]);
    let reference = material.fasta.to_str().unwrap();
    let slice = bench.slice_file(&grant, &object, &[region("chrA", 0, None)], "slice.cram").await;
    let nameless = |text: &str| -> Vec<String> { text.lines().map(|l| l.split_once('\t').unwrap().1.to_owned()).collect() };
    let ours = run("samtools", &["view", "-T", reference, slice.to_str().unwrap()]);
    let theirs = run("samtools", &["view", "-T", reference, cram.to_str().unwrap(), "chrA"]);
    assert_eq!(nameless(&ours), nameless(&theirs));
}
