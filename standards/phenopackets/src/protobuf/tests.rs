//! Tests of the wire format. `tests/of_python.rs` compares whole packets with the specification's Python package.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A field of wire type 2.
fn bytes(number: u8, content: impl AsRef<[u8]>) -> Vec<u8> {
    let content = content.as_ref();
    assert!(content.len() < 128);
    [&[number << 3 | 2, content.len() as u8], content].concat()
}

fn varint(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A packet with the subject `s`, followed by other fields.
fn packet(other: &[Vec<u8>]) -> Vec<u8> {
    let subject = bytes(2, [bytes(1, "s"), varint(6, 2)].concat());
    [bytes(1, "p"), subject, bytes(11, bytes(6, "2.0.2")), other.concat()].concat()
}

fn read(bytes: &[u8]) -> Result<Value, PhenopacketError> {
    from_protobuf(bytes, TopLevel::Phenopacket).map(Document::into_value)
}

#[test]
fn a_message_becomes_the_document_of_its_json_form() {
    let feature = bytes(3, [bytes(2, bytes(1, "HP:1")), varint(3, 1), bytes(6, bytes(4, [8, 1]))].concat());
    let file = bytes(10, [bytes(2, [bytes(1, "a_b"), bytes(2, "x")].concat())].concat());
    let value = [&[0x11][..], &37.5_f64.to_le_bytes()].concat();
    let measurement = bytes(4, bytes(3, bytes(1, value)));
    assert_eq!(
        read(&packet(&[feature.clone(), feature, file, measurement])).unwrap(),
        json!({"id": "p", "subject": {"id": "s", "sex": "MALE"}, "metaData": {"phenopacketSchemaVersion": "2.0.2"},
            "phenotypicFeatures": [{"type": {"id": "HP:1"}, "excluded": true, "onset": {"timestamp": "1970-01-01T00:00:01Z"}},
                                   {"type": {"id": "HP:1"}, "excluded": true, "onset": {"timestamp": "1970-01-01T00:00:01Z"}}],
            "files": [{"individualToFileIdentifiers": {"a_b": "x"}}],
            "measurements": [{"value": {"quantity": {"value": 37.5}}}]})
    );
}

#[test]
fn unknown_fields_of_every_wire_type_are_kept_under_their_number() {
    let fixed32 = vec![15 << 3 | 5, 1, 2, 3, 4];
    let group = vec![14 << 3 | 3, 8, 1, 14 << 3 | 4];
    let document = read(&packet(&[varint(12, 1), varint(12, 2), bytes(13, [0xff]), fixed32, group])).unwrap();
    for (name, count) in [("(field 12)", 2), ("(field 13)", 1), ("(field 15)", 1), ("(field 14)", 1)] {
        assert_eq!(document[name].as_array().unwrap().len(), count, "{name}");
    }
    let packet = crate::Phenopacket::from_document(&Document::of_canonical(document)).unwrap();
    assert_eq!(packet.unknown, 4);
    assert_eq!(
        (unknown_field("(field 12)"), unknown_field("(field Hanako)"), unknown_field("id")),
        (Some(12), None, None)
    );
}

#[test]
fn a_message_in_an_unknown_field_does_not_refuse_the_packet() {
    // A field of a later version whose content is a message with small numbers, which are control characters in a text.
    let later = bytes(13, [varint(1, 2), bytes(2, varint(1, 1))].concat());
    let document = recognise_protobuf(&packet(std::slice::from_ref(&later)))
        .map(|(_, document)| document)
        .unwrap();
    assert_eq!(crate::Phenopacket::from_document(&document).unwrap().unknown, 1);
    let feature = bytes(3, [bytes(2, [bytes(1, "HP:1"), later].concat())].concat());
    let (_, document) = recognise_protobuf(&packet(&[feature])).unwrap();
    let packet = crate::Phenopacket::from_document(&document).unwrap();
    assert!(packet.phenotypic_features[0].has_unknown);
}

#[test]
fn what_a_library_would_change_silently_is_refused() {
    // Two packets without their lengths: a library would make one person of two.
    let two = [packet(&[]), packet(&[])].concat();
    assert_eq!(read(&two), Err(PhenopacketError::RepeatedField { pointer: "/id".to_owned() }));
    let sexes = [bytes(1, "p"), bytes(2, [varint(6, 0), varint(6, 2)].concat())].concat();
    assert_eq!(
        read(&sexes),
        Err(PhenopacketError::RepeatedField {
            pointer: "/subject/sex".to_owned()
        })
    );
    for wrong in [varint(2, 1), varint(3, 1), bytes(2, varint(1, 1)), bytes(2, bytes(6, "x"))] {
        assert!(matches!(
            read(&[bytes(1, "p"), wrong].concat()),
            Err(PhenopacketError::NotProtobuf { .. })
        ));
    }
    let mut large = bytes(2, bytes(5, [&[4 << 3][..], &[0xff, 0xff, 0xff, 0xff, 0x7f]].concat()));
    assert!(
        matches!(read(&large), Err(PhenopacketError::NotProtobuf { .. })),
        "a number above 32 bits"
    );
    large.truncate(5);
    assert_eq!(read(&large), Err(PhenopacketError::NotProtobuf { at: 2 }));
    assert_eq!(read(&bytes(1, [0xff])), Err(PhenopacketError::NotProtobuf { at: 3 }), "not UTF-8");
}

#[test]
fn depth_and_number_of_values_are_limited() {
    // The set of variations in a variation set.
    let mut nested = Vec::new();
    for _ in 0..100 {
        let length = |n: usize| -> Vec<u8> {
            if n < 128 {
                vec![n as u8]
            } else {
                vec![(n & 0x7f) as u8 | 0x80, (n >> 7) as u8]
            }
        };
        let member = [vec![6 << 3 | 2], length(nested.len()), nested].concat();
        nested = [vec![2 << 3 | 2], length(member.len()), member].concat();
    }
    let mut reader = Reader {
        values_left: 1000,
        path: Vec::new(),
    };
    assert_eq!(
        reader.message(&mut Wire::new(&nested), "VariationSet"),
        Err(PhenopacketError::TooDeep { limit: MAX_DEPTH })
    );
    let empty: Vec<u8> = [0x1a, 0].repeat(MAX_VALUES as usize + 1);
    assert_eq!(read(&empty), Err(PhenopacketError::TooManyValues { limit: MAX_VALUES }));
    let groups = [packet(&[]), vec![14 << 3 | 3; 1000]].concat();
    assert!(matches!(read(&groups), Err(PhenopacketError::NotProtobuf { .. })));
}

#[test]
fn the_kind_of_a_message_is_found_or_not_guessed() {
    let packet = packet(&[bytes(7, bytes(1, bytes(1, "OMIM:1")))]);
    let family = [bytes(1, "f"), bytes(2, &packet), bytes(3, &packet), bytes(6, [])].concat();
    let cohort = [bytes(1, "c"), bytes(2, "about it"), bytes(3, &packet), bytes(3, &packet)].concat();
    let kind = |bytes: &[u8]| recognise_protobuf(bytes).map(|(kind, _)| kind);
    assert_eq!(kind(&packet), Some(TopLevel::Phenopacket));
    assert_eq!(kind(&family), Some(TopLevel::Family));
    assert_eq!(kind(&cohort), Some(TopLevel::Cohort));
    for other in [&b""[..], b"\x0a\x01p", b"GIF89a", &[0; 64], b"\x0a\x7b{}"] {
        assert_eq!(kind(other), None);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for kind in TopLevel::ALL {
            let _ = from_protobuf(&bytes, kind);
        }
        let _ = recognise_protobuf(&bytes);
    }

    #[test]
    fn a_mutated_or_cut_message_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let feature = bytes(3, [bytes(2, bytes(1, "HP:1")), varint(3, 1), bytes(6, bytes(4, [8, 1]))].concat());
        let mut message = packet(&[feature.clone(), feature, bytes(13, "x")]);
        let at = at.index(message.len());
        message[at] = byte;
        message.truncate(cut.index(message.len()) + 1);
        let _ = recognise_protobuf(&message);
        let _ = read(&message);
    }
}
