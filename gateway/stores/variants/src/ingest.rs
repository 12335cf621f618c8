//! Reads VCF and BCF files and adds their carriers as entries of a segment.
//!
//! A record is indexed whatever its FILTER is. To index only records that pass the filters, load a file that contains only these records.

mod annotations;
mod bcf;
mod called;
mod compressed;
mod genotype;
mod header_lines;
mod report;
mod site;
mod vcf;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use gemj_model::{Assembly, FileFormat, Ordinal, Origin};
use thiserror::Error;

use crate::builder::{BuildError, SegmentBuilder};
use compressed::{Counted, Input};

pub use report::{IngestReport, Progress, SkipReason};

/// The place of a fault in a variant file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The fault is in the header.
    Header,
    /// The fault is in the VCF line with this number, from 1.
    Line(u64),
    /// The fault is in the BCF record with this number, from 1.
    Record(u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Header => f.write_str("header"),
            Self::Line(number) => write!(f, "line {number}"),
            Self::Record(number) => write!(f, "record {number}"),
        }
    }
}

/// A fault of a header, a line or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IngestFault {
    /// The file does not begin with a VCF or BCF header.
    #[error("is not a VCF or BCF header")]
    NotVariants,
    /// The number of samples in the header differs from the number of samples that are mapped to participants.
    #[error("names {found} samples where {expected} were expected")]
    Samples {
        /// The number of samples in the file.
        found: usize,
        /// The number of samples in the mapping.
        expected: usize,
    },
    /// The number of columns in a record differs from the number of columns in the header.
    #[error("has {found} columns where the header has {expected}")]
    Columns {
        /// The number of columns in the record.
        found: usize,
        /// The number of columns in the header.
        expected: usize,
    },
    /// CHROM is empty or is not text.
    #[error("has no readable CHROM")]
    Chrom,
    /// POS is not a number, or is outside the range of the format.
    #[error("has no readable POS")]
    Pos,
    /// REF or ALT is empty or is not text.
    #[error("has no readable REF or ALT")]
    Alleles,
    /// A GT is not a genotype, or refers to an allele that the record does not have.
    #[error("has a GT that is not a genotype of its alleles")]
    Genotype,
    /// The encoding of a BCF record is not valid, for example because its parts do not fit its length.
    #[error("has parts that do not fit its length")]
    Encoding,
    /// A line or a record of the file is larger than the limit.
    #[error("is larger than {limit_bytes} bytes")]
    TooLong {
        /// The limit of a line or record, in bytes.
        limit_bytes: usize,
    },
    /// The file ends inside a line or record.
    #[error("is incomplete: the file ends too early")]
    Truncated,
}

/// The reasons why a file was not indexed. After an error, the index contains nothing of the file.
#[derive(Debug, Error)]
pub enum IngestError {
    /// A header, a line or a record has a fault.
    #[error("{place} {fault}")]
    Malformed {
        /// The place of the fault in the file.
        place: Place,
        /// The kind of the fault.
        fault: IngestFault,
    },
    /// The file could not be read, or its compressed data is damaged.
    #[error("{place}: the file could not be read")]
    Read {
        /// The place at which reading stopped.
        place: Place,
        /// The I/O error.
        source: io::Error,
    },
    /// The file contains reads and not variants.
    #[error("is not a variant file")]
    NotAVariantFile,
    /// The builder is for another assembly or another origin (germline or somatic).
    #[error("the segment has another assembly or origin")]
    OtherScope,
    /// The builder already has a source with this id.
    #[error("the segment already contains this source")]
    SourceTwice,
    /// The builder could not add an entry.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Reads a VCF file (BGZF or plain) or a BCF file, and adds its carriers to a builder. This function blocks; run it on a thread that may
/// block.
///
/// * `columns` maps the file's samples, in order, to participants. A sample that is not mapped is not read.
/// * Multi-allelic records are split, and each allele is converted to its minimal form.
/// * A carrier has at least one copy of the allele in GT: `./1` is heterozygous, `1/1` is homozygous, and a haploid `1` is hemizygous.
///   Ploidy and phase do not matter.
/// * `*`, `.`, `<NON_REF>`, `<*>` and breakends make no entry.
///
/// The names that INFO/CSQ or INFO/ANN contains for the alleles are collected in the builder ([`SegmentBuilder::take_names`]).
///
/// # Errors
/// See [`IngestError`]. After an error, the builder contains no entry of this source.
#[expect(clippy::too_many_arguments, reason = "a file, what it is, whose it is, and where it goes")]
pub fn ingest_variants(
    reader: impl Read,
    format: FileFormat,
    columns: &[Option<Ordinal>],
    assembly: Assembly,
    origin: Origin,
    source: &str,
    builder: &mut SegmentBuilder,
    progress: &mut dyn FnMut(Progress),
) -> Result<IngestReport, IngestError> {
    if builder.assembly() != assembly || builder.origin() != origin {
        return Err(IngestError::OtherScope);
    }
    if builder.has_source(source) {
        return Err(IngestError::SourceTwice);
    }
    let number = builder.source(source)?;
    let input = Counted::new(reader);
    let result = match format {
        FileFormat::Vcf => Input::open(input).and_then(|input| vcf::read(input, columns, number, builder, progress)),
        FileFormat::Bcf => Input::open(input).and_then(|input| bcf::read(input, columns, number, builder, progress)),
        FileFormat::Bam | FileFormat::Cram => Err(IngestError::NotAVariantFile),
    };
    match result {
        Ok(mut report) => {
            report.leftmost = builder.has_reference();
            Ok(report)
        }
        Err(error) => {
            // The builder does not store which of its files a name comes from. Losing all names is better than keeping the names of a
            // rejected file.
            drop(builder.take_names());
            builder.discard(number);
            Err(error)
        }
    }
}

/// Reads a local file as [`ingest_variants`] does.
///
/// # Errors
/// See [`IngestError`].
#[expect(clippy::too_many_arguments, reason = "as ingest_variants")]
pub fn ingest_path(
    path: &Path,
    format: FileFormat,
    columns: &[Option<Ordinal>],
    assembly: Assembly,
    origin: Origin,
    source: &str,
    builder: &mut SegmentBuilder,
    progress: &mut dyn FnMut(Progress),
) -> Result<IngestReport, IngestError> {
    let file = File::open(path).map_err(|source| IngestError::Read {
        place: Place::Header,
        source,
    })?;
    ingest_variants(file, format, columns, assembly, origin, source, builder, progress)
}
