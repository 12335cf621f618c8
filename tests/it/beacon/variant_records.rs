//! Records of variants, compared with a recount of the files by bcftools: the variants, their carriers and allele counts, and the variants below each
//! participant.

use std::collections::{BTreeMap, BTreeSet};

use gemj_demo::Persona;
use gemj_tests::oracle::bcftools;
use gemj_tests::small_data::{COLUMNS, JOINT_SHARED, PEOPLE, SHARED_VARIANT, feeds, person, private_variant};
use serde_json::{Value, json};

use super::official::{official, records};
use crate::small::small;

/// A variant: chromosome, 0-based start, reference and alternate.
pub(super) type Variant = (String, u64, String, String);

/// The variants of each participant with their zygosity, as bcftools reads them from the files.
fn carried() -> BTreeMap<String, BTreeMap<Variant, &'static str>> {
    let files: Vec<String> = (1..=PEOPLE)
        .map(|number| format!("{}.vcf.gz", person(number)))
        .chain(["joint.vcf.gz".to_owned()])
        .collect();
    carried_in(files.iter().map(String::as_str))
}

/// The variants of each column of some variant files with their zygosity, as bcftools reads them. If several files have a column, its variants are
/// those of all of them.
pub(super) fn carried_in<'a>(files: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, BTreeMap<Variant, &'static str>> {
    let mut carried: BTreeMap<String, BTreeMap<Variant, &'static str>> = BTreeMap::new();
    for file in files {
        let path = feeds().join("variants").join(file);
        let format = "%CHROM\\t%POS\\t%REF\\t%ALT[\\t%SAMPLE=%GT]\\n";
        for line in bcftools(["query", "-f", format, path.to_str().unwrap()]).lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let chromosome = fields[0].trim_start_matches("chr").to_owned();
            let variant = (
                chromosome,
                fields[1].parse::<u64>().unwrap() - 1,
                fields[2].to_owned(),
                fields[3].to_owned(),
            );
            for call in &fields[4..] {
                let (sample, genotype) = call.split_once('=').unwrap();
                let zygosity = match genotype {
                    "0/1" => "GENO:0000135",
                    "1/1" => "GENO:0000136",
                    "0/0" => continue,
                    other => panic!("{other}"),
                };
                if sample != "CONTROL" {
                    carried.entry(sample.to_owned()).or_default().insert(variant.clone(), zygosity);
                }
            }
        }
    }
    carried
}

pub(super) fn ask(persona: Persona, question: &str) -> Value {
    let small = small();
    let token = small.programme.passport(persona);
    let path = format!("/beacon/{question}&requestedGranularity=record&limit=0");
    small.served.client.get(&path, Some(&token)).expect(200).json()
}

