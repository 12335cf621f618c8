//! Twelve generated participants, few enough for tests that change the stored data. samtools and bcftools write the files.
//!
//! | participant | data |
//! | --- | --- |
//! | TST-01 … TST-12 | a VCF each: [`SHARED_VARIANT`], and [`private_variant`] in this participant alone; a phenopacket |
//! | TST-01 … TST-03 | a BAM each, TST-04 a CRAM: ten placed reads and two unplaced reads |
//! | TST-01 … TST-06 | a column of the joint file, which also has a column of no participant (CONTROL); seizures (HP:0001250) |
//! | TST-07 | seizures excluded |
//!
//! Each participant is a family of one. The joint file has [`JOINT_SHARED`] in all its columns and [`joint_private`] in one participant
//! alone.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::oracle::run;
use crate::programme::Programme;
use crate::random::Random;
use crate::scratch::until_the_end;

/// The number of participants.
pub const PEOPLE: usize = 12;
/// The number of participants with a column in the joint file. The file also has the column `CONTROL`, which belongs to no participant.
pub const COLUMNS: usize = 6;
/// Beacon parameters of the variant that all twelve participants carry.
pub const SHARED_VARIANT: &str = "assemblyId=GRCh38&referenceName=chr1&start=999&referenceBases=A&alternateBases=G";
/// Beacon parameters of the variant that all columns of the joint file carry, CONTROL included.
pub const JOINT_SHARED: &str = "assemblyId=GRCh38&referenceName=chr2&start=499&referenceBases=G&alternateBases=A";

/// The id of a participant, counted from 1.
#[must_use]
pub fn person(number: usize) -> String {
    format!("TST-{number:02}")
}

/// The ids of all participants.
#[must_use]
pub fn everybody() -> Vec<String> {
    (1..=PEOPLE).map(person).collect()
}

/// Beacon parameters of the variant that one participant alone carries.
#[must_use]
pub fn private_variant(number: usize) -> String {
    format!(
        "assemblyId=GRCh38&referenceName=chr1&start={}&referenceBases=C&alternateBases=T",
        1999 + 10 * number
    )
}

/// Beacon parameters of the variant that one participant alone carries in the joint file.
#[must_use]
pub fn joint_private(number: usize) -> String {
    format!(
        "assemblyId=GRCh38&referenceName=chr2&start={}&referenceBases=T&alternateBases=C",
        999 + 10 * number
    )
}

const VCF_HEAD: &str = "##fileformat=VCFv4.3\n##contig=<ID=chr1,length=248956422>\n##contig=<ID=chr2,length=242193529>\n\
##INFO=<ID=HOMSEQ,Number=.,Type=String,Description=\"Ballast\">\n\
##INFO=<ID=AC,Number=A,Type=Integer,Description=\"Alleles\">\n##INFO=<ID=AN,Number=1,Type=Integer,Description=\"Calls\">\n\
##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT";

/// The folder with the files. It is made once for each test process and removed when the process ends.
#[must_use]
pub fn feeds() -> &'static Path {
    static FEEDS: OnceLock<PathBuf> = OnceLock::new();
    FEEDS.get_or_init(|| {
        let folder = until_the_end("gemj-it-feeds");
        for name in ["reads", "variants", "packets"] {
            std::fs::create_dir_all(folder.join(name)).unwrap();
        }
        for number in 1..=PEOPLE {
            let id = person(number);
            write_vcf(&folder.join(format!("variants/{id}.vcf.gz")), &single_vcf(number));
            std::fs::write(folder.join(format!("packets/{id}.json")), packet(number)).unwrap();
        }
        for number in 1..=3 {
            let path = folder.join(format!("reads/{}.bam", person(number)));
            run(
                "samtools",
                ["view", "--no-PG", "-b", "-o", path.to_str().unwrap(), "-"],
                sam(number).as_bytes(),
            );
        }
        let path = folder.join(format!("reads/{}.cram", person(4)));
        run(
            "samtools",
            [
                "view",
                "--no-PG",
                "-C",
                "--output-fmt-option",
                "no_ref=1",
                "-o",
                path.to_str().unwrap(),
                "-",
            ],
            sam(4).as_bytes(),
        );
        write_vcf(&folder.join("variants/joint.vcf.gz"), &joint_vcf());
        let samples: String = (1..=COLUMNS)
            .map(|n| format!("{0}-S,{0},{0}-S,F{n},unknown\n", person(n)))
            .collect();
        std::fs::write(
            folder.join("joint-samples.csv"),
            format!("sample,participant,specimen,family,sex\n{samples}"),
        )
        .unwrap();
        folder
    })
}

/// The minimum number of random letters in a slice, so that the slice is too large to be inline in the ticket (htsget 1.3 § Inline data block URIs).
/// Tests can then use its block URLs.
const BALLAST: usize = 120_000;

