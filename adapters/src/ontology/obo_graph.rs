//! Parses OBO-graph JSON (`graphs[].nodes[]`, `graphs[].edges[]`; OBO Graphs 0.3).

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use super::curie::{curie, prefix, without_scheme};
use super::error::{OntologyError, Place};
use super::{MAX_TERMS, Stated, Unresolved};

#[derive(Deserialize)]
struct Document {
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
struct Graph {
    meta: Option<Meta>,
    #[serde(default)]
    nodes: Vec<Node>,
    #[serde(default)]
    edges: Vec<Edge>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    lbl: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    meta: Option<Meta>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    version: Option<String>,
    deprecated: Option<bool>,
    basic_property_values: Option<Vec<PropertyValue>>,
}

#[derive(Deserialize)]
struct PropertyValue {
    pred: String,
    #[serde(default)]
    val: Value,
}

#[derive(Deserialize)]
struct Edge {
    sub: String,
    pred: String,
    obj: String,
}

/// The properties that the parser reads, each as an address and as a CURIE.
const ALTERNATIVE_ID: [&str; 2] = [
    "http://www.geneontology.org/formats/oboInOwl#hasAlternativeId",
    "oboInOwl:hasAlternativeId",
];
const REPLACED_BY: [&str; 2] = ["http://purl.obolibrary.org/obo/IAO_0100001", "IAO:0100001"];
const OBSOLESCENCE_REASON: [&str; 2] = ["http://purl.obolibrary.org/obo/IAO_0000231", "IAO:0000231"];
const VERSION_INFO: [&str; 2] = ["http://www.w3.org/2002/07/owl#versionInfo", "owl:versionInfo"];
/// The obsolescence reason "terms merged", as a CURIE.
const TERMS_MERGED: &str = "IAO:0000227";
/// The predicates of an edge that leads from a term to its parent.
const IS_A: [&str; 2] = ["is_a", "http://www.w3.org/2000/01/rdf-schema#subClassOf"];

pub(super) fn read(bytes: &[u8]) -> Result<Unresolved, OntologyError> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Data => OntologyError::NotOboGraph { line, column },
            Category::Io | Category::Syntax | Category::Eof => OntologyError::NotJson { line, column },
        }
    })?;
    let version = document.graphs.iter().filter_map(|g| g.meta.as_ref()).find_map(version);
    let mut terms: Vec<Stated> = Vec::new();
    let mut parents: HashMap<String, Vec<String>> = HashMap::new();
    for (graph, content) in document.graphs.into_iter().enumerate() {
        for (node, content) in content.nodes.into_iter().enumerate() {
            let Some(term) = term(content, Place::Node { graph, node }) else {
                continue;
            };
            if terms.len() >= MAX_TERMS {
                return Err(OntologyError::TooManyTerms { limit: MAX_TERMS });
            }
            terms.push(term);
        }
        for edge in content.edges.into_iter().filter(|e| IS_A.contains(&e.pred.as_str())) {
            if let Some((sub, obj)) = curie(&edge.sub).zip(curie(&edge.obj)) {
                parents.entry(sub).or_default().push(obj);
            }
        }
    }
    // If two nodes have the same id, the first node gets the edges. If the id has the release's own prefix, the duplicate is refused later.
    for term in &mut terms {
        term.parents = parents.remove(&term.id).unwrap_or_default();
    }
    // An edge that begins at a missing term of the release's own prefix shows that the file has lost this term.
    let own = super::release::prefix_of_most(&terms);
    let lost = parents.into_keys().filter(|id| own == Some(prefix(id))).min();
    if let Some(id) = lost {
        return Err(OntologyError::UnknownTerm { id });
    }
    Ok(Unresolved { version, terms })
}

/// The term that a node describes; `None` for a property, an individual, a node that is only mentioned, and an id that a request cannot name.
fn term(node: Node, place: Place) -> Option<Stated> {
    let is_class = match node.kind.as_deref() {
        Some(kind) => kind == "CLASS",
        None => node.lbl.is_some(),
    };
    let id = curie(&node.id).filter(|_| is_class)?;
    let meta = node.meta.unwrap_or_default();
    let mut term = Stated {
        id,
        place,
        label: node.lbl,
        obsolete: meta.deprecated.unwrap_or(false),
        ..Stated::default()
    };
    for property in meta.basic_property_values.unwrap_or_default() {
        let (pred, value) = (property.pred.as_str(), property.val.as_str().and_then(curie));
        if ALTERNATIVE_ID.contains(&pred) {
            term.alternative_ids.extend(value);
        } else if REPLACED_BY.contains(&pred) {
            term.replaced_by.extend(value);
        } else if OBSOLESCENCE_REASON.contains(&pred) {
            term.merged = value.is_some_and(|reason| reason == TERMS_MERGED);
        }
    }
    Some(term)
}

/// The version of the release in the form of OBO text; `None` if the file states none. For example,
/// `http://purl.obolibrary.org/obo/hp/releases/2025-01-16/hp.json` becomes `hp/releases/2025-01-16`.
fn version(meta: &Meta) -> Option<String> {
    let stated = meta.version.as_deref().map(str::trim).filter(|v| !v.is_empty()).map(|text| {
        let release = without_scheme(text).and_then(|t| t.strip_prefix("purl.obolibrary.org/obo/"));
        match release.and_then(|r| r.rsplit_once('/')) {
            Some((release, file)) if file.contains('.') => release.to_owned(),
            Some(_) | None => release.unwrap_or(text).to_owned(),
        }
    });
    stated.or_else(|| {
        let properties = meta.basic_property_values.iter().flatten();
        let info = properties.filter(|p| VERSION_INFO.contains(&p.pred.as_str()));
        info.filter_map(|p| p.val.as_str())
            .map(|v| v.trim().to_owned())
            .find(|v| !v.is_empty())
    })
}
