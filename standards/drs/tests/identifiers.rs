//! Tests of object ids, access ids, file names, checksums and `drs://` URIs.
#![allow(clippy::unwrap_used)]

use ga4gh_drs::{
    AccessId, Checksum, ChecksumType, Content, ContentsError, ContentsObject, ContentsTarget, DrsUri, DrsUriError, Hostname, IdError,
    ObjectId, PortableName, bundle_checksum_input, hostname_uri,
};
use proptest::prelude::*;

fn id(text: &str) -> ObjectId {
    ObjectId::parse(text).unwrap()
}

#[test]
fn every_character_of_an_id_is_encoded_except_unreserved_ones() {
    for (plain, encoded) in [
        ("AZaz09-._~", "AZaz09-._~"),
        ("a/b", "a%2Fb"),
        ("a:b%c?d#e", "a%3Ab%25c%3Fd%23e"),
        ("x y+z", "x%20y%2Bz"),
        ("検体", "%E6%A4%9C%E4%BD%93"),
        ("...", "..."),
    ] {
        assert_eq!(id(plain).encoded(), encoded);
        assert_eq!(ObjectId::from_path_segment(encoded), Ok(id(plain)));
        assert_eq!(AccessId::from_path_segment(encoded), AccessId::parse(plain));
    }
    assert_eq!(ObjectId::from_path_segment("a%2fb"), Ok(id("a/b")), "escapes decode in either case");
    assert_eq!(
        ObjectId::from_path_segment("a+b"),
        Ok(id("a+b")),
        "a plus sign is literal in a path"
    );
    assert_eq!(ObjectId::from_path_segment("%252F"), Ok(id("%2F")), "decoding happens once");
}

#[test]
fn an_invalid_id_is_rejected() {
    for (segment, error) in [
        ("", IdError::Empty),
        (".", IdError::DotSegment),
        ("..", IdError::DotSegment),
        ("%2e%2E", IdError::DotSegment),
        ("access", IdError::Reserved),
        ("acc%65ss", IdError::Reserved),
        ("%", IdError::BadEscape),
        ("a%2", IdError::BadEscape),
        ("a%zz", IdError::BadEscape),
        ("%+1", IdError::BadEscape),
        ("%ff", IdError::NotUtf8),
        ("a%00b", IdError::ControlCharacter),
        ("a%0d%0ab", IdError::ControlCharacter),
    ] {
        assert_eq!(ObjectId::from_path_segment(segment), Err(error), "{segment}");
    }
    assert_eq!(ObjectId::parse("x".repeat(1025)), Err(IdError::TooLong));
    assert!(ObjectId::parse("x".repeat(1024)).is_ok());
    assert!(AccessId::parse("access").is_ok(), "only object ids collide with the bulk route");
}

#[test]
fn the_self_uri_has_the_host_without_port_and_the_encoded_id() {
    let hostname = Hostname::from_authority("DRS.example.org:8443").unwrap();
    assert_eq!(hostname_uri(&hostname, &id("a/b")), "drs://drs.example.org/a%2Fb");
    assert_eq!(hostname_uri(&Hostname::parse("127.0.0.1").unwrap(), &id("x")), "drs://127.0.0.1/x");
    for bad in [
        "",
        ".",
        "a..b",
        "a b",
        "-a",
        "a-",
        "a/b",
        "user@host",
        "[::1]",
        "host:port",
        "host:99999",
        "ホスト",
        "a:1:2",
    ] {
        assert_eq!(Hostname::from_authority(bad), None, "{bad}");
    }
}

