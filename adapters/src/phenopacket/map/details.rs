//! Makes the details of facts from the terms and texts of a packet.

use ga4gh_phenopackets::OntologyClass;
use gemj_model::{DetailName, FactDetail};

pub(super) fn coded(name: DetailName, term: &OntologyClass) -> FactDetail {
    FactDetail {
        name,
        code: Some(term.id.clone()),
        text: term.label.clone(),
    }
}

pub(super) fn text(name: DetailName, text: &str) -> FactDetail {
    FactDetail {
        name,
        code: None,
        text: text.to_owned(),
    }
}

/// The detail of each term, in the order of the packet.
pub(super) fn all<'t>(name: DetailName, terms: impl IntoIterator<Item = &'t OntologyClass>) -> impl Iterator<Item = FactDetail> {
    terms.into_iter().map(move |term| coded(name, term))
}
