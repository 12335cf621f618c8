//! The loaded ontology releases in memory: the current terms of each id, and the ancestors of each term. This data concerns no participant.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use super::LoadedRelease;
use crate::catalogue::Catalogue;
use crate::database::Transaction;
use crate::error::CatalogueError;
use crate::filter_changes::{FilterVersions, versions_in};

/// The number of pairs (ancestor, descendant) that one query reads.
const PAGE: i64 = 20_000;

/// A table of mappings in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedTable {
    /// The name of the table.
    pub name: String,
    /// The version of the table.
    pub version: String,
    /// The prefixes of the code systems to which the table maps, in order.
    pub targets: Vec<String>,
}

/// All loaded ontology releases together, and the names of the tables of mappings in use.
#[derive(Debug, Default)]
pub struct LoadedOntologies {
    version: u64,
    tables: Vec<LoadedTable>,
    releases: Vec<LoadedRelease>,
    terms: Vec<LoadedTerm>,
    /// The current terms of each id, as positions in `terms`.
    meanings: HashMap<Box<str>, Vec<u32>>,
}

#[derive(Debug)]
struct LoadedTerm {
    id: Box<str>,
    /// The term's label in the release; empty if the release has no label for it.
    label: Box<str>,
    /// The ancestors of the term, including the term itself, as positions in `terms`.
    above: Vec<u32>,
}

impl LoadedOntologies {
    /// The loaded ontology releases, in order of prefix.
    #[must_use]
    pub fn releases(&self) -> &[LoadedRelease] {
        &self.releases
    }

    /// The tables of mappings in use that map to the code system with the CURIE's prefix, in order of name.
    pub fn tables_toward<'a>(&'a self, curie: &'a str) -> impl Iterator<Item = &'a LoadedTable> {
        let prefix = curie.split_once(':').map_or("", |(prefix, _)| prefix);
        self.tables
            .iter()
            .filter(move |table| table.targets.iter().any(|target| target == prefix))
    }

    /// The loaded release of the ontology with the CURIE's prefix; absent if no release is loaded.
    #[must_use]
    pub fn release_of(&self, curie: &str) -> Option<&LoadedRelease> {
        let (prefix, _) = curie.split_once(':')?;
        self.releases.iter().find(|release| release.prefix == prefix)
    }

    /// Whether a loaded release contains an id: the id of a current term, an alternative id, or the id of a replaced term.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.meanings.contains_key(id)
    }

    /// The id of the first term with this label. The case of ASCII letters is ignored. Absent if no loaded release contains the label.
    #[must_use]
    pub fn term_labelled(&self, label: &str) -> Option<&str> {
        let found = self.terms.iter().find(|term| term.label.eq_ignore_ascii_case(label));
        found.filter(|_| !label.is_empty()).map(|term| &*term.id)
    }

    /// The version (number of changes) of the stored ontology releases when this value was read.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn meant(&self, id: &str) -> &[u32] {
        self.meanings.get(id).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn id(&self, term: u32) -> &str {
        self.terms.get(term as usize).map_or("", |term| &term.id)
    }

    pub(crate) fn label(&self, term: u32) -> &str {
        self.terms.get(term as usize).map_or("", |term| &term.label)
    }

    pub(crate) fn above(&self, term: u32) -> &[u32] {
        self.terms.get(term as usize).map_or(&[], |term| &term.above)
    }
}

/// The cached ontology releases. Absent before the first read.
#[derive(Default)]
pub(crate) struct KeptOntologies(Mutex<Option<Arc<LoadedOntologies>>>);

impl Catalogue {
    /// The currently loaded ontology releases. They are cached, and read again after any process has replaced one.
    ///
    /// # Errors
    /// The database does not answer or cannot be read.
    pub async fn loaded_ontologies(&self) -> Result<Arc<LoadedOntologies>, CatalogueError> {
        let versions = self.filter_versions().await?;
        self.ontologies_of(&versions).await
    }

