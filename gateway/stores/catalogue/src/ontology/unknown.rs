//! Stored terms that are missing in the loaded release of their ontology.

use gemj_access::{Mandate, WriteAction};
use gemj_model::DatasetId;

use crate::catalogue::Catalogue;
use crate::error::CatalogueError;

impl Catalogue {
    /// The stored terms that are missing in the loaded release of their ontology, in order (actions `Ingest`, `LoadOntology`). Terms of
    /// ontologies without a loaded release are not included. The result is for one dataset, or for all datasets if `dataset` is absent. It
    /// contains only ids of terms and does not reveal participants.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a mandate of another action; the database does not answer or cannot be read.
    pub async fn terms_in_no_release(&self, mandate: &Mandate, dataset: Option<&DatasetId>) -> Result<Vec<String>, CatalogueError> {
        if !matches!(mandate.action(), WriteAction::Ingest | WriteAction::LoadOntology) {
            return Err(CatalogueError::WrongKey);
        }
        let ontologies = self.loaded_ontologies().await?;
        let mut unknown = Vec::new();
        let sql = "SELECT code FROM fact WHERE dataset = $1 OR $1 = '' UNION \
                   SELECT s.kind_code FROM specimen_statement s JOIN fact_source f ON f.id = s.source WHERE f.dataset = $1 OR $1 = '' UNION \
                   SELECT s.body_site FROM specimen_statement s JOIN fact_source f ON f.id = s.source \
                   WHERE s.body_site IS NOT NULL AND (f.dataset = $1 OR $1 = '')";
        for row in self
            .database
            .fetch_all(sql, vec![dataset.map_or("", DatasetId::as_str).into()])
            .await?
        {
            let code = row.text(0, "code")?;
            if ontologies.release_of(&code).is_some() && !ontologies.knows(&code) {
                unknown.push(code);
            }
        }
        unknown.sort_unstable();
        Ok(unknown)
    }
}
