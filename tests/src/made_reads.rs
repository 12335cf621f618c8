//! Generated files of reads that cover the hard cases of index arithmetic. samtools writes the files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::oracle::{run, samtools};
use crate::random::Random;

/// A contig that is longer than a BAI index can address (2^29 bases).
pub const GIANT: &str = "giant";
/// Contigs of the HLA genes, whose names look like regions.
pub const HLA: [&str; 2] = ["HLA-A*01:01:01:01", "HLA-DRB1*15:03:01:02"];
/// The sample name in every generated file of reads.
pub const SAMPLE: &str = "MADE-READS-S";

/// A generated file of reads.
#[derive(Clone, Debug)]
pub struct MadeReads {
    /// A short name for the special property of the file.
    pub name: &'static str,
    /// `BAM` or `CRAM`.
    pub format: &'static str,
    /// The file's path. The index of samtools is beside the file.
    pub path: PathBuf,
}

/// The reference sequence of the embedded and external CRAM files. A `.fai` is beside the FASTA file.
#[derive(Clone, Debug)]
pub struct MadeReference {
    /// The FASTA file.
    pub fasta: PathBuf,
    /// The bases of the only contig, [`EMBEDDED_CONTIG`].
    pub bases: String,
}

/// The contig of [`MadeReference`].
pub const EMBEDDED_CONTIG: &str = "synth1";
const EMBEDDED_LENGTH: usize = 300_000;

/// A line of SAM with its sort key: number of the contig and start.
type Placed = (usize, u64, String);

const BASES: &[u8] = b"ACGT";
const QUALITIES: &[u8] = b"#-5:AFI";

fn header(contigs: &[(String, u64)]) -> String {
    let mut text = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for (name, length) in contigs {
        writeln!(text, "@SQ\tSN:{name}\tLN:{length}").unwrap();
    }
    writeln!(text, "@RG\tID:lane1\tSM:{SAMPLE}\tLB:library-of-{SAMPLE}\tPL:ILLUMINA").unwrap();
    writeln!(text, "@RG\tID:lane2\tSM:{SAMPLE}\tPU:unit-of-{SAMPLE}").unwrap();
    writeln!(text, "@PG\tID:aligner\tPN:aligner\tVN:1\tCL:aligner /home/someone/{SAMPLE}.fastq").unwrap();
    writeln!(text, "@CO\tmade of {SAMPLE}").unwrap();
    text
}

fn sam(contigs: &[(String, u64)], mut reads: Vec<Placed>, random: &mut Random, unplaced: usize) -> String {
    reads.sort_by_key(|read| (read.0, read.1));
    let mut text = header(contigs);
    for (_, _, line) in reads {
        text.push_str(&line);
    }
    for number in 0..unplaced {
        let (bases, qualities) = (random.letters(BASES, 80), random.letters(QUALITIES, 80));
        writeln!(text, "unplaced-{number}\t4\t*\t0\t0\t*\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:lane1").unwrap();
    }
    text
}

fn read(random: &mut Random, name: &str, contigs: &[(String, u64)], contig: usize, cigar: &str, length: usize, reach: u64) -> Placed {
    let (contig_name, contig_length) = &contigs[contig];
    let start = 1 + random.below(contig_length.saturating_sub(reach));
    let flag = random.of_these(&[0, 16, 99, 147, 1024]);
    let (mate, mate_at) = if flag & 1 == 1 { ("=", start) } else { ("*", 0) };
    let (bases, qualities) = (random.letters(BASES, length), random.letters(QUALITIES, length));
    let (quality, group) = (random.below(61), random.of_these(&["lane1", "lane2"]));
    let line = format!(
        "{name}\t{flag}\t{contig_name}\t{start}\t{quality}\t{cigar}\t{mate}\t{mate_at}\t0\t{bases}\t{qualities}\tRG:Z:{group}\tNM:i:{}\tXS:A:+\n",
        random.below(9)
    );
    (contig, start, line)
}

/// `count` short reads on a contig. Every second read is spliced over up to `longest` bases; if `longest` is 0, no read is spliced.
fn short_reads(random: &mut Random, contigs: &[(String, u64)], contig: usize, count: usize, longest: u64) -> Vec<Placed> {
    let mut reads = Vec::with_capacity(count);
    for number in 0..count {
        let name = format!("short-{contig}-{number}");
        let read = if number % 2 == 0 && longest > 0 {
            let skipped = 1 + random.below(longest);
            let left = 1 + random.below(98);
            let cigar = format!("{left}M{skipped}N{}M", 100 - left);
            read(random, &name, contigs, contig, &cigar, 100, skipped + 100)
        } else {
            let cigar = *random.of_these(&["100M", "10S90M", "50M2I48M", "40M5D60M", "30M10I60M"]);
            read(random, &name, contigs, contig, cigar, 100, 105)
        };
        reads.push(read);
    }
    reads
}

