//! Inspects a file before it is loaded. The inspection is synchronous, reads the whole file and builds the file's index.

mod amounts;
pub(crate) mod assembly;
mod bam;
mod bcf;
mod cram;
mod detect;
mod given_index;
mod served_as_bam;
mod vcf;

use std::io::{BufReader, Cursor, Seek, SeekFrom};
use std::path::Path;

use gemj_model::{Assembly, Contig, FileFormat, IndexFormat, Provenance};
use hts_formats::bgzf::BgzfReader;
use hts_formats::binning::{BinningFormat, BinningIndex, DEPTH, OutOfOrder};
use hts_formats::cram::crai::Crai;
use hts_formats::error::FormatError;
use hts_formats::sam_header::HeaderContig;

use crate::input_file::HashedFile;
pub use amounts::{ContigAmount, Measure, contig_amounts};

/// What the operator declares about a file before it is inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The declared format; absent if the operator accepts any format.
    pub format: Option<FileFormat>,
    /// The declared assembly. If the header states the lengths of the chromosomes 1 to 22, X and Y, they must agree with this assembly.
    pub assembly: Assembly,
}

/// One contig in the header of an inspected file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedContig {
    /// The contig's name as spelled in the file.
    pub name: Contig,
    /// The length of the contig in bases; absent if the header does not state it, which only VCF and BCF allow.
    pub length_bases: Option<u64>,
    /// The MD5 of the contig's sequence, in lower-case hex; absent if the header does not state it.
    pub md5: Option<String>,
}

/// An index that was built from the data of an inspected file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltIndex {
    /// The bytes of the index file.
    pub bytes: Vec<u8>,
    /// The format of the index.
    pub format: IndexFormat,
}

/// A finding about an inspected file. It is shown to the operator and does not prevent the loading of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Warning {
    /// The header of a BAM or CRAM file does not contain `SO:coordinate`, but the records are sorted by coordinate.
    #[error("the header does not contain SO:coordinate; the records are sorted")]
    SortOrderNotStated,
    /// The header states no length of a chromosome 1 to 22, X or Y, so the assembly of the file could not be checked.
    #[error("no contig of the header shows the assembly")]
    AssemblyNotShown,
    /// The file contains no record.
    #[error("the file has no record")]
    NoRecords,
    /// No read group of the file names a sample (`@RG SM`).
    #[error("no read group names a sample")]
    NoSampleName,
    /// The read groups of the file name more than one sample (`@RG SM`).
    #[error("the read groups name more than one sample")]
    SeveralSamples,
    /// The CRAM file needs a reference that is not embedded in the file.
    #[error("the file is decoded against an external reference")]
    ExternalReference,
}

/// The result of inspecting a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The format of the file, detected from its content.
    pub format: FileFormat,
    /// The contigs of the file's header, in the header's order.
    pub contigs: Vec<InspectedContig>,
    /// The names of the samples. VCF and BCF: the sample columns in order. BAM and CRAM: the distinct samples of the read groups, in order
    /// of first occurrence.
    pub samples: Vec<String>,
    /// The number of records in the file.
    pub record_count: u64,
    /// The index that was built from the file's data.
    pub index: BuiltIndex,
    /// The statements of the header about how the file was made.
    pub provenance: Provenance,
    /// The SHA-256 of the bytes that were inspected, in lower-case hex. The file at the path can be another one meanwhile.
    pub sha256: String,
    /// The warnings for the operator.
    pub warnings: Vec<Warning>,
}

