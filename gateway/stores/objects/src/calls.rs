//! Reads the calls of one participant, which are the participant's sample columns in a variant file, inside requested regions.
//!
//! The calls are read from the slice that the Grant allows, so a column outside the Grant is never read. If the Grant covers only some
//! participants of a joint file, the slice is redacted. The redacted slice has no record and no alternative allele that only participants
//! outside the Grant carry, and no FILTER.
//!
//! The slice is read by this crate's own readers. The readers of noodles 0.119 panic on valid BCF 2.2 data: genotypes of more than seven
//! bits, and vectors that end early.

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

/// The maximum number of compressed bytes in the slice that one answer is read from.
const MOST_SLICE_BYTES: usize = 64 * 1024 * 1024;

/// The maximum number of calls in one answer. No participant has more calls on any chromosome.
const MOST_CALLS: usize = 500_000;

/// The result of the filters for a call: the record's FILTER combined with the sample's FT.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallFilter {
    /// FILTER is `PASS`, and the sample's FT is `PASS`, `.` or absent.
    Passed,
    /// FILTER is `.`: no filter was applied.
    NotApplied,
    /// FILTER has any other value, or the sample's FT is neither `PASS` nor `.`.
    Failed,
    /// FILTER was removed by the redaction. FILTER judges the whole cohort, and the Grant does not cover all samples of the file.
    Withheld,
}

/// One sample's data in one record of a variant file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The name of the contig as spelled in the file.
    pub contig: Contig,
    /// POS, 1-based; 0 for a telomere.
    pub position: OneBased,
    /// REF as written in the file.
    pub reference: String,
    /// The ALT alleles as written in the file, including `*` and symbolic alleles. Empty if ALT is `.`.
    pub alternates: Vec<String>,
    /// The result of the record's FILTER and the sample's FT.
    pub filter: CallFilter,
    /// The alleles of GT: 0 is REF, 1 is the first ALT, absent is `.`. Empty if the record has no genotype of the sample.
    pub genotype: Vec<Option<u32>>,
    /// Whether every allele of GT is phased with the allele before it. False if GT has fewer than two alleles.
    pub phased: bool,
    /// AD: the number of reads of REF and of each ALT. Absent if any of these numbers is missing.
    pub allele_depths: Option<Vec<u32>>,
    /// DP of the sample; absent if it is missing.
    pub read_depth: Option<u32>,
    /// The bases at which the record shows that the sample has only the reference sequence; absent for every other record. Only this field
    /// is evidence that a variant is absent. A contig in the header is not evidence.
    pub reference_stretch: Option<Stretch>,
    /// The bases that the record covers: the bases of REF, extended to END if a symbolic allele has one.
    pub span: Stretch,
}

/// A range of bases on a contig, 0-based and half-open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The position of the first base, 0-based.
    pub start: ZeroBased,
    /// The position behind the last base, 0-based.
    pub end: ZeroBased,
}

/// The maximum length of a reference block, in bases. A longer block is shortened to this length. Variant callers end a block where the
/// confidence changes, so a longer block is not credible. The same limit applies when a file is indexed.
const MOST_BLOCK_BASES: u64 = 1 << 22;

/// The bases that a record covers: the bases of REF, extended to `end`. `end` is END, or the end by the record length of BCF.
fn span(position: OneBased, reference: &str, end: Option<u64>) -> Stretch {
    let start = position.0.saturating_sub(1);
    let spelt = start.saturating_add(reference.len() as u64);
    Stretch {
        start: ZeroBased(start),
        end: ZeroBased(end.unwrap_or(spelt).max(spelt)),
    }
}

/// The bases at which a call shows only the reference sequence. Absent unless all of these conditions are true:
/// * Every allele of GT is 0.
/// * No filter failed, and FILTER is not withheld.
/// * `has_evidence` is true: the record states a depth, and none of DP, MIN_DP and GQ is 0.
/// * The record has no symbolic allele, or is a reference block: a record without alternative alleles other than `<NON_REF>` and `<*>`. A
///   sample without a symbolic allele can still have other variants in the allele's bases.
///
/// Depths are required, because callers write `0/0` for bases without reads, and tools that merge files write `0/0` where a file has no
/// record.
/// `end` is the position behind the last base of a reference block. If the record is not a reference block, the result is the bases of REF.
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

/// Whether at least one of a sample's allele depths is greater than 0.
fn has_reads(allele_depths: Option<&[u32]>) -> bool {
    allele_depths.is_some_and(|depths| depths.iter().any(|depth| *depth > 0))
}

/// The reason why calls cannot be returned.
#[derive(Debug, thiserror::Error)]
pub enum CallsError {
    /// The slice that contains the calls cannot be made or read.
    #[error(transparent)]
    Slice(#[from] SliceError),
    /// The regions contain more data than one answer may have.
    #[error("the regions contain more data than one answer may have")]
    TooLarge,
}

impl CallsError {
    /// The kind of error that the caller gets.
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
    /// Returns the calls of a participant in the records that overlap the regions, each record once, in file order. Without regions, the
    /// whole file is read. If the participant has several columns in the file, each record gives one call for each column.
    ///
    /// # Errors
    /// * [`SliceError::NotCovered`]: the Grant does not cover the participant in this file, or the Grant is for another action.
    /// * [`CallsError::TooLarge`]: the slice has more than 64 MiB, or there are more than 500,000 calls.
    /// * All errors of [`ObjectStore::slice`].
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

/// Reads the records of a variant file one after the other.
trait Records {
    /// Adds the calls of the next record. Returns false at the end of the file.
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
    // The catalogue names a sample column of the participant, but the file has no column with this name.
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

/// Returns an error if the slice does not end with the BGZF end-of-file marker, because the slice is then cut off.
fn require_end_marker<R: Read + Seek>(reader: &BgzfReader<R>) -> FormatResult<()> {
    let at_byte = reader.block_start();
    reader.ended_with_marker().then_some(()).ok_or(FormatError::Truncated { at_byte })
}

/// The places of the participant's columns among the sample columns, from 0. Absent if the file has none of the columns.
fn columns_of(samples: &[String], own: &[String]) -> Option<Vec<usize>> {
    let columns: Vec<usize> = (0..samples.len()).filter(|column| own.contains(&samples[*column])).collect();
    (!columns.is_empty()).then_some(columns)
}