pub(super) fn variant_of(record: &Value) -> Variant {
    let variation = &record["variation"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let id = text(&record["variantInternalId"]);
    let start = variation["location"]["interval"]["start"]["value"].as_u64().unwrap();
    (
        id.split('.').nth(1).unwrap().to_owned(),
        start,
        text(&variation["referenceBases"]),
        text(&variation["alternateBases"]),
    )
}

#[test]
fn records_contain_the_variants_and_carriers_of_the_files() {
    let Some(official) = official() else { return };
    let expected = carried();
    let mut told: BTreeMap<String, BTreeMap<Variant, String>> = BTreeMap::new();
    for chromosome in ["1", "2"] {
        let answer = ask(
            Persona::DomesticAcademic,
            &format!("g_variants?assemblyId=GRCh38&referenceName={chromosome}&start=0&end=100000"),
        );
        official.assert_right(&answer);
        let listed: BTreeSet<Variant> = records(&answer).into_iter().map(variant_of).collect();
        let of_files = expected
            .values()
            .flat_map(|variants| variants.keys())
            .filter(|variant| variant.0 == chromosome);
        assert_eq!(listed, of_files.cloned().collect());
        assert_eq!(answer["responseSummary"]["numTotalResults"], listed.len());
        for record in records(&answer) {
            let variant = variant_of(record);
            let carriers = expected.values().filter(|variants| variants.contains_key(&variant)).count();
            // A plain file of one participant does not state where the participant was called, so it gives no frequency. The joint file states this
            // for its columns.
            let by_joint = (chromosome == "2").then(|| {
                let number = 2 * COLUMNS;
                json!({"population": "cancer", "alleleFrequency": carriers as f64 / number as f64, "alleleCount": carriers,
                    "alleleNumber": number, "calledIndividuals": COLUMNS, "coveredIndividuals": PEOPLE})
            });
            let frequency = record.get("frequencyInPopulations").map(|of| of[0]["frequencies"][0].clone());
            assert_eq!(frequency, by_joint, "{variant:?}");
            for case in record["caseLevelData"].as_array().unwrap() {
                assert_eq!(case["alleleOrigin"]["id"], "SO:0001778");
                let who = told.entry(case["individualId"].as_str().unwrap().to_owned()).or_default();
                let zygosity = case["zygosity"]["id"].as_str().unwrap().to_owned();
                assert!(who.insert(variant_of(record), zygosity).is_none(), "a participant is listed twice");
            }
        }
    }
    // Another caller sees the same participants under other names. The comparison therefore ignores the names.
    let shape = |people: Vec<BTreeMap<Variant, String>>| {
        let mut people: Vec<Vec<(Variant, String)>> = people.into_iter().map(|variants| variants.into_iter().collect()).collect();
        people.sort();
        people
    };
    let told_names: Vec<String> = told.keys().cloned().collect();
    let expected_people = expected
        .values()
        .map(|v| v.iter().map(|(k, z)| (k.clone(), (*z).to_owned())).collect())
        .collect();
    assert_eq!(shape(told.into_values().collect()), shape(expected_people));
    assert_eq!(told_names.len(), PEOPLE);
    for name in told_names {
        assert!(name.starts_with("P-") && !name.contains("TST"), "{name}");
    }
}

#[test]
fn an_id_names_the_same_variant_in_every_path() {
    let listed = ask(Persona::DomesticAcademic, &format!("g_variants?{JOINT_SHARED}"));
    let record = records(&listed)[0].clone();
    let id = record["variantInternalId"].as_str().unwrap();
    assert_eq!(id, "GRCh38.2.499.500.G.A");
    let alone = ask(Persona::DomesticAcademic, &format!("g_variants/{id}?"));
    assert_eq!(records(&alone), [&record]);
    let count = |question: &str| {
        ask(Persona::DomesticAcademic, question)["responseSummary"]["numTotalResults"]
            .as_u64()
            .unwrap()
    };
    assert_eq!(count(&format!("g_variants/{id}/individuals?")), COLUMNS as u64);
    assert_eq!(count(&format!("g_variants/{id}/biosamples?")), COLUMNS as u64);
    assert_eq!(count(&format!("g_variants/{id}/runs?")), 4);
    assert_eq!(count(&format!("g_variants/{id}/analyses?")), COLUMNS as u64 + 1);
    assert_eq!(count(&format!("g_variants/{id}/individuals?filters=HP:0001250")), 6);
    assert_eq!(count(&format!("g_variants/{id}/individuals?{SHARED_VARIANT}")), 6);
    // If a query has both a variant id and parameters, a variant must match both.
    assert_eq!(count(&format!("g_variants/{id}?{JOINT_SHARED}")), 1);
    assert_eq!(count(&format!("g_variants/{id}?{SHARED_VARIANT}")), 0);
    for unknown in [
        "GRCh38.2.499.500.G.C",
        "GRCh37.2.499.500.G.A",
        "nothing",
        "GRCh38.2.499.500.G",
        "%00",
        "GRCh38.2.499.500.%3CDEL%3E.A",
    ] {
        let answer = ask(Persona::DomesticAcademic, &format!("g_variants/{unknown}?"));
        assert_eq!(answer["responseSummary"]["exists"], false, "{unknown}");
        assert_eq!(count(&format!("g_variants/{unknown}/individuals?")), 0);
    }
}

#[test]
fn an_id_reveals_no_more_than_the_equivalent_query() {
    let client = &small().served.client;
    let token = small().programme.passport(Persona::RegisteredOnly);
    let (shared, hidden) = ("GRCh38.1.999.1000.A.G", "GRCh38.2.499.500.G.A");
    for below in ["", "/individuals", "/biosamples", "/runs", "/analyses"] {
        for token in [None, Some(token.as_str())] {
            let of = |id: &str| {
                client
                    .get(&format!("/beacon/g_variants/{id}{below}?requestedGranularity=count"), token)
                    .expect(200)
                    .json()
            };
            // A variant with too few carriers, a variant without carriers and an invalid id get the same answer.
            assert_eq!(of(hidden), of("GRCh38.2.499.500.G.T"), "{below}");
            assert_eq!(of(hidden), of("nothing"), "{below}");
            if below != "/runs" {
                assert_eq!(of(shared)["responseSummary"]["exists"], true, "{below}");
            }
        }
    }
}

#[test]
fn variants_below_an_individual_are_those_of_the_participant() {
    let listed = ask(Persona::DomesticAcademic, &format!("g_variants?{}", private_variant(2)));
    let who = records(&listed)[0]["caseLevelData"][0]["individualId"].as_str().unwrap().to_owned();
    let window = "assemblyId=GRCh38&referenceName=1&start=0&end=100000";
    let own = ask(Persona::DomesticAcademic, &format!("individuals/{who}/g_variants?{window}"));
    let expected: BTreeSet<Variant> = carried()[&format!("{}-S", person(2))]
        .keys()
        .filter(|v| v.0 == "1")
        .cloned()
        .collect();
    assert_eq!(records(&own).into_iter().map(variant_of).collect::<BTreeSet<_>>(), expected);
    for record in records(&own) {
        let cases = record["caseLevelData"].as_array().unwrap();
        assert!(cases.len() == 1 && cases[0]["individualId"] == who.as_str(), "{record:#}");
    }
    // Under another approval, the same participant has another name.
    let theirs = ask(Persona::OverseasAcademic, &format!("individuals?{}", private_variant(2)));
    assert_eq!(records(&theirs).len(), 1, "{theirs:#}");
    assert_ne!(records(&theirs)[0]["id"], who.as_str());
    assert_eq!(
        ask(Persona::OverseasAcademic, &format!("individuals/{who}?"))["responseSummary"]["exists"],
        false
    );
}
