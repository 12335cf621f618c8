//! The synthetic cohort CINECA UK1 with 2,504 participants: genotypes as one joint file, phenotypes as phenopackets. An oracle in Python computes the
//! expected answers from the cohort's JSON. The positions in the cohort's HGVS names are one base too low. A query by such a name must find nothing,
//! and not a neighbouring variant.

use gemj_demo::Persona;
use gemj_tests::oracle::python;
use gemj_tests::shared_data::shared;
use gemj_tests::{Backend, Programme};
use serde_json::{Value, json};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn counts_of_a_cohort_of_2504_participants_equal_those_of_its_json() {
    let Some(source) = shared("standards/beacon-v2-testdata/cineca-uk1") else {
        return;
    };
    let programme = Programme::new(Backend::Embedded);
    let folder = programme.path("cineca");
    std::fs::create_dir(&folder).unwrap();
    let made = python(
        "cineca.py",
        &json!({"source": source, "folder": folder, "seed": 20_261_122, "questions": 300}),
    );
    let loaded = programme.run(&["load", "--register", text(&made["sheet"])]).good();
    assert!(loaded.out.contains("1 loaded, 0 already there, 0 refused"), "{}", loaded.out);
    // All sites are within 130,000 bases, so two of the 2,504 participants can have similar genotypes by chance. The sample checks must not report
    // this as a contradiction.
    assert!(loaded.out.contains("genotypes of another participant in 0"), "{}", loaded.out);
    programme.link_packets(made["people"].as_array().unwrap().iter().map(text));
    let ingested = programme
        .ingest_linked_packets("cancer", std::path::Path::new(text(&made["packets"])))
        .good();
    assert!(ingested.out.contains("2504 received: 2504 committed"), "{}", ingested.out);
    programme.everybody_agrees(made["people"].as_array().unwrap().iter().map(text));

    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let ask = |path: &str| served.client.get(&format!("/beacon/{path}"), Some(&token)).expect(200).json();
    let mut yes = 0;
    let questions = made["questions"].as_array().unwrap();
    for question in questions {
        let path = text(&question["path"]);
        let summary = ask(&format!("{path}&datasets=cancer&requestedGranularity=count"))["responseSummary"].clone();
        for member in ["exists", "numTotalResults"] {
            assert_eq!(summary[member], question["expected"][member], "{path}");
        }
        yes += usize::from(question["expected"]["exists"] == true);
    }
    assert!(
        yes > questions.len() / 4 && yes < questions.len() * 3 / 4,
        "{yes} of {}",
        questions.len()
    );

    for name in made["as_stated"].as_array().unwrap() {
        let name = text(name).replace('>', "%3E");
        let answer = ask(&format!(
            "g_variants?genomicAlleleShortForm={name}&datasets=cancer&requestedGranularity=count"
        ));
        assert_eq!(answer["responseSummary"]["numTotalResults"], 0, "{name}");
    }

    // The joint file states for every participant at every site that the participant was called.
    for frequency in made["frequencies"].as_array().unwrap() {
        let of = |name: &str| frequency[name].clone();
        let (start, reference, alternate) = (of("start"), of("referenceBases"), of("alternateBases"));
        let answer = ask(&format!(
            "g_variants?assemblyId=GRCh38&referenceName=22&start={start}&referenceBases={}&alternateBases={}&datasets=cancer&requestedGranularity=record",
            text(&reference),
            text(&alternate)
        ));
        let record = &answer["response"]["resultSets"][0]["results"][0];
        let told = &record["frequencyInPopulations"][0]["frequencies"][0];
        assert_eq!(
            (&told["alleleCount"], &told["alleleNumber"]),
            (&of("copies"), &json!(5008)),
            "{frequency}"
        );
        assert_eq!(
            record["caseLevelData"].as_array().unwrap().len() as u64,
            of("people").as_u64().unwrap()
        );
    }
}
