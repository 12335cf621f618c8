//! The memory of recently used DPoP proofs, because each proof is accepted only once (RFC 9449 § 11.1). Each
//! replica of the gateway has its own memory.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use gemj_model::Timestamp;

use super::BindingFault;
use super::dpop::Proof;

/// The largest number of proofs that are remembered in one period.
const MAX_COUNT: usize = 1 << 18;
/// The largest number of proofs of one key in one period, so that one token holder cannot fill the memory.
const MAX_COUNT_OF_KEY: u32 = 1 << 14;

/// The memory of used proofs. It holds the proofs of the present period and of the period before. When the present period ends, the proofs of the
/// period before are dropped. A proof is therefore remembered for at least one whole period.
pub(super) struct ProofMemory {
    period_s: i64,
    max_count: usize,
    max_count_of_key: u32,
    periods: Mutex<Periods>,
}

#[derive(Default)]
struct Periods {
    began_at_s: i64,
    present: Period,
    last: Period,
}

#[derive(Default)]
struct Period {
    seen: HashSet<[u8; 32]>,
    by_key: HashMap<String, u32>,
}

impl ProofMemory {
    /// An empty memory. `period_s` is the length of the time during which one proof can be accepted, in seconds.
    pub(super) fn new(period_s: i64) -> Self {
        Self::with_bounds(period_s, MAX_COUNT, MAX_COUNT_OF_KEY)
    }

    fn with_bounds(period_s: i64, max_count: usize, max_count_of_key: u32) -> Self {
        Self {
            period_s,
            max_count,
            max_count_of_key,
            periods: Mutex::default(),
        }
    }

    /// Remembers a proof that passed all other checks. If the memory is full, the proof is refused; no remembered proof is dropped early.
    pub(super) fn remember(&self, proof: &Proof, now: Timestamp) -> Result<(), BindingFault> {
        let mut periods = self.periods.lock().unwrap_or_else(PoisonError::into_inner);
        periods.turn(now.seconds(), self.period_s);
        let digest = digest_of(proof);
        if periods.present.seen.contains(&digest) || periods.last.seen.contains(&digest) {
            return Err(BindingFault::ProofUsed);
        }
        let present = &mut periods.present;
        let of_key = present.by_key.get(&proof.thumbprint).copied().unwrap_or_default();
        if present.seen.len() >= self.max_count || of_key >= self.max_count_of_key {
            return Err(BindingFault::TooManyProofs);
        }
        present.seen.insert(digest);
        present.by_key.insert(proof.thumbprint.clone(), of_key + 1);
        Ok(())
    }
}

impl Periods {
    fn turn(&mut self, now_s: i64, period_s: i64) {
        let age_s = now_s - self.began_at_s;
        // If the clock was set back, the age is negative, and no proof is dropped.
        if age_s < period_s {
            return;
        }
        let present = std::mem::take(&mut self.present);
        self.last = if age_s < 2 * period_s { present } else { Period::default() };
        self.began_at_s = now_s;
    }
}

/// The digest of the key's thumbprint and the proof's `jti`. A `jti` counts for its key only, so that one holder
/// cannot use up the `jti` of another holder.
fn digest_of(proof: &Proof) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in [&proof.thumbprint, &proof.token_id] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(key: &str, id: usize) -> Proof {
        Proof::for_memory(key, &id.to_string())
    }

    #[test]
    fn a_proof_is_remembered_for_at_least_a_period_and_forgotten_after_two() {
        for seen_at in [1_000_000, 1_000_001, 1_000_089, 1_000_090, 1_000_091] {
            let memory = ProofMemory::new(90);
            let at = Timestamp::from_seconds;
            assert_eq!(memory.remember(&proof("k", 0), at(1_000_000)), Ok(()));
            assert_eq!(memory.remember(&proof("k", 1), at(seen_at)), Ok(()));
            for later in [0, 1, 45, 89] {
                assert_eq!(
                    memory.remember(&proof("k", 1), at(seen_at + later)),
                    Err(BindingFault::ProofUsed),
                    "{seen_at} {later}"
                );
            }
            assert_eq!(memory.remember(&proof("other", 1), at(seen_at + 89)), Ok(()), "another key");
            assert_eq!(
                memory.remember(&proof("k", 1), at(seen_at - 500)),
                Err(BindingFault::ProofUsed),
                "the clock was set back"
            );
            assert_eq!(memory.remember(&proof("k", 1), at(seen_at + 1000)), Ok(()));
        }
    }

    #[test]
    fn the_memory_is_bounded_by_key_and_in_total_and_forgets_no_proof_early() {
        let memory = ProofMemory::with_bounds(90, 100, 40);
        let now = Timestamp::from_seconds(1_000_000);
        for id in 0..40 {
            assert_eq!(memory.remember(&proof("a", id), now), Ok(()));
        }
        assert_eq!(memory.remember(&proof("a", 40), now), Err(BindingFault::TooManyProofs));
        for id in 0..60 {
            assert_eq!(memory.remember(&proof(if id < 30 { "b" } else { "c" }, id), now), Ok(()));
        }
        assert_eq!(memory.remember(&proof("d", 0), now), Err(BindingFault::TooManyProofs));
        assert_eq!(memory.remember(&proof("a", 7), now), Err(BindingFault::ProofUsed));
        assert_eq!(memory.remember(&proof("d", 0), now.plus_seconds(90)), Ok(()));
        assert_eq!(memory.remember(&proof("a", 7), now.plus_seconds(90)), Err(BindingFault::ProofUsed));
    }
}
