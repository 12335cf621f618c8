//! The terms that are stored of people, and who has each.

mod index;
mod kept;
mod read;
mod runs;
mod values;
mod view;

use std::collections::BTreeMap;

use gemj_access::Grant;
use gemj_model::DatasetId;
use roaring::RoaringBitmap;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
pub(crate) use kept::KeptTerms;
pub use values::{ReckonedAge, StatedValue};
pub use view::{Split, TermsView, TermsWanted};

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
    /// Shows what is stored of a dataset's people under each term, of the Grant's participants alone; absent where the Grant does not open the dataset.
    ///
    /// What is stored is kept in memory. Every call asks first whether a unit was taken in or a release loaded since, by whichever process, and reads what
    /// changed; who of it may be seen is the Grant's of this moment. One call shows one moment: filters of one question are answered in one.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn show_terms<T>(
        &self,
        grant: &Grant,
        dataset: &DatasetId,
        show: impl FnOnce(&TermsView<'_>) -> T,
    ) -> Result<Option<T>, CatalogueError> {
        let Some(granted) = grant.dataset(dataset) else {
            return Ok(None);
        };
        let people = granted.participants().as_ref();
        let shown = self
            .terms
            .show(self, dataset, |index, ontologies| show(&TermsView { index, ontologies, people }));
        shown.await.map(Some)
    }

    /// The terms of a dataset that any of the Grant's participants has present, in order of code and kind.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn stored_terms(&self, grant: &Grant, dataset: &DatasetId) -> Result<Vec<StoredTerm>, CatalogueError> {
        Ok(self.show_terms(grant, dataset, |view| view.terms()).await?.unwrap_or_default())
    }

    /// Reads and folds what is stored of a dataset ahead of the first question. Nothing of it is answered.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn warm_terms(&self, dataset: &DatasetId) -> Result<(), CatalogueError> {
        self.terms.show(self, dataset, |_, _| ()).await
    }
}
