//! Compares VCF and BCF slices with the output of `bcftools view`.

use std::fmt::Write as _;
use std::path::Path;

use gemj_model::Assembly;
use gemj_objects::{Class, SliceError, SliceRegion, SliceRequest};

use crate::bam::{difference, region_count};
use crate::kit::*;

async fn compare_variants(bench: &Bench, path: &Path, assembly: Assembly, spans: &[(String, u64, u64)], count: usize) {
    let (object, inspection) = bench.load(path, assembly).await;
    let grant = full_grant(&object);
    let copy = bench.path(&format!("copy-{}", path.file_name().unwrap().to_str().unwrap()));
    std::fs::copy(path, &copy).unwrap();
    std::fs::write(
        format!("{}.{}", copy.display(), inspection.index.format.as_str()),
        &inspection.index.bytes,
    )
    .unwrap();
    let theirs_indexed = bench.path(&format!("theirs-{}", path.file_name().unwrap().to_str().unwrap()));
    std::fs::copy(path, &theirs_indexed).unwrap();
    run("bcftools", &["index", "-f", theirs_indexed.to_str().unwrap()]);

    // The contigs in the order of their records in the file.
    let listed = run("bcftools", &["query", "-f", "%CHROM\n", path.to_str().unwrap()]);
    let mut order: Vec<&str> = listed.lines().collect();
    order.dedup();

    let mut dice = Dice(count as u64);
    let mut cases: Vec<Vec<SliceRegion>> = random_regions(&mut dice, spans, count).into_iter().map(|r| vec![r]).collect();
    for several in [2, 3, 5, 2, 3, 8] {
        cases.push(random_regions(&mut dice, spans, several));
    }
    let mut seen = 0;
    for (number, regions) in cases.into_iter().enumerate() {
        let slice = bench.slice_file(&grant, &object, &regions, "slice").await;
        let ours = run("bcftools", &["view", "-H", slice.to_str().unwrap()]);
        // bcftools uses its own index. In one of four cases it also uses the index that inspection built, which must work for bcftools too.
        for whole in [&theirs_indexed, &copy].into_iter().take(if number % 4 == 0 { 2 } else { 1 }) {
            let theirs = bcftools_regions(bench, whole, &order, &regions);
            assert!(ours == theirs, "{} {regions:?}: {}", whole.display(), difference(&ours, &theirs));
        }
        seen += ours.lines().count();
    }
    assert!(seen > 0);
    let whole = bench.slice_file(&grant, &object, &[], "whole").await;
    assert_eq!(
        run("bcftools", &["view", "--no-version", whole.to_str().unwrap()]),
        run("bcftools", &["view", "--no-version", path.to_str().unwrap()])
    );
}

