//! Requests as clients send them, each with the answer that the specification requires.
#![allow(clippy::unwrap_used)]

use ga4gh_htsget::{
    Endpoint, Field, Fields, Format, HtsgetError, InvalidInput, InvalidRange, Missing, Parameter, Position, Query, ReferenceName, Region,
    RequestedClass, Selection, TagName, Tags, parse_get, parse_post,
};

/// Splits the query of a URL into pairs of name and value. No query in these tests needs percent-decoding.
fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn get(query: &str) -> Result<Query, HtsgetError> {
    parse_get(Endpoint::Reads, &pairs(query))
}

fn post(body: &str) -> Result<Query, HtsgetError> {
    parse_post(Endpoint::Reads, body.as_bytes(), false, &[])
}

fn placed(name: &str, start: Option<u32>, end: Option<u32>) -> Region {
    Region::Placed {
        reference_name: ReferenceName::parse(name).unwrap(),
        start: start.map(Position::new),
        end: end.map(Position::new),
    }
}

fn one(region: Region) -> Selection {
    Selection::Regions(vec![region])
}

fn tags(names: &[&str]) -> Tags {
    Tags::Only(names.iter().map(|name| TagName::parse(*name).unwrap()).collect())
}

#[test]
fn a_request_without_parameters_selects_everything_in_the_default_format() {
    for (endpoint, format) in [(Endpoint::Reads, Format::Bam), (Endpoint::Variants, Format::Vcf)] {
        for query in [parse_get(endpoint, &[]).unwrap(), parse_post(endpoint, b"{}", false, &[]).unwrap()] {
            assert_eq!(query, Query::everything(endpoint));
            assert_eq!(query.format, format);
            assert_eq!(query.selection, Selection::Everything);
            assert!(!query.filters_within_records());
        }
    }
}

#[test]
fn each_endpoint_accepts_its_two_formats_and_rejects_others() {
    let ask = |endpoint, name: &str| parse_get(endpoint, &pairs(&format!("format={name}"))).map(|query| query.format);
    assert_eq!(ask(Endpoint::Reads, "BAM"), Ok(Format::Bam));
    assert_eq!(ask(Endpoint::Reads, "cram"), Ok(Format::Cram));
    assert_eq!(ask(Endpoint::Variants, "VCF"), Ok(Format::Vcf));
    assert_eq!(ask(Endpoint::Variants, "BCF"), Ok(Format::Bcf));
    for (endpoint, name) in [
        (Endpoint::Reads, "VCF"),
        (Endpoint::Reads, "SAM"),
        (Endpoint::Reads, ""),
        (Endpoint::Reads, " BAM"),
        (Endpoint::Variants, "BAM"),
        (Endpoint::Variants, "VCFTEXT"),
    ] {
        assert!(matches!(ask(endpoint, name), Err(HtsgetError::UnsupportedFormat { .. })), "{name}");
        let body = serde_json::json!({ "format": name }).to_string();
        let refused = parse_post(endpoint, body.as_bytes(), false, &[]);
        assert!(matches!(refused, Err(HtsgetError::UnsupportedFormat { .. })), "{name}");
    }
}

#[test]
fn a_region_is_zero_based_half_open_and_each_end_is_optional() {
    assert_eq!(get("referenceName=chr1").unwrap().selection, one(placed("chr1", None, None)));
    assert_eq!(
        get("referenceName=chr1&start=5").unwrap().selection,
        one(placed("chr1", Some(5), None))
    );
    assert_eq!(
        get("referenceName=chr1&end=9").unwrap().selection,
        one(placed("chr1", None, Some(9)))
    );
    let whole = one(placed("chr1", Some(0), Some(u32::MAX)));
    assert_eq!(get("end=4294967295&start=0&referenceName=chr1").unwrap().selection, whole);
    assert_eq!(
        get("referenceName=HLA-A*01:01:01:01").unwrap().selection,
        one(placed("HLA-A*01:01:01:01", None, None))
    );
}

#[test]
fn a_get_region_may_be_empty_but_not_reversed() {
    let empty = get("referenceName=chr1&start=7&end=7").unwrap().selection;
    assert!(empty.regions().unwrap()[0].is_empty());
    assert!(get("referenceName=chr1&end=0").unwrap().selection.regions().unwrap()[0].is_empty());
    assert!(!get("referenceName=chr1&start=6&end=7").unwrap().selection.regions().unwrap()[0].is_empty());
    assert_eq!(get("referenceName=chr1&start=8&end=7"), Err(InvalidRange::StartAfterEnd.into()));
}

