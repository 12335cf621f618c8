//! Reads genotypes of some samples of a file, for a query that is answered from the file itself and not from the carrier index.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use bytes::{Buf as _, Bytes};
use futures::StreamExt as _;
use gemj_access::{Action, DatasetGrant, Grant, Granularity};
use gemj_model::object::ObjectSample;
use gemj_model::{Contig, DataKind, DataObject, Delivery, FileFormat, Interval, ZeroBased};
use hts_formats::read_fields::ReadFields;
use tokio::runtime::Handle;

use super::{ObjectStore, covers_everybody, samples_by_name};
use crate::error::{ObjectError, SliceError};
use crate::redact::{KeptColumn, KeptColumns};
use crate::slice::names::Names;
use crate::slice::open::Parts;
use crate::slice::opened::Opened;
use crate::slice::{Naming, OpenSlice, SliceRegion, SliceStream};

/// The maximum distance, in bases, between the written position of an insertion or deletion and its leftmost position. A query does not find
/// an allele that is written further away. Variant files hardly contain longer repeats.
const MOST_SHIFT_BASES: u64 = 10_000;

/// The sample columns of some samples of a variant file, in some regions: a VCF or BCF slice as in an htsget answer. A clone is cheap.
#[derive(Clone)]
pub struct GenotypeSlice {
    columns: Arc<Vec<ObjectSample>>,
    slice: OpenSlice,
}

impl std::fmt::Debug for GenotypeSlice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GenotypeSlice(..)")
    }
}

impl GenotypeSlice {
    /// The samples of the slice's columns, in column order.
    #[must_use]
    pub fn columns(&self) -> &[ObjectSample] {
        &self.columns
    }

    /// The format of the slice: VCF or BCF.
    #[must_use]
    pub fn format(&self) -> FileFormat {
        self.slice.format()
    }

    /// The cost of reading the slice, as the number of BGZF bytes that take about the same time.
    #[must_use]
    pub fn weighted_cost_bytes(&self) -> u64 {
        self.slice.weighted_cost_bytes()
    }

    /// Opens a reader of the slice's bytes, for blocking work. A failure of the store is returned as an [`io::Error`] that contains the
    /// [`ObjectError`], never as the end of the file.
    ///
    /// # Errors
    /// An error if the stored file is missing in the local folder. If the file is missing in a bucket, reading may return the error instead.
    pub async fn reader(&self) -> Result<GenotypeReader, ObjectError> {
        Ok(GenotypeReader {
            stream: self.slice.stream(None).await?,
            runtime: Handle::current(),
            piece: Bytes::new(),
        })
    }
}

/// A reader of the bytes of a [`GenotypeSlice`]. Reading blocks, so the reader is only for threads where blocking is allowed.
#[derive(Debug)]
pub struct GenotypeReader {
    stream: SliceStream,
    runtime: Handle,
    piece: Bytes,
}

impl Read for GenotypeReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.runtime.block_on(self.stream.next()) {
                Some(piece) => self.piece = piece.map_err(io::Error::other)?,
                None => return Ok(0),
            }
        }
        let count = out.len().min(self.piece.len());
        self.piece.split_to(count).copy_to_slice(&mut out[..count]);
        Ok(count)
    }
}

