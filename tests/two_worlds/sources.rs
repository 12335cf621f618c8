//! A clock that the test sets, and ids that depend only on a seed. Both are equal in both worlds.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use gemj_gateway::Sources;
use gemj_model::{Clock, Entropy, Timestamp};
use sha2::{Digest as _, Sha256};

/// The time and the ids of one world.
#[derive(Debug, Default)]
pub(crate) struct Set {
    now: AtomicI64,
    seed: AtomicU64,
    drawn: AtomicU64,
}

impl Set {
    /// Sets the time and the seed for the next step or request. The ids that the gateway then makes depend only on the seed.
    pub(crate) fn to(&self, now: Timestamp, seed: u64) {
        self.now.store(now.0, Ordering::SeqCst);
        self.seed.store(seed, Ordering::SeqCst);
        self.drawn.store(0, Ordering::SeqCst);
    }

    pub(crate) fn sources(self: &Arc<Self>) -> Sources {
        Sources::given(Arc::clone(self) as Arc<dyn Clock>, Arc::clone(self) as Arc<dyn Entropy>)
    }
}

impl Clock for Set {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }
}

impl Entropy for Set {
    fn draw(&self) -> u128 {
        let mut hash = Sha256::new();
        hash.update(self.seed.load(Ordering::SeqCst).to_le_bytes());
        hash.update(self.drawn.fetch_add(1, Ordering::SeqCst).to_le_bytes());
        u128::from_le_bytes(hash.finalize()[..16].try_into().unwrap())
    }
}
