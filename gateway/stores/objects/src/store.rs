//! The object store: stores files and index blobs, and returns bytes and slices of files to the holders of a Grant.

mod back_up;
pub(crate) mod backend;
mod buffers;
pub(crate) mod genotypes;
mod list;
mod look;
pub(crate) mod put;
pub(crate) mod stored_bytes;

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use futures::Stream;
use gemj_access::{Action, Grant, GrantedRegions, Job, Mandate, Upkeep, WriteAction};
use gemj_model::object::ObjectSample;
use gemj_model::{Assembly, DataKind, DataObject, Delivery, Entropy, FileFormat, SystemEntropy};
use hts_formats::read_fields::ReadFields;
use hts_formats::reference::Reference;
use tokio::runtime::Handle;

use self::backend::Backend;
use self::stored_bytes::StoredBytes;
use crate::cache::Cache;
use crate::error::{ObjectError, SliceError};
use crate::inspect::assembly::of_lengths;
use crate::redact::{KeptColumn, KeptColumns};
use crate::reference::ReferenceSequence;
use crate::settings::ObjectSettings;
use crate::slice::names::Names;
use crate::slice::open::Parts;
use crate::slice::opened::Opened;
use crate::slice::spelling::spelling;
use crate::slice::{Class, OpenSlice, SliceRegion, SliceRequest, SliceStream, regional};

/// The approximate maximum size of the cache of parsed headers and indexes, in bytes.
const CACHE_BYTES: usize = 128 * 1024 * 1024;

/// The approximate maximum size of the cache of slice lengths, in bytes.
const LENGTHS_BYTES: usize = 4 * 1024 * 1024;

/// The approximate maximum size of the cache of small headers of slices, in bytes. The headers are cached in the form in which they are
/// sent.
const HEADERS_BYTES: usize = 8 * 1024 * 1024;

pub use self::list::ListedBlob;

/// The key, size and checksum of bytes that were stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The storage key, relative to the root of the store. Every key is unique and is never used again.
    pub key: String,
    /// The number of stored bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the stored bytes, in lower-case hex.
    pub sha256: String,
}

/// The authority to read a blob of the carrier index: a maintenance key, or the Grant of the caller whose answer is read from the blob.
#[derive(Clone, Copy, Debug)]
pub enum ReadKey<'a> {
    /// A maintenance key, for work whose output never leaves the stores.
    Upkeep(Upkeep),
    /// The Grant of a caller.
    Grant(&'a Grant),
}

impl From<Upkeep> for ReadKey<'_> {
    fn from(upkeep: Upkeep) -> Self {
        Self::Upkeep(upkeep)
    }
}

impl<'a> From<&'a Grant> for ReadKey<'a> {
    fn from(grant: &'a Grant) -> Self {
        Self::Grant(grant)
    }
}

/// The object store: a local folder or an S3 bucket. A clone is cheap.
#[derive(Clone, Debug)]
pub struct ObjectStore {
    backend: Arc<Backend>,
    opened: Arc<Cache<Opened>>,
    lengths: Arc<Cache<u64>>,
    headers: Arc<Cache<Bytes>>,
    reference: Option<Arc<Reference>>,
    entropy: Arc<dyn Entropy>,
}

/// The sample columns of a file that a Grant covers.
enum Coverage {
    Everybody,
    Columns(KeptColumns),
}

fn leaves_people_out(coverage: &Coverage) -> bool {
    matches!(coverage, Coverage::Columns(kept) if kept.some_go)
}

