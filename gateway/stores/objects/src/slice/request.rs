//! What to slice, and how.

use gemj_access::PseudonymKey;
use gemj_model::{Contig, FileFormat, Interval};
use hts_formats::read_fields::ReadFields;

/// A part of a file's bytes (htsget 1.3 `class`). The header's bytes followed by the body's are one valid file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The header, no record and no end-of-file marker.
    Header,
    /// The records and the end-of-file marker, no header.
    Body,
}

/// One stretch to slice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SliceRegion {
    /// Records that overlap a stretch of a contig, spelled as in the file. An empty stretch holds no record.
    Contig {
        /// The contig's name in the file's header.
        contig: Contig,
        /// The stretch, 0-based half-open.
        interval: Interval,
    },
    /// Reads without a position (htsget's `*`).
    Unplaced,
}

/// What people are called in the headers of slices of reads.
#[derive(Clone, Debug, Default)]
pub enum Naming {
    /// As the file has it: work that stays inside.
    #[default]
    Stored,
    /// By the names that the audience knows them by.
    Pseudonyms(PseudonymKey),
}

/// What to slice.
#[derive(Clone, Debug, Default)]
pub struct SliceRequest {
    /// Header or body; absent is both.
    pub class: Option<Class>,
    /// The stretches, in any order, overlapping or not; none is everything, unplaced reads included.
    pub regions: Vec<SliceRegion>,
    /// The format to answer in; absent is the file's own. BAM can be made of CRAM, nothing else is converted.
    pub output: Option<FileFormat>,
    /// Columns and tags of reads; nothing of variants.
    pub fields: ReadFields,
    /// What people are called.
    pub naming: Naming,
}
