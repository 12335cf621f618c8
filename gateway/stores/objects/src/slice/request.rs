//! The request for a slice.

use gemj_access::PseudonymKey;
use gemj_model::{Contig, FileFormat, Interval};
use hts_formats::read_fields::ReadFields;

/// A part of a file's bytes (htsget 1.3 `class`). The header's bytes followed by the body's are one valid file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The header, without records and without the end-of-file marker.
    Header,
    /// The records and the end-of-file marker, without the header.
    Body,
}

/// One region of a slice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SliceRegion {
    /// Records that overlap an interval of a contig, spelled as in the file. An empty interval contains no record.
    Contig {
        /// The contig's name in the file's header.
        contig: Contig,
        /// The interval, 0-based half-open.
        interval: Interval,
    },
    /// Reads without a position (htsget's `*`).
    Unplaced,
}

/// The names of participants in the headers of slices of reads.
#[derive(Clone, Debug, Default)]
pub enum Naming {
    /// The stored names. Only for work whose output stays inside.
    #[default]
    Stored,
    /// The pseudonyms of the audience.
    Pseudonyms(PseudonymKey),
}

/// The request for a slice.
#[derive(Clone, Debug, Default)]
pub struct SliceRequest {
    /// The header or the body; absent means both.
    pub class: Option<Class>,
    /// The regions, in any order, overlapping or not. An empty list means the whole file, including unplaced reads.
    pub regions: Vec<SliceRegion>,
    /// The output format; absent means the file's own format. CRAM can be converted to BAM; no other conversion exists.
    pub output: Option<FileFormat>,
    /// The columns and tags of reads. Ignored for variants.
    pub fields: ReadFields,
    /// The names of participants in the header.
    pub naming: Naming,
}
