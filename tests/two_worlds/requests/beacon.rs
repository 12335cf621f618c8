//! Requests to the Beacon and to the federation.

use gemj_demo::Persona;
use serde_json::{Map, Value, json};

use super::{Asked, Asker, bare, encoded, posted};
use crate::people::{CARRIERS, GENES, HIDDEN_CARRIES, NAMES, TERMS, position};

const ENTRIES: [&str; 7] = ["individuals", "biosamples", "runs", "analyses", "g_variants", "datasets", "cohorts"];
const INFORMATION: [&str; 9] = [
    "",
    "/info",
    "/service-info",
    "/configuration",
    "/map",
    "/entry_types",
    "/filtering_terms",
    "/individuals/filtering_terms",
    "/datasets/cancer/filtering_terms",
];

pub(super) fn next(asker: &mut Asker, caller: Option<Persona>) -> Asked {
    if asker.chance(8) {
        let path = asker.one(&INFORMATION);
        let page = if asker.chance(40) {
            format!("?skip={}&limit={}", asker.random.below(3), asker.random.below(6))
        } else {
            String::new()
        };
        return bare("GET", &format!("/beacon{path}"), format!("/beacon{path}{page}"), caller);
    }
    let (operation, path) = path(asker);
    let parameters = parameters(asker, operation.ends_with("g_variants"));
    if asker.chance(45) && !operation.starts_with("/federation") {
        posted(&operation, path, &body(asker, &parameters), caller)
    } else {
        let query: Vec<String> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let method = if asker.chance(8) { "HEAD" } else { "GET" };
        bare(method, &operation, format!("{path}?{}", query.join("&")), caller)
    }
}

fn path(asker: &mut Asker) -> (String, String) {
    if asker.chance(3) {
        return ("/federation/g_variants".to_owned(), "/federation/g_variants".to_owned());
    }
    let entry = if asker.chance(60) {
        asker.one(&["individuals", "g_variants"])
    } else {
        asker.one(&ENTRIES)
    };
    let root = format!("/beacon/{entry}");
    if asker.chance(55) {
        return (root.clone(), root);
    }
    let id = match entry {
        "datasets" => asker.one(&["cancer", "rare-disease", "none"]).to_owned(),
        "cohorts" => asker.one(&["gemj-demo", "rare-disease-families", "none"]).to_owned(),
        _ => asker.id(),
    };
    let one = format!("{root}/{}", encoded(&id));
    if asker.chance(35) {
        return (format!("{root}/{{id}}"), one);
    }
    let below = asker.one(&["individuals", "biosamples", "runs", "analyses", "g_variants", "filtering_terms"]);
    (format!("{root}/{{id}}/{below}"), format!("{one}/{below}"))
}

/// Parameter names and values for a query string.
fn parameters(asker: &mut Asker, of_variants: bool) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if of_variants || asker.chance(15) {
        variant(asker, &mut all);
    }
    if asker.chance(if of_variants { 20 } else { 65 }) {
        let count = 1 + asker.random.below(3);
        let filters: Vec<String> = (0..count).map(|_| filter(asker)).collect();
        all.push(("filters", filters.join(",")));
    }
    if asker.chance(80) {
        all.push((
            "requestedGranularity",
            asker.one(&["boolean", "count", "record", "aggregated"]).to_owned(),
        ));
    }
    if asker.chance(60) {
        all.push((
            "includeResultsetResponses",
            asker.one(&["HIT", "ALL", "MISS", "NONE", "ALL"]).to_owned(),
        ));
    }
    if asker.chance(35) {
        all.push(("skip", asker.random.below(4).to_string()));
        all.push(("limit", asker.random.below(6).to_string()));
    }
    if asker.chance(25) {
        all.push((
            "datasets",
            asker.one(&["cancer", "rare-disease", "cancer,rare-disease", "none"]).to_owned(),
        ));
    }
    if asker.chance(4) {
        all.push(("testMode", "true".to_owned()));
    }
    all
}