/// `count` unmapped reads. Each is placed at the position of its mapped mate.
fn placed_unmapped(random: &mut Random, contigs: &[(String, u64)], contig: usize, count: usize) -> Vec<Placed> {
    let one = |number: usize| {
        let start = 1 + random.below(contigs[contig].1 - 1);
        let name = &contigs[contig].0;
        let bases = random.letters(BASES, 60);
        let line = format!("placed-{contig}-{number}\t69\t{name}\t{start}\t0\t*\t=\t{start}\t0\t{bases}\t*\tRG:Z:lane2\n");
        (contig, start, line)
    };
    (0..count).map(one).collect()
}

/// Two kinds of long reads: reads whose records are larger than a BGZF block, and reads whose CIGAR does not fit into a BAM record. BAM stores a
/// CIGAR of more than 65,535 operations in a `CG` tag.
fn long_reads(random: &mut Random, contigs: &[(String, u64)], contig: usize) -> Vec<Placed> {
    let mut reads = Vec::new();
    for number in 0..16 {
        let length = 50_000 + usize::try_from(random.below(60_000)).unwrap();
        let deleted = 1 + random.below(20_000);
        let cigar = format!("{}M{deleted}D{}M", length / 2, length - length / 2);
        let reach = length as u64 + deleted;
        reads.push(read(random, &format!("long-{number}"), contigs, contig, &cigar, length, reach));
    }
    let operations = "1M1D".repeat(33_000) + "1M";
    for number in 0..3 {
        reads.push(read(
            random,
            &format!("many-{number}"),
            contigs,
            contig,
            &operations,
            33_001,
            70_000,
        ));
    }
    reads
}

fn bam(folder: &Path, name: &'static str, text: &str) -> MadeReads {
    let path = folder.join(format!("{name}.bam"));
    let written = ["view", "--no-PG", "-b", "-o", path.to_str().unwrap(), "-"];
    run("samtools", written, text.as_bytes());
    // The index is CSI, because CSI can address every contig length.
    samtools(["index", "-c", path.to_str().unwrap()]);
    MadeReads { name, format: "BAM", path }
}

fn cram(folder: &Path, name: &'static str, text: &str, options: &[&str]) -> MadeReads {
    let path = folder.join(format!("{name}.cram"));
    let mut arguments = vec!["view", "--no-PG", "-C", "-o", path.to_str().unwrap()];
    for option in options {
        match option.strip_prefix("-T") {
            Some(fasta) => arguments.extend(["-T", fasta]),
            None => arguments.extend(["--output-fmt-option", option]),
        }
    }
    arguments.push("-");
    run("samtools", arguments, text.as_bytes());
    samtools(["index", path.to_str().unwrap()]);
    MadeReads {
        name,
        format: "CRAM",
        path,
    }
}

fn contigs(of: &[(&str, u64)]) -> Vec<(String, u64)> {
    of.iter().map(|(name, length)| ((*name).to_owned(), *length)).collect()
}

/// A file with spliced and long reads on contigs that a BAI index can address.
fn spliced(folder: &Path) -> MadeReads {
    let mut random = Random::of("spliced");
    let contigs = contigs(&[("synth1", 3_000_000), ("empty", 1_000_000), ("synth2", 800_000)]);
    let mut reads = short_reads(&mut random, &contigs, 0, 4_000, 400_000);
    reads.extend(short_reads(&mut random, &contigs, 2, 1_500, 20_000));
    reads.extend(long_reads(&mut random, &contigs, 0));
    reads.extend(placed_unmapped(&mut random, &contigs, 0, 40));
    let text = sam(&contigs, reads, &mut random, 50);
    bam(folder, "spliced", &text)
}

/// A file with a contig that is too long for a BAI index, and with contig names that look like regions.
fn giant(folder: &Path) -> MadeReads {
    let mut random = Random::of("giant");
    let contigs = contigs(&[(GIANT, 700_000_000), (HLA[0], 3_503), (HLA[1], 11_569), ("odd:1-500", 5_000)]);
    let mut reads = short_reads(&mut random, &contigs, 0, 3_000, 30_000_000);
    reads.extend(short_reads(&mut random, &contigs, 1, 200, 1_000));
    reads.extend(short_reads(&mut random, &contigs, 2, 200, 0));
    reads.extend(short_reads(&mut random, &contigs, 3, 200, 0));
    let text = sam(&contigs, reads, &mut random, 5);
    bam(folder, "giant", &text)
}

