//! Tests of valid profiles, and of each kind of fault with its place.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"profile: site-x
version: "3"
format: redcap
site: site-x
namespace: site-x
redcap: { dictionary: dd.csv }
participant: { record: "*", number: record_id }
sex:
  record: row
  value: { from: sex, via: [{ map: { 1: male, "2": female } }] }
rules:
  - fact: disease
    record: "instrument:diagnosis"
    code: { from: dx, via: [icd10, { prefix: "ICD10:" }] }
    status: { from: st, via: [{ map: { "1": present } }] }
ignore:
  - { field: "*_complete", reason: form state }
"#;

fn fault(text: &str) -> (usize, String, Fault) {
    match Profile::parse(text).unwrap_err() {
        ProfileError::Place { line, place, fault, .. } => (line, place, fault),
        other => panic!("{other}"),
    }
}

fn with(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    GOOD.replace(from, to)
}

#[test]
fn the_built_in_profile_of_tables_compiles() {
    let profile = Profile::open("c-cat").unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        (profile.name(), profile.format(), profile.format().as_str()),
        ("c-cat", Format::Csv, "csv")
    );
    assert!(profile.home().is_none(), "a built-in profile is a template");
}

#[test]
fn the_built_in_profiles_compile() {
    for (name, format) in [
        ("ss-mix2", Format::SsMix2),
        ("odm", Format::Odm),
        ("redcap", Format::Redcap),
        ("miabis", Format::Miabis),
        ("fhir", Format::Fhir),
        ("bff", Format::Bff),
    ] {
        let profile = Profile::open(name).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((profile.name(), profile.format()), (name, format));
        assert!(profile.home().is_none(), "a built-in profile is a template");
        assert_eq!(format.as_str(), name);
        let (version, digest) = profile.mapping_version().split_once('+').unwrap();
        assert!(version == format!("{name}-1") && digest.len() == 12);
    }
    let of_bank = Profile::open("miabis-on-fhir").unwrap_or_else(|e| panic!("{e}"));
    assert!(of_bank.format() == Format::Fhir && of_bank.home().is_none());
    assert_eq!(Profile::open("no-such-profile").unwrap_err(), ProfileError::Unknown);
}

#[test]
fn a_different_text_gives_a_different_mapping_version() {
    let one = Profile::parse(GOOD).unwrap();
    let other = Profile::parse(&format!("{GOOD}# a remark\n")).unwrap();
    assert_ne!(one.mapping_version(), other.mapping_version());
    assert_eq!(one.mapping_version(), Profile::parse(GOOD).unwrap().mapping_version());
    assert_eq!(one.fields().into_iter().collect::<Vec<_>>(), ["dx", "record_id", "sex", "st"]);
    assert_eq!(one.ignored("row", "labs_complete"), Some("form state"));
    assert_eq!(one.ignored("row", "labs"), None);
}

#[test]
fn a_fault_has_its_line_and_place() {
    let (line, place, fault) = fault(&with("icd10, {", "icd11, {"));
    assert_eq!((line, place.as_str()), (14, "rules[0].code.via[0]"));
    assert!(matches!(fault, Fault::UnknownFunction { .. }));
    let shown = Profile::parse(&with("icd10, {", "icd11, {")).unwrap_err().to_string();
    assert!(shown.starts_with("line 14, column "), "{shown}");
}

#[test]
fn fields_and_records_must_have_the_names_of_the_format() {
    assert!(
        matches!(fault(&with("from: dx,", "from: PRB-3.1,")), (14, place, Fault::FieldSyntax { format: "redcap" }) if place == "rules[0].code.from")
    );
    assert!(
        matches!(fault(&with("\"instrument:diagnosis\"", "PRB")), (13, place, Fault::RecordSyntax { .. }) if place == "rules[0].record")
    );
    let hl7 = |field: &str| Selector::parse(Format::SsMix2, field).is_some();
    assert!(hl7("PRB-3.1") && hl7("PID-3(2).1") && hl7("SPM-2.1.2") && hl7("ZPR-1"));
    for bad in [
        "PRB",
        "prb-3",
        "PRB-0",
        "PRB-3.",
        "PRB-3.1.1.1",
        "PRB-3()",
        "PRB-3(0).1",
        "PRB-x",
        "-3",
    ] {
        assert!(!hl7(bad), "{bad}");
    }
    let redcap = |field: &str| Selector::parse(Format::Redcap, field).is_some();
    assert!(redcap("dx") && redcap("symptoms___3") && redcap("sp_type:label") && !redcap("Dx") && !redcap("dx-1") && !redcap("a___"));
    assert!(Selector::parse(Format::Miabis, "contentDiagnosis.code").is_some() && Selector::parse(Format::Miabis, "a..b").is_none());
    assert!(Selector::parse(Format::Odm, "IT.SEX").is_some() && Selector::parse(Format::Odm, "IT SEX").is_none());
}

