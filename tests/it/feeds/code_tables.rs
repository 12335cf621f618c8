//! Code tables from files to Beacon counts. The oracle is a loop over the lines of the feed and of the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gemj_demo::Persona;
use gemj_tests::random::Random;
use gemj_tests::{Backend, Client, Programme};
use serde_json::{Value, json};

const PEOPLE: usize = 40;
const ICD10: [&str; 6] = ["C15.9", "C16.0", "C16.9", "C18.7", "K29.7", "E11"];
const JLAC10: [&str; 3] = ["3A016000002327102", "3A010000002327101", "2A030000001930101"];

const PROFILE: &str = r#"
profile: persons
version: "1"
format: csv
participant: { record: "*", number: number }
rules:
  - fact: disease
    record: row
    when: [{ field: disease, present: true }]
    code: { from: disease, via: [icd10, { prefix: "ICD10:" }] }
    status: { from: status, via: [{ map: { p: present, x: excluded, s: suspected } }] }
  - fact: measurement
    record: row
    when: [{ field: lab, present: true }]
    code: { from: lab, via: [jlac10, { prefix: "JLAC10:" }] }
    value: { quantity: value, unit: { const: g/dL } }
"#;

const DISEASES: &str = "\
# name: icd10-mondo
# version: 2026-01
# licence: made for tests
source_system,source_code,source_display,target_system,target_code,target_display,equivalence
ICD10,C15.9,,MONDO,MONDO:0000001,gullet cancer,equal
http://hl7.org/fhir/sid/icd-10,C160,,MONDO,MONDO:0000002,stomach cancer,wider
ICD10,C16.9,,MONDO,MONDO:0000002,stomach cancer,equal
ICD10,C16.9,,MONDO,MONDO:0000003,cardia cancer,narrower
ICD10,C18.7,,MONDO,MONDO:0000004,sigmoid cancer,inexact
ICD10,E11,,MONDO,,,unmatched
ICD10,C99,,MONDO,MONDO:0000001,gullet cancer,equal
ICD10,C99,,MONDO,MONDO:0000001,gullet cancer,narrower
ICD10,C15.9,,MONDO,MONDO:0000001,gullet cancer,equal
ICD10,nothing,,MONDO,MONDO:0000001,gullet cancer,equal
";

const LABS: &str = "\
source_system\tsource_code\ttarget_system\ttarget_code\ttarget_display\tequivalence
JLAC10\t3A016000002327102\tLOINC\t1751-7\tAlbumin\tequal
JLAC10\t3A010000002327101\tLOINC\t1751-7\tAlbumin\tnarrower
";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn written(programme: &Programme, name: &str, content: &str) -> PathBuf {
    let path = programme.path(name);
    std::fs::write(&path, content).unwrap();
    path
}

/// The feed: several rows for each person, each with a disease or a result.
fn feed() -> String {
    let mut random = Random::of("code-tables");
    let mut rows = "number,disease,status,lab,value\n".to_owned();
    for person in 0..PEOPLE {
        for _ in 0..1 + random.below(4) {
            let status = ["p", "p", "p", "x", "s"][random.below(5) as usize];
            rows += &match random.below(2) {
                0 => format!("{person:04},{},{status},,\n", ICD10[random.below(6) as usize]),
                _ => format!("{person:04},,,{},{}\n", JLAC10[random.below(3) as usize], 1 + random.below(9)),
            };
        }
    }
    rows
}

/// The cells of each row, by the names of the header. Lines with `#` are no rows.
fn rows(table: &str, delimiter: char) -> Vec<BTreeMap<String, String>> {
    let mut lines = table.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split(delimiter).collect();
    lines
        .map(|line| {
            let cells = line.split(delimiter).map(str::to_owned);
            header.iter().map(|name| (*name).to_owned()).zip(cells).collect()
        })
        .collect()
}

/// The stored facts of a feed: person, code, whether the fact is present, and the value.
fn facts(feed: &str) -> Vec<(String, String, bool, String)> {
    let of = |row: BTreeMap<String, String>| match row["disease"].as_str() {
        "" => (row["number"].clone(), format!("JLAC10:{}", row["lab"]), true, row["value"].clone()),
        code => (row["number"].clone(), format!("ICD10:{code}"), row["status"] == "p", String::new()),
    };
    rows(feed, ',').into_iter().map(of).collect()
}

