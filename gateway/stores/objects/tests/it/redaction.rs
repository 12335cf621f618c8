//! Tests the redaction of joint files. A file that is redacted to some of its participants must equal the output of bcftools, and must
//! reveal nothing of the other participants.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use gemj_access::Action;
use gemj_model::{Assembly, DataObject};
use gemj_objects::SliceRequest;

use crate::kit::*;

const SAMPLES: u64 = 300;

/// A joint VCF with rare and common alleles, several alternative alleles, and missing, haploid and phased genotypes. It also has cohort
/// statistics and header lines that name samples.
fn joint_vcf(sites: u64, seed: u64) -> Vec<u8> {
    // bcftools makes a subset of a file only if the file's AC and AN are correct.
    pipe(
        "bcftools",
        &["+fill-tags", "--no-version", "-", "--", "-t", "AC,AN"],
        joint_text(sites, seed).as_bytes(),
    )
}

fn joint_text(sites: u64, seed: u64) -> String {
    let mut dice = Dice(seed);
    let mut vcf = String::from("##fileformat=VCFv4.2\n##contig=<ID=un1,length=1000000>\n##contig=<ID=un2,length=1000000>\n");
    for (id, number, kind) in [
        ("AC", "A", "Integer"),
        ("AN", "1", "Integer"),
        ("AF", "A", "Float"),
        ("NS", "1", "Integer"),
        ("DP", "1", "Integer"),
        ("InbreedingCoeff", "1", "Float"),
        ("SVLEN", "A", "Integer"),
        ("CSQ", ".", "String"),
        ("END", "1", "Integer"),
        ("MQ", "1", "Float"),
        ("SECRET", "1", "String"),
    ] {
        let description = if id == "CSQ" { "Format: Allele|SYMBOL" } else { id };
        writeln!(vcf, "##INFO=<ID={id},Number={number},Type={kind},Description=\"{description}\">").unwrap();
    }
    for (id, number, kind) in [
        ("GT", "1", "String"),
        ("AD", "R", "Integer"),
        ("PL", "G", "Integer"),
        ("DP", "1", "Integer"),
        ("AF", "A", "Float"),
        ("PID", "1", "String"),
        ("MQ", ".", "Integer"),
        ("XX", ".", "Integer"),
    ] {
        writeln!(vcf, "##FORMAT=<ID={id},Number={number},Type={kind},Description=\"{id}\">").unwrap();
    }
    vcf.push_str("##FILTER=<ID=LOW,Description=\"Low\">\n");
    for sample in 0..SAMPLES {
        writeln!(vcf, "##SAMPLE=<ID=PERSON{sample},Description=\"Person\">").unwrap();
    }
    vcf.push_str("##PEDIGREE=<ID=PERSON1,Mother=PERSON2,Father=PERSON3>\n##META=<ID=PERSON4,Type=String,Number=.,Values=[PERSON5]>\n");
    vcf.push_str("##GATKCommandLine=<ID=HaplotypeCaller,CommandLine=\"-I PERSON6.bam\">\n##bcftools_viewCommand=view -s PERSON7\n");
    vcf.push_str("##source=PERSON8\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    for sample in 0..SAMPLES {
        write!(vcf, "\tPERSON{sample}").unwrap();
    }
    vcf.push('\n');
    for contig in ["un1", "un2"] {
        let mut position = 100;
        for _ in 0..sites {
            position += 1 + dice.roll(400);
            let alternatives: Vec<&str> = match dice.roll(6) {
                0 => vec!["C", "G"],
                1 => vec!["C", "G", "T"],
                2 => vec!["AC", "*"],
                3 => vec!["<DEL>"],
                _ => vec!["T"],
            };
            let count = alternatives.len() as u64;
            let rarity = *dice.pick(&[400, 100, 20, 3]);
            let values = |n: u64, dice: &mut Dice| (0..n).map(|_| dice.roll(99).to_string()).collect::<Vec<_>>().join(",");
            let id: Vec<String> = alternatives
                .iter()
                .map(|a| format!("{contig}_{position}_A_{}", a.trim_matches(['<', '>'])))
                .collect();
            let end = if alternatives == ["<DEL>"] {
                format!(";END={};SVLEN=-300", position + 300)
            } else {
                String::new()
            };
            write!(
                vcf,
                "{contig}\t{position}\t{}\tA\t{}\t{}\tLOW\tAC={};AN=7;AF={};NS=9;DP=5000;InbreedingCoeff=0.5{end};CSQ={};MQ=60;SECRET=PERSON9\tGT:AD:PL:DP:AF:PID:MQ:XX",
                id.join(";"),
                alternatives.join(","),
                dice.roll(1_000),
                values(count, &mut dice),
                values(count, &mut dice),
                alternatives.iter().map(|a| format!("{a}|gene")).collect::<Vec<_>>().join(",").replace('*', "x"),
            )
            .unwrap();
            for _ in 0..SAMPLES {
                let allele = |dice: &mut Dice| if dice.roll(rarity) == 0 { 1 + dice.roll(count) } else { 0 };
                let genotype = match dice.roll(40) {
                    0 => "./.".to_owned(),
                    1 => format!("./{}", allele(&mut dice)),
                    2 => allele(&mut dice).to_string(),
                    3..10 => format!("{}|{}", allele(&mut dice), allele(&mut dice)),
                    _ => format!("{}/{}", allele(&mut dice), allele(&mut dice)),
                };
                let haploid = !genotype.contains(['/', '|']);
                let genotypes = if haploid { count + 1 } else { (count + 1) * (count + 2) / 2 };
                let fields = match dice.roll(15) {
                    0 => String::new(),
                    1 => ":.:.:.:.:.:.:.".to_owned(),
                    _ => format!(
                        ":{}:{}:{}:{}:x{}:{}:7",
                        values(count + 1, &mut dice),
                        values(genotypes, &mut dice),
                        dice.roll(60),
                        values(count, &mut dice),
                        dice.roll(9),
                        dice.roll(5)
                    ),
                };
                write!(vcf, "\t{genotype}{fields}").unwrap();
            }
            vcf.push('\n');
        }
    }
    vcf
}