impl ObjectStore {
    /// Opens the object store. A local folder is created if it does not exist.
    ///
    /// # Errors
    /// An error if the URL is not supported, if the folder cannot be created, or if the configured reference has no readable `.fai`.
    pub async fn open(settings: &ObjectSettings) -> Result<Self, ObjectError> {
        let settings = settings.clone();
        blocking(move || {
            let reference = match &settings.reference_fasta {
                Some(path) => Some(Reference::open(path).map_err(ObjectError::io("opening the reference FASTA"))?),
                None => None,
            };
            Ok(Self {
                backend: Arc::new(Backend::open(&settings)?),
                opened: Arc::new(Cache::new(CACHE_BYTES)),
                lengths: Arc::new(Cache::new(LENGTHS_BYTES)),
                headers: Arc::new(Cache::new(HEADERS_BYTES)),
                reference: reference.map(Arc::new),
                entropy: SystemEntropy.shared(),
            })
        })
        .await
    }

    /// Returns the same store with another source of random keys. The default source is the operating system's random number generator.
    #[must_use]
    pub fn with_entropy(self, entropy: Arc<dyn Entropy>) -> Self {
        Self { entropy, ..self }
    }

    /// The configured reference sequence. Absent if no reference is configured, or if its chromosomes 1 to 22, X and Y do not have the lengths
    /// of this assembly.
    #[must_use]
    pub fn reference(&self, assembly: Assembly) -> Option<ReferenceSequence> {
        let reference = self.reference.as_ref()?;
        (of_lengths(reference.contigs()) == Some(assembly)).then(|| ReferenceSequence::over(Arc::clone(reference)))
    }

    /// Stores a file under a fresh key and reads the file once. Calls `progress` with the number of bytes stored so far.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`] for a Mandate other than `Load`, [`ObjectError::ChangedWhileRead`], or an error of the disk or the S3
    /// service. After an error, nothing remains stored, unless only the sync of the local folder failed.
    pub async fn put_file(&self, mandate: &Mandate, path: &Path, progress: impl Fn(u64) + Send) -> Result<Stored, ObjectError> {
        require_load(mandate)?;
        put::put_file(&self.backend, put::fresh_key(self.entropy.as_ref(), list::FILES)?, path, progress).await
    }

    /// Stores bytes under a fresh key that begins with `prefix`, for example `index`.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`] for a Mandate other than `Load`, [`ObjectError::BadKey`] for an invalid prefix, or an error of the disk or
    /// the S3 service.
    pub async fn put_bytes(&self, mandate: &Mandate, prefix: &str, bytes: Bytes) -> Result<Stored, ObjectError> {
        require_load(mandate)?;
        put::put_bytes(&self.backend, put::fresh_key(self.entropy.as_ref(), prefix)?, bytes).await
    }

    /// Stores a blob of the carrier index under a fresh key that begins with `name`.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`] for a Mandate that is neither `Load` nor `Ingest`, [`ObjectError::BadKey`] for an invalid name, or an
    /// error of the disk or the S3 service.
    pub async fn put_index_blob(&self, mandate: &Mandate, name: &str, bytes: Bytes) -> Result<Stored, ObjectError> {
        require(mandate, &[WriteAction::Load, WriteAction::Ingest])?;
        put::put_bytes(&self.backend, put::fresh_key(self.entropy.as_ref(), name)?, bytes).await
    }

    /// Removes a stored blob that no catalogue row refers to. If the blob does not exist, this is not an error.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], [`ObjectError::BadKey`], or an error of the disk or the S3 service.
    pub async fn delete_orphan(&self, mandate: &Mandate, key: &str) -> Result<(), ObjectError> {
        require(mandate, &[WriteAction::Load, WriteAction::Ingest])?;
        self.backend.delete(key).await
    }

    /// Lists all blobs of the carrier index whose keys begin with `name`, with or without an entry in a manifest. Requires an Upkeep key
    /// for the job `BuildSegments`.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], [`ObjectError::BadKey`] for an invalid name, or an error of the disk or the S3 service.
    pub async fn list_index_blobs(&self, upkeep: Upkeep, name: &str) -> Result<Vec<ListedBlob>, ObjectError> {
        if upkeep.job() != Job::BuildSegments {
            return Err(ObjectError::WrongKey);
        }
        list::list(&self.backend, name).await
    }

