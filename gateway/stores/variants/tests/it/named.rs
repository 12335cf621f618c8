//! Reads names of alleles from files with annotations in the form of VEP and SnpEff, and compares the names with a recount in Python. Also
//! tests queries for named alleles.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::process::{Command, Stdio};

use gemj_access::Action;
use gemj_model::{Allele, AlleleName, DatasetId, FileFormat, Interval, Ordinal, Region, ZeroBased, Zygosity};
use gemj_variants::{AlleleFilter, AlleleQuery, Cohort, NamedAllele, NamedAlleles, SegmentBuilder, WindowQuery, ingest_variants};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use roaring::RoaringBitmap;

use super::fixture::{G38, GERM, MemoryStore, allele, block_on, dataset, grant};
use super::oracle::{Oracle, build, random_mask};

const RESIDUES: [&str; 5] = ["Val", "Glu", "Lys", "Arg", "Gln"];

/// The text that VEP writes for each ALT allele: without the first base if all alleles begin with the same base and at least one differs in
/// length.
fn vep_alleles(reference: &str, alternates: &[String]) -> Vec<String> {
    let spelt: Vec<&String> = alternates.iter().filter(|a| *a != "*").collect();
    let shortened = spelt.iter().any(|a| a.len() != reference.len()) && spelt.iter().all(|a| a[..1] == reference[..1]);
    let short = |a: &String| match (shortened && a != "*", a.len()) {
        (true, 1) => "-".to_owned(),
        (true, _) => a[1..].to_owned(),
        (false, _) => a.clone(),
    };
    alternates.iter().map(short).collect()
}

/// A random VCF with annotations in the form of SnpEff or of VEP, in all variations that the reader must handle.
fn annotated(rng: &mut StdRng, snpeff: bool) -> String {
    let mut text =
        "##fileformat=VCFv4.2\n##contig=<ID=7,length=200000>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n".to_owned();
    text.push_str(if snpeff {
        "##INFO=<ID=ANN,Number=.,Type=String,Description=\"Functional annotations: 'Allele | Annotation | Annotation_Impact | Gene_Name | Gene_ID | Feature_Type | Feature_ID | Transcript_BioType | Rank | HGVS.c | HGVS.p | cDNA.pos / cDNA.length'\">\n"
    } else {
        "##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations from Ensembl VEP. Format: Allele|Consequence|IMPACT|SYMBOL|Gene|Feature_type|Feature|HGVSc|HGVSp|CANONICAL\">\n"
    });
    text.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts0\ts1\n");
    for number in 0..600u64 {
        let reference = ["A", "C", "CA", "CAG"][rng.random_range(0..4)].to_owned();
        let mut alternates = Vec::new();
        while alternates.len() < rng.random_range(1..4) {
            let a = ["A", "C", "G", "T", "CT", "CAGT", "*", "AT"][rng.random_range(0..8)].to_owned();
            if a != reference && !alternates.contains(&a) {
                alternates.push(a);
            }
        }
        let names = if snpeff {
            alternates.clone()
        } else {
            vep_alleles(&reference, &alternates)
        };
        let mut entries = Vec::new();
        for name in &names {
            for _ in 0..rng.random_range(0..3) {
                let gene = ["BRAF", "RAF1", ""][rng.random_range(0..3)];
                let from = RESIDUES[rng.random_range(0..5)];
                let place = rng.random_range(1..12);
                let (consequence, protein) = match rng.random_range(0..6) {
                    0 => ("intron_variant", String::new()),
                    1 => ("splice_donor_variant&intron_variant", String::new()),
                    2 => ("stop_gained", format!("p.{from}{place}{}", if snpeff { "*" } else { "Ter" })),
                    3 => (
                        "frameshift_variant",
                        format!("p.{from}{place}{}", if snpeff { "fs" } else { "ProfsTer9" }),
                    ),
                    4 if snpeff => ("synonymous_variant", format!("p.{from}{place}{from}")),
                    4 => ("synonymous_variant", format!("p.{from}{place}%3D")),
                    _ => ("missense_variant", format!("p.{from}{place}{}", RESIDUES[rng.random_range(0..5)])),
                };
                let coding = format!("c.{}A>T", place * 3);
                entries.push(if snpeff {
                    format!("{name}|{consequence}|HIGH|{gene}|G1|transcript|NM_1.2|protein_coding|1/2|{coding}|{protein}|1/2||||")
                } else {
                    let protein = if protein.is_empty() {
                        protein
                    } else {
                        format!("ENSP1.1:{protein}")
                    };
                    format!("{name}|{consequence}|HIGH|{gene}|G1|Transcript|ENST1|ENST1.3:{coding}|{protein}|YES")
                });
            }
        }
        let info = if entries.is_empty() {
            ".".to_owned()
        } else {
            format!("{}={}", if snpeff { "ANN" } else { "CSQ" }, entries.join(","))
        };
        let call = |rng: &mut StdRng| rng.random_range(0..=alternates.len());
        let genotypes: Vec<String> = (0..2).map(|_| format!("{}/{}", call(rng), call(rng))).collect();
        text.push_str(&format!(
            "7\t{}\t.\t{reference}\t{}\t.\tPASS\t{info}\tGT\t{}\n",
            number * 50 + 100,
            alternates.join(","),
            genotypes.join("\t")
        ));
    }
    text
}