const QUERY: &str = "%CHROM\t%POS\t%REF\t%ALT\t%INFO/AC\t%INFO/AN[\t%GT:%AD:%PL:%DP:%AF:%PID:%MQ]\n";

/// The output of bcftools for the kept samples. It has only these samples, no alleles without a carrier among them, and recomputed counts.
/// Sites at which the kept samples carry no alternative allele (or only `*`) are removed.
fn expected(bench: &Bench, path: &Path, names: &[String]) -> Vec<String> {
    let list = bench.file("keep.txt", (names.join("\n") + "\n").as_bytes());
    // The samples are in the order of the file, as in the redacted slice.
    let subset = bench.path("subset.bcf");
    run(
        "bcftools",
        &[
            "view",
            "--no-version",
            "-Ob",
            "-a",
            "-S",
            list.to_str().unwrap(),
            "-o",
            subset.to_str().unwrap(),
            path.to_str().unwrap(),
        ],
    );
    run("bcftools", &["query", "-f", QUERY, subset.to_str().unwrap()])
        .lines()
        .filter(|line| {
            let columns: Vec<&str> = line.splitn(6, '\t').collect();
            !matches!(columns[3], "." | "*")
        })
        .map(without_garbage)
        .collect()
}

/// Removes a fault of bcftools 1.16 from its output. If a Number=A float is missing, bcftools leaves a value of a removed allele behind the
/// missing value (`.,79`).
fn without_garbage(line: &str) -> String {
    let samples = line.split('\t').enumerate().map(|(column, text)| {
        let mut fields: Vec<&str> = text.split(':').collect();
        if column >= 6 && fields.len() == 7 && fields[4].starts_with('.') {
            fields[4] = ".";
        }
        fields.join(":")
    });
    samples.collect::<Vec<_>>().join("\t")
}

