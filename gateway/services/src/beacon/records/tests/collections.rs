//! Tests of the lists of datasets and cohorts: the numbers follow the tier, and datasets that the caller may not use are absent.

use std::collections::HashSet;

use gemj_access::{Caller, Grant};
use gemj_model::ConsentKind;
use serde_json::{Value, json};

use super::programme::{Programme, case, id, now, policy};
use super::tree;
use crate::beacon::collections::{CohortDefinition, CohortKind, cohorts, datasets, datasets_of_cohort};

fn definitions() -> Vec<CohortDefinition> {
    let cohort = |name: &str, of: &[&str]| CohortDefinition {
        id: name.to_owned(),
        name: format!("The cohort {name}"),
        kind: CohortKind::StudyDefined,
        design: Some("OMIABIS:0001019".to_owned()),
        datasets: of.iter().map(|name| id(name)).collect(),
    };
    vec![cohort("both", &["one", "two"]), cohort("first", &["one"])]
}

#[tokio::test]
async fn numbers_follow_the_tier_and_closed_datasets_are_unknown() {
    let programme = Programme::new().await;
    let people: Vec<String> = (0..40).map(|n| format!("P{n}")).collect();
    for (at, person) in people.iter().enumerate() {
        // 12 participants are in the first dataset and 35 in the second; 7 participants are in both.
        if at < 12 {
            programme.commit(case("one", person)).await;
        }
        if at >= 5 {
            programme.commit(case("two", person)).await;
        }
    }
    programme.consent(ConsentKind::Given, people.iter().map(String::as_str)).await;
    let definitions = definitions();
    let configured = [id("one"), id("two")];
    CohortDefinition::check(&definitions, &configured.iter().collect::<HashSet<_>>()).unwrap();
    let policy_of = programme.policy();
    let registered = Caller {
        pseudonym: "registered".to_owned(),
        registered_until: Some(now().plus_seconds(3_600)),
        not_after: Some(now().plus_seconds(3_600)),
        ..Caller::default()
    };
    let approved = programme.grant(&["one", "two"]).await;
    let of_one = programme.grant(&["one"]).await;
    let registered = programme.grant_to(&registered, &[]).await.unwrap();
    let public = programme.grant_to(&Caller::default(), &[]).await;
    let sizes = |grant: Option<&Grant>| -> Vec<(String, Value)> {
        let listed = cohorts(grant, &definitions)
            .into_iter()
            .map(|cohort| serde_json::to_value(cohort).unwrap());
        listed
            .map(|cohort| {
                let is_approved = grant.is_some_and(|grant| grant.datasets().iter().all(|d| d.terms().is_exact()));
                let precision = if is_approved { "exact" } else { "rounded" };
                let said = cohort["info"]["countPrecision"].clone();
                assert_eq!(
                    said,
                    if cohort["cohortSize"].is_null() {
                        Value::Null
                    } else {
                        json!(precision)
                    }
                );
                (cohort["id"].as_str().unwrap().to_owned(), cohort["cohortSize"].clone())
            })
            .collect()
    };
    let of = |id: &str, size: Value| (id.to_owned(), size);
    assert_eq!(sizes(Some(&approved)), [of("both", json!(40)), of("first", json!(12))]);
    assert_eq!(
        sizes(Some(&of_one)),
        [of("both", json!(12)), of("first", json!(12))],
        "only open datasets count"
    );
    assert_eq!(sizes(Some(&registered)), [of("both", json!(30)), of("first", json!(10))]);
    assert_eq!(
        sizes(public.as_ref()),
        [of("both", Value::Null)],
        "the first dataset is not open to the public"
    );
    assert!(sizes(None).is_empty());

    assert_eq!(datasets_of_cohort("both", Some(&of_one), &definitions), Some(vec![&id("one")]));
    assert_eq!(datasets_of_cohort("first", public.as_ref(), &definitions), None);
    assert_eq!(datasets_of_cohort("unknown", Some(&approved), &definitions), None);
    assert_eq!(datasets_of_cohort("both", None, &definitions), None);

    let numbers = async |grant| -> Vec<(String, Value)> {
        let listed = datasets(&programme.stores, grant, &policy_of).await.unwrap();
        if let Some(tree) = tree::shared() {
            let schema = tree::validator(&tree, "models/json/beacon-v2-default-model/datasets/defaultSchema.json");
            listed.iter().for_each(|dataset| tree::assert_valid(&schema, dataset));
            let schema = tree::validator(&tree, "models/json/beacon-v2-default-model/cohorts/defaultSchema.json");
            cohorts(grant, &definitions)
                .iter()
                .for_each(|cohort| tree::assert_valid(&schema, cohort));
        }
        let listed = listed.into_iter().map(|dataset| serde_json::to_value(dataset).unwrap());
        listed
            .map(|dataset| (dataset["id"].as_str().unwrap().to_owned(), dataset["info"]["individuals"].clone()))
            .collect()
    };
    assert_eq!(numbers(Some(&approved)).await, [of("one", json!(12)), of("two", json!(35))]);
    assert_eq!(numbers(Some(&registered)).await, [of("one", json!(10)), of("two", json!(30))]);
    assert_eq!(numbers(public.as_ref()).await, [of("two", Value::Null)]);
    assert!(numbers(None).await.is_empty());
    let described = datasets(&programme.stores, Some(&approved), &policy_of).await.unwrap();
    let described = serde_json::to_value(&described[0]).unwrap();
    assert_eq!(described["name"], policy("one", false).name);
    let condition = json!({"id": "DUO:0000042", "label": "general research use", "version": "2021-02-23"});
    assert_eq!(described["dataUseConditions"]["duoDataUse"], json!([condition]));

    // Three participants of the first dataset withdraw, so the dataset has only nine families left. Callers below the controlled tier then
    // see no number.
    programme.consent(ConsentKind::Withdrawn, ["P0", "P1", "P2"]).await;
    let registered_now = Caller {
        pseudonym: "registered".to_owned(),
        registered_until: Some(now().plus_seconds(3_600)),
        not_after: Some(now().plus_seconds(3_600)),
        ..Caller::default()
    };
    let grant = programme.grant_to(&registered_now, &[]).await.unwrap();
    assert_eq!(sizes(Some(&grant)), [of("both", json!(30)), of("first", Value::Null)]);
    let approved = programme.grant(&["one", "two"]).await;
    assert_eq!(sizes(Some(&approved)), [of("both", json!(37)), of("first", json!(9))]);
}