    /// The loaded ontology releases of at least these versions, from the cache or the database.
    pub(crate) async fn ontologies_of(&self, versions: &FilterVersions) -> Result<Arc<LoadedOntologies>, CatalogueError> {
        let mut kept = self.ontologies.0.lock().await;
        if let Some(kept) = kept.as_ref()
            && kept.version >= versions.ontologies()
        {
            return Ok(Arc::clone(kept));
        }
        let mut snapshot = self.database.begin_snapshot().await?;
        let version = versions_in(&mut snapshot).await?.ontologies();
        let loaded = Arc::new(read(&mut snapshot, version).await?);
        *kept = Some(Arc::clone(&loaded));
        Ok(loaded)
    }
}

async fn read(snapshot: &mut Transaction, version: u64) -> Result<LoadedOntologies, CatalogueError> {
    let mut loaded = LoadedOntologies {
        version,
        ..LoadedOntologies::default()
    };
    for row in snapshot
        .fetch_all("SELECT prefix, version FROM ontology_release ORDER BY prefix", Vec::new())
        .await?
    {
        loaded.releases.push(LoadedRelease {
            prefix: row.text(0, "prefix")?,
            version: row.text(1, "release")?,
        });
    }
    let tables = "SELECT t.name, t.version, p.target_system FROM code_table t JOIN code_table_part p ON p.name = t.name \
                  WHERE t.kind = 'map' AND t.ended IS NULL AND p.target_system <> '' \
                  GROUP BY t.name, t.version, p.target_system ORDER BY t.name, p.target_system";
    for row in snapshot.fetch_all(tables, Vec::new()).await? {
        let (name, version, target) = (row.text(0, "code table")?, row.text(1, "code table")?, row.text(2, "code table")?);
        match loaded.tables.last_mut().filter(|last| last.name == name) {
            Some(last) => last.targets.push(target),
            None => loaded.tables.push(LoadedTable {
                name,
                version,
                targets: vec![target],
            }),
        }
    }
    if loaded.releases.is_empty() {
        return Ok(loaded);
    }
    let mut numbers: HashMap<Box<str>, u32> = HashMap::new();
    for row in snapshot
        .fetch_all("SELECT id, label FROM ontology_term ORDER BY id", Vec::new())
        .await?
    {
        let (id, label) = (row.text(0, "term")?.into_boxed_str(), row.text(1, "label")?.into_boxed_str());
        let number = u32::try_from(loaded.terms.len()).map_err(|_| CatalogueError::Corrupt { what: "ontology" })?;
        numbers.insert(id.clone(), number);
        loaded.terms.push(LoadedTerm {
            id,
            label,
            above: Vec::new(),
        });
    }
    for row in snapshot
        .fetch_all("SELECT alias, id FROM ontology_alias ORDER BY alias, id", Vec::new())
        .await?
    {
        if let Some(number) = numbers.get(row.text(1, "term")?.as_str()) {
            let alias = row.text(0, "alternative id")?.into_boxed_str();
            loaded.meanings.entry(alias).or_default().push(*number);
        }
    }
    let mut last = (String::new(), String::new());
    loop {
        let sql = "SELECT ancestor, descendant FROM ontology_closure WHERE (ancestor, descendant) > ($1, $2) \
                   ORDER BY ancestor, descendant LIMIT $3";
        let rows = snapshot
            .fetch_all(sql, vec![last.0.as_str().into(), last.1.as_str().into(), PAGE.into()])
            .await?;
        for row in &rows {
            last = (row.text(0, "ancestor")?, row.text(1, "descendant")?);
            let pair = numbers.get(last.0.as_str()).zip(numbers.get(last.1.as_str()));
            if let Some((above, below)) = pair
                && let Some(term) = loaded.terms.get_mut(*below as usize)
            {
                term.above.push(*above);
            }
        }
        if (rows.len() as i64) < PAGE {
            return Ok(loaded);
        }
    }
}