/// The records that `bcftools view -R` selects through a BED file, so that contig names need no quoting. bcftools prints a record once for
/// each region that it overlaps. The regions are therefore merged here first, by brute force.
fn bcftools_regions(bench: &Bench, path: &Path, order: &[&str], regions: &[SliceRegion]) -> String {
    let mut list: Vec<(String, u64, u64)> = regions
        .iter()
        .filter_map(|r| match r {
            SliceRegion::Contig { contig, interval } if !interval.is_empty() => {
                Some((contig.as_str().to_owned(), interval.start.0, interval.end.map_or(1 << 30, |e| e.0)))
            }
            _ => None,
        })
        .collect();
    list.sort();
    let mut merged: Vec<(String, u64, u64)> = Vec::new();
    for (contig, start, end) in list {
        match merged.last_mut() {
            Some(last) if last.0 == contig && start <= last.2 => last.2 = last.2.max(end),
            _ => merged.push((contig, start, end)),
        }
    }
    if merged.is_empty() {
        return String::new();
    }
    merged.sort_by_key(|(contig, start, _)| (order.iter().position(|n| n == contig), *start));
    let mut out = String::new();
    let mut seen = std::collections::HashSet::new();
    for (contig, start, end) in merged {
        let bed = bench.file("regions.bed", format!("{contig}\t{start}\t{end}\n").as_bytes());
        for line in run("bcftools", &["view", "-H", "-R", bed.to_str().unwrap(), path.to_str().unwrap()]).lines() {
            // bcftools prints a long record at the boundary of two regions for each of the regions.
            if seen.insert(line.to_owned()) {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    out
}

#[tokio::test]
async fn slices_of_real_variant_files_equal_the_output_of_bcftools() {
    let bench = Bench::new().await;
    if let Some(path) = shared("data/variants/HG002_GIAB.vcf.gz") {
        let spans: Vec<_> = ["1", "2", "11", "22"].map(|c| (c.to_owned(), 0, 120_000_000)).to_vec();
        compare_variants(&bench, &path, Assembly::GRCh37, &spans, 60).await;
    }
    if let Some(path) = shared("data/variants/1kg_chr22_100.vcf.gz") {
        compare_variants(&bench, &path, Assembly::GRCh38, &[("chr22".to_owned(), 10_510_000, 10_560_000)], 60).await;
    }
    if let Some(path) = shared("data/variants/NA12878_chr20_21.g.vcf.gz") {
        let spans = [("20".to_owned(), 9_900_000, 10_200_000), ("21".to_owned(), 5_000_000, 16_000_000)];
        compare_variants(&bench, &path, Assembly::GRCh37, &spans, 60).await;
    }
}

/// A VCF text with long deletions, blocks with END, strange contig names, and contigs in another order than in the header.
pub(crate) fn odd_vcf(records: u64, pad: usize) -> String {
    let mut vcf = String::from("##fileformat=VCFv4.2\n##FILTER=<ID=PASS,Description=\"All, \\\"quoted\\\" and = passed\">\n");
    for (name, length) in [("un1", 5_000_000), ("HLA-A*01:01:01:01", 3_503), ("un2", 100_000), ("empty", 10)] {
        writeln!(vcf, "##contig=<ID={name},length={length}>").unwrap();
    }
    vcf.push_str(
        "##INFO=<ID=END,Number=1,Type=Integer,Description=\"End\">\n##INFO=<ID=SVTYPE,Number=1,Type=String,Description=\"Type\">\n",
    );
    vcf.push_str("##INFO=<ID=PAD,Number=1,Type=String,Description=\"Padding\">\n##ALT=<ID=DEL,Description=\"Deletion\">\n");
    vcf.push_str("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n");
    vcf.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ts1\n");
    let mut dice = Dice(77);
    for (contig, length) in [("un2", 100_000), ("un1", 5_000_000), ("HLA-A*01:01:01:01", 3_503)] {
        let mut position = 1;
        for number in 0..records {
            position += dice.roll(length / records + 1);
            let padding: String = (0..pad).map(|_| *dice.pick(&['a', 'b', 'c', 'd'])).collect();
            let (reference, alternative, info) = match dice.roll(8) {
                0 => (
                    "N".to_owned(),
                    "<DEL>",
                    format!("SVTYPE=DEL;END={}", position + dice.roll(length / 3)),
                ),
                1 => ("ACGTACGTACGTACGTACGTACGTACGTACGT".to_owned(), "A", ".".to_owned()),
                2 => ("A".to_owned(), "<DEL>", format!("END={}", position.saturating_sub(5))),
                _ => ("A".to_owned(), "C,G", ".".to_owned()),
            };
            let info = if pad > 0 {
                format!("{};PAD={padding}", info.trim_start_matches('.'))
                    .trim_start_matches(';')
                    .to_owned()
            } else {
                info
            };
            writeln!(
                vcf,
                "{contig}\t{position}\tv{number}\t{reference}\t{alternative}\t50\tPASS\t{info}\tGT\t0/1"
            )
            .unwrap();
        }
    }
    vcf
}

fn spans() -> Vec<(String, u64, u64)> {
    vec![
        ("un1".to_owned(), 0, 5_000_000),
        ("HLA-A*01:01:01:01".to_owned(), 0, 3_503),
        ("un2".to_owned(), 0, 100_000),
        ("empty".to_owned(), 0, 10),
    ]
}

#[tokio::test]
async fn lines_across_blocks_and_long_records_slice_exactly() {
    for (records, pad, count) in [
        (3_000, 0, region_count()),
        (400, 3_000, region_count() / 2),
        (20, 100_000, region_count() / 4),
    ] {
        let bench = Bench::new().await;
        let bytes = pipe("bgzip", &["-c"], odd_vcf(records, pad).as_bytes());
        let path = bench.file("odd.vcf.gz", &bytes);
        compare_variants(&bench, &path, Assembly::GRCh38, &spans(), count).await;
    }
}

#[tokio::test]
async fn vcf_whose_blocks_begin_with_records_slices_exactly() {
    let bench = Bench::new().await;
    let bytes = pipe("bcftools", &["view", "--no-version", "-Oz"], odd_vcf(3_000, 0).as_bytes());
    let path = bench.file("odd.vcf.gz", &bytes);
    compare_variants(&bench, &path, Assembly::GRCh38, &spans(), region_count()).await;
}

/// A joint VCF with this number of samples. With many samples, a line is longer than a BGZF block.
pub(crate) fn joint_vcf(samples: usize, records: u64) -> String {
    let mut vcf = String::from("##fileformat=VCFv4.2\n##contig=<ID=un1,length=5000000>\n");
    vcf.push_str("##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n");
    vcf.push_str("##FORMAT=<ID=DP,Number=1,Type=Integer,Description=\"Depth\">\n");
    vcf.push_str("##FORMAT=<ID=PL,Number=G,Type=Integer,Description=\"Likelihoods\">\n");
    vcf.push_str("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT");
    for sample in 0..samples {
        write!(vcf, "\ts{sample}").unwrap();
    }
    vcf.push('\n');
    let mut dice = Dice(samples as u64);
    for record in 0..records {
        let position = 1_000_000 + record * (100_000 / records) + dice.roll(3);
        write!(vcf, "un1\t{position}\tv{record}\tA\tC\t50\tPASS\t.\tGT:DP:PL").unwrap();
        for _ in 0..samples {
            let genotype = dice.pick(&["0/0", "0/0", "0/0", "0/1", "1/1", "./."]);
            write!(vcf, "\t{genotype}:{}:0,{},{}", dice.roll(60), dice.roll(99), dice.roll(999)).unwrap();
        }
        vcf.push('\n');
    }
    vcf
}

async fn compare_joint(samples: usize, records: u64, count: usize) {
    let bench = Bench::new().await;
    let text = joint_vcf(samples, records);
    let spans = [("un1".to_owned(), 990_000, 1_110_000)];
    let by_bgzip = pipe("bgzip", &["-c"], text.as_bytes());
    let by_bcftools = pipe("bcftools", &["view", "--no-version", "-Oz"], text.as_bytes());
    let bcf = pipe("bcftools", &["view", "--no-version", "-Ob"], text.as_bytes());
    for (name, bytes) in [("bgzip.vcf.gz", by_bgzip), ("bcftools.vcf.gz", by_bcftools), ("joint.bcf", bcf)] {
        let path = bench.file(name, &bytes);
        compare_variants(&bench, &path, Assembly::GRCh38, &spans, count).await;
    }
}

#[tokio::test]
async fn joint_files_of_one_sample_slice_exactly() {
    compare_joint(1, 4_000, region_count()).await;
}

#[tokio::test]
async fn joint_files_of_1200_samples_slice_exactly() {
    compare_joint(1_200, 60, region_count() / 2).await;
}

#[tokio::test]
async fn joint_files_whose_lines_are_longer_than_a_block_slice_exactly() {
    assert!(joint_vcf(6_000, 1).lines().last().unwrap().len() > 1 << 16);
    compare_joint(6_000, 12, region_count() / 4).await;
}

#[tokio::test]
async fn bcf_slices_exactly() {
    for (records, pad) in [(3_000, 0), (400, 3_000)] {
        let bench = Bench::new().await;
        let bytes = pipe("bcftools", &["view", "--no-version", "-Ob"], odd_vcf(records, pad).as_bytes());
        let path = bench.file("odd.bcf", &bytes);
        compare_variants(&bench, &path, Assembly::GRCh38, &spans(), region_count()).await;
    }
}

#[tokio::test]
async fn the_header_of_a_variant_slice_has_no_record() {
    let bench = Bench::new().await;
    let path = bench.file("odd.vcf.gz", &pipe("bgzip", &["-c"], odd_vcf(100, 0).as_bytes()));
    let (object, _) = bench.load(&path, Assembly::GRCh38).await;
    let grant = full_grant(&object);
    let request = SliceRequest {
        class: Some(Class::Header),
        regions: Vec::new(),
        ..SliceRequest::default()
    };
    let header = bench.slice(&grant, &object, &request).await.unwrap();
    let text = String::from_utf8(pipe("bgzip", &["-dc"], &header)).unwrap();
    assert!(text.ends_with("FORMAT\ts1\n"));
    let known = bench.store.check_regions(&grant, &object, &[region("empty", 0, None)]).await;
    assert!(known.is_ok());
    let unknown = bench.store.check_regions(&grant, &object, &[region("1", 0, None)]).await;
    assert!(matches!(unknown, Err(SliceError::UnknownContig)));
    let unplaced = bench.store.check_regions(&grant, &object, &[SliceRegion::Unplaced]).await;
    assert!(matches!(unplaced, Err(SliceError::NotReads)));
}
