//! Tests of variants, reports and `$find-subject-variants`, checked against the official profiles and against values computed by hand.

use std::collections::BTreeMap;

use hl7_fhir::FhirError;
use hl7_fhir::genomics::{
    Allele, AlleleError, AllelicState, Assembly, ChangeType, Chromosome, Filtering, FindSubjectVariants, GenomicReport, GenomicsError,
    RangeAnswer, ReadDepth, ReferenceWindow, ReportStatus, SourceClass, Spdi, SubjectTarget, VariantObservation,
    find_subject_variants_answer, parse_find_subject_variants,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::official;

fn allele(chromosome: &str, pos: u64, reference: &str, alternate: &str) -> Result<Allele, AlleleError> {
    Allele::parse(Assembly::GRCh38, Chromosome::parse(chromosome).unwrap(), pos, reference, alternate)
}

fn observation(allele: &Allele) -> VariantObservation<'_> {
    VariantObservation {
        id: "v-1",
        patient_id: "p-1",
        specimen_id: Some("s-1"),
        effective: "2026-01-02",
        allele,
        filtering: Filtering::Passed,
        source_class: SourceClass::Germline,
        allelic_state: Some(AllelicState::Heterozygous),
        read_depth: Some(ReadDepth { alternate: 17, total: 34 }),
        window: None,
    }
}

/// Maps the code of each component of a Variant to the component's value, of any type.
fn components(variant: &Value) -> BTreeMap<String, Value> {
    let components = variant["component"].as_array().unwrap().iter().map(|component| {
        let code = component["code"]["coding"][0]["code"].as_str().unwrap().to_owned();
        let (_, value) = component
            .as_object()
            .unwrap()
            .iter()
            .find(|(name, _)| name.starts_with("value"))
            .unwrap();
        (code, value.clone())
    });
    components.collect()
}

fn coded(value: &Value) -> &str {
    value["coding"][0]["code"].as_str().unwrap()
}

#[test]
fn a_snv_has_the_components_that_the_guide_requires() {
    let allele = allele("chr17", 43_094_692, "g", "A").unwrap();
    let variant = observation(&allele).to_json().unwrap();
    official::accepts(&variant);
    hl7_fhir::resource::parse(&serde_json::to_vec(&variant).unwrap()).unwrap();
    let components = components(&variant);
    assert_eq!(
        components["48013-7"]["coding"][0],
        json!({"system": "http://www.ncbi.nlm.nih.gov/refseq", "code": "NC_000017.11"})
    );
    assert_eq!(components["81254-5"], json!({"low": {"value": 43_094_691}}));
    assert_eq!((&components["69547-8"], &components["69551-0"]), (&json!("G"), &json!("A")));
    for (code, value) in [
        ("92822-6", "LA30100-4"),
        ("62374-4", "LA26806-2"),
        ("48000-4", "LA21270-6"),
        ("48002-0", "LA6683-2"),
        ("53034-5", "LA6706-1"),
        ("48019-4", "SO:0001483"),
        ("81252-9", "NC_000017.11:43094691:G:A"),
    ] {
        assert_eq!(coded(&components[code]), value);
    }
    assert_eq!(
        (&components["81258-6"]["value"], &components["82121-5"]["value"]),
        (&json!(0.5), &json!(17))
    );
    assert_eq!(coded(&variant["valueCodeableConcept"]), "LA9633-4");
    assert_eq!(variant["category"].as_array().unwrap().len(), 3);
}

#[test]
fn mitochondrial_and_somatic_variants_have_fewer_components() {
    let mitochondrial = allele("chrM", 3243, "A", "G").unwrap();
    let variant = observation(&mitochondrial).to_json().unwrap();
    official::accepts(&variant);
    let found = components(&variant);
    assert_eq!((coded(&found["48013-7"]), found.get("48000-4")), ("NC_012920.1", None));
    let somatic = allele("12", 25_245_350, "C", "T").unwrap();
    let variant = VariantObservation {
        source_class: SourceClass::Somatic,
        read_depth: None,
        specimen_id: None,
        ..observation(&somatic)
    }
    .to_json()
    .unwrap();
    official::accepts(&variant);
    let found = components(&variant);
    assert_eq!(
        (coded(&found["48002-0"]), found.get("53034-5"), found.get("81258-6")),
        ("LA6684-0", None, None)
    );
    assert_eq!(variant.get("specimen"), None);
}