fn loaded(programme: &Programme, feed: &str) {
    let links: String = (0..PEOPLE).map(|n| format!("hospital-a,mrn,{n:04},T-{n:04}\n")).collect();
    let links = written(programme, "links.csv", &format!("site,namespace,number,participant\n{links}"));
    let _ = programme.run(&["link", "--register", text(&links)]).good();
    let (profile, feed) = (written(programme, "persons.yaml", PROFILE), written(programme, "persons.csv", feed));
    let ingest = [
        "ingest",
        "--dataset",
        "cancer",
        "--profile",
        text(&profile),
        "--site",
        "hospital-a",
        "--namespace",
        "mrn",
    ];
    let _ = programme.run(&[&ingest[..], &[text(&feed)]].concat()).good();
    let people: Vec<String> = (0..PEOPLE).map(|n| format!("T-{n:04}")).collect();
    programme.everybody_agrees(people.iter().map(String::as_str));
}

fn asked(client: &Client, token: &str, filters: &Value) -> Value {
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {
        "requestParameters": {"datasets": ["cancer"]}, "filters": filters, "requestedGranularity": "count",
    }});
    let reply = client.post("/beacon/individuals", Some(token), &body);
    assert_eq!(reply.status, 200, "{filters}: {}", reply.text());
    reply.json()
}

fn total(answer: &Value) -> usize {
    usize::try_from(answer["responseSummary"]["numTotalResults"].as_u64().unwrap()).unwrap()
}

#[test]
fn counts_by_target_codes_and_the_list_of_unmapped_codes_equal_a_loop_over_the_files() {
    let programme = Programme::new(Backend::Embedded);
    let feed = feed();
    loaded(&programme, &feed);
    let (diseases, labs) = (
        written(&programme, "icd10-mondo.csv", DISEASES),
        written(&programme, "labs.tsv", LABS),
    );
    // One row with a mistake, a duplicate and a pair that contradicts itself are refused with their lines; the sum is printed.
    let ran = programme.run(&["tables", "load", text(&diseases), "--kind", "map"]);
    assert_eq!(ran.code, Some(1), "{}", ran.out);
    for line in [
        "line 11: contradicts",
        "line 12: contradicts",
        "line 13: duplicate",
        "line 14: bad-code",
    ] {
        assert!(ran.out.contains(line), "{line}: {}", ran.out);
    }
    assert!(ran.out.contains("10 rows = 6 loaded + 4 refused"), "{}", ran.out);
    let options = ["--name", "jlac10-loinc", "--version", "1", "--licence", "made for tests"];
    let _ = programme
        .run(&[&["tables", "load", text(&labs), "--kind", "map"][..], &options[..]].concat())
        .good();
    let listed: Value = serde_json::from_str(&programme.run(&["tables", "list", "--json"]).good().out).unwrap();
    let shown = |n: usize| (listed[n]["name"].clone(), listed[n]["state"].clone(), listed[n]["loaded"].clone());
    assert_eq!(shown(0), (json!("icd10-mondo"), json!("in-use"), json!(6)));
    assert_eq!(shown(1), (json!("jlac10-loinc"), json!("in-use"), json!(2)));

    // The mappings by which a target follows, from the lines of the tables that are not refused.
    let facts = facts(&feed);
    let codes = |row: &BTreeMap<String, String>, side: &str| {
        let code = row[&format!("{side}_code")].replace("MONDO:", "");
        let system = row[&format!("{side}_system")].replace("http://hl7.org/fhir/sid/icd-10", "ICD10");
        format!("{system}:{}", code.replace("C160", "C16.0"))
    };
    let mut follows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut mapped: BTreeSet<String> = BTreeSet::new();
    for row in rows(DISEASES, ',').iter().take(6).chain(&rows(LABS, '\t')) {
        if row["equivalence"] != "unmatched" {
            mapped.insert(codes(row, "source"));
        }
        if row["equivalence"] == "equal" || row["equivalence"] == "wider" {
            follows.entry(codes(row, "target")).or_default().insert(codes(row, "source"));
        }
    }
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let mut matched = 0;
    for target in [
        "MONDO:0000001",
        "MONDO:0000002",
        "MONDO:0000003",
        "MONDO:0000004",
        "LOINC:1751-7",
        "ICD10:C16.0",
    ] {
        let is = |code: &String| code == target || follows.get(target).is_some_and(|sources| sources.contains(code));
        let people: BTreeSet<&String> = facts
            .iter()
            .filter(|(_, code, present, _)| *present && is(code))
            .map(|fact| &fact.0)
            .collect();
        let answer = asked(&served.client, &token, &json!([{"id": target}]));
        assert_eq!(total(&answer), people.len(), "{target}");
        matched += people.len();
        let table = if target.starts_with("LOINC") {
            "jlac10-loinc"
        } else {
            "icd10-mondo"
        };
        let has_table = answer["info"]["codeTables"]
            .as_array()
            .is_some_and(|tables| tables[0]["name"] == table);
        assert_eq!(has_table, !target.starts_with("ICD10"), "{target}: {answer:#}");
    }
    assert!(matched > 20, "only {matched} participants match: the test is too weak");
    for least in [3, 6] {
        let sources = &follows["LOINC:1751-7"];
        let has = |(_, code, _, value): &&(String, String, bool, String)| {
            sources.contains(code) && value.parse::<u32>().is_ok_and(|value| value > least)
        };
        let people: BTreeSet<&String> = facts.iter().filter(has).map(|fact| &fact.0).collect();
        let filter = json!([{"id": "LOINC:1751-7", "operator": ">", "value": least.to_string()}]);
        assert_eq!(total(&asked(&served.client, &token, &filter)), people.len(), "{filter}");
    }

    // The stored codes without a mapping, by the number of facts of every status.
    let mut counts: BTreeMap<&String, u64> = BTreeMap::new();
    for (_, code, _, _) in &facts {
        if !mapped.contains(code) {
            *counts.entry(code).or_default() += 1;
        }
    }
    let mut expected: Vec<Value> = counts
        .into_iter()
        .map(|(code, facts)| {
            let reason = if code == "ICD10:E11" { "unmatched" } else { "not-in-table" };
            json!({"code": code, "facts": facts, "reason": reason})
        })
        .collect();
    expected.sort_by_key(|of| (std::cmp::Reverse(of["facts"].as_u64()), of["code"].as_str().unwrap().to_owned()));
    assert!(expected.len() == 3, "{expected:?}");
    let unmapped = programme.run(&["tables", "unmapped", "--dataset", "cancer", "--json"]).good().out;
    assert_eq!(serde_json::from_str::<Vec<Value>>(&unmapped).unwrap(), expected);
    assert!(
        !unmapped.contains("T-0") && !unmapped.contains("hospital"),
        "no participant is named"
    );

    // A new version takes effect in the running server, and the facts stay as received.
    let next = written(
        &programme,
        "next.csv",
        &DISEASES.replace("2026-01", "2026-02").replace("inexact", "wider"),
    );
    let ran = programme.run(&["tables", "load", text(&next), "--kind", "map"]);
    assert!(ran.out.contains("replaces 2026-01"), "{}", ran.out);
    let people: BTreeSet<&String> = facts
        .iter()
        .filter(|(_, code, present, _)| *present && code == "ICD10:C18.7")
        .map(|fact| &fact.0)
        .collect();
    assert_eq!(
        total(&asked(&served.client, &token, &json!([{"id": "MONDO:0000004"}]))),
        people.len()
    );
    let _ = programme.run(&["tables", "remove", "icd10-mondo"]).good();
    assert_eq!(total(&asked(&served.client, &token, &json!([{"id": "MONDO:0000004"}]))), 0);
}

