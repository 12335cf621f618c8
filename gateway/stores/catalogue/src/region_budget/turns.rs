//! The order in which one process calculates the costs of requests.

use std::hash::{BuildHasher as _, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// The number of locks. The approvals are distributed over the locks by their hash.
const GROUPS: usize = 64;

/// Locks by which requests under the same approval take turns. Different approvals can share a lock by chance, which costs only time.
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
    /// Waits for the locks of all these approvals. The locks are taken in a fixed order, so that two requests never wait for each other.
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
