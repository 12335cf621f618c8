//! Tests that data that can come from a relative is removed if the relative is outside the Grant. bcftools makes the expected files.

use std::path::{Path, PathBuf};

use gemj_access::{Action, Grant};
use gemj_model::{Assembly, DataObject, Delivery};

use crate::kit::*;

/// The sample names of the file. The fourth participant has no relatives in the file.
const PEOPLE: [&str; 4] = ["CHILD", "MOTHER", "FATHER", "OTHER"];
const FAMILIES: [Option<&str>; 4] = [Some("trio"), Some("trio"), Some("trio"), None];

/// The FORMAT fields of phase and inheritance, and an unknown field (`XX`), that must be removed.
const OWED: [&str; 10] = ["PS", "PGT", "PID", "HP", "HQ", "DN", "TP", "PP", "INH", "XX"];
/// The INFO fields of inheritance, and an unknown field (`XX`), that must be removed.
const OWED_OF_SITE: [&str; 7] = ["hiConfDeNovo", "loConfDeNovo", "MENDEL", "DENOVO", "INH", "PG", "XX"];

/// A VCF with a trio whose genotypes were phased by the pedigree, and with a participant without relatives.
fn trio_vcf(sites: u64, seed: u64, people: &[&str]) -> Vec<u8> {
    let mut dice = Dice(seed);
    let mut vcf = String::from("##fileformat=VCFv4.2\n##contig=<ID=un1,length=1000000>\n##phasing=full\n");
    for (id, number, kind) in [
        ("AC", "A", "Integer"),
        ("AN", "1", "Integer"),
        ("DP", "1", "Integer"),
        ("MQ", "1", "Float"),
        ("QD", "1", "Float"),
        ("DB", "0", "Flag"),
        ("hiConfDeNovo", ".", "String"),
        ("loConfDeNovo", ".", "String"),
        ("MENDEL", "1", "Integer"),
        ("DENOVO", "0", "Flag"),
        ("INH", "1", "String"),
        ("PG", "G", "Integer"),
        ("XX", "1", "Integer"),
    ] {
        vcf.push_str(&format!("##INFO=<ID={id},Number={number},Type={kind},Description=\"{id}\">\n"));
    }
    for (id, number, kind) in [
        ("GT", "1", "String"),
        ("AD", "R", "Integer"),
        ("DP", "1", "Integer"),
        ("GQ", "1", "Integer"),
        ("PL", "G", "Integer"),
        ("FT", "1", "String"),
        ("PS", "1", "Integer"),
        ("PGT", "1", "String"),
        ("PID", "1", "String"),
        ("HP", ".", "String"),
        ("HQ", "2", "Integer"),
        ("DN", "1", "String"),
        ("TP", "1", "Integer"),
        ("PP", "G", "Integer"),
        ("INH", "1", "Float"),
        ("XX", ".", "Integer"),
    ] {
        vcf.push_str(&format!("##FORMAT=<ID={id},Number={number},Type={kind},Description=\"{id}\">\n"));
    }
    vcf.push_str("##FILTER=<ID=LOW,Description=\"Low\">\n##FILTER=<ID=MendelianError,Description=\"Trio\">\n");
    vcf.push_str("##SAMPLE=<ID=CHILD>\n##PEDIGREE=<ID=CHILD,Mother=MOTHER,Father=FATHER>\n##pedigreeDB=<http://example.org>\n");
    vcf.push_str("##source=PhaseByTransmission CHILD MOTHER FATHER\n");
    vcf.push_str(&format!(
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t{}\n",
        people.join("\t")
    ));
    let mut position = 100;
    for _ in 0..sites {
        position += 1 + dice.roll(400);
        let alternatives: Vec<&str> = dice.pick(&["C", "C,G", "AT,T", "C,G,T"]).split(',').collect();
        let count = alternatives.len() as u64;
        let genotypes = (count + 1) * (count + 2) / 2;
        let values = |n: u64, dice: &mut Dice| (0..n).map(|_| dice.roll(99).to_string()).collect::<Vec<_>>().join(",");
        vcf.push_str(&format!(
            "un1\t{position}\trs{position}\tA\t{}\t{}\t{}\tAC=1;AN=1;DP={};MQ=60;QD=2.5;DB;hiConfDeNovo=CHILD;loConfDeNovo=FATHER;MENDEL=1;DENOVO;INH=FATHER;\
             PG={};XX=7\tGT:AD:DP:GQ:PL:FT:{}",
            alternatives.join(","),
            1 + dice.roll(1_000),
            dice.pick(&["PASS", "LOW", ".", "LOW;MendelianError", "MendelianError;LOW"]),
            dice.roll(90),
            values(genotypes, &mut dice),
            OWED.join(":"),
        ));
        for _ in people {
            let allele = |dice: &mut Dice| dice.roll(count + 1);
            let genotype = match dice.roll(20) {
                0 => "./.".to_owned(),
                1 => format!(".|{}", allele(&mut dice)),
                2 => format!("{}|.", allele(&mut dice)),
                3 => allele(&mut dice).to_string(),
                // The alleles are in ascending order, as variant callers write them, because bcftools 1.16 does not change the order of an
                // unphased genotype.
                4..7 => {
                    let (one, other) = (allele(&mut dice), allele(&mut dice));
                    format!("{}/{}", one.min(other), one.max(other))
                }
                _ => format!("{}|{}", allele(&mut dice), allele(&mut dice)),
            };
            let n = if genotype.contains(['/', '|']) { genotypes } else { count + 1 };
            vcf.push_str(&format!(
                "\t{genotype}:{}:{}:{}:{}:{}:{position}:0|1:{position}_A:{position}-1,{position}-2:{}:{}:{}:{}:0.5:{}",
                values(count + 1, &mut dice),
                dice.roll(60),
                dice.roll(99),
                values(n, &mut dice),
                dice.pick(&["PASS", "LowGQ"]),
                values(2, &mut dice),
                dice.pick(&["Inherited", "DeNovo"]),
                dice.roll(50),
                values(n, &mut dice),
                values(3, &mut dice),
            ));
        }
        vcf.push('\n');
    }
    pipe(
        "bcftools",
        &["+fill-tags", "--no-version", "-", "--", "-t", "AC,AN"],
        vcf.as_bytes(),
    )
}

