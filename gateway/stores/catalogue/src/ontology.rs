//! Ontology releases. An ontology concerns no participant, so reading it needs no key.

mod closure;
mod loaded;
mod unknown;

use gemj_access::{Mandate, WriteAction};
use gemj_model::OntologyRelease;

use crate::catalogue::Catalogue;
use crate::database::{Value, giving_way, placeholders};
use crate::error::CatalogueError;
use crate::filter_changes::ontologies_change;
pub(crate) use loaded::KeptOntologies;
pub use loaded::{LoadedOntologies, LoadedTable};

/// The number of terms for which one statement deletes the pairs (ancestor, descendant).
const DELETED_AT_ONCE: usize = 500;

/// The meaning of a code that a filter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermExpansion {
    /// All ids under which a matching fact may be stored, sorted: the code itself, its current term, the term's alternative and replaced ids,
    /// and, if requested, the ids of its descendants. Never empty.
    pub ids: Vec<String>,
    /// The version of the loaded release of the code's ontology; absent if no release is loaded.
    pub release: Option<String>,
    /// Whether the loaded release contains the code. A code that it does not contain matches only itself.
    pub known: bool,
}

/// A loaded ontology release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedRelease {
    /// The prefix of the ontology's CURIEs, without the colon.
    pub prefix: String,
    /// The version that the release states.
    pub version: String,
}

impl Catalogue {
    /// Replaces the release of an ontology, in one transaction (action `LoadOntology`). Terms with another prefix than the release's prefix are
    /// skipped.
    ///
    /// # Errors
    /// The database does not answer; [`CatalogueError::Invalid`] for text that cannot be stored.
    pub async fn load_ontology(&self, mandate: &Mandate, release: &OntologyRelease) -> Result<(), CatalogueError> {
        giving_way!(self.replace_ontology(mandate, release))
    }

    async fn replace_ontology(&self, mandate: &Mandate, release: &OntologyRelease) -> Result<(), CatalogueError> {
        let resolved = closure::resolve(release);
        let mut terms: Vec<[Value; 5]> = Vec::with_capacity(resolved.terms.len());
        for term in &resolved.terms {
            terms.push([
                Value::outside(&term.id, "term")?,
                Value::outside(&release.prefix, "prefix")?,
                Value::outside(&term.label, "label")?,
                term.obsolete.into(),
                Value::maybe_outside(term.replaced_by.as_deref(), "replaced_by")?,
            ]);
        }
        let mut aliases: Vec<[Value; 2]> = Vec::with_capacity(resolved.aliases.len());
        for (alias, id) in &resolved.aliases {
            aliases.push([Value::outside(alias, "alternative id")?, (*id).into()]);
        }
        let version = Value::outside(&release.version, "version")?;
        let mut write = self.begin_write(mandate, &[WriteAction::LoadOntology]).await?;
        let transaction = &mut write.transaction;
        let prefix = || vec![Value::from(release.prefix.as_str())];
        let mut earlier = Vec::new();
        for row in transaction
            .fetch_all("SELECT id FROM ontology_term WHERE prefix = $1", prefix())
            .await?
        {
            earlier.push(Value::Text(row.text(0, "term")?));
        }
        // The pairs are deleted in parts, so that each statement is short. A long write can give way to a withdrawal only between two
        // statements.
        for part in earlier.chunks(DELETED_AT_ONCE) {
            let sql = format!("DELETE FROM ontology_closure WHERE ancestor IN ({})", placeholders(1, part.len()));
            transaction.execute_of(sql, part.to_vec()).await?;
        }
        for delete in [
            "DELETE FROM ontology_alias WHERE id IN (SELECT id FROM ontology_term WHERE prefix = $1)",
            "DELETE FROM ontology_term WHERE prefix = $1",
            "DELETE FROM ontology_release WHERE prefix = $1",
        ] {
            transaction.execute(delete, prefix()).await?;
        }
        let row = [release.prefix.as_str().into(), version];
        transaction.insert("ontology_release (prefix, version)", [row]).await?;
        let into = "ontology_term (id, prefix, label, obsolete, replaced_by)";
        transaction.insert(into, terms).await?;
        transaction.insert("ontology_alias (alias, id)", aliases).await?;
        let pairs = resolved.closure.iter().map(|(above, below)| [(*above).into(), (*below).into()]);
        transaction.insert("ontology_closure (ancestor, descendant)", pairs).await?;
        ontologies_change(&mut write).await?;
        write.commit(self, mandate, &release.prefix, resolved.terms.len() as u64).await?;
        Ok(())
    }

    /// The loaded ontology releases, in order of prefix.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn loaded_releases(&self) -> Result<Vec<LoadedRelease>, CatalogueError> {
        let sql = "SELECT prefix, version FROM ontology_release ORDER BY prefix";
        let mut releases = Vec::new();
        for row in self.database.fetch_all(sql, Vec::new()).await? {
            releases.push(LoadedRelease {
                prefix: row.text(0, "prefix")?,
                version: row.text(1, "release")?,
            });
        }
        Ok(releases)
    }

    /// Expands a CURIE to all ids under which a matching fact may be stored, according to the loaded release.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn expand_term(&self, curie: &str, descendants: bool) -> Result<TermExpansion, CatalogueError> {
        let mut expansion = TermExpansion {
            ids: vec![curie.to_owned()],
            release: None,
            known: false,
        };
        if curie.contains('\0') {
            return Ok(expansion);
        }
        // All reads use one snapshot, so that the answer does not mix an old and a new release.
        let mut snapshot = self.database.begin_snapshot().await?;
        if let Some((prefix, _)) = curie.split_once(':') {
            let sql = "SELECT version FROM ontology_release WHERE prefix = $1";
            let row = snapshot.fetch_first(sql, vec![prefix.into()]).await?;
            expansion.release = row.map(|row| row.text(0, "release")).transpose()?;
        }
        let sql = if descendants {
            "SELECT DISTINCT b.alias FROM ontology_alias a JOIN ontology_closure c ON c.ancestor = a.id \
             JOIN ontology_alias b ON b.id = c.descendant WHERE a.alias = $1"
        } else {
            "SELECT DISTINCT b.alias FROM ontology_alias a JOIN ontology_alias b ON b.id = a.id WHERE a.alias = $1"
        };
        for row in snapshot.fetch_all(sql, vec![curie.into()]).await? {
            expansion.known = true;
            expansion.ids.push(row.text(0, "term")?);
        }
        expansion.ids.sort();
        expansion.ids.dedup();
        Ok(expansion)
    }
}
