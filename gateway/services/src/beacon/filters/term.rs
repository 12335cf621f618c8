//! Terms in filters: the meaning of a filter's id, and the participants that have the term.

use gemj_access::{Grant, Terms};
use gemj_catalogue::{LoadedOntologies, TermsView};
use gemj_model::{DatasetId, Sex};
use roaring::RoaringBitmap;

use super::code_systems::code_system;
use super::{Scope, sex};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The meaning of a filter's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A registered sex.
    Sex(Sex),
    /// A code of facts, of specimens or of both, according to its scope.
    Code(Code),
    /// A code that a filter may use only where `/filtering_terms` lists the code: an institution's own term, or a term that the loaded
    /// release of its code system does not contain.
    Listed(Code),
}

/// A code in a filter, with its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) id: String,
    /// Whether the filter also matches the descendants of the term.
    pub(super) descendants: bool,
    pub(super) scope: Scope,
    /// Whether the code belongs to a known code system. Any other code is listed only where k families have it, at every tier.
    is_known: bool,
}

/// A resolved term, and the statements about how it was resolved.
pub(super) struct Resolved {
    pub(super) term: Term,
    /// The version of the loaded release of the term's code system; absent if no release is loaded.
    pub(super) release: Option<String>,
    /// The id of the term, if the term matches only itself because no loaded release contains it. Absent for an institution's own term.
    pub(super) exact: Option<String>,
}

/// Resolves the id of a filter to a sex or a code.
///
/// # Errors
/// * [`ServiceError::Filter`] for a sex with the scope of specimens.
/// * [`ServiceError::UnknownTerm`] for a specimen's term without a known code system.
pub(super) fn resolve(ontologies: &LoadedOntologies, id: &str, descendants: bool, scope: Scope) -> Result<Resolved, ServiceError> {
    if let Some(sex) = sex::of_term(id) {
        return match scope {
            Scope::Any | Scope::Individual => Ok(Resolved {
                term: Term::Sex(sex),
                release: None,
                exact: None,
            }),
            Scope::Biosample => Err(ServiceError::Filter {
                expected: "the scope individuals: only individuals have a sex",
            }),
        };
    }
    let code = |is_known| Code {
        id: id.to_owned(),
        descendants,
        scope,
        is_known,
    };
    if let Some(release) = ontologies.release_of(id) {
        return Ok(if ontologies.knows(id) {
            Resolved {
                term: Term::Code(code(true)),
                release: Some(release.version.clone()),
                exact: None,
            }
        } else {
            Resolved {
                term: Term::Listed(code(true)),
                release: Some(release.version.clone()),
                exact: Some(id.to_owned()),
            }
        });
    }
    match id.split_once(':') {
        Some((prefix, local)) if !local.is_empty() && code_system(prefix).is_some() => Ok(Resolved {
            term: Term::Code(code(true)),
            release: None,
            exact: Some(id.to_owned()),
        }),
        // The institutions' own terms are facts of participants, never of specimens.
        _ if scope == Scope::Biosample => Err(ServiceError::UnknownTerm { id: id.to_owned() }),
        _ => Ok(Resolved {
            term: Term::Listed(Code {
                scope: Scope::Individual,
                ..code(false)
            }),
            release: None,
            exact: None,
        }),
    }
}

impl Term {
    /// The code, if a filter may use the code whether or not it is listed. Absent for a sex, and for a code that must be listed.
    pub(super) fn code(&self) -> Option<&Code> {
        match self {
            Self::Code(code) => Some(code),
            Self::Sex(_) | Self::Listed(_) => None,
        }
    }

    /// The id of the code, also of a code that must be listed. Absent for a sex.
    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Self::Code(code) | Self::Listed(code) => Some(&code.id),
            Self::Sex(_) => None,
        }
    }
}

impl Code {
    /// The participants in the view that have the code.
    pub(super) fn people(&self, view: &TermsView<'_>) -> RoaringBitmap {
        match self.scope {
            Scope::Individual => view.with_facts(&self.id, self.descendants),
            Scope::Biosample => view.with_specimens(&self.id, self.descendants),
            Scope::Any => view.with_facts(&self.id, self.descendants) | view.with_specimens(&self.id, self.descendants),
        }
    }

    /// Whether enough participants have the code for the code to be listed.
    fn is_listed(&self, grant: &Grant, terms: Terms, people: &RoaringBitmap) -> bool {
        terms.shows(grant, people) && (self.is_known || terms.has_least_families(grant, people))
    }
}

/// The participants of a dataset with a code that a filter may use only where the code is listed. The result is empty if too few
/// participants of the dataset have the code. The filter is accepted if any dataset of the Grant lists the code, so that a refusal reveals
/// no more than the list.
pub(super) async fn listed(stores: &Stores, grant: &Grant, dataset: &DatasetId, code: &Code) -> Result<RoaringBitmap, ServiceError> {
    let mut found = RoaringBitmap::new();
    let mut listed = false;
    for granted in grant.datasets() {
        let people = stores
            .catalogue
            .show_terms(grant, granted.dataset(), |view| code.people(view))
            .await?;
        let people = people.unwrap_or_default();
        if code.is_listed(grant, granted.terms(), &people) {
            listed = true;
            if granted.dataset() == dataset {
                found = people;
            }
        }
    }
    if listed {
        Ok(found)
    } else {
        Err(ServiceError::UnknownTerm { id: code.id.clone() })
    }
}
