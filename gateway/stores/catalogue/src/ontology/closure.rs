//! Resolves an ontology release once at loading: computes the current term of each id, and the ancestors of each term.

use std::collections::{BTreeSet, HashMap, HashSet};

use gemj_model::{OntologyRelease, OntologyTerm};

/// A resolved ontology release. It contains only terms with the release's own prefix.
pub(super) struct Resolved<'a> {
    /// The terms of the release, each once.
    pub(super) terms: Vec<&'a OntologyTerm>,
    /// Pairs (id, id of the current term), for all ids. The id of a current term is paired with itself.
    pub(super) aliases: BTreeSet<(&'a str, &'a str)>,
    /// Pairs (ancestor, descendant). Each term is also paired with itself.
    pub(super) closure: Vec<(&'a str, &'a str)>,
}

/// Resolves an ontology release. If a term occurs twice, the first occurrence is used.
pub(super) fn resolve(release: &OntologyRelease) -> Resolved<'_> {
    let mut by_id: HashMap<&str, &OntologyTerm> = HashMap::with_capacity(release.terms.len());
    let mut terms = Vec::with_capacity(release.terms.len());
    for term in &release.terms {
        let own = term.id.split_once(':').is_some_and(|(prefix, _)| prefix == release.prefix);
        if own && by_id.insert(&term.id, term).is_none() {
            terms.push(term);
        }
    }
    for term in &terms {
        by_id.insert(&term.id, term);
    }
    let mut aliases = BTreeSet::new();
    for term in &terms {
        let meant = in_use(term, &by_id);
        aliases.insert((term.id.as_str(), meant));
        for other in &term.alternative_ids {
            // The id of a current or replaced term identifies only this term or its replacement, even if another term lists the id as an
            // alternative id.
            if by_id.get(other.as_str()).is_none_or(|t| t.obsolete && t.replaced_by.is_none()) {
                aliases.insert((other.as_str(), meant));
            }
        }
    }
    let closure = closure(&terms, &aliases);
    Resolved { terms, aliases, closure }
}

/// The current term for a term: the term itself, or the last term in its chain of replacements.
fn in_use<'a>(term: &'a OntologyTerm, by_id: &HashMap<&'a str, &'a OntologyTerm>) -> &'a str {
    let mut meant = term;
    let mut seen = HashSet::new();
    while meant.obsolete && seen.insert(meant.id.as_str()) {
        match meant.replaced_by.as_deref().and_then(|id| by_id.get(id)) {
            Some(next) => meant = next,
            None => break,
        }
    }
    // If terms replace each other in a circle, each of them counts as its own current term.
    if meant.obsolete && meant.replaced_by.as_deref().is_some_and(|id| by_id.contains_key(id)) {
        return &term.id;
    }
    &meant.id
}

fn closure<'a>(terms: &[&'a OntologyTerm], aliases: &BTreeSet<(&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut meanings: HashMap<&str, Vec<&'a str>> = HashMap::new();
    for (alias, id) in aliases {
        meanings.entry(alias).or_default().push(id);
    }
    let mut parents: HashMap<&str, Vec<&'a str>> = HashMap::new();
    for term in terms.iter().filter(|t| !t.obsolete) {
        let known = term.parents.iter().filter_map(|p| meanings.get(p.as_str()));
        parents.insert(&term.id, known.flatten().copied().collect());
    }
    let mut pairs = Vec::with_capacity(terms.len() * 16);
    for term in terms {
        let mut seen: HashSet<&'a str> = HashSet::from([term.id.as_str()]);
        let mut above = vec![term.id.as_str()];
        while let Some(id) = above.pop() {
            pairs.push((id, term.id.as_str()));
            for parent in parents.get(id).into_iter().flatten() {
                if seen.insert(parent) {
                    above.push(parent);
                }
            }
        }
    }
    pairs
}
