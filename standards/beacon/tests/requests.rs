//! Tests of requests in every spelling, and of rejected requests.
#![allow(clippy::unwrap_used, missing_docs)]

use ga4gh_beacon::{
    Assembly, BeaconError, BeaconRequest, EntryType, Filter, Granularity, IncludeResultsetResponses, LengthBases, Pages, VariantQuery,
    VariantType, ZeroBased, parse_get, parse_post,
};
use serde_json::{Value, json};

fn get(entry: EntryType, query: &str) -> Result<BeaconRequest, BeaconError> {
    let pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|p| !p.is_empty())
        .map(|p| p.split_once('=').unwrap())
        .map(|(n, v)| (n.to_owned(), v.to_owned()))
        .collect();
    parse_get(entry, &pairs)
}

fn variants(query: &str) -> Result<BeaconRequest, BeaconError> {
    get(EntryType::GenomicVariant, query)
}

fn post(entry: EntryType, query: &Value) -> Result<BeaconRequest, BeaconError> {
    parse_post(
        entry,
        json!({"meta": {"apiVersion": "v2.1.1"}, "query": query}).to_string().as_bytes(),
    )
}

const SNV: &str = "referenceName=chr22&assemblyId=GRCh38&start=10510104&referenceBases=A&alternateBases=t";

#[test]
fn one_start_with_bases_is_a_sequence_query() {
    let request = variants(SNV).unwrap();
    let Some(VariantQuery::Sequence(query)) = request.variant else {
        panic!()
    };
    assert_eq!((query.reference_name.as_str(), query.assembly), ("22", Assembly::GRCh38));
    assert_eq!(query.start, ZeroBased(10_510_104));
    assert_eq!(query.reference_bases.unwrap().as_str(), "A");
    assert_eq!(query.alternate_bases.as_str(), "T");
    assert_eq!(request.granularity_asked, Granularity::Boolean);
}

#[test]
fn one_start_and_one_end_are_a_range_query() {
    let request = variants(
        "referenceName=refseq:NC_000001.10&start=10&end=20&variantType=DEL&variantMinLength=0&variantMaxLength=50&\
         requestedGranularity=count&includeResultsetResponses=NONE&skip=2&limit=5&testMode=true&datasets=b,a,b",
    )
    .unwrap();
    let Some(VariantQuery::Range(query)) = request.variant else {
        panic!()
    };
    assert_eq!((query.reference_name.as_str(), query.assembly), ("1", Assembly::GRCh37));
    assert_eq!((query.interval.start(), query.interval.end()), (ZeroBased(10), ZeroBased(20)));
    assert_eq!(query.variant_type, Some(VariantType::Deletion));
    assert_eq!((query.min_length, query.max_length), (Some(LengthBases(0)), Some(LengthBases(50))));
    assert_eq!(request.granularity_asked, Granularity::Count);
    assert_eq!(request.include_resultset_responses, IncludeResultsetResponses::None);
    assert_eq!((request.pagination.skip, request.pagination.limit), (Pages(2), 5));
    assert!(request.test_mode);
    assert_eq!(request.datasets, ["b", "a"]);
}

#[test]
fn get_and_post_nested_and_flat_give_the_same_request() {
    let by_get = variants(&format!("{SNV}&requestedGranularity=count&filters=HP:0001250")).unwrap();
    let parameters =
        json!({"referenceName": "22", "assemblyId": "hg38", "start": [10_510_104], "referenceBases": "a", "alternateBases": "T"});
    let mut scalar = parameters.clone();
    scalar["start"] = json!(10_510_104);
    let filters = json!([{"id": "HP:0001250"}]);
    for request_parameters in [
        json!({ "g_variant": parameters }),
        parameters.clone(),
        scalar.clone(),
        json!({"g_variant": {"referenceName": "22", "start": [10_510_104]}, "assemblyId": "hg38", "start": 10_510_104,
               "referenceBases": "a", "alternateBases": "T"}),
    ] {
        let query = json!({"requestParameters": request_parameters, "filters": filters, "requestedGranularity": "count"});
        assert_eq!(post(EntryType::GenomicVariant, &query).unwrap(), by_get);
    }
    let beside = json!({"meta": {"apiVersion": "v2.1.1"}, "requestedGranularity": "count",
                        "query": {"requestParameters": parameters, "filters": filters}});
    assert_eq!(
        parse_post(EntryType::GenomicVariant, beside.to_string().as_bytes()).unwrap(),
        by_get
    );
}