#[test]
fn a_colon_distinguishes_compact_from_hostname_based_uris() {
    let hostname_based = DrsUri::Hostname {
        hostname: Hostname::parse("drs.example.org").unwrap(),
        object_id: id("314159"),
    };
    assert_eq!(DrsUri::parse("drs://drs.example.org/314159"), Ok(hostname_based.clone()));
    assert_eq!(DrsUri::parse("DRS://DRS.Example.org/314159"), Ok(hostname_based));
    let DrsUri::Hostname { object_id, .. } = DrsUri::parse("drs://drs.example.org/a%2Fb%3Ac").unwrap() else {
        panic!("no colon")
    };
    assert_eq!(object_id.as_str(), "a/b:c");

    for (uri, provider_code, namespace, accession) in [
        ("drs://drs.42:314159", None, "drs.42", "314159"),
        ("drs://dg.4503:dg.4503/01b048d0-e128", None, "dg.4503", "dg.4503/01b048d0-e128"),
        ("drs://prov/ns_1:a:b%2F?c#d", Some("prov"), "ns_1", "a:b%2F?c#d"),
        ("drs://doi:10.1234/abc", None, "doi", "10.1234/abc"),
    ] {
        let DrsUri::Compact(compact) = DrsUri::parse(uri).unwrap() else {
            panic!("{uri} has a colon")
        };
        assert_eq!(
            (compact.provider_code(), compact.namespace(), compact.accession()),
            (provider_code, namespace, accession)
        );
        assert_eq!(DrsUri::Compact(compact).to_string(), uri);
    }
    let DrsUri::Compact(compact) = DrsUri::parse("drs://ns:a/b").unwrap() else {
        panic!("a colon")
    };
    assert_eq!(compact.object_id().unwrap().encoded(), "a%2Fb");
}

#[test]
fn malformed_uris_are_rejected_with_the_reason() {
    for (uri, error) in [
        ("", DrsUriError::Scheme),
        ("drs:/x", DrsUriError::Scheme),
        ("https://drs.example.org/x", DrsUriError::Scheme),
        (" drs://drs.example.org/x", DrsUriError::Scheme),
        ("drs://", DrsUriError::NoObject),
        ("drs://drs.example.org", DrsUriError::NoObject),
        ("drs://drs.example.org/", DrsUriError::NoObject),
        ("drs:///x", DrsUriError::Hostname),
        ("drs://a b/x", DrsUriError::Hostname),
        ("drs://user@host/x", DrsUriError::Hostname),
        ("drs://drs.example.org:8443/x", DrsUriError::Port),
        ("drs://drs.example.org:443/x", DrsUriError::Port),
        ("drs://drs.example.org:/x", DrsUriError::Port),
        ("drs://localhost:8080/x", DrsUriError::Port),
        ("drs://drs.example.org/a/b", DrsUriError::ObjectId(IdError::NotEncoded)),
        ("drs://drs.example.org/a?b", DrsUriError::ObjectId(IdError::NotEncoded)),
        ("drs://drs.example.org/a#b", DrsUriError::ObjectId(IdError::NotEncoded)),
        ("drs://drs.example.org/%", DrsUriError::ObjectId(IdError::BadEscape)),
        ("drs://drs.example.org/..", DrsUriError::ObjectId(IdError::DotSegment)),
        ("drs://:x", DrsUriError::Prefix),
        ("drs:///ns:x", DrsUriError::Prefix),
        ("drs://a/b/c:x", DrsUriError::Prefix),
        ("drs://a-b:x", DrsUriError::Prefix),
        ("drs://ns:", DrsUriError::Accession),
        ("drs://ns:a\nb", DrsUriError::Accession),
        ("drs://é", DrsUriError::NoObject),
        ("drs:/é/x", DrsUriError::Scheme),
    ] {
        assert_eq!(DrsUri::parse(uri), Err(error), "{uri}");
    }
}