#[test]
fn an_expression_must_give_the_kind_that_its_place_needs() {
    for (from, to, at) in [
        ("[icd10, { prefix: \"ICD10:\" }]", "[icd10]", "rules[0].code"),
        ("[{ map: { \"1\": present } }]", "[{ map: { \"1\": yes } }]", "rules[0].status"),
        ("{ 1: male, \"2\": female }", "{ 1: man }", "sex.value"),
    ] {
        let (_, place, fault) = fault(&with(from, to));
        assert!(place == at && matches!(fault, Fault::Yields { .. }), "{to}: {place} {fault}");
    }
    let born = "born: { record: row, value: birth }\nrules:";
    assert!(matches!(fault(&with("rules:", born)), (_, place, Fault::Yields { .. }) if place == "born.value"));
}

#[test]
fn rules_that_read_the_same_field_need_conditions_that_exclude_each_other() {
    let twice = |first: &str, second: &str| {
        let rule = |when: &str| {
            format!("  - fact: disease\n    record: row\n{when}    code: {{ from: dx, via: [icd10, {{ prefix: \"ICD10:\" }}] }}\n")
        };
        let when = |condition: &str| {
            if condition.is_empty() {
                String::new()
            } else {
                format!("    when: [{condition}]\n")
            }
        };
        let rules = format!("rules:\n{}{}ignore:", rule(&when(first)), rule(&when(second)));
        let (head, rest) = GOOD.split_once("rules:").unwrap();
        format!("{head}{rules}{}", rest.split_once("ignore:").unwrap().1)
    };
    for (first, second) in [
        ("", ""),
        ("{ field: a, in: [x] }", ""),
        ("{ field: a, in: [x, y] }", "{ field: a, in: [y] }"),
        ("{ field: a, in: [x] }", "{ field: b, in: [y] }"),
        ("{ field: a, in: [x] }", "{ field: a, not: [y] }"),
    ] {
        let (_, place, fault) = fault(&twice(first, second));
        assert!(
            place == "rules[1]"
                && fault
                    == Fault::Ambiguous {
                        other: "rules[0]".to_owned()
                    },
            "{first} {second}"
        );
    }
    for (first, second) in [
        ("{ field: a, in: [x] }", "{ field: a, in: [y] }"),
        ("{ field: a, in: [x] }", "{ field: a, not: [x, z] }"),
        ("{ field: a, present: true }", "{ field: a, present: false }"),
        ("{ field: a, in: [x] }", "{ field: a, present: false }"),
    ] {
        assert!(Profile::parse(&twice(first, second)).is_ok(), "{first} {second}");
    }
}

#[test]
fn a_text_that_is_not_a_profile_is_refused() {
    assert!(matches!(Profile::parse("profile: ["), Err(ProfileError::Yaml { .. })));
    assert!(matches!(
        Profile::parse(&with("version:", "profile: y\nversion:")),
        Err(ProfileError::Yaml { .. })
    ));
    assert!(matches!(
        Profile::parse(&"#".repeat(MAX_PROFILE_BYTES + 1)),
        Err(ProfileError::TooLarge)
    ));
    for text in [
        with("namespace: site-x", "namespace: Site X"),
        with("format: redcap", "format: xlsx"),
        with("    status:", "    specimen: { id: dx }\n    status:"),
        with("    status:", "    script: \"1 + 1\"\n    status:"),
        with(", reason: form state", ""),
        with("rules:\n", "rulez:\n"),
        String::new(),
    ] {
        assert!(
            matches!(
                Profile::parse(&text),
                Err(ProfileError::Place {
                    fault: Fault::Schema { .. },
                    ..
                })
            ),
            "{text}"
        );
    }
    let (_, place, member) = fault(&with("redcap: { dictionary: dd.csv }\n", ""));
    assert!(place == "format" && matches!(member, Fault::Member { .. }));
    assert!(matches!(
        fault(&with("    status:", "    value: { text: dx }\n    status:")),
        (_, _, Fault::Member { .. })
    ));
}

