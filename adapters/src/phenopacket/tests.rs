//! Tests of every kind of unit and every kind of fault. The sink of these tests stores the records in memory.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use gemj_model::fact::{CaseRecord, Committed, SinkError};
use gemj_model::{
    AlleleInterpretation, CaseProgress, DatasetId, FactSink, FactStatus, FindingKind, FindingStatus, Origin, ParticipantId, Pathogenicity,
    Zygosity,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[derive(Default)]
struct Remembers {
    records: BTreeMap<String, CaseRecord>,
    fails_at: Option<usize>,
    commits: usize,
}

impl FactSink for Remembers {
    fn commit(&mut self, record: CaseRecord) -> Result<Committed, SinkError> {
        self.commits += 1;
        if self.fails_at.is_some_and(|at| self.commits > at) {
            return Err(SinkError::Store);
        }
        let id = record.participant.as_str().to_owned();
        match self.records.get(&id) {
            Some(known) if known.source.sha256 == record.source.sha256 => return Ok(Committed::Duplicate),
            Some(known) if known.sex != record.sex => return Err(SinkError::Conflict { field: "sex" }),
            Some(_) | None => {}
        }
        self.records.insert(id, record);
        Ok(Committed::New)
    }
}

fn target() -> Target {
    Target {
        dataset: DatasetId::parse("rare-disease").unwrap(),
        site: None,
    }
}

fn packet(id: &str) -> Value {
    json!({"id": id, "subject": {"id": "Hanako", "sex": "FEMALE"}, "metaData": {"phenopacketSchemaVersion": "2.0.2"},
        "phenotypicFeatures": [{"type": {"id": "HP:0001250", "label": "Seizure"}, "onset": {"age": {"iso8601duration": "P6M"}}},
                               {"type": {"id": "HP:0000252"}, "excluded": true}],
        "diseases": [{"term": {"id": "OMIM:614959", "label": "DEE14"}}]})
}

fn with_finding(record: Value, state: Option<&str>) -> Value {
    let mut packet = packet("p");
    packet["interpretations"] = json!([{"diagnosis": {"genomicInterpretations": [finding(record, state)]}}]);
    packet
}

fn finding(record: Value, state: Option<&str>) -> Value {
    let mut descriptor = json!({ "vcfRecord": record });
    if let Some(state) = state {
        descriptor["allelicState"] = json!({ "id": state });
    }
    json!({"subjectOrBiosampleId": "Hanako", "variantInterpretation": {"variationDescriptor": descriptor}})
}

fn snv() -> Value {
    json!({"genomeAssembly": "hg38", "chrom": "chr9", "pos": 135_765_706, "ref": "G", "alt": "A"})
}

/// A linkage for tests: every packet id is the id of its own participant. The institution `elsewhere` has no participants, and each lookup for
/// `broken` fails.
struct Same;

impl Linkage for Same {
    fn participant(&self, namespace: &str, number: &str) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        match namespace {
            "broken" => Err(LinkageUnavailable),
            "elsewhere/phenopacket" => Ok(None),
            "hospital-b/phenopacket" => Ok(ParticipantId::parse(&format!("B-{number}")).ok()),
            _ => Ok(ParticipantId::parse(number).ok()),
        }
    }
}

fn numbers() -> PacketNumbers<'static> {
    PacketNumbers {
        namespace: "hospital-a/phenopacket",
        linkage: &Same,
    }
}

fn read(packet: &Value) -> Result<MappedPacket, Refusal> {
    read_packet(packet.to_string().as_bytes(), &target(), numbers()).map_err(|unread| match unread {
        Unread::Refused(refusal) => refusal,
        Unread::LinkageUnavailable => panic!("the linkage answers"),
    })
}

fn code(packet: &Value) -> &'static str {
    read(packet).unwrap_err().reason_code
}

