//! The types of a request for a slice.

use gemj_access::PseudonymKey;
use gemj_model::{Contig, FileFormat, Interval};
use hts_formats::read_fields::ReadFields;

/// A part of a slice's bytes (htsget 1.3 `class`). The bytes of the header followed by the bytes of the body are one valid file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The header of the slice, without records and without the end-of-file marker.
    Header,
    /// The records of the slice and the end-of-file marker, without the header.
    Body,
}

/// One requested region of a slice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SliceRegion {
    /// Records that overlap an interval of a contig. An empty interval contains no record.
    Contig {
        /// The contig's name as spelled in the file's header.
        contig: Contig,
        /// The interval of the contig, 0-based half-open.
        interval: Interval,
    },
    /// Reads without a contig and a position (htsget's `*`).
    Unplaced,
}

/// The kind of sample names that the headers of read slices contain.
#[derive(Clone, Debug, Default)]
pub enum Naming {
    /// The names in the stored file are kept. This is only for work whose output does not leave the gateway.
    #[default]
    Stored,
    /// The names are replaced by the pseudonyms that this key makes for the audience.
    Pseudonyms(PseudonymKey),
}

/// A request for a slice of a file.
#[derive(Clone, Debug, Default)]
pub struct SliceRequest {
    /// The requested part: header or body; absent if both are requested.
    pub class: Option<Class>,
    /// The requested regions, in any order; they may overlap. An empty list requests the whole file, including unplaced reads.
    pub regions: Vec<SliceRegion>,
    /// The output format; absent if the file's own format is requested. CRAM can be converted to BAM; no other conversion exists.
    pub output: Option<FileFormat>,
    /// The requested columns and tags of reads. They are ignored for variant files.
    pub fields: ReadFields,
    /// The kind of sample names in the header of a read slice.
    pub naming: Naming,
}