/// The component slices of a profile: maps the fixed code of each slice to whether the component may repeat, and to the allowed types of its
/// value.
fn slices(profile: &Value) -> BTreeMap<String, (bool, Vec<String>)> {
    let elements = profile["snapshot"]["element"].as_array().unwrap();
    let by_id = |id: String| elements.iter().find(|element| element["id"] == id);
    let slices = elements
        .iter()
        .filter(|element| element["path"] == "Observation.component" && element["sliceName"].is_string());
    slices
        .map(|slice| {
            let id = slice["id"].as_str().unwrap();
            let code = by_id(format!("{id}.code")).unwrap()["patternCodeableConcept"]["coding"][0]["code"]
                .as_str()
                .unwrap()
                .to_owned();
            let types = by_id(format!("{id}.value[x]")).unwrap()["type"].as_array().unwrap();
            let types = types.iter().map(|t| t["code"].as_str().unwrap().to_owned()).collect();
            (code, (slice["max"] == "*", types))
        })
        .collect()
}

#[test]
fn every_component_is_a_slice_of_the_profile_with_its_required_type() {
    let Some(profile) = official::profile("variant") else { return };
    let slices = slices(&profile);
    assert!(slices.len() > 20);
    let deletion = allele("1", 101, "GA", "G").unwrap();
    let window = Some(ReferenceWindow {
        start: 90,
        bases: "TTTTTTTTTTGATTTTTTTT",
        ends_chromosome: false,
    });
    for allele in [allele("X", 5, "A", "C").unwrap(), deletion] {
        let variant = VariantObservation {
            window,
            ..observation(&allele)
        }
        .to_json()
        .unwrap();
        let mut seen = Vec::new();
        for component in variant["component"].as_array().unwrap() {
            let code = component["code"]["coding"][0]["code"].as_str().unwrap();
            assert_eq!(component["code"]["coding"][0]["system"], "http://loinc.org");
            let (repeats, types) = slices.get(code).unwrap_or_else(|| panic!("{code} is not a slice"));
            let value = component
                .as_object()
                .unwrap()
                .keys()
                .find_map(|name| name.strip_prefix("value"))
                .unwrap();
            assert!(types.iter().any(|t| t.eq_ignore_ascii_case(value)), "{code} has {value}");
            assert!(*repeats || !seen.contains(&code), "{code} twice");
            seen.push(code);
        }
        assert!(seen.contains(&"81252-9"));
        for needed in ["48013-7", "69547-8", "69551-0", "92822-6", "81254-5"] {
            assert!(seen.contains(&needed), "the operation requires {needed}");
        }
    }
}

/// Asserts that each required slice of `category` matches exactly one category with its coding, and that the code is the fixed code of the
/// profile.
fn conforms(resource: &Value, profile: &Value) {
    assert_eq!(resource["meta"]["profile"], json!([profile["url"]]));
    let elements = profile["snapshot"]["element"].as_array().unwrap();
    let mut slices = 0;
    for element in elements {
        let id = element["id"].as_str().unwrap();
        if let Some(wanted) = element.get("patternCoding").filter(|_| id.contains(".category:")) {
            slices += 1;
            let categories = resource["category"].as_array().unwrap().iter();
            let found = categories.filter(|category| {
                let coding = &category["coding"][0];
                coding["system"] == wanted["system"] && coding["code"] == wanted["code"]
            });
            assert_eq!(found.count(), 1, "{id}");
        }
        if let Some(wanted) = element
            .get("patternCodeableConcept")
            .filter(|_| ["Observation.code", "DiagnosticReport.code"].contains(&id))
        {
            assert_eq!(resource["code"]["coding"][0]["system"], wanted["coding"][0]["system"]);
            assert_eq!(resource["code"]["coding"][0]["code"], wanted["coding"][0]["code"]);
            slices += 1;
        }
    }
    assert!(slices >= 2);
    let top = elements
        .iter()
        .filter(|element| element["path"].as_str().unwrap().matches('.').count() == 1 && element["min"] != 0);
    for required in top.filter(|element| element["sliceName"].is_null()) {
        let name = required["path"].as_str().unwrap().split('.').nth(1).unwrap();
        assert!(resource.get(name).is_some(), "{name} is required");
    }
}

