//! Random regions of variants over HTTP, compared with bcftools.

use std::io::Write as _;
use std::path::Path;

use gemj_tests::Client;
use gemj_tests::oracle::{bcftools, run};

use super::super::made::{PARTLY, made};
use super::{BGZF_END, Stretch, difference, each, fetched, stretches};
use crate::real::real;

fn places_of_variants(path: &str) -> Vec<Stretch> {
    let listed = bcftools(["query", "-f", "%CHROM\t%POS\t%END\n", path]);
    let place = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        Stretch {
            contig: fields[0].to_owned(),
            start: fields[1].parse::<u64>().unwrap() - 1,
            end: fields[2].parse().unwrap(),
        }
    };
    listed.lines().map(place).collect()
}

/// Runs bcftools on a region of a file. The region is passed in a file, because `-r` misreads contig names that look like regions (bcftools 1.16).
fn within(stretch: &Stretch, arguments: &[&str], path: &str) -> String {
    let mut regions = tempfile::Builder::new().suffix(".bed").tempfile().unwrap();
    writeln!(regions, "{}\t{}\t{}", stretch.contig, stretch.start, stretch.end).unwrap();
    bcftools([arguments, &["-R", regions.path().to_str().unwrap(), path]].concat())
}

/// A served file of variants, and its original file for bcftools.
struct Variants<'a> {
    client: &'a Client,
    token: &'a str,
    id: &'a str,
    path: &'a Path,
    format: &'a str,
}

impl Variants<'_> {
    fn bytes(&self, stretch: &Stretch) -> Result<Vec<u8>, String> {
        let question = format!("/htsget/variants/{}?format={}&{}", self.id, self.format, stretch.query());
        fetched(self.client, self.token, &question, self.format, &BGZF_END)
    }

    fn stretches(&self) -> Vec<Stretch> {
        let path = self.path.to_str().unwrap();
        stretches(path.rsplit('/').next().unwrap(), &places_of_variants(path))
    }

    fn every_region_is_exact(&self) {
        let path = self.path.to_str().unwrap();
        let header = bcftools(["view", "--no-version", "-h", path]);
        each(&self.stretches(), |_, stretch| {
            let region = stretch.of_htslib();
            let wanted = match stretch.end - stretch.start {
                0 => String::new(),
                _ => within(stretch, &["view", "--no-version", "-H"], path),
            };
            let served = String::from_utf8(run("bcftools", ["view", "--no-version", "-"], &self.bytes(stretch)?)).unwrap();
            let Some(records) = served.strip_prefix(&header) else {
                return Err(format!("{region}: another header"));
            };
            difference(&region, records, &wanted)
        });
    }
}

fn variants_of_made_file(writer: &str, width: usize) {
    let made = made();
    let file = made.variants(writer, width);
    let variants = Variants {
        client: made.client(),
        token: &made.token,
        id: made.id(&file.path),
        path: &file.path,
        format: file.format,
    };
    variants.every_region_is_exact();
}

fn variants_of_real_file(name: &str) {
    let Some(real) = real() else { return };
    let (id, path) = (real.id(name), real.data.join(name));
    let variants = Variants {
        client: real.client(),
        token: &real.token,
        id: &id,
        path: &path,
        format: "VCF",
    };
    variants.every_region_is_exact();
}

#[test]
fn every_region_of_the_real_vcf_is_that_of_bcftools() {
    variants_of_real_file("variants/HG002_GIAB.vcf.gz");
}

#[test]
fn every_region_of_the_real_gvcf_is_that_of_bcftools() {
    variants_of_real_file("variants/NA12878_chr20_21.g.vcf.gz");
}

#[test]
fn every_region_of_vcf_by_bgzip_is_that_of_bcftools() {
    variants_of_made_file("bgzip", 1);
}

#[test]
fn every_region_of_vcf_by_bgzip_with_1200_samples_is_that_of_bcftools() {
    variants_of_made_file("bgzip", 1_200);
}

#[test]
fn every_region_of_vcf_by_bgzip_with_6000_samples_is_that_of_bcftools() {
    variants_of_made_file("bgzip", 6_000);
}

#[test]
fn every_region_of_vcf_by_bcftools_is_that_of_bcftools() {
    variants_of_made_file("bcftools", 1);
}

#[test]
fn every_region_of_vcf_by_bcftools_with_1200_samples_is_that_of_bcftools() {
    variants_of_made_file("bcftools", 1_200);
}

#[test]
fn every_region_of_vcf_by_bcftools_with_6000_samples_is_that_of_bcftools() {
    variants_of_made_file("bcftools", 6_000);
}

#[test]
fn every_region_of_bcf_is_that_of_bcftools() {
    variants_of_made_file("bcf", 1);
}

#[test]
fn every_region_of_bcf_with_1200_samples_is_that_of_bcftools() {
    variants_of_made_file("bcf", 1_200);
}

#[test]
fn every_region_of_bcf_with_6000_samples_is_that_of_bcftools() {
    variants_of_made_file("bcf", 6_000);
}

/// A slice omits sites that no remaining sample carries. All other sites have the genotypes of the remaining samples, and counts of these samples.
#[test]
fn every_region_of_a_file_with_columns_of_no_participant_equals_that_of_bcftools_without_them() {
    let made = made();
    let folder = tempfile::tempdir().unwrap();
    for file in &made.partly {
        let variants = Variants {
            client: made.client(),
            token: &made.token,
            id: made.id(&file.path),
            path: &file.path,
            format: file.format,
        };
        let columns: Vec<String> = (1..=PARTLY.1).map(gemj_tests::made_variants::column).collect();
        let kept = folder.path().join("kept.txt");
        std::fs::write(&kept, columns.join("\n")).unwrap();
        // bcftools computes the counts itself (`-c 1` makes it count again). The comparison prints only fields that both files have.
        let oracle = folder.path().join("oracle.bcf");
        let left = [
            "view",
            "--no-version",
            "-S",
            kept.to_str().unwrap(),
            "-c",
            "1",
            "-Ob",
            "-o",
            oracle.to_str().unwrap(),
        ];
        bcftools(left.into_iter().chain([file.path.to_str().unwrap()]));
        bcftools(["index", oracle.to_str().unwrap()]);
        let format = "%CHROM\t%POS\t%REF\t%ALT\t%END\t%AC\t%AN[\t%SAMPLE=%GT:%DP:%AD]\n";
        each(&variants.stretches(), |_, stretch| {
            let region = stretch.of_htslib();
            let wanted = match stretch.end - stretch.start {
                0 => String::new(),
                _ => within(stretch, &["query", "-f", format], oracle.to_str().unwrap()),
            };
            let served = String::from_utf8(run("bcftools", ["query", "-f", format, "-"], &variants.bytes(stretch)?)).unwrap();
            difference(&region, &served, &wanted)
        });
    }
}
