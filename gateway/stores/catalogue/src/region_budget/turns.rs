//! The order of calculations within one process.

use std::hash::{BuildHasher as _, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// The number of groups of approvals.
const GROUPS: usize = 64;

/// A turn for each approval. Different approvals can share a turn by chance, which costs only time.
pub(crate) struct BudgetTurns {
    hasher: RandomState,
    turns: Vec<Mutex<()>>,
}

impl Default for BudgetTurns {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            turns: std::iter::repeat_with(Mutex::default).take(GROUPS).collect(),
        }
    }
}

impl BudgetTurns {
    /// Waits for the turns of all these approvals, in one fixed order, so that two requests never wait for each other.
    pub(crate) async fn of(&self, approvals: &[String]) -> Vec<MutexGuard<'_, ()>> {
        let mut groups: Vec<usize> = approvals.iter().map(|a| self.hasher.hash_one(a) as usize % GROUPS).collect();
        groups.sort_unstable();
        groups.dedup();
        let mut turns = Vec::with_capacity(groups.len());
        for turn in groups.into_iter().filter_map(|group| self.turns.get(group)) {
            turns.push(turn.lock().await);
        }
        turns
    }
}
