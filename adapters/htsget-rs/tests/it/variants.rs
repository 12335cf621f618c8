//! Compares VCF and BCF slices. The answer of htsget-rs is correct if no record extends over two BGZF blocks. Otherwise its answer is not a
//! valid file.

use std::collections::HashSet;
use std::path::Path;

use htsget_config::types::HtsGetError;
use htsget_search::{Class, Format, Query};

use crate::kit::{Bench, Dice, attempt, expected_difference, lines, pipe, random_regions, region, shared};
use crate::{grants, materials};

fn referee(path: &Path, query: &Query) -> Vec<String> {
    let (start, end) = (query.interval().start().unwrap(), query.interval().end().unwrap());
    let region = format!("{}:{}-{end}", query.reference_name().unwrap(), start + 1);
    lines("bcftools", &["view", "-H", "-r", &region, path.to_str().unwrap()], &[])
}

/// Sends each query to both searches and asserts that our answer equals the output of bcftools. Returns the number of queries for which the
/// answer of htsget-rs is a complete file that bcftools reads without an error, and the number of all queries.
async fn compare(bench: &Bench, path: &Path, queries: &[Query]) -> (usize, usize) {
    let (mut good, mut seen) = (0, 0);
    for query in queries {
        let referee = referee(path, query);
        let ours = lines("bcftools", &["view", "-H", "-"], &bench.our_bytes(query).await);
        assert_eq!(ours, referee, "{query:?}");
        let theirs = bench.their_bytes(query).await.unwrap();
        let (printed, content, complaint) = attempt("bcftools", &["view", "-H", "-"], &theirs);
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let held: HashSet<&str> = printed.lines().collect();
        let complete = referee.iter().all(|record| held.contains(record.as_str()));
        good += usize::from(content && complaint.is_empty() && complete);
        seen += referee.len();
    }
    assert!(seen > 0, "no query has a record");
    (good, queries.len())
}

fn queries(id: &str, format: Format, seed: u64) -> Vec<Query> {
    let mut queries = random_regions(&mut Dice(seed), id, format, &[("un20", 1_000, 890_000)], 30);
    // If a region ends behind the range of the index, htsget-rs fails in another way, which another test covers.
    queries.retain(|query| query.interval().end().is_some_and(|end| u64::from(end) <= materials::VARIANTS_SPAN));
    queries
}

#[tokio::test]
async fn htsget_rs_returns_every_record_of_a_vcf_with_aligned_blocks_and_our_search_returns_only_those() {
    let mut bench = Bench::new().await;
    let text = materials::vcf(4_000, 20);
    let aligned = pipe("bcftools", &["view", "--no-version", "-Oz", "-"], text.as_bytes());
    let path = bench.add("aligned", Format::Vcf, &aligned).await;
    let (good, all) = compare(&bench, &path, &queries("aligned", Format::Vcf, 5)).await;
    assert_eq!(good, all);
}

#[tokio::test]
async fn htsget_rs_returns_partial_records_of_a_bgzip_vcf_and_our_search_does_not() {
    let mut bench = Bench::new().await;
    let straddling = materials::bgzip(&materials::vcf(4_000, 150));
    let path = bench.add("straddling", Format::Vcf, &straddling).await;
    let (good, all) = compare(&bench, &path, &queries("straddling", Format::Vcf, 6)).await;
    eprintln!("htsget-rs gave {good} of {all} regions of a VCF by bgzip as a file");
    expected_difference(good < all, "VCF whose records straddle BGZF blocks");
}

#[tokio::test]
async fn htsget_rs_returns_partial_records_of_a_bcf_and_our_search_does_not() {
    let mut bench = Bench::new().await;
    let bcf = pipe(
        "bcftools",
        &["view", "--no-version", "-Ob", "-"],
        materials::vcf(4_000, 150).as_bytes(),
    );
    let path = bench.add("binary", Format::Bcf, &bcf).await;
    let (good, all) = compare(&bench, &path, &queries("binary", Format::Bcf, 7)).await;
    eprintln!("htsget-rs gave {good} of {all} regions of a BCF as a file");
    expected_difference(good < all, "BCF whose records straddle BGZF blocks");
}

#[tokio::test]
async fn htsget_rs_refuses_a_region_that_ends_after_the_index_and_our_search_serves_it() {
    let mut bench = Bench::new().await;
    let bcf = pipe("bcftools", &["view", "--no-version", "-Ob", "-"], materials::vcf(100, 2).as_bytes());
    let path = bench.add("binary", Format::Bcf, &bcf).await;
    let query = region("binary", Format::Bcf, "un20", 0, 100_000_000);
    assert_eq!(
        lines("bcftools", &["view", "-H", "-"], &bench.our_bytes(&query).await),
        referee(&path, &query)
    );
    expected_difference(
        matches!(bench.their_bytes(&query).await, Err(HtsGetError::InvalidRange(_))),
        "a region of a BCF that ends after the range of its index is InvalidRange",
    );
}

