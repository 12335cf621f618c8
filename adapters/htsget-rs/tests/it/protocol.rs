//! Tests refused requests and their error names, and the service-info of htsget-http with our search.

use std::collections::{HashMap, HashSet};

use htsget_config::types::{Fields, HtsGetError, Query, Request};
use htsget_http::{Endpoint, ServiceInfo};
use htsget_search::{Class, Format, HtsGet};

use crate::kit::{Bench, expected_difference, lines, pipe, region};
use crate::{grants, materials};

async fn reads() -> Bench {
    let mut bench = Bench::new().await;
    bench.add("reads", Format::Bam, &materials::bam(3_000)).await;
    bench
}

fn everything(id: &str, format: Format) -> Query {
    Query::new_with_default_request(id, format)
}

#[tokio::test]
async fn without_a_grant_a_known_id_gets_the_same_answer_as_an_unknown_id() {
    let bench = reads().await;
    let unknown = bench.ours().search(everything("nobody", Format::Bam)).await.unwrap_err();
    assert!(matches!(unknown, HtsGetError::NotFound(_)));
    for query in [
        everything("reads", Format::Bam),
        everything("reads", Format::Bam).with_class(Class::Header),
        region("reads", Format::Bam, "chrA", 0, 10),
        region("reads", Format::Bam, "no such contig", 0, 10),
        region("reads", Format::Bam, "chrA", 10, 0),
    ] {
        // `decide` denies the request, because the only participant in the file has not consented.
        let denied = bench.ours_with(|_, object| grants::grant(object, []));
        assert_eq!(denied.search(query).await.unwrap_err(), unknown);
    }
}

#[tokio::test]
async fn the_grant_function_gets_the_headers_of_the_request() {
    let bench = reads().await;
    let mut headers = htsget_config::types::Request::default().headers().clone();
    headers.insert("authorization", "Bearer good".parse().unwrap());
    let search = bench.ours_with(|request, object| {
        let good = request.headers().get("authorization").is_some_and(|value| value == "Bearer good");
        good.then(|| grants::full_grant(object))
    });
    let request = Request::new("reads".to_owned(), HashMap::new(), headers);
    assert!(search.clone().search(Query::new("reads", Format::Bam, request)).await.is_ok());
    assert!(search.search(everything("reads", Format::Bam)).await.is_err());
}

#[tokio::test]
async fn each_refused_request_gets_the_error_name_of_the_standard() {
    let mut bench = reads().await;
    let vcf = pipe("bcftools", &["view", "--no-version", "-Oz", "-"], materials::vcf(50, 2).as_bytes());
    bench.add("calls", Format::Vcf, &vcf).await;
    let refused = async |query| bench.ours().search(query).await.unwrap_err();
    assert!(matches!(
        refused(region("reads", Format::Bam, "chrZ", 0, 9)).await,
        HtsGetError::NotFound(_)
    ));
    assert!(matches!(
        refused(region("reads", Format::Bam, "chrA", 9, 8)).await,
        HtsGetError::InvalidRange(_)
    ));
    assert!(matches!(
        refused(everything("reads", Format::Cram)).await,
        HtsGetError::UnsupportedFormat(_)
    ));
    assert!(matches!(
        refused(everything("calls", Format::Bcf)).await,
        HtsGetError::UnsupportedFormat(_)
    ));
    assert!(matches!(refused(everything("calls", Format::Bam)).await, HtsGetError::NotFound(_)));
    let unplaced = everything("calls", Format::Vcf).with_reference_name("*");
    assert!(matches!(refused(unplaced).await, HtsGetError::NotFound(_)));
}

#[tokio::test]
async fn htsget_rs_accepts_forbidden_parameters_and_our_search_refuses_them() {
    let bench = reads().await;
    let header_of_region = region("reads", Format::Bam, "chrA", 0, 9).with_class(Class::Header);
    let unknown_field = everything("reads", Format::Bam).with_fields(Fields::List(HashSet::from(["NOSUCH".to_owned()])));
    for (query, what) in [
        (header_of_region, "class=header with a region is accepted"),
        (unknown_field, "fields that do not exist are accepted"),
    ] {
        let ours = bench.ours().search(query.clone()).await;
        assert!(matches!(ours, Err(HtsGetError::InvalidInput(_))));
        expected_difference(bench.theirs().search(query).await.is_ok(), what);
    }
}

