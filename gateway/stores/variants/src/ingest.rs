//! From VCF and BCF files to entries of a segment.
//!
//! Every record of a file counts, whatever its FILTER says: what the index holds is what the file holds. A caller of genotypes that
//! wants only passing records loads a file of them.

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

/// Where in a file a fault was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The header.
    Header,
    /// A line of a VCF, the first being 1.
    Line(u64),
    /// A record of a BCF, the first being 1.
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

/// What is wrong with a header or a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IngestFault {
    /// The file does not begin as a VCF or BCF does.
    #[error("is not a VCF or BCF header")]
    NotVariants,
    /// The header says of another number of samples than the sheet does.
    #[error("names {found} samples where {expected} were expected")]
    Samples {
        /// In the file.
        found: usize,
        /// As mapped.
        expected: usize,
    },
    /// A record has fewer or more columns than the header.
    #[error("has {found} columns where the header has {expected}")]
    Columns {
        /// In the record.
        found: usize,
        /// In the header.
        expected: usize,
    },
    /// CHROM is empty or no text.
    #[error("has no readable CHROM")]
    Chrom,
    /// POS is no number of the format's range.
    #[error("has no readable POS")]
    Pos,
    /// REF or ALT is empty or no text.
    #[error("has no readable REF or ALT")]
    Alleles,
    /// A GT is no genotype, or names an allele that the record does not have.
    #[error("has a GT that is no genotype of its alleles")]
    Genotype,
    /// A BCF record's parts do not fit one another.
    #[error("has parts that do not fit its length")]
    Encoding,
    /// A line or record is larger than read.
    #[error("is larger than {limit_bytes} bytes")]
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// The file ends within it.
    #[error("is where the file ends too early")]
    Truncated,
}

/// Why a file was not indexed. Nothing of it is.
#[derive(Debug, Error)]
pub enum IngestError {
    /// A fault at a place of the file.
    #[error("{place} {fault}")]
    Malformed {
        /// Where.
        place: Place,
        /// What.
        fault: IngestFault,
    },
    /// The file could not be read, or its compression is damaged.
    #[error("{place}: the file could not be read")]
    Read {
        /// Where reading stopped.
        place: Place,
        /// Why.
        source: io::Error,
    },
    /// Reads are not variants.
    #[error("is not a variant file")]
    NotAVariantFile,
    /// The builder is for another assembly or for germline where the file is somatic, or the reverse.
    #[error("the segment is of another assembly or origin")]
    OtherScope,
    /// A source of this id is in the builder already.
    #[error("the source is in this segment already")]
    SourceTwice,
    /// The builder failed.
    #[error(transparent)]
    Build(#[from] BuildError),
}

/// Reads a VCF (BGZF or plain) or BCF and adds its carriers to a builder. Blocks; run it where blocking is allowed.
///
/// `columns` maps the file's samples, in order, to participants; an unmapped one is not read. Multi-allelic records are split, each allele
/// is brought to its minimal form. A carrier has at least one copy of the allele in GT: `./1` is heterozygous, `1/1` homozygous, a haploid `1`
/// hemizygous, whatever the ploidy and phase. `*`, `.`, `<NON_REF>`, `<*>` and breakends make no entry. What INFO/CSQ or ANN calls the alleles is
/// taken out of the builder ([`SegmentBuilder::take_names`]).
///
/// # Errors
/// See [`IngestError`]. After an error the builder holds nothing of this source.
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
            // Of several files in one builder the names cannot be told apart: none is better than those of a file that is not there.
            drop(builder.take_names());
            builder.discard(number);
            Err(error)
        }
    }
}

/// [`ingest_variants`] of a local file.
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
