//! The ontology terms of records. Records contain only terms of known code systems and of code systems with a loaded release. An
//! institution's own code would reveal the participant's institution.

use std::collections::{BTreeSet, HashMap};

use ga4gh_beacon::OntologyTerm;
use gemj_catalogue::{RecordedPerson, RecordedSpecimen, StoredMapping, TermInUse};
use gemj_model::MeasuredValue;

use crate::beacon::filters::code_system;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The maximum length of a source's label in records, in characters.
const MOST_LABEL_CHARS: usize = 200;

/// The meaning of stored codes, from the loaded releases of the code systems.
#[derive(Default)]
pub(crate) struct Terms {
    in_use: HashMap<String, TermInUse>,
    prefixes: BTreeSet<String>,
    for_sender: bool,
    /// The mappings of the codes of facts, by code.
    mapped: HashMap<String, Vec<StoredMapping>>,
}

impl Terms {
    /// The terms for the institution that sent the statements: every code as received, also of the institution's own code systems. Records with these
    /// terms also contain the dates and the high ages that the institution stated.
    pub(crate) fn as_received() -> Self {
        Self {
            for_sender: true,
            ..Self::default()
        }
    }

    /// Whether the records are for the institution that sent the statements.
    pub(crate) fn are_for_sender(&self) -> bool {
        self.for_sender
    }

    /// Reads the terms for the codes in the facts of these participants.
    pub(super) async fn of_people(stores: &Stores, people: &[RecordedPerson]) -> Result<Self, ServiceError> {
        let mut codes: BTreeSet<&str> = BTreeSet::new();
        for fact in people.iter().flat_map(|person| &person.facts) {
            codes.insert(&fact.code);
            codes.extend(fact.onset.as_deref().filter(|onset| curie(onset).is_some()));
            if let Some(MeasuredValue::Coded { code, .. }) = &fact.value {
                codes.insert(code);
            }
            codes.extend(fact.details.iter().filter_map(|detail| detail.code.as_deref()));
        }
        let own: BTreeSet<&str> = people
            .iter()
            .flat_map(|person| &person.facts)
            .map(|fact| fact.code.as_str())
            .collect();
        let mapped = stores.catalogue.code_mappings(&own).await?;
        let targets = mapped.values().flatten().map(|found| found.mapping.target.as_str());
        codes.extend(targets.filter(|target| !target.is_empty()));
        let mut terms = Self::read(stores, &codes).await?;
        terms.mapped = mapped;
        Ok(terms)
    }

    /// Reads the terms for the codes in the statements about these specimens.
    pub(super) async fn of_specimens(stores: &Stores, specimens: &[RecordedSpecimen]) -> Result<Self, ServiceError> {
        let of = |specimen: &'_ RecordedSpecimen| {
            let steps: Vec<_> = specimen.steps.iter().map(|step| step.code.clone()).collect();
            [specimen.kind_code.clone(), specimen.body_site.clone()].into_iter().chain(steps)
        };
        let stored: BTreeSet<String> = specimens.iter().flat_map(of).flatten().collect();
        let codes = stored.iter().map(String::as_str).collect();
        Self::read(stores, &codes).await
    }

    pub(in crate::beacon) async fn read(stores: &Stores, codes: &BTreeSet<&str>) -> Result<Self, ServiceError> {
        let releases = stores.catalogue.loaded_releases().await?;
        Ok(Self {
            in_use: stores.catalogue.terms_in_use(codes).await?,
            prefixes: releases.into_iter().map(|release| release.prefix).collect(),
            for_sender: false,
            mapped: HashMap::new(),
        })
    }

    /// The codes to which the loaded tables map a fact's code, in the form of [`MappedCode`]. A target of an unknown code system is left out.
    pub(super) fn mapped(&self, code: &str, received: &str) -> Vec<MappedCode> {
        let found = self.mapped.get(code).into_iter().flatten();
        let mapped = found.filter_map(|found| {
            Some(MappedCode {
                source: self.term(code, received),
                target: self.term(&found.mapping.target, &found.mapping.target_display)?,
                equivalence: found.mapping.equivalence.as_str(),
                table: found.table.clone(),
                version: found.version.clone(),
            })
        });
        mapped.collect()
    }

    /// The term of a stored code. If a loaded release contains the code, the result is the current term with the release's label. Otherwise
    /// the result is the code with the received label. Absent if the code system is unknown.
    pub(crate) fn term(&self, code: &str, received: &str) -> Option<OntologyTerm> {
        if self.for_sender {
            return OntologyTerm::parse(code, (!received.is_empty()).then_some(received));
        }
        if let Some(meant) = self.in_use.get(code) {
            let label = if meant.label.is_empty() {
                label(received)
            } else {
                Some(meant.label.clone())
            };
            return OntologyTerm::parse(&meant.id, label.as_deref());
        }
        let prefix = curie(code)?;
        let is_known = code_system(prefix).is_some() || self.prefixes.contains(prefix);
        is_known.then(|| OntologyTerm::parse(code, label(received).as_deref())).flatten()
    }
}

/// A code that a loaded table states for the code of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MappedCode {
    /// The code of the fact; absent for an institution's own code, which records never contain.
    source: Option<OntologyTerm>,
    target: OntologyTerm,
    /// The meaning of the target relative to the source.
    equivalence: &'static str,
    table: String,
    version: String,
}

impl MappedCode {
    /// The member of a record's `info.mappedCodes`.
    pub(super) fn rendered(&self) -> serde_json::Value {
        let mut rendered = serde_json::json!({"target": self.target, "equivalence": self.equivalence});
        // A table for an institution's own codes is that institution's table. Its name would reveal the institution, as the code would.
        if let Some(source) = &self.source {
            rendered["source"] = serde_json::json!(source);
            rendered["table"] = serde_json::json!({"name": self.table, "version": self.version});
        }
        rendered
    }
}

/// The prefix of a CURIE: a letter, then letters, digits, dots, hyphens and underscores. A time of day, which also contains colons, has no
/// prefix.
pub(in crate::beacon) fn curie(text: &str) -> Option<&str> {
    let (prefix, local) = text.split_once(':')?;
    let is_word = prefix.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
    (is_word && prefix.starts_with(|c: char| c.is_ascii_alphabetic()) && !local.is_empty()).then_some(prefix)
}

/// A received label, if it is one line of at most [`MOST_LABEL_CHARS`] characters.
pub(super) fn label(received: &str) -> Option<String> {
    let fits = !received.is_empty() && received.chars().count() <= MOST_LABEL_CHARS && !received.contains(char::is_control);
    fits.then(|| received.to_owned())
}

/// An ontology term that is a constant of this gateway's code.
pub(super) fn own(id: &'static str, label: &'static str) -> OntologyTerm {
    OntologyTerm::parse(id, Some(label)).unwrap_or_else(|| unreachable!("a constant term is a CURIE"))
}
