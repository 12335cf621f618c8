//! The view of a dataset's stored terms that a Grant permits.

use std::collections::{BTreeMap, BTreeSet};

use roaring::{MultiOps as _, RoaringBitmap};

use super::index::{Index, Kept};
use super::values::{Judged, ReckonedAge, StatedValue};
use super::{StoredTerm, TermKind};
use crate::ontology::LoadedOntologies;

/// The kinds of terms that occur in facts.
const FACTS: [TermKind; 3] = [TermKind::Phenotype, TermKind::Disease, TermKind::Measurement];

/// The stored terms of one dataset, limited to a Grant's participants. No other data is readable through the view.
pub struct TermsView<'a> {
    pub(super) index: &'a Index,
    pub(super) ontologies: &'a LoadedOntologies,
    pub(super) people: &'a RoaringBitmap,
}

/// The participants with a wanted term, and the participants with another term. A participant with both is in both sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The participants with a wanted term.
    pub wanted: RoaringBitmap,
    /// The participants with another term; empty if they were not requested.
    pub others: RoaringBitmap,
}

/// The conditions of a filter on the terms of one kind.
pub struct TermsWanted<W, T> {
    /// Returns whether a code or a label is wanted. The argument is a code as in [`StoredTerm::code`], or a label in lower case.
    pub is_wanted: W,
    /// Returns whether a code may be used in an answer. The first argument is a code as in [`StoredTerm::code`]. The second argument states
    /// whether a loaded ontology release contains the term.
    pub is_told: T,
    /// Whether the participants with all other terms are requested too.
    pub others: bool,
}

impl TermsView<'_> {
    /// The participants with a present fact of a term, under any of the term's ids. If `descendants` is true, facts of a descendant count too.
    /// An id that no loaded ontology release contains matches only itself. A fact also has the terms that follow from its code by a code table.
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

    /// The participants with a specimen of a kind or from a body site, given by a term. The term is matched as in [`Self::with_facts`].
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

    /// The participants with a present fact of a kind that has one of these codes. If a loaded ontology release contains the term, the code
    /// must be the term's current id.
    pub fn with_codes<'a>(&self, kind: TermKind, codes: impl IntoIterator<Item = &'a str>) -> RoaringBitmap {
        codes.into_iter().filter_map(|code| self.index.of_term(code, kind)).union() & self.people
    }

    /// The participants with a term of a kind whose code is wanted, and the participants with another term of this kind.
    pub fn by_code<W: Fn(&str) -> bool, T: Fn(&str, bool) -> bool>(&self, kind: TermKind, terms: &TermsWanted<W, T>) -> Split {
        self.split(kind, terms, |code, term, add| add((terms.is_wanted)(code), &term.people))
    }

    /// The participants with a term of a kind whose label is wanted, and the participants with another term of this kind. The label is the
    /// label in the loaded ontology release. If the release has no label, the labels that sources stated with the code are used.
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

    /// The participants with a present fact of a kind whose value `judge` accepts, and the participants with such a fact whose value `judge`
    /// rejects. If `codes` is present, only facts count that have one of these stored codes, or a stored code from which one of these codes follows by a
    /// code table. A value for which `judge` returns nothing counts neither as accepted nor as rejected.
    pub fn by_value(&self, kind: TermKind, codes: Option<&BTreeSet<String>>, judge: impl FnMut(&StatedValue) -> Option<bool>) -> Split {
        let codes = codes.map(|codes| self.index.with_sources(codes));
        self.seen_of(self.index.values.judge(kind, codes.as_ref(), judge))
    }

    /// The participants whose age is accepted, and the participants whose age is rejected. The ages that sources stated (in the order of
    /// ingestion) are used if `stated` returns a result for them. Otherwise the age calculated from the dates of birth and of the last
    /// observation is used, if both dates are known.
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

    /// All terms that the data of at least one of the Grant's participants contains, in order of code and kind.
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
