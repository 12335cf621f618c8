//! A slice whose request is decided and resolved, but whose bytes are not made yet. The bytes can be sent completely or in part, counted,
//! or cached if the slice is small. Making the slice again gives the same bytes.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use gemj_model::FileFormat;
use hts_formats::error::FormatResult;
use hts_formats::read_fields::ReadFields;
use hts_formats::reference::Reference;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::names::Names;
use super::opened::Opened;
use super::producer::{self, PieceWriter};
use super::regions::Wanted;
use super::request::Class;
use super::sink::{CountingSink, SliceSink, SmallSink, WindowSink};
use super::{Origin, SliceStream};
use crate::cache::Cache;
use crate::error::ObjectError;
use crate::redact::KeptColumns;
use crate::source::Source;
use crate::store::backend::Backend;
use crate::store::blocking;
use crate::store::stored_bytes::StoredBytes;

/// The version of the slicing code. It must be increased whenever the bytes of a slice change, so that a client cannot continue a partly
/// fetched slice with different bytes.
const ENGINE: u32 = 2;

/// The approximate time for slicing one byte of CRAM, relative to one byte of BGZF.
const CRAM_WEIGHT: u64 = 8;

/// The approximate time for redacting one byte of a variant file, relative to slicing one byte of BGZF.
const REDACTED_WEIGHT: u64 = 4;

/// The parameters of making a slice: the requested records, the kept data and the output format.
pub(crate) struct Job<'a> {
    /// The records that the request selects.
    pub(crate) wanted: &'a Wanted,
    /// The sample columns that are kept, for a variant file. Absent if all columns are kept and every record is unchanged.
    pub(crate) kept: Option<&'a KeptColumns>,
    /// The requested part of the slice: header or body. Absent if both are requested.
    pub(crate) class: Option<Class>,
    /// The format in which the slice is written.
    pub(crate) output: FileFormat,
    /// The columns and tags of reads that the request selects.
    pub(crate) fields: &'a ReadFields,
    /// The names that replace sample names in the headers of reads. Absent if the names in the stored file are kept.
    pub(crate) names: Option<&'a Names>,
    /// The configured reference sequences. Absent if no reference is configured.
    pub(crate) reference: Option<&'a Reference>,
}

/// All values that are needed to make a slice at a later time.
pub(crate) struct Parts {
    pub(crate) backend: Arc<Backend>,
    pub(crate) reference: Option<Arc<Reference>>,
    pub(crate) lengths: Arc<Cache<u64>>,
    pub(crate) headers: Arc<Cache<Bytes>>,
    pub(crate) opened: Arc<Opened>,
    pub(crate) storage_key: String,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: String,
    /// Whether the slice equals the stored file.
    pub(crate) verbatim: bool,
    pub(crate) wanted: Wanted,
    pub(crate) kept: Option<KeptColumns>,
    pub(crate) class: Option<Class>,
    pub(crate) output: FileFormat,
    pub(crate) fields: ReadFields,
    pub(crate) names: Option<Names>,
}

impl Parts {
    fn job(&self) -> Job<'_> {
        Job {
            wanted: &self.wanted,
            kept: self.kept.as_ref(),
            class: self.class,
            output: self.output,
            fields: &self.fields,
            names: self.names.as_ref(),
            reference: self.reference.as_deref(),
        }
    }

    fn source(&self, runtime: Handle) -> FormatResult<Source> {
        self.backend.source(&self.storage_key, self.size_bytes, runtime)
    }

    fn write<S: SliceSink>(&self, mut source: Source, out: &mut S) -> FormatResult<()> {
        if self.verbatim {
            out.copy(&mut source, 0..self.size_bytes)?;
            return Ok(());
        }
        self.opened.write_slice(source, &self.job(), out)
    }

    fn write_window(&self, source: Source, out: &mut PieceWriter, window: Range<u64>) -> FormatResult<()> {
        let mut sink = WindowSink::new(out, window);
        match self.write(source, &mut sink) {
            Err(_) if sink.is_full() => Ok(()),
            outcome => outcome,
        }
    }
}

