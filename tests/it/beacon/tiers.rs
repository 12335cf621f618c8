//! Below the controlled tier, no caller learns an exact number of participants, or anything about fewer than ten families.

use gemj_demo::Persona;
use gemj_tests::small_data::{JOINT_SHARED, PEOPLE, SHARED_VARIANT, private_variant};

use crate::small::small;

#[test]
fn the_public_learns_only_whether_ten_families_carry_a_variant() {
    let client = &small().served.client;
    for granularity in ["boolean", "count", "record"] {
        for (variant, exists) in [(SHARED_VARIANT, true), (JOINT_SHARED, false), (private_variant(1).as_str(), false)] {
            for path in ["g_variants", "individuals"] {
                let reply = client
                    .get(&format!("/beacon/{path}?{variant}&requestedGranularity={granularity}"), None)
                    .expect(200);
                let answer = reply.json();
                assert_eq!(answer["meta"]["returnedGranularity"], "boolean");
                assert_eq!(answer["responseSummary"], serde_json::json!({"exists": exists}), "{path} {variant}");
                assert!(answer["response"].is_null());
                assert!(!reply.text().contains("numTotalResults") && !reply.text().contains("distinctIndividuals"));
            }
        }
    }
}

#[test]
fn registered_researchers_get_the_bucket_and_approved_researchers_the_exact_count() {
    let small = small();
    let client = &small.served.client;
    let ask = |persona, question: &str| {
        let token = small.programme.passport(persona);
        client
            .get(&format!("/beacon/individuals?{question}&requestedGranularity=count"), Some(&token))
            .expect(200)
            .json()
    };
    let registered = ask(Persona::RegisteredOnly, SHARED_VARIANT);
    assert_eq!(registered["responseSummary"]["numTotalResults"], 10);
    assert_ne!(registered["responseSummary"]["countPrecision"], "exact");
    let few = ask(Persona::RegisteredOnly, "filters=HP:0001250");
    assert_eq!(few["responseSummary"]["numTotalResults"], 0, "six families are below k");
    let approved = ask(Persona::OverseasTre, SHARED_VARIANT);
    assert_eq!(approved["responseSummary"]["numTotalResults"], PEOPLE);
    assert_eq!(
        ask(Persona::OverseasTre, "filters=HP:0001250")["responseSummary"]["numTotalResults"],
        6
    );
}

#[test]
fn a_column_without_a_participant_is_not_counted() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let controls = "assemblyId=GRCh38&referenceName=chr2&start=1069&referenceBases=T&alternateBases=C&requestedGranularity=count";
    let answer = small
        .served
        .client
        .get(&format!("/beacon/g_variants?{controls}"), Some(&token))
        .expect(200)
        .json();
    assert_eq!(answer["responseSummary"]["numTotalResults"], 0);
}