#[test]
fn packet_1_of_one_hospital_is_not_packet_1_of_another() {
    let of = |namespace| {
        let numbers = PacketNumbers { namespace, linkage: &Same };
        read_packet(packet("1").to_string().as_bytes(), &target(), numbers)
    };
    let (a, b) = (
        of("hospital-a/phenopacket").unwrap().record,
        of("hospital-b/phenopacket").unwrap().record,
    );
    assert_eq!((a.participant.as_str(), b.participant.as_str()), ("1", "B-1"));
    // A unit replaces only an earlier unit of the same name. The names of these two units must therefore differ, even if they belong to one
    // participant.
    assert_ne!(a.source.unit, b.source.unit);
    assert!(!a.source.unit.is_empty() && !a.source.unit.contains('1') || a.source.unit.len() == 64);
    let Err(Unread::Refused(refusal)) = of("elsewhere/phenopacket") else {
        panic!("the id is linked to no participant");
    };
    assert_eq!(refusal.reason_code, "unknown-number");
    assert_eq!(of("broken"), Err(Unread::LinkageUnavailable));
    let site = |text| SiteId::parse(text).unwrap();
    assert_eq!(
        packet_namespace(&site("hospital-a"), "phenopacket").as_deref(),
        Some("hospital-a/phenopacket")
    );
    assert_eq!(
        (packet_namespace(&site("a"), "b/c"), packet_namespace(&site("a"), "")),
        (None, None)
    );
}

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
fn the_age_at_the_last_encounter_is_kept_only_if_it_is_an_age() {
    for (time, kept) in [
        (json!({"age": {"iso8601duration": "P46Y7M"}}), Some("P46Y7M")),
        (
            json!({"ageRange": {"start": {"iso8601duration": "P45Y"}, "end": {"iso8601duration": "P49Y"}}}),
            Some("P45Y/P49Y"),
        ),
        (json!({"gestationalAge": {"weeks": 33, "days": 2}}), None),
        (json!({"ontologyClass": {"id": "HP:0003581", "label": "Adult onset"}}), None),
    ] {
        let mut packet = packet("p");
        packet["subject"]["timeAtLastEncounter"] = time;
        assert_eq!(read(&packet).unwrap().record.age_at_last_encounter.as_deref(), kept);
    }
    assert_eq!(read(&packet("p")).unwrap().record.age_at_last_encounter, None);
}

#[test]
fn present_and_excluded_features_have_different_statuses() {
    let record = read(&packet("p")).unwrap().record;
    let facts: Vec<_> = record
        .facts
        .iter()
        .map(|f| (f.kind, f.code.as_str(), f.status, f.onset.as_deref()))
        .collect();
    assert_eq!(
        facts,
        [
            (gemj_model::FactKind::Phenotype, "HP:0001250", FactStatus::Present, Some("P6M")),
            (gemj_model::FactKind::Phenotype, "HP:0000252", FactStatus::Excluded, None),
            (gemj_model::FactKind::Disease, "OMIM:614959", FactStatus::Present, None),
        ]
    );
    assert_eq!(record.sex, gemj_model::Sex::Female);
    assert_eq!(record.participant.as_str(), "p");
    assert_eq!(record.source.profile, "phenopacket");
    assert_eq!(record.source.sha256.len(), 64);
}

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
        ("pos", json!(0), "invalid-value"),
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
fn the_schema_and_the_mapping_refuse_packets_that_would_be_miscounted() {
    let with = |member: &str, value: Value| {
        let mut packet = packet("p");
        packet[member] = value;
        packet
    };
    for (packet, reason) in [
        (with("phenotypicFeatures", json!([{"type": {"id": "Seizure"}}])), "schema"),
        (
            with(
                "phenotypicFeatures",
                json!([{"type": {"id": "HP:1"}, "onset": {"age": {"iso8601duration": "6 months"}}}]),
            ),
            "schema",
        ),
        (
            with(
                "phenotypicFeatures",
                json!([{"type": {"id": "HP:1"}}, {"type": {"id": "HP:1"}, "excluded": true}]),
            ),
            "contradiction",
        ),
        (with("subject", json!({"id": "s", "sex": "WOMAN"})), "invalid-value"),
        (
            with("subject", json!({"id": "s", "taxonomy": {"id": "NCBITaxon:10090"}})),
            "not-human",
        ),
        (with("id", json!(" p")), "schema"),
        (with("id", json!("x".repeat(256))), "schema"),
        (with("members", json!([])), "not-a-phenopacket"),
        (json!({"hello": "world"}), "not-a-phenopacket"),
    ] {
        assert_eq!(code(&packet), reason, "{packet}");
    }
    let twice = with(
        "phenotypicFeatures",
        json!([{"type": {"id": "HP:1"}, "onset": {"age": {"iso8601duration": "P1Y"}}},
        {"type": {"id": "HP:1"}, "excluded": true, "onset": {"age": {"iso8601duration": "P9Y"}}}]),
    );
    assert_eq!(read(&twice).unwrap().record.facts.len(), 3);
    let Err(Unread::Refused(refusal)) = read_packet(b"nope", &target(), numbers()) else {
        panic!("the packet must be refused");
    };
    assert_eq!(refusal.reason_code, "not-json");
}

