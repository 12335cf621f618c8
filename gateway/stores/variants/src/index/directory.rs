//! Opens a segment: reads and checks its trailer and footer.

use std::sync::Arc;

use bytes::Bytes;
use gemj_access::Grant;

use super::Store;
use super::snapshot::SegmentHandle;
use crate::error::VariantError;
use crate::segment::footer::Footer;
use crate::segment::trailer::Trailer;
use crate::segment::{SegmentError, TRAILER_BYTES, malformed};

/// The number of bytes at the end of a segment that are read first. Most footers are within them.
const TAIL_BYTES: u64 = 64 * 1024;

impl SegmentHandle {
    pub(super) fn damaged(&self, fault: SegmentError) -> VariantError {
        VariantError::Damaged {
            id: self.stored.id.clone(),
            fault,
        }
    }

    /// Returns the footer of the segment. The footer is read once; a failure is not cached.
    pub(super) async fn footer(&self, store: &Store, grant: &Grant) -> Result<&Arc<Footer>, VariantError> {
        self.footer.get_or_try_init(|| self.read_footer(store, grant)).await
    }

    async fn read_footer(&self, store: &Store, grant: &Grant) -> Result<Arc<Footer>, VariantError> {
        let size = self.stored.size_bytes;
        if size < TRAILER_BYTES {
            return Err(self.damaged(SegmentError::Truncated { part: "trailer" }));
        }
        let tail_at = size.saturating_sub(TAIL_BYTES);
        let tail = store.read(grant, &self.stored.storage_key, tail_at, size - tail_at).await?;
        let trailer = Trailer::parse(&tail, size).map_err(|fault| self.damaged(fault))?;
        let bytes = match trailer.footer_offset.checked_sub(tail_at).and_then(|at| usize::try_from(at).ok()) {
            Some(at) => tail.slice(at..tail.len() - TRAILER_BYTES as usize),
            None => {
                store
                    .read(grant, &self.stored.storage_key, trailer.footer_offset, trailer.footer_bytes)
                    .await?
            }
        };
        self.check_footer(&bytes, &trailer)
            .map(Arc::new)
            .map_err(|fault| self.damaged(fault))
    }

    fn check_footer(&self, bytes: &[u8], trailer: &Trailer) -> Result<Footer, SegmentError> {
        if crc32fast::hash(bytes) != trailer.footer_crc32 {
            return Err(SegmentError::Checksum { part: "footer" });
        }
        let footer = Footer::parse(bytes, trailer.footer_offset)?;
        let named = (footer.dataset.as_str(), footer.assembly.as_str(), footer.origin.as_str());
        let stored = &self.stored;
        // If the segment belonged to another dataset, its carriers would be read under the bitmap of this dataset.
        if named != (stored.dataset.as_str(), stored.assembly.as_str(), stored.origin.as_str()) {
            return Err(malformed("the segment is not the one that the manifest names"));
        }
        Ok(footer)
    }
}

impl Store {
    /// Reads a range of a blob. The result has exactly the requested length.
    pub(super) async fn read(&self, grant: &Grant, key: &str, offset: u64, length: u64) -> Result<Bytes, VariantError> {
        let end = offset.saturating_add(length);
        let bytes = self.blobs.read_range(grant, key, offset..end).await?;
        if bytes.len() as u64 != length {
            return Err(VariantError::Blob(gemj_objects::ObjectError::Damaged {
                what: "a blob of the index is shorter than registered",
            }));
        }
        Ok(bytes)
    }
}
