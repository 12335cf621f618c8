//! Filters on participants: which of a Grant's participants match all filters.
//!
//! * A term matches itself, its descendants, and its alternative and obsolete ids.
//! * If the loaded release of a term's code system does not contain the term, the term matches only itself, and only if `/filtering_terms`
//!   lists it for the caller. Otherwise the request is refused, and the error names the term.
//! * If no release of a term's code system is loaded, the term matches only itself. The filter is accepted whether or not the term is
//!   stored.
//! * Values that records never contain are not compared. These values are the institutions' own codes (except where k families of a dataset
//!   have the code), the exact age above 90 years, and labels that an institution sent where a loaded release has a label.
//! * A fact also matches the terms that follow from its code by a loaded code table: the targets that are equal to the code or wider. A target that is
//!   narrower or inexact never matches.
//! * A comparison ([`field`]) matches a participant who has a value for which the comparison is certainly true. `!` matches a participant
//!   who has values, all of which certainly differ. A participant without a value matches neither.
//! * Below the controlled tier, comparisons are limited to the steps that [`steps`] allows.

mod bounds;
mod code_systems;
mod comparison;
mod decimal;
mod duration;
mod field;
mod matching;
mod one_spelling;
mod pattern;
mod sex;
mod steps;
mod term;
mod values;

use std::collections::BTreeSet;

use ga4gh_beacon::{EntryType, Filter};
use gemj_access::{DatasetGrant, Grant, Terms};
use gemj_catalogue::{LoadedOntologies, TermsView};
use roaring::RoaringBitmap;
use serde_json::{Map, Value};

use crate::service_error::ServiceError;
use crate::stores::Stores;
pub(super) use code_systems::{CodeSystem, code_system};
use comparison::Comparison;
pub(super) use field::{PUBLISHED, Published};
pub(super) use matching::is_told;
pub(super) use one_spelling::one_spelling;
pub(super) use sex::SEX_TERMS;
use term::{Code, Resolved, Term};
pub(super) use values::is_age;

/// The filters of a request, resolved against the loaded ontologies.
pub(super) struct Matcher {
    conditions: Vec<Condition>,
    releases: BTreeSet<String>,
    exact: BTreeSet<String>,
    /// The code tables in use that map to the code systems of the request's terms, each as its name and version.
    tables: BTreeSet<(String, String)>,
}

/// The condition that a participant must meet to match one filter.
#[derive(Debug, PartialEq, Eq)]
enum Condition {
    Term(Term),
    Comparison(Comparison),
}

impl Condition {
    fn term(&self) -> Option<&Term> {
        match self {
            Self::Term(term) => Some(term),
            Self::Comparison(_) => None,
        }
    }
}

/// The facts that a filter is about: facts of participants, of specimens, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Facts of the participant or of any of the participant's specimens.
    Any,
    Individual,
    Biosample,
}

impl Scope {
    fn of(filter: &Filter) -> Result<Self, ServiceError> {
        match filter.scope() {
            None => Ok(Self::Any),
            Some(EntryType::Individual) => Ok(Self::Individual),
            Some(EntryType::Biosample) => Ok(Self::Biosample),
            Some(EntryType::GenomicVariant | EntryType::Run | EntryType::Analysis | EntryType::Dataset | EntryType::Cohort) => {
                Err(ServiceError::Filter {
                    expected: "a scope of individuals or biosamples: other entry types have no values to filter by",
                })
            }
        }
    }
}

impl Matcher {
    /// Resolves the filters of a request: each term with its alternative and obsolete ids, and with its descendants unless the request
    /// declines descendants.
    ///
    /// # Errors
    /// [`ServiceError::UnknownTerm`] and [`ServiceError::Filter`] for a filter that this gateway does not support; the catalogue's failure.
    pub(super) async fn resolve(stores: &Stores, filters: &[Filter], terms: Terms) -> Result<Self, ServiceError> {
        let filters = different(filters);
        check_number(filters.len(), terms)?;
        let ontologies = stores.catalogue.loaded_ontologies().await?;
        let mut matcher = Self {
            conditions: Vec::new(),
            releases: BTreeSet::new(),
            exact: BTreeSet::new(),
            tables: BTreeSet::new(),
        };
        for filter in filters {
            let scope = Scope::of(filter)?;
            let condition = match filter {
                Filter::Ontology(asked) => {
                    let resolved = term::resolve(&ontologies, &asked.id, asked.include_descendant_terms, scope)?;
                    Condition::Term(matcher.note(&ontologies, resolved))
                }
                Filter::Custom(asked) => {
                    let resolved = term::resolve(&ontologies, &asked.id, asked.include_descendant_terms, scope)?;
                    Condition::Term(matcher.note(&ontologies, resolved))
                }
                Filter::Alphanumeric(asked) => {
                    let (comparison, used) = comparison::resolve(stores, &ontologies, asked, scope).await?;
                    for resolved in used {
                        matcher.note(&ontologies, resolved);
                    }
                    Condition::Comparison(comparison)
                }
            };
            if !matcher.conditions.contains(&condition) {
                matcher.conditions.push(condition);
            }
        }
        Ok(matcher)
    }