    /// Lists every stored file and index file, with or without a catalogue row, and the partial files that interrupted loads left in a
    /// local folder. Unfinished uploads to a bucket are not listed, because a rule of the bucket removes them. Requires an Upkeep key for
    /// the job `IndexFiles`.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], or an error of the disk or the S3 service.
    pub async fn list_files(&self, upkeep: Upkeep) -> Result<Vec<ListedBlob>, ObjectError> {
        if upkeep.job() != Job::IndexFiles {
            return Err(ObjectError::WrongKey);
        }
        list::list_files(&self.backend).await
    }

    /// Removes a file that no catalogue row refers to, and its parsed header and index from this process's cache. If the file does not
    /// exist, this is not an error. Requires a Mandate for `ChangeObjectStatus`.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], [`ObjectError::BadKey`], or an error of the disk or the S3 service.
    pub async fn erase_file(&self, mandate: &Mandate, key: &str) -> Result<(), ObjectError> {
        require(mandate, &[WriteAction::ChangeObjectStatus])?;
        self.backend.delete(key).await?;
        self.opened.remove(key);
        Ok(())
    }

    /// The size of the cached headers and indexes of files in bytes, about, and the number of bytes that the cache may use.
    #[must_use]
    pub fn index_cache_bytes(&self) -> (usize, usize) {
        self.opened.bytes()
    }

