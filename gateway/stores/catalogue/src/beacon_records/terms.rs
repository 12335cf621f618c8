//! Maps stored codes to terms of the loaded ontologies. The data concerns no person, so reading needs no key.

use std::collections::{BTreeSet, HashMap};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;

/// The current term for a stored code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermInUse {
    /// The id of the term.
    pub id: String,
    /// The label in the loaded release.
    pub label: String,
}

impl Catalogue {
    /// The current terms for these codes by the loaded releases. Codes that no release contains, or that stand for several terms, are
    /// omitted.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn terms_in_use(&self, codes: &BTreeSet<&str>) -> Result<HashMap<String, TermInUse>, CatalogueError> {
        let codes: Vec<&str> = codes.iter().copied().filter(|code| !code.contains('\0')).collect();
        let mut terms: HashMap<String, Option<TermInUse>> = HashMap::new();
        for chunk in codes.chunks(MAX_PARAMETERS) {
            let sql = format!(
                "SELECT a.alias, t.id, t.label FROM ontology_alias a JOIN ontology_term t ON t.id = a.id WHERE a.alias IN ({})",
                placeholders(1, chunk.len())
            );
            let arguments = chunk.iter().map(|code| Value::from(*code)).collect();
            for row in self.database.fetch_all_of(sql, arguments).await? {
                let term = TermInUse {
                    id: row.text(1, "term")?,
                    label: row.text(2, "label")?,
                };
                // An id that was split stands for several terms, so it maps to none.
                let entry = terms.entry(row.text(0, "alternative id")?);
                entry.and_modify(|meant| *meant = None).or_insert(Some(term));
            }
        }
        Ok(terms.into_iter().filter_map(|(code, term)| Some((code, term?))).collect())
    }
}