#[tokio::test]
async fn our_slice_of_a_real_joint_vcf_equals_the_output_of_bcftools() {
    let Some(source) = shared("data/variants/1kg_chr22_100.vcf.gz") else {
        return;
    };
    let mut bench = Bench::new().await;
    let path = bench.add("joint", Format::Vcf, &std::fs::read(source).unwrap()).await;
    let file = path.to_str().unwrap();
    let positions = lines("bcftools", &["query", "-f", "%CHROM\t%POS\n", file], &[]);
    let (contig, first) = positions[0].split_once('\t').unwrap();
    let last = positions[positions.len() - 1].split_once('\t').unwrap().1;
    let spans = [(contig, first.parse().unwrap(), last.parse().unwrap())];
    let queries = random_regions(&mut Dice(8), "joint", Format::Vcf, &spans, 10);
    let (good, all) = compare(&bench, &path, &queries).await;
    eprintln!("htsget-rs gave {good} of {all} regions of a real joint VCF as a file");
}

#[tokio::test]
async fn the_header_of_htsget_rs_contains_records_and_our_header_does_not() {
    let mut bench = Bench::new().await;
    let text = materials::vcf(500, 20);
    bench.add("text", Format::Vcf, &pipe("bgzip", &["-c"], text.as_bytes())).await;
    let bcf = pipe("bcftools", &["view", "--no-version", "-Ob", "-"], text.as_bytes());
    bench.add("binary", Format::Bcf, &bcf).await;

    let header = Query::new_with_default_request("text", Format::Vcf).with_class(Class::Header);
    let ours = String::from_utf8(pipe("bgzip", &["-dc"], &bench.our_bytes(&header).await)).unwrap();
    assert!(ours.lines().all(|line| line.starts_with('#')) && ours.ends_with('\n'));
    let theirs = pipe("bgzip", &["-dc"], &bench.their_bytes(&header).await.unwrap());
    let records = String::from_utf8(theirs)
        .unwrap()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .count();
    eprintln!("htsget-rs gave {records} records with class=header of a VCF");
    expected_difference(records > 0, "class=header of a VCF has records");

    let header = Query::new_with_default_request("binary", Format::Bcf).with_class(Class::Header);
    let behind_text = |bytes: &[u8]| bytes.len() - 9 - u32::from_le_bytes(bytes[5..9].try_into().unwrap()) as usize;
    let ours = pipe("bgzip", &["-dc"], &bench.our_bytes(&header).await);
    assert_eq!(behind_text(&ours), 0);
    let theirs = pipe("bgzip", &["-dc"], &bench.their_bytes(&header).await.unwrap());
    eprintln!(
        "htsget-rs gave {} bytes of records with class=header of a BCF",
        behind_text(&theirs)
    );
    expected_difference(behind_text(&theirs) > 0, "class=header of a BCF has records");
}

#[tokio::test]
async fn for_a_contig_without_records_htsget_rs_answers_not_found_and_our_slice_is_empty() {
    let mut bench = Bench::new().await;
    let aligned = pipe("bcftools", &["view", "--no-version", "-Oz", "-"], materials::vcf(100, 2).as_bytes());
    bench.add("text", Format::Vcf, &aligned).await;
    let query = region("text", Format::Vcf, "bare", 0, 100);
    assert!(lines("bcftools", &["view", "-H", "-"], &bench.our_bytes(&query).await).is_empty());
    let theirs = bench.their_bytes(&query).await;
    expected_difference(
        matches!(theirs, Err(HtsGetError::NotFound(_))),
        "a contig without records is not found, although the header declares it",
    );
}

#[tokio::test]
async fn a_participant_without_consent_is_absent_from_the_slice() {
    let mut bench = Bench::new().await;
    let straddling = pipe("bgzip", &["-c"], materials::vcf(300, 6).as_bytes());
    bench.add("joint", Format::Vcf, &straddling).await;
    let search = bench.ours_with(|_, object| grants::grant(object, [1, 4]));
    let query = region("joint", Format::Vcf, "un20", 0, 1_000_000);
    let answer = htsget_search::HtsGet::search(search, query).await.unwrap();
    let bytes = bench.fetch(&answer).await;
    assert_eq!(lines("bcftools", &["query", "-l", "-"], &bytes), ["S1", "S4"]);
    assert!(!lines("bcftools", &["view", "-H", "-"], &bytes).is_empty());
}
