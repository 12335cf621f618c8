//! Determines the recipients of disclosed data, for the ledger of disclosures. Data of a dataset is received under the approvals for that
//! dataset, even if the same answer contains data under other approvals.

use std::collections::BTreeMap;
use std::sync::Arc;

use gemj_access::{ConsentView, Grant, LocatedObject, LocatedRun, Policy};
use gemj_catalogue::Disclosure;
use gemj_model::DatasetId;
use roaring::RoaringBitmap;

use crate::beacon::ToldOf;

/// The domain of an organisation, and the country of use.
type Place = (String, String);

/// The entries in the ledger of disclosures for a file. If the Grant is based on approvals of several organisations, each organisation is a
/// recipient.
#[must_use]
pub fn of_object(grant: &Grant, object: &LocatedObject, policy: &Policy, view: &ConsentView) -> Vec<Disclosure> {
    let places = places(grant, &object.dataset, policy, view);
    let line = |(organisation, country): &Place| Disclosure::of_object(grant, object, organisation, country);
    each(places, line)
}

/// The entries in the ledger of disclosures for an answer about participants. `told_of` lists the participants for each dataset; a dataset
/// may occur more than once.
#[must_use]
pub fn of_people(grant: &Grant, told_of: &ToldOf, policy: &Policy, view: &ConsentView) -> Vec<Disclosure> {
    let mut of_datasets: BTreeMap<&DatasetId, RoaringBitmap> = BTreeMap::new();
    for (dataset, people) in told_of {
        *of_datasets.entry(dataset).or_default() |= people;
    }
    let mut lines = Vec::new();
    for (dataset, people) in of_datasets.into_iter().filter(|(_, people)| !people.is_empty()) {
        let people = Arc::new(people);
        lines.extend(each(places(grant, dataset, policy, view), |(organisation, country): &Place| {
            Some(Disclosure::of_records(grant, dataset, Arc::clone(&people), organisation, country))
        }));
    }
    lines
}

/// The entries in the ledger of disclosures for a run's outputs. They name all participants whose data was an input of the run.
#[must_use]
pub fn of_run(grant: &Grant, run: &LocatedRun, policy: &Policy, view: &ConsentView) -> Vec<Disclosure> {
    let mut lines = Vec::new();
    for input in run.inputs.iter().flatten() {
        let people = input.samples.people();
        if people.is_empty() {
            continue;
        }
        let people = Arc::new(people.clone());
        lines.extend(each(
            places(grant, &input.dataset, policy, view),
            |(organisation, country): &Place| {
                let records = Disclosure::of_records(grant, &input.dataset, Arc::clone(&people), organisation, country);
                Some(Disclosure {
                    object: Some(input.id.clone()),
                    ..records
                })
            },
        ));
    }
    lines
}

fn each(places: BTreeMap<Place, Vec<String>>, line: impl Fn(&Place) -> Option<Disclosure>) -> Vec<Disclosure> {
    let lines = places.into_iter().filter_map(|(place, approvals)| {
        Some(Disclosure {
            approvals,
            ..line(&place)?
        })
    });
    lines.collect()
}

/// The approvals on which the Grant for a dataset is based, by organisation and country of use.
fn places(grant: &Grant, dataset: &DatasetId, policy: &Policy, view: &ConsentView) -> BTreeMap<Place, Vec<String>> {
    let mut places: BTreeMap<Place, Vec<String>> = BTreeMap::new();
    for id in grant.approval_ids_for(dataset) {
        // The approval can end between the decision and the entry. The disclosure still has its organisation and country.
        let place = match view.recorded_approval(id) {
            Some(approval) => {
                let configured = || policy.organisation(&approval.organisation).country.clone();
                (approval.organisation.clone(), approval.country.clone().unwrap_or_else(configured))
            }
            // No approval is ever deleted. If one is missing, the disclosure is still recorded.
            None => (String::new(), String::new()),
        };
        places.entry(place).or_default().push(id.clone());
    }
    places
}

#[cfg(test)]
mod tests;
