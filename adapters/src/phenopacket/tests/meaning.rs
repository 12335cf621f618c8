//! The end of features and diseases, and the members that are not stored.

use super::*;

fn status_of(resolution: &Value, excluded: bool) -> [FactStatus; 2] {
    let mut packet = packet("p");
    packet["metaData"]["created"] = json!("2024-01-10T00:00:00Z");
    packet["subject"]["timeAtLastEncounter"] = json!({"age": {"iso8601duration": "P10Y"}});
    for list in ["phenotypicFeatures", "diseases"] {
        packet[list][0]["resolution"] = resolution.clone();
        packet[list][0]["excluded"] = json!(excluded);
    }
    let facts = read(&packet).unwrap().record.facts;
    [facts[0].status, facts[2].status]
}

#[test]
fn a_feature_or_disease_that_has_ended_is_history() {
    use FactStatus::{History, NotUnderstood};
    for (resolution, status) in [
        (json!({"age": {"iso8601duration": "P9Y11M"}}), History),
        (json!({"age": {"iso8601duration": "P120M"}}), History),
        (json!({"age": {"iso8601duration": "P10Y"}}), History),
        (json!({"ontologyClass": {"id": "HP:0003577", "label": "Congenital onset"}}), History),
        (json!({"timestamp": "2024-01-10T12:00:00Z"}), History),
        (json!({"timestamp": "2019-05-01T12:00:00Z"}), History),
        (
            json!({"interval": {"start": "2023-01-01T00:00:00Z", "end": "2023-02-01T00:00:00Z"}}),
            History,
        ),
        (json!({"gestationalAge": {"weeks": 33}}), History),
        // The end is later than the packet, so the packet states only an expectation.
        (json!({"timestamp": "2024-01-11T00:00:00Z"}), NotUnderstood),
        (json!({"age": {"iso8601duration": "P11Y"}}), NotUnderstood),
        (
            json!({"ageRange": {"start": {"iso8601duration": "P9Y"}, "end": {"iso8601duration": "P10Y1M"}}}),
            NotUnderstood,
        ),
    ] {
        assert_eq!(status_of(&resolution, false), [status, status], "{resolution}");
        // A feature cannot both be absent and have ended.
        assert_eq!(status_of(&resolution, true), [NotUnderstood, NotUnderstood], "{resolution}");
    }
}

#[test]
fn a_disease_that_ended_does_not_contradict_its_absence_now() {
    let mut packet = packet("p");
    packet["diseases"] = json!([
        {"term": {"id": "OMIM:1", "label": "x"}, "resolution": {"age": {"iso8601duration": "P1Y"}}},
        {"term": {"id": "OMIM:1", "label": "x"}, "excluded": true}
    ]);
    let facts = read(&packet).unwrap().record.facts;
    assert_eq!([facts[2].status, facts[3].status], [FactStatus::History, FactStatus::Excluded]);
}