#[tokio::test]
async fn htsget_rs_refuses_the_first_and_last_position_and_our_search_serves_them() {
    let bench = reads().await;
    let first = region("reads", Format::Bam, "chrA", 0, 0);
    let last = region("reads", Format::Bam, "chrA", 1_999_000, u32::MAX);
    let file = bench.folder.path().join("reads.bam");
    assert!(lines("samtools", &["view", "-"], &bench.our_bytes(&first).await).is_empty());
    assert_eq!(
        lines("samtools", &["view", "-"], &bench.our_bytes(&last).await),
        lines("samtools", &["view", file.to_str().unwrap(), "chrA:1999001-"], &[])
    );
    expected_difference(bench.their_bytes(&first).await.is_err(), "start = end = 0 is refused");
    expected_difference(bench.their_bytes(&last).await.is_err(), "end = 2^32-1 is refused");
}

#[tokio::test]
async fn htsget_rs_does_not_find_the_csi_index_of_a_bam() {
    let mut bench = Bench::new().await;
    let path = bench.folder.path().join("reads.bam");
    std::fs::write(&path, materials::bam(2_000)).unwrap();
    pipe("samtools", &["index", "-c", path.to_str().unwrap()], &[]);
    bench.load("reads", &path).await;
    let query = region("reads", Format::Bam, "chrA", 0, 500_000);
    assert_eq!(
        lines("samtools", &["view", "-"], &bench.our_bytes(&query).await),
        lines("samtools", &["view", path.to_str().unwrap(), "chrA:1-500000"], &[])
    );
    let theirs = bench.their_bytes(&query).await;
    expected_difference(
        matches!(theirs, Err(HtsGetError::NotFound(_))),
        "a BAM with a CSI index is not found",
    );
}

#[tokio::test]
async fn htsget_rs_answers_404_for_a_damaged_index_and_our_search_answers_500_for_a_damaged_file() {
    let bench = reads().await;
    std::fs::write(bench.folder.path().join("reads.bam.bai"), b"BAI\x01\xff").unwrap();
    let request = |parameters: &[(&str, &str)]| {
        let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Request::new("reads".to_owned(), parameters.collect(), Request::default().headers().clone())
    };
    let asked = [("referenceName", "chrA"), ("start", "0"), ("end", "1000")];
    let theirs = htsget_http::get(bench.theirs(), request(&asked), Endpoint::Reads, None, None, None).await;
    let status = theirs.unwrap_err().to_json_representation().1.as_u16();
    expected_difference(status == 404, "a damaged index is answered with 404");

    let object = bench.object("reads");
    std::fs::write(bench.folder.path().join("store").join(&object.storage_key), b"").unwrap();
    let ours = htsget_http::get(bench.ours(), request(&asked), Endpoint::Reads, None, None, None).await;
    let (answer, status) = ours.unwrap_err().to_json_representation();
    assert_eq!(status.as_u16(), 500);
    assert!(!serde_json::to_string(&answer).unwrap().contains(&object.storage_key));
}

#[tokio::test]
async fn htsget_rs_misspells_a_member_of_service_info() {
    let bench = reads().await;
    let search = bench.ours();
    assert!(search.are_field_parameters_effective() && search.are_tag_parameters_effective());
    let info = ServiceInfo::new(
        Endpoint::Reads,
        &search.get_supported_formats(),
        search.are_field_parameters_effective(),
        search.are_tag_parameters_effective(),
        HashMap::new(),
    );
    let info = serde_json::to_value(&info).unwrap();
    assert_eq!(info["htsget"]["tagsParametersEffective"], true);
    expected_difference(
        info["htsget"].get("fieldsParameterEffective").is_none() && info["htsget"]["fieldsParametersEffective"] == true,
        "service-info has fieldsParametersEffective for fieldsParameterEffective",
    );
}
