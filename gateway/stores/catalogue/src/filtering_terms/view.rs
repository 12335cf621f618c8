//! The view of one Grant on a dataset's stored terms.

use std::collections::{BTreeMap, BTreeSet};

use roaring::{MultiOps as _, RoaringBitmap};

use super::index::{Index, Kept};
use super::values::{Judged, ReckonedAge, StatedValue};
use super::{StoredTerm, TermKind};
use crate::ontology::LoadedOntologies;

/// The kinds of facts.
const FACTS: [TermKind; 3] = [TermKind::Phenotype, TermKind::Disease, TermKind::Measurement];

/// The stored terms of one dataset, limited to a Grant's participants. No other data is readable through the view.
pub struct TermsView<'a> {
    pub(super) index: &'a Index,
    pub(super) ontologies: &'a LoadedOntologies,
    pub(super) people: &'a RoaringBitmap,
}

/// The participants with a wanted term, and the participants with another term. A participant can be in both sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The participants with a wanted term.
    pub wanted: RoaringBitmap,
    /// The participants with another term; empty if the others were not requested.
    pub others: RoaringBitmap,
}

/// The terms of a kind that a comparison concerns.
pub struct TermsWanted<W, T> {
    /// Whether a code or a label is wanted. The label is passed in lower case, the code as stored.
    pub is_wanted: W,
    /// Whether a code may be compared. The second argument states whether a loaded release contains the term.
    pub is_told: T,
    /// Whether the participants of all other terms are requested too.
    pub others: bool,
}

impl TermsView<'_> {
    /// The participants with a present fact of a term, under any of the term's ids; with `descendants`, also of a descendant. An id that no
    /// loaded release contains matches only itself.
    #[must_use]
    pub fn with_facts(&self, id: &str, descendants: bool) -> RoaringBitmap {
        let meant = self.ontologies.meant(id);
        let of_code = |code: &str| FACTS.iter().filter_map(|kind| self.index.of_term(code, *kind)).union();
        let mut found = RoaringBitmap::new();
        if meant.is_empty() {
            found = of_code(id);
        }
        for term in meant {
            if descendants {
                let below = self.index.facts_below(*term);
                found |= below.map(|below| below & self.people).unwrap_or_default();
            } else {
                found |= of_code(self.ontologies.id(*term));
            }
        }
        found & self.people
    }

    /// The participants with a stated specimen of a kind or from a body site. The term is matched as in [`Self::with_facts`].
    #[must_use]
    pub fn with_specimens(&self, id: &str, descendants: bool) -> RoaringBitmap {
        let mut found = RoaringBitmap::new();
        let meant = self.ontologies.meant(id);
        if meant.is_empty() {
            found |= self.index.of_term(id, TermKind::Specimen).into_iter().union();
        }
        for term in meant {
            found |= self.index.specimens_of(*term, descendants).into_iter().union();
        }
        found & self.people
    }

    /// The participants with a present fact of a kind under one of these codes. Each code must be the current one.
    pub fn with_codes<'a>(&self, kind: TermKind, codes: impl IntoIterator<Item = &'a str>) -> RoaringBitmap {
        codes.into_iter().filter_map(|code| self.index.of_term(code, kind)).union() & self.people
    }

    /// The participants with a term of a kind whose code is wanted, and the others.
    pub fn by_code<W: Fn(&str) -> bool, T: Fn(&str, bool) -> bool>(&self, kind: TermKind, terms: &TermsWanted<W, T>) -> Split {
        self.split(kind, terms, |code, term, add| add((terms.is_wanted)(code), &term.people))
    }

    /// The participants with a term of a kind whose label is wanted, and the others. The label is the loaded release's label; without one,
    /// the labels that came with the code.
    pub fn by_label<W: Fn(&str) -> bool, T: Fn(&str, bool) -> bool>(&self, kind: TermKind, terms: &TermsWanted<W, T>) -> Split {
        self.split(kind, terms, |_, term, add| match &term.lowered {
            Some(label) => add((terms.is_wanted)(label), &term.people),
            None => {
                for (label, people) in &term.received_labels {
                    add((terms.is_wanted)(&label.to_lowercase()), people);
                }
            }
        })
    }

    /// The participants with a present fact of a kind whose value the judge accepts, and the participants with one that the judge rejects.
    /// If codes are named, only facts with these stored codes count. If the judge returns nothing for a value, the value counts for neither
    /// side.
    pub fn by_value(&self, kind: TermKind, codes: Option<&BTreeSet<String>>, judge: impl FnMut(&StatedValue) -> Option<bool>) -> Split {
        self.seen_of(self.index.values.judge(kind, codes, judge))
    }

    /// The participants whose age is accepted, and those whose age is rejected. The ages that sources stated, in the order of ingestion,
    /// decide if `stated` returns a judgement. Otherwise the dates of birth and of the last observation decide, if both are known.
    pub fn by_age(&self, stated: impl FnMut(&[String]) -> Option<bool>, reckoned: impl FnMut(ReckonedAge) -> bool) -> Split {
        self.seen_of(self.index.values.judge_ages(stated, reckoned))
    }

    fn seen_of(&self, judged: Judged) -> Split {
        Split {
            wanted: judged.yes & self.people,
            others: judged.no & self.people,
        }
    }

    fn split<'k, W, T: Fn(&str, bool) -> bool>(
        &'k self,
        kind: TermKind,
        terms: &TermsWanted<W, T>,
        of: impl Fn(&str, &'k Kept, &mut dyn FnMut(bool, &'k RoaringBitmap)),
    ) -> Split {
        let (mut wanted, mut others): (Vec<&RoaringBitmap>, Vec<&RoaringBitmap>) = (Vec::new(), Vec::new());
        for ((code, _), term) in self.index.terms.iter().filter(|((_, other), _)| *other == kind) {
            let is_told = || (terms.is_told)(code, term.in_release);
            of(code, term, &mut |is_wanted, people| {
                if is_wanted && is_told() {
                    wanted.push(people);
                } else if !is_wanted && terms.others && is_told() {
                    others.push(people);
                }
            });
        }
        Split {
            wanted: wanted.union() & self.people,
            others: others.union() & self.people,
        }
    }

    /// All terms that any of the Grant's participants has, in order of code and kind.
    #[must_use]
    pub fn terms(&self) -> Vec<StoredTerm> {
        let terms = self.index.terms.iter().filter_map(|((code, kind), term)| {
            let have = &term.people & self.people;
            let received = |labels: &BTreeMap<String, RoaringBitmap>| {
                let masked = labels.iter().map(|(label, some)| (label.clone(), some & self.people));
                masked.filter(|(_, some)| !some.is_empty()).collect()
            };
            (!have.is_empty()).then(|| StoredTerm {
                code: code.clone(),
                kind: *kind,
                in_release: term.in_release,
                label: term.label.clone(),
                received_labels: received(&term.received_labels),
                people: have,
            })
        });
        terms.collect()
    }
}
