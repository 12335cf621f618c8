//! One participant's own calls: their column of a variant file, in some stretches.
//!
//! What is read is the slice that the Grant opens, so a column outside the Grant is never looked at. A joint file that is redacted to some
//! of its people loses what speaks of the others too: records that none of them carries an alternative allele of, alternative alleles that
//! none of them carries, and FILTER.
//!
//! The slice is read by this crate's own readers: those of noodles 0.119 stop with a panic at what BCF 2.2 allows, such as genotypes of
//! more than seven bits and vectors that end early.

mod bcf;
mod vcf;

use std::io::{Cursor, Read, Seek};

use futures::StreamExt as _;
use gemj_access::Grant;
use gemj_model::{Contig, DataKind, DataObject, ErrorKind, FileFormat, OneBased, Ordinal, ZeroBased};
use hts_formats::bgzf::BgzfReader;
use hts_formats::error::{FormatError, FormatResult};

use self::bcf::BcfCalls;
use self::vcf::VcfCalls;
use crate::error::{ObjectError, SliceError};
use crate::slice::{SliceRegion, SliceRequest};
use crate::store::ObjectStore;

/// Most compressed bytes of one answer's slice.
const MOST_SLICE_BYTES: usize = 64 * 1024 * 1024;

/// Most calls of one answer: more than one person has on any chromosome.
const MOST_CALLS: usize = 500_000;

/// FILTER of a record, and FT of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallFilter {
    /// `PASS`.
    Passed,
    /// `.`: no filter was applied.
    NotApplied,
    /// Any other FILTER, or an FT of the sample that is neither `PASS` nor `.`.
    Failed,
    /// FILTER is not known: it judges a cohort of which the Grant does not cover everybody.
    Withheld,
}

/// A record, as far as it speaks of one sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The contig as the file spells it.
    pub contig: Contig,
    /// POS; 0 at a telomere.
    pub position: OneBased,
    /// REF as it stands.
    pub reference: String,
    /// The ALTs as they stand, `*` and symbolic ones among them; none for `.`.
    pub alternates: Vec<String>,
    /// Whether the record passed its filters.
    pub filter: CallFilter,
    /// GT: 0 is REF, 1 the first ALT, absent is `.`. Empty for a record without genotypes.
    pub genotype: Vec<Option<u32>>,
    /// Whether every allele of GT is phased with the one before it; false for one allele or none.
    pub phased: bool,
    /// AD: reads of REF and of each ALT; absent where one of them is not told.
    pub allele_depths: Option<Vec<u32>>,
    /// DP of the sample.
    pub read_depth: Option<u32>,
    /// Where the record shows that the sample has the reference and nothing else; absent for every other record. It is the only evidence of absence: that a
    /// contig is in the header is none.
    pub reference_stretch: Option<Stretch>,
    /// What the record speaks of: REF's bases, or up to the END of a symbolic allele.
    pub span: Stretch,
}

/// A stretch of a contig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Its first base.
    pub start: ZeroBased,
    /// One behind its last.
    pub end: ZeroBased,
}

/// The longest block that is believed, in bases, as when a file is indexed: callers end a block where confidence changes.
const MOST_BLOCK_BASES: u64 = 1 << 22;

/// What a record speaks of: REF's bases, up to the `end` that a symbolic allele states.
fn span(position: OneBased, reference: &str, end: Option<u64>) -> Stretch {
    let start = position.0.saturating_sub(1);
    let spelt = start.saturating_add(reference.len() as u64);
    Stretch {
        start: ZeroBased(start),
        end: ZeroBased(end.unwrap_or(spelt).max(spelt)),
    }
}

/// The stretch in which a call shows the reference: every allele of GT is 0, no filter failed or is withheld, a depth is stated, and none of DP, MIN_DP and GQ is 0
/// (callers write `0/0` over what no read covers, and tools that merge files write it where a file has no record at all). `end` is one behind the last base of a
/// reference block; of a record with an alternative allele REF alone counts. That a symbolic allele is not carried says nothing of single bases.
fn reference_stretch(call: &Call, end: Option<u64>, has_evidence: bool) -> Option<Stretch> {
    let is_reference = !call.genotype.is_empty() && call.genotype.iter().all(|allele| *allele == Some(0));
    let passed = matches!(call.filter, CallFilter::Passed | CallFilter::NotApplied);
    let start = call.position.0.checked_sub(1)?;
    let spelt = start.checked_add(call.reference.len() as u64)?;
    let is_block = call
        .alternates
        .iter()
        .all(|alternate| matches!(alternate.as_str(), "." | "<NON_REF>" | "<*>"));
    let is_symbolic = !is_block && call.alternates.iter().any(|alternate| alternate.starts_with('<'));
    let end = end
        .filter(|_| is_block)
        .unwrap_or(spelt)
        .clamp(spelt, start.saturating_add(MOST_BLOCK_BASES).max(spelt));
    (is_reference && passed && has_evidence && !is_symbolic).then_some(Stretch {
        start: ZeroBased(start),
        end: ZeroBased(end),
    })
}

