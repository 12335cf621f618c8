//! Returned records are recorded in the ledger of disclosures. Handovers of records link to files only if the caller may read the files.

use std::collections::BTreeSet;

use gemj_demo::Persona;
use gemj_tests::Backend;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, person, private_variant};
use serde_json::Value;

use crate::small::{loaded, small};

#[test]
fn returned_records_are_in_the_disclosure_ledger_with_participant_and_recipient() {
    let programme = loaded(Backend::Embedded);
    let served = programme.serve();
    let token = programme.passport(Persona::DomesticAcademic);
    let lines = |number: usize| -> Vec<Value> {
        let out = programme.run(&["disclosures", &person(number), "--json"]).good().out;
        serde_json::from_str(&out).unwrap()
    };
    let ask = |question: &str| served.client.get(&format!("/beacon/{question}"), Some(&token)).expect(200).json();
    let everybody = || (1..=PEOPLE).map(|number| lines(number).len()).collect::<Vec<_>>();
    for question in [
        "individuals?requestedGranularity=count".to_owned(),
        "individuals?requestedGranularity=record&skip=100".to_owned(),
        // An answer that lists no result set returns no record, so no disclosure is recorded.
        "individuals?requestedGranularity=record&includeResultsetResponses=NONE".to_owned(),
        "individuals?requestedGranularity=record&includeResultsetResponses=MISS".to_owned(),
        format!("g_variants?{SHARED_VARIANT}&requestedGranularity=record&includeResultsetResponses=NONE"),
        "individuals?requestedGranularity=record&testMode=true".to_owned(),
        "datasets?requestedGranularity=record".to_owned(),
        format!("g_variants?{SHARED_VARIANT}&requestedGranularity=count"),
    ] {
        let _ = ask(&question);
        assert_eq!(everybody(), [0; PEOPLE], "{question}: no record is returned");
    }
    let _ = ask(&format!("g_variants?{}&requestedGranularity=record", private_variant(2)));
    let told = lines(2);
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["action"], "ask-variants");
    assert_eq!(told[0]["organisation"], "musashi-university.example");
    assert_eq!(told[0]["files"], 0);
    assert_eq!(everybody().iter().sum::<usize>(), 1, "the record of one participant is returned");
    // If an answer has several pages, a disclosure is recorded only for the participants on the requested page.
    let _ = ask("individuals?requestedGranularity=record&limit=5");
    let named = (1..=PEOPLE)
        .filter(|number| lines(*number).iter().any(|line| line["action"] == "ask-individuals"))
        .count();
    assert_eq!(named, 5);
    let _ = ask("runs?requestedGranularity=record&limit=0");
    // A query that names a participant in its path is recorded as a disclosure, at every granularity. A query with an unknown id is not recorded.
    let listed = ask("individuals?requestedGranularity=record&limit=1");
    let who = listed["response"]["resultSets"][0]["results"][0]["id"].as_str().unwrap().to_owned();
    let database = programme.path("gateway.db");
    let count = "import sqlite3,sys;print(sqlite3.connect(sys.argv[1]).execute(\"select count(*) from audit_row where action='hand-out-records'\").fetchone()[0],end='')";
    let handed_out = || -> usize {
        let found = gemj_tests::oracle::run("python3", ["-c", count, database.to_str().unwrap()], b"");
        String::from_utf8(found).unwrap().parse().unwrap()
    };
    let window = "assemblyId=GRCh38&referenceName=1&start=0&end=100000";
    for (path, more) in [
        (format!("individuals/{who}?requestedGranularity=count"), 1),
        (format!("individuals/{who}/g_variants?{window}&requestedGranularity=boolean"), 1),
        (format!("individuals/{who}/filtering_terms"), 1),
        ("individuals/P-0000000000000000?requestedGranularity=count".to_owned(), 0),
        ("individuals/P-0000000000000000/filtering_terms".to_owned(), 0),
        ("individuals?requestedGranularity=count".to_owned(), 0),
    ] {
        let before = handed_out();
        let _ = ask(&path);
        assert_eq!(handed_out() - before, more, "{path}");
    }
    let trail = programme.run(&["audit", "verify"]).good();
    assert!(trail.err.is_empty(), "{}", trail.err);
}

#[test]
fn handovers_lead_to_files_only_for_callers_who_may_read_them() {
    let small = small();
    let client = &small.served.client;
    let handovers = |persona, question: &str| -> BTreeSet<String> {
        let token = small.programme.passport(persona);
        let answer = client
            .get(&format!("/beacon/{question}&requestedGranularity=record&limit=0"), Some(&token))
            .expect(200)
            .json();
        let set = &answer["response"]["resultSets"][0];
        let list = set["resultsHandovers"].as_array().cloned().unwrap_or_default();
        list.iter().map(|handover| handover["url"].as_str().unwrap().to_owned()).collect()
    };
    let variants = |id: &str| client.url(&format!("/htsget/variants/{id}?format=VCF"));
    let object = |id: &str| client.url(&format!("/ga4gh/drs/v1/objects/{id}"));
    let own = small.programme.object_of(&person(8), "VCF");
    let question = format!("g_variants?{}", private_variant(8));
    assert_eq!(
        handovers(Persona::DomesticAcademic, &question),
        BTreeSet::from([variants(&own), object(&own)])
    );
    // Under `region-view`, an answer about variants has no handovers, because the approval opens neither whole files nor lists of genotypes.
    assert_eq!(handovers(Persona::OverseasAcademic, &question), BTreeSet::new());
    let of_people = format!("analyses?{}", private_variant(8));
    let viewed = handovers(Persona::OverseasAcademic, &of_people);
    assert!(
        viewed.contains(&variants(&own)) && viewed.iter().all(|url| !url.contains("/drs/")),
        "{viewed:?}"
    );
    assert_eq!(handovers(Persona::OverseasTre, &question), BTreeSet::new());
    assert_eq!(handovers(Persona::RegisteredOnly, &question), BTreeSet::new());
    let token = small.programme.passport(Persona::DomesticAcademic);
    for url in handovers(Persona::DomesticAcademic, "runs?") {
        let path = url.strip_prefix(&client.url("")).unwrap();
        let _ = client.get(path, Some(&token)).expect(200);
    }
    assert_eq!(handovers(Persona::DomesticAcademic, "runs?").len(), 8);
}
