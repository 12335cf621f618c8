//! Tests of packets that parse, and of documents that are rejected, with the reasons.
#![allow(clippy::unwrap_used, missing_docs)]

use ga4gh_phenopackets::{
    AcmgPathogenicityClassification, GenomicInterpretationCall, OneBased, OtherDocument, PhenopacketError, Sex, Status, TimeElement, parse,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn full() -> Value {
    json!({
        "id": "packet-1",
        "subject": {"id": "Hanako", "sex": "FEMALE", "dateOfBirth": "1990-01-01T00:00:00Z", "karyotypicSex": "XX",
            "timeAtLastEncounter": {"age": {"iso8601duration": "P33Y"}}, "vitalStatus": {"status": "DECEASED"}, "alternateIds": ["x"]},
        "phenotypicFeatures": [
            {"type": {"id": "HP:0001250", "label": "Seizure"}, "onset": {"ontologyClass": {"id": "HP:0003593", "label": "Infantile onset"}}},
            {"type": {"id": "HP:0000252", "label": "Microcephaly"}, "excluded": true},
            {"type": {"id": "HP:0001344", "label": "Absent speech"}, "excluded": false, "onset": {"gestationalAge": {"weeks": 33}}}
        ],
        "diseases": [{"term": {"id": "OMIM:614959", "label": "DEE14"}, "onset": {"ageRange": {"start": {"iso8601duration": "P1D"}}}}],
        "biosamples": [{"id": "b-1", "individualId": "Hanako", "tumorProgression": {"id": "NCIT:C84509", "label": "Primary"}}],
        "interpretations": [{"id": "i", "progressStatus": "SOLVED", "diagnosis": {
            "disease": {"id": "OMIM:614959", "label": "DEE14"},
            "genomicInterpretations": [{"subjectOrBiosampleId": "Hanako", "interpretationStatus": "CAUSATIVE", "variantInterpretation": {
                "acmgPathogenicityClassification": "LIKELY_PATHOGENIC", "therapeuticActionability": "ACTIONABLE",
                "variationDescriptor": {"id": "v", "geneContext": {"valueId": "HGNC:18865", "symbol": "KCNT1"},
                    "expressions": [{"syntax": "hgvs.g", "value": "NC_000009.12:g.135765706G>A"}],
                    "vcfRecord": {"genomeAssembly": "hg38", "chrom": "chr9", "pos": "135765706", "ref": "G", "alt": "A"},
                    "moleculeContext": "genomic", "allelicState": {"id": "GENO:0000135", "label": "heterozygous"}}}}]}}],
        "metaData": {"created": "2025-01-01T00:00:00Z", "createdBy": "me", "phenopacketSchemaVersion": "2.0.2",
            "resources": [{"id": "hp", "namespacePrefix": "HP", "version": "2025-01-16"}]},
        "somethingNew": 1
    })
}

fn minimal() -> Value {
    json!({"id": "p", "subject": {"id": "s"}, "metaData": {}})
}

fn read(packet: &Value) -> Result<ga4gh_phenopackets::Phenopacket, PhenopacketError> {
    parse(packet.to_string().as_bytes())
}

#[test]
fn a_packet_parses_with_all_its_members() {
    let packet = read(&full()).unwrap();
    assert_eq!(packet.id, "packet-1");
    assert_eq!(packet.subject.sex, Sex::Female);
    assert_eq!(packet.subject.time_at_last_encounter, Some(TimeElement::Age("P33Y".to_owned())));
    assert_eq!(packet.subject.vital_status.as_ref().unwrap().status, Status::Deceased);
    let features: Vec<_> = packet
        .phenotypic_features
        .iter()
        .map(|f| (f.feature_type.id.as_str(), f.excluded))
        .collect();
    assert_eq!(features, [("HP:0001250", false), ("HP:0000252", true), ("HP:0001344", false)]);
    assert_eq!(
        packet.phenotypic_features[2].onset,
        Some(TimeElement::GestationalAge { weeks: 33, days: 0 })
    );
    assert!(packet.biosamples[0].is_of_tumour());
    let finding = &packet.interpretations[0].diagnosis.as_ref().unwrap().genomic_interpretations[0];
    let Some(GenomicInterpretationCall::Variant(variant)) = &finding.call else {
        panic!()
    };
    assert_eq!(
        variant.acmg_pathogenicity_classification,
        AcmgPathogenicityClassification::LikelyPathogenic
    );
    let descriptor = variant.variation_descriptor.as_ref().unwrap();
    let record = descriptor.vcf_record.as_ref().unwrap();
    assert_eq!(
        (
            record.chrom.as_str(),
            record.pos,
            record.reference.as_str(),
            record.alternate.as_str()
        ),
        ("chr9", OneBased(135_765_706), "G", "A")
    );
    assert_eq!(descriptor.allelic_state.as_ref().unwrap().id, "GENO:0000135");
    // The crate does not read karyotypicSex, therapeuticActionability and moleculeContext. It does not know somethingNew.
    assert_eq!((packet.unread, packet.unknown), (3, 1));
}

/// Returns the document with the names of all members in snake_case.
fn snake(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .map(|(name, v)| {
                    let mut spelt = String::new();
                    for c in name.chars() {
                        if c.is_ascii_uppercase() {
                            spelt.push('_');
                        }
                        spelt.push(c.to_ascii_lowercase());
                    }
                    (spelt, snake(v))
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(snake).collect()),
        other => other.clone(),
    }
}

#[test]
fn snake_case_nulls_and_enumeration_numbers_parse_to_the_same_packet() {
    let expected = read(&full()).unwrap();
    assert_eq!(read(&snake(&full())).unwrap(), expected);
    let mut packet = full();
    packet["measurements"] = Value::Null;
    packet["phenotypicFeatures"][0]["excluded"] = Value::Null;
    packet["subject"]["sex"] = json!(1);
    packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]["variantInterpretation"]["variationDescriptor"]["vcfRecord"]["pos"] =
        json!(135_765_706);
    assert_eq!(read(&packet).unwrap(), expected);
}