/// A slice that is decided and can be made. A clone is cheap.
#[derive(Clone)]
pub struct OpenSlice {
    parts: Arc<Parts>,
    identity: Arc<OnceLock<[u8; 32]>>,
}

impl std::fmt::Debug for OpenSlice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenSlice").finish_non_exhaustive()
    }
}

impl OpenSlice {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            parts: Arc::new(parts),
            identity: Arc::default(),
        }
    }

    /// Whether the slice needs a reference sequence that is neither embedded nor configured. Only the beginning of each contig is checked.
    /// If a later place in the file needs the reference, decoding that place ends the stream with an error.
    pub(crate) async fn lacks_reference(&self) -> Result<bool, ObjectError> {
        let (parts, runtime) = (Arc::clone(&self.parts), Handle::current());
        blocking(move || Ok(parts.opened.lacks_reference(parts.source(runtime)?, &parts.job())?)).await
    }

    /// A digest of everything that determines the slice's bytes: the file, the request, the covered participants and the version of the
    /// slicing code. Slices with the same digest have the same bytes. Do not publish the digest unprotected: a reader could test guesses
    /// about which participants are covered.
    #[must_use]
    pub fn identity(&self) -> [u8; 32] {
        *self.identity.get_or_init(|| identity(&self.parts))
    }

    /// Whether the slice equals the stored file.
    #[must_use]
    pub fn is_stored_file(&self) -> bool {
        self.parts.verbatim
    }

    /// Whether the file has several sample columns. A change of consent can remove a column at any moment.
    #[must_use]
    pub fn is_joint(&self) -> bool {
        self.parts.opened.columns().len() > 1
    }

    /// The format of the slice's bytes.
    #[must_use]
    pub fn format(&self) -> FileFormat {
        self.parts.output
    }

    /// The length of the slice in bytes. Absent if the length is not known without making the slice.
    #[must_use]
    pub fn known_length(&self) -> Option<u64> {
        if self.parts.verbatim {
            Some(self.parts.size_bytes)
        } else {
            self.parts.lengths.get(&self.cache_key()).map(|length| *length)
        }
    }

    /// Returns the length of the slice in bytes. If the length is not known, the slice is made once to count its bytes. Parts that are
    /// copied unchanged are not read for this.
    ///
    /// # Errors
    /// An error if the stored file is missing or damaged.
    pub async fn length(&self) -> Result<u64, ObjectError> {
        if let Some(length) = self.known_length() {
            return Ok(length);
        }
        let (parts, runtime) = (Arc::clone(&self.parts), Handle::current());
        let length = blocking(move || {
            let mut sink = CountingSink::default();
            parts.write(parts.source(runtime)?, &mut sink)?;
            Ok(sink.bytes)
        })
        .await?;
        self.parts.lengths.insert(&self.cache_key(), Arc::new(length), LENGTH_BYTES);
        Ok(length)
    }

    /// Returns the bytes of the slice, or only the bytes `[start, end)` of `window`. A window must be inside the slice's
    /// [`OpenSlice::length`].
    ///
    /// # Errors
    /// An error before the first byte if the stored file is missing in the local folder, or if the slice is the stored file and the window
    /// is outside the file. If a file is missing in a bucket, the stream may return the error instead.
    pub async fn stream(&self, window: Option<Range<u64>>) -> Result<SliceStream, ObjectError> {
        let (parts, runtime) = (Arc::clone(&self.parts), Handle::current());
        if parts.verbatim {
            let whole = 0..parts.size_bytes;
            let window = window.unwrap_or_else(|| whole.clone());
            if window.start > window.end || window.end > whole.end {
                return Err(ObjectError::RangeNotSatisfiable);
            }
            let sha256 = (window == whole).then_some(parts.sha256.as_str());
            let bytes = StoredBytes::open(&parts.backend, &parts.storage_key, window, sha256).await?;
            return Ok(SliceStream(Origin::Stored(Box::new(bytes))));
        }
        // A local file is opened before the stream starts, so that a missing file is an error before the first byte.
        let source = {
            let parts = Arc::clone(&parts);
            blocking(move || parts.source(runtime).map_err(ObjectError::from)).await?
        };
        Ok(producer::stream(move |out| match window {
            Some(window) => parts.write_window(source, out, window),
            None => parts.write(source, out),
        }))
    }

    /// The approximate number of bytes of the stored file that must be read to make the slice.
    #[must_use]
    pub fn cost_bytes(&self) -> u64 {
        let parts = &self.parts;
        if parts.verbatim {
            return parts.size_bytes;
        }
        parts.opened.cost_bytes(&parts.wanted, parts.class, parts.size_bytes)
    }

    /// The cost of making the slice, as the number of BGZF bytes that take the same time. CRAM, and variant files that are redacted, take
    /// several times longer for each byte.
    #[must_use]
    pub fn weighted_cost_bytes(&self) -> u64 {
        let weight = match (self.parts.opened.format(), &self.parts.kept) {
            _ if self.parts.verbatim => 1,
            (FileFormat::Cram, _) => CRAM_WEIGHT,
            (_, Some(_)) => REDACTED_WEIGHT,
            (_, None) => 1,
        };
        self.cost_bytes().saturating_mul(weight)
    }

    /// Returns all bytes of the slice. Absent if the slice has more than `most_bytes` bytes.
    ///
    /// # Errors
    /// An error if the stored file is missing or damaged.
    pub async fn small(&self, most_bytes: usize) -> Result<Option<Bytes>, ObjectError> {
        if self.known_length().is_some_and(|length| length > most_bytes as u64) {
            return Ok(None);
        }
        let is_header = self.parts.class == Some(Class::Header);
        if let Some(header) = is_header.then(|| self.parts.headers.get(&self.cache_key())).flatten() {
            return Ok((header.len() <= most_bytes).then(|| Bytes::clone(&header)));
        }
        let (parts, runtime) = (Arc::clone(&self.parts), Handle::current());
        let small = blocking(move || {
            let mut sink = SmallSink::new(most_bytes);
            match parts.write(parts.source(runtime)?, &mut sink) {
                Err(_) if sink.overflowed() => Ok(None),
                Err(error) => Err(error.into()),
                Ok(()) => Ok(Some(Bytes::from(sink.into_bytes()))),
            }
        })
        .await?;
        if let (true, Some(header)) = (is_header, &small) {
            let weight = header.len() + LENGTH_BYTES;
            self.parts.headers.insert(&self.cache_key(), Arc::new(header.clone()), weight);
        }
        Ok(small)
    }

    /// The key under which the slice's length and header are cached.
    fn cache_key(&self) -> String {
        hex::encode(self.identity())
    }
}

/// The approximate memory of one cached length, in bytes.
const LENGTH_BYTES: usize = 256;

/// A digest of every part of the request. The digested text is unambiguous, so different requests never have the same text.
fn identity(parts: &Parts) -> [u8; 32] {
    let names = parts.names.as_ref().map(|names| names.text("identity", ""));
    let mut digest = Sha256::new();
    digest.update(format!(
        "{ENGINE}\n{}\n{}\n{:?}\n{:?}\n{:?}\n{:?}\n{names:?}\n",
        parts.sha256, parts.storage_key, parts.wanted, parts.class, parts.output, parts.fields
    ));
    if let Some(kept) = &parts.kept {
        digest.update(format!("{}\n", kept.some_go));
        // The columns are added as bytes and not as text, because there can be thousands of columns.
        for column in &kept.columns {
            digest.update((column.at as u64).to_le_bytes());
            digest.update([u8::from(column.whole_family)]);
        }
    }
    digest.finalize().into()
}
