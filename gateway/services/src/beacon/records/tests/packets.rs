//! Compares the records of individuals with what Python reads from the same packets.

use ga4gh_beacon::EntryType;
use gemj_access::{CapabilityKey, Job, Mandate, Upkeep, WriteAction};
use gemj_adapters::Target;
use gemj_model::{ConsentKind, ParticipantId, SiteId, SystemClock};
use serde_json::{Map, Value, json};

use super::super::Within;
use super::programme::{Programme, id, python, shared};
use crate::ingest::{Intake, LinkedRow, Progress, ingest_phenopackets, link_numbers};

/// A Python program that extracts every 25th packet into a folder, and prints the content of each packet, parsed with `json` only.
const READ: &str = r#"
import json, sys, tarfile, os
def time(o):
    if o is None: return None
    if "age" in o: return {"iso8601duration": o["age"]["iso8601duration"]}
    if "ontologyClass" in o: return {"id": o["ontologyClass"]["id"]}
    if "gestationalAge" in o: return {"weeks": o["gestationalAge"]["weeks"], "days": o["gestationalAge"].get("days", 0)}
    raise SystemExit("another onset: %r" % o)
def some(d): return {k: v for k, v in d.items() if v is not None}
def once(items):
    seen = {json.dumps(i, sort_keys=True) for i in items}
    return sorted(seen)
people, n = {}, 0
with tarfile.open(sys.argv[1]) as archive:
    for member in archive:
        if not member.name.endswith(".json"): continue
        n += 1
        if n % 25: continue
        text = archive.extractfile(member).read()
        p = json.loads(text)
        open(os.path.join(sys.argv[2], "%d.json" % n), "wb").write(text)
        last = time(p["subject"].get("timeAtLastEncounter"))
        people[p["id"]] = {
            "sex": {"FEMALE": "NCIT:C16576", "MALE": "NCIT:C20197", "OTHER_SEX": "NCIT:C17649"}.get(p["subject"]["sex"], "NCIT:C17998"),
            "features": once(some({"featureType": f["type"], "excluded": f.get("excluded", False), "onset": time(f.get("onset"))}) for f in p["phenotypicFeatures"]),
            "diseases": once(some({"diseaseCode": d["term"], "ageOfOnset": time(d.get("onset"))}) for d in p["diseases"] if not d.get("excluded")),
            "last": last if last and "iso8601duration" in last else None,
        }
print(json.dumps(people))
"#;

/// A list of a record in a canonical order: the elements are sorted, and the members of each element are sorted by name.
fn sorted(list: &Value) -> Value {
    let mut texts: Vec<Value> = list.as_array().into_iter().flatten().cloned().collect();
    texts.sort_by_key(ToString::to_string);
    Value::Array(texts)
}

fn parsed(list: &Value) -> Value {
    let texts = list
        .as_array()
        .unwrap()
        .iter()
        .map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap());
    sorted(&Value::Array(texts.collect()))
}

#[tokio::test(flavor = "multi_thread")]
async fn individuals_contain_what_python_reads_from_the_packets() {
    let Some(archive) = shared("data/phenopackets/phenopacket-store.tar.gz") else {
        return;
    };
    let programme = Programme::new().await;
    let folder = programme.folder.path().join("packets");
    std::fs::create_dir(&folder).unwrap();
    let expected = python(READ, &[&archive, &folder]);
    let expected: &Map<String, Value> = expected.as_object().unwrap();
    let site = SiteId::parse("a").unwrap();
    let target = Target::new(id("one"), site.clone(), "phenopacket").unwrap();
    let key = CapabilityKey::new([3; 32]);
    let people = expected.keys().map(|id| LinkedRow {
        site: site.clone(),
        namespace: "phenopacket".to_owned(),
        number: id.clone(),
        participant: ParticipantId::parse(id).unwrap(),
    });
    link_numbers(
        &programme.stores,
        &Mandate::operator(WriteAction::LinkNumbers),
        &key,
        &people.collect::<Vec<_>>(),
    )
    .await
    .unwrap();
    let intake = Intake {
        stores: &programme.stores,
        key: &key,
        mandate: &Mandate::operator(WriteAction::Ingest),
        numbers: Upkeep::of(Job::ResolveNumbers),
        clock: &SystemClock::default().shared(),
        forms: &[],
        progress: Progress::default(),
    };
    let _ = ingest_phenopackets(&intake, &target, vec![folder]).await.unwrap();
    programme.consent(ConsentKind::Given, expected.keys().map(String::as_str)).await;
    let grant = programme.grant(&["one"]).await;
    let names = programme.names(&grant);
    let records = programme.records(&grant, "one", EntryType::Individual, &Within::default()).await;
    assert!(records.len() > 120, "{}: too few packets were ingested", records.len());
    let mut compared = 0;
    for (person, says) in expected {
        let name = programme.name(&names, person).await.unwrap();
        let Some(record) = records.iter().find(|record| record["id"] == name.as_str()) else {
            continue;
        };
        compared += 1;
        assert_eq!(record["sex"]["id"], says["sex"], "{person}");
        assert_eq!(sorted(&record["phenotypicFeatures"]), parsed(&says["features"]), "{person}");
        assert_eq!(sorted(&record["diseases"]), parsed(&says["diseases"]), "{person}");
        let last = record.get("info").map_or(&Value::Null, |info| &info["ageAtLastEncounter"]);
        assert_eq!(last, &says["last"], "{person}");
        let text = record.to_string();
        assert!(!text.contains(person.as_str()), "a stored id is in a record");
    }
    assert_eq!(compared, records.len());
    let ids: Vec<&str> = records.iter().map(|record| record["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted(), "records are in the order of their names");
    // The packets name no specimen, so the alleles of their case reports are listed under a specimen without an id.
    let specimens = programme.records(&grant, "one", EntryType::Biosample, &Within::default()).await;
    assert!(specimens.len() > 100 && specimens.iter().all(|s| s["sampleOriginType"]["id"] == "OBI:0100051"));
    assert!(
        specimens
            .iter()
            .all(|s| ids.contains(&s["individualId"].as_str().unwrap()) && s["info"]["notNamed"] != json!(null))
    );
}
