//! The cached index of one dataset: for each stored term, all participants with the term, and all participants with the term or one of its
//! descendants.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use roaring::{MultiOps as _, RoaringBitmap};

use super::TermKind;
use super::values::{KnownAge, StatedValue, Values};
use crate::ontology::LoadedOntologies;

/// The stored terms of a dataset by code and kind.
pub(super) type Terms = BTreeMap<(String, TermKind), Kept>;

/// One stored term of the cached index.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) in_release: bool,
    pub(super) label: Option<String>,
    /// The label in lower case, for comparisons that ignore case.
    pub(super) lowered: Option<String>,
    pub(super) received_labels: BTreeMap<String, RoaringBitmap>,
    pub(super) people: RoaringBitmap,
}

/// The cached index of one dataset.
#[derive(Default)]
pub(super) struct Index {
    pub(super) terms: Terms,
    /// For each loaded term (by number): the participants with a present fact of the term or of one of its descendants.
    facts: HashMap<u32, RoaringBitmap>,
    /// For each loaded term (by number): the participants with a specimen of exactly this term, then the participants with a specimen of the
    /// term or of one of its descendants.
    specimens: HashMap<u32, (RoaringBitmap, RoaringBitmap)>,
    pub(super) values: Values,
    /// For each code that follows from stored codes by a code table: these stored codes. A code without participants can remain until the dataset is
    /// folded again.
    sources: HashMap<String, BTreeSet<String>>,
}

/// Facts and specimens as they are stored, before the loaded ontology releases map their codes to terms.
#[derive(Default)]
pub(super) struct Gathered {
    terms: HashMap<String, HashMap<TermKind, Labelled>>,
    values: Values,
    ages: HashMap<u32, KnownAge>,
    /// The codes, with their displays, that follow from stored codes of facts by the code tables in use.
    targets: HashMap<String, Vec<(String, String)>>,
}

/// The participants with a stored code: all of them, and by the label that came with the code.
#[derive(Default)]
struct Labelled {
    people: RoaringBitmap,
    labels: HashMap<String, RoaringBitmap>,
}

impl Labelled {
    /// The same participants, all with this label.
    fn with_label(&self, label: &str) -> Self {
        let labels = (!label.is_empty()).then(|| (label.to_owned(), self.people.clone()));
        Self {
            people: self.people.clone(),
            labels: labels.into_iter().collect(),
        }
    }
}

impl Gathered {
    pub(super) fn add(&mut self, kind: TermKind, code: String, label: String, person: u32) {
        let of = self.terms.entry(code).or_default().entry(kind).or_default();
        of.people.insert(person);
        if !label.is_empty() {
            of.labels.entry(label).or_default().insert(person);
        }
    }

    pub(super) fn add_value(&mut self, kind: TermKind, code: &str, value: StatedValue, person: u32) {
        self.values.add(kind, code, value, person);
    }

    /// The different codes of present facts.
    pub(super) fn codes(&self) -> Vec<String> {
        let of_facts = |kinds: &HashMap<TermKind, Labelled>| kinds.keys().any(|kind| *kind != TermKind::Specimen);
        let codes = self.terms.iter().filter(|(_, kinds)| of_facts(kinds));
        codes.map(|(code, _)| code.clone()).collect()
    }

    /// Sets the codes that follow from the stored codes by the code tables in use.
    pub(super) fn set_targets(&mut self, targets: HashMap<String, Vec<(String, String)>>) {
        self.targets = targets;
    }

    /// The data known about a participant's age. The caller adds further data to it.
    pub(super) fn age_of(&mut self, person: u32) -> &mut KnownAge {
        self.ages.entry(person).or_default()
    }
}

impl Index {
    /// Removes all data of these participants from the index.
    pub(super) fn remove(&mut self, people: &RoaringBitmap) {
        let take = |from: &mut RoaringBitmap| {
            *from -= people;
            !from.is_empty()
        };
        self.terms.retain(|_, term| {
            term.received_labels.retain(|_, some| take(some));
            take(&mut term.people)
        });
        self.facts.retain(|_, some| take(some));
        self.specimens.retain(|_, (own, folded)| {
            take(own);
            take(folded)
        });
        self.values.remove(people);
    }