#[test]
fn a_refusal_never_repeats_a_value() {
    let mut packet = with_finding(snv(), Some("Hanako"));
    packet["phenotypicFeatures"] = json!([{"type": {"id": "Hanako"}}]);
    let refusal = read(&packet).unwrap_err();
    assert!(
        !refusal.detail.contains("Hanako") && refusal.detail.contains("/phenotypicFeatures/0/type/id"),
        "{}",
        refusal.detail
    );
}

/// A tar archive of entries (path, bytes). The paths are written unchanged, also invalid ones.
fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, bytes) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "link.json", "/etc/passwd").unwrap();
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn run(paths: &[&Path], sink: &mut Remembers) -> Accounting {
    let paths: Vec<_> = paths.iter().map(|p| p.to_path_buf()).collect();
    let accounting = ingest(&paths, &target(), numbers(), sink).unwrap();
    assert!(accounting.is_balanced(), "{accounting:?}");
    accounting
}

fn units(accounting: &Accounting) -> Vec<&str> {
    accounting.quarantined.iter().map(|q| q.unit.as_str()).collect()
}

fn reasons(accounting: &Accounting) -> Vec<&'static str> {
    accounting.quarantined.iter().map(|q| q.reason_code).collect()
}

#[test]
fn a_bad_unit_never_stops_the_others_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (good, other) = (packet("a").to_string(), packet("b").to_string());
    let bytes = archive(&[
        ("cases/1.json", good.as_bytes()),
        ("cases/2.json", b"{ not json"),
        ("../escape.json", good.as_bytes()),
        ("/absolute.json", good.as_bytes()),
        ("README.md", b"hello"),
        ("cases/._1.json", b"\0\0"),
        ("cases/3.json", br#"{"id":"f","proband":{},"metaData":{}}"#),
        ("cases/4.json", other.as_bytes()),
    ]);
    let (tar, gz) = (folder.path().join("x.tar"), folder.path().join("y.tgz"));
    fs::write(&tar, &bytes).unwrap();
    fs::write(&gz, gzip(&bytes)).unwrap();
    for path in [&tar, &gz] {
        let mut sink = Remembers::default();
        let accounting = run(&[path], &mut sink);
        assert_eq!((accounting.received, accounting.committed, accounting.ignored_files), (7, 2, 2));
        assert_eq!(
            reasons(&accounting),
            ["not-json", "unsafe-path", "unsafe-path", "not-a-phenopacket", "link"]
        );
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(units(&accounting)[0], format!("{name}:cases/2.json"));
        assert_eq!((accounting.facts_present, accounting.facts_excluded), (4, 2));
        let again = run(&[path], &mut sink);
        assert_eq!((again.committed, again.duplicate, again.quarantined.len()), (0, 2, 5));
        assert_eq!(again.facts_present, 0);
    }
}

#[test]
fn every_fact_of_a_packet_is_counted_under_its_status() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    let mut packet = packet("a");
    packet["diseases"][0]["term"]["label"] = json!("Suspected DEE14");
    packet["phenotypicFeatures"][0]["modifiers"] = json!([{"id": "LOCAL:1"}]);
    fs::write(&path, packet.to_string()).unwrap();
    let accounting = run(&[&path], &mut Remembers::default());
    assert_eq!((accounting.facts_present, accounting.facts_excluded), (0, 1));
    assert_eq!(accounting.facts_suspected, 1);
    assert_eq!(accounting.facts_otherwise, BTreeMap::from([("not-understood", 1)]));
}

