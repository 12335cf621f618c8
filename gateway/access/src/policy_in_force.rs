//! The policy of this moment, for work that lasts longer than a request: open streams and runs of workflows.

use std::sync::{Arc, PoisonError, RwLock};

use crate::policy::Policy;

/// The policy of this moment. Clones share it, so that a replacement takes effect in all of them.
#[derive(Clone, Debug)]
pub struct PolicyInForce(Arc<RwLock<Arc<Policy>>>);

impl PolicyInForce {
    /// The given policy is in force.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(policy))))
    }

    /// The policy of this moment.
    #[must_use]
    pub fn now(&self) -> Arc<Policy> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the policy, for every decision that begins after this call.
    pub fn replace(&self, policy: Policy) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }
}
