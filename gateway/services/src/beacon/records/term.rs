//! The ontology terms of records. Records contain only terms of known code systems and of code systems with a loaded release. An
//! institution's own code would reveal the participant's institution.

use std::collections::{BTreeSet, HashMap};

use ga4gh_beacon::OntologyTerm;
use gemj_catalogue::{RecordedPerson, RecordedSpecimen, TermInUse};
use gemj_model::MeasuredValue;

use crate::beacon::filters::code_system;
use crate::service_error::ServiceError;
use crate::stores::Stores;

/// The maximum length of a source's label in records, in characters.
const MOST_LABEL_CHARS: usize = 200;

/// The meaning of stored codes, from the loaded releases of the code systems.
#[derive(Default)]
pub(in crate::beacon) struct Terms {
    in_use: HashMap<String, TermInUse>,
    prefixes: BTreeSet<String>,
}

impl Terms {
    /// Reads the terms for the codes in the facts of these participants.
    pub(super) async fn of_people(stores: &Stores, people: &[RecordedPerson]) -> Result<Self, ServiceError> {
        let mut codes: BTreeSet<&str> = BTreeSet::new();
        for fact in people.iter().flat_map(|person| &person.facts) {
            codes.insert(&fact.code);
            codes.extend(fact.onset.as_deref().filter(|onset| curie(onset).is_some()));
            if let Some(MeasuredValue::Coded { code, .. }) = &fact.value {
                codes.insert(code);
            }
        }
        Self::read(stores, &codes).await
    }

    /// Reads the terms for the codes in the statements about these specimens.
    pub(super) async fn of_specimens(stores: &Stores, specimens: &[RecordedSpecimen]) -> Result<Self, ServiceError> {
        let of = |specimen: &'_ RecordedSpecimen| [specimen.kind_code.clone(), specimen.body_site.clone()];
        let stored: BTreeSet<String> = specimens.iter().flat_map(of).flatten().collect();
        let codes = stored.iter().map(String::as_str).collect();
        Self::read(stores, &codes).await
    }

    pub(in crate::beacon) async fn read(stores: &Stores, codes: &BTreeSet<&str>) -> Result<Self, ServiceError> {
        let releases = stores.catalogue.loaded_releases().await?;
        Ok(Self {
            in_use: stores.catalogue.terms_in_use(codes).await?,
            prefixes: releases.into_iter().map(|release| release.prefix).collect(),
        })
    }

    /// The term of a stored code. If a loaded release contains the code, the result is the current term with the release's label. Otherwise
    /// the result is the code with the received label. Absent if the code system is unknown.
    pub(in crate::beacon) fn term(&self, code: &str, received: &str) -> Option<OntologyTerm> {
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