fn report() -> GenomicReport<'static> {
    GenomicReport {
        id: "r-1",
        identifier: Some(("https://gemj.example/reports", "R1")),
        status: ReportStatus::Final,
        patient_id: "p-1",
        specimen_ids: &["s-1"],
        effective: "2026-01-02",
        issued: "2026-01-03T00:00:00+09:00",
        result_ids: &["v-1", "v-2"],
        conclusion: Some("所見あり"),
    }
}

#[test]
fn variant_and_report_conform_to_their_profiles() {
    let (Some(variant), Some(genomic_report)) = (official::profile("variant"), official::profile("genomic-report")) else {
        return;
    };
    let allele = allele("3", 10, "A", "G").unwrap();
    conforms(&observation(&allele).to_json().unwrap(), &variant);
    conforms(&report().to_json().unwrap(), &genomic_report);
}

#[test]
fn a_report_refers_to_its_results_and_is_valid_without_results() {
    let full = report().to_json().unwrap();
    official::accepts(&full);
    hl7_fhir::resource::parse(&serde_json::to_vec(&full).unwrap()).unwrap();
    assert_eq!(
        full["result"],
        json!([{"reference": "Observation/v-1"}, {"reference": "Observation/v-2"}])
    );
    for status in [ReportStatus::Preliminary, ReportStatus::Amended, ReportStatus::Corrected] {
        let none = GenomicReport {
            status,
            identifier: None,
            specimen_ids: &[],
            result_ids: &[],
            conclusion: None,
            ..report()
        };
        official::accepts(&none.to_json().unwrap());
    }
    assert_eq!(
        GenomicReport {
            result_ids: &["a b"],
            ..report()
        }
        .to_json(),
        Err(GenomicsError::NotAnId)
    );
    assert_eq!(
        GenomicReport {
            issued: "2026-01-03",
            ..report()
        }
        .to_json(),
        Err(GenomicsError::NotATime)
    );
}

#[test]
fn an_allele_or_record_that_cannot_be_reported_is_an_error() {
    for (alternate, error) in [
        ("*", AlleleError::Spanning),
        ("<NON_REF>", AlleleError::Symbolic),
        ("<DEL>", AlleleError::Symbolic),
        ("<*>", AlleleError::Symbolic),
        ("A[2:3[", AlleleError::Symbolic),
        ("]2:3]A", AlleleError::Symbolic),
        (".A", AlleleError::Symbolic),
        (".", AlleleError::NotBases),
        ("", AlleleError::NotBases),
        ("R", AlleleError::NotBases),
        ("C", AlleleError::Unchanged),
        ("c", AlleleError::Unchanged),
    ] {
        assert_eq!(allele("1", 10, "C", alternate), Err(error), "{alternate}");
    }
    assert_eq!(allele("1", 0, "C", "A"), Err(AlleleError::Position));
    assert_eq!(allele("1", u64::MAX, "C", "A"), Err(AlleleError::Position));
    let allele = allele("1", 10, "C", "A").unwrap();
    let error = |variant: VariantObservation<'_>| variant.to_json().unwrap_err();
    assert_eq!(
        error(VariantObservation {
            filtering: Filtering::Failed,
            ..observation(&allele)
        }),
        GenomicsError::Filtered
    );
    assert_eq!(
        error(VariantObservation {
            patient_id: "../x",
            ..observation(&allele)
        }),
        GenomicsError::NotAnId
    );
    assert_eq!(
        error(VariantObservation {
            effective: "now",
            ..observation(&allele)
        }),
        GenomicsError::NotATime
    );
    for (alternate, total) in [(0, 0), (2, 1)] {
        assert_eq!(
            error(VariantObservation {
                read_depth: Some(ReadDepth { alternate, total }),
                ..observation(&allele)
            }),
            GenomicsError::ReadDepth
        );
    }
}

#[test]
fn the_kind_of_a_change_follows_from_the_bases_that_differ() {
    for (reference, alternate, kind) in [
        ("A", "C", ChangeType::Snv),
        ("TA", "TC", ChangeType::Snv),
        ("AC", "GT", ChangeType::Mnv),
        ("A", "AC", ChangeType::Insertion),
        ("AC", "A", ChangeType::Deletion),
        ("C", "AG", ChangeType::Delins),
        ("ACG", "TT", ChangeType::Delins),
    ] {
        assert_eq!(
            allele("19", 11_243_208, reference, alternate).unwrap().change_type(),
            kind,
            "{reference} {alternate}"
        );
    }
}

