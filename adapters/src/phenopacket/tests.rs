//! Tests of every kind of unit and every kind of fault. The sink of these tests stores the records in memory.

mod archives;
mod findings;
mod forms;
mod meaning;
mod variants;
mod zipped;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use gemj_model::fact::{CaseRecord, Committed, FactSource, SinkError, StoredUnit};
use gemj_model::{
    AlleleInterpretation, CaseProgress, DatasetId, FactSink, FactStatus, FindingKind, FindingStatus, Origin, ParticipantId, Pathogenicity,
    SiteId, SiteNumber, Zygosity,
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

    fn stored(&mut self, _: &DatasetId, _: &str) -> Result<StoredUnit, SinkError> {
        Ok(StoredUnit::Absent)
    }

    fn hide(&mut self, _: &DatasetId, _: &ParticipantId, _: &FactSource) -> Result<u64, SinkError> {
        Ok(0)
    }
}

fn target() -> Target {
    of_site("hospital-a", "phenopacket")
}

fn of_site(site: &str, namespace: &str) -> Target {
    Target::new(DatasetId::parse("rare-disease").unwrap(), SiteId::parse(site).unwrap(), namespace).unwrap()
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
    fn participant(&self, of: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        match of.site.as_str() {
            "broken" => Err(LinkageUnavailable),
            "elsewhere" => Ok(None),
            "hospital-b" => Ok(ParticipantId::parse(&format!("B-{}", of.number)).ok()),
            _ => Ok(ParticipantId::parse(of.number).ok()),
        }
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(None)
    }
}

fn read(packet: &Value) -> Result<MappedPacket, Refusal> {
    read_packet(packet.to_string().as_bytes(), &target(), &Same).map_err(|unread| match unread {
        Unread::Refused(refusal) => refusal,
        Unread::LinkageUnavailable => panic!("the linkage answers"),
    })
}

fn code(packet: &Value) -> &'static str {
    read(packet).unwrap_err().reason_code
}

#[test]
fn packet_1_of_one_hospital_is_not_packet_1_of_another() {
    let of = |site, namespace| read_packet(packet("1").to_string().as_bytes(), &of_site(site, namespace), &Same);
    let (a, b) = (
        of("hospital-a", "phenopacket").unwrap().record,
        of("hospital-b", "phenopacket").unwrap().record,
    );
    assert_eq!((a.participant.as_str(), b.participant.as_str()), ("1", "B-1"));
    // A unit replaces only an earlier unit of the same name. The names of these two units must therefore differ, even if they belong to one
    // participant.
    assert_ne!(a.source.unit, b.source.unit);
    assert!(!a.source.unit.is_empty() && !a.source.unit.contains('1') || a.source.unit.len() == 64);
    let Err(Unread::Refused(refusal)) = of("elsewhere", "phenopacket") else {
        panic!("the id is linked to no participant");
    };
    assert_eq!(refusal.reason_code, "unknown-number");
    assert_eq!(of("broken", "phenopacket"), Err(Unread::LinkageUnavailable));
    let second = of("hospital-a", "second").unwrap().record;
    assert_ne!(a.source.unit, second.source.unit, "a site can have several namespaces");
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
    for (bytes, reason) in [
        (&b"nope"[..], "unknown-form"),
        (b"{nope", "not-json"),
        (b"", "unknown-form"),
        (b"{}{}", "not-one-packet"),
    ] {
        let Err(Unread::Refused(refusal)) = read_packet(bytes, &target(), &Same) else {
            panic!("the packet must be refused");
        };
        assert_eq!(refusal.reason_code, reason);
    }
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
fn a_feature_whose_only_evidence_is_an_automatic_assertion_is_not_confirmed() {
    use FactStatus::{Excluded, NotConfirmed, Present};
    let automatic = json!({ "evidenceCode": { "id": "ECO:0000501", "label": "evidence used in automatic assertion" } });
    let named = json!({ "evidenceCode": { "id": "ECO:0000313", "label": "imported information used in automatic assertion" } });
    let author = json!({ "evidenceCode": { "id": "ECO:0000033", "label": "author statement supported by traceable reference" } });
    for (at, evidence, status) in [
        (0, json!([]), Present),
        (0, json!([author]), Present),
        (0, json!([automatic, author]), Present),
        (0, json!([automatic]), NotConfirmed),
        (0, json!([automatic, named]), NotConfirmed),
        (1, json!([author]), Excluded),
        (1, json!([named]), NotConfirmed),
    ] {
        let mut packet = packet("p");
        packet["phenotypicFeatures"][at]["evidence"] = evidence.clone();
        let fact = &read(&packet).unwrap().record.facts[at];
        assert_eq!(fact.status, status, "{evidence}");
        let stated = fact
            .details
            .iter()
            .find(|detail| detail.name == gemj_model::DetailName::ExtractedStatus);
        assert_eq!(
            stated.map(|detail| detail.text.as_str()),
            (status == NotConfirmed).then_some(["present", "excluded"][at])
        );
    }
}

/// A linkage in which every number named another person until 2026-04-01.
struct UsedAgain;

impl Linkage for UsedAgain {
    fn participant(&self, of: SiteNumber<'_>) -> Result<Option<ParticipantId>, LinkageUnavailable> {
        Same.participant(of)
    }

    fn since(&self, _: SiteNumber<'_>) -> Result<Option<gemj_model::Timestamp>, LinkageUnavailable> {
        Ok(gemj_model::Timestamp::parse("2026-04-01").ok())
    }
}

#[test]
fn a_packet_whose_number_named_another_person_must_be_exported_after_the_number_was_linked_again() {
    let bytes = packet("1").to_string();
    let exported = |day: &str| target().exported_at(gemj_model::Timestamp::parse(day).unwrap());
    let read = |target: &Target| match read_packet(bytes.as_bytes(), target, &UsedAgain) {
        Ok(_) => "read",
        Err(Unread::Refused(refusal)) => refusal.reason_code,
        Err(Unread::LinkageUnavailable) => "unavailable",
    };
    assert_eq!(read(&target()), "before-link");
    assert_eq!(read(&exported("2026-03-31")), "before-link");
    assert_eq!(read(&exported("2026-04-02")), "read");
}
