//! Compares the speed of CRAM slices with samtools on the same machine in the same run. Command: `cargo test --release -p gemj-objects
//! --test it -- --ignored --nocapture cram_slices_keep_pace`.

use std::fmt::Write as _;
use std::time::Instant;

use gemj_model::{Assembly, FileFormat};
use gemj_objects::SliceRequest;

use crate::cram::{Material, encode};
use crate::kit::*;

/// Pairs of reads with 150 bases each, at 30-fold coverage of one contig.
fn thirtyfold(bench: &Bench, length: usize) -> Material {
    let mut dice = Dice(1);
    let letters: Vec<u8> = (0..length).map(|_| *dice.pick(b"ACGT")).collect();
    let mut fasta = String::from(">un1\n");
    for line in letters.chunks(100) {
        writeln!(fasta, "{}", std::str::from_utf8(line).unwrap()).unwrap();
    }
    let mut sam = format!("@HD\tVN:1.6\tSO:coordinate\n@SQ\tSN:un1\tLN:{length}\n@RG\tID:g\tSM:s\n");
    for pair in 0..length / 10 {
        let start = dice.roll(length as u64 - 600) as usize;
        let mate = start + 200 + dice.roll(150) as usize;
        for (flag, at, other, size) in [(99, start, mate, 1), (147, mate, start, -1)] {
            let mut bases = letters[at..at + 150].to_vec();
            if dice.roll(3) == 0 {
                bases[dice.roll(150) as usize] = *dice.pick(b"ACGT");
            }
            let qualities: String = (0..150)
                .map(|_| {
                    if dice.roll(9) == 0 {
                        *dice.pick(&['#', ':', 'F', ','])
                    } else {
                        'F'
                    }
                })
                .collect();
            let span = size * (mate as i64 + 150 - start as i64);
            writeln!(
                sam,
                "HWI:{pair}:{}\t{flag}\tun1\t{}\t60\t150M\t=\t{}\t{span}\t{}\t{qualities}\tRG:Z:g\tAS:i:{}\tXS:i:0",
                pair * 7919 % 100_000,
                at + 1,
                other + 1,
                std::str::from_utf8(&bases).unwrap(),
                140 + dice.roll(10)
            )
            .unwrap();
        }
    }
    let fasta = bench.file("speed.fa", fasta.as_bytes());
    run("samtools", &["faidx", fasta.to_str().unwrap()]);
    let sam = bench.file("speed.sam", sam.as_bytes());
    let bam = bench.path("speed.bam");
    run("samtools", &["sort", "--no-PG", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()]);
    Material { fasta, bam }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark"]
async fn cram_slices_keep_pace_with_samtools() {
    let scratch = Bench::new().await;
    let material = thirtyfold(&scratch, 2_000_000);
    let bench = Bench::with_reference(Some(material.fasta.clone())).await;
    let cram = encode(&bench, &material, "speed", &[]);
    let (object, _) = bench.load(&cram, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    run("samtools", &["index", cram.to_str().unwrap()]);
    let out = bench.path("theirs");
    let reference = material.fasta.to_str().unwrap();
    for (name, end) in [("1 Mb", 1_500_000), ("100 kb", 600_000), ("1 kb", 501_000)] {
        for (output, option) in [(FileFormat::Cram, "-C"), (FileFormat::Bam, "-1")] {
            let request = SliceRequest {
                regions: vec![region("un1", 500_000, Some(end))],
                output: Some(output),
                ..SliceRequest::default()
            };
            bench.slice(&grant, &object, &request).await.unwrap();
            let started = Instant::now();
            let bytes = bench.slice(&grant, &object, &request).await.unwrap().len();
            let ours = started.elapsed();
            let words = format!("un1:500001-{end}");
            let started = Instant::now();
            run(
                "samtools",
                &[
                    "view",
                    option,
                    "-b",
                    "-T",
                    reference,
                    "-o",
                    out.to_str().unwrap(),
                    cram.to_str().unwrap(),
                    &words,
                ][..]
                    .iter()
                    .copied()
                    .filter(|word| *word != "-b" || output == FileFormat::Bam)
                    .collect::<Vec<_>>(),
            );
            let theirs = started.elapsed();
            let size = std::fs::metadata(&out).unwrap().len();
            println!(
                "{name} as {output:?}: {bytes} bytes in {ours:.2?}; samtools {size} bytes in {theirs:.2?}; ratios {:.3} bytes, {:.2} time",
                bytes as f64 / size as f64,
                ours.as_secs_f64() / theirs.as_secs_f64()
            );
        }
    }
}