#[test]
fn genotypes_parse_to_the_allelic_state() {
    let of = |alleles: &[Option<u32>], alternate| AllelicState::of_genotype(alleles, alternate);
    assert_eq!(of(&[Some(0), Some(1)], 1), Some(AllelicState::Heterozygous));
    assert_eq!(
        (of(&[Some(1), Some(2)], 1), of(&[Some(1), Some(2)], 2)),
        (Some(AllelicState::Heterozygous), Some(AllelicState::Heterozygous))
    );
    assert_eq!(of(&[Some(1), Some(1)], 1), Some(AllelicState::Homozygous));
    assert_eq!(of(&[Some(1)], 1), Some(AllelicState::Hemizygous));
    assert_eq!((of(&[Some(0), Some(0)], 1), of(&[None, None], 1), of(&[], 1)), (None, None, None));
    let reads = |alternate, total| AllelicState::of_mitochondrial_reads(ReadDepth { alternate, total });
    assert_eq!(
        (reads(99, 100), reads(98, 100)),
        (AllelicState::Homoplasmic, AllelicState::Heteroplasmic)
    );
}

/// The expected expressions were computed by hand, on the reference `TTGCACACATT` at the 0-based positions 100 to 110. The POS of a record
/// is 1-based.
#[test]
fn spdi_covers_the_whole_repeat() {
    let window = Some(ReferenceWindow {
        start: 100,
        bases: "TTGCACACATT",
        ends_chromosome: false,
    });
    let spdi = |pos, reference: &str, alternate: &str, window| {
        Spdi::canonical(&allele("1", pos, reference, alternate).unwrap(), window).map(|s| s.to_string())
    };
    // The record deletes one CA. The VCF record anchors at the G (POS 103). The repeat CACACA is at the 0-based positions 103 to 108.
    assert_eq!(spdi(103, "GCA", "G", window).as_deref(), Some("NC_000001.11:103:CACACA:CACA"));
    // This record deletes a CA at the right end of the same repeat.
    assert_eq!(spdi(107, "ACA", "A", window).as_deref(), Some("NC_000001.11:103:CACACA:CACA"));
    // This record inserts one CA at the left end of the repeat.
    assert_eq!(spdi(103, "G", "GCA", window).as_deref(), Some("NC_000001.11:103:CACACA:CACACACA"));
    // This record inserts AC after the first C, which gives the same sequence as the insertion of CA.
    assert_eq!(spdi(104, "C", "CAC", window).as_deref(), Some("NC_000001.11:103:CACACA:CACACACA"));
    // This record inserts bases that repeat no reference base. The SPDI position is then between two bases.
    assert_eq!(spdi(103, "G", "GTT", window).as_deref(), Some("NC_000001.11:103::TT"));
    // A record that replaces bases needs no reference window.
    assert_eq!(spdi(103, "GC", "GT", None).as_deref(), Some("NC_000001.11:103:C:T"));
    assert_eq!(spdi(11_243_208, "C", "AG", None).as_deref(), Some("NC_000001.11:11243207:C:AG"));
    // A deletion has no SPDI expression without a reference window, with wrong reference bases, or with a window that starts or ends inside
    // the repeat or does not contain the change.
    assert_eq!(spdi(103, "GCA", "G", None), None);
    assert_eq!(spdi(103, "GCT", "G", window), None);
    assert_eq!(
        spdi(
            103,
            "GCA",
            "G",
            Some(ReferenceWindow {
                start: 103,
                bases: "CACACATT",
                ends_chromosome: false,
            })
        ),
        None
    );
    assert_eq!(
        spdi(
            103,
            "GCA",
            "G",
            Some(ReferenceWindow {
                start: 100,
                bases: "TTGCACACA",
                ends_chromosome: false,
            })
        ),
        None
    );
    assert_eq!(spdi(203, "GCA", "G", window), None);
}