#[test]
fn a_document_that_is_not_a_packet_is_rejected_with_the_reason() {
    let cases = [
        (json!([]), OtherDocument::NotAnObject),
        (json!("x"), OtherDocument::NotAnObject),
        (json!(null), OtherDocument::NotAnObject),
        (json!({}), OtherDocument::Unknown),
        (json!({"id": "p", "hello": "world"}), OtherDocument::Unknown),
        (json!({"id": "f", "proband": minimal(), "metaData": {}}), OtherDocument::Family),
        (json!({"id": "c", "members": [minimal()], "metaData": {}}), OtherDocument::Cohort),
        (
            json!({"resourceType": "Observation", "id": "o", "subject": {"reference": "Patient/1"}}),
            OtherDocument::FhirResource,
        ),
        (
            json!({"id": "p", "subject": {"id": "s"}, "metaData": {"phenopacketSchemaVersion": "1.0.0"}}),
            OtherDocument::VersionOne,
        ),
        (
            json!({"id": "p", "subject": {"id": "s"}, "metaData": {"phenopacketSchemaVersion": "3.0"}}),
            OtherDocument::OtherVersion,
        ),
        (
            json!({"id": "p", "subject": {"id": "s"}, "metaData": {}, "variants": []}),
            OtherDocument::VersionOne,
        ),
        (
            json!({"id": "p", "subject": {"id": "s"}, "metaData": {}, "phenotypicFeatures": [{"type": {"id": "HP:1"}, "negated": true}]}),
            OtherDocument::VersionOne,
        ),
    ];
    for (document, found) in cases {
        assert_eq!(read(&document), Err(PhenopacketError::NotAPhenopacket { found }), "{document}");
    }
    for text in ["", "{", "hello", "\u{0}", "{}{}"] {
        assert!(matches!(parse(text.as_bytes()), Err(PhenopacketError::NotJson { .. })), "{text:?}");
    }
    assert_eq!(read(&minimal()).unwrap().phenotypic_features.len(), 0);
}

