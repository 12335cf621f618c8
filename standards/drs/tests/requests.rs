//! Tests of request bodies and of the parameter `expand`.
#![allow(clippy::unwrap_used)]

use std::num::NonZeroU32;

use ga4gh_drs::{
    BadRequest, DrsError, EncodedPassport, expand_from_query, parse_bulk_object_access_ids, parse_bulk_object_ids, parse_expand,
    parse_passports_body, parse_post_object_body,
};
use proptest::prelude::*;

fn limit(length: u32) -> NonZeroU32 {
    NonZeroU32::new(length).unwrap()
}

fn is_malformed<T>(outcome: Result<T, BadRequest>) -> bool {
    matches!(outcome, Err(BadRequest::MalformedBody { .. }))
}

const MALFORMED: [&str; 14] = [
    "",
    "null",
    "[]",
    "[true,[]]",
    "\"x\"",
    "1",
    "{",
    "{}{}",
    "{\"passports\":null}",
    "{\"passports\":\"SECRET\"}",
    "{\"passports\":{}}",
    "{\"passports\":[null]}",
    "{\"passports\":[1]}",
    "{\"passports\":[],\"passports\":[]}",
];

#[test]
fn expand_parses_in_every_form_that_clients_send() {
    for yes in ["true", "True", "TRUE", "1"] {
        assert_eq!(parse_expand(yes), Ok(true));
    }
    for no in ["false", "False", "FALSE", "0"] {
        assert_eq!(parse_expand(no), Ok(false));
    }
    for other in ["", "yes", "2", " true", "truE ", "null", "01"] {
        assert_eq!(parse_expand(other), Err(BadRequest::Expand), "{other:?}");
    }
    let pairs = |list: &[(&str, &str)]| {
        list.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(expand_from_query(&[]), Ok(false));
    assert_eq!(expand_from_query(&pairs(&[("x", "1"), ("expand", "True")])), Ok(true));
    assert_eq!(expand_from_query(&pairs(&[("Expand", "maybe")])), Ok(false), "another name");
    assert_eq!(
        expand_from_query(&pairs(&[("expand", "true"), ("expand", "true")])),
        Err(BadRequest::ExpandRepeated)
    );
}

#[test]
fn the_body_of_post_object_parses_to_expand_and_passports() {
    let body = parse_post_object_body(br#"{"expand":true,"passports":["a.b.c","d.e.f"],"other":null}"#).unwrap();
    assert!(body.expand);
    assert_eq!(
        body.passports.iter().map(EncodedPassport::expose).collect::<Vec<_>>(),
        ["a.b.c", "d.e.f"]
    );
    assert_eq!(parse_post_object_body(b"{}").unwrap(), Default::default());
    for (member, expand) in [("\"True\"", true), ("\"0\"", false), ("1", true), ("0", false), ("false", false)] {
        assert_eq!(
            parse_post_object_body(format!("{{\"expand\":{member}}}").as_bytes())
                .unwrap()
                .expand,
            expand
        );
    }
    for member in ["null", "2", "1.0", "\"maybe\"", "[true]", "{}"] {
        assert_eq!(
            parse_post_object_body(format!("{{\"expand\":{member}}}").as_bytes()),
            Err(BadRequest::Expand),
            "{member}"
        );
    }
    for body in MALFORMED {
        assert!(is_malformed(parse_post_object_body(body.as_bytes())), "{body}");
    }
}

#[test]
fn the_body_of_post_access_url_parses_to_passports() {
    let body = parse_passports_body(br#"{"passports":["a"],"expand":"whatever"}"#).unwrap();
    assert_eq!(body.passports.len(), 1);
    for body in MALFORMED {
        assert!(is_malformed(parse_passports_body(body.as_bytes())), "{body}");
    }
}

#[test]
fn a_bulk_request_requires_at_least_one_id_and_at_most_the_limit() {
    let body = parse_bulk_object_ids(br#"{"passports":["p"],"bulk_object_ids":["a","a","/"]}"#, limit(3)).unwrap();
    assert_eq!(body.object_ids, ["a", "a", "/"], "as listed, with repetitions");
    let too_large = Err(DrsError::RequestTooLarge { limit: 2, unit: "ids" });
    assert_eq!(parse_bulk_object_ids(br#"{"bulk_object_ids":["a","b","c"]}"#, limit(2)), too_large);
    for empty in ["{}", "{\"bulk_object_ids\":[]}"] {
        assert_eq!(parse_bulk_object_ids(empty.as_bytes(), limit(2)), Err(BadRequest::EmptyBulk.into()));
    }
    for body in MALFORMED.into_iter().chain([
        "{\"bulk_object_ids\":\"a\"}",
        "{\"bulk_object_ids\":null}",
        "{\"bulk_object_ids\":[1]}",
    ]) {
        let outcome = parse_bulk_object_ids(body.as_bytes(), limit(2));
        assert!(
            matches!(outcome, Err(DrsError::BadRequest(BadRequest::MalformedBody { .. }))),
            "{body}"
        );
    }
}

#[test]
fn a_bulk_access_request_counts_pairs() {
    let two = br#"{"bulk_object_access_ids":[{"bulk_object_id":"a","bulk_access_ids":["s3","https"]}]}"#;
    let body = parse_bulk_object_access_ids(two, limit(2)).unwrap();
    assert_eq!((body.objects[0].object_id.as_str(), body.objects[0].access_ids.len()), ("a", 2));
    let too_large = Err(DrsError::RequestTooLarge { limit: 1, unit: "ids" });
    assert_eq!(parse_bulk_object_access_ids(two, limit(1)), too_large);
    for empty in [
        "{}",
        "{\"bulk_object_access_ids\":[]}",
        "{\"bulk_object_access_ids\":[{\"bulk_object_id\":\"a\",\"bulk_access_ids\":[]}]}",
    ] {
        assert_eq!(
            parse_bulk_object_access_ids(empty.as_bytes(), limit(2)),
            Err(BadRequest::EmptyBulk.into())
        );
    }
    for malformed in [
        "{\"bulk_object_access_ids\":[[\"a\",[\"s3\"]]]}",
        "{\"bulk_object_access_ids\":[{\"bulk_object_id\":\"a\"}]}",
        "{\"bulk_object_access_ids\":[{\"bulk_access_ids\":[\"a\"]}]}",
        "{\"bulk_object_access_ids\":{}}",
    ] {
        let outcome = parse_bulk_object_access_ids(malformed.as_bytes(), limit(2));
        assert!(
            matches!(outcome, Err(DrsError::BadRequest(BadRequest::MalformedBody { .. }))),
            "{malformed}"
        );
    }
}

#[test]
fn passports_are_absent_from_debug_output_and_errors() {
    let body = parse_post_object_body(br#"{"passports":["SECRET"]}"#).unwrap();
    assert!(!format!("{body:?}").contains("SECRET"));
    for malformed in [
        r#"{"passports":"SECRET"}"#,
        r#"{"passports":["SECRET",1]}"#,
        r#"{"expand":"SECRET"}"#,
        "SECRET",
    ] {
        let error = parse_post_object_body(malformed.as_bytes()).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("SECRET"));
    }
}

#[test]
fn a_deeply_nested_body_is_rejected_without_exhausting_the_stack() {
    for open in ["[", "{\"passports\":[", "{\"expand\":", "{\"x\":"] {
        assert!(parse_post_object_body(open.repeat(100_000).as_bytes()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_rejected_or_a_body(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = parse_post_object_body(&bytes);
        let _ = parse_passports_body(&bytes);
        let _ = parse_bulk_object_ids(&bytes, limit(5));
        let _ = parse_bulk_object_access_ids(&bytes, limit(5));
    }

    #[test]
    fn a_cut_or_altered_body_never_panics(cut in 0usize..100, at in 0usize..100, byte in any::<u8>()) {
        let whole = br#"{"passports":["a.b.c"],"expand":true,"bulk_object_ids":["x","y"],
            "bulk_object_access_ids":[{"bulk_object_id":"x","bulk_access_ids":["1"]}]}"#;
        let cut = &whole[..cut.min(whole.len() - 1)];
        prop_assert!(parse_post_object_body(cut).is_err());
        let mut altered = whole.to_vec();
        altered[at % whole.len()] = byte;
        let _ = parse_post_object_body(&altered);
        let _ = parse_passports_body(&altered);
        let _ = parse_bulk_object_ids(&altered, limit(5));
        let _ = parse_bulk_object_access_ids(&altered, limit(5));
    }

    #[test]
    fn passports_and_ids_parse_unchanged(passports in prop::collection::vec(any::<String>(), 0..4), ids in prop::collection::vec(any::<String>(), 1..6)) {
        let body = serde_json::json!({"passports": passports, "bulk_object_ids": ids}).to_string();
        let read = parse_bulk_object_ids(body.as_bytes(), limit(5)).unwrap();
        prop_assert_eq!(read.object_ids, ids);
        prop_assert_eq!(read.passports.iter().map(EncodedPassport::expose).collect::<Vec<_>>(), passports);
    }
}
