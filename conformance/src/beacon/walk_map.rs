//! A check that every URL in Beacon's `/map` answers.

use serde_json::Value;
use url::Url;

use crate::check::{Finding, Stop, fail, not_offered};
use crate::client::Credential;
use crate::shape;
use crate::target::Target;

use super::STANDARD;

/// An id that no entry of the Beacon has.
const INVENTED: &str = "no-such-id-conformance";

/// A URL in the map, and whether the URL is a template for an id.
struct Named {
    text: String,
    has_id: bool,
}

fn named(set: &Value) -> Result<Vec<Named>, Stop> {
    let mut urls = vec![Named {
        text: shape::text(set, "/rootUrl")?.to_owned(),
        has_id: false,
    }];
    if set.get("singleEntryUrl").is_some() {
        urls.push(Named {
            text: shape::text(set, "/singleEntryUrl")?.to_owned(),
            has_id: true,
        });
    }
    let related = set.get("endpoints").and_then(Value::as_object);
    for endpoint in related.into_iter().flat_map(serde_json::Map::values) {
        shape::text(endpoint, "/returnedEntryType")?;
        let text = shape::text(endpoint, "/url")?.to_owned();
        let has_id = text.contains("{id}");
        urls.push(Named { text, has_id });
    }
    Ok(urls)
}

/// Requests one URL of the map. The server may reject the request with 400, 401 or 403, for example because a list of entries requires
/// filters. For an invented id, it may also answer 404, and an answer 200 must not state `exists: true`. Returns `false` if the URL has an
/// untrusted origin and is not requested.
fn ask(target: &Target, named: &Named) -> Result<bool, Stop> {
    if named.has_id && !named.text.contains("{id}") {
        return fail("a singleEntryUrl without {id}");
    }
    let Ok(url) = Url::parse(&named.text.replace("{id}", INVENTED)) else {
        return fail("a URL that is not absolute");
    };
    if !target.client.trusts(&url) {
        return Ok(false);
    }
    let path = url.path().to_owned();
    let own = Credential::Own(target.tokens.own.clone());
    let answer = target.client.ask("GET", url).credential(own).send()?;
    match answer.status {
        200 if !named.has_id => answer.json_200().map(|_| true),
        200 => match answer.json_200()?.pointer("/responseSummary/exists") {
            Some(Value::Bool(true)) => fail(format!("{path}: exists true for an invented id")),
            _ => Ok(true),
        },
        400 | 401 | 403 => Ok(true),
        404 if named.has_id => Ok(true),
        status => fail(format!("{path} is in the map but answers {status}")),
    }
}

pub(super) fn urls_answer(target: &Target) -> Finding {
    let answer = target.get(STANDARD, &["map"]).send()?;
    if answer.status == 404 {
        return not_offered("/map is 404");
    }
    let value = answer.json_200()?;
    let Some(sets) = shape::member(&value, "/response/endpointSets")?.as_object() else {
        return fail("/response/endpointSets is not an object");
    };
    let (mut asked, mut elsewhere) = (0, 0);
    for set in sets.values() {
        for named in named(set)? {
            match ask(target, &named)? {
                true => asked += 1,
                false => elsewhere += 1,
            }
        }
    }
    if asked == 0 {
        return not_offered("every URL of the map has another origin than the server under test");
    }
    Ok(format!("{asked} URLs answer, {elsewhere} of other origins not requested"))
}
