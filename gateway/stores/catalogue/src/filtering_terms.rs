//! The terms that stored facts and specimens contain, and the participants with each term.

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

/// The kind of data in which a stored term occurs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermKind {
    /// The term occurs as a phenotypic feature.
    Phenotype,
    /// The term occurs as a disease.
    Disease,
    /// The term occurs as a measurement.
    Measurement,
    /// The term occurs as the kind of a specimen, or as the body site of a specimen.
    Specimen,
}

/// One stored term, and the Grant's participants whose data contains the term.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredTerm {
    /// The term as a CURIE. If a loaded ontology release maps the stored id to a current term, this is the current term.
    pub code: String,
    /// The kind of data in which the term occurs.
    pub kind: TermKind,
    /// Whether a loaded ontology release contains the term. Always false for terms of specimens.
    pub in_release: bool,
    /// The term's label in the loaded ontology release; absent if the release has no label for it.
    pub label: Option<String>,
    /// The labels that sources stated for the term, each with the participants whose data contains the label. Empty if the ontology release has
    /// a label.
    pub received_labels: BTreeMap<String, RoaringBitmap>,
    /// The Grant's participants whose data contains the term. Never empty.
    pub people: RoaringBitmap,
}

impl Catalogue {
    /// Calls `show` with a view of a dataset's stored terms, limited to the Grant's participants. Absent if the Grant does not open the
    /// dataset.
    ///
    /// The terms are cached in memory. Every call first checks whether any process has ingested facts or loaded an ontology since the cache was
    /// filled, and reads the changes. The Grant of this request determines the visible participants. One call shows the data of one moment.
    /// Therefore all filters of one query must be evaluated in the same call.
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

    /// The terms of a dataset for which at least one of the Grant's participants has a present fact or a specimen, in order of code and kind.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn stored_terms(&self, grant: &Grant, dataset: &DatasetId) -> Result<Vec<StoredTerm>, CatalogueError> {
        Ok(self.show_terms(grant, dataset, |view| view.terms()).await?.unwrap_or_default())
    }

    /// Reads and folds a dataset's stored terms into the cache before the first query. Returns no data.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn warm_terms(&self, dataset: &DatasetId) -> Result<(), CatalogueError> {
        self.terms.show(self, dataset, |_, _| ()).await
    }
}
