//! Compares the sizes of CRAM slices with `samtools view -C` for the same region of the same file.
//!
//! Command to print the table: `cargo test --release -p gemj-objects --test it -- --nocapture cram_slices_take`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use gemj_model::Assembly;
use gemj_objects::{Class, SliceRequest};

use crate::cram::{Material, encode};
use crate::kit::*;

/// The length of the contigs of the generated files, in bases.
const LENGTH: usize = 100_000;

/// A reference of random bases: its bases, and the path of its FASTA file.
fn reference(dice: &mut Dice, bench: &Bench) -> (Vec<u8>, PathBuf) {
    let letters: Vec<u8> = (0..LENGTH).map(|_| *dice.pick(b"ACGT")).collect();
    let mut fasta = String::from(">one\n");
    for line in letters.chunks(100) {
        writeln!(fasta, "{}", std::str::from_utf8(line).unwrap()).unwrap();
    }
    let fasta = bench.file("sizes.fa", fasta.as_bytes());
    run("samtools", &["faidx", fasta.to_str().unwrap()]);
    (letters, fasta)
}

fn header() -> String {
    format!("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:one\tLN:{LENGTH}\n@RG\tID:g\tSM:s\n")
}

/// Pairs of reads with 150 bases each at 30-fold depth. The names, qualities and tags are like those of a sequencer and an aligner.
pub(crate) fn short_reads(bench: &Bench) -> Material {
    let mut dice = Dice(71);
    let (letters, fasta) = reference(&mut dice, bench);
    let mut sam = header();
    for _ in 0..LENGTH / 10 {
        let name = format!(
            "A00123:45:HXYZ7DSXX:{}:{}:{}:{}",
            1 + dice.roll(4),
            1101 + dice.roll(78) + 1000 * dice.roll(2),
            1000 + dice.roll(31_000),
            1000 + dice.roll(36_000)
        );
        let start = dice.roll(LENGTH as u64 - 600) as usize;
        let mate = start + 100 + dice.roll(300) as usize;
        for (flag, at, other, sign) in [(99, start, mate, 1), (147, mate, start, -1)] {
            let mut bases = letters[at..at + 150].to_vec();
            let (mut edits, mut md, mut matched) = (0, String::new(), 0);
            for base in &mut bases {
                if dice.roll(200) == 0 {
                    let old = *base;
                    *base = *dice.pick(b"ACGT");
                    if *base != old {
                        write!(md, "{matched}{}", char::from(old)).unwrap();
                        (edits, matched) = (edits + 1, 0);
                        continue;
                    }
                }
                matched += 1;
            }
            write!(md, "{matched}").unwrap();
            let mut quality = 'F';
            let qualities: String = (0..150)
                .map(|_| {
                    if dice.roll(8) == 0 {
                        quality = *dice.pick(&['F', 'F', 'F', ':', ',', '#']);
                    }
                    quality
                })
                .collect();
            let span = sign * (mate as i64 + 150 - start as i64);
            writeln!(
                sam,
                "{name}\t{flag}\tone\t{}\t60\t150M\t=\t{}\t{span}\t{}\t{qualities}\tNM:i:{edits}\tMD:Z:{md}\tAS:i:{}\tXS:i:{}\tRG:Z:g",
                at + 1,
                other + 1,
                std::str::from_utf8(&bases).unwrap(),
                150 - 5 * edits,
                dice.roll(60)
            )
            .unwrap();
        }
    }
    sorted(bench, &sam, fasta, "short")
}