#[test]
fn a_record_shows_mapped_codes_with_equivalence_and_version_beside_the_source_code() {
    let programme = Programme::new(Backend::Embedded);
    loaded(&programme, "number,disease,status,lab,value\n0000,C16.9,p,,\n0001,C16.9,x,,\n");
    let diseases = written(&programme, "icd10-mondo.csv", DISEASES);
    assert_eq!(programme.run(&["tables", "load", text(&diseases), "--kind", "map"]).code, Some(1));
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {
        "requestParameters": {"datasets": ["cancer"]}, "requestedGranularity": "record",
    }});
    let answer = served.client.post("/beacon/individuals", Some(&token), &body).json();
    let records: Vec<&Value> = answer["response"]["resultSets"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|set| set["results"].as_array().unwrap())
        .collect();
    let mapped: Vec<&Value> = records
        .iter()
        .map(|record| &record["info"]["mappedCodes"])
        .filter(|of| !of.is_null())
        .collect();
    let code = |target: &str, label: &str, equivalence: &str| {
        json!({"source": {"id": "ICD10:C16.9"}, "target": {"id": target, "label": label}, "equivalence": equivalence,
            "table": {"name": "icd10-mondo", "version": "2026-01"}})
    };
    let expected = json!([
        code("MONDO:0000002", "stomach cancer", "equal"),
        code("MONDO:0000003", "cardia cancer", "narrower")
    ]);
    assert_eq!(mapped, [&expected], "an excluded disease is not mapped: {answer:#}");
}