/// A query by allele name or by gene.
fn named(asker: &mut Asker, all: &mut Vec<(&'static str, String)>) {
    if asker.chance(60) {
        all.push(("assemblyId", asker.one(&["GRCh38", "GRCh38", "GRCh38", "GRCh37"]).to_owned()));
    }
    match asker.random.below(10) {
        0..=6 => all.push(("genomicAlleleShortForm", asker.one(&NAMES).to_owned())),
        7..=8 => {
            all.push(("geneId", asker.one(&GENES).to_owned()));
            if asker.chance(60) {
                all.push(("aminoacidChange", asker.one(&["K34E", "p.Lys34Glu", "W1K"]).to_owned()));
            }
        }
        _ => all.push(("aminoacidChange", "K34E".to_owned())),
    }
}

/// A query for one allele that the hidden participant carries. If the hidden participant counted, the number would be greater by one.
fn of_hidden(asker: &mut Asker, all: &mut Vec<(&'static str, String)>) {
    let start = position(*asker.random.of_these(&HIDDEN_CARRIES)) - 1;
    let values = ["GRCh38", "chr1", "A", "G"].map(str::to_owned);
    all.extend(
        ["assemblyId", "referenceName", "referenceBases", "alternateBases"]
            .into_iter()
            .zip(values),
    );
    all.push(("start", start.to_string()));
}

fn variant(asker: &mut Asker, all: &mut Vec<(&'static str, String)>) {
    match asker.random.below(100) {
        0..=24 => return named(asker, all),
        25..=64 => return of_hidden(asker, all),
        _ => {}
    }
    let at = usize::try_from(asker.random.below(CARRIERS.len() as u64)).unwrap();
    let start = position(at) - 1;
    all.push(("assemblyId", asker.one(&["GRCh38", "GRCh38", "hg38", "GRCh37"]).to_owned()));
    all.push((
        "referenceName",
        asker.one(&["chr1", "chr1", "1", "chr2", "NC_000001.11"]).to_owned(),
    ));
    match asker.random.below(10) {
        0..=4 => {
            all.push(("start", start.to_string()));
            all.push(("referenceBases", "A".to_owned()));
            all.push(("alternateBases", asker.one(&["G", "G", "N", "T"]).to_owned()));
        }
        5..=7 => {
            let length = asker.random.below(3000);
            all.push(("start", start.saturating_sub(50).to_string()));
            all.push(("end", (start as u64 + length).to_string()));
            if asker.chance(20) {
                all.push(("variantType", asker.one(&["SNP", "DEL", "INDEL"]).to_owned()));
            }
        }
        8 => {
            all.push(("start", format!("{},{}", start.saturating_sub(100), start + 100)));
            all.push(("end", format!("{},{}", start, start + 200)));
        }
        _ => {
            all.clear();
            all.push(("genomicAlleleShortForm", format!("NC_000001.11:g.{}A>G", start + 1)));
        }
    }
}

fn filter(asker: &mut Asker) -> String {
    match asker.random.below(12) {
        0..=7 => asker.random.of_these(&TERMS).0.to_owned(),
        8 => "HP:0000707".to_owned(),
        9 => asker.one(&["NCIT:C16576", "NCIT:C20197", "sex=female"]).to_owned(),
        10 => asker.one(&["HP:0000118", "OMIM:999999", "HP:9999999"]).to_owned(),
        _ => asker
            .one(&["age>P10Y", "diseases.ageOfOnset.iso8601duration<P5Y", "x=y"])
            .to_owned(),
    }
}

/// A POST body with the same parameters, nested by entry type or flat.
fn body(asker: &mut Asker, parameters: &[(&'static str, String)]) -> Value {
    let (mut variant, mut query) = (Map::new(), Map::new());
    let mut pagination = Map::new();
    for (name, value) in parameters {
        match *name {
            "filters" => {
                let filters: Vec<Value> = value.split(',').map(|id| json!({"id": id})).collect();
                query.insert("filters".to_owned(), filters.into());
            }
            "skip" | "limit" => {
                pagination.insert((*name).to_owned(), value.parse::<u64>().unwrap().into());
            }
            "requestedGranularity" | "includeResultsetResponses" => {
                query.insert((*name).to_owned(), value.as_str().into());
            }
            "testMode" => {
                query.insert("testMode".to_owned(), true.into());
            }
            "datasets" => {
                variant.insert("datasets".to_owned(), value.split(',').collect::<Vec<_>>().into());
            }
            "start" | "end" => {
                let numbers: Vec<u64> = value.split(',').map(|number| number.parse().unwrap()).collect();
                variant.insert((*name).to_owned(), numbers.into());
            }
            _ => {
                variant.insert((*name).to_owned(), value.as_str().into());
            }
        }
    }
    if !pagination.is_empty() {
        query.insert("pagination".to_owned(), pagination.into());
    }
    if !variant.is_empty() {
        let parameters = if asker.chance(50) {
            json!({"g_variant": variant})
        } else {
            variant.into()
        };
        query.insert("requestParameters".to_owned(), parameters);
    }
    json!({"meta": {"apiVersion": "v2.0"}, "query": query})
}
