//! Properties over arbitrary requests: parsing never panics, and an accepted request keeps its invariants.
#![allow(clippy::unwrap_used)]

use ga4gh_htsget::{Endpoint, HtsgetError, Position, Query, Region, RequestedClass, Selection, Tags, parse_get, parse_post};
use proptest::prelude::*;
use serde_json::{Value, json};

const NAMES: [&str; 10] = [
    "format",
    "class",
    "referenceName",
    "start",
    "end",
    "fields",
    "tags",
    "notags",
    "regions",
    "other",
];

fn endpoint() -> impl Strategy<Value = Endpoint> {
    prop_oneof![Just(Endpoint::Reads), Just(Endpoint::Variants)]
}

/// Parameter values. Most of them are valid, and some are not.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "",
            "*",
            "chr1",
            "BAM",
            "vcf",
            "header",
            "body",
            "QNAME",
            "QNAME,SEQ",
            "NM,MD",
            "0",
            "10",
            "4294967295"
        ])
        .prop_map(str::to_owned),
        any::<u64>().prop_map(|number| number.to_string()),
        any::<String>(),
    ]
}

/// Random JSON that resembles a request body.
fn body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2i64..6_000_000_000).prop_map(Value::from),
        (0u32..30).prop_map(Value::from),
        value().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(NAMES.to_vec()), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

fn check(endpoint: Endpoint, post: bool, outcome: Result<Query, HtsgetError>) -> Result<(), TestCaseError> {
    match outcome {
        Err(error) => {
            prop_assert!(matches!(error.status(), 400 | 404), "{error:?}");
            prop_assert!(error.to_json()["htsget"]["error"].is_string());
        }
        Ok(query) => {
            prop_assert_eq!(query.format.endpoint(), endpoint);
            if query.class == RequestedClass::Header {
                let plain = Query {
                    format: query.format,
                    class: query.class,
                    ..Query::everything(endpoint)
                };
                prop_assert_eq!(&query, &plain);
            }
            if let Tags::Only(tags) = &query.tags {
                prop_assert!(tags.is_disjoint(&query.notags));
            }
            if let Selection::Regions(regions) = &query.selection {
                prop_assert!(!regions.is_empty());
                prop_assert!(post || regions.len() == 1);
                for region in regions {
                    match region {
                        Region::Unplaced => prop_assert_eq!(endpoint, Endpoint::Reads),
                        Region::Placed {
                            reference_name,
                            start,
                            end,
                        } => {
                            prop_assert!(!reference_name.as_str().is_empty() && reference_name.as_str() != "*");
                            if let (Some(start), Some(end)) = (start, end) {
                                prop_assert!(start < end || (!post && start == end));
                            }
                        }
                    }
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_query_is_rejected_or_valid(endpoint in endpoint(), pairs in prop::collection::vec((prop::sample::select(NAMES.to_vec()), value()), 0..5)) {
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        check(endpoint, false, parse_get(endpoint, &pairs))?;
    }

    #[test]
    fn any_json_is_rejected_or_valid(endpoint in endpoint(), body in body()) {
        check(endpoint, true, parse_post(endpoint, body.to_string().as_bytes(), false, &[]))?;
    }

    #[test]
    fn any_bytes_are_rejected_or_valid(endpoint in endpoint(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(endpoint, true, parse_post(endpoint, &bytes, false, &[]))?;
    }

    #[test]
    fn a_cut_or_altered_body_never_panics(cut in 0usize..200, at in 0usize..200, byte in any::<u8>()) {
        let whole = json!({"format": "BAM", "fields": ["QNAME"], "tags": ["NM"], "notags": ["OQ"],
            "regions": [{"referenceName": "chr1", "start": 1, "end": 20}, {"referenceName": "*"}]}).to_string().into_bytes();
        let cut = &whole[..cut.min(whole.len())];
        if cut.len() < whole.len() {
            prop_assert!(parse_post(Endpoint::Reads, cut, false, &[]).is_err());
        }
        let mut altered = whole.clone();
        let at = at % altered.len();
        altered[at] = byte;
        check(Endpoint::Reads, true, parse_post(Endpoint::Reads, &altered, false, &[]))?;
    }

    #[test]
    fn get_and_post_parse_the_same_region(name in "[!-)+-~][!-~]{0,20}", start in any::<u32>(), length in 1u32..1000) {
        let Some(end) = start.checked_add(length) else { return Ok(()) };
        let pairs = [("referenceName", name.clone()), ("start", start.to_string()), ("end", end.to_string())];
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let body = json!({"regions": [{"referenceName": name, "start": start, "end": end}]}).to_string();
        let got = parse_get(Endpoint::Variants, &pairs).unwrap();
        let posted = parse_post(Endpoint::Variants, body.as_bytes(), false, &[]).unwrap();
        prop_assert_eq!(&got, &posted);
        let interval = got.selection.regions().unwrap()[0].interval().unwrap();
        prop_assert_eq!(interval, (Position::new(start), Some(Position::new(end))));
    }

    #[test]
    fn digits_parse_to_their_number(number in any::<u32>()) {
        prop_assert_eq!(Position::from_digits(&number.to_string()), Some(Position::new(number)));
        prop_assert_eq!(Position::from_digits(&(u64::from(number) + (1 << 32)).to_string()), None);
    }
}

#[test]
fn a_deeply_nested_body_is_rejected_without_exhausting_the_stack() {
    for open in ["[", "{\"regions\":[", "{\"x\":"] {
        assert!(parse_post(Endpoint::Reads, open.repeat(100_000).as_bytes(), false, &[]).is_err());
    }
}
