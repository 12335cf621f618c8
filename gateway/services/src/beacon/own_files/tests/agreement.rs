//! For a participant with one file, the answer from the file and the answer from the carrier index are equal for every query.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::world::{BASES, World, fasta, vcf};

const SEEDS: u64 = 6;
const QUESTIONS: usize = 40;

fn bases(from: usize, count: usize) -> &'static str {
    &BASES[from..(from + count).min(BASES.len())]
}

/// Random VCF records of every kind, at random positions of the reference. Insertions and deletions are at any position of their repeats.
fn records(random: &mut StdRng, with_lengths: bool) -> Vec<String> {
    let mut all: Vec<(usize, String)> = Vec::new();
    for _ in 0..14 {
        let at = random.random_range(1..BASES.len() - 12);
        let first = bases(at, 1);
        let genotype = *["0/1", "1/1", "./1", "1", "0/0", "1|0"].choose(random).unwrap();
        let count = random.random_range(1..5);
        let (reference, alternate, info, genotype) = match random.random_range(0..9) {
            0 => (
                first.to_owned(),
                *["A", "C", "G", "T"].choose(random).unwrap(),
                ".".to_owned(),
                genotype,
            ),
            1 => (bases(at, count + 1).to_owned(), first, ".".to_owned(), genotype),
            2 => (bases(at, 2).to_owned(), "*", ".".to_owned(), genotype),
            3 => (
                first.to_owned(),
                *["ACA", "CAC", "TT", "TTT", "GT"].choose(random).unwrap(),
                ".".to_owned(),
                genotype,
            ),
            4 => (
                bases(at, 3).to_owned(),
                "A,CAC",
                ".".to_owned(),
                *["1/2", "0/2", "2/2"].choose(random).unwrap(),
            ),
            5 => (first.to_owned(), "<DEL>", format!("END={}", 1001 + at + count), genotype),
            6 => (first.to_owned(), "<foo+bar>", format!("END={}", 1001 + at + 30), genotype),
            7 if with_lengths => (first.to_owned(), "<DUP>", format!("SVLEN={}", 5 * count), genotype),
            8 if with_lengths => (first.to_owned(), "<INS>", format!("SVLEN={}", 100 * count), genotype),
            _ => (first.to_owned(), "<INV>", format!("END={}", 1001 + at + 3), genotype),
        };
        if reference != alternate {
            all.push((
                at,
                format!("{}\t.\t{reference}\t{alternate}\t.\t.\t{info}\tGT\t{genotype}", 1001 + at),
            ));
        }
    }
    all.sort();
    all.into_iter().map(|(_, record)| record).collect()
}

fn question(random: &mut StdRng) -> String {
    let at = "assemblyId=GRCh38&referenceName=21";
    let place = |random: &mut StdRng| random.random_range(990..1060_u64);
    let start = place(random);
    match random.random_range(0..5) {
        0 => {
            let from = usize::try_from(start.clamp(1000, 1040) - 1000).unwrap();
            let alternate = *["A", "T", "-", "CA", "N"].choose(random).unwrap();
            format!(
                "{at}&start={}&referenceBases={}&alternateBases={alternate}",
                1000 + from,
                bases(from, 2)
            )
        }
        1 => format!(
            "{at}&start={start}&alternateBases={}",
            ["A", "CA", "N", "TT"].choose(random).unwrap()
        ),
        2 => {
            let (second, end) = (start + random.random_range(1..30), start + random.random_range(1..50));
            format!("{at}&start={start},{second}&end={end},{}", end + random.random_range(1..30))
        }
        3 => {
            let end = start + random.random_range(1..40);
            let kind = ["DEL", "INS", "DUP", "SNV", "INV", "CNV"].choose(random).unwrap();
            format!(
                "{at}&start={start}&end={end}&variantType={kind}&variantMinLength={}",
                random.random_range(0..6)
            )
        }
        _ => format!("{at}&start={start}&end={}", start + random.random_range(1..40)),
    }
}

#[tokio::test]
async fn a_file_and_the_index_give_the_same_answers_about_a_participant() {
    let mut found = 0;
    for seed in 0..SEEDS {
        let mut random = StdRng::seed_from_u64(seed);
        let world = World::new((seed % 2 == 0).then_some(fasta)).await;
        let with_lengths = seed % 3 != 0;
        let head = if with_lengths {
            "##INFO=<ID=SVLEN,Number=A,Type=Integer,Description=\"Length\">\n"
        } else {
            ""
        };
        let names = ["P-1", "P-2", "P-3"];
        let kind = if seed < 3 { "vcf.gz" } else { "bcf" };
        let mut rows = Vec::new();
        for name in names {
            let text = vcf(head, &[name], &records(&mut random, with_lengths));
            if world.write(&format!("{name}.{kind}"), &text).is_none() {
                return;
            }
            rows.push(format!("one,{name},{name}-S,,unknown,GRCh38,{name}.{kind},,"));
        }
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let files = world.load(&rows, &names).await;
        let mut people = Vec::new();
        for file in &files {
            people.push((
                world.of_file(file, "individualId").await,
                world.of_file(file, "biosampleId").await,
                file,
            ));
        }
        for _ in 0..QUESTIONS {
            let question = question(&mut random);
            let index = world.variants("g_variants", &question).await;
            for (person, specimen, file) in &people {
                let expected: Vec<_> = index
                    .iter()
                    .filter_map(|(id, cases)| {
                        let own: BTreeSet<_> = cases.iter().filter(|(of, _)| of == specimen).cloned().collect();
                        (!own.is_empty()).then_some((id.clone(), own))
                    })
                    .collect();
                found += expected.len();
                for path in [
                    format!("individuals/{person}/g_variants"),
                    format!("biosamples/{specimen}/g_variants"),
                    format!("analyses/{file}/g_variants"),
                ] {
                    let own = world.variants(&path, &question).await;
                    assert_eq!(own.into_iter().collect::<Vec<_>>(), expected, "seed {seed}: {path}?{question}");
                }
            }
        }
    }
    assert!(found > 400, "too few variants were found for a comparison: {found}");
}
