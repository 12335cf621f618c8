//! Beacon queries with a cohort in the path. Such a query uses the datasets of the cohort for which the caller has the highest tier.

use gemj_demo::Persona;
use gemj_model::{Clock as _, SystemClock};
use gemj_tests::Backend;
use gemj_tests::small_data::{PEOPLE, SHARED_VARIANT, feeds, person};
use serde_json::{Value, json};

use crate::small::loaded;

const VISA: &str = "https://gemj.example/approvals/cancer-alone";

/// The caller is approved for `cancer` only. A query about the cohort of `rare-disease` must then get answers of a lower tier, and not an empty
/// answer.
#[test]
fn a_cohort_below_the_callers_best_tier_gets_the_answer_of_its_datasets() {
    let programme = loaded(Backend::Embedded);
    let mut sheet = String::from("dataset,participant,specimen,family,sex,assembly,path\n");
    for number in 1..=PEOPLE {
        let id = person(number);
        let path = feeds().join(format!("variants/{id}.vcf.gz"));
        sheet.push_str(&format!("rare-disease,{id},{id}-S,F{number},unknown,GRCh38,{}\n", path.display()));
    }
    let _ = programme.load(&sheet).good();
    let text = std::fs::read_to_string(programme.config()).unwrap();
    let own = "\"https://gemj.example/approvals/2026-0004\"";
    assert_eq!(text.matches(own).count(), 1);
    std::fs::write(programme.config(), text.replace(own, &format!("{own}, \"{VISA}\""))).unwrap();
    let approval = json!({
        "id": "cancer-alone", "visa_value": VISA, "project": "Cancer alone", "organisation": "musashi-university.example",
        "datasets": ["cancer"], "purposes": ["biomedical-research"], "delivery": "download", "not_after": "2036-03-31",
    });
    let file = programme.path("approval.json");
    std::fs::write(&file, approval.to_string()).unwrap();
    let _ = programme.run(&["approval", "record", file.to_str().unwrap()]).good();
    let now = SystemClock::default().now();
    let broker = programme.broker();
    let token = broker.mint_for_approvals(Persona::DomesticAcademic, &[VISA], now, 3600).unwrap();
    let served = programme.serve();
    let ask = |path: &str| served.client.get(&format!("/beacon/{path}"), Some(&token));
    let told = |path: &str| -> (Value, Value, Value) {
        let answer = ask(path).expect(200).json();
        let of = |name: &str| answer[name].clone();
        (of("responseSummary"), of("response"), answer["meta"]["returnedGranularity"].clone())
    };
    for question in ["individuals?", "g_variants?", "biosamples?", "analyses?"] {
        let asked = format!("{question}{SHARED_VARIANT}&requestedGranularity=count");
        let of_cohort = told(&format!("cohorts/rare-disease-families/{asked}"));
        assert_eq!(of_cohort, told(&format!("datasets/rare-disease/{asked}")), "{question}");
        assert_eq!(of_cohort.0["exists"], true, "{question}");
    }
    let described = ask("cohorts/rare-disease-families?requestedGranularity=record").expect(200).json();
    assert_eq!(described["responseSummary"]["exists"], true, "{described:#}");
    let terms = |path: &str| ask(&format!("{path}/filtering_terms")).expect(200).json()["response"].clone();
    assert_eq!(terms("cohorts/rare-disease-families"), terms("datasets/rare-disease"));
    // If the caller has different tiers for the datasets of a cohort, only the dataset with the higher tier answers, and `info.datasets` names it.
    let both = ask(&format!(
        "cohorts/gemj-demo/individuals?{SHARED_VARIANT}&requestedGranularity=count"
    ))
    .expect(200)
    .json();
    assert_eq!(both["responseSummary"]["numTotalResults"], PEOPLE as u64);
    assert_eq!(both["info"]["datasets"], json!(["cancer"]));
    let one = told(&format!(
        "cohorts/gemj-demo/individuals?{SHARED_VARIANT}&datasets=cancer&requestedGranularity=count"
    ));
    assert_eq!(one.0["numTotalResults"], PEOPLE as u64);
    // An unknown cohort is answered like a cohort without any open dataset.
    let unknown = told(&format!("cohorts/no-such-cohort/individuals?{SHARED_VARIANT}"));
    assert_eq!(unknown.0, json!({"exists": false}));
}
