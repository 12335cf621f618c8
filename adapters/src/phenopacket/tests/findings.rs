//! Conclusions about alleles and genes.

use super::*;

#[test]
fn the_conclusions_about_an_allele_are_kept_with_the_allele() {
    let mut packet = with_finding(snv(), None);
    packet["interpretations"][0]["progressStatus"] = json!("SOLVED");
    packet["interpretations"][0]["diagnosis"]["disease"] = json!({"id": "OMIM:614959", "label": "DEE14"});
    let finding = &mut packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0];
    finding["interpretationStatus"] = json!("CAUSATIVE");
    finding["variantInterpretation"]["acmgPathogenicityClassification"] = json!("PATHOGENIC");
    let mut second = packet["interpretations"][0].clone();
    second["progressStatus"] = json!("UNSOLVED");
    second["diagnosis"]["disease"] = json!({"id": "OMIM:604370", "label": "HBOC"});
    second["diagnosis"]["genomicInterpretations"][0]["interpretationStatus"] = json!("REJECTED");
    second["diagnosis"]["genomicInterpretations"][0]["variantInterpretation"]["acmgPathogenicityClassification"] = json!("LIKELY_BENIGN");
    packet["interpretations"].as_array_mut().unwrap().push(second);
    let record = read(&packet).unwrap().record;
    let [carrier] = record.carriers.as_slice() else {
        panic!("one allele, once")
    };
    let told: Vec<_> = carrier
        .interpretations
        .iter()
        .map(|i| (i.progress, i.status, i.pathogenicity, i.kind))
        .collect();
    assert_eq!(
        told,
        [
            (
                CaseProgress::Solved,
                FindingStatus::Causative,
                Pathogenicity::Pathogenic,
                FindingKind::Primary
            ),
            (
                CaseProgress::Unsolved,
                FindingStatus::Rejected,
                Pathogenicity::LikelyBenign,
                FindingKind::Secondary
            ),
        ]
    );
    assert_eq!(carrier.interpretations[1].disease.as_ref().unwrap().code, "OMIM:604370");
    assert_eq!(carrier.spelled.as_ref().unwrap().position.0, 135_765_706);
}

#[test]
fn a_finding_is_primary_only_if_the_packet_states_its_disease_for_the_participant() {
    let kind = |diseases: Value, disease: Option<&str>| {
        let mut packet = with_finding(snv(), None);
        packet["diseases"] = diseases;
        if let Some(disease) = disease {
            packet["interpretations"][0]["diagnosis"]["disease"] = json!({"id": disease, "label": "x"});
        }
        let interpretations: Vec<AlleleInterpretation> = read(&packet).unwrap().record.carriers.remove(0).interpretations;
        interpretations[0].kind
    };
    let epilepsy = json!([{"term": {"id": "OMIM:614959", "label": "DEE14"}}]);
    let excluded = json!([{"term": {"id": "OMIM:614959", "label": "DEE14"}, "excluded": true}, {"term": {"id": "OMIM:1", "label": "x"}}]);
    assert_eq!(kind(epilepsy.clone(), Some("OMIM:614959")), FindingKind::Primary);
    assert_eq!(kind(epilepsy.clone(), Some("OMIM:604370")), FindingKind::Secondary);
    assert_eq!(kind(excluded, Some("OMIM:614959")), FindingKind::Secondary);
    assert_eq!(kind(epilepsy, None), FindingKind::Unknown);
    assert_eq!(kind(json!([]), Some("OMIM:614959")), FindingKind::Unknown);
}

#[test]
fn names_and_genes_are_kept_in_the_usual_spelling() {
    let mut packet = with_finding(snv(), None);
    let descriptor =
        &mut packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]["variantInterpretation"]["variationDescriptor"];
    descriptor["geneContext"] = json!({"valueId": "HGNC:18865", "symbol": "kcnt1"});
    descriptor["expressions"] = json!([
        {"syntax": "hgvs.c", "value": "NM_020822.3(KCNT1):c.862G>A"}, {"syntax": "hgvs.p", "value": "NP_065873.2:p.(Gly288Ser)"},
        {"syntax": "hgvs.g", "value": "NC_000009.12:g.135765706G>A"}, {"syntax": "hgvs.p", "value": "NP_065873.2:p.?"},
        {"syntax": "spdi", "value": "NC_000009.12:135765705:G:A"}]);
    let names = read(&packet).unwrap().record.carriers.remove(0).names;
    let told: Vec<_> = names
        .iter()
        .map(|n| (n.sequence.as_str(), n.change.as_str(), n.gene.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("NM_020822.3", "c.862G>A", "KCNT1"),
            ("NM_020822.3", "c.862G>A", "HGNC:18865"),
            ("NP_065873.2", "p.Gly288Ser", "KCNT1"),
            ("NP_065873.2", "p.Gly288Ser", "HGNC:18865")
        ]
    );
}

