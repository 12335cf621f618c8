//! Reads blocks of one segment from the cache or from storage, and checks their checksums.

use std::sync::Arc;

use bytes::Bytes;
use gemj_access::Grant;

use super::Store;
use super::snapshot::SegmentHandle;
use crate::error::VariantError;
use crate::segment::SegmentError;
use crate::segment::block::Block;
use crate::segment::footer::BlockEntry;

/// The maximum number of bytes that one read of adjacent blocks may include.
const READ_AHEAD_BYTES: u64 = 1 << 20;

impl SegmentHandle {
    /// Returns one block, from the cache or from storage.
    pub(super) async fn block(&self, store: &Store, grant: &Grant, entry: &BlockEntry) -> Result<Arc<Block>, VariantError> {
        if let Some(block) = store.cache.get((self.number, entry.offset)) {
            return Ok(block);
        }
        let bytes = store.read(grant, &self.stored.storage_key, entry.offset, entry.bytes).await?;
        self.checked(store, entry, bytes)
    }

    /// Returns the first of the wanted blocks, which are in file order. If the first block is not cached, the result also contains the
    /// adjacent blocks after it that the same read can include.
    pub(super) async fn blocks(&self, store: &Store, grant: &Grant, wanted: &[BlockEntry]) -> Result<Vec<Bytes>, VariantError> {
        let Some(first) = wanted.first() else {
            return Ok(Vec::new());
        };
        if let Some(block) = store.cache.get((self.number, first.offset)) {
            return Ok(vec![block.bytes().clone()]);
        }
        let mut end = first.offset.saturating_add(first.bytes);
        let mut together = 1;
        for entry in &wanted[1..] {
            let next_end = entry.offset.saturating_add(entry.bytes);
            if entry.offset != end || next_end - first.offset > READ_AHEAD_BYTES {
                break;
            }
            (end, together) = (next_end, together + 1);
        }
        let bytes = store
            .read(grant, &self.stored.storage_key, first.offset, end - first.offset)
            .await?;
        wanted[..together]
            .iter()
            .map(|entry| {
                let at = (entry.offset - first.offset) as usize;
                // If several blocks were read together, each block gets its own copy of its bytes. Otherwise a cached block would keep its
                // neighbours in memory.
                let block = match together {
                    1 => bytes.clone(),
                    _ => Bytes::copy_from_slice(&bytes[at..at + entry.bytes as usize]),
                };
                Ok(self.checked(store, entry, block)?.bytes().clone())
            })
            .collect()
    }

    fn checked(&self, store: &Store, entry: &BlockEntry, block: Bytes) -> Result<Arc<Block>, VariantError> {
        if crc32fast::hash(&block) != entry.crc32 {
            return Err(self.damaged(SegmentError::Checksum { part: "block" }));
        }
        let block = Arc::new(Block::new(block));
        store.cache.insert((self.number, entry.offset), Arc::clone(&block));
        Ok(block)
    }
}
