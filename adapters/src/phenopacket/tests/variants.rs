//! Variants of a packet that become carriers.

use super::*;

#[test]
fn a_vcf_record_becomes_a_carrier_at_the_same_base() {
    for (state, zygosity) in [
        (Some("GENO:0000135"), Some(Zygosity::Heterozygous)),
        (Some("GENO:0000136"), Some(Zygosity::Homozygous)),
        (Some("GENO:0000134"), Some(Zygosity::Hemizygous)),
        (None, None),
    ] {
        let record = read(&with_finding(snv(), state)).unwrap().record;
        let [carrier] = record.carriers.as_slice() else { panic!() };
        assert_eq!(
            (carrier.assembly, carrier.origin, carrier.zygosity),
            (gemj_model::Assembly::GRCh38, Origin::Germline, zygosity)
        );
        assert_eq!(
            (carrier.allele.contig.as_str(), carrier.allele.start.0, carrier.allele.end.0),
            ("9", 135_765_705, 135_765_706)
        );
        assert_eq!((carrier.allele.reference.as_str(), carrier.allele.alternate.as_str()), ("G", "A"));
    }
}

#[test]
fn one_allele_stated_twice_is_one_carrier_and_two_zygosities_are_a_contradiction() {
    let two = |states: [Option<&str>; 2]| {
        let mut packet = packet("p");
        let mut anchored = snv();
        anchored["pos"] = json!(135_765_705);
        anchored["ref"] = json!("CG");
        anchored["alt"] = json!("CA");
        packet["interpretations"] = json!([{"diagnosis": {"genomicInterpretations": [
            finding(snv(), states[0]), finding(anchored, states[1])]}}]);
        packet
    };
    let (heterozygous, homozygous) = (Some("GENO:0000135"), Some("GENO:0000136"));
    for (states, zygosity) in [
        ([heterozygous, heterozygous], Some(Zygosity::Heterozygous)),
        ([None, homozygous], Some(Zygosity::Homozygous)),
        ([homozygous, None], Some(Zygosity::Homozygous)),
        ([None, None], None),
    ] {
        let carriers = read(&two(states)).unwrap().record.carriers;
        assert_eq!((carriers.len(), carriers[0].zygosity), (1, zygosity));
    }
    assert_eq!(code(&two([heterozygous, homozygous])), "contradiction");
}

#[test]
fn a_variant_of_a_tumour_specimen_is_somatic_and_of_another_person_is_refused() {
    let mut packet = with_finding(snv(), None);
    packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]["subjectOrBiosampleId"] = json!("b-1");
    assert_eq!(code(&packet), "other-subject");
    packet["biosamples"] = json!([{"id": "b-1", "individualId": "Hanako", "materialSample": {"id": "EFO:0009655"}}]);
    assert_eq!(read(&packet).unwrap().record.carriers[0].origin, Origin::Somatic);
    packet["biosamples"][0]["materialSample"]["id"] = json!("EFO:0009654");
    assert_eq!(read(&packet).unwrap().record.carriers[0].origin, Origin::Germline);
    packet["biosamples"][0]["individualId"] = json!("Taro");
    assert_eq!(code(&packet), "other-subject");
}

#[test]
fn a_variant_without_an_allele_is_counted_and_a_wrong_variant_is_refused() {
    let with = |member: &str, value: Value| {
        let mut record = snv();
        record[member] = value;
        with_finding(record, None)
    };
    for alt in [".", "*", "<DEL>", "G[chr2:321681["] {
        let mapped = read(&with("alt", json!(alt))).unwrap();
        assert_eq!((mapped.record.carriers.len(), mapped.variants_not_counted), (0, 1), "{alt}");
    }
    let mut deletion = with("alt", json!("<DEL>"));
    deletion["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]["variantInterpretation"]["variationDescriptor"]["vcfRecord"]
        ["info"] = json!("SVTYPE=DEL;END=135765800");
    assert_eq!(read(&deletion).unwrap().record.carriers[0].allele.end.0, 135_765_800);
    for (member, value, reason) in [
        ("genomeAssembly", json!("T2T-CHM13v2.0"), "unknown-assembly"),
        ("chrom", json!("chr23"), "unknown-contig"),
        ("chrom", json!("NC_000009.12"), "unknown-contig"),
        ("chrom", json!("chr 9"), "schema"),
        ("alt", json!("G"), "bad-allele"),
        ("alt", json!("A,T"), "schema"),
        ("alt", json!("Q"), "bad-allele"),
        ("ref", json!("<X>"), "schema"),
        ("pos", json!(0), "missing-member"),
        ("pos", json!("135765706x"), "wrong-type"),
    ] {
        assert_eq!(code(&with(member, value.clone())), reason, "{member} {value}");
    }
    assert_eq!(code(&with_finding(snv(), Some("GENO:9999999"))), "unknown-allelic-state");
    let mut ucsc = with("chrom", json!("chrM"));
    ucsc["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]["variantInterpretation"]["variationDescriptor"]["vcfRecord"]["genomeAssembly"] =
        json!("hg19");
    assert_eq!(code(&ucsc), "unknown-contig");
}

#[test]
fn a_biosample_whose_id_has_two_meanings_refuses_its_packet() {
    let tumour = json!({"id": "Hanako", "materialSample": {"id": "EFO:0009655"}});
    let mut packet = with_finding(snv(), Some("GENO:0000135"));
    packet["biosamples"] = json!([tumour]);
    assert_eq!(code(&packet), "ambiguous-biosample");
    packet["biosamples"] =
        json!([{"id": "b-1", "materialSample": {"id": "EFO:0009654"}}, {"id": "b-1", "materialSample": {"id": "EFO:0009655"}}]);
    assert!(read(&packet).is_ok(), "no finding names the biosample");
    packet["interpretations"][0]["diagnosis"]["genomicInterpretations"][0]["subjectOrBiosampleId"] = json!("b-1");
    assert_eq!(code(&packet), "ambiguous-biosample");
}
