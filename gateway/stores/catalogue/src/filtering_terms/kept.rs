//! The stored terms of each dataset in memory, with everybody who has them: nothing of it leaves but through a Grant.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use gemj_model::DatasetId;
use roaring::RoaringBitmap;
use tokio::sync::Mutex;

use super::TermKind;
use crate::database::{Database, Transaction, Value};
use crate::error::CatalogueError;

/// How many ordinals are read at once.
const PAGE: i64 = 4_096;

/// Terms by code and kind.
pub(super) type Terms = BTreeMap<(String, TermKind), Kept>;

/// One term.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) in_release: bool,
    pub(super) label: Option<String>,
    pub(super) received_labels: BTreeMap<String, RoaringBitmap>,
    pub(super) people: RoaringBitmap,
}

/// What the terms were read from: the last unit taken in, and the loaded releases. Facts change with a unit alone.
#[derive(Clone, PartialEq, Eq)]
struct Version {
    last_source: i64,
    releases: Vec<(String, String)>,
}

/// The terms of the datasets asked so far.
#[derive(Default)]
pub(crate) struct KeptTerms(Mutex<HashMap<DatasetId, (Version, Arc<Terms>)>>);

impl KeptTerms {
    /// The terms of a dataset as they are stored now. Who asks while they are read waits for them.
    pub(super) async fn of(&self, database: &Database, dataset: &DatasetId) -> Result<Arc<Terms>, CatalogueError> {
        let mut kept = self.0.lock().await;
        let mut snapshot = database.begin_snapshot().await?;
        let version = version(&mut snapshot).await?;
        if let Some((read, terms)) = kept.get(dataset)
            && *read == version
        {
            return Ok(Arc::clone(terms));
        }
        let terms = Arc::new(read(&mut snapshot, dataset).await?);
        kept.insert(dataset.clone(), (version, Arc::clone(&terms)));
        Ok(terms)
    }
}

async fn version(snapshot: &mut Transaction) -> Result<Version, CatalogueError> {
    let last = "SELECT COALESCE(MAX(id), 0) FROM fact_source";
    let last = snapshot.fetch_first(last, Vec::new()).await?;
    let mut releases = Vec::new();
    let sql = "SELECT prefix, version FROM ontology_release ORDER BY prefix";
    for row in snapshot.fetch_all(sql, Vec::new()).await? {
        releases.push((row.text(0, "prefix")?, row.text(1, "release")?));
    }
    Ok(Version {
        last_source: last.ok_or(CatalogueError::Corrupt { what: "source" })?.int(0, "source")?,
        releases,
    })
}

async fn read(snapshot: &mut Transaction, dataset: &DatasetId) -> Result<Terms, CatalogueError> {
    let mut terms = Terms::new();
    let last = "SELECT COALESCE(MAX(ordinal), -1) FROM membership WHERE dataset = $1";
    let last = snapshot.fetch_first(last, vec![dataset.as_str().into()]).await?;
    let last = last.ok_or(CatalogueError::Corrupt { what: "membership" })?.int(0, "ordinal")?;
    for (kind, word) in [
        (TermKind::Phenotype, "phenotype"),
        (TermKind::Disease, "disease"),
        (TermKind::Measurement, "measurement"),
    ] {
        let sql = "SELECT f.ordinal, COALESCE(a.id, f.code), f.label, t.label FROM fact f \
                   LEFT JOIN ontology_alias a ON a.alias = f.code LEFT JOIN ontology_term t ON t.id = a.id \
                   WHERE f.dataset = $1 AND f.kind = $2 AND f.ordinal >= $3 AND f.ordinal < $4 AND f.status = 'present'";
        let mut first = 0;
        while first <= last {
            let arguments: Vec<Value> = vec![dataset.as_str().into(), word.into(), first.into(), (first + PAGE).into()];
            for row in snapshot.fetch_all(sql, arguments).await? {
                let known = row.maybe_text(3, "label")?;
                let (code, received) = (row.text(1, "code")?, row.text(2, "label")?);
                add(&mut terms, (code, kind), known, received, row.ordinal(0)?.0);
            }
            first += PAGE;
        }
    }
    let sql = "SELECT f.ordinal, s.kind_code, s.kind_label, s.body_site FROM specimen_statement s JOIN fact_source f ON f.id = s.source \
               WHERE f.dataset = $1 AND f.retired = FALSE";
    for row in snapshot.fetch_all(sql, vec![dataset.as_str().into()]).await? {
        let person = row.ordinal(0)?.0;
        let (kind, label) = (row.text(1, "specimen kind")?, row.text(2, "specimen kind")?);
        add(&mut terms, (kind, TermKind::Specimen), None, label, person);
        if let Some(site) = row.maybe_text(3, "body site")? {
            add(&mut terms, (site, TermKind::Specimen), None, String::new(), person);
        }
    }
    Ok(terms)
}

/// Adds a person to a term. `known` is the label, be it empty, where a loaded release has the term.
fn add(terms: &mut Terms, term: (String, TermKind), known: Option<String>, received: String, person: u32) {
    let term = terms.entry(term).or_default();
    term.people.insert(person);
    term.in_release |= known.is_some();
    match known.filter(|label| !label.is_empty()) {
        Some(label) => term.label = Some(label),
        None if received.is_empty() => {}
        None => {
            term.received_labels.entry(received).or_default().insert(person);
        }
    }
}
