//! Compares the CPU time and the bytes of slices with samtools and bcftools in the same run. Command: `cargo test --release -p gemj-objects
//! --test it -- --ignored --nocapture --test-threads 1 slices_cost`.

use std::path::Path;

use gemj_model::{Assembly, DataObject};
use gemj_objects::SliceRequest;

use crate::kit::*;
use crate::variants::joint_vcf;
use crate::verbatim::dense_sam;

const ROUNDS: u32 = 10;

/// The CPU time, in milliseconds, of this process, and of the child processes that have finished.
fn cpu_ms() -> (f64, f64) {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let own: f64 = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<f64>().ok())
        .sum();
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (own / 1e6, (ticks(13) + ticks(14)) * 10.0)
}

async fn compare(bench: &Bench, object: &DataObject, path: &Path, program: &str, options: &[&[&str]], spans: &[(&str, u64, u64)]) {
    for (name, start, end) in spans {
        let request = SliceRequest {
            regions: vec![region("un1", *start, Some(*end))],
            ..SliceRequest::default()
        };
        let grant = full_grant(object);
        bench.slice(&grant, object, &request).await.unwrap();
        let before = cpu_ms().0;
        let mut bytes = 0;
        for _ in 0..ROUNDS {
            bytes = bench.slice(&grant, object, &request).await.unwrap().len();
        }
        let ours = (cpu_ms().0 - before) / f64::from(ROUNDS);
        let before = cpu_ms().0;
        for _ in 0..ROUNDS {
            // `small` makes the slice anew in each round, because only headers are cached.
            let slice = bench.store.open_slice(&grant, object, &request).await.unwrap();
            slice.small(usize::MAX).await.unwrap();
        }
        let made = (cpu_ms().0 - before) / f64::from(ROUNDS);
        print!("{program} {name}: ours {bytes} bytes, {ours:.2} ms sent, {made:.2} ms made");
        for options in options {
            let words = format!("un1:{}-{end}", start + 1);
            let out = bench.path("out");
            let before = cpu_ms().1;
            for _ in 0..ROUNDS {
                let arguments = [
                    &["view"][..],
                    options,
                    &["-o", out.to_str().unwrap(), path.to_str().unwrap(), &words],
                ]
                .concat();
                run(program, &arguments);
            }
            let theirs = (cpu_ms().1 - before) / f64::from(ROUNDS);
            let size = std::fs::metadata(&out).unwrap().len() as f64;
            print!(
                "; {options:?} {size} bytes (ours {:.3}x), {theirs:.1} ms with start-up (ours {:.3}x)",
                bytes as f64 / size,
                ours / theirs
            );
        }
        println!();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark"]
async fn slices_cost_less_than_slices_of_samtools_and_bcftools() {
    let bench = Bench::new().await;
    let sam = bench.file("dense.sam", dense_sam(1_300_000, 30).as_bytes());
    let bam = bench.path("dense.bam");
    run(
        "samtools",
        &["view", "--no-PG", "-b", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()],
    );
    std::fs::remove_file(sam).unwrap();
    run("samtools", &["index", bam.to_str().unwrap()]);
    let (object, _) = bench.load(&bam, Assembly::GRCh38).await;
    let spans = [
        ("1 kb", 700_000, 701_000),
        ("100 kb", 600_000, 700_000),
        ("1 Mb", 200_000, 1_200_000),
    ];
    compare(&bench, &object, &bam, "samtools", &[&["-b"], &["-b", "-1"]], &spans).await;

    let bytes = pipe("bcftools", &["view", "--no-version", "-Ob"], joint_vcf(200, 20_000).as_bytes());
    let bcf = bench.file("joint.bcf", &bytes);
    run("bcftools", &["index", bcf.to_str().unwrap()]);
    let (object, _) = bench.load(&bcf, Assembly::GRCh38).await;
    let spans = [
        ("1 kb", 1_050_000, 1_051_000),
        ("20 kb", 1_040_000, 1_060_000),
        ("100 kb", 1_000_000, 1_100_000),
    ];
    compare(&bench, &object, &bcf, "bcftools", &[&["-Ob"], &["-Ob1"]], &spans).await;
}

/// The file contains reads of a whole genome at low coverage, so that the file is small but its index is as large as for a whole genome.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark"]
async fn slices_cost_little_compared_with_the_index_of_a_genome() {
    use std::fmt::Write as _;
    let bench = Bench::new().await;
    let mut sam = String::from("@HD\tVN:1.6\tSO:coordinate\n");
    for contig in 1..=24 {
        writeln!(sam, "@SQ\tSN:un{contig}\tLN:130000000").unwrap();
    }
    for contig in 1..=24 {
        for position in (1..130_000_000).step_by(5_000) {
            writeln!(sam, "r\t0\tun{contig}\t{position}\t60\t10M\t*\t0\t0\tACGTACGTAC\t*").unwrap();
        }
    }
    let sam = bench.file("genome.sam", sam.as_bytes());
    let bam = bench.path("genome.bam");
    run(
        "samtools",
        &["view", "--no-PG", "-b", "-o", bam.to_str().unwrap(), sam.to_str().unwrap()],
    );
    let (object, inspection) = bench.load(&bam, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap();
        let line = status.lines().find(|line| line.starts_with("Pss_Anon:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1e3
    };
    let index_mb = inspection.index.bytes.len() as f64 / 1e6;
    drop(inspection);
    let before = resident();
    let mut dice = Dice(2);
    let two_thousand: Vec<_> = (0..2_000)
        .map(|_| {
            let start = dice.roll(129_000_000);
            region(&format!("un{}", 1 + dice.roll(24)), start, Some(start + 500))
        })
        .collect();
    for (name, regions) in [
        ("first slice, index parsed", vec![region("un3", 50_000_000, Some(50_001_000))]),
        ("1 kb", vec![region("un3", 50_000_000, Some(50_001_000))]),
        ("a contig", vec![region("un3", 0, None)]),
        ("2,000 regions", two_thousand),
    ] {
        let request = SliceRequest {
            regions,
            ..SliceRequest::default()
        };
        let started = cpu_ms().0;
        let bytes = bench.slice(&grant, &object, &request).await.unwrap().len();
        println!("{name}: {bytes} bytes, {:.2} ms CPU", cpu_ms().0 - started);
    }
    println!("index of {index_mb:.1} MB; resident memory grew by {:.1} MB", resident() - before);
}