#[test]
fn positions_parse_only_as_unsigned_32_bit_decimals() {
    for bad in [
        "",
        "-1",
        "+1",
        "1.0",
        "1e3",
        "0x10",
        " 1",
        "1 ",
        "1_000",
        "4294967296",
        "99999999999999999999",
        "٣",
        "NaN",
    ] {
        for parameter in [Parameter::Start, Parameter::End] {
            let asked = vec![
                ("referenceName".to_owned(), "chr1".to_owned()),
                (parameter.as_str().to_owned(), bad.to_owned()),
            ];
            assert_eq!(
                parse_get(Endpoint::Reads, &asked),
                Err(InvalidInput::NotAPosition { parameter }.into()),
                "{bad:?}"
            );
        }
    }
    for bad in ["-1", "1.0", "1.5", "1e3", "4294967296", "\"1\"", "null", "true", "[1]"] {
        let body = format!(r#"{{"regions":[{{"referenceName":"chr1","start":{bad}}}]}}"#);
        assert!(
            matches!(post(&body), Err(HtsgetError::InvalidInput(InvalidInput::MalformedBody { .. }))),
            "{bad}"
        );
    }
}

#[test]
fn a_position_requires_a_reference_name_other_than_the_star() {
    assert_eq!(
        get("start=1"),
        Err(InvalidInput::PositionWithoutReference {
            parameter: Parameter::Start
        }
        .into())
    );
    assert_eq!(
        get("end=1"),
        Err(InvalidInput::PositionWithoutReference { parameter: Parameter::End }.into())
    );
    assert_eq!(
        get("referenceName=*&start=1"),
        Err(InvalidInput::PositionOfUnplaced {
            parameter: Parameter::Start
        }
        .into())
    );
    assert_eq!(
        get("referenceName=*&end=1"),
        Err(InvalidInput::PositionOfUnplaced { parameter: Parameter::End }.into())
    );
    assert_eq!(get("referenceName="), Err(InvalidInput::EmptyReferenceName.into()));
    let body = r#"{"regions":[{"referenceName":"*","end":1}]}"#;
    assert_eq!(
        post(body),
        Err(InvalidInput::PositionOfUnplaced { parameter: Parameter::End }.into())
    );
}

#[test]
fn the_star_selects_unplaced_reads_and_is_not_found_for_variants() {
    assert_eq!(get("referenceName=*").unwrap().selection, one(Region::Unplaced));
    assert_eq!(
        post(r#"{"regions":[{"referenceName":"*"}]}"#).unwrap().selection,
        one(Region::Unplaced)
    );
    let missing = Err(HtsgetError::NotFound(Missing::Reference));
    assert_eq!(parse_get(Endpoint::Variants, &pairs("referenceName=*")), missing);
    assert_eq!(
        parse_post(Endpoint::Variants, br#"{"regions":[{"referenceName":"*"}]}"#, false, &[]),
        missing
    );
}

#[test]
fn the_header_class_is_valid_with_the_format_only() {
    let header = get("class=header&format=CRAM").unwrap();
    assert_eq!((header.class, header.format), (RequestedClass::Header, Format::Cram));
    assert_eq!(post(r#"{"class":"header","format":"CRAM"}"#).unwrap(), header);
    for (query, parameter) in [
        ("referenceName=chr1", Parameter::ReferenceName),
        ("start=0", Parameter::Start),
        ("end=1", Parameter::End),
        ("fields=QNAME", Parameter::Fields),
        ("fields=", Parameter::Fields),
        ("tags=", Parameter::Tags),
        ("notags=", Parameter::Notags),
    ] {
        let expected = Err(InvalidInput::HeaderClassWithOther { parameter }.into());
        assert_eq!(get(&format!("class=header&{query}")), expected);
        assert_eq!(get(&format!("{query}&class=header")), expected);
    }
    for (member, parameter) in [
        (r#""fields":[]"#, Parameter::Fields),
        (r#""tags":[]"#, Parameter::Tags),
        (r#""notags":[]"#, Parameter::Notags),
        (r#""regions":[]"#, Parameter::Regions),
        (r#""referenceName":"chr1""#, Parameter::ReferenceName),
    ] {
        let expected = Err(InvalidInput::HeaderClassWithOther { parameter }.into());
        assert_eq!(post(&format!(r#"{{"class":"header",{member}}}"#)), expected);
    }
    assert_eq!(get("class=header&unknown=1"), Err(InvalidInput::Unknown.into()));
    assert!(get("referenceName=na&class=header").is_ok(), "the request of @gmod/bam");
    assert!(get("referenceName=na&class=header&start=1").is_err());
    for other in ["body", "Header", "", "header,body"] {
        assert_eq!(get(&format!("class={other}")), Err(InvalidInput::UnknownClass.into()));
    }
}

#[test]
fn a_repeated_parameter_is_rejected() {
    for parameter in Parameter::GET {
        let name = parameter.as_str().to_owned();
        let asked = vec![(name.clone(), "1".to_owned()), (name, "1".to_owned())];
        assert_eq!(parse_get(Endpoint::Reads, &asked), Err(InvalidInput::Repeated { parameter }.into()));
    }
    assert!(post(r#"{"format":"BAM","format":"CRAM"}"#).is_err());
    assert!(post(r#"{"regions":[{"referenceName":"a","start":1,"start":2}]}"#).is_err());
}

#[test]
fn fields_accept_only_bam_columns() {
    let Fields::Only(fields) = get("fields=QNAME,FLAG,RNAME,POS,MAPQ,CIGAR,RNEXT,PNEXT,TLEN,SEQ,QUAL")
        .unwrap()
        .fields
    else {
        panic!("all eleven columns are named")
    };
    assert!(fields.into_iter().eq(Field::ALL));
    for bad in ["qname", "QNAME,", ",QNAME", "QNAME,,FLAG", "NM", "QNAME, FLAG", "MARQ"] {
        assert_eq!(get(&format!("fields={bad}")), Err(InvalidInput::UnknownField.into()), "{bad}");
    }
    assert_eq!(post(r#"{"fields":["QNAME","XX"]}"#), Err(InvalidInput::UnknownField.into()));
    assert_eq!(
        post(r#"{"fields":["POS","POS"]}"#).unwrap().fields,
        Fields::Only([Field::Pos].into())
    );
}

#[test]
fn absent_tags_select_all_tags_and_empty_tags_select_no_tags() {
    assert_eq!(get("").unwrap().tags, Tags::All);
    assert_eq!(get("tags=").unwrap().tags, tags(&[]));
    assert_eq!(get("tags=NM,MD").unwrap().tags, tags(&["NM", "MD"]));
    assert_eq!(post(r#"{"tags":[]}"#).unwrap().tags, tags(&[]));
    assert_eq!(post(r#"{"tags":["RG"]}"#).unwrap().tags, tags(&["RG"]));
    assert!(get("notags=").unwrap().notags.is_empty());
    assert_eq!(get("notags=OQ").unwrap().notags, [TagName::parse("OQ").unwrap()].into());
    assert!(Tags::All.includes(&TagName::parse("NM").unwrap()));
    assert!(!tags(&[]).includes(&TagName::parse("NM").unwrap()));
    assert_eq!(
        get("tags=NM,"),
        Err(InvalidInput::EmptyListElement {
            parameter: Parameter::Tags
        }
        .into())
    );
}

#[test]
fn a_tag_in_both_tags_and_notags_is_rejected() {
    assert_eq!(get("tags=NM,MD&notags=OQ,MD"), Err(InvalidInput::TagsIntersectNotags.into()));
    assert_eq!(
        post(r#"{"tags":["NM"],"notags":["NM"]}"#),
        Err(InvalidInput::TagsIntersectNotags.into())
    );
    assert!(get("tags=NM&notags=nm").is_ok(), "tags are case-sensitive");
    assert!(get("tags=&notags=NM").is_ok());
    assert!(get("notags=NM").is_ok());
}

#[test]
fn a_post_keeps_the_order_of_its_regions() {
    let query = post(
        r#"{"format":"bam","fields":["QNAME","SEQ"],"tags":["RG"],"notags":["OQ"],"regions":[
            {"referenceName":"chr2","start":2000,"end":2100},{"referenceName":"chr1"},
            {"referenceName":"chr2","start":999,"end":1000},{"referenceName":"chr2","end":5}]}"#,
    )
    .unwrap();
    assert_eq!(
        query.selection.regions().unwrap(),
        [
            placed("chr2", Some(2000), Some(2100)),
            placed("chr1", None, None),
            placed("chr2", Some(999), Some(1000)),
            placed("chr2", None, Some(5))
        ]
    );
    assert_eq!(query.fields, Fields::Only([Field::Qname, Field::Seq].into()));
    assert!(query.filters_within_records());
}

#[test]
fn a_post_region_must_start_before_it_ends() {
    for (start, end) in [(5, 5), (6, 5), (0, 0)] {
        let body = format!(r#"{{"regions":[{{"referenceName":"c","start":{start},"end":{end}}}]}}"#);
        assert_eq!(post(&body), Err(InvalidRange::StartNotBeforeEnd.into()));
    }
    assert!(post(r#"{"regions":[{"referenceName":"c","start":5,"end":6}]}"#).is_ok());
}

#[test]
fn a_malformed_post_is_invalid_input() {
    assert_eq!(post(r#"{"regions":[]}"#), Err(InvalidInput::NoRegions.into()));
    assert_eq!(post(r#"{"regions":[{}]}"#), Err(InvalidInput::RegionWithoutReference.into()));
    assert_eq!(
        post(r#"{"regions":[{"start":1}]}"#),
        Err(InvalidInput::RegionWithoutReference.into())
    );
    assert_eq!(
        post(r#"{"regions":[{"referenceName":""}]}"#),
        Err(InvalidInput::EmptyReferenceName.into())
    );
    for parameter in [Parameter::ReferenceName, Parameter::Start, Parameter::End] {
        let body = format!(r#"{{"{parameter}":1}}"#);
        assert_eq!(post(&body), Err(InvalidInput::OutsideRegions { parameter }.into()));
    }
    let malformed = [
        "",
        " ",
        "null",
        "[]",
        "\"BAM\"",
        "1",
        "{",
        "{}{}",
        "{} x",
        "{\"format\":null}",
        "{\"format\":1}",
        "{\"class\":[\"header\"]}",
        "{\"regions\":null}",
        "{\"regions\":{}}",
        "{\"regions\":\"chr1\"}",
        "{\"regions\":[null]}",
        "{\"regions\":[[\"chr1\",1,2]]}",
        "{\"regions\":[\"chr1\"]}",
        "{\"regions\":[{\"referenceName\":1}]}",
        "{\"tags\":\"NM\"}",
        "{\"tags\":[1]}",
        "{\"fields\":{\"QNAME\":true}}",
        "\u{feff}{}",
        "{'format':'BAM'}",
        "{\"format\":\"BAM\",}",
    ];
    for body in malformed {
        assert!(
            matches!(post(body), Err(HtsgetError::InvalidInput(InvalidInput::MalformedBody { .. }))),
            "{body:?}"
        );
    }
    assert!(parse_post(Endpoint::Reads, b"{\"format\":\"\xff\"}", false, &[]).is_err());
}

/// A client that misspells a parameter must not receive the whole file.
#[test]
fn a_parameter_that_htsget_does_not_define_is_rejected_and_never_ignored() {
    let misspelt = |parameter| Err(InvalidInput::Misspelt { parameter }.into());
    assert_eq!(get("referencename=chr1"), misspelt(Parameter::ReferenceName));
    assert_eq!(get("referenceName=chr1&Start=5"), misspelt(Parameter::Start));
    assert_eq!(post(r#"{"Regions":[{"referenceName":"1"}]}"#), misspelt(Parameter::Regions));
    for unknown in [
        "referenceMD5=6aef897c3d6ff0c78aff06ac189178dd",
        "encryptionScheme=c4gh",
        "regions=1",
        "x=1&x=2",
        "=",
    ] {
        assert_eq!(get(unknown), Err(InvalidInput::Unknown.into()), "{unknown}");
    }
    for unknown in [r#"{"region":[]}"#, r#"{"comment":{"any":[1,null]}}"#, r#"{"class":"header","x":1}"#] {
        assert_eq!(post(unknown), Err(InvalidInput::Unknown.into()), "{unknown}");
    }
    assert!(post(r#"{"regions":[{"referenceName":"1","Start":5}]}"#).is_err());
    assert!(
        parse_post(Endpoint::Reads, br#"{"ours":1}"#, false, &["ours"]).is_ok(),
        "members that the server itself reads are accepted"
    );
}

#[test]
fn a_post_with_parameters_in_its_url_is_rejected() {
    assert_eq!(parse_post(Endpoint::Reads, b"{}", true, &[]), Err(InvalidInput::QueryOnPost.into()));
}

#[test]
fn messages_repeat_no_part_of_the_request() {
    let secret = "SECRET-VALUE";
    let mut failures = vec![
        post(&format!(r#"{{"format":"{secret}"}}"#)),
        post(&format!(r#"{{"tags":"{secret}"}}"#)),
        post(secret),
    ];
    for parameter in Parameter::GET {
        failures.push(get(&format!("{parameter}={secret}&{parameter}={secret}")));
        failures.push(get(&format!("{parameter}={secret}")));
    }
    for failure in failures {
        if let Err(error) = failure {
            assert!(!error.to_json().to_string().contains(secret), "{error}");
            assert!(!format!("{error:?}").contains(secret));
        }
    }
}
