//! What to slice, and how.

use std::collections::BTreeSet;

use gemj_access::PseudonymKey;
use gemj_model::{Contig, FileFormat, Interval};

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

/// A column of an alignment record (SAM specification § 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReadColumn {
    /// Read name.
    Qname,
    /// Bit flags.
    Flag,
    /// Reference sequence name.
    Rname,
    /// Position.
    Pos,
    /// Mapping quality.
    Mapq,
    /// CIGAR.
    Cigar,
    /// Reference sequence of the next read.
    Rnext,
    /// Position of the next read.
    Pnext,
    /// Template length.
    Tlen,
    /// Bases.
    Seq,
    /// Base qualities.
    Qual,
}

/// Which columns and tags of reads are wanted. What is not wanted becomes what SAM has for "no information".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadFields {
    /// The columns; absent is all.
    pub columns: Option<BTreeSet<ReadColumn>>,
    /// The tags; absent is all, empty is none.
    pub tags: Option<BTreeSet<[u8; 2]>>,
    /// Tags to leave out.
    pub without_tags: BTreeSet<[u8; 2]>,
}

impl ReadFields {
    /// Whether records stay as they are.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.columns.is_none() && self.tags.is_none() && self.without_tags.is_empty()
    }

    /// Whether a column stays. Qualities without bases are no valid record, so bases stay where qualities are wanted.
    #[must_use]
    pub fn keeps(&self, column: ReadColumn) -> bool {
        match &self.columns {
            None => true,
            Some(columns) => columns.contains(&column) || (column == ReadColumn::Seq && columns.contains(&ReadColumn::Qual)),
        }
    }

    /// Whether a tag stays.
    #[must_use]
    pub fn keeps_tag(&self, tag: [u8; 2]) -> bool {
        self.tags.as_ref().is_none_or(|tags| tags.contains(&tag)) && !self.without_tags.contains(&tag)
    }
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
