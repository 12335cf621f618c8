//! Filters on people: which of a Grant's participants match all of them.

use std::collections::BTreeSet;

use ga4gh_beacon::{EntryType, Filter};
use gemj_access::{DatasetGrant, Grant};
use roaring::RoaringBitmap;
use serde_json::{Map, Value};

use crate::service_error::ServiceError;
use crate::stores::Stores;

/// Filters, resolved against the loaded ontologies.
pub(super) struct Matcher {
    groups: Vec<Vec<String>>,
    releases: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

impl Matcher {
    /// Resolves filters: a term with its descendants, alternative and obsolete ids, unless descendants were declined.
    pub(super) async fn resolve(stores: &Stores, filters: &[Filter]) -> Result<Self, ServiceError> {
        let mut matcher = Self {
            groups: Vec::new(),
            releases: BTreeSet::new(),
            unknown: BTreeSet::new(),
        };
        for filter in filters {
            let term = match filter {
                Filter::Ontology(term) => term,
                Filter::Alphanumeric(_) => return Err(ServiceError::Unsupported("alphanumeric filters are not answered yet")),
                Filter::Custom(_) => return Err(ServiceError::Unsupported("custom filters are not answered yet")),
            };
            match term.scope {
                None | Some(EntryType::Individual) => {}
                Some(_) => {
                    return Err(ServiceError::Unsupported(
                        "filters of another scope than individuals are not answered yet",
                    ));
                }
            }
            let expansion = stores.catalogue.expand_term(&term.id, term.include_descendant_terms).await?;
            matcher.releases.extend(expansion.release);
            if !expansion.known {
                matcher.unknown.insert(term.id.clone());
            }
            matcher.groups.push(expansion.ids);
        }
        Ok(matcher)
    }

    /// The Grant's people of one dataset who match every filter; absent where no filter restricts them.
    pub(super) async fn people(
        &self,
        stores: &Stores,
        grant: &Grant,
        dataset: &DatasetGrant,
    ) -> Result<Option<RoaringBitmap>, ServiceError> {
        if self.groups.is_empty() {
            return Ok(None);
        }
        Ok(Some(
            stores
                .catalogue
                .matching_participants(grant, dataset.dataset(), &self.groups)
                .await?,
        ))
    }

    /// Says which releases answered and which terms none of them knows.
    pub(super) fn describe(&self, info: &mut Map<String, Value>) {
        if !self.groups.is_empty() {
            info.insert("ontologyReleases".to_owned(), self.releases.iter().cloned().collect());
        }
        if !self.unknown.is_empty() {
            info.insert("termsInNoLoadedRelease".to_owned(), self.unknown.iter().cloned().collect());
        }
    }
}