async fn check(bench: &Bench, path: &Path, object: &DataObject, seen: &BTreeSet<u32>) {
    let grant = grant(object, Action::SliceVariants, seen.iter().copied()).unwrap();
    let names: Vec<String> = seen.iter().map(|i| format!("PERSON{i}")).collect();
    let slice = bench.slice_file(&grant, object, &[], "redacted").await;
    let slice = slice.to_str().unwrap();
    let ours: Vec<String> = run("bcftools", &["query", "-f", QUERY, slice]).lines().map(str::to_owned).collect();
    let theirs = expected(bench, path, &names);
    for (a, b) in ours.iter().zip(&theirs) {
        assert_eq!(a, b);
    }
    assert_eq!(ours.len(), theirs.len());
    assert_eq!(run("bcftools", &["query", "-l", slice]).lines().collect::<Vec<_>>(), names);

    let text = run("bcftools", &["view", "--no-version", slice]);
    let shown: BTreeSet<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.starts_with("PERSON"))
        .collect();
    let kept: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(shown, kept, "the names of removed samples are shown");
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        assert_eq!((columns[5], columns[6]), (".", "."));
        let info: BTreeSet<&str> = columns[7].split(';').map(|f| f.split('=').next().unwrap()).collect();
        assert!(
            info.is_subset(&BTreeSet::from(["AC", "AN", "AF", "NS", "SVLEN", "CSQ", "END"])),
            "{info:?}"
        );
        assert_eq!(columns[2].split(';').count(), columns[4].split(',').count());
    }
    // AF and NS of the redacted slice must equal the values that bcftools computes.
    let filled = bench.path("filled.vcf");
    run(
        "bcftools",
        &["+fill-tags", slice, "-o", filled.to_str().unwrap(), "--", "-t", "AF,NS,AN,AC"],
    );
    let tags = "%POS\t%INFO/AC\t%INFO/AN\t%INFO/AF\t%INFO/NS\n";
    assert_eq!(
        run("bcftools", &["query", "-f", tags, slice]),
        run("bcftools", &["query", "-f", tags, filled.to_str().unwrap()])
    );

    // The slice of some regions must equal that part of the whole slice.
    let asked = [region("un1", 5_000, Some(20_000)), region("un2", 0, Some(9_000))];
    let part = bench.slice_file(&grant, object, &asked, "part").await;
    let part = run("bcftools", &["query", "-f", QUERY, part.to_str().unwrap()]);
    let reach = |line: &str| -> (String, u64, u64) {
        let columns: Vec<&str> = line.splitn(5, '\t').collect();
        let position: u64 = columns[1].parse().unwrap();
        let length = if columns[3] == "<DEL>" { 301 } else { 1 };
        (columns[0].to_owned(), position - 1, position - 1 + length)
    };
    let inside = |line: &&String| {
        let (contig, start, end) = reach(line);
        (contig == "un1" && start < 20_000 && end > 5_000) || (contig == "un2" && start < 9_000)
    };
    let wanted: Vec<&String> = ours.iter().filter(inside).collect();
    assert_eq!(part.lines().collect::<Vec<_>>(), wanted);
}

async fn random_grants(bench: &Bench, path: &Path) {
    let (object, _) = bench.load(path, Assembly::GRCh38).await;
    let mut dice = Dice(41);
    for size in [1, 2, 5, 40, 150, 299] {
        let mut seen = BTreeSet::new();
        while seen.len() < size {
            seen.insert(dice.roll(SAMPLES) as u32);
        }
        check(bench, path, &object, &seen).await;
    }
    // With a Grant for all participants, the slice has the same bytes as the file.
    let grant = full_grant(&object);
    let whole = bench.slice(&grant, &object, &SliceRequest::default()).await.unwrap();
    assert_eq!(
        pipe("bgzip", &["-dc"], &whole),
        pipe("bgzip", &["-dc"], &std::fs::read(path).unwrap())
    );
}

#[tokio::test]
async fn a_joint_vcf_is_redacted_to_the_participants_of_the_grant() {
    let bench = Bench::new().await;
    let path = bench.file("joint.vcf.gz", &pipe("bgzip", &["-c"], &joint_vcf(60, 1)));
    random_grants(&bench, &path).await;
}

#[tokio::test]
async fn a_joint_bcf_is_redacted_to_the_participants_of_the_grant() {
    let bench = Bench::new().await;
    let bytes = pipe("bcftools", &["view", "--no-version", "-Ob"], &joint_vcf(60, 2));
    let path = bench.file("joint.bcf", &bytes);
    random_grants(&bench, &path).await;
}