/// The expected expressions were computed by hand, on the last bases `TTGCACACA` of a chromosome, at the 0-based positions 100 to 108.
#[test]
fn a_change_at_the_end_of_a_chromosome_has_an_spdi_expression() {
    let spdi = |pos, reference: &str, alternate: &str, ends_chromosome| {
        let window = ReferenceWindow {
            start: 100,
            bases: "TTGCACACA",
            ends_chromosome,
        };
        Spdi::canonical(&allele("1", pos, reference, alternate).unwrap(), Some(window)).map(|s| s.to_string())
    };
    for (pos, reference, alternate, expected) in [
        (107, "ACA", "A", "NC_000001.11:103:CACACA:CACA"),
        (109, "A", "ACA", "NC_000001.11:103:CACACA:CACACACA"),
        (109, "A", "AG", "NC_000001.11:109::G"),
    ] {
        assert_eq!(spdi(pos, reference, alternate, true).as_deref(), Some(expected));
        // If the chromosome continues after the window, the repeat may continue too.
        assert_eq!(spdi(pos, reference, alternate, false), None);
    }
}

fn apply(reference: &str, at: usize, deleted: &str, inserted: &str) -> String {
    assert_eq!(&reference[at..at + deleted.len()], deleted);
    format!("{}{inserted}{}", &reference[..at], &reference[at + deleted.len()..])
}

proptest! {
    /// A brute-force check: two VCF spellings of one changed sequence have the same SPDI expression, and this expression gives the changed
    /// sequence.
    #[test]
    fn every_spelling_of_a_changed_sequence_has_the_same_spdi(core in "[AC]{4,12}", at in 0_usize..12, length in 1_usize..4, insert in "[AC]{1,3}", deletion in any::<bool>()) {
        let reference = format!("GT{core}GT");
        let at = 2 + at % core.len();
        let length = length.min(2 + core.len() - at);
        let changed = if deletion { apply(&reference, at, &reference[at..at + length], "") } else { apply(&reference, at, "", &insert) };
        let window = Some(ReferenceWindow {
            start: 0,
            bases: &reference,
            ends_chromosome: true,
        });
        let mut expressions = Vec::new();
        for start in 1..reference.len() {
            let (deleted, inserted) = if deletion { (length, "") } else { (0, insert.as_str()) };
            // Tries every rotation of the inserted bases at every position.
            for turn in 0..inserted.len().max(1) {
                let turned = format!("{}{}", &inserted[turn.min(inserted.len())..], &inserted[..turn.min(inserted.len())]);
                let Some(gone) = reference.get(start..start + deleted) else { continue };
                if apply(&reference, start, gone, &turned) == changed {
                    let anchor = &reference[start - 1..start];
                    let allele = allele("1", start as u64, &format!("{anchor}{gone}"), &format!("{anchor}{turned}")).unwrap();
                    expressions.push(Spdi::canonical(&allele, window).unwrap().to_string());
                }
            }
        }
        expressions.dedup();
        prop_assert_eq!(expressions.len(), 1, "{:?}", expressions);
        let parts: Vec<&str> = expressions[0].split(':').collect();
        prop_assert_eq!(apply(&reference, parts[1].parse().unwrap(), parts[2], parts[3]), changed);
    }
}

fn ask(pairs: &[(&str, &str)]) -> Result<FindSubjectVariants, FhirError> {
    parse_find_subject_variants(&pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Vec<_>>())
}

#[test]
fn a_valid_request_parses() {
    let question = ask(&[
        ("subject", "Patient/p-1"),
        ("ranges", "NC_000007.14:55174721-55174820,NC_012920.1:0-16569"),
        ("includeVariants", "true"),
        ("genomicSourceClass", "germline"),
    ])
    .unwrap();
    assert_eq!(question.subject, SubjectTarget::Id("p-1".into()));
    assert_eq!(
        (question.include_variants, question.source_class),
        (true, Some(SourceClass::Germline))
    );
    let [first, second] = &question.ranges[..] else { panic!() };
    assert_eq!(
        (first.chromosome(), first.assembly(), first.start(), first.end()),
        (Chromosome::parse("7").unwrap(), Some(Assembly::GRCh38), 55_174_721, 55_174_820)
    );
    assert_eq!((second.item(), second.assembly()), ("NC_012920.1:0-16569", None));
    assert!(matches!(
        ask(&[("subject", "urn:oid:1.2|4711"), ("ranges", "NC_000001.10:0-1")])
            .unwrap()
            .subject,
        SubjectTarget::Identifier(_)
    ));
}

