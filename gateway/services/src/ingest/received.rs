//! Which of the units that earlier runs refused a run has received again.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The keyed names of the units that earlier runs refused, and the names among them that this run has received. A clone is cheap; all clones share one
/// state.
#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    open: Arc<HashSet<String>>,
    found: Arc<Mutex<BTreeSet<String>>>,
}

impl Received {
    pub(super) fn of(open: Vec<String>) -> Self {
        Self {
            open: Arc::new(open.into_iter().collect()),
            found: Arc::default(),
        }
    }

    /// Whether no earlier run refused a unit, so that no name needs to be computed.
    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Remembers a unit of this run, if an earlier run refused it.
    pub(super) fn add(&self, name: &str) {
        if self.open.contains(name) {
            self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        }
    }

    /// The refused units that this run received, including those that it refused again.
    pub(super) fn again<'n>(&self, refused_again: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
        refused_again.for_each(|name| self.add(name));
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