fn ingest(text: &[u8], format: FileFormat) -> Vec<AlleleName> {
    let mut builder = SegmentBuilder::new(dataset("main"), G38, GERM, 0);
    let columns = [Some(Ordinal(0)), Some(Ordinal(1))];
    let report = ingest_variants(text, format, &columns, G38, GERM, "f", &mut builder, &mut |_| {}).unwrap();
    let spool = builder.take_names();
    assert_eq!((spool.len(), report.names_left_out), (report.names, 0));
    let mut reader = spool.read().unwrap();
    let mut names = Vec::new();
    loop {
        let some = reader.next_names(97).unwrap();
        if some.is_empty() {
            return names;
        }
        names.extend(some);
    }
}

fn lines_of(names: &[AlleleName]) -> BTreeSet<String> {
    let line = |n: &AlleleName| {
        let a = &n.allele;
        format!(
            "{} {} [{}] [{}] {} [{}] {}",
            a.contig.as_str(),
            a.start.0,
            a.reference,
            a.alternate,
            n.change,
            n.gene,
            n.sequence
        )
    };
    names.iter().map(line).collect()
}

fn run(command: &mut Command, input: &[u8]) -> Option<Vec<u8>> {
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut child) = spawned else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "python3 or bcftools is not installed");
        eprintln!("SKIPPED: python3 or bcftools is not installed");
        return None;
    };
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    Some(output.stdout)
}

#[test]
fn names_of_annotated_files_equal_those_of_a_recount_in_python() {
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/names.py");
    for (seed, snpeff) in [(1, false), (2, true), (3, false), (4, true)] {
        let text = annotated(&mut StdRng::seed_from_u64(seed), snpeff);
        let Some(expected) = run(Command::new("python3").arg(&script), text.as_bytes()) else {
            return;
        };
        let expected: BTreeSet<String> = String::from_utf8(expected).unwrap().lines().map(str::to_owned).collect();
        assert!(expected.len() > 300);
        let found = lines_of(&ingest(text.as_bytes(), FileFormat::Vcf));
        assert_eq!(found.symmetric_difference(&expected).collect::<Vec<_>>(), Vec::<&String>::new());
        let Some(bcf) = run(Command::new("bcftools").args(["view", "-Ob", "-"]), text.as_bytes()) else {
            return;
        };
        assert_eq!(lines_of(&ingest(&bcf, FileFormat::Bcf)), expected, "the same from BCF");
    }
}