    /// Reads a byte range (0-based, half-open) of a blob of the carrier index. The range must be inside the blob. A Grant must be for a
    /// variant query, an individual query, a variant slice or a recontact selection.
    ///
    /// # Errors
    /// [`ObjectError::WrongKey`], an error for a range outside the blob, or an error of the disk or the S3 service.
    pub async fn read_blob_range<'a>(&self, key: impl Into<ReadKey<'a>>, blob: &str, range: Range<u64>) -> Result<Bytes, ObjectError> {
        let questions = [
            Action::AskVariants,
            Action::AskIndividuals,
            Action::SliceVariants,
            Action::SelectForRecontact,
        ];
        match key.into() {
            ReadKey::Upkeep(_) => {}
            ReadKey::Grant(grant) if questions.contains(&grant.action()) => {}
            ReadKey::Grant(_) => return Err(ObjectError::WrongKey),
        }
        self.backend.read_range(blob, range).await
    }

    /// Reads a byte range (0-based, half-open) of a stored file, unchanged. The Grant must cover every sample of the file and the whole
    /// genome. Its action must be `FetchObject` with the delivery `download`, or `ComputeOnObject`, whose bytes stay inside the gateway.
    ///
    /// # Errors
    /// [`ObjectError::NotCovered`], [`ObjectError::RangeNotSatisfiable`], or an error of the disk or the S3 service.
    pub async fn read_object_range(
        &self,
        grant: &Grant,
        object: &DataObject,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = Result<Bytes, ObjectError>> + Send + use<>, ObjectError> {
        require_whole(grant, object)?;
        if range.start > range.end || range.end > object.size_bytes {
            return Err(ObjectError::RangeNotSatisfiable);
        }
        let whole = (range == (0..object.size_bytes)).then_some(object.sha256.as_str());
        StoredBytes::open(&self.backend, &object.storage_key, range, whole).await
    }

    /// Checks whether a slice of these regions can be started. The Grant must cover a sample of the variant file or all samples of the read
    /// file, every contig must be known, and the regions must be inside the Grant's regions. An empty list checks a request for the header.
    ///
    /// # Errors
    /// The same errors as [`ObjectStore::slice`].
    pub async fn check_regions(&self, grant: &Grant, object: &DataObject, regions: &[SliceRegion]) -> Result<(), SliceError> {
        let (opened, coverage) = self.covered_file(grant, object).await?;
        opened.resolve(regions, leaves_people_out(&coverage))?;
        if let Some(granted) = granted_regions(grant, object)
            && !regions.is_empty()
        {
            regional::within(granted, object, &opened, regions)?;
        }
        Ok(())
    }

    /// Returns the length in bases of each contig in `names`, in the order of `names`. Absent for a contig whose length the file's header
    /// does not state.
    ///
    /// # Errors
    /// The same errors as [`ObjectStore::slice`].
    pub async fn contig_lengths(&self, grant: &Grant, object: &DataObject, names: &[&str]) -> Result<Vec<Option<u64>>, SliceError> {
        let opened = self.covered_file(grant, object).await?.0;
        Ok(names.iter().map(|name| opened.contig_length(name)).collect())
    }

    /// Returns the file's spelling of each contig in `names`, in the order of `names`. The result is the requested name if the file has
    /// that name, or else the only other spelling of the contig in the file (`chr20` for `20`). Absent if the file has no spelling or
    /// several other spellings of the contig.
    ///
    /// # Errors
    /// The same errors as [`ObjectStore::slice`].
    pub async fn contig_spellings(&self, grant: &Grant, object: &DataObject, names: &[&str]) -> Result<Vec<Option<String>>, SliceError> {
        let (opened, coverage) = self.covered_file(grant, object).await?;
        let known = opened.spelt_contigs(leaves_people_out(&coverage));
        Ok(names.iter().map(|name| spelling(name, &known).map(str::to_owned)).collect())
    }

    /// Makes a slice of a file: exactly the records that overlap the regions, each once, in file order, limited to the data that the Grant
    /// allows.
    ///
    /// * A slice of a read file is made only if the Grant covers all samples of the file.
    /// * A variant file with samples outside the Grant is redacted as if the file had never contained these samples.
    /// * If a participant has a relative outside the Grant, phase and inheritance are removed from the participant's columns.
    /// * With the delivery `region-view`, the request must name regions or ask for the header only. Reads without a position are not a
    ///   region.
    /// * If the approval is limited to regions, the request must name regions inside them or ask for the header only. A record that
    ///   overlaps a requested region is returned completely.
    ///
    /// # Errors
    /// Every [`SliceError`] is known before the first byte.
    /// * [`SliceError::NotCovered`]: with the delivery `region-view`, the request is for more than regions.
    /// * [`SliceError::OutsideRegions`]: the request is not inside the regions that the Grant is limited to.
    pub async fn slice(&self, grant: &Grant, object: &DataObject, request: &SliceRequest) -> Result<SliceStream, SliceError> {
        Ok(self.open_slice(grant, object, request).await?.stream(None).await?)
    }

    /// Decides a slice and finds its regions in the file, but does not make its bytes yet.
    ///
    /// # Errors
    /// The same errors as [`ObjectStore::slice`].
    pub async fn open_slice(&self, grant: &Grant, object: &DataObject, request: &SliceRequest) -> Result<OpenSlice, SliceError> {
        let is_regions = !request.regions.is_empty() && !request.regions.contains(&SliceRegion::Unplaced);
        if !is_regions && request.class != Some(Class::Header) && !opens_whole_slices(grant, object) {
            return Err(SliceError::NotCovered);
        }
        let output = request.output.unwrap_or(object.format);
        if output != object.format && (object.format, output) != (FileFormat::Cram, FileFormat::Bam) {
            return Err(SliceError::NotConverted);
        }
        let (opened, coverage) = self.covered_file(grant, object).await?;
        let leaves_out = leaves_people_out(&coverage);
        let mut wanted = if opens_whole_slices(grant, object) {
            opened.resolve(&request.regions, leaves_out)?
        } else {
            opened.resolve(&regional::before_the_end(&opened, &request.regions), leaves_out)?
        };
        if let Some(granted) = granted_regions(grant, object)
            && request.class != Some(Class::Header)
        {
            wanted = opened.resolve(&regional::within(granted, object, &opened, &request.regions)?, leaves_out)?;
        }
        let kept = match coverage {
            Coverage::Everybody => None,
            Coverage::Columns(kept) => Some(kept),
        };
        let fields = match object.format.data_kind() {
            DataKind::Reads => request.fields.clone(),
            DataKind::Variants => ReadFields::default(),
        };
        // If the request is for the whole file and the Grant covers all of it, the stored file is returned unchanged.
        let verbatim =
            request.regions.is_empty() && request.class.is_none() && kept.is_none() && output == object.format && fields.is_everything();
        let slice = OpenSlice::new(Parts {
            backend: Arc::clone(&self.backend),
            reference: self.reference.clone(),
            lengths: Arc::clone(&self.lengths),
            headers: Arc::clone(&self.headers),
            opened,
            storage_key: object.storage_key.clone(),
            size_bytes: object.size_bytes,
            sha256: object.sha256.clone(),
            verbatim,
            wanted,
            kept,
            class: request.class,
            output,
            fields,
            names: Names::of(&request.naming, object),
        });
        if output != object.format && slice.lacks_reference().await? {
            return Err(SliceError::ReferenceNeeded);
        }
        Ok(slice)
    }

    /// Returns the file's parsed header and index, and the sample columns that the Grant covers.
    async fn covered_file(&self, grant: &Grant, object: &DataObject) -> Result<(Arc<Opened>, Coverage), SliceError> {
        let action = match (object.format.data_kind(), grant.action()) {
            (DataKind::Reads, _) => Action::SliceReads,
            (DataKind::Variants, Action::ReadGenomicFindings) => Action::ReadGenomicFindings,
            (DataKind::Variants, _) => Action::SliceVariants,
        };
        let granted = grant.dataset(&object.dataset).ok_or(SliceError::NotCovered)?;
        let delivered = granted.delivery() >= Some(Delivery::RegionView);
        let covered = |sample: &ObjectSample| sample.participant.is_some_and(|p| granted.participants().contains(p.0));
        // A Grant for a patient's genomic findings allows reading any file that contains the patient. Every other Grant is for one file.
        let is_for_it = action == Action::ReadGenomicFindings || grant.object() == Some(&object.id);
        if grant.action() != action || !is_for_it || !delivered || !object.samples.iter().any(covered) {
            return Err(SliceError::NotCovered);
        }
        if action == Action::SliceReads && !covers_everybody(grant, object) {
            return Err(SliceError::NotCovered);
        }
        let opened = self.opened(object).await?;
        if action == Action::SliceReads {
            return Ok((opened, Coverage::Everybody));
        }
        // Columns are matched to the catalogue by name. A column that is not in the catalogue is therefore never returned.
        let whole_family = |sample: &ObjectSample| sample.participant.is_some_and(|p| granted.whole_families().contains(p.0));
        let samples = samples_by_name(opened.columns(), object);
        let columns: Vec<KeptColumn> = samples
            .enumerate()
            .filter_map(|(at, sample)| {
                let sample = sample.filter(|sample| covered(sample))?;
                let whole_family = whole_family(sample);
                Some(KeptColumn { at, whole_family })
            })
            .collect();
        if columns.is_empty() {
            return Err(SliceError::NotCovered);
        }
        let some_go = columns.len() < opened.columns().len() || !covers_everybody(grant, object);
        let kept = KeptColumns { columns, some_go };
        let coverage = if kept.is_everything() {
            Coverage::Everybody
        } else {
            Coverage::Columns(kept)
        };
        Ok((opened, coverage))
    }

    /// Reads the index of a file. Requires a Grant that opens the whole file.
    ///
    /// # Errors
    /// [`ObjectError::NotCovered`], or an error of the disk or the S3 service.
    pub async fn read_object_index(&self, grant: &Grant, object: &DataObject) -> Result<Bytes, ObjectError> {
        require_whole(grant, object)?;
        self.backend.read_all(&object.index_key).await
    }

    async fn opened(&self, object: &DataObject) -> Result<Arc<Opened>, ObjectError> {
        if let Some(opened) = self.opened.get(&object.storage_key) {
            return Ok(opened);
        }
        let index = self.backend.read_all(&object.index_key).await?;
        if index.is_empty() {
            // In some formats, an empty index would parse as a valid index without records.
            return Err(ObjectError::Damaged {
                what: "its index is empty",
            });
        }
        let (backend, key, size, format) = (
            Arc::clone(&self.backend),
            object.storage_key.clone(),
            object.size_bytes,
            object.format,
        );
        let runtime = Handle::current();
        let (opened, weight) = blocking(move || {
            let source = backend.source(&key, size, runtime)?;
            let opened = Opened::open(format, source, &index)?;
            let weight = opened.weight(index.len());
            Ok((Arc::new(opened), weight))
        })
        .await?;
        self.opened.insert(&object.storage_key, Arc::clone(&opened), weight);
        Ok(opened)
    }
}