#[test]
fn folders_are_read_in_order_and_links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let deeper = folder.path().join("z/deeper");
    fs::create_dir_all(&deeper).unwrap();
    fs::write(folder.path().join("b.json"), packet("b").to_string()).unwrap();
    fs::write(folder.path().join("a.JSON"), packet("a").to_string()).unwrap();
    fs::write(folder.path().join("notes.txt"), "x").unwrap();
    fs::write(deeper.join("c.json"), packet("c").to_string()).unwrap();
    fs::write(
        deeper.join("d.tar.gz"),
        gzip(&archive(&[("d.json", packet("d").to_string().as_bytes())])),
    )
    .unwrap();
    std::os::unix::fs::symlink(folder.path(), deeper.join("circle")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("b.json"), folder.path().join("c-link.json")).unwrap();
    let mut sink = Remembers::default();
    let accounting = run(&[folder.path(), Path::new("/nonexistent/x.json")], &mut sink);
    assert_eq!(sink.records.keys().collect::<Vec<_>>(), ["a", "b", "c", "d"]);
    assert_eq!(reasons(&accounting), ["link", "link", "link", "unreadable"]);
    assert_eq!(
        units(&accounting),
        ["c-link.json", "z/deeper/circle", "z/deeper/d.tar.gz:link.json", "x.json"]
    );
    assert_eq!(accounting.ignored_files, 1);
    // A file that the operator named is read as a packet, whatever its extension.
    let odd = folder.path().join("packet.pxf");
    fs::write(&odd, packet("e").to_string()).unwrap();
    assert_eq!(run(&[&odd], &mut sink).committed, 1);
}

#[test]
fn a_damaged_archive_gives_the_units_before_the_damage_and_a_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let many: Vec<(String, String)> = (0..50)
        .map(|i| (format!("{i:03}.json"), packet(&format!("p{i}")).to_string()))
        .collect();
    let entries: Vec<_> = many.iter().map(|(n, t)| (n.as_str(), t.as_bytes())).collect();
    let bytes = archive(&entries);
    let packed = gzip(&bytes);
    let path = folder.path().join("x.tar.gz");
    for (content, whole) in [
        (packed[..packed.len() / 2].to_vec(), false),
        (packed[..packed.len() - 4].to_vec(), true),
        (Vec::new(), false),
        (b"not a gzip".to_vec(), false),
    ] {
        fs::write(&path, &content).unwrap();
        let mut sink = Remembers::default();
        let accounting = run(&[&path], &mut sink);
        assert_eq!(reasons(&accounting).last(), Some(&"archive-damaged"));
        assert_eq!(sink.records.len() == 50, whole);
        assert_eq!(accounting.committed, sink.records.len() as u64);
    }
    let mut wrong_sum = packed.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    fs::write(&path, &wrong_sum).unwrap();
    assert_eq!(reasons(&run(&[&path], &mut Remembers::default())).last(), Some(&"archive-damaged"));
    // This archive is not compressed, and it ends in the middle of an entry.
    let plain = folder.path().join("x.tar");
    fs::write(&plain, &bytes[..512 * 7 + 100]).unwrap();
    assert_eq!(reasons(&run(&[&plain], &mut Remembers::default())), ["archive-damaged"]);
}

