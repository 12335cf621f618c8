//! Beacon filters: the counts equal a recount over the packets, and an unsupported filter is refused by name.

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use serde_json::{Value, json};

use super::get_genomic_variants::total;
use crate::real::real;
use crate::small::small;

#[test]
fn counts_of_sixty_comparisons_equal_a_recount_of_the_packets() {
    let Some(real) = real() else { return };
    let packets = real.file("phenopackets/phenopacket-store.tar.gz");
    let questions = python(
        "filters.py",
        &json!({"packets": packets, "ontology": real.ontology, "questions": 60, "seed": 20261122}),
    );
    let questions = questions.as_array().unwrap();
    let mut some = 0;
    for q in questions {
        let people = q["people"].as_u64().unwrap();
        some += usize::from(people > 0);
        let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {
            "requestParameters": {"datasets": ["rare-disease"]},
            "filters": q["filters"], "requestedGranularity": "count",
        }});
        let reply = real.client().post("/beacon/individuals", Some(&real.token), &body);
        assert_eq!(total(&reply), people, "POST {q}");
        let list: Vec<String> = q["filters"].as_array().unwrap().iter().map(compared).collect();
        let query: String = list.join(",").bytes().map(|b| format!("%{b:02X}")).collect();
        let path = format!("/beacon/individuals?datasets=rare-disease&requestedGranularity=count&filters={query}");
        assert_eq!(total(&real.client().get(&path, Some(&real.token))), people, "GET {q}");
    }
    assert!(some > 30, "only {some} of 60 filters match a participant: the test is too weak");
}

fn compared(filter: &Value) -> String {
    let text = |name: &str| filter[name].as_str().unwrap();
    format!("{}{}{}", text("id"), text("operator"), text("value"))
}

#[test]
fn terms_for_sex_are_answered_from_the_participants_register() {
    let Some(real) = real() else { return };
    let count = |filters: &str| {
        let path = format!("/beacon/individuals?datasets=rare-disease&requestedGranularity=count&filters={filters}");
        total(&real.client().get(&path, Some(&real.token)))
    };
    assert_eq!(count("NCIT:C16576"), 1422);
    assert_eq!(count("NCIT:C20197"), 1679);
    assert_eq!(count("PATO:0000383"), 1422);
    assert_eq!(count("NCIT:C16576,NCIT:C20197"), 0);
    assert_eq!(
        count("sex!NCIT:C16576"),
        1680,
        "participants without a stated sex do not match a negated filter"
    );
}

/// The error message of a query that is refused.
fn refused(query: &str, token: Option<&str>) -> String {
    let reply = small().served.client.get(&format!("/beacon/individuals?{query}"), token);
    let answer = reply.json();
    assert_eq!(reply.status, 400, "{query}: {answer:#}");
    assert_eq!(answer["error"]["errorCode"], 400);
    answer["error"]["errorMessage"].as_str().unwrap().to_owned()
}

#[test]
fn an_unknown_filter_is_refused_by_name_for_every_caller() {
    let token = small().programme.passport(Persona::DomesticAcademic);
    for token in [None, Some(token.as_str())] {
        for (filter, named) in [
            ("NOSUCH:1", "NOSUCH:1"),
            ("ownsIPhone", "ownsIPhone"),
            ("demographic.ethnicity:asian", "demographic.ethnicity:asian"),
            ("shoeSize%3E40", "shoeSize"),
            ("NOSUCH:1%3E40", "NOSUCH:1"),
            ("age%3E70", "P70Y"),
            ("age%3EP70X", "P70Y"),
            ("sex=unknown", "female"),
            ("sex%3Efemale", "operator"),
            ("diseases.diseaseCode.id%3EOMIM:1", "operator"),
        ] {
            let message = refused(&format!("filters={filter}"), token);
            assert!(message.contains(named), "{filter}: {message}");
        }
    }
}

#[test]
fn a_scope_without_stored_data_is_refused_and_the_individual_scope_works_for_individuals_and_variants() {
    let token = small().programme.passport(Persona::DomesticAcademic);
    let ask = |path: &str, scope: &str| {
        let mut query = json!({"filters": [{"id": "HP:0001250", "scope": scope}], "requestedGranularity": "count"});
        if path == "g_variants" {
            query["requestParameters"] = json!({"assemblyId": "GRCh38", "referenceName": "chr1", "start": [999], "alternateBases": "G"});
        }
        let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": query});
        small().served.client.post(&format!("/beacon/{path}"), Some(&token), &body)
    };
    for scope in ["individual", "individuals"] {
        assert_eq!(total(&ask("individuals", scope)), 6);
        assert_eq!(total(&ask("g_variants", scope)), 1);
    }
    for scope in ["biosample", "biosamples"] {
        assert_eq!(
            total(&ask("individuals", scope)),
            0,
            "a participant's seizures are no attribute of the specimen"
        );
    }
    for scope in ["runs", "analyses", "datasets", "cohorts", "g_variants"] {
        for path in ["individuals", "g_variants"] {
            let reply = ask(path, scope);
            assert_eq!(reply.status, 400, "{scope}");
            assert!(reply.text().contains("scope"), "{}", reply.text());
        }
    }
}