/// For each sample column, returns the sample with the column's name in the catalogue; absent if the catalogue does not have this sample.
fn samples_by_name<'a>(columns: &'a [String], object: &'a DataObject) -> impl Iterator<Item = Option<&'a ObjectSample>> {
    // Samples are registered in the order of the columns. Columns are looked up by name only if the two orders differ.
    let same =
        columns.len() == object.samples.len() && columns.iter().zip(&object.samples).all(|(column, sample)| *column == sample.sample);
    let by_name: HashMap<&str, &ObjectSample> = if same {
        HashMap::new()
    } else {
        object.samples.iter().map(|sample| (sample.sample.as_str(), sample)).collect()
    };
    columns.iter().enumerate().map(move |(at, column)| {
        if same {
            object.samples.get(at)
        } else {
            by_name.get(column.as_str()).copied()
        }
    })
}

fn covers_everybody(grant: &Grant, object: &DataObject) -> bool {
    !object.samples.is_empty() && grant.covers_all(&object.dataset, object.samples.iter().map(|s| s.participant))
}

/// The regions that a Grant is limited to in the file's dataset; absent if the Grant is for the whole genome.
fn granted_regions<'a>(grant: &'a Grant, object: &DataObject) -> Option<&'a GrantedRegions> {
    grant.dataset(&object.dataset).and_then(|granted| granted.regions())
}

