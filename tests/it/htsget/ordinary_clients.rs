//! Ordinary htsget clients that have only a URL and a token: samtools and bcftools, pysam, and the package htsget of PyPI.

use std::process::Command;

use gemj_tests::htsget_clients::pysam_and_htsget;
use gemj_tests::oracle::{bcftools, run_command, sam_records, samtools, vcf_records};
use serde_json::{Value, json};

use super::made::made;
use crate::real::{Real, real};

/// Runs samtools or bcftools with the token in the file that htslib reads.
fn htslib(real: &Real, program: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, &real.token).unwrap();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder.path());
    command
        .env("HTS_AUTH_LOCATION", token)
        .env("HTS_ALLOW_UNENCRYPTED_AUTHORIZATION_HEADER", "I understand the risks");
    String::from_utf8(run_command(command, b"")).unwrap()
}

#[test]
fn samtools_reads_htsget_urls() {
    let Some(real) = real() else { return };
    for (file, format) in [("reads/NA12878.bam", "BAM"), ("reads/NA12878.cram", "CRAM")] {
        let url = format!("{}/htsget/reads/{}?format={format}", real.client().base, real.id(file));
        assert!(
            htslib(real, "samtools", &["view", &url]) == samtools(["view", &real.file(file)]),
            "{format}"
        );
    }
    let url = format!(
        "{}/htsget/reads/{}?referenceName=20&start=5000000&end=5001000",
        real.client().base,
        real.id("reads/NA12878.bam")
    );
    assert_eq!(
        htslib(real, "samtools", &["view", &url]),
        samtools(["view", &real.file("reads/NA12878.bam"), "20:5000001-5001000"])
    );
}

#[test]
fn bcftools_reads_htsget_urls() {
    let Some(real) = real() else { return };
    let path = real.file("variants/HG002_GIAB.vcf.gz");
    let url = format!("{}/htsget/variants/{}", real.client().base, real.id("variants/HG002_GIAB.vcf.gz"));
    let view = ["view", "--no-version", "-H"];
    assert!(htslib(real, "bcftools", &[&view[..], &[&url]].concat()) == bcftools([&view[..], &[&path]].concat()));
    let region = format!("{url}?referenceName=3&start=40000000&end=60000000");
    assert_eq!(
        htslib(real, "bcftools", &[&view[..], &[&region]].concat()),
        bcftools([&view[..], &["-r", "3:40000001-60000000", &path]].concat())
    );
}

/// A region's records as the Python clients see them: the records over which pysam iterates, and the file that the package htsget wrote.
fn by_python(path: &str, format: &str, region: (&str, u64, u64)) -> Option<(Vec<Value>, Vec<u8>)> {
    let made = made();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let said = pysam_and_htsget(&json!({
        "url": format!("{}{path}", made.client().base),
        "token": made.token,
        "format": format,
        "region": region,
        "output": output,
    }))?;
    Some((said["found"].as_array().unwrap().clone(), std::fs::read(output).unwrap()))
}

#[test]
fn pysam_and_the_htsget_package_read_reads() {
    let made = made();
    // Some of these regions are small enough to be inline in the ticket. The other regions come in blocks.
    for (name, format, start, end) in [
        ("spliced", "BAM", 1_000_000, 1_400_000),
        ("agreeing", "BAM", 5_000, 6_000),
        ("multi-slice", "CRAM", 500_000, 900_000),
        ("multi-slice", "BAM", 500_000, 900_000),
    ] {
        let file = made.reads(name);
        let path = format!("/htsget/reads/{}", made.id(&file.path));
        let Some((found, bytes)) = by_python(&path, format, ("synth1", start, end)) else {
            return;
        };
        let wanted = samtools(["view", file.path.to_str().unwrap(), &format!("synth1:{}-{end}", start + 1)]);
        assert!(sam_records(&bytes) == wanted, "{name} {format}: htsget");
        let names: Vec<(&str, u64)> = wanted
            .lines()
            .map(|line| {
                let mut fields = line.split('\t');
                (fields.next().unwrap(), fields.nth(2).unwrap().parse::<u64>().unwrap() - 1)
            })
            .collect();
        let read: Vec<(&str, u64)> = found.iter().map(|r| (r[0].as_str().unwrap(), r[1].as_u64().unwrap())).collect();
        assert!(
            !read.is_empty() && read == names,
            "{name} {format}: pysam has {} of {}",
            read.len(),
            names.len()
        );
    }
}

#[test]
fn pysam_and_the_htsget_package_read_variants() {
    let made = made();
    for (writer, width) in [("bgzip", 1), ("bcftools", 1_200), ("bcf", 1), ("bcf", 6_000)] {
        let file = made.variants(writer, width);
        let path = format!("/htsget/variants/{}", made.id(&file.path));
        let Some((found, bytes)) = by_python(&path, file.format, ("synth1", 200_000, 900_000)) else {
            return;
        };
        let original = file.path.to_str().unwrap();
        let wanted = bcftools(["view", "--no-version", "-H", "-r", "synth1:200001-900000", original]);
        assert!(vcf_records(&bytes) == wanted, "{writer} {width}: htsget");
        let starts: Vec<u64> = wanted
            .lines()
            .map(|line| line.split('\t').nth(1).unwrap().parse::<u64>().unwrap() - 1)
            .collect();
        let read: Vec<u64> = found.iter().map(|r| r[1].as_u64().unwrap()).collect();
        assert!(!read.is_empty() && read == starts, "{writer} {width}: pysam");
    }
}