/// The reason why a file is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The file or its index cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The file has no bytes.
    #[error("is empty")]
    Empty,
    /// The content is neither BAM, CRAM, BGZF-compressed VCF nor BCF.
    #[error("is none of BAM, CRAM, BGZF-compressed VCF and BCF")]
    UnknownFormat,
    /// The file is compressed with gzip but not with BGZF.
    #[error("is compressed with gzip, not with BGZF (bgzip)")]
    PlainGzip,
    /// The file is VCF text without compression.
    #[error("is VCF text that is not compressed with bgzip")]
    PlainText,
    /// The format of the content differs from the declared format.
    #[error("is {}, not {} as declared", found.as_str(), declared.as_str())]
    FormatMismatch {
        /// The format of the file's content.
        found: FileFormat,
        /// The format that the operator declared.
        declared: FileFormat,
    },
    /// The format of the content differs from the format that the file's extension names.
    #[error("is {} by content, but has the extension of another format", found.as_str())]
    Mislabelled {
        /// The format of the file's content.
        found: FileFormat,
    },
    /// The file ends inside a block or a record.
    #[error("is cut off at byte {at_byte}")]
    Truncated {
        /// The offset of the unfinished block or container in the file, in bytes.
        at_byte: u64,
    },
    /// The end-of-file marker of BGZF or CRAM is missing.
    #[error("has no end-of-file marker: it may be cut off")]
    NoEndMarker,
    /// A checksum of a block does not match, or a block cannot be decompressed.
    #[error("is damaged in the block at byte {at_byte}")]
    DamagedBlock {
        /// The offset of the damaged block in the file, in bytes.
        at_byte: u64,
    },
    /// The header of the file is absent or invalid.
    #[error("has a broken header: {what}")]
    BadHeader {
        /// A description of the fault in the header.
        what: &'static str,
    },
    /// A record is invalid.
    #[error("record {record_number} is broken: {what}")]
    BadRecord {
        /// The number of the invalid record, from 1; 0 if the number is not known.
        record_number: u64,
        /// A description of the fault in the record.
        what: &'static str,
    },
    /// The records are not in coordinate order.
    #[error("is not sorted by coordinate: record {record_number} comes before its predecessor")]
    Unsorted {
        /// The number of the first record that is out of order, from 1.
        record_number: u64,
    },
    /// The length of a contig differs from the contig's length in the declared assembly.
    #[error("contig '{}' is {length_bases} bases long, which is not {}", contig.as_str(), declared.as_str())]
    AssemblyMismatch {
        /// The name of the contig in the header.
        contig: Contig,
        /// The length of the contig in the header, in bases.
        length_bases: u64,
        /// The assembly that the operator declared.
        declared: Assembly,
    },
    /// The supplied index is at least one second older than the file.
    #[error("its index is older than the data")]
    StaleIndex,
    /// The supplied index does not match the data of the file.
    #[error("its index does not belong to it: {what}")]
    IndexMismatch {
        /// The difference between the supplied index and the data.
        what: &'static str,
    },
    /// The position of a record is too large for every index format.
    #[error("record {record_number} is beyond the range of every index format")]
    NotIndexable {
        /// The number of the record, from 1.
        record_number: u64,
    },
    /// The file needs more memory than the gateway allows. Such a file is a mistake or an attack.
    #[error("needs too much memory: {what}")]
    TooMuch {
        /// The memory limit that the file exceeds.
        what: &'static str,
    },
    /// The CRAM file uses a feature that is not supported.
    #[error("uses a CRAM feature that is not supported: {what}")]
    Unsupported {
        /// The name of the CRAM feature.
        what: &'static str,
    },
}

/// The result of inspecting a file with the reader of its format. The index is not yet converted to bytes.
struct Inspected {
    contigs: Vec<HeaderContig>,
    samples: Vec<String>,
    record_count: u64,
    index: FoundIndex,
    provenance: Provenance,
    warnings: Vec<Warning>,
}

/// An index built from the data of a file and not yet converted to bytes.
enum FoundIndex {
    Binning(BinningIndex),
    Crai(Crai),
}

/// Inspects a file and builds its index. The inspection reads the whole file and checks every block and every record. The file's content,
/// not its name, determines the format.
///
/// # Errors
/// [`InspectError`] with the reason why the file is not loaded.
pub fn inspect(path: &Path, index_path: Option<&Path>, expected: Expected) -> Result<Inspection, InspectError> {
    let mut file = HashedFile::open(path)?;
    if file.length_bytes() == 0 {
        return Err(InspectError::Empty);
    }
    let format = detect::detect(&mut file)?;
    detect::check_extension(path, format)?;
    if let Some(declared) = expected.format
        && declared != format
    {
        return Err(InspectError::FormatMismatch { found: format, declared });
    }
    let found = inspect_as(format, &mut file)?;
    let sha256 = file.finish()?;
    let warning = assembly::check(&found.contigs, expected.assembly)?;
    if let Some(index_path) = index_path {
        given_index::check(path, index_path, &found)?;
    }
    let (bytes, index_format) = match &found.index {
        FoundIndex::Binning(index) => (index.to_bytes()?, index_format(index.format)),
        FoundIndex::Crai(index) => (index.to_bytes()?, IndexFormat::Crai),
    };
    let mut warnings = found.warnings;
    warnings.extend(warning);
    if found.record_count == 0 {
        warnings.push(Warning::NoRecords);
    }
    Ok(Inspection {
        format,
        contigs: found
            .contigs
            .into_iter()
            .map(|c| InspectedContig {
                name: Contig(c.name),
                length_bases: c.length,
                md5: c.md5,
            })
            .collect(),
        samples: found.samples,
        record_count: found.record_count,
        index: BuiltIndex {
            bytes,
            format: index_format,
        },
        provenance: found.provenance,
        sha256,
        warnings,
    })
}