/// Reads of several thousand bases with insertions and deletions, and with tags for the probabilities of modified bases.
fn long_reads(bench: &Bench) -> Material {
    let mut dice = Dice(72);
    let (letters, fasta) = reference(&mut dice, bench);
    let mut sam = header();
    for _ in 0..300 {
        let name = format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            dice.roll(1 << 32),
            dice.roll(1 << 16),
            dice.roll(1 << 12),
            dice.roll(1 << 16),
            dice.roll(1 << 48)
        );
        let start = dice.roll(LENGTH as u64 - 12_000) as usize;
        let (mut cigar, mut bases, mut at) = (String::new(), String::new(), start);
        for _ in 0..20 + dice.roll(60) {
            let matched = 20 + dice.roll(100) as usize;
            for letter in &letters[at..at + matched] {
                let base = if dice.roll(40) == 0 { *dice.pick(b"ACGT") } else { *letter };
                bases.push(char::from(base));
            }
            at += matched;
            let edit = 1 + dice.roll(3) as usize;
            if dice.roll(2) == 0 {
                write!(cigar, "{matched}M{edit}D").unwrap();
                at += edit;
            } else {
                write!(cigar, "{matched}M{edit}I").unwrap();
                bases.extend((0..edit).map(|_| char::from(*dice.pick(b"ACGT"))));
            }
        }
        cigar.push_str("30M");
        bases.push_str(std::str::from_utf8(&letters[at..at + 30]).unwrap());
        let mut quality = 20;
        let qualities: String = bases
            .bytes()
            .map(|_| {
                quality = (quality + dice.roll(9)).saturating_sub(4).clamp(2, 45);
                char::from(b'!' + quality as u8)
            })
            .collect();
        let probabilities: String = (0..bases.len() / 40)
            .map(|_| format!(",{}", dice.roll(8) * dice.roll(32)))
            .collect();
        let flag = if dice.roll(2) == 0 { 0 } else { 16 };
        writeln!(
            sam,
            "{name}\t{flag}\tone\t{}\t60\t{cigar}\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:g\tML:B:C{probabilities}\tqs:i:{}",
            start + 1,
            dice.roll(30)
        )
        .unwrap();
    }
    sorted(bench, &sam, fasta, "long")
}

fn sorted(bench: &Bench, sam: &str, fasta: PathBuf, name: &str) -> Material {
    let sam = bench.file(&format!("{name}.sam"), sam.as_bytes());
    let bam = bench.path(&format!("{name}.bam"));
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    Material { fasta, bam }
}

/// The number of bytes that samtools writes for the records of a region of a CRAM file, with the output options that the file was written
/// with.
fn theirs(bench: &Bench, cram: &Path, fasta: Option<&Path>, options: &[&str], region: &str) -> u64 {
    let out = bench.path("theirs.cram");
    let mut words = vec!["view", "--no-PG", "-C", "-o", out.to_str().unwrap()];
    if let Some(fasta) = fasta {
        words.extend(["-T", fasta.to_str().unwrap()]);
    }
    for option in options {
        words.extend(["--output-fmt-option", option]);
    }
    words.extend([cram.to_str().unwrap(), region]);
    run("samtools", &words);
    // The number does not include the header, which samtools pads for later additions, and the end-of-file container (38 bytes).
    std::fs::metadata(&out).unwrap().len() - records_start(&out) - 38
}

/// The offset of the first container with records.
fn records_start(cram: &Path) -> u64 {
    let out = cram.with_extension("index");
    run("samtools", &["index", "-o", out.to_str().unwrap(), cram.to_str().unwrap()]);
    let text = String::from_utf8(pipe("gzip", &["-dc"], &std::fs::read(&out).unwrap())).unwrap();
    text.lines().next().unwrap().split('\t').nth(3).unwrap().parse().unwrap()
}

/// A layout of CRAM files, and the maximum sizes of their slices of 1,000, 10,000 and 60,000 bases (`most`), as percentages of the sizes
/// that samtools writes.
struct Layout {
    name: &'static str,
    options: &'static [&'static str],
    /// Whether the reference is configured in the object store.
    configured: bool,
    most: [u64; 3],
}