#[test]
fn two_different_values_of_one_member_are_a_contradiction() {
    let base = json!({"referenceName": "22", "assemblyId": "hg38", "start": [5], "end": [9]});
    let mut both = base.clone();
    both["g_variant"] = json!({"start": [6]});
    assert!(matches!(
        post(EntryType::GenomicVariant, &json!({ "requestParameters": both })),
        Err(BeaconError::Contradiction { name: "start", .. })
    ));
    let beside = json!({"meta": {"apiVersion": "v2.1.1"}, "requestedGranularity": "count", "query": {"requestedGranularity": "boolean"}});
    assert!(matches!(
        parse_post(EntryType::Individual, beside.to_string().as_bytes()),
        Err(BeaconError::Contradiction {
            name: "requestedGranularity",
            ..
        })
    ));
    assert!(matches!(
        variants(&format!("{SNV}&referenceBases=C")),
        Err(BeaconError::DuplicateParameter { .. })
    ));
    let twice = br#"{"meta":{"apiVersion":"v2.1.1"},"query":{"requestParameters":{"start":[1],"start":[2]}}}"#;
    assert!(matches!(
        parse_post(EntryType::GenomicVariant, twice),
        Err(BeaconError::DuplicateMember { .. })
    ));
    assert!(matches!(
        variants("referenceName=NC_000022.11&assemblyId=GRCh37&start=1&end=2"),
        Err(BeaconError::Contradiction { name: "assemblyId", .. })
    ));
    assert!(get(EntryType::Individual, "datasets=a&datasetIds=b").is_err());
    assert!(
        post(
            EntryType::Individual,
            &json!({"datasets": ["a"], "requestParameters": {"datasetIds": ["b"]}})
        )
        .is_err()
    );
    let same = post(EntryType::Individual, &json!({"requestParameters": {"datasets": ["a"]}})).unwrap();
    assert_eq!(same.datasets, ["a"]);
}

#[test]
fn a_list_of_filters_parses_joined_repeated_and_as_texts() {
    let joined = get(EntryType::Individual, "filters=HP:0001250,age>=P40Y").unwrap().filters;
    let repeated = get(EntryType::Individual, "filters=HP:0001250&filters=age >= P40Y")
        .unwrap()
        .filters;
    assert_eq!(format!("{joined:?}"), format!("{repeated:?}"));
    let texts = post(EntryType::Individual, &json!({"filters": ["HP:0001250", "age >= P40Y"]}))
        .unwrap()
        .filters;
    assert_eq!(format!("{joined:?}"), format!("{texts:?}"));
    for hole in ["filters=HP:0001250&filters=", "filters=&filters=HP:0001250"] {
        assert!(get(EntryType::Individual, hole).is_err(), "{hole}");
    }
    assert!(post(EntryType::Individual, &json!({"filters": [""]})).is_err());
}

