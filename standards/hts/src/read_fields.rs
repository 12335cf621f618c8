//! The requested columns and tags of alignment records.

use std::collections::BTreeSet;

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

/// The requested columns and tags of reads. A column that is not requested gets the SAM value for "no information".
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadFields {
    /// The requested columns; absent means all columns.
    pub columns: Option<BTreeSet<ReadColumn>>,
    /// The requested tags; absent means all tags, empty means no tags.
    pub tags: Option<BTreeSet<[u8; 2]>>,
    /// The tags to remove.
    pub without_tags: BTreeSet<[u8; 2]>,
}

impl ReadFields {
    /// Whether records stay unchanged.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.columns.is_none() && self.tags.is_none() && self.without_tags.is_empty()
    }

    /// Whether a column is kept. A record with qualities but without bases is invalid, so the bases are kept if the qualities are
    /// requested.
    #[must_use]
    pub fn keeps(&self, column: ReadColumn) -> bool {
        match &self.columns {
            None => true,
            Some(columns) => columns.contains(&column) || (column == ReadColumn::Seq && columns.contains(&ReadColumn::Qual)),
        }
    }

    /// Whether a tag is kept.
    #[must_use]
    pub fn keeps_tag(&self, tag: [u8; 2]) -> bool {
        self.tags.as_ref().is_none_or(|tags| tags.contains(&tag)) && !self.without_tags.contains(&tag)
    }
}