/// Inspects bytes for tests and fuzzing, without a file, an extension or a supplied index.
///
/// # Errors
/// [`InspectError`] with the reason why the bytes are not a valid file.
pub fn inspect_bytes(bytes: &[u8]) -> Result<FileFormat, InspectError> {
    let format = detect::detect(Cursor::new(bytes))?;
    inspect_as(format, Cursor::new(bytes))?;
    Ok(format)
}

fn index_format(format: BinningFormat) -> IndexFormat {
    match format {
        BinningFormat::Bai => IndexFormat::Bai,
        BinningFormat::Csi => IndexFormat::Csi,
        BinningFormat::Tbi => IndexFormat::Tbi,
    }
}

fn inspect_as(format: FileFormat, mut file: impl std::io::Read + Seek) -> Result<Inspected, InspectError> {
    if format == FileFormat::Cram {
        file.seek(SeekFrom::Start(0))?;
        // The block codecs of noodles can panic on bytes that no encoder writes. A panic becomes an error here.
        let work = std::panic::AssertUnwindSafe(|| cram::inspect(BufReader::with_capacity(1 << 20, &mut file)));
        return std::panic::catch_unwind(work).unwrap_or(Err(InspectError::BadRecord {
            record_number: 0,
            what: "a CRAM block does not decode",
        }));
    }
    let mut depth = DEPTH;
    loop {
        file.seek(SeekFrom::Start(0))?;
        let mut reader = BgzfReader::new(BufReader::with_capacity(1 << 20, &mut file));
        let outcome = match format {
            FileFormat::Bam => bam::inspect(&mut reader, depth),
            FileFormat::Vcf => vcf::inspect(&mut reader, depth),
            FileFormat::Bcf => bcf::inspect(&mut reader, depth),
            FileFormat::Cram => return Err(InspectError::UnknownFormat),
        };
        match outcome {
            // The position of a record is too large for BAI and TBI, so the inspection starts again and builds a CSI index.
            Err(InspectError::NotIndexable { .. }) if depth < DEEPEST => depth = DEEPEST,
            outcome => return outcome,
        }
    }
}

/// The depth of a CSI index (CSI specification: `depth`) that is used for positions beyond 2^29. A depth of 8 reaches 2^38 bases, which is
/// more than the largest position in BAM, VCF and BCF.
const DEEPEST: u32 = 8;

/// The depth of the index that contigs of these lengths need. The result is at least `at_least`.
fn least_depth(contigs: &[HeaderContig], at_least: u32) -> u32 {
    let longest = contigs.iter().filter_map(|c| c.length).max().unwrap_or(0);
    if longest > 1 << 29 { at_least.max(DEEPEST) } else { at_least }
}

/// Requires that the file ends with the BGZF end-of-file marker.
fn require_end<R: std::io::Read + Seek>(reader: &BgzfReader<R>) -> Result<(), InspectError> {
    if reader.ended_with_marker() {
        Ok(())
    } else {
        Err(InspectError::NoEndMarker)
    }
}

/// Converts a format error into an inspection error. `record_number` 0 means that the fault is in the header.
fn fault(error: FormatError, record_number: u64) -> InspectError {
    match error {
        FormatError::Io(error) => InspectError::Io(error),
        FormatError::Truncated { at_byte } => InspectError::Truncated { at_byte },
        FormatError::DamagedBlock { at_byte } | FormatError::NotBgzf { at_byte } => InspectError::DamagedBlock { at_byte },
        FormatError::Header(what) => InspectError::BadHeader { what },
        FormatError::Record(what) if record_number == 0 => InspectError::BadHeader { what },
        FormatError::Record(what) => InspectError::BadRecord { record_number, what },
        FormatError::TooMuch(what) => InspectError::TooMuch { what },
        FormatError::Unsupported(what) => InspectError::Unsupported { what },
    }
}

fn not_added(fault: OutOfOrder, record_number: u64) -> InspectError {
    match fault {
        OutOfOrder::Unsorted => InspectError::Unsorted { record_number },
        OutOfOrder::TooFar => InspectError::NotIndexable { record_number },
        OutOfOrder::TooMuch(what) => InspectError::TooMuch { what },
    }
}