#[test]
fn booleans_parse_as_python_writes_them() {
    for (text, expected) in [("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false)] {
        assert_eq!(get(EntryType::Individual, &format!("testMode={text}")).unwrap().test_mode, expected);
    }
    for bad in ["tRUE", "yes", "1", ""] {
        assert!(get(EntryType::Individual, &format!("testMode={bad}")).is_err(), "{bad}");
    }
}

#[test]
fn unsupported_kinds_of_query_are_named_in_the_error() {
    let error = variants("referenceName=22&assemblyId=hg38&start=1&end=2&mateName=chr3").unwrap_err();
    assert!(matches!(error, BeaconError::NotSupportedYet { .. }), "{error:?}");
    assert_eq!(error.status(), 400);
    for similarity in ["high", "medium", "low"] {
        let filters = json!({"filters": [{"id": "HP:0001250", "similarity": similarity}]});
        assert!(matches!(
            post(EntryType::Individual, &filters),
            Err(BeaconError::NotSupportedYet { .. })
        ));
    }
    assert!(matches!(
        post(EntryType::Individual, &json!({"pagination": {"nextPage": "x"}})),
        Err(BeaconError::NotSupportedYet { .. })
    ));
}

#[test]
fn individuals_are_selected_by_carried_variants_and_filters_together() {
    const RANGE: &str = "referenceName=22&assemblyId=hg38&start=5&end=9&variantType=DEL";
    for query in [SNV, RANGE] {
        let request = get(EntryType::Individual, &format!("{query}&filters=HP:0001250")).unwrap();
        assert_eq!(
            (request.entry, request.filters.len(), request.is_unbounded()),
            (EntryType::Individual, 1, false)
        );
        assert_eq!(request.variant, variants(query).unwrap().variant);
        assert!(request.variant.is_some());
    }
    let by_get = get(EntryType::Individual, &format!("{RANGE}&filters=HP:0001250")).unwrap();
    let parameters = json!({"referenceName": "22", "assemblyId": "hg38", "start": [5], "end": [9], "variantType": "DEL"});
    for request_parameters in [json!({ "g_variant": parameters }), parameters.clone()] {
        let query = json!({"requestParameters": request_parameters, "filters": [{"id": "HP:0001250"}]});
        assert_eq!(post(EntryType::Individual, &query).unwrap(), by_get);
    }
    assert!(get(EntryType::Individual, "referenceName=22&assemblyId=hg38&start=5").is_err());
}

#[test]
fn collections_reject_a_variant_query() {
    let parameters = json!({"referenceName": "22", "assemblyId": "hg38", "start": [5], "end": [9]});
    for entry in EntryType::ALL {
        if !matches!(entry, EntryType::Dataset | EntryType::Cohort) {
            let asked = |entry| get(entry, SNV).unwrap().variant;
            assert!(
                asked(entry).is_some() && asked(entry) == asked(EntryType::GenomicVariant),
                "{entry:?}"
            );
            continue;
        }
        assert!(matches!(get(entry, SNV), Err(BeaconError::NotSupportedYet { .. })), "{entry:?}");
        let query = json!({"requestParameters": {"g_variant": parameters}});
        assert!(matches!(post(entry, &query), Err(BeaconError::NotSupportedYet { .. })), "{entry:?}");
        assert_eq!(get(entry, "").unwrap().variant, None);
    }
}

#[test]
fn unknown_names_are_rejected() {
    for query in [
        "assembly=GRCh38",
        "Start=5",
        "foo=",
        "filter=HP:1",
        "chromosome=1",
        "similarity=high",
    ] {
        let error = variants(query).unwrap_err();
        assert!(matches!(&error, BeaconError::UnknownParameter { .. }), "{query}: {error:?}");
        assert!(error.to_string().contains(query.split('=').next().unwrap()), "{error}");
    }
    for query in [
        json!({"requestParameters": {"g_variant": {"startt": [5]}}}),
        json!({"requestParameters": {"gvariant": {}}}),
        json!({"filters": [{"id": "HP:1", "descendants": true}]}),
        json!({"filter": [{"id": "HP:1"}]}),
        json!({"pagination": {"page": 3}}),
    ] {
        assert!(
            matches!(post(EntryType::GenomicVariant, &query), Err(BeaconError::UnknownParameter { .. })),
            "{query}"
        );
    }
    let beside = json!({"meta": {"apiVersion": "v2.1.1"}, "filters": [{"id": "HP:1"}]});
    assert!(matches!(
        parse_post(EntryType::Individual, beside.to_string().as_bytes()),
        Err(BeaconError::UnknownParameter { .. })
    ));
}

#[test]
fn incomplete_and_impossible_variant_queries_are_rejected() {
    for query in [
        "start=5",
        "referenceName=22&start=5&end=6",
        "referenceName=22&assemblyId=hg38",
        "referenceName=22&assemblyId=hg38&start=5",
        "referenceName=22&assemblyId=hg38&end=5",
        "referenceName=22&assemblyId=hg38&start=5&variantType=DEL",
        "referenceName=22&assemblyId=hg38&start=5&alternateBases=",
        "referenceName=22&assemblyId=hg38&start=5&alternateBases=-&referenceBases=.",
        "referenceName=22&assemblyId=hg38&start=5&end=5",
        "referenceName=22&assemblyId=hg38&start=6&end=5",
        "referenceName=22&assemblyId=hg38&start=0&end=0",
        "referenceName=22&assemblyId=hg38&start=-1&end=5",
        "referenceName=22&assemblyId=hg38&start=1e3&end=5000",
        "referenceName=22&assemblyId=hg38&start=&end=5",
        "referenceName=22&assemblyId=hg38&start=1,2,3&end=5",
        "referenceName=22&assemblyId=hg38&start=1&end=9223372036854775808",
        "referenceName=22&assemblyId=hg38&start=+1&end=5",
        "referenceName=22&assemblyId=hg38&start=1&end=5&variantMinLength=9&variantMaxLength=3",
        "referenceName=22&assemblyId=hg38&start=1&end=5&variantType=WHATEVER",
        "referenceName=22&assemblyId=hg38&start=1&end=5&alternateBases=<DEL>",
        "referenceName=22&assemblyId=mm10&start=1&end=5",
        "referenceName=99&assemblyId=hg38&start=1&end=5",
        "assemblyId=hg38",
    ] {
        assert_eq!(variants(query).unwrap_err().status(), 400, "{query}");
    }
    let of_kind = variants("referenceName=22&assemblyId=hg38&start=5&alternateBases=T&variantType=SNP&variantMaxLength=1").unwrap();
    let Some(VariantQuery::Sequence(query)) = &of_kind.variant else {
        panic!("{of_kind:?}");
    };
    assert_eq!(
        (query.variant_type, query.max_length.map(|l| l.0)),
        (Some(VariantType::Snv), Some(1))
    );
    let deletion = variants("referenceName=22&assemblyId=hg38&start=5&referenceBases=CA&alternateBases=").unwrap();
    assert!(matches!(deletion.variant, Some(VariantQuery::Sequence(q)) if q.alternate_bases.is_empty()));
    let insertion = variants("referenceName=22&assemblyId=hg38&start=5&referenceBases=&alternateBases=CA").unwrap();
    assert!(matches!(insertion.variant, Some(VariantQuery::Sequence(q)) if q.reference_bases.as_ref().is_some_and(|b| b.is_empty())));
}

#[test]
fn wrong_types_of_json_are_rejected() {
    for query in [
        json!([]),
        json!("x"),
        json!({"filters": "HP:1"}),
        json!({"filters": [5]}),
        json!({"filters": [["HP:1"]]}),
        json!({"filters": [{"id": 5}]}),
        json!({"filters": [{"id": ""}]}),
        json!({"filters": [{}]}),
        json!({"filters": [{"id": "age", "operator": ">"}]}),
        json!({"filters": [{"id": "age", "operator": "~", "value": "P1Y"}]}),
        json!({"filters": [{"id": "HP:1", "includeDescendantTerms": "false"}]}),
        json!({"filters": [{"id": "HP:1", "scope": "planets"}]}),
        json!({"testMode": "true"}),
        json!({"requestedGranularity": "RECORD"}),
        json!({"includeResultsetResponses": "hit"}),
        json!({"pagination": {"skip": -1}}),
        json!({"pagination": {"limit": 1.5}}),
        json!({"requestParameters": {"start": []}}),
        json!({"requestParameters": {"start": [1.0], "end": [2]}}),
        json!({"requestParameters": {"datasets": "a"}}),
        json!({"requestParameters": {"datasets": []}}),
    ] {
        assert_eq!(post(EntryType::GenomicVariant, &query).unwrap_err().status(), 400, "{query}");
    }
    for body in [
        "",
        " \n",
        "[]",
        "null",
        "{}",
        r#"{"meta":{}}"#,
        r#"{"meta":{"apiVersion":"v1.0"}}"#,
        r#"{"meta":{"apiVersion":2}}"#,
        "{",
    ] {
        assert_eq!(
            parse_post(EntryType::Individual, body.as_bytes()).unwrap_err().status(),
            400,
            "{body}"
        );
    }
    assert_eq!(parse_post(EntryType::Individual, b""), Err(BeaconError::EmptyBody));
    assert_eq!(
        parse_post(EntryType::Individual, &vec![b' '; (1 << 20) + 1]).unwrap_err().status(),
        413
    );
}

#[test]
fn null_means_absent_and_an_empty_query_selects_everything() {
    let request = post(
        EntryType::Individual,
        &json!({"filters": null, "includeResultsetResponses": null, "requestParameters": null}),
    )
    .unwrap();
    assert!(request.is_unbounded());
    assert_eq!(request, get(EntryType::Individual, "").unwrap());
    let bare = parse_post(EntryType::Individual, br#"{"meta":{"apiVersion":"v2.1.1"}}"#).unwrap();
    assert_eq!(bare, request);
}

#[test]
fn descendants_are_included_by_default() {
    let flags = |request: BeaconRequest| -> Vec<bool> {
        request
            .filters
            .iter()
            .map(|f| match f {
                Filter::Ontology(f) => f.include_descendant_terms,
                Filter::Alphanumeric(_) | Filter::Custom(_) => panic!(),
            })
            .collect()
    };
    assert_eq!(flags(get(EntryType::Individual, "filters=HP:1,HP:2").unwrap()), [true, true]);
    assert_eq!(
        flags(get(EntryType::Individual, "includeDescendantTerms=false&filters=HP:1,HP:2").unwrap()),
        [false, false]
    );
    let filters = json!({"filters": [{"id": "HP:0001250", "includeDescendantTerms": false, "similarity": "exact", "scope": "individuals"},
                                     {"id": "HP:0001251"}]});
    let request = post(EntryType::Individual, &filters).unwrap();
    assert_eq!(request.filters[0].scope(), Some(EntryType::Individual));
    assert_eq!(flags(request), [false, true]);
    assert!(get(EntryType::Individual, "includeDescendantTerms=false").is_err());
}

#[test]
fn answers_and_errors_do_not_repeat_values() {
    let filters = json!({"filters": [{"id": "name", "operator": "=", "value": "Suzuki"}]});
    let request = post(EntryType::Individual, &filters).unwrap();
    let answer = serde_json::to_string(&ga4gh_beacon::BooleanResponse::new("b", &request, false)).unwrap();
    assert!(answer.contains(r#""filters":["name"]"#) && !answer.contains("Suzuki"), "{answer}");
    let error = variants("referenceName=Suzuki&assemblyId=hg38&start=1&end=2").unwrap_err();
    assert!(!error.to_string().contains("Suzuki"));
}

#[test]
fn a_get_for_filtering_terms_accepts_only_a_page_and_test_mode() {
    let ask = |pairs: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        ga4gh_beacon::parse_filtering_terms(&pairs)
    };
    assert_eq!(ask(&[("skip", "2"), ("limit", "5")]).unwrap().page.of(100), 10..15);
    assert_eq!(ask(&[]).unwrap().page.of(100), 0..100);
    assert!(ask(&[("testMode", "true")]).unwrap().test_mode && !ask(&[]).unwrap().test_mode);
    for bad in [
        [("filters", "HP:1"), ("skip", "0")],
        [("skip", "1"), ("skip", "1")],
        [("skip", "-1"), ("limit", "1")],
    ] {
        assert_eq!(ask(&bad).unwrap_err().status(), 400);
    }
}

#[test]
fn a_post_for_filtering_terms_parses_as_its_get_and_keeps_its_limit() {
    let ask = |query: Value| {
        let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": query});
        ga4gh_beacon::parse_post_filtering_terms(body.to_string().as_bytes())
    };
    assert_eq!(ask(json!({})).unwrap().page.of(100), 0..100);
    assert_eq!(ask(json!({"pagination": {"skip": 0}})).unwrap().page.of(100), 0..100);
    assert_eq!(ask(json!({"pagination": {"skip": 0, "limit": 10}})).unwrap().page.of(100), 0..10);
    assert_eq!(ask(json!({"pagination": {"skip": 2, "limit": 10}})).unwrap().page.of(100), 20..30);
    assert_eq!(ask(json!({"pagination": {"limit": 0}})).unwrap().page.of(100), 0..100);
    assert!(ask(json!({"testMode": true})).unwrap().test_mode);
    for bad in [
        json!({"filters": [{"id": "HP:1"}]}),
        json!({"requestParameters": {"datasets": ["a"]}}),
        json!({"pagination": {"limit": "10"}}),
    ] {
        assert_eq!(ask(bad).unwrap_err().status(), 400);
    }
}

#[test]
fn equal_repeated_values_are_accepted_in_both_methods() {
    let of_get = get(EntryType::Individual, "datasets=a,b&datasetIds=b,a").unwrap();
    let of_post = post(
        EntryType::Individual,
        &json!({"datasets": ["a", "b"], "requestParameters": {"datasetIds": ["b", "a"]}}),
    );
    assert_eq!([of_get.datasets.len(), of_post.unwrap().datasets.len()], [2, 2]);
    let range = |nested: &str, flat: &str| {
        let nested = json!({"referenceName": nested, "assemblyId": "GRCh38", "start": [1], "end": [2]});
        post(
            EntryType::GenomicVariant,
            &json!({"requestParameters": {"g_variant": nested, "referenceName": flat}}),
        )
    };
    assert_eq!(range("17", "chr17").unwrap().variant, range("chr17", "17").unwrap().variant);
    assert_eq!(range("17", "chr17").unwrap().variant, range("17", "17").unwrap().variant);
    for (nested, flat) in [("17", "chr18"), ("17", "NC_000017.11"), ("MT", "chrM")] {
        assert!(
            matches!(range(nested, flat), Err(BeaconError::Contradiction { .. })),
            "{nested} {flat}"
        );
    }
}

#[test]
fn include_descendant_terms_of_an_alphanumeric_filter_survives_a_round_trip() {
    let asked = json!([
        {"id": "HP:0001250", "operator": "<", "value": "P9Y", "includeDescendantTerms": false},
        {"id": "HP:0001250", "operator": "<", "value": "P9Y"},
        {"id": "hospital-a.lab:1", "includeDescendantTerms": false},
    ]);
    let request = post(EntryType::Individual, &json!({"filters": asked})).unwrap();
    let kept: Vec<Option<bool>> = request
        .filters
        .iter()
        .map(|filter| match filter {
            Filter::Alphanumeric(compared) => compared.include_descendant_terms,
            Filter::Custom(own) => Some(own.include_descendant_terms),
            Filter::Ontology(_) => panic!("expected no ontology filter"),
        })
        .collect();
    assert_eq!(kept, [Some(false), None, Some(false)]);
    let again: Vec<Value> = request.filters.iter().map(Filter::to_member).collect();
    assert_eq!(
        post(EntryType::Individual, &json!({"filters": again})).unwrap().filters,
        request.filters
    );
}

/// Pairs of a request, as portals and the specification's own documentation send it, and the equivalent request.
#[test]
fn other_spellings_of_clients_give_the_same_request() {
    let post = |query: &str| {
        let body = format!(r#"{{"meta": {{"apiVersion": "2.0"}}, "query": {query}}}"#);
        parse_post(EntryType::GenomicVariant, body.as_bytes())
    };
    let parameters = |parameters: &str| post(&format!(r#"{{"requestParameters": {parameters}}}"#)).unwrap().variant;
    let meant = parameters(r#"{"g_variant": {"referenceName": "17", "assemblyId": "GRCh38", "start": [123], "end": [456]}}"#);
    assert!(meant.is_some());
    for same in [
        r#"{"referenceName": "17", "assemblyId": "GRCh38", "start": "123", "end": "456"}"#,
        r#"{"referenceName": 17, "assemblyId": "GRCh38", "start": ["123"], "end": 456}"#,
        r#"{"referenceName": "17", "assemblyId": "GCA_000001405.15", "start": 123, "end": ["456"]}"#,
        r#"{"referenceName": "chr17", "assemblyId": "GCA_000001405.29", "start": 123, "end": "456"}"#,
    ] {
        assert_eq!(parameters(same), meant, "{same}");
    }
    for wrong in [
        r#"{"referenceName": "17", "assemblyId": "GRCh38", "start": "12x", "end": 456}"#,
        r#"{"referenceName": "17", "assemblyId": "GRCh38", "start": "-1", "end": 456}"#,
        r#"{"referenceName": true, "assemblyId": "GRCh38", "start": 1, "end": 456}"#,
    ] {
        assert!(post(&format!(r#"{{"requestParameters": {wrong}}}"#)).is_err(), "{wrong}");
    }
    assert!(post(r#"{"requestParameters": []}"#).unwrap().variant.is_none());
    assert!(post(r#"{"requestParameters": [1]}"#).is_err());

    let filters = |filter: &str| post(&format!(r#"{{"filters": [{filter}]}}"#)).unwrap().filters;
    assert_eq!(
        filters(r#"{"id": "sex", "value": "female"}"#),
        filters(r#"{"id": "sex", "operator": "=", "value": "female"}"#)
    );
    let of_people = filters(r#"{"id": "HP:0001250", "scope": "individual"}"#);
    for same in [
        r#"{"id": "HP:0001250", "scope": "individuals"}"#,
        r#"{"id": "HP:0001250", "scopes": ["individual"]}"#,
        r#"{"id": "HP:0001250", "scope": ["individuals"]}"#,
    ] {
        assert_eq!(filters(same), of_people, "{same}");
    }
    assert_eq!(
        filters(r#"{"id": "HP:0001250", "scopes": ["individuals", "biosamples"]}"#),
        filters(r#"{"id": "HP:0001250"}"#)
    );
}

/// The examples are from `docs/variant-queries.md` of the specification, "CNV Query - TP53 Deletion Query by Coordinates", and from
/// `beaconRequestBody-MAX-example.json`.
#[test]
fn the_examples_of_the_specification_parse() {
    let get = |query: &str| {
        let pairs: Vec<(String, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        parse_get(EntryType::GenomicVariant, &pairs)
    };
    let joined = get("datasetIds=TEST&referenceName=NC_000017.11&variantType=DEL&start=5000000,7676592&end=7669607,10000000").unwrap();
    let repeated =
        get("datasetIds=TEST&referenceName=NC_000017.11&variantType=DEL&start=5000000&start=7676592&end=7669607&end=10000000").unwrap();
    assert_eq!(repeated.variant, joined.variant);
    let body = r#"{
        "$schema": "https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/framework/json/requests/beaconRequestBody.json",
        "meta": {"apiVersion": "2.0", "requestedSchemas": [{"entityType": "genomicVariation", "schema:": "https://example.org/defaultSchema.json"}]},
        "query": {"requestParameters": {"g_variant": {"referenceName": "NC_000017.11", "start": [5000000, 7676592], "end": [7669607, 10000000],
            "variantType": "DEL"}}},
        "requestedGranularity": "record", "pagination": {"skip": 0, "limit": 5}}"#;
    assert_eq!(
        parse_post(EntryType::GenomicVariant, body.as_bytes()).unwrap().variant,
        joined.variant
    );
    assert!(get("referenceName=17&referenceName=18&assemblyId=GRCh38&start=1&alternateBases=A").is_err());
    assert!(get("referenceName=17&assemblyId=GRCh38&start=1&start=2&start=3&end=4").is_err());

    let body =
        r#"{"meta": {"apiVersion": "2.0"}, "query": {"requestParameters": {"datasets": {"datasetIds": ["DatasetXYZ", "Dataset123"]}}}}"#;
    let asked = parse_post(EntryType::Biosample, body.as_bytes()).unwrap();
    assert_eq!(asked.datasets, ["DatasetXYZ", "Dataset123"]);
}

#[test]
fn an_error_names_the_parameter_at_fault() {
    let text = |entry, query: &[(&str, &str)]| {
        let pairs: Vec<(String, String)> = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        parse_get(entry, &pairs).unwrap_err().to_string()
    };
    for id in ["geneId=BRAF", "geneId:BRAF", "aminoacidChange=V600E"] {
        let said = text(EntryType::GenomicVariant, &[("filters", id)]);
        assert!(said.contains("`geneId`") && said.contains("request parameters"), "{said}");
    }
    let said = ga4gh_beacon::BeaconError::UnboundedQuery.to_string();
    assert!(said.contains("`geneId`") && said.contains("`referenceName` with `start`"), "{said}");
    let said = text(EntryType::Individual, &[("limit", "10001")]);
    assert!(said.contains("`limit`") && said.contains("10,000"), "{said}");
    assert!(parse_get(EntryType::Individual, &[("limit".to_owned(), "10000".to_owned())]).is_ok());
    let body = br#"{"meta": {"apiVersion": "2.0"}, "query": {"pagination": {"limit": 20000}}}"#;
    let said = parse_post(EntryType::Individual, body).unwrap_err().to_string();
    assert!(said.contains("`pagination.limit`"), "{said}");
}