impl ObjectStore {
    /// Returns a slice with the columns of the samples that the Grant covers and for which `wanted` is true. The slice contains the records
    /// in the regions of `stretches`, whose contigs may have any spelling. Absent if the file has none of the contigs.
    ///
    /// The slice is for a variant query with answers at record granularity, in a dataset whose delivery to the caller is `download`. A
    /// caller who may download the file may also query it. All other data is removed as in [`ObjectStore::slice`].
    ///
    /// A record that overlaps a region is returned completely. The slice also contains the following records, so that all alleles in a
    /// region are found:
    /// * records that end directly before the region, because an insertion can directly follow their last base;
    /// * with `leftmost`, records that begin up to [`MOST_SHIFT_BASES`] behind the region, because their leftmost position can be inside
    ///   the region;
    /// * if the header declares SVLEN, all records from the beginning of the contig, because a record can extend further than the index
    ///   states.
    ///
    /// # Errors
    /// * [`SliceError::NotCovered`]: the Grant covers none of the wanted columns, or is for another action, granularity or delivery.
    /// * [`SliceError::OutsideRegions`]: a region is not inside the regions that the Grant is limited to.
    /// * [`SliceError::Object`]: the file or its index cannot be read.
    pub async fn genotypes(
        &self,
        grant: &Grant,
        object: &DataObject,
        wanted: impl Fn(&ObjectSample) -> bool,
        stretches: &[(Contig, Interval)],
        leftmost: bool,
    ) -> Result<Option<GenotypeSlice>, SliceError> {
        let granted = grant.dataset(&object.dataset).ok_or(SliceError::NotCovered)?;
        let may = grant.action() == Action::AskVariants
            && granted.granularity() == Granularity::Record
            && granted.delivery() >= Some(Delivery::Download);
        if !may || object.format.data_kind() != DataKind::Variants {
            return Err(SliceError::NotCovered);
        }
        if !within_regions(granted, object, stretches) {
            return Err(SliceError::OutsideRegions);
        }
        let opened = self.opened(object).await?;
        let covered = |sample: &ObjectSample| {
            let is_open = sample.participant.is_some_and(|p| granted.participants().contains(p.0));
            is_open && wanted(sample)
        };
        let mut columns = Vec::new();
        let mut kept = Vec::new();
        for (at, sample) in samples_by_name(opened.columns(), object).enumerate() {
            if let Some(sample) = sample.filter(|sample| covered(sample)) {
                let whole_family = sample.participant.is_some_and(|p| granted.whole_families().contains(p.0));
                kept.push(KeptColumn { at, whole_family });
                columns.push(sample.clone());
            }
        }
        if kept.is_empty() {
            return Err(SliceError::NotCovered);
        }
        let some_go = kept.len() < opened.columns().len() || !covers_everybody(grant, object);
        let kept = Some(KeptColumns { columns: kept, some_go }).filter(|kept| !kept.is_everything());
        let regions = regions_of(&opened, stretches, leftmost);
        if regions.is_empty() {
            return Ok(None);
        }
        let regions = opened.resolve(&regions, some_go)?;
        let slice = OpenSlice::new(Parts {
            backend: Arc::clone(&self.backend),
            reference: self.reference.clone(),
            lengths: Arc::clone(&self.lengths),
            headers: Arc::clone(&self.headers),
            opened,
            storage_key: object.storage_key.clone(),
            size_bytes: object.size_bytes,
            sha256: object.sha256.clone(),
            verbatim: false,
            wanted: regions,
            kept,
            class: None,
            output: object.format,
            fields: ReadFields::default(),
            names: Names::of(&Naming::Stored, object),
        });
        Ok(Some(GenotypeSlice {
            columns: Arc::new(columns),
            slice,
        }))
    }
}

fn within_regions(granted: &DatasetGrant, object: &DataObject, stretches: &[(Contig, Interval)]) -> bool {
    granted.regions().is_none_or(|regions| {
        stretches.iter().all(|(contig, interval)| {
            interval
                .end
                .is_some_and(|end| regions.covers(object.assembly, contig, interval.start, end))
        })
    })
}

/// The regions that must be read from a file, with contigs in the file's spelling. Empty if the file has none of the contigs.
fn regions_of(opened: &Opened, stretches: &[(Contig, Interval)], leftmost: bool) -> Vec<SliceRegion> {
    let mut names: HashMap<Contig, Vec<&str>> = HashMap::new();
    for name in opened.contig_names() {
        names.entry(Contig(name.to_owned()).canonical()).or_default().push(name);
    }
    let from_the_beginning = opened.declares_info("SVLEN");
    let behind = if leftmost { MOST_SHIFT_BASES } else { 0 };
    let mut regions = Vec::new();
    for (contig, interval) in stretches {
        let start = if from_the_beginning {
            0
        } else {
            interval.start.0.saturating_sub(1)
        };
        let interval = Interval {
            start: ZeroBased(start),
            end: interval.end.map(|end| ZeroBased(end.0.saturating_add(behind))),
        };
        let spelt = names.get(&contig.canonical()).into_iter().flatten();
        regions.extend(spelt.map(|name| SliceRegion::Contig {
            contig: Contig((*name).to_owned()),
            interval,
        }));
    }
    regions
}
