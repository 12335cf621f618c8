//! `GET|POST /g_variants`, and `/individuals` with variant parameters: the counts equal a recount of the files.

use gemj_tests::Reply;
use gemj_tests::oracle::python;
use serde_json::{Value, json};

use crate::real::{Real, joint_people, real};

fn oracle(real: &Real) -> Value {
    let joint = real.file("variants/1kg_chr22_100.vcf.gz");
    let people: serde_json::Map<String, Value> = joint_people(&joint)
        .into_iter()
        .filter_map(|(sample, owner)| Some((sample, Value::from(owner?))))
        .collect();
    python(
        "carriers.py",
        &json!({
            "files": [
                {"path": real.file("variants/HG002_GIAB.vcf.gz"), "assembly": "GRCh37", "people": {"INTEGRATION": "HG002"}, "questions": 80},
                {"path": real.file("variants/NA12878_chr20_21.g.vcf.gz"), "assembly": "GRCh37", "people": {"NA12878": "NA12878"}, "questions": 40},
                {"path": joint, "assembly": "GRCh38", "people": people, "questions": 40},
            ],
            "packets": {"path": real.file("phenopackets/phenopacket-store.tar.gz"), "questions": 50},
            "windows": 30,
            "seed": 20261121,
        }),
    )
}

pub(super) fn total(reply: &Reply) -> u64 {
    let answer = reply.json();
    assert_eq!(reply.status, 200, "{answer:#}");
    assert_eq!(answer["meta"]["returnedGranularity"], "count", "{answer:#}");
    let total = answer["responseSummary"]["numTotalResults"].as_u64().unwrap();
    assert_eq!(answer["responseSummary"]["exists"], total > 0, "{answer:#}");
    total
}

#[test]
fn counts_of_two_hundred_variants_equal_a_recount_of_the_files() {
    let Some(real) = real() else { return };
    let questions = oracle(real)["variants"].as_array().unwrap().clone();
    assert!(questions.len() >= 200);
    let (mut carried, mut shared) = (0, 0);
    for q in &questions {
        let text = |name: &str| q[name].as_str().unwrap();
        let people = q["people"].as_u64().unwrap();
        let query = format!(
            "assemblyId={}&referenceName={}&start={}&referenceBases={}&alternateBases={}&requestedGranularity=count",
            text("assembly"),
            text("contig"),
            q["start"],
            text("reference"),
            text("alternate")
        );
        let variants = total(&real.client().get(&format!("/beacon/g_variants?{query}"), Some(&real.token)));
        let individuals = total(&real.client().get(&format!("/beacon/individuals?{query}"), Some(&real.token)));
        assert_eq!((variants, individuals), (u64::from(people > 0), people), "{q}");
        carried += usize::from(people > 0);
        shared += usize::from(people > 1);
    }
    assert!(
        carried > 100 && shared > 10,
        "{carried} carried, {shared} by several: the test is too weak"
    );
}

#[test]
fn a_post_with_the_same_query_gets_the_same_answer() {
    let Some(real) = real() else { return };
    for q in oracle(real)["variants"].as_array().unwrap().iter().step_by(10) {
        let parameters = json!({
            "assemblyId": q["assembly"], "referenceName": q["contig"], "start": [q["start"]],
            "referenceBases": q["reference"], "alternateBases": q["alternate"],
        });
        for request_parameters in [parameters.clone(), json!({"g_variant": parameters})] {
            let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"requestParameters": request_parameters, "requestedGranularity": "count"}});
            let individuals = total(&real.client().post("/beacon/individuals", Some(&real.token), &body));
            assert_eq!(individuals, q["people"].as_u64().unwrap(), "{q}");
        }
    }
}

#[test]
fn counts_of_ranges_equal_a_recount_of_the_files() {
    let Some(real) = real() else { return };
    for q in oracle(real)["windows"].as_array().unwrap() {
        let query = format!(
            "assemblyId={}&referenceName={}&start={}&end={}&requestedGranularity=count",
            q["assembly"].as_str().unwrap(),
            q["contig"].as_str().unwrap(),
            q["start"],
            q["end"]
        );
        let variants = total(&real.client().get(&format!("/beacon/g_variants?{query}"), Some(&real.token)));
        let individuals = total(&real.client().get(&format!("/beacon/individuals?{query}"), Some(&real.token)));
        assert_eq!(
            (variants, individuals),
            (q["variants"].as_u64().unwrap(), q["people"].as_u64().unwrap()),
            "{q}"
        );
    }
}
