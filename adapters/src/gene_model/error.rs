//! Why a gene model is refused.

use gemj_model::Assembly;
use thiserror::Error;

/// Why a gene model is refused. Nothing of the file is repeated.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum GeneModelError {
    /// The file could not be read, or begins as gzip does and does not go on so.
    #[error("line {line}: the file cannot be read, or its gzip data is damaged or cut short")]
    Unreadable {
        /// From 1.
        line: u64,
    },
    /// It is, or unpacks to, more than is read.
    #[error("the file has more than {limit_bytes} bytes when unpacked")]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// A line is longer than is read, or no UTF-8.
    #[error("line {line}: at most {limit_bytes} bytes of UTF-8 are expected")]
    BadLine {
        /// From 1.
        line: u64,
        /// The limit.
        limit_bytes: usize,
    },
    /// It has more genes than are read.
    #[error("the file has more than {limit} genes")]
    TooManyGenes {
        /// The limit.
        limit: usize,
    },
    /// Neither GFF3 nor the table.
    #[error(
        "the file is neither GFF3 (its first line is not `##gff-version 3`) nor a table with the columns symbol, contig, start and end"
    )]
    UnknownFormat,
    /// A line that is not as it must be.
    #[error("line {line}: {expected}")]
    Malformed {
        /// From 1.
        line: u64,
        /// What is expected there.
        expected: &'static str,
    },
    /// The file says, or its accessions show, another assembly.
    #[error("line {line}: the file is not of {}", .declared.as_str())]
    OtherAssembly {
        /// From 1.
        line: u64,
        /// The assembly it was said to be of.
        declared: Assembly,
    },
    /// There is no gene in it.
    #[error("the file has no genes")]
    Empty,
}
