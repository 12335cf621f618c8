//! A slice that may begin: decided, resolved, not yet made. It can be sent whole or in part, counted, or kept where it is small. Made again it
//! is the same bytes.

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

/// Counted up whenever the bytes made for the same question change, so that no half-fetched slice goes on as another.
const ENGINE: u32 = 2;

/// How much longer a byte of CRAM takes than one of BGZF, about.
const CRAM_WEIGHT: u64 = 8;

/// The same for a byte of a joint file of which people are left out.
const REDACTED_WEIGHT: u64 = 4;

/// How a slice is made.
pub(crate) struct Job<'a> {
    /// Which records.
    pub(crate) wanted: &'a Wanted,
    /// Which samples of variants; absent is all, each record as it stands.
    pub(crate) kept: Option<&'a KeptColumns>,
    /// Which part.
    pub(crate) class: Option<Class>,
    /// The format to write.
    pub(crate) output: FileFormat,
    /// Which columns and tags of reads.
    pub(crate) fields: &'a ReadFields,
    /// What people are called in headers of reads; absent is as stored.
    pub(crate) names: Option<&'a Names>,
    /// Reference sequences, where they are configured.
    pub(crate) reference: Option<&'a Reference>,
}

/// Everything a slice needs to be made.
pub(crate) struct Parts {
    pub(crate) backend: Arc<Backend>,
    pub(crate) reference: Option<Arc<Reference>>,
    pub(crate) lengths: Arc<Cache<u64>>,
    pub(crate) headers: Arc<Cache<Bytes>>,
    pub(crate) opened: Arc<Opened>,
    pub(crate) storage_key: String,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: String,
    /// The file itself, as it is stored.
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

/// A slice that may begin. Cheap to clone.
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

    /// Whether it needs a reference sequence that is neither embedded nor configured. What only a place far inside the file needs is found when
    /// that is decoded, and ends the stream in an error.
    pub(crate) async fn lacks_reference(&self) -> Result<bool, ObjectError> {
        let (parts, runtime) = (Arc::clone(&self.parts), Handle::current());
        blocking(move || Ok(parts.opened.lacks_reference(parts.source(runtime)?, &parts.job())?)).await
    }

    /// A digest of what the slice is made of: equal for equal bytes, another when the file, the question, the people covered or the way of
    /// making slices changes. Not for outside eyes as it is: whoever guesses who is covered could test the guess.
    #[must_use]
    pub fn identity(&self) -> [u8; 32] {
        *self.identity.get_or_init(|| identity(&self.parts))
    }

    /// Whether it is the stored file itself.
    #[must_use]
    pub fn is_stored_file(&self) -> bool {
        self.parts.verbatim
    }

    /// Whether it is of a file of several people's columns, of which consent may take some away at any moment.
    #[must_use]
    pub fn is_joint(&self) -> bool {
        self.parts.opened.columns().len() > 1
    }

    /// The format of its bytes.
    #[must_use]
    pub fn format(&self) -> FileFormat {
        self.parts.output
    }

    /// Its length in bytes where that is known without making it.
    #[must_use]
    pub fn known_length(&self) -> Option<u64> {
        if self.parts.verbatim {
            Some(self.parts.size_bytes)
        } else {
            self.parts.lengths.get(&self.cache_key()).map(|length| *length)
        }
    }

    /// Its length in bytes. Where it is not known the slice is made once for it; parts that are copied from the file cost nothing.
    ///
    /// # Errors
    /// The file is gone or damaged.
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

    /// Its bytes, or `[start, end)` of them. A window must lie inside [`OpenSlice::length`].
    ///
    /// # Errors
    /// The file is gone; that is known before the first byte.
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
        // Opened here, so that a file that is not there is an error before the first byte.
        let source = {
            let parts = Arc::clone(&parts);
            blocking(move || parts.source(runtime).map_err(ObjectError::from)).await?
        };
        Ok(producer::stream(move |out| match window {
            Some(window) => parts.write_window(source, out, window),
            None => parts.write(source, out),
        }))
    }

    /// About how many of the file's bytes have to be looked at.
    #[must_use]
    pub fn cost_bytes(&self) -> u64 {
        let parts = &self.parts;
        if parts.verbatim {
            return parts.size_bytes;
        }
        parts.opened.cost_bytes(&parts.wanted, parts.class, parts.size_bytes)
    }

    /// The same as bytes of BGZF that would take as long: those of CRAM, and of a joint file of which people are left out, take several times
    /// longer.
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

    /// All its bytes, where they are no more than so many.
    ///
    /// # Errors
    /// The file is gone or damaged.
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

    /// Under which its length, and a header, are kept.
    fn cache_key(&self) -> String {
        self.identity().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// About what a kept length costs.
const LENGTH_BYTES: usize = 256;

/// Every part of the question, in a form in which no two questions look the same.
fn identity(parts: &Parts) -> [u8; 32] {
    let names = parts.names.as_ref().map(|names| names.text("identity", ""));
    let mut digest = Sha256::new();
    digest.update(format!(
        "{ENGINE}\n{}\n{}\n{:?}\n{:?}\n{:?}\n{:?}\n{names:?}\n",
        parts.sha256, parts.storage_key, parts.wanted, parts.class, parts.output, parts.fields
    ));
    if let Some(kept) = &parts.kept {
        digest.update(format!("{}\n", kept.some_go));
        // Thousands of columns: in bytes, not in words.
        for column in &kept.columns {
            digest.update((column.at as u64).to_le_bytes());
            digest.update([u8::from(column.whole_family)]);
        }
    }
    digest.finalize().into()
}
