//! Inspection of a file before it is taken in: synchronous, reads the whole file once, builds its index.

use std::path::Path;

use gemj_model::{Assembly, Contig, FileFormat, IndexFormat};

/// What the operator declared of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The format; absent takes whatever the content is.
    pub format: Option<FileFormat>,
    /// The assembly; lengths of the primary contigs must agree with it.
    pub assembly: Assembly,
}

/// One contig of a file's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedContig {
    /// Its name as spelled in the file.
    pub name: Contig,
    /// Its length in bases; absent where the header does not say (VCF).
    pub length_bases: Option<u64>,
    /// MD5 of its sequence, lower-case hex; absent where the header does not say.
    pub md5: Option<String>,
}

/// An index built from a file's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltIndex {
    /// The index file.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: IndexFormat,
}

/// Something the operator should know that does not stop a file from being taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Warning {
    /// The header does not say `SO:coordinate`, but the records are sorted.
    #[error("the header does not say SO:coordinate; the records are sorted")]
    SortOrderNotStated,
    /// No contig of the header has a name and length by which the assembly could be checked.
    #[error("no contig of the header shows the assembly")]
    AssemblyNotShown,
    /// The file has no record.
    #[error("the file has no record")]
    NoRecords,
    /// The reads name no sample (`@RG SM`).
    #[error("no read group names a sample")]
    NoSampleName,
    /// The reads name more than one sample.
    #[error("the read groups name more than one sample")]
    SeveralSamples,
    /// The CRAM file is decoded against a reference that is not embedded in it.
    #[error("the file is decoded against an external reference")]
    ExternalReference,
}

/// What a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The format, by content.
    pub format: FileFormat,
    /// The header's contigs in order.
    pub contigs: Vec<InspectedContig>,
    /// VCF and BCF: the columns in order. BAM and CRAM: the distinct samples of the read groups, in order of first mention.
    pub samples: Vec<String>,
    /// How many records it has.
    pub record_count: u64,
    /// The index, built from the data.
    pub index: BuiltIndex,
    /// What the operator should know.
    pub warnings: Vec<Warning>,
}

/// Why a file is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The file or its index cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// No byte in it.
    #[error("is empty")]
    Empty,
    /// Neither BAM, CRAM, BGZF-compressed VCF nor BCF.
    #[error("is none of BAM, CRAM, BGZF-compressed VCF and BCF")]
    UnknownFormat,
    /// Gzip that is not BGZF.
    #[error("is compressed with gzip, not with BGZF (bgzip)")]
    PlainGzip,
    /// VCF that is not compressed.
    #[error("is VCF text that is not compressed with bgzip")]
    PlainText,
    /// The content is of another format than declared.
    #[error("is {}, not {} as declared", found.as_str(), declared.as_str())]
    FormatMismatch {
        /// What the content is.
        found: FileFormat,
        /// What was declared.
        declared: FileFormat,
    },
    /// The file's extension says another format than its content.
    #[error("is {} by content, which its extension contradicts", found.as_str())]
    Mislabelled {
        /// What the content is.
        found: FileFormat,
    },
    /// The file ends in the middle.
    #[error("is cut off at byte {at_byte}")]
    Truncated {
        /// Where it ends.
        at_byte: u64,
    },
    /// The end-of-file marker is missing.
    #[error("has no end-of-file marker: it may be cut off")]
    NoEndMarker,
    /// A checksum does not fit, or a block does not decompress.
    #[error("is damaged in the block at byte {at_byte}")]
    DamagedBlock {
        /// Where the block begins.
        at_byte: u64,
    },
    /// The header is absent or broken.
    #[error("has a broken header: {what}")]
    BadHeader {
        /// What is wrong.
        what: &'static str,
    },
    /// A record is broken.
    #[error("record {record_number} is broken: {what}")]
    BadRecord {
        /// The record's number, from 1.
        record_number: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Records are not in coordinate order.
    #[error("is not sorted by coordinate: record {record_number} comes before its predecessor")]
    Unsorted {
        /// The first record out of order, from 1.
        record_number: u64,
    },
    /// A contig's length is of another assembly.
    #[error("contig '{}' is {length_bases} bases long, which is not {}", contig.as_str(), declared.as_str())]
    AssemblyMismatch {
        /// The contig.
        contig: Contig,
        /// Its length in the header.
        length_bases: u64,
        /// What was declared.
        declared: Assembly,
    },
    /// The index given is older than the data.
    #[error("its index is older than the data")]
    StaleIndex,
    /// The index given does not belong to the data.
    #[error("its index does not belong to it: {what}")]
    IndexMismatch {
        /// What differs.
        what: &'static str,
    },
    /// A position that no index format reaches.
    #[error("record {record_number} lies beyond what an index can hold")]
    NotIndexable {
        /// The record's number, from 1.
        record_number: u64,
    },
    /// A CRAM feature that is not supported.
    #[error("uses a CRAM feature that is not supported: {what}")]
    Unsupported {
        /// Which.
        what: &'static str,
    },
}

/// Inspects a file and builds its index.
///
/// # Errors
/// [`InspectError`] with the reason.
pub fn inspect(_path: &Path, _index_path: Option<&Path>, _expected: Expected) -> Result<Inspection, InspectError> {
    Err(InspectError::UnknownFormat)
}
