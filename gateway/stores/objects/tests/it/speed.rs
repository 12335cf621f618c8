//! Compares the speed of slices with samtools and bcftools on the same machine in the same run. Command: `cargo test --release -p
//! gemj-objects --test it -- --ignored --nocapture keep_pace`.

use std::time::Instant;

use gemj_model::Assembly;
use gemj_objects::SliceRequest;

use crate::kit::*;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark"]
async fn slices_keep_pace_with_samtools() {
    let Some(path) = shared("data/reads/NA12878.bam") else { return };
    let bench = Bench::new().await;
    let (many, sorted) = (bench.path("many.bam"), bench.path("sorted.bam"));
    let copies = vec![path.to_str().unwrap(); 20];
    run("samtools", &[&["cat", "-o", many.to_str().unwrap()][..], &copies].concat());
    run(
        "samtools",
        &["sort", "--write-index", "-o", sorted.to_str().unwrap(), many.to_str().unwrap()],
    );
    let started = Instant::now();
    let (object, inspection) = bench.load(&sorted, Assembly::GRCh37).await;
    let mb = object.size_bytes as f64 / 1e6;
    println!(
        "inspected and stored {mb:.0} MB, {} records in {:.2?}",
        inspection.record_count,
        started.elapsed()
    );
    let grant = full_grant(&object);
    for (name, end) in [("all", None), ("500 bases", Some(5_001_000))] {
        let request = SliceRequest {
            class: None,
            regions: vec![region("11", 5_000_500, end)],
            ..SliceRequest::default()
        };
        bench.slice(&grant, &object, &request).await.unwrap();
        let started = Instant::now();
        let bytes = bench.slice(&grant, &object, &request).await.unwrap().len();
        let ours = started.elapsed();
        let words = samtools_region(&request.regions[0]).unwrap();
        let out = bench.path("out.bam");
        let started = Instant::now();
        run(
            "samtools",
            &["view", "-1", "-o", out.to_str().unwrap(), sorted.to_str().unwrap(), &words],
        );
        let theirs = started.elapsed();
        println!(
            "{name}: {bytes} bytes in {ours:.2?}; samtools view -1 {theirs:.2?} (with its start-up); ratio {:.2}",
            ours.as_secs_f64() / theirs.as_secs_f64()
        );
    }
}

/// A joint VCF in which most alleles are rare. One site in ten has two alternative alleles.
fn joint(samples: u64, sites: u64, rich: bool) -> String {
    let mut dice = Dice(samples);
    let mut vcf = String::from("##fileformat=VCFv4.2\n##contig=<ID=un1,length=100000000>\n");
    for (id, number) in [("AC", "A"), ("AN", "1")] {
        vcf.push_str(&format!("##INFO=<ID={id},Number={number},Type=Integer,Description=\"\">\n"));
    }
    for (id, number, kind) in [
        ("GT", "1", "String"),
        ("AD", "R", "Integer"),
        ("DP", "1", "Integer"),
        ("GQ", "1", "Integer"),
        ("PL", "G", "Integer"),
    ] {
        vcf.push_str(&format!("##FORMAT=<ID={id},Number={number},Type={kind},Description=\"\">\n"));
    }
    vcf.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    (0..samples).for_each(|sample| vcf.push_str(&format!("\tS{sample}")));
    for site in 0..sites {
        let rarity = *dice.pick(&[1_000, 100, 20, 3]);
        let alternatives = if dice.roll(10) == 0 { 2 } else { 1 };
        let mut cells = String::new();
        let mut counts = [0; 3];
        for _ in 0..samples {
            let mut alleles = [0, 0].map(|_| if dice.roll(rarity) == 0 { 1 + dice.roll(alternatives) } else { 0 });
            alleles.sort_unstable();
            alleles.iter().for_each(|allele| counts[*allele as usize] += 1);
            cells.push_str(&format!("\t{}/{}", alleles[0], alleles[1]));
            if rich {
                let (a, b) = (dice.roll(40), dice.roll(40));
                cells.push_str(&format!(
                    ":{a},{b}{}:{}:{}",
                    ",3".repeat(alternatives as usize - 1),
                    a + b,
                    99.min(3 * (a + b))
                ));
                cells.push_str(&format!(
                    ":{},{},{}{}",
                    dice.roll(900),
                    dice.roll(300),
                    dice.roll(2_000),
                    ",9,9,9".repeat(alternatives as usize - 1)
                ));
            }
        }
        let (alt, count) = if alternatives == 2 {
            ("C,G", format!("{},{}", counts[1], counts[2]))
        } else {
            ("C", counts[1].to_string())
        };
        let format = if rich { "GT:AD:DP:GQ:PL" } else { "GT" };
        vcf.push_str(&format!(
            "\nun1\t{}\t.\tA\t{alt}\t50\tPASS\tAC={count};AN={}\t{format}{cells}",
            1_000 + site * 50,
            2 * samples
        ));
    }
    vcf.push('\n');
    vcf
}

/// The CPU time, in seconds, of this process and of its finished child processes.
fn cpu_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap() / 100.0;
    (ticks(11) + ticks(12), ticks(13) + ticks(14))
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark"]
async fn redacted_slices_keep_pace_with_bcftools() {
    for (samples, sites, rich) in [
        (1_200_u64, 1_500, false),
        (1_200, 600, true),
        (6_000, 300, false),
        (6_000, 120, true),
    ] {
        let bench = Bench::new().await;
        let text = joint(samples, sites, rich);
        let kept: Vec<u32> = (0..samples as u32)
            .filter(|sample| sample.wrapping_mul(2_654_435_761) >> 31 == 0)
            .collect();
        let list: String = kept.iter().map(|sample| format!("S{sample}\n")).collect();
        let list = bench.file("keep.txt", list.as_bytes());
        for (name, write, outputs) in [("joint.bcf", "-Ob", ["-Ob", "-Ou"]), ("joint.vcf.gz", "-Oz", ["-Oz", "-Ov"])] {
            let path = bench.file(name, &pipe("bcftools", &["view", "--no-version", write], text.as_bytes()));
            let (object, _) = bench.load(&path, Assembly::GRCh38).await;
            let grant = grant(&object, gemj_access::Action::SliceVariants, kept.iter().copied()).unwrap();
            bench.slice(&grant, &object, &SliceRequest::default()).await.unwrap();
            let before = cpu_seconds().0;
            let rounds = 5;
            for _ in 0..rounds {
                bench.slice(&grant, &object, &SliceRequest::default()).await.unwrap();
            }
            let ours = (cpu_seconds().0 - before) / f64::from(rounds);
            print!(
                "{} of {samples} samples, {sites} sites, {} in {name}: {ours:.3} s CPU",
                kept.len(),
                if rich { "GT:AD:DP:GQ:PL" } else { "GT" }
            );
            for output in outputs {
                let out = bench.path("out");
                let before = cpu_seconds().1;
                for _ in 0..rounds {
                    let (list, out, path) = (list.to_str().unwrap(), out.to_str().unwrap(), path.to_str().unwrap());
                    run("bcftools", &["view", "-S", list, output, "-o", out, path]);
                }
                let theirs = (cpu_seconds().1 - before) / f64::from(rounds);
                print!("; bcftools view -S {output} {theirs:.3} s, ratio {:.2}", ours / theirs);
            }
            println!();
        }
    }
}
