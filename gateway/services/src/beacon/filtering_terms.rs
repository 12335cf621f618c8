//! The terms that a caller can filter by: the fields that comparisons are about, and what is stored of the people whom the caller may ask about at
//! this moment.
//!
//! A stored term is listed where it is visible in one dataset: to an approved project where anybody has it, to all others where at least k families
//! do. Its label is the loaded release's, or one that as many have it under.

use std::collections::{BTreeMap, BTreeSet};

use gemj_access::{Action, DatasetGrant, Grant};
use gemj_catalogue::{LoadedRelease, StoredTerm, TermKind};
use gemj_model::Sex;
use roaring::RoaringBitmap;
use serde::Serialize;

use super::filters::{CodeSystem, PUBLISHED, Published, SEX_TERMS, code_system, is_listed};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The action whose Grant opens the list: it tells what questions about people would.
pub const ACTION: Action = Action::AskIndividuals;

/// `beaconFilteringTermsResults.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilteringTerms {
    /// The terms: fields first, then stored terms in order of id.
    pub filtering_terms: Vec<FilteringTerm>,
    /// The code systems of the terms, in order of prefix.
    pub resources: Vec<Resource>,
}

/// `FilteringTerm`: "Entities can be filtered using this term".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilteringTerm {
    /// `alphanumeric`, `custom`, or the code system's name.
    #[serde(rename = "type")]
    pub kind: String,
    /// The field or term.
    pub id: String,
    /// Absent where none may be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Ids of the entry types that it is about.
    pub scopes: Vec<&'static str>,
    /// The values of a field that has few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<&'static str>,
}

/// `Resource`: a code system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its prefix in lower case.
    pub id: String,
    /// Its name; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'static str>,
    /// Where it is described; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'static str>,
    /// The loaded release; absent where none is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its prefix.
    pub name_space_prefix: String,
    /// What the local part of a term is put behind; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iri_prefix: Option<&'static str>,
}

impl FilteringTerms {
    /// What anybody may know: the fields that comparisons are about.
    #[must_use]
    pub fn fields() -> Self {
        let field = |field: &Published| FilteringTerm {
            kind: "alphanumeric".to_owned(),
            id: field.id.to_owned(),
            label: Some(field.label.to_owned()),
            scopes: vec![INDIVIDUAL],
            values: field.values.to_vec(),
        };
        Self {
            filtering_terms: PUBLISHED.iter().map(field).collect(),
            resources: Vec::new(),
        }
    }

    /// The fields, and the terms of the Grant's datasets.
    ///
    /// # Errors
    /// The catalogue's failure.
    pub async fn of(stores: &Stores, grant: &Grant) -> Result<Self, ServiceError> {
        let releases = stores.catalogue.loaded_releases().await?;
        let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
        for dataset in grant.datasets() {
            for term in stores.catalogue.stored_terms(grant, dataset.dataset()).await? {
                if is_listed(grant, dataset.tier(), &term.people) && is_answered(stores, &term, &releases).await? {
                    listed.entry(term.code.clone()).or_default().add(grant, dataset, term);
                }
            }
            for (id, sex, label) in [(SEX_TERMS[0].0, Sex::Female, "Female"), (SEX_TERMS[1].0, Sex::Male, "Male")] {
                let people = stores.catalogue.participants_by_sex(grant, dataset.dataset(), &[sex]).await?;
                if is_listed(grant, dataset.tier(), &people) {
                    let term = listed.entry(id.to_owned()).or_default();
                    term.label = Some(label.to_owned());
                    term.kinds.insert(TermKind::Phenotype);
                }
            }
        }
        let mut terms = Self::fields();
        let mut prefixes = BTreeSet::new();
        for (id, term) in listed {
            let system = system_of(&id, &releases);
            if let Some(prefix) = &system {
                prefixes.insert((*prefix).to_owned());
            }
            terms.filtering_terms.push(term.rendered(id.clone(), system));
        }
        terms.resources = prefixes.iter().map(|prefix| resource(prefix, &releases)).collect();
        Ok(terms)
    }

    /// The same with the terms that are about people alone.
    #[must_use]
    pub fn of_individuals(mut self) -> Self {
        self.filtering_terms.retain(|term| term.scopes.contains(&INDIVIDUAL));
        self
    }