#[test]
fn a_gene_keeps_the_name_from_every_place_in_the_packet_that_states_one() {
    let kept = |context: Value, expressions: &[&str]| {
        let mut packet = with_finding(snv(), None);
        let descriptor =
            &mut packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]["variantInterpretation"]["variationDescriptor"];
        if !context.is_null() {
            descriptor["geneContext"] = context;
        }
        let expressions: Vec<Value> = expressions.iter().map(|value| json!({"syntax": "hgvs", "value": value})).collect();
        descriptor["expressions"] = expressions.into();
        let names = read(&packet).unwrap().record.carriers.remove(0).names;
        let told: Vec<String> = names.iter().map(|n| format!("{} {} {}", n.sequence, n.change, n.gene)).collect();
        told
    };
    for (context, expression, name) in [
        (Value::Null, "NM_020822.3(KCNT1):c.862G>A", "NM_020822.3 c.862G>A KCNT1"),
        (Value::Null, "KCNT1:c.862G>A", " c.862G>A KCNT1"),
        (Value::Null, "kcnt1:p.G288S", " p.Gly288Ser KCNT1"),
        (Value::Null, "NG_033070.1(NM_020822.3):c.862G>A", "NM_020822.3 c.862G>A "),
        (Value::Null, "refseq:NM_020822.3:c.862G>A", "NM_020822.3 c.862G>A "),
        (Value::Null, "ENST00000371757.7:c.862G>A", "ENST00000371757.7 c.862G>A "),
        (Value::Null, "p.(Gly288Ser)", " p.Gly288Ser "),
        (
            json!({"valueId": "NCBIGene:57582", "symbol": ""}),
            "KCNT1:c.862G>A",
            " c.862G>A GENEID:57582",
        ),
        (
            json!({"valueId": "ensembl:ENSG00000107147.13"}),
            "c.862G>A",
            " c.862G>A ENSG00000107147",
        ),
    ] {
        assert_eq!(kept(context, &[expression]), [name], "{expression}");
    }
    assert_eq!(
        kept(json!({"valueId": "HGNC:18865", "symbol": "KCNT1"}), &[]),
        ["  KCNT1", "  HGNC:18865"]
    );
}

#[test]
fn a_finding_that_the_packet_calls_secondary_is_never_primary() {
    let of = |change: &dyn Fn(&mut Value)| {
        let mut packet = with_finding(snv(), None);
        packet["interpretations"][0]["diagnosis"]["disease"] = json!({"id": "OMIM:614959", "label": "DEE14"});
        change(&mut packet["interpretations"][0]);
        read(&packet).unwrap().record.carriers[0].interpretations[0].kind
    };
    let descriptor = "/diagnosis/genomicInterpretations/0/variantInterpretation/variationDescriptor";
    assert_eq!(of(&|_| {}), FindingKind::Primary);
    assert_eq!(of(&|i| i["summary"] = json!("No secondary findings.")), FindingKind::Primary);
    assert_eq!(
        of(&|i| i["summary"] = json!("Secondary finding (ACMG SF v3.2)")),
        FindingKind::Secondary
    );
    assert_eq!(of(&|i| i["id"] = json!("incidental-1")), FindingKind::Secondary);
    let in_descriptor =
        |name: &'static str, value: Value| of(&move |i: &mut Value| i.pointer_mut(descriptor).unwrap()[name] = value.clone());
    assert_eq!(in_descriptor("description", json!("偶発的所見")), FindingKind::Secondary);
    assert_eq!(in_descriptor("label", json!("BRCA2, secondary finding")), FindingKind::Secondary);
    assert_eq!(
        in_descriptor("extensions", json!([{"name": "secondaryFinding", "value": true}])),
        FindingKind::Secondary
    );
    assert_eq!(
        in_descriptor("extensions", json!([{"name": "secondaryFinding", "value": false}])),
        FindingKind::Primary
    );
}
