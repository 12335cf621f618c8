//! Builds a release from the terms of a file. In a release, every parent of a term is also a term of the release.

use std::collections::{HashMap, HashSet};

use gemj_model::{OntologyRelease, OntologyTerm};

use super::curie::prefix;
use super::error::{OntologyError, Place};
use super::{Stated, Unresolved};

/// The maximum number of steps through imported terms, for all terms together.
const MAX_STEPS: usize = 20_000_000;

pub(super) fn resolve(unresolved: Unresolved) -> Result<OntologyRelease, OntologyError> {
    let Unresolved { version, terms } = unresolved;
    let own = prefix_of_most(&terms).ok_or(OntologyError::Empty)?.to_owned();
    let version = version.ok_or(OntologyError::MissingVersion)?;
    let (mut terms, imported): (Vec<_>, Vec<_>) = terms.into_iter().partition(|t| prefix(&t.id) == own);
    refuse_duplicates(&terms)?;
    fold_merged(&mut terms);
    tidy(&mut terms);
    connect(&mut terms, &imported, &own)?;
    refuse_cycles(&terms)?;
    Ok(OntologyRelease {
        prefix: own,
        version,
        terms: terms.into_iter().map(term).collect(),
    })
}

/// The prefix of most of the terms; `None` if there are no terms. If two prefixes are equally frequent, the prefix of the earlier term is used.
pub(super) fn prefix_of_most(terms: &[Stated]) -> Option<&str> {
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    for (at, term) in terms.iter().enumerate() {
        counts.entry(prefix(&term.id)).or_insert((0, at)).0 += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, (count, first))| (*count, usize::MAX - first));
    most.map(|(prefix, _)| prefix)
}

fn refuse_duplicates(terms: &[Stated]) -> Result<(), OntologyError> {
    let mut places: HashMap<&str, Place> = HashMap::with_capacity(terms.len());
    for term in terms {
        if let Some(earlier) = places.insert(&term.id, term.place) {
            return Err(OntologyError::DuplicateTerm {
                id: term.id.clone(),
                place: term.place,
                earlier,
            });
        }
    }
    Ok(())
}

/// Removes each term that was merged into another term. Its id becomes an alternative id of the other term.
fn fold_merged(terms: &mut Vec<Stated>) {
    let place: HashMap<&str, usize> = terms.iter().enumerate().map(|(at, t)| (t.id.as_str(), at)).collect();
    let next = |at: usize| match terms[at].replaced_by.as_slice() {
        [into] if terms[at].merged && terms[at].obsolete => place.get(into.as_str()).copied(),
        _ => None,
    };
    // A merged term can be merged again into a third term. Terms that are merged in a circle stay unchanged.
    let mut folds: Vec<(usize, usize)> = Vec::new();
    let mut known: HashMap<usize, Option<usize>> = HashMap::new();
    for at in 0..terms.len() {
        let (mut way, mut here) = (Vec::new(), at);
        let mut on_way = HashSet::new();
        let end = loop {
            if let Some(end) = known.get(&here) {
                break *end;
            }
            if !on_way.insert(here) {
                break None;
            }
            way.push(here);
            match next(here) {
                Some(further) => here = further,
                None => break Some(here),
            }
        };
        known.extend(way.into_iter().map(|passed| (passed, end)));
        folds.extend(end.filter(|end| *end != at).map(|end| (at, end)));
    }
    drop(place);
    let mut gone = HashSet::with_capacity(folds.len());
    for (from, into) in folds {
        let mut ids = std::mem::take(&mut terms[from].alternative_ids);
        ids.push(terms[from].id.clone());
        terms[into].alternative_ids.append(&mut ids);
        gone.insert(from);
    }
    let mut at = 0..;
    terms.retain(|_| !at.next().is_some_and(|at| gone.contains(&at)));
}

fn tidy(terms: &mut [Stated]) {
    for term in terms {
        if term.obsolete {
            term.parents.clear();
        } else {
            term.replaced_by.clear();
        }
        for list in [&mut term.alternative_ids, &mut term.replaced_by] {
            list.sort();
            list.dedup();
        }
        let id = &term.id;
        term.alternative_ids.retain(|other| other != id);
    }
}

/// Replaces each imported parent by the release's own terms above it, and refuses missing parents.
fn connect(terms: &mut [Stated], imported: &[Stated], own: &str) -> Result<(), OntologyError> {
    let ids: HashSet<String> = terms.iter().map(|t| t.id.clone()).collect();
    let mut above_imported: HashMap<&str, Vec<&str>> = HashMap::new();
    for term in imported {
        let above = above_imported.entry(&term.id).or_default();
        above.extend(term.parents.iter().map(String::as_str));
    }
    let mut steps = 0;
    for term in terms {
        let mut parents = Vec::with_capacity(term.parents.len());
        let mut way: Vec<&str> = term.parents.iter().map(String::as_str).collect();
        let mut seen: HashSet<&str> = HashSet::new();
        while let Some(parent) = way.pop() {
            if prefix(parent) != own {
                if !seen.insert(parent) {
                    continue;
                }
                let above = above_imported.get(parent).map_or([].as_slice(), Vec::as_slice);
                steps += 1 + above.len();
                if steps > MAX_STEPS {
                    return Err(OntologyError::TooTangled { prefix: own.to_owned() });
                }
                way.extend(above);
            } else if ids.contains(parent) {
                parents.push(parent.to_owned());
            } else {
                return Err(OntologyError::UnknownParent {
                    id: term.id.clone(),
                    parent: parent.to_owned(),
                    place: term.place,
                });
            }
        }
        parents.sort();
        parents.dedup();
        term.parents = parents;
    }
    Ok(())
}

fn refuse_cycles(terms: &[Stated]) -> Result<(), OntologyError> {
    let place: HashMap<&str, usize> = terms.iter().enumerate().map(|(at, t)| (t.id.as_str(), at)).collect();
    let parents = |at: usize| terms[at].parents.iter().filter_map(|p| place.get(p.as_str()).copied());
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); terms.len()];
    for at in 0..terms.len() {
        parents(at).for_each(|above| children[above].push(at));
    }
    let mut waits_for: Vec<usize> = (0..terms.len()).map(|at| parents(at).count()).collect();
    let mut free: Vec<usize> = (0..terms.len()).filter(|at| waits_for[*at] == 0).collect();
    while let Some(at) = free.pop() {
        for &child in &children[at] {
            waits_for[child] -= 1;
            if waits_for[child] == 0 {
                free.push(child);
            }
        }
    }
    let Some(mut at) = (0..terms.len()).find(|at| waits_for[*at] > 0) else {
        return Ok(());
    };
    // The remaining terms are in a circle or below a circle, so the path upwards from any of them leads into the circle.
    let mut seen = HashSet::new();
    while seen.insert(at) {
        at = parents(at).find(|above| waits_for[*above] > 0).unwrap_or(at);
    }
    Err(OntologyError::Cycle {
        id: terms[at].id.clone(),
        place: terms[at].place,
    })
}

fn term(stated: Stated) -> OntologyTerm {
    let one = <[String; 1]>::try_from(stated.replaced_by).ok();
    let label: String = stated.label.unwrap_or_default();
    let label: String = label.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    OntologyTerm {
        id: stated.id,
        label: label.trim().to_owned(),
        parents: stated.parents,
        alternative_ids: stated.alternative_ids,
        obsolete: stated.obsolete,
        replaced_by: one.map(|[id]| id),
    }
}
