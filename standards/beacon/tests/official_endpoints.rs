//! Checks the endpoints, the map and the other informational answers against the official files of the specification.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "official/tree.rs"]
mod tree;

use std::collections::BTreeMap;
use std::path::Path;

use ga4gh_beacon::{
    ConfigurationResponse, ENDPOINTS, Endpoint, EndpointKind, EntryType, EntryTypeDefinition, EntryTypesResponse, FilteringTerm,
    FilteringTermsResponse, Granularity, MapResponse, OntologyResource, ProductionStatus, SecurityAttributes, SecurityLevel,
};
use serde_json::{Value, json};
use tree::{answer, assert_valid, shared};

const BEACON: &str = "org.example.beacon";

fn read(tree: &Path, file: &str) -> Value {
    serde_json::from_slice(&std::fs::read(tree.join("2.1.1").join(file)).unwrap()).unwrap()
}

const MODEL: &str = "models/json/beacon-v2-default-model";
const FOLDERS: [&str; 7] = [
    "genomicVariations",
    "individuals",
    "biosamples",
    "runs",
    "analyses",
    "datasets",
    "cohorts",
];

#[test]
fn the_table_is_the_union_of_the_two_official_files() {
    let Some(tree) = shared() else { return };
    // Maps each official path to whether it accepts POST. The value is `None` for a path that only beaconMap.json contains.
    let mut official: BTreeMap<String, Option<bool>> = BTreeMap::new();
    let mut files = vec!["framework/json/endpoints.json".to_owned(), format!("{MODEL}/endpoints.json")];
    files.extend(FOLDERS.map(|folder| format!("{MODEL}/{folder}/endpoints.json")));
    for file in files {
        for (path, methods) in read(&tree, &file)["paths"].as_object().unwrap() {
            official.insert(path.clone(), Some(methods.get("post").is_some()));
        }
    }
    let map = read(&tree, &format!("{MODEL}/beaconMap.json"));
    let mut returned = BTreeMap::new();
    let path = |url: &Value| url.as_str().unwrap().strip_prefix("https://exampleBeacons.org").unwrap().to_owned();
    for set in map["endpointSets"].as_object().unwrap().values() {
        let entry = set["entryType"].as_str().unwrap().to_owned();
        for name in ["rootUrl", "singleEntryUrl", "filteringTermsUrl"] {
            if let Some(url) = set.get(name) {
                official.entry(path(url)).or_insert(None);
                if name != "filteringTermsUrl" {
                    returned.insert(path(url), entry.clone());
                }
            }
        }
        for related in set["endpoints"].as_object().unwrap().values() {
            official.entry(path(&related["url"])).or_insert(None);
            returned.insert(path(&related["url"]), related["returnedEntryType"].as_str().unwrap().to_owned());
        }
    }
    let ours: Vec<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
    assert_eq!(ours.len(), official.len());
    for (path, post) in &official {
        let endpoint = Endpoint::of(path).unwrap_or_else(|| panic!("{path} is missing"));
        assert!(post.is_none_or(|post| post == endpoint.takes_post()), "{path}");
        if let Some(entry) = returned.get(path) {
            assert_eq!(endpoint.returned().map(EntryType::entity_id), Some(entry.as_str()), "{path}");
        }
    }
    assert!(returned.len() > 30);
}

/// Collects every URL of a rendered map and returns their paths, sorted.
fn urls(map: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for set in map["response"]["endpointSets"].as_object().unwrap().values() {
        let own = ["rootUrl", "singleEntryUrl", "filteringTermsUrl"].map(|name| set.get(name));
        let related = set
            .get("endpoints")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|m| m.values())
            .map(|e| e.get("url"));
        let all = own.into_iter().chain(related).flatten();
        found.extend(all.map(|url| url.as_str().unwrap().strip_prefix("https://b.example/beacon").unwrap().to_owned()));
    }
    found.sort();
    found
}

#[test]
fn the_map_lists_exactly_the_served_endpoints() {
    let Some(tree) = shared() else { return };
    let official = answer(&tree, "beaconMapResponse");
    let render = |served: &[&Endpoint]| MapResponse::of_served(BEACON, "https://b.example/beacon", served.iter().copied());
    let some: Vec<&Endpoint> = [
        "/",
        "/g_variants",
        "/individuals",
        "/individuals/{id}",
        "/individuals/{id}/g_variants",
        "/individuals/filtering_terms",
    ]
    .map(|path| Endpoint::of(path).unwrap())
    .into();
    for served in [ENDPOINTS.iter().collect::<Vec<_>>(), some] {
        let map = render(&served)
            .unwrap()
            .with_open_api(EntryType::Individual, "https://example.org/endpoints.json");
        assert_valid(&official, &map);
        let listable = |e: &&&Endpoint| {
            e.returned().is_some() || matches!(e.kind, EndpointKind::FilteringTermsOfAll(_) | EndpointKind::FilteringTermsOfOne(_))
        };
        let mut expected: Vec<String> = served.iter().filter(listable).map(|e| e.path.to_owned()).collect();
        expected.sort();
        assert_eq!(urls(&serde_json::to_value(&map).unwrap()), expected);
    }
    assert!(render(&[Endpoint::of("/map").unwrap()]).is_none());
    // The names of the entry types in the rendered map equal the names in the official map.
    let ours = serde_json::to_value(render(&ENDPOINTS.iter().collect::<Vec<_>>())).unwrap();
    for (name, set) in read(&tree, &format!("{MODEL}/beaconMap.json"))["endpointSets"].as_object().unwrap() {
        let mine = &ours["response"]["endpointSets"][name];
        assert_eq!(mine["entryType"], set["entryType"]);
        for related in set["endpoints"].as_object().unwrap().keys() {
            assert!(mine["endpoints"][related].is_object(), "{name} {related}");
        }
    }
}

