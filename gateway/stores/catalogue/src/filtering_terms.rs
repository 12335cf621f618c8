//! The stored terms, and the participants that have each term.

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

/// The subject of a stored term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// A phenotypic feature.
    Phenotype,
    /// A disease.
    Disease,
    /// A measurement.
    Measurement,
    /// A kind of specimen, or the body site of a specimen.
    Specimen,
}

/// One stored term, and the Grant's participants that have it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTerm {
    /// The term as a CURIE. If a loaded release maps the stored id to a current term, the current term.
    pub code: String,
    /// The subject of the term.
    pub kind: TermKind,
    /// Whether a loaded release contains the term. Always false for terms of specimens.
    pub in_release: bool,
    /// The label in the loaded release; absent if there is none.
    pub label: Option<String>,
    /// The labels from sources, with the participants that have the term under each label. Empty if the release has a label.
    pub received_labels: BTreeMap<String, RoaringBitmap>,
    /// The Grant's participants that have the term. Never empty.
    pub people: RoaringBitmap,
}

impl Catalogue {
    /// Calls `show` with a dataset's stored terms, limited to the Grant's participants. Absent if the Grant does not open the dataset.
    ///
    /// The terms are kept in memory. Every call first checks whether any process ingested a unit or loaded a release since, and reads the
    /// changes. The Grant of this request determines the visible participants. One call shows one moment, so all filters of one query must
    /// use the same call.
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

    /// The terms of a dataset that any of the Grant's participants has as present, in order of code and kind.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn stored_terms(&self, grant: &Grant, dataset: &DatasetId) -> Result<Vec<StoredTerm>, CatalogueError> {
        Ok(self.show_terms(grant, dataset, |view| view.terms()).await?.unwrap_or_default())
    }

    /// Reads and folds a dataset's stored terms before the first query. Returns no data.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn warm_terms(&self, dataset: &DatasetId) -> Result<(), CatalogueError> {
        self.terms.show(self, dataset, |_, _| ()).await
    }
}