    /// Records which releases and code tables were used to resolve a term.
    fn note(&mut self, ontologies: &LoadedOntologies, resolved: Resolved) -> Term {
        if let Some(id) = resolved.term.id() {
            let tables = ontologies.tables_toward(id);
            self.tables.extend(tables.map(|table| (table.name.clone(), table.version.clone())));
        }
        self.releases.extend(resolved.release);
        self.exact.extend(resolved.exact);
        resolved.term
    }

    /// The Grant's participants of one dataset that match every filter; absent if the request has no filter.
    ///
    /// # Errors
    /// * [`ServiceError::UnknownTerm`] for a term that a filter may use only where the term is listed, if the term is not listed for the
    ///   caller.
    /// * [`ServiceError::Filter`] for a comparison finer than the dataset's tier allows.
    /// * The catalogue's failure.
    pub(super) async fn people(
        &self,
        stores: &Stores,
        grant: &Grant,
        dataset: &DatasetGrant,
    ) -> Result<Option<RoaringBitmap>, ServiceError> {
        if self.conditions.is_empty() {
            return Ok(None);
        }
        let mut comparisons = Vec::new();
        for condition in &self.conditions {
            if let Condition::Comparison(comparison) = condition {
                comparison.check_terms(dataset.terms())?;
                comparisons.push(comparison);
            }
        }
        let mut people = dataset.participants().as_ref().clone();
        let terms = || self.conditions.iter().filter_map(Condition::term);
        let codes: Vec<&Code> = terms().filter_map(Term::code).collect();
        if !codes.is_empty() {
            let matching = |view: &TermsView<'_>| {
                codes
                    .iter()
                    .map(|code| code.people(view))
                    .fold(people.clone(), |all, some| all & some)
            };
            people = stores
                .catalogue
                .show_terms(grant, dataset.dataset(), matching)
                .await?
                .unwrap_or_default();
        }
        for term in terms() {
            people &= match term {
                Term::Code(_) => continue,
                Term::Sex(sex) => stores.catalogue.participants_by_sex(grant, dataset.dataset(), &[*sex]).await?,
                Term::Listed(code) => term::listed(stores, grant, dataset.dataset(), code).await?,
            };
        }
        for matching in matching::people(stores, grant, dataset.dataset(), &comparisons).await? {
            people &= matching;
        }
        Ok(Some(people))
    }

    /// Adds to `info` which ontology releases and code tables were used, and which terms were matched exactly because no loaded release contains them.
    /// No member depends on stored facts.
    pub(super) fn describe(&self, info: &mut Map<String, Value>) {
        if !self.conditions.is_empty() {
            info.insert("ontologyReleases".to_owned(), self.releases.iter().cloned().collect());
        }
        if !self.tables.is_empty() {
            let table = |(name, version): &(String, String)| serde_json::json!({"name": name, "version": version});
            info.insert("codeTables".to_owned(), self.tables.iter().map(table).collect());
        }
        if !self.exact.is_empty() {
            info.insert("termsInNoLoadedRelease".to_owned(), self.exact.iter().cloned().collect());
        }
    }
}

/// The filters of a request without duplicates.
fn different(filters: &[Filter]) -> Vec<&Filter> {
    let mut different: Vec<&Filter> = Vec::new();
    for filter in filters {
        if !different.contains(&filter) {
            different.push(filter);
        }
    }
    different
}

/// Refuses a request with more filters than its tier allows, before data is read.
fn check_number(filters: usize, terms: Terms) -> Result<(), ServiceError> {
    if filters <= terms.most_filters() {
        return Ok(());
    }
    Err(ServiceError::Filter {
        expected: if terms.is_exact() {
            "at most 20 different filters"
        } else {
            "at most 5 different filters at this tier"
        },
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use ga4gh_beacon::parse_get;
    use gemj_access::Tier;

    use super::*;
    use crate::beacon::terms_fixture::terms;

    #[test]
    fn a_repeated_filter_counts_once_and_each_tier_limits_the_number_of_filters() {
        let of = |list: &str| {
            parse_get(EntryType::Individual, &[("filters".to_owned(), list.to_owned())])
                .unwrap()
                .filters
        };
        let twice = of("HP:1,age>P70Y,HP:1,age>P70Y,age>P75Y");
        assert_eq!(different(&twice).len(), 3);
        for (tier, most) in [(Tier::Public, 5), (Tier::Registered, 5), (Tier::Controlled, 20)] {
            assert!(check_number(most, terms(tier)).is_ok());
            assert!(
                matches!(check_number(most + 1, terms(tier)), Err(ServiceError::Filter { .. })),
                "{tier:?}"
            );
        }
    }
}
