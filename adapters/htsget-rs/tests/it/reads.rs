//! Compares BAM slices. The answer of htsget-rs contains every record of the region, and our answer contains exactly these records.

use std::collections::HashSet;
use std::path::Path;

use htsget_search::{Class, Format, Query};

use crate::kit::{Bench, Dice, lines, pipe, random_regions, region, shared, words};
use crate::materials;

/// Sends each query to both searches. Asserts that our answer equals the output of samtools, and that the answer of htsget-rs contains all
/// records of that output. Returns the total number of records in the output of samtools and in the answers of htsget-rs.
pub(crate) async fn compare(bench: &Bench, path: &Path, queries: &[Query]) -> (usize, usize) {
    let (mut right, mut handed_out) = (0, 0);
    for query in queries {
        let referee = lines("samtools", &["view", path.to_str().unwrap(), &words(query)], &[]);
        let ours = bench.our_bytes(query).await;
        assert_eq!(lines("samtools", &["view", "-"], &ours), referee, "{query:?}");
        let theirs = lines("samtools", &["view", "-"], &bench.their_bytes(query).await.unwrap());
        let held: HashSet<&String> = theirs.iter().collect();
        assert!(
            referee.iter().all(|record| held.contains(record)),
            "htsget-rs lacks records: {query:?}"
        );
        right += referee.len();
        handed_out += theirs.len();
    }
    assert!(right > 0, "no query has a record");
    (right, handed_out)
}

#[tokio::test]
async fn htsget_rs_returns_every_record_of_a_bam_and_our_search_returns_only_those() {
    let mut bench = Bench::new().await;
    let path = bench.add("reads", Format::Bam, &materials::bam(20_000)).await;
    let spans = materials::CONTIGS.map(|(name, length)| (name, 0, length));
    let queries = random_regions(&mut Dice(1), "reads", Format::Bam, &spans, 40);
    let (right, handed_out) = compare(&bench, &path, &queries).await;
    // htsget-rs may return more records than the requested records (htsget 1.3 § Query parameters). A caller who may see only the region
    // then gets these records too.
    assert!(handed_out > right);
}

#[tokio::test]
async fn htsget_rs_returns_every_record_of_real_reads_and_our_search_returns_only_those() {
    let Some(source) = shared("data/reads/NA12878.bam") else { return };
    let mut bench = Bench::new().await;
    let path = bench.add("NA12878", Format::Bam, &std::fs::read(source).unwrap()).await;
    let spans = [("11", 4_999_900, 5_020_000), ("20", 4_999_900, 5_020_000)];
    compare(&bench, &path, &random_regions(&mut Dice(2), "NA12878", Format::Bam, &spans, 20)).await;
}

#[tokio::test]
async fn both_searches_find_a_spliced_read_from_its_middle() {
    let mut bench = Bench::new().await;
    let path = bench.add("reads", Format::Bam, &materials::bam(5_000)).await;
    let all = lines("samtools", &["view", path.to_str().unwrap()], &[]);
    let fields = all.iter().map(|record| record.split('\t').collect::<Vec<_>>());
    let spliced = fields.clone().find(|f| f[5].contains('N') && f[5].len() > 10).unwrap();
    let middle = spliced[3].parse::<u32>().unwrap() + 1_000;
    let query = region("reads", Format::Bam, spliced[2], middle, middle + 1);
    compare(&bench, &path, std::slice::from_ref(&query)).await;
    let ours = lines("samtools", &["view", "-"], &bench.our_bytes(&query).await);
    assert!(ours.iter().any(|record| record.starts_with(&format!("{}\t", spliced[0]))));
}

#[tokio::test]
async fn both_searches_return_the_whole_file_the_header_and_the_unplaced_reads() {
    let mut bench = Bench::new().await;
    let path = bench.add("reads", Format::Bam, &materials::bam(5_000)).await;
    let file = path.to_str().unwrap();
    let everything = Query::new_with_default_request("reads", Format::Bam);
    for bytes in [bench.our_bytes(&everything).await, bench.their_bytes(&everything).await.unwrap()] {
        assert!(bytes == std::fs::read(&path).unwrap());
    }
    let unplaced = everything.clone().with_reference_name("*");
    let referee = lines("samtools", &["view", file, "*"], &[]);
    assert!(!referee.is_empty());
    assert_eq!(lines("samtools", &["view", "-"], &bench.our_bytes(&unplaced).await), referee);
    let theirs = lines("samtools", &["view", "-"], &bench.their_bytes(&unplaced).await.unwrap());
    assert!(referee.iter().all(|record| theirs.contains(record)));

    let header = everything.with_class(Class::Header);
    let referee = lines("samtools", &["view", "-H", "--no-PG", file], &[]);
    let ours = pipe("bgzip", &["-dc"], &bench.our_bytes(&header).await);
    let theirs = pipe("bgzip", &["-dc"], &bench.their_bytes(&header).await.unwrap());
    for bytes in [&ours, &theirs] {
        let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        let text = String::from_utf8(bytes[8..8 + length].to_vec()).unwrap();
        assert_eq!(text.trim_end_matches('\0').lines().collect::<Vec<_>>(), referee);
    }
    assert_eq!(ours, theirs);
}
