//! Terms: what a filter's id stands for, and who has it.

use gemj_access::Grant;
use gemj_model::{DatasetId, Sex};
use roaring::RoaringBitmap;

use super::code_systems::code_system;
use super::{Scope, sex};
use crate::beacon::tiers;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// A term, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Term {
    /// A registered sex.
    Sex(Sex),
    /// Facts of any of these ids.
    Facts(Vec<String>),
    /// Specimens of any of these ids.
    Specimens(Vec<String>),
    /// Either.
    Either(Vec<String>),
    /// A term of the institutions' own: only where it is listed.
    Own(String),
}

/// A term and what is said of how it was read.
pub(super) struct Resolved {
    pub(super) term: Term,
    /// The loaded release that it is of; absent where none is loaded.
    pub(super) release: Option<String>,
    /// The term, where it matches itself alone because no release of its code system is loaded.
    pub(super) exact: Option<String>,
}

/// Resolves an id.
///
/// # Errors
/// [`ServiceError::UnknownTerm`] where its loaded release does not know it.
pub(super) async fn resolve(stores: &Stores, id: &str, descendants: bool, scope: Scope) -> Result<Resolved, ServiceError> {
    let unknown = || ServiceError::UnknownTerm { id: id.to_owned() };
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
    let expansion = stores.catalogue.expand_term(id, descendants).await?;
    let ids = |ids| match scope {
        Scope::Any => Term::Either(ids),
        Scope::Individual => Term::Facts(ids),
        Scope::Biosample => Term::Specimens(ids),
    };
    if let Some(release) = expansion.release {
        return match expansion.known {
            true => Ok(Resolved {
                term: ids(expansion.ids),
                release: Some(release),
                exact: None,
            }),
            false => Err(unknown()),
        };
    }
    match id.split_once(':') {
        Some((prefix, local)) if !local.is_empty() && code_system(prefix).is_some() => Ok(Resolved {
            term: ids(expansion.ids),
            release: None,
            exact: Some(id.to_owned()),
        }),
        // Institutions' own terms are read of people alone.
        _ if scope == Scope::Biosample => Err(unknown()),
        _ => Ok(Resolved {
            term: Term::Own(id.to_owned()),
            release: None,
            exact: None,
        }),
    }
}

impl Term {
    /// The Grant's people of a dataset who have it.
    ///
    /// # Errors
    /// [`ServiceError::UnknownTerm`] for an own term that is not listed to the Grant's holder; the catalogue's failure.
    pub(super) async fn people(&self, stores: &Stores, grant: &Grant, dataset: &DatasetId) -> Result<RoaringBitmap, ServiceError> {
        let catalogue = &stores.catalogue;
        Ok(match self {
            Self::Sex(sex) => catalogue.participants_by_sex(grant, dataset, &[*sex]).await?,
            Self::Facts(ids) => catalogue.matching_participants(grant, dataset, std::slice::from_ref(ids)).await?,
            Self::Specimens(ids) => catalogue.participants_with_specimen(grant, dataset, ids).await?,
            Self::Either(ids) => {
                catalogue.matching_participants(grant, dataset, std::slice::from_ref(ids)).await?
                    | catalogue.participants_with_specimen(grant, dataset, ids).await?
            }
            Self::Own(id) => own(stores, grant, dataset, id).await?,
        })
    }
}

/// Who has an own term, which tells whose patient somebody is: in each dataset those of whom k families have it, at every tier. It is known where
/// it is listed in any dataset of the Grant, so that a refusal tells nothing that the list does not.
async fn own(stores: &Stores, grant: &Grant, dataset: &DatasetId, id: &str) -> Result<RoaringBitmap, ServiceError> {
    let ids = [vec![id.to_owned()]];
    let mut found = RoaringBitmap::new();
    let mut listed = false;
    for granted in grant.datasets() {
        let people = stores.catalogue.matching_participants(grant, granted.dataset(), &ids).await?;
        if tiers::is_of_k_families(grant, &people) {
            listed = true;
            if granted.dataset() == dataset {
                found = people;
            }
        }
    }
    if listed {
        Ok(found)
    } else {
        Err(ServiceError::UnknownTerm { id: id.to_owned() })
    }
}