/// If an allele is named for one dataset, the index searches it only in this dataset. Under random masks, its counts equal the counts of a
/// plain map.
#[test]
fn named_alleles_are_counted_only_in_the_datasets_that_name_them() {
    let mut rng = StdRng::seed_from_u64(7);
    let store = MemoryStore::default();
    let mut entries = Vec::new();
    build(&mut rng, &store, &mut entries);
    let mut both = SegmentBuilder::new(dataset("other"), G38, GERM, 0);
    let source = both.source("again").unwrap();
    for entry in entries.clone().iter().filter(|e| e.0 == dataset("main") && e.1 == GERM).step_by(30) {
        both.add(&entry.2, Ordinal(entry.3), Zygosity::Heterozygous, source).unwrap();
        entries.push((
            dataset("other"),
            GERM,
            entry.2.clone(),
            entry.3,
            "again".into(),
            Zygosity::Heterozygous,
        ));
    }
    store.add("again", both);
    let names = [dataset("main"), dataset("other")];
    let reader = block_on(store.index(1 << 20).now()).unwrap();
    let oracles = [0, 1].map(|n: usize| Oracle::of(&entries, &names[n], GERM, &Default::default()));
    let known: Vec<&Allele> = oracles[0].alleles.keys().chain(oracles[1].alleles.keys()).collect();
    let (mut seen, mut unseen) = (0, 0);
    for _ in 0..60 {
        let masks = [random_mask(&mut rng), random_mask(&mut rng)];
        let people: Vec<(&DatasetId, &RoaringBitmap)> = names.iter().zip(&masks).collect();
        let grant = grant(&people, Action::AskVariants);
        let cohorts = [0, 1].map(|n: usize| Cohort {
            dataset: &names[n],
            within: None,
        });
        let named: Vec<NamedAllele> = (0..rng.random_range(0..40))
            .map(|_| NamedAllele {
                allele: known[rng.random_range(0..known.len())].clone(),
                datasets: [None, Some(vec![names[0].clone()]), Some(vec![names[1].clone()]), Some(vec![])][rng.random_range(0..4)].clone(),
            })
            .collect();
        let mut expected = BTreeSet::new();
        for (n, name) in names.iter().enumerate() {
            for one in named.iter().filter(|one| one.datasets.as_ref().is_none_or(|d| d.contains(name))) {
                let carried = oracles[n]
                    .alleles
                    .get(&one.allele)
                    .is_some_and(|p| p.keys().any(|o| masks[n].contains(*o)));
                if carried {
                    expected.insert((one.allele.clone(), n));
                } else {
                    unseen += 1;
                }
            }
        }
        let mut found = BTreeSet::new();
        let query = AlleleQuery::OneOf(NamedAlleles {
            about: None,
            alleles: named,
        });
        block_on(reader.visible(&grant, &cohorts, G38, GERM, &query, |a| {
            for n in a.cohorts() {
                assert!(found.insert((a.allele(), *n)), "each allele once");
            }
            ControlFlow::Continue(())
        }))
        .unwrap();
        seen += found.len();
        assert_eq!(found, expected);
    }
    assert!(seen > 150 && unseen > 100, "{seen} {unseen}");
}

/// If a named allele is also in the range of a window query, a query for both returns the allele once.
#[test]
fn an_allele_that_a_name_and_a_window_match_is_returned_once() {
    let (store, name) = (MemoryStore::default(), dataset("main"));
    let mut builder = SegmentBuilder::new(name.clone(), G38, GERM, 0);
    let source = builder.source("f").unwrap();
    let one = allele("1", 10, 11, "A", "T");
    builder.add(&one, Ordinal(1), Zygosity::Heterozygous, source).unwrap();
    store.add("s", builder);
    let everybody: RoaringBitmap = (0..5).collect();
    let grant = grant(&[(&name, &everybody)], Action::AskVariants);
    let reader = block_on(store.index(0).now()).unwrap();
    let region = Region {
        contig: one.contig.clone(),
        interval: Interval {
            start: ZeroBased(0),
            end: Some(ZeroBased(50)),
        },
    };
    let named = AlleleQuery::OneOf(NamedAlleles {
        about: Some(vec![region.clone()]),
        alleles: vec![
            NamedAllele {
                allele: one.clone(),
                datasets: None,
            },
            NamedAllele {
                allele: one,
                datasets: Some(vec![name.clone()]),
            },
        ],
    });
    let window = AlleleQuery::Window(WindowQuery {
        contig: region.contig,
        interval: region.interval,
        filter: AlleleFilter::default(),
    });
    for query in [
        AlleleQuery::AnyOf(vec![window.clone(), named.clone()]),
        AlleleQuery::AnyOf(vec![named.clone(), window]),
        named,
    ] {
        let mut count = 0;
        let cohort = Cohort {
            dataset: &name,
            within: None,
        };
        block_on(reader.visible(&grant, &[cohort], G38, GERM, &query, |_| {
            count += 1;
            ControlFlow::Continue(())
        }))
        .unwrap();
        assert_eq!(count, 1, "{query:?}");
    }
}
