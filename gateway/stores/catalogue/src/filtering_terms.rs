//! The terms that are stored of people, and who has each.

mod kept;

use std::collections::BTreeMap;

use gemj_access::Grant;
use gemj_model::DatasetId;
use roaring::RoaringBitmap;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
pub(crate) use kept::KeptTerms;

/// What a stored term is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// A phenotypic feature.
    Phenotype,
    /// A disease.
    Disease,
    /// Something measured.
    Measurement,
    /// A kind of specimen, or the site of the body that it is from.
    Specimen,
}

/// One stored term and who of a Grant's participants has it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTerm {
    /// The term as a CURIE: the one in use, where a loaded release says that a stored id means it.
    pub code: String,
    /// What it is about.
    pub kind: TermKind,
    /// Whether a loaded release has the term. Not said of specimens' terms.
    pub in_release: bool,
    /// The label of the loaded release; absent where none has one.
    pub label: Option<String>,
    /// The labels that sources gave, and who has it under each. Where the release has a label there are none.
    pub received_labels: BTreeMap<String, RoaringBitmap>,
    /// The Grant's participants who have it. Never empty.
    pub people: RoaringBitmap,
}

impl Catalogue {
    /// The terms of a dataset that any of the Grant's participants has present, in order of code and kind.
    ///
    /// What is stored is kept in memory and read again when a unit was taken in or a release loaded; who of it may be seen is the Grant's of this
    /// moment.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn stored_terms(&self, grant: &Grant, dataset: &DatasetId) -> Result<Vec<StoredTerm>, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(Vec::new());
        };
        let kept = self.terms.of(&self.database, dataset).await?;
        let people = granted.participants();
        let terms = kept.iter().filter_map(|((code, kind), term)| {
            let have = &term.people & people.as_ref();
            let received = |labels: &BTreeMap<String, RoaringBitmap>| {
                let masked = labels.iter().map(|(label, some)| (label.clone(), some & people.as_ref()));
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
        Ok(terms.collect())
    }
}