#[test]
fn a_status_with_present_as_an_alternative_is_refused_in_every_format() {
    let alternatives = "any: [{ from: st, via: [{ map: { \"1\": suspected } }] }, { const: present }]";
    for status in [
        format!("{{ {alternatives} }}"),
        format!("{{ any: [{{ from: st, via: [{{ map: {{ x: excluded }} }}] }}, {{ {alternatives} }}] }}"),
    ] {
        let redcap = with("{ from: st, via: [{ map: { \"1\": present } }] }", &status);
        let odm = redcap
            .replace("redcap: { dictionary: dd.csv }\n", "")
            .replace("format: redcap", "format: odm")
            .replace("\"*\"", "SubjectData")
            .replace("record: row", "record: SubjectData")
            .replace("instrument:diagnosis", "ItemGroupData:IG");
        let messages = odm
            .replace("format: odm", "format: ss-mix2")
            .replace("SubjectData", "PID")
            .replace("ItemGroupData:IG", "PRB")
            .replace("record_id", "PID-3")
            .replace("from: sex", "from: PID-8")
            .replace("from: dx", "from: PRB-3")
            .replace("from: st", "from: PRB-13")
            .replace("\"*_complete\"", "PRB-2");
        let bank = odm
            .replace("format: odm", "format: miabis")
            .replace("SubjectData", "donor")
            .replace("ItemGroupData:IG", "contentDiagnosis");
        let bank = bank.replace("record_id", "id");
        for text in [redcap, odm, messages, bank] {
            let (_, place, fault) = fault(&text);
            assert!(
                place == "rules[0].status" && fault.to_string().contains("const: present"),
                "{text}: {place} {fault}"
            );
        }
    }
    // A constant status without alternatives, and another constant as the last alternative, are accepted.
    for status in [
        "{ const: present }",
        "{ any: [{ from: st, via: [{ map: { \"1\": present } }] }, { const: not-understood }] }",
    ] {
        Profile::parse(&with("{ from: st, via: [{ map: { \"1\": present } }] }", status)).unwrap();
    }
}

#[test]
fn a_function_accepts_known_values_and_refuses_all_others() {
    let ok = |function: &Function, text: &str, expected: &str| assert_eq!(function.apply(text).as_deref(), Ok(expected));
    let no = |function: &Function, text: &str, code: &str| assert_eq!(function.apply(text).unwrap_err().0, code, "{text}");
    ok(&Function::JoinWords, "Whole blood", "WholeBlood");
    ok(&Function::JoinWords, "Tissue (FFPE)", "TissueFFPE");
    ok(&Function::JoinWords, "DNA", "DNA");
    no(&Function::JoinWords, "全血", "bad-code");
    for class in ["RT", "2 °C to 10 °C", "-18 °C to -35 °C", "-60 °C to -85 °C", "LN", "Other"] {
        ok(&Function::StorageClass, class, class);
    }
    no(&Function::StorageClass, "-40", "unknown-code");
    ok(&Function::Orpha, "ORPHA:166024", "ORPHA:166024");
    ok(&Function::Orpha, "166024", "ORPHA:166024");
    no(&Function::Orpha, "OMIM:1", "bad-code");
    let split = Function::Split {
        at: "^".to_owned(),
        part: 2,
    };
    ok(&split, "a^ b ^c", "b");
    no(&split, "a", "bad-value");
    no(&Function::Prefix("X:".to_owned()), "a b", "bad-code");
    no(
        &Function::Map(BTreeMap::from([("1".to_owned(), "male".to_owned())])),
        "01",
        "unknown-code",
    );
}

proptest! {
    #[test]
    fn mutated_bytes_of_a_profile_are_compiled_or_refused(which in 0..4_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = BUILT_IN[which].1.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if cut {
            bytes.truncate(at);
        }
        if let Err(error) = Profile::parse(&String::from_utf8_lossy(&bytes)) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

#[test]
fn a_rule_makes_a_treatment_only_with_a_status_and_a_family_history_only_with_a_relative() {
    let disease = "  - fact: disease\n";
    let treatment = with(
        disease,
        "  - fact: treatment\n    details: [{ name: route, text: way }, { name: dose, text: amount }]\n",
    );
    Profile::parse(&treatment).unwrap();
    let status = "    status: { from: st, via: [{ map: { \"1\": present } }] }\n";
    let (_, place, _) = fault(&treatment.replace(status, ""));
    assert_eq!(place, "rules[0]");
    let family = with(
        disease,
        "  - fact: family-history\n    details: [{ name: relationship, text: who }]\n",
    );
    Profile::parse(&family).unwrap();
    let (_, place, _) = fault(&family.replace("relationship", "reason"));
    assert!(place.starts_with("rules[0]"), "{place}");
    let unknown = family.replace("relationship", "neighbour");
    assert!(Profile::parse(&unknown).is_err());
}

#[test]
fn a_record_that_only_a_consent_rule_names_is_a_name_of_the_profile() {
    let profile = Profile::parse(
        r#"
profile: consents
version: "1"
format: odm
participant: { record: SubjectData, number: "@SubjectKey" }
rules:
  - fact: disease
    record: "ItemGroupData:IG.DX"
    code: { from: IT.ICD, via: [icd10, { prefix: "ICD10:" }] }
consents:
  - record: "ItemGroupData:IG.CONS"
    withdrawn: { from: IT.WD, via: [{ map: { "1": "yes", "0": "no" } }] }
"#,
    )
    .unwrap();
    assert!(profile.names().contains("IG.CONS") && profile.mentions("ItemGroupData:IG.CONS", "IT.WD"));
}