const LAYOUTS: [Layout; 8] = [
    Layout {
        name: "3.0",
        options: &[],
        configured: true,
        most: [115, 115, 115],
    },
    Layout {
        name: "3.0, reference not configured",
        options: &[],
        configured: false,
        most: [115, 115, 115],
    },
    Layout {
        name: "3.0, many slices",
        options: &["seqs_per_slice=500", "slices_per_container=10"],
        configured: true,
        most: [115, 115, 115],
    },
    Layout {
        name: "3.0, tiny slices",
        options: &["seqs_per_slice=40", "slices_per_container=25"],
        configured: false,
        most: [115, 115, 115],
    },
    Layout {
        name: "3.0, no reference",
        options: &["no_ref=1"],
        configured: false,
        most: [115, 115, 115],
    },
    Layout {
        name: "3.1",
        options: &["version=3.1"],
        configured: true,
        most: [115, 115, 115],
    },
    Layout {
        name: "3.1, many slices",
        options: &["version=3.1", "seqs_per_slice=500", "slices_per_container=10"],
        configured: true,
        most: [115, 115, 115],
    },
    Layout {
        name: "3.0, embedded",
        options: &["embed_ref=1"],
        configured: false,
        most: [115, 115, 115],
    },
];

#[tokio::test]
async fn cram_slices_take_at_most_slightly_more_bytes_than_samtools_output() {
    let scratch = Bench::new().await;
    let mut excess = Vec::new();
    for (kind, material) in [("short", short_reads(&scratch)), ("long", long_reads(&scratch))] {
        for layout in &LAYOUTS {
            let bench = Bench::with_reference(layout.configured.then(|| material.fasta.clone())).await;
            let cram = encode(&bench, &material, "sizes", layout.options);
            let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
            let grant = full_grant(&object);
            run("samtools", &["index", cram.to_str().unwrap()]);
            for (length, most) in [1_000u64, 10_000, 60_000].into_iter().zip(layout.most) {
                let (start, end) = (20_000, 20_000 + length);
                let request = SliceRequest {
                    class: Some(Class::Body),
                    regions: vec![region("one", start, Some(end))],
                    ..SliceRequest::default()
                };
                let ours = bench.slice(&grant, &object, &request).await.unwrap().len() as u64 - 38;
                let words = format!("one:{}-{end}", start + 1);
                let theirs = theirs(&bench, &cram, Some(&material.fasta), layout.options, &words);
                println!(
                    "{kind} reads, {}, {length} bases: {ours} bytes, samtools {theirs}, ratio {:.2}",
                    layout.name,
                    ours as f64 / theirs as f64
                );
                if ours * 100 > theirs * most {
                    excess.push(format!("{kind} reads, {}, {length} bases: {ours} of {theirs}", layout.name));
                }
            }
        }
    }
    assert!(excess.is_empty(), "{excess:#?}");
}

#[tokio::test]
async fn slices_of_a_real_cram_take_at_most_slightly_more_bytes_than_samtools() {
    let Some(path) = shared("data/reads/NA12878.cram") else { return };
    let bench = Bench::new().await;
    let (object, _) = bench.load(&path, Assembly::GRCh37).await;
    let grant = full_grant(&object);
    let cram = bench.path("real.cram");
    std::fs::copy(&path, &cram).unwrap();
    run("samtools", &["index", cram.to_str().unwrap()]);
    let mut excess = Vec::new();
    for (start, end) in [(6_020_000, 6_020_200), (6_020_000, 6_022_000), (6_020_000, 6_060_000)] {
        let request = SliceRequest {
            class: Some(Class::Body),
            regions: vec![region("20", start, Some(end))],
            ..SliceRequest::default()
        };
        let ours = bench.slice(&grant, &object, &request).await.unwrap().len() as u64 - 38;
        // The reference is embedded in the file, and samtools also embeds the reference in its output.
        let words = format!("20:{}-{end}", start + 1);
        let theirs = theirs(&bench, &cram, None, &["embed_ref=2"], &words);
        println!(
            "real reads, {} bases: {ours} bytes, samtools {theirs}, ratio {:.2}",
            end - start,
            ours as f64 / theirs as f64
        );
        if ours * 100 > theirs * 115 {
            excess.push(format!("{} bases: {ours} of {theirs}", end - start));
        }
    }
    assert!(excess.is_empty(), "{excess:#?}");
}
