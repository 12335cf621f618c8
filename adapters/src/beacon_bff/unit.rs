//! Joins biosamples to their individuals, and makes one unit for each individual.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::record::{BIOSAMPLE, DISEASE, FEATURE, INDIVIDUAL, MEASURE, record};
use super::{MAX_BIOSAMPLES, Read};
use crate::received_json::Node;
use crate::unit::{Identity, Met, Record, Undecodable, Unit, UnitAccount};

/// An individual with its biosamples.
#[derive(Default)]
struct Individual {
    locator: String,
    nodes: Vec<Node>,
    biosamples: Vec<(String, Node)>,
}

struct Fault(&'static str, &'static str);

pub(super) fn units(individuals: Vec<Read>, biosamples: Vec<Read>, give: &mut dyn FnMut(Met) -> ControlFlow<()>) -> ControlFlow<()> {
    let refused = |locator: &str, reason_code, detail: &str| {
        Met::Undecodable(Undecodable {
            locator: locator.to_owned(),
            reason_code,
            detail: detail.to_owned(),
            identity: Identity::Place,
        })
    };
    let mut order: Vec<String> = Vec::new();
    let mut known: HashMap<String, Individual> = HashMap::new();
    let mut is_incomplete = false;
    for Read { locator, node } in individuals {
        match node.map(|node| (text(&node, "id"), node)) {
            Err(why) => give(refused(&locator, "bad-record", why))?,
            Ok((None, _)) => give(refused(&locator, "no-id", "has no id that is a text"))?,
            Ok((Some(id), node)) => {
                let individual = known.entry(id.clone()).or_insert_with(|| {
                    order.push(id);
                    Individual {
                        locator,
                        ..Individual::default()
                    }
                });
                individual.nodes.push(node);
            }
        }
    }
    for Read { locator, node } in biosamples {
        match node.map(|node| (text(&node, "individualId"), text(&node, "id"), node)) {
            Err(why) => {
                // The biosample can be of any individual of the file.
                is_incomplete = true;
                give(refused(&locator, "bad-record", why))?;
            }
            Ok((_, None, _)) => {
                is_incomplete = true;
                give(refused(&locator, "no-id", "has no id that is a text"))?;
            }
            Ok((of, Some(id), node)) => match of.and_then(|of| known.get_mut(&of)) {
                Some(individual) => individual.biosamples.push((id, node)),
                None => give(refused(&locator, "unknown-individual", "is of no individual of the file"))?,
            },
        }
    }
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for individual in known.values() {
        for (id, _) in &individual.biosamples {
            *owners.entry(id).or_default() += 1;
        }
    }
    for id in &order {
        let Some(individual) = known.get(id) else { continue };
        give(match unit(id, individual, &owners, is_incomplete) {
            Ok(unit) => Met::Unit(unit),
            Err(Fault(reason_code, detail)) => refused(&individual.locator, reason_code, detail),
        })?;
    }
    ControlFlow::Continue(())
}

/// The text of a member; a number by its digits. `None` for any other value.
fn text(node: &Node, name: &str) -> Option<String> {
    match node.get(name)? {
        Node::Text(text) | Node::Number(text) if !text.trim().is_empty() => Some(text.clone()),
        Node::Text(_) | Node::Number(_) | Node::Null | Node::Bool(_) | Node::List(_) | Node::Object(_) => None,
    }
}

fn unit(id: &str, individual: &Individual, owners: &HashMap<&str, usize>, is_incomplete: bool) -> Result<Unit, Fault> {
    let Some(node) = individual.nodes.first() else {
        return Err(Fault("no-id", "has no id that is a text"));
    };
    if individual.nodes.iter().any(|other| other != node) {
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
    if individual
        .biosamples
        .iter()
        .any(|(id, _)| owners.get(id.as_str()).is_some_and(|count| *count > 1))
    {
        return Err(Fault("biosample-id-twice", "a biosample has the id of another biosample"));
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
    let biosamples: BTreeMap<&String, &Node> = individual.biosamples.iter().map(|(id, node)| (id, node)).collect();
    for node in biosamples.into_values() {
        records.push(record(node, &BIOSAMPLE, Some(0), &mut account));
        node.digest(&mut digest);
    }
    Ok(Unit {
        locator: individual.locator.clone(),
        key: id.to_owned(),
        version: String::new(),
        sha256: hex::encode(digest.finalize()),
        records,
        deleted: false,
        encoding: "utf-8",
        account,
    })
}