fn multi_slice(folder: &Path) -> MadeReads {
    let mut random = Random::of("multi-slice");
    let contigs = contigs(&[("synth1", 2_000_000), ("synth2", 800_000)]);
    let mut reads = short_reads(&mut random, &contigs, 0, 3_000, 100_000);
    reads.extend(short_reads(&mut random, &contigs, 1, 700, 0));
    reads.extend(placed_unmapped(&mut random, &contigs, 0, 20));
    let text = sam(&contigs, reads, &mut random, 150);
    cram(
        folder,
        "multi-slice",
        &text,
        &["no_ref=1", "seqs_per_slice=50", "slices_per_container=4"],
    )
}

fn multi_reference(folder: &Path) -> MadeReads {
    let mut random = Random::of("multi-reference");
    let mut contigs: Vec<(String, u64)> = (1..=30).map(|n| (format!("scaffold{n}"), 10_000)).collect();
    contigs.push((HLA[0].to_owned(), 3_503));
    contigs.push((HLA[1].to_owned(), 11_569));
    let mut reads = Vec::new();
    for contig in 0..contigs.len() {
        reads.extend(short_reads(&mut random, &contigs, contig, 40, 1_500));
    }
    let text = sam(&contigs, reads, &mut random, 30);
    let options = ["no_ref=1", "multi_seq_per_slice=1", "seqs_per_slice=250"];
    cram(folder, "multi-reference", &text, &options)
}

/// Writes the reference sequence as FASTA and indexes it.
#[must_use]
pub fn reference(folder: &Path) -> MadeReference {
    let bases = Random::of("reference").letters(BASES, EMBEDDED_LENGTH);
    let mut text = format!(">{EMBEDDED_CONTIG}\n");
    for line in bases.as_bytes().chunks(60) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    let fasta = folder.join("made.fa");
    std::fs::write(&fasta, text).unwrap();
    samtools(["faidx", fasta.to_str().unwrap()]);
    MadeReference { fasta, bases }
}

/// SAM text of reads that match the reference sequence, except for one or two bases in every fourth read.
#[must_use]
pub fn agreeing(of: &MadeReference) -> String {
    let mut random = Random::of("agreeing");
    let contigs = contigs(&[(EMBEDDED_CONTIG, EMBEDDED_LENGTH as u64)]);
    let mut reads = Vec::new();
    for number in 0..2_500 {
        let at = usize::try_from(random.below(EMBEDDED_LENGTH as u64 - 5_200)).unwrap();
        let skipped = if number % 3 == 0 {
            1 + usize::try_from(random.below(5_000)).unwrap()
        } else {
            0
        };
        let mut bases = of.bases[at..at + 60].to_owned() + &of.bases[at + 60 + skipped..at + 100 + skipped];
        if number % 4 == 0 {
            bases.replace_range(33..34, "N");
            bases.replace_range(70..71, &random.letters(BASES, 1));
        }
        let cigar = if skipped > 0 {
            format!("60M{skipped}N40M")
        } else {
            "100M".to_owned()
        };
        let qualities = random.letters(QUALITIES, 100);
        let start = at + 1;
        let line = format!("agreeing-{number}\t0\t{EMBEDDED_CONTIG}\t{start}\t60\t{cigar}\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:lane1\n");
        reads.push((0, start as u64, line));
    }
    sam(&contigs, reads, &mut random, 20)
}

/// A BAM file of the reads of [`agreeing`].
#[must_use]
pub fn plain(folder: &Path, of: &MadeReference) -> MadeReads {
    bam(folder, "agreeing", &agreeing(of))
}

/// A CRAM file of the reads of [`agreeing`], with the reference embedded.
#[must_use]
pub fn embedded(folder: &Path, of: &MadeReference) -> MadeReads {
    let fasta = format!("-T{}", of.fasta.display());
    cram(folder, "embedded", &agreeing(of), &[&fasta, "embed_ref=1", "seqs_per_slice=200"])
}

/// A CRAM file of the reads of [`agreeing`] that needs an external reference.
#[must_use]
pub fn external(folder: &Path, of: &MadeReference) -> MadeReads {
    let fasta = format!("-T{}", of.fasta.display());
    cram(folder, "external", &agreeing(of), &[&fasta, "seqs_per_slice=200"])
}

/// Makes the generated files of reads that need no reference sequence.
#[must_use]
pub fn make(folder: &Path) -> Vec<MadeReads> {
    let makers: [fn(&Path) -> MadeReads; 4] = [spliced, giant, multi_slice, multi_reference];
    std::thread::scope(|scope| {
        let made: Vec<_> = makers.into_iter().map(|maker| scope.spawn(move || maker(folder))).collect();
        made.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
