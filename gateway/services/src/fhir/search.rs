//! Searches in the FHIR resources that hospitals sent.

use std::collections::BTreeSet;

use gemj_access::{CapabilityKey, Grant};
use gemj_catalogue::{Catalogue, FhirType, StoredFhirResource};
use hl7_fhir::resource::{ReceivedResource, read};
use hl7_fhir::search::{Criterion, Search, Token, TokenSystem};
use hl7_fhir::{FhirError, Identifier};
use serde_json::Value;

use super::failure::FhirFailure;
use crate::linkage::keyed_digest;

/// The page size if the client requests none.
const DEFAULT_COUNT: u32 = 50;
/// The maximum number of resources that are examined for one page. After this number the page ends, and the next page continues.
const MAX_LOOKED_AT: u32 = 2_000;
/// The number of resources that one query of the catalogue reads.
const BATCH: u32 = 200;

/// A resource on a page of search results.
#[derive(Clone)]
pub struct MatchedResource {
    /// The resource's id.
    pub id: String,
    /// The resource's JSON text.
    pub text: String,
}

/// A page of search results.
pub struct Page {
    /// The matching resources, in order of id.
    pub found: Vec<MatchedResource>,
    /// The value that requests the next page; absent on the last page.
    pub next: Option<String>,
}

/// The search keys of a resource for the parameter `identifier`: each value alone, each value with its system, and each system alone. The keys are
/// digests, because a value may be a patient's number.
#[must_use]
pub fn identifier_digests(key: &CapabilityKey, identifiers: &[Identifier]) -> Vec<(&'static str, String)> {
    let mut digests = BTreeSet::new();
    for identifier in identifiers {
        let system = identifier.system.as_deref().unwrap_or_default();
        digests.insert(digest(key, "value", "", &identifier.value));
        digests.insert(digest(key, "both", system, &identifier.value));
        digests.insert(digest(key, "system", system, ""));
    }
    digests.into_iter().map(|digest| ("identifier", digest)).collect()
}

fn token_digest(key: &CapabilityKey, token: &Token) -> String {
    match (&token.system, &token.code) {
        (TokenSystem::Any, Some(code)) => digest(key, "value", "", code),
        (TokenSystem::Absent, code) => digest(key, "both", "", code.as_deref().unwrap_or_default()),
        (TokenSystem::Is(system), Some(code)) => digest(key, "both", system, code),
        (TokenSystem::Is(system), None) => digest(key, "system", system, ""),
        (TokenSystem::Any, None) => digest(key, "system", "", ""),
    }
}

fn digest(key: &CapabilityKey, kind: &str, system: &str, value: &str) -> String {
    keyed_digest(key, "fhir-token-1", &[kind, system, value])
}

/// One page of the resources of a type that match every search criterion, for the patients of the Grant. Criteria on the patient are
/// already part of the Grant.
///
/// # Errors
/// A store failure, or a stored resource that cannot be parsed.
pub async fn search_resources(
    catalogue: &Catalogue,
    key: &CapabilityKey,
    grant: &Grant,
    kind: FhirType,
    search: &Search,
) -> Result<Page, FhirFailure> {
    let identifiers = search.criteria.iter().find_map(|criterion| match criterion {
        Criterion::Identifier(tokens) => Some(tokens.iter().map(|token| token_digest(key, token)).collect::<Vec<_>>()),
        _ => None,
    });
    let wanted = search.count.unwrap_or(DEFAULT_COUNT) as usize;
    let mut after = search.page.as_ref().map(|page| page.as_str().to_owned()).unwrap_or_default();
    let mut found: Vec<MatchedResource> = Vec::new();
    let mut looked_at = 0;
    loop {
        let tokens = identifiers.as_deref().map(|digests| ("identifier", digests));
        let batch = catalogue.fhir_resources(grant, kind, tokens, &after, BATCH).await?;
        let last = batch.len() < BATCH as usize;
        for stored in batch {
            let resource = parsed(&stored)?;
            let matches = search.criteria.iter().all(|criterion| meets(&resource, &stored.id, criterion));
            if matches && found.len() == wanted {
                return Ok(Page { found, next: Some(after) });
            }
            after.clone_from(&stored.id);
            if matches {
                found.push(MatchedResource {
                    id: stored.id,
                    text: stored.body,
                });
            }
        }
        looked_at += BATCH;
        if last {
            return Ok(Page { found, next: None });
        }
        if looked_at >= MAX_LOOKED_AT {
            return Ok(Page { found, next: Some(after) });
        }
    }
}

/// Whether a resource that the gateway builds on request matches every search criterion.
///
/// # Errors
/// [`FhirError::Internal`] if the text is not a resource.
pub fn matches(id: &str, text: &str, search: &Search) -> Result<bool, FhirError> {
    let resource = read(text.as_bytes()).map_err(|_| FhirError::Internal)?;
    Ok(search.criteria.iter().all(|criterion| meets(&resource, id, criterion)))
}

fn parsed(stored: &StoredFhirResource) -> Result<ReceivedResource, FhirError> {
    read(stored.body.as_bytes()).map_err(|_| FhirError::Internal)
}

fn meets(resource: &ReceivedResource, id: &str, criterion: &Criterion) -> bool {
    match criterion {
        Criterion::Id(ids) => ids.iter().any(|wanted| **wanted == *id),
        Criterion::Identifier(tokens) => {
            let own = resource.identifiers();
            tokens
                .iter()
                .any(|token| own.iter().any(|identifier| token.matches_identifier(identifier)))
        }
        // The Grant already limits the resources to this patient.
        Criterion::Patient(_) => true,
        Criterion::Status(tokens) => resource
            .status()
            .is_some_and(|status| tokens.iter().any(|token| status_matches(token, status))),
        Criterion::Category(tokens) => coded(resource, "category", tokens),
        Criterion::Code(tokens) => coded(resource, "code", tokens),
        Criterion::Owner(owners) => owners.iter().any(|owner| {
            let kind = owner.resource_type.as_deref().unwrap_or("Organization");
            resource.value()["owner"]["reference"] == format!("{kind}/{}", owner.id.as_str())
        }),
    }
}

/// Whether a resource's status is the code of the token. A status has its own value set, so the system of the token is not compared.
fn status_matches(token: &Token, status: &str) -> bool {
    token.code.as_deref().is_some_and(|code| code == status)
}

/// Whether an element that is a CodeableConcept or a list of CodeableConcepts has one of the codings.
fn coded(resource: &ReceivedResource, element: &str, tokens: &[Token]) -> bool {
    let concepts = match resource.value().get(element) {
        Some(Value::Array(concepts)) => concepts.iter().collect(),
        Some(concept) => vec![concept],
        None => Vec::new(),
    };
    let codings = concepts.into_iter().filter_map(|c| c.get("coding")?.as_array()).flatten();
    let codings: Vec<(Option<&str>, &str)> = codings
        .filter_map(|coding| Some((coding.get("system").and_then(Value::as_str), coding.get("code")?.as_str()?)))
        .collect();
    tokens
        .iter()
        .any(|token| codings.iter().any(|(system, code)| token.matches(*system, code)))
}
