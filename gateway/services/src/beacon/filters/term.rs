//! Terms: what a filter's id stands for, and who has it.

use gemj_access::{Grant, Terms};
use gemj_catalogue::{LoadedOntologies, TermsView};
use gemj_model::{DatasetId, Sex};
use roaring::RoaringBitmap;

use super::code_systems::code_system;
use super::{Scope, sex};
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// A term, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A registered sex.
    Sex(Sex),
    /// A code: of facts, of specimens or of either.
    Code(Code),
    /// A code that is answered only where it is listed: a term of the institutions' own, or one that its loaded release does not have.
    Listed(Code),
}

/// A code and where it is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) id: String,
    /// Whether the terms below it count too.
    pub(super) descendants: bool,
    pub(super) scope: Scope,
    /// Whether it is of a known code system. What is not is listed where k families have it, at every tier.
    is_known: bool,
}

/// A term and what is said of how it was read.
pub(super) struct Resolved {
    pub(super) term: Term,
    /// The loaded release that it is of; absent where none is loaded.
    pub(super) release: Option<String>,
    /// The term, where it matches itself alone because no loaded release has it.
    pub(super) exact: Option<String>,
}

/// Resolves an id.
///
/// # Errors
/// [`ServiceError::Filter`] for a sex of a specimen, [`ServiceError::UnknownTerm`] for a specimen's term of no known code system.
pub(super) fn resolve(ontologies: &LoadedOntologies, id: &str, descendants: bool, scope: Scope) -> Result<Resolved, ServiceError> {
    if let Some(sex) = sex::of_term(id) {
        return match scope {
            Scope::Any | Scope::Individual => Ok(Resolved {
                term: Term::Sex(sex),
                release: None,
                exact: None,
            }),
            Scope::Biosample => Err(ServiceError::Filter {
                expected: "the scope individuals: sex is a person's",
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
        // Institutions' own terms are read of people alone.
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
    /// The code that is answered wherever it is asked for.
    pub(super) fn code(&self) -> Option<&Code> {
        match self {
            Self::Code(code) => Some(code),
            Self::Sex(_) | Self::Listed(_) => None,
        }
    }
}

impl Code {
    /// Who of those in view has it.
    pub(super) fn people(&self, view: &TermsView<'_>) -> RoaringBitmap {
        match self.scope {
            Scope::Individual => view.with_facts(&self.id, self.descendants),
            Scope::Biosample => view.with_specimens(&self.id, self.descendants),
            Scope::Any => view.with_facts(&self.id, self.descendants) | view.with_specimens(&self.id, self.descendants),
        }
    }

    /// Whether these people are enough for the code to be listed.
    fn is_listed(&self, grant: &Grant, terms: Terms, people: &RoaringBitmap) -> bool {
        terms.shows(grant, people) && (self.is_known || terms.has_least_families(grant, people))
    }
}

/// Who has a code that is answered only where it is listed: in each dataset those who are enough. It is known where it is listed in any dataset of the
/// Grant, so that a refusal tells nothing that the list does not.
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
