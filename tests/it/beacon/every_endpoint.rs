//! Every Beacon endpoint, for every kind of caller: the answers match the official schemas and do not exceed the allowed granularity.

use std::collections::BTreeSet;

use gemj_demo::Persona;
use gemj_tests::small_data::SHARED_VARIANT;
use gemj_tests::{Client, Reply};
use serde_json::{Value, json};

use super::official::{official, records};
use crate::small::small;

/// Every Beacon endpoint of an entry type: those of `endpoints.json` of the framework and of the models, and those of `beaconMap.json`.
const ENTRIES: [&str; 40] = [
    "g_variants",
    "g_variants/{id}",
    "g_variants/{id}/individuals",
    "g_variants/{id}/biosamples",
    "g_variants/{id}/runs",
    "g_variants/{id}/analyses",
    "individuals",
    "individuals/{id}",
    "individuals/{id}/g_variants",
    "individuals/{id}/biosamples",
    "individuals/{id}/runs",
    "individuals/{id}/analyses",
    "biosamples",
    "biosamples/{id}",
    "biosamples/{id}/g_variants",
    "biosamples/{id}/runs",
    "biosamples/{id}/analyses",
    "runs",
    "runs/{id}",
    "runs/{id}/g_variants",
    "runs/{id}/analyses",
    "analyses",
    "analyses/{id}",
    "analyses/{id}/g_variants",
    "datasets",
    "datasets/{id}",
    "datasets/{id}/g_variants",
    "datasets/{id}/individuals",
    "datasets/{id}/biosamples",
    "datasets/{id}/runs",
    "datasets/{id}/analyses",
    "cohorts",
    "cohorts/{id}",
    "cohorts/{id}/g_variants",
    "cohorts/{id}/individuals",
    "cohorts/{id}/biosamples",
    "cohorts/{id}/runs",
    "cohorts/{id}/analyses",
    "datasets/{id}/filtering_terms",
    "individuals/filtering_terms",
];

/// The query parameters that an endpoint requires.
fn parameters(template: &str) -> &'static str {
    if template.ends_with("g_variants") { SHARED_VARIANT } else { "" }
}

fn body(parameters: &str, granularity: &str, further: &Value) -> Value {
    let mut variant = serde_json::Map::new();
    for pair in parameters.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        let value = if name == "start" {
            json!([value.parse::<u64>().unwrap()])
        } else {
            value.into()
        };
        variant.insert(name.to_owned(), value);
    }
    let mut query = json!({"requestedGranularity": granularity, "requestParameters": {"g_variant": variant}});
    if parameters.is_empty() {
        query.as_object_mut().unwrap().remove("requestParameters");
    }
    for (name, value) in further.as_object().unwrap() {
        query[name] = value.clone();
    }
    json!({"meta": {"apiVersion": "v2.1.1"}, "query": query})
}

