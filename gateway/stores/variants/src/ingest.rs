//! Reads VCF and BCF files and adds their carriers as entries of a segment.
//!
//! Every record of a file is indexed, whatever its FILTER: the index contains what the file contains. To index only passing records, load a file
//! that contains only these.

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

/// The place of a fault in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The header.
    Header,
    /// A line of a VCF; the first is 1.
    Line(u64),
    /// A record of a BCF; the first is 1.
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

/// A fault of a header or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IngestFault {
    /// The file does not begin like a VCF or BCF.
    #[error("is not a VCF or BCF header")]
    NotVariants,
    /// The header and the samples sheet have different numbers of samples.
    #[error("names {found} samples where {expected} were expected")]
    Samples {
        /// Number of samples in the file.
        found: usize,
        /// Number of samples that were mapped.
        expected: usize,
    },
    /// A record and the header have different numbers of columns.
    #[error("has {found} columns where the header has {expected}")]
    Columns {
        /// Number of columns in the record.
        found: usize,
        /// Number of columns in the header.
        expected: usize,
    },
    /// CHROM is empty or not text.
    #[error("has no readable CHROM")]
    Chrom,
    /// POS is not a number within the range of the format.
    #[error("has no readable POS")]
    Pos,
    /// REF or ALT is empty or not text.
    #[error("has no readable REF or ALT")]
    Alleles,
    /// A GT is not a genotype, or names an allele that the record does not have.
    #[error("has a GT that is not a genotype of its alleles")]
    Genotype,
    /// The parts of a BCF record do not fit together.
    #[error("has parts that do not fit its length")]
    Encoding,
    /// A line or record is larger than the limit.
    #[error("is larger than {limit_bytes} bytes")]
    TooLong {
        /// The limit in bytes.
        limit_bytes: usize,
    },
    /// The file ends within a line or record.
    #[error("is incomplete: the file ends too early")]
    Truncated,
}

/// The reasons why a file was not indexed. Nothing of the file is in the index then.
#[derive(Debug, Error)]
pub enum IngestError {
    /// A fault at a place of the file.
    #[error("{place} {fault}")]
    Malformed {
        /// The place of the fault.
        place: Place,
        /// The fault.
        fault: IngestFault,
    },
    /// The file could not be read, or its compressed data is damaged.
    #[error("{place}: the file could not be read")]
    Read {
        /// The place where reading stopped.
        place: Place,
        /// The cause.
        source: io::Error,
    },
    /// The file contains reads, not variants.
    #[error("is not a variant file")]
    NotAVariantFile,
    /// The builder is for another assembly, or for another origin (germline or somatic).
    #[error("the segment has another assembly or origin")]
    OtherScope,
    /// The builder already has a source of this id.
    #[error("the segment already contains this source")]
    SourceTwice,
    /// The builder failed.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Reads a VCF (BGZF or plain) or BCF and adds its carriers to a builder. This function blocks; run it on a thread that may block.
///
/// `columns` maps the file's samples, in order, to participants; an unmapped sample is not read. Multi-allelic records are split, and each allele
/// is brought to its minimal form. A carrier has at least one copy of the allele in GT: `./1` is heterozygous, `1/1` homozygous, a haploid `1`
/// hemizygous, whatever the ploidy and phase. `*`, `.`, `<NON_REF>`, `<*>` and breakends make no entry.
///
/// The names that INFO/CSQ or ANN have for the alleles are collected in the builder ([`SegmentBuilder::take_names`]).
///
/// # Errors
/// See [`IngestError`]. After an error the builder contains no entry of this source.
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
            // With several files in one builder, the names cannot be assigned to their files. Losing all names is better than keeping names of a
            // rejected file.
            drop(builder.take_names());
            builder.discard(number);
            Err(error)
        }
    }
}

/// Calls [`ingest_variants`] for a local file.
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