/// Writes a VCF text as a compressed VCF file and as a BCF file.
fn both(bench: &Bench, text: &[u8]) -> [PathBuf; 2] {
    [
        bench.file("family.vcf.gz", &pipe("bgzip", &["-c"], text)),
        bench.file("family.bcf", &pipe("bcftools", &["view", "--no-version", "-Ob"], text)),
    ]
}

fn grant_to(object: &DataObject, covered: &[u32], families: &[Option<&str>]) -> Grant {
    grant_in_families(object, Action::SliceVariants, Delivery::Download, covered.iter().copied(), families).unwrap()
}

fn records(path: &Path) -> Vec<String> {
    run("bcftools", &["view", "-H", path.to_str().unwrap()])
        .lines()
        .map(str::to_owned)
        .collect()
}

/// The genotypes and the FORMAT fields `fields` of some samples, as bcftools prints them.
fn told(path: &Path, people: &[&str], fields: &[&str]) -> Vec<String> {
    let fields: String = fields.iter().map(|field| format!("\\t%{field}")).collect();
    let query = format!("%POS\\t%REF\\t%ALT[{fields}]\\n");
    let lines = run(
        "bcftools",
        &["query", "-s", &people.join(","), "-f", &query, path.to_str().unwrap()],
    );
    lines.lines().map(str::to_owned).collect()
}

/// The file with unphased genotypes and ascending alleles, made by bcftools' own plugin.
fn unphased(bench: &Bench, path: &Path) -> PathBuf {
    let out = bench.path("unphased.bcf");
    run(
        "bcftools",
        &[
            "+setGT",
            path.to_str().unwrap(),
            "-Ob",
            "-o",
            out.to_str().unwrap(),
            "--",
            "-t",
            "a",
            "-n",
            "u",
        ],
    );
    out
}

/// The file with only these samples, made by bcftools: without unused alleles, and without sites that do not vary, as in a redacted file.
fn subset(bench: &Bench, path: &Path, people: &[&str]) -> PathBuf {
    let (all, varied) = (bench.path("all.bcf"), bench.path("varied.bcf"));
    let (path, names) = (path.to_str().unwrap(), people.join(","));
    run("bcftools", &["view", "-Ob", "-a", "-s", &names, "-o", all.to_str().unwrap(), path]);
    run(
        "bcftools",
        &[
            "view",
            "-Ob",
            "-i",
            "ALT!=\".\"",
            "-o",
            varied.to_str().unwrap(),
            all.to_str().unwrap(),
        ],
    );
    varied
}

#[tokio::test]
async fn a_file_whose_whole_family_is_covered_keeps_every_byte() {
    let bench = Bench::new().await;
    for path in both(&bench, &trio_vcf(80, 1, &PEOPLE)) {
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let slice = bench
            .slice_file(&grant_to(&object, &[0, 1, 2, 3], &FAMILIES), &object, &[], "slice")
            .await;
        let view = |path: &Path| run("bcftools", &["view", "--no-version", path.to_str().unwrap()]);
        assert_eq!(view(&slice), view(&path));
        assert!(view(&slice).contains("|"));
    }
}

