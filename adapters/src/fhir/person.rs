//! Joins Patient resources to persons, finds the person of each resource, and gives the units.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use super::identity::{Identifier, Number};
use super::index::{Index, Place};
use super::names::{Persons, Reach, Resolved};
use super::source::{Refused, Sources};
use super::unit::{Builder, Person};
use super::{MAX_PATIENT_BYTES, Options};
use crate::unit::{Identity, Met, Undecodable};

/// Gives the units of all patients, in the order of their first Patient resource. Before them, the resources without a patient.
pub(super) fn units(index: Index, options: &Options, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let mut persons: Vec<Person> = Vec::new();
    let mut names = Persons::default();
    let mut known: HashMap<&Identifier, usize> = HashMap::new();
    let reach = |container: u32| match index.containers.get(container as usize) {
        Some(bundle) if bundle.is_closed => Reach::Inside,
        Some(bundle) if container == 0 || bundle.is_page => Reach::All,
        Some(_) | None => Reach::Addresses,
    };
    for (at, patient) in index.patients.iter().enumerate() {
        let next = persons.len();
        let person = match &patient.number {
            Ok(number) => *known.entry(number).or_insert(next),
            Err(_) => next,
        };
        if person == next {
            persons.push(Person {
                number: patient.number.clone(),
                patients: Vec::new(),
                resources: Vec::new(),
            });
        }
        if let Some(person) = persons.get_mut(person) {
            person.patients.push(at);
        }
        names.add(
            &patient.named,
            u32::try_from(person).unwrap_or(u32::MAX),
            reach(patient.place.container),
        );
    }
    check_systems(&mut persons, options);
    let resolved: Vec<Resolved> = index.subjects.iter().map(|subject| names.resolve(subject, &reach)).collect();
    drop((names, known));
    for (at, resource) in index.resources.iter().enumerate() {
        let refused: Refused = match resolved.get(resource.subject as usize) {
            Some(Resolved::Person(person)) => {
                if let Some(person) = persons.get_mut(*person as usize) {
                    person.resources.push(at);
                }
                continue;
            }
            Some(Resolved::Other) => ("not-a-patient", "the subject is no patient"),
            Some(Resolved::Ambiguous) => ("ambiguous-subject", "the subject names more than one patient of the files"),
            Some(Resolved::Absent) => ("no-subject", "the resource has no subject"),
            Some(Resolved::Unresolved) | None => ("unresolved-subject", "the subject names no patient of the files"),
        };
        give(Met::Undecodable(undecodable(index.locator(&resource.place), refused)))?;
    }
    let lacks_page = index.lacks_page();
    let mut builder = Builder {
        sources: Sources::new(index.files.clone()),
        index: &index,
        options,
    };
    for person in &persons {
        let places: Vec<&Place> = person.places(&index).collect();
        let Some(first) = places.first() else { continue };
        let locator = index.locator(first);
        let refused = match &person.number {
            Err(refused) => Some(*refused),
            Ok(_) if lacks_page && !is_in_one_bundle(&places, &index) => {
                let detail = "a search result of the call has a next page that is not among the files";
                Some(("missing-page", detail))
            }
            Ok(_) if index.is_incomplete && !is_in_one_bundle(&places, &index) => {
                let detail = "a file or Bundle of the call was refused, so resources of the patient can be missing";
                Some(("incomplete-delivery", detail))
            }
            Ok(_) if places.iter().map(|place| u64::from(place.length)).sum::<u64>() > MAX_PATIENT_BYTES => {
                Some(("too-large", "the resources of the patient are larger than 64 MiB"))
            }
            Ok(_) => None,
        };
        let identity = match &person.number {
            Ok(number) => Identity::Key(crate::hl7v2::key(&[&number.system, &number.value])),
            Err(_) => Identity::Place,
        };
        give(match refused {
            Some(refused) => Met::Undecodable(Undecodable {
                identity,
                ..undecodable(locator, refused)
            }),
            None => match builder.unit(person, locator.clone()) {
                Ok(unit) => Met::Unit(unit),
                Err(fault) => Met::Undecodable(Undecodable {
                    locator,
                    reason_code: fault.0,
                    detail: fault.1,
                    identity,
                }),
            },
        })?;
    }
    ControlFlow::Continue(())
}

/// Refuses all persons if their numbers are of several systems: the numbers of a call belong to one namespace.
fn check_systems(persons: &mut [Person], options: &Options) {
    if options.patient != Number::Only {
        return;
    }
    let systems: BTreeSet<String> = persons
        .iter()
        .filter_map(|person| person.number.as_ref().ok())
        .map(|number| number.system.clone())
        .collect();
    if systems.len() > 1 {
        let detail = "the patients of the files have numbers of several systems; state the system in the profile";
        for person in persons.iter_mut().filter(|person| person.number.is_ok()) {
            person.number = Err(("several-systems", detail));
        }
    }
}

/// Whether all places are in the same Bundle, which is no page of a search result.
fn is_in_one_bundle(places: &[&Place], index: &Index) -> bool {
    let first = places.first().map_or(0, |place| place.container);
    let is_page = index.containers.get(first as usize).is_none_or(|container| container.is_page);
    first != 0 && !is_page && places.iter().all(|place| place.container == first)
}

fn undecodable(locator: String, (reason_code, detail): Refused) -> Undecodable {
    Undecodable {
        locator,
        reason_code,
        detail: detail.to_owned(),
        identity: Identity::Place,
    }
}