/// For each entry type, one id that a caller with record granularity sees.
pub(super) struct Ids(Vec<(&'static str, String)>);

impl Ids {
    pub(super) fn seen(client: &Client, token: &str) -> Self {
        let first = |path: &str, member: &str| {
            let query = if path == "g_variants" { SHARED_VARIANT } else { "" };
            let answer = client
                .get(&format!("/beacon/{path}?{query}&requestedGranularity=record&limit=1"), Some(token))
                .expect(200)
                .json();
            let records = records(&answer);
            assert!(!records.is_empty(), "{path}: {answer:#}");
            records[0][member].as_str().unwrap().to_owned()
        };
        let mut ids = vec![("g_variants", first("g_variants", "variantInternalId"))];
        for path in ["individuals", "biosamples", "runs", "analyses"] {
            ids.push((path, first(path, "id")));
        }
        ids.push(("datasets", "cancer".to_owned()));
        ids.push(("cohorts", "gemj-demo".to_owned()));
        Self(ids)
    }

    /// The endpoint's path with an id in the place of `{id}`. `None` if no id of its entry type is known.
    pub(super) fn put_into(&self, template: &str) -> Option<String> {
        let Some((of, _)) = template.split_once("/{id}") else {
            return Some(template.to_owned());
        };
        let (_, id) = self.0.iter().find(|(path, _)| *path == of)?;
        Some(template.replace("{id}", id))
    }
}

fn exists(reply: &Reply) -> bool {
    reply.json()["responseSummary"]["exists"].as_bool().unwrap()
}

#[test]
fn answers_of_every_endpoint_match_the_schemas_and_the_allowed_granularity() {
    let Some(official) = official() else { return };
    let small = small();
    let client = &small.served.client;
    let token = |persona| small.programme.passport(persona);
    let ids = Ids::seen(client, &token(Persona::DomesticAcademic));
    let callers = [
        (None, "boolean", false),
        (Some(token(Persona::RegisteredOnly)), "count", false),
        (Some(token(Persona::OverseasTre)), "count", false),
        (Some(token(Persona::OverseasAcademic)), "record", true),
        (Some(token(Persona::DomesticAcademic)), "record", false),
    ];
    let mut turn = 0;
    for template in ENTRIES {
        let Some(path) = ids.put_into(template) else { continue };
        let terms = template.ends_with("filtering_terms");
        let parameters = parameters(template);
        for (token, finest, viewing) in &callers {
            let token = token.as_deref();
            if terms {
                let got = client.get(&format!("/beacon/{path}"), token).expect(200).json();
                official.assert_answer("beaconFilteringTermsResponse", &got);
                let posted = client.post(&format!("/beacon/{path}"), token, &json!({"meta": {"apiVersion": "v2.1.1"}}));
                assert_eq!(posted.expect(200).json(), got);
                continue;
            }
            for asked in ["boolean", "count", "record"] {
                // The value of `includeResultsetResponses` changes with each request, so that every value is tested with many endpoints and callers.
                turn += 1;
                {
                    let include = ["HIT", "ALL", "MISS", "NONE"][turn % 4];
                    let query = format!("{parameters}&requestedGranularity={asked}&includeResultsetResponses={include}");
                    let got = client.get(&format!("/beacon/{path}?{query}"), token).expect(200).json();
                    let posted = body(parameters, asked, &json!({"includeResultsetResponses": include}));
                    let posted = client.post(&format!("/beacon/{path}"), token, &posted).expect(200).json();
                    assert_eq!(posted, got, "{path}");
                    official.assert_right(&got);
                    let given = got["meta"]["returnedGranularity"].as_str().unwrap();
                    let order = |word: &str| ["boolean", "count", "record"].iter().position(|w| *w == word).unwrap();
                    // Records that describe a dataset or a cohort are allowed for every caller, because they describe no participant.
                    let finest = if ["datasets", "datasets/{id}", "cohorts", "cohorts/{id}"].contains(&template) {
                        "record"
                    } else if *viewing && (template.ends_with("g_variants") || template == "g_variants/{id}") {
                        // Under `region-view`, `g_variants` returns counts only. Genotypes are returned only as htsget slices, which cost base pairs
                        // of a budget.
                        "count"
                    } else {
                        *finest
                    };
                    assert_eq!(order(given), order(asked).min(order(finest)), "{path} {got:#}");
                }
            }
        }
    }
}

#[test]
fn the_map_lists_every_endpoint_and_each_listed_endpoint_answers() {
    let Some(official) = official() else { return };
    let small = small();
    let client = &small.served.client;
    let token = small.programme.passport(Persona::DomesticAcademic);
    let map = client.get("/beacon/map", None).expect(200).json();
    official.assert_answer("beaconMapResponse", &map);
    let mut named = BTreeSet::new();
    for set in map["response"]["endpointSets"].as_object().unwrap().values() {
        let urls = ["rootUrl", "singleEntryUrl", "filteringTermsUrl"]
            .into_iter()
            .filter_map(|name| set[name].as_str());
        let nested = set["endpoints"].as_object().into_iter().flat_map(|list| list.values());
        for url in urls.chain(nested.map(|endpoint| endpoint["url"].as_str().unwrap())) {
            let (_, template) = url.split_once("/beacon/").unwrap();
            assert!(named.insert(template.to_owned()), "{template} twice");
        }
    }
    let further = ["individuals/{id}/filtering_terms", "cohorts/{id}/filtering_terms"];
    let wanted: BTreeSet<String> = ENTRIES.into_iter().chain(further).map(str::to_owned).collect();
    assert_eq!(named, wanted);
    let ids = Ids::seen(client, &token);
    for template in &named {
        let Some(path) = ids.put_into(template) else { continue };
        let _ = client
            .get(&format!("/beacon/{path}?{}", parameters(template)), Some(&token))
            .expect(200);
    }
    for (path, kind) in [
        ("", "beaconInfoResponse"),
        ("/", "beaconInfoResponse"),
        ("/info", "beaconInfoResponse"),
        ("/configuration", "beaconConfigurationResponse"),
        ("/entry_types", "beaconEntryTypesResponse"),
        ("/filtering_terms", "beaconFilteringTermsResponse"),
    ] {
        official.assert_answer(kind, &client.get(&format!("/beacon{path}"), None).expect(200).json());
    }
}

#[test]
fn unsupported_requests_get_errors_in_the_beacon_format() {
    let Some(official) = official() else { return };
    let client = &small().served.client;
    for (status, reply) in [
        (404, client.get("/beacon/nothing", None)),
        (404, client.get("/beacon/individuals/x/nothing", None)),
        (404, client.get("/beacon/cohorts/x/datasets", None)),
        (405, client.post("/beacon/map", None, &json!({}))),
        (405, client.send("DELETE", "/beacon/individuals", &[], None)),
        (405, client.send("PUT", "/beacon/individuals/x", &[], None)),
        (400, client.get("/beacon/g_variants", None)),
        (400, client.get("/beacon/individuals/x/g_variants", None)),
        (
            400,
            client.get("/beacon/datasets?referenceName=1&start=5&alternateBases=A&assemblyId=GRCh38", None),
        ),
        (400, client.get("/beacon/datasets/cancer/individuals?datasets=rare-disease", None)),
        (400, client.get("/beacon/individuals?unknown=1", None)),
    ] {
        let body = reply.expect(status).json();
        official.assert_answer("beaconErrorResponse", &body);
        assert_eq!(body["error"]["errorCode"], status);
    }
    let unbounded = client.get("/beacon/g_variants", None).expect(400).json();
    let said = unbounded["error"]["errorMessage"].as_str().unwrap();
    assert!(said.contains("`geneId`") && said.contains("`referenceName` with `start`"), "{said}");
}

#[test]
fn an_unsupported_requested_schema_is_named_and_the_default_schema_is_used() {
    let small = small();
    let token = small.programme.passport(Persona::DomesticAcademic);
    let path = "/beacon/individuals?requestedSchema=phenopacket-v2&requestedGranularity=record&limit=1";
    let answer = small.served.client.get(path, Some(&token)).expect(200).json();
    assert_eq!(answer["info"]["requestedSchemasNotServed"], json!(["phenopacket-v2"]));
    assert_eq!(answer["meta"]["returnedSchemas"][0]["schema"], "ga4gh-beacon-individual-v2.0.0");
    assert!(exists(&small.served.client.get(path, Some(&token))));
}
