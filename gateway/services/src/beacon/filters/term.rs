//! Terms: the meaning of a filter's id, and the participants with the term.

use gemj_access::{Grant, Terms};
use gemj_catalogue::{LoadedOntologies, TermsView};
use gemj_model::{DatasetId, Sex};
use roaring::RoaringBitmap;

use super::code_systems::code_system;
use super::{Scope, sex};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// A resolved term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A registered sex.
    Sex(Sex),
    /// A code of facts, of specimens or of both.
    Code(Code),
    /// A code that is answered only where it is listed: an institution's own term, or a term that its loaded release does not contain.
    Listed(Code),
}

/// A code and its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) id: String,
    /// Whether the descendants of the term match too.
    pub(super) descendants: bool,
    pub(super) scope: Scope,
    /// Whether the code belongs to a known code system. Any other code is listed only where k families have it, at every tier.
    is_known: bool,
}

/// A term, and the statements about how the term was resolved.
pub(super) struct Resolved {
    pub(super) term: Term,
    /// The loaded release of its code system; absent if none is loaded.
    pub(super) release: Option<String>,
    /// The term, if it matches only itself because no loaded release contains it.
    pub(super) exact: Option<String>,
}

/// Resolves an id.
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
    /// The code, if the code is answered also where it is not listed.
    pub(super) fn code(&self) -> Option<&Code> {
        match self {
            Self::Code(code) => Some(code),
            Self::Sex(_) | Self::Listed(_) => None,
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

    /// Whether there are enough participants with the code to list the code.
    fn is_listed(&self, grant: &Grant, terms: Terms, people: &RoaringBitmap) -> bool {
        terms.shows(grant, people) && (self.is_known || terms.has_least_families(grant, people))
    }
}

/// The participants with a code that is answered only where it is listed; empty for a dataset with too few participants. The code counts as
/// known if it is listed in any dataset of the Grant, so that a refusal reveals no more than the list.
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
