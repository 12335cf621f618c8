//! POST. htsget-http asks a search once per region and puts the answers one behind the other, whoever searches: what a trait of one region
//! cannot say, our search cannot mend. The gateway's own POST does not go this way.

use htsget_config::types::{Query, Request};
use htsget_http::{Endpoint, PostRequest, Region};
use htsget_search::{Format, HtsGet};

use crate::kit::{Bench, attempt, expected_difference, lines};
use crate::materials;

fn body(regions: &[(&str, u32, u32)]) -> PostRequest {
    PostRequest {
        regions: Some(
            regions
                .iter()
                .map(|(name, start, end)| Region {
                    reference_name: (*name).to_owned(),
                    start: Some(*start),
                    end: Some(*end),
                })
                .collect(),
        ),
        ..PostRequest::default()
    }
}

fn request() -> Request {
    Request::new_with_id("reads".to_owned())
}

async fn reads() -> Bench {
    let mut bench = Bench::new().await;
    bench.add("reads", Format::Bam, &materials::bam(10_000)).await;
    bench
}

#[tokio::test]
async fn two_regions_are_two_files_of_htsget_rs_behind_each_other() {
    let bench = reads().await;
    // Overlapping, and not in the file's order.
    let regions = [("chrB", 1_000, 400_000), ("chrA", 0, 100_000), ("chrA", 50_000, 200_000)];
    for search in [true, false] {
        let answer = if search {
            htsget_http::post(bench.theirs(), body(&regions), request(), Endpoint::Reads, None, None, None).await
        } else {
            htsget_http::post(bench.ours(), body(&regions), request(), Endpoint::Reads, None, None, None).await
        };
        let bytes = bench.fetch(&answer.unwrap().htsget).await;
        let (printed, content, complaint) = attempt("samtools", &["view", "-"], &bytes);
        let records = String::from_utf8_lossy(&printed).lines().count();
        eprintln!("POST of 3 regions, htsget-rs's search: {search}; {records} records, content: {content}, {complaint}");
        expected_difference(!content || !complaint.is_empty(), "a POST of several regions is no single file");
    }
}

#[tokio::test]
async fn each_region_of_a_post_alone_is_exact_of_ours() {
    let bench = reads().await;
    let answer = htsget_http::post(
        bench.ours(),
        body(&[("chrA", 0, 100_000)]),
        request(),
        Endpoint::Reads,
        None,
        None,
        None,
    )
    .await
    .unwrap();
    let path = bench.folder.path().join("reads.bam");
    assert_eq!(
        lines("samtools", &["view", "-"], &bench.fetch(&answer.htsget).await),
        lines("samtools", &["view", path.to_str().unwrap(), "chrA:1-100000"], &[])
    );
}

#[tokio::test]
async fn a_post_of_no_regions_makes_htsget_rs_panic() {
    let bench = reads().await;
    let search = bench.theirs();
    let outcome = tokio::spawn(async move {
        let _ = htsget_http::post(search, body(&[]), request(), Endpoint::Reads, None, None, None).await;
    })
    .await;
    expected_difference(outcome.is_err_and(|e| e.is_panic()), "`regions: []` panics");
}

#[tokio::test]
async fn a_post_region_that_ends_where_it_starts_is_taken_by_htsget_rs() {
    let bench = reads().await;
    let outcome = htsget_http::post(
        bench.theirs(),
        body(&[("chrA", 9, 9)]),
        request(),
        Endpoint::Reads,
        None,
        None,
        None,
    )
    .await;
    expected_difference(outcome.is_ok(), "a POST region with start = end is no InvalidRange");
}

#[tokio::test]
async fn in_a_get_a_region_that_ends_where_it_starts_is_an_empty_file_of_ours() {
    let bench = reads().await;
    let query = Query::new_with_default_request("reads", Format::Bam)
        .with_reference_name("chrA")
        .with_start(9)
        .with_end(9);
    assert!(lines("samtools", &["view", "-"], &bench.our_bytes(&query).await).is_empty());
    assert!(bench.ours().search(query).await.is_ok());
}
