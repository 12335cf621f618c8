//! Maps stored codes to terms of the loaded ontologies. This data concerns no participant, so reading it needs no key.

use std::collections::{BTreeSet, HashMap};

use crate::catalogue::Catalogue;
use crate::database::{MAX_PARAMETERS, Value, placeholders};
use crate::error::CatalogueError;

/// A term of a loaded ontology release to which a stored code is mapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermInUse {
    /// The id of the term.
    pub id: String,
    /// The term's label in the loaded release.
    pub label: String,
}

impl Catalogue {
    /// The terms of the loaded ontology releases to which these codes are mapped, by code. A code that no release contains is omitted. A code
    /// that stands for several terms is omitted too.
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
                // An alternative id of several terms (after a split) does not identify one term, so it is mapped to none.
                let entry = terms.entry(row.text(0, "alternative id")?);
                entry.and_modify(|meant| *meant = None).or_insert(Some(term));
            }
        }
        Ok(terms.into_iter().filter_map(|(code, term)| Some((code, term?))).collect())
    }
}