#[test]
fn below_the_controlled_tier_values_are_compared_only_in_coarse_steps() {
    let registered = small().programme.passport(Persona::RegisteredOnly);
    for token in [None, Some(registered.as_str())] {
        for fine in [
            "age%3EP71Y",
            "age=P70Y",
            "age!P70Y",
            "age%3EP70Y1D",
            "diseases.ageOfOnset%3CP6M",
            "HP:0001250%3CP18M",
            "LOINC:8308-9%3E180",
            "LOINC:8308-9=high",
            // Without an approval, a negated term and a wildcard in a label are refused, because they would reveal small groups.
            "phenotypicFeatures.featureType!HP:0001250",
            "phenotypicFeatures.featureType=HP:00%25",
            "phenotypicFeatures.featureType.label!Ma%25",
            "diseases.diseaseCode.label=%25a%25",
        ] {
            let message = refused(&format!("filters={fine}"), token);
            assert!(message.contains("tier"), "{fine}: {message}");
        }
        for coarse in [
            "age%3EP70Y",
            "age%3C=P5Y",
            "HP:0001250%3CP1Y",
            "sex=female",
            "phenotypicFeatures.featureType=HP:0001250",
        ] {
            let reply = small().served.client.get(&format!("/beacon/individuals?filters={coarse}"), token);
            assert_eq!(reply.status, 200, "{coarse}: {}", reply.text());
        }
    }
}

#[test]
fn below_the_controlled_tier_few_filters_are_combined_and_a_repeated_filter_counts_once() {
    let registered = small().programme.passport(Persona::RegisteredOnly);
    let approved = small().programme.passport(Persona::DomesticAcademic);
    let ages = |different: usize| -> String { (1..=different).map(|n| format!("age%3EP{}Y", 5 * n)).collect::<Vec<_>>().join(",") };
    for (token, most) in [(None, 5), (Some(registered.as_str()), 5), (Some(approved.as_str()), 18)] {
        let path = |filters: &str| format!("/beacon/individuals?filters={filters}");
        let reply = small().served.client.get(&path(&ages(most)), token);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let again = vec!["age%3EP5Y"; 60].join(",");
        let reply = small().served.client.get(&path(&again), token);
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    for token in [None, Some(registered.as_str())] {
        assert!(refused(&format!("filters={}", ages(6)), token).contains("at most 5"));
    }
    let terms: Vec<String> = (0..21).map(|n| format!("OMIM:{n}")).collect();
    assert!(refused(&format!("filters={}", terms.join(",")), Some(&approved)).contains("at most 20"));
}

#[test]
fn filters_without_descendants_omit_descendants_or_are_refused_and_ages_above_ninety_are_equal() {
    let approved = small().programme.passport(Persona::DomesticAcademic);
    let nervous_system = |said: &str| {
        let path = format!("/beacon/individuals?requestedGranularity=count&filters=HP:0000707{said}");
        total(&small().served.client.get(&path, Some(&approved)))
    };
    assert!(nervous_system("&includeDescendantTerms=false") <= nervous_system(""));
    for token in [None, Some(approved.as_str())] {
        for filter in ["age%3EP70Y", "sex=female", "HP:0000707,age%3EP70Y"] {
            let message = refused(&format!("filters={filter}&includeDescendantTerms=false"), token);
            assert!(message.contains("includeDescendantTerms"), "{filter}: {message}");
        }
        for finer in ["age%3EP95Y", "HP:0001250%3CP99Y"] {
            assert!(refused(&format!("filters={finer}"), token).contains("P90Y"), "{finer}");
        }
    }
    let body = json!({"meta": {"apiVersion": "v2.1.1"}, "query": {"filters": [
        {"id": "age", "operator": ">", "value": "P70Y", "includeDescendantTerms": false},
    ]}});
    let reply = small().served.client.post("/beacon/individuals", Some(&approved), &body);
    assert!(
        reply.status == 400 && reply.text().contains("includeDescendantTerms"),
        "{}",
        reply.text()
    );
}
