//! Generated variants for slicing, with 1, 1,200 and 6,000 samples. A record of 6,000 samples does not fit into a BGZF block.
//! bgzip writes files whose blocks end inside records. bcftools writes files whose blocks end between records.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::made_reads::{GIANT, HLA};
use crate::oracle::{bcftools, run};
use crate::random::Random;

/// The numbers of samples of the generated variant files.
pub const WIDTHS: [usize; 3] = [1, 1_200, 6_000];

/// A generated file of variants.
#[derive(Clone, Debug)]
pub struct MadeVariants {
    /// The program or format that wrote the file: `bgzip`, `bcftools` or `bcf`.
    pub writer: &'static str,
    /// `VCF` or `BCF`.
    pub format: &'static str,
    /// The number of samples.
    pub width: usize,
    /// The file's path. The index of bcftools (CSI) is beside the file.
    pub path: PathBuf,
}

/// The name of a sample column. Columns are counted from 1.
#[must_use]
pub fn column(number: usize) -> String {
    format!("W{number:04}-S")
}

/// The number of variant sites in a file of `width` samples.
fn sites(width: usize) -> usize {
    match width {
        1 => 4_000,
        2..=1_200 => 240,
        _ => 50,
    }
}

fn header(width: usize) -> String {
    let mut text = String::from("##fileformat=VCFv4.3\n##FILTER=<ID=LowQual,Description=\"Low quality\">\n");
    for (name, length) in [("synth1", 2_000_000), (GIANT, 700_000_000), (HLA[0], 3_503), ("empty", 5_000)] {
        writeln!(text, "##contig=<ID={name},length={length}>").unwrap();
    }
    text.push_str(
        "##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Alleles\">\n##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Calls\">\n\
         ##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n##INFO=<ID=SVTYPE,Number=1,Type=String,Description=\"Kind\">\n\
         ##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence\">\n##ALT=<ID=DEL,Description=\"Deletion\">\n\
         ##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n\
         ##FORMAT=<ID=AD,Number=R,Type=Integer,Description=\"Depths\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT",
    );
    for number in 1..=width {
        write!(text, "\t{}", column(number)).unwrap();
    }
    text.push('\n');
    text
}

/// VCF text with single bases, insertions, deletions, long deletions with `END`, several records at one position, and INFO annotations of up to 3,000
/// letters.
#[must_use]
pub fn text(width: usize) -> String {
    let mut random = Random::of(&format!("variants-{width}"));
    let mut text = header(width);
    let count = sites(width);
    for (contig, length, share) in [("synth1", 2_000_000, 60), (GIANT, 690_000_000, 30), (HLA[0], 3_400, 10)] {
        let mut positions: Vec<u64> = (0..count * share / 100).map(|_| 1 + random.below(length)).collect();
        positions.sort_unstable();
        for position in positions {
            record(&mut text, &mut random, contig, position, length, width);
        }
    }
    text
}

fn record(text: &mut String, random: &mut Random, contig: &str, position: u64, length: u64, width: usize) {
    let shape = random.below(10);
    let (reference, alternate, mut info) = match shape {
        0 | 1 => {
            let end = position + random.below((length - position).max(1));
            ("A".to_owned(), "<DEL>".to_owned(), format!("END={end};SVTYPE=DEL;"))
        }
        2 => {
            let bases = 2 + usize::try_from(random.below(40)).unwrap();
            (random.letters(b"ACGT", bases), "A".to_owned(), String::new())
        }
        3 => ("C".to_owned(), "CTTAG".to_owned(), String::new()),
        _ => ("G".to_owned(), "T".to_owned(), String::new()),
    };
    if shape == 4 {
        let words = usize::try_from(random.below(3_000)).unwrap();
        write!(info, "CSQ={};", random.letters(b"abcdefgh|", 1 + words)).unwrap();
    }
    // Each site has at least one carrier.
    let carrier = random.below(width as u64);
    let mut carried = 0;
    let mut calls = String::with_capacity(width * 12);
    for sample in 0..width as u64 {
        let alleles = if sample == carrier {
            1
        } else {
            u64::from(random.below(8) == 0) + u64::from(random.below(40) == 0)
        };
        carried += alleles;
        let call = ["0/0", "0/1", "1/1"][usize::try_from(alleles).unwrap()];
        let depth = 10 + random.below(40);
        let other = random.below(depth);
        write!(calls, "\t{call}:{depth}:{other},{}", depth - other).unwrap();
    }
    let filter = random.of_these(&["PASS", "LowQual", "."]);
    writeln!(
        text,
        "{contig}\t{position}\t.\t{reference}\t{alternate}\t50\t{filter}\t{info}AC={carried};AN={}\tGT:DP:AD{calls}",
        2 * width
    )
    .unwrap();
}

/// Makes the variant files of every width in every form (bgzip, bcftools, BCF).
#[must_use]
pub fn make(folder: &Path) -> Vec<MadeVariants> {
    std::thread::scope(|scope| {
        let made: Vec<_> = WIDTHS
            .into_iter()
            .map(|width| scope.spawn(move || make_width(folder, width)))
            .collect();
        made.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Makes the files of one width in every form: bgzip first, BCF last.
#[must_use]
pub fn make_width(folder: &Path, width: usize) -> Vec<MadeVariants> {
    let text = text(width);
    let path = |name: &str| folder.join(format!("made-{width}.{name}"));
    let by_bgzip = path("bgzip.vcf.gz");
    std::fs::write(&by_bgzip, run("bgzip", ["-c"], text.as_bytes())).unwrap();
    let mut made = vec![MadeVariants {
        writer: "bgzip",
        format: "VCF",
        width,
        path: by_bgzip,
    }];
    for (writer, format, letter, name) in [("bcftools", "VCF", "-Oz", "bcftools.vcf.gz"), ("bcf", "BCF", "-Ob", "bcf")] {
        let path = path(name);
        let written = ["view", "--no-version", letter, "-o", path.to_str().unwrap(), "-"];
        run("bcftools", written, text.as_bytes());
        made.push(MadeVariants {
            writer,
            format,
            width,
            path,
        });
    }
    for file in &made {
        bcftools(["index", "-c", file.path.to_str().unwrap()]);
    }
    made
}
