//! Checks of Beacon filters on individuals.

use serde_json::{Value, json};

use crate::check::{Finding, Stop, fail, not_offered};
use crate::client::HttpAnswer;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

/// A filter term that is in no ontology.
const INVENTED: &str = "HP:9999999";

fn ask(target: &Target, method: &'static str, term: &str) -> Result<HttpAnswer, Stop> {
    let ask = target.ask(method, STANDARD, &["individuals"]);
    let answer = if method == "POST" {
        let body = json!({
            "meta": {"apiVersion": "v2.1.1"},
            "query": {"filters": [{"id": term}], "requestedGranularity": "boolean"}
        });
        ask.json(&body).send()?
    } else {
        ask.query("filters", term).query("requestedGranularity", "boolean").send()?
    };
    if answer.status == 404 {
        return not_offered("/individuals is 404");
    }
    Ok(answer)
}

/// A filter term of an ontology, from the terms that the Beacon offers.
fn offered_term(target: &Target) -> Result<String, Stop> {
    let answer = target.get(STANDARD, &["filtering_terms"]).send()?;
    if answer.status == 404 {
        return not_offered("/filtering_terms is 404");
    }
    let value = answer.json_200()?;
    let terms = shape::list(&value, "/response/filteringTerms")?;
    let is_of_an_ontology = |term: &&Value| {
        let kind = term.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| !matches!(kind, "alphanumeric" | "custom"))
    };
    match terms.iter().find(is_of_an_ontology) {
        Some(term) => shape::text(term, "/id").map(str::to_owned),
        None => not_offered("/filtering_terms has no term of an ontology"),
    }
}

pub(super) fn post_as_get(target: &Target) -> Finding {
    let term = offered_term(target)?;
    let by_get = ask(target, "GET", &term)?.json_200()?;
    let by_post = ask(target, "POST", &term)?.json_200()?;
    shape::boolean(&by_get, "/responseSummary/exists")?;
    for pointer in ["/responseSummary/exists", "/meta/returnedGranularity"] {
        if shape::member(&by_post, pointer)? != shape::member(&by_get, pointer)? {
            return fail(format!("{pointer} differs from GET"));
        }
    }
    // The summary may repeat the filters that the server understood. Each filter must then be a text.
    match by_post.pointer("/meta/receivedRequestSummary/filters") {
        Some(Value::Array(filters)) if filters.iter().all(Value::is_string) => Ok("the same".to_owned()),
        None => Ok("the same; receivedRequestSummary contains no filters".to_owned()),
        Some(_) => fail("/meta/receivedRequestSummary/filters is not a list of texts"),
    }
}

pub(super) fn unknown_term(target: &Target) -> Finding {
    let mut outcome = "400".to_owned();
    for method in ["GET", "POST"] {
        let answer = ask(target, method, INVENTED)?;
        if answer.status == 400 {
            let value = answer.json()?;
            shape::text(&value, "/meta/beaconId")?;
            if shape::whole(&value, "/error/errorCode")? != 400 {
                return fail("400 with another errorCode");
            }
            continue;
        }
        let value = answer.json_200()?;
        if shape::boolean(&value, "/responseSummary/exists")? {
            return fail(format!(
                "{method}: exists true for a term that is in no ontology: the filter was ignored"
            ));
        }
        outcome = format!("{method}: answered no, not rejected");
    }
    if outcome == "400" { Ok(outcome) } else { not_offered(outcome) }
}
