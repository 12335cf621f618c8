//! Writes the same synthetic participants as files for every store: a VCF, genotype rows, and queries.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use gemj_model::Zygosity;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::population::{Population, SPACING, consented};

/// The length of chr22 of GRCh38, which identifies the assembly of a file.
const CHR22_BASES: u64 = 50_818_468;
/// The number of queries for one allele (`EXACT`), and of queries for all variants in 10 kb (`WINDOWS`).
const EXACT: usize = 200;
const WINDOWS: usize = 20;
/// The number of variants in a range of about 10 kb.
const WINDOW_VARIANTS: u64 = 10_000 / SPACING;

/// Writes all input files of the benchmark into a folder.
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
        // An allele whose reference or alternative is empty is written with an anchor base before it, as VCF requires.
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

/// Writes one query in each line, tab-separated: `exact`, start, reference, alternate; or `window`, start, end. Positions are 0-based and
/// ranges are half-open. No allele extends across the end of a `window` range.
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

/// A range of about 10 kb that starts two bases before the variant number `first`, 0-based half-open. No variant extends across its end.
pub(crate) fn window(first: u64) -> (u64, u64) {
    let start = Population::start(first) - 2;
    (start, start + WINDOW_VARIANTS * SPACING)
}