#[test]
fn an_invalid_request_is_a_bad_request() {
    let good = "NC_000001.11:0-1";
    for pairs in [
        &[][..],
        &[("subject", "p")],
        &[("ranges", good)],
        &[("subject", ""), ("ranges", good)],
        &[("subject", "Group/p"), ("ranges", good)],
        &[("subject", "urn:oid:1.2|"), ("ranges", good)],
        &[("subject", "p"), ("subject", "q"), ("ranges", good)],
        &[("subject", "p"), ("ranges", good), ("ranges", good)],
        &[("subject", "p"), ("ranges", good), ("includePhasing", "true")],
        &[("subject", "p"), ("ranges", good), ("testIdentifiers", "x")],
        &[("subject", "p"), ("ranges", good), ("includeVariants", "yes")],
        &[("subject", "p"), ("ranges", good), ("genomicSourceClass", "x")],
    ] {
        assert_eq!(ask(pairs).unwrap_err().status(), 400, "{pairs:?}");
    }
    for range in [
        "",
        "chr1:1-2",
        "NC_000001:1-2",
        "NC_000001.9:1-2",
        "NC_000001.11:2-1",
        "NC_000001.11:1-1",
        "NC_000001.11:1",
        "NC_000001.11:+1-2",
        "NC_000001.11:1-99999999999",
        "NC_000001.11:1-2,",
    ] {
        assert_eq!(ask(&[("subject", "p"), ("ranges", range)]).unwrap_err().status(), 400, "{range}");
    }
    assert_eq!(
        ask(&[("subject", "p"), ("ranges", &vec![good; 101].join(","))])
            .unwrap_err()
            .status(),
        400
    );
}

#[test]
fn a_variant_at_the_start_overlaps_and_a_variant_at_the_end_does_not() {
    let question = ask(&[("subject", "p"), ("ranges", "NC_000001.11:100-110")]).unwrap();
    let overlaps = |pos, reference: &str, alternate: &str| question.ranges[0].overlaps(&allele("1", pos, reference, alternate).unwrap());
    assert!(overlaps(101, "A", "C") && overlaps(110, "A", "C"));
    assert!(!overlaps(100, "A", "C") && !overlaps(111, "A", "C"));
    // An insertion anchored before the start of the range does not overlap. A deletion that extends into the range overlaps.
    assert!(!overlaps(100, "A", "ACC") && overlaps(99, "ACC", "A"));
    let other = Allele::parse(Assembly::GRCh37, Chromosome::parse("1").unwrap(), 101, "A", "C").unwrap();
    assert!(!question.ranges[0].overlaps(&other));
}

#[test]
fn the_answer_has_one_part_for_each_range() {
    let allele = allele("1", 101, "A", "C").unwrap();
    let variant = observation(&allele).to_json().unwrap();
    let answer = find_subject_variants_answer(vec![
        RangeAnswer {
            item: "NC_000001.11:100-110",
            present: true,
            variants: vec![variant],
        },
        RangeAnswer {
            item: "NC_000001.11:200-210",
            present: false,
            variants: vec![],
        },
    ]);
    official::accepts(&answer);
    let Some(definition) = official::json_file("genomics-reporting-3.0.0/OperationDefinition-find-subject-variants.json") else {
        return;
    };
    let out = definition["parameter"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["use"] == "out")
        .unwrap();
    let known: Vec<&str> = out["part"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["name"].as_str().unwrap())
        .collect();
    for parameter in answer["parameter"].as_array().unwrap() {
        assert_eq!(parameter["name"], out["name"]);
        let names: Vec<&str> = parameter["part"]
            .as_array()
            .unwrap()
            .iter()
            .map(|part| part["name"].as_str().unwrap())
            .collect();
        assert!(names.iter().all(|name| known.contains(name)) && names[..2] == ["rangeItem", "presence"]);
    }
}

proptest! {
    #[test]
    fn any_text_as_range_is_parsed_or_rejected(range in "(NC_00000[17]\\.1[0-4]|.{0,4}):?[0-9]{0,11}-?.{0,11}") {
        let _ = ask(&[("subject", "p"), ("ranges", &range)]);
    }
}
