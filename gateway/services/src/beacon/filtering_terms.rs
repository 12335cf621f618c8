//! The terms by which a caller can filter: the fields of comparisons, and the stored terms of the participants that the Grant covers at
//! this moment.
//!
//! A stored term is listed if the term is visible in at least one dataset. The rules are:
//! * For an approved project, the term is visible if at least one participant has it. For all other callers, at least k families must have
//!   it. Both rules apply also to a term that the loaded release of its code system does not contain.
//! * Records never contain an institution's own term. Such a term is visible only if k families have it, for an approved project too.
//! * The label comes from the loaded release. If no loaded release has a label for a term of a known code system, the label is the received
//!   label that most participants have, among the labels that k families of a dataset have.

use std::collections::{BTreeMap, BTreeSet};

use ga4gh_beacon::{EntryType, FilteringTerm, OntologyResource, TermsPage};
use gemj_access::{Action, DatasetGrant, Grant, Granularity, PseudonymKey};
use gemj_catalogue::{LoadedRelease, StoredTerm, TermKind};
use gemj_model::{DatasetId, Sex};
use roaring::RoaringBitmap;

use super::answer::ToldOf;
use super::filters::{CodeSystem, PUBLISHED, Published, SEX_TERMS, code_system, is_told};
use super::records;
use super::records::term::Terms;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The action that is decided for the list of filtering terms. The list discloses the same as requests about individuals.
pub const ACTION: Action = Action::AskIndividuals;

/// Filtering terms, and the code systems of these terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilteringTerms {
    /// The terms: first the fields of comparisons, then the stored terms in order of id.
    pub terms: Vec<FilteringTerm>,
    /// The code systems of the listed terms, in order of prefix.
    pub resources: Vec<OntologyResource>,
}

impl FilteringTerms {
    /// The list that every caller may read: the fields of comparisons, without stored terms.
    #[must_use]
    pub fn fields() -> Self {
        let field = |field: &Published| {
            let values = field.values.iter().map(|value| (*value).to_owned()).collect();
            FilteringTerm::alphanumeric(field.id, Some(field.label), &[EntryType::Individual], values)
        };
        Self {
            terms: PUBLISHED.iter().map(field).collect(),
            resources: Vec::new(),
        }
    }

    /// The fields of comparisons, and the stored terms of all datasets of the Grant.
    ///
    /// # Errors
    /// The catalogue's failure.
    pub async fn of(stores: &Stores, grant: &Grant) -> Result<Self, ServiceError> {
        Self::of_people(stores, grant, |_| None).await
    }

    /// The fields of comparisons, and the stored terms of the datasets that are both in the Grant and in `only`.
    ///
    /// # Errors
    /// The catalogue's failure.
    pub async fn of_datasets(stores: &Stores, grant: &Grant, only: &[DatasetId]) -> Result<Self, ServiceError> {
        let nobody = RoaringBitmap::new();
        Self::of_people(stores, grant, |dataset| (!only.contains(dataset.dataset())).then_some(&nobody)).await
    }

    /// The fields of comparisons, and the stored terms of one participant. `id` is the participant's id in records. If the caller may not
    /// know the id, or if no participant has the id, only the fields are returned.
    ///
    /// The second value contains the participant, for each dataset: the terms are a disclosure about this participant.
    ///
    /// # Errors
    /// The catalogue's failure.
    pub async fn of_person(stores: &Stores, grant: &Grant, names: &PseudonymKey, id: &str) -> Result<(Self, ToldOf), ServiceError> {
        let mut found = BTreeMap::new();
        for dataset in grant.datasets() {
            if dataset.granularity() == Granularity::Record
                && let Some(person) = records::find(stores, grant, names, dataset, EntryType::Individual, id).await?
            {
                found.insert(dataset.dataset().clone(), person.people().clone());
            }
        }
        if found.is_empty() {
            return Ok((Self::fields(), Vec::new()));
        }
        let nobody = RoaringBitmap::new();
        let terms = Self::of_people(stores, grant, |dataset| Some(found.get(dataset.dataset()).unwrap_or(&nobody))).await?;
        Ok((terms, found.into_iter().collect()))
    }

