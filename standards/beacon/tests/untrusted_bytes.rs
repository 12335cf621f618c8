//! Tests with random, mutated and truncated input. The parser returns a request or an error, and never panics.
#![allow(clippy::unwrap_used, missing_docs)]

use ga4gh_beacon::{EntryType, ErrorResponse, VariantQuery, parse_get, parse_post};
use proptest::prelude::*;

const BODY: &str = r#"{"$schema":"x","meta":{"apiVersion":"v2.1.1","requestedSchemas":[{"entityType":"individual"}]},"query":{
"requestParameters":{"g_variant":{"referenceName":"chr22","assemblyId":"GRCh38","start":[100],"end":[200],"variantType":"DEL"}},
"filters":[{"id":"HP:0001250","includeDescendantTerms":false},{"id":"age","operator":">=","value":"P5Y"}],
"pagination":{"skip":0,"limit":10},"requestedGranularity":"count","testMode":false}}"#;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "start",
            "end",
            "referenceName",
            "assemblyId",
            "referenceBases",
            "alternateBases",
            "variantType",
            "filters",
            "skip",
            "limit",
            "datasets",
            "testMode",
            "requestedGranularity",
            "requestedSchema",
            "includeDescendantTerms",
            "geneId",
            "aminoacidChange",
            "genomicAlleleShortForm",
            "variantMinLength",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{1,20}",
        "[0-9,]{0,12}",
        "[ACGTN.-]{0,6}",
        "[A-Z][0-9]{1,4}[A-Z*]",
        "NC_0000[12][0-9]\\.1[01]:g\\.[0-9]{1,4}[ACGT>delinsup]{0,6}",
        "HP:[0-9]{7}(,[a-z:<>=!]{0,9})?",
        ".{0,16}",
        prop::sample::select(vec!["chr1", "22", "MT", "GRCh38", "hg19", "NC_000001.11", "true", "count", "DEL"]).prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_query_string_parses_or_is_rejected_with_400(pairs in prop::collection::vec((name(), value()), 0..7)) {
        for entry in [EntryType::GenomicVariant, EntryType::Individual] {
            match parse_get(entry, &pairs) {
                Ok(request) => {
                    if let Some(VariantQuery::Range(query)) = &request.variant {
                        prop_assert!(query.interval.start() < query.interval.end());
                    }
                    // The parsed request contains every restriction of the query.
                    prop_assert_eq!(request.filters.is_empty(), pairs.iter().all(|(n, _)| n != "filters"));
                    prop_assert_eq!(request.variant.is_none(), pairs.iter().all(|(n, _)| {
                        !(n.starts_with("reference") || matches!(n.as_str(), "geneId" | "aminoacidChange" | "genomicAlleleShortForm"))
                    }));
                }
                Err(error) => {
                    prop_assert_eq!(error.status(), 400);
                    serde_json::to_string(&ErrorResponse::before_parsing("b", Some(entry), &error)).unwrap();
                }
            }
        }
    }

    #[test]
    fn any_bytes_parse_or_are_rejected(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(error) = parse_post(EntryType::GenomicVariant, &bytes) {
            prop_assert_eq!(error.status(), 400);
        }
    }

    #[test]
    fn a_mutated_body_parses_or_is_rejected(at in 0..BODY.len(), byte in any::<u8>(), cut in 0..BODY.len()) {
        let mut bytes = BODY.as_bytes().to_vec();
        bytes[at] = byte;
        let _ = parse_post(EntryType::GenomicVariant, &bytes);
        prop_assert!(parse_post(EntryType::GenomicVariant, &BODY.as_bytes()[..cut]).is_err());
    }

    #[test]
    fn positions_are_never_shifted(start in 0u64..300_000_000, length in 1u64..1_000_000) {
        let end = start + length;
        let pairs = [("referenceName", "X".to_owned()), ("assemblyId", "hg38".to_owned()), ("start", start.to_string()), ("end", end.to_string())]
            .map(|(n, v)| (n.to_owned(), v));
        let Some(VariantQuery::Range(query)) = parse_get(EntryType::GenomicVariant, &pairs).unwrap().variant else { panic!() };
        prop_assert_eq!((query.interval.start().0, query.interval.end().0), (start, end));
    }
}

#[test]
fn the_unmutated_body_parses() {
    parse_post(EntryType::GenomicVariant, BODY.as_bytes()).unwrap();
}
