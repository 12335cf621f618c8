//! The cached terms of each dataset, with all participants with each term. Other modules can read the cache only through a Grant.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use gemj_model::DatasetId;
use tokio::sync::Mutex;

use super::index::Index;
use super::read;
use crate::catalogue::Catalogue;
use crate::error::CatalogueError;
use crate::filter_changes::{changed_since, versions_in};
use crate::ontology::LoadedOntologies;

/// If the facts of more participants than this number have changed, the whole dataset is read again.
const MOST_CHANGED: usize = 20_000;

/// The cached terms of the datasets that were queried so far.
#[derive(Default)]
pub(crate) struct KeptTerms(std::sync::Mutex<HashMap<DatasetId, Arc<Slot>>>);

/// The place for the cached terms of one dataset.
#[derive(Default)]
struct Slot {
    /// The lock that a task holds while it reads changes, so that concurrent calls read the changes only once.
    reading: Mutex<()>,
    /// The cached terms. Absent before the first query. If an update panics, the lock is poisoned, and the next call reads the whole dataset
    /// again.
    kept: RwLock<Option<Kept>>,
}

struct Kept {
    /// The version of the dataset's facts in the cache.
    facts: u64,
    ontologies: Arc<LoadedOntologies>,
    index: Index,
}

impl KeptTerms {
    /// Calls `show` with the current terms of a dataset. If another call is already reading changes, this call waits for it. It then uses the
    /// result, or reads again if the result is older than the versions at its own start.
    pub(super) async fn show<T>(
        &self,
        catalogue: &Catalogue,
        dataset: &DatasetId,
        show: impl FnOnce(&Index, &LoadedOntologies) -> T,
    ) -> Result<T, CatalogueError> {
        let slot = {
            let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(dataset.clone()).or_default())
        };
        let versions = catalogue.filter_versions().await?;
        let (facts, ontologies) = (versions.facts(dataset), versions.ontologies());
        if !slot.is_of(facts, ontologies) {
            let _one = slot.reading.lock().await;
            if !slot.is_of(facts, ontologies) {
                let shown = catalogue.ontologies_of(&versions).await?;
                slot.refresh(catalogue, dataset, shown).await?;
            }
        }
        let kept = slot.kept.read().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.as_ref().ok_or(CatalogueError::Unavailable)?;
        Ok(show(&kept.index, &kept.ontologies))
    }
}

impl Slot {
    /// Whether the cached terms have at least these versions.
    fn is_of(&self, facts: u64, ontologies: u64) -> bool {
        match self.kept.read() {
            Ok(kept) => kept
                .as_ref()
                .is_some_and(|kept| kept.facts >= facts && kept.ontologies.version() >= ontologies),
            // An update panicked. The cached data may be incomplete, so it is not used.
            Err(_) => false,
        }
    }

    async fn refresh(&self, catalogue: &Catalogue, dataset: &DatasetId, ontologies: Arc<LoadedOntologies>) -> Result<(), CatalogueError> {
        let mut snapshot = catalogue.database.begin_snapshot().await?;
        let versions = versions_in(&mut snapshot).await?;
        let facts = versions.facts(dataset);
        // If a code table or an ontology was loaded in between, the changed facts would be joined with other mappings than the cached facts.
        let since = match self.kept.read() {
            Ok(kept) => kept
                .as_ref()
                .filter(|kept| kept.ontologies.version() == ontologies.version() && versions.ontologies() == ontologies.version())
                .map(|kept| kept.facts),
            Err(_) => None,
        };
        if let Some(since) = since {
            let changed = changed_since(&mut snapshot, dataset, since).await?;
            if changed.len() <= MOST_CHANGED {
                let gathered = read::of_people(&mut snapshot, dataset, &changed).await?;
                if let Ok(mut kept) = self.kept.write()
                    && let Some(kept) = kept.as_mut()
                {
                    kept.index.remove(&changed.into_iter().collect());
                    kept.index.add(gathered, &ontologies);
                    kept.facts = facts;
                    return Ok(());
                }
            }
        }
        let gathered = read::all(&mut snapshot, dataset).await?;
        let kept = tokio::task::spawn_blocking(move || {
            let mut index = Index::default();
            index.add(gathered, &ontologies);
            tracing::debug!(bytes = index.bytes(), "terms of a dataset were folded");
            Kept { facts, ontologies, index }
        });
        let kept = kept.await.map_err(|_| CatalogueError::Unavailable)?;
        let mut place = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        *place = Some(kept);
        self.kept.clear_poison();
        Ok(())
    }
}