    /// Adds the stored data of participants. The index must not contain any data of these participants yet.
    pub(super) fn add(&mut self, gathered: Gathered, ontologies: &LoadedOntologies) {
        self.values.add_all(gathered.values, gathered.ages);
        let mut facts: HashMap<u32, Vec<&RoaringBitmap>> = HashMap::new();
        for (code, kinds) in &gathered.terms {
            let meant = ontologies.meant(code);
            for (kind, stored) in kinds {
                match kind {
                    TermKind::Specimen => {
                        self.add_term(code, *kind, None, stored);
                        for term in meant {
                            self.specimens.entry(*term).or_default().0 |= &stored.people;
                            for above in ontologies.above(*term) {
                                self.specimens.entry(*above).or_default().1 |= &stored.people;
                            }
                        }
                    }
                    TermKind::Phenotype | TermKind::Disease | TermKind::Measurement => {
                        self.add_fact_term(code, *kind, stored, ontologies);
                        for term in meant.iter().flat_map(|term| ontologies.above(*term)) {
                            facts.entry(*term).or_default().push(&stored.people);
                        }
                        for (target, display) in gathered.targets.get(code).into_iter().flatten() {
                            self.add_fact_term(target, *kind, &stored.with_label(display), ontologies);
                            for term in ontologies.meant(target).iter().flat_map(|term| ontologies.above(*term)) {
                                facts.entry(*term).or_default().push(&stored.people);
                            }
                        }
                    }
                }
            }
        }
        for (code, targets) in &gathered.targets {
            for (target, _) in targets {
                self.sources.entry(target.clone()).or_default().insert(code.clone());
            }
        }
        for (term, people) in facts {
            *self.facts.entry(term).or_default() |= people.union();
        }
    }

    /// Adds participants with facts of a code to the code's current terms, or to the code itself if no loaded release contains it.
    fn add_fact_term(&mut self, code: &str, kind: TermKind, stored: &Labelled, ontologies: &LoadedOntologies) {
        let meant = ontologies.meant(code);
        if meant.is_empty() {
            self.add_term(code, kind, None, stored);
        }
        for term in meant {
            self.add_term(ontologies.id(*term), kind, Some(ontologies.label(*term)), stored);
        }
    }

    /// The stored codes from which one of these codes follows by a code table, and these codes themselves.
    pub(super) fn with_sources(&self, codes: &BTreeSet<String>) -> BTreeSet<String> {
        let sources = codes.iter().filter_map(|code| self.sources.get(code)).flatten();
        codes.iter().chain(sources).cloned().collect()
    }

    /// Adds participants to a term. `known` is the term's label in the loaded release (may be empty), and absent if no loaded release contains
    /// the term.
    fn add_term(&mut self, code: &str, kind: TermKind, known: Option<&str>, stored: &Labelled) {
        let term = self.terms.entry((code.to_owned(), kind)).or_default();
        term.people |= &stored.people;
        term.in_release |= known.is_some();
        match known.filter(|label| !label.is_empty()) {
            Some(label) => {
                term.label = Some(label.to_owned());
                term.lowered = Some(label.to_lowercase());
            }
            None => {
                for (label, people) in &stored.labels {
                    *term.received_labels.entry(label.clone()).or_default() |= people;
                }
            }
        }
    }

    /// All participants with a present fact of a loaded term or of one of its descendants.
    pub(super) fn facts_below(&self, term: u32) -> Option<&RoaringBitmap> {
        self.facts.get(&term)
    }

    /// All participants with a specimen of a loaded term. If `descendants` is true, participants with a specimen of a descendant are included.
    pub(super) fn specimens_of(&self, term: u32, descendants: bool) -> Option<&RoaringBitmap> {
        let (own, folded) = self.specimens.get(&term)?;
        Some(if descendants { folded } else { own })
    }

    /// All participants with a stored term of one kind.
    pub(super) fn of_term(&self, code: &str, kind: TermKind) -> Option<&RoaringBitmap> {
        self.terms.get(&(code.to_owned(), kind)).map(|term| &term.people)
    }

    /// The approximate size of the index in bytes.
    pub(super) fn bytes(&self) -> u64 {
        let of = |people: &RoaringBitmap| people.serialized_size() as u64 + 64;
        let terms = self.terms.iter().map(|((code, _), term)| {
            let labels: u64 = term
                .received_labels
                .iter()
                .map(|(label, some)| label.len() as u64 + 64 + of(some))
                .sum();
            code.len() as u64 + 128 + of(&term.people) + labels
        });
        let specimens = self.specimens.values().map(|(own, folded)| of(own) + of(folded));
        terms.sum::<u64>() + self.facts.values().map(of).sum::<u64>() + specimens.sum::<u64>() + self.values.bytes()
    }
}
