//! Stored codes that the tables in use do not map, with the number of facts. The list names no participant.

use std::collections::HashSet;

use gemj_access::{Job, Upkeep};
use gemj_model::DatasetId;

use crate::catalogue::{Catalogue, check_job};
use crate::error::CatalogueError;

/// Why a stored code has no mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyUnmapped {
    /// No table in use maps codes of the code's system.
    NoTable,
    /// A table maps codes of the code's system, and does not contain the code.
    NotInTable,
    /// A table contains the code and states that it has no match.
    Unmatched,
}

impl WhyUnmapped {
    /// The word of the reason.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoTable => "no-table",
            Self::NotInTable => "not-in-table",
            Self::Unmatched => "unmatched",
        }
    }
}

/// A stored code without a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmappedCode {
    /// The code as a CURIE.
    pub code: String,
    /// The number of facts with the code, of every kind and status.
    pub facts: u64,
    /// Why the code has no mapping.
    pub why: WhyUnmapped,
}

impl Catalogue {
    /// The codes of stored facts that no table in use maps to another code, with the number of facts: the most frequent code first, then in order of code
    /// (job `Inventory`). The result is for one dataset, or for all datasets if `dataset` is absent. A code counts once, also if it is the code of many
    /// participants.
    ///
    /// # Errors
    /// [`CatalogueError::WrongKey`] for a key of another job; the database does not answer or cannot be read.
    pub async fn unmapped_codes(&self, upkeep: Upkeep, dataset: Option<&DatasetId>) -> Result<Vec<UnmappedCode>, CatalogueError> {
        check_job(upkeep, &[Job::Inventory])?;
        let mut snapshot = self.database.begin_snapshot().await?;
        let sql = "SELECT p.source_system FROM code_table_part p JOIN code_table t ON t.name = p.name AND t.ended IS NULL \
                   WHERE t.kind = 'map' GROUP BY p.source_system";
        let mut systems = HashSet::new();
        for row in snapshot.fetch_all(sql, Vec::new()).await? {
            systems.insert(row.text(0, "code table")?);
        }
        let sql = "SELECT f.code, f.facts, (SELECT COUNT(*) FROM code_mapping m WHERE m.source = f.code) \
                   FROM (SELECT code, COUNT(*) AS facts FROM fact WHERE dataset = $1 OR $1 = '' GROUP BY code) f \
                   WHERE NOT EXISTS (SELECT 1 FROM code_mapping m WHERE m.source = f.code AND m.equivalence <> 'unmatched')";
        let mut codes = Vec::new();
        for row in snapshot.fetch_all(sql, vec![dataset.map_or("", DatasetId::as_str).into()]).await? {
            let code = row.text(0, "code")?;
            let has_table = code.split_once(':').is_some_and(|(prefix, _)| systems.contains(prefix));
            let why = match (row.count(2, "code mapping")?, has_table) {
                (0, false) => WhyUnmapped::NoTable,
                (0, true) => WhyUnmapped::NotInTable,
                _ => WhyUnmapped::Unmatched,
            };
            codes.push(UnmappedCode {
                code,
                facts: row.count(1, "fact")?,
                why,
            });
        }
        codes.sort_by(|a, b| b.facts.cmp(&a.facts).then_with(|| a.code.cmp(&b.code)));
        Ok(codes)
    }
}