#[tokio::test]
async fn a_removed_relative_removes_phase_and_inheritance_only_from_the_family() {
    let bench = Bench::new().await;
    for path in both(&bench, &trio_vcf(150, 2, &PEOPLE)) {
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let slice = bench
            .slice_file(&grant_to(&object, &[0, 1, 3], &FAMILIES), &object, &[], "slice")
            .await;
        let expected = subset(&bench, &path, &["CHILD", "MOTHER", "OTHER"]);
        let own = ["AD", "DP", "GQ", "PL", "FT"];
        let (family, stranger) = (["CHILD", "MOTHER"], ["OTHER"]);
        let plain = unphased(&bench, &expected);
        assert_eq!(told(&slice, &family, &["GT"]), told(&plain, &family, &["GT"]));
        assert!(!told(&slice, &family, &["GT"]).concat().contains('|'));
        assert_eq!(told(&slice, &family, &own), told(&expected, &family, &own));
        for line in told(&slice, &family, &OWED) {
            assert!(line.split('\t').skip(3).all(|value| value == "."), "{line}");
        }
        // All data of the participant without relatives is returned unchanged.
        assert_eq!(told(&slice, &stranger, &["GT"]), told(&expected, &stranger, &["GT"]));
        assert!(told(&slice, &stranger, &["GT"]).concat().contains('|'));
        assert_eq!(told(&slice, &stranger, &own), told(&expected, &stranger, &own));
        let fixed = ["PS", "PID", "HQ", "DN", "TP"];
        assert_eq!(told(&slice, &stranger, &fixed), told(&expected, &stranger, &fixed));
        // Fields that contain or may contain allele numbers are the exception: they are missing for the participant without relatives too.
        for line in told(&slice, &stranger, &["PGT", "INH", "XX"]) {
            assert!(line.split('\t').skip(3).all(|value| value == "."), "{line}");
        }
        let text = run("bcftools", &["view", "--no-version", slice.to_str().unwrap()]);
        assert!(!text.contains("FATHER") && !text.contains("##PEDIGREE") && !text.contains("##phasing"));

        // Only the child is in the Grant, so no kept sample has its whole family in the Grant. The fields of phase and inheritance are
        // therefore removed from FORMAT and are not only missing.
        let alone = bench.slice_file(&grant_to(&object, &[0], &FAMILIES), &object, &[], "alone").await;
        let plain = unphased(&bench, &subset(&bench, &path, &["CHILD"]));
        assert_eq!(told(&alone, &["CHILD"], &["GT"]), told(&plain, &["CHILD"], &["GT"]));
        assert!(
            records(&alone)
                .iter()
                .all(|line| line.split('\t').nth(8) == Some("GT:AD:DP:GQ:PL:FT"))
        );
    }
}

#[tokio::test]
async fn a_single_sample_file_loses_only_fields_that_can_come_from_a_relative() {
    let bench = Bench::new().await;
    // The child and the parents have separate files.
    let families = [Some("trio"), Some("trio"), Some("trio")];
    for path in both(&bench, &trio_vcf(150, 3, &["CHILD"])) {
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let slice = bench
            .slice_file(&grant_to(&object, &[0, 1], &families), &object, &[], "slice")
            .await;
        let owed: Vec<String> = OWED
            .iter()
            .map(|field| format!("FORMAT/{field}"))
            .chain(OWED_OF_SITE.iter().map(|field| format!("INFO/{field}")))
            .collect();
        let expected = bench.path("expected.bcf");
        let plain = unphased(&bench, &path);
        run(
            "bcftools",
            &[
                "annotate",
                "-x",
                &owed.join(","),
                "-Ob",
                "-o",
                expected.to_str().unwrap(),
                plain.to_str().unwrap(),
            ],
        );
        // bcftools cannot remove one FILTER from a list of several, so the expected text is edited here.
        let expected: Vec<String> = records(&expected)
            .iter()
            .map(|line| line.replace("LOW;MendelianError", "LOW").replace("MendelianError;LOW", "LOW"))
            .collect();
        assert!(expected.len() == 150 && expected.iter().any(|line| line.contains("\t0/0:")));
        for (ours, theirs) in records(&slice).iter().zip(&expected) {
            assert_eq!(ours, theirs);
        }
        assert_eq!(records(&slice).len(), expected.len());
        let asked = [region("un1", 5_000, Some(9_000))];
        let part = bench
            .slice_file(&grant_to(&object, &[0, 1], &families), &object, &asked, "part")
            .await;
        let inside: Vec<String> = expected
            .iter()
            .filter(|line| {
                let position: u64 = line.split('\t').nth(1).unwrap().parse().unwrap();
                (5_001..=9_000).contains(&position)
            })
            .cloned()
            .collect();
        assert!(!inside.is_empty());
        assert_eq!(records(&part), inside);
        // If the whole family is in the Grant, the slice equals the file.
        let whole = bench
            .slice_file(&grant_to(&object, &[0, 1, 2], &families), &object, &[], "whole")
            .await;
        assert_eq!(std::fs::read(whole).unwrap(), std::fs::read(&path).unwrap());
    }
}

#[tokio::test]
async fn calls_are_unphased_if_a_relative_is_outside_the_grant() {
    let bench = Bench::new().await;
    for path in both(&bench, &trio_vcf(60, 4, &PEOPLE)) {
        let (object, _) = bench.load(&path, Assembly::GRCh38).await;
        let phased = async |covered: &[u32]| {
            let grant = grant_to(&object, covered, &FAMILIES);
            let calls = bench.store.calls(&grant, &object, gemj_model::Ordinal(0), &[]).await.unwrap();
            calls.iter().filter(|call| call.phased).count()
        };
        assert_eq!(phased(&[0, 1, 3]).await, 0);
        assert!(phased(&[0, 1, 2, 3]).await > 30);
    }
}