    async fn of_people<'a>(
        stores: &Stores,
        grant: &Grant,
        within: impl Fn(&DatasetGrant) -> Option<&'a RoaringBitmap>,
    ) -> Result<Self, ServiceError> {
        let ontologies = stores.catalogue.loaded_ontologies().await?;
        let releases = ontologies.releases();
        let systems = Terms::read(stores, &BTreeSet::new()).await?;
        let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
        for dataset in grant.datasets() {
            let within = within(dataset);
            for mut term in stores.catalogue.stored_terms(grant, dataset.dataset()).await? {
                let is_told = is_told(&term.code, term.in_release, &systems);
                if !is_told && !dataset.terms().has_least_families(grant, &term.people) {
                    continue;
                }
                if let Some(within) = within {
                    term.people &= within;
                }
                if dataset.terms().shows(grant, &term.people) && is_answered(&term, releases) {
                    listed.entry(term.code.clone()).or_default().add(grant, term, is_told);
                }
            }
            for (id, sex, label) in [(SEX_TERMS[0].0, Sex::Female, "Female"), (SEX_TERMS[1].0, Sex::Male, "Male")] {
                let mut people = stores.catalogue.participants_by_sex(grant, dataset.dataset(), &[sex]).await?;
                if let Some(within) = within {
                    people &= within;
                }
                if dataset.terms().shows(grant, &people) {
                    let term = listed.entry(id.to_owned()).or_default();
                    term.label = Some(label.to_owned());
                    term.kinds.insert(TermKind::Phenotype);
                }
            }
        }
        let mut terms = Self::fields();
        let mut prefixes = BTreeSet::new();
        for (id, term) in listed {
            let system = system_of(&id, releases);
            if let Some(prefix) = &system {
                prefixes.insert((*prefix).to_owned());
            }
            terms.terms.push(term.rendered(&id, system));
        }
        terms.resources = prefixes.iter().map(|prefix| resource(prefix, releases)).collect();
        Ok(terms)
    }

    /// The list without the terms that are about specimens only.
    #[must_use]
    pub fn of_individuals(mut self) -> Self {
        self.terms.retain(|term| term.is_about(EntryType::Individual));
        self
    }

    /// One page of the list of terms.
    #[must_use]
    pub fn page(mut self, page: TermsPage) -> Self {
        let of_page = page.of(self.terms.len());
        self.terms = self.terms.drain(of_page).collect();
        self
    }
}

/// A listed term: its label and its kinds, from all datasets in which the term is visible.
#[derive(Default)]
struct Listed {
    label: Option<String>,
    kinds: BTreeSet<TermKind>,
}

impl Listed {
    fn add(&mut self, grant: &Grant, term: StoredTerm, is_told: bool) {
        self.kinds.insert(term.kind);
        if self.label.is_none() && is_told {
            self.label = term.label.or_else(|| most_used(grant, &term.received_labels));
        }
    }

    fn rendered(self, id: &str, system: Option<&str>) -> FilteringTerm {
        let only_measured = self.kinds.iter().all(|kind| *kind == TermKind::Measurement);
        let of_people = self.kinds.iter().any(|kind| *kind != TermKind::Specimen);
        let of_specimens = self.kinds.contains(&TermKind::Specimen);
        let scopes = [(of_people, EntryType::Individual), (of_specimens, EntryType::Biosample)];
        let scopes: Vec<EntryType> = scopes.into_iter().filter(|(is, _)| *is).map(|(_, scope)| scope).collect();
        let label = self.label.as_deref();
        match system {
            None => FilteringTerm::custom(id, label, &scopes),
            Some(_) if only_measured => FilteringTerm::alphanumeric(id, label, &scopes, Vec::new()),
            Some(prefix) => FilteringTerm::ontology(code_system(prefix).map_or(prefix, |system| system.name), id, label, &scopes),
        }
    }
}

/// The received label with which most participants have a term, among the labels that k families of a dataset have.
fn most_used(grant: &Grant, labels: &BTreeMap<String, RoaringBitmap>) -> Option<String> {
    let shown = labels.iter().filter(|(_, people)| grant.terms().has_least_families(grant, people));
    let most = shown.max_by(|a, b| a.1.len().cmp(&b.1.len()).then_with(|| b.0.cmp(a.0)));
    most.map(|(label, _)| label.clone())
}

/// Whether a filter by a stored term is supported. A term of a specimen is supported only if its code system is known.
fn is_answered(term: &StoredTerm, releases: &[LoadedRelease]) -> bool {
    match term.kind {
        TermKind::Specimen => system_of(&term.code, releases).is_some(),
        TermKind::Phenotype | TermKind::Disease | TermKind::Measurement => true,
    }
}

/// The prefix of a term, if its code system is known; absent for the institutions' own terms.
fn system_of<'a>(id: &'a str, releases: &[LoadedRelease]) -> Option<&'a str> {
    let (prefix, local) = id.split_once(':')?;
    let known = code_system(prefix).is_some() || releases.iter().any(|release| release.prefix == prefix);
    (known && !local.is_empty()).then_some(prefix)
}

fn resource(prefix: &str, releases: &[LoadedRelease]) -> OntologyResource {
    let system = code_system(prefix);
    let text = |of: fn(&'static CodeSystem) -> &'static str| system.map(of).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut resource = OntologyResource::new(&prefix.to_ascii_lowercase());
    resource.name = text(|system| system.name);
    resource.url = text(|system| system.url);
    resource.version = releases.iter().find(|r| r.prefix == prefix).map(|r| r.version.clone());
    resource.name_space_prefix = Some(prefix.to_owned());
    resource.iri_prefix = text(|system| system.iri_prefix);
    resource
}