fn definitions() -> (EntryTypeDefinition, Vec<EntryTypeDefinition>) {
    let mut list: Vec<EntryTypeDefinition> = EntryType::ALL.map(|entry| EntryTypeDefinition::of(entry, false)).into();
    list[1].description = Some("People".to_owned());
    (list.remove(0), list)
}

#[test]
fn configuration_and_entry_types_are_valid() {
    let Some(tree) = shared() else { return };
    let (first, others) = definitions();
    let types = EntryTypesResponse::new(BEACON, first.clone(), others.clone());
    assert_valid(&answer(&tree, "beaconEntryTypesResponse"), &types);
    let types = serde_json::to_value(types).unwrap();
    let official = read(&tree, &format!("{MODEL}/beaconConfiguration.json"));
    for (entry, definition) in official["entryTypes"].as_object().unwrap() {
        let ours = &types["response"]["entryTypes"][entry];
        for member in ["id", "name", "ontologyTermForThisType", "aCollectionOf"] {
            assert_eq!(ours.get(member), definition.get(member), "{entry} {member}");
        }
        assert_eq!(ours["defaultSchema"]["id"], definition["defaultSchema"]["id"]);
        // The schema to which the definition refers must be a file of the specification.
        let file = ours["defaultSchema"]["referenceToSchemaDefinition"].as_str().unwrap();
        let file = file
            .strip_prefix("https://raw.githubusercontent.com/ga4gh-beacon/beacon-v2/main/")
            .unwrap();
        assert!(tree.join("2.1.1").join(file).is_file(), "{file}");
    }
    let validator = answer(&tree, "beaconConfigurationResponse");
    for status in [ProductionStatus::Dev, ProductionStatus::Test, ProductionStatus::Prod] {
        let security = SecurityAttributes {
            default_granularity: Granularity::Boolean,
            security_levels: vec![SecurityLevel::Public, SecurityLevel::Registered, SecurityLevel::Controlled],
        };
        let configuration = ConfigurationResponse::new(BEACON, status, security, first.clone(), others.clone());
        assert_valid(&validator, &configuration);
        let document = serde_json::to_value(configuration).unwrap();
        assert_eq!(document["response"]["entryTypes"], types["response"]["entryTypes"]);
    }
}

#[test]
fn filtering_terms_are_valid() {
    let Some(tree) = shared() else { return };
    let validator = answer(&tree, "beaconFilteringTermsResponse");
    let mut resource = OntologyResource::new("hp");
    resource.name = Some("Human Phenotype Ontology".to_owned());
    resource.url = Some("https://purl.obolibrary.org/obo/hp.owl".to_owned());
    resource.version = Some("2025-01-16".to_owned());
    resource.name_space_prefix = Some("HP".to_owned());
    resource.iri_prefix = Some("https://purl.obolibrary.org/obo/HP_".to_owned());
    let terms = vec![
        FilteringTerm::ontology(
            "Human Phenotype Ontology",
            "HP:0001250",
            Some("Seizure"),
            &[EntryType::Individual, EntryType::GenomicVariant],
        ),
        FilteringTerm::alphanumeric("age", Some("Age"), &[EntryType::Individual], Vec::new()),
        FilteringTerm::alphanumeric("grade", None, &[], vec!["low".to_owned(), "high".to_owned()]),
        FilteringTerm::custom("demographic.ethnicity:asian", None, &[EntryType::Individual]),
    ];
    assert_valid(&validator, &FilteringTermsResponse::new(BEACON, Vec::new(), Vec::new()));
    let full = FilteringTermsResponse::new(BEACON, terms, vec![OntologyResource::new("ncit"), resource]);
    assert_valid(&validator, &full);
    let document = serde_json::to_value(full).unwrap();
    assert_eq!(
        document["response"]["filteringTerms"][0]["scopes"],
        json!(["individual", "genomicVariant"])
    );
    assert_eq!(document["response"]["filteringTerms"][0]["type"], "Human Phenotype Ontology");
}