/// The paths that are expected for a packet, written by hand.
#[test]
fn every_member_that_is_not_stored_is_counted_by_its_path() {
    let mut packet = with_finding(snv(), Some("GENO:0000135"));
    packet["subject"]["dateOfBirth"] = json!("1990-01-01T00:00:00Z");
    packet["subject"]["vitalStatus"] = json!({"status": "ALIVE"});
    packet["phenotypicFeatures"][0]["severity"] = json!({"id": "HP:0012828", "label": "Severe"});
    packet["phenotypicFeatures"][1]["description"] = json!("");
    packet["diseases"][0]["onset"] = json!({"ontologyClass": {"id": "HP:0003577", "label": "Congenital onset"}});
    packet["diseases"][0]["山田"] = json!({"a": 1, "b": [2, 3]});
    packet["measurements"] = json!([{"assay": {"id": "LOINC:1", "label": "x"}}]);
    let finding = "/interpretations/0/diagnosis/genomicInterpretations/0";
    let descriptor = packet
        .pointer_mut(&format!("{finding}/variantInterpretation/variationDescriptor"))
        .unwrap();
    descriptor["vcfRecord"]["info"] = json!("END=5;DP=30");
    descriptor["vcfRecord"]["qual"] = json!("99");
    descriptor["moleculeContext"] = json!("genomic");
    descriptor["expressions"] = json!([
        {"syntax": "hgvs.c", "value": "NM_000546.6:c.215C>G"},
        {"syntax": "hgvs.g", "value": "NC_000017.11:g.7676154G>C"},
        {"syntax": "spdi", "value": "x"}
    ]);
    packet["interpretations"][0]["summary"] = json!("as expected");
    packet["interpretations"]
        .as_array_mut()
        .unwrap()
        .push(json!({"id": "i2", "diagnosis": {"disease": {"id": "OMIM:2", "label": "y"}}}));
    let mapped = read(&packet).unwrap();
    let found: Vec<(&str, u64)> = mapped.not_stored.iter().map(|(path, count)| (path.as_str(), *count)).collect();
    let variant = "/interpretations/*/diagnosis/genomicInterpretations/*/variantInterpretation/variationDescriptor";
    let in_variant = |rest: &str| format!("{variant}{rest}");
    let mut expected = vec![
        ("/subject/id".to_owned(), 1),
        ("/subject/dateOfBirth".to_owned(), 1),
        ("/subject/vitalStatus/status".to_owned(), 1),
        ("/phenotypicFeatures/*/severity/id".to_owned(), 1),
        ("/phenotypicFeatures/*/severity/label".to_owned(), 1),
        ("/diseases/*/onset/ontologyClass/label".to_owned(), 1),
        ("/diseases/*/(unknown)/(unknown)".to_owned(), 1),
        ("/diseases/*/(unknown)/(unknown)/*".to_owned(), 2),
        // The measurement states no value.
        ("/measurements/*".to_owned(), 1),
        ("/interpretations/*/summary".to_owned(), 1),
        // The second interpretation states no allele.
        ("/interpretations/*".to_owned(), 1),
        (in_variant("/vcfRecord/info"), 1),
        (in_variant("/vcfRecord/qual"), 1),
        (in_variant("/moleculeContext"), 1),
        (in_variant("/expressions/*"), 2),
    ];
    expected.sort();
    let expected: Vec<(&str, u64)> = expected.iter().map(|(path, count)| (path.as_str(), *count)).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_finding_that_states_no_allele_is_counted_as_a_whole() {
    let mut packet = with_finding(snv(), None);
    let mut breakend = snv();
    breakend["alt"] = json!("G]chr2:321681]");
    let gene = json!({"subjectOrBiosampleId": "Hanako", "gene": {"valueId": "HGNC:1", "symbol": "A1BG"}});
    let findings = json!([finding(snv(), None), finding(breakend.clone(), None), gene]);
    packet["interpretations"][0]["diagnosis"]["genomicInterpretations"] = findings;
    let only_breakend = json!({"id": "i2", "diagnosis": {"genomicInterpretations": [finding(breakend, None)]}});
    packet["interpretations"].as_array_mut().unwrap().push(only_breakend);
    let mapped = read(&packet).unwrap();
    assert_eq!((mapped.record.carriers.len(), mapped.variants_not_counted), (1, 2));
    let found: Vec<(&str, u64)> = mapped.not_stored.iter().map(|(path, count)| (path.as_str(), *count)).collect();
    let expected = [
        ("/interpretations/*", 1),
        ("/interpretations/*/diagnosis/genomicInterpretations/*", 2),
        ("/subject/id", 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_bytes_of_a_packet_are_repaired_and_the_repair_is_counted() {
    let text = packet("p").to_string();
    let mapped = |bytes: &[u8]| read_packet(bytes, &target(), &Same).unwrap();
    assert_eq!(mapped(text.as_bytes()).repairs, []);
    assert_eq!(mapped(format!("\u{feff}{text}").as_bytes()).repairs, [Repair::ByteOrderMark]);
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(mapped(&wide).repairs, [Repair::Utf16]);
    assert_eq!(mapped(&wide).record.facts, mapped(text.as_bytes()).record.facts);
}

#[test]
fn a_gestational_age_below_one_week_is_read() {
    let mut packet = packet("p");
    packet["phenotypicFeatures"][0]["onset"] = json!({"gestationalAge": {"weeks": 0, "days": 3}});
    assert_eq!(read(&packet).unwrap().record.facts[0].onset.as_deref(), Some("gestation:P0W3D"));
    packet["phenotypicFeatures"][0]["onset"] = json!({"gestationalAge": {"weeks": 33, "days": 0}});
    assert_eq!(read(&packet).unwrap().record.facts[0].onset.as_deref(), Some("gestation:P33W0D"));
    packet["phenotypicFeatures"][0]["onset"] = json!({"gestationalAge": {}});
    assert_eq!(code(&packet), "schema");
}

#[test]
fn a_member_that_is_not_defined_makes_the_statement_not_understood_at_any_depth() {
    for (pointer, at) in [
        ("/phenotypicFeatures/0", 0),
        ("/phenotypicFeatures/0/type", 0),
        ("/phenotypicFeatures/0/severity", 0),
        ("/phenotypicFeatures/0/onset/age", 0),
        ("/diseases/0", 2),
        ("/diseases/0/term", 2),
        ("/diseases/0/onset", 2),
        ("/diseases/0/diseaseStage/0", 2),
    ] {
        let mut packet = packet("p");
        packet["phenotypicFeatures"][0]["severity"] = json!({"id": "HP:0012828", "label": "Severe"});
        packet["phenotypicFeatures"][0]["onset"] = json!({"age": {"iso8601duration": "P1Y"}});
        packet["diseases"][0]["onset"] = json!({"age": {"iso8601duration": "P1Y"}});
        packet["diseases"][0]["diseaseStage"] = json!([{"id": "NCIT:1", "label": "x"}]);
        assert_eq!(read(&packet).unwrap().record.facts[at].status, FactStatus::Present, "{pointer}");
        for member in ["negated", "classOfOnset", "ageOfOnset"] {
            let mut changed = packet.clone();
            changed.pointer_mut(pointer).unwrap()[member] = json!(true);
            match read(&changed) {
                Ok(mapped) => assert_eq!(mapped.record.facts[at].status, FactStatus::NotUnderstood, "{pointer} {member}"),
                // The packet is refused: `negated` is version 1, and a time has exactly one member.
                Err(_) => assert!(pointer.contains("onset") || (pointer, member) == ("/phenotypicFeatures/0", "negated")),
            }
        }
    }
    for pointer in [
        "/interpretations/0",
        "/interpretations/0/diagnosis",
        "/interpretations/0/diagnosis/genomicInterpretations/0",
        "/interpretations/0/diagnosis/genomicInterpretations/0/variantInterpretation",
        "/interpretations/0/diagnosis/genomicInterpretations/0/variantInterpretation/variationDescriptor",
    ] {
        let mut packet = with_finding(snv(), Some("GENO:0000135"));
        assert_eq!(read(&packet).unwrap().record.carriers.len(), 1);
        packet.pointer_mut(pointer).unwrap()["negated"] = json!(true);
        let mapped = read(&packet).unwrap();
        assert_eq!((mapped.record.carriers.len(), mapped.variants_not_counted), (0, 1), "{pointer}");
    }
}

#[test]
fn a_label_that_denies_a_feature_is_not_understood() {
    let mut packet = packet("p");
    packet["phenotypicFeatures"][0]["type"] = json!({"id": "HP:0001250", "label": "No seizures"});
    packet["diseases"][0]["term"]["label"] = json!("No diabetes");
    let facts = read(&packet).unwrap().record.facts;
    assert_eq!([facts[0].status, facts[2].status], [FactStatus::NotUnderstood; 2]);
}

/// The facts of the measurements and medical actions of a packet: kind, code, status, value or start, and details.
fn done(members: &Value) -> Vec<String> {
    let mut packet = packet("p");
    packet["metaData"]["created"] = json!("2024-01-10T00:00:00Z");
    for (name, member) in members.as_object().unwrap() {
        packet[name] = member.clone();
    }
    let facts = read(&packet).unwrap().record.facts;
    let facts = facts.into_iter().skip(3);
    let line = |fact: gemj_model::Fact| {
        let value = match fact.value {
            Some(gemj_model::MeasuredValue::Quantity { number, unit, .. }) => format!("{number} {unit}"),
            Some(gemj_model::MeasuredValue::Coded { code, .. }) => code,
            Some(gemj_model::MeasuredValue::Text(text)) => text,
            None => fact.onset.unwrap_or_default(),
        };
        let details = fact
            .details
            .iter()
            .map(|d| format!(" {}={}", d.name.as_str(), d.code.as_ref().unwrap_or(&d.text)));
        format!("{} {} {} {value}", fact.kind.as_str(), fact.code, fact.status.as_str()) + &details.collect::<String>()
    };
    facts.map(line).collect()
}

#[test]
fn measurements_are_read_with_their_values_and_each_number_of_a_complex_value_is_a_fact() {
    let quantity = |value: f64| json!({"unit": {"id": "UCUM:mm[Hg]"}, "value": value});
    let found = done(&json!({"measurements": [
        {"assay": {"id": "LOINC:1"}, "value": {"quantity": {"unit": {"id": "UCUM:mg/dL"}, "value": 98.6, "referenceRange": {"low": 70, "high": 99.5}}},
         "procedure": {"code": {"id": "NCIT:C1"}}},
        {"assay": {"id": "LOINC:2"}, "value": {"ontologyClass": {"id": "NCIT:C38758", "label": "Positive"}}},
        {"assay": {"id": "LOINC:3"}, "complexValue": {"typedQuantities": [
            {"type": {"id": "LOINC:4"}, "quantity": quantity(120.0)}, {"type": {"id": "LOINC:5"}, "quantity": quantity(0.0)}]}},
        {"assay": {"id": "LOINC:6"}, "value": {"quantity": {"value": 1}}, "timeObserved": {"timestamp": "2024-02-01T00:00:00Z"}},
        {"assay": {"id": "LOINC:7"}, "value": {"quantity": {"value": 1}}, "notMeasured": true},
    ]}));
    assert_eq!(
        found,
        [
            "measurement LOINC:1 present 98.6 UCUM:mg/dL method=NCIT:C1 reference-range=70/99.5",
            "measurement LOINC:2 present NCIT:C38758",
            "measurement LOINC:4 present 120 UCUM:mm[Hg] panel=LOINC:3",
            "measurement LOINC:5 present 0 UCUM:mm[Hg] panel=LOINC:3",
            "measurement LOINC:6 not-understood 1 ",
            "measurement LOINC:7 not-understood 1 ",
        ]
    );
}

#[test]
fn medical_actions_are_treatments_and_procedures_and_their_target_is_no_disease() {
    let target = json!({"id": "MONDO:1", "label": "breast cancer"});
    let regimen = |status: &str| json!({"therapeuticRegimen": {"ontologyClass": {"id": "NCIT:C9708"}, "regimenStatus": status}});
    let found = done(&json!({"medicalActions": [
        {"treatment": {"agent": {"id": "ATC:1"}, "routeOfAdministration": {"id": "NCIT:C38288"},
            "doseIntervals": [{"quantity": {"unit": {"id": "UCUM:mg"}, "value": 400}, "interval": {"start": "2023-01-01T00:00:00Z"}}]},
         "treatmentTarget": target},
        {"procedure": {"code": {"id": "NCIT:C15189"}, "bodySite": {"id": "UBERON:1"}, "performed": {"age": {"iso8601duration": "P3Y"}}}},
        {"procedure": {"code": {"id": "NCIT:C2"}, "performed": {"timestamp": "2024-02-01T00:00:00Z"}}},
        {"radiationTherapy": {"modality": {"id": "NCIT:C3"}, "bodySite": {"id": "UBERON:1"}, "dosage": 60, "fractions": 30}},
        regimen("STARTED"), regimen("DISCONTINUED"), regimen("UNKNOWN_STATUS"),
        {"treatment": {"agent": {"id": "ATC:2", "label": "imatinib の疑い"}}},
        {"treatment": {"agent": {"id": "ATC:3"}, "notGiven": true}},
        {"treatmentTarget": target},
    ]}));
    assert_eq!(
        found,
        [
            "treatment ATC:1 present 2023-01-01T00:00:00Z route=NCIT:C38288 dose=400 UCUM:mg start=2023-01-01T00:00:00Z reason=MONDO:1",
            "procedure NCIT:C15189 present P3Y body-site=UBERON:1",
            "procedure NCIT:C2 not-understood 2024-02-01T00:00:00Z",
            "treatment NCIT:C3 present  body-site=UBERON:1 dose=60 Gy frequency=30 fractions",
            "treatment NCIT:C9708 present ",
            "treatment NCIT:C9708 present ",
            "treatment NCIT:C9708 not-understood ",
            "treatment ATC:2 suspected ",
            "treatment ATC:3 not-understood ",
        ]
    );
}