#[test]
fn only_portable_file_names_parse() {
    assert!(PortableName::parse("Sample_1.v2-a.vcf.gz").is_ok());
    for bad in ["", ".", "..", "a/b", "a b", "a~", "検体", "a\0"] {
        assert!(PortableName::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_checksum_requires_the_number_of_digits_of_its_method() {
    let md5 = Checksum::parse(ChecksumType::Md5, "D41D8CD98F00B204E9800998ECF8427E").unwrap();
    assert_eq!(
        (md5.hexadecimal(), md5.method()),
        ("d41d8cd98f00b204e9800998ecf8427e", ChecksumType::Md5)
    );
    for method in ChecksumType::ALL {
        assert_eq!(ChecksumType::from_name(method.as_str()), Some(method));
        let length = method.digit_count().unwrap_or(10);
        assert!(Checksum::parse(method, &"0".repeat(length)).is_ok());
        assert!(Checksum::parse(method, &"g".repeat(length)).is_err());
        assert!(Checksum::parse(method, "").is_err());
        if method.digit_count().is_some() {
            assert!(Checksum::parse(method, &"0".repeat(length + 1)).is_err());
        }
    }
}

#[test]
fn the_checksum_input_of_a_bundle_is_the_sorted_checksums_of_its_children() {
    let crc = |digits: &str| vec![Checksum::parse(ChecksumType::Crc32c, digits).unwrap()];
    let children = [crc("72794b6d"), crc("5e089d29")];
    let input = bundle_checksum_input(ChecksumType::Crc32c, children.iter().map(Vec::as_slice));
    assert_eq!(
        input.as_deref(),
        Some("5e089d2972794b6d"),
        "the concatenation of the specification's example"
    );
    assert_eq!(bundle_checksum_input(ChecksumType::Md5, children.iter().map(Vec::as_slice)), None);
}

#[test]
fn the_children_of_a_bundle_require_ids_and_unique_names() {
    let child = |name: &str| ContentsObject::single(PortableName::parse(name).unwrap(), id("x"));
    let duplicate = ContentsError::DuplicateName { name: "a".to_owned() };
    assert_eq!(Content::bundle(vec![]), Err(ContentsError::Empty));
    assert_eq!(Content::bundle(vec![child("a"), child("a")]), Err(duplicate.clone()));
    let without_id = ContentsObject { id: None, ..child("a") };
    assert_eq!(
        Content::bundle(vec![without_id.clone()]),
        Err(ContentsError::MissingId { name: "a".to_owned() })
    );
    let nest = |inner: Vec<ContentsObject>| ContentsObject {
        target: ContentsTarget::Expanded(inner),
        ..child("outer")
    };
    assert!(Content::bundle(vec![nest(vec![without_id, child("b")])]).is_ok());
    assert_eq!(
        Content::bundle(vec![nest(vec![nest(vec![child("a"), child("a")])])]),
        Err(duplicate)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_id_survives_encoding(text in any::<String>()) {
        if let Ok(id) = ObjectId::parse(text.clone()) {
            let encoded = id.encoded();
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
            prop_assert_eq!(ObjectId::from_path_segment(&encoded), Ok(id.clone()));
            let hostname = Hostname::parse("drs.example.org").unwrap();
            let uri = hostname_uri(&hostname, &id);
            prop_assert!(!uri["drs://".len()..].contains(':'));
            prop_assert_eq!(DrsUri::parse(&uri), Ok(DrsUri::Hostname { hostname, object_id: id }));
        }
    }

    #[test]
    fn any_segment_is_rejected_or_an_id(segment in "[%a-fA-F0-9./é]{0,12}") {
        if let Ok(id) = ObjectId::from_path_segment(&segment) {
            prop_assert_eq!(ObjectId::from_path_segment(&id.encoded()), Ok(id));
        }
    }

    #[test]
    fn any_uri_is_rejected_or_survives_a_round_trip(rest in "[a-z0-9./:%_é-]{0,20}") {
        if let Ok(uri) = DrsUri::parse(&format!("drs://{rest}")) {
            let written = uri.to_string();
            prop_assert_eq!(DrsUri::parse(&written), Ok(uri));
        }
    }

    #[test]
    fn any_text_is_rejected_or_a_uri(text in any::<String>()) {
        let _ = DrsUri::parse(&text);
        let _ = Hostname::from_authority(&text);
    }
}
