//! Caches checked blocks of segments in memory, up to a number of bytes. Blocks are evicted by the rule "second chance": a block that was
//! used since its last examination is kept until the next examination.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::FixedState;

use crate::segment::block::Block;

/// The key of a cached block: the segment's number in this process, and the offset of the block in the segment.
pub(crate) type BlockKey = (u64, u64);

const SHARDS: usize = 16;

#[derive(Debug, Default)]
struct Shard {
    // The keys are numbers that this process makes, and no caller can choose them. A hash without a random seed is therefore safe.
    blocks: HashMap<BlockKey, (Arc<Block>, bool), FixedState>,
    hand: VecDeque<BlockKey>,
    bytes: usize,
}

/// The block cache of one carrier index.
#[derive(Debug)]
pub(crate) struct BlockCache {
    shards: Vec<Mutex<Shard>>,
    shard_bytes: usize,
}

/// The estimated memory of one cached block in addition to its bytes. It includes the block's decoded positions.
const OVERHEAD: usize = 2048;

impl BlockCache {
    pub(crate) fn new(capacity_bytes: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            shard_bytes: capacity_bytes / SHARDS,
        }
    }

    /// The number of bytes that the cache may use.
    pub(crate) fn capacity_bytes(&self) -> usize {
        self.shard_bytes * SHARDS
    }

    fn shard(&self, key: BlockKey) -> &Mutex<Shard> {
        let mixed = (key.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ key.1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        &self.shards[(mixed >> 60) as usize % SHARDS]
    }

    pub(crate) fn get(&self, key: BlockKey) -> Option<Arc<Block>> {
        let mut shard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let (block, used) = shard.blocks.get_mut(&key)?;
        *used = true;
        Some(Arc::clone(block))
    }

    /// Caches a block, and evicts blocks of the same shard until the shard is within its size. A block larger than a shard is not cached.
    pub(crate) fn insert(&self, key: BlockKey, block: Arc<Block>) {
        let cost = block.bytes().len() + OVERHEAD;
        if cost > self.shard_bytes {
            return;
        }
        let mut guard = self.shard(key).lock().unwrap_or_else(PoisonError::into_inner);
        let shard = &mut *guard;
        if shard.blocks.insert(key, (block, false)).is_some() {
            return;
        }
        shard.hand.push_back(key);
        shard.bytes += cost;
        while shard.bytes > self.shard_bytes {
            let Some(candidate) = shard.hand.pop_front() else { break };
            match shard.blocks.get_mut(&candidate) {
                Some((_, used)) if *used => {
                    *used = false;
                    shard.hand.push_back(candidate);
                }
                Some((block, _)) => {
                    shard.bytes = shard.bytes.saturating_sub(block.bytes().len() + OVERHEAD);
                    shard.blocks.remove(&candidate);
                }
                None => {}
            }
        }
    }

    /// The estimated memory of all cached blocks.
    pub(crate) fn bytes(&self) -> usize {
        self.shards
            .iter()
            .map(|s| s.lock().unwrap_or_else(PoisonError::into_inner).bytes)
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(bytes: Vec<u8>) -> Arc<Block> {
        Arc::new(Block::new(bytes.into()))
    }

    #[test]
    fn the_cache_stays_within_its_size() {
        let cache = BlockCache::new(400_000);
        for number in 0..2_000 {
            cache.insert((1, number), block(vec![0; 700]));
            cache.get((1, number / 2));
            assert!(cache.bytes() <= 400_000);
        }
        assert!(cache.bytes() > 250_000);
        cache.insert((2, 0), block(vec![0; 50_000]));
        assert!(cache.get((2, 0)).is_none());
    }

    #[test]
    fn a_cached_block_is_returned() {
        let cache = BlockCache::new(1 << 20);
        cache.insert((7, 3), block(b"block".to_vec()));
        assert_eq!(cache.get((7, 3)).map(|found| found.bytes().to_vec()), Some(b"block".to_vec()));
        assert!(cache.get((7, 4)).is_none());
    }
}
