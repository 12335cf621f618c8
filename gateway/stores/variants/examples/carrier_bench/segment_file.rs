//! A segment in a local file. It is read at offsets, as the gateway reads the segments in its folder.

use std::collections::HashSet;
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use gemj_access::Grant;
use gemj_model::Ordinal;
use gemj_model::object::FileFormat;
use gemj_variants::storage::StoreFuture;
use gemj_variants::{
    BlobReader, CarrierIndex, CarrierReader, DEFAULT_BUDGET_BYTES, ManifestReader, SegmentBuilder, SegmentManifest, StoredSegment,
    ingest_path,
};

use super::programme::{ASSEMBLY, ORIGIN, dataset};
use super::times::print;

/// A segment builder without entries for the benchmark's dataset.
pub(crate) fn builder() -> SegmentBuilder {
    SegmentBuilder::new(dataset(), ASSEMBLY, ORIGIN, DEFAULT_BUDGET_BYTES)
}

/// Reads a VCF or BCF file into a segment, prints the time and the sizes, and returns the segment's bytes.
pub(crate) fn ingest(path: &Path, people: u32) -> Vec<u8> {
    let columns: Vec<Option<Ordinal>> = (0..people).map(|ordinal| Some(Ordinal(ordinal))).collect();
    let is_bcf = path.extension().is_some_and(|extension| extension == "bcf");
    let format = if is_bcf { FileFormat::Bcf } else { FileFormat::Vcf };
    let begin = Instant::now();
    let mut builder = builder();
    ingest_path(path, format, &columns, ASSEMBLY, ORIGIN, "joint file", &mut builder, &mut |_| {}).unwrap();
    let (bytes, built) = builder.finish().unwrap();
    print("ingest", begin.elapsed().as_nanos());
    print("ingest variants", built.variant_count);
    print("ingest bytes", bytes.len());
    bytes
}

/// One segment that is stored in one local file.
#[derive(Clone)]
pub(crate) struct SegmentFile {
    file: Arc<File>,
    segment: StoredSegment,
}

impl SegmentFile {
    pub(crate) fn open(path: &Path) -> Self {
        let file = File::open(path).unwrap();
        let segment = StoredSegment {
            id: "s".into(),
            dataset: dataset(),
            assembly: ASSEMBLY,
            origin: ORIGIN,
            storage_key: "s".into(),
            size_bytes: file.metadata().unwrap().len(),
        };
        Self {
            file: Arc::new(file),
            segment,
        }
    }

    /// A reader of the segment whose block cache has this size in bytes.
    pub(crate) async fn reader(&self, cache_bytes: usize) -> CarrierReader {
        let index = CarrierIndex::over(Box::new(self.clone()), Box::new(self.clone()), cache_bytes);
        index.now().await.unwrap()
    }
}

impl ManifestReader for SegmentFile {
    fn manifest(&self) -> StoreFuture<'_, SegmentManifest> {
        Box::pin(async {
            Ok(SegmentManifest {
                generation: 1,
                segments: vec![self.segment.clone()],
                retired_sources: HashSet::new(),
            })
        })
    }
}

impl BlobReader for SegmentFile {
    fn read_range<'a>(&'a self, _grant: &'a Grant, _key: &'a str, range: Range<u64>) -> StoreFuture<'a, Bytes> {
        Box::pin(async move {
            let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap()];
            self.file.read_exact_at(&mut bytes, range.start).unwrap();
            Ok(bytes.into())
        })
    }
}
