//! Compares CRAM slices. htsget-rs returns all requested records if every container has one slice. It loses records if a container has
//! several slices, or if a slice has several contigs.

use htsget_search::{Format, Query};

use crate::kit::{Bench, Dice, attempt, expected_difference, lines, random_regions, words};
use crate::{materials, reads};

fn queries(seed: u64, count: usize) -> Vec<Query> {
    let spans = materials::CONTIGS.map(|(name, length)| (name, 0, length));
    random_regions(&mut Dice(seed), "reads", Format::Cram, &spans, count)
}

#[tokio::test]
async fn htsget_rs_returns_every_record_of_a_cram_with_one_slice_per_container_and_our_search_returns_only_those() {
    let mut bench = Bench::new().await;
    let cram = materials::cram(&materials::bam(6_000), &["seqs_per_slice=300", "slices_per_container=1"]);
    let path = bench.add("reads", Format::Cram, &cram).await;
    let (right, handed_out) = reads::compare(&bench, &path, &queries(3, 20)).await;
    assert!(handed_out > right);
}

/// Sends the queries to both searches and asserts that our answer equals the output of samtools. Returns the number of records that
/// samtools prints and that the answer of htsget-rs lacks.
async fn lost_by_htsget_rs(options: &[&str]) -> usize {
    let mut bench = Bench::new().await;
    let cram = materials::cram(&materials::bam(6_000), options);
    let path = bench.add("reads", Format::Cram, &cram).await;
    let (mut lost, mut seen) = (0, 0);
    for query in queries(4, 15) {
        let referee = lines("samtools", &["view", path.to_str().unwrap(), &words(&query)], &[]);
        let ours = lines("samtools", &["view", "-"], &bench.our_bytes(&query).await);
        assert_eq!(ours, referee, "{query:?}");
        let theirs = bench.their_bytes(&query).await.unwrap();
        let (printed, _, _) = attempt("samtools", &["view", "-"], &theirs);
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let held: std::collections::HashSet<&str> = printed.lines().collect();
        lost += referee.iter().filter(|record| !held.contains(record.as_str())).count();
        seen += referee.len();
    }
    assert!(seen > 0, "no query has a record");
    lost
}

#[tokio::test]
async fn htsget_rs_loses_records_of_containers_with_several_slices_and_our_search_does_not() {
    let lost = lost_by_htsget_rs(&["seqs_per_slice=100", "slices_per_container=4"]).await;
    eprintln!("htsget-rs lost {lost} records of containers of four slices");
    expected_difference(lost > 0, "CRAM containers of several slices lose records");
}

#[tokio::test]
async fn htsget_rs_loses_records_of_slices_with_several_contigs_and_our_search_does_not() {
    let lost = lost_by_htsget_rs(&["seqs_per_slice=1500", "multi_seq_per_slice=1"]).await;
    eprintln!("htsget-rs lost {lost} records of slices of several contigs");
    expected_difference(lost > 0, "CRAM slices of several contigs lose records");
}