#[test]
fn an_absent_required_member_is_named_by_its_place() {
    let feature = |feature: Value| json!({"id": "p", "subject": {"id": "s"}, "metaData": {}, "phenotypicFeatures": [{"type": {"id": "HP:1"}}, feature]});
    let record = |record: Value| {
        json!({"id": "p", "subject": {"id": "s"}, "metaData": {}, "interpretations": [{"diagnosis": {"genomicInterpretations": [
            {"subjectOrBiosampleId": "s", "variantInterpretation": {"variationDescriptor": {"vcfRecord": record}}}]}}]})
    };
    let place = "/interpretations/0/diagnosis/genomicInterpretations/0/variantInterpretation/variationDescriptor/vcfRecord";
    for (document, pointer) in [
        (json!({"subject": {"id": "s"}, "metaData": {}}), "/id".to_owned()),
        (json!({"id": " ", "subject": {"id": "s"}, "metaData": {}}), "/id".to_owned()),
        (json!({"id": "p", "metaData": {}}), "/subject".to_owned()),
        (json!({"id": "p", "subject": null, "metaData": {}}), "/subject".to_owned()),
        (json!({"id": "p", "subject": {}, "metaData": {}}), "/subject/id".to_owned()),
        (json!({"id": "p", "subject": {"id": "s"}}), "/metaData".to_owned()),
        (feature(json!({})), "/phenotypicFeatures/1/type".to_owned()),
        (feature(json!({"type": {"label": "x"}})), "/phenotypicFeatures/1/type/id".to_owned()),
        (
            record(json!({"genomeAssembly": "hg38", "chrom": "1", "ref": "A", "alt": "T"})),
            format!("{place}/pos"),
        ),
        (
            record(json!({"genomeAssembly": "hg38", "chrom": "1", "pos": 1, "ref": "A"})),
            format!("{place}/alt"),
        ),
        (
            record(json!({"chrom": "1", "pos": 1, "ref": "A", "alt": "T"})),
            format!("{place}/genomeAssembly"),
        ),
    ] {
        assert_eq!(read(&document), Err(PhenopacketError::Missing { pointer }), "{document}");
    }
    // In protobuf, 0 is the value of an absent number.
    for (pos, is_missing) in [(json!(0), true), (json!("0"), true), (json!(u64::MAX), false)] {
        let document = record(json!({"genomeAssembly": "hg38", "chrom": "1", "pos": pos, "ref": "A", "alt": "T"}));
        match read(&document) {
            Err(PhenopacketError::Missing { pointer }) => assert!(is_missing && pointer == format!("{place}/pos")),
            Err(PhenopacketError::InvalidValue { .. }) => assert!(!is_missing),
            other => panic!("{document} gives {other:?}"),
        }
    }
    for pos in [json!(-1), json!(1.5), json!("1e3"), json!("x"), json!([1])] {
        let document = record(json!({"genomeAssembly": "hg38", "chrom": "1", "pos": pos, "ref": "A", "alt": "T"}));
        assert!(
            matches!(read(&document), Err(PhenopacketError::WrongType { pointer, .. }) if pointer == format!("{place}/pos")),
            "{document}"
        );
    }
}

#[test]
fn a_member_of_the_wrong_type_is_named_by_its_place() {
    for (member, value, pointer) in [
        ("id", json!(5), "/id"),
        ("subject", json!("Hanako"), "/subject"),
        ("phenotypicFeatures", json!({}), "/phenotypicFeatures"),
        ("phenotypicFeatures", json!(["HP:1"]), "/phenotypicFeatures/0"),
        ("phenotypicFeatures", json!([null]), "/phenotypicFeatures/0"),
        (
            "phenotypicFeatures",
            json!([{"type": {"id": "HP:1"}, "excluded": "true"}]),
            "/phenotypicFeatures/0/excluded",
        ),
        ("diseases", json!([{"term": "OMIM:1"}]), "/diseases/0/term"),
        ("metaData", json!([]), "/metaData"),
    ] {
        let mut packet = minimal();
        packet[member] = value;
        assert!(
            matches!(read(&packet), Err(PhenopacketError::WrongType { pointer: p, .. }) if p == pointer),
            "{packet}"
        );
    }
    let mut packet = minimal();
    packet["subject"]["sex"] = json!("female");
    assert!(matches!(read(&packet), Err(PhenopacketError::InvalidValue { pointer, .. }) if pointer == "/subject/sex"));
    packet = minimal();
    packet["phenotypicFeatures"] =
        json!([{"type": {"id": "HP:1"}, "onset": {"age": {"iso8601duration": "P1Y"}, "timestamp": "2020-01-01T00:00:00Z"}}]);
    assert!(matches!(read(&packet), Err(PhenopacketError::SeveralAlternatives { .. })));
}

#[test]
fn debug_output_and_errors_do_not_show_the_person() {
    let shown = format!("{:?} {:#?}", read(&full()).unwrap(), read(&full()).unwrap().subject);
    assert!(
        !shown.contains("Hanako") && !shown.contains("packet-1") && !shown.contains("1990"),
        "{shown}"
    );
    let interpretations = format!("{:?}", read(&full()).unwrap().interpretations);
    assert!(!interpretations.contains("Hanako"), "{interpretations}");
    let mut packet = full();
    packet["subject"]["sex"] = json!("Hanako");
    let error = read(&packet).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("Hanako"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_parse_or_are_rejected(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn a_mutated_or_cut_packet_parses_or_is_rejected(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let text = full().to_string();
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = parse(&bytes);
        prop_assert!(parse(&text.as_bytes()[..cut.index(text.len())]).is_err());
    }
}
