//! Writes the same participants as files for every store: VCF, rows, and queries.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use gemj_model::Zygosity;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::population::{Population, SPACING, consented};

/// The length of chr22 of GRCh38, which identifies the assembly of a file.
const CHR22_BASES: u64 = 50_818_468;
/// Number of queries for one allele, and for the variants of 10 kb.
const EXACT: usize = 200;
const WINDOWS: usize = 20;
/// Number of variants in a window of 10 kb.
const WINDOW_VARIANTS: u64 = 10_000 / SPACING;

/// Writes all files into a folder.
pub(crate) fn write(folder: &Path, people: u32, variants: u64) {
    let population = Population { people, variants };
    let create = |name: &str| BufWriter::with_capacity(1 << 20, File::create(folder.join(name)).unwrap());
    let mut vcf = create("people.vcf");
    write!(
        vcf,
        "##fileformat=VCFv4.2\n##contig=<ID=chr22,length={CHR22_BASES}>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n"
    )
    .unwrap();
    vcf.write_all(b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT").unwrap();
    (0..people).for_each(|person| write!(vcf, "\tS{person}").unwrap());
    let mut rows = create("rows.csv");
    rows.write_all(b"start,reference,alternate,person,copies\n").unwrap();
    for number in 0..variants {
        let (allele, carriers) = population.variant(number);
        // An allele with an empty reference or alternative is written after its anchor base.
        let is_anchored = allele.reference.is_empty() || allele.alternate.is_empty();
        let (anchor, position) = if is_anchored {
            ("C", allele.start.0)
        } else {
            ("", allele.start.0 + 1)
        };
        write!(
            vcf,
            "\nchr22\t{position}\t.\t{anchor}{}\t{anchor}{}\t.\tPASS\t.\tGT",
            allele.reference, allele.alternate
        )
        .unwrap();
        let mut line = b"\t0/0".repeat(people as usize);
        for (person, zygosity) in carriers {
            let copies = if zygosity == Zygosity::Homozygous { 2 } else { 1 };
            line[person.0 as usize * 4 + 3] = b'1';
            if copies == 2 {
                line[person.0 as usize * 4 + 1] = b'1';
            }
            writeln!(
                rows,
                "{},{},{},{},{copies}",
                allele.start.0, allele.reference, allele.alternate, person.0
            )
            .unwrap();
        }
        vcf.write_all(&line).unwrap();
    }
    vcf.write_all(b"\n").unwrap();
    let mut list = create("consented.txt");
    for person in consented(people) {
        writeln!(list, "S{person}").unwrap();
    }
    write!(create("variants.txt"), "{variants}").unwrap();
    questions(&mut create("questions.tsv"), population);
}

/// Writes the queries: `exact`, start, reference, alternate; or `window`, start, end; 0-based, half-open. No allele extends across the end of a
/// window.
fn questions(out: &mut impl Write, population: Population) {
    let mut rng = StdRng::seed_from_u64(3);
    for _ in 0..EXACT {
        let (allele, _) = population.variant(rng.random_range(0..population.variants));
        writeln!(out, "exact\t{}\t{}\t{}", allele.start.0, allele.reference, allele.alternate).unwrap();
    }
    for _ in 0..WINDOWS {
        let first = rng.random_range(0..population.variants - WINDOW_VARIANTS);
        let (start, end) = window(first);
        writeln!(out, "window\t{start}\t{end}\t").unwrap();
    }
}

/// The 10 kb that start before this variant. The range ends before an anchor.
pub(crate) fn window(first: u64) -> (u64, u64) {
    let start = Population::start(first) - 2;
    (start, start + WINDOW_VARIANTS * SPACING)
}