fn ballast(word: &str, count: usize) -> String {
    Random::of(word).letters(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-", count)
}

/// Writes VCF text compressed with BGZF.
pub fn write_vcf(path: &Path, text: &str) {
    run(
        "bcftools",
        ["view", "--no-version", "-Oz", "-o", path.to_str().unwrap(), "-"],
        text.as_bytes(),
    );
}

/// The load sheet of all files, with absolute paths.
#[must_use]
pub fn sheet() -> String {
    let folder = feeds().display();
    let mut text = String::from("dataset,participant,specimen,family,sex,assembly,path,samples_path\n");
    for number in 1..=PEOPLE {
        let id = person(number);
        let mut row = |path: String| text.push_str(&format!("cancer,{id},{id}-S,F{number},unknown,GRCh38,{folder}/{path},\n"));
        row(format!("variants/{id}.vcf.gz"));
        match number {
            1..=3 => row(format!("reads/{id}.bam")),
            4 => row(format!("reads/{id}.cram")),
            _ => {}
        }
    }
    text.push_str(&format!(
        "cancer,,,,,GRCh38,{folder}/variants/joint.vcf.gz,{folder}/joint-samples.csv\n"
    ));
    text
}

impl Programme {
    /// Loads all files and phenopackets of the participants, and records that all participants consent to every use.
    pub fn load_small_data(&self) {
        let _ = self.load(&sheet()).good();
        let packets = feeds().join("packets");
        let _ = self.ingest_packets("cancer", &packets).good();
        let people = everybody();
        self.everybody_agrees(people.iter().map(String::as_str));
    }
}

fn single_vcf(number: usize) -> String {
    let mut text = format!("{VCF_HEAD}\t{}-S\n", person(number));
    let ballast = ballast(&person(number), BALLAST);
    text.push_str(&format!("chr1\t1000\t.\tA\tG\t50\tPASS\tHOMSEQ={ballast};AC=1;AN=2\tGT\t0/1\n"));
    text.push_str(&format!("chr1\t{}\t.\tC\tT\t50\tPASS\tAC=2;AN=2\tGT\t1/1\n", 2000 + 10 * number));
    text.push_str("chr2\t7000\t.\tGA\tG\t50\tPASS\tAC=0;AN=2\tGT\t0/0\n");
    text
}

fn joint_vcf() -> String {
    let mut text = VCF_HEAD.to_owned();
    for number in 1..=COLUMNS {
        text.push_str(&format!("\t{}-S", person(number)));
    }
    text.push_str("\tCONTROL\n");
    let row = |position: usize, reference: &str, alternate: &str, info: &str, carries: &dyn Fn(usize) -> bool| {
        let calls: String = (1..=COLUMNS + 1).map(|n| if carries(n) { "\t0/1" } else { "\t0/0" }).collect();
        let count = (1..=COLUMNS + 1).filter(|n| carries(*n)).count();
        format!(
            "chr2\t{position}\t.\t{reference}\t{alternate}\t60\tPASS\t{info}AC={count};AN={}\tGT{calls}\n",
            2 * (COLUMNS + 1)
        )
    };
    let ballast = format!("HOMSEQ={};", ballast("joint", BALLAST));
    text.push_str(&row(500, "G", "A", &ballast, &|_| true));
    for number in 1..=COLUMNS + 1 {
        text.push_str(&row(1000 + 10 * number, "T", "C", "", &|n| n == number));
    }
    text
}

fn sam(number: usize) -> String {
    let mut text = String::from("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:chr1\tLN:248956422\n@SQ\tSN:chr2\tLN:242193529\n");
    text.push_str(&format!("@RG\tID:rg\tSM:{}-S\n", person(number)));
    let (bases, qualities) = ("ACGTTGCAAC".repeat(5), "I".repeat(50));
    for read in 0..10 {
        let contig = if read < 7 { "chr1" } else { "chr2" };
        text.push_str(&format!(
            "r{number}-{read}\t0\t{contig}\t{}\t60\t50M\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:rg\tZZ:Z:{}\n",
            1000 + 40 * read,
            ballast(&format!("{number}-{read}"), BALLAST / 3)
        ));
    }
    for read in 10..12 {
        text.push_str(&format!(
            "r{number}-{read}\t4\t*\t0\t0\t*\t*\t0\t0\t{bases}\t{qualities}\tRG:Z:rg\n"
        ));
    }
    text
}

fn packet(number: usize) -> String {
    let id = person(number);
    let feature = |term: &str, label: &str, excluded: bool| serde_json::json!({"type": {"id": term, "label": label}, "excluded": excluded});
    let mut features = vec![feature("HP:0000707", "Abnormality of the nervous system", false)];
    match number {
        1..=6 => features.push(feature("HP:0001250", "Seizure", false)),
        7 => features.push(feature("HP:0001250", "Seizure", true)),
        _ => {}
    }
    serde_json::json!({
        "id": id,
        "subject": {"id": id, "sex": "UNKNOWN_SEX"},
        "phenotypicFeatures": features,
        "metaData": {
            "created": "2026-04-01T00:00:00Z",
            "createdBy": "gemj-tests",
            "resources": [{"id": "hp", "name": "human phenotype ontology", "url": "http://purl.obolibrary.org/obo/hp.owl", "version": "2026-01-01",
                           "namespacePrefix": "HP", "iriPrefix": "http://purl.obolibrary.org/obo/HP_"}],
            "phenopacketSchemaVersion": "2.0",
        },
    })
    .to_string()
}
