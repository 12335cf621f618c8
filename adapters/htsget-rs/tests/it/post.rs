//! Tests POST requests. For every search, htsget-http calls the search once for each region and concatenates the answers. Our search cannot
//! correct this, because the trait of htsget-rs handles one region only. The gateway's own POST does not use htsget-http.

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
async fn htsget_rs_answers_several_regions_with_concatenated_files() {
    let bench = reads().await;
    // The regions overlap and are not in the order of the file.
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
async fn a_post_of_one_region_is_exact_with_our_search() {
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
async fn htsget_rs_panics_on_a_post_without_regions() {
    let bench = reads().await;
    let search = bench.theirs();
    let outcome = tokio::spawn(async move {
        let _ = htsget_http::post(search, body(&[]), request(), Endpoint::Reads, None, None, None).await;
    })
    .await;
    expected_difference(outcome.is_err_and(|e| e.is_panic()), "`regions: []` panics");
}

#[tokio::test]
async fn htsget_rs_accepts_a_post_region_with_equal_bounds() {
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
    expected_difference(outcome.is_ok(), "a POST region with start = end is not InvalidRange");
}

#[tokio::test]
async fn a_get_region_with_equal_bounds_gives_an_empty_file_with_our_search() {
    let bench = reads().await;
    let query = Query::new_with_default_request("reads", Format::Bam)
        .with_reference_name("chrA")
        .with_start(9)
        .with_end(9);
    assert!(lines("samtools", &["view", "-"], &bench.our_bytes(&query).await).is_empty());
    assert!(bench.ours().search(query).await.is_ok());
}