/// Whether depths of alleles count a read.
fn has_reads(allele_depths: Option<&[u32]>) -> bool {
    allele_depths.is_some_and(|depths| depths.iter().any(|depth| *depth > 0))
}

/// Why there are no calls to read.
#[derive(Debug, thiserror::Error)]
pub enum CallsError {
    /// The slice is not made.
    #[error(transparent)]
    Slice(#[from] SliceError),
    /// The regions hold more than is read for one answer.
    #[error("the regions hold more than is read at once")]
    TooLarge,
}

impl CallsError {
    /// How it looks to the caller.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Slice(error) => error.kind(),
            Self::TooLarge => ErrorKind::TooLarge,
        }
    }
}

impl From<ObjectError> for CallsError {
    fn from(error: ObjectError) -> Self {
        Self::Slice(error.into())
    }
}

impl ObjectStore {
    /// The records of a participant's own column that overlap the regions, each once, in file order; no region is the whole file. A file
    /// with several columns of the participant gives one call for each.
    ///
    /// # Errors
    /// [`SliceError::NotCovered`] where the Grant does not cover the participant in the file, or is for another action; as
    /// [`ObjectStore::slice`]; [`CallsError::TooLarge`] for more than 64 MiB or 500,000 calls.
    pub async fn calls(
        &self,
        grant: &Grant,
        object: &DataObject,
        participant: Ordinal,
        regions: &[SliceRegion],
    ) -> Result<Vec<Call>, CallsError> {
        let granted = grant.dataset(&object.dataset).ok_or(SliceError::NotCovered)?;
        let own: Vec<String> = object
            .samples
            .iter()
            .filter(|sample| sample.participant == Some(participant))
            .map(|sample| sample.sample.clone())
            .collect();
        if object.format.data_kind() != DataKind::Variants || !granted.participants().contains(participant.0) || own.is_empty() {
            return Err(SliceError::NotCovered.into());
        }
        let redacted = !grant.covers_all(&object.dataset, object.samples.iter().map(|sample| sample.participant));
        let request = SliceRequest {
            class: None,
            regions: regions.to_vec(),
            ..SliceRequest::default()
        };
        let mut stream = self.slice(grant, object, &request).await?;
        let mut bytes: Vec<u8> = Vec::new();
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            if bytes.len() + piece.len() > MOST_SLICE_BYTES {
                return Err(CallsError::TooLarge);
            }
            bytes.extend_from_slice(&piece);
        }
        let format = object.format;
        let work = move || read(format, Cursor::new(bytes), &own, redacted);
        match tokio::task::spawn_blocking(work).await {
            Ok(outcome) => outcome,
            Err(failure) if failure.is_panic() => Err(ObjectError::Damaged {
                what: "it cannot be decoded",
            }
            .into()),
            Err(_) => Err(ObjectError::Stopped.into()),
        }
    }
}

/// A file's records, one after the other.
trait Records {
    /// Adds the next record's calls; false at the end.
    fn next(&mut self, calls: &mut Vec<Call>) -> FormatResult<bool>;
}

fn read<R: Read + Seek>(format: FileFormat, source: R, own: &[String], redacted: bool) -> Result<Vec<Call>, CallsError> {
    match format {
        FileFormat::Vcf => collect(VcfCalls::open(source, own).map_err(ObjectError::from)?, redacted),
        FileFormat::Bcf => collect(BcfCalls::open(source, own).map_err(ObjectError::from)?, redacted),
        FileFormat::Bam | FileFormat::Cram => Err(SliceError::NotCovered.into()),
    }
}

fn collect(records: Option<impl Records>, redacted: bool) -> Result<Vec<Call>, CallsError> {
    // A column that the catalogue names and the file does not have is nobody's.
    let mut records = records.ok_or(SliceError::NotCovered)?;
    let mut calls = Vec::new();
    while records.next(&mut calls).map_err(ObjectError::from)? {
        if calls.len() > MOST_CALLS {
            return Err(CallsError::TooLarge);
        }
    }
    if redacted {
        for call in &mut calls {
            if call.filter == CallFilter::NotApplied {
                call.filter = CallFilter::Withheld;
                call.reference_stretch = None;
            }
        }
    }
    Ok(calls)
}

/// A slice that was cut off does not end with the marker.
fn require_end_marker<R: Read + Seek>(reader: &BgzfReader<R>) -> FormatResult<()> {
    let at_byte = reader.block_start();
    reader.ended_with_marker().then_some(()).ok_or(FormatError::Truncated { at_byte })
}

/// The columns of these names.
fn columns_of(samples: &[String], own: &[String]) -> Option<Vec<usize>> {
    let columns: Vec<usize> = (0..samples.len()).filter(|column| own.contains(&samples[*column])).collect();
    (!columns.is_empty()).then_some(columns)
}
