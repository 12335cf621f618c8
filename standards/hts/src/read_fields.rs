//! Which columns and tags of alignment records are wanted.

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