    /// A page: `skip` pages of `limit` terms are left out before it; a `limit` of 0 is all.
    #[must_use]
    pub fn page(mut self, skip: u32, limit: u32) -> Self {
        if limit > 0 {
            let before = usize::try_from(u64::from(skip) * u64::from(limit)).unwrap_or(usize::MAX);
            self.filtering_terms = self.filtering_terms.into_iter().skip(before).take(limit as usize).collect();
        } else if skip > 0 {
            self.filtering_terms.clear();
        }
        self
    }
}

const INDIVIDUAL: &str = "individual";
const BIOSAMPLE: &str = "biosample";

/// One term over the datasets where it is visible.
#[derive(Default)]
struct Listed {
    label: Option<String>,
    kinds: BTreeSet<TermKind>,
}

impl Listed {
    fn add(&mut self, grant: &Grant, dataset: &DatasetGrant, term: StoredTerm) {
        self.kinds.insert(term.kind);
        let shown = term.label.or_else(|| most_used(grant, dataset, &term.received_labels));
        if self.label.is_none() {
            self.label = shown;
        }
    }

    fn rendered(self, id: String, system: Option<&str>) -> FilteringTerm {
        let only_measured = self.kinds.iter().all(|kind| *kind == TermKind::Measurement);
        let kind = match system {
            None => "custom",
            Some(_) if only_measured => "alphanumeric",
            Some(prefix) => code_system(prefix).map_or(prefix, |system| system.name),
        };
        let of_people = self.kinds.iter().any(|kind| *kind != TermKind::Specimen);
        let of_specimens = self.kinds.contains(&TermKind::Specimen);
        let scopes = [(of_people, INDIVIDUAL), (of_specimens, BIOSAMPLE)];
        FilteringTerm {
            kind: kind.to_owned(),
            id,
            label: self.label,
            scopes: scopes.into_iter().filter(|(is, _)| *is).map(|(_, scope)| scope).collect(),
            values: Vec::new(),
        }
    }
}

/// The label that most people have a term under, where it may be shown by itself.
fn most_used(grant: &Grant, dataset: &DatasetGrant, labels: &BTreeMap<String, RoaringBitmap>) -> Option<String> {
    let shown = labels.iter().filter(|(_, people)| is_listed(grant, dataset.tier(), people));
    let most = shown.max_by(|a, b| a.1.len().cmp(&b.1.len()).then_with(|| b.0.cmp(a.0)));
    most.map(|(label, _)| label.clone())
}

/// Whether a filter by a stored term is answered: not where its loaded release does not know it, and of the institutions' own only facts'.
async fn is_answered(stores: &Stores, term: &StoredTerm, releases: &[LoadedRelease]) -> Result<bool, ServiceError> {
    let is_loaded = release_of(&term.code, releases).is_some();
    Ok(match (is_loaded, term.kind) {
        (true, TermKind::Specimen) => stores.catalogue.expand_term(&term.code, false).await?.known,
        (true, TermKind::Phenotype | TermKind::Disease | TermKind::Measurement) => term.in_release,
        (false, TermKind::Specimen) => system_of(&term.code, releases).is_some(),
        (false, TermKind::Phenotype | TermKind::Disease | TermKind::Measurement) => true,
    })
}

fn release_of<'a>(id: &str, releases: &'a [LoadedRelease]) -> Option<&'a LoadedRelease> {
    let (prefix, _) = id.split_once(':')?;
    releases.iter().find(|release| release.prefix == prefix)
}

/// The prefix of a term of a known code system; absent for the institutions' own.
fn system_of<'a>(id: &'a str, releases: &[LoadedRelease]) -> Option<&'a str> {
    let (prefix, local) = id.split_once(':')?;
    let known = code_system(prefix).is_some() || releases.iter().any(|release| release.prefix == prefix);
    (known && !local.is_empty()).then_some(prefix)
}

fn resource(prefix: &str, releases: &[LoadedRelease]) -> Resource {
    let system = code_system(prefix);
    let text = |of: fn(&'static CodeSystem) -> &'static str| system.map(of).filter(|text| !text.is_empty());
    Resource {
        id: prefix.to_ascii_lowercase(),
        name: text(|system| system.name),
        url: text(|system| system.url),
        version: releases.iter().find(|r| r.prefix == prefix).map(|r| r.version.clone()),
        name_space_prefix: prefix.to_owned(),
        iri_prefix: text(|system| system.iri_prefix),
    }
}
