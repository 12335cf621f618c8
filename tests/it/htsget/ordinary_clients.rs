//! samtools and bcftools as clients: given nothing but an address and a token.

use std::process::Command;

use gemj_tests::oracle::{bcftools, run_command, samtools};

use crate::real::{Real, real};

/// Runs a program of htslib with the token where htslib looks for it.
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
fn samtools_reads_tickets_by_itself() {
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
fn bcftools_reads_tickets_by_itself() {
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
