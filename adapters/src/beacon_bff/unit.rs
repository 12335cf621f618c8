//! Joins biosamples to their individuals, and makes one unit for each individual.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::MAX_BIOSAMPLES;
use super::record::{BIOSAMPLE, DISEASE, FEATURE, INDIVIDUAL, MEASURE, record};
use super::source::{Ids, Place, Source};
use crate::received_json::Node;
use crate::unit::{Identity, Met, Record, Undecodable, Unit, UnitAccount};

/// An individual with its biosamples.
struct Individual {
    id: String,
    place: Place,
    /// Whether the file has other content with the same id.
    is_contradicted: bool,
    /// The id and the place of each biosample.
    biosamples: Vec<(String, Place)>,
}

struct Fault(&'static str, &'static str);

fn refused(locator: String, reason_code: &'static str, detail: &str) -> Met {
    Met::Undecodable(Undecodable {
        locator,
        reason_code,
        detail: detail.to_owned(),
        identity: Identity::Place,
    })
}

pub(super) fn units(
    mut individuals: Source,
    mut biosamples: Option<Source>,
    give: &mut dyn FnMut(Met) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut people: Vec<Individual> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (place, ids) in std::mem::take(&mut individuals.found) {
        let locator = || individuals.locator(place.number);
        match ids {
            Err(why) => give(refused(locator(), "bad-record", why))?,
            Ok(Ids { id: None, .. }) => give(refused(locator(), "no-id", "has no id that is a text"))?,
            Ok(Ids { id: Some(id), .. }) => match known.get(&id).and_then(|at| people.get_mut(*at)) {
                Some(individual) => individual.is_contradicted |= individual.place.digest != place.digest,
                None => {
                    known.insert(id.clone(), people.len());
                    people.push(Individual {
                        id,
                        place,
                        is_contradicted: false,
                        biosamples: Vec::new(),
                    });
                }
            },
        }
    }
    let mut is_incomplete = false;
    let mut owners: HashMap<String, u32> = HashMap::new();
    if let Some(source) = &mut biosamples {
        for (place, ids) in std::mem::take(&mut source.found) {
            let locator = || source.locator(place.number);
            match ids {
                Err(why) => {
                    // The biosample can be of any individual of the file.
                    is_incomplete = true;
                    give(refused(locator(), "bad-record", why))?;
                }
                Ok(Ids { id: None, .. }) => {
                    is_incomplete = true;
                    give(refused(locator(), "no-id", "has no id that is a text"))?;
                }
                Ok(Ids { id: Some(id), individual }) => {
                    let at = individual.and_then(|individual| known.get(&individual));
                    match at.and_then(|at| people.get_mut(*at)) {
                        Some(individual) => {
                            *owners.entry(id.clone()).or_default() += 1;
                            individual.biosamples.push((id, place));
                        }
                        None => give(refused(locator(), "unknown-individual", "is of no individual of the file"))?,
                    }
                }
            }
        }
    }
    drop(known);
    for individual in people {
        let locator = individuals.locator(individual.place.number);
        let made =
            check(&individual, &owners, is_incomplete).and_then(|()| unit(individual, &locator, &mut individuals, biosamples.as_mut()));
        give(match made {
            Ok(unit) => Met::Unit(unit),
            Err(Fault(reason_code, detail)) => refused(locator, reason_code, detail),
        })?;
    }
    ControlFlow::Continue(())
}

fn check(individual: &Individual, owners: &HashMap<String, u32>, is_incomplete: bool) -> Result<(), Fault> {
    if individual.is_contradicted {
        return Err(Fault("individual-id-twice", "the file has other content with the same id"));
    }
    if is_incomplete {
        return Err(Fault(
            "incomplete-delivery",
            "a biosample of the file cannot be read, and can be of this individual",
        ));
    }
    if individual.biosamples.len() > MAX_BIOSAMPLES {
        return Err(Fault("too-many-biosamples", "has more than 10000 biosamples"));
    }
    let mut ids = individual.biosamples.iter().map(|(id, _)| id);
    if ids.any(|id| owners.get(id).is_some_and(|count| *count > 1)) {
        return Err(Fault("biosample-id-twice", "a biosample has the id of another biosample"));
    }
    Ok(())
}

fn unit(individual: Individual, locator: &str, individuals: &mut Source, biosamples: Option<&mut Source>) -> Result<Unit, Fault> {
    let changed = || Fault("changed-while-read", "the file changed while it was read");
    let node = &individuals.record(&individual.place).ok_or_else(changed)?;
    let mut of_individual: BTreeMap<String, Node> = BTreeMap::new();
    if let Some(source) = biosamples {
        for (id, place) in individual.biosamples {
            of_individual.insert(id, source.record(&place).ok_or_else(changed)?);
        }
    }
    let mut account = UnitAccount::default();
    let mut records: Vec<Record> = vec![record(node, &INDIVIDUAL, None, &mut account)];
    for (member, shape) in [("diseases", &DISEASE), ("phenotypicFeatures", &FEATURE), ("measures", &MEASURE)] {
        for item in node.list(member) {
            records.push(record(item, shape, Some(0), &mut account));
        }
    }
    let mut digest = Sha256::new();
    node.digest(&mut digest);
    for node in of_individual.values() {
        records.push(record(node, &BIOSAMPLE, Some(0), &mut account));
        node.digest(&mut digest);
    }
    Ok(Unit {
        locator: locator.to_owned(),
        key: individual.id,
        version: String::new(),
        sha256: hex::encode(digest.finalize()),
        records,
        deleted: false,
        encoding: "utf-8",
        account,
    })
}