#[test]
fn a_packet_or_archive_above_a_size_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut large = packet("large");
    large["phenotypicFeatures"][0]["type"]["label"] = json!("x".repeat(1500));
    let (small, large) = (packet("small").to_string(), large.to_string());
    let path = folder.path().join("x.tar.gz");
    fs::write(
        &path,
        gzip(&archive(&[
            ("1.json", large.as_bytes()),
            ("2.json", small.as_bytes()),
            ("zeros.bin", &[0; 100_000]),
        ])),
    )
    .unwrap();
    let limits = Limits {
        unit_bytes: 1000,
        archive_bytes: 20_000,
        folder_depth: 1,
    };
    let mut sink = Remembers::default();
    let accounting = ingest_with(&[path], &target(), numbers(), &mut sink, limits).unwrap();
    assert_eq!(reasons(&accounting), ["too-large", "archive-too-large"]);
    assert_eq!((accounting.committed, accounting.is_balanced()), (1, true));
    let file = folder.path().join("large.json");
    fs::write(&file, &large).unwrap();
    let accounting = ingest_with(&[file], &target(), numbers(), &mut sink, limits).unwrap();
    assert_eq!((reasons(&accounting), units(&accounting)), (vec!["too-large"], vec!["large.json"]));
}

#[test]
fn a_second_packet_of_one_id_and_a_conflict_are_quarantined_and_a_store_failure_ends_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut other = packet("a");
    other["subject"]["id"] = json!("Taro");
    fs::write(folder.path().join("1.json"), packet("a").to_string()).unwrap();
    fs::write(folder.path().join("2.json"), other.to_string()).unwrap();
    fs::write(folder.path().join("3.json"), packet("a").to_string()).unwrap();
    let mut sink = Remembers::default();
    let accounting = run(&[folder.path()], &mut sink);
    assert_eq!((accounting.committed, accounting.duplicate), (1, 1));
    assert_eq!(reasons(&accounting), ["same-id"]);

    other["subject"]["sex"] = json!("MALE");
    let conflicting = folder.path().join("2.json");
    fs::write(&conflicting, other.to_string()).unwrap();
    assert_eq!(reasons(&run(&[&conflicting], &mut sink)), ["conflict"]);

    fs::write(folder.path().join("4.json"), packet("b").to_string()).unwrap();
    let mut failing = Remembers {
        fails_at: Some(1),
        ..Remembers::default()
    };
    let IngestError::Store { unit, accounting } = ingest(&[folder.path().to_path_buf()], &target(), numbers(), &mut failing).unwrap_err();
    assert_eq!(unit, "3.json");
    assert!(accounting.is_balanced());
    assert_eq!(accounting.committed, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_mapped_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read_packet(&bytes, &target(), numbers());
    }

    #[test]
    fn a_mutated_packet_is_mapped_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = with_finding(snv(), Some("GENO:0000135")).to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read_packet(&bytes, &target(), numbers());
    }

    #[test]
    fn a_mutated_archive_keeps_the_accounting_balanced(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let folder = tempfile::tempdir().unwrap();
        let good = packet("a").to_string();
        let mut bytes = archive(&[("1.json", good.as_bytes()), ("2.json", good.as_bytes())]);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        let path = folder.path().join("x.tar");
        fs::write(&path, &bytes).unwrap();
        let accounting = ingest(&[path], &target(), numbers(), &mut Remembers::default()).unwrap();
        prop_assert!(accounting.is_balanced());
    }
}

#[test]
fn a_feature_is_present_only_if_every_modifier_leaves_it_present() {
    use FactStatus::{Excluded, NotUnderstood, Present, Suspected};
    for (id, label, status) in [
        ("HP:0025206", "Triggered by cold", Present),
        ("Triggered by cold", "HP:0025206", Present),
        ("HP:0012828", "Severe", Present),
        ("NCIT:C25229", "Left", Present),
        ("HP:0040285", "Excluded", Excluded),
        ("SNOMEDCT:415684004", "Suspected", Suspected),
        ("SNOMEDCT:410516002", "Known absent", Excluded),
        ("SNOMEDCT:410534003", "Not applicable", NotUnderstood),
        ("LOCAL:1", "", NotUnderstood),
    ] {
        let mut packet = packet("p");
        packet["phenotypicFeatures"][0]["modifiers"] = json!([{"id": id, "label": label}]);
        assert_eq!(read(&packet).unwrap().record.facts[0].status, status, "{id} {label}");
    }
    let mut suspected = packet("p");
    suspected["diseases"][0]["term"]["label"] = json!("Suspected DEE14");
    assert_eq!(read(&suspected).unwrap().record.facts[2].status, Suspected);
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
