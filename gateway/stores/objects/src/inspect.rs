//! Inspection of a file before it is taken in: synchronous, reads the whole file once, builds its index.

mod amounts;
pub(crate) mod assembly;
mod bam;
mod bcf;
mod cram;
mod detect;
mod given_index;
mod served_as_bam;
mod vcf;

use std::fs::File;
use std::io::{BufReader, Cursor, Seek, SeekFrom};
use std::path::Path;

use gemj_model::{Assembly, Contig, FileFormat, IndexFormat, Provenance};
use hts_formats::bgzf::BgzfReader;
use hts_formats::binning::{BinningFormat, BinningIndex, DEPTH, OutOfOrder};
use hts_formats::cram::crai::Crai;
use hts_formats::error::FormatError;
use hts_formats::sam_header::HeaderContig;

pub use amounts::{ContigAmount, Measure, contig_amounts};

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
    /// What the header says of how it was made.
    pub provenance: Provenance,
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
    /// More than a gateway holds in memory: such a file is a mistake or an attack.
    #[error("asks for too much memory: {what}")]
    TooMuch {
        /// Which limit it exceeds.
        what: &'static str,
    },
    /// A CRAM feature that is not supported.
    #[error("uses a CRAM feature that is not supported: {what}")]
    Unsupported {
        /// Which.
        what: &'static str,
    },
}

/// What the reader of one format found.
struct Found {
    contigs: Vec<HeaderContig>,
    samples: Vec<String>,
    record_count: u64,
    index: FoundIndex,
    provenance: Provenance,
    warnings: Vec<Warning>,
}

/// An index built from the data, not yet written.
enum FoundIndex {
    Binning(BinningIndex),
    Crai(Crai),
}

/// Inspects a file and builds its index. Reads the whole file and checks every block and record; decides the format by content.
///
/// # Errors
/// [`InspectError`] with the reason.
pub fn inspect(path: &Path, index_path: Option<&Path>, expected: Expected) -> Result<Inspection, InspectError> {
    let file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Err(InspectError::Empty);
    }
    let format = detect::detect(&file)?;
    detect::check_extension(path, format)?;
    if let Some(declared) = expected.format
        && declared != format
    {
        return Err(InspectError::FormatMismatch { found: format, declared });
    }
    let found = inspect_as(format, file)?;
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
        warnings,
    })
}

/// Inspects bytes as a format, for tests and fuzzing: no file, no extension, no given index.
///
/// # Errors
/// [`InspectError`] with the reason.
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

fn inspect_as(format: FileFormat, mut file: impl std::io::Read + Seek) -> Result<Found, InspectError> {
    if format == FileFormat::Cram {
        file.seek(SeekFrom::Start(0))?;
        // noodles' block codecs can panic on bytes that no encoder writes.
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
            // Deeper than BAI and TBI go: once more, for CSI.
            Err(InspectError::NotIndexable { .. }) if depth < DEEPEST => depth = DEEPEST,
            outcome => return outcome,
        }
    }
}

/// Levels of a CSI index for positions beyond 2^29: up to 2^38 bases, more than the formats themselves can say.
const DEEPEST: u32 = 8;

/// The least number of levels for contigs of these lengths.
fn least_depth(contigs: &[HeaderContig], at_least: u32) -> u32 {
    let longest = contigs.iter().filter_map(|c| c.length).max().unwrap_or(0);
    if longest > 1 << 29 { at_least.max(DEEPEST) } else { at_least }
}

/// The data must end with the end-of-file marker.
fn require_end<R: std::io::Read + Seek>(reader: &BgzfReader<R>) -> Result<(), InspectError> {
    if reader.ended_with_marker() {
        Ok(())
    } else {
        Err(InspectError::NoEndMarker)
    }
}

/// A fault met while the header (record 0) or a record was read.
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