#[tokio::test]
async fn a_joint_file_is_denied_without_a_covered_sample_and_hides_unmapped_columns() {
    let bench = Bench::new().await;
    let path = bench.file("joint.vcf.gz", &pipe("bgzip", &["-c"], &joint_vcf(5, 3)));
    let (mut object, _) = bench.load(&path, Assembly::GRCh38).await;
    let everybody = full_grant(&object);
    object.samples[3].participant = None;
    let slice = bench.slice_file(&everybody, &object, &[], "slice").await;
    assert!(
        !run("bcftools", &["query", "-l", slice.to_str().unwrap()])
            .lines()
            .any(|n| n == "PERSON3")
    );
    // A sample column that is not in the catalogue belongs to no participant and is not returned.
    object.samples.remove(5);
    let slice = bench.slice_file(&everybody, &object, &[], "slice").await;
    assert_eq!(run("bcftools", &["query", "-l", slice.to_str().unwrap()]).lines().count(), 298);
    for sample in &mut object.samples {
        sample.participant = None;
    }
    assert!(denied(bench.slice(&everybody, &object, &SliceRequest::default()).await));
}

#[tokio::test]
async fn a_real_joint_file_is_redacted_and_stays_readable() {
    let Some(path) = shared("data/variants/1kg_chr22_100.vcf.gz") else {
        return;
    };
    let bench = Bench::new().await;
    let (object, inspection) = bench.load(&path, Assembly::GRCh38).await;
    let grant = grant(&object, Action::SliceVariants, [4, 17, 60]).unwrap();
    let slice = bench.slice_file(&grant, &object, &[], "slice.vcf.gz").await;
    let names: Vec<&str> = [4, 17, 60].iter().map(|i| inspection.samples[*i].as_str()).collect();
    let query = "%POS\t%REF\t%ALT\t%AC\t%AN[\t%GT]\n";
    let list = bench.file("keep.txt", (names.join("\n") + "\n").as_bytes());
    let subset = bench.path("subset.bcf");
    run(
        "bcftools",
        &[
            "view",
            "-Ob",
            "-a",
            "-S",
            list.to_str().unwrap(),
            "-o",
            subset.to_str().unwrap(),
            path.to_str().unwrap(),
        ],
    );
    let theirs: String = run("bcftools", &["query", "-f", query, subset.to_str().unwrap()])
        .lines()
        .filter(|l| !matches!(l.split('\t').nth(2), Some("." | "*")))
        .map(|l| format!("{l}\n"))
        .collect();
    assert!(!theirs.is_empty());
    assert_eq!(run("bcftools", &["query", "-f", query, slice.to_str().unwrap()]), theirs);
}

/// A contig `un9` is only in records of a removed sample, and a contig `un8` is in no record. The answers for both contigs must be the
/// same.
#[tokio::test]
async fn a_contig_with_records_of_removed_samples_only_looks_like_a_contig_without_records() {
    let bench = Bench::new().await;
    let text = "##fileformat=VCFv4.3\n##contig=<ID=un1,length=1000>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"GT\">\n\
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tONE\tTWO\nun1\t5\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/1\n";
    let line = "un9\t7\t.\tA\tC\t.\t.\t.\tGT\t0/0\t0/1\n";
    for (name, text, unknown) in [("plain", text.to_owned(), false), ("more", format!("{text}{line}"), true)] {
        let path = bench.file(&format!("{name}.vcf.gz"), &pipe("bgzip", &["-c"], text.as_bytes()));
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let request = |contig: &str| SliceRequest {
            regions: vec![region(contig, 0, Some(100))],
            ..SliceRequest::default()
        };
        let one = grant(&object, Action::SliceVariants, [0]).unwrap();
        let on = async |contig: &str| bench.slice(&one, &object, &request(contig)).await.ok();
        assert_eq!(on("un9").await, on("un8").await, "{name}");
        assert_eq!(on("un8").await.is_some(), unknown, "{name}");
        assert!(on("un1").await.is_some());
        let both = grant(&object, Action::SliceVariants, [0, 1]).unwrap();
        assert!(matches!(
            bench.slice(&both, &object, &request("un8")).await,
            Err(gemj_objects::SliceError::UnknownContig)
        ));
        assert_eq!(bench.slice(&both, &object, &request("un9")).await.is_ok(), unknown);
    }
}
