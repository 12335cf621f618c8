//! Tests which CRAM slices a reader can decode without the reference.
//!
//! samtools finds a reference through the path that it wrote into the header (`UR`). The tests therefore move the reference to another path
//! before they read the slices.

use std::path::{Path, PathBuf};
use std::process::Command;

use gemj_model::Assembly;

use crate::bam::difference;
use crate::cram::{encode, material, spans};
use crate::cram_sizes::short_reads;
use crate::kit::*;

/// Moves a FASTA file and its index to another folder and returns the new path.
fn moved(bench: &Bench, fasta: &Path) -> PathBuf {
    let to = bench.path("elsewhere.fa");
    for suffix in ["", ".fai"] {
        let [from, to] = [fasta, &to].map(|path| format!("{}{suffix}", path.display()));
        std::fs::copy(&from, &to).unwrap();
        std::fs::remove_file(&from).unwrap();
    }
    to
}

/// Whether samtools can read the whole CRAM file with these arguments.
fn is_readable(cram: &Path, arguments: &[&str]) -> bool {
    let mut command = Command::new("samtools");
    command.args(["view", "-o", "/dev/null"]).args(arguments).arg(cram);
    command.env("REF_PATH", "/nonexistent").env("REF_CACHE", "/nonexistent");
    command.output().unwrap().status.success()
}

#[tokio::test]
async fn a_slice_of_deep_reads_embeds_the_configured_reference() {
    let scratch = Bench::new().await;
    let material = short_reads(&scratch);
    let cram = encode(&scratch, &material, "deep", &[]);
    let fasta = moved(&scratch, &material.fasta);
    let bench = Bench::with_reference(Some(fasta.clone())).await;
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    run("samtools", &["index", cram.to_str().unwrap()]);
    assert!(!is_readable(&cram, &[]));
    for asked in [region("one", 20_000, Some(20_500)), region("one", 60_000, Some(70_000))] {
        let slice = bench
            .slice_file(&full_grant(&object), &object, std::slice::from_ref(&asked), "slice.cram")
            .await;
        let ours = run("samtools", &["view", slice.to_str().unwrap()]);
        let words = samtools_region(&asked).unwrap();
        let theirs = run("samtools", &["view", "-T", fasta.to_str().unwrap(), cram.to_str().unwrap(), &words]);
        assert!(ours == theirs, "{asked:?}: {}", difference(&ours, &theirs));
    }
}

#[tokio::test]
async fn a_slice_of_few_reads_needs_the_reference_of_its_file_and_samtools_rejects_another_reference() {
    let scratch = Bench::new().await;
    let material = material(&scratch, 800, 3);
    let cram = encode(&scratch, &material, "shallow", &[]);
    let fasta = moved(&scratch, &material.fasta);
    // A reference with the same names and lengths of contigs but with other bases.
    let text = std::fs::read_to_string(&fasta).unwrap();
    let other: Vec<String> = text
        .lines()
        .map(|line| {
            if line.starts_with('>') {
                line.to_owned()
            } else {
                line.replace('A', "T")
            }
        })
        .collect();
    let other = scratch.file("other.fa", (other.join("\n") + "\n").as_bytes());
    run("samtools", &["faidx", other.to_str().unwrap()]);
    let bench = Bench::with_reference(Some(fasta.clone())).await;
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    run("samtools", &["index", cram.to_str().unwrap()]);
    let mut dice = Dice(8);
    let mut seen = 0;
    for asked in random_regions(&mut dice, &spans(), 60) {
        let slice = bench
            .slice_file(&full_grant(&object), &object, std::slice::from_ref(&asked), "slice.cram")
            .await;
        let with = ["view", "-T", fasta.to_str().unwrap()];
        let ours = run("samtools", &[&with[..], &[slice.to_str().unwrap()]].concat());
        let theirs = samtools_region(&asked).map_or_else(String::new, |words| {
            run("samtools", &[&with[..], &[cram.to_str().unwrap(), &words]].concat())
        });
        assert!(ours == theirs, "{asked:?}: {}", difference(&ours, &theirs));
        if ours.lines().count() > 5 {
            seen += 1;
            assert!(!is_readable(&slice, &[]), "{asked:?}");
            assert!(!is_readable(&slice, &["-T", other.to_str().unwrap()]), "{asked:?}");
        }
    }
    assert!(seen > 3, "{seen} slices have reads");
}