/// Whether a slice of the whole file may be returned. A hospital's read of its own patient's findings does not need the delivery
/// `download`, because it is not a delivery.
fn opens_whole_slices(grant: &Grant, object: &DataObject) -> bool {
    let delivery = grant.dataset(&object.dataset).and_then(|granted| granted.delivery());
    grant.action() == Action::ReadGenomicFindings || delivery >= Some(Delivery::Download)
}

/// Returns an error if the Grant does not open the whole file.
fn require_whole(grant: &Grant, object: &DataObject) -> Result<(), ObjectError> {
    let owners = object.samples.iter().map(|sample| sample.participant);
    if grant.opens_whole_object(&object.dataset, &object.id, object.format.data_kind(), owners) {
        Ok(())
    } else {
        Err(ObjectError::NotCovered)
    }
}

fn require_load(mandate: &Mandate) -> Result<(), ObjectError> {
    require(mandate, &[WriteAction::Load])
}

fn require(mandate: &Mandate, actions: &[WriteAction]) -> Result<(), ObjectError> {
    if actions.contains(&mandate.action()) {
        Ok(())
    } else {
        Err(ObjectError::WrongKey)
    }
}

/// Runs blocking work on a thread of Tokio's blocking pool. A panic becomes an error.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, ObjectError> + Send + 'static) -> Result<T, ObjectError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(failure) if failure.is_panic() => Err(ObjectError::Damaged {
            what: "it cannot be decoded",
        }),
        Err(_) => Err(ObjectError::Stopped),
    }
}
