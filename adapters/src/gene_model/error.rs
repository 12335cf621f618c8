//! The errors that refuse a gene model.

use gemj_model::Assembly;
use thiserror::Error;

/// Why a gene model is refused. An error repeats no text of the file.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GeneModelError {
    /// The file could not be read, or it begins like gzip but its data is damaged.
    #[error("line {line}: the file cannot be read, or its gzip data is damaged or cut short")]
    Unreadable {
        /// The line in the file, counted from 1.
        line: u64,
    },
    /// The file is larger than the limit, as received or uncompressed.
    #[error("the file has more than {limit_bytes} bytes when unpacked")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// A line is longer than the limit, or is not UTF-8.
    #[error("line {line}: at most {limit_bytes} bytes of UTF-8 are expected")]
    BadLine {
        /// The line in the file, counted from 1.
        line: u64,
        /// The maximum length of a line, in bytes.
        limit_bytes: usize,
    },
    /// The file has more genes than the limit.
    #[error("the file has more than {limit} genes")]
    TooManyGenes {
        /// The maximum number of genes.
        limit: usize,
    },
    /// The file is neither GFF3 nor the table.
    #[error(
        "the file is neither GFF3 (its first line is not `##gff-version 3`) nor a table with the columns symbol, contig, start and end"
    )]
    UnknownFormat,
    /// A line violates the syntax of the format.
    #[error("line {line}: {expected}")]
    Malformed {
        /// The line in the file, counted from 1.
        line: u64,
        /// The expected form of the line.
        expected: &'static str,
    },
    /// The file states another assembly, or its accessions belong to another assembly.
    #[error("line {line}: the file does not belong to assembly {}", .declared.as_str())]
    OtherAssembly {
        /// The line in the file, counted from 1.
        line: u64,
        /// The assembly that the operator stated.
        declared: Assembly,
    },
    /// The file contains no gene.
    #[error("the file has no genes")]
    Empty,
}
